"""Reminders about the bank, once a day at most: files that are overdue or too large, work that no log names."""

from __future__ import annotations

from collections.abc import Iterator

from mbgit.bank.kinds import BANK_CAP
from mbgit.words import counted, shown_path

from .arrival import Arrival, Upkeep

DAY = 24 * 3600
DAYS = {"session": 1, "daily": 1, "weekly": 7}  # calendar days that a file may go without a change


def part(arrival: Arrival) -> list[str]:
    if arrival.upkeep is None:
        return []
    return [*_unlogged(arrival.upkeep), *_large(arrival.upkeep), *_overdue(arrival, arrival.upkeep)]


def _unlogged(upkeep: Upkeep) -> Iterator[str]:
    day = upkeep.day
    if day and not day.logged:
        yield f"your {counted(day.commits, 'commit')} of {day.date} touched neither SESSION_LOG.md nor agent-logbook.md"


def _overdue(arrival: Arrival, upkeep: Upkeep) -> list[str]:
    """The file that waits longest first."""
    found = []
    for path in arrival.files:
        kind = arrival.kind(path)
        age = arrival.now // DAY - upkeep.touched.get(path, upkeep.since) // DAY
        if kind and kind.update and age > DAYS[kind.update] and arrival.concerns(path):
            over = "" if path in upkeep.touched else "over "
            rule = f"every {kind.update}" if kind.update == "session" else kind.update
            found.append((-age, f"overdue: {shown_path(path)}, to change {rule}: {over}{counted(age, 'day')} old"))
    return [line for _, line in sorted(found)]


def _large(upkeep: Upkeep) -> Iterator[str]:
    for bank, size in upkeep.sizes.items():
        if size > BANK_CAP * 1024:
            yield f"bank {shown_path(bank)} holds {-(-size // 1024)} KB, more than {BANK_CAP}"
