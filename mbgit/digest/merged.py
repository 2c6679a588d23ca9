"""Merged files: a line for each, with the number of entries from each side."""

from __future__ import annotations

from collections.abc import Iterable

from mbgit.bank.entries import entries
from mbgit.digest.news import Run
from mbgit.engine.stamps import entry_id
from mbgit.words import counted, shown_path

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return merges([_recounted(arrival, run) for run in arrival.runs], rebased=arrival.rebased)


def _recounted(arrival: Arrival, run: Run) -> Run:
    """A run with the entries below headings without a date: the engine takes these for sections, and counts items."""
    undated, blobs = arrival.undated(run["path"]), run.get("blobs") or {}
    base, *sides = (arrival.read(blobs.get(name) or "") for name in ("base", "ours", "theirs"))
    if undated is None or None in sides:
        return run
    known = set((base or b"").split(b"\n"))
    counts = dict(run.get("counts", {}))
    for name, data in zip(("ours", "theirs"), sides, strict=True):
        fresh = (entry for entry in entries(data or b"", undated) if entry.kind == "heading" and not entry.stamp)
        new = (head for entry in fresh if (head := entry.text.partition(b"\n"))[0] not in known)
        more = sum(1 - len(entries(rest)) for head, _, rest in new if head.startswith(b"## ") and not entry_id(head))
        counts[name] = max(int(counts.get(name, 0)) + more, 0)
    return {**run, "counts": counts}


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
    what = ", ".join(filter(None, parts)) or "edits of both sides"
    aside = sum(run.get("asides", 0) for run in runs)
    lost = f"; {aside} superseded: git show mbgit/superseded" if aside else ""
    return f"merged {shown_path(path)}: {what}{lost}"


def _counts(runs: list[Run], name: str) -> list[int]:
    return [int(run.get("counts", {}).get(name, 0)) for run in runs]
