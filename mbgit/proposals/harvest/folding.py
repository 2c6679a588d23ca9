"""Two records of one entry, or two versions of it in one record, become one: what two harvests at once leave behind.

A merge cannot see it. Each clone has made a record from its own version: under two numbers they are two files, and
under one name both versions stand in it, without a base that shows which line is an edit of which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from mbgit.bank.edits import Edited, Edits
from mbgit.bank.entries import Entry, anything, entries
from mbgit.engine.document import cut

from .closed import is_closed, text_rows
from .cutting import written
from .matching import NEW, UPDATED
from .names import day_of, record_number, slug, title_of
from .records import Form, Standing, compose, recorded, updated
from .versions import Changes, rows, settled


class Fold(NamedTuple):
    """An entry that had two records, or a record with two versions of it."""

    entry: Entry
    path: str
    """Where it stands from now on."""
    other: str
    """Where its second version stood."""


def folded(tree: Mapping[str, bytes], folder: str, form: Form, changes: Changes) -> tuple[Edits, list[Fold]]:
    """The records of a folder with one version of each entry, and what that took; `changes` made the buffer.

    The record with the lower number stays. Only versions that the buffer's history knows are folded, or of which one
    says all that the other does; and no record goes that people have written into, or that a page names.
    """
    edits: Edits = {}
    found: list[Fold] = []
    after = Edited(tree, edits)
    every = cache(lambda: list(changes()))
    for first, *others in _groups(tree, folder):
        for other in others:
            made = _fold(after, form, first, other, every)
            if made is not None:
                edits |= made[0]
                found.append(made[1])
                first = first[0], made[1].entry.identity
    return edits, found


_Key = tuple[str, bytes]
"""A record's path, and the identity of an entry in it."""


def _groups(tree: Mapping[str, bytes], folder: str) -> Iterator[list[_Key]]:
    """The entries of records by their day and title, the record with the lowest number first."""
    paths = (path for path in tree if path.startswith(f"{folder}/") and path.endswith(".md"))
    found: dict[tuple[object, str], list[_Key]] = {}
    for path in sorted(paths, key=lambda path: (record_number(path), path)):
        for standing in recorded(path, tree[path]):
            day = day_of(standing.entry)
            if day:
                key = day, slug(title_of(standing.entry))
                found.setdefault(key, []).append((path, standing.entry.identity))
    return iter(found.values())


def _identities(changes: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    return {entry.identity for text in {text for pair in changes for text in pair} for entry in entries(text, anything)}


def _fold(
    tree: Mapping[str, bytes], form: Form, first: _Key, other: _Key, changes: Changes
) -> tuple[Edits, Fold] | None:
    """One version for two; None where they are not versions of one entry, or the second record has to stay."""
    one, two = _standing(tree, first), _standing(tree, other, last=True)
    if one is None or two is None or (one.path != two.path and not _may_go(tree, form, two)):
        return None
    entry = _whole(one.entry, two.entry) or _made(one.entry, two.entry, changes)
    if entry is None:
        return None
    data = tree[one.path] if one.path != two.path else _without(tree[one.path], two)
    new = updated(form, data, one, entry, beside=two.entry if one.path == two.path else None)
    if [it.entry.identity for it in recorded(one.path, new)].count(entry.identity) != 1 or not is_closed(new):
        return None
    edits: Edits = {one.path: new} if new != tree[one.path] else {}
    return edits | ({two.path: None} if two.path != one.path else {}), Fold(entry, one.path, two.path)


def _whole(one: Entry, two: Entry) -> Entry | None:
    """The version that has all lines of the other one."""
    first, second = rows(one), rows(two)
    return one if second <= first else two if first <= second else None


def _made(one: Entry, two: Entry, changes: Changes) -> Entry | None:
    """What two versions make together; None if they are no versions of one entry, or if their base is not known."""
    if not {one.identity, two.identity} <= _identities(changes()):
        return None
    found = [_both(one, two, changes), _both(two, one, changes)]
    same = len({entry.identity for entry in found if entry is not None}) == 1
    return found[0] if same and None not in found else None


def _both(one: Entry, two: Entry, changes: Changes) -> Entry | None:
    """What a second version makes of the first; None where it is no version of it."""
    made = [two]
    (match,) = settled([one], made, [0], (), changes)
    return {NEW: None, UPDATED: made[0]}.get(match.how, one)


def _standing(tree: Mapping[str, bytes], key: _Key, last: bool = False) -> Standing | None:
    path, identity = key
    found = [it for it in recorded(path, tree[path]) if it.entry.identity == identity] if path in tree else []
    return found[-1 if last else 0] if found else None


def _may_go(tree: Mapping[str, bytes], form: Form, record: Standing) -> bool:
    """Whether a record is as it was made, holds nothing else, and no page names it."""
    data = tree[record.path]
    title = text_rows(data)[0].removeprefix(b"# ").decode(errors="replace")
    day = day_of(record.entry)
    if day is None or record.entry.kind == "row" or data != compose(form, title, day, record.entry, (), []):
        return False
    name = record.path.rpartition("/")[2].removesuffix(".md").encode()  # as wiki links have it, too
    pages = (path for path in tree if path.endswith(".md") and path != record.path)
    return not any(name in tree[path] for path in pages)


def _without(data: bytes, record: Standing) -> bytes:
    """A record without its second version, and without the blank lines above that."""
    rows = text_rows(data)
    start = record.start
    while start and not rows[start - 1].strip():
        start -= 1
    return written(cut(data), [*rows[:start], *rows[record.end :]])
