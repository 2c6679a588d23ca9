"""Blocks, list items and table rows of one level: matched, kept or dropped, put in order."""

from __future__ import annotations

from . import lines as L
from . import stamps
from .align import Pairing, pair_alike, pair_exact, pair_keyed
from .document import Node
from .order import NONE, Place, arrange
from .policies import BOTH, FIRST, SECOND, Judge, Unit, as_unit, field_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .document import Gap

ALIKE = 0.5  # the share of (weighed) words that two versions of one unit have in common
ENTRIES = frozenset(("item", "row", "run"))  # a run: items that a large file has folded into one unit
CONTAINERS = frozenset(("table", "front"))


class Trio:
    """One unit in the three versions (None where it is not), and its positions there."""

    __slots__ = ("a", "b", "ia", "ib", "io", "o")

    def __init__(self, o: Node | None, a: Node | None, b: Node | None, io: int, ia: int, ib: int) -> None:
        self.o, self.a, self.b, self.io, self.ia, self.ib = o, a, b, io, ia, ib

    @property
    def any(self) -> Node:
        found = self.a or self.b or self.o
        assert found is not None
        return found


def merge_blocks(judge: Judge, o: list[Node], a: list[Node], b: list[Node], in_entry: bool) -> list[Unit]:
    """The merged units of one level; `a` and `b` are the sides in their fixed order."""
    if not o and not (a and b):
        return [as_unit(node, FIRST if a else SECOND, added=True) for node in a or b]
    trios = match_blocks(o, a, b)
    return _settle(judge, trios, o, a, b, in_entry)


def _settle(
    judge: Judge, trios: list[Trio], o: list[Node], a: list[Node], b: list[Node], in_entry: bool
) -> list[Unit]:
    kept: list[tuple[Trio, list[Unit]]] = []
    for trio in trios:
        units = resolve(judge, trio, in_entry)
        if units:
            kept.append((trio, units))
    places = [Place(pair, pair[0].io, pair[0].ia, pair[0].ib) for pair in kept]
    out: list[Unit] = []
    before: Trio | None = None
    for trio, units in arrange(places, _order_key, lambda: [(k, _stamp(node)) for k, node in enumerate(o)]):
        _set_gaps(trio, units, before, out[-1] if out else None, (o, a, b))
        out += units
        before = trio
    _renumber(out)
    return out


def _order_key(pair: tuple[Trio, list[Unit]]) -> tuple[bytes, bytes]:
    return _stamp(pair[1][0]), pair[1][0].whole


def _stamp(node: Node) -> bytes:
    return stamps.stamp(node.head[0]) if node.kind in ENTRIES and node.head else b""


# --- matching -------------------------------------------------------------------------------------------------


def match_blocks(o: list[Node], a: list[Node], b: list[Node]) -> list[Trio]:
    """Which block is which: exact agreement (with base, then between the sides), then keys, then likeness."""
    to_a, to_b, agreed = exact_trios([n.whole for n in o], [n.whole for n in a], [n.whole for n in b])
    rest_o = [k for k in range(len(o)) if to_a.left[k] < 0 or to_b.left[k] < 0]
    if rest_o:
        heads = _agree_on_heads(to_a, to_b, agreed, {o[k].own for k in rest_o}, a, b)
        _match_edits(to_a, rest_o, [i for i in range(len(a)) if agreed.left[i] < 0], o, a)
        _match_edits(to_b, rest_o, [j for j in range(len(b)) if agreed.right[j] < 0], o, b)
        if heads:
            _match_agreed(to_a, to_b, agreed, heads, rest_o, o, a, b)
    _match_added(to_a, to_b, agreed, a, b)
    return _trios(to_a, to_b, agreed, o, a, b)


def _agree_on_heads(
    to_a: Pairing, to_b: Pairing, agreed: Pairing, old: set[bytes], a: list[Node], b: list[Node]
) -> list[int]:
    """Items that say on both sides what base does not are one, whatever stands below each; where they are in a."""
    free_a = [i for i in range(len(a)) if to_a.right[i] < 0 and agreed.left[i] < 0 and a[i].own not in old]
    free_b = [j for j in range(len(b)) if to_b.right[j] < 0 and agreed.right[j] < 0]
    if free_a and free_b:
        pair_keyed(agreed, free_a, free_b, lambda i: _key_shared_item(a[i]), lambda j: _key_shared_item(b[j]))
    return [i for i in free_a if agreed.left[i] >= 0]


def _match_agreed(
    to_a: Pairing, to_b: Pairing, agreed: Pairing, heads: list[int], rest_o: list[int],
    o: list[Node], a: list[Node], b: list[Node],
) -> None:  # fmt: skip
    """What both sides made of one item of base is that item still: base tells what each did below it.

    Either side may tell: one may have taken out most of what stands there.
    """
    gone = [k for k in rest_o if to_a.left[k] < 0 and to_b.left[k] < 0]
    others = [agreed.left[i] for i in heads]
    for pairs, free, side in ((to_a, heads, a), (to_b, others, b)):
        gone = [k for k in gone if pairs.left[k] < 0]
        if gone:
            _match_edits(pairs, gone, free, o, side)
        for k in gone:
            if pairs is to_a and to_a.left[k] >= 0:
                to_b.join(k, agreed.left[to_a.left[k]])
            elif pairs is to_b and to_b.left[k] >= 0:
                to_a.join(k, agreed.right[to_b.left[k]])


def exact_trios(o: list[bytes], a: list[bytes], b: list[bytes]) -> tuple[Pairing, Pairing, Pairing]:
    """Exact pairs base-a and base-b, and a-b among those that base does not have.

    Equal siblings are interchangeable: only their number is merged, which needs as many full threes as can be.
    """
    to_a, to_b = pair_exact(o, a), pair_exact(o, b)
    _fill_threes(o, to_a, to_b)
    agreed = Pairing(len(a), len(b))
    waiting: dict[bytes, list[int]] = {}
    for j in range(len(b) - 1, -1, -1):
        if to_b.right[j] < 0:
            waiting.setdefault(b[j], []).append(j)
    if waiting:
        for i, value in enumerate(a):
            if to_a.right[i] < 0 and waiting.get(value):
                agreed.join(i, waiting[value].pop())
    return to_a, to_b, agreed


def _fill_threes(o: list[bytes], to_a: Pairing, to_b: Pairing) -> None:
    """Where one of several equal units is left on one side and another one on the other, make them the same."""
    only_a: dict[bytes, list[int]] = {}
    only_b: dict[bytes, list[int]] = {}
    for k, value in enumerate(o):
        if to_a.left[k] >= 0 and to_b.left[k] < 0:
            only_a.setdefault(value, []).append(k)
        elif to_b.left[k] >= 0 and to_a.left[k] < 0:
            only_b.setdefault(value, []).append(k)
    for value, ks in only_a.items():
        for k, other in zip(ks, only_b.get(value, ()), strict=False):
            j = to_b.left[other]
            to_b.split(other)
            to_b.join(k, j)


def _match_edits(pairs: Pairing, rest_o: list[int], free: list[int], o: list[Node], x: list[Node]) -> None:
    """Pair base's units with their edited versions on a side."""
    free = [i for i in free if pairs.right[i] < 0]
    if not free:
        return
    for key in KEYS:
        pair_keyed(pairs, rest_o, free, lambda k, f=key: f(o[k]), lambda i, f=key: f(x[i]))  # type: ignore[misc]
    _match_only(pairs, rest_o, free, o, x)
    pair_alike(
        pairs, rest_o, free, lambda k: _tokens(o[k]), lambda i: _tokens(x[i]), ALIKE,
        lambda k, i: o[k].kind == x[i].kind and not _clash(o[k], x[i]),
    )  # fmt: skip


def _key_id(node: Node) -> object:
    found = stamps.entry_id(node.head[0]) if node.kind == "item" and node.head else b""
    return ("id", found) if found else None


def _key_own(node: Node) -> object:
    return (node.kind, node.own) if node.kids or node.kind == "item" else None


def _key_words(node: Node) -> object:
    """An item without its tick and marker."""
    return L.item_text(node.head[0].lstrip(b" \t")) if node.kind == "item" and len(node.head) == 1 else None


def _key_label(node: Node) -> object:
    found = field_label(node)
    return (node.kind, found) if found else None


def _key_kind(node: Node) -> object:
    if node.kind == "key":
        return node.head[0].partition(b":")[0].strip(L.BLANK)
    return node.kind if node.kind == "front" else None


def _key_table(node: Node) -> object:
    return (node.kind, node.own) if node.kind == "table" else None


def _key_first(node: Node) -> object:
    """The first line of what has several."""
    return (node.kind, node.head[0].rstrip(L.BLANK)) if node.kind in ("item", "para", "quote") else None


KEYS = (_key_own, _key_words, _key_first, _key_label, _key_kind, _key_id)


def _match_only(pairs: Pairing, rest_o: list[int], free: list[int], o: list[Node], x: list[Node]) -> None:
    """The only paragraph under a heading is one unit however it is reworded; so is the only table or fence."""
    for kind in ("para", "table", "fence", "quote"):
        mine = [k for k, node in enumerate(o) if node.kind == kind]
        other = [i for i, node in enumerate(x) if node.kind == kind]
        if len(mine) == len(other) == 1 and pairs.left[mine[0]] < 0 and other[0] in free and mine[0] in rest_o:
            pairs.join(mine[0], other[0])


def _tokens(node: Node) -> list[bytes]:
    if node.kind == "row":
        return L.cells(node.head[0])
    words = b" ".join(node.head).split()
    for kid in node.kids:
        words += [kid.own]
    return words


def _clash(a: Node, b: Node) -> bool:
    """Units with different ids or different stamps are never one unit."""
    if a.kind not in ENTRIES:
        return False
    first, second = a.head[0], b.head[0]
    for find in (stamps.entry_id, stamps.stamp):
        one, other = find(first), find(second)
        if one and other and one != other:
            return True
    return False


def _match_added(to_a: Pairing, to_b: Pairing, agreed: Pairing, a: list[Node], b: list[Node]) -> None:
    """Units that both sides added under one key: containers, fields, items with one text and different children."""
    free_a = [i for i in range(len(a)) if to_a.right[i] < 0 and agreed.left[i] < 0]
    free_b = [j for j in range(len(b)) if to_b.right[j] < 0 and agreed.right[j] < 0]
    if not free_a or not free_b:
        return
    for key in (_key_table, _key_shared_item, _key_first, _key_task, _key_field, _key_kind):
        pair_keyed(agreed, free_a, free_b, lambda i, f=key: f(a[i]), lambda j, f=key: f(b[j]))  # type: ignore[misc]


def _key_shared_item(node: Node) -> object:
    return ("item", node.own) if node.kind == "item" else None


def _key_task(node: Node) -> object:
    """A task's words, whether it is done or not."""
    return ("task", _key_words(node)) if _key_words(node) and _box(node) else None


def _key_field(node: Node) -> object:
    return ("field", field_label(node)) if node.kind == "field" else None


def _trios(to_a: Pairing, to_b: Pairing, agreed: Pairing, o: list[Node], a: list[Node], b: list[Node]) -> list[Trio]:
    out = []
    for k, node in enumerate(o):
        i, j = to_a.left[k], to_b.left[k]
        out.append(Trio(node, a[i] if i >= 0 else None, b[j] if j >= 0 else None, k, i, j))
    for i, node in enumerate(a):
        if to_a.right[i] < 0:
            j = agreed.left[i]
            if j >= 0 and to_b.right[j] >= 0:
                j = NONE
            out.append(Trio(None, node, b[j] if j >= 0 else None, NONE, i, j))
    for j, node in enumerate(b):
        if to_b.right[j] < 0 and (agreed.right[j] < 0 or to_a.right[agreed.right[j]] >= 0):
            out.append(Trio(None, None, node, NONE, NONE, j))
    return out


# --- one unit -------------------------------------------------------------------------------------------------


def resolve(judge: Judge, trio: Trio, in_entry: bool) -> list[Unit]:
    """What of one unit stands in the result: nothing, one unit, or two versions of it."""
    o, a, b = trio.o, trio.a, trio.b
    if a is None or b is None:
        side, kept = (FIRST, a) if b is None else (SECOND, b)
        return _one_sided(judge, o, kept, side, in_entry) if kept is not None else []
    if a.whole == b.whole:
        return [as_unit(same_words(o, a, b), BOTH)]
    for same, other in ((a, b), (b, a)):
        if o is not None and same.whole == o.whole and not _reset(o, same):
            return [taken_over(o, other, BOTH, FIRST if other is a else SECOND)]
    return _changed_by_both(judge, o, a, b, in_entry)


def taken_over(o: Node, kept: Node, sides: int, side: int) -> Unit:
    """What one side made of a unit of base; of an item's children it is known which ones it changed, or added."""
    unit = as_unit(kept, sides, was=o)
    if kept.kind == "item" and kept.kids:
        made = {trio.ia: trio.o for trio in match_blocks(o.kids, kept.kids, o.kids) if trio.o is not None}
        unit.kids = [_child(made.get(at), kid, side) for at, kid in enumerate(kept.kids)]
    return unit


def _child(o: Node | None, kept: Node, side: int) -> Node:
    if o is None:
        return as_unit(kept, side, added=True)
    return kept if kept.whole == o.whole else taken_over(o, kept, side, side)


def _reset(o: Node, same: Node) -> bool:
    """Did a side set a unit's children anew (a formatter's padding) without changing a word?"""
    return bool(same.kids) and _raw(same) != _raw(o)


def _one_sided(judge: Judge, o: Node | None, kept: Node, side: int, in_entry: bool) -> list[Unit]:
    if o is None:
        return [as_unit(kept, side, added=True)]
    if kept.whole == o.whole:  # deleted on the other side, left alone on this one
        return []
    if kept.kind in CONTAINERS and o.kind == kept.kind:
        rows = (kept.kids, []) if side == FIRST else ([], kept.kids)
        kids = merge_blocks(judge, o.kids, rows[0], rows[1], in_entry)
        if not kids and kept.own != o.own:  # a table's head, all rows of which are gone
            judge.set_aside("edited, and deleted on the other side", b"\n".join(kept.head), kept)
        return [Unit(kept.kind, kept.gap, kept.head, list(kids), side)] if kids else []
    return [taken_over(o, kept, side, side)]


def same_words(o: Node | None, a: Node, b: Node) -> Node:
    """Of two versions that say the same: the one whose white space a side changed, else the greater bytes."""
    if a.head == b.head and not a.kids:
        return a
    raw_a, raw_b = _raw(a), _raw(b)
    if o is not None and raw_a != raw_b:
        raw_o = _raw(o)
        if raw_a == raw_o:
            return b
        if raw_b == raw_o:
            return a
    return a if raw_a >= raw_b else b


def _raw(node: Node) -> list[bytes]:
    out: list[bytes] = []
    node.render(out)
    return out[len(node.gap) :]


def _changed_by_both(judge: Judge, o: Node | None, a: Node, b: Node, in_entry: bool) -> list[Unit]:
    if a.kind != b.kind or (o is not None and o.kind != a.kind and a.kind in ("table", "front", "item")):
        return _plain_contest(judge, a, b)
    if a.kind == "table":
        return [_merge_table(judge, o, a, b, in_entry)]
    if a.kind == "front":
        kids = merge_blocks(judge, o.kids if o else [], a.kids, b.kids, False)
        return [Unit("front", a.gap, a.head, list(kids), BOTH)]
    if a.kind == "item":
        return _merge_item(judge, o, a, b, in_entry)
    return judge.contest(o, a, b, in_entry)


def _plain_contest(judge: Judge, a: Node, b: Node) -> list[Unit]:
    """Two versions of different kinds: nothing inside them is compared."""
    if judge.policy != "latest":
        judge.merged.contested += 1
        units = [as_unit(a, FIRST), as_unit(b, SECOND)]
        return units if a.whole <= b.whole else units[::-1]
    judge.merged.contested += 1
    winner, loser = (b, a) if judge.later(a, b) else (a, b)
    unit = as_unit(winner, BOTH)
    judge.set_aside("superseded", b"\n".join(_raw(loser)), unit)
    return [unit]


def _merge_item(judge: Judge, o: Node | None, a: Node, b: Node, in_entry: bool) -> list[Unit]:
    heads = _item_heads(judge, o, a, b, in_entry)
    kids = merge_blocks(judge, o.kids if o else [], a.kids, b.kids, True)
    last = heads[-1]
    last.kids, last.was = list(kids), o
    last._whole = None
    return heads


def _item_heads(judge: Judge, o: Node | None, a: Node, b: Node, in_entry: bool) -> list[Unit]:
    """The item's own text on one line or several: one version, or both."""
    if a.own == b.own or (o is not None and b.own == o.own):
        winner = a if a.head != b.head and (o is None or a.head != o.head) else b
        winner = a if a.own != b.own else winner
    elif o is not None and a.own == o.own:
        winner = b
    elif done := _done(o, a, b):
        return [judge.stand(a, b, done is b, "ticked on the other side")]
    else:
        return judge.contest(o, a, b, in_entry)
    unit = Unit("item", a.gap, winner.head, [], BOTH)
    unit.tight = winner.tight
    return [unit]


def _done(o: Node | None, a: Node, b: Node) -> Node | None:
    """Of a task that says the same on both sides, and what base does not, the version with the tick of the two.

    Where base's was done already, the one that was opened again.
    """
    if _key_task(a) is None or _key_task(a) != _key_task(b) or (_box(a) == b" ") == (_box(b) == b" "):
        return None
    undone = o is not None and _key_task(o) is not None and _box(o) != b" "
    return a if (_box(a) == b" ") == undone else b


def _box(item: Node) -> bytes:
    return L.box(item.head[0].lstrip(b" \t"))


# --- tables ---------------------------------------------------------------------------------------------------


def _merge_table(judge: Judge, o: Node | None, a: Node, b: Node, in_entry: bool) -> Unit:
    if a.own == b.own:
        head = same_words(None if o is None else _bare(o), _bare(a), _bare(b)).head
        unit = Unit("table", a.gap, head, [], BOTH)
    elif o is not None and b.own == o.own:
        unit = Unit("table", a.gap, a.head, [], BOTH)
    elif o is not None and a.own == o.own:
        unit = Unit("table", b.gap, b.head, [], BOTH)
    else:
        judge.merged.contested += 1
        unit = judge.one_value(o, a, b, "table head")
    columns = L.cells(unit.head[0])
    kids = [_widened(n, columns) if n is not None else [] for n in (o, a, b)]
    unit.kids = list(_merge_rows(judge, kids[0], kids[1], kids[2], len(columns)))
    return unit


def _bare(table: Node) -> Node:
    return Node("table", (), table.head, table.line, [])


def _merge_rows(judge: Judge, o: list[Node], a: list[Node], b: list[Node], width: int) -> list[Unit]:
    to_a, to_b, agreed = exact_trios([n.whole for n in o], [n.whole for n in a], [n.whole for n in b])
    size = _key_size([[L.cells(n.head[0]) for n in side] for side in (o, a, b)], width)
    if size:
        rest_o = [k for k in range(len(o)) if to_a.left[k] < 0 or to_b.left[k] < 0]
        free_a = [i for i in range(len(a)) if agreed.left[i] < 0]
        free_b = [j for j in range(len(b)) if agreed.right[j] < 0]

        def key(rows: list[Node]) -> dict[int, object]:
            return {at: tuple(L.cells(row.head[0])[:size]) for at, row in enumerate(rows)}

        key_o, key_a, key_b = key(o), key(a), key(b)
        pair_keyed(to_a, rest_o, free_a, key_o.__getitem__, key_a.__getitem__)
        pair_keyed(to_b, rest_o, free_b, key_o.__getitem__, key_b.__getitem__)
        left_a = [i for i in free_a if to_a.right[i] < 0]
        left_b = [j for j in free_b if to_b.right[j] < 0]
        pair_keyed(agreed, left_a, left_b, key_a.__getitem__, key_b.__getitem__)
    return _settle(judge, _trios(to_a, to_b, agreed, o, a, b), o, a, b, True)


def _key_size(tables: list[list[list[bytes]]], width: int) -> int:
    """The fewest leading columns that tell the rows of each version apart; 0 where none do."""
    for size in range(1, width + 1):
        if all(len({tuple(row[:size]) for row in rows}) == len(rows) for rows in tables):
            return size
    return 0


def _widened(table: Node, columns: list[bytes]) -> list[Node]:
    """A table's rows, with empty cells where the merged table has columns that this version lacks."""
    head = L.cells(table.head[0])
    if head == columns or not _is_part(head, columns):
        return table.kids
    return [_padded(row, head, columns) for row in table.kids]


def _padded(row: Node, head: list[bytes], columns: list[bytes]) -> Node:
    found = L.cells(row.head[0])
    if len(found) != len(head):
        return row
    values = dict(zip(head, found, strict=True))
    line = b"| " + b" | ".join([values.get(name, b"") for name in columns]) + b" |"
    return Node("row", row.gap, (line,), row.line, [])


def _is_part(head: list[bytes], columns: list[bytes]) -> bool:
    return len(set(columns)) == len(columns) and [name for name in columns if name in set(head)] == head


# --- blank lines and ordinals ---------------------------------------------------------------------------------


def _set_gaps(
    trio: Trio, units: list[Unit], before: Trio | None, above: Unit | None, levels: tuple[list[Node], ...]
) -> None:
    """The blank lines above a unit: merged three-way, fitted to a new neighbour, never so few that two units glue."""
    first = units[0]
    gap = _merged_gap(trio, before)
    if not _met_before(trio, before):
        gap = _fitted(trio, before, gap, levels)
    first.gap = _at_least(gap, glue(above, first))
    for upper, unit in zip(units, units[1:], strict=False):
        apart = unit.tight if unit.kind == "item" else int(unit.kind not in ("field", "row", "key"))
        unit.gap = _at_least(() if not apart else (b"",) * apart, glue(upper, unit))


def _merged_gap(trio: Trio, before: Trio | None) -> Gap:
    if trio.a is None or trio.b is None:
        return trio.any.gap
    a, b = trio.a.gap, trio.b.gap
    if len(a) == len(b):
        return a if trio.o is None or trio.o.gap != a else b
    met_a, met_b = _met_on(before, trio, 0), _met_on(before, trio, 1)
    if met_a != met_b:  # what stands above another neighbour is no edit of what stands here
        return a if met_a else b
    if trio.o is not None:
        if len(trio.o.gap) == len(a):
            return b
        if len(trio.o.gap) == len(b):
            return a
    return max(a, b, key=len)


def _met_on(before: Trio | None, trio: Trio, side: int) -> bool:
    here = (trio.ia, trio.ib)[side]
    if here < 0:
        return False
    if before is None:
        return here == 0
    there = (before.ia, before.ib)[side]
    return there >= 0 and here == there + 1


def _met_before(trio: Trio, before: Trio | None) -> bool:
    return _met_on(before, trio, 0) or _met_on(before, trio, 1)


def _fitted(trio: Trio, before: Trio | None, gap: Gap, levels: tuple[list[Node], ...]) -> Gap:
    """Blank lines for a unit behind a neighbour that it has on neither side."""
    node = trio.any
    listed = ("item", "run")
    if before is None:
        firsts = [level[0].gap for level in (levels[1], levels[2], levels[0]) if level]
        return firsts[0] if firsts else gap
    other = before.any.kind
    if node.kind in listed and other in listed:
        return (b"",) * node.tight if len(gap) != node.tight else gap
    if node.kind == other and node.kind in ("field", "row", "key"):
        return ()
    return gap or (b"",)


def _at_least(gap: Gap, least: int) -> Gap:
    return gap if len(gap) >= least else gap + (b"",) * (least - len(gap))


_TEXT = frozenset(("para", "field", "item", "run", "quote"))
_ROWS = frozenset(("table", "row"))


def glue(above: Node | None, unit: Node) -> int:
    """1 where a unit would run into the one above it without a blank line between, else 0."""
    if above is None:
        return 0
    while above.kids:
        above = above.kids[-1]
    kind, last = unit.kind, above.kind
    if last == "html":
        return int(kind not in ("item", "fence", "comment") and not (kind == "heading" and len(unit.head) == 1))
    if last in _ROWS:
        return int(kind in ("para", "field", "table", "html"))
    if last == "code":
        return int(kind == "code")
    if last not in _TEXT:
        return 0
    if kind == "field":
        return int(last in ("item", "run", "quote"))
    if kind == "item":
        text = unit.head[0].lstrip(b" \t")
        body = text[L.marker_width(text) :].strip(L.BLANK)
        may = body and (not text[:1].isdigit() or text[:2] in (b"1.", b"1)"))  # interrupt a paragraph
        return int(last not in ("item", "run") and not may)
    if kind == "break":
        return int(L.is_underline(unit.head[0].strip(L.BLANK)) > 0)
    if kind == "quote":
        return int(last == "quote")
    return int(kind in ("para", "html", "code") or (kind == "heading" and len(unit.head) > 1))


def _renumber(units: list[Unit]) -> None:
    """Count the items of a numbered list again where the merge put two counts together."""
    run: list[Unit] = []
    for unit in [*units, None]:
        if unit is not None and unit.kind == "item" and _ordinal(unit) >= 0:
            run.append(unit)
        elif unit is None or unit.kind != "item":
            _renumber_run(run)
            run = []


def _ordinal(unit: Node) -> int:
    text = unit.head[0].lstrip(b" \t")
    digits = L.ordinal_width(text)
    return int(text[:digits]) if digits else -1


def _renumber_run(run: list[Unit]) -> None:
    numbers = [_ordinal(unit) for unit in run]
    if len(run) < 2 or (len({unit.sides for unit in run}) < 2 and len(set(numbers)) == len(numbers)):
        return
    start = min(numbers)
    if numbers == list(range(start, start + len(run))) or len(set(numbers)) == 1:
        return
    if max(numbers) - start >= 2 * len(run) + 2:  # not a count: years, ticket numbers
        return
    for at, unit in enumerate(run):
        line = unit.head[0]
        lead = len(line) - len(line.lstrip(b" \t"))
        digits = L.ordinal_width(line[lead:])
        unit.head = (line[:lead] + b"%d" % (start + at) + line[lead + digits :], *unit.head[1:])
