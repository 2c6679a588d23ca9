"""Cuts entries out of a buffer. Title, preface and headings stay byte for byte; the blank lines around entries join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from mbgit.bank.entries import Entry, Undated, entries
from mbgit.engine.document import Document, Section, cut
from mbgit.engine.lines import BLANK

from .closed import text_rows

Rows = list[bytes]


def end_of(entry: Entry) -> int:
    """The row behind an entry, counted from 0."""
    return entry.line + entry.text.count(b"\n")


class Left(NamedTuple):
    """What is left of a buffer."""

    data: bytes
    rows: list[int]
    """For each of its rows the one that it was before (both from 0), -1 for a new blank one."""
    uncovered: list[int]
    """Which of its entries are headings that were none while other entries stood below them: a day, say."""


def without(
    data: bytes, gone: Collection[int], drop_all: bool = True, undated: Undated | None = None
) -> Left | None:
    """A buffer without some of its entries, given by their index in `entries(data, undated)`.

    A dated heading over nothing but such entries goes with them: for itself it would be an entry. With `drop_all`
    off only one that says nothing but its day does. None where what is left would be read as something else, as
    where a line becomes the underline of another one.
    """
    standing, document, rows = entries(data, undated), cut(data), text_rows(data)
    out: list[int] = []
    at = 0
    for run in _runs(standing, gone, document, rows):
        out += range(at, run.top)
        out += run.seam(rows, bool(out))
        at = run.bottom
    out += range(at, len(rows))
    left = written(document, [rows[row] if row >= 0 else b"" for row in out]) if gone else data
    now = entries(left, undated)
    kept = {entry.line - 1: entry.text for place, entry in enumerate(standing) if place not in gone}
    headings = {s.line for s in document.sections} - {entry.line - 1 for entry in standing}
    heads = [place for place, entry in enumerate(now) if entry.kind == "heading"]
    uncovered = [place for place in heads if out[now[place].line - 1] in headings]
    rest = {out[entry.line - 1]: entry.text for place, entry in enumerate(now) if place not in set(uncovered)}
    before, after = changed_units(document, cut(left), rows_of(standing[place] for place in gone))
    if rest != kept or before != after:
        return None
    return _dropped(Left(left, out, uncovered), now, drop_all, undated)


def _dropped(left: Left, now: list[Entry], drop_all: bool, undated: Undated | None) -> Left | None:
    """Take the headings out that nothing stands below any more."""
    empty = {at for at in left.uncovered if not now[at].nodes and (drop_all or _is_bare(now[at]))}
    if not empty:
        return left
    less = without(left.data, empty, drop_all, undated)
    if less is None:
        return left
    rows = [left.rows[row] if row >= 0 else -1 for row in less.rows]
    places = {now[at].line - 1 for at in left.uncovered if at not in empty}
    also = [at for at, entry in enumerate(entries(less.data, undated)) if less.rows[entry.line - 1] in places]
    return Left(less.data, rows, sorted({*less.uncovered, *also}))


def _is_bare(entry: Entry) -> bool:
    """Whether a heading says nothing but a date."""
    return not entry.text.strip(b"# \t\r0123456789-/:.TZ[]()*`=\n")


def written(document: Document, rows: Rows) -> bytes:
    """Rows as a file with the line ends, byte order mark and last newline of a document."""
    text = b"\n".join(rows)
    if document.newline and (text or rows):
        text += b"\n"
    return document.bom + (text.replace(b"\n", b"\r\n") if document.eol == b"\r\n" else text)


Units = Counter[tuple[str, bytes]]


def changed_units(before: Document, after: Document, leave_out: Collection[int]) -> tuple[Units, Units]:
    """The units, but for breaks, of the sections that two versions of a document do not share.

    Of the first version those are left out that begin in some rows (from 0). A section whose heading does is none that
    the second one could share: its twin is.
    """
    gone = {section.place for section in before.sections if section.head and section.line in leave_out}
    here = Counter(section.own for section in before.sections if section.place not in gone)
    shared = here & Counter(section.own for section in after.sections)
    return _units(_others(before, shared.copy(), gone), leave_out), _units(_others(after, shared, ()), ())


def _others(document: Document, shared: Counter[bytes], gone: Collection[int]) -> Iterator[Section]:
    for section in document.sections:
        if section.place not in gone and shared[section.own] > 0:
            shared[section.own] -= 1
        else:
            yield section


def _units(sections: Iterable[Section], leave_out: Collection[int]) -> Units:
    found: Units = Counter()
    sections = list(sections)
    todo = [("heading", section.line, section.head) for section in sections if section.head]
    nodes = [node for section in sections for node in section.blocks]
    for node in nodes:
        nodes.extend(node.kids)
    todo += [(node.kind, node.line, node.head) for node in nodes if node.kind != "break"]
    for kind, line, head in todo:
        if line not in leave_out:
            found[kind, b"\n".join(head)] += 1
    return found


def rows_of(taken: Iterable[Entry]) -> set[int]:
    """The rows, from 0, in which some entries stand."""
    return {row for entry in taken for row in range(entry.line - 1, end_of(entry))}


class _Run:
    """Neighbouring entries that go together with what parts them."""

    def __init__(self, start: int, end: int, before: int, after: int, kind: str) -> None:
        self.start, self.end, self.before, self.after, self.kind = start, end, before, after, kind
        self.behind_entry = self.before_entry = False

    @property
    def top(self) -> int:
        return self.start - self.before

    @property
    def bottom(self) -> int:
        return self.end + self.after

    def seam(self, rows: Rows, follows: bool) -> list[int]:
        """The rows that stand between what is above (if anything is) and below the run when it is gone."""
        upper, lower = list(range(self.top, self.start)), list(range(self.end, self.bottom))
        if self.bottom == len(rows):
            return lower
        if not follows:
            return [row for row in lower if rows[row].strip(BLANK)]
        keep = upper if self.before_entry and not self.behind_entry else lower
        inside = self.kind == "row" or (self.behind_entry and self.before_entry)
        return keep or ([] if inside else [-1])


def _runs(standing: list[Entry], gone: Collection[int], document: Document, rows: Rows) -> list[_Run]:
    gaps = {s.line: len(s.gap) for s in document.sections if s.head}
    ends = {s.line - len(s.gap): len(s.gap) for s in document.sections if s.head}
    ends[len(rows) - len(document.end)] = len(document.end)
    starts, stops = {e.line - 1 for e in standing}, {end_of(e) for e in standing}
    runs: list[_Run] = []
    for place, entry in enumerate(standing):
        if place not in gone:
            continue
        run = _run_of(entry, gaps, ends, rows)
        if runs and runs[-1].bottom >= run.top and place - 1 in gone:
            runs[-1].end, runs[-1].after = run.end, run.after
        else:
            runs.append(run)
            run.behind_entry = run.top in stops
        runs[-1].before_entry = runs[-1].bottom in starts
    return runs


def _run_of(entry: Entry, gaps: dict[int, int], ends: dict[int, int], rows: Rows) -> _Run:
    start, end = entry.line - 1, end_of(entry)
    if entry.kind == "heading":
        return _Run(start, end, gaps.get(start, 0), ends.get(end, 0), entry.kind)
    before = after = 0
    while start - before > 0 and not rows[start - before - 1].strip(BLANK):
        before += 1
    while end + after < len(rows) and not rows[end + after].strip(BLANK):
        after += 1
    return _Run(start, end, before, after, entry.kind)
