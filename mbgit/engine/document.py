"""Text to a tree of units and back, byte for byte.

A document is a flat list of *sections* (a heading with the blocks under it, up to the next heading), linked into a
tree by their levels. A section's blocks are cut only when somebody asks: most sections of a merge are the same on
both sides, and then their bytes say so.
"""

from __future__ import annotations

from . import lines as L
from . import stamps
from .blocks import cut_blocks, front_end
from .headings import find_headings, separates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .blocks import Gap, Node

BOM = b"\xef\xbb\xbf"
_MARKS: dict[bytes, tuple[bytes, bytes]] = {}  # heading -> its stamp and id: three versions share most headings


class Section:
    """A heading and the blocks under it, up to the next heading; the root section has no heading."""

    __slots__ = (
        "_blocks", "_mark", "_tree", "body", "body_line", "gap", "head", "kids", "level", "line",
        "parent", "place", "text",
    )  # fmt: skip

    def __init__(self, level: int, gap: Gap, head: Gap, line: int, body: bytes, body_line: int) -> None:
        self.level, self.gap, self.head, self.line = level, gap, head, line
        self.body, self.body_line = body, body_line
        self.text = _heading_words(head)
        self.parent: Section | None = None
        self.kids: list[Section] = []
        self.place = 0  # its index in the flat list
        self._blocks: list[Node] | None = None
        self._mark: tuple[bytes, bytes] | None = None
        self._tree: bytes | None = None

    @property
    def blocks(self) -> list[Node]:
        """The section's own blocks, cut on first use."""
        if self._blocks is None:
            self._blocks = cut_blocks(self.body.split(b"\n"), self.body_line) if self.body else []
        return self._blocks

    @property
    def own(self) -> bytes:
        """Heading and blocks as they stand: equal bytes are equal sections."""
        return b"\n".join((*self.head, self.body))

    @property
    def tree(self) -> bytes:
        """The section with everything below it, as it stands; only the gap above it is left out."""
        if self._tree is None:
            parts = [self.own]
            for kid in self.kids:
                parts.extend(kid.gap)
                parts.append(kid.tree)
            self._tree = b"\n".join(parts)
        return self._tree

    def _marks(self) -> tuple[bytes, bytes]:
        if self._mark is None:
            found = _MARKS.get(self.text)
            if found is None:
                stamp = stamps.stamp(self.text) or stamps.time_in_front(self.text)
                found = _MARKS[self.text] = (stamp, stamps.entry_id(self.text))
            self._mark = found
        return self._mark

    @property
    def stamp(self) -> bytes:
        """The date in its heading, as digits that sort, or nothing."""
        return self._marks()[0]

    @property
    def id(self) -> bytes:
        """The id in its heading, or nothing."""
        return self._marks()[1]

    @property
    def entry(self) -> bool:
        """Dated or with an id, and not a heading above other such headings (that is a container)."""
        return bool(self.stamp or self.id) and not any(kid.stamp or kid.id for kid in self.kids)

    @property
    def leads(self) -> bool:
        """Its heading *begins* with a date: undated headings of its level behind it belong to it."""
        text = self.text.lstrip(b"[(*`")
        return text[:2] in (b"20", b"19") and bool(self.stamp)

    @property
    def bare(self) -> bool:
        """Nothing but a date in its heading."""
        return not self.text.strip(b"0123456789-/:.T Z[]()*`")


def _heading_words(head: Gap) -> bytes:
    if not head:
        return b""
    if len(head) == 1:
        return L.heading_text(head[0].strip(L.BLANK))
    return b" ".join([line.strip(L.BLANK) for line in head[:-1]])


class Document:
    """A file: its values (byte order mark, line end, last newline) and its sections."""

    __slots__ = ("bom", "end", "eol", "newline", "sections")

    def __init__(self, bom: bytes, eol: bytes, newline: bool, end: Gap, sections: list[Section]) -> None:
        self.bom, self.eol, self.newline, self.end, self.sections = bom, eol, newline, end, sections

    @property
    def root(self) -> Section:
        """The section without a heading: front matter and whatever stands above the first heading."""
        return self.sections[0]

    @property
    def empty(self) -> bool:
        """An empty file has no values (line end, last newline) to speak of."""
        return not (self.newline or self.root.body or len(self.sections) > 1)

    def render(self) -> bytes:
        """The file again, byte for byte."""
        out: list[bytes] = []
        for section in self.sections:
            out.extend(section.gap)
            out.extend(section.head)
            if section.body:
                out.append(section.body)
        out.extend(self.end)
        text = b"\n".join(out)
        if self.newline:
            text += b"\n"
        return self.bom + (text.replace(b"\n", b"\r\n") if self.eol == b"\r\n" else text)

    def units(self) -> Iterator[tuple[int, str, bytes]]:
        """Every unit in document order: how deep it lies, its kind, its own lines."""
        for section in self.sections:
            depth = _depth(section)
            yield from ((depth, "break", row) for row in section.gap if row.strip(L.BLANK))
            if section.head:
                yield depth, "heading", b"\n".join(section.head)
            yield from _units(section.blocks, depth + 1)
        yield from ((1, "break", row) for row in self.end if row.strip(L.BLANK))


def _depth(section: Section) -> int:
    depth = -1
    above = section.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    return max(depth, 0)


def _units(nodes: list[Node], depth: int) -> Iterator[tuple[int, str, bytes]]:
    for node in nodes:
        yield depth, node.kind, b"\n".join(node.head)
        yield from _units(node.kids, depth + 1)


def file_values(data: bytes) -> tuple[bytes, bytes, bool, bytes]:
    """A file as (byte order mark, line end, ends with a newline, text with `\\n` for every line end).

    Where the line ends are mixed, the lone carriage returns stay in their lines.
    """
    bom = BOM if data.startswith(BOM) else b""
    text = data[len(bom) :] if bom else data
    eol = b"\n"
    if b"\r\n" in text and text.count(b"\r\n") == text.count(b"\n") == text.count(b"\r"):
        eol, text = b"\r\n", text.replace(b"\r\n", b"\n")
    newline = text.endswith(b"\n")
    return bom, eol, newline, text[:-1] if newline else text


def cut(data: bytes) -> Document:
    """Cut a file into its sections. Any bytes are a document; `cut(data).render() == data`."""
    bom, eol, newline, text = file_values(data)
    rows = text.split(b"\n") if text or newline else []
    sections, end = cut_sections(rows)
    return Document(bom, eol, newline, end, sections)


def cut_sections(rows: list[bytes]) -> tuple[list[Section], Gap]:
    """The sections of a file's lines, linked into a tree, and the blank lines at its end."""
    total = len(rows)
    sections: list[Section] = []
    start, size, level = 0, 0, 0  # the heading that the section at hand begins with
    gap: Gap = ()
    for nxt, nxt_size, nxt_level in (*find_headings(rows), (total, 0, 0)):
        body_at = start + size
        stop = nxt
        while stop > body_at and separates(rows[stop - 1]):
            stop -= 1
        if not start:
            stop = max(stop, min(front_end(rows), nxt))
        body = b"\n".join(rows[body_at:stop])
        sections.append(Section(level, gap, tuple(rows[start : start + size]), start, body, body_at))
        gap = tuple(rows[stop:nxt])
        start, size, level = nxt, nxt_size, nxt_level
    link(sections)
    return sections, gap


def has_break(gap: Gap) -> bool:
    """Is there more than blank lines above a heading?"""
    return any(row.strip(L.BLANK) for row in gap)


def link(sections: list[Section]) -> None:
    """Hang every section under its heading's parent.

    An undated heading belongs to the dated sibling before it: `## 2025-08-21`, `## Summary`, `## Changes` are one
    day. Where the day has a title of its own, only headings that repeat in the file do: others are sections.
    """
    open_: list[Section] = [sections[0]]
    seen: dict[bytes, int] = {}
    for section in sections:
        seen[section.text] = seen.get(section.text, 0) + 1
    for place, section in enumerate(sections):
        section.place = place
        if not place:
            continue
        while open_[-1].level > section.level:
            open_.pop()
        if open_[-1].level == section.level:
            _close_siblings(open_, section, seen[section.text] > 1)
        section.parent = open_[-1]
        open_[-1].kids.append(section)
        open_.append(section)


def _close_siblings(open_: list[Section], section: Section, repeats: bool) -> None:
    while open_[-1].level == section.level and len(open_) > 1:
        if open_[-1].leads and (repeats or open_[-1].bare) and not (section.stamp or section.id):
            return
        open_.pop()
