"""What the shell part of the hooks lets through on its own, and what it hands on: no Python can be started here."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import pytest

from mbgit.proposals.templates import STAMP
from tests.support import GIT, Clone, install
from tests.support import armed as with_mbgit

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
CONTEXT = f"{BANK}/activeContext.md"
SEED = {BUFFER: "# Patterns\n\n- one\n", CONTEXT: "# Context\n\n## Current Focus\n\nnothing\n", "code.py": "0\n"}
LOCKS = "| Agent | File | Action | Started | ETA |\n|---|---|---|---|---|\n"
ROW = "| Tech Lead | src/app.py | Refactoring | 09:00 | 09:20 |\n"
UNCHECKED = "mbgit: the bank was not checked: run install.py --check\n"

Team = Callable[..., list[Clone]]


@pytest.fixture
def ada(team: Team) -> Clone:
    (clone,) = team("Ada", seed=SEED)
    return armed(clone)


def armed(clone: Clone, *args: str) -> Clone:
    """A clone with mbgit, but without what its hooks would start."""
    with_mbgit(clone, *args)
    run = clone.path / ".git/mbgit/run"
    run.write_text(run.read_text().replace(sys.executable, "/nowhere/python"))
    return clone


def starts_python(clone: Clone, *args: str) -> bool:
    done = clone.run(GIT, *args)
    assert done.stderr.count(UNCHECKED) < 2
    assert done.stderr.count("mbgit") == done.stderr.count(UNCHECKED)
    return UNCHECKED in done.stderr


def past_gate(clone: Clone, path: str, text: str) -> None:
    clone.write(path, text)
    clone.git("add", "-A")
    clone.git("commit", "-q", "--no-verify", "-m", "past")


def commit_starts_python(clone: Clone) -> bool:
    clone.write("code.py", clone.read("code.py") + "1\n")
    return starts_python(clone, "commit", "-qam", "code")


@pytest.mark.parametrize(
    ("table", "locked"),
    [
        (f"## Active Work\n\n{LOCKS}", False),
        (f"## Active Work\n\n{LOCKS}\n## Next\n\n- a | b\n- c\n", False),
        (f"## Active Work\r\n\r\n{LOCKS}\r\n## Next\r\n".replace("\n", "\r\n"), False),
        (f"## Active Work\n\n{LOCKS}{ROW}", True),
        (f"## active work\n\n{LOCKS}{ROW}", True),
        (f"## File Locks\n\n{LOCKS}{ROW}", True),
        (f"## Elsewhere\n\n{LOCKS.lower()}{ROW}", True),
        ("File | Since | Who\n--- | --- | ---\nsrc/app.py | 09:00 | Tech Lead\n", True),
    ],
)
def test_only_rows_below_a_head_that_may_be_one_of_locks_start_python(ada: Clone, table: str, locked: bool) -> None:
    past_gate(ada, CONTEXT, SEED[CONTEXT] + "\n" + table)
    assert commit_starts_python(ada) == locked


def test_how_git_grep_is_configured_does_not_matter(ada: Clone) -> None:
    past_gate(ada, CONTEXT, SEED[CONTEXT] + f"\n## Active Work\n\n{LOCKS}\n## Next\n")
    for key, value in (("grep.lineNumber", "true"), ("grep.column", "true"), ("color.ui", "always")):
        ada.git("config", key, value)
    ada.git("config", "grep.patternType", "fixed")
    assert not commit_starts_python(ada)
    past_gate(ada, CONTEXT, SEED[CONTEXT] + f"\n## Active Work\n\n{LOCKS}{ROW}")
    assert commit_starts_python(ada)


def test_a_bank_that_is_the_whole_repository(repo: Clone) -> None:
    armed(repo, "--bank", ".")
    past_gate(repo, "activeContext.md", "# Context\n")
    assert not starts_python(repo, "commit", "-q", "--allow-empty", "-m", "nothing")
    past_gate(repo, "activeContext.md", f"# Context\n\n{LOCKS}{ROW}")
    assert starts_python(repo, "commit", "-q", "--allow-empty", "-m", "nothing")


@pytest.mark.parametrize("config", ["log.diffMerges=off", "log.follow=true", "log.showSignature=true"])
def test_a_merge_that_dropped_what_others_pushed_is_looked_at(team: Team, config: str) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    ada.commit("work", 60, **{BUFFER: SEED[BUFFER] + "- ada's\n"})
    ada.git("push", "-q")
    armed(bob)
    past_gate(bob, "code.py", "1\n")
    bob.git("fetch", "-q")
    bob.git("merge", "-q", "-s", "ours", "--no-verify", "-m", "mine wins", "origin/main")
    assert starts_python(bob, "-c", config, "push", "-q")


def test_a_merge_of_source_files_is_not(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    ada.commit("work", 60, **{"other.py": "1\n"})
    ada.git("push", "-q")
    armed(bob)
    past_gate(bob, "code.py", "1\n")
    bob.git("fetch", "-q")
    bob.git("merge", "-q", "--no-verify", "-m", "both", "origin/main")
    assert not starts_python(bob, "push", "-q")


def test_a_first_push_of_a_history_of_its_own_is_looked_at(ada: Clone) -> None:
    ada.git("checkout", "-q", "--orphan", "fresh")
    ada.git("commit", "-q", "--no-verify", "-m", "a root with the bank in it")
    assert starts_python(ada, "-c", "log.showRoot=false", "push", "-q", "origin", "fresh")


def test_a_remote_commit_that_is_not_here_hides_nothing(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    ada.commit("work", 60, **{"other.py": "1\n"})
    ada.git("push", "-q")
    armed(bob)
    past_gate(bob, BUFFER, SEED[BUFFER] + "- bob's\n")
    assert starts_python(bob, "push", "-q", "--force")


def test_a_history_that_cannot_be_read_is_looked_at(ada: Clone) -> None:
    past_gate(ada, "code.py", "1\n")
    tree = ada.git("rev-parse", "HEAD^{tree}")
    (ada.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    done = ada.run(GIT, "push", "-q", check=False)
    assert UNCHECKED in done.stderr


def test_a_merge_is_known_for_one_whether_pre_commit_ran_or_not(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    ada.commit("work", 60, **{BUFFER: SEED[BUFFER] + "- ada's\n", "code.py": "ada\n"})
    ada.git("push", "-q")
    armed(bob)
    past_gate(bob, "code.py", "bob\n")
    bob.git("fetch", "-q")
    for how in ([], ["--no-verify"]):
        bob.git("merge", "-q", "origin/main", check=False)
        bob.write("code.py", "both\n")
        bob.git("add", "-A")
        assert "their report did not" in bob.run(GIT, "commit", "-qm", "both", *how).stderr
        bob.git("reset", "-q", "--hard", "HEAD^")
        bob.git("commit", "-q", "--allow-empty", "-m", "in between")


def ends_day(clone: Clone) -> None:
    """Let the day of the templates have ended a second ago."""
    os.utime(clone.path / ".git/mbgit" / STAMP, (time.time() - 1,) * 2)


def test_the_first_commit_of_a_day_starts_python_once(ada: Clone) -> None:
    assert not commit_starts_python(ada)
    ends_day(ada)
    ada.write("code.py", "next day\n")
    said = "mbgit: merges went well, but their report did not: run install.py --check\n"
    assert ada.run(GIT, "commit", "-qam", "first").stderr == said
    assert not commit_starts_python(ada), "what could not be started is not tried at every commit"


def test_the_first_pull_of_a_day_starts_python(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    armed(bob)
    for wanted, how in ((0, ()), (1, ()), (0, ("--rebase",)), (1, ("--rebase",))):
        ada.commit("work", 60, **{"other.py": f"{Clone.clock}\n"})
        ada.git("push", "-q")
        if how:
            past_gate(bob, "mine.py", f"{Clone.clock}\n")
        install(bob) if wanted else None
        run = bob.path / ".git/mbgit/run"
        run.write_text(run.read_text().replace(sys.executable, "/nowhere/python"))
        if wanted:
            ends_day(bob)
        assert bob.run(GIT, "pull", *how).stderr.count("their report did not") == wanted
