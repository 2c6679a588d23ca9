"""latest-wins is the later by the commits' own clocks, whatever git is doing when it calls the driver."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.armed import arm, runs, set_aside
from tests.support import GIT, Clone

BANK = "activeContext.md"
MINE, OTHER = "Mine is a paragraph about the parser.", "Other has one about the release."


STOPS = {"cherry-pick other", "rebase -i other"}  # with exit 1, where nothing is left to pick


def context(focus: str, after: str = "Nothing else.") -> str:
    return f"# Active context\n\n## Focus\n\n{focus}\n\n## After\n\n{after}\n"


def put(clone: Clone, text: str, message: str = "work", later: int = 60, name: str = BANK) -> str:
    """Write and commit one file, `later` seconds after the commit before; the commit's id."""
    clone.write(name, text)
    return clone.commit(message, later)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, int]]:
    """Repositories that tests begin with, and the time then: made once, for copies are faster."""
    return {}


@pytest.fixture
def ledger(repo: Clone, made: dict[str, tuple[Path, int]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the driver in place and one commit; the folder of its ledger."""

    def seed(clone: Clone) -> None:
        clone.git("init", "-q", "-b", "main")
        put(clone, context("At first."), "seed")
        clone.git("tag", "seed")
        arm(clone)

    return begin(repo, "seed", made, tmp_path_factory, seed)


@pytest.fixture(params=[MINE, OTHER], ids=["mine later", "other later"])
def later(
    request: pytest.FixtureRequest,
    repo: Clone,
    ledger: Path,
    made: dict[str, tuple[Path, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Branches `mine` and `other`, each with its own focus; the text that was written later."""
    branches = {"mine": MINE, "other": OTHER}
    late = str(request.param)

    def branch_out(clone: Clone) -> None:
        shutil.copytree(made["seed"][0], clone.path, dirs_exist_ok=True)
        for branch in sorted(branches, key=lambda name: branches[name] == late):
            clone.git("checkout", "-q", "-b", branch, "seed")
            put(clone, context(branches[branch]), f"write {branch}", 3600)
        clone.git("checkout", "-q", "mine")

    begin(repo, late, made, tmp_path_factory, branch_out)
    return late


def begin(
    repo: Clone,
    name: str,
    made: dict[str, tuple[Path, int]],
    factory: pytest.TempPathFactory,
    make: Callable[[Clone], None],
) -> Path:
    """Fill `repo` with a copy of what `make` makes once; the folder of its ledger."""
    if name not in made:
        path = factory.mktemp("made")
        make(Clone(path, repo.home))
        made[name] = path, Clone.clock
    path, Clone.clock = made[name]
    shutil.rmtree(repo.path)
    shutil.copytree(path, repo.path)
    config = repo.path / ".git" / "config"
    config.write_text(config.read_text().replace(str(made["seed"][0]), str(repo.path)))
    return repo.path / ".git" / "mbgit"


def stands(repo: Clone, ledger: Path, text: str, gone: str) -> None:
    """`text` is in the file, `gone` is not, but set aside."""
    assert repo.read(BANK) == context(text)
    assert gone in set_aside(ledger)
    assert runs(ledger)[-1]["outcome"] == "merged"


def loser(later: str) -> str:
    return MINE if later == OTHER else OTHER


@pytest.mark.parametrize(
    "command",
    [
        "merge --no-edit other",
        "merge --squash other",
        "rebase other",
        "rebase --apply other",
        "rebase -i other",
        "rebase -r other",
        "cherry-pick other",
        "cherry-pick --no-commit other",
    ],
)
def test_the_later_text_stands(repo: Clone, ledger: Path, later: str, command: str) -> None:
    repo.run(GIT, *command.split(), check=command not in STOPS)
    stands(repo, ledger, later, loser(later))
    assert all("not found" not in how for how in runs(ledger)[-1]["clock"].values())


def test_a_range_of_cherry_picks(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("checkout", "-q", "other")
    put(repo, "# More\n", "more", name="more.md")
    repo.git("checkout", "-q", "mine")
    repo.run(GIT, "cherry-pick", "seed..other", check=False)
    stands(repo, ledger, later, loser(later))


def test_a_merge_that_a_rebase_makes_anew(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("merge", "--no-edit", "other")
    repo.git("checkout", "-q", "-b", "trunk", "seed")
    put(repo, "# Read\n", "elsewhere", name="README.md")
    repo.git("checkout", "-q", "mine")
    before = len(runs(ledger))
    repo.git("rebase", "-r", "trunk")
    assert len(runs(ledger)) > before
    stands(repo, ledger, later, loser(later))


def test_a_linked_worktree(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("worktree", "add", "-q", "../linked", "other")
    linked = Clone(repo.path.parent / "linked", repo.home)
    linked.git("merge", "--no-edit", "mine")
    stands(linked, ledger, later, loser(later))


def test_a_criss_cross(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("branch", "first")
    repo.git("merge", "--no-edit", "other")
    repo.git("checkout", "-q", "other")
    repo.git("merge", "--no-edit", "first")
    put(repo, context(OTHER + " Again."), "again")
    repo.git("checkout", "-q", "mine")
    put(repo, context(MINE + " And again."), "and again")
    repo.git("merge", "--no-edit", "other")
    stands(repo, ledger, MINE + " And again.", OTHER + " Again.")


def test_a_patch_by_mail(repo: Clone, ledger: Path, later: str) -> None:
    mail = repo.path.parent / "mail"
    mail.write_text(repo.git("format-patch", "-1", "--stdout", "other") + "\n")
    repo.git("branch", "-qD", "other")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("am", "-q", "-3", str(mail))
    stands(repo, ledger, later, loser(later))


@pytest.mark.parametrize("command", ["stash pop", "stash pop stash@{1}", "stash apply --index"])
def test_a_stash_is_of_now(repo: Clone, ledger: Path, later: str, command: str) -> None:
    repo.write(BANK, context("Stashed."))
    repo.git("stash")
    if "1" in command:
        repo.write(BANK, context("Another."))
        repo.git("stash")
    repo.git("checkout", "-q", "other")
    repo.git(*command.split())
    stands(repo, ledger, "Stashed.", OTHER)


@pytest.mark.parametrize("command", ["cherry-pick other", "merge-tree mine other"])
def test_a_stash_that_left_the_file_alone_is_no_side(repo: Clone, ledger: Path, later: str, command: str) -> None:
    """Its tree has the file all the same, as the commit below it has."""
    repo.git("checkout", "-q", "other")
    repo.write("notes.txt", "of now")
    repo.git("add", "notes.txt")
    repo.git("stash")
    repo.git("checkout", "-q", "mine")
    repo.git(*command.split(), check=command.split()[0] == "merge-tree")
    sides = {line["clock"]["theirs"].split()[0] for line in runs(ledger)[-1:]}
    assert sides & {"label", "command"}
    assert (OTHER if later == MINE else MINE) in set_aside(ledger)


def test_checkout_with_changes_in_hand(repo: Clone, ledger: Path, later: str) -> None:
    repo.write(BANK, context("In hand."))
    repo.git("checkout", "-q", "-m", "other")
    stands(repo, ledger, "In hand.", OTHER)


@pytest.mark.parametrize("command", ["rebase --autostash", "rebase --apply --autostash", "merge --autostash"])
def test_an_autostash_is_of_now(repo: Clone, ledger: Path, later: str, command: str) -> None:
    repo.git("checkout", "-q", "-B", "mine", "seed")
    repo.write(BANK, context("Not committed."))
    repo.git(*command.split(), "other")
    stands(repo, ledger, "Not committed.", OTHER)


def test_pull_rebase_with_an_autostash(team: Callable[..., list[Clone]]) -> None:
    ada, bob = team("Ada", "Bob", seed={BANK: context("At first.")})
    ledger = arm(ada)
    put(ada, context(MINE))
    put(bob, context(OTHER))
    bob.git("push", "-q")
    ada.write(BANK, context(MINE, "In hand."))
    ada.git("pull", "-q", "--rebase", "--autostash")
    assert ada.read(BANK) == context(OTHER, "In hand.")
    assert MINE in set_aside(ledger)


def test_a_file_that_one_side_renamed(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("mv", BANK, "renamed.md")
    repo.commit("rename")
    repo.git("merge", "--no-edit", "other")
    assert repo.read("renamed.md") == context(later)
    assert loser(later) in set_aside(ledger)


@pytest.mark.parametrize("how", [["HEAD~1"], ["--no-commit", "HEAD~1"], ["HEAD~1", "HEAD~2"]])
def test_revert_of_what_has_changed_since_needs_a_person(repo: Clone, ledger: Path, how: list[str]) -> None:
    put(repo, context("Two."), "two")
    put(repo, context("Three."), "three")
    put(repo, context("Four."), "four")
    done = repo.run(GIT, "revert", "--no-edit", *how, check=False)
    assert done.returncode
    assert repo.read(BANK).count("<<<<<<< ") == repo.read(BANK).count(">>>>>>> ") == 1
    assert "Four." in repo.read(BANK)
    assert "Two." in repo.read(BANK)
    assert runs(ledger)[-1]["outcome"] == "conflict"


def test_revert_of_what_stands_reverts(repo: Clone, ledger: Path) -> None:
    put(repo, context("Two."), "two")
    put(repo, context("Two.", "Three."), "three")
    repo.git("revert", "--no-edit", "HEAD~1")
    assert repo.read(BANK) == context("At first.", "Three.")


def test_revert_of_a_merge(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("checkout", "-q", "-B", "trunk", "seed")
    put(repo, "# Read\n", "elsewhere", name="README.md")
    repo.git("merge", "--no-edit", "other")
    put(repo, context(OTHER, "Since."), "since")
    repo.git("revert", "--no-edit", "-m", "1", "HEAD~1")
    assert repo.read(BANK) == context("At first.", "Since.")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    put(repo, context("Changed since."), "changed")
    assert repo.run(GIT, "revert", "--no-edit", "-m", "1", "HEAD~2", check=False).returncode
    assert "<<<<<<< " in repo.read(BANK)


def test_a_pick_of_what_was_reverted_is_no_revert(repo: Clone, ledger: Path) -> None:
    two = put(repo, context("Two."), "two")
    repo.git("revert", "--no-edit", two)
    put(repo, context("Four."), "four")
    repo.run(GIT, "cherry-pick", two, check=False)
    assert repo.read(BANK) == context("Four.")
    assert "Two." in set_aside(ledger)


def test_a_subject_does_not_make_a_revert(repo: Clone, ledger: Path, later: str) -> None:
    repo.git("checkout", "-q", "other")
    repo.git("commit", "-q", "--amend", "-m", f"parent of {repo.git('rev-parse', 'HEAD')} (write)")
    repo.git("rebase", "-q", "--apply", "mine")
    stands(repo, ledger, later, loser(later))


def test_a_date_in_the_future_is_unknown(repo: Clone, ledger: Path) -> None:
    repo.git("checkout", "-q", "-b", "other")
    put(repo, context("B is greater."), "other")
    repo.git("checkout", "-q", "main")
    put(repo, context("A is from the future."), "far", 4_000_000_000 - Clone.clock)
    repo.git("merge", "--no-edit", "other")
    stands(repo, ledger, "B is greater.", "A is from the future.")


def test_no_clock_is_asked_where_nothing_is_contested(repo: Clone, ledger: Path) -> None:
    repo.git("checkout", "-q", "-b", "other")
    put(repo, context("At first.", "Other."), "other")
    repo.git("checkout", "-q", "main")
    put(repo, context(MINE), "mine")
    repo.git("merge", "--no-edit", "other")
    assert repo.read(BANK) == context(MINE, "Other.")
    assert "clock" not in runs(ledger)[-1]
    assert not (ledger / "aside").exists()
