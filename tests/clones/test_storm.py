"""Storms of clones: small ones in every run, full size with `-m storm`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones.storm import Ledger, run


@pytest.mark.parametrize("seed", [1, 2])
def test_a_small_storm(tmp_path: Path, seed: int) -> None:
    storm = run(tmp_path, clones=3, sessions=9, seed=seed)
    assert not storm.faults, "\n".join(storm.report())


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(10, 16))
def test_a_full_storm(tmp_path: Path, seed: int) -> None:
    storm = run(tmp_path, clones=6, sessions=100, seed=seed)
    assert not storm.faults, "\n".join(storm.report())


def test_git_alone_does_not_weather_it(tmp_path: Path) -> None:
    """The storm can tell: without mbgit the same sessions end in a conflict."""
    storm = run(tmp_path, clones=3, sessions=12, seed=1, armed=False)
    assert storm.counts["conflicts"]


def test_a_unit_that_somebody_wrote_into_may_stand() -> None:
    ledger = Ledger()
    unit = ledger.token()
    ledger.removed(f"- a {unit}")
    assert not ledger.may_stand(unit)
    ledger.token(unit)
    assert ledger.may_stand(unit)
