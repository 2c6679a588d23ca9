"""What the checks find in what arrived."""

from __future__ import annotations

from mbgit.report import finding_line
from mbgit.words import counted

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    its = (item for item in arrival.findings if arrival.concerns(item.finding.path))
    found = [f"finding: {finding_line(item, mend=False)}" for item in its]
    if arrival.unchecked:
        found.append(f"{counted(arrival.unchecked, 'file')} not checked: there was no time")
    return found
