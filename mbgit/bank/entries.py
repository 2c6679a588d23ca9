"""The entries of a bank file, as checks, digest and harvest read them. The engine does the cutting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut, file_values
from mbgit.engine.lines import item_text, label
from mbgit.engine.policies import ITEM_FIELDS
from mbgit.engine.stamps import stamp

if TYPE_CHECKING:
    from .vocabulary import Vocabulary

_PROSE = frozenset(("para", "field", "fence", "quote"))
_SECTIONS = (b"pending", b"decisions")  # that templates begin with, and that no title above them names
_AROUND = {"heading": b"#", "row": b"| \t"}  # marks that are no part of a title
_VALUES = ITEM_FIELDS | {b"last updated"}  # `- **Overall**: On Track` is a value of the document
_FIELD = re.compile(r"\s*(?:[-*+] )?\*\*([^*\n]{1,60}?)\s*(?::\*\*|\*\*\s{0,3}:)(.*)", re.DOTALL)


class Entry:
    """One entry: a heading with a date or an id and all below it, a list item, a row, or a leaf heading with prose."""

    def __init__(self, kind: str, heads: tuple[Section, ...], whole: Node | Section, text: bytes) -> None:
        self.kind = kind
        """heading, item or row."""
        self.heads = heads
        """The headings above it, the file's title first."""
        self.line = whole.line + 1
        """Where it begins, from 1."""
        self.text = text
        """Verbatim, lines ended by `\\n`, no blank lines around it."""
        self._whole = whole
        self.vocabulary: Vocabulary | None = None
        """In which words its fields are read; None: in the standard's."""

    @property
    def standard(self) -> bytes:
        """Its text with the standard's names of fields and headings."""
        return self.vocabulary.standard(self.text) if self.vocabulary else self.text

    @cached_property
    def nodes(self) -> list[Node]:
        """Its blocks: the item, the row, or all blocks below its heading. Cut on first use."""
        return list(_nodes(self._whole)) if isinstance(self._whole, Section) else [self._whole]

    @cached_property
    def identity(self) -> bytes:
        """What it says: entries of equal identity are one entry, however they are set."""
        head = (b" ".join(self.text.split(b"\n", 1)[0].split()),) if self.kind == "heading" else ()
        return b"\n".join((*head, *(node.whole for node in self.nodes)))

    @cached_property
    def title(self) -> str:
        """Its heading without the marks, else its first line."""
        first = self.text.split(b"\n", 1)[0].strip()
        if self.kind == "item":
            first = item_text(first)
        words = first.strip(_AROUND.get(self.kind, b"")).strip()
        return words.decode(errors="replace")

    @cached_property
    def stamp(self) -> str:
        """Its date as digits that sort (`20250821`, `202508211030`), or nothing: of its heading, or its first line."""
        first = self.text.split(b"\n", 1)[0]
        return (stamp(first) or next((s for head in reversed(self.heads) if (s := head.stamp)), b"")).decode()

    @property
    def size(self) -> int:
        """How many lines it has, blank ones not counted."""
        return sum(1 for line in self.text.split(b"\n") if line.strip())

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its `**Label**: value` fields, in order; a value runs on to the next field."""
        return tuple(read_fields(self.standard.decode(errors="replace").split("\n"), self.line))

    @property
    def section(self) -> str:
        """The words of the heading it stands under, nothing at the top."""
        return self.heads[-1].text.decode(errors="replace") if self.heads else ""


class Field:
    """`**Label**: value`: the label as it stands, the value with what follows it, and its line (from 1)."""

    def __init__(self, label: str, line: int) -> None:
        self.label, self.line, self.rows = label, line, [""]

    @property
    def name(self) -> str:
        """The label as labels are compared."""
        return " ".join(self.label.casefold().split())

    @property
    def value(self) -> str:
        return "\n".join(self.rows).strip()


Undated = Callable[[Section], bool]


def anything(_: Section) -> bool:
    """`undated` of `entries` for a file that is a list: a buffer, an inbox, a log."""
    return True


def entries(data: bytes, undated: Undated | None = None) -> list[Entry]:
    """All entries of a file, in its order. No entry stands inside of another. Any bytes will do.

    `undated` says of a heading of level 2 without date and id whether it may be an entry, if what stands below it is
    like one; None: in this file those are sections.
    """
    sections = cut(data).sections
    rows: list[bytes] = []  # only a heading's text is taken from them
    found: list[Entry] = []
    behind = 0  # the first section that is no part of the entries so far
    for section in sections:
        if section.place < behind:
            continue
        if _is_entry(section, undated):
            behind = _behind(section)
            rows = rows or file_values(data)[3].split(b"\n")
            text = b"\n".join(rows[section.line : own_end(sections[behind - 1])]).strip(b"\n")
            found.append(Entry("heading", _heads(section.parent), section, text))
        else:
            found.extend(_of_blocks(section))
    return found


def added(new: Iterable[Entry], *old: Iterable[Entry]) -> list[Entry]:
    """The entries that stand in `new` more often than in any of the old versions."""
    from collections import Counter

    left: Counter[bytes] = Counter()
    for version in old:
        left |= Counter(entry.identity for entry in version)
    out = []
    for entry in new:
        if left[entry.identity] > 0:
            left[entry.identity] -= 1
        else:
            out.append(entry)
    return out


def uncounted(data: bytes) -> list[int]:
    """The lines (from 1) of what may be meant as entries in a file that is a list, and is none for `entries`: headings
    with nothing below them, further titles, and paragraphs where there is more than a preface and nothing else.
    """
    found, behind = [], 0
    for section in cut(data).sections:
        if section.place < behind:
            continue
        if _is_entry(section, anything):
            behind = _behind(section)
        elif not any(node.kind in ("item", "table") for node in section.blocks):
            found += _like_entries(section)
    return found


def _like_entries(section: Section) -> list[int]:
    prose = [node.line + 1 for node in section.blocks if node.kind in _PROSE]
    if section.level > 1 and not section.kids and not prose:
        return [] if _names_section(section) else [section.line + 1]
    if section.level == 1 and section.place > 1:
        return [section.line + 1] if prose else []
    return prose if len(prose) > 1 and not section.kids else []


def _is_entry(section: Section, undated: Undated | None) -> bool:
    """A date or an id makes an entry; so does prose of its own below a heading that holds no other."""
    if section.entry:
        return section.level > 1
    if section.level == 2 and undated is not None and undated(section):
        return _is_like_entry(section)
    return section.level > 2 and not section.kids and any(node.kind in _PROSE for node in section.blocks)


def _is_like_entry(section: Section) -> bool:
    """Whether prose begins what stands below a heading; items with dates, or headings, would be the entries."""
    kinds = [node.kind for node in section.blocks if node.kind not in ("comment", "break")]
    dated = any(node.kind == "item" and stamp(node.head[0]) for node in section.blocks)
    alone = not section.kids or ("field" in kinds and not any(kid.stamp or kid.id for kid in section.kids))
    return bool(kinds) and kinds[0] in _PROSE and alone and not dated and not _names_section(section)


def _names_section(section: Section) -> bool:
    """Whether a heading names what stands below it: `Patterns` in a `Patterns Buffer`, `Pending` in an inbox."""
    above = section.parent.text if section.parent is not None else b""
    words = section.text.lower().split()
    return section.text.lower() in _SECTIONS or (bool(words) and set(words) <= set(above.lower().split()))


def _heads(section: Section | None) -> tuple[Section, ...]:
    found = []
    while section is not None and section.head:
        found.append(section)
        section = section.parent
    return tuple(reversed(found))


def _behind(section: Section) -> int:
    """The place behind a section and all below it: they stand in one run."""
    while section.kids:
        section = section.kids[-1]
    return section.place + 1


def own_end(section: Section) -> int:
    """The row behind a section's own text, from 0."""
    return section.body_line + (section.body.count(b"\n") + 1 if section.body else 0)


def _nodes(section: Section) -> Iterator[Node]:
    yield from section.blocks
    for kid in section.kids:
        yield Node("heading", (), kid.head, kid.line, [])
        yield from _nodes(kid)


def _of_blocks(section: Section) -> Iterator[Entry]:
    heads = _heads(section)
    for node in section.blocks:
        if node.kind == "table":
            yield from (_of_node("row", heads, row) for row in node.kids)
        elif node.kind == "item" and label(item_text(node.head[0].strip())) not in _VALUES:
            yield _of_node("item", heads, node)


def _of_node(kind: str, heads: tuple[Section, ...], node: Node) -> Entry:
    rows: list[bytes] = []
    node.render(rows)
    return Entry(kind, heads, node, b"\n".join(rows[len(node.gap) :]))


def read_fields(rows: list[str], line: int) -> Iterator[Field]:
    """The `**Label**: value` fields in some rows of a file, of which the first is that line (from 1)."""
    field = None
    fenced = False
    for number, row in enumerate(rows):
        fenced ^= row.lstrip().startswith(("```", "~~~"))
        found = None if fenced else _FIELD.match(row[:2_000])
        if found:
            if field is not None:
                yield field
            field = Field(found[1].strip().rstrip(":"), line + number)
            field.rows = [found[2]]
        elif field is not None:
            field.rows.append(row)
    if field is not None:
        yield field
