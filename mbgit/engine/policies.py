"""What stands where both sides changed one unit: the later one, both, or a single value."""

from __future__ import annotations

from . import lines as L
from . import stamps
from .align import pair_exact
from .document import Node, cut_blocks
from .order import Place, arrange
from .result import Aside, Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .document import Gap
    from .result import Clock

BOTH, FIRST, SECOND = 3, 1, 2
PROSE = frozenset(("item", "para", "quote"))  # both sides may add such a unit each; of a row or a field there is one

# Document fields wherever they stand outside of an entry, and those that progress.md sets as list items.
ITEM_FIELDS = frozenset((b"overall", b"risk", b"blockers"))


class Unit(Node):
    """A unit of the result: which sides hold it (FIRST, SECOND or BOTH), and whether one of them added it.

    `was`: the one of base that a side made it of, where that stood.
    """

    __slots__ = ("added", "sides", "was")

    def __init__(self, kind: str, gap: Gap, head: Gap, kids: list[Node], sides: int) -> None:
        super().__init__(kind, gap, head, 0, kids)
        self.sides = sides
        self.added = False
        self.was: Node | None = None


def as_unit(node: Node, sides: int, gap: Gap | None = None, added: bool = False, was: Node | None = None) -> Unit:
    """A side's unit taken over whole."""
    unit = Unit(node.kind, node.gap if gap is None else gap, node.head, node.kids, sides)
    unit.tight = node.tight
    unit._own, unit._whole = node._own, node._whole
    unit.added, unit.was = added, was
    return unit


class Judge:
    """Decides between two versions of one unit under a policy, and keeps what was decided against.

    `first` and `second` are the sides in their fixed order; `swapped` says that first is theirs.
    """

    def __init__(self, policy: str, name: str, clock: Clock | None, swapped: bool, merged: Merged) -> None:
        self.policy, self.clock, self.swapped, self.merged = policy, clock, swapped, merged
        self.name = name.rpartition("/")[2]
        self.pending: list[tuple[Aside, object]] = []  # an aside, and the unit whose line it will name

    def later(self, a: Node | Spanned, b: Node | Spanned) -> bool:
        """Was the second side's version written later? Clocks, then stamps in the text, then the greater bytes."""
        when_a, when_b = self._time(0, a), self._time(1, b)
        if when_a is not None and when_b is not None and when_a != when_b:
            return when_b > when_a
        text_a, text_b = _joined(a), _joined(b)
        stamp_a, stamp_b = stamps.latest(text_a), stamps.latest(text_b)
        return stamp_b > stamp_a if stamp_a != stamp_b else text_b > text_a

    def _time(self, side: int, unit: Node | Spanned) -> int | None:
        if self.clock is None:
            return None
        first = unit.line + 1
        return self.clock(side ^ self.swapped, first, first + len(unit.head) - 1)

    def set_aside(self, reason: str, text: bytes, winner: object) -> None:
        aside = Aside(reason, 0, text)
        self.merged.asides.append(aside)
        self.pending.append((aside, winner))

    # -- one unit, changed by both ----------------------------------------------------------------------------

    def contest(self, o: Node | None, a: Node, b: Node, in_entry: bool) -> list[Unit]:
        """The units that stand where `a` and `b` are two versions of one leaf (kids are the caller's)."""
        self.merged.contested += 1
        if self.single(o, a, b, in_entry):
            return [self.one_value(o, a, b, "document field")]
        if self.policy == "latest" and (o is not None or a.kind not in PROSE):
            return [self.the_later(o, a, b)]
        return weave_lines(o, a, b) or both(a, b)

    def single(self, o: Node | None, a: Node, b: Node, in_entry: bool) -> bool:
        """Does this unit have one value in every policy?"""
        if a.kind != b.kind:
            return False
        if a.kind == "key":
            return True
        if a.kind == "field":  # a value of many lines is prose
            return not in_entry and min(len(a.head), len(b.head)) < 3
        return a.kind == "item" and field_label(a) in ITEM_FIELDS and self.name == "progress.md"

    def the_later(self, o: Node | None, a: Node, b: Node) -> Unit:
        only_a, only_b = _only_filled(o, a), _only_filled(o, b)
        second = only_a if only_a != only_b else self.later(a, b)
        return self.stand(a, b, second, "superseded")

    def one_value(self, o: Node | None, a: Node, b: Node, reason: str) -> Unit:
        """A field's or a heading's value: the greater counter where both raised it, else the later text."""
        second = raised(o.head[0] if o else b"", a.head[0], b.head[0])
        if second is None:
            second = self.later(a, b)
        return self.stand(a, b, second, reason)

    def stand(self, a: Node, b: Node, second: bool, reason: str) -> Unit:
        """The one version as a unit of the result; the other one is set aside."""
        winner, loser = (b, a) if second else (a, b)
        unit = Unit(winner.kind, winner.gap, winner.head, [], BOTH)
        unit.tight = winner.tight
        self.set_aside(reason, b"\n".join(loser.head), unit)
        return unit

    def heading(self, o: Gap | None, a: Spanned, b: Spanned, key: object) -> Gap:
        """The one text of a heading that both sides changed."""
        second = raised(o[0] if o else b"", a.head[0], b.head[0])
        if second is None:
            second = self.later(a, b)
        winner, loser = (b, a) if second else (a, b)
        if _words(winner.head) != _words(loser.head):
            self.merged.contested += 1
            self.set_aside("retitled", b"\n".join(loser.head), key)
        return winner.head


def _only_filled(o: Node | None, row: Node) -> bool:
    """Did a side only fill empty cells of a row (those of a new column)? Then the other's edit is the later one."""
    if o is None or row.kind != "row":
        return False
    old, new = L.cells(o.head[0]), L.cells(row.head[0])
    return len(old) == len(new) and all(not before or before == now for before, now in zip(old, new, strict=True))


class Spanned:
    """Some lines of a side's file: enough to ask when they were written."""

    __slots__ = ("head", "line")

    def __init__(self, head: Gap, line: int) -> None:
        self.head, self.line = head, line


def _joined(unit: Node | Spanned) -> bytes:
    return unit.own if isinstance(unit, Node) else b"\n".join(unit.head)


def _words(head: Gap) -> bytes:
    return b" ".join(b" ".join(head).split())


def field_label(node: Node) -> bytes:
    """The label of a field line or of an item (`- **Risk**: Low`), or nothing."""
    if node.kind == "field":
        return L.label(node.head[0].lstrip(b" \t"))
    if node.kind == "item":
        return L.label(L.item_text(node.head[0].lstrip(b" \t")))
    return b""


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


def both(a: Node, b: Node) -> list[Unit]:
    """Both versions, in an order that does not depend on the side: the lesser text first."""
    units = [Unit(n.kind, n.gap, n.head, [], side) for n, side in ((a, FIRST), (b, SECOND))]
    for unit, node in zip(units, (a, b), strict=True):
        unit.tight = node.tight
    return units if (a.own, a.head) <= (b.own, b.head) else units[::-1]


def weave_lines(o: Node | None, a: Node, b: Node) -> list[Unit]:
    """Two versions merged line by line; nothing where that would not be one unit of their kind.

    An item whose first line both sides changed becomes two items over one rest.
    """
    if a.kind != b.kind or a.kind in ("row", "table") or max(len(a.head), len(b.head)) < 2:
        return []
    found = cut_blocks([line.rstrip(b"\r") for line in merge_lines(o.head if o else (), a.head, b.head)], 1)
    if any(node.kind != a.kind or node.gap or node.kids for node in found):
        return []
    if len(found) != 1 and a.kind != "item":
        return []
    units = [as_unit(node, BOTH) for node in found]
    units[:1] = [as_unit(found[0], BOTH, a.gap)] if found else []
    for unit in units:
        unit.tight = a.tight
    return units


def merge_lines(o: Gap, a: Gap, b: Gap) -> list[bytes]:
    """Lines merged as units: what one side took out is gone, what either added stands, equal additions once."""
    keys_o, keys_a, keys_b = ([line.rstrip(L.BLANK) for line in side] for side in (o, a, b))
    to_a, to_b = pair_exact(keys_o, keys_a), pair_exact(keys_o, keys_b)
    rest_a = [i for i in range(len(a)) if to_a.right[i] < 0]
    rest_b = [j for j in range(len(b)) if to_b.right[j] < 0]
    agreed = pair_exact([keys_a[i] for i in rest_a], [keys_b[j] for j in rest_b])
    places = []
    for k, line in enumerate(o):
        i, j = to_a.left[k], to_b.left[k]
        if i >= 0 and j >= 0:
            places.append(Place(b[j] if a[i] == line else a[i], k, i, j))
    for n, i in enumerate(rest_a):
        j = rest_b[agreed.left[n]] if agreed.left[n] >= 0 else -1
        places.append(Place(a[i], -1, i, j))
    for n, j in enumerate(rest_b):
        if agreed.right[n] < 0:
            places.append(Place(b[j], -1, -1, j))
    return arrange(places, lambda line: (b"", line.rstrip(L.BLANK)), tuple)
