"""Large files: what all three versions hold in one unbroken run is folded into one unit before anything is cut.

A log of 100,000 entries differs in a few hundred of them. Folding keeps the rest as plain bytes: no object for each
entry, one copy for the three versions. Only runs of pieces that stand once in every version are folded, and never
their ends, so that what was added beside a run finds the neighbours it had.
"""

from __future__ import annotations

from .blocks import front_end
from .document import BOM, Document, Section, link
from .headings import find_headings, separates
from .lines import heading_level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from .blocks import Gap

LEAST = 16  # pieces in a run worth folding
MARGIN = 8  # headings left as they are at each end of a run: they tell which way its stamps go


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


class Pool:
    """The lines of every section, each once for all versions, and the heads that are no single `#` line."""

    def __init__(self) -> None:
        self.texts: dict[bytes, bytes] = {}
        self.heads: dict[bytes, tuple[int, int]] = {}  # text -> (lines, level) of a setext heading

    def head(self, text: bytes) -> tuple[int, int]:
        """How many lines a section's heading takes, and its level."""
        return self.heads.get(text) or (1, heading_level(text[:16].lstrip(b" \t")))


def cut_three(texts: tuple[bytes, bytes, bytes]) -> list[Document]:
    """The three versions as documents in which common runs of sections are one section each."""
    pool = Pool()
    files = [_pieces(text, pool) for text in texts]
    pool.texts.clear()
    folds: list[dict[int, int]] = [{}, {}, {}]  # where a fold starts -> how many pieces it takes
    for *starts, size in common_runs([pieces for _, pieces, _ in files]):
        first, last = _enclosed(pool, files[0][1], starts[0], size)
        if last - first >= LEAST:
            for fold, start in zip(folds, starts, strict=True):
                fold[start + first] = last - first
    joined: dict[bytes, tuple[bytes, ...]] = {}  # a fold's first piece -> its parts, one copy for three versions
    return [_document(pool, joined, *file, fold) for file, fold in zip(files, folds, strict=True)]


def _pieces(data: bytes, pool: Pool) -> tuple[tuple[bytes, bytes, bool], list[bytes], Gap]:
    """A file as its values, its sections' lines (blank ones below included) and the blank lines at its end."""
    bom = BOM if data.startswith(BOM) else b""
    crlf = b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    rows = (data.replace(b"\r\n", b"\n") if crlf else data).split(b"\n")
    rows[0] = rows[0][len(bom) :]  # taken off here: a slice of the file would be a copy of it
    newline = len(rows) > 1 and not rows[-1]
    if not rows[-1]:
        rows.pop()
    stop = len(rows)
    floor = front_end(rows)
    while stop > floor and separates(rows[stop - 1]):
        stop -= 1
    out: list[bytes] = []
    start, size, level = 0, 0, 0
    for nxt, nxt_size, nxt_level in (*find_headings(rows), (stop, 0, 0)):
        nxt = max(nxt, floor)
        text = b"\n".join(rows[start:nxt] if out else [b"", *rows[:nxt]])  # the root gets an empty heading line
        out.append(pool.texts.setdefault(text, text) if out else text)
        if size > 1:
            pool.heads[text] = (size, level)
        start, size, level = nxt, nxt_size, nxt_level
    return (bom, b"\r\n" if crlf else b"\n", newline), out, tuple(rows[stop:])


def _enclosed(pool: Pool, pieces: list[bytes], start: int, size: int) -> tuple[int, int]:
    """The part of a run that lies between headings of its lowest level, a few of them from each end, as offsets."""
    levels = [pool.head(piece)[1] for piece in pieces[start : start + size]]
    if not start:
        levels[0] = 9  # the root is never folded
    low = min(levels)
    heads = [at for at, level in enumerate(levels) if level == low]
    return (heads[MARGIN], heads[-MARGIN]) if len(heads) > 2 * MARGIN else (0, 0)


def _document(
    pool: Pool,
    joined: dict[bytes, tuple[bytes, ...]],
    values: tuple[bytes, bytes, bool],
    pieces: list[bytes],
    end: Gap,
    fold: dict[int, int],
) -> Document:
    sections: list[Section] = []
    at = line = 0
    gap: Gap = ()
    while at < len(pieces):
        text, count = pieces[at], fold.get(at, 1)
        size, level = pool.head(text) if at else (1, 0)
        least = front_end(text.split(b"\n")[1:]) if not at else 0
        if count == 1:
            parts = _parts(text, size, least)
        elif text in joined:
            parts = joined[text]
        else:
            parts = joined[text] = _parts(b"\n".join(pieces[at : at + count]), size, 0)
        *head, body, below = parts
        rows = sum([piece.count(b"\n") + 1 for piece in pieces[at : at + count]])
        if not at:
            head, size, rows = [], 0, rows - 1
        sections.append(Section(level, gap, tuple(head), line, body, line + size))
        gap, line, at = tuple(below.split(b"\n")[1:]), line + rows, at + count
    link(sections)
    return Document(*values, gap + end, sections)


def _parts(text: bytes, size: int, least: int) -> tuple[bytes, ...]:
    """A section's lines as those of its heading, its body, and those that part it from the next (`\\n` before each).

    The first `least` lines of the body are its own in any case.
    """
    head: list[bytes] = []
    at = 0
    for _ in range(size):
        stop = text.find(b"\n", at)
        stop = len(text) if stop < 0 else stop
        head.append(text[at:stop])
        at = stop + 1
    end, floor = len(text), at
    for _ in range(least):
        floor = text.find(b"\n", floor) + 1 or len(text) + 1
    while end >= floor:
        last = text.rfind(b"\n", at, end)
        if not separates(text[max(last + 1, at) : end]):
            break
        end = last if last >= 0 else at - 1
    return (*head, text[at:end] if end > at else b"", text[end:])
