"""What a side edited: found by its name, then by its likeness, below one parent, in one gap, then elsewhere."""

from __future__ import annotations

from . import lines as L
from .align import ALIKE, pair_alike
from .page import NONE, Unit
from .pairs import (
    Pairs,
    cells_at,
    clash,
    common_place,
    is_nested,
    is_task,
    name_of,
    of_two_entries,
    siblings,
)  # fmt: skip
from .tables import rows_by_common_names
from .words import STOP, content, title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pairs import Key

SAME_TITLE = 0.6  # the same of a heading's words
MOVED = 0.62  # the same of what one side moved as well


def by_edits(pairs: Pairs) -> None:
    """Pair base's units with their edited versions on a side."""
    tried: set[tuple[int, ...]] = set()
    _below_parents(pairs, tried)
    _in_gaps(pairs)
    _elsewhere(pairs)
    _by_kids(pairs)
    _below_parents(pairs, tried)


def _below_parents(pairs: Pairs, tried: set[tuple[int, ...]]) -> None:
    """The children of two parents that are one; `tried` has what was left of such groups, and would be again."""
    free_x, free_y = pairs.free()
    kids: dict[int, list[Unit]] = {}
    for unit in free_y:
        kids.setdefault(unit.parent.at if unit.parent else NONE, []).append(unit)
    groups: dict[int, list[Unit]] = {}
    for unit in free_x:
        groups.setdefault(unit.parent.at if unit.parent else NONE, []).append(unit)
    for at in sorted(groups):  # a parent stands before its children: what is found of it is used for them
        there = pairs.left[at] if at >= 0 else NONE
        if at >= 0 and there < 0:
            continue
        x, y = groups[at], kids.get(there, [])
        group = (len(x), *[unit.at for unit in x], *[unit.at for unit in y])
        if group not in tried:
            tried.add(group)
            _pair_group(pairs, x, y, True)


def _in_gaps(pairs: Pairs) -> None:
    """What stands between two units that did not move."""
    gaps: dict[int, tuple[list[Unit], list[Unit]]] = {}
    low = NONE
    ends: list[int] = []
    for unit in pairs.x:
        if pairs.left[unit.at] >= 0 and pairs.still[unit.at]:
            low = pairs.left[unit.at]
            ends.append(low)
        elif pairs.left[unit.at] < 0:
            gaps.setdefault(low, ([], []))[0].append(unit)
    low = NONE
    fixed = set(ends)
    for unit in pairs.y:
        if unit.at in fixed:
            low = unit.at
        elif pairs.right[unit.at] < 0 and low in gaps:
            gaps[low][1].append(unit)
    for x, y in gaps.values():
        _pair_group(pairs, x, y, False)


def _pair_group(pairs: Pairs, x: list[Unit], y: list[Unit], siblings: bool) -> None:
    """Pair the free units of two groups by their names, then by likeness; `siblings` stand below one parent."""

    def may(unit: Unit) -> bool:
        if siblings or unit.kind == "heading":
            return True
        return (is_nested(unit) or not common_place(unit)) and unit.own.strip() not in pairs.routine

    x, y = list(filter(may, x)), list(filter(may, y))
    if not x or not y:
        return
    for key in _KEYS if siblings else _KEYS_APART:
        _pair_keyed(pairs, x, y, key)
    if siblings:
        _pair_rows(pairs, x, y)
        _pair_only(pairs, x, y)
        _pair_likely(pairs, x, y)
    else:  # steps of two items are two
        _pair_likely(pairs, *([unit for unit in units if not is_nested(unit)] for units in (x, y)))


def _elsewhere(pairs: Pairs) -> None:
    """Pair items and rows that one side moved and reworded: most of their words are the same, and not a few."""
    x, y = ([u for u in free if u.kind in ("item", "row") and _tells(u)] for free in pairs.free())
    pair_alike(
        pairs, [u.at for u in x], [u.at for u in y], lambda i: content(pairs.x[i]), lambda j: content(pairs.y[j]),
        MOVED, lambda i, j: _same_frame(pairs.x[i], pairs.y[j]) and not clash(pairs.x[i], pairs.y[j])
        and pairs.may(i, j) and not of_two_entries(pairs.x[i], pairs.y[j]),
    )  # fmt: skip


def _tells(unit: Unit) -> bool:
    return len(content(unit)) > 2 and (unit.kind == "row" or not common_place(unit))


def _same_frame(one: Unit, two: Unit) -> bool:
    """Are these both items, or rows of tables with the same columns?"""
    if one.kind != two.kind or one.kind != "row":
        return one.kind == two.kind
    return one.parent is not None and two.parent is not None and one.parent.own == two.parent.own


def _by_kids(pairs: Pairs) -> None:
    """Pair headings, however they are worded, where most of what stands below the one stands below the other."""
    for unit in pairs.x:
        if unit.kind != "heading" or pairs.left[unit.at] >= 0:
            continue
        kids = [kid for kid in unit.kids if kid.kind != "heading" and not common_place(kid)]
        homes = [there.parent for there in map(pairs.of, kids) if there is not None]
        home = homes[0] if homes else None
        if home is None or home.kind != "heading" or pairs.right[home.at] >= 0:
            continue
        most = 2 * sum(other is home for other in homes) > max(len(kids), len(home.kids))
        if most and not clash(unit, home) and pairs.may(unit.at, home.at):
            pairs.join(unit.at, home.at)


# --- by names -------------------------------------------------------------------------------------------------


def _pair_keyed(pairs: Pairs, x: list[Unit], y: list[Unit], key: Key) -> None:
    """Units of one key, where each group has one of it; equal ones in their order."""
    first, second = _by_key(x, pairs.left, key), _by_key(y, pairs.right, key)
    for value, mine in first.items():
        other = second.get(value, [])
        if len(mine) == len(other) and (len(mine) == 1 or mine[0].own == other[0].own):
            for unit, there in zip(mine, other, strict=True):
                if not clash(unit, there) and pairs.may(unit.at, there.at):
                    pairs.join(unit.at, there.at)


def _by_key(units: list[Unit], partner: list[int], key: Key) -> dict[object, list[Unit]]:
    found: dict[object, list[Unit]] = {}
    for unit in units:
        value = key(unit) if partner[unit.at] < 0 else None
        if value is not None:
            found.setdefault(value, []).append(unit)
    return found


def _key_title(unit: Unit) -> object:
    return ("title", title(unit)) if unit.kind == "heading" else None


def _key_words(unit: Unit) -> object:
    """An item without box and marker."""
    return ("words", L.item_text(unit.head[0].lstrip(b" \t"))) if unit.kind == "item" and len(unit.head) == 1 else None


def _key_id(unit: Unit) -> object:
    return ("id", unit.kind, unit.id) if unit.id else None


def _key_label(unit: Unit) -> object:
    if unit.kind in ("field", "key"):
        return name_of(unit)
    if unit.kind == "item":
        found = L.label(L.item_text(unit.head[0].lstrip(b" \t")))
        return ("label", found) if found else None
    return (unit.kind,) if unit.kind in ("front", "end") else None


def _key_first(unit: Unit) -> object:
    """The first line of what has several."""
    return (unit.kind, unit.head[0].rstrip(L.BLANK)) if unit.kind in ("para", "quote", "item") else None


def _key_day(unit: Unit) -> object:
    """The day of an entry: the only one of it on both sides is that entry, unless not a word is the same."""
    return ("day", unit.level, unit.stamp) if unit.kind == "heading" and len(unit.stamp) >= 8 else None


_KEYS: tuple[Key, ...] = (_key_title, _key_words, _key_label, _key_id, _key_day, _key_first)
_KEYS_APART: tuple[Key, ...] = (_key_title, _key_words, _key_id)


def _pair_rows(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Rows by the fewest leading columns that tell the rows of both versions apart."""
    table = x[0].parent
    there = pairs.of(table)
    if x[0].kind != "row" or table is None or there is None:
        return
    places = rows_by_common_names((table, there))

    def cells(row: Unit) -> tuple[bytes, ...]:
        return tuple(row.words) if places is None else cells_at(row, places[row.parent is there])

    size = _key_size([[cells(kid) for kid in it.kids] for it in (table, there)])
    if size:
        _pair_keyed(pairs, x, y, lambda unit: cells(unit)[:size] if unit.kind == "row" else None)


def _key_size(tables: list[list[tuple[bytes, ...]]]) -> int:
    """The fewest leading cells that are unique in each table; 0 where none are."""
    for size in range(1, max((len(row) for table in tables for row in table), default=0) + 1):
        if all(len({row[:size] for row in table}) == len(table) for table in tables):
            return size
    return 0


def _pair_only(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """The only paragraph under a heading is one unit however it is reworded; so is the only table or fence."""
    for kind in ("para", "table", "fence", "quote"):
        mine, other = [u for u in x if u.kind == kind], [u for u in y if u.kind == kind]
        if len(mine) == len(other) == 1:
            one, two = mine[0], other[0]
            alone = all(
                sum(k.kind == kind for k in siblings(unit, page)) == 1
                for unit, page in ((one, pairs.x), (two, pairs.y))
            )
            if alone and pairs.may(one.at, two.at) and pairs.left[one.at] < 0 and pairs.right[two.at] < 0:
                pairs.join(one.at, two.at)


# --- by likeness ----------------------------------------------------------------------------------------------


def _pair_likely(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Units of one kind with most of their words in common, the most alike first."""
    kinds = {unit.kind for unit in x} & {unit.kind for unit in y} - {"field", "key", "row", "break", "body"}
    _pair_titles(pairs, x, y)
    for kind in sorted(kinds):
        xs = [unit.at for unit in x if unit.kind == kind and pairs.left[unit.at] < 0]
        ys = [unit.at for unit in y if unit.kind == kind and pairs.right[unit.at] < 0]
        pair_alike(
            pairs, xs, ys, lambda i: _tokens(pairs.x[i]), lambda j: _tokens(pairs.y[j]), ALIKE,
            lambda i, j: not clash(pairs.x[i], pairs.y[j]) and pairs.may(i, j),
        )  # fmt: skip


def _pair_titles(pairs: Pairs, x: list[Unit], y: list[Unit]) -> None:
    """Headings of nearly the same words, if something below them is the same as well."""
    xs = [unit.at for unit in x if unit.kind == "heading" and pairs.left[unit.at] < 0]
    ys = [unit.at for unit in y if unit.kind == "heading" and pairs.right[unit.at] < 0]

    def related(i: int, j: int) -> bool:
        one, two = pairs.x[i], pairs.y[j]
        below = {_plain(kid) for kid in one.kids} & {_plain(kid) for kid in two.kids}
        return pairs.may(i, j) and not clash(one, two) and bool(below or not (one.kids and two.kids))

    pair_alike(
        pairs,
        xs,
        ys,
        lambda i: _title_words(pairs.x[i]),
        lambda j: _title_words(pairs.y[j]),
        SAME_TITLE,
        related,
    )


def _title_words(heading: Unit) -> list[bytes]:
    return [word for word in title(heading).split() if word not in STOP]


def _plain(unit: Unit) -> bytes:
    """What a unit says, whether it is done or not."""
    return L.item_text(unit.own.lstrip()) if is_task(unit) else unit.own


def _tokens(unit: Unit) -> list[object]:
    found: list[object] = list(content(unit))
    found += [(kid.own,) for kid in unit.below()] if unit.kind == "heading" else [(kid.own,) for kid in unit.kids]
    return found
