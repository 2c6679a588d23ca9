"""The last word on "nothing doubled, nothing resurrected", by counting lines over the whole file.

Units are matched below one parent. Where one side moved a unit to another parent, the other side may have kept it
for a reason of its own (an entry kept whole, a section put under a new heading): it would stand twice. Or it may
have deleted or edited it where it stood: then what was moved would bring back what was taken out. Counting says so,
and the copy that only one side put there goes.
"""

from __future__ import annotations

from . import lines as L
from .blocks import ENTRIES, glue, match_blocks, taken_over
from .document import Node, Section, cut_blocks
from .policies import BOTH, FIRST, SECOND, Judge, Unit, as_unit, field_label
from .sections import Trio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .document import Gap

Counts = dict[bytes, int]
ADDED, SINGLE = 1, 2
# What stands where nothing is to say yet; below each heading it is its own.
VACANT = frozenset((b"none", b"none yet", b"nothing", b"nothing yet", b"n/a", b"tbd", b"empty"))
_MARKS = b"-*+[xX]|>#.)"  # a word of these alone says nothing
RETITLED = "retitled, and deleted on the other side"


def drop_surplus(judge: Judge, trios: list[Trio], flat: list[Trio]) -> list[Trio]:
    """Take units that stand too often out of the result; the sections that are left.

    Of a surplus another copy stands; what one side moved and the other deleted is set aside.
    """
    live = {id(trio) for trio in flat}
    changed = [trio for trio in trios if id(trio) not in live or not _same(trio)]
    old = _count([trio.o for trio in changed])
    surplus, moved, again = _tally(changed, live, old)
    if again:
        _drop_in_place(flat, again, surplus)
        flat = _filled(judge, flat, surplus)
        surplus, moved, _ = _tally(changed, {id(trio) for trio in flat}, old)
    if moved:
        _drop_moved(judge, flat, moved, old)
        flat = _filled(judge, flat, surplus)
        surplus, _, _ = _tally(changed, {id(trio) for trio in flat}, old)
    if surplus:
        ends = _ends(trios)
        for level in (ADDED, SINGLE):
            for trio in reversed(flat):
                if not _same(trio) and not trio.whole and (id(trio.any) in ends or not _of_new_entry(trio)):
                    _drop_in(trio, surplus, level)
        _reunite(flat, surplus)
        if moved:  # what had children that stand elsewhere is bare now
            _drop_moved(judge, flat, moved, old)
            flat = _filled(judge, flat, surplus)  # first: of two empty copies one stands
        flat = [trio for trio in flat if _of_new_entry(trio) or not _empty_double(trio, surplus)]
    return _filled(judge, flat, surplus) if moved else flat


def _drop_moved(judge: Judge, flat: list[Trio], moved: Counts, old: Counts) -> None:
    """Take out, and set aside, what one side only moved and the other one deleted."""
    for trio in reversed(flat):
        if not _same(trio) and not _inside_entry(trio) and not (trio.o is None and _is_new(trio, old)):
            for head in _drop_in(trio, moved, ADDED):
                judge.set_aside("moved, and deleted on the other side", b"\n".join(head), trio)


def _drop_in_place(flat: list[Trio], again: Counts, surplus: Counts) -> None:
    """Take out what one side edited where it was, if the other one has put just that elsewhere.

    A task that both close, and one of them moves to those that are done, is one task.
    """
    spare = surplus | again
    for trio in flat:
        if trio.units is not None and not _inside_entry(trio):
            kept = [unit for unit in trio.units if not _is_spare(unit, again, spare)]
            if len(kept) < len(trio.units):
                _close(trio, kept)


def _is_spare(unit: Unit, again: Counts, spare: Counts) -> bool:
    """Was a unit edited in its place, and do all its lines stand elsewhere? Then it is taken out of `spare`."""
    if unit.sides == BOTH or unit.added or unit.kind == "run":
        return False
    out: list[bytes] = []
    unit.render(out)
    lines = _lines(out)
    return any(line in again for line in lines) and _take(lines, spare)


def _reunite(flat: list[Trio], surplus: Counts) -> None:
    """Put what one side set below an item below the moved copy of it, where the other side has set something, too."""
    halves = [(trio, unit) for trio in flat for unit in trio.units or () if _is_half(unit, surplus)]
    copies = _moved_copies(flat, {unit.head for _, unit in halves}) if halves else {}
    for trio, unit in halves:
        found = copies.get(unit.head, [])
        if len(found) == 1 and found[0] is not unit and _take(_lines(unit.head), surplus):
            there = {kid.whole for kid in found[0].kids}
            found[0].kids = [*found[0].kids, *(kid for kid in unit.kids if kid.whole not in there)]
            found[0]._whole = None
            _close(trio, [other for other in trio.units or () if other is not unit])


def _is_half(unit: Unit, surplus: Counts) -> bool:
    """Is an item that stands too often, in base's words, kept for what a side set below it where it was?"""
    if unit.kind != "item" or unit.was is None or not unit.kids or unit.own != unit.was.own:
        return False
    return all(surplus.get(line, 0) for line in _lines(unit.head))


def _moved_copies(flat: list[Trio], heads: set[Gap]) -> dict[Gap, list[Unit]]:
    """The items of some words that were put where they stand."""
    lines = {line for head in heads for line in _lines(head)}
    found: dict[Gap, list[Unit]] = {}
    for trio in flat:
        if trio.units is None and not lines.isdisjoint(_body_lines(trio)):
            trio.units = _held(trio, cut_blocks(trio.body.split(b"\n"), 1))
        for unit in trio.units or ():
            if unit.added and unit.kind == "item" and unit.head in heads:
                found.setdefault(unit.head, []).append(unit)
    return found


def _filled(judge: Judge, flat: list[Trio], surplus: Counts) -> list[Trio]:
    """The sections that are not hollow; a heading that goes with one is no surplus any more."""
    kept = []
    for trio in flat:
        if _hollow(judge, trio):
            _take(_heading(trio.head), surplus)
        else:
            kept.append(trio)
    return kept


def _same(trio: Trio) -> bool:
    return (
        trio.o is not None and trio.a is not None and trio.b is not None
        and trio.o.head == trio.a.head == trio.b.head and trio.o.body == trio.a.body == trio.b.body
    )  # fmt: skip


def _is_new(trio: Trio, old: Counts) -> bool:
    """Was a section that base lacks written anew, and not only put above what base has?"""
    lines = _body_lines(trio)
    return 2 * sum(line in old for line in lines) < len(lines)


def _inside_entry(trio: Trio) -> bool:
    """What an entry says is its own, even where it says again what another one said."""
    at: Trio | None = trio
    while at is not None and (not at.any.entry or _is_title(at.any)):
        at = at.parent
    return at is not None


def _is_title(section: Section) -> bool:
    """Is it the heading that a file's other headings stand below? Dated, it makes no entry of the file."""
    above = section.parent
    return above is not None and above.parent is None and above.kids == [section] and bool(section.kids)


def _of_new_entry(trio: Trio) -> bool:
    """Is a section, or one above it, an entry that base lacks?"""
    at: Trio | None = trio
    while at is not None and at.o is None:
        if at.any.entry:
            return True
        at = at.parent
    return False


def _ends(trios: list[Trio]) -> set[int]:
    """The last section of each side, where a file's footer stands."""
    found = set()
    for side in "ab":
        sections = [section for trio in trios if (section := getattr(trio, side)) is not None]
        found.add(id(max(sections, key=_place)))
    return found


def _place(section: Section) -> int:
    return section.place


def _tally(changed: list[Trio], live: set[int], o: Counts) -> tuple[Counts, Counts, Counts]:
    """Lines with how many to drop: what stands too often, what one side took out and the other only moved, and what
    both sides made and have in two places."""
    a, b = (_count([getattr(trio, side) for trio in changed]) for side in "ab")
    here: Counts = {}
    for trio in changed:
        if id(trio) in live:
            for line in (*_heading(trio.head), *_body_lines(trio)):
                here[line] = here.get(line, 0) + 1
    surplus, moved, again = {}, {}, {}
    for line, times in here.items():
        in_o, in_a, in_b = o.get(line, 0), a.get(line, 0), b.get(line, 0)
        if max(in_o, in_a, in_b) > 1 or _is_vacant(line):  # what repeats in one version may repeat in the result
            continue
        if times > max(in_a, in_b, in_a + in_b - in_o):
            surplus[line] = 1
        elif in_o == times and in_a != in_b:
            moved[line] = 1
        elif times > in_a == in_b:
            again[line] = 1
    return surplus, moved, again


def _is_vacant(line: bytes) -> bool:
    """Whether a line holds a place for what is to come: that of one heading is not that of another one."""
    return line.lstrip(b"-*+ ").rstrip(b". ").lower() in VACANT


def _count(sections: list[Section | None]) -> Counts:
    found: Counts = {}
    for section in sections:
        if section is None:
            continue
        for key in (*_heading(section.head), *_lines(section.body.split(b"\n"))):
            found[key] = found.get(key, 0) + 1
    return found


def _heading(head: Gap) -> list[bytes]:
    """What a heading counts as: an underlined one as one line, for it is no paragraph of the same words."""
    key = b"\n".join(_lines(head))
    return [key] if key else []


def _lines(rows: Sequence[bytes]) -> list[bytes]:
    return [key for key in map(_says, rows) if key]


def _says(line: bytes) -> bytes:
    """A line without what a merge may respell: indent, white space, ordinals, padding of cells."""
    text = line.strip(L.BLANK)
    if text[:1] == b"|":
        return b"|" + b"|".join([cell if cell.strip(b"-") else b"-" for cell in L.cells(text) if cell])
    digits = L.ordinal_width(text)
    return b"1" + text[digits:] if digits and L.marker_width(text) else text


def _body_lines(trio: Trio) -> list[bytes]:
    """What stands below a heading of the result."""
    if trio.units is None:
        return _lines(trio.body.split(b"\n"))
    out: list[bytes] = []
    for unit in trio.units:
        if unit.kind != "run":
            unit.render(out)
    return _lines(out)


def _drop_in(trio: Trio, surplus: Counts, level: int) -> list[Gap]:
    """Drop units of one section, those that a side added there or (SINGLE) any; the lines of each that went."""
    gone: list[Gap] = []
    if level == ADDED and trio.whole:
        return gone
    if trio.units is None:
        if not any(line in surplus for line in _body_lines(trio)):
            return gone
        trio.units = _held(trio, cut_blocks(trio.body.split(b"\n"), 1))
    common = trio.a is not None and trio.b is not None  # a value given there has not moved from elsewhere
    footer = _of_new_entry(trio)  # of a new entry only what the file ends with, which each side put behind its own
    kept: list[Unit] = []
    for unit in reversed(trio.units):
        stays = (footer and unit.kind in ENTRIES) or (common and unit.kind == "field" and unit.added)
        if stays or not _drop(unit, surplus, _may_go(unit, level), level, gone):
            kept.append(unit)
    kept.reverse()
    _close(trio, kept)
    return gone


def _close(trio: Trio, kept: list[Unit]) -> None:
    """Leave only these units in a section, no two of them glued together."""
    assert trio.units is not None
    if kept and len(kept[0].gap) < len(trio.units[0].gap):
        kept[0].gap = trio.units[0].gap
    for above, unit in zip(kept, kept[1:], strict=False):
        if glue(above, unit) > len(unit.gap):
            unit.gap = (b"",)
    trio.units = kept


def _held(trio: Trio, nodes: list[Node]) -> list[Unit]:
    """The units of a body that needed no merging."""
    o, a, b = ({n.whole for n in s.blocks} if s is not None else set() for s in (trio.o, trio.a, trio.b))
    old = trio.o.blocks if trio.o is not None and trio.a is not None and trio.b is not None else []
    made = {it.ia: it.o for it in match_blocks(old, nodes, old)} if old else {}
    units = []
    for at, node in enumerate(nodes):
        sides = FIRST * (node.whole in a) + SECOND * (node.whole in b) or BOTH
        was = None if node.whole in o else made.get(at)
        was = was if was is not None and _is_edit(was, node) else None
        added = sides != BOTH and node.whole not in o
        units.append(as_unit(node, sides, added=added) if was is None else taken_over(was, node, sides, sides))
    return units


def _may_go(unit: Unit, level: int) -> bool:
    """What a side wrote into a unit where that stood is no second copy of what says the same elsewhere."""
    if level != SINGLE:
        return unit.added
    was = unit.was
    return was is None or set(_lines(unit.head)) <= set(_lines(was.head)) or not _is_edit(was, unit)


def _is_edit(was: Node, unit: Node) -> bool:
    """Is a unit the one of base in other words, and no other one in its place? Half the words of the shorter tell."""
    one, other = ({word for word in b" ".join(node.head).split() if word.strip(_MARKS)} for node in (was, unit))
    return bool(one & other) and 2 * len(one & other) >= min(len(one), len(other))


def _kid_may_go(unit: Node, kid: Node, may: bool, level: int) -> bool:
    """What an item of base is given below it (`Owner: Ada`) has not moved there from another one."""
    if not isinstance(kid, Unit):
        return may or level == SINGLE
    given = kid.added and isinstance(unit, Unit) and unit.was is not None and _is_labelled(kid)
    return not given and _may_go(kid, level)


def _is_labelled(item: Node) -> bool:
    """Does an item give a value: `Owner: Ada`, `**Due date**: today`?"""
    words = L.item_text(item.head[0].lstrip(b" \t")).split(None, 2)[:2]
    return any(word.rstrip(b"*_").endswith(b":") for word in words) or bool(field_label(item))


def _drop(unit: Node, surplus: Counts, may: bool, level: int, gone: list[Gap]) -> bool:
    """Take the unit, or what of its children can go, out of the surplus and into `gone`; is the unit gone?

    `may`: whether this very unit can go; a child that was merged on its own has its own answer.
    """
    if unit.kind == "run":
        return False
    kept = [
        kid
        for kid in reversed(unit.kids)
        if not _drop(kid, surplus, _kid_may_go(unit, kid, may, level), level, gone)
    ]
    unit.kids = kept[::-1]
    if unit.kids or not may or not _take(_lines(unit.head), surplus):
        return False
    gone.append(unit.head)
    return True


def _hollow(judge: Judge, trio: Trio) -> bool:
    """A container that one side deleted, when what the other had in it is gone too."""
    if trio.o is None or (trio.a is not None and trio.b is not None) or trio.whole:
        return False
    if trio.units or trio.body or any(kid.alive for kid in trio.kids):
        return False
    trio.alive = False
    if trio.any.text != trio.o.text:
        judge.set_aside(RETITLED, b"\n".join(trio.head), trio)
    return True


def _empty_double(trio: Trio, surplus: Counts) -> bool:
    """A heading over nothing that stands too often."""
    if not trio.head or trio.units or (trio.units is None and trio.body) or any(kid.alive for kid in trio.kids):
        return False
    if (trio.a is not None and trio.b is not None) or not _take(_heading(trio.head), surplus):
        return False
    trio.alive = False
    return True


def _take(keys: list[bytes], surplus: Counts) -> bool:
    """Take a unit's lines out of the surplus, if every one of them is in it."""
    need: Counts = {}
    for key in keys:
        need[key] = need.get(key, 0) + 1
    if not need or any(surplus.get(key, 0) < times for key, times in need.items()):
        return False
    for key, times in need.items():
        surplus[key] -= times
    return True
