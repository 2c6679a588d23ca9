"""What the digest says of harvests: what is ready, and what keeps the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mbgit.words import counted, shown_path

if TYPE_CHECKING:
    from mbgit.harvest.plan import Harvest


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


def _ready(harvest: Harvest) -> str:
    moved = counted(len(harvest.moves), "entry")
    return f"harvest ready: {moved} of {shown_path(harvest.source)} to {shown_path(harvest.target)}"


def _awaiting(harvest: Harvest) -> list[str]:
    """The decisions that nobody has made yet."""
    days = [stay.days for stay in harvest.awaiting if stay.days is not None]
    if not harvest.awaiting:
        return []
    oldest = f", the oldest for {counted(max(days), 'day')}" if days else ""
    return [f"{counted(len(harvest.awaiting), 'decision')} of {shown_path(harvest.source)} await the Tech Lead{oldest}"]
