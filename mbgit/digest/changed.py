"""Entries of logs and decisions that an arriving commit changed or took out, and whose they were."""

from __future__ import annotations

from collections import Counter

from mbgit.words import counted, quoted, shown_path

from .arrival import Arrival, Changed

SHOWN = 400  # columns of what an entry said, in the full report


def part(arrival: Arrival) -> list[str]:
    """A line for each file and author, with this persona's own entries first."""
    groups: dict[tuple[str, str], list[Changed]] = {}
    for change in sorted(arrival.changed, key=lambda change: not change.mine):
        groups.setdefault((change.path, change.by), []).append(change)
    return [
        f"{shown_path(path)}: {quoted(by, 40)} {', '.join(_counts(its))}, first {quoted(its[0].title)}"
        for (path, by), its in groups.items()
    ]


def _counts(changes: list[Changed]) -> list[str]:
    """`changed 3 entries of yours`, `took out 1 entry of "Ada"`."""
    counts = Counter((bool(change.after), change.mine, change.whose) for change in changes)
    return [
        f"{'changed' if stays else 'took out'} {counted(number, 'entry')} of {'yours' if mine else quoted(whose, 40)}"
        for (stays, mine, whose), number in counts.items()
    ]


def whole(arrival: Arrival) -> list[str]:
    """The same with what each entry said before, and after."""
    return [line for change in arrival.changed for line in _lines(change)]


def _lines(change: Changed) -> list[str]:
    place = f"{shown_path(change.path)}:{change.line}" if change.line else shown_path(change.path)
    whose = "yours" if change.mine else quoted(change.whose, 40)
    did = f"changed by {quoted(change.by, 40)}" if change.after else f"taken out by {quoted(change.by, 40)}"
    lines = [f"{place}: {quoted(change.title)}, {whose}, {did} in {change.commit[:10]}"]
    lines.append(f"before: {quoted(change.before, SHOWN)}")
    return [*lines, f"after: {quoted(change.after, SHOWN)}"] if change.after else lines
