"""Whether a merged page reads as its authors wrote it: two counts of lines, made without the engine.

A *run* is what one side wrote in one place: neighbouring lines that a diff of base and that side calls new. It is

- **torn** if a line between its first and last line in the result is neither its own nor one the other side added;
- **displaced** if, past lines that the other side added, it stands neither behind the line that it followed on its
  side nor before the line that it preceded there. A neighbour that is gone says nothing.

Blank lines, white space around a line, the padding of cells and the ordinal of a numbered item do not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_RUNS = 400  # of one side: a file written anew from end to end has no places to judge
MOST_SPOTS = 400  # places where a run's lines stand: enough to find its window among lines that repeat
LEAST_TEXT = 12  # characters: `---` or `None` may stand anywhere
_ORDINAL = re.compile(r"^\d+([.)] )")


class Reading(NamedTuple):
    """The first lines of the runs that do not read as written, and how many runs were judged."""

    torn: list[str]
    displaced: list[str]
    judged: int


def reading(base: bytes, ours: bytes, theirs: bytes, result: bytes) -> Reading:
    """Judge every run of both sides in a result."""
    before, page = rows(base), _Page(rows(result))
    sides = [_Side(before, rows(text), page) for text in (ours, theirs)]
    torn: list[str] = []
    displaced: list[str] = []
    judged = 0
    for side, other in (sides, reversed(sides)):
        for first, last in side.runs:
            place = side.found(first, last)
            if not place:
                continue
            judged += 1
            if any(at not in place and at not in other.brought for at in range(place[0], place[-1])):
                torn.append(side.rows[first])
            elif not side.in_place(first, last, place, other.brought):
                displaced.append(side.rows[first])
    return Reading(torn, displaced, judged)


def rows(text: bytes) -> list[str]:
    """What the lines of a text say, blank ones left out."""
    lines = (line.strip() for line in text.decode("utf-8", "replace").splitlines())
    return [_said(line) for line in lines if line]


def _said(line: str) -> str:
    if line.startswith("|"):
        return "|".join(cell.strip() for cell in line.split("|"))
    return _ORDINAL.sub(r"1\1", line)


def _pairs(one: list[str], other: list[str]) -> Iterator[tuple[int, int]]:
    """The places of lines that two versions have in common, in order."""
    for at, there, count in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        yield from zip(range(at, at + count), range(there, there + count), strict=True)


class _Page:
    """The result."""

    def __init__(self, lines: list[str]) -> None:
        self.rows, self.says = lines, set(lines)


class _Side:
    """A side's runs, and where they stand in the result."""

    def __init__(self, base: list[str], lines: list[str], page: _Page) -> None:
        self.base, self.rows, self.page = frozenset(base), lines, page
        old = {at for _, at in _pairs(base, lines)}
        self.place = dict(_pairs(lines, page.rows))
        self.brought = {there for at, there in self.place.items() if at not in old}
        runs = list(_runs(len(lines), old))
        self.runs = [run for run in runs if self._counts(*run)] if len(runs) <= MOST_RUNS else []

    def _counts(self, first: int, last: int) -> bool:
        text = self.rows[first : last + 1]
        return sum(map(len, text)) >= LEAST_TEXT and not self.base.issuperset(text)

    def found(self, first: int, last: int) -> list[int]:
        """Where in the result the lines of a run stand: in the smallest window that holds most of them."""
        text = Counter(self.rows[first : last + 1])
        spots = [at for at, line in enumerate(self.page.rows) if line in text]
        starts = spots if len(spots) <= MOST_SPOTS else spots[:1]
        windows = [self._window(at, spots, text) for at in starts]
        aligned = {self.place[at] for at in range(first, last + 1) if at in self.place}
        return max(windows, key=lambda w: (len(w), w[0] - w[-1], w[0] in aligned), default=[])

    def _window(self, start: int, spots: list[int], text: Counter[str]) -> list[int]:
        """The lines of a run that follow one place of the result, each as often as the run has it."""
        wanted, window = Counter(text), []
        for at in spots:
            line = self.page.rows[at]
            if at >= start and wanted[line]:
                wanted[line] -= 1
                window.append(at)
                if len(window) == text.total():
                    break
        return window

    def in_place(self, first: int, last: int, place: list[int], others: set[int]) -> bool:
        """Whether the run stands behind what it followed on its side, or before what it preceded."""
        return self._beside(range(first - 1, -1, -1), range(place[0] - 1, -1, -1), others) or self._beside(
            range(last + 1, len(self.rows)), range(place[-1] + 1, len(self.page.rows)), others
        )

    def _beside(self, mine: range, there: range, others: set[int]) -> bool:
        """Whether the nearest line of the side that still stands is the nearest one of the result, too."""
        wanted = next((self.rows[at] for at in mine if self.rows[at] in self.page.says), None)
        reached = (self.page.rows[at] for at in there if at not in others or self.page.rows[at] == wanted)
        return next(reached, None) == wanted


def _runs(count: int, old: set[int]) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of new lines."""
    first = 0
    for at in range(count + 1):
        if at == count or at in old:
            if first < at:
                yield first, at - 1
            first = at + 1
