"""What was merged: a line for each file, with whose entries it got."""

from __future__ import annotations

from collections.abc import Iterable

from mbgit.merges import Run
from mbgit.words import counted, shown_path

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return merges(arrival.runs, rebased=arrival.rebased)


def merges(runs: Iterable[Run], *, rebased: bool = False) -> list[str]:
    """A line for each file that was merged; `rebased`: what the ledger calls ours is what was pulled."""
    files: dict[str, list[Run]] = {}
    for run in runs:
        files.setdefault(run["path"], []).append(run)
    return [merge_line(path, its, rebased=rebased) for path, its in files.items()]


def merge_line(path: str, runs: list[Run], *, rebased: bool = False) -> str:
    """What became of one file in the runs that led to what it is now."""
    if any(run.get("outcome") == "fallback" for run in runs):
        return f"git merged {shown_path(path)} alone, the engine did not answer: run install.py --check"
    ours, theirs = _counts(runs, "ours"), _counts(runs, "theirs")
    # A rebase merges what was pulled again and again, and each own commit once.
    yours, others = (sum(theirs), max(ours)) if rebased else (sum(ours), sum(theirs))
    removed = sum(_counts(runs, "removed"))
    parts = [
        f"+{counted(others, 'entry')} theirs" * (others > 0),
        f"+{yours if others else counted(yours, 'entry')} yours" * (yours > 0),
        f"-{removed} removed" * (removed > 0),
    ]
    told = ", ".join(filter(None, parts)) or "edits of both sides"
    aside = sum(run.get("asides", 0) for run in runs)
    lost = f"; {aside} superseded: git show mbgit/superseded" if aside else ""
    return f"merged {shown_path(path)}: {told}{lost}"


def _counts(runs: list[Run], name: str) -> list[int]:
    return [int(run.get("counts", {}).get(name, 0)) for run in runs]
