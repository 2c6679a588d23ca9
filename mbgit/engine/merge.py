"""What becomes of each unit that stands: each of its values is merged three ways by itself.

The values of a unit are its level, its marker and box, the status in its title, its words, its cells or entries. Only
a value that both sides changed, each in its own way, is a matter of policy.
"""

from __future__ import annotations

from . import lines as L
from .blocks import cut_blocks
from .diff import hunks
from .match import Class
from .page import Unit
from .policies import ITEM_FIELDS, Judge, field_label, raised
from .tables import fitted, head_of, merged_columns, respelled, stencil
from .texts import filled, merge_lines, merged_text, union_lines, value
from .words import split_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .blocks import Gap


class Piece:
    """A unit of the result: its lines, and the class that it is made of."""

    __slots__ = ("class_", "gap", "head", "kind", "unit")

    def __init__(self, here: Class, unit: Unit, head: Gap | None = None) -> None:
        self.class_, self.unit = here, unit
        self.kind = unit.kind
        self.head = unit.head if head is None else head
        self.gap: Gap = ()


def resolve(judge: Judge, here: Class) -> list[Piece]:
    """What of a class stands: one unit, or two versions of it."""
    pieces = _resolve(judge, here)
    if pieces[0].kind == "table":
        judge.take_table(here, pieces[0].head)
    return pieces


def _resolve(judge: Judge, here: Class) -> list[Piece]:
    o, a, b = here.o, here.a, here.b
    if a is None or b is None:
        return _alone(judge, here, here.any)
    if a.kind == b.kind == "row" and judge.columns_differ(here):
        head = _row(judge, here, o, a, b)
        return [Piece(here, a, head)] if head is not None else _contest(judge, here, a, b)
    if a.head == b.head or (o is not None and b.head == o.head):
        return [Piece(here, a)]
    if o is not None and a.head == o.head:
        return [Piece(here, b)]
    merger = _BY_KIND.get(a.kind, _text)
    head = merger(judge, here, o, a, b)
    return [Piece(here, a, head)] if head is not None else _contest(judge, here, a, b)


def _alone(judge: Judge, here: Class, unit: Unit) -> list[Piece]:
    """A unit of one side: where the other deleted what this one added lines to, only these stand."""
    if unit.kind == "row":
        _set_aside_cells(judge, here, unit, 1 if unit is here.a else 2)
        return [Piece(here, unit, _fitted_row(judge, here, unit, 1 if unit is here.a else 2))]
    if here.o is not None and unit.kind in ("para", "quote") and len(unit.head) > len(here.o.head) > 1:
        script = hunks([x.strip() for x in here.o.head], [x.strip() for x in unit.head])
        if all(start == end for start, end, _, _ in script):
            head = tuple(line for _, _, first, last in script for line in unit.head[first:last])
            return [Piece(here, unit, head)]
    return [Piece(here, unit)]


def _heading(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    if any(len(unit.head) > 1 for unit in (o, a, b) if unit is not None):
        return _one_value(judge, here, o, a, b, "retitled")
    parts = [_heading_parts(unit) for unit in (o or a, a, b)]
    found: list[bytes] = []
    for was, one, two in zip(*parts, strict=True):
        got = value(was if o is not None else None, one, two)
        if got is None:
            return _one_value(judge, here, o, a, b, "retitled")
        found.append(got)
    return (b"".join(found),)


def _heading_parts(unit: Unit) -> tuple[bytes, ...]:
    line = unit.head[0]
    text = unit.section.text if unit.section is not None else b""
    at = line.find(text) if text else len(line)
    front, words, status = split_status(text)
    return line[:at], front, words, status, line[at + len(text) :]


def _one_value(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit, reason: str) -> Gap:
    """One of two values of a heading, a field, a table's head: the greater counter, else the later."""
    second = raised(o.head[0] if o else b"", a.head[0], b.head[0])
    if second is None:
        second = judge.later(a, b)
    winner, loser = (b, a) if second else (a, b)
    if b" ".join(winner.head).split() != b" ".join(loser.head).split():
        judge.merged.contested += 1
        judge.set_aside(reason, b"\n".join(loser.head), here)
    return winner.head


def item_parts(head: Gap) -> tuple[bytes, bytes, bytes, bytes]:
    """An item's indent, marker, box and text, as they stand."""
    line = head[0]
    lead = line[: len(line) - len(line.lstrip(b" \t"))]
    text = line[len(lead) :]
    width = L.marker_width(text)
    marker, rest = text[:width], text[width:]
    box = b""
    if L.box(text):
        at = rest.find(b"]") + 1
        at += len(rest[at:]) - len(rest[at:].lstrip(b" "))
        box, rest = rest[:at], rest[at:]
    return lead, marker, box, b"\n".join((rest, *head[1:]))


def _item(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    parts = [item_parts(unit.head) for unit in (o or a, a, b)]
    base = parts[0] if o is not None else (None, None, None, None)
    lead = value(base[0], parts[1][0], parts[2][0])
    marker = value(base[1], parts[1][1], parts[2][1])
    box = value(base[2], parts[1][2], parts[2][2])
    if box is None:
        box = _ticked(base[2] or b"", parts[1][2], parts[2][2])
    start = (max(parts[1][0], parts[2][0]) if lead is None else lead) + (_marker(parts) if marker is None else marker)
    labelled = L.label(L.item_text(a.head[0].lstrip(b" \t"))) != b""
    text = merged_text(base[3], parts[1][3], parts[2][3], labelled)
    if text is not None:
        return tuple((start + box + text).split(b"\n"))
    if judge.name == "progress.md" and field_label(a) in ITEM_FIELDS:
        return _one_value(judge, here, o, a, b, "document field")
    if (second := filled(base[3], parts[1][3], parts[2][3])) is not None:
        return (b if second else a).head
    if judge.policy == "latest" and o is not None and not (_only_whole_lines(o, a) and _only_whole_lines(o, b)):
        judge.merged.contested += 1
        second = judge.later(a, b)
        judge.set_aside("superseded", b"\n".join((a if second else b).head), here)
        return tuple((start + box + parts[2 if second else 1][3]).split(b"\n"))
    return None


def _marker(parts: list[tuple[bytes, bytes, bytes, bytes]]) -> bytes:
    return max(parts[1][1], parts[2][1])


def _ticked(o: bytes, a: bytes, b: bytes) -> bytes:
    """Both set a box: done stands, unless base's was done and one opened it."""
    undone = o[1:2].strip() != b"" and o != b""
    open_a, open_b = a[1:2] == b" ", b[1:2] == b" "
    if open_a != open_b and a and b:
        return a if open_a == undone else b
    return max(a, b)


def _lines(judge: Judge, here: Class, o: Unit, a: Unit, b: Unit) -> bytes | None:
    """The lines of a fence and its like: under `latest` the later side's stand where both edited one."""
    texts = b"\n".join(o.head), b"\n".join(a.head), b"\n".join(b.head)
    found = merge_lines(*texts)
    if found is not None or judge.policy != "latest" or (_only_whole_lines(o, a) and _only_whole_lines(o, b)):
        return found
    judge.merged.contested += 1
    second = judge.later(a, b)
    judge.set_aside("superseded", texts[1 if second else 2], here)
    return merge_lines(*texts, second)


def _text(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    texts = [b"\n".join(unit.head) if unit is not None else None for unit in (o, a, b)]
    assert texts[1] is not None
    assert texts[2] is not None
    if a.kind in ("fence", "code", "html", "comment"):
        found = _lines(judge, here, o, a, b) if o is not None else None
    else:
        found = merged_text(texts[0], texts[1], texts[2])
    if found is None and a.foot and b.foot and a.head[0][:1] in (b"*", b"_") and len(a.head) == len(b.head) == 1:
        return _one_value(judge, here, o, a, b, "document field")
    if found is not None:
        return tuple(found.split(b"\n"))
    second = filled(texts[0], texts[1], texts[2])
    return None if second is None else (b if second else a).head


def _field(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    if a.own == b.own:
        return _text(judge, here, o, a, b)
    if o is not None and len(o.head) == 1 and o.own in (a.own, b.own):
        return (b if a.own == o.own else a).head
    if not judge.single_field(o, a, b):
        return _text(judge, here, o, a, b) if max(len(a.head), len(b.head)) > 1 else None
    return _one_value(judge, here, o, a, b, "document field")


def _key(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    """A key of the front matter: a list is merged entry by entry, any other value is one."""
    was, one, two = (_inline(unit) if unit is not None else () for unit in (o, a, b))
    if was is not None and one is not None and two is not None:
        name = a.head[0].partition(b"[")[0]
        return (name + b"[" + b", ".join(union_lines(was, one, two)) + b"]",)
    rows = [unit.head if unit is not None else () for unit in (o, a, b)]
    if all(len(row) < 1 or all(line.lstrip(b" \t").startswith(b"-") for line in row[1:]) for row in rows):
        first = value(rows[0][0] if rows[0] else None, rows[1][0], rows[2][0])
        if first is not None and max(map(len, rows)) > 1:
            return (first, *union_lines(rows[0][1:], rows[1][1:], rows[2][1:]))
    return _one_value(judge, here, o, a, b, "document field")


def _inline(unit: Unit) -> Gap | None:
    """The entries of a list in one line, `tags: [a, b]`; None where a key's value is none."""
    text = unit.head[0].partition(b":")[2].strip(L.BLANK)
    if len(unit.head) > 1 or text[:1] != b"[" or text[-1:] != b"]" or text.count(b"[") > 1:
        return None
    return tuple([entry.strip(L.BLANK) for entry in text[1:-1].split(b",") if entry.strip(L.BLANK)])


def _row(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    """A row is cells, each merged by itself; a column is known by its head."""
    _set_aside_cells(judge, here, a, 1)
    _set_aside_cells(judge, here, b, 2)
    one, two = _cells(judge, here, a, 1), _cells(judge, here, b, 2)
    was = _cells(judge, here, o, 0) if o is not None else None
    if one == two and len(a.words) == len(b.words):
        if judge.columns_differ(here):
            return a.head if one == a.words else b.head if two == b.words else _spelled(judge, here, a, 1, one)
        return (_styled(o, a, b),)
    width = max(len(one), len(two))
    one, two = (row + [b""] * (width - len(row)) for row in (one, two))
    base: Sequence[bytes | None] = [None] * width if was is None else was + [b""] * (width - len(was))
    found: list[bytes | None] = []
    for old, x, y in zip(base, one, two, strict=False):
        got = value(old, x, y)
        if got is None and (second := filled(old, x, y)) is not None:
            got = y if second else x
        found.append(got)
    if None in found:
        if judge.policy != "latest":
            return None
        judge.merged.contested += 1
        second = judge.later(a, b)
        judge.set_aside("superseded", (a if second else b).head[0], here)
        found = [(y if second else x) if got is None else got for got, x, y in zip(found, one, two, strict=True)]
    texts = [text for text in found if text is not None]
    for unit in (a, b):
        if texts == unit.words:
            return unit.head
    wider = len(a.words) >= len(b.words)
    return _spelled(judge, here, a if wider else b, 1 if wider else 2, texts)


def _set_aside_cells(judge: Judge, here: Class, row: Unit, version: int) -> None:
    """Keep a row outside of the file where its side wrote in a column that the merged table has not."""
    names, known = judge.columns_of(here), here.o.words if here.o is not None else []
    cells = zip(judge.columns_in(row, version), row.words, strict=False)
    if any(cell and name not in names and cell not in known for name, cell in cells):
        judge.set_aside("written in a column that is gone", row.head[0], here)


def _cells(judge: Judge, here: Class, row: Unit, version: int) -> list[bytes]:
    """A row's cells, fitted to the columns of the merged table."""
    return fitted(row, judge.columns_in(row, version), judge.columns_of(here))


def _fitted_row(judge: Judge, here: Class, row: Unit, version: int) -> Gap:
    """A row of one side as it stands in the merged table."""
    cells = _cells(judge, here, row, version)
    return row.head if cells == row.words else _spelled(judge, here, row, version, cells)


def _spelled(judge: Judge, here: Class, row: Unit, version: int, cells: list[bytes]) -> Gap:
    own, names = judge.columns_in(row, version), judge.columns_of(here)
    if own == names:
        return (respelled(row.head[0], cells, judge.padding_of(here) != b""),)
    return (respelled(judge.padding_of(here) or stencil(row.head[0], own, names), cells),)


def _styled(o: Unit | None, a: Unit, b: Unit) -> bytes:
    got = value(o.head[0] if o is not None else None, a.head[0], b.head[0])
    return max(a.head[0], b.head[0]) if got is None else got


def _table(judge: Judge, here: Class, o: Unit | None, a: Unit, b: Unit) -> Gap | None:
    if a.own == b.own:
        got = (
            value(o.head[0] if o else None, a.head[0], b.head[0]),
            value(o.head[1] if o else None, a.head[1], b.head[1]),
        )
        return (got[0], got[1]) if got[0] is not None and got[1] is not None else max(a.head, b.head)
    found = merged_columns(o, a, b, lambda: _later_head(judge, here, a, b))
    if found is not None:
        judge.columns[id(here)] = found
        return head_of(found, o, a, b)
    if o is not None and a.own == o.own:
        return b.head
    if o is not None and b.own == o.own:
        return a.head
    return _one_value(judge, here, o, a, b, "table head")


def _later_head(judge: Judge, here: Class, a: Unit, b: Unit) -> bool:
    judge.merged.contested += 1
    second = judge.later(a, b)
    judge.set_aside("table head", b"\n".join((a if second else b).head), here)
    return second


_BY_KIND = {"heading": _heading, "item": _item, "field": _field, "key": _key, "row": _row, "table": _table}


def _contest(judge: Judge, here: Class, a: Unit, b: Unit) -> list[Piece]:
    """Two versions of one unit whose edits meet."""
    o = here.o
    judge.merged.contested += 1
    if o is not None and _only_whole_lines(o, a) and _only_whole_lines(o, b) and (woven := _weave_lines(here, o, a, b)):
        return woven
    if judge.policy == "latest" and (o is not None or a.kind not in ("item", "para", "quote")):
        second = judge.later(a, b)
        judge.set_aside("superseded", b"\n".join((a if second else b).head), here)
        return [Piece(here, b if second else a)]
    woven = _weave_lines(here, o, a, b)
    if woven:
        return woven
    pieces = [Piece(here, unit, _fitted_row(judge, here, unit, side) if unit.kind == "row" else None)
              for side, unit in ((1, a), (2, b))]  # fmt: skip
    return pieces if (a.own, a.head) <= (b.own, b.head) else pieces[::-1]


def _only_whole_lines(o: Unit, side: Unit) -> bool:
    """Did a side do nothing to a unit but add lines to it and take lines out? Then it edited none."""
    script = hunks([x.rstrip(L.BLANK) for x in o.head], [x.rstrip(L.BLANK) for x in side.head])
    return all(start == end or first == last for start, end, first, last in script)


def _weave_lines(here: Class, o: Unit | None, a: Unit, b: Unit) -> list[Piece]:
    """Two versions of several lines merged line by line: only the lines that conflict stand twice."""
    if a.kind != b.kind or a.kind in ("row", "table", "heading") or max(len(a.head), len(b.head)) < 2:
        return []
    rows = union_lines(o.head if o is not None else (), a.head, b.head)
    found = cut_blocks([row.rstrip(b"\r") for row in rows], 1)
    if any(node.kind != a.kind or node.gap or node.kids for node in found) or (len(found) != 1 and a.kind != "item"):
        return []
    return [Piece(here, a, node.head) for node in found]


