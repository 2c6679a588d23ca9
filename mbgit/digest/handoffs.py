"""Handoffs to this persona, with the first action of each."""

from __future__ import annotations

from mbgit.bank.handoffs import Handoff
from mbgit.words import quoted, shown_path

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return [_line(path, handoff) for path, handoff in arrival.handoffs()]


def _line(path: str, handoff: Handoff) -> str:
    first = f", first {quoted(handoff.action)}" if handoff.action else ""
    who = f"{quoted(handoff.sender, 40)}, {when(handoff.stamp)}"
    return f"handoff to you by {who}{first} ({shown_path(path)}:{handoff.line})"


def when(stamp: str) -> str:
    """A stamp's digits as date and time: what the file itself says of it may be anything."""
    date = "-".join(filter(None, (stamp[:4], stamp[4:6], stamp[6:8])))
    return f"{date} {stamp[8:10]}:{stamp[10:12]}" if len(stamp) >= 12 else date
