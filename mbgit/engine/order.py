"""Where units go that two versions put in different places: the spine both agree on, and runs woven between."""

from __future__ import annotations

from .align import longest_increasing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Key = Callable[[Any], tuple[bytes, bytes]]  # a unit's own stamp (or nothing) and its text
    Stamps = Sequence[tuple[int, bytes]]

NONE = -1


class Place:
    """A unit and its position in each version (NONE where it is not)."""

    __slots__ = ("a", "b", "o", "unit")

    def __init__(self, unit: object, o: int, a: int, b: int) -> None:
        self.unit, self.o, self.a, self.b = unit, o, a, b


def arrange(places: list[Place], key: Key, base_stamps: Callable[[], Stamps]) -> list[Any]:
    """The units of one level in their merged order.

    Units that both sides hold keep the order both give them. A unit that one side moved (it is out of the longest
    run in base's order) or added stands behind its predecessor of that side; where both moved it, the first side's
    word counts. Runs that both put at one spot are woven, and only then are stamps asked for: of a unit by `key`,
    and by `base_stamps` the (position, stamp) of base's units, in order.
    """
    side_a = sorted([p for p in places if p.a >= 0], key=_by_a)
    side_b = sorted([p for p in places if p.b >= 0], key=_by_b)
    moved_a, moved_b = _moved([(p, p.o) for p in side_a]), _moved([(p, p.o) for p in side_b])
    agreed = [p for p in side_a if p.b >= 0 and (id(p) in moved_a) == (id(p) in moved_b)]
    spine = [agreed[at] for at in longest_increasing([p.b for p in agreed])]
    fixed = {id(p) for p in spine}

    def of_a(p: Place) -> bool:
        """Is A's word on where this unit stands the one that counts?"""
        return p.b < 0 or id(p) in moved_a or id(p) not in moved_b

    runs_a = _runs(side_a, fixed, [p for p in side_a if id(p) not in fixed and of_a(p)])
    runs_b = _runs(side_b, fixed, [p for p in side_b if id(p) not in fixed and not (p.a >= 0 and of_a(p))])
    direction: _Direction | None = None
    out: list[Any] = []
    spot = 0
    for number, (run_a, run_b) in enumerate(zip(runs_a, runs_b, strict=True)):
        if run_a and run_b:
            direction = direction or _Direction(base_stamps())
            out += weave(run_a, run_b, direction.at(spot), key)
        else:
            out += run_a or run_b
        if number < len(spine):
            out.append(spine[number].unit)
            spot = spine[number].o + 1 if spine[number].o >= 0 else spot
    return out


def _by_a(place: Place) -> int:
    return place.a


def _by_b(place: Place) -> int:
    return place.b


def _moved(side: list[tuple[Place, int]]) -> set[int]:
    """Those of base's units that stand out of its order on a side."""
    held = [(p, o) for p, o in side if o >= 0]
    run = longest_increasing([o for _, o in held])
    if len(run) == len(held):
        return set()
    kept = set(run)
    return {id(p) for at, (p, _) in enumerate(held) if at not in kept}


def _runs(side: list[Place], fixed: set[int], loose: list[Place]) -> list[list[Any]]:
    """The loose units of a side, cut at the spine: one run before each place of it and one behind the last."""
    wanted = {id(p) for p in loose}
    runs: list[list[Any]] = [[]]
    for place in side:
        if id(place) in fixed:
            runs.append([])
        elif id(place) in wanted:
            runs[-1].append(place.unit)
    return runs


class _Direction:
    """Do base's stamps fall (newest first) around a spot? Rising where they say nothing."""

    def __init__(self, stamps: Stamps) -> None:
        held = [(at, s) for at, s in stamps if s]
        self.steps = [
            (there, second < first)
            for (_, first), (there, second) in zip(held, held[1:], strict=False)
            if first[:8] != second[:8] or (first != second and len(first) == len(second))
        ]
        self.uniform = len({falls for _, falls in self.steps}) < 2

    def at(self, spot: int) -> bool:
        """The direction of the nearest step between two stamps; `spot` is an index into base's units."""
        if not self.steps:
            return False
        if self.uniform:
            return self.steps[0][1]
        low, high = 0, len(self.steps)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.steps[middle][0] < spot else (low, middle)
        before, behind = self.steps[max(low - 1, 0)], self.steps[min(low, len(self.steps) - 1)]
        return behind[1] if abs(behind[0] - spot) <= abs(spot - before[0]) else before[1]


def weave(run_a: list[Any], run_b: list[Any], falling: bool, key: Key) -> list[Any]:
    """Two runs into one by the running extreme of (stamp, text) down each: three runs give the same in any order."""
    blocks_a, blocks_b = _keyed(run_a, falling, key), _keyed(run_b, falling, key)
    out: list[Any] = []
    i = j = 0
    while i < len(blocks_a) and j < len(blocks_b):
        first, second = blocks_a[i][0], blocks_b[j][0]
        if (first >= second) if falling else (first <= second):
            out += blocks_a[i][1]
            i += 1
        else:
            out += blocks_b[j][1]
            j += 1
    for _, units in blocks_a[i:] + blocks_b[j:]:
        out += units
    return out


def _keyed(run: list[Any], falling: bool, key: Key) -> list[tuple[tuple[bytes, bytes], list[Any]]]:
    """A run as blocks (a stamped unit and the unstamped ones behind it), each with its running key."""
    before = b"\xff" if falling else b""  # what stands before any stamp comes first, either way
    blocks: list[tuple[tuple[bytes, bytes], list[Any]]] = []
    for unit in run:
        stamp, text = key(unit)
        if blocks and not stamp:
            blocks[-1][1].append(unit)
            continue
        at = (stamp or before, text)
        if blocks:
            at = min(at, blocks[-1][0]) if falling else max(at, blocks[-1][0])
        blocks.append((at, [unit]))
    return blocks
