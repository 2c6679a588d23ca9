"""The clock and the traces it reads, one at a time; tests/clones/test_latest.py has git leave them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mbgit.engine import ask, clock, operation
from mbgit.engine.job import blob_hash
from tests.support import GIT, Clone

BANK = "a bank.md"
LINES = ["one\n", "two\n", "three\n"]
SHA = "1234567890abcdef1234567890abcdef12345678"


@pytest.fixture(autouse=True)
def _no_git_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves be run by a hook of git's."""
    monkeypatch.setattr(operation, "_command", list)
    monkeypatch.delenv("GIT_DIR", raising=False)


@pytest.fixture
def here(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A repository that is the current folder, as for a driver: three lines, each of its own commit."""
    monkeypatch.chdir(repo.path)
    for number in range(3):
        repo.write(BANK, "".join(LINES[: number + 1]))
        repo.commit(str(number), later=100)
    (repo.path / ".git" / "mbgit").mkdir()
    return repo


def asked(repo: Clone, ours: str, theirs: str, label: str = "%Y") -> clock.Clock:
    texts = (b"", ours.encode(), theirs.encode())
    return clock.Clock(blob_hash(str(repo.path / ".git" / "mbgit")), BANK, texts, ["%X", label])


def trace(repo: Clone, name: str, text: str) -> None:
    file = repo.path / ".git" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def test_tells_who_wrote_which_line(here: Clone) -> None:
    when = asked(here, "".join(LINES), "in no commit\n")
    last = Clone.clock
    assert [when(0, line, line) for line in (1, 2, 3)] == [last - 200, last - 100, last]
    assert when(0, 1, 2) == last - 100
    assert when(0, 3, 4) is None  # no such line
    assert when.account()["ours"].startswith("HEAD ")


def test_an_older_version_is_found_in_the_history(here: Clone) -> None:
    when = asked(here, "".join(LINES), "".join(LINES[:2]))
    assert when(1, 1, 2) == Clone.clock - 100
    assert when.account()["theirs"].startswith("history ")


def test_work_in_no_commit_is_of_now(here: Clone) -> None:
    when = asked(here, "".join(LINES), "in no commit\n")
    found = when(1, 1, 1)
    assert found is not None
    assert found > time.time()
    assert when.account()["theirs"] == "worktree"


def test_the_author_s_time_but_never_after_the_committer_s(here: Clone) -> None:
    for author, committer, expected in ((1000, 2000, 1000), (3000, 2000, 2000)):
        here.write(BANK, f"{author}\n")
        here.git("add", "-A")
        dates = {"GIT_AUTHOR_DATE": f"@{author} +0000", "GIT_COMMITTER_DATE": f"@{committer} +0000"}
        here.run(GIT, "commit", "-qm", "x", **dates)  # type: ignore[arg-type]
        assert asked(here, f"{author}\n", "")(0, 1, 1) == expected


def test_the_future_is_unknown(here: Clone) -> None:
    soon = int(time.time()) + 100_000
    here.write(BANK, "later\n" + LINES[0])
    here.commit("x", later=soon - Clone.clock)
    when = asked(here, "later\n" + LINES[0], "")
    assert when(0, 1, 1) is None
    assert when(0, 2, 2) is not None


def test_asks_nothing_before_it_is_asked(here: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "git", lambda *_: pytest.fail("asked"))
    assert asked(here, "a\n", "b\n").account() == {}


def test_out_of_a_repository_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    when = clock.Clock(blob_hash(str(tmp_path)), BANK, (b"", b"a\n", b"b\n"), [])
    assert when(0, 1, 1) is None
    assert "failed" in when.account()["ours"]


def test_git_that_does_not_answer(here: Clone, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # nobody writes into it
    with pytest.raises(ask.NoAnswer, match="too long"):
        ask.git(["config", "--file", str(tmp_path / "pipe"), "--list"], time.monotonic() - 1)
    with pytest.raises(ask.NoAnswer, match="failed"):
        ask.git(["no-such-command"], time.monotonic() + 5)


def test_more_than_a_pipe_holds_both_ways(here: Clone) -> None:
    names = b"HEAD:no such file\n" * 20_000
    said = ask.git(["cat-file", "--batch-check"], time.monotonic() + 20, names)
    assert said.count(b" missing\n") == 20_000


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (f"parent of {SHA[:7]} (a subject)", True),
        (f"{SHA[:7]} (parent of {SHA})", False),
        ("parent", False),
        ("parent of all (a subject)", False),
        ("parent of", False),
        ("topic", False),
        ("Stashed changes", False),
    ],
)
def test_a_revert_by_its_label(here: Clone, label: str, expected: bool) -> None:
    assert operation.reverting(label) is expected


def test_a_subject_by_mail_is_no_revert(here: Clone) -> None:
    trace(here, "rebase-apply/next", "1")
    assert operation.reverting(f"parent of {SHA} (x)") is False


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("sequencer/todo", f"revert {SHA} x\npick {SHA} y\n", True),
        ("sequencer/todo", f"pick {SHA} revert\n", False),
        ("rebase-merge/done", f"pick {SHA} revert\n", False),
        ("HEAD2", "", None),
    ],
)
def test_a_revert_by_its_files(here: Clone, name: str, text: str, expected: bool | None) -> None:
    trace(here, name, text)
    assert operation.reverting("") is expected


def test_a_revert_by_the_history(here: Clone) -> None:
    texts = ["".join(LINES[:count]).encode() for count in (1, 2, 3)]
    blob = blob_hash(str(here.path / ".git" / "mbgit"))
    assert clock.Clock(blob, BANK, (texts[1], texts[2], texts[0]), ["%X", "%Y"]).reverting()
    assert not clock.Clock(blob, BANK, (texts[0], texts[2], texts[1]), ["%X", "%Y"]).reverting()
    assert not clock.Clock(blob, BANK, (b"", texts[2], b"x\n"), ["%X", "%Y"]).reverting()


def test_a_revert_by_the_command(here: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    for command, expected in (("revert", True), ("cherry-pick", False), ("am", False)):
        monkeypatch.setattr(operation, "_command", lambda command=command: [command, "HEAD~1"])
        assert operation.reverting("") is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("rebase-merge/done", f"pick {'0' * 40} x\npick {SHA} # a subject\n", SHA),
        ("rebase-merge/done", f"pick {SHA} abc def\n", SHA),
        ("rebase-merge/done", f"fixup -C {SHA} abc def\n", SHA),
        ("rebase-merge/done", f"merge -C {SHA} topic # Merge\n", "refs/rewritten/topic"),
        ("rebase-apply/original-commit", SHA + "\n", SHA),
        ("sequencer/todo", f"pick {SHA[:7]} x\n", SHA[:7]),
        ("sequencer/todo", f"revert {SHA[:7]} x\n", SHA[:7] + "^1"),
        ("rebase-merge/autostash", SHA + "\n", SHA),
    ],
)
def test_guesses_from_files(here: Clone, name: str, text: str, expected: str) -> None:
    trace(here, name, text)
    _, theirs = operation.guesses("", "")
    assert expected in [guess.name for guess in theirs]
    assert [guess.uncommitted for guess in theirs if guess.name == expected] == ["autostash" in name]


@pytest.mark.parametrize("name", ["-rf", "--exec=x", "a b", "a:b", "^HEAD", "a..b", "a\nb", "*", ""])
def test_what_cannot_be_a_commit_is_not_asked_for(here: Clone, name: str) -> None:
    trace(here, "rebase-apply/original-commit", name)
    ours, theirs = operation.guesses(name, name)
    assert name not in [guess.name for guess in ours + theirs]
