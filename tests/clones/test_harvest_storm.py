"""Six personas harvest while the others write: every entry stands once, over the bank and the documents."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.clones.storm import Storm, play, report
from tests.clones.storm.pages import BANK, BUFFERS

CHANCES = {"harvest": 0.9, "upkeep": 0.3, "worktree": 0.05}
FILES = (*BUFFERS, *BUFFERS, f"{BANK}/SESSION_LOG.md")


def harvested(room: Path, seed: int, clones: int, sessions: int, owners: bool = True) -> Storm:
    """A storm over the buffers and the log alone; `owners`: each rule is the business of one persona."""
    storm = Storm(room, random.Random(seed), chances=CHANCES, paths=FILES, owners=owners)
    return play(storm, clones, sessions)


def test_personas_accept_their_harvests_while_others_write(tmp_path: Path) -> None:
    storm = harvested(tmp_path, seed=1, clones=3, sessions=6)
    assert not storm.faults, "\n".join(report(storm))
    assert storm.counts["harvest accepted"]


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(30, 42))
@pytest.mark.parametrize("owners", [True, False], ids=["one owner", "all own"])
def test_many_harvests(tmp_path: Path, seed: int, owners: bool) -> None:
    storm = harvested(tmp_path, seed, clones=6, sessions=60, owners=owners)
    assert not storm.faults, "\n".join(report(storm))
