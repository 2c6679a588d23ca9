"""Links to files that moved: their targets are rewritten in the bytes, and everything else is proved to be as it was.

Markdown says what is a link; a pattern finds where its target stands. So the result is parsed again: where a link
leads elsewhere than it should, or anything else changed (the same text in a block of code, say), a change is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from posixpath import relpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from mbgit.checks.links import LONGEST, links, resolved
from mbgit.checks.page import Page

from .taking import as_many

if TYPE_CHECKING:
    from markdown_it.token import Token

MOST = 500  # targets of a page that are looked at

_TARGET = re.compile(rb"\](?:\(|:)[ \t]{0,9}(?:<([^<>\r\n]{1,1000})>|([^\s()<>]{1,1000}))")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:|//")
_DRIVE = re.compile(r"[A-Za-z]:|\\\\|file:", re.IGNORECASE)
_SAFE = "/-_.~+=@,!$"  # of what no letter or digit is, this stands in a target as it is

Moved = Callable[[str], str | None]
"""For a path from the root the one that a link to it should lead to; None: it is right as it is."""


class Change(NamedTuple):
    """A target's path in a file's bytes, and what should stand there."""

    start: int
    end: int
    new: bytes


class Relinked(NamedTuple):
    """A page with new targets."""

    data: bytes
    paths: tuple[tuple[str, str], ...]
    """What the links that changed led to, and lead to now, each once."""


def relinked(data: bytes, origin: str, moved: Moved, home: str = "") -> Relinked:
    """A page's links to files that moved, rewritten; `home` is the path that the page itself gets, if it moves too.

    Only relative and rooted targets are, in links, images and definitions of Markdown; HTML is left alone. Whatever
    stands in front of the path, and the fragment behind it, stays.
    """
    if home:
        return _relinked(data, origin, lambda path: home if path == origin else moved(path), home)
    return _relinked(data, origin, moved, origin)


def _relinked(data: bytes, origin: str, moved: Moved, home: str) -> Relinked:
    changes = list(_changes(data, origin, home, moved))
    if not changes:
        return Relinked(data, ())
    before = Page(origin, data)
    if not before.tokens:  # it was not parsed, so nothing could be proved
        return Relinked(data, ())
    said = list(_said(before.tokens))
    wanted = [_wanted(link.target, origin, moved) for link in links(before)]
    code = _code_rows(before)

    def attempt(part: list[Change]) -> Page | None:
        after = Page(home, _with(data, part))
        return after if _leads(after, wanted) and list(_said(after.tokens)) == said else None

    after, _ = as_many([change for change in changes if data.count(b"\n", 0, change.start) not in code], attempt)
    if after is None:
        return Relinked(data, ())
    led = zip(targets(before), targets(after), strict=True)
    return Relinked(after.data, tuple(dict.fromkeys((old, new) for old, new in led if old and new and old != new)))


def targets(page: Page) -> list[str | None]:
    """What each link of a page leads to: a path from the root, or nothing where it leads to no file."""
    return [path_of(link.target, page.path) for link in links(page)]


def path_of(target: str, origin: str) -> str | None:
    """The path from the root that a target means; None: none, or the page itself."""
    path = unquote(target.partition("#")[0].partition("?")[0])
    if not path or len(path) > LONGEST or _SCHEME.match(target) or _DRIVE.match(path) or any(c < " " for c in path):
        return None
    return resolved(path, origin) or None


def leading_to(data: bytes, origin: str) -> Iterator[tuple[Change, str]]:
    """Where in a page's bytes a target may stand, and the path that it means. A change that changes nothing."""
    for found in list(_TARGET.finditer(data))[:MOST]:
        group = 1 if found[1] else 2
        path = found[group].partition(b"#")[0].partition(b"?")[0]
        try:
            meant = path_of(path.decode(), origin)
        except UnicodeDecodeError:
            continue
        if meant:
            yield Change(found.start(group), found.start(group) + len(path), path), meant


def _changes(data: bytes, origin: str, home: str, moved: Moved) -> Iterator[Change]:
    for at, meant in leading_to(data, origin):
        new = moved(meant) or meant
        rooted = at.new.startswith(b"/")
        if new != meant or (home != origin and not rooted):
            text = _target(new, home, at.new)
            if text != at.new:
                yield at._replace(new=text)


def _target(path: str, origin: str, old: bytes) -> bytes:
    """A path as the target of a link, in the manner of the old one: rooted, with `./` in front, a folder's slash."""
    if old.startswith(b"/"):
        text = f"/{path}"
    else:
        text = relpath(f"/{path}", f"/{origin}".rpartition("/")[0] or "/")
        text = f"./{text}" if old.startswith(b"./") and not text.startswith(".") else text
    text += "/" if old.endswith(b"/") else ""
    safe = (char if char.isalnum() else quote(char, _SAFE, errors="surrogateescape") for char in text)
    return "".join(safe).encode(errors="surrogateescape")


def _with(data: bytes, changes: Iterable[Change]) -> bytes:
    out, at = [], 0
    for start, end, new in sorted(changes):
        out += [data[at:start], new]
        at = end
    return b"".join([*out, data[at:]])


def _wanted(target: str, origin: str, moved: Moved) -> tuple[str | None, str | None]:
    """What a link leads to, and what it should lead to."""
    path = path_of(target, origin)
    return path, (moved(path) or path) if path else None


def _leads(after: Page, wanted: list[tuple[str | None, str | None]]) -> bool:
    """Whether each link of a page leads where it did, or where it should."""
    leads = targets(after)
    return len(leads) == len(wanted) and all(path in pair for path, pair in zip(leads, wanted, strict=True))


def _code_rows(page: Page) -> set[int]:
    """The rows, from 0, of blocks of code and HTML."""
    blocks = (token for token in page.tokens if token.type in ("fence", "code_block", "html_block") and token.map)
    return {row for token in blocks for row in range(*token.map)}  # type: ignore[misc]


def _said(tokens: Iterable[Token]) -> Iterator[tuple[object, ...]]:
    """What tokens say, the targets of links left out; of an inline one what stands in it."""
    for token in tokens:
        kept = {key: value for key, value in token.attrs.items() if key not in ("href", "src")}
        yield token.type, token.level, "" if token.children else token.content, tuple(kept.items())
        fragments = (str(token.attrs.get(key) or "").partition("#")[2] for key in ("href", "src"))
        yield tuple(fragments)
        if token.children:
            yield from _said(token.children)
