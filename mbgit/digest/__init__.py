"""The digest after a pull, a rebase or a merge: at most twelve lines, and a full report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mbgit.digest.news import Run
from mbgit.gate.commits import Step
from mbgit.git.clone import Clone, now
from mbgit.words import counted

from . import (
    arrived,
    changed,
    findings,
    focus,
    handoffs,
    locks,
    losses,
    merged,
    settings,
    thresholds,
    unarmed,
    upkeep,
)
from .arrival import Arrival
from .fit import LINES, WHOLE, fit
from .reading import KeepError, Reader, keep_day, span


def _news(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not isinstance(line, ReportOnly)]


class Part(NamedTuple):
    """One part of the digest."""

    title: str
    """Of its section in the full report."""
    noun: str
    """What its lines are counted as."""
    lines: Callable[[Arrival], Sequence[str]]
    """Finished lines, the most important first; none if there is no news."""
    most: int = LINES
    """How many of them the digest shows."""
    whole: Callable[[Arrival], Sequence[str]] | None = None
    """What the full report has instead."""


# What concerns this persona first, then what arrived, then the clone.
PARTS = (
    Part("Entries changed or taken out", "change to older entries", changed.part, whole=changed.whole),
    Part("Handoffs to you", "handoff to you", handoffs.part),
    Part("Proposals", "proposal", lambda arrival: _news(arrival.harvests), whole=lambda arrival: arrival.harvests),
    Part("Thresholds", "buffer near its threshold", thresholds.part, whole=thresholds.whole),
    Part("Merged", "merged file", merged.part),
    Part("What else arrived", "change", arrived.part, whole=arrived.whole),
    Part("Locks", "lock", locks.part, whole=locks.whole),
    Part("Findings in what arrived", "finding", findings.part, most=1),
    Part("Merges that were not mbgit's", "merge not mbgit's", losses.part),
    Part("Not armed", "item not armed", unarmed.part, most=1),
    Part("Settings", "fault in the settings", settings.part, most=2),
    Part("Upkeep", "thing to tidy up", upkeep.part, most=3),
    Part("Where this clone is", "", focus.part, whole=focus.whole),
)
PLURALS = {
    "change to older entries": "changes to older entries",
    "handoff to you": "handoffs to you",
    "buffer near its threshold": "buffers near their threshold",
    "merge not mbgit's": "merges not mbgit's",
    "item not armed": "items not armed",
    "fault in the settings": "faults in the settings",
    "thing to tidy up": "things to tidy up",
}


class ReportOnly(str):
    """A line about a proposal that was printed before: now only the report has it."""

    __slots__ = ()


class Digest(NamedTuple):
    """What is printed, and the full report as Markdown; both empty if there is no news."""

    lines: list[str]
    full: str
    files: int = 0
    """How many arrived by a fast-forward."""


def of(
    clone: Clone,
    event: str,
    args: tuple[str, ...],
    rewritten: list[str],
    runs: list[Run],
    keep_error: KeepError,
    harvests: Callable[[Sequence[Step]], Sequence[str]] = lambda steps: (),
) -> Digest:
    """The digest of what an event brought.

    `rewritten`: the lines that post-rewrite gets. `runs`: the merges that have not been reported. `keep_error` keeps an
    exception for a person to read, and says where. `harvests` brings the proposals up to date with the commits that
    arrived, and gives finished lines about them. Raises GitError.
    """
    reader = Reader(clone, now(), keep_error)
    arrival = reader.read(span(clone, event, args, rewritten), runs, rebased=args[:1] == ("rebase",))
    nothing: list[str] = []
    proposed = reader.tried(lambda: list(harvests(reader.steps)), nothing)
    how = clone.config.get("mbgit.digest", "")
    if arrival is None:
        return Digest([*(_news(proposed) if how != "off" else ()), *reader.troubles], "")
    found = of_arrival(arrival._replace(harvests=proposed), how, keep_error)
    if arrival.upkeep is not None:
        keep_day(clone, reader.now)
    return found._replace(lines=[*found.lines, *reader.troubles], files=reader.files)


def of_arrival(arrival: Arrival, how: str, keep_error: KeepError) -> Digest:
    """The digest of plain values; `how` much of it is printed: off, counts, else all."""
    short = [list(_tried(part.title, part.lines, arrival, keep_error)) for part in PARTS]
    full = [
        (part.title, lines if part.whole is None else list(_tried(part.title, part.whole, arrival, keep_error)))
        for part, lines in zip(PARTS, short, strict=True)
    ]
    return Digest(_PRINTED.get(how, _lines)(short), markdown(arrival, full))


def _tried(
    title: str, lines: Callable[[Arrival], Sequence[str]], arrival: Arrival, keep_error: KeepError
) -> Sequence[str]:
    try:
        return lines(arrival)
    except Exception as error:
        return [f"{title.lower()}: this part broke: see {keep_error(error)}"]


def _lines(parts: list[list[str]]) -> list[str]:
    return fit([(lines, part.most) for part, lines in zip(PARTS, parts, strict=True)])


def _counts(parts: list[list[str]]) -> list[str]:
    """One line of counts, without text from others."""
    counts = [
        counted(len(lines), part.noun, PLURALS.get(part.noun, ""))
        for part, lines in zip(PARTS, parts, strict=True)
        if lines and part.noun
    ]
    return [f"{', '.join(counts)}: {WHOLE}"] if counts else []


_PRINTED: dict[str, Callable[[list[list[str]]], list[str]]] = {"off": lambda parts: [], "counts": _counts}


def markdown(arrival: Arrival, sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The full report."""
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(arrival.now, UTC).strftime("%Y-%m-%d %H:%M")
    rows = [f"# Memory bank, {when} UTC"]
    for title, lines in sections:
        if lines:
            rows += ["", f"## {title}", "", *(f"- {line}" for line in lines)]
    if arrival.metrics:
        rows += ["", "## Metrics", "", arrival.metrics.rstrip("\n")]
    return "\n".join(rows) + "\n"
