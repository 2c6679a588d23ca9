"""Harvests: what is proposed, and why nothing is where a buffer is ripe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from mbgit.words import counted, quoted, shown_path

if TYPE_CHECKING:
    from mbgit.bank.settings import Rule
    from mbgit.bank.thresholds import Ripeness
    from mbgit.proposals.harvest.plan import Harvest

NAMED = 3  # decisions that a line names


def lines(harvests: Sequence[Harvest], ref: str, accept: str, why_not: str) -> list[str]:
    """A line for each buffer that is ready, with the commands that show and accept the proposal `ref`.

    `why_not`: why nothing is proposed although a buffer is ripe; empty where that is not so.
    """
    found = [_ready(harvest) for harvest in harvests if harvest.edits]
    if found:
        found[-1] += f": git show {ref}, then {accept}"
    if why_not:
        found.append(f"no harvest here: {why_not}")
    return found + [line for harvest in harvests for line in _awaiting(harvest)]


def ripe(found: Iterable[Ripeness], mine: Callable[[Rule], bool], ref: str, accept: str) -> list[str]:
    """A line for each buffer that is over its threshold. `mine`: whether a rule is this persona's.

    `ref`: the proposal's name for git commands, empty where there is none; `accept`: the command that accepts it.
    """
    return [f"{_full(item)}{_who(item.rule, mine(item.rule), ref, accept)}" for item in found]


def _full(item: Ripeness) -> str:
    return f"ripe: {shown_path(item.path)}, {item.amount}/{item.rule.amount} {item.rule.unit}"


def _who(rule: Rule, mine: bool, ref: str, accept: str) -> str:
    if not mine:
        return f", {quoted(rule.owner, 40)} harvests"
    return f": git show {ref}, then {accept}" if ref else ""


def _ready(harvest: Harvest) -> str:
    moved = counted(len(harvest.moves), "entry")
    return f"harvest ready: {moved} of {shown_path(harvest.source)} to {shown_path(harvest.target)}"


def _awaiting(harvest: Harvest) -> list[str]:
    """The decisions that nobody has made yet, and for how long: the first of them by name."""
    waiting = harvest.awaiting
    if not waiting:
        return []
    who = quoted(harvest.owner, 40) if harvest.owner else "a decision"
    awaits = "awaits" if len(waiting) == 1 else "await"
    named = ", ".join(f"{quoted(stay.entry.title, 40)}{_for(stay.days)}" for stay in waiting[:NAMED])
    more = f", +{len(waiting) - NAMED}" if len(waiting) > NAMED else ""
    return [f"{counted(len(waiting), 'decision')} of {shown_path(harvest.source)} {awaits} {who}: {named}{more}"]


def _for(days: int | None) -> str:
    return "" if days is None else f" for {counted(days, 'day')}"
