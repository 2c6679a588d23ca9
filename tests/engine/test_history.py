"""What each side's own history held, read from a real repository; tests/clones/test_history.py has git ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mbgit.engine import ask, history, operation
from mbgit.engine.clock import Clock
from mbgit.engine.history import History
from mbgit.engine.job import blob_hash
from tests.support import Clone

BANK = "a bank.md"
Texts = list[str]


@pytest.fixture
def forked(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A repository that is the current folder, as for a driver; main and topic part after `base`. No git is above."""
    monkeypatch.setattr(operation, "_command", lambda: ["merge", "topic"])
    monkeypatch.delenv("GIT_DIR", raising=False)
    monkeypatch.chdir(repo.path)
    put(repo, "base\n")
    repo.git("branch", "topic")
    (repo.path / ".git" / "mbgit").mkdir()
    return repo


def put(repo: Clone, text: str) -> None:
    repo.write(BANK, text)
    repo.commit(text)


def commits(repo: Clone, branch: str, *texts: str) -> str:
    repo.git("checkout", "-q", branch)
    for text in texts:
        put(repo, text)
    return texts[-1]


def asked(repo: Clone, ours: str, theirs: str, base: str = "base\n", label: str = "topic") -> History:
    texts = (base.encode(), ours.encode(), theirs.encode())
    return History(Clock(blob_hash(str(repo.path / ".git" / "mbgit")), BANK, texts, ["%X", label]))


def texts(seen: History) -> tuple[Texts, Texts]:
    ours, theirs = ([text.decode() for *_, text in seen(side)] for side in (0, 1))
    return ours, theirs


def test_each_side_has_its_own_versions_oldest_first(forked: Clone) -> None:
    theirs = commits(forked, "topic", "t1\n", "t2\n")
    ours = commits(forked, "main", "m1\n", "m2\n", "m3\n")
    seen = asked(forked, ours, theirs)
    assert texts(seen) == (["m1\n", "m2\n", "m3\n"], ["t1\n", "t2\n"])
    assert [when for when, *_ in seen(0)] == [Clone.clock - 120, Clone.clock - 60, Clone.clock]
    assert seen.trouble == ""


def test_the_text_alone_where_a_side_has_one_version(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = commits(forked, "topic", "t\n"), commits(forked, "main", "m\n")
    questions: list[str] = []
    real = ask.git

    def git(argv: list[str], until: float, stdin: bytes = b"") -> bytes:
        questions.append(argv[0])
        return real(argv, until, stdin)

    monkeypatch.setattr(ask, "git", git)
    seen = asked(forked, ours, theirs)
    assert questions == []
    assert texts(seen) == (["m\n"], ["t\n"])
    assert questions == ["cat-file", "log"], "the sides' commits, then the log: all texts are known"
    assert texts(seen) == (["m\n"], ["t\n"])
    assert len(questions) == 2


def test_the_base_is_a_version_where_a_side_went_back_to_it(forked: Clone) -> None:
    theirs = commits(forked, "topic", "t\n")
    ours = commits(forked, "main", "m1\n", "base\n", "m3\n")
    assert texts(asked(forked, ours, theirs)) == (["m1\n", "base\n", "m3\n"], ["t\n"])


def test_a_file_that_was_deleted_meanwhile(forked: Clone) -> None:
    theirs = commits(forked, "topic", "t\n")
    commits(forked, "main", "m1\n")
    forked.git("rm", "-q", BANK)
    forked.commit("without it")
    ours = commits(forked, "main", "m3\n")
    assert texts(asked(forked, ours, theirs))[0] == ["m1\n", "", "m3\n"]


def test_no_base_at_all(forked: Clone) -> None:
    forked.git("branch", "-qD", "topic")
    forked.git("checkout", "-q", "--orphan", "topic")
    put(forked, "t0\n")
    theirs = commits(forked, "topic", "t1\n", "t2\n")
    ours = commits(forked, "main", "m\n")
    assert texts(asked(forked, ours, theirs, base="")) == (["base\n", "m\n"], ["t0\n", "t1\n", "t2\n"])


def test_of_a_picked_commit_only_what_it_did(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = commits(forked, "topic", "t1\n", "t2\n", "t3\n")
    ours = commits(forked, "main", "m1\n", "m2\n")
    monkeypatch.setattr(operation, "_command", lambda: ["cherry-pick", "topic"])
    assert texts(asked(forked, ours, theirs, base="t2\n")) == (["m1\n", "m2\n"], ["t3\n"])


def test_of_a_rebased_branch_what_stands_already(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = commits(forked, "topic", "t1\n", "t2\n")
    ours = commits(forked, "main", "m\n", "m and t1\n")
    rebase = forked.path / ".git/rebase-merge"
    rebase.mkdir()
    (rebase / "done").write_text(f"pick {forked.git('rev-parse', 'topic')} t2\n")
    monkeypatch.setattr(operation, "_command", list)
    assert texts(asked(forked, ours, theirs, base="t1\n", label="%Y")) == (["m\n", "m and t1\n"], ["t2\n"])
    (rebase / "done").write_text("merge -C 1234567 topic # a step that merges\n")
    assert texts(asked(forked, ours, theirs, label="topic"))[1] == ["t1\n", "t2\n"]


@pytest.mark.parametrize("how", ["command", "label"])
def test_no_side_knows_better_than_who_reverts(forked: Clone, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    ours = commits(forked, "main", "m1\n", "m2\n")
    commit = forked.git("rev-parse", "HEAD~1")
    monkeypatch.setattr(operation, "_command", lambda: ["revert", commit] if how == "command" else [])
    seen = asked(forked, ours, "base\n", base="m1\n", label=f"parent of {commit} (m1)")
    assert (texts(seen), seen.trouble) == (([], []), "")


def test_sides_that_nobody_knows(forked: Clone) -> None:
    seen = asked(forked, commits(forked, "main", "m1\n", "m2\n"), "in no commit\n")
    assert (texts(seen), seen.trouble) == (([], []), "unknown")


def test_a_shallow_clone(forked: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = commits(forked, "topic", "t1\n", "t2\n"), commits(forked, "main", "m1\n", "m2\n")
    for depth, known in ((1, False), (3, True)):
        shallow = Clone(tmp_path / f"depth{depth}", forked.home)
        how = ["--no-single-branch", "--depth", str(depth)]
        forked.git("clone", "-q", *how, f"file://{forked.path}", str(shallow.path))
        shallow.git("branch", "topic", "origin/topic")
        (shallow.path / ".git/mbgit").mkdir()
        monkeypatch.chdir(shallow.path)
        seen = asked(shallow, ours, theirs)
        assert texts(seen) == ((["m1\n", "m2\n"], ["t1\n", "t2\n"]) if known else ([], []))
        assert seen.trouble == ("" if known else "shallow")


def test_a_clone_without_old_texts(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = commits(forked, "topic", "t1\n", "t2\n"), commits(forked, "main", "m1\n", "m2\n")
    gone = forked.git("rev-parse", f"topic~1:{BANK}")
    (forked.path / f".git/objects/{gone[:2]}/{gone[2:]}").unlink()
    seen = asked(forked, ours, theirs)
    seen.clock.sides()[1].settle(operation.Guess("command", "topic"), "topic")
    assert (texts(seen), seen.trouble) == (([], []), "cut")


def test_no_more_than_may_be_read(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = commits(forked, "topic", "t1\n"), commits(forked, "main", "m1\n", "m2\n", "m3\n")
    monkeypatch.setattr(history, "MOST", 2)
    seen = asked(forked, ours, theirs)
    assert (texts(seen), seen.trouble) == ((["m2\n", "m3\n"], ["t1\n"]), "cut")
    monkeypatch.setattr(history, "MOST_BYTES", 1)
    seen = asked(forked, ours, theirs)
    assert (texts(seen), seen.trouble) == ((["m3\n"], ["t1\n"]), "cut")


def test_git_that_does_not_answer(forked: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = commits(forked, "topic", "t1\n"), commits(forked, "main", "m1\n", "m2\n")
    seen = asked(forked, ours, theirs)
    seen.clock.sides()
    seen.clock.until = 1.0  # long ago
    assert texts(seen) == ([], [])
    assert seen.trouble.endswith(" took too long")  # log, or where that was quick enough what it is followed by


def test_merges_in_a_side_s_history(forked: Clone) -> None:
    """A side that merged a branch of its own: the merge is a version, and so is what was merged."""
    theirs = commits(forked, "topic", "t\n")
    commits(forked, "main", "m1\n")
    forked.git("checkout", "-q", "-b", "own", "main~1")
    commits(forked, "own", "own\n")
    forked.git("checkout", "-q", "main")
    forked.git("merge", "-q", "--no-ff", "--no-commit", "-X", "ours", "own")
    put(forked, "m1 and own\n")
    mine = texts(asked(forked, "m1 and own\n", theirs))[0]
    assert sorted(mine[:2]) == ["m1\n", "own\n"]
    assert mine[2:] == ["m1 and own\n"]
