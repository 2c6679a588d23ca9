"""Locks: who holds which file, for how long, and who goes first where several do."""

from __future__ import annotations

from collections.abc import Iterator

from mbgit.bank.locks import TIMEOUT, Dispute, Lock, contested, read_locks
from mbgit.bank.personas import same_persona
from mbgit.git.clone import CONTEXT
from mbgit.words import counted, quoted

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    """Disputes first, then the locks that hold and are new, then those that have expired."""
    return [*_disputes(arrival), *_held(arrival, _known(arrival)), *_expired(arrival)]


def whole(arrival: Arrival) -> list[str]:
    """The same, with the locks of earlier digests."""
    return [*_disputes(arrival), *_held(arrival, set()), *_expired(arrival)]


def _known(arrival: Arrival) -> set[tuple[str, ...]]:
    """The locks that stood in the tables before."""
    tables = ((bank, f"{bank}/{CONTEXT}".removeprefix("./")) for bank in arrival.banks)
    locks = ((bank, lock) for bank, path in tables for lock in read_locks(arrival.text_before(path), lambda row: None))
    return {_key(bank, lock) for bank, lock in locks}


def _key(bank: str, lock: Lock) -> tuple[str, ...]:
    return bank, lock.persona, lock.path, lock.action


def _disputes(arrival: Arrival) -> Iterator[str]:
    for bank in dict.fromkeys(bank for bank, _ in arrival.locks):
        locks = [lock for at, lock in arrival.locks if at == bank]
        for dispute in contested(locks, arrival.settings.priority, arrival.now, bank):
            yield _dispute(arrival, dispute)


def _dispute(arrival: Arrival, dispute: Dispute) -> str:
    names = list(dict.fromkeys(_who(arrival, lock) for lock in dispute.locks))
    what = f"{len(dispute.locks)} locks on {quoted(dispute.path)}"
    if dispute.proceeds is None:
        return f"{what}, of equal priority and in the same minute: a person decides between {' and '.join(names[:2])}"
    priorities = [arrival.settings.priority(lock.persona) for lock in dispute.locks]
    why = "higher priority" if priorities[0] > max(priorities[1:]) else "first to lock"
    return f"{what}: {names[0]} proceeds ({why}), {', '.join(names[1:3])} waits"


def _held(arrival: Arrival, known: set[tuple[str, ...]]) -> Iterator[str]:
    for bank, lock in arrival.locks:
        if not lock.expired(arrival.now) and _key(bank, lock) not in known:
            doing = f" for {quoted(lock.action)}" if lock.action else ""
            left = counted(lock.minutes_left(arrival.now), "minute")
            yield f"lock by {_who(arrival, lock)} on {quoted(lock.path)}{doing}: {left} left"


def _expired(arrival: Arrival) -> Iterator[str]:
    for _, lock in arrival.locks:
        if lock.expired(arrival.now):
            over = f"after {TIMEOUT} minutes" if lock.started else "its start is not known"
            yield f"expired lock by {_who(arrival, lock)} on {quoted(lock.path)}: {over}"


def _who(arrival: Arrival, lock: Lock) -> str:
    return "you" if same_persona(lock.persona, arrival.persona) else quoted(lock.persona, 40)
