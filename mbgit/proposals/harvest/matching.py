"""Which entry of a target is an earlier version of an entry in the buffer: that one is replaced, not joined.

Replacing takes text out of a document, so the rules are strict: two entries that only may be one stay two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mbgit.bank.entries import Entry
from mbgit.engine.lines import cells, item_text
from mbgit.engine.stamps import entry_id, stamp

ALIKE = 2 / 3  # the share of the words of the shorter of two versions that stands in the other
SHORTEST = 12  # bytes that an item must have for a longer one with the same beginning to be its next version

_DATE = re.compile(rb"\b\d{4} \d\d \d\d\b(?:[t ]\d\d? \d\d\b)?")  # as `_words` leaves it
_DIGIT = re.compile(rb"\d")

NEW, SAME, UPDATED = "new", "same", "updated"
Key = tuple[str, bytes]
"""What an entry may be found by: the kind of key, and its value."""


class Match(NamedTuple):
    """What a target knows of an entry: NEW, SAME, or UPDATED with the place of its earlier version."""

    how: str
    old: int = -1


def matched(old: Sequence[Entry], new: Sequence[Entry], beside: Sequence[Entry] = ()) -> list[Match]:
    """For each new entry what the old ones say of it; each old one has one successor at most.

    `beside` are entries that stay where the new ones come from: an old one that equals one of them is no earlier
    version of anything.
    """
    firsts = {_first(entry) for entry in new}
    known = {entry.identity for entry in old if _first(entry) in firsts}
    out = [Match(SAME if entry.identity in known else NEW) for entry in new]
    fresh = [entry for at, entry in enumerate(new) if out[at].how == NEW]
    index = _index(old, {key for entry in fresh for key in _keys(entry)}, (*new, *beside))
    used: set[int] = set()
    for at, entry in enumerate(new):
        if out[at].how == NEW:
            found = _earlier(entry, old, index, used)
            if found >= 0:
                used.add(found)
                out[at] = Match(UPDATED, found)
    return out


def _index(old: Sequence[Entry], wanted: set[Key], settled: Sequence[Entry]) -> dict[Key, list[int]]:
    """By each key that is asked for the old entries that have it, but for those that the buffer has as they are."""
    found: dict[Key, list[int]] = {}
    if not wanted:
        return found
    there = {entry.identity for entry in settled}
    for at, entry in enumerate(old):
        keys = [key for key in _keys(entry) if key in wanted]
        if keys and entry.identity not in there:
            for key in keys:
                found.setdefault(key, []).append(at)
    return found


def _earlier(entry: Entry, old: Sequence[Entry], index: dict[Key, list[int]], used: set[int]) -> int:
    for key in _keys(entry):
        for at in index.get(key, ())[:8]:
            if at not in used and old[at].kind == entry.kind and _one(key[0], old[at], entry):
                return at
    return -1


def _keys(entry: Entry) -> Iterator[Key]:
    """By what an entry may be found again, the surest first."""
    first = entry.text.split(b"\n", 1)[0]
    if entry.kind == "row":
        yield "row", b"|".join(cells(first)[:1])
        return
    words = _words(entry)
    if words:
        yield "words", words
    found = entry_id(first)
    if found:
        yield "id", found
    if entry.kind == "item" and len(words) >= SHORTEST:
        yield "start", words[:SHORTEST]
    day = stamp(first)
    if day and (entry.kind == "heading" or b"\n" in entry.text):
        yield "day", day


def _first(entry: Entry) -> bytes:
    """Equal where two entries are: enough to leave most entries uncut."""
    if entry.kind == "row":
        return b"|".join(cells(entry.text)).rstrip(b"|")
    return _words(entry)


def _words(entry: Entry) -> bytes:
    """A heading, or an item's first line, without what only sets it: marks, brackets, the tick."""
    first = entry.text.split(b"\n", 1)[0].strip()
    text = item_text(first) if entry.kind == "item" else first.lstrip(b"#")
    return b" ".join(text.translate(_BARE).lower().split())


_BARE = bytes(32 if c in b"[]()*`_:-\r" else c for c in range(256))


def _one(key: str, old: Entry, new: Entry) -> bool:
    if _clash(old, new):
        return False
    if key == "row":
        return _alike(old.text.replace(b"|", b" "), new.text.replace(b"|", b" "))
    body_old, body_new = (entry.text.partition(b"\n")[2] for entry in (old, new))
    if key == "day":
        return body_old.split() == body_new.split() and _retitled(old, new)
    if key == "id" and not _retitled(old, new):
        return False
    grown = key == "words" or _words(new).startswith(_words(old))
    return (grown or (key != "start" and bool(body_old.split()))) and _alike(body_old, body_new)


def _retitled(old: Entry, new: Entry) -> bool:
    """Whether a title may be another one reworded: most words are the same, and all with a digit in them."""
    titles = [_title(entry) for entry in (old, new)]
    one, other = ([word for word in title if _DIGIT.search(word)] for title in titles)
    return all(titles) and one == other and _alike(*(b" ".join(title) for title in titles))


def _title(entry: Entry) -> list[bytes]:
    """The words of a title but for its date and id, which entries may share by chance."""
    found = entry_id(entry.text.split(b"\n", 1)[0])
    text = _words(entry).replace(b" ".join(found.translate(_BARE).lower().split()), b" ", 1) if found else _words(entry)
    return _DATE.sub(b" ", text).split()


def _clash(old: Entry, new: Entry) -> bool:
    """Different ids or different dates never make one entry."""
    one, other = old.text.split(b"\n", 1)[0], new.text.split(b"\n", 1)[0]
    return any(a and b and a != b for a, b in ((find(one), find(other)) for find in (entry_id, stamp)))


def _alike(old: bytes, new: bytes) -> bool:
    first, second = Counter(old.split()), Counter(new.split())
    least = min(first.total(), second.total())
    return (first & second).total() >= ALIKE * least
