"""Files that another persona has locked, by the table in activeContext.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mbgit.bank.locks import Lock, covers, rank
from mbgit.bank.personas import same_persona
from mbgit.bank.settings import Settings
from mbgit.words import counted, quoted

from .finding import Finding

TABLE = "activeContext.md"


def check(
    staged: Iterable[str], locks: Sequence[tuple[str, Lock]], persona: str, settings: Settings, now: int, pushing: bool
) -> list[Finding]:
    """One finding for each staged path (from the root) under a lock of another persona that goes first.

    `locks` are those of HEAD, each with the folder of its bank: a row that this very edit adds or takes out is not
    asked. Another's lock is passed over if its persona has the lower priority, or if this persona holds the same file
    and locked it in an earlier minute (the same minute, at equal priority: a person decides, so it is found).

    Lowered, that is never more than a warning: without a persona (then every lock is another's), at a push, and
    for the file that holds the table itself, which everybody must be able to edit to lock and unlock anything.
    """
    held = [(bank, lock) for bank, lock in locks if not lock.expired(now)]
    held.sort(key=lambda pair: rank(pair[1], settings.priority))
    found = []
    for path in dict.fromkeys(staged) if held else ():
        claims = [(bank, lock) for bank, lock in held if covers(lock, path, bank)]
        first = _in_the_way([lock for _, lock in claims], persona, settings)
        if first is not None:
            lowered = not persona or pushing or _holds_a_table(path, claims)
            found.append(Finding("locks", path, 0, _description(first, now), lowered))
    return found


def _in_the_way(claims: Sequence[Lock], persona: str, settings: Settings) -> Lock | None:
    """Of the locks on one file, first things first, the one that keeps this persona from it."""
    others = [lock for lock in claims if not same_persona(lock.persona, persona)]
    if not others or not persona:
        return others[0] if others else None
    own = next((lock for lock in claims if same_persona(lock.persona, persona)), None)
    if own is not None:
        return None if rank(own, settings.priority) < rank(others[0], settings.priority) else others[0]
    return others[0] if settings.priority(others[0].persona) >= settings.priority(persona) else None


def _holds_a_table(path: str, claims: Iterable[tuple[str, Lock]]) -> bool:
    folder, _, name = path.casefold().rpartition("/")
    return name == TABLE.casefold() and any(folder == ("" if bank == "." else bank.casefold()) for bank, _ in claims)


def _description(lock: Lock, now: int) -> str:
    doing = f" for {quoted(lock.action)}" if lock.action else ""
    return f"locked by {quoted(lock.persona, 40)}{doing}, {counted(lock.minutes_left(now), 'minute')} left"
