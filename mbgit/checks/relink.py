"""Links that follow what they lead to: only the bytes of their targets change.

Markdown's own parser finds where links stand, and checks whether a text says the same with new targets: what
looks like a link and is none (an example in code, say) stays as it is.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from mbgit.bank.inline import ESCAPE
from mbgit.engine.blocks import front_end

from .links import LONGEST, links, resolved
from .page import LARGEST, Page

if TYPE_CHECKING:
    from markdown_it.token import Token

Where = Callable[[str, str], str | None]
"""Where (path from the root) something stands now that had a path and a fragment (without `#`, maybe nothing).

None: nowhere, and a link to it stays as it is, the old fault that it was."""

TRIES = 50  # targets of one file that are tried one by one where they do not fit all at once

# No quantifier here backtracks: a hostile text of any length costs one pass for each `](`.
_INLINE = re.compile(rb"\]\([ \t]*+(<[^<>\n]*+>|[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+)")
_DEFINITION = re.compile(
    rb"[ \t>*+-]*+(?:\d{1,9}[.)][ \t]++)?\[(?!\^)[^\[\]\n]{1,999}\]:[ \t]*+(<[^<>\n]*+>|[^\s<>]++)"
)
_HTML = re.compile(rb"""(?<![\w-])(?:href|src)[ \t]*+=[ \t]*+(?:"([^"\n]*+)"|'([^'\n]*+)')""", re.IGNORECASE)
_LINKING = re.compile(rb"\]\(|\]:|(?:href|src)[ \t]*+=", re.IGNORECASE)
_CODE = re.compile(rb"(`{1,3})[^`\n]{1,1000}\1")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")
_LOCAL = re.compile(r"[A-Za-z]:|\\\\|file:", re.IGNORECASE)  # of one machine, however it is encoded
_PLACE = re.compile(r"[^#?]*+")
_UNQUOTED = "/-._~!$',;=@+"  # beside letters and digits: what a target may hold as it is; a colon would make a scheme


class Rewritten(NamedTuple):
    """A file's bytes with new targets, and how many links could not be led on."""

    data: bytes
    missed: int


def rewritten(data: bytes, old: str, new: str, where: Where) -> Rewritten:
    """A Markdown file that stood at `old` and stands at `new`: its relative links lead to what they led to.

    A file that is too large to parse stays as it is, and counts as one link missed. Raises nothing.
    """
    if len(data) > LARGEST or b"\0" in data:
        return Rewritten(data, 1)
    return _Job(data, old, new, where).run()


def may_link(data: bytes) -> bool:
    """Whether a page could hold a link: most entries do not, and are spared the parser."""
    return bool(_LINKING.search(data))


def links_at_most(data: bytes) -> int:
    """How many links a page could hold."""
    return len(_LINKING.findall(data))


def targets(page: Page) -> list[str | None]:
    """What each link of a page leads to: a path from the root; None where that is no file, or the page itself."""
    return [_path_of(link.target, page.path) for link in links(page)]


def _path_of(target: str, origin: str) -> str | None:
    path = unquote(target.partition("#")[0].partition("?")[0])
    if not path or len(path) > LONGEST or _leaves(target) or _LOCAL.match(path) or any(char < " " for char in path):
        return None
    return resolved(path, origin) or None


class _Spot(NamedTuple):
    """A target that is to be another one: its row, and where it stands in it."""

    row: int
    start: int
    end: int
    text: bytes


class _Job:
    """One file at work."""

    def __init__(self, data: bytes, old: str, new: str, where: Where) -> None:
        self.page = Page(old, data)
        self.rows = data.split(b"\n")
        self.old, self.new, self.where = old, new, where
        self.shape = _shape(self.page.tokens)
        self.before = [link.target for link in links(self.page)]
        self.wanted = [self.target(target) for target in self.before]

    def run(self) -> Rewritten:
        if self.wanted == self.before:
            return Rewritten(self.page.data, 0)
        spots = [spot for row, text in self.text_rows() for spot in self.spots(row, text)]
        done = self.missed(spots)
        if done is None:
            spots, done = self.one_by_one(spots)
        return Rewritten(self.with_spots(spots), done or 0)

    def one_by_one(self, spots: list[_Spot]) -> tuple[list[_Spot], int]:
        """The spots that bring links to where they should lead, and nothing else."""
        kept: list[_Spot] = []
        left = sum(one != other for one, other in zip(self.before, self.wanted, strict=True))
        for spot in spots[:TRIES]:
            now = self.missed([*kept, spot])
            if now is not None and now < left:
                kept, left = [*kept, spot], now
        return kept, left

    def missed(self, spots: list[_Spot]) -> int | None:
        """How many links do not lead where they should with these spots; None: the file would say something else."""
        page = Page(self.new, self.with_spots(spots))
        found = [link.target for link in links(page)]
        if len(found) != len(self.wanted) or _shape(page.tokens) != self.shape:
            return None
        return sum(unquote(one) != unquote(other) for one, other in zip(found, self.wanted, strict=True))

    def with_spots(self, spots: list[_Spot]) -> bytes:
        rows = list(self.rows)
        for row, start, end, text in sorted(spots, reverse=True):
            rows[row] = rows[row][:start] + text + rows[row][end:]
        return b"\n".join(rows)

    def text_rows(self) -> Iterator[tuple[int, bytes]]:
        """The rows that are no code, with code spans masked."""
        code = {n for t in self.page.tokens if t.type in ("fence", "code_block") and t.map for n in range(*t.map)}
        first = front_end(self.rows)
        for number, row in enumerate(self.rows):
            if number >= first and number not in code and (b"]" in row or b"=" in row):
                yield number, _CODE.sub(lambda found: b"`" * len(found[0]), row)

    def spots(self, row: int, text: bytes) -> Iterator[_Spot]:
        """The targets in a row that are to be others."""
        found = [*_INLINE.finditer(text), *_HTML.finditer(text)]
        if definition := _DEFINITION.match(text):
            found.append(definition)
        for match in found:
            group = 1 if match[1] is not None else 2
            start, end = match.span(group)
            angle = self.rows[row][start:end].startswith(b"<")
            start, end = start + angle, end - angle
            raw = self.rows[row][start:end]
            target = self.raw_target(raw, angle)
            if target != raw:
                yield _Spot(row, start, end, target)

    def raw_target(self, raw: bytes, angle: bool) -> bytes:
        """The target that should stand where `raw` stands; what it says besides the path stays as it is written."""
        text = os.fsdecode(raw)
        place = _PLACE.match(text)
        assert place
        said = unescape(ESCAPE.sub(r"\1", place[0]))
        path, fragment = unquote(said), unquote(text[place.end() :].partition("#")[2])
        moved = None if _leaves(said) else self.path(path, fragment)
        return raw if moved is None else os.fsencode(_encoded(moved, angle) + text[place.end() :])

    def target(self, target: str) -> str:
        """The same for a target as the parser has it."""
        place = _PLACE.match(target)
        assert place
        rest = target[place.end() :]
        moved = None if _leaves(target) else self.path(unquote(place[0]), unquote(rest.partition("#")[2]))
        return target if moved is None else quote(moved, safe=_UNQUOTED, errors="surrogateescape") + rest

    def path(self, path: str, fragment: str) -> str | None:
        """The path of a target, decoded, as it should be; None: as it is."""
        meant = resolved(path, self.old) if path else self.old
        if meant is None or (not path and not fragment):
            return None
        there = self.where(meant, fragment)
        if there is None:
            return None
        if path.startswith("/"):
            return None if there == meant else f"/{there}"
        if resolved(path, self.new) == there if path else there == self.new:
            return None
        rel = posixpath.relpath(there or ".", posixpath.dirname(self.new) or ".")
        dotted = "./" if path.startswith("./") and not rel.startswith(".") else ""
        return dotted + rel + "/" * (path.endswith("/") and not rel.endswith("/"))


def _leaves(target: str) -> bool:
    """Whether a target is none of the repository's paths."""
    return bool(target.startswith("//") or _SCHEME.match(target) or "\\" in target)


def _encoded(path: str, angle: bool) -> str:
    """A path as it is written: letters of every script as they are, what could end a target in percent."""
    if angle and not set(path) & set("<>\\%#?\n&:"):
        return path
    return "".join(char if char.isalnum() or char in _UNQUOTED else _percent(char) for char in path)


def _percent(char: str) -> str:
    return quote(char, safe="", errors="surrogateescape")


Shape = list[tuple[object, ...]]


def _shape(tokens: list[Token]) -> Shape:
    """What a text says, but for its targets."""
    found: Shape = []
    for token in tokens:
        if token.type == "inline":
            found += [("inline", token.map), *_shape(token.children or [])]
        else:
            text = _without_targets(token.content) if token.type.startswith("html") else token.content
            found.append((token.type, token.tag, token.map, token.info, text, token.attrs.get("title")))
    return found


def _without_targets(html: str) -> bytes:
    return _HTML.sub(b"", html.encode(errors="replace"))
