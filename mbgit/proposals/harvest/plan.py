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
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from datetime import date
from functools import cache
from typing import NamedTuple

from mbgit.bank.edits import Edited
from mbgit.bank.entries import Entry, anything, entries
from mbgit.bank.settings import Rule, is_target
from mbgit.bank.vocabulary import ACCEPTED, Vocabulary

from .closed import is_closed, is_folded
from .cutting import Left, without
from .links import carried, following
from .matching import NEW, SAME, UPDATED
from .names import day_of, located
from .placing import Buffer, Placed, place
from .records import DECISION, POST_MORTEM, Item, Records, values
from .versions import Changes

OPEN = "a fence, a comment or HTML in it is not closed"
WAITS = "not accepted yet"
UNCLEAN = "what is left of the buffer would be read otherwise"
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
    owner: str
    """The persona whose harvest it is, as the rule names it."""
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
    changes: Changes = tuple,
    words: Vocabulary | None = None,
) -> Harvest | None:
    """Plan the harvest of one buffer; None where it holds no entry (or is no text).

    `tree` are the files of HEAD by path from the root (all paths; only those of the target are read).
    `taken_numbers` are the numbers of decisions in use on HEAD and upstream (`names.record_numbers`). `authors` is
    asked once about each entry that may go, `changes` for the buffer's history where one is to take the place of
    another. Whether the buffer is ripe, and for whom, the caller knows. The same arguments give the same bytes in any
    clone; `today` counts only if an entry has no day and its commit is not known. Raises nothing.
    """
    if b"\0" in source or not (found := entries(source, anything)):
        return None
    job = _Job(rule, source_path, tree, taken_numbers, today, authors, changes)
    job.words = words
    try:
        job.target, job.folder = located(rule.target, tree)
        if not is_target(job.target + "/" * job.folder):
            raise ValueError("it is not where documents may be written")
    except ValueError as error:
        return job.harvest([Stay(entry, f"the target cannot be used: {error}") for entry in found])
    return job.run(source)


class _Round(NamedTuple):
    """What is to become of a buffer's entries, by their index, and the files that receive some."""

    moves: dict[int, Move]
    stays: dict[int, Stay]
    edits: dict[str, bytes]


class _Job:
    """One plan at work."""

    def __init__(
        self, rule: Rule, path: str, tree: Mapping[str, bytes], taken: Iterable[int], today: date,
        authors: Callable[[Entry], Provenance], changes: Changes,
    ) -> None:  # fmt: skip
        self.changes = changes
        self.path, self.target, self.tree, self.today, self.authors = path, rule.target, tree, today, authors
        self.taken = set(taken)
        self.decisions, self.owner = is_decisions(rule), rule.owner
        self.folder = False
        self.words: Vocabulary | None = None
        self.moves: list[Move] = []
        self.edits: dict[str, bytes] = {}

    def run(self, source: bytes) -> Harvest:
        """Move what may go; then what was a heading above it, and is an entry now that it is alone."""
        left = Left(source, list(range(source.count(b"\n") + 1)), [0])
        stays: list[Stay] = []
        while left.uncovered:
            buffer = Buffer(self.carried(left.data), self.carried_changes, anything, self.words)
            found = [_at_line(entry, left.rows[entry.line - 1] + 1) for entry in buffer.entries]
            now = self.round(buffer, found)
            less = without(left.data, now.moves.keys(), drop_all=not self.folder, undated=anything)
            stays = [now.stays[at] for at in sorted(now.stays)]
            if less is None:
                stays = [now.stays.get(at) or Stay(entry, UNCLEAN) for at, entry in enumerate(found)]
            if less is None or not now.moves:
                break
            self.moves += (now.moves[at] for at in sorted(now.moves))
            self.edits |= {self.path: less.data} | now.edits
            left = Left(less.data, [left.rows[row] if row >= 0 else -1 for row in less.rows], less.uncovered)
        self.lead(source)
        return self.harvest(stays)

    def carried(self, data: bytes) -> bytes:
        """The buffer with its links as they have to be where its entries go."""
        return carried(data, self.path, f"{self.target}/x.md" if self.folder else self.target)

    def carried_changes(self) -> Iterator[tuple[bytes, bytes]]:
        led = cache(self.carried)
        return ((led(before), led(after)) for before, after in self.changes())

    def lead(self, source: bytes) -> None:
        """Let links to what moved follow it."""
        moved: dict[str, list[Entry]] = {}
        for move in self.moves:
            moved.setdefault(move.path, []).append(move.entry)
        after = Edited(self.tree, self.edits)
        self.edits |= dict(following(after, self.path, source, moved)) if moved else {}

    def harvest(self, stays: list[Stay]) -> Harvest:
        target = self.target + "/" * self.folder
        return Harvest(self.path, target, tuple(self.moves), tuple(stays), self.owner, self.edits)

    def round(self, buffer: Buffer, found: list[Entry]) -> _Round:
        """Sort the entries of a buffer, and put those that may go where they belong."""
        stays = {at: stay for at in range(len(found)) if (stay := self.stay(buffer, found, at))}
        by = {at: self.authors(entry) for at, entry in enumerate(found) if at not in stays}
        placed, where, edits = (self.into_folder if self.folder else self.into_file)(buffer, by)
        moves = {at: Move(found[at], where.get(at, self.target), how, by[at]) for at, how in placed.how.items()}
        stays |= {at: Stay(found[at], why) for at, why in placed.refused.items()}
        return _Round(moves, stays, edits)

    def stay(self, buffer: Buffer, found: list[Entry], at: int) -> Stay | None:
        """Why an entry must stay, if it must."""
        entry = found[at]
        day = day_of(entry)
        days = max((self.today - day).days, 0) if day else None
        if not is_closed(entry.text) or is_folded(entry.text):
            return Stay(entry, OPEN, days=days)
        if self.decisions and not is_accepted(entry, buffer.tables.get(buffer.entries[at].line, ())):
            return Stay(entry, WAITS, True, days)
        return None

    def into_file(self, buffer: Buffer, by: dict[int, Provenance]) -> _Into:
        old = self.edits[self.target] if self.target in self.edits else self.tree.get(self.target)
        placed = place(old, buffer, list(by), [move.entry for move in self.moves])
        changed = any(how != SAME for how in placed.how.values())
        return placed, {}, {self.target: placed.data} if changed else {}

    def into_folder(self, buffer: Buffer, by: dict[int, Provenance]) -> _Into:
        items = [Item(at, day_of(buffer.entries[at]) or who.day or self.today) for at, who in by.items()]
        form = DECISION if self.decisions else POST_MORTEM
        records = Records(self.target, form, ChainMap(self.edits, self.tree), self.taken)  # type: ignore[arg-type]
        placed = records.place(buffer, items, [move.entry for move in self.moves])
        return placed, records.where, records.edits


_Into = tuple[Placed, dict[int, str], dict[str, bytes]]


def _at_line(entry: Entry, line: int) -> Entry:
    """An entry as it stood in the whole buffer."""
    moved = copy(entry)
    moved.line = line
    return moved


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
