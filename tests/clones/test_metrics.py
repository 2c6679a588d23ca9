"""What the ledger and history of real clones tell of the specification's targets."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from mbgit.digest.metrics import NO_DATA, metrics
from mbgit.digest.metrics.measured import MEASURED
from mbgit.digest.metrics.syncs import note_sync
from mbgit.digest.news import News
from mbgit.git.clone import Clone as HookClone
from tests.support import GIT, Clone
from tests.support import armed as install

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LESSONS = f"{BANK}/lessons-buffer.md"
SEED = {BUFFER: "# Patterns\n\n- one\n- two\n", LESSONS: "# Lessons\n\n- one\n", "code.py": "1\n"}
Team = Callable[..., list[Clone]]


@contextmanager
def inside(clone: Clone) -> Iterator[None]:
    """This process as one of a hook in the clone."""
    with chdir(clone.path), patch.dict(os.environ, clone.env(), clear=True):
        yield


def measured(clone: Clone, budget: float = 60) -> dict[str, str]:
    """Metric -> actual, in a clone, just now."""
    home = clone.path / ".git/mbgit"
    with inside(clone), closing(HookClone(home if home.exists() else None)) as site:
        return {metric.name: metric.actual for metric in metrics(site, Clone.clock, budget)}


def add(clone: Clone, *entries: str, path: str = BUFFER) -> str:
    text = clone.read(path) + "".join(f"- {entry}\n" for entry in entries)
    clone.write(path, text)
    return clone.past_gate(", ".join(entries))


@pytest.fixture
def pair(team: Team) -> list[Clone]:
    """Two clones with mbgit; each has an entry that the other has not, and the first has pushed."""
    clones = team("Ada", "Bob", seed=SEED)
    for clone in clones:
        install(clone)
        add(clone, f"{clone.who}'s")
    clones[0].git("push", "-q")
    return clones


def test_a_pull_that_merged(pair: list[Clone]) -> None:
    bob = pair[1]
    runs_before = News(bob.path / ".git/mbgit").runs
    started = time.time()
    bob.git("pull", "-q", "--no-edit")
    home = bob.path / ".git/mbgit"
    if not (home / "syncs.jsonl").exists():
        note_sync(home, News(home).runs, time.time())
    took = time.time() - started
    found = measured(bob)
    assert runs_before == []
    assert found["Sync success rate"] == "100 % (1 of 1 sync)"
    assert found["Conflict frequency"] == "0 % (0 of 1 file merge)"
    assert found["Adoption rate"] == "100 % (1 of 1 merge)"
    assert found["Time to sync"].endswith("s (1 sync)")
    assert 0 < float(found["Time to sync"].split(" ")[1]) <= took + 0.01
    assert found["Context continuity"] == "0 % (0 of 1 entry that others had committed)"  # Bob had not pulled then


def test_a_pull_that_merged_two_files_is_one_sync(pair: list[Clone]) -> None:
    ada, bob = pair
    for clone in pair:
        add(clone, f"{clone.who}'s", path=LESSONS)
    ada.git("push", "-q")
    bob.git("pull", "-q", "--no-edit")
    found = measured(bob)
    assert found["Sync success rate"] == "100 % (1 of 1 sync)"
    assert found["Conflict frequency"] == "0 % (0 of 2 file merges)"


def test_a_rebase_of_three_commits_is_one_sync_and_misses_nothing(pair: list[Clone]) -> None:
    bob = pair[1]
    add(bob, "second")
    add(bob, "third")
    bob.git("pull", "-q", "--rebase")
    found = measured(bob)
    assert found["Sync success rate"] == "100 % (1 of 1 sync)"
    assert found["Conflict frequency"] == "0 % (0 of 3 file merges)"
    assert found["Adoption rate"] == NO_DATA
    assert found["Context continuity"] == "100 % (3 of 3 entries that others had committed)"


def test_a_merge_that_was_given_up_counts_nothing_until_it_is_done(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("fetch", "-q")
    bob.git("merge", "--no-commit", "origin/main")
    bob.git("merge", "--abort")
    found = measured(bob)
    assert [found[name] for name in ("Sync success rate", "Conflict frequency", "Adoption rate")] == [NO_DATA] * 3
    bob.git("pull", "-q", "--no-edit")
    found = measured(bob)
    assert found["Sync success rate"] == "100 % (1 of 1 sync)"
    assert found["Conflict frequency"] == "0 % (0 of 1 file merge)"  # the same run again is no other


def test_a_merge_that_only_looked_counts_nothing(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("fetch", "-q")
    bob.run(GIT, "merge-tree", "--write-tree", "HEAD", "origin/main", check=False)
    assert measured(bob)["Sync success rate"] == NO_DATA


def test_a_clone_without_mbgit_that_merges_by_hand(team: Team) -> None:
    ada, bob, cyd = team("Ada", "Bob", "Cyd", seed=SEED)
    install(ada)
    for clone in (ada, bob, cyd):
        add(clone, f"{clone.who}'s")
    cyd.git("push", "-q")
    assert bob.run(GIT, "pull", "--no-edit", check=False).returncode == 1
    bob.write(BUFFER, "# Patterns\n\n- one\n- two\n- Bob's\n- by hand\n")
    bob.past_gate("by hand")
    bob.git("push", "-q")
    ada.git("pull", "-q", "--no-edit")
    found = measured(ada)
    assert found["Adoption rate"] == "50 % (1 of 2 merges)"
    assert found["Sync success rate"] == "100 % (1 of 1 sync)"  # Bob's are not in this clone's ledger


def test_a_file_that_a_merge_deleted_was_not_merged_with_mbgit(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("pull", "-q", "--no-commit")
    bob.git("rm", "-q", "-f", BUFFER)
    bob.past_gate("gone")
    found = measured(bob)
    assert (found["Adoption rate"], found["Sync success rate"]) == ("0 % (0 of 1 merge)", NO_DATA)


def test_merges_of_another_clone_with_mbgit_are_known_by_what_they_hold(pair: list[Clone]) -> None:
    ada, bob = pair
    bob.git("pull", "-q", "--no-edit")
    bob.git("push", "-q")
    ada.git("pull", "-q")
    found = measured(ada)
    assert found["Adoption rate"] == "100 % (1 of 1 merge)"
    assert found["Sync success rate"] == "100 % (1 of 1 sync)", "its own pull fast-forwarded"


def test_a_merge_of_code_alone_is_no_merge_of_the_bank(pair: list[Clone]) -> None:
    ada, bob = pair
    bob.git("pull", "-q", "--no-edit")
    bob.git("push", "-q")
    ada.git("pull", "-q")
    ada.write("x.py", "x")
    ada.past_gate("x")
    ada.git("push", "-q")
    bob.write("y.py", "y")
    bob.past_gate("y")
    bob.git("pull", "-q", "--no-edit")
    assert measured(bob)["Adoption rate"] == "100 % (1 of 1 merge)"


def test_an_engine_that_does_not_answer_is_a_failed_sync(pair: list[Clone]) -> None:
    bob = pair[1]
    Clone.clock = int(time.time())  # the ledger has the machine's time
    (bob.path / ".git/mbgit/engine/threeway.py").write_text("raise SystemExit(3)\n")
    assert bob.run(GIT, "pull", "--no-edit", check=False).returncode == 1
    assert measured(bob)["Sync success rate"] == NO_DATA
    bob.write(BUFFER, "# Patterns\n\n- one\n- by hand\n")
    bob.past_gate("by hand")
    found = measured(bob)
    assert found["Sync success rate"] == "0 % (0 of 1 sync)"
    assert found["Conflict frequency"] == "100 % (1 of 1 file merge)"
    assert found["Adoption rate"] == "0 % (0 of 1 merge)"


def test_a_criss_cross_has_no_one_base_and_is_not_judged(pair: list[Clone]) -> None:
    ada, bob = pair
    bob.git("fetch", "-q")
    ada.git("fetch", "-q", str(bob.path), "main:bobs")
    for clone, other in ((ada, "bobs"), (bob, "origin/main")):
        clone.git("merge", "-q", "--no-edit", other)
        add(clone, f"{clone.who}'s next")
    ada.git("push", "-q")
    bob.git("pull", "-q", "--no-edit")
    assert measured(bob)["Adoption rate"] == "100 % (2 of 2 merges)"
    assert len(bob.git("merge-base", "--all", "HEAD^1", "HEAD^2").split()) == 2


def test_what_does_not_fit_the_time_is_measured_the_next_time(pair: list[Clone]) -> None:
    bob = pair[1]
    for n in range(5):
        add(bob, f"entry {n}")
    bob.git("pull", "-q", "--no-edit")
    home = bob.path / ".git/mbgit"
    (home / MEASURED).unlink(missing_ok=True)
    assert measured(bob, budget=0)["Context continuity"] == NO_DATA
    whole = measured(bob)
    assert whole["Context continuity"] == "0 % (0 of 6 entries that others had committed)"
    kept = (home / MEASURED).read_text()
    assert len(kept.splitlines()) == 8  # a merge, and seven commits
    assert measured(bob, budget=0) == whole
    bob.git("reset", "-q", "--hard", "HEAD~2")
    add(bob, "another")
    measured(bob)
    assert set((home / MEASURED).read_text().splitlines()) < {*kept.splitlines(), f"{bob.git('rev-parse', 'HEAD')} 1"}


def test_what_is_older_than_the_period_says_nothing(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("pull", "-q", "--no-edit")
    note_sync(bob.path / ".git/mbgit", News(bob.path / ".git/mbgit").runs, time.time())
    Clone.clock = int(time.time()) + 100 * 24 * 3600
    assert set(measured(bob).values()) == {NO_DATA}


def test_an_empty_repository_has_no_data(repo: Clone) -> None:
    assert set(measured(repo).values()) == {NO_DATA}
    repo.git("commit", "-q", "--allow-empty", "-m", "first")
    assert set(measured(repo).values()) == {NO_DATA}


def test_a_shallow_clone_does_not_judge_by_the_end_of_a_history(pair: list[Clone], tmp_path: Path, home: Path) -> None:
    ada, bob = pair
    add(bob, "second")
    bob.git("pull", "-q", "--no-edit")
    bob.git("push", "-q")
    ada.git("pull", "-q")
    add(ada, "on top")
    ada.git("push", "-q")
    for depth in ("1", "2", "4"):
        bob.git("clone", "-q", "--depth", depth, f"file://{tmp_path}/remote.git", str(tmp_path / f"shallow{depth}"))
        shallow = Clone(tmp_path / f"shallow{depth}", home, "Cyd")
        assert set(measured(shallow).values()) == {NO_DATA}


def test_a_repository_that_git_cannot_read_has_no_data(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("pull", "-q", "--no-edit")
    commit = bob.git("rev-parse", "HEAD^1^{tree}")
    (bob.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    assert measured(bob)["Adoption rate"] == NO_DATA
