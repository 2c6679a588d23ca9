"""Which unit is which: one identity for the whole page, over base and both sides.

Exact agreement comes before anything fuzzy: lines that git aligns, then units that say the same elsewhere (they
moved), then what both sides added alike. Only what is left is told by its name (a title without its status, a task
without its box, a field's label, a row's key) and then by its likeness, first below one parent, then in one gap.
"""

from __future__ import annotations

from . import lines as L
from . import stamps
from .align import Pairing, longest_increasing, pair_alike
from .diff import hunks, kept
from .page import NONE, Unit, number_trees
from .tables import rows_by_common_names
from .words import STOP, content, is_placeholder, title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Key = Callable[[Unit], object]
    Said = tuple[object, ...]
    Box = tuple[int, int, int, int]
    """Units low..high of one page and start..end of the other (ends not included)."""

SAME_TITLE = 0.6
ALIKE = 0.5  # the share of (weighed) words that two versions of one unit have in common
MOVED = 0.62  # the same of what one side moved as well
HUGE = 1 << 16  # bytes of a unit in which what repeats is not looked for


class Pairs(Pairing):
    """A one-to-one relation between base and a side, or between the sides; `still` tells pairs that did not move."""

    def __init__(self, x: Sequence[Unit], y: Sequence[Unit]) -> None:
        self.x, self.y = x, y
        super().__init__(len(x), len(y))
        self.still = bytearray(len(x) + 1)
        self.others: tuple[list[int], list[int]] | None = None
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
        if self.x[i].kind == "heading" and _of_two_entries(self.x[i], self.y[j]):
            return False
        if self.others is None:
            return True
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


class Class:
    """One unit in the three versions (None where it is not); whether each side moved it."""

    __slots__ = ("a", "b", "moved_a", "moved_b", "o")

    def __init__(self, o: Unit | None, a: Unit | None, b: Unit | None) -> None:
        self.o, self.a, self.b = o, a, b
        self.moved_a = self.moved_b = False

    @property
    def any(self) -> Unit:
        found = self.a or self.b or self.o
        assert found is not None
        return found


def match(o: Sequence[Unit], a: Sequence[Unit], b: Sequence[Unit]) -> list[Class]:
    """The classes of three pages."""
    number_trees((o, a, b))
    to_a, to_b, agreed = Pairs(o, a), Pairs(o, b), Pairs(a, b)
    for pairs in (to_a, to_b):
        _by_foot(pairs)
        _by_order(pairs)
        _not_by_chance(pairs)
    twins = _by_agreement(to_a, to_b, agreed)
    for pairs in (to_a, to_b):
        _by_moves(pairs)
        _by_title(pairs)
    _added_alike(to_a, to_b, agreed)
    to_a.others, to_b.others = (to_b.left, twins.left), (to_a.left, twins.right)
    _by_edits(to_a)
    _follow(to_a, to_b, agreed)
    _by_edits(to_b)
    _follow(to_a, to_b, agreed)
    _added_alike(to_a, to_b, agreed)
    _added_by_name(to_a, to_b, agreed)
    _added_rows(to_a, to_b, agreed)
    _same_breaks(to_a, to_b, agreed)
    _not_by_chance(to_a, to_b)
    _not_by_chance(to_b, to_a)
    return _classes(to_a, to_b, agreed)


# --- exact ----------------------------------------------------------------------------------------------------


def _by_foot(pairs: Pairs) -> None:
    """Pair the feet of two pages: they stay where they are."""
    feet = ([unit for unit in page if unit.foot] for page in (pairs.x, pairs.y))
    for unit, there in zip(*feet, strict=True):
        pairs.stay(unit.at, there.at)


def _by_order(pairs: Pairs) -> None:
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


def _not_by_chance(pairs: Pairs, other: Pairs | None = None) -> None:
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
    if unit.kind == "body" or _of_two_entries(unit, there):
        return True
    if unit.kind == "heading" or not (_common_place(unit) or unit.own.strip() in pairs.routine):
        return False
    if all_paired or home is not None or unit.parent is None or there.parent is None:
        return True
    return pairs.right[there.parent.at] >= 0


def _of_two_entries(unit: Unit, there: Unit) -> bool:
    """Do these stand under two different entries? A task is carried over to the next one; what was noted is not."""
    homes = [_entry_of(each) for each in (unit, there)]
    if homes[0] is None or homes[1] is None or not _clash(homes[0], homes[1]):
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


def _common_place(unit: Unit) -> bool:
    """Does this say what others may well say elsewhere: a field, a placeholder, a step below an item?"""
    return unit.kind in ("field", "row", "key", "end") or _nested(unit) or is_placeholder(unit)


def _nested(unit: Unit) -> bool:
    return unit.kind == "item" and unit.parent is not None and unit.parent.kind == "item"


def _by_agreement(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> Pairs:
    """What both sides hold in one order is one unit: base's, where one of them has it from there, else a new one.

    Equal units of base are interchangeable, so that two that each side took for another one trade places.
    """
    order = Pairs(to_a.y, to_b.y)
    _by_order(order)
    runs = _Runs(to_a, to_b)
    for unit in to_a.y:
        j = order.left[unit.at]
        if j < 0:
            continue
        i, k = to_a.right[unit.at], to_b.right[j]
        if i == k >= 0 or _of_two_entries(unit, to_b.y[j]):
            continue
        if i >= 0 and k < 0 and to_b.left[i] < 0:
            to_b.join(i, j)
        elif k >= 0 and i < 0 and to_a.left[k] < 0:
            to_a.join(k, unit.at)
        elif i >= 0 and k >= 0:
            other = to_b.left[i]
            to_b.join(i, j)
            to_b.left[k] = NONE
            if other >= 0:
                to_b.join(k, other)
        elif i < 0 and k < 0 and _one_new(to_a, to_b, agreed, unit, to_b.y[j]) and runs.one(unit, to_b.y[j]):
            agreed.join(unit.at, j)
    for unit in to_a.y:
        j = order.left[unit.at]
        if j >= 0 and agreed.left[unit.at] < 0 and to_a.right[unit.at] < 0 and to_b.right[j] < 0:
            if unit.kind == "heading":
                continue
            steps = [step for step in (-1, 1) if 0 <= unit.at + step < len(order.x) and 0 <= j + step < len(order.y)]
            new = [step for step in steps if agreed.left[unit.at + step] == j + step]
            if new and agreed.right[j] < 0 and not _two_new(to_a, to_b, agreed, unit.parent, to_b.y[j].parent):
                agreed.join(unit.at, j)
    return order


def _same_breaks(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> None:
    """Two new breaks between the same two units are one."""
    known = [agreed.left[i] if o < 0 else to_b.left[o] for i, o in enumerate(to_a.right)]
    for i, unit in enumerate(agreed.x[1:-1], 1):
        j = known[i - 1] + 1
        if unit.kind == "break" and known[i] < 0 and to_a.right[i] < 0 < j == known[i + 1] - 1 and (
            agreed.y[j].kind == "break" and to_b.right[j] < 0
        ):  # fmt: skip
            agreed.join(i, j)


def _one_new(to_a: Pairs, to_b: Pairs, agreed: Pairs, a: Unit, b: Unit) -> bool:
    """Is what both sides added at one place one unit? A line that two new entries share is two."""
    if a.kind == "break" or (a.kind == "heading" and not _one_section(to_a, to_b, agreed, a, b)):
        return False
    behind_one = a.kind == "item" and a.at and b.at and to_a.right[a.at - 1] == to_b.right[b.at - 1] >= 0
    if behind_one or _same_parent(to_a, to_b, agreed, a.parent, b.parent):
        return True
    if _two_new(to_a, to_b, agreed, a.parent, b.parent) or len(content(a)) < 3:
        return False
    return all(agreed.count(page, _own, a.own) == 1 for page in (agreed.x, agreed.y))


def _own(unit: Unit) -> object:
    return unit.own


def _two_new(to_a: Pairs, to_b: Pairs, agreed: Pairs, a: Unit | None, b: Unit | None) -> bool:
    """Are these two sections, each of which one side added?"""
    if a is None or b is None or agreed.left[a.at] == b.at:
        return False
    return to_a.right[a.at] < 0 and to_b.right[b.at] < 0


def _by_moves(pairs: Pairs) -> None:
    """What says the same elsewhere, and says it once in each version, has moved there; whole sections first."""
    for key in (_tree_of_heading, _title_alone, _id_of_heading, _title, _tree_of_leaf, _own_of_item, _task):
        for unit, there in _once(pairs, key):
            if pairs.left[unit.at] < 0 and pairs.right[there.at] < 0:
                pairs.join(unit.at, there.at)
                _join_below(pairs, unit, there)
    for unit, there in _once(pairs, _step):
        if pairs.of(unit.parent) is not None and pairs.right[there.parent.at] >= 0:  # type: ignore[union-attr]
            pairs.join(unit.at, there.at)


def _by_title(pairs: Pairs) -> None:
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
    if not x or not y:
        return []
    free = {key(unit) for unit in x} & {key(unit) for unit in y}
    free.discard(None)
    if not free:
        return []
    first, second = _single(pairs.x, key, free), _single(pairs.y, key, free)
    found = [(unit, second[k]) for k, unit in first.items() if k in second]
    return [
        (one, two) for one, two in found
        if pairs.left[one.at] < 0 and pairs.right[two.at] < 0
        and not _of_two_entries(one, two) and (one.kids or one.own.strip() not in pairs.routine)
    ]  # fmt: skip


def _single(units: Iterable[Unit], key: Key, wanted: set[object]) -> dict[object, Unit]:
    found: dict[object, Unit | None] = {}
    for unit in units:
        value = key(unit)
        if value in wanted:
            found[value] = None if value in found else unit
    return {value: unit for value, unit in found.items() if unit is not None}


def _join_below(pairs: Pairs, unit: Unit, there: Unit) -> None:
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
            _join_below(pairs, kid, other)


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
    if _common_place(unit):
        return None
    if unit.kind == "item" or (unit.kind in _PROSE and len(unit.own) > 12):
        return unit.kind, unit.tree.lstrip()
    return None


def _own_of_item(unit: Unit) -> object:
    return unit.own.lstrip() if unit.kind == "item" and not _common_place(unit) else None


def _task(unit: Unit) -> object:
    """A task's words, whether it is done or not."""
    if not _is_task(unit) or len(unit.head) > 1 or _common_place(unit):
        return None
    return L.item_text(unit.head[0].lstrip(b" \t"))


def _step(unit: Unit) -> object:
    """The words of a task below another item."""
    return L.item_text(b" ".join(unit.head).lstrip(b" \t")) if _nested(unit) and _is_task(unit) else None


def _is_task(unit: Unit) -> bool:
    return unit.kind == "item" and L.box(unit.head[0].lstrip(b" \t")) != b""


# --- what both sides added ------------------------------------------------------------------------------------


def _same_parent(to_a: Pairs, to_b: Pairs, agreed: Pairs, a: Unit | None, b: Unit | None) -> bool:
    if a is None or b is None:
        return a is b
    if agreed.left[a.at] == b.at:
        return True
    o = to_a.right[a.at]
    return o >= 0 and to_b.left[o] == b.at


_LISTED = frozenset(("item", "row", "key", "end", "table"))


class _Run:
    """Units that a side wrote in one go: how many of them lead as a list, and whether a heading is among them."""

    __slots__ = ("_told", "headed", "listed", "units")

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.listed, self.headed = 0, False
        self._told: list[bytes] | None = None

    def add(self, unit: Unit) -> None:
        self.listed += self.listed == len(self.units) and unit.kind in _LISTED
        self.headed = self.headed or unit.kind == "heading"
        self.units.append(unit)

    def told(self) -> list[bytes]:
        """What the run says, asked when it is complete."""
        if self._told is None:
            kept = [unit for unit in self.units if unit.kind not in ("html", "break") and content(unit)]
            self._told = [unit.own for unit in kept]
        return self._told


class _Runs:
    """What each side wrote in one go: entries are compared, never lines that two of them share."""

    def __init__(self, to_a: Pairs, to_b: Pairs) -> None:
        self.runs = [_runs_of(pairs, other) for pairs, other in ((to_a, to_b), (to_b, to_a))]
        self._begin: dict[tuple[int, int], int] = {}  # how many units two runs have in common from their start
        self._mostly: dict[tuple[int, int], bool] = {}  # do they share most of what they say, or all of one?

    def one(self, a: Unit, b: Unit) -> bool:
        """May two new units be one, by the runs that they are of? A list's items and rows are entries by themselves."""
        if a.kind == "heading" or (a.parent is not None and a.parent.kind in ("item", "front")):
            return True
        (mine, before), (other, behind) = self.runs[0][a.at], self.runs[1][b.at]
        if len(content(a)) < 3 and before != behind:
            return False
        at, to = a.at - mine.units[0].at, b.at - other.units[0].at
        if at < mine.listed and to < other.listed:  # both go on with a list, with no title of their own above them
            return True
        if mine.headed or other.headed or (a.kind != "html" and at == to < self._alike_from_start(mine, other)):
            return True
        return self._mostly_alike(mine, other)

    def _alike_from_start(self, mine: _Run, other: _Run) -> int:
        key = id(mine), id(other)
        if key not in self._begin:
            both = zip(mine.units, other.units, strict=False)
            alike = [x.kind == y.kind != "html" and x.own == y.own for x, y in both]
            self._begin[key] = (*alike, False).index(False)
        return self._begin[key]

    def _mostly_alike(self, mine: _Run, other: _Run) -> bool:
        key = id(mine), id(other)
        if key not in self._mostly:
            told = mine.told(), other.told()
            common = _common(*told)
            self._mostly[key] = 0 < common == min(map(len, told)) or 2 * common > max(map(len, told))
        return self._mostly[key]


def _runs_of(pairs: Pairs, other: Pairs) -> dict[int, tuple[_Run, int]]:
    """For each unit of a side that base has not: the run that it is of, and which list it is in.

    A list is told by what stands above it in all versions: a heading, a label, a paragraph.
    """
    found: dict[int, tuple[_Run, int]] = {}
    run = _Run()
    before = NONE
    for unit in pairs.y:
        o = pairs.right[unit.at]
        if o >= 0:
            run = _Run()
            before = o if other.left[o] >= 0 and unit.kind not in ("item", "row") else before
        else:
            if run.units and unit.kind not in _LISTED and run.units[0].kind in _LISTED:
                run = _Run()  # what goes on with a list is no part of what comes behind it
            run.add(unit)
            found[unit.at] = run, before
    return found


def _new(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> tuple[list[Unit], list[Unit]]:
    a, b = agreed.free()
    return [u for u in a if to_a.right[u.at] < 0], [u for u in b if to_b.right[u.at] < 0]


def _added_alike(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> None:
    """Pair what both sides added and says the same: below one parent; entries, wherever they stand."""
    new_a, new_b = _new(to_a, to_b, agreed)
    runs = _Runs(to_a, to_b)
    waiting: dict[object, list[Unit]] = {}  # by parent, and without one what need not stay below it; the first last
    for unit in reversed(new_b):
        if unit.kind != "break":
            waiting.setdefault((unit.kind, unit.number, _home(unit)), []).append(unit)
            if unit.kind == "heading" or _below_old(to_b, unit):
                waiting.setdefault((unit.kind, unit.number), []).append(unit)
    for unit in new_a:
        if agreed.left[unit.at] >= 0:
            continue
        keys: list[object] = [(unit.kind, unit.number, home) for home in _homes(to_a, to_b, agreed, unit)]
        keys += [(unit.kind, unit.number)] if _moves_alone(to_a, unit) else []
        found = [_first_free(agreed, runs, unit, waiting[key]) for key in keys if key in waiting]
        there = min((one for one in found if one is not None), key=lambda one: one.at, default=None)
        if there is not None:
            agreed.join(unit.at, there.at)
            _join_below(agreed, unit, there)


def _first_free(agreed: Pairs, runs: _Runs, unit: Unit, waiting: list[Unit]) -> Unit | None:
    """The first that has no partner yet and may be one with a unit; those that have one leave the list's end."""
    while waiting and agreed.right[waiting[-1].at] >= 0:
        waiting.pop()
    return next((there for there in reversed(waiting) if agreed.right[there.at] < 0 and runs.one(unit, there)), None)


def _home(unit: Unit) -> int:
    return unit.parent.at if unit.parent is not None else NONE


def _homes(to_a: Pairs, to_b: Pairs, agreed: Pairs, unit: Unit) -> set[int]:
    """What the parent of the first side's unit may be on the second side; NONE at the top of a page."""
    if unit.parent is None:
        return {NONE}
    o = to_a.right[unit.parent.at]
    return {agreed.left[unit.parent.at], to_b.left[o] if o >= 0 else NONE} - {NONE}


def _moves_alone(pairs: Pairs, unit: Unit) -> bool:
    """May an entry have been added in two places? A line of two new sessions may well be the same."""
    if unit.kind == "heading":
        return bool(unit.stamp or unit.id) and bool(unit.kids)
    return unit.kind == "item" and len(content(unit)) > 2 and _below_old(pairs, unit)


def _below_old(pairs: Pairs, unit: Unit) -> bool:
    """Does a unit of a side stand below one of base?"""
    return unit.parent is None or pairs.right[unit.parent.at] >= 0


def _added_by_name(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> None:
    """Pair what both sides added under one name below one parent: each may hold something else."""
    runs = _Runs(to_a, to_b)
    for key in (_name, _task):
        new_a, new_b = _new(to_a, to_b, agreed)
        if not new_a or not new_b:
            return
        waiting: dict[object, list[Unit]] = {}
        for unit in new_b:
            if (name := key(unit)) is not None:
                waiting.setdefault((name, _home(unit)), []).append(unit)
        for unit in new_a:
            if agreed.left[unit.at] >= 0:  # below one that was found just now
                continue
            groups = [waiting.get((key(unit), home), []) for home in _homes(to_a, to_b, agreed, unit)]
            found = [there for group in groups for there in _last_two_free(agreed, group)]
            if len(found) == 1 and runs.one(unit, found[0]) and _one_name(to_a, to_b, agreed, unit, found[0]):
                agreed.join(unit.at, found[0].at)
                _join_below(agreed, unit, found[0])


def _last_two_free(agreed: Pairs, units: list[Unit]) -> list[Unit]:
    """The last two that have no partner; those behind them that have one leave the list."""
    for back in (1, 2):
        while len(units) >= back and agreed.right[units[-back].at] >= 0:
            del units[-back]
    return units[-2:]


def _added_rows(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> None:
    """Pair new rows of one table that say the same in the columns that both versions of it have."""
    tables: dict[int, Unit] = {}
    for unit in _new(to_a, to_b, agreed)[0]:
        if unit.kind == "row" and unit.parent is not None:
            tables[unit.parent.at] = unit.parent
    for at, table in tables.items():
        o = to_a.right[at]
        other = to_b.left[o] if o >= 0 else agreed.left[at]
        places = rows_by_common_names((table, agreed.y[other])) if other >= 0 else None
        if places is None:
            continue
        waiting = {
            _cells_at(row, places[1]): row for row in agreed.y[other].kids
            if to_b.right[row.at] < 0 > agreed.right[row.at]
        }  # fmt: skip
        for row in table.kids:
            new = to_a.right[row.at] < 0 > agreed.left[row.at]
            twin = waiting.pop(_cells_at(row, places[0]), None) if new else None
            if twin is not None:
                agreed.join(row.at, twin.at)


def _cells_at(row: Unit, places: list[int]) -> tuple[bytes, ...]:
    return tuple([row.words[at] for at in places if at < len(row.words)])


def _name(unit: Unit) -> object:
    if unit.kind == "heading":
        return ("heading", unit.own)
    if unit.kind == "field":
        return ("field", L.label(unit.head[0].lstrip(b" \t")))
    if unit.kind in ("table", "front", "end"):
        return (unit.kind, unit.own)
    if unit.kind == "key":
        return ("key", unit.head[0].partition(b":")[0])
    if unit.kind == "item":  # however its list is marked
        text = unit.own.lstrip()
        return ("item", text[L.marker_width(text) :])
    return None


def _one_name(to_a: Pairs, to_b: Pairs, agreed: Pairs, a: Unit, b: Unit) -> bool:
    """Does the name of two new units tell that they are one? A label that repeats is the title of an entry."""
    if a.kind == "heading":
        return _one_section(to_a, to_b, agreed, a, b)
    if a.kind == "field":
        homes = ((a, agreed.x), (b, agreed.y))
        return all(
            agreed.count(page, _name_at_top, _name(a)) == 1 if unit.parent is None
            else agreed.count(unit.parent.kids, _name, _name(a)) == 1
            for unit, page in homes
        )  # fmt: skip
    return True


def _name_at_top(unit: Unit) -> object:
    return _name(unit) if unit.parent is None else None


def _one_section(to_a: Pairs, to_b: Pairs, agreed: Pairs, a: Unit, b: Unit) -> bool:
    """Are two new headings of the same words one? An entry, where most of it is; a section, where it is the only one.

    The only one under its heading, if that is one too. Not where one of them is an old section under a new title.
    """
    if a.stamp or a.id:
        mine, other = [k.own for k in a.below()], [k.own for k in b.below()]
        common = _common(mine, other)
        return common == min(len(mine), len(other)) or 2 * common > max(len(mine), len(other))
    if any(_retitled(unit, mine, other) for unit, mine, other in ((a, to_a, to_b), (b, to_b, to_a))):
        return False
    places = [agreed.x, agreed.y, to_a.x]
    if a.parent is not None and b.parent is not None and _same_parent(to_a, to_b, agreed, a.parent, b.parent):
        o = to_a.right[a.parent.at]
        places = [a.parent.kids, b.parent.kids, *([to_a.x[o].kids] if o >= 0 else [])]
    return [agreed.count(units, _name, _name(a)) for units in places] in ([1, 1, 0], [1, 1])


def _retitled(heading: Unit, mine: Pairs, other: Pairs) -> bool:
    """Is this an old section under a new title, which the other side still has under the old one?"""
    homes = [mine.x[mine.right[kid.at]].parent for kid in heading.kids if mine.right[kid.at] >= 0]
    if 2 * len(homes) <= len(heading.kids) or not homes:
        return False
    return all(home is not None and mine.left[home.at] < 0 <= other.left[home.at] for home in homes)


def _common(x: list[bytes], y: list[bytes]) -> int:
    """How many values two lists have in common, each as often as both have it."""
    rest: dict[bytes, int] = {}
    for value in y:
        rest[value] = rest.get(value, 0) + 1
    found = 0
    for value in x:
        if left := rest.get(value, 0):
            rest[value] = left - 1
            found += 1
    return found


# --- edits ----------------------------------------------------------------------------------------------------


def _by_edits(pairs: Pairs) -> None:
    """Pair base's units with their edited versions on a side."""
    tried: set[tuple[int, ...]] = set()
    _below_parents(pairs, tried)
    _in_gaps(pairs)
    _elsewhere(pairs)
    _by_kids(pairs)
    _below_parents(pairs, tried)


def _elsewhere(pairs: Pairs) -> None:
    """Pair items and rows that one side moved and reworded: most of their words are the same, and not a few."""
    x, y = ([u for u in free if u.kind in ("item", "row") and _tells(u)] for free in pairs.free())
    pair_alike(
        pairs, [u.at for u in x], [u.at for u in y], lambda i: content(pairs.x[i]), lambda j: content(pairs.y[j]),
        MOVED, lambda i, j: _same_frame(pairs.x[i], pairs.y[j]) and not _clash(pairs.x[i], pairs.y[j])
        and pairs.may(i, j) and not _of_two_entries(pairs.x[i], pairs.y[j]),
    )  # fmt: skip


def _by_kids(pairs: Pairs) -> None:
    """Pair headings, however they are worded, where most of what stands below the one stands below the other."""
    for unit in pairs.x:
        if unit.kind != "heading" or pairs.left[unit.at] >= 0:
            continue
        kids = [kid for kid in unit.kids if kid.kind != "heading" and not _common_place(kid)]
        homes = [there.parent for there in map(pairs.of, kids) if there is not None]
        home = homes[0] if homes else None
        if home is None or home.kind != "heading" or pairs.right[home.at] >= 0:
            continue
        most = 2 * sum(other is home for other in homes) > max(len(kids), len(home.kids))
        if most and not _clash(unit, home) and pairs.may(unit.at, home.at):
            pairs.join(unit.at, home.at)


def _tells(unit: Unit) -> bool:
    return len(content(unit)) > 2 and (unit.kind == "row" or not _common_place(unit))


def _same_frame(one: Unit, two: Unit) -> bool:
    """Are these both items, or rows of tables with the same columns?"""
    if one.kind != two.kind or one.kind != "row":
        return one.kind == two.kind
    return one.parent is not None and two.parent is not None and one.parent.own == two.parent.own


def _below_parents(pairs: Pairs, tried: set[tuple[int, ...]]) -> None:
    """The children of two parents that are one; `tried` has what was left of such groups, and would be again."""
    free_x, free_y = pairs.free()
    if not free_x or not free_y:
        return
    kids: dict[int, list[Unit]] = {}
    for unit in free_y:
        kids.setdefault(unit.parent.at if unit.parent else NONE, []).append(unit)
    groups: dict[int, list[Unit]] = {}
    for unit in free_x:
        groups.setdefault(unit.parent.at if unit.parent else NONE, []).append(unit)
    for at in sorted(groups):  # a parent stands before its children: what is found of it is used for them
        there = pairs.left[at] if at >= 0 else NONE
        if at >= 0 and there < 0:
            continue
        x, y = groups[at], kids.get(there, [])
        group = (len(x), *[unit.at for unit in x], *[unit.at for unit in y])
        if group not in tried:
            tried.add(group)
            _pair_group(pairs, x, y, True)


def _in_gaps(pairs: Pairs) -> None:
    """What stands between two units that did not move."""
    gaps: dict[int, tuple[list[Unit], list[Unit]]] = {}
    low = NONE
    ends: list[int] = []
    for unit in pairs.x:
        if pairs.left[unit.at] >= 0 and pairs.still[unit.at]:
            low = pairs.left[unit.at]
            ends.append(low)
        elif pairs.left[unit.at] < 0:
            gaps.setdefault(low, ([], []))[0].append(unit)
    low = NONE
    fixed = set(ends)
    for unit in pairs.y:
        if unit.at in fixed:
            low = unit.at
        elif pairs.right[unit.at] < 0 and low in gaps:
            gaps[low][1].append(unit)
    for x, y in gaps.values():
        _pair_group(pairs, x, y, False)


def _pair_group(pairs: Pairs, x: list[Unit], y: list[Unit], siblings: bool) -> None:
    """Pair the free units of two groups by their names, then by likeness; `siblings` stand below one parent."""

    def may(unit: Unit) -> bool:
        if siblings or unit.kind == "heading":
            return True
        return (_nested(unit) or not _common_place(unit)) and unit.own.strip() not in pairs.routine

    x = [unit for unit in x if pairs.left[unit.at] < 0]
    y = [unit for unit in y if pairs.right[unit.at] < 0]
    if not x or not y:
        return
    x, y = list(filter(may, x)), list(filter(may, y))
    if not x or not y:
        return
    for key in _KEYS if siblings else _KEYS_APART:
        _pair_keyed(pairs, x, y, key)
    if siblings:
        _pair_rows(pairs, x, y)
        _pair_only(pairs, x, y)
        _pair_likely(pairs, x, y)
    else:  # steps of two items are two
        _pair_likely(pairs, *([unit for unit in units if not _nested(unit)] for units in (x, y)))


def _pair_keyed(pairs: Pairs, x: list[Unit], y: list[Unit], key: Key) -> None:
    """Units of one key, where each group has one of it; equal ones in their order."""
    first, second = _by_key(x, pairs.left, key), _by_key(y, pairs.right, key)
    for value, mine in first.items():
        other = second.get(value, [])
        if len(mine) == len(other) and (len(mine) == 1 or mine[0].own == other[0].own):
            for unit, there in zip(mine, other, strict=True):
                if not _clash(unit, there) and pairs.may(unit.at, there.at):
                    pairs.join(unit.at, there.at)


def _by_key(units: list[Unit], partner: list[int], key: Key) -> dict[object, list[Unit]]:
    found: dict[object, list[Unit]] = {}
    for unit in units:
        value = key(unit) if partner[unit.at] < 0 else None
        if value is not None:
            found.setdefault(value, []).append(unit)
    return found


def _key_own(unit: Unit) -> object:
    return (unit.kind, unit.own) if unit.kind != "break" else None


def _key_title(unit: Unit) -> object:
    return ("title", title(unit)) if unit.kind == "heading" else None


def _key_words(unit: Unit) -> object:
    """An item without box and marker."""
    return ("words", L.item_text(unit.head[0].lstrip(b" \t"))) if unit.kind == "item" and len(unit.head) == 1 else None


def _key_id(unit: Unit) -> object:
    return ("id", unit.kind, unit.id) if unit.id else None


def _key_label(unit: Unit) -> object:
    if unit.kind in ("field", "key"):
        return _name(unit)
    if unit.kind == "item":
        found = L.label(L.item_text(unit.head[0].lstrip(b" \t")))
        return ("label", found) if found else None
    return (unit.kind,) if unit.kind in ("front", "end") else None


def _key_first(unit: Unit) -> object:
    """The first line of what has several."""
    return (unit.kind, unit.head[0].rstrip(L.BLANK)) if unit.kind in ("para", "quote", "item") else None


def _key_day(unit: Unit) -> object:
    """The day of an entry: the only one of it on both sides is that entry, unless not a word is the same."""
    return ("day", unit.level, unit.stamp) if unit.kind == "heading" and len(unit.stamp) >= 8 else None


_KEYS: tuple[Key, ...] = (_key_own, _key_title, _key_words, _key_label, _key_id, _key_day, _key_first)
_KEYS_APART: tuple[Key, ...] = (_key_title, _key_words, _key_id)


def _pair_rows(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Rows by the fewest leading columns that tell the rows of both versions apart."""
    table = x[0].parent
    there = pairs.of(table)
    if x[0].kind != "row" or table is None or there is None:
        return
    places = rows_by_common_names((table, there))

    def cells(row: Unit) -> tuple[bytes, ...]:
        return tuple(row.words) if places is None else _cells_at(row, places[row.parent is there])

    size = _key_size([[cells(kid) for kid in it.kids if kid.kind == "row"] for it in (table, there)])
    if size:
        _pair_keyed(pairs, x, y, lambda unit: cells(unit)[:size] if unit.kind == "row" else None)


def _key_size(tables: list[list[tuple[bytes, ...]]]) -> int:
    """The fewest leading cells that are unique in each table; 0 where none are."""
    for size in range(1, max((len(row) for table in tables for row in table), default=0) + 1):
        if all(len({row[:size] for row in table}) == len(table) for table in tables):
            return size
    return 0


def _pair_only(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """The only paragraph under a heading is one unit however it is reworded; so is the only table or fence."""
    for kind in ("para", "table", "fence", "quote"):
        mine, other = [u for u in x if u.kind == kind], [u for u in y if u.kind == kind]
        if len(mine) == len(other) == 1:
            one, two = mine[0], other[0]
            alone = all(
                sum(k.kind == kind for k in _siblings(unit, page)) == 1
                for unit, page in ((one, pairs.x), (two, pairs.y))
            )
            if alone and pairs.may(one.at, two.at) and pairs.left[one.at] < 0 and pairs.right[two.at] < 0:
                pairs.join(one.at, two.at)


def _siblings(unit: Unit, page: Sequence[Unit]) -> Iterable[Unit]:
    return unit.parent.kids if unit.parent is not None else (u for u in page if u.parent is None)


def _pair_likely(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Units of one kind with most of their words in common, the most alike first."""
    kinds = {unit.kind for unit in x} & {unit.kind for unit in y} - {"field", "key", "row", "break", "body"}
    if "heading" in kinds:
        _pair_titles(pairs, x, y)
    for kind in sorted(kinds):
        xs = [unit.at for unit in x if unit.kind == kind and pairs.left[unit.at] < 0]
        ys = [unit.at for unit in y if unit.kind == kind and pairs.right[unit.at] < 0]
        pair_alike(
            pairs, xs, ys, lambda i: _tokens(pairs.x[i]), lambda j: _tokens(pairs.y[j]), ALIKE,
            lambda i, j: not _clash(pairs.x[i], pairs.y[j]) and pairs.may(i, j),
        )  # fmt: skip


def _pair_titles(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Headings of nearly the same words, if something below them is the same as well."""
    xs = [unit.at for unit in x if unit.kind == "heading" and pairs.left[unit.at] < 0]
    ys = [unit.at for unit in y if unit.kind == "heading" and pairs.right[unit.at] < 0]

    def related(i: int, j: int) -> bool:
        one, two = pairs.x[i], pairs.y[j]
        below = {_plain(kid) for kid in one.kids} & {_plain(kid) for kid in two.kids}
        return pairs.may(i, j) and not _clash(one, two) and bool(below or not (one.kids and two.kids))

    pair_alike(
        pairs,
        xs,
        ys,
        lambda i: _title_words(pairs.x[i]),
        lambda j: _title_words(pairs.y[j]),
        SAME_TITLE,
        related,
    )


def _title_words(heading: Unit) -> list[bytes]:
    return [word for word in title(heading).split() if word not in STOP]


def _plain(unit: Unit) -> bytes:
    """What a unit says, whether it is done or not."""
    return L.item_text(unit.own.lstrip()) if _is_task(unit) else unit.own


def _tokens(unit: Unit) -> list[object]:
    found: list[object] = list(content(unit))
    found += [(kid.own,) for kid in unit.below()] if unit.kind == "heading" else [(kid.own,) for kid in unit.kids]
    return found


def _clash(one: Unit, two: Unit) -> bool:
    """Units with different ids or different stamps are never one unit, nor headings with no word in common."""
    if one.kind == two.kind == "heading" and one.stamp and not _share_words(one, two):
        return True
    first, second = _told_by(one), _told_by(two)
    return bool((one.id and two.id and one.id != two.id) or (first and second and first != second))


def _told_by(unit: Unit) -> bytes:
    """The date that tells an entry: a heading's, or the one that an item or a row begins with.

    Any other is a value: an agent's row has its last update, a task is due.
    """
    if unit.kind == "row":
        return stamps.stamp(unit.words[0])
    if unit.kind == "item" and unit.stamp:
        return stamps.stamp(L.item_text(unit.head[0].lstrip(b" \t")).lstrip(b"[(*`_")[:16])
    return unit.stamp


def _share_words(one: Unit, two: Unit) -> bool:
    words = [{word for word in content(unit) if word.strip(b"0123456789-/.:t")} for unit in (one, two)]
    return bool(words[0] & words[1]) or not (words[0] or words[1])


# --- classes --------------------------------------------------------------------------------------------------


def _stand_still(pairs: Pairs) -> None:
    """A pair that was told by more than its lines has not moved if it keeps the order of those that stand still."""
    low = NONE
    waiting: list[int] = []
    for i in [*range(len(pairs.x)), NONE]:
        j = pairs.left[i] if i >= 0 else len(pairs.y)
        if i >= 0 and not (j >= 0 and pairs.still[i]):
            if j >= 0:
                waiting.append(i)
            continue
        if waiting:
            inside = [k for k in waiting if low < pairs.left[k] < j]
            for at in longest_increasing([pairs.left[k] for k in inside]):
                pairs.still[inside[at]] = 1
            waiting = []
        low = j


def _follow(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> None:
    """What is one unit of both sides is one unit of base, whichever of them told."""
    for unit in to_a.x:
        i, j = to_a.left[unit.at], to_b.left[unit.at]
        if i >= 0 and j < 0 and agreed.left[i] >= 0 and to_b.right[agreed.left[i]] < 0:
            to_b.join(unit.at, agreed.left[i])
        elif j >= 0 and i < 0 and agreed.right[j] >= 0 and to_a.right[agreed.right[j]] < 0:
            to_a.join(unit.at, agreed.right[j])


def _classes(to_a: Pairs, to_b: Pairs, agreed: Pairs) -> list[Class]:
    out = []
    for pairs in (to_a, to_b):
        _stand_still(pairs)
    for unit in to_a.x:
        i, j = to_a.left[unit.at], to_b.left[unit.at]
        found = Class(unit, to_a.y[i] if i >= 0 else None, to_b.y[j] if j >= 0 else None)
        found.moved_a, found.moved_b = i >= 0 and not to_a.still[unit.at], j >= 0 and not to_b.still[unit.at]
        out.append(found)
    for unit in to_a.y:
        if to_a.right[unit.at] < 0:
            j = agreed.left[unit.at]
            out.append(Class(None, unit, to_b.y[j] if j >= 0 and to_b.right[j] < 0 else None))
    for unit in to_b.y:
        i = agreed.right[unit.at]
        if to_b.right[unit.at] < 0 and (i < 0 or to_a.right[i] >= 0):
            out.append(Class(None, None, unit))
    for found in out:
        for version in (found.o, found.a, found.b):
            if version is not None:
                version.class_ = found
    return out
