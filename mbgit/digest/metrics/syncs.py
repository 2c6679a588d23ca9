"""Which runs of the driver belong to one sync, and how long syncs took: the ledger, and a record of times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mbgit.digest.news import WEEK, Run
from mbgit.engine import files
from mbgit.engine.ledger import read_ledger, to_json

from .history import Contest, Merge
from .measured import rows

TOGETHER = 5  # seconds between two runs of one rebase, at most
PAUSE = 60  # seconds after a run: after a longer pause git has waited for a person
SYNCS = "syncs.jsonl"  # the file in mbgit's folder
SYNCS_LIMIT = 30_000  # bytes
LATEST = 1e11  # seconds or milliseconds: what is beyond, or no number at all, was not written by a clock


class Sync(NamedTuple):
    """The driver's runs that led to one merge or rebase."""

    runs: tuple[Run, ...]


class Noted(NamedTuple):
    """A sync as it was noted when it ended."""

    when: float
    seconds: float
    files: int = 0
    """How many a fast-forward brought; none where a driver was asked."""


def left(run: Run) -> bool:
    """Whether a run of the driver left its file to a person: what git merged alone is no failure if it was clean."""
    return run.get("exit") != 0 if run.get("outcome") == "fallback" else run.get("outcome") != "merged"


def runs_of(home: Path | None) -> list[Run]:
    """The runs of the driver, oldest first, each once (what was given up and done again); broken lines left out."""
    runs = [run for run in read_ledger(str(home)) if _is_sound(run)] if home else []
    once = {(run["path"], *sorted(run["blobs"].items(), key=str)): run for run in runs}
    return sorted(once.values(), key=lambda run: run["time"])


def _is_sound(run: Run) -> bool:
    blobs = run.get("blobs")
    return (
        isinstance(run.get("path"), str)
        and isinstance(blobs, dict)
        and all(blob is None or isinstance(blob, str) for blob in blobs.values())
        and isinstance(run.get("ms", 0), int | float)
        and 0 <= run["time"] < LATEST
        and 0 <= run.get("ms", 0) < LATEST
    )


def syncs(runs: Sequence[Run], reached: set[tuple[str, str]], merges: Sequence[Merge]) -> list[Sync]:
    """The syncs whose results HEAD holds, made of the ledger's runs, both oldest first.

    `reached`: the versions (path, blob) that history holds; `merges`: those with contested files.
    """
    counting = _led_to(runs, reached)
    results = {(its.path, its.result): merge.commit for merge in merges for its in merge.contests}
    done = {(run["path"], run["blobs"]["result"]) for run in runs if id(run) in counting}
    by_merge: dict[str, list[Run]] = {}
    others = []
    for run in runs:
        counts = id(run) in counting
        commit = results.get((run["path"], run["blobs"].get("result"))) if counts else _left_by(run, merges, done)
        if commit:
            by_merge.setdefault(commit, []).append(run)
        elif counts or left(run):
            others.append(run)
    picked = [group for group in together(others, TOGETHER) if any(id(run) in counting for run in group)]
    return sorted(map(Sync, map(tuple, [*by_merge.values(), *picked])), key=lambda sync: sync.runs[0]["time"])


def _led_to(runs: Sequence[Run], reached: set[tuple[str, str]]) -> set[int]:
    """The runs whose result history holds, or that led to one of those (a squash goes pick by pick), by `id`."""
    wanted, found = set(reached), set()
    for run in reversed(runs):
        path, blobs = run["path"], run["blobs"]
        if blobs.get("result") and (path, blobs["result"]) in wanted:
            wanted.add((path, blobs.get("ours") or ""))
            found.add(id(run))
    return found


def _left_by(run: Run, merges: Sequence[Merge], done: set[tuple[str, str]]) -> str | None:
    """The merge in which a person did what a run had left to do; not where another run did it after all."""
    if left(run):
        fits = _same_sides if "ours" in run["blobs"] else _soon_after
        for merge in reversed(merges):
            for its in merge.contests:
                if its.path == run["path"] and (its.path, its.result) not in done and fits(run, merge, its):
                    return merge.commit
    return None


def _same_sides(run: Run, _: Merge, contest: Contest) -> bool:
    return (contest.ours, contest.theirs) == (run["blobs"]["ours"], run["blobs"].get("theirs"))


def _soon_after(run: Run, merge: Merge, _: Contest) -> bool:
    """A match by time alone: if the engine did not answer, the ledger does not name the versions."""
    return bool(run["time"] - 1 <= merge.committed <= run["time"] + WEEK)


def together(runs: Iterable[Run], pause: float) -> list[list[Run]]:
    """The runs, oldest first, in groups: a new one where a run began more than `pause` seconds after the last end."""
    groups: list[list[Run]] = []
    for run in runs:
        if not groups or run["time"] - _end(groups[-1][-1]) > pause:
            groups.append([])
        groups[-1].append(run)
    return groups


def _end(run: Run) -> float:
    return float(run["time"]) + float(run.get("ms", 0)) / 1000


def note_sync(home: Path, runs: Iterable[Run], ended: float) -> None:
    """Keep how long the reported sync took, which ended at `ended` (epoch seconds). Never raises OSError.

    `runs` are those that led to it. Nothing is kept where somebody was waited for: more than `PAUSE` seconds went by
    after the last of them; a wait between two of them ends what is not measured.
    """
    last = together(sorted(runs, key=lambda run: run["time"]), PAUSE)[-1:]
    if not last or not 0 <= ended - _end(last[0][-1]) <= PAUSE:
        return
    _note(home, {"time": round(ended, 3), "sync": round(ended - last[0][0]["time"], 3)})


def note_arrival(home: Path, files: int, began: float, ended: float) -> None:
    """Keep that a pull fast-forwarded, and how many files that brought. Never raises OSError.

    git does not say when it began: the time is that of the hook, from `began` to `ended` (epoch seconds).
    """
    if ended >= began:
        _note(home, {"time": round(ended, 3), "sync": round(ended - began, 3), "files": files})


def _note(home: Path, sync: dict[str, float]) -> None:
    line = to_json(sync)
    try:  # noqa: SIM105 - contextlib takes long to load
        files.append(f"{home}/{SYNCS}", line.encode() + b"\n", SYNCS_LIMIT)
    except OSError:
        pass


def noted(home: Path | None) -> list[Noted]:
    """The syncs that were noted."""
    if home is None:
        return []
    lines = [row for name in (f"{SYNCS}.1", SYNCS) for row in rows(home / name)]
    return [sync for line in lines if (sync := _sync(line))]


def _sync(row: str) -> Noted | None:
    """What a line of the record says; None of a torn one."""
    import json

    try:
        found = json.loads(row)
        when, seconds, count = float(found["time"]), float(found["sync"]), int(found.get("files", 0))
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
        return None
    return Noted(when, seconds, count) if 0 <= seconds < LATEST and 0 <= count < LATEST else None
