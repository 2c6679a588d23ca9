"""What both sides added: entries are compared, never lines that two of them share."""

from __future__ import annotations

from .align import in_common
from .exact import by_order
from .page import NONE, Unit
from .pairs import Pairs, Three, cells_at, home_of, join_below, name_of, of_two_entries, task_of
from .tables import rows_by_common_names
from .words import content

_LISTED = frozenset(("item", "row", "table"))


class _Run:
    """Units that a side wrote in one go: how many of them lead as a list, and whether a heading is among them."""

    __slots__ = ("headed", "listed", "units")

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.listed, self.headed = 0, False

    def add(self, unit: Unit) -> None:
        self.listed += self.listed == len(self.units) and unit.kind in _LISTED
        self.headed = self.headed or unit.kind == "heading"
        self.units.append(unit)


class _Runs:
    """What each side wrote in one go: entries are compared, never lines that two of them share."""

    def __init__(self, three: Three) -> None:
        self.runs = _runs_of(three.to_a), _runs_of(three.to_b)
        self._begin: dict[tuple[int, int], int] = {}  # how many units two runs have in common from their start
        self._mostly: dict[tuple[int, int], bool] = {}  # do they share most of what they say, or all of one?

    def one(self, a: Unit, b: Unit) -> bool:
        """May two new units be one, by the runs that they are of? A list's items and rows are entries by themselves."""
        if a.kind == "heading" or (a.parent is not None and a.parent.kind in ("item", "front")):
            return True
        mine, other = self.runs[0][a.at], self.runs[1][b.at]
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
            said = [[unit.own for unit in run.units] for run in (mine, other)]
            common = in_common(*said)
            self._mostly[key] = 0 < common == min(map(len, said)) or 2 * common > max(map(len, said))
        return self._mostly[key]


def _runs_of(pairs: Pairs) -> dict[int, _Run]:
    """The run of each unit of a side that base has not."""
    found: dict[int, _Run] = {}
    run = _Run()
    for unit in pairs.y:
        behind_list = bool(run.units) and unit.kind not in _LISTED and run.units[0].kind in _LISTED
        if pairs.right[unit.at] >= 0 or behind_list:
            run = _Run()  # what goes on with a list is no part of what comes behind it
        if pairs.right[unit.at] < 0:
            run.add(unit)
            found[unit.at] = run
    return found


def by_agreement(three: Three) -> Pairs:
    """What both sides hold in one order is one unit: base's, where one of them has it from there, else a new one.

    Equal units of base are interchangeable, so that two that each side took for another one trade places.
    """
    order = Pairs(three.to_a.y, three.to_b.y)
    by_order(order)
    runs = _Runs(three)
    found = [(unit, order.y[order.left[unit.at]]) for unit in order.x if order.left[unit.at] >= 0]
    for one, two in found:
        if not of_two_entries(one, two):
            _agree(three, runs, one, two)
    for one, two in found:
        if one.kind != "heading" and _beside_agreed(three, one, two):
            three.agreed.join(one.at, two.at)
    return order


def _agree(three: Three, runs: _Runs, a: Unit, b: Unit) -> None:
    to_a, to_b = three.to_a, three.to_b
    if a.kind == "heading" and a.number == b.number:
        _part_by_name(to_a, a, to_b)
        _part_by_name(to_b, b, to_a)
    i, k = to_a.right[a.at], to_b.right[b.at]
    if i >= 0 and k >= 0:
        other = to_b.left[i]
        to_b.join(i, b.at)
        to_b.left[k] = NONE
        if other >= 0:
            to_b.join(k, other)
    elif i >= 0 and to_b.left[i] < 0:
        to_b.join(i, b.at)
    elif k >= 0 and to_a.left[k] < 0:
        to_a.join(k, a.at)
    elif i < 0 and k < 0 and _one_new(three, a, b) and runs.one(a, b):
        three.agreed.join(a.at, b.at)


def _part_by_name(pairs: Pairs, heading: Unit, other: Pairs) -> None:
    """Part a side's heading from base's that has its words alone, where the other side has that one elsewhere."""
    i = pairs.right[heading.at]
    if i >= 0 and other.left[i] >= 0 and heading.kids and all(pairs.right[kid.at] < 0 for kid in heading.kids):
        pairs.part(i)


def _beside_agreed(three: Three, a: Unit, b: Unit) -> bool:
    """Are these new, and do they stand beside what both sides added, below no two new sections?"""
    left = three.agreed.left
    if left[a.at] >= 0 or three.agreed.right[b.at] >= 0 or three.to_a.right[a.at] >= 0 or three.to_b.right[b.at] >= 0:
        return False
    beside = any(0 <= a.at + step < len(left) and left[a.at + step] == b.at + step >= 0 for step in (-1, 1))
    return beside and not _two_new(three, a.parent, b.parent)


def _one_new(three: Three, a: Unit, b: Unit) -> bool:
    """Is what both sides added at one place one unit? A line that two new entries share is two."""
    if a.kind == "break" or (a.kind == "heading" and not _one_section(three, a, b)):
        return False
    behind_one = a.kind == "item" and a.at and b.at and three.to_a.right[a.at - 1] == three.to_b.right[b.at - 1] >= 0
    if behind_one or three.same(a.parent, b.parent):
        return True
    if _two_new(three, a.parent, b.parent) or len(content(a)) < 3:
        return False
    return all(three.agreed.count(page, _own, a.own) == 1 for page in (three.agreed.x, three.agreed.y))


def _own(unit: Unit) -> object:
    return unit.own


def _two_new(three: Three, a: Unit | None, b: Unit | None) -> bool:
    """Are these two sections, each of which one side added?"""
    if a is None or b is None or three.agreed.left[a.at] == b.at:
        return False
    return three.to_a.right[a.at] < 0 and three.to_b.right[b.at] < 0


def added_alike(three: Three) -> None:
    """Pair what both sides added and says the same: below one parent; entries, wherever they stand."""
    new_a, new_b = three.new()
    runs = _Runs(three)
    waiting: dict[object, list[Unit]] = {}  # by parent, and without one what need not stay below it; the first last
    for unit in reversed(new_b):
        if unit.kind != "break":
            waiting.setdefault((unit.kind, unit.number, home_of(unit)), []).append(unit)
            if unit.kind == "heading" or _below_old(three.to_b, unit):
                waiting.setdefault((unit.kind, unit.number), []).append(unit)
    for unit in new_a:
        if three.agreed.left[unit.at] >= 0:
            continue
        keys: list[object] = [(unit.kind, unit.number, home) for home in three.homes(unit)]
        keys += [(unit.kind, unit.number)] if _moves_alone(three.to_a, unit) else []
        found = [_first_free(three.agreed, runs, unit, waiting[key]) for key in keys if key in waiting]
        there = min((one for one in found if one is not None), key=lambda one: one.at, default=None)
        if there is not None:
            three.agreed.join(unit.at, there.at)
            join_below(three.agreed, unit, there)


def _first_free(agreed: Pairs, runs: _Runs, unit: Unit, waiting: list[Unit]) -> Unit | None:
    """The first that has no partner yet and may be one with a unit; those that have one leave the list's end."""
    while waiting and agreed.right[waiting[-1].at] >= 0:
        waiting.pop()
    return next((there for there in reversed(waiting) if agreed.right[there.at] < 0 and runs.one(unit, there)), None)


def _moves_alone(pairs: Pairs, unit: Unit) -> bool:
    """May an entry have been added in two places? A line of two new sessions may well be the same."""
    if unit.kind == "heading":
        return bool(unit.stamp or unit.id) and bool(unit.kids)
    return unit.kind == "item" and len(content(unit)) > 2 and _below_old(pairs, unit)


def _below_old(pairs: Pairs, unit: Unit) -> bool:
    """Does a unit of a side stand below one of base?"""
    return unit.parent is None or pairs.right[unit.parent.at] >= 0


def added_by_name(three: Three) -> None:
    """Pair what both sides added under one name below one parent: each may hold something else."""
    runs = _Runs(three)
    for key in (name_of, task_of):
        new_a, new_b = three.new()
        waiting: dict[object, list[Unit]] = {}
        for unit in new_b:
            if (name := key(unit)) is not None:
                waiting.setdefault((name, home_of(unit)), []).append(unit)
        for unit in new_a:
            if three.agreed.left[unit.at] >= 0:  # below one that was found just now
                continue
            groups = [waiting.get((key(unit), home), []) for home in three.homes(unit)]
            found = [there for group in groups for there in _last_two_free(three.agreed, group)]
            if len(found) != 1 or (unit.kind == "heading" and not _one_section(three, unit, found[0])):
                continue
            if runs.one(unit, found[0]):
                three.agreed.join(unit.at, found[0].at)
                join_below(three.agreed, unit, found[0])


def _last_two_free(agreed: Pairs, units: list[Unit]) -> list[Unit]:
    """The last two that have no partner; those behind them that have one leave the list."""
    for back in (1, 2):
        while len(units) >= back and agreed.right[units[-back].at] >= 0:
            del units[-back]
    return units[-2:]


def _one_section(three: Three, a: Unit, b: Unit) -> bool:
    """Are two new headings of the same words one? An entry, where most of it is; a section, where it is the only one.

    The only one under its heading, if that is one too. Not where one of them is an old section under a new title.
    """
    if a.stamp or a.id:
        mine, other = [kid.own for kid in a.below()], [kid.own for kid in b.below()]
        common = in_common(mine, other)
        return common == min(len(mine), len(other)) or 2 * common > max(len(mine), len(other))
    if _retitled(a, three.to_a, three.to_b) or _retitled(b, three.to_b, three.to_a):
        return False
    places = [three.agreed.x, three.agreed.y, three.to_a.x]
    if a.parent is not None and b.parent is not None and three.same(a.parent, b.parent):
        o = three.to_a.right[a.parent.at]
        places = [a.parent.kids, b.parent.kids, *([three.to_a.x[o].kids] if o >= 0 else [])]
    return [three.agreed.count(units, name_of, name_of(a)) for units in places] in ([1, 1, 0], [1, 1])


def _retitled(heading: Unit, mine: Pairs, other: Pairs) -> bool:
    """Is this an old section under a new title, which the other side still has under the old one?"""
    homes = [mine.x[mine.right[kid.at]].parent for kid in heading.kids if mine.right[kid.at] >= 0]
    if 2 * len(homes) <= len(heading.kids) or not homes:
        return False
    return all(home is not None and mine.left[home.at] < 0 <= other.left[home.at] for home in homes)


def added_rows(three: Three) -> None:
    """Pair new rows of one table that say the same in the columns that both versions of it have."""
    tables: dict[int, Unit] = {}
    for unit in three.new()[0]:
        if unit.kind == "row" and unit.parent is not None:
            tables[unit.parent.at] = unit.parent
    for at, table in tables.items():
        o = three.to_a.right[at]
        other = three.to_b.left[o] if o >= 0 else three.agreed.left[at]
        places = rows_by_common_names((table, three.agreed.y[other])) if other >= 0 else None
        if places is None:
            continue
        waiting = {
            cells_at(row, places[1]): row for row in three.agreed.y[other].kids
            if three.to_b.right[row.at] < 0 > three.agreed.right[row.at]
        }  # fmt: skip
        for row in table.kids:
            new = three.to_a.right[row.at] < 0 > three.agreed.left[row.at]
            twin = waiting.pop(cells_at(row, places[0]), None) if new else None
            if twin is not None:
                three.agreed.join(row.at, twin.at)


def same_breaks(three: Three) -> None:
    """Two new breaks between the same two units are one."""
    known = [three.agreed.left[i] if o < 0 else three.to_b.left[o] for i, o in enumerate(three.to_a.right)]
    for i, unit in enumerate(three.agreed.x[1:-1], 1):
        j = known[i - 1] + 1
        if unit.kind == "break" and known[i] < 0 and three.to_a.right[i] < 0 < j == known[i + 1] - 1 and (
            three.agreed.y[j].kind == "break" and three.to_b.right[j] < 0
        ):  # fmt: skip
            three.agreed.join(i, j)
