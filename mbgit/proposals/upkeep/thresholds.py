"""Suggests another threshold where usage does not fit it: a remark in a commit message, for the team to decide."""

from __future__ import annotations

from collections.abc import Iterator

from mbgit.words import counted, shown_path

from .bank import DAY, Bank

WANTED = 7  # days between two harvests
OFF = 2  # times as often, or as seldom, before anything is said
LEAST = 4  # harvests that make a habit
MOST = 1_000  # of a rule's unit


def remarks(bank: Bank) -> list[str]:
    """For each rule that is harvested much more often, or more seldom, than weekly: a threshold that would change that.

    The median of the days between harvests counts, so that a holiday and a busy week do not.
    """
    return list(_remarks(bank))


def _remarks(bank: Bank) -> Iterator[str]:
    for rule in bank.settings.harvest:
        days = _days_between(sorted(set(bank.harvested(rule.source))))
        if days and not WANTED / OFF < days < WANTED * OFF:
            amount = suggested(rule.amount, days)
            if amount != rule.amount:
                how = f"{shown_path(rule.source)} is harvested every {counted(max(round(days), 1), 'day')}"
                unit = rule.unit if rule.unit == "KB" or amount > 1 else rule.unit.rstrip("s")
                yield f'{how} or so: threshold = "{amount} {unit}" would make that about {WANTED}.'


def _days_between(times: list[int]) -> float:
    """The median; 0 where there are too few."""
    if len(times) < LEAST:
        return 0
    gaps = sorted(later - earlier for earlier, later in zip(times, times[1:], strict=False))
    return gaps[len(gaps) // 2] / DAY


def suggested(amount: int, days: float) -> int:
    """A threshold that is reached in the wanted time at the pace so far: a round number above ten."""
    fitting = round(amount * WANTED / days)
    return min(max(round(fitting / 5) * 5 if fitting > 10 else fitting, 1), max(MOST, amount))
