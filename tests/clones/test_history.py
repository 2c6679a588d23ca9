"""What the engine is handed of each side's history, whatever git is doing when it calls the driver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.armed import arm, runs
from tests.support import GIT, Clone

BANK = "notes.md"
RECORDER = """
_merge3 = merge3
def merge3(base, ours, theirs, policy, name, clock, seen, git):
    import json
    with open({handed!r}, "a") as handed:
        rows = [[text.decode().split("\\n")[-2:][0] for *_, text in seen(side)] for side in (0, 1)]
        handed.write(json.dumps([base.decode().split("\\n")[-2:][0], *rows]) + "\\n")
    return _merge3(base, ours, theirs, policy, name, clock, seen, git)
"""


def put(clone: Clone, word: str) -> None:
    """Commit a version whose third line is `word`."""
    clone.write(BANK, f"# Notes\n\n{word}\n")
    clone.commit(word)


@pytest.fixture
def handed(repo: Clone) -> Path:
    """Branches main (m1, m2) and topic (t1, t2, t3) over one base; what merges were handed goes into this file."""
    put(repo, "base")
    repo.git("checkout", "-q", "-b", "topic")
    for word in ("t1", "t2", "t3"):
        put(repo, word)
    repo.git("checkout", "-q", "main")
    for word in ("m1", "m2"):
        put(repo, word)
    home = arm(repo, "union")
    file = repo.path / ".git/handed"
    with open(home / "engine/threeway.py", "a") as engine:
        engine.write(RECORDER.format(handed=str(file)))
    return file


def rows(handed: Path) -> list[list[object]]:
    return [json.loads(line) for line in handed.read_text().split("\n")[:-1]]


MAIN = ["m1", "m2"]
TOPIC = ["t1", "t2", "t3"]
FROM_MAIN = {
    "merge --no-edit topic": ["base", MAIN, TOPIC],
    "merge --squash topic": ["base", MAIN, TOPIC],
    "merge-tree main topic": ["base", MAIN, TOPIC],
    "cherry-pick topic": ["t2", MAIN, ["t3"]],
    "cherry-pick --no-commit topic": ["t2", MAIN, ["t3"]],
    "cherry-pick topic~2": ["base", MAIN, ["t1"]],
    "pull -q --no-rebase --no-edit . topic": ["base", MAIN, TOPIC],
    "revert --no-edit HEAD~1": ["m1", [], []],
}


@pytest.mark.parametrize("command", FROM_MAIN)
def test_one_merge(repo: Clone, handed: Path, command: str) -> None:
    repo.run(GIT, *command.split(), check=False)
    assert rows(handed) == [FROM_MAIN[command]]


@pytest.mark.parametrize("how", ["rebase", "rebase --apply", "rebase -i", "rebase -r", "pull -q --rebase ."])
def test_a_rebase(repo: Clone, handed: Path, how: str) -> None:
    """Ours is main and what stands on it already; of theirs, the one commit."""
    repo.git("checkout", "-q", "topic")
    repo.git(*how.split(), "main")
    found = rows(handed)
    assert [row[0] for row in found] == ["base", "t1", "t2"]
    assert [row[2] for row in found] == [["t1"], ["t2"], ["t3"]]
    assert [len(row[1]) for row in found] == [2, 3, 4]  # type: ignore[arg-type]
    assert all(row[1][:2] == MAIN for row in found)  # type: ignore[index]


def test_a_range_of_picks(repo: Clone, handed: Path) -> None:
    repo.git("cherry-pick", "topic~2..topic")
    assert [row[2] for row in rows(handed)] == [["t2"], ["t3"]]


def test_a_merge_that_a_rebase_makes_anew(repo: Clone, handed: Path) -> None:
    repo.git("merge", "-q", "--no-edit", "topic")
    handed.unlink()
    repo.git("checkout", "-q", "-b", "trunk", "main~2")
    repo.write("README.md", "# Read\n")
    repo.commit("elsewhere")
    repo.git("checkout", "-q", "main")
    repo.git("rebase", "-q", "-r", "trunk")
    assert rows(handed)[-1][1:] in ([MAIN, TOPIC], [TOPIC, MAIN])


def test_a_stash(repo: Clone, handed: Path) -> None:
    repo.write(BANK, "# Notes\n\nin hand\n")
    repo.git("stash", "-q")
    put(repo, "m3")
    put(repo, "m4")
    repo.git("stash", "pop", "-q")
    assert rows(handed) == [["m2", ["m3", "m4"], ["in hand"]]]


def test_two_histories_without_a_base(repo: Clone, handed: Path) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    put(repo, "o1")
    put(repo, "o2")
    repo.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "main")
    assert [row[1:] for row in rows(handed)] == [[["o1", "o2"], ["base", *MAIN]]]


APART = "# Notes\n\n- one\n- two\n- three\n- four\n- five\n"


def apart(repo: Clone, *more: str) -> Path:
    """Two branches that git merges by itself: topic in one commit, main in one and in each of `more`."""
    repo.commit("base", **{BANK: APART})  # type: ignore[arg-type]
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("topic", **{BANK: APART.replace("- one", "- zero\n- one")})  # type: ignore[arg-type]
    repo.git("checkout", "-q", "main")
    for text in (*more, APART + "- six\n"):
        repo.commit("main", **{BANK: text})  # type: ignore[arg-type]
    return arm(repo, "union")


def test_nothing_more_is_loaded_where_git_s_own_merge_stands(repo: Clone) -> None:
    home = apart(repo)
    (home / "engine/threeway.py").write_text("def (")
    repo.git("merge", "-q", "--no-edit", "topic")
    assert repo.read(BANK) == APART.replace("- one", "- zero\n- one") + "- six\n"
    (line,) = runs(home)
    assert line["counts"] == {"ours": 1, "theirs": 1, "removed": 0, "contested": 0}
    assert line["blobs"]["result"] == repo.git("rev-parse", f"HEAD:{BANK}")


def test_the_engine_is_asked_where_a_side_s_history_may_know_better(repo: Clone) -> None:
    home = apart(repo, APART.replace("- one", "- zero\n- one"))
    (home / "engine/threeway.py").write_text("def (")
    assert "no answer from the engine" in repo.run(GIT, "merge", "-q", "--no-edit", "topic").stderr


def test_a_file_that_both_added_in_one_commit_each(repo: Clone) -> None:
    """There is no base, and yet what both say is one: whoever merges, and with or without the word of a merge."""
    repo.commit("base", 60, **{"README.md": "# Read\n"})
    for branch, task in (("one", "- a\n"), ("two", "- b\n")):
        repo.git("checkout", "-q", "-b", branch, "main")
        repo.commit(branch, 60, **{BANK: f"# Notes\n\n## Tasks\n\n{task}"})
    arm(repo, "union")
    trees = {repo.git("merge-tree", "--write-tree", *sides) for sides in (("one", "two"), ("two", "one"))}
    repo.git("merge", "-q", "--no-edit", "one")
    assert trees == {repo.git("rev-parse", "HEAD^{tree}")}
    assert repo.read(BANK) == "# Notes\n\n## Tasks\n\n- a\n- b\n"
