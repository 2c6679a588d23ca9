"""What a storm came to: counts, the times of its pulls, and each fault."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping

from tests.clones.storm.sync import Pull, Storm

KINDS = ("conflicts", "lost", "doubled", "resurrected", "markers", "diverged")


def report(storm: Storm) -> Iterator[str]:
    """The lines of a report; faults come last."""
    counts = storm.counts
    yield ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if what not in KINDS)
    yield ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)
    yield from times(storm.pulls)
    yield f"{len(storm.ledger.chain)} lines written, {len(storm.ledger.ever)} taken out, {len(storm.faults)} faults"
    yield from storm.faults


def growth(storms: Mapping[int, Storm]) -> Iterator[str]:
    """How long a pull takes by the number of clones."""
    for clones, storm in storms.items():
        middle = statistics.median([pull.seconds for pull in storm.pulls] or [0]) * 1000
        yield f"{clones} clones: a pull takes {middle:.0f} ms (median)"


def times(pulls: list[Pull]) -> Iterator[str]:
    """Median and 95th percentile of all pulls; the median of each quarter of the run."""
    if len(pulls) < 8:
        return
    spent = [pull.seconds * 1000 for pull in pulls]
    p95 = statistics.quantiles(spent, n=20)[-1]
    yield f"pull: median {statistics.median(spent):.0f} ms, p95 {p95:.0f} ms, {len(spent)} pulls"
    size = len(pulls) // 4
    for number in range(4):
        part = pulls[number * size : (number + 1) * size]
        middle = statistics.median(pull.seconds for pull in part) * 1000
        yield f"  quarter {number + 1}: median {middle:.0f} ms, {part[-1].commits} commits at its end"
