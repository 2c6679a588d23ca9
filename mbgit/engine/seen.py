"""Who has seen it knows better: a base that knows what both histories have known since.

A squash merge, a cherry-pick or a rebase gives one text to two histories, and the merge base knows nothing of it: what
one of them took out or edited since looks like the other's new work. Here base moves forward: a unit that stood in
both histories, word for word, is base's from then on; one that a side took back after both had taken it out is new.
After that the merge is an ordinary one (law 0b).
"""

from __future__ import annotations

from .document import cut
from .match import match
from .page import Unit, flatten
from .words import title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Step = tuple[int, bytes, bytes]
    Key = tuple[str, bytes, bytes, int]
    """What a unit says and below what, and which one it is of several that say so."""

SHORT = 3  # bytes of a line that says nothing by itself


def forward(base: bytes, one: Sequence[Step], other: Sequence[Step]) -> bytes:
    """Base with what both sides' own histories have known since; `base` itself where that is nothing.

    `one` and `other` are what each side's commits made of the file (`result.Seen`); if either is empty nobody can tell.
    """
    alone = base and len(one) == len(other) == 1  # neither has changed what it brings
    if alone or not _share_lines(base, one, other):  # speed: to cut all versions takes long
        return base
    pages: dict[bytes, _Page] = {}
    sides = _Side(one, pages), _Side(other, pages)
    old = _Page(base)
    shared = {key for key in (sides[0].held.keys() & sides[1].held.keys()) - old.keys.keys() if _older(key, sides)}
    gone = _taken_back(old, sides) | _taken_back(old, sides[::-1])
    if not shared and not gone:
        return base
    older = _replaced(old.keys.keys() | shared, sides, shared)
    gone |= older
    shared -= older
    units = [(key, unit) for key, unit in old.units if key not in gone]
    for side in sides:
        for _, page in side.steps:
            _insert(units, page, shared)
    return _text([unit for _, unit in units], base or one[-1][2])


def _share_lines(base: bytes, one: Sequence[Step], other: Sequence[Step]) -> bool:
    """Is there a line that both histories had and base has not, or that base has and both took out?"""
    old = set(base.split(b"\n"))
    new: list[set[bytes]] = []
    lost: list[set[bytes]] = []
    for side in (one, other):
        pairs = [(set(before.split(b"\n")), set(after.split(b"\n"))) for _, before, after in side]
        new.append({line for _, after in pairs for line in after - old if len(line) > SHORT})  # speed
        lost.append({line for before, after in pairs for line in (before - after) & old if len(line) > SHORT})  # speed
    return bool(new[0] & new[1] or lost[0] & lost[1])


class _Page:
    """A version of the page: its units, each with its key."""

    __slots__ = ("keys", "names", "units")

    def __init__(self, text: bytes) -> None:
        self.units: list[tuple[Key, Unit]] = []
        self.keys: dict[Key, int] = {}
        count: dict[tuple[str, bytes, bytes], int] = {}
        for unit in flatten(cut(text)):
            said = (unit.kind, unit.own, unit.parent.own if unit.parent is not None else b"")
            count[said] = count.get(said, 0) + 1
            key = (*said, count[said])
            self.keys[key] = len(self.units)
            self.units.append((key, unit))
        self.names = {_said(unit, _name(unit)) for _, unit in self.units}


class _Side:
    """What one side's own history did: the units that it ever held, and when it last wrote or took out each of them.

    A merge's time tells nothing of what it brought: that was written, or taken out, elsewhere. `out` is what it took
    out with its name: not a title or a status that was changed.
    """

    def __init__(self, steps: Sequence[Step], known: dict[bytes, _Page]) -> None:
        self.held: dict[Key, Unit] = {}
        self.wrote: dict[Key, int] = {}
        self.took: dict[Key, int] = {}
        self.out: set[Key] = set()
        self.steps: list[tuple[_Page, _Page]] = []
        for when, before, after in steps:
            old, new = _page(before, known), _page(after, known)
            self.steps.append((old, new))
            self.held.update(new.units)
            for done, keys in ((self.wrote, new.keys.keys() - old.keys), (self.took, old.keys.keys() - new.keys)):
                done.update({key: max(when, done.get(key, 0)) for key in keys})
            gone = (old.units[old.keys[key]] for key in old.keys.keys() - new.keys)
            self.out.update(key for key, unit in gone if _said(unit, _name(unit)) not in new.names)
        self.has, self.names = new.keys, new.names
        self.says = {_said(unit, unit.own) for _, unit in new.units}


def _page(text: bytes, known: dict[bytes, _Page]) -> _Page:
    if text not in known:
        known[text] = _Page(text)
    return known[text]


def _said(unit: Unit, words: bytes) -> tuple[str, bytes, bytes]:
    """What a unit says, and below which heading, however that is reworded."""
    home = unit.parent if unit.kind == "heading" else unit.heading
    return unit.kind, words, b"" if home is None else _name(home)


def _name(unit: Unit) -> bytes:
    """A heading's name, whatever its status; an entry's, however it is reworded; what any other unit says."""
    return unit.own if unit.kind != "heading" else unit.stamp or unit.id or title(unit)


def _older(key: Key, sides: Sequence[_Side]) -> bool:
    """Is a unit that stood in both histories the older version where one of them has it no more?

    Not where a side wrote it, or took it back, after the other one had changed it: that is on purpose.
    """
    said = _said(sides[0].held[key], key[1])
    return not any(
        said in mine.says and said not in other.says and mine.wrote.get(key, 0) > other.took.get(key, 0)
        for mine, other in (sides, sides[::-1])
    )


def _taken_back(base: _Page, sides: Sequence[_Side]) -> set[Key]:
    """What the first side took back after both had taken it out of base: then it is new, and stands.

    Not a part of what the other one took out whole, and the first one left where it was.
    """
    mine, other = sides
    found: set[Key] = set()
    for key, unit in base.units:
        if key not in mine.out or key not in mine.has or key in other.has:
            continue
        home = unit.parent
        stands = home is None or base.units[home.at][0] in found or _said(home, _name(home)) in other.names
        if stands and mine.wrote.get(key, 0) > other.took.get(key, 0):
            found.add(key)
    return found


def _replaced(known: set[Key], sides: Sequence[_Side], shared: set[Key]) -> set[Key]:
    """Which of the known units are older versions of what both sides have known, be it that one went back."""
    found: set[Key] = set()
    for before, after in (pair for side in sides for pair in side.steps):
        if known & (before.keys.keys() - after.keys) and shared & (after.keys.keys() - before.keys):
            pages = [[unit for _, unit in page.units] for page in (before, after)]
            for here in match(pages[0], pages[1], pages[0]):
                if here.o is not None and here.a is not None:
                    was, now = before.units[here.o.at][0], after.units[here.a.at][0]
                    if now in shared and was != now and not any({was, now} <= side.has.keys() for side in sides):
                        found.add(was)
    return found - (sides[0].has.keys() & sides[1].has.keys())


def _insert(units: list[tuple[Key, Unit]], page: _Page, wanted: set[Key]) -> None:
    """Put the wanted units of a version in, each before what it stood before there, and none without its heading."""
    where = {key: at for at, (key, _) in enumerate(units)}
    spot = 0 if where.keys().isdisjoint(page.keys) else len(units)
    out: dict[int, list[tuple[Key, Unit]]] = {}
    for key, unit in reversed(page.units):
        home = page.units[unit.parent.at][0] if unit.parent is not None else key
        if key in where:
            spot = where[key]
        elif key in wanted and (home in wanted or home in where):
            out.setdefault(spot, []).append((key, unit))
    for at in sorted(out, reverse=True):
        units[at:at] = reversed(out[at])


def _text(units: list[Unit], like: bytes) -> bytes:
    rows: list[bytes] = []
    for unit in units:
        rows.extend(unit.gap)
        rows.extend(unit.head)
    document = cut(like)
    text = document.bom + b"\n".join(rows) + (b"\n" if document.newline and rows else b"")
    return text.replace(b"\n", b"\r\n") if document.eol == b"\r\n" else text
