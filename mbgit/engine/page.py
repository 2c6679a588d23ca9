"""A document as one flat list of units, in the order of its lines.

A unit is a heading, an item, a row, a paragraph: what one line of thought is. Merging works on these lists, not on
trees: a heading's reach, an item's depth and a row's table follow from where the unit stands, so that a heading put
in between, or taken out, moves nothing. What a unit belongs to (`parent`) is kept beside the list.
"""

from __future__ import annotations

from . import lines as L
from . import stamps
from .blocks import Gap, Node
from .diff import FOLD
from .document import Document, Section

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

NONE = -1


class Unit:
    """One unit of a page: the blank lines above it, its own lines, and what it belongs to.

    `parent` is the heading, item, table or front matter that it stands under, None at the top of a page;
    `heading` the nearest heading above it; `line` the number of its first line (0-based); `foot` tells what ends the
    page and belongs to no entry; units of one `number` say the same with all that belongs to them.
    """

    __slots__ = (
        "_tree", "_words", "at", "class_", "foot", "gap", "head", "heading", "kids", "kind",
        "level", "line", "number", "own", "parent", "section", "tight",
    )  # fmt: skip

    def __init__(self, kind: str, gap: Gap, head: Gap, line: int, own: bytes) -> None:
        self.kind, self.gap, self.head, self.line, self.own = kind, gap, head, line, own
        self.at = NONE
        self.level = self.number = 0
        self.foot = False
        self.parent: Unit | None = None
        self.heading: Unit | None = None
        self.kids: list[Unit] = []
        self.section: Section | None = None
        self.tight = 0
        self.class_: object = None
        self._tree: bytes | None = None
        self._words: list[bytes] | None = None

    @property
    def tree(self) -> bytes:
        """What the unit says with all that belongs to it."""
        if self._tree is None:
            self._tree = b"\n".join((self.own, *(kid.tree for kid in self.kids))) if self.kids else self.own
        return self._tree

    @property
    def size(self) -> int:
        """How many lines it takes, the blank ones above it among them; of a folded run, all its lines."""
        return len(self.gap) + (int(self.own.split()[1]) if self.own[:1] == FOLD else len(self.head))

    @property
    def words(self) -> list[bytes]:
        """The words of its own lines."""
        if self._words is None:
            self._words = L.cells(self.head[0]) if self.kind == "row" else b" ".join(self.head).split()
        return self._words

    @property
    def stamp(self) -> bytes:
        """The date of a heading, an item or a row, as digits that sort."""
        if self.section is not None:
            return self.section.stamp
        return stamps.stamp(self.head[0]) if self.kind in ("item", "row") else b""

    @property
    def id(self) -> bytes:
        """The id of a heading or an item (`TD_042`)."""
        if self.section is not None:
            return self.section.id
        return stamps.entry_id(self.head[0]) if self.kind == "item" else b""

    @property
    def entry(self) -> bool:
        """Is this what must stay whole: a dated or id heading, an item, a row?"""
        return self.section.entry if self.section is not None else self.kind in ("item", "row")

    def above(self) -> Iterator[Unit]:
        """What it belongs to, from the nearest on."""
        at = self.parent
        while at is not None:
            yield at
            at = at.parent

    def below(self) -> Iterator[Unit]:
        """What belongs to it, in order."""
        for kid in self.kids:
            yield kid
            yield from kid.below()


def flatten(document: Document, same: Container[int] = ()) -> list[Unit]:
    """A document's units in order; `same` holds the numbers of the sections that need no cut: one unit each."""
    units: list[Unit] = []
    heads: dict[int, Unit] = {}
    for place, section in enumerate(document.sections):
        heading: Unit | None = None
        if section.head:
            heading = _heading(section, heads, units)
        nodes = _whole(section) if place in same else section.blocks
        for node in nodes:
            _add(units, node, heading, heading)
    for at, unit in enumerate(units):
        unit.at = at
    return units


def number_trees(pages: Sequence[Sequence[Unit]]) -> None:
    """Give each unit its number: to compare these takes no copy of what a heading holds, as to compare trees does."""
    known: dict[object, int] = {}
    for page in pages:
        for unit in reversed(page):  # a unit stands before what belongs to it
            said = (unit.own, *[kid.number for kid in unit.kids]) if unit.kids else unit.own
            unit.number = known.setdefault(said, len(known))


def set_feet(pages: Sequence[list[Unit]]) -> None:
    """Tell the foot that all versions of a page have from their last entries: it belongs to none of them.

    What is the last of one version and stands further up in another one is an entry, not a foot.
    """
    feet = [page[_foot(page) :] for page in pages]
    further_up = {unit.own for page, foot in zip(pages, feet, strict=True) for unit in page[: len(page) - len(foot)]}
    names = [[(unit.kind, unit.kind == "field" and unit.head[0].partition(b":")[0]) for unit in it] for it in feet]
    if names[0] != names[1] or names[0] != names[2]:
        return
    if any(unit.own in further_up for foot in feet for unit in foot if unit.kind != "break"):
        return
    for unit in (unit for found in feet for unit in found):
        unit.foot = True
        if unit.parent is not None and unit.kind != "break":
            unit.parent.kids.remove(unit)
        unit.parent = unit.heading = None


def _foot(units: list[Unit]) -> int:
    """Where the foot of a page begins: words behind its last break, or a last labelled line like no other."""
    low = len(units)
    while low and units[low - 1].kind in ("field", "para"):
        low -= 1
    if low == len(units):
        return low
    if low and units[low - 1].kind == "break":
        return low - 1
    last = units[-1]
    labels = [L.label(unit.head[0].lstrip(b" \t")) for unit in units if unit.kind == "field"]
    return last.at if last.kind == "field" and last.gap and labels.count(labels[-1]) == 1 else len(units)


def _heading(section: Section, heads: dict[int, Unit], units: list[Unit]) -> Unit:
    gap = section.gap
    unit = Unit("heading", gap, section.head, section.line, b" ".join(b" ".join(section.head).split()))
    unit.level, unit.section = section.level, section
    above = section.parent
    unit.parent = heads.get(id(above)) if above is not None else None
    gap = _breaks(section, unit.parent, units)
    unit.gap = gap
    unit.heading = unit.parent
    heads[id(section)] = unit
    if unit.parent is not None:
        unit.parent.kids.append(unit)
    units.append(unit)
    return unit


def _breaks(section: Section, parent: Unit | None, units: list[Unit]) -> Gap:
    """Breaks above a heading are units of their own; what is left of the gap is the heading's."""
    gap: list[bytes] = []
    line = section.line - len(section.gap)
    for row in section.gap:
        if row.strip(L.BLANK):
            unit = Unit("break", tuple(gap), (row,), line, row.strip(L.BLANK))
            unit.parent = unit.heading = parent
            units.append(unit)
            gap = []
        else:
            gap.append(row)
        line += 1
    return tuple(gap)


def _whole(section: Section) -> list[Node]:
    if not section.body:
        return []
    rows = section.body.split(b"\n")
    gap = 0
    while gap < len(rows) and not rows[gap].strip(L.BLANK):
        gap += 1
    node = Node("body", tuple(rows[:gap]), tuple(rows[gap:]), section.body_line + gap, [])
    node._own = section.body
    return [node]


def _add(units: list[Unit], node: Node, parent: Unit | None, heading: Unit | None) -> None:
    head = node.head[:1] if node.kind == "front" else node.head
    own = node.own if node.kind != "front" else head[0].strip(L.BLANK)
    if node.kind == "para":  # where its lines break is style
        own = b" ".join(own.split())
    unit = Unit(node.kind, node.gap, head, node.line, own)
    unit.parent, unit.heading, unit.tight = parent, heading, node.tight
    if parent is not None and (parent is not heading or node.kind != "break"):
        parent.kids.append(unit)
    units.append(unit)
    for kid in node.kids:
        _add(units, kid, unit, heading)
    if node.kind == "front":
        last = node.kids[-1] if node.kids else node
        end = Unit("end", (), node.head[1:], last.line + len(last.head), node.head[1].strip(L.BLANK))
        end.parent, end.heading = unit, heading
        unit.kids.append(end)
        units.append(end)
