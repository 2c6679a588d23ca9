"""Runs of the drivers that have not been reported: those in the ledger whose results HEAD holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mbgit.engine.ledger import LEDGER, read_ledger
from mbgit.git.clone import kept_text

SEEN = "reported"
WEEK = 7 * 24 * 3600  # a merge that is concluded later than this gets no report

Run = dict[str, Any]


class News:
    """The runs that have not been reported. Reading changes nothing; `mark_reported` does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runs = [run for run in read_ledger(str(home)) if _is_whole(run)]
        self.looked = _newest(home)
        self.known = set(kept_text(home / SEEN).splitlines())

    def concluded(self, head: Callable[[Iterable[str]], Mapping[str, str]]) -> list[Run]:
        """The new runs whose result HEAD holds; `head` gives the blobs' ids of some paths there."""
        newest = self.runs[-1]["time"] if self.runs else 0
        fresh = [run for run in self.runs if key(run) not in self.known and run["time"] > newest - WEEK]
        return _once(concluded(fresh, head({run["path"] for run in fresh}))) if fresh else []

    def mark_reported(self, runs: Iterable[Run]) -> None:
        """Keep what was reported, with the ledger's time as it was read: so a shell sees whether more came."""
        reported = (self.known | {key(run) for run in runs}) & {key(run) for run in self.runs}
        new = self.home / f"{SEEN}.{os.getpid()}"
        new.write_text("".join(f"{line}\n" for line in sorted(reported)))
        os.utime(new, ns=(self.looked, self.looked))
        new.replace(self.home / SEEN)


def concluded(runs: list[Run], head: Mapping[str, str]) -> list[Run]:
    """The runs whose result HEAD holds, or that led to one of those (a rebase goes pick by pick)."""
    wanted: set[tuple[str, object]] = set(head.items())
    done = []
    for run in reversed(runs):
        path, blobs = run["path"], run["blobs"]
        if (path, blobs.get("result")) in wanted:
            wanted.add((path, blobs.get("ours")))
            done.append(run)
    return done[::-1]


def _is_whole(run: Run) -> bool:
    """Whether a line of the ledger says what is asked of it here."""
    blobs = run.get("blobs")
    named = isinstance(run.get("path"), str) and isinstance(blobs, dict)
    return named and all(blob is None or isinstance(blob, str) for blob in run["blobs"].values())


def key(run: Run) -> str:
    """What identifies a run."""
    return f"{run['time']} {run['blobs'].get('result')}"


def _once(runs: list[Run]) -> list[Run]:
    """The runs without those that did the same before (a merge that was given up, then done)."""
    return list({(run["path"], *sorted(run["blobs"].items())): run for run in runs}.values())


def _newest(home: Path) -> int:
    try:
        return (home / LEDGER).stat().st_mtime_ns
    except OSError:
        return 0
