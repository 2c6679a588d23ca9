"""Whether a unit stands in the result, and what goes with what the other side took out."""

from __future__ import annotations

from .page import Unit
from .place import class_of
from .words import is_placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .match import Class

CONTAINERS = frozenset(("table", "front"))


def standing(classes: Sequence[Class]) -> set[int]:
    """The ids of the classes that stand in the result."""
    alive: set[int] = set()
    for here in classes:
        if here.o is None or (here.a is not None and here.b is not None):
            alive.add(id(here))
    for here in classes:
        side = _left(here)
        if side is not None and here.o is not None and side.entry and _touched(side):
            alive.add(id(here))  # deleted there, edited here: it stays whole
            alive.update(id(class_of(unit)) for unit in side.below())
    for here in reversed(classes):
        side = _left(here)
        if side is None or here.o is None or id(here) in alive:
            continue
        if side.kind == "heading" or side.kind in CONTAINERS:
            stands = any(id(class_of(kid)) in alive and _left(class_of(kid)) is kid and not _goes_on(kid)
                         for kid in side.kids)  # fmt: skip
            if stands and side.kind == "front":
                alive.add(id(class_of(side.kids[-1])))
        else:
            stands = side.own != here.o.own and side.kind != "end"
        if stands:
            alive.add(id(here))
    alive.difference_update([id(here) for here in classes if _gives_way(here)])
    return alive


def _goes_on(unit: Unit) -> bool:
    """Does a unit follow another one of its section that both sides have? Then it stands there, under any heading."""
    if unit.parent is None or unit.parent.kind != "heading" or unit.kind == "heading":
        return False
    for kid in unit.parent.kids:
        here = class_of(kid)
        if kid is unit:
            return False
        if here.a is not None and here.b is not None and not (here.moved_a or here.moved_b):
            return True
    return False


def _gives_way(here: Class) -> bool:
    """Is this a placeholder that one side set where the other side added what it is to stand for, or set another?"""
    for side in (0, 1):
        mine, other = (here.a, here.b)[:: -1 if side else 1]
        if mine is None or not is_placeholder(mine) or (here.o is not None and is_placeholder(here.o)):
            continue
        if mine.parent is None or (other is not None and (here.o is None or other.own != here.o.own)):
            continue
        there = (class_of(mine.parent).a, class_of(mine.parent).b)[1 - side]
        lane = next(lane for kid, lane in _lanes(mine.parent) if kid is mine)
        if there is not None and any(
            lane is other_lane and _fills(kid, mine, class_of(kid)) for kid, other_lane in _lanes(there)
        ):
            return True
    return False


def _lanes(parent: Unit) -> Iterator[tuple[Unit, Class | None]]:
    """The items and paragraphs below a unit, each with the label or paragraph above it that both sides have."""
    lane: Class | None = None
    for kid in parent.kids:
        if kid.kind in ("item", "para"):
            yield kid, lane
        here = class_of(kid)
        if kid.kind in ("para", "field") and here.a is not None and here.b is not None:
            lane = here


def _fills(kid: Unit, place: Unit, here: Class) -> bool:
    """Does a unit of the other side stand for what this placeholder says is not there?"""
    if is_placeholder(kid):
        return kid.own < place.own and (here.o is None or here.o.own != kid.own)
    return here.any is kid and _left(here) is not None and (here.o is None or kid.own != here.o.own)


def _left(here: Class) -> Unit | None:
    """The version of a unit that the other side deleted."""
    if here.a is None:
        return here.b
    return here.a if here.b is None else None


def _touched(unit: Unit) -> bool:
    """Did a side change or add anything in this unit?"""
    here = class_of(unit)
    return here.o is None or unit.own != here.o.own or any(_touched(kid) for kid in unit.kids)
