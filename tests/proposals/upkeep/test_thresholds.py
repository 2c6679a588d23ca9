from __future__ import annotations

import pytest

from mbgit.bank.settings import Rule, Settings
from mbgit.proposals.upkeep.bank import DAY, Bank
from mbgit.proposals.upkeep.thresholds import remarks, suggested


def said(days: list[float], amount: int = 20, unit: str = "lines") -> list[str]:
    rule = Rule("patterns-buffer.md", amount, unit, "x.md", "")
    times = [int(day * DAY) for day in days]
    return remarks(Bank({}, ["bank"], 0, Settings(harvest=(rule,)), harvested=lambda source: times))


def test_a_buffer_that_fills_every_day_needs_more_room() -> None:
    wanted = ('patterns-buffer.md is harvested every 1 day or so: threshold = "140 lines" would make that about 7.',)
    assert said([0, 1, 2, 3]) == list(wanted)
    assert said([3, 1, 0, 2, 2]) == list(wanted)


def test_a_buffer_that_never_fills_needs_less() -> None:
    assert said([0, 28, 56, 84]) == [
        'patterns-buffer.md is harvested every 28 days or so: threshold = "5 lines" would make that about 7.'
    ]
    assert said([0, 70, 140, 210], 10) == [
        'patterns-buffer.md is harvested every 70 days or so: threshold = "1 line" would make that about 7.'
    ]
    assert said([0, 70, 140, 210], 10, "KB")[0].count('"1 KB"') == 1


@pytest.mark.parametrize("days", [[], [0, 1, 2], [0, 4, 8, 12], [0, 13, 26, 39], [0, 1, 8, 15, 22], [5, 5, 5, 5]])
def test_nothing_is_said_of_what_is_well_or_not_known(days: list[float]) -> None:
    assert said(days) == []


def test_one_that_cannot_be_lowered_is_left() -> None:
    assert said([0, 70, 140, 210], 1) == []


@pytest.mark.parametrize(
    ("amount", "days", "wanted"), [(20, 1, 140), (5, 3, 10), (5, 2, 20), (10, 20, 4), (999_999, 0.001, 999_999)]
)
def test_suggestions_are_round(amount: int, days: float, wanted: int) -> None:
    assert suggested(amount, days) == wanted
