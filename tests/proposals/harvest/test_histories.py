"""Whole histories of one entry: clones edit it, merge, rebase and harvest it, and no line that stands is lost.

A commit is a buffer and a document here, so hundreds of histories take a second. Each line has a number of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest

from mbgit.bank.entries import entries
from mbgit.engine.threeway import merge3
from mbgit.proposals.harvest.versions import settled
from tests.support import storms

BUFFER, TARGET = b"# Lessons\n", b"# Lessons learned\n"
HEAD = b"### 2025-08-01 Keys\n\nTwo tenants saw each other's invoices: the key of the cache came from the path.\n\n"
NUMBER = re.compile(rb"(\d+) noted")
WORDS = (b"timeout", b"invoice", b"tenant", b"cache", b"header")


def line(number: int) -> bytes:
    return b"- %s %d noted" % (WORDS[number % len(WORDS)], number)


def numbers(*texts: bytes) -> set[bytes]:
    return {number for text in texts for number in NUMBER.findall(text)}


@dataclass(frozen=True, eq=False)
class Commit:
    """A state of the repository, and which lines people have taken out on the way to it."""

    place: int
    parents: tuple[Commit, ...]
    buffer: bytes
    target: bytes
    removed: frozenset[bytes] = frozenset()

    @cached_property
    def history(self) -> dict[int, Commit]:
        """The commit and all that came before it, by their places."""
        found = {self.place: self}
        for parent in self.parents:
            found |= parent.history
        return found

    def changes(self) -> Iterator[tuple[bytes, bytes]]:
        """What git tells of the buffer: `mbgit.git.changes_of`."""
        for place in sorted(self.history, reverse=True):
            commit = self.history[place]
            pairs = [(parent.buffer, commit.buffer) for parent in commit.parents if parent.buffer != commit.buffer]
            yield from pairs
            if 0 < len(pairs) < len(commit.parents):
                yield commit.buffer, commit.buffer


class Story:
    """Some clones of one repository, and a remote that all of them push to."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.written = self.commits = 0
        root = self.commit((), BUFFER, TARGET)
        first = b"\n".join(self.new() for _ in range(self.rng.randint(2, 4)))
        self.remote = self.commit((root,), BUFFER + b"\n" + HEAD + first + b"\n", TARGET)
        self.clones = [self.remote] * self.rng.randint(2, 3)
        self.unpushed: list[list[Commit]] = [[] for _ in self.clones]

    def commit(self, parents: tuple[Commit, ...], buffer: bytes, target: bytes, *removed: bytes) -> Commit:
        self.commits += 1
        before = frozenset(number for parent in parents for number in parent.removed)
        return Commit(self.commits, parents, buffer, target, before | {*removed})

    def new(self) -> bytes:
        self.written += 1
        return line(self.written)

    def lost(self) -> set[bytes]:
        """The lines that the first harvest to lose any has lost, if one does."""
        acts = (self.edit,) * 6 + (self.harvest,) * 2 + (self.merge,) * 2 + (self.rebase,) * 2
        for _ in range(self.rng.randint(10, 26)):
            at = self.rng.randrange(len(self.clones))
            if lost := self.rng.choice(acts)(at):
                return lost
        return set()

    def own(self, at: int, commit: Commit) -> None:
        self.clones[at] = commit
        self.unpushed[at].append(commit)

    def edit(self, at: int) -> set[bytes]:
        """Note a line, reword one, or take one out."""
        mine = self.clones[at]
        lines = mine.buffer.split(b"\n")
        if noted := [n for n, row in enumerate(lines) if NUMBER.search(row)]:
            place, act = self.rng.choice(noted), self.rng.random()
            removed = NUMBER.findall(lines[place])
            if act < 0.5:
                lines.insert(place + 1, self.new())
                removed = []
            elif act < 0.75:
                self.written += 1
                lines[place] = lines[place].replace(removed[0], b"%d" % self.written)
            else:
                del lines[place]
            self.own(at, self.commit((mine,), b"\n".join(lines), mine.target, *removed))
        return set()

    def harvest(self, at: int) -> set[bytes]:
        """The entry moves to the document; what is lost by that."""
        mine = self.clones[at]
        there, new = entries(mine.target), entries(mine.buffer)
        if len(new) != 1 or len(there) > 1:
            return set()
        (match,) = settled(there, new, [0], (), mine.changes)
        if match.how == "new" and there:  # both stand
            return set()
        target = mine.target if match.how == "same" else TARGET + b"\n" + new[0].text + b"\n"
        self.own(at, self.commit((mine,), BUFFER, target))
        return numbers(mine.buffer, mine.target) - numbers(target) - mine.removed

    def merge(self, at: int) -> set[bytes]:
        """Pull and push."""
        mine, other = self.clones[at], self.remote
        if mine.place in other.history:
            both = other
        elif other.place in mine.history:
            both = mine
        else:
            both = self.commit((mine, other), *self.merged(self.base(mine, other), mine, other))
        self.clones[at] = self.remote = both
        self.unpushed[at] = []
        return set()

    def rebase(self, at: int) -> set[bytes]:
        """Pull with --rebase, and push."""
        tip = self.remote
        if tip.place not in self.clones[at].history:
            for commit in self.unpushed[at]:
                before = commit.parents[0]
                tip = self.commit((tip,), *self.merged(before, tip, commit), *commit.removed - before.removed)
            self.clones[at] = tip
        self.remote, self.unpushed[at] = self.clones[at], []
        return set()

    @staticmethod
    def base(one: Commit, other: Commit) -> Commit:
        """The newest commit that both have."""
        return one.history[max(one.history.keys() & other.history.keys())]

    @staticmethod
    def merged(base: Commit, one: Commit, other: Commit) -> tuple[bytes, bytes]:
        buffer = merge3(base.buffer, one.buffer, other.buffer, "union", "lessons-buffer.md").text
        return buffer, merge3(base.target, one.target, other.target, "union", "Lessons.md").text


@pytest.mark.parametrize(("first", "last"), [(0, 400), *storms([(400, 6_000)])])
def test_no_harvest_loses_what_stands(first: int, last: int) -> None:
    """But for one in thousands: a rebase has cut the lines of both versions."""
    lost = {seed: found for seed in range(first, last) if (found := Story(seed).lost())}
    assert len(lost) <= (last - first) // 2_000, lost
