"""Broken links. The check looks at the files of one commit; it reads no disk and no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mbgit.bank.settings import in_git
from mbgit.words import quoted

from .finding import Finding
from .page import LARGEST, Page, World
from .slugs import folded_anchor, tags

if TYPE_CHECKING:
    from markdown_it.token import Token

NAME = "links"

LONGEST = 4_096  # characters of a path: git has none that is longer
_GUESSES = 10  # how many faults of a page get a hint
_NEAR = 0.8  # how like a heading's anchor must be to the one that is missing
_CANDIDATES = 300  # anchors that are compared with it, of at most so many characters:
_LONGEST_ANCHOR = 60

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+):")
_CONTROL = re.compile(r"[\0-\x1f\x7f]")  # a path with one is never asked for: git would need it in quotes
_LINKING = {"a": "href", "img": "src"}
_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?")  # GitHub marks these lines of any file
_OUTSIDE = "it leads out of the repository"
_GITS_OWN = "it leads into git's own folder"
_NO_FILE = "no such file"
_NO_HEADING = "no such heading"


class Link(NamedTuple):
    """One link or image as it stands in a page."""

    target: str
    line: int


class Fault(NamedTuple):
    """What is wrong with a target, and what may have been meant."""

    what: str
    hint: str = ""


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each relative link, image or `#anchor` of the page that leads to nothing in the commit's tree."""
    judge = _Judge(page, world)
    found = dict.fromkeys((link.line, fault) for link in links(page) if (fault := judge.fault(link.target)))
    return [Finding(NAME, page.path, line, fault.what, hint=fault.hint) for line, fault in found]


def links(page: Page) -> Iterator[Link]:
    """The links and images of a page that Markdown or HTML makes, in order, as they are written or encoded there."""
    line = 1
    for token in page.tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "inline":
            yield from _inline(token, line)
        elif token.type == "html_block":
            yield from _in_html(token.content, line)


def _inline(inline: Token, line: int) -> Iterator[Link]:
    for token in inline.children or ():
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type in ("link_open", "image"):
            yield Link(str(token.attrs.get("href") or token.attrs.get("src") or ""), line)
        elif token.type == "html_inline":
            yield from _in_html(token.content, line)
            line += token.content.count("\n")


def _in_html(html: str, line: int) -> Iterator[Link]:
    for tag in tags(html):
        target = tag.attributes.get(_LINKING.get(tag.name, ""), "")
        if target:
            yield Link(target.strip(), line + tag.row)


class _Judge:
    """Says what is wrong with the links of one page; each target, path and page is looked at once."""

    def __init__(self, page: Page, world: World) -> None:
        self.page, self.tree = page, world.tree
        self.known: dict[str, Fault | None] = {}
        self.there = {"": True}
        self.pages: dict[str, Page | None] = {page.path: page}
        self.guesses = _GUESSES

    def fault(self, target: str) -> Fault | None:
        """What is wrong with a target, if anything."""
        if target not in self.known:
            self.known[target] = self._judged(target)
        return self.known[target]

    def _judged(self, target: str) -> Fault | None:
        from urllib.parse import unquote

        scheme = _SCHEME.match(target)
        if target.startswith("//") or (scheme and not _is_local(scheme[1])):
            return None
        place, _, fragment = target.partition("#")
        path, fragment = unquote(place.partition("?")[0]), unquote(fragment)
        what, hint = self._file(path) or self._heading(path, fragment) or ("", "")
        return Fault(f"link to {quoted(unquote(target))}: {what}", hint) if what else None

    def _file(self, path: str) -> Fault | None:
        """What is wrong with the path of a target, already decoded; an empty one is the page itself."""
        if not path:
            return None
        drive = _SCHEME.match(path)
        if path.startswith("\\\\") or (drive and _is_local(drive[1])):
            return Fault(_OUTSIDE)
        where = resolved(path, self.page.path)
        if where is None:
            return Fault(_OUTSIDE)
        if in_git(where.split("/")):
            return Fault(_GITS_OWN)
        return None if self._has(where) else Fault(_NO_FILE, self._other_file(path))

    def _has(self, path: str) -> bool:
        if path not in self.there:
            self.there[path] = len(path) <= LONGEST and not _CONTROL.search(path) and self.tree.has(path)
        return self.there[path]

    def _heading(self, path: str, fragment: str) -> Fault | None:
        """What is wrong with the fragment of a target whose path is there."""
        wanted = folded_anchor(fragment).removeprefix("user-content-")
        if wanted in ("", "top") or _LINES.fullmatch(fragment):
            return None
        page = self._page(resolved(path, self.page.path) if path else self.page.path)
        if page is None or len(page.data) > LARGEST or wanted in page.anchors:
            return None
        return Fault(_NO_HEADING, self._other_heading(wanted, page))

    def _page(self, path: str | None) -> Page | None:
        if path and path not in self.pages:
            self.pages[path] = self.tree.page(path)
        return self.pages[path] if path else None

    def _other_file(self, path: str) -> str:
        """A file that was meant, if one is there under a name that people take for it."""
        if not self._may_guess() or len(path) > LONGEST:
            return ""
        path = path.rstrip("/")
        guesses = {f"{path}.md", path.replace("\\", "/"), path.lower(), f"/{path}", path.rpartition("/")[2]} - {""}
        there = {where for guess in guesses if (where := resolved(guess, self.page.path)) and self._has(where)}
        return f"did you mean {quoted(there.pop())}?" if len(there) == 1 else ""

    def _other_heading(self, wanted: str, page: Page) -> str:
        """The one heading that a fragment is close to."""
        if not self._may_guess() or len(wanted) > _LONGEST_ANCHOR:
            return ""
        from difflib import get_close_matches
        from itertools import islice

        anchors = islice((anchor for anchor in page.anchors if len(anchor) <= _LONGEST_ANCHOR), _CANDIDATES)
        near = get_close_matches(wanted, anchors, 2, _NEAR)
        return f"did you mean {quoted(f'#{near[0]}')}?" if len(near) == 1 else ""

    def _may_guess(self) -> bool:
        self.guesses -= 1
        return self.guesses >= 0


def resolved(path: str, origin: str) -> str | None:
    """The path from the repository's root that a link's `path` in the file `origin` means; None: it leaves the root.

    A slash in front counts from the root. The root itself, and an empty path, are the empty string.
    """
    parts = [] if path.startswith("/") else origin.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_local(scheme: str) -> bool:
    """Whether a link with this scheme means a file of one machine: `C:`, `file:`."""
    return len(scheme) == 1 or scheme.lower() == "file"
