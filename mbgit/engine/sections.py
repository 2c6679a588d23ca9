"""Headings across the three versions: which is which, which survive, and whose child each becomes."""

from __future__ import annotations

from . import stamps
from .align import Pairing, pair_alike, pair_exact, pair_keyed
from .document import Document, Section
from .order import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .document import Gap
    from .policies import Unit

    _PairKids = Callable[[Pairing, list[int], list[int], list[Section], list[Section]], None]

ALIKE = 0.5  # the share of (weighed) lines that two versions of one section have in common
NEAREST = 8  # entries under one heading that are looked at for one that shares content
ALIKE_TITLE = 0.6  # the same of the words of two headings


class Trio:
    """One section in the three versions (None where it is not), and what the merge decides on it."""

    __slots__ = ("a", "alive", "b", "body", "gap", "head", "kids", "level", "o", "parent", "units", "whole")

    def __init__(self, o: Section | None, a: Section | None, b: Section | None) -> None:
        self.o, self.a, self.b = o, a, b
        self.parent: Trio | None = None
        self.kids: list[Trio] = []
        self.alive = a is not None and b is not None
        self.whole = False  # an entry that one side deleted and the other edited: kept as edited
        self.head: Gap = ()
        self.gap: Gap = ()
        self.level = 0
        self.body = b""  # the blocks' bytes, where they need no merging
        self.units: list[Unit] | None = None  # the merged blocks, where they do

    @property
    def any(self) -> Section:
        found = self.a or self.b or self.o
        assert found is not None
        return found

    @property
    def kept(self) -> Section:
        """The section of the only side that has it."""
        found = self.a or self.b
        assert found is not None
        return found


def match_sections(o: Document, a: Document, b: Document) -> list[Trio]:
    """Every section of the three versions in one list of trios: base's first, then a's, then b's."""
    xs, ys, zs = o.sections, a.sections, b.sections
    own_o, own_a, own_b = ([s.own for s in side] for side in (xs, ys, zs))
    to_a, to_b = pair_exact(own_o, own_a, repeats=False), pair_exact(own_o, own_b, repeats=False)
    for pairs, side in ((to_a, ys), (to_b, zs)):
        _root_first(pairs)
        _stay_home(pairs, xs, side, lambda up, over, p=pairs: p.left[up] == over)  # type: ignore[misc]
    agreed = Pairing(len(ys), len(zs))
    _agree(agreed, to_a, to_b, own_a, own_b)
    _stay_home(agreed, ys, zs, lambda up, over: _partners(to_a, to_b, agreed, up, over))
    _agree_on_titles(agreed, to_a, to_b, xs, ys, zs)
    taken_a = {i for i, j in enumerate(agreed.left) if j >= 0}
    taken_b = {j for j, i in enumerate(agreed.right) if i >= 0}
    if taken_a:
        _match_agreed(to_a, to_b, agreed, xs, ys, zs)
    _match_pair(to_a, xs, ys, taken_a)
    _match_pair(to_b, xs, zs, taken_b)
    _follow(to_a, to_b, xs, ys, zs)
    _follow(to_b, to_a, xs, zs, ys)
    _match_added(agreed, to_a, to_b, xs, ys, zs, _pair_added)
    return _trios(to_a, to_b, agreed, xs, ys, zs)


def _follow(known: Pairing, open_: Pairing, xs: list[Section], ys: list[Section], zs: list[Section]) -> None:
    """What one side made of a section's title or text tells which section of the other side is the same one."""
    for what in (_title_of, _text_of):
        new: dict[object, int] = {}
        for k, i in enumerate(known.left):
            if i > 0 and open_.left[k] < 0 and what(ys[i]) and what(ys[i]) != what(xs[k]):
                new[what(ys[i])] = NONE if what(ys[i]) in new else k
        for j, section in enumerate(zs):
            k = new.get(what(section), NONE) if new and open_.right[j] < 0 else NONE
            part = k >= 0 and (_is_part(xs[k]) or _is_part(section))
            if k >= 0 and open_.left[k] < 0 and (not part or open_.left[_above(xs[k])] == _above(section)):
                open_.join(k, j)


def _title_of(section: Section) -> object:
    return (section.level, section.text) if section.text else None


def _text_of(section: Section) -> object:
    return (section.level, section.body) if section.body else None


def _root_first(pairs: Pairing) -> None:
    if pairs.left[0] != 0:
        if pairs.left[0] >= 0:
            pairs.split(0)
        if pairs.right[0] >= 0:
            pairs.split(pairs.right[0])
        pairs.join(0, 0)


def _stay_home(
    pairs: Pairing, xs: list[Section], ys: list[Section], same: Callable[[int, int], bool]
) -> None:
    """Part what is equal below two different entries: `### Result` of one day is not that of another."""
    for i, section in enumerate(xs):
        j = pairs.left[i]
        if j > 0 and (_is_part(section) or _is_part(ys[j])) and not same(_above(section), _above(ys[j])):
            pairs.split(i)


def _partners(to_a: Pairing, to_b: Pairing, agreed: Pairing, i: int, j: int) -> bool:
    """Are these two sections one, by agreement or by base?"""
    return agreed.left[i] == j or (to_a.right[i] >= 0 and to_a.right[i] == to_b.right[j])


def _is_part(section: Section) -> bool:
    """A plain heading below an entry: part of that entry and of nothing else."""
    above = section.parent
    return above is not None and _is_entry(above) and not _is_entry(section)


def _above(section: Section) -> int:
    return section.parent.place if section.parent is not None else NONE


def _agree(agreed: Pairing, to_a: Pairing, to_b: Pairing, own_a: list[bytes], own_b: list[bytes]) -> None:
    """Sections that stand word for word on both sides and not in base."""
    free_a = [i for i in range(1, len(own_a)) if to_a.right[i] < 0]
    free_b = [j for j in range(1, len(own_b)) if to_b.right[j] < 0]
    if not free_a or not free_b:
        return
    found = pair_exact([own_a[i] for i in free_a], [own_b[j] for j in free_b])
    for n, m in enumerate(found.left):
        if m >= 0:
            agreed.join(free_a[n], free_b[m])


def _agree_on_titles(
    agreed: Pairing, to_a: Pairing, to_b: Pairing, xs: list[Section], ys: list[Section], zs: list[Section]
) -> None:
    """Containers of one title below one parent, which base has nowhere, are one if they share content.

    If they do not, one of them may be an old section that has been given this title.
    """
    old = {section.text for section in xs}

    def pair(agreed: Pairing, kids_a: list[int], kids_b: list[int], ys: list[Section], zs: list[Section]) -> None:
        fresh_a = [i for i in kids_a if ys[i].text not in old and _tokens(ys[i])]
        fresh_b = [j for j in kids_b if zs[j].text not in old and _tokens(zs[j])]
        pair_keyed(agreed, fresh_a, fresh_b, lambda i: _container(ys[i]), lambda j: _container(zs[j]))
        for i in fresh_a:
            j = agreed.left[i]
            if j >= 0 and not shares_content(ys[i], zs[j]):
                agreed.split(i)

    _match_added(agreed, to_a, to_b, xs, ys, zs, pair)


def _match_agreed(
    to_a: Pairing, to_b: Pairing, agreed: Pairing, xs: list[Section], ys: list[Section], zs: list[Section]
) -> None:
    """What both sides made of one section of base is that section still, unless a side keeps it as it was.

    Either side may tell: one may have reworked it beyond recognition.
    """
    at_a, at_b = _tried(to_a, xs, ys), _tried(to_b, xs, zs)
    for k, section in enumerate(xs):
        if to_a.left[k] >= 0 or to_b.left[k] >= 0:
            continue
        i, j = at_a[k], at_b[k]
        if i >= 0 and agreed.left[i] >= 0 and not _keeps(section, zs, j, agreed.left[i]):
            j = agreed.left[i]
        elif j >= 0 and agreed.right[j] >= 0 and not _keeps(section, ys, i, agreed.right[j]):
            i = agreed.right[j]
        else:
            continue
        if to_a.right[i] < 0 and to_b.right[j] < 0:
            to_a.join(k, i)
            to_b.join(k, j)


def _tried(pairs: Pairing, xs: list[Section], ys: list[Section]) -> list[int]:
    """What a side would have for each section of base, if it were matched with that alone."""
    trial = Pairing(0, 0)
    trial.left, trial.right = pairs.left[:], pairs.right[:]
    _match_pair(trial, xs, ys, set())
    return trial.left


def _keeps(section: Section, side: list[Section], at: int, agreed: int) -> bool:
    """Has a side another section than the agreed one that is still called as in base?"""
    return at not in (NONE, agreed) and side[at].text == section.text


# --- base and one side ----------------------------------------------------------------------------------------


def _match_pair(pairs: Pairing, xs: list[Section], ys: list[Section], taken: set[int]) -> None:
    """Pair base's sections with a side's: below paired parents first, then wherever they went."""
    _descend(pairs, xs, ys, taken)
    free_x = [i for i in range(1, len(xs)) if pairs.left[i] < 0]
    free_y = [j for j in range(1, len(ys)) if pairs.right[j] < 0 and j not in taken]
    if not free_x or not free_y:
        return
    pair_keyed(pairs, free_x, free_y, lambda i: _entry_key(xs[i]), lambda j: _entry_key(ys[j]))
    pair_keyed(pairs, free_x, free_y, lambda i: xs[i].id, lambda j: ys[j].id)
    _pair_alike(pairs, free_x, free_y, xs, ys)
    _descend(pairs, xs, ys, taken)


def _entry_key(section: Section) -> object:
    return (section.text, section.level) if section.stamp or section.id else None


def _descend(pairs: Pairing, xs: list[Section], ys: list[Section], taken: set[int]) -> None:
    """For every pair of parents, in document order, pair their unpaired children."""
    for i, section in enumerate(xs):
        j = pairs.left[i]
        if j < 0 or not section.kids:
            continue
        kids_x = [kid.place for kid in section.kids if pairs.left[kid.place] < 0]
        kids_y = [kid.place for kid in ys[j].kids if pairs.right[kid.place] < 0 and kid.place not in taken]
        if kids_x and kids_y:
            _pair_kids(pairs, kids_x, kids_y, xs, ys)


def _pair_kids(
    pairs: Pairing, kids_x: list[int], kids_y: list[int], xs: list[Section], ys: list[Section]
) -> None:
    _pair_groups(pairs, kids_x, kids_y, lambda i: xs[i].own, lambda j: ys[j].own, xs, ys)
    _pair_title(pairs, kids_x, kids_y, xs, ys)
    _pair_groups(pairs, kids_x, kids_y, lambda i: xs[i].text, lambda j: ys[j].text, xs, ys)
    pair_keyed(pairs, kids_x, kids_y, lambda i: xs[i].id, lambda j: ys[j].id)
    pair_keyed(pairs, kids_x, kids_y, lambda i: _moment(xs[i]), lambda j: _moment(ys[j]))
    pair_keyed(pairs, kids_x, kids_y, lambda i: _frame(xs[i]), lambda j: _frame(ys[j]))
    _pair_alike(pairs, kids_x, kids_y, xs, ys)
    pair_alike(  # last of all, undated sections of which little is left but most of the heading
        pairs, kids_x, kids_y, lambda i: xs[i].text.split(), lambda j: ys[j].text.split(), ALIKE_TITLE,
        lambda i, j: xs[i].level == ys[j].level and not (_is_entry(xs[i]) or _is_entry(ys[j])),
    )  # fmt: skip
    pair_alike(  # and entries of one day that were reworded along with their heading
        pairs, kids_x, kids_y, lambda i: _undated(xs[i]), lambda j: _undated(ys[j]), ALIKE_TITLE,
        lambda i, j: _is_reworded(xs[i], ys[j]),
    )  # fmt: skip


def _is_entry(section: Section) -> bool:
    return bool(section.stamp or section.id)


def _is_reworded(x: Section, y: Section) -> bool:
    """Is an entry of the same day or id, of almost the same title, the other one in other words?"""
    if not (_is_entry(x) and x.stamp == y.stamp and x.id == y.id and x.level == y.level):
        return False
    if _figures(x) != _figures(y):
        return False
    first, second = set(x.body.split()), set(y.body.split())
    return bool(first) == bool(second) and 2 * len(first & second) >= min(len(first), len(second))


def _figures(section: Section) -> list[bytes]:
    """The words of a title with a digit: run 1 is not run 2."""
    return [word for word in _undated(section) if any(byte in b"0123456789" for byte in word)]


def _undated(section: Section) -> list[bytes]:
    return stamps.without_stamp(section.text).split()


def _pair_title(pairs: Pairing, kids_x: list[int], kids_y: list[int], xs: list[Section], ys: list[Section]) -> None:
    """A file's one title is its title, however it is worded or dated."""
    first, second = _title(xs), _title(ys)
    if first in kids_x and second in kids_y and pairs.left[first] < 0 and pairs.right[second] < 0:
        pairs.join(first, second)


def _title(sections: list[Section]) -> int:
    tops = [s.place for s in sections[0].kids if s.level == 1]
    return tops[0] if len(tops) == 1 and sections[tops[0]] is sections[0].kids[0] else NONE


def _moment(section: Section) -> object:
    """A stamp to the minute tells an entry, even under another heading."""
    return section.stamp if len(section.stamp) > 8 else None


def _frame(section: Section) -> object:
    """An undated heading's words without its numbers: `Tasks (12)`."""
    return None if section.stamp or section.id else stamps.without_stamp(section.text)


def _pair_groups(
    pairs: Pairing,
    kids_x: list[int],
    kids_y: list[int],
    key_x: Callable[[int], object],
    key_y: Callable[[int], object],
    xs: list[Section],
    ys: list[Section],
) -> None:
    """Pair children with one key; where several share it, by what they hold, then the k-th with the k-th."""
    groups: dict[object, tuple[list[int], list[int]]] = {}
    for i in kids_x:
        if pairs.left[i] < 0:
            groups.setdefault(key_x(i), ([], []))[0].append(i)
    for j in kids_y:
        if pairs.right[j] < 0 and key_y(j) in groups:
            groups[key_y(j)][1].append(j)
    for mine, other in groups.values():
        if len(mine) > 1 or len(other) > 1:
            _pair_alike(pairs, mine, other, xs, ys)
        mine = [i for i in mine if pairs.left[i] < 0]
        other = [j for j in other if pairs.right[j] < 0]
        for i, j in zip(mine, other, strict=False):
            pairs.join(i, j)


def _pair_alike(
    pairs: Pairing, free_x: Sequence[int], free_y: Sequence[int], xs: list[Section], ys: list[Section]
) -> None:
    pair_alike(
        pairs, free_x, free_y, lambda i: _tokens(xs[i]), lambda j: _tokens(ys[j]), ALIKE,
        lambda i, j: not _clash(xs[i], ys[j]) and (
            not (_is_part(xs[i]) or _is_part(ys[j])) or pairs.left[_above(xs[i])] == _above(ys[j])
        ),
    )  # fmt: skip


def _tokens(section: Section) -> list[bytes]:
    """What a section holds: its lines, and its kids' headings; never the words of its own heading."""
    out = [line.strip() for line in section.body.split(b"\n") if len(line) > 2]
    return out + [kid.text for kid in section.kids]


def _clash(x: Section, y: Section) -> bool:
    """Different stamps never match, nor do different ids; a date behind an unchanged title may move on."""
    if x.id and y.id and x.id != y.id:
        return True
    if x.level != y.level and abs(x.level - y.level) > 1:
        return True
    if x.stamp == y.stamp or not (x.stamp and y.stamp):
        return bool(x.stamp) != bool(y.stamp) and (x.leads or y.leads)
    words = stamps.without_stamp(x.text)
    return x.leads or y.leads or not words or words != stamps.without_stamp(y.text)


# --- what both sides added ------------------------------------------------------------------------------------


def _match_added(
    agreed: Pairing, to_a: Pairing, to_b: Pairing, xs: list[Section], ys: list[Section], zs: list[Section],
    pair: _PairKids,
) -> None:  # fmt: skip
    """Pair what both sides added below two sections that are one, from the top down."""
    partner = [NONE] * len(ys)  # the section of b that is the same as this one of a, by base or by agreement
    for k in range(len(xs)):
        if to_a.left[k] >= 0 and to_b.left[k] >= 0:
            partner[to_a.left[k]] = to_b.left[k]
    for i, j in enumerate(agreed.left):
        if j >= 0:
            partner[i] = j
    for i, section in enumerate(ys):
        if partner[i] < 0 or not section.kids:
            continue
        kids_a = [k.place for k in section.kids if to_a.right[k.place] < 0 and agreed.left[k.place] < 0]
        kids_b = [k.place for k in zs[partner[i]].kids if to_b.right[k.place] < 0 and agreed.right[k.place] < 0]
        if kids_a and kids_b:
            pair(agreed, kids_a, kids_b, ys, zs)
            for a in kids_a:
                partner[a] = agreed.left[a]


def _container(section: Section) -> object:
    return None if _is_entry(section) else (section.level, section.text)


def _pair_added(agreed: Pairing, kids_a: list[int], kids_b: list[int], ys: list[Section], zs: list[Section]) -> None:
    """Containers of one name are one; entries only where they share content."""
    _pair_title(agreed, kids_a, kids_b, ys, zs)
    pair_keyed(agreed, kids_a, kids_b, lambda i: _container(ys[i]), lambda j: _container(zs[j]))
    heads: dict[tuple[int, bytes], list[int]] = {}
    for j in kids_b:
        if agreed.right[j] < 0:
            heads.setdefault((zs[j].level, zs[j].text), []).append(j)
    for i in kids_a:
        if agreed.left[i] >= 0:
            continue
        waiting = heads.get((ys[i].level, ys[i].text), [])
        for j in waiting[:NEAREST]:
            if shares_content(ys[i], zs[j]):
                agreed.join(i, j)
                waiting.remove(j)
                break


def shares_content(x: Section, y: Section) -> bool:
    """Two entries under one heading are one where half of what the shorter says stands in the other."""
    first, second = set(_tokens(x)), set(_tokens(y))
    least = min(len(first), len(second))
    return not least or 2 * len(first & second) >= least


def _trios(
    to_a: Pairing, to_b: Pairing, agreed: Pairing, xs: list[Section], ys: list[Section], zs: list[Section]
) -> list[Trio]:
    out = []
    for k, section in enumerate(xs):
        i, j = to_a.left[k], to_b.left[k]
        out.append(Trio(section, ys[i] if i >= 0 else None, zs[j] if j >= 0 else None))
    for i, section in enumerate(ys):
        if to_a.right[i] < 0:
            j = agreed.left[i]
            out.append(Trio(None, section, zs[j] if j >= 0 and to_b.right[j] < 0 else None))
    for j, section in enumerate(zs):
        i = agreed.right[j]
        if to_b.right[j] < 0 and (i < 0 or to_a.right[i] >= 0):
            out.append(Trio(None, None, section))
    return out


# --- survival and parents -------------------------------------------------------------------------------------


def decide(trios: list[Trio], sizes: tuple[int, int, int]) -> None:
    """Say which trios live for certain and whose child each is; containers that one side deleted are told later."""
    tables: tuple[list[Trio], ...] = tuple([trios[0]] * size for size in sizes)
    for trio in trios:
        for table, section in zip(tables, (trio.o, trio.a, trio.b), strict=True):
            if section is not None:
                table[section.place] = trio
    for trio in trios:
        _survive(trio, tables)
    moved = False
    for trio in trios[1:]:
        trio.parent, elsewhere = _parent(trio, tables)
        moved = moved or elsewhere
    if moved:
        _break_rings(trios)
    for trio in trios[1:]:
        if trio.parent is not None:
            trio.parent.kids.append(trio)


def _survive(trio: Trio, tables: tuple[list[Trio], ...]) -> None:
    if (trio.a is None) == (trio.b is None) or trio.whole:
        return
    kept = trio.kept
    if trio.o is None:
        trio.alive = True
    elif kept.entry and kept.tree != trio.o.tree:
        side = tables[1] if trio.b is None else tables[2]
        for section in _below(kept):
            lower = side[section.place]
            if lower.a is None or lower.b is None:
                lower.whole = lower.alive = True


def _below(section: Section) -> list[Section]:
    out = [section]
    for each in out:
        out.extend(each.kids)
    return out


def _parent(trio: Trio, tables: tuple[list[Trio], ...]) -> tuple[Trio | None, bool]:
    """The parent, merged three-way as any value, and whether a side moved it; the first side's word counts."""
    o, a, b = (
        table[section.parent.place] if section is not None and section.parent is not None else None
        for table, section in zip(tables, (trio.o, trio.a, trio.b), strict=True)
    )
    if trio.a is None or trio.b is None:
        return (a if trio.b is None else b), False
    return (b if a is o and o is not None else a), a is not b


def _break_rings(trios: list[Trio]) -> None:
    """Two sides may each have put one section under the other: then one of the two goes to the top."""
    safe = {id(trios[0])}
    for trio in trios[1:]:
        path: set[int] = set()
        at = trio
        while id(at) not in safe and at.parent is not None:
            path.add(id(at))
            if id(at.parent) in path:
                at.parent = trios[0]
            at = at.parent
        safe |= path
