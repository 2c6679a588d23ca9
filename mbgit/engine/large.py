"""Large files: what all three versions hold in one unbroken run is folded into one unit before anything is cut.

A log of 100,000 entries differs in a few hundred of them. Folding keeps the rest as plain bytes: no object for each
entry, one copy for the three versions. Only runs of pieces that stand once in every version are folded, and never
their ends, so that what was added beside a run finds the neighbours it had.
"""

from __future__ import annotations

from .document import BOM, Document, Node, Section, cut_blocks, find_headings, link
from .lines import BLANK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from .document import Gap

LEAST = 16  # pieces in a run worth folding
MARGIN = 8  # headings left as they are at each end of a run: they tell which way its stamps go
BULLETS = (b"- ", b"* ", b"+ ")


class Piece:
    """A section's lines as they stand, with what the cut needs to know of them; shared by the versions."""

    __slots__ = ("level", "rows", "size", "text")

    def __init__(self, text: bytes, rows: int, size: int, level: int) -> None:
        self.text, self.rows, self.size, self.level = text, rows, size, level


def common_runs(versions: Sequence[Sequence[Hashable]]) -> list[tuple[int, int, int, int]]:
    """Runs of values that follow each other in all three versions, as (start, start, start, length)."""
    o, a, b = versions
    in_a, in_b, in_o = _once(a), _once(b), _once(o)
    runs: list[tuple[int, int, int, int]] = []
    start = size = 0
    at_a = at_b = -1
    for k, value in enumerate(o):
        i, j = in_a.get(value, -1), in_b.get(value, -1)
        known = i >= 0 and j >= 0 and in_o.get(value, -1) == k
        if known and size and i == at_a + 1 and j == at_b + 1:
            size += 1
        else:
            if size >= LEAST:
                runs.append((start, at_a - size + 1, at_b - size + 1, size))
            start, size = k, int(known)
        at_a, at_b = i, j
    if size >= LEAST:
        runs.append((start, at_a - size + 1, at_b - size + 1, size))
    return runs


def _once(values: Sequence[Hashable]) -> dict[Hashable, int]:
    """value -> where it stands; -1 for one that repeats."""
    found: dict[Hashable, int] = {}
    for at, value in enumerate(values):
        found[value] = -1 if value in found else at
    return found


# --- sections -------------------------------------------------------------------------------------------------


def cut_three(texts: tuple[bytes, bytes, bytes]) -> list[Document]:
    """The three versions as documents in which common runs of sections are one section each."""
    pool: dict[bytes, Piece] = {}
    files = [_pieces(text, pool) for text in texts]
    pool.clear()
    folds: list[dict[int, int]] = [{}, {}, {}]  # where a fold starts -> how many pieces it takes
    for *starts, size in common_runs([pieces for _, pieces, _ in files]):
        first, last = _enclosed(files[0][1], starts[0], size)
        if last - first >= LEAST:
            for fold, start in zip(folds, starts, strict=True):
                fold[start + first] = last - first
    return [
        _document(values, pieces, end, fold) for (values, pieces, end), fold in zip(files, folds, strict=True)
    ]


def _pieces(data: bytes, pool: dict[bytes, Piece]) -> tuple[tuple[bytes, bytes, bool], list[Piece], Gap]:
    """A file as its values, its sections' lines (blank ones above included) and the blank lines at its end."""
    bom = BOM if data.startswith(BOM) else b""
    crlf = b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    rows = (data.replace(b"\r\n", b"\n") if crlf else data).split(b"\n")
    rows[0] = rows[0][len(bom) :]  # taken off here: a slice of the file would be a copy of it
    newline = len(rows) > 1 and not rows[-1]
    if not rows[-1]:
        rows.pop()
    stop = len(rows)
    while stop and not rows[stop - 1].strip(BLANK):
        stop -= 1
    out: list[Piece] = []
    start, size, level = 0, 0, 0
    for nxt, nxt_size, nxt_level in (*find_headings(rows), (stop, 0, 0)):
        text = b"\n".join(rows[start:nxt])
        piece = pool.get(text) if out else None
        if piece is None:
            piece = Piece(text, nxt - start, size, level)
            if out:
                pool[text] = piece
        out.append(piece)
        start, size, level = nxt, nxt_size, nxt_level
    return (bom, b"\r\n" if crlf else b"\n", newline), out, tuple(rows[stop:])


def _enclosed(pieces: list[Piece], start: int, size: int) -> tuple[int, int]:
    """The part of a run that lies between headings of its lowest level, a few of them from each end, as offsets."""
    levels = [piece.level or 9 for piece in pieces[start : start + size]]  # the root (0) is never folded
    low = min(levels)
    heads = [at for at, level in enumerate(levels) if level == low]
    return (heads[MARGIN], heads[-MARGIN]) if len(heads) > 2 * MARGIN else (0, 0)


def _document(
    values: tuple[bytes, bytes, bool], pieces: list[Piece], end: Gap, fold: dict[int, int]
) -> Document:
    sections: list[Section] = []
    at = line = 0
    gap: Gap = ()
    while at < len(pieces):
        piece, count = pieces[at], fold.get(at, 1)
        if count > 1:
            text = b"\n".join([p.text for p in pieces[at : at + count]])
            rows = sum(p.rows for p in pieces[at : at + count])
        else:
            text, rows = piece.text, piece.rows
        section, below = _section(piece, text, rows, gap, line)
        sections.append(section)
        gap, line, at = below, line + rows, at + count
    link(sections)
    return Document(*values, gap + end if end else gap, sections)


def _section(piece: Piece, text: bytes, rows: int, gap: Gap, line: int) -> tuple[Section, Gap]:
    """A section from its lines, and the blank lines that stand below it."""
    parts = text.split(b"\n", piece.size) if piece.size else [text]
    head, body = tuple(parts[: piece.size]), parts[piece.size] if len(parts) > piece.size else b""
    below: list[bytes] = []
    while body or (rows and len(parts) > piece.size):
        rest, newline, last = body.rpartition(b"\n")
        if last.strip(BLANK):
            break
        below.append(last)
        body = rest
        if not newline:
            break
    return Section(piece.level, gap, head, line, body, line + piece.size), tuple(below[::-1])


# --- bullets --------------------------------------------------------------------------------------------------


def fold_bullets(sections: Sequence[Section]) -> None:
    """Cut the blocks of one section's three versions, with common runs of one-line bullets as one unit each."""
    bodies = [section.body for section in sections]
    if any(mark in body for body in bodies for mark in (b"```", b"~~~", b"<!--")):
        return  # a fence or comment might hide a run in one version only
    pool: dict[bytes, bytes] = {}
    rows = [[pool.setdefault(row, row) for row in body.split(b"\n")] for body in bodies]
    pool.clear()
    folds: list[dict[int, int]] = [{}, {}, {}]
    for *starts, size in common_runs(rows):
        for first, last in _bullet_runs(rows[0], starts[0], size):
            for fold, start in zip(folds, starts, strict=True):
                fold[start + first] = last - first
    for section, lines, fold in zip(sections, rows, folds, strict=True):
        section.take_blocks(*_cut_around(lines, fold, section.body_line))


def _bullet_runs(rows: list[bytes], start: int, size: int) -> list[tuple[int, int]]:
    """The stretches of a run that are one-line bullets between one-line bullets, as offsets."""
    out = []
    first = -1
    for offset in range(size + 1):
        bullet = offset < size and rows[start + offset].startswith(BULLETS)
        if bullet and first < 0:
            first = offset
        elif not bullet and first >= 0:
            if offset - first > LEAST:
                out.append((first + 1, offset - 1))
            first = -1
    return out


def _cut_around(rows: list[bytes], fold: dict[int, int], line: int) -> tuple[list[Node], bytes]:
    """Blocks of some lines with the folded ones as one unit, and the lines that were not folded."""
    nodes: list[Node] = []
    rest: list[bytes] = []
    at = 0
    for start in [*sorted(fold), len(rows)]:
        nodes += cut_blocks(rows[at:start], line + at)
        rest += rows[at:start]
        at = start + fold.get(start, 0)
        if start < len(rows):
            nodes.append(Node("run", (), (rows[start], b"\n".join(rows[start + 1 : at])), line + start, []))
    return nodes, b"\n".join(rest)
