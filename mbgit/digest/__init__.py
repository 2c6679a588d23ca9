"""What a person is told after a pull, a rebase or a merge: at most twelve lines, and a full report."""

from __future__ import annotations

from typing import NamedTuple

from mbgit import report
from mbgit.merges import Run
from mbgit.site import Site


class Digest(NamedTuple):
    """What is printed, and the whole of it."""

    lines: list[str]
    full: str


def of(site: Site, event: str, args: tuple[str, ...], rewritten: list[str], runs: list[Run]) -> Digest:
    """The digest of what an event brought; `runs` are the merges that nobody has been told of."""
    lines = report.merges(runs, rebased=args[:1] == ("rebase",))
    return Digest(lines, "\n".join(lines))
