"""A branch that a hosted button squashed onto main, and both go on: nothing twice, nothing back, nobody's work gone.

The merge base stays where the branch began, so all that was squashed looks added by both sides. The button runs no
driver. tests/engine/test_seen.py plays the same in memory, and has the pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.armed import arm, runs
from tests.engine.test_seen import AFTER, BEFORE, CACHE, FENCES, KINDS, PAGE, Act, entries, out, stands, tasks
from tests.support import GIT, Clone, armed

BANK = ".claude/memory-bank/lessons-buffer.md"
TARGET = "lessons-learned.md"
LESSONS = "# Lessons learned\n\n### 2025-12-01 08:00: naming\n\n- say what it holds\n"
SEED = {BANK: PAGE, TARGET: LESSONS}
HARVESTED = CACHE + FENCES


class Team(NamedTuple):
    """Ada works on main, Bob on branch topic; the host has no drivers."""

    ada: Clone
    bob: Clone
    host: Clone

    def squash(self) -> None:
        """Press the button: topic becomes one commit on main."""
        host = self.host
        host.git("fetch", "-q")
        host.git("reset", "-q", "--hard", "origin/main")
        host.git("merge", "-q", "--squash", "origin/topic")
        if host.git("status", "--porcelain"):
            host.commit("topic, squashed")
            host.git("push", "-q", "origin", "HEAD:main")


@pytest.fixture
def trio(team: Callable[..., list[Clone]]) -> Team:
    """Bob has pushed a task and two entries on topic, each in a commit of its own."""
    ada, bob, host = team("Ada", "Bob", "Host", seed=SEED)
    for clone in (ada, bob):
        arm(clone, "union")
    bob.git("checkout", "-q", "-b", "topic")
    does(bob, tasks, entries(CACHE, FENCES))
    bob.git("push", "-q", "-u", "origin", "topic")
    return Team(ada, bob, host)


def does(clone: Clone, *acts: Act) -> None:
    """A commit for each act that changes the page; a harvest takes its entries to the target."""
    for act in acts:
        text = clone.read(BANK)
        if act(text) != text:
            clone.write(BANK, act(text))
            if act is KINDS["harvested"]:
                clone.write(TARGET, clone.read(TARGET) + HARVESTED)
            clone.commit("work")


def pull(clone: Clone, how: str) -> str:
    """The page after a pull of main."""
    clone.git("pull", "-q", "--no-edit", how, "origin", "main")
    assert not clone.git("status", "--porcelain")
    return clone.read(BANK)


def pull_both_ways(clone: Clone, expected: str) -> None:
    """Whether topic is rebased onto main or merges it, what is due stands; topic is merged at the end."""
    clone.git("checkout", "-q", "-b", "rebased")
    stands(pull(clone, "--rebase"), expected)
    clone.git("checkout", "-q", "topic")
    stands(pull(clone, "--no-rebase"), expected)


def goes_on(squashed: Team, kind: str, side: str) -> None:
    """After the squash one side does what `kind` says, and both write an entry."""
    ada, bob, _ = squashed
    ada.git("pull", "-q", "--ff-only")
    does(ada if side == "main" else bob, KINDS[kind])
    does(bob, entries(AFTER["branch"]))
    does(ada, entries(AFTER["main"]))
    ada.git("push", "-q", "origin", "main")


EXPECTED = tasks(PAGE) + CACHE + FENCES + AFTER["main"] + AFTER["branch"]


@pytest.mark.parametrize("side", ["branch", "main"])
@pytest.mark.parametrize("kind", ["edited", "purged", "ticked", "moved", "harvested", "archived"])
def test_the_branch_pulls_main(trio: Team, kind: str, side: str) -> None:
    ada, bob, _ = trio
    trio.squash()
    goes_on(trio, kind, side)
    pull_both_ways(bob, KINDS[kind](EXPECTED))
    assert bob.read(TARGET) == LESSONS + (HARVESTED if kind == "harvested" else "")
    assert "history" not in runs(bob.common / "mbgit")[-1]
    bob.git("push", "-q", "origin", "topic")
    trio.squash()
    ada.git("pull", "-q", "--ff-only")
    assert ada.read(BANK) == bob.read(BANK), "the second squash leaves main as the branch is"


@pytest.mark.parametrize("kind", ["edited", "purged"])
def test_a_squash_onto_a_main_that_had_moved(trio: Team, kind: str) -> None:
    """Made by a clone with drivers, for a button would show a conflict."""
    ada, bob, host = trio
    arm(host, "union")
    does(ada, entries(BEFORE))
    ada.git("push", "-q", "origin", "main")
    trio.squash()
    goes_on(trio, kind, "main")
    pull_both_ways(bob, KINDS[kind](tasks(PAGE) + BEFORE + EXPECTED.removeprefix(tasks(PAGE))))


def test_an_entry_that_was_taken_back_on_purpose_stays(trio: Team) -> None:
    bob = trio.bob
    trio.squash()
    goes_on(trio, "purged", "main")
    does(bob, out(CACHE), entries(CACHE))
    assert pull(bob, "--no-rebase").count(CACHE) == 1


@pytest.mark.parametrize("kind", ["edited", "purged", "moved"])
def test_commits_that_main_picked_and_changed_since(trio: Team, kind: str) -> None:
    ada, bob, _ = trio
    ada.git("fetch", "-q")
    ada.git("cherry-pick", "origin/topic~1", "origin/topic")
    does(ada, KINDS[kind], entries(AFTER["main"]))
    ada.git("push", "-q", "origin", "main")
    does(bob, entries(AFTER["branch"]))
    pull_both_ways(bob, KINDS[kind](EXPECTED))


@pytest.mark.parametrize("kind", ["edited", "purged", "moved"])
def test_a_rebased_branch_meets_its_old_copy(trio: Team, kind: str) -> None:
    ada, bob, _ = trio
    does(ada, entries(BEFORE))
    ada.git("push", "-q", "origin", "main")
    pull(bob, "--rebase")
    does(bob, KINDS[kind])
    ada.git("fetch", "-q")
    ada.git("checkout", "-q", "-b", "topic", "origin/topic")
    does(ada, entries(AFTER["main"]))
    ada.git("push", "-q", "origin", "topic")
    bob.git("pull", "-q", "--no-edit", "--no-rebase", "origin", "topic")
    stands(bob.read(BANK), KINDS[kind](tasks(PAGE) + BEFORE + CACHE + FENCES + AFTER["main"]))


@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
@pytest.mark.parametrize("kind", ["edited", "purged"])
def test_a_branch_made_anew_in_another_history(trio: Team, kind: str, how: str) -> None:
    """Somebody began topic again with all of its files in one commit that has no parent."""
    bob = trio.bob
    trio.squash()
    bob.git("checkout", "-q", "--orphan", "anew")
    bob.commit("all of it, anew")
    goes_on(trio, kind, "main")
    allowed = ["--allow-unrelated-histories"] if how == "--no-rebase" else []
    bob.git("pull", "-q", "--no-edit", how, *allowed, "origin", "main")
    stands(bob.read(BANK), KINDS[kind](EXPECTED))


def test_what_main_purged_is_no_loss_to_the_gate(trio: Team) -> None:
    """The branch's merge has not got the entry again, and its push is not refused for that."""
    bob = trio.bob
    trio.squash()
    goes_on(trio, "purged", "main")
    shutil.rmtree(bob.common / "mbgit")
    armed(bob)
    assert CACHE not in pull(bob, "--no-rebase")
    done = bob.run(GIT, "push", "-q", "origin", "topic", check=False)
    assert done.returncode == 0, done.stderr
    assert "(lost" not in done.stderr
