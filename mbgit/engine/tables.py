"""The columns of a table, merged three ways by their names, and rows fitted to them."""

from __future__ import annotations

from . import lines as L
from .align import in_common
from .diff import hunks, kept
from .texts import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .blocks import Gap
    from .page import Unit

GONE = b"\0"  # the name of a column that the merged table has no more: no name of a document is this


class Columns:
    """A merged table's columns: their names, and what each column of the three versions is called there."""

    __slots__ = ("names", "of")

    def __init__(self, names: list[bytes], of: tuple[list[bytes], ...]) -> None:
        self.names, self.of = names, of


def heads(table: Unit) -> list[bytes]:
    """The names of a table's columns."""
    return L.cells(table.head[0])


def merged_columns(o: Unit | None, a: Unit, b: Unit, later: Callable[[], bool]) -> Columns | None:
    """The columns of two versions over base; `later`: is it b's name where both renamed one? None where names repeat.

    A column that one side took out is gone; new ones stand behind what they followed.
    """
    rows = [heads(table) if table is not None else [] for table in (o, a, b)]
    if any(len(set(row)) < len(row) for row in rows):
        return None
    base, one, two = rows
    to_one, to_two = (_renamed(o, side) if o is not None else [] for side in (a, b))
    new = {name for side, where in ((one, to_one), (two, to_two)) for to, name in enumerate(side) if to not in where}
    names: dict[int, bytes] = {}
    for at, old in enumerate(base):
        i, j = to_one[at], to_two[at]
        if i >= 0 and j >= 0:
            name = value(old, one[i], two[j]) or (two[j] if later() else one[i])
            names[at] = old if name in new else name  # a new column of the other side has that name
    of = (
        [names.get(at, GONE) for at in range(len(base))],
        _merged_names(one, to_one, names),
        _merged_names(two, to_two, names),
    )
    if any(len({name for name in row if name != GONE}) < len(row) - row.count(GONE) for row in of):
        return None
    order = [[name for name in row if name in names.values()] for row in of]
    found = order[2] if order[1] == order[0] else order[1]
    for row in of[1:]:
        before = b""
        for name in row:
            if name != GONE and name not in found:
                found.insert(found.index(before) + 1 if before else 0, name)
            before = name if name != GONE else before
    return Columns(found, of)


def head_of(columns: Columns, o: Unit | None, a: Unit, b: Unit) -> Gap:
    """The head of a table with these columns: as a side has it, else its names and bars, as padded there."""
    mine, other = (a, b) if o is None or a.head != o.head else (b, a)
    names_of = {id(a): columns.of[1], id(b): columns.of[2]}
    names, bars = ({**_at(other, names_of, line), **_at(mine, names_of, line)} for line in (0, 1))
    if o is not None:
        old = dict(zip(columns.of[0], L.cells(o.head[1]), strict=False))
        new = _at(other, names_of, 1)
        bars.update((name, bar) for name, bar in new.items() if name in old and _way(bar) != _way(old[name]))
    head = respelled(_line([names.get(name, b"  ") for name in columns.names]), columns.names)
    found = (head, _line([bars.get(name, b" --- ") for name in columns.names]))
    for side in (a, b):
        if [L.cells(line) for line in found] == [L.cells(line) for line in side.head]:
            return side.head
    return found


def _at(table: Unit, names_of: dict[int, list[bytes]], line: int) -> dict[bytes, bytes]:
    """The columns of a table's head, with what stands between the bars of one of its lines."""
    return dict(zip(names_of[id(table)], segments(table.head[line]), strict=False))


def _way(bar: bytes) -> tuple[bool, bool]:
    bar = bar.strip()
    return bar[:1] == b":", bar[-1:] == b":"


def _line(parts: list[bytes]) -> bytes:
    return b"|" + b"|".join(parts) + b"|"


def _renamed(base: Unit, side: Unit) -> list[int]:
    """Where each column of base stands on a side: by its name, by what it holds, else in place of as many others."""
    old, new = heads(base), heads(side)
    script = hunks(old, new)
    found = kept(script, len(old))
    for at, name in enumerate(old):
        if found[at] < 0 and name in new:
            found[at] = new.index(name)
    for at in range(len(old)):
        free = [to for to, name in enumerate(new) if found[at] < 0 and to not in found and name not in old]
        most, to = max(((_alike(base, at, side, to), -to) for to in free), default=(0, 0))
        found[at] = -to if most else found[at]
    for start, end, first, last in script:
        if end - start == last - first:
            for at, to in zip(range(start, end), range(first, last), strict=True):
                if found[at] < 0 and new[to] not in old and to not in found:
                    found[at] = to
    return found


def _alike(one: Unit, at: int, two: Unit, to: int) -> int:
    """How many cells two columns have in common: 0 where it is not most of the shorter one."""
    cells = [row.words[at] for row in one.kids if at < len(row.words) and row.words[at]]
    others = [row.words[to] for row in two.kids if to < len(row.words)]
    common = in_common(cells, others)
    return common if 2 * common > min(len(cells), len(others)) else 0


def _merged_names(side: list[bytes], where: list[int], names: dict[int, bytes]) -> list[bytes]:
    old = {to: names.get(at, GONE) for at, to in enumerate(where) if to >= 0}
    return [old.get(to, name) for to, name in enumerate(side)]


def fitted(row: Unit, own: Sequence[bytes], names: Sequence[bytes]) -> list[bytes]:
    """A row's cells for these columns; `own` are its columns' names there. Cells without a column stay at the end."""
    cells = row.words
    if list(own) == list(names) or len(set(own)) < len(own) - max(own.count(GONE) - 1, 0):
        return cells
    values = dict(zip(own, cells, strict=False))
    found = [values.get(name, b"") for name in names] + cells[len(own) :]
    if len(cells) < len(own):
        while found and not found[-1] and names[len(found) - 1] not in own[: len(cells)]:
            found.pop()
    return found


def stencil(line: bytes, own: Sequence[bytes], names: Sequence[bytes]) -> bytes:
    """A line of a table with these columns, each padded as it is there."""
    raw = dict(zip(own, segments(line), strict=False))
    return _line([raw.get(name, b"  ") for name in names])


def segments(line: bytes) -> list[bytes]:
    """What stands between the bars of a row, padding included; nothing where a bar is escaped."""
    raw = line.strip(L.BLANK)
    if b"\\|" in raw:
        return []
    inner = raw[1:] if raw[:1] == b"|" else raw
    return inner[: -1 if inner[-1:] == b"|" else None].split(b"|")


def respelled(line: bytes, cells: list[bytes], padded: bool = True) -> bytes:
    """A row of these cells, as wide as `line` has its own; where it is not `padded`, those alone that have padding."""
    raw = line.strip(L.BLANK)
    if not raw:
        return b"| " + b" | ".join(cells) + b" |"
    lead, tail = raw[:1] == b"|", raw[-1:] == b"|" and len(raw) > 1
    old = segments(line)
    out = []
    for at, cell in enumerate(cells):
        before = old[at] if at < len(old) else b" " + cell + b" "
        spaced = b" " if before[:1] == b" " or not before else b""
        width = len(before) - (before[-1:] == b" ") if padded or len(before) > len(before.strip()) + 2 else 0
        out.append((spaced + cell).ljust(width) + spaced)
    return (b"|" if lead else b"") + b"|".join(out) + (b"|" if tail else b"")


def is_padded(table: Unit) -> bool:
    """Are all rows of a table as wide as its head?"""
    lines = [*table.head, *(row.head[0] for row in table.kids)]
    return len(lines) > 2 and len({len(line) for line in lines}) == 1


def rows_by_common_names(tables: tuple[Unit, Unit]) -> tuple[list[int], list[int]] | None:
    """The places of the columns that two tables have in common, in the order of the first; None where names repeat."""
    one, two = heads(tables[0]), heads(tables[1])
    if one == two or len(set(one)) < len(one) or len(set(two)) < len(two):
        return None
    where = _renamed(*tables)
    return [at for at, to in enumerate(where) if to >= 0], [to for to in where if to >= 0]
