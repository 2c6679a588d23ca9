"""What the checks find in what arrived."""

from __future__ import annotations

from mbgit.gate import Judged
from mbgit.report import finding_line
from mbgit.words import counted

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    """The errors: a warning is for its author, who has been told before the commit."""
    return _lines(arrival, [item for item in arrival.findings if item.level == "error"])


def whole(arrival: Arrival) -> list[str]:
    return _lines(arrival, list(arrival.findings))


def _lines(arrival: Arrival, items: list[Judged]) -> list[str]:
    found = [f"finding: {finding_line(item)}" for item in items if arrival.concerns(item.finding.path)]
    if arrival.unchecked:
        found.append(f"{counted(arrival.unchecked, 'file')} not checked: there was no time")
    return found
