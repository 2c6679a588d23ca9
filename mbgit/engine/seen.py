"""Who has seen it knows better: a base that knows what both histories have known since.

A squash merge, a cherry-pick or a rebase gives one text to two histories, and the merge base knows nothing of it: what
one of them took out or edited since looks like the other's new work. Here base moves forward: a unit that stood in
both histories, word for word, is base's from then on; one that a side took back after both had taken it out is new.
After that the merge is an ordinary one (law 0b).
"""

from __future__ import annotations

from .document import cut
from .page import Unit, flatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Version = tuple[int, bytes]
    Key = tuple[str, bytes, bytes, int]
    """What a unit says and below what, and which one it is of several that say so."""

SHORT = 3  # bytes of a line that says nothing by itself


def forward(base: bytes, one: Sequence[Version], other: Sequence[Version]) -> bytes:
    """Base with what both sides' own histories have known since; `base` itself where that is nothing.

    `one` and `other` are the versions of each side, oldest first (`result.Seen`); if either is empty nobody can tell.
    """
    if not one or not other or not _share_lines(base, one, other):
        return base
    pages = [[_Page(when, text) for when, text in side] for side in (one, other)]
    old = _Page(0, base)
    held = [_spans(side) for side in pages]
    shared = (held[0].keys() & held[1].keys()) - old.keys.keys()
    shared = {key for key in shared if _older(key, pages, held)}
    gone = {key for key in old.keys if any(_taken_back(key, pages, held, side) for side in (0, 1))}
    if not shared and not gone:
        return base
    units = [(key, unit) for key, unit in old.units if key not in gone]
    for page in (*pages[0], *pages[1]):
        _insert(units, page, shared)
    return _text([unit for _, unit in units], base or one[-1][1])


def _share_lines(base: bytes, one: Sequence[Version], other: Sequence[Version]) -> bool:
    """Is there a line that both histories had and base has not, or that base has and both took out?"""
    old = set(base.split(b"\n"))
    new, lost = [], []
    for side in (one, other):
        lines = [set(text.split(b"\n")) for _, text in side]
        new.append({line for found in lines for line in found if len(line) > SHORT} - old)
        lost.append({line for found in lines for line in old - found if len(line) > SHORT})
    return bool(new[0] & new[1] or lost[0] & lost[1])


class _Page:
    """A version of the page: its units, each with its key."""

    __slots__ = ("keys", "units", "when")

    def __init__(self, when: int, text: bytes) -> None:
        self.when = when
        self.units: list[tuple[Key, Unit]] = []
        self.keys: dict[Key, int] = {}
        count: dict[tuple[str, bytes, bytes], int] = {}
        for unit in flatten(cut(text)):
            plain = (unit.kind, unit.own, unit.parent.own if unit.parent is not None else b"")
            count[plain] = count.get(plain, 0) + 1
            key = (*plain, count[plain])
            self.keys[key] = len(self.units)
            self.units.append((key, unit))


def _spans(side: list[_Page]) -> dict[Key, tuple[int, int]]:
    """For each unit that a side ever held: when it came last, and where it was last (an index of a version)."""
    found: dict[Key, tuple[int, int]] = {}
    for at, page in enumerate(side):
        for key in page.keys:
            when, last = found.get(key, (page.when, at))
            found[key] = (page.when if at - last > 1 else when, at)
    return found


def _older(key: Key, pages: list[list[_Page]], held: list[dict[Key, tuple[int, int]]]) -> bool:
    """Is a unit that stood in both histories the older version where one of them has it no more?

    Not where a side wrote it, or took it back, after the other one had changed it: that is on purpose.
    """
    for side in (0, 1):
        mine, other = held[side][key], held[1 - side][key]
        left = pages[1 - side][other[1] + 1 :]  # what came after the other side's last version with it
        if mine[1] == len(pages[side]) - 1 and left and mine[0] > left[0].when:
            return False
    return True


def _taken_back(key: Key, pages: list[list[_Page]], held: list[dict[Key, tuple[int, int]]], side: int) -> bool:
    """Did a side take a unit of base back after both had taken it out? Then it is new, and stands."""
    mine, other = pages[side], pages[1 - side]
    if key not in mine[-1].keys or key in other[-1].keys or all(key in page.keys for page in mine):
        return False
    last = held[1 - side].get(key, (0, -1))[1]
    return held[side][key][0] > other[last + 1].when


def _insert(units: list[tuple[Key, Unit]], page: _Page, wanted: set[Key]) -> None:
    """Put the wanted units of a version in, each before what it stood before there."""
    where = {key: at for at, (key, _) in enumerate(units)}
    spot = len(units)
    out: dict[int, list[tuple[Key, Unit]]] = {}
    for key, unit in reversed(page.units):
        if key in where:
            spot = where[key]
        elif key in wanted:
            out.setdefault(spot, []).append((key, unit))
    for at in sorted(out, reverse=True):
        units[at:at] = reversed(out[at])


def _text(units: list[Unit], like: bytes) -> bytes:
    rows: list[bytes] = []
    for at, unit in enumerate(units):
        rows.extend(unit.gap or ((b"",) if at and unit.kind == "heading" else ()))
        rows.extend(unit.head)
    document = cut(like)
    text = document.bom + b"\n".join(rows) + (b"\n" if document.newline and rows else b"")
    return text.replace(b"\n", b"\r\n") if document.eol == b"\r\n" else text
