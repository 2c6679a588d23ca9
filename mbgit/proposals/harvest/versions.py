"""Two edits of one entry, of which one was harvested and one is still in the buffer: the target gets both.

Ada edits an entry and harvests it, Bob edits it as it was before: his version may not take the place of hers. The
history of the buffer shows which version each began from; a three-way merge does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from mbgit.bank.entries import Entry, anything, entries
from mbgit.engine.threeway import merge3

from .matching import NEW, SAME, UPDATED, Match, matched

Changes = Callable[[], Iterable[tuple[bytes, bytes]]]
"""The changes of a buffer (its bytes before and after), newest first, those of a merge one behind the other and one for
each parent; asked for where an entry is to take the place of another one."""


def settled(
    old: Sequence[Entry], new: list[Entry], wanted: Sequence[int], beside: Sequence[Entry], changes: Changes
) -> list[Match]:
    """What the old entries say of the wanted ones of a buffer (`new`), as `matched` has it.

    One that is to take the place of an entry which it was not made from becomes, in `new`, both in one. Where they do
    not merge into one entry, both stand.
    """
    found = matched(old, [new[at] for at in wanted], beside)
    for place, (at, match) in enumerate(zip(wanted, found, strict=True)):
        if match.how == UPDATED:
            both = _both(old[match.old], new[at], changes)
            if both is None:
                found[place] = Match(NEW)
            elif both.identity == old[match.old].identity:
                found[place], new[at] = Match(SAME), both
            else:
                new[at] = both
    return found


def _both(standing: Entry, entry: Entry, changes: Changes) -> Entry | None:
    """An entry with what another edit of it made of the one that stands; None where that is no single entry."""
    base = _base(standing, entry, changes)
    if base is standing:
        return entry
    one, mine, other = (version.text.replace(b"\r", b"") + b"\n" for version in (base, standing, entry))
    found = entries(merge3(one, mine, other, "union", "entry.md").text, anything)
    if len(found) != 1 or found[0].kind != entry.kind:
        return None
    found[0].heads, found[0].line = entry.heads, entry.line
    return found[0]


def _base(standing: Entry, entry: Entry, changes: Changes) -> Entry:
    """The version that both were made from: the one that stands, unless history names another."""
    past = _Past(entry, changes)
    mine, other = past.ancestors(entry), past.ancestors(standing)
    known = {ancestor.identity: ancestor for ancestor in reversed(other)}
    shared = [known[ancestor.identity] for ancestor in mine if ancestor.identity in known]
    if shared:
        return standing if standing in shared else shared[0]
    if standing.identity not in past.every and (past.but(entry) or past.first):
        return _fitting(standing, entry, past)
    return _likeliest(standing, entry, past)


def _fitting(standing: Entry, entry: Entry, past: _Past) -> Entry:
    """The base of an entry and one that no edit of the buffer made, but a merge of documents, or hands in one.

    It was made of what has been harvested, and all versions of the first one. So what each of both lacks it has either
    taken out, if it had it once, or never had. The base is the version that has a merge take out just that; a line too
    many is better than one too few.
    """
    once = (past.lines(entry), past.lines(*past.harvested))
    lacked = (rows(standing) - rows(entry), rows(entry) - rows(standing))

    def fault(base: Entry) -> tuple[int, int]:
        wrong = 0
        for rest, had in zip(lacked, once, strict=True):
            taken, meant = rest & rows(base), rest & had
            wrong += 2 * (taken - meant).total() + (meant - taken).total()
        return wrong, _apart(base, standing)

    return min((*past.every.values(), standing, entry), key=fault)


def _likeliest(standing: Entry, entry: Entry, past: _Past) -> Entry:
    """The base of two versions whose lines do not meet, as after a rebase, which cuts one of them.

    It is what the first of the entry is most like, but for what was made from the one that stands, and so has more than
    that from it. First counts what the merge would take out of either: a version that never had it explains better that
    the other lacks it.
    """
    mine, line = past.ancestors(entry), past.ancestors(standing)
    oldest = line[-1]
    others = [it for it in past.but(*mine) if not past.made_from(it, standing)]
    if others and past.made_from(min(others, key=lambda it: _apart(it, oldest)), entry):
        return entry  # the line of the one that stands is cut: it is the later one
    if past.began(mine[1:]) and not past.began(line):
        # it is cut too, and that of the entry is whole
        return min(mine[1:], key=lambda it: (_dropped(entry, it, standing), _apart(it, oldest)))
    others = [it for it in others if not past.made_from(it, entry)]
    return min([standing, *others], key=lambda it: (_dropped(standing, it, mine[-1]), _apart(it, mine[-1])))


class _Past:
    """What history says of the versions of an entry."""

    def __init__(self, entry: Entry, changes: Changes) -> None:
        self.entry = entry
        self.every: dict[bytes, Entry] = {}
        """By their identity."""
        self.before: dict[bytes, list[Entry]] = {}
        """What a version, by its identity, was in the commits before it appeared."""
        self.harvested: list[Entry] = []
        """The versions that a commit took out."""
        self.first = b""
        """The identity of the version that was there first, as far as history was read."""
        self._cut = cache(entries)
        for new, olds in _commits(changes()):
            made = self._in(new)
            had = [was for old in olds if (was := self._in(old)) is not None]
            there = had if made is None else [*had, made]
            if there:  # the oldest change comes last
                self.first = there[0].identity
            self._made(made, had)

    def _made(self, made: Entry | None, had: list[Entry]) -> None:
        """A commit makes a version from those that its parents had, unless one of them had it already, or ends them."""
        if made is None:
            self.harvested += had
        elif made.identity not in {was.identity for was in had}:
            self.before.setdefault(made.identity, []).extend(had)

    def _in(self, text: bytes) -> Entry | None:
        """The version that a text has of the entry, found by any that is known: a new title hides one from the rest."""
        there = self._cut(text)
        for version in (self.entry, *self.every.values()):
            (match,) = matched(there, [version])
            if match.how != NEW:
                found = there[match.old] if match.how == UPDATED else version
                return self.every.setdefault(found.identity, found)
        return None

    def but(self, *others: Entry) -> list[Entry]:
        """All versions but some."""
        out = {other.identity for other in others}
        return [version for identity, version in self.every.items() if identity not in out]

    def ancestors(self, entry: Entry) -> list[Entry]:
        """The versions that an entry was made from, itself first, the nearest before the others."""
        found = {entry.identity: entry}
        for identity in (queue := [entry.identity]):
            for old in self.before.get(identity, ()):
                if old.identity not in found:
                    found[old.identity] = old
                    queue.append(old.identity)
        return list(found.values())

    def lines(self, *versions: Entry) -> Counter[bytes]:
        """What these versions have or had once; so had all what was there first."""
        found = rows(self.every[self.first]) if self.first else Counter()
        for version in versions:
            for old in self.ancestors(version):
                found |= rows(old)
        return found

    def began(self, line: Iterable[Entry]) -> bool:
        """Whether the version that was there first is one of these."""
        return self.first in {version.identity for version in line}

    def made_from(self, entry: Entry, other: Entry) -> bool:
        """Whether one version was made from another."""
        return other.identity in {old.identity for old in self.ancestors(entry)}


def _commits(changes: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, list[bytes]]]:
    """What each commit made of a text, and what its parents had; of one that had it already nothing follows."""
    after = b""
    olds: list[bytes] = []
    for old, new in changes:
        if olds and (new != after or olds[-1] == after):
            yield after, olds
            olds = []
        after = new
        olds.append(old)
    if olds:
        yield after, olds


def _dropped(standing: Entry, version: Entry, entry: Entry) -> int:
    """How many lines of what stands an entry would take out, if it was made from that version."""
    return (rows(standing) & (rows(version) - rows(entry))).total()


def _apart(version: Entry, entry: Entry) -> int:
    """How many lines one of two versions has and the other has not."""
    one, other = rows(version), rows(entry)
    return (one - other).total() + (other - one).total()


def rows(entry: Entry) -> Counter[bytes]:
    """An entry's lines, however they are set in."""
    return Counter(row.strip() for row in entry.text.split(b"\n"))
