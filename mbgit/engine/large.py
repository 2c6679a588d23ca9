"""Large files: runs of sections that all three versions hold are folded into one line each before anything is merged.

A log of 100,000 entries differs in a few hundred of them. Each version is looked through once, one after the other, and
only the offsets and hashes of its sections are kept: a list of a version's lines takes three times the memory of the
file. Only runs of sections that stand once in every version are folded, and never their ends, so that what was added
beside a run finds the neighbours it had.
"""

from __future__ import annotations

from .diff import FOLD
from .headings import find_headings, separates
from .lines import heading_level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from .result import Clock, Merged

    Texts = tuple[bytes, bytes, bytes]

LEAST = 16  # sections in a run worth folding
MARGIN = 8  # headings left as they are at each end of a run: they tell which way its stamps go
CHUNK = 1 << 16  # bytes that are compared at a time, without a copy of a whole run


class Sections:
    """Where a text's sections begin (its end is the last place), their headings' levels, and a hash of each."""

    def __init__(self, text: bytes) -> None:
        rows = text.split(b"\n")  # the most that this takes: gone before the next text is looked through
        self.starts, self.levels = [0], bytearray((9,))  # above the first heading: no run begins there
        at = row = 0
        for first, _, level in find_headings(rows):
            at += sum(map(len, rows[row:first])) + first - row
            row = first
            self.starts.append(at)
            self.levels.append(level)
        self.starts.append(len(text))
        self.hashes = [hash(text[a:b]) for a, b in zip(self.starts, self.starts[1:], strict=False)]


class Fold:
    """A run of lines: where it stands in each text, its bytes and line ends, and the line that stands for it."""

    __slots__ = ("ends", "line", "size", "starts")

    def __init__(self, starts: list[int], size: int, ends: int, line: bytes) -> None:
        self.starts, self.size, self.ends, self.line = starts, size, ends, line


class Folds:
    """Three texts with their common runs folded, and the way back."""

    def __init__(self, texts: Texts, git: bytes | None) -> None:
        """`git`: git's own merge, in which the runs must stand, too."""
        self.base = texts[0]
        every = texts if git is None else (*texts, git)
        found = _folds(every)
        o, a, b, *rest = (_folded(text, [(fold.starts[at], fold) for fold in found]) for at, text in enumerate(every))
        self.texts, self.git = (o, a, b), rest[0] if rest else None
        self._folds = {fold.line[1:].partition(b" ")[0]: fold for fold in found}

    def clock(self, clock: Clock, swapped: bool) -> Clock:
        """A clock that is asked with the lines of the folded sides."""
        lines = [self._lines(text) for text in self.texts[1:]]

        def asked(side: int, first: int, last: int) -> int | None:
            known = lines[side ^ swapped]
            return clock(side, _line(known, first), _line(known, last))

        return asked

    def unfold(self, merged: Merged) -> Merged:
        """A merge of the folded texts, as one of all their lines."""
        lines = self._lines(merged.text)
        for aside in merged.asides:
            aside.line = _line(lines, aside.line)
        out: list[bytes] = []
        for fold, behind in self._parts(merged.text):
            out += (self.base[fold.starts[0] : fold.starts[0] + fold.size] if fold else b"", behind)
        merged.text = b"".join(out)
        return merged

    def _parts(self, text: bytes) -> Iterator[tuple[Fold | None, bytes]]:
        """A text cut behind the line of each fold."""
        first, *rest = text.split(FOLD)
        yield None, first
        for part in rest:
            fold = self._folds[part.partition(b" ")[0]]
            yield fold, part[len(fold.line) - 1 :]

    def _lines(self, text: bytes) -> list[tuple[int, int]]:
        """The lines of the folds in a text (from 1), and how many more lines each stands for."""
        found, line = [], 1
        for fold, behind in self._parts(text):
            if fold is not None:
                found.append((line, fold.ends))
            line += behind.count(b"\n")
        return found


def _line(folds: list[tuple[int, int]], line: int) -> int:
    return line + sum(more for at, more in folds if at < line)


def _folded(text: bytes, places: list[tuple[int, Fold]]) -> bytes:
    view = memoryview(text)  # its slices are no copies
    out: list[bytes | memoryview] = []
    at = 0
    for start, fold in sorted(places, key=lambda place: place[0]):
        out += (view[at:start], fold.line)
        at = start + fold.size
    return b"".join([*out, view[at:]])


def _folds(texts: Sequence[bytes]) -> list[Fold]:
    cuts = [Sections(text) for text in texts]
    hashes = [sections.hashes for sections in cuts]
    in_git = _places(hashes[0], hashes[3]) if len(texts) > 3 else []
    found: list[Fold] = []
    for *starts, size in common_runs(hashes[:3]):
        first, last = _enclosed(cuts[0].levels, starts[0], size)
        if last - first < LEAST:
            continue
        at = [start + first for start in starts]
        at += [in_git[at[0]]] if in_git else []
        places = [sections.starts[k] for sections, k in zip(cuts, at, strict=True)]
        fold = _body(texts[0], places, cuts[0].starts[starts[0] + last], len(found))
        others = zip(texts, fold.starts, strict=True)
        if min(at) >= 0 and fold.size and all(_same(texts[0], fold.starts[0], *other, fold.size) for other in others):
            found.append(fold)
    return found


def _enclosed(levels: bytearray, start: int, size: int) -> tuple[int, int]:
    """The part of a run that lies between headings of its lowest level, a few of them from each end, as offsets."""
    low = min(levels[start : start + size])
    heads = [at for at in range(size) if levels[start + at] == low]
    return (heads[MARGIN], heads[-MARGIN]) if len(heads) > 2 * MARGIN else (0, 0)


def _body(text: bytes, places: list[int], stop: int, number: int) -> Fold:
    """What is folded of a run of sections: not its first heading, nor the blank lines and breaks at its end."""
    start, end = text.index(b"\n", places[0]) + 1, stop - 1
    while separates(text[(row := text.rfind(b"\n", start, end) + 1) : end]) and row > start:
        end = row - 1
    end -= text[end - 1 : end] == b"\r"
    if not heading_level(text[places[0] : start].lstrip(b" \t")):  # one of two lines
        end = start
    ends = text.count(b"\n", start, end)
    return Fold([start - places[0] + at for at in places], end - start, ends, FOLD + b"%d %d" % (number, ends + 1))


def _same(one: bytes, i: int, other: bytes, j: int, size: int) -> bool:
    steps = range(0, size, CHUNK)
    return all(one[i + at : i + min(at + CHUNK, size)] == other[j + at : j + min(at + CHUNK, size)] for at in steps)


def common_runs(versions: Sequence[Sequence[Hashable]]) -> list[tuple[int, int, int, int]]:
    """Runs of values that follow each other in all three versions, as (start, start, start, length)."""
    o, a, b = versions
    runs: list[tuple[int, int, int, int]] = []
    start = size = 0
    at_a = at_b = -1
    in_a, in_b, in_o = _places(o, a), _places(o, b), _places(o, o)
    for k in range(len(o) + 1):
        i, j = (in_a[k], in_b[k]) if k < len(o) else (-1, -1)
        known = i >= 0 and j >= 0 and in_o[k] == k
        if known and size and i == at_a + 1 and j == at_b + 1:
            size += 1
        else:
            if size >= LEAST:
                runs.append((start, at_a - size + 1, at_b - size + 1, size))
            start, size = k, int(known)
        at_a, at_b = i, j
    return runs


def _places(values: Sequence[Hashable], there: Sequence[Hashable]) -> list[int]:
    """Where each value stands among others; -1 for one that does not, or repeats there."""
    found: dict[Hashable, int] = {}
    for at, value in enumerate(there):
        found[value] = -1 if value in found else at
    return [found.get(value, -1) for value in values]
