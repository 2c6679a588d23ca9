"""The page: where each unit of the result stands.

What neither side moved is the spine, in the order of base: that is what git has, too. Every other unit stands behind
what it followed on the side whose word counts for it. Runs that both sides put at one spot are woven by their stamps.
"""

from __future__ import annotations

from . import lines as L
from . import stamps
from .align import longest_increasing
from .match import Class
from .page import NONE, Unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Step = tuple[int, bool, object]

BLOCK = 7  # the level of a block: below all headings
TOP: Class = Class(None, None, None)  # what stands at the top of a page follows this


class Run:
    """Units that one side put behind one another at one spot, with the rank of each: base's units before it."""

    __slots__ = ("ranks", "units")

    def __init__(self) -> None:
        self.units: list[Class] = []
        self.ranks: list[int] = []

    def leading(self, level: int) -> Run:
        """Take off what stands deeper than a level before anything else does."""
        end = next((at for at, here in enumerate(self.units) if level_of(here) <= level), len(self.units))
        while end and end < len(self.units) and self.units[end - 1].any.kind == "break":
            end -= 1
        found = Run()
        found.units, found.ranks = self.units[:end], self.ranks[:end]
        del self.units[:end], self.ranks[:end]
        return found


class Order:
    """Puts the living classes in order; `sides` are the two pages, `alive` the classes that stand."""

    def __init__(self, base: Sequence[Unit], sides: tuple[Sequence[Unit], Sequence[Unit]], alive: set[int]) -> None:
        self.base, self.sides, self.alive = base, sides, alive
        self.steps: tuple[list[Step], ...] = ()
        self.runs: dict[int, tuple[Run, Run]] = {}
        self.spine = self.find_spine()
        self.fixed = {id(found) for found in self.spine}

    def find_spine(self) -> list[Class]:
        """Units of both sides that neither moved, and those that both added in one place."""
        found = []
        for unit in self.sides[0]:
            here = class_of(unit)
            if here.b is not None and id(here) in self.alive and not (here.moved_a or here.moved_b):
                found.append(here)
        out: list[Class] = []
        low = NONE
        waiting: list[Class] = []  # what both added, until the next unit of base
        for at in [*range(len(found)), NONE]:
            if at >= 0 and found[at].o is None:
                waiting.append(found[at])
                continue
            high = _place_b(found[at]) if at >= 0 else len(self.sides[1])
            inside = [new for new in waiting if low < _place_b(new) < high]
            out += [inside[k] for k in longest_increasing([_place_b(new) for new in inside])]
            out += found[at : at + 1] if at >= 0 else []
            low, waiting = high, []
        return out

    def governs(self, here: Class, side: int) -> bool:
        """Does this side's word count for where a unit stands that is not in the spine?"""
        if here.b is None or here.a is None:
            return (here.a is None) == (side == 1)
        if here.moved_a != here.moved_b:
            return here.moved_a == (side == 0)
        return side == 0

    def collect(self) -> None:
        for side in (0, 1):
            spot: Class = TOP  # what the next unit follows
            rank = NONE
            before: Unit | None = None  # the unit just above, in a list that the other side sorted
            moved: list[Unit] = []  # units that the other side put elsewhere, around the one at hand
            last: dict[int, Class] = {}  # for each of these the last of its own that stands with it
            for unit in self.sides[side]:
                here = class_of(unit)
                if here.o is not None:
                    rank = max(rank, here.o.at) if not (here.moved_a, here.moved_b)[side] else rank
                while moved and not within(unit, moved[-1]):
                    moved.pop()
                if id(here) not in self.alive:
                    continue
                if id(here) in self.fixed:
                    spot, before = here, None
                    if moved:
                        last[id(moved[-1])] = here
                elif self.governs(here, side):
                    follows = class_of(before) if before is not None and before.parent is unit.parent else spot
                    at = last[id(moved[-1])] if moved else self.author_heading(unit, side) or follows
                    run = self.runs.setdefault(id(at), (Run(), Run()))[side]
                    run.units.append(here)
                    run.ranks.append(rank if moved or at is spot or at.o is None else at.o.at)
                else:
                    before = unit if self.sorted_there(unit, side) else None
                    if unit.kids:
                        moved.append(unit)
                        last[id(unit)] = here
                if moved and id(here) not in self.fixed and not self.governs(here, side):
                    last[id(moved[-1])] = here

    def sorted_there(self, unit: Unit, side: int) -> bool:
        """Has the other side put this unit and the one of base behind it elsewhere, both below their parent?"""
        page = self.sides[side]
        for at in range(unit.at, len(page)):
            here = class_of(page[at])
            if here.o is None or within(page[at], unit):
                continue
            homes = [version.parent and class_of(version.parent) for version in (here.a, here.b) if version is not None]
            if page[at].parent is not unit.parent or homes[0] is not homes[-1] or id(here) in self.fixed:
                return False
            if page[at] is not unit:
                return not self.governs(here, side)
        return False

    def author_heading(self, unit: Unit, side: int) -> Class | None:
        """The heading under which a side wrote something, if the other side moved all that stood there elsewhere.

        (A release was cut: what stood under *Unreleased* stands under the version, what comes is unreleased, law 0c.)
        """
        home = unit.parent
        if home is None or home.kind != "heading" or class_of(unit).o is not None or unit.kind in ("heading", "break"):
            return None
        here = class_of(home)
        there = (here.a, here.b)[1 - side]
        if id(here) not in self.fixed or here.o is None or there is None or there.own != here.o.own:
            return None
        found = None
        for kid in here.o.kids:  # mostly the first one tells that they did not move: each new unit may ask
            block = class_of(kid)
            if kid.kind in ("heading", "break") or block.a is None or block.b is None:
                continue
            old, mine = (block.a, block.b)[:: 1 if side else -1]
            if within(old, there) or mine.heading is not home:
                return None
            found = here
        return found

    def arrange(self) -> list[Class]:
        """All living classes in the order of the result."""
        self.collect()
        out: list[Class] = []
        self.emit(TOP, out)
        for here in self.spine:
            out.append(here)
            self.emit(here, out)
        return out

    def emit(self, spot: Class, out: list[Class]) -> None:
        """Append what follows a unit."""
        stack = [iter(self.woven(spot))]
        while stack:
            here = next(stack[-1], None)
            if here is None:
                stack.pop()
                continue
            out.append(here)
            if id(here) in self.runs:
                stack.append(iter(self.woven(here)))

    def woven(self, spot: Class) -> list[Class]:
        runs = self.runs.pop(id(spot), None)
        if runs is None:
            return []
        a, b = runs
        if not a.units or not b.units:
            return a.units or b.units
        where = spot.o.at + 1 if spot.o is not None else 0
        return weave(a, b, lambda kind: self.falling(where, kind))

    def falling(self, where: int, kind: object) -> bool:
        """Do the stamps of a kind of units (a level of headings) fall around a place of base: newest first?

        The sides say it where base does not, and the other kinds where neither does.
        """
        if not self.steps:
            self.steps = _steps(self.base), [step for page in self.sides for step in _steps(page, True)]
        for wanted in ((kind,), {step[2] for steps in self.steps for step in steps}):
            base, sides = ([step for step in steps if step[2] in wanted] for steps in self.steps)
            if base:
                return min(base, key=lambda step: (abs(step[0] - where), step[:2]))[1]
            if sides:
                return 2 * sum(step[1] for step in sides) > len(sides)
        return False


def _place_b(here: Class) -> int:
    return here.b.at if here.b is not None else NONE


def class_of(unit: Unit) -> Class:
    assert isinstance(unit.class_, Class)
    return unit.class_


def within(unit: Unit, outer: Unit) -> bool:
    return any(above is outer for above in unit.above())


# --- runs of both sides at one spot ---------------------------------------------------------------------------


class Part:
    """A piece of a run that stays together: an entry with what belongs to it."""

    __slots__ = ("kind", "level", "rank", "stamp", "text", "units")

    def __init__(self, units: list[Class], rank: int) -> None:
        first = next((here for here in units if here.any.kind != "break"), units[0])
        self.units, self.rank, self.level, self.text = units, rank, level_of(first), first.any.tree
        self.kind, self.stamp = first.any.level or first.any.kind, _stamp(first.any)


def weave(a: Run, b: Run, falling: Callable[[object], bool]) -> list[Class]:
    """Two runs at one spot into one.

    Blocks stand before headings and deeper headings before shallower ones. Within a level, runs that bear stamps are
    woven by the running extreme of (stamp, text); a run without one stays together, and the lesser text goes first.
    """
    in_a, in_b = a.leading(BLOCK), b.leading(BLOCK)  # what goes on with a table or an item stays with it
    return _either(in_a, in_b, falling) + _either(a, b, falling)


def _either(a: Run, b: Run, falling: Callable[[object], bool]) -> list[Class]:
    """Two runs of which no part goes on with what stands above: nothing slides below a heading of the other side."""
    if not a.units or not b.units:
        return a.units or b.units
    tops = [min(map(level_of, run.units)) for run in (a, b)]
    if tops[0] != tops[1]:
        deep, other = (a, b) if tops[0] > tops[1] else (b, a)
        return _either(deep, other.leading(max(tops) - 1), falling) + other.units
    leads = [run.leading(tops[0]) for run in (a, b)] if _begins_deeper(a, tops[0]) != _begins_deeper(b, tops[0]) else []
    if leads:
        return [here for run in leads for here in run.units] + _either(a, b, falling)
    parts_a, parts_b = _parts(a), _parts(b)
    stamped = [next((p.kind for p in parts if p.stamp), None) for parts in (parts_a, parts_b)]
    if None not in stamped and _regroups(a) == _regroups(b):
        return _by_stamp(parts_a, parts_b, falling(stamped[0]))
    first, second = parts_a, parts_b
    if _order(parts_b, b) < _order(parts_a, a):
        first, second = second, first
    return [unit for part in first + second for unit in part.units]


def _begins_deeper(run: Run, level: int) -> bool:
    """Does a run begin with what is deeper than a level, breaks aside?"""
    return next((level_of(here) > level for here in run.units if here.any.kind != "break"), False)


def _order(parts: list[Part], run: Run) -> tuple[object, ...]:
    """What goes first: what stands in place of earlier units of base, opens no section over old units, is less."""
    return run.ranks[0], _regroups(run), parts[0].text, [p.text for p in parts]


def _regroups(run: Run) -> bool:
    """Does a run set a new section over units of base? It is no part of a list of entries, but stands behind it."""
    first = run.units[0]
    new = first.o is None and first.any.kind == "heading" and not first.any.entry
    return new and any(here.o is not None for here in run.units)


def level_of(here: Class) -> int:
    """A heading's level; of a block, one below all headings; of what is inside of one, below that."""
    unit = here.any
    if here.b is not None and here.o is not None and unit.level == here.o.level:
        unit = here.b
    inside = unit.parent is not None and unit.parent.kind != "heading"
    return unit.level or BLOCK + inside


def _parts(run: Run) -> list[Part]:
    """A run cut before each unit of the shallowest level that begins one."""
    units = run.units
    top = min(level_of(unit) for unit in units)
    out: list[Part] = []
    at = 0
    leads = units[0].any.kind == "break"
    kind = units[leads].any.kind if len(units) > leads else ""
    known = {id(here) for here in units[leads:]}
    starts = []
    for at, here in enumerate(units):
        unit = here.any
        begins = level_of(here) == top if top < BLOCK else _begins(unit, kind, known)
        if begins and unit.kind != "break":
            back = at
            while leads and back and units[back - 1].any.kind == "break":
                back -= 1
            starts.append(back)
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(units)], strict=True):
        out.append(Part(units[start:end], run.ranks[start]))
    return out


def _begins(unit: Unit, kind: str, known: set[int]) -> bool:
    """Among blocks: what is of the first one's kind begins a part, each outermost one."""
    return unit.kind == kind and not any(id(above.class_) in known for above in unit.above())


def _by_stamp(a: list[Part], b: list[Part], falling: bool) -> list[Class]:
    out: list[Class] = []
    keys = [_running(parts, falling) for parts in (a, b)]
    i = j = 0
    while i < len(a) and j < len(b):
        first, second = keys[0][i], keys[1][j]
        if first[0] != second[0]:
            mine = first[0] < second[0]
        else:
            mine = first[1:] >= second[1:] if falling else first[1:] <= second[1:]
        if mine:
            out += a[i].units
            i += 1
        else:
            out += b[j].units
            j += 1
    for part in a[i:] + b[j:]:
        out += part.units
    return out


def _running(parts: list[Part], falling: bool) -> list[tuple[int, bytes, bytes]]:
    """The key of each part: its level, then the running extreme of stamp and text; one without a stamp inherits."""
    before = b"\xff" if falling else b""
    out: list[tuple[int, bytes, bytes]] = []
    for part in parts:
        depth = -part.level
        if out and (not part.stamp or depth < out[-1][0]):
            out.append(out[-1])
            continue
        at = (part.stamp or before, part.text)
        if out and depth == out[-1][0]:
            at = min(at, out[-1][1:]) if falling else max(at, out[-1][1:])
        out.append((depth, *at))
    return out


# --- which way stamps go --------------------------------------------------------------------------------------


def _steps(page: Sequence[Unit], to_base: bool = False) -> list[Step]:
    """Where one stamp of a page follows another of its kind below one parent, and whether it falls there.

    `to_base`: only those between a new unit and one of base, which are the same whichever sides were merged before.
    """
    last: dict[tuple[int, object], tuple[bytes, bool]] = {}
    out: list[Step] = []
    for unit in page:
        second = _stamp(unit)
        if not second:
            continue
        known = to_base and class_of(unit).o is not None
        kind = unit.level or unit.kind
        (first, before), last[id(unit.parent), kind] = last.get((id(unit.parent), kind), (b"", known)), (second, known)
        if to_base and known == before:
            continue
        if first and (first[:8] != second[:8] or (first != second and len(first) == len(second))):
            out.append((unit.at, second < first, kind))
    return out


def _stamp(unit: Unit) -> bytes:
    """What puts a unit in order: its date, or the date or time that an item or a paragraph begins with."""
    if unit.kind not in ("item", "para", "field"):
        return unit.stamp
    text = unit.head[0].lstrip(b" \t")
    text = L.item_text(text) if unit.kind == "item" else text
    front = text.lstrip(b"[(*_` ")[:20]
    return unit.stamp or (front[:1].isdigit() and stamps.stamp(front)) or stamps.time_in_front(text)
