"""What a file becomes when the entries that a merge lost are put back.

The measure is the merge that mbgit would have made. Where the merge at hand says nothing of its own, all of it was
one side or the other, that merge takes its place; where somebody wrote into it, that stays, and what was lost joins it.
What was done since is merged with that like any two edits, so entries stand once, each where the engine puts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mbgit.bank.entries import Entry, Undated, entries
from mbgit.bank.remerge import Text, lines_of, merged
from mbgit.engine.result import Binary
from mbgit.proposals.upkeep.taking import taken_out


class Merge(NamedTuple):
    """A file before a merge, after it, and as it should have been."""

    before: Sequence[bytes]
    """In the parents and in their merge bases."""
    result: bytes
    """As the merge has it."""
    wanted: bytes
    """As mbgit would have merged it."""
    undated: Undated | None = None
    """As in `entries`, for that file."""


class Restored(NamedTuple):
    """The file, and the entries that came back."""

    text: bytes
    entries: list[Entry]
    gone: int
    """How many lines are removed, as one side of the merge had removed them."""


def restored(
    merge: Merge, lost: Sequence[Entry], since: Iterable[bytes], now: bytes, policy: str, name: str
) -> Restored | None:
    """The file with what a merge lost of it; None where nothing comes back.

    `lost`: the entries that are missed. `since`: what the file was in the commits on top of the merge: an entry that
    stood there has been taken out on purpose. `now`: what it is. `policy` and `name` are the file's.
    """
    out = _stood_in(since, lost)
    back = [entry for entry in lost if entry not in out]
    if not back:
        return None
    try:
        wanted = _without(_wanted(merge, lost, policy, name), Text(merge.result, merge.undated), out)
        text = merged(merge.result, now, wanted, policy, name)
    except Binary:
        return None
    there, then = Text(now).said, Text(text).said
    found = [entry for entry in back if not (then - there).isdisjoint(lines_of(entry))]
    return Restored(text, found, len(there - then)) if found else None


def _stood_in(versions: Iterable[bytes], lost: Sequence[Entry]) -> list[Entry]:
    """Those of some entries that stood in one of many versions. Few are read line by line: most lack a word."""
    words = {id(entry): set(b" ".join(lines_of(entry)).split()) for entry in lost}
    stood: list[Entry] = []
    for version in versions:
        named = [entry for entry in lost if all(word in version for word in words[id(entry)])]
        said = Text(version).said if named else frozenset()
        stood += [entry for entry in named if entry not in stood and lines_of(entry) <= said]
    return stood


def _wanted(merge: Merge, lost: Sequence[Entry], policy: str, name: str) -> bytes:
    """What the merge should have been: with what somebody wrote into it, which no side said."""
    result, made = Text(merge.result, merge.undated), Text(merge.wanted)
    known = frozenset[bytes]().union(made.said, *(Text(text).said for text in merge.before))
    if result.said <= known:
        return merge.wanted
    return merged(_without(merge.wanted, result, lost), merge.result, merge.wanted, policy, name)


def _without(data: bytes, result: Text, gone: Sequence[Entry]) -> bytes:
    """A text without those of its entries that hold what is said in some others and not in the result."""
    lines = set[bytes]().union(*map(lines_of, gone)) - result.said
    if not lines:
        return data
    found = entries(data, result.undated)
    places = [place for place, entry in enumerate(found) if not lines.isdisjoint(lines_of(entry))]
    return taken_out(data, places, undated=result.undated)[0]
