"""A one-to-one relation between two pages, and what tells that two units are not one, or may well not be."""

from __future__ import annotations

from . import lines as L
from . import stamps
from .align import Pairing
from .page import NONE, Unit
from .words import content, is_placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Key = Callable[[Unit], object]

HUGE = 1 << 16  # bytes of a unit in which what repeats is not looked for


class Pairs(Pairing):
    """A one-to-one relation between base and a side, or between the sides; `still` tells pairs that did not move."""

    def __init__(self, x: Sequence[Unit], y: Sequence[Unit]) -> None:
        self.x, self.y = x, y
        super().__init__(len(x), len(y))
        self.still = bytearray(len(x) + 1)
        self.others: tuple[list[int], list[int]] = ([], [])  # by base and by this side: the other side's unit
        self._routine: set[bytes] | None = None
        self._counts: dict[tuple[int, Key], dict[object, int]] = {}

    @property
    def routine(self) -> set[bytes]:
        """What several units of either page say alike."""
        if self._routine is None:
            self._routine = _repeated(self.x) | _repeated(self.y)
        return self._routine

    def stay(self, i: int, j: int) -> None:
        """Pair two units that keep their order."""
        self.join(i, j)
        self.still[i] = 1

    def stay_all(self, i: int, j: int, size: int) -> None:
        """The same of so many units in a row."""
        self.left[i : i + size], self.right[j : j + size] = range(j, j + size), range(i, i + size)
        self.still[i : i + size] = b"\1" * size

    def part(self, i: int) -> None:
        """They are not one after all."""
        self.right[self.left[i]] = NONE
        self.left[i] = NONE
        self.still[i] = 0

    def may(self, i: int, j: int) -> bool:
        """May these be two versions of one unit? Not where the other side has both (`others`)."""
        home, there = self.x[i].parent, self.y[j].parent
        if (home is None or self.of(home) is not there) and of_two_entries(self.x[i], self.y[j]):
            return False
        mine, twin = self.others[0][i], self.others[1][j]
        return mine < 0 or twin < 0 or mine == twin

    def of(self, unit: Unit | None) -> Unit | None:
        """What a unit of the first page is on the second."""
        return self.y[self.left[unit.at]] if unit is not None and self.left[unit.at] >= 0 else None

    def count(self, units: Sequence[Unit], key: Key, value: object) -> int:
        """How many of a page's or a parent's units have a key. Each list is counted once, for all of them may ask."""
        known = self._counts.get((id(units), key))
        if known is None:
            known = self._counts[id(units), key] = {}
            for found in map(key, units):
                known[found] = known.get(found, 0) + 1
        return known.get(value, 0)

    def free(self) -> tuple[list[Unit], list[Unit]]:
        """The units that have no partner."""
        return (
            [unit for unit in self.x if self.left[unit.at] < 0],
            [unit for unit in self.y if self.right[unit.at] < 0],
        )


def _repeated(page: Sequence[Unit]) -> set[bytes]:
    """What several units of a page say alike, those in sections that were not cut among them."""
    seen: set[bytes] = set()
    found: set[bytes] = set()
    for unit in page:
        if len(unit.own) > HUGE:
            continue
        for own in unit.own.split(b"\n") if unit.kind == "body" else (unit.own,):
            own = own.strip()
            (found if own in seen else seen).add(own)
    return found


class Three:
    """How base is paired with each side, and the sides with each other in what base has not."""

    __slots__ = ("agreed", "to_a", "to_b")

    def __init__(self, o: Sequence[Unit], a: Sequence[Unit], b: Sequence[Unit]) -> None:
        self.to_a, self.to_b, self.agreed = Pairs(o, a), Pairs(o, b), Pairs(a, b)

    def same(self, a: Unit | None, b: Unit | None) -> bool:
        """Are a unit of the first side and one of the second the same (None: the top of a page)?"""
        if a is None or b is None:
            return a is b
        return self.agreed.left[a.at] == b.at or b.at in self._through_base(a)

    def homes(self, unit: Unit) -> set[int]:
        """What the parent of the first side's unit may be on the second side; NONE at the top of a page."""
        if unit.parent is None:
            return {NONE}
        return {self.agreed.left[unit.parent.at], *self._through_base(unit.parent)} - {NONE}

    def _through_base(self, a: Unit) -> tuple[int, ...]:
        o = self.to_a.right[a.at]
        return (self.to_b.left[o],) if o >= 0 else ()

    def new(self) -> tuple[list[Unit], list[Unit]]:
        """What each side added, and has no partner yet."""
        a, b = self.agreed.free()
        return [u for u in a if self.to_a.right[u.at] < 0], [u for u in b if self.to_b.right[u.at] < 0]


def join_below(pairs: Pairs, unit: Unit, there: Unit) -> None:
    """What stands below two units that are one, and says the same."""
    waiting: dict[object, list[Unit]] = {}
    for kid in reversed(there.kids):
        if pairs.right[kid.at] < 0:
            waiting.setdefault((kid.kind, kid.own), []).append(kid)
    for kid in unit.kids:
        found = waiting.get((kid.kind, kid.own))
        if found and pairs.left[kid.at] < 0:
            other = found.pop()
            pairs.join(kid.at, other.at)
            join_below(pairs, kid, other)


# --- what is not one ------------------------------------------------------------------------------------------


def of_two_entries(unit: Unit, there: Unit) -> bool:
    """Do these stand under two different entries? A task is carried over to the next one; what was noted is not."""
    homes = [_entry_of(each) for each in (unit, there)]
    if homes[0] is None or homes[1] is None or not clash(homes[0], homes[1]):
        return False
    return unit.kind != "item" or not L.box(unit.head[0].lstrip(b" \t"))


def _entry_of(unit: Unit) -> Unit | None:
    """The dated or id heading above a unit that its level puts it under: no heading of its own level."""
    level = unit.level or 7
    for above in unit.above():
        if above.level and above.level >= level:
            return None
        level = above.level or level
        if above.stamp or above.id:
            return above
    return None


def clash(one: Unit, two: Unit) -> bool:
    """Units with different ids or different stamps are never one unit, nor headings with no word in common."""
    if one.kind == two.kind == "heading" and one.stamp and not _share_words(one, two):
        return True
    first, second = _date_of(one), _date_of(two)
    return bool((one.id and two.id and one.id != two.id) or (first and second and first != second))


def _date_of(unit: Unit) -> bytes:
    """The date that tells an entry: a heading's, or the one that an item or a row begins with.

    Any other is a value: an agent's row has its last update, a task is due.
    """
    if unit.kind == "row":
        return stamps.stamp(unit.words[0])
    if unit.kind == "item" and unit.stamp:
        return stamps.stamp(L.item_text(unit.head[0].lstrip(b" \t")).lstrip(b"[(*`_")[:16])
    return unit.stamp


def _share_words(one: Unit, two: Unit) -> bool:
    words = undated(one), undated(two)
    return bool(words[0] & words[1]) or not (words[0] or words[1])


def undated(unit: Unit) -> set[bytes]:
    """The words of a unit but for dates, times and numbers."""
    return {word for word in content(unit) if word.strip(b"0123456789-/.:t")}


# --- what others may say as well ------------------------------------------------------------------------------


def common_place(unit: Unit) -> bool:
    """Does this say what others may well say elsewhere: a field, a placeholder, a step below an item?"""
    return unit.kind in ("field", "row", "key", "end") or is_nested(unit) or is_placeholder(unit)


def is_nested(unit: Unit) -> bool:
    return unit.kind == "item" and unit.parent is not None and unit.parent.kind == "item"


def is_task(unit: Unit) -> bool:
    return unit.kind == "item" and L.box(unit.head[0].lstrip(b" \t")) != b""


# --- names ----------------------------------------------------------------------------------------------------


def name_of(unit: Unit) -> object:
    if unit.kind == "heading":
        return ("heading", unit.own)
    if unit.kind == "field":
        return ("field", L.label(unit.head[0].lstrip(b" \t")))
    if unit.kind == "key":
        return ("key", unit.head[0].partition(b":")[0])
    if unit.kind == "item":  # however its list is marked
        text = unit.own.lstrip()
        return ("item", text[L.marker_width(text) :])
    return None


def task_of(unit: Unit) -> object:
    """A task's words, whether it is done or not."""
    if not is_task(unit) or len(unit.head) > 1 or common_place(unit):
        return None
    return L.item_text(unit.head[0].lstrip(b" \t"))


def cells_at(row: Unit, places: list[int]) -> tuple[bytes, ...]:
    return tuple([row.words[at] for at in places if at < len(row.words)])


def home_of(unit: Unit) -> int:
    return unit.parent.at if unit.parent is not None else NONE


def siblings(unit: Unit, page: Sequence[Unit]) -> Iterable[Unit]:
    return unit.parent.kids if unit.parent is not None else (u for u in page if u.parent is None)
