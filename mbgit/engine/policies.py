"""What stands where both sides changed one value: the later one, both, or a single value; the other is set aside."""

from __future__ import annotations

from . import lines as L
from . import stamps
from .result import Aside, Merged
from .tables import Columns, heads, is_padded, merged_columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .blocks import Gap
    from .match import Class
    from .page import Unit
    from .result import Clock


# Fields of progress.md that stand as list items.
ITEM_FIELDS = frozenset((b"overall", b"risk", b"blockers"))


class Judge:
    """Decides between two versions of one unit under a policy, and keeps what was decided against.

    The sides come in their fixed order; `swapped` says that the first is theirs. `titles` are the labels that repeat
    in a file: they are titles of entries, never fields of the document.
    """

    def __init__(self, policy: str, name: str, clock: Clock | None, swapped: bool, merged: Merged) -> None:
        self.policy, self.clock, self.swapped, self.merged = policy, clock, swapped, merged
        self.name = name.rpartition("/")[2]
        self.pending: list[tuple[Aside, object]] = []  # an aside, and the class whose line it will name
        self.titles: set[bytes] = set()
        self.columns: dict[int, Columns] = {}  # of a merged table, by its class
        self.padding: dict[int, bytes] = {}  # a line of a table whose rows are all padded alike

    def later(self, a: Unit, b: Unit) -> bool:
        """Was the second side's version written later? Clocks, then stamps in the text, then the greater bytes."""
        when_a, when_b = self._time(0, a), self._time(1, b)
        if when_a is not None and when_b is not None and when_a != when_b:
            return when_b > when_a
        stamp_a, stamp_b = stamps.latest(a.own), stamps.latest(b.own)
        return stamp_b > stamp_a if stamp_a != stamp_b else b.own > a.own

    def _time(self, side: int, unit: Unit) -> int | None:
        if self.clock is None:
            return None
        first = unit.line + 1
        return self.clock(side ^ self.swapped, first, first + len(unit.head) - 1)

    def take_table(self, here: Class, head: Gap) -> None:
        """Note the columns that a merged table has, and how it pads them where all its rows are padded."""
        versions = (here.o, here.a, here.b)
        if id(here) not in self.columns:
            found = merged_columns(here.o, here.a, here.b, bool) if here.a is not None and here.b is not None else None
            names = L.cells(head[0])
            known = Columns(names, tuple([heads(it) if it is not None else names for it in versions]))
            self.columns[id(here)] = found or known
        if any(it is not None and it.head == head and is_padded(it) for it in versions[1:]):
            self.padding[id(here)] = head[0]

    def columns_of(self, row: Class) -> list[bytes]:
        """The heads of the columns of the table that a row will stand in."""
        table = self._table(row)
        if table is None:
            return []
        found = self.columns.get(id(table.class_))
        return found.names if found is not None else heads(table)

    def columns_in(self, row: Unit, version: int) -> list[bytes]:
        """What the columns of a row's own table are called in the merged one; `version` is 0 for base."""
        table = row.parent
        if table is None or table.kind != "table":
            return []
        found = self.columns.get(id(table.class_))
        return found.of[version] if found is not None else heads(table)

    def columns_differ(self, row: Class) -> bool:
        """Has the table of a row other columns than one of its versions?"""
        names = self.columns_of(row)
        units = enumerate((row.o, row.a, row.b))
        return any(self.columns_in(unit, at) != names for at, unit in units if unit is not None and unit.kind == "row")

    def padding_of(self, row: Class) -> bytes:
        """A line that is padded as all rows are of the table that a row will stand in; nothing where they are not."""
        table = self._table(row)
        return self.padding.get(id(table.class_), b"") if table is not None else b""

    def _table(self, row: Class) -> Unit | None:
        unit = row.b if row.moved_b and not row.moved_a and row.b is not None else row.any
        return unit.parent if unit.parent is not None and unit.parent.kind == "table" else None

    def set_aside(self, reason: str, text: bytes, winner: object) -> None:
        """Keep a text that does not stand; `winner` is the class that stands instead."""
        aside = Aside(reason, 0, text)
        self.merged.asides.append(aside)
        self.pending.append((aside, winner))

    def single_field(self, o: Unit | None, a: Unit, b: Unit) -> bool:
        """Is this a field of the whole document, with one value in every policy?

        What both wrote anew below a heading is a field of what they wrote there.
        """
        if o is None and a.heading is not None and a.heading.level > 1 and field_label(a) not in L.PLAIN_LABELS:
            return False
        if field_label(a) in self.titles or min(len(a.head), len(b.head)) > 2:
            return False
        return not any(above.entry for unit in (a, b) for above in unit.above())


def field_label(unit: Unit) -> bytes:
    """The label of a field line or of an item (`- **Risk**: Low`), or nothing."""
    text = unit.head[0].lstrip(b" \t")
    if unit.kind == "field":
        return L.label(text)
    return L.label(L.item_text(text)) if unit.kind == "item" else b""


def raised(o: bytes, a: bytes, b: bytes) -> bool | None:
    """True (False) where three lines differ in one number that both sides raised and b (a) raised more."""
    frame = o.translate(None, L.DIGITS)
    if not o or frame != a.translate(None, L.DIGITS) or frame != b.translate(None, L.DIGITS):
        return None
    numbers = [_numbers(line) for line in (o, a, b)]
    if len({len(n) for n in numbers}) != 1:
        return None
    changed = [at for at, values in enumerate(zip(*numbers, strict=True)) if len(set(values)) > 1]
    if len(changed) != 1 or stamps.stamp(a) != stamps.stamp(o) or stamps.stamp(b) != stamps.stamp(o):
        return None
    was, here, there = (n[changed[0]] for n in numbers)
    return there > here if was < here and was < there and here != there else None


def _numbers(line: bytes) -> list[int]:
    kept = bytes([c if c in L.DIGITS else 32 for c in line])
    return [int(word[-18:]) for word in kept.split()]
