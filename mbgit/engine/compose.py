"""From units in order to the bytes of a file: blank lines, numbers, bullets and padding, line ends."""

from __future__ import annotations

from . import lines as L
from .blocks import Gap, is_closed
from .document import Document
from .match import Class
from .merge import Piece, item_parts
from .page import Unit
from .tables import respelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    T = TypeVar("T", bytes, bool, Gap)

Pages = tuple["Sequence[Unit]", "Sequence[Unit]", "Sequence[Unit]"]


def compose(
    pieces: list[Piece], pages: Pages, documents: tuple[Document, Document, Document]
) -> tuple[bytes, dict[int, int]]:
    """The file of these units, and for each class's id the line (1-based) at which it stands."""
    pieces = _without_double_breaks(pieces, pages)
    _restyle(pieces)
    _renumber(pieces)
    above: Piece | None = None
    out: list[bytes] = []
    lines: dict[int, int] = {}
    for at, piece in enumerate(pieces):
        piece.gap = _gap(above, piece, pages)
        out.extend(piece.gap)
        lines.setdefault(id(piece.class_), len(out) + 1)
        out.extend(piece.head)
        if piece.kind == "fence" and at + 1 < len(pieces) and not is_closed(piece.head):
            out.append(_closing(piece.head[0]))
        above = piece
    return as_file(out, *documents), lines


def _closing(line: bytes) -> bytes:
    lead = line[: len(line) - len(line.lstrip(b" \t"))]
    return lead + L.fence_open(line[len(lead) :])


# --- blank lines ----------------------------------------------------------------------------------------------


def _unit(here: Class, side: int) -> Unit | None:
    return (here.o, here.a, here.b)[side]


def _met(above: Piece | None, piece: Piece, pages: Pages, side: int) -> bool:
    """Does a version have these two units behind each other?"""
    unit = _unit(piece.class_, side)
    if unit is None:
        return False
    if above is None:
        return unit.at == 0
    return unit.at > 0 and pages[side][unit.at - 1].class_ is above.class_


def _gap(above: Piece | None, piece: Piece, pages: Pages) -> Gap:
    if above is not None and above.class_ is piece.class_:
        apart = piece.unit.tight if piece.kind == "item" else int(piece.kind not in ("field", "row", "key"))
        return _at_least((b"",) * apart, glue(above, piece))
    met = [_unit(piece.class_, side) if _met(above, piece, pages, side) else None for side in (0, 1, 2)]
    o, a, b = (unit.gap if unit is not None else None for unit in met)
    if a is not None and b is not None:
        gap = a if a == b or o == b else b if o == a else max(a, b, key=len)
    elif a is not None or b is not None:
        gap = _set_anew(above, piece, pages) or _spread(above, piece) or (a if a is not None else b or ())
    else:
        gap = _fitted(above, piece, pages)
    return _at_least(gap, glue(above, piece))


def _set_anew(above: Piece | None, piece: Piece, pages: Pages) -> Gap:
    """The blank lines that one side gave a unit below another of the same kind, where the other side left base's."""
    o = piece.class_.o
    for side, other in ((1, 2), (2, 1)):
        mine, there = _unit(piece.class_, side), _unit(piece.class_, other)
        if o is None or mine is None or there is None or above is None or not mine.at:
            break
        if there.gap == o.gap != mine.gap and pages[side][mine.at - 1].kind == above.kind:
            return mine.gap
    return ()


def _spread(above: Piece | None, piece: Piece) -> Gap:
    """Blank lines above a new item where the other side put some between the items of its list."""
    if above is None or piece.class_.o is not None or not piece.kind == above.kind == "item":
        return ()
    o, a, b = above.class_.o, above.class_.a, above.class_.b
    if o is None or a is None or b is None or piece.unit.parent is not (a if piece.class_.b is None else b).parent:
        return ()
    mine, other = (a, b) if piece.class_.b is None else (b, a)
    return (b"",) * other.tight if mine.tight == o.tight else ()


def _fitted(above: Piece | None, piece: Piece, pages: Pages) -> Gap:
    """Blank lines for a unit behind a neighbour that it has on neither side."""
    gap = piece.unit.gap
    if above is None:
        return ()
    if above.kind == "heading" and piece.kind != "heading":
        return _below_heading(above, pages)
    if piece.kind in ("item", "body") and above.kind in ("item", "body") and piece.unit.kind == "item":
        return (b"",) * piece.unit.tight
    if piece.kind == above.kind == "field":
        return _between_fields(piece, pages)
    if piece.kind == above.kind and piece.kind in ("row", "key"):
        return ()
    if piece.kind in ("row", "key", "end") or (piece.kind == "item" and piece.unit.parent is above.unit):
        return gap
    return gap or (b"",)


def _between_fields(piece: Piece, pages: Pages) -> Gap:
    """The blank lines between a field and the one above it, else below it, in a version of the page."""
    side = next(side for side in (1, 2) if _unit(piece.class_, side) is piece.unit)
    for unit in pages[side][piece.unit.at : piece.unit.at + 2]:
        if unit.at and unit.kind == pages[side][unit.at - 1].kind == "field":
            return unit.gap
    return ()


def _below_heading(above: Piece, pages: Pages) -> Gap:
    """The blank lines that a heading has below it in a version of the page."""
    for side in (1, 2, 0):
        unit = _unit(above.class_, side)
        if unit is not None and unit.at + 1 < len(pages[side]) and pages[side][unit.at + 1].kind != "heading":
            return pages[side][unit.at + 1].gap
    return (b"",)


def _at_least(gap: Gap, least: int) -> Gap:
    return gap if len(gap) >= least else gap + (b"",) * (least - len(gap))


_TEXT = frozenset(("para", "field", "item", "body", "quote"))
_ROWS = frozenset(("table", "row"))


def glue(above: Piece | None, piece: Piece) -> int:
    """1 where a unit would run into the one above it without a blank line between, else 0."""
    if above is None:
        return 0
    kind, last = piece.kind, above.kind
    if last == "html":
        return int(kind not in ("item", "fence", "comment") and not (kind == "heading" and len(piece.head) == 1))
    if last in _ROWS:
        return int(kind in ("para", "field", "table", "html"))
    if last == "code":
        return int(kind == "code")
    if last not in _TEXT:
        return 0
    if kind == "field":
        return int(last in ("item", "quote", "body"))
    if kind == "item":
        text = piece.head[0].lstrip(b" \t")
        body = text[L.marker_width(text) :].strip(L.BLANK)
        may = body and (not text[:1].isdigit() or text[:2] in (b"1.", b"1)"))  # interrupt a paragraph
        return int(last not in ("item", "body") and not may)
    if kind == "break":
        return int(L.is_underline(piece.head[0].strip(L.BLANK)) > 0)
    if kind == "quote":
        return int(last == "quote")
    return int(kind in ("para", "html", "code", "body") or (kind == "heading" and len(piece.head) > 1))


def _without_double_breaks(pieces: list[Piece], pages: Pages) -> list[Piece]:
    """Of two breaks with nothing between them one stands, unless a side has them so."""
    out: list[Piece] = []
    for piece in pieces:
        if out and piece.kind == "break" == out[-1].kind and not any(_met(out[-1], piece, pages, s) for s in (1, 2)):
            continue
        out.append(piece)
    return out


# --- style ----------------------------------------------------------------------------------------------------


def _home(piece: Piece) -> int:
    parent = piece.unit.parent
    return id(parent.class_) if parent is not None else 0


def _restyle(pieces: list[Piece]) -> None:
    """A list's bullet and indent and a table's padding are values of the whole: new items and rows have them, too."""
    lists: dict[tuple[int, bytes], bytes] = {}
    tables: dict[int, bytes] = {}
    for piece in pieces:
        o = piece.class_.o
        for side in (piece.class_.a, piece.class_.b):
            if o is None or side is None or o.kind != side.kind:
                continue
            if o.kind == "item" and o.head[0] != side.head[0]:
                for old, new in zip(_set_out(o.head), _set_out(side.head), strict=True):
                    if old != new:
                        lists[_home(piece), old] = new
            elif o.kind == "table" and o.own == side.own and o.head != side.head:
                tables[id(piece.class_)] = side.head[1]
    for piece in pieces:
        if piece.kind == "item" and lists and piece.class_.o is None:
            _restyle_item(piece, lists)
        elif piece.kind == "row" and (line := tables.get(_home(piece))) is not None:
            cells = L.cells(piece.head[0])
            if not any(
                side is not None and side.head == piece.head and _set(line, side)
                for side in (piece.class_.a, piece.class_.b)
            ):
                piece.head = (respelled(line, cells),)


def _set_out(head: Gap) -> tuple[bytes, bytes]:
    """An item's indent (with a bar, as no marker has one) and its marker, any number being one."""
    lead, marker, _, _ = item_parts(head)
    return b"|" + lead, b"1." if marker[:1].isdigit() else marker.strip()


def _restyle_item(piece: Piece, lists: dict[tuple[int, bytes], bytes]) -> None:
    lead, marker, box, text = item_parts(piece.head)
    indent, bullet = (lists.get((_home(piece), key), key) for key in _set_out(piece.head))
    if bullet != _set_out(piece.head)[1]:
        marker = bullet + b" "
    if indent[1:] != lead:
        text = text.replace(b"\n" + lead, b"\n" + indent[1:])
    piece.head = tuple((indent[1:] + marker + box + text).split(b"\n"))


def _set(line: bytes, row: Unit) -> bool:
    """Does a row stand in the table that has this delimiter line?"""
    return row.parent is not None and len(row.parent.head) > 1 and row.parent.head[1] == line


def _renumber(pieces: list[Piece]) -> None:
    """Count the items of a numbered list again where the merge put two counts together."""
    runs: dict[int, list[Piece]] = {}
    for piece in pieces:
        home = _home(piece)
        if piece.kind == "item" and _ordinal(piece) >= 0:
            runs.setdefault(home, []).append(piece)
        elif home in runs:
            _renumber_run(runs.pop(home))
    for run in runs.values():
        _renumber_run(run)


def _ordinal(piece: Piece) -> int:
    text = piece.head[0].lstrip(b" \t")
    digits = L.ordinal_width(text)
    return int(text[:digits]) if digits else -1


def _sides(piece: Piece) -> int:
    return (piece.class_.a is not None) + 2 * (piece.class_.b is not None)


def _counted_apart(piece: Piece) -> bool:
    """Do the sides give a new item two numbers?"""
    here = piece.class_
    return here.o is None and here.a is not None and here.b is not None and (
        item_parts(here.a.head)[1] != item_parts(here.b.head)[1]
    )  # fmt: skip


def _renumber_run(run: list[Piece]) -> None:
    numbers = [_ordinal(piece) for piece in run]
    counts = {_sides(piece) for piece in run}
    if len(run) < 2 or (len(counts) < 2 and len(set(numbers)) == len(numbers) and not any(map(_counted_apart, run))):
        return
    start = min(numbers)
    if numbers == list(range(start, start + len(run))) or len(set(numbers)) == 1:
        return
    if max(numbers) - start >= 2 * len(run) + 2:  # not a count: years, ticket numbers
        return
    for at, piece in enumerate(run):
        line = piece.head[0]
        lead = len(line) - len(line.lstrip(b" \t"))
        digits = L.ordinal_width(line[lead:])
        piece.head = (line[:lead] + b"%d" % (start + at) + line[lead + digits :], *piece.head[1:])


# --- the file -------------------------------------------------------------------------------------------------


def as_file(out: list[bytes], o: Document, a: Document, b: Document) -> bytes:
    """The result's lines with the values of the file: each merged three-way as one.

    A side that was emptied has no say: what the other one brings is to end as it did there.
    """
    written = [doc for doc in (a, b) if not doc.empty] or [o]
    one, other = written[0], written[-1]
    known = not o.empty
    if not out and (a.empty or b.empty):
        return b""
    out.extend(_value(o.end, one.end, other.end) if known else one.end if len(one.end) >= len(other.end) else other.end)
    if not out:
        return b""
    if _value(o.newline, one.newline, other.newline) if known else one.newline or other.newline:
        out.append(b"")
    out[0] = (_value(o.bom, one.bom, other.bom) if known else max(one.bom, other.bom)) + out[0]
    text = b"\n".join(out)
    if _line_end(o, one, other) == b"\r\n":
        text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return text


def _value(o: T, a: T, b: T) -> T:
    """A value of the file, merged three-way; where both changed it, the greater."""
    if a == b or b == o:
        return a
    return b if a == o else max(a, b)


def _line_end(o: Document, a: Document, b: Document) -> bytes:
    """The line end of the result; where both sides changed it, `\\n`."""
    if a.eol == b.eol or o.empty:
        return min(a.eol, b.eol)
    return b.eol if a.eol == o.eol else a.eol
