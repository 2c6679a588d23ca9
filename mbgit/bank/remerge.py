"""What mbgit would have made of a merge, and what the merge at hand lost, whichever tool made it.

An entry is lost if one of its lines stands nowhere any more. Marks, padding and indent do not count, so an entry that
only moved, was reformatted or joined another one is not lost. A file is cut into entries only if a line is gone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from mbgit.engine.document import BOM
from mbgit.engine.lines import cells, marker_width
from mbgit.engine.result import Binary
from mbgit.engine.threeway import merge3

from .entries import Entry, Undated, entries

if TYPE_CHECKING:
    from mbgit.engine.result import Clock, Seen

LARGEST = 1_000_000  # bytes of a version up to which a merge is made again; beyond, entries alone are compared
COMMON = 40  # entries: a word that more of them hold identifies none
CONDENSED = 6  # words: a shorter text may say nearly nothing but what an entry says by chance alone


class Lost(NamedTuple):
    """An entry that a merge lost."""

    entry: Entry
    """As it stands in the parent."""
    parent: int
    """Which parent added it, from 0."""


def remerged(
    base: bytes, ours: bytes, theirs: bytes, policy: str, name: str, seen: Seen | None = None
) -> tuple[bytes, ...]:
    """What mbgit may have made of two versions, each text once; none of binary files.

    Clocks are not asked again: where the result hangs on them, one text has the newer on either side (units that were
    decided one way and another are not tried). `name` is the file's; `seen`, what each side's history held.
    """
    asked: list[int] = []

    def no_clock(side: int, _first: int, _last: int) -> int | None:
        asked.append(side)
        return None

    def newer(favoured: int) -> Clock:
        return lambda side, _first, _last: int(side == favoured)

    try:
        found = [merge3(base, ours, theirs, policy, name, no_clock, seen).text]
        if asked:
            found += [merge3(base, ours, theirs, policy, name, newer(side), seen).text for side in (0, 1)]
    except Binary:
        return ()
    return tuple(dict.fromkeys(found))


def merged(base: bytes, ours: bytes, theirs: bytes, policy: str, name: str) -> bytes:
    """What mbgit makes of two versions where all of `ours` is the newer. Raises Binary."""
    return merge3(base, ours, theirs, policy, name, lambda side, _first, _last: int(side == 0)).text


def lost(
    bases: Sequence[bytes | None],
    parents: Sequence[bytes | None],
    result: bytes | None,
    policy: str,
    name: str,
    seen: Seen | None = None,
    undated: Undated | None = None,
) -> list[Lost]:
    """The entries that a parent added over every base, that no parent deleted, and that the result has not got.

    None is a version without the file. An entry that the result holds in an edited form is not lost, nor is what
    latest-wins superseded. With one base and two parents the merge is made again and compared; else (an octopus,
    a criss-cross) entries alone are compared, and an entry that was edited in one of the parents is not lost either.
    `undated` as in `entries`.
    """
    olds, sides = ([Text(data, undated) for data in versions] for versions in (bases, parents))
    return lost_in(olds, sides, Text(result, undated), policy, name, seen)


def lost_in(
    bases: Sequence[Text], parents: Sequence[Text], result: Text, policy: str, name: str, seen: Seen | None = None
) -> list[Lost]:
    """The same for versions that may have been looked into before."""
    gone = [_fresh(side, result, bases) for side in parents]
    if not any(gone):
        return []
    expected = _expected(bases, parents, policy, name, seen)
    if expected:
        gone = [{line for line in lines if all(line in text.said for text in expected)} for lines in gone]
    if not any(gone):
        return []
    edits = Edits(only_in(result, *bases, *parents) if expected else result.entries)
    excused = _excuses(bases, parents, edits)
    return [item for item in _added(bases, parents, result, gone) if not excused(item)]


class Text:
    """One version of a file, and what is read out of it once, when it is asked for."""

    def __init__(self, data: bytes | None, undated: Undated | None = None) -> None:
        """`undated` as in `entries`."""
        self.data, self.undated = data or b"", undated

    @cached_property
    def rows(self) -> frozenset[bytes]:
        return frozenset(self.data.split(b"\n"))

    @cached_property
    def said(self) -> frozenset[bytes]:
        """What its lines say."""
        return frozenset(map(says, self.rows))

    @cached_property
    def entries(self) -> list[Entry]:
        return entries(self.data, self.undated)

    @cached_property
    def texts(self) -> frozenset[bytes]:
        return frozenset(entry.text for entry in self.entries)

    @cached_property
    def said_unlinked(self) -> frozenset[bytes]:
        """The same, without the targets of links."""
        return frozenset(map(says_unlinked, self.rows))

    def beyond(self, other: Text) -> set[bytes]:
        """What its lines say and no line of `other` does."""
        return {line for line in self.taken_out(other) if line not in other.said}

    def taken_out(self, other: Text) -> set[bytes]:
        """Nearly the same, and much quicker: a line that stands here twice, in two spellings, may still stand in
        `other`.
        """
        own = self.rows - other.rows
        return set(map(says, own)).difference(map(says, other.rows - self.rows), (b"",)) if own else set()


def only_in(one: Text, *others: Text) -> list[Entry]:
    """The entries of one version that none of the others has.

    Most are the same to the byte: what they say, for which they must be cut further, is asked of the rest alone.
    """
    texts = frozenset[bytes]().union(*(other.texts for other in others))
    rest = [entry for entry in one.entries if entry.text not in texts]
    if not rest:
        return rest
    said = {entry.identity for other in others for entry in other.entries if entry.text not in one.texts}
    return [entry for entry in rest if entry.identity not in said]


def says(row: bytes) -> bytes:
    """What a line says, not how it is set; nothing for one without a letter or digit."""
    text = row.removeprefix(BOM).strip()
    if text.startswith(b"#"):
        text = text.strip(b"#")
    else:
        text = text[marker_width(text) :]
    if b"|" in text:
        text = b"|".join(cells(text.replace(b"\0", b""))).rstrip(b"|")
    bare = text.translate(_BLANKED).split()
    return b" ".join(text.split()) if bare else b""


def says_unlinked(row: bytes) -> bytes:
    """The same, without the targets of links: these differ from file to file."""
    return says(_TARGET.sub(rb"\1\2", row) if b"]" in row or b"=" in row else row)


def lines_of(entry: Entry, says: Callable[[bytes], bytes] = says) -> set[bytes]:
    """What the lines of an entry say."""
    return set(map(says, entry.text.split(b"\n"))) - {b""}


# No quantifier here backtracks: a hostile text of any length costs one pass.
_TARGET = re.compile(
    rb"""(\]\(|\]:)[ \t]*+(?:<[^<>\n]*+>|[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+)"""
    rb"""|((?:href|src)[ \t]*+=)[ \t]*+(?:"[^"\n]*+"|'[^'\n]*+')""",
    re.IGNORECASE,
)
_BLANKED = bytes(c if chr(c).isalnum() or c > 127 else 32 for c in range(256))
_FOLDED = _BLANKED.lower()


def words(text: bytes) -> list[bytes]:
    """The words of a text, without case and marks; bytes beyond ASCII are letters."""
    return text.translate(_FOLDED).split()


class Edits:
    """Some entries, each of which may be an edited form of another."""

    def __init__(self, candidates: Iterable[Entry]) -> None:
        self.entries = list(candidates)
        self._words = [set(words(entry.text)) for entry in self.entries]
        self._titled: dict[tuple[bytes, ...], Entry] = {}
        self._by_word: dict[bytes, list[int]] = defaultdict(list)
        for place, entry in enumerate(self.entries):
            if entry.kind == "heading":
                self._titled.setdefault(_title(entry), entry)
            for word in self._words[place]:
                self._by_word[word].append(place)

    def of(self, entry: Entry) -> Entry | None:
        """What an entry may have become: one of the same heading, else the one that it shares most of its words with.

        More than half of its words, that is, or nearly all of those of a shorter one.
        """
        if entry.kind == "heading" and (titled := self._titled.get(_title(entry))):
            return titled
        own = set(words(entry.text))
        near = {place for word in own if len(self._by_word.get(word, ())) <= COMMON for place in self._by_word[word]}
        shares = {place: _share(own, self._words[place]) for place in near}
        fitting = [place for place in near if shares[place] > 0.5 and _may_be(entry, self.entries[place])]
        best = max(fitting, key=lambda place: (shares[place], -place), default=None)
        return None if best is None else self.entries[best]


def _share(own: set[bytes], other: set[bytes]) -> float:
    """How much of an entry's words stand in another: none where that is so long that chance would do it."""
    shared = len(own & other)
    if shared >= CONDENSED and 4 * shared > 3 * len(other):
        return shared / len(other)
    return shared / len(own) if len(other) <= 4 * len(own) else 0


def _may_be(entry: Entry, other: Entry) -> bool:
    """Two headings with stamps of two times are two entries; `2025-08` may be any day of that month."""
    if entry.kind != "heading" or other.kind != "heading":
        return True
    return entry.stamp.startswith(other.stamp) or other.stamp.startswith(entry.stamp)


def _title(entry: Entry) -> tuple[bytes, ...]:
    """A heading's words below those of the heading above it: `### Fixed` stands under every version of a changelog."""
    above = words(entry.heads[-1].text) if entry.heads else []
    return (*above, b"\n", *words(entry.text.split(b"\n", 1)[0]))


def _fresh(side: Text, result: Text, bases: Sequence[Text]) -> set[bytes]:
    """What lines of a parent say that neither the result says nor any base."""
    found = side.beyond(result)
    return {line for line in found if not any(line in base.said for base in bases)} if found else found


def _expected(
    bases: Sequence[Text], parents: Sequence[Text], policy: str, name: str, seen: Seen | None
) -> list[Text]:
    if len(bases) > 1 or len(parents) != 2 or max(len(text.data) for text in (*bases, *parents)) > LARGEST:
        return []
    base = bases[0].data if bases else b""
    return [Text(text) for text in remerged(base, parents[0].data, parents[1].data, policy, name, seen)]


def _added(bases: Sequence[Text], parents: Sequence[Text], result: Text, gone: Sequence[set[bytes]]) -> Iterator[Lost]:
    """The entries with a line that is gone, those of a base and of the result left out; each identity once."""
    seen: set[bytes] = set()
    for parent, (side, lines) in enumerate(zip(parents, gone, strict=True)):
        for entry in only_in(side, result, *bases) if lines else ():
            if entry.identity not in seen and not lines.isdisjoint(lines_of(entry)):
                seen.add(entry.identity)
                yield Lost(entry, parent)


def _excuses(bases: Sequence[Text], parents: Sequence[Text], edits: Edits) -> Callable[[Lost], bool]:
    """A test whether an entry was edited in the merge, or is an edit of one that another parent deleted."""

    @cache
    def own(one: Text, other: Text) -> Edits:
        return Edits(only_in(one, other))

    def deleted(entry: Entry, side: Text, other: Text, base: Text) -> bool:
        was = own(base, side).of(entry)
        return was is not None and was in own(base, other).entries and own(other, base).of(was) is None

    def excused(item: Lost) -> bool:
        side = parents[item.parent]
        pairs = ((other, base) for base in bases for other in parents if other is not side)
        return edits.of(item.entry) is not None or any(deleted(item.entry, side, *pair) for pair in pairs)

    return excused
