"""Takes out the newer of two equal entries in two buffers of a bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mbgit.bank.edits import Edits
from mbgit.bank.entries import Entry, anything, entries
from mbgit.bank.kinds import bank_of
from mbgit.bank.thresholds import ripeness
from mbgit.words import counted, quoted, shown_path

from .bank import Bank, Upkeep, listed, message
from .taking import taken_out

LEAST = 4  # words: `- none` says nothing twice


class Standing(NamedTuple):
    """An entry in a buffer."""

    written: float
    path: str
    at: int
    entry: Entry


def job(bank: Bank) -> Upkeep | None:
    """Take entries out of a buffer that stand in an older version in another buffer of the same bank.

    Commits decide which is older; if they do not, the first file by name keeps its entry. Rows of tables are
    left alone: what they say hangs on their table.
    """
    edits: Edits = {}
    lines: list[tuple[Entry, str, str]] = []
    gone: dict[str, list[tuple[int, Standing]]] = {}
    for first, later in _doubles(bank):
        gone.setdefault(later.path, []).append((later.at, first))
    for path, places in sorted(gone.items()):
        data = bank.files[path]
        left, taken = taken_out(data, sorted(at for at, _ in places), drop_all=False, undated=anything)
        if taken:
            edits[path] = left
            stays = dict(places)
            found = entries(data, anything)
            lines += [(found[at], path, stays[at].path) for at in taken]
    if not edits:
        return None
    subject = f"Keep {counted(len(lines), 'entry')} once that stood in two buffers"
    return Upkeep("doubles", edits, message(subject, listed(lines, _line)))


def _line(item: tuple[Entry, str, str]) -> str:
    entry, path, other = item
    return f"{quoted(entry.title)} in {shown_path(path)}, as in {shown_path(other)}"


def _doubles(bank: Bank) -> Iterator[tuple[Standing, Standing]]:
    """Each entry that is to go, behind the one that stays."""
    known: dict[tuple[str | None, str, bytes], list[Standing]] = {}
    for path in _buffers(bank):
        for at, entry in enumerate(entries(bank.text(path) or b"", anything)):
            if entry.kind != "row" and len(entry.text.split()) > LEAST:
                place = bank_of(path, bank.banks), entry.kind, entry.identity
                known.setdefault(place, []).append(Standing(0, path, at, entry))
    for found in known.values():
        if len({standing.path for standing in found}) > 1:
            first, *others = sorted(_dated(bank, found), key=lambda standing: standing[:3])
            yield from ((first, other) for other in others if other.path != first.path)


def _dated(bank: Bank, found: Iterable[Standing]) -> Iterator[Standing]:
    for standing in found:
        when = bank.written_at(standing.path, standing.entry.line)
        yield standing._replace(written=float("inf") if when is None else when)


def _buffers(bank: Bank) -> list[str]:
    """The buffers that rules name, in every bank, and all others that are called so."""
    rules = ripeness(bank.settings.harvest, dict.fromkeys(bank.files, b""), bank.banks)
    named = {item.path for item in rules}
    called = {path for path in bank.files if path.endswith("-buffer.md") and bank_of(path, bank.banks) is not None}
    return sorted(named | called)
