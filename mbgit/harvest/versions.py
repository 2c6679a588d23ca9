"""Two edits of one entry, of which one was harvested and one is still in the buffer: the target gets both.

Ada edits an entry and harvests it, Bob edits it as it was before: his version may not take the place of hers. Which
version each began from, the history of the buffer tells; a three-way merge does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from mbgit.bank.entries import Entry, entries
from mbgit.engine.threeway import merge3

from .matching import NEW, SAME, UPDATED, Match, matched

Changes = Callable[[], Iterable[tuple[bytes, bytes]]]
"""The changes of a buffer (its bytes before and after), newest first; asked for where an entry is to take the place of
another one."""


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
    found = entries(merge3(one, mine, other, "union", "entry.md").text)
    if len(found) != 1 or found[0].kind != entry.kind:
        return None
    found[0].heads, found[0].line = entry.heads, entry.line
    return found[0]


def _base(standing: Entry, entry: Entry, changes: Changes) -> Entry:
    """The version that both were made from: the one that stands itself, if nothing speaks for another."""

    @cache
    def version(text: bytes) -> Entry | None:
        there = entries(text)
        (match,) = matched(there, [entry])
        if match.how == UPDATED:
            return there[match.old]
        return entry if match.how == SAME else None

    steps = [(version(before), version(after)) for before, after in changes()]
    mine, other = _lineage(entry, steps), _lineage(standing, steps)
    known = {ancestor.identity: ancestor for ancestor in reversed(other)}
    for ancestor in mine:
        if ancestor.identity in known:
            return known[ancestor.identity]
    # A rebase has cut the line: the first of it began from what it is most like.
    return max(other, key=lambda ancestor: _shared(ancestor, mine[-1]))


def _lineage(entry: Entry, steps: Iterable[tuple[Entry | None, Entry | None]]) -> list[Entry]:
    """The versions that an entry was made from, itself first, as far as changes tell."""
    found = [entry]
    for before, after in steps:
        if after is None or after.identity != found[-1].identity:
            continue
        if before is None:
            break
        if before.identity != after.identity:
            found.append(before)
    return found


def _shared(version: Entry, entry: Entry) -> int:
    """How many lines two versions share."""
    return (_rows(version) & _rows(entry)).total()


def _rows(entry: Entry) -> Counter[bytes]:
    return Counter(row.strip() for row in entry.text.split(b"\n"))
