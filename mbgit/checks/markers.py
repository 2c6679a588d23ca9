"""Conflict markers that somebody committed.

A conflict is what git writes: `<<<<<<<`, perhaps `|||||||`, `=======`, `>>>>>>>`, in that order, each at the start of
a line and all of one length, seven or more. What is left of one that was half taken out counts as well: the first
marker, whose like nobody writes in prose, and the last one. A line of `=` alone underlines a heading, and a last
marker among lines that begin with `>` is a quote seven levels deep.

Inside of a code block a conflict looks like a page that explains conflicts, and both occur. So a
closed fence that holds one whole conflict and nothing besides is taken for an example: a warning, which never blocks.
A conflict between other lines of a fence, or across its ends, is what a merge leaves: it counts. Single markers inside
of a fence are left alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from mbgit.words import quoted

from .finding import Finding
from .page import Page, World

NAME = "markers"

LEAST = 7  # characters of a marker
_LONGEST = 100  # `conflict-marker-size` may be set, but a longer run of these is a drawing
_FIRST, _BASE, _MIDDLE, _LAST = "<|=>"
_ORDER = {_FIRST: _BASE + _MIDDLE, _BASE: _MIDDLE, _MIDDLE: _LAST}  # what may come behind what


class Marker(NamedTuple):
    """One line that may be a conflict marker; rows count from 0."""

    row: int
    sign: str
    size: int


class Conflict(NamedTuple):
    """From its first marker to its last; one row where only one marker is left."""

    start: int
    end: int


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each conflict, or what is left of one."""
    if not any(sign in page.data for sign in (b"<" * LEAST, b">" * LEAST)):
        return []
    fences = list(_fences(page))
    conflicts = ((conflict, _around(conflict, fences)) for conflict in _conflicts(page.rows))
    return [
        _finding(page, conflict, bool(fence) and _holds_nothing_else(page.rows, fence, conflict))
        for conflict, fence in conflicts
        if not fence or conflict.start < conflict.end
    ]


def _finding(page: Page, conflict: Conflict, example: bool) -> Finding:
    what = "conflict markers" if conflict.start < conflict.end else "a conflict marker"
    what = f"{what} shown as code" if example else what
    inside = page.rows[conflict.start + 1 : conflict.end] or [page.rows[conflict.start]]
    first = next((row for row in inside if row.strip()), "")
    return Finding(NAME, page.path, conflict.start + 1, f"{what} at {quoted(first)}", lowered=example)


def _markers(rows: list[str]) -> Iterator[Marker]:
    for number, row in enumerate(rows):
        sign = row[:1]
        if sign in ("<", "|", "=", ">") and row.startswith(sign * LEAST):
            run = row[: _LONGEST + 1]
            size = len(run) - len(run.lstrip(sign))
            if size <= _LONGEST and row[size : size + 1] in ("", " ", "\r"):
                yield Marker(number, sign, size)


def _conflicts(rows: list[str]) -> list[Conflict]:
    """Whole conflicts, and single markers that are no part of one, in order of their first row."""
    open_: dict[int, list[Marker]] = {}  # by size: a conflict inside of a base has longer markers
    found: list[Conflict] = []
    for marker in _markers(rows):
        chain = open_.get(marker.size, [])
        if marker.sign == _FIRST:
            found += [Conflict(chain[0].row, chain[0].row)] if chain else []
            open_[marker.size] = [marker]
        elif chain and marker.sign in _ORDER[chain[-1].sign]:
            chain.append(marker)
            if marker.sign == _LAST:
                found.append(Conflict(chain[0].row, marker.row))
                del open_[marker.size]
        elif marker.sign == _LAST and not chain and _stands_alone(rows, marker):
            found.append(Conflict(marker.row, marker.row))
    found += [Conflict(chain[0].row, chain[0].row) for chain in open_.values()]
    return sorted(found)


def _stands_alone(rows: list[str], marker: Marker) -> bool:
    """Whether a last marker is none of a quote's rows."""
    around = rows[max(marker.row - 1, 0) : marker.row] + rows[marker.row + 1 : marker.row + 2]
    return len(rows[marker.row]) > marker.size and not any(row.startswith(">") for row in around)


def _fences(page: Page) -> Iterator[range]:
    """The rows of each fenced block that is closed, the fence's own included."""
    for token in page.tokens:
        if token.type == "fence" and token.map and is_closed(page, token.map, token.markup):
            yield range(*token.map)


def _around(conflict: Conflict, fences: list[range]) -> range:
    """The fence that a conflict stands in, an empty range where it stands in none."""
    at = bisect_right(fences, conflict.start, key=lambda fence: fence.start) - 1
    fence = fences[at] if at >= 0 else range(0)
    return fence if fence.start < conflict.start and conflict.end < fence.stop - 1 else range(0)


def is_closed(page: Page, rows: list[int], markup: str) -> bool:
    """Whether the fenced block on these rows (first, behind the last) ends with a closing fence."""
    last = page.rows[rows[1] - 1].strip("> \t") if rows[1] - rows[0] > 1 else ""
    return len(last) >= len(markup) and not last.strip(markup[:1])


def _holds_nothing_else(rows: list[str], fence: range, conflict: Conflict) -> bool:
    outside = rows[fence.start + 1 : conflict.start] + rows[conflict.end + 1 : fence.stop - 1]
    return not any(row.strip() for row in outside)
