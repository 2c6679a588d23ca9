"""The last word on "nothing doubled": no line more often than max(ours, theirs, ours + theirs - base).

Units are matched below one parent. Where one side moved a unit to another parent and the other side kept it for a
reason of its own (an entry kept whole, a section put under a new heading), it would stand twice. Counting says so,
and the copy that only one side put there goes.
"""

from __future__ import annotations

from . import lines as L
from .blocks import glue
from .document import Node, Section, cut_blocks
from .policies import BOTH, FIRST, SECOND, Unit, as_unit
from .sections import Trio

Counts = dict[bytes, int]


def drop_surplus(trios: list[Trio], flat: list[Trio]) -> list[Trio]:
    """Take units that stand too often out of the result; the sections that are left."""
    live = {id(trio) for trio in flat}
    changed = [trio for trio in trios if id(trio) not in live or not _same(trio)]
    surplus = _surplus(changed, live)
    if not surplus:
        return flat
    for sides in (1, 2):  # what one side added first, then whatever else only one side holds
        for trio in reversed(flat):
            if not _same(trio) and surplus:
                _drop_in(trio, surplus, sides)
    return [trio for trio in flat if not _empty_double(trio, surplus)]


def _same(trio: Trio) -> bool:
    return (
        trio.o is not None and trio.a is not None and trio.b is not None
        and trio.o.head == trio.a.head == trio.b.head and trio.o.body == trio.a.body == trio.b.body
    )  # fmt: skip


def _surplus(changed: list[Trio], live: set[int]) -> Counts:
    o, a, b = (_count([getattr(trio, side) for trio in changed]) for side in "oab")
    here: Counts = {}
    for trio in changed:
        if id(trio) in live:
            for line in _result_lines(trio):
                here[line] = here.get(line, 0) + 1
    out = {}
    for line, times in here.items():
        if times > 1:
            in_a, in_b = a.get(line, 0), b.get(line, 0)
            over = times - max(in_a, in_b, in_a + in_b - o.get(line, 0))
            if over > 0:
                out[line] = over
    return out


def _count(sections: list[Section | None]) -> Counts:
    found: Counts = {}
    for section in sections:
        if section is None:
            continue
        for line in (*section.head, *section.body.split(b"\n")):
            key = line.strip(L.BLANK)
            if key:
                found[key] = found.get(key, 0) + 1
    return found


def _result_lines(trio: Trio) -> list[bytes]:
    out = list(trio.head)
    if trio.units is None:
        out += trio.body.split(b"\n")
    else:
        for unit in trio.units:
            unit.render(out)
    return [key for key in (line.strip(L.BLANK) for line in out) if key]


def _drop_in(trio: Trio, surplus: Counts, round_: int) -> None:
    if trio.units is None:
        if not any(line in surplus for line in _result_lines(trio)[len(trio.head) :]):
            return
        side = BOTH if trio.a is not None and trio.b is not None else FIRST if trio.b is None else SECOND
        trio.units = [as_unit(node, side) for node in cut_blocks(trio.body.split(b"\n"), 1)]
    if round_ == 1 and (trio.whole or (trio.o is not None and (trio.a is None or trio.b is None))):
        return
    kept: list[Unit] = []
    for unit in reversed(trio.units):
        if (unit.sides != BOTH or round_ == 2) and _drop(unit, surplus):
            continue
        kept.append(unit)
    kept.reverse()
    for above, unit in zip(kept, kept[1:], strict=False):
        if glue(above, unit) > len(unit.gap):
            unit.gap = (b"",)
    trio.units = kept


def _drop(unit: Node, surplus: Counts) -> bool:
    """Take the unit, or what of its children can go, out of the surplus; is the unit gone?"""
    unit.kids = [kid for kid in reversed(unit.kids) if not _drop(kid, surplus)][::-1]
    if unit.kids:
        unit._whole = None
        return False
    need: Counts = {}
    for line in unit.head:
        key = line.strip(L.BLANK)
        if key:
            need[key] = need.get(key, 0) + 1
    if not need or any(surplus.get(key, 0) < times for key, times in need.items()):
        return False
    for key, times in need.items():
        surplus[key] -= times
    return True


def _empty_double(trio: Trio, surplus: Counts) -> bool:
    """A heading over nothing that stands too often."""
    if not trio.head or trio.units or (trio.units is None and trio.body) or any(kid.alive for kid in trio.kids):
        return False
    key = trio.head[0].strip(L.BLANK)
    if surplus.get(key, 0) < 1 or (trio.a is not None and trio.b is not None):
        return False
    surplus[key] -= 1
    trio.alive = False
    return True
