"""What git promises of the attribute `merge`, with mbgit's drivers: statuses, labels, sizes of markers, bases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.armed import arm, runs
from tests.clones.test_faults import BANK, MARKERS, MINE, OTHER, SEED, assert_marked, assert_merged, diverge, merge
from tests.support import Clone

STOP = "import os\nREADY_FD = 0\ndef main(*a):\n    while os.read(0, 64): pass\n    os._exit({})\n"


def attribute(repo: Clone, line: str) -> None:
    """Put a line behind those of the drivers: the last one wins."""
    with open(repo.path / ".git/info/attributes", "a") as file:
        file.write(line + "\n")


def breaks(home: Path) -> None:
    (home / "engine/threeway.py").write_text("def merge3(*a):\n    raise MemoryError\n")


def crossed(repo: Clone) -> None:
    """Main and other have merged each other's first commit, each in its own way, and gone on."""
    arm(repo, "union")
    for branch, text in (("main", SEED), ("other", SEED + OTHER), ("main", SEED + MINE)):
        repo.git("checkout", "-q", *(["-b"] if branch == "other" else []), branch, check=text != SEED)
        repo.write(BANK, text)
        repo.commit(branch, 3600)
    repo.git("branch", "first-main", "main")
    repo.git("branch", "first-other", "other")
    for branch, with_, entry in (("main", "first-other", "m"), ("other", "first-main", "o")):
        repo.git("checkout", "-q", branch)
        repo.git("merge", "-q", "--no-edit", with_, MBGIT="0", check=False)
        repo.write(BANK, SEED + MINE + OTHER + f"## [2025-08-04] On {branch}\n\n- {entry}\n")
        repo.commit(f"{branch} goes on", 3600)
    repo.git("checkout", "-q", "main")


# --- which files


def test_each_file_goes_its_own_way(repo: Clone) -> None:
    home = arm(repo, "union")
    for line in ("kept.txt -merge", "both.txt merge=union"):
        attribute(repo, line)
    for branch, text, entry in (("main", "base\n", ""), ("other", "theirs\n", OTHER), ("main", "ours\n", MINE)):
        repo.git("checkout", "-q", *(["-b"] if branch == "other" else []), branch, check=bool(entry))
        repo.commit(branch, 60, **dict.fromkeys(("plain.txt", "kept.txt", "both.txt"), text), **{BANK: SEED + entry})
    assert merge(repo).returncode == 1
    assert_merged(repo)
    assert all(marker in repo.read("plain.txt") for marker in MARKERS)
    assert repo.read("kept.txt") == "ours\n"
    assert sorted(repo.read("both.txt").split()) == ["ours", "theirs"]
    assert {row.split("\t")[1] for row in repo.git("ls-files", "-u").splitlines()} == {"plain.txt", "kept.txt"}
    assert [run["path"] for run in runs(home)] == [BANK]


@pytest.mark.parametrize("how", ["-merge", "merge", "!merge", "merge=mbgit-nothing", "merge=text"])
def test_an_attribute_that_names_no_driver_of_ours(repo: Clone, how: str) -> None:
    """Unset: ours stands and is conflicted, as git has it for a binary file. Anything else: git's own merge."""
    home = diverge(repo)
    attribute(repo, f"{BANK} {how}")
    assert merge(repo).returncode == 1
    if how == "-merge":
        assert repo.read(BANK) == SEED + MINE
    else:
        assert_marked(repo)
    assert runs(home) == []


def test_a_driver_with_a_name_and_no_command(repo: Clone) -> None:
    """git refuses the whole merge, and nothing is lost: install.py never leaves a clone like this."""
    diverge(repo)
    repo.git("config", "--unset", "merge.mbgit-union.driver")
    assert merge(repo).returncode not in (0, 1)
    assert repo.read(BANK) == SEED + MINE
    assert repo.git("status", "--porcelain", "-uno") == ""


# --- statuses


@pytest.mark.parametrize("status", [0, 1, 41, 42, 44, 127, 129, 255])
def test_whatever_the_engine_exits_with_the_file_is_marked(repo: Clone, status: int) -> None:
    home = diverge(repo)
    (home / "engine/driver.py").write_text(STOP.format(status))
    assert merge(repo).returncode == 1
    assert_marked(repo)
    assert repo.git("ls-files", "-u").count("\n") == 2
    repo.git("merge", "--abort")
    assert repo.read(BANK) == SEED + MINE


# --- labels and markers


def test_markers_are_as_long_as_the_attribute_says(repo: Clone) -> None:
    breaks(diverge(repo))
    attribute(repo, f"{BANK} conflict-marker-size=32")
    merge(repo)
    marks = {row.split(" ")[0] for row in repo.read(BANK).splitlines() if row[:7] in ("<" * 7, "=" * 7, ">" * 7)}
    assert marks == {"<" * 32, "=" * 32, ">" * 32}
    attribute(repo, f"{BANK} conflict-marker-size=9")
    repo.git("checkout", "-m", "--", BANK)
    assert "\n=========\n" in repo.read(BANK)
    assert_has_both(repo)


def assert_has_both(repo: Clone) -> None:
    assert "Because of mine." in repo.read(BANK)
    assert "Because of other." in repo.read(BANK)


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_markers_are_of_the_style_that_is_set(repo: Clone, style: str) -> None:
    breaks(diverge(repo))
    repo.git("config", "merge.conflictStyle", style)
    merge(repo)
    assert_marked(repo)
    assert ("\n||||||| " in repo.read(BANK)) == (style != "merge")


@pytest.mark.parametrize("name", ["two-words", "a'b$(touch${IFS}sprung)", 'a%Pb"', "-f;#", "é"])
def test_labels_name_the_sides_and_run_nothing(repo: Clone, name: str, git_version: tuple[int, ...]) -> None:
    breaks(diverge(repo))
    repo.git("update-ref", f"refs/heads/{name}", "other")
    repo.git("merge", "--no-edit", f"heads/{name}", check=False)
    assert_marked(repo)
    rows = repo.read(BANK).splitlines()
    wanted = ("<<<<<<< HEAD", f">>>>>>> heads/{name}") if git_version >= (2, 44) else ("<<<<<<< ours", ">>>>>>> theirs")
    assert [row for row in rows if row[:8] in ("<<<<<<< ", ">>>>>>> ")] == list(wanted)
    assert not (repo.path / "sprung").exists()


# --- bases


def test_a_base_that_is_a_merge_itself(repo: Clone) -> None:
    crossed(repo)
    assert len(repo.git("merge-base", "--all", "main", "other").split()) == 2
    assert merge(repo).returncode == 0
    text = repo.read(BANK)
    for entry in (MINE.strip(), OTHER.strip(), "- m", "- o"):
        assert text.count(entry) == 1


def test_a_base_that_is_a_merge_itself_and_a_broken_engine(repo: Clone) -> None:
    """What is no answer twice leaves markers once around each side's own words, and nothing of either is wanting."""
    crossed(repo)
    breaks(repo.path / ".git/mbgit")
    assert merge(repo).returncode == 1
    assert_marked(repo)
    assert "- m" in repo.read(BANK)
    assert "- o" in repo.read(BANK)


def test_the_line_dies_while_it_merges_the_bases(repo: Clone, git_version: tuple[int, ...]) -> None:
    crossed(repo)
    line = repo.git("config", "merge.mbgit-union.driver")
    repo.git("config", "merge.mbgit-union.driver", "kill -9 $$; " + line)
    done = merge(repo)
    assert done.returncode
    if git_version >= (2, 44):  # the whole merge is refused
        assert repo.git("ls-files", "-u") == ""
        assert repo.git("diff", "--name-only", "HEAD") == ""
    repo.git("config", "merge.mbgit-union.driver", line)
    repo.git("reset", "-q", "--hard", "main")
    assert merge(repo).returncode == 0


def test_no_base_at_all(repo: Clone) -> None:
    home = diverge(repo)
    repo.git("checkout", "-q", "--orphan", "apart")
    repo.commit("apart", 60, **{BANK: SEED + OTHER})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "apart")
    assert_merged(repo)
    assert repo.read(BANK).count("Because of the seed.") == 1
    assert runs(home)[-1]["outcome"] == "merged"
    assert "up to date" in repo.git("merge", "apart")


# --- what else git does with a file


def test_a_file_with_nul_bytes_is_git_s_conflict(repo: Clone) -> None:
    home = diverge(repo)
    for branch in ("other", "main"):
        repo.git("checkout", "-q", branch)
        repo.write(BANK, f"{branch}\0".encode())
        repo.commit("binary")
    done = merge(repo)
    assert done.returncode == 1
    assert repo.read(BANK) == "main\0"
    assert repo.git("ls-files", "-u").count("\n") == 2
    assert runs(home)[-1]["outcome"] == "binary"


def test_a_file_that_was_renamed_on_one_side(repo: Clone) -> None:
    diverge(repo)
    repo.git("mv", BANK, "choices.md")
    repo.commit("rename")
    assert merge(repo).returncode == 0
    assert not (repo.path / BANK).exists()
    assert MINE.strip() in repo.read("choices.md")
    assert OTHER.strip() in repo.read("choices.md")


def test_a_file_that_was_deleted_on_one_side_is_git_s_conflict(repo: Clone) -> None:
    home = diverge(repo)
    repo.git("rm", "-q", BANK)
    repo.commit("delete")
    assert merge(repo).returncode == 1
    assert OTHER.strip() in repo.read(BANK)
    assert runs(home) == []


@pytest.mark.parametrize("options", [["-X", "ours"], ["-X", "theirs"], ["--squash"], ["-s", "recursive"], ["--no-ff"]])
def test_options_of_merge_do_not_cost_an_entry(repo: Clone, options: list[str]) -> None:
    diverge(repo)
    repo.git("merge", "-q", "--no-edit", *options, "other")
    assert_merged(repo)


def test_line_ends_that_git_turns(repo: Clone) -> None:
    diverge(repo)
    repo.git("config", "merge.renormalize", "true")
    attribute(repo, "*.md text eol=crlf")
    (repo.path / BANK).unlink()
    repo.git("checkout", "-q", "--", BANK)
    assert "\r\n" in repo.read(BANK)
    assert merge(repo).returncode == 0
    text = repo.read(BANK)
    assert text.count("\n") == text.count("\r\n")
    assert b"\r" not in repo.run("git", "show", f"HEAD:{BANK}").stdout.encode()
    assert MINE.strip() in text.replace("\r\n", "\n")
    assert OTHER.strip() in text.replace("\r\n", "\n")
