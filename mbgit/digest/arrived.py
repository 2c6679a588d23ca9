"""What else arrived: a line for each file and author, as a count with the newest title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from mbgit.bank.entries import Entry, added, entries
from mbgit.bank.inline import without_markup
from mbgit.git.clone import CONTEXT
from mbgit.words import counted, quoted, shown_path

from .arrival import Arrival, Delta

MANY = 3  # files of one folder that are authors in one line; those at a bank's top are authors one by one
FEW = 2  # authors of one file that get a line each
LARGEST = 1_000_000  # bytes of a file that is cut into entries


def part(arrival: Arrival) -> list[str]:
    """A line for each file to which more than two authors have added, else one for each author."""
    return _all(arrival, FEW)


def whole(arrival: Arrival) -> list[str]:
    """A line for each file and author."""
    return _all(arrival, 1_000)


def _all(arrival: Arrival, few: int) -> list[str]:
    """`few`: authors of a file that have a line of their own. Merged files, handoffs and locks have other parts."""
    merged = {run["path"] for run in arrival.runs}
    files: dict[str, list[Delta]] = {}
    for delta in arrival.deltas:
        changed = arrival.files.get(delta.path) != arrival.before.get(delta.path)
        if changed and delta.path not in merged and arrival.concerns(delta.path):
            files.setdefault(delta.path, []).append(delta)
    elsewhere = {(path, handoff.line) for path, handoff in arrival.handoffs()}
    locks = arrival.locks if files else ()
    elsewhere |= {(f"{bank}/{CONTEXT}".removeprefix("./"), lock.line) for bank, lock in locks}
    found: list[str] = []
    for folder, paths in groupby(sorted(files), lambda path: path.rpartition("/")[0]):
        its = {path: files[path] for path in paths}
        if len(its) < MANY or folder in (*arrival.banks, ""):
            found += [line for path, deltas in its.items() for line in _lines(arrival, path, deltas, elsewhere, few)]
        else:
            found.append(_of_folder(arrival, folder, its))
    return found


def _of_folder(arrival: Arrival, folder: str, files: Mapping[str, Sequence[Delta]]) -> str:
    """What became of the files of one folder, such as eight post-mortems: a line for all."""
    new = sum(path in arrival.files and path not in arrival.before for path in files)
    gone = sum(path not in arrival.files for path in files)
    kinds = {"new": new, "edited": len(files) - new - gone, "taken away": gone}
    what = ", ".join(f"{counted(number, 'file')} {kind}" for kind, number in kinds.items() if number)
    authors = list(dict.fromkeys(delta.author for deltas in files.values() for delta in deltas))
    return f"arrived {shown_path(f'{folder}/')}: {what} by {_several(authors)}"


def _lines(
    arrival: Arrival, path: str, deltas: Sequence[Delta], elsewhere: set[tuple[str, int]], few: int
) -> list[str]:
    """What became of one file; `deltas` newest first, `elsewhere` the entries (path, line) that other parts report."""
    if path not in arrival.files:
        return [f"arrived {shown_path(path)}: taken away by {_who(deltas[0].author)}"]
    every = _fresh(arrival, path)
    fresh = [entry for entry in every if (path, entry.line) not in elsewhere]
    if not fresh and any(change.path == path for change in arrival.changed):
        return []
    by_author: dict[str, list[tuple[int, Entry]]] = {delta.author: [] for delta in deltas}
    for place, entry in zip(_places(arrival, fresh, deltas), fresh, strict=True):
        by_author[deltas[place].author].append((place, entry))
    authors = [(who, its) for who, its in by_author.items() if its or not every]
    done = "edited" if path in arrival.before else "new,"
    if len(authors) > 1 and not fresh:
        return [f"arrived {shown_path(path)}: {done} by {_several([who for who, _ in authors])}"]
    if len(authors) > few:
        authors.sort(key=lambda pair: min(place for place, _ in pair[1]))  # the author of the newest entry goes first
        its = [item for _, found in authors for item in found]
        newest = _newest(authors[0][0], authors[0][1])
        return [f"arrived {shown_path(path)}: {_what(its, done)} by {_several([who for who, _ in authors])}{newest}"]
    said = [(f"{_what(its, done)} by {_who(author)}", _newest(author, its)) for author, its in authors]
    brief = [what for what, newest in said if not newest]  # as in a log, whose titles say no more than who and when
    named = [f"{what}{newest}" for what, newest in said if newest]
    return [f"arrived {shown_path(path)}: {what}" for what in (*[", ".join(brief)] * bool(brief), *named)]


def _fresh(arrival: Arrival, path: str) -> list[Entry]:
    new, old = arrival.text(path), arrival.text_before(path)
    if not path.endswith(".md") or max(len(new), len(old)) > LARGEST:
        return []
    undated = arrival.undated(path)
    edited = {change.line for change in arrival.changed if change.path == path and change.line}
    found = added(entries(new, undated), entries(old, undated))
    return [entry for entry in found if entry.line not in edited]


def _places(arrival: Arrival, fresh: Iterable[Entry], deltas: Sequence[Delta]) -> list[int]:
    """For each entry which delta brought it: most of its rows, the first to do so; the newest where none brought any.

    Its heading alone does not decide: it may be older, or stand above somebody else's entry as well.
    """
    if len(deltas) == 1:
        return [0 for _ in fresh]
    rows = {blob: _rows(arrival, blob) for delta in deltas for blob in (delta.blob, *delta.older)}
    brought: dict[bytes, list[int]] = {}
    for at, delta in enumerate(deltas):
        for row in rows[delta.blob].difference(*(rows[blob] for blob in delta.older)):
            brought.setdefault(row, []).append(at)
    counts = (Counter(at for row in _said(entry) for at in brought.get(row, ())) for entry in fresh)
    return [max(count, key=lambda at: (count[at], at), default=0) for count in counts]


def _said(entry: Entry) -> set[bytes]:
    return {row.strip() for row in entry.text.split(b"\n")} - {b""}


def _rows(arrival: Arrival, blob: str) -> set[bytes]:
    return {row.strip() for row in (arrival.read(blob) or b"").split(b"\n")} if blob else set()


_STAMP = re.compile(r"\d{4}-\d\d-\d\d(?:[T ,]{1,2}\d\d?:\d\d(?::\d\d)?)?")


def _who(author: str) -> str:
    return quoted(author, 40)


def _several(authors: Sequence[str]) -> str:
    more = f" and {len(authors) - 2} more" if len(authors) > 2 else ""
    return ", ".join(map(_who, authors[:2])) + more


def _what(its: Sequence[tuple[int, Entry]], done: str) -> str:
    return f"+{counted(len(its), 'entry')}" if its else done


def _newest(author: str, its: Sequence[tuple[int, Entry]]) -> str:
    """The newest title; nothing where that says who wrote it, and when, and no more."""
    if not its:
        return ""
    first = min(place for place, _ in its)
    newest = max((entry for place, entry in its if place == first), key=lambda entry: entry.stamp)
    title = without_markup(newest.title)
    bare = re.sub(r"\W+", " ", _STAMP.sub("", title, count=1)).strip().casefold()
    return "" if bare in ("", re.sub(r"\W+", " ", author).strip().casefold()) else f", newest {quoted(title)}"
