"""What says the same in two versions of a page: in one order, then elsewhere, where it moved to."""

from __future__ import annotations

from . import lines as L
from .align import COMMON, longest_increasing
from .diff import hunks, kept
from .page import NONE, Unit
from .pairs import Pairs, common_place, is_nested, is_task, join_below, of_two_entries, task_of, undated
from .words import title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .pairs import Key

    Said = tuple[object, ...]
    Box = tuple[int, int, int, int]
    """Units low..high of one page and start..end of the other (ends not included)."""


def by_foot(pairs: Pairs) -> None:
    """Pair the feet of two pages: they stay where they are."""
    feet = ([unit for unit in page if unit.foot] for page in (pairs.x, pairs.y))
    for unit, there in zip(*feet, strict=True):
        pairs.stay(unit.at, there.at)


def by_order(pairs: Pairs) -> None:
    """Pair equal units that keep their order: whole sections first, then below an equal heading, then the others."""
    for key in (_in_section, _in_context, _said):
        x: list[Said] = [()] * len(pairs.x)
        y: list[Said] = [()] * len(pairs.y)
        boxes = _gaps(pairs)
        for low, high, start, end in boxes:
            x[low:high], y[start:end] = map(key, pairs.x[low:high]), map(key, pairs.y[start:end])
        for box in boxes:
            _align(pairs, x, y, box)


def _in_section(unit: Unit) -> Said:
    home = unit if unit.kind == "heading" else unit.heading
    if home is None:
        return _in_context(unit)
    return unit.kind, unit.own, home.number, home.parent.own if home.parent is not None else b""


def _in_context(unit: Unit) -> Said:
    return unit.kind, unit.own, unit.parent.own if unit.parent is not None else b""


def _said(unit: Unit) -> Said:
    return unit.kind, unit.own, b""


def _gaps(pairs: Pairs) -> list[Box]:
    """The stretches between the units that stand still."""
    out = []
    low = start = 0
    for i, j in enumerate([*pairs.left, len(pairs.y)]):
        if i == len(pairs.x) or (j >= 0 and pairs.still[i]):
            if low < i and start < j:
                out.append((low, i, start, j))
            low, start = i + 1, j + 1
    return out


def _align(pairs: Pairs, x: list[Said], y: list[Said], box: Box) -> None:
    """Pair equal values of two stretches: common ends, what stands once in both, then as git would."""
    todo = [box]
    while todo:
        low, high, start, end = todo.pop()
        size = min(high - low, end - start)
        same = next((at for at in range(size) if x[low + at] != y[start + at]), size)
        pairs.stay_all(low, start, same)
        low, start, size = low + same, start + same, size - same
        same = next((at for at in range(size) if x[high - 1 - at] != y[end - 1 - at]), size)
        high, end = high - same, end - same
        pairs.stay_all(high, end, same)
        first, second = _places(x, low, high), _places(y, start, end)
        if first.keys().isdisjoint(second):
            continue
        anchors = _anchors(pairs, first, second)
        if not anchors:
            for at, to in enumerate(kept(hunks(x[low:high], y[start:end]), high - low)):
                if to >= 0:
                    pairs.stay(low + at, start + to)
            continue
        for i, j in [*anchors, (high, end)]:
            if low < i and start < j:
                todo.append((low, i, start, j))
            if i < high:
                pairs.stay(i, j)
            low, start = i + 1, j + 1


def _anchors(pairs: Pairs, first: dict[Said, int], second: dict[Said, int]) -> list[tuple[int, int]]:
    """Pairs of values that stand once in both stretches, in one order: as many lines as can be stand still."""
    found = sorted((i, second[value]) for value, i in first.items() if i >= 0 and second.get(value, NONE) >= 0)
    weights = [pairs.x[i].size for i, _ in found]
    return [found[at] for at in longest_increasing([j for _, j in found], weights)]


def _places(values: list[Said], low: int, high: int) -> dict[Said, int]:
    """value -> where it stands, NONE for one that repeats."""
    found: dict[Said, int] = {}
    for at in range(low, high):
        found[values[at]] = NONE if values[at] in found else at
    return found


def not_by_chance(pairs: Pairs, other: Pairs | None = None) -> None:
    """Part what says as much in many places (a field, a placeholder, a routine line) if its parents are not one.

    Parents that have no partner yet may still be one, until all is paired: then what the `other` side took out is
    asked once more.
    """
    for unit in pairs.x:
        there = pairs.of(unit)
        if there is None or unit.foot or (other and (other.left[unit.at] >= 0 or not pairs.still[unit.at])):
            continue
        if _chance(pairs, unit, there, other is not None):
            pairs.part(unit.at)


def _chance(pairs: Pairs, unit: Unit, there: Unit, all_paired: bool) -> bool:
    if unit.kind == "break":
        beside = (unit.at + step for step in (-1, 1) if 0 <= unit.at + step < len(pairs.x))
        return not any(pairs.left[k] == there.at + k - unit.at for k in beside)
    home = pairs.of(unit.parent)
    if home is there.parent and (home is not None or unit.parent is None):
        return False
    if unit.kind == "body" or of_two_entries(unit, there):
        return True
    if unit.kind == "heading" or not (common_place(unit) or unit.own.strip() in pairs.routine):
        return False
    if all_paired or home is not None or unit.parent is None or there.parent is None:
        return True
    return pairs.right[there.parent.at] >= 0


def by_moves(pairs: Pairs) -> None:
    """What says the same elsewhere, and says it once in each version, has moved there; whole sections first."""
    for key in (_tree_of_heading, _title_alone, _id_of_heading, _title, _tree_of_leaf, _own_of_item, task_of):
        for unit, there in _once(pairs, key):
            if pairs.left[unit.at] < 0 and pairs.right[there.at] < 0:
                pairs.join(unit.at, there.at)
                join_below(pairs, unit, there)
    for unit, there in _once(pairs, _step):
        if pairs.of(unit.parent) is not None and pairs.right[there.parent.at] >= 0:  # type: ignore[union-attr]
            pairs.join(unit.at, there.at)


def by_dates(pairs: Pairs) -> None:
    """Pair an entry with the one of another date that holds all that it holds: its date was corrected.

    Not where other entries say all of that, too, or where several hold it. Some of it will do below a title of a few
    words.
    """
    x, y = ([unit for unit in free if unit.kind == "heading" and unit.stamp] for free in pairs.free())
    holders: dict[int, list[Unit]] = {}  # by a kid's number
    for there in y:
        for number in {kid.number for kid in there.kids}:
            holders.setdefault(number, []).append(there)
    for unit in x:
        telling = [kid.number for kid in unit.kids if kid.kids or kid.own not in pairs.routine]
        rarest = min((holders[number] for number in telling if number in holders), key=len, default=[])
        found = [there for there in rarest[:COMMON] if _redated(pairs, unit, there)]
        if len(found) == 1:
            pairs.join(unit.at, found[0].at)
            join_below(pairs, unit, found[0])


def _redated(pairs: Pairs, unit: Unit, there: Unit) -> bool:
    words = undated(unit)
    if pairs.right[there.at] >= 0 or (unit.level, unit.id, words) != (there.level, there.id, undated(there)):
        return False
    return len(words) > 2 or {kid.number for kid in unit.kids} <= {kid.number for kid in there.kids}


def by_title(pairs: Pairs) -> None:
    """A page's only heading of the first level is its title, however it is worded."""
    tops = [[unit for unit in page if unit.level == 1] for page in (pairs.x, pairs.y)]
    if len(tops[0]) != 1 or len(tops[1]) != 1:
        return
    one, two = tops[0][0], tops[1][0]
    free = pairs.left[one.at] < 0 and pairs.right[two.at] < 0
    if free and not (one.stamp and two.stamp and one.stamp != two.stamp):
        pairs.join(one.at, two.at)


def _once(pairs: Pairs, key: Key) -> list[tuple[Unit, Unit]]:
    """Free units of one key that stands once in each page."""
    x, y = pairs.free()
    free = {key(unit) for unit in x} & {key(unit) for unit in y}
    free.discard(None)
    if not free:
        return []
    first, second = _single(pairs.x, key, free), _single(pairs.y, key, free)
    found = [(unit, second[k]) for k, unit in first.items() if k in second]
    return [
        (one, two) for one, two in found
        if pairs.left[one.at] < 0 and pairs.right[two.at] < 0
        and not of_two_entries(one, two) and pairs.may(one.at, two.at)
        and (one.kids or one.own.strip() not in pairs.routine)
    ]  # fmt: skip


def _single(units: Iterable[Unit], key: Key, wanted: set[object]) -> dict[object, Unit]:
    found: dict[object, Unit | None] = {}
    for unit in units:
        value = key(unit)
        if value in wanted:
            found[value] = None if value in found else unit
    return {value: unit for value, unit in found.items() if unit is not None}


# --- what tells a unit that moved -----------------------------------------------------------------------------


def _tree_of_heading(unit: Unit) -> object:
    return (unit.level, unit.number) if unit.kind == "heading" and unit.kids else None


def _title_alone(unit: Unit) -> object:
    return (unit.level, unit.own) if unit.kind == "heading" else None


def _id_of_heading(unit: Unit) -> object:
    return unit.id or None if unit.kind == "heading" else None


def _title(unit: Unit) -> object:
    """A heading's words, whatever its status and level."""
    return title(unit) or None if unit.kind == "heading" else None


_PROSE = frozenset(("para", "fence", "quote", "code", "table", "html", "comment"))


def _tree_of_leaf(unit: Unit) -> object:
    if common_place(unit):
        return None
    if unit.kind == "item" or (unit.kind in _PROSE and len(unit.tree) > 12):
        return unit.kind, unit.tree.lstrip()
    return None


def _own_of_item(unit: Unit) -> object:
    return unit.own.lstrip() if unit.kind == "item" and not common_place(unit) else None


def _step(unit: Unit) -> object:
    """The words of a task below another item."""
    return L.item_text(b" ".join(unit.head).lstrip(b" \t")) if is_nested(unit) and is_task(unit) else None
