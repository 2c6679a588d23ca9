"""Entries out of a buffer: its title, preface and headings stay byte for byte, the blank lines around entries meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from mbgit.bank.entries import Entry, entries
from mbgit.engine.document import Document, Section, cut
from mbgit.engine.lines import BLANK

from .closed import text_rows

Rows = list[bytes]


def end_of(entry: Entry) -> int:
    """The row behind an entry, counted from 0."""
    return entry.line + entry.text.count(b"\n")


def without(data: bytes, gone: Collection[int]) -> bytes | None:
    """A buffer without some of its entries, given by their index in `entries(data)`.

    None where what is left would be read as something else, as where a line becomes the underline of another one.
    """
    standing = entries(data)
    document, rows = cut(data), text_rows(data)
    if not gone:
        return data
    out: Rows = []
    at = 0
    for run in _runs(standing, gone, document, rows):
        out += rows[at : run.top]
        out += run.seam(rows, out)
        at = run.bottom
    left = written(document, out + rows[at:])
    kept = [entry.text for place, entry in enumerate(standing) if place not in gone]
    if [entry.text for entry in entries(left)] != kept:
        return None
    before, after = changed_units(document, cut(left), rows_of(standing[place] for place in gone))
    return left if before == after else None


def written(document: Document, rows: Rows) -> bytes:
    """Rows as a file with the line ends, byte order mark and last newline of a document."""
    text = b"\n".join(rows)
    if document.newline and (text or rows):
        text += b"\n"
    return document.bom + (text.replace(b"\n", b"\r\n") if document.eol == b"\r\n" else text)


Units = Counter[tuple[str, bytes]]


def changed_units(before: Document, after: Document, leave_out: Collection[int]) -> tuple[Units, Units]:
    """The units, but for breaks, of the sections that two versions of a document do not share.

    Of the first version those are left out that begin in some rows (from 0).
    """
    owns = [Counter(section.own for section in document.sections) for document in (before, after)]
    shared = owns[0] & owns[1]
    return _units(_others(before, shared.copy()), leave_out), _units(_others(after, shared), ())


def _others(document: Document, shared: Counter[bytes]) -> Iterator[Section]:
    for section in document.sections:
        if shared[section.own] > 0:
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

    def __init__(self, start: int, end: int, above: int, below: int, kind: str) -> None:
        self.start, self.end, self.above, self.below, self.kind = start, end, above, below, kind
        self.behind_entry = self.before_entry = False

    @property
    def top(self) -> int:
        return self.start - self.above

    @property
    def bottom(self) -> int:
        return self.end + self.below

    def seam(self, rows: Rows, out: Rows) -> Rows:
        """What stands between what is above and below the run when it is gone."""
        upper, lower = rows[self.top : self.start], rows[self.end : self.bottom]
        if self.bottom == len(rows):
            return lower
        if not out:
            return [row for row in lower if row.strip(BLANK)]
        keep = upper if self.before_entry and not self.behind_entry else lower
        inside = self.kind == "row" or (self.behind_entry and self.before_entry)
        return keep or ([] if inside else [b""])


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
            runs[-1].end, runs[-1].below = run.end, run.below
        else:
            runs.append(run)
            run.behind_entry = run.top in stops
        runs[-1].before_entry = runs[-1].bottom in starts
    return runs


def _run_of(entry: Entry, gaps: dict[int, int], ends: dict[int, int], rows: Rows) -> _Run:
    start, end = entry.line - 1, end_of(entry)
    if entry.kind == "heading":
        return _Run(start, end, gaps.get(start, 0), ends.get(end, 0), entry.kind)
    above = below = 0
    while start - above > 0 and not rows[start - above - 1].strip(BLANK):
        above += 1
    while end + below < len(rows) and not rows[end + below].strip(BLANK):
        below += 1
    return _Run(start, end, above, below, entry.kind)
