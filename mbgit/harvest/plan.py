"""What a harvest moves: which entries of a buffer go, where each goes, which stay and why, and the new bytes of all.

The story of each kind of target::

    patterns-buffer.md   ## Caching               ->  Docs/03-Reference/Patterns.md, below ## Caching
                         - [2025-08-21] Keys ...
    lessons-buffer.md    ### 2025-08-21 Lost ...  ->  Docs/06-PostMortems/2025-08-21-lost-....md, and its README.md
    decisions-inbox.md   ## [2025-08-21] SQLite   ->  Docs/03-Reference/ADR/ADR-004-sqlite.md
                         **Status**: Accepted
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from datetime import date
from typing import NamedTuple

from mbgit.bank.entries import Entry
from mbgit.bank.settings import Rule, is_target

from .closed import is_closed, is_folded
from .cutting import Left, without
from .matching import NEW, SAME, UPDATED
from .names import day_of, located, record_numbers
from .placing import Buffer, place
from .records import DECISION, POST_MORTEM, Item, Records, values

ACCEPTED = ("accepted", "approved")
_WORD = re.compile(r"[^\W\d_]+")


class Provenance(NamedTuple):
    """Who wrote an entry, in which commit, and on which day; what is not known is empty."""

    name: str = ""
    mail: str = ""
    commit: str = ""
    day: date | None = None


class Move(NamedTuple):
    """An entry that leaves the buffer."""

    entry: Entry
    path: str
    """Where it stands from now on."""
    how: str
    """NEW, UPDATED (its earlier version stood there), or SAME (it stood there already)."""
    by: Provenance


class Stay(NamedTuple):
    """An entry that stays in the buffer."""

    entry: Entry
    why: str
    """A few words, fit for a terminal."""
    awaiting: bool = False
    """Whether it waits for a decision."""
    days: int | None = None
    """How old it is."""


class Harvest(NamedTuple):
    """The outcome of a plan. Without `edits` there is nothing to propose."""

    source: str
    target: str
    """As the repository spells it; a folder ends in a slash."""
    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]
    edits: dict[str, bytes]
    """The new bytes of the buffer and of what receives its entries: they belong into one commit."""

    @property
    def awaiting(self) -> tuple[Stay, ...]:
        return tuple(stay for stay in self.stays if stay.awaiting)


def plan(
    rule: Rule,
    source_path: str,
    source: bytes,
    tree: Mapping[str, bytes],
    taken_numbers: Iterable[int],
    today: date,
    authors: Callable[[Entry], Provenance],
) -> Harvest | None:
    """Plan the harvest of one buffer; None where it holds no entry (or is no text).

    `tree` are the files of HEAD by path from the root (all paths; only those of the target are read).
    `taken_numbers` are the numbers of decisions in use on HEAD and upstream (`names.record_numbers`). `authors` is
    asked once about each entry that may go. Whether the buffer is ripe, and for whom, the caller knows. The same
    arguments give the same bytes in any clone; `today` counts only where an entry has no day and nobody knows its
    commit. Raises nothing.
    """
    first = _planned(rule, source_path, source, tree, taken_numbers, today, authors)
    if first is None or not first.uncovered:
        return first.harvest if first else None
    # What was a heading over the entries that go is an entry now, with text of its own: it goes in the same commit.
    whole, left = first.harvest, first.left
    edits = dict(whole.edits)

    def of_source(entry: Entry) -> Provenance:
        return authors(_moved_to(entry, left.rows[entry.line - 1] + 1))

    numbers = {*taken_numbers, *record_numbers(edits)}
    again = plan(rule, source_path, left.data, _Over(edits, tree), numbers, today, of_source)
    if again is None:
        return whole
    places = [_moved_to(each.entry, left.rows[each.entry.line - 1] + 1) for each in again.moves]
    moves = [move._replace(entry=entry) for move, entry in zip(again.moves, places, strict=True)]
    return whole._replace(moves=(*whole.moves, *moves), stays=again.stays, edits=edits | again.edits)


class _Plan(NamedTuple):
    harvest: Harvest
    left: Left
    uncovered: bool


class _Over(Mapping[str, bytes]):
    """A tree with some files changed."""

    def __init__(self, edits: Mapping[str, bytes], tree: Mapping[str, bytes]) -> None:
        self.edits, self.tree = edits, tree

    def __getitem__(self, path: str) -> bytes:
        return self.edits[path] if path in self.edits else self.tree[path]

    def __iter__(self) -> Iterator[str]:
        yield from self.tree
        yield from (path for path in self.edits if path not in self.tree)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _moved_to(entry: Entry, line: int) -> Entry:
    moved = copy(entry)
    moved.line = line
    return moved


def _planned(
    rule: Rule,
    source_path: str,
    source: bytes,
    tree: Mapping[str, bytes],
    taken_numbers: Iterable[int],
    today: date,
    authors: Callable[[Entry], Provenance],
) -> _Plan | None:
    """One round of a plan."""
    if b"\0" in source:
        return None
    job = _Job(rule, source_path, source, tree, today)
    if not job.found:
        return None
    job.sort()
    try:
        job.target, folder = located(rule.target, tree)
        if not is_target(job.target + "/" * folder):
            raise ValueError("it is not where documents may be written")
    except ValueError as error:
        return _Plan(job.nothing(f"the target cannot be used: {error}"), Left(source, [], []), False)
    if folder:
        job.into_folder({at: authors(job.found[at]) for at in job.ready}, taken_numbers)
    else:
        job.into_file({at: authors(job.found[at]) for at in job.ready})
    harvest = job.harvest()
    left = job.left or Left(source, [], [])
    return _Plan(harvest, left, bool(harvest.moves and left.uncovered))


class _Job:
    """One plan at work."""

    def __init__(self, rule: Rule, path: str, source: bytes, tree: Mapping[str, bytes], today: date) -> None:
        self.path, self.source, self.tree, self.today = path, source, tree, today
        self.buffer = Buffer(source)
        self.found = self.buffer.entries
        self.target = rule.target
        self.folder = False
        self.left: Left | None = None
        self.decisions = is_decisions(rule)
        self.ready: list[int] = []
        self.stays: dict[int, Stay] = {}
        self.moves: dict[int, Move] = {}
        self.edits: dict[str, bytes] = {}

    def sort(self) -> None:
        """Tell what may go from what stays."""
        for at, entry in enumerate(self.found):
            day = day_of(entry)
            days = max((self.today - day).days, 0) if day else None
            if not is_closed(entry.text) or is_folded(entry.text):
                self.stays[at] = Stay(entry, "a fence, a comment or HTML in it is not closed", days=days)
            elif self.decisions and not is_accepted(entry, self.buffer.tables.get(entry.line, ())):
                self.stays[at] = Stay(entry, "not accepted yet", True, days)
            else:
                self.ready.append(at)

    def into_file(self, by: dict[int, Provenance]) -> None:
        placed = place(self.tree.get(self.target), self.buffer, self.ready)
        for at, how in placed.how.items():
            self.moves[at] = Move(self.found[at], self.target, how, by[at])
        for at, why in placed.refused.items():
            self.stays[at] = Stay(self.found[at], why)
        if any(how != SAME for how in placed.how.values()):
            self.edits[self.target] = placed.data

    def into_folder(self, by: dict[int, Provenance], taken: Iterable[int]) -> None:
        self.folder = True
        items = [Item(at, day_of(self.found[at]) or by[at].day or self.today) for at in self.ready]
        records = Records(self.target, DECISION if self.decisions else POST_MORTEM, self.tree, taken)
        placed = records.place(self.buffer, items)
        for at, how in placed.how.items():
            self.moves[at] = Move(self.found[at], records.where[at], how, by[at])
        for at, why in placed.refused.items():
            self.stays[at] = Stay(self.found[at], why)
        self.edits |= records.edits

    def nothing(self, why: str) -> Harvest:
        """Everything stays."""
        stays = [self.stays.get(at) or Stay(entry, why) for at, entry in enumerate(self.found)]
        return Harvest(self.path, self.target, (), tuple(stays), {})

    def harvest(self) -> Harvest:
        if not self.moves:
            return self.nothing("")
        left = self.left = without(self.source, self.moves.keys(), drop_all=not self.folder)
        if left is None:
            return self.nothing("what is left of the buffer would be read otherwise")
        target = self.target + "/" * self.folder
        moves = tuple(self.moves[at] for at in sorted(self.moves))
        stays = tuple(self.stays[at] for at in sorted(self.stays))
        return Harvest(self.path, target, moves, stays, {self.path: left.data} | self.edits)


def is_decisions(rule: Rule) -> bool:
    """Whether a rule harvests decisions: then only accepted ones go."""
    name, folder = rule.source.rpartition("/")[2], rule.target.rstrip("/").rpartition("/")[2]
    return name.casefold().startswith("decision") or folder.casefold() in ("adr", "adrs", "decisions")


def is_accepted(entry: Entry, table: tuple[bytes, ...] = ()) -> bool:
    """Whether an entry's Status is Accepted or Approved; one with several says so in each."""
    stated = [field.value for field in entry.fields if field.name == "status"]
    if not stated:
        stated = [value for name, value in values(entry, table).items() if name == "status"]
    words = [_WORD.search(value.partition("\n")[0][:200]) for value in stated]
    return bool(words) and all(word is not None and word[0].casefold() in ACCEPTED for word in words)


__all__ = ["NEW", "SAME", "UPDATED", "Harvest", "Move", "Provenance", "Stay", "is_accepted", "is_decisions", "plan"]
