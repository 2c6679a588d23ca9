"""Which unit is which: one identity for the whole page, over base and both sides.

Exact agreement comes before anything fuzzy: lines that git aligns, then units that say the same elsewhere (they
moved), then what both sides added alike. Only what is left is found by its name (a title without its status, a task
without its box, a field's label, a row's key) and then by its likeness, first below one parent, then in one gap.
"""

from __future__ import annotations

from .added import added_alike, added_by_name, added_rows, by_agreement, same_breaks
from .align import longest_increasing
from .edits import by_edits
from .exact import by_dates, by_foot, by_moves, by_order, by_title, not_by_chance
from .page import NONE, Unit, number_trees
from .pairs import Pairs, Three

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


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
    three = Three(o, a, b)
    to_a, to_b = three.to_a, three.to_b
    for pairs in (to_a, to_b):
        by_foot(pairs)
        by_order(pairs)
        not_by_chance(pairs)
    twins = by_agreement(three)
    # From here on no unit of base is paired with one that the other side has as another unit.
    to_a.others, to_b.others = (to_b.left, twins.left), (to_a.left, twins.right)
    for pairs in (to_a, to_b):
        by_moves(pairs)
        by_dates(pairs)
        by_title(pairs)
    added_alike(three)
    for pairs in (to_a, to_b):
        by_edits(pairs)
        _follow(three)  # what is found for the first side holds for the second
    added_alike(three)
    added_by_name(three)
    added_rows(three)
    same_breaks(three)
    not_by_chance(to_a, to_b)
    not_by_chance(to_b, to_a)
    return _classes(three)


def _follow(three: Three) -> None:
    """One unit of both sides is one unit of base, whichever side it was found for."""
    for one, other, twins in (
        (three.to_a, three.to_b, three.agreed.left), (three.to_b, three.to_a, three.agreed.right)
    ):  # fmt: skip
        for o, i in enumerate(one.left):
            if i >= 0 and other.left[o] < 0 <= twins[i] and other.right[twins[i]] < 0:
                other.join(o, twins[i])


def _stand_still(pairs: Pairs) -> None:
    """A pair that was found by more than its lines has not moved if it keeps the order of those that stand still."""
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


def _classes(three: Three) -> list[Class]:
    to_a, to_b, agreed = three.to_a, three.to_b, three.agreed
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
