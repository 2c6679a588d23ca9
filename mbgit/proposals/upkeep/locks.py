"""Takes expired locks out of the *Active Work* table."""

from __future__ import annotations

from collections.abc import Callable

from mbgit.bank.edits import Edits, inside
from mbgit.bank.locks import TIMEOUT, Lock, read_locks
from mbgit.proposals.harvest.closed import text_rows
from mbgit.words import counted, quoted, shown_path

from .bank import Bank, Upkeep, listed, message
from .taking import without_rows

TABLE = "activeContext.md"
ROUNDS = 10  # a look at a file reads so many locks at most


def job(bank: Bank) -> Upkeep | None:
    """Take rows out whose locks are all over their time.

    A row stays if it is not known when it began, or if it begins in the future (some clock is wrong, and it is not
    known whose), or if it says that its work is done.
    """
    edits: Edits = {}
    gone: list[Lock] = []
    for folder in bank.banks:
        path = inside(folder, TABLE)
        data = bank.text(path)
        found = _without_expired(data, _clock(bank, path, data), bank.now) if data is not None else None
        if found:
            edits[path] = found[0]
            gone += found[1]
    if not edits:
        return None
    lines = listed(f"{quoted(lock.persona, 40)} on {shown_path(lock.path)}" for lock in gone)
    why = f"They are older than {TIMEOUT} minutes and hold no more:"
    return Upkeep("locks", edits, message(f"Take out {counted(len(gone), 'expired lock')}", f"{why}\n\n{lines}"))


def _clock(bank: Bank, path: str, data: bytes) -> Callable[[str], int | None]:
    """When a row was written: of equal rows, the one that was last."""
    lines: dict[str, list[int]] = {}
    for number, row in enumerate(text_rows(data), 1):
        lines.setdefault(row.decode(errors="replace"), []).append(number)

    def written(row: str) -> int | None:
        times = [bank.written_at(path, line) for line in lines.get(row, ())]
        known = [time for time in times if time is not None]
        return max(known) if known and len(known) == len(times) else None

    return written


def _without_expired(data: bytes, written: Callable[[str], int | None], now: int) -> tuple[bytes, list[Lock]] | None:
    gone: list[Lock] = []
    for _ in range(ROUNDS):
        locks = read_locks(data, written)
        held = {lock.line for lock in locks if not _is_over(lock, now)}
        over = [lock for lock in locks if lock.line not in held]
        left = without_rows(data, {lock.line - 1 for lock in over}) if over else None
        if left is None:
            break
        data = left
        gone += over
    return (data, gone) if gone else None


def _is_over(lock: Lock, now: int) -> bool:
    return 0 < lock.started <= now and lock.expired(now)
