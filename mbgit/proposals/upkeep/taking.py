"""Takes entries and lines out of a file: as many of the wanted ones as can go without changing what the rest means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from mbgit.bank.entries import Undated
from mbgit.engine.document import cut
from mbgit.proposals.harvest.closed import text_rows
from mbgit.proposals.harvest.cutting import changed_units, without, written

TRIES = 40  # how often a result is put together to find the parts that do not fit

Part = TypeVar("Part")
Result = TypeVar("Result")


def as_many(wanted: Sequence[Part], attempt: Callable[[list[Part]], Result | None]) -> tuple[Result | None, list[Part]]:
    """The result with all that is wanted, else with as much of it as fits, and what that is.

    `attempt` puts a result together, None where that does not come out as it should. Halves are tried, down to single
    parts, for a while.
    """
    result: Result | None = None
    taken: list[Part] = []
    queue = [list(wanted)] if wanted else []
    for _ in range(TRIES):
        if not queue:
            break
        part = queue.pop()
        found = attempt([*taken, *part])
        if found is not None:
            result = found
            taken += part
        elif len(part) > 1:
            queue += [part[len(part) // 2 :], part[: len(part) // 2]]
    return result, taken


def taken_out(
    data: bytes, gone: Sequence[int], drop_all: bool = True, undated: Undated | None = None
) -> tuple[bytes, list[int]]:
    """A file without some entries (by their index in `entries(data, undated)`), and the index of each that went, in
    order.

    `drop_all` is that of `harvest.cutting.without`.
    """
    left, out = as_many(gone, lambda part: without(data, set(part), drop_all, undated))
    return (left.data if left else data), sorted(out)


def without_rows(data: bytes, gone: Collection[int]) -> bytes | None:
    """A file without some rows (from 0), all others as they are; None where the rest would be read otherwise."""
    document, rows = cut(data), text_rows(data)
    left = written(document, [row for at, row in enumerate(rows) if at not in gone])
    before, after = changed_units(document, cut(left), gone)
    return left if before == after else None
