"""Six personas harvest while the others write: every entry stands once, over the bank and the documents."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones.storm import Storm, play, report
from tests.clones.storm.pages import BANK, BUFFERS
from tests.support import Clone, armed

CHANCES = {"harvest": 0.9, "upkeep": 0.3, "worktree": 0.05}
FILES = (*BUFFERS, *BUFFERS, f"{BANK}/SESSION_LOG.md")


def harvested(room: Path, seed: int, clones: int, sessions: int, owners: bool = True, ripe: int = 8) -> Storm:
    """A storm over the buffers and the log alone; `owners`: each rule is the business of one persona."""
    storm = Storm(room, random.Random(seed), chances=CHANCES, paths=FILES, owners=owners, ripe=ripe)
    return play(storm, clones, sessions)


def test_personas_accept_their_harvests_while_others_write(tmp_path: Path) -> None:
    storm = harvested(tmp_path, seed=1, clones=2, sessions=3, owners=False, ripe=2)
    assert not storm.faults, "\n".join(report(storm))
    assert storm.counts["harvest accepted"]


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(30, 42))
@pytest.mark.parametrize("owners", [True, False], ids=["one owner", "all own"])
def test_many_harvests(tmp_path: Path, seed: int, owners: bool) -> None:
    storm = harvested(tmp_path, seed, clones=6, sessions=60, owners=owners)
    assert not storm.faults, "\n".join(report(storm))


FIELDS = "**Status**: Accepted\n**Context**: {}\n**Decision**: {}\n**Rationale**: it works\n"
DECISION = "### [2025-10-08] Keep it\n\n" + FIELDS
INBOX, ADR = BUFFERS[2], "Docs/03-Reference/ADR"


def decided(team: Callable[..., list[Clone]], *names: str) -> list[Clone]:
    """Clones whose inbox holds one accepted decision, ripe at once."""
    rule = f'[[harvest]]\nsource = "decisions-inbox.md"\nthreshold = "1 items"\ntarget = "{ADR}/"\n'
    clones = team(*names, seed={INBOX: "# Inbox\n\n" + DECISION.format("a", "b"), ".mbgit.toml": rule})
    for clone in clones:
        armed(clone)
    return clones


def edit(clone: Clone, context: str, decision: str) -> None:
    clone.write(INBOX, "# Inbox\n\n" + DECISION.format(context, decision))
    clone.commit("edit")


def sync(*clones: Clone) -> None:
    for clone in clones:
        clone.git("pull", "-q", "--no-edit")
        clone.git("push", "-q", "origin", "HEAD:main")


@pytest.mark.parametrize("pull", [["--no-edit"], ["--rebase"]])
def test_an_edit_that_was_harvested_outlasts_another_edit_of_the_buffer(
    team: Callable[..., list[Clone]], pull: list[str]
) -> None:
    ada, bob = decided(team, "Ada", "Bob")
    edit(ada, "a, as Ada found", "b")
    ada.git("merge", "-q", "mbgit/harvest")
    sync(ada)
    edit(bob, "a", "b, as Bob says")
    bob.git("pull", "-q", *pull)
    bob.git("merge", "-q", "mbgit/harvest")
    (record,) = (bob.path / ADR).glob("ADR-*.md")
    assert "as Bob says" in record.read_text()
    assert "as Ada found" in record.read_text()


def test_two_owners_who_harvest_two_versions_leave_one_record(team: Callable[..., list[Clone]]) -> None:
    ada, bob = decided(team, "Ada", "Bob")
    edit(ada, "a, as Ada found", "b")
    another = DECISION.format("c", "d").replace("Keep it", "Adopt another one")
    bob.write(INBOX, "# Inbox\n\n" + another + "\n" + DECISION.format("a", "b, as Bob says"))
    bob.commit("edit")
    for clone in (ada, bob):
        clone.git("merge", "-q", "mbgit/harvest")
    sync(ada)
    bob.git("pull", "-q", "--no-edit")
    assert len(kept(bob)) == 2
    bob.git("mv", f"{ADR}/ADR-001-adopt-another-one.md", f"{ADR}/ADR-003-adopt-another-one.md")  # as the gate says
    bob.commit("Number it anew")
    ada.commit("another day", later=24 * 60 * 60, **{f"{BANK}/progress.md": "# Progress\n"})
    sync(ada, bob)
    bob.git("merge", "-q", "mbgit/upkeep")
    (record,) = kept(bob)
    assert "as Bob says" in record
    assert "as Ada found" in record


def kept(clone: Clone) -> list[str]:
    """The records of the decision to keep it."""
    texts = [file.read_text() for file in (clone.path / ADR).glob("ADR-*.md")]
    return [text for text in texts if "Keep it" in text]
