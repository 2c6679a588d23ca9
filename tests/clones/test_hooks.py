"""What a person sees after a pull, and what becomes of the hooks that were there before."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.install import shims
from mbgit.install.shims import EVENTS
from tests.support import GIT, Clone, armed, install

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
CONTEXT = f"{BANK}/activeContext.md"
SEED = {BUFFER: "# Patterns\n\n- one\n- two\n", CONTEXT: "# Context\n\n## Current Focus\n\nnothing\n"}

Team = Callable[..., list[Clone]]


@pytest.fixture
def pair(team: Team) -> list[Clone]:
    """Two clones, the second with mbgit: the first has pushed an entry, the second has two of its own."""
    ada, bob = clones = team("Ada", "Bob", seed=SEED)
    armed(bob)
    ada.write(BUFFER, SEED[BUFFER] + "- ada's\n")
    ada.commit("ada")
    ada.git("push", "-q")
    bob.write(BUFFER, SEED[BUFFER] + "- bob's\n- bob's too\n")
    bob.commit("bob")
    return clones


def said(clone: Clone, *args: str) -> list[str]:
    """mbgit's lines on stderr."""
    done = clone.run(GIT, *args)
    return [line.rpartition("\r")[2] for line in done.stderr.splitlines() if "mbgit" in line]


def test_a_pull_tells_what_was_merged_once(pair: list[Clone]) -> None:
    bob = pair[1]
    assert said(bob, "pull", "--no-edit") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]
    assert said(bob, "pull") == []
    bob.write("x", "")
    bob.git("add", "x")
    assert said(bob, "commit", "-m", "next") == []


def test_a_rebase_tells_it_the_right_way_round_and_once_for_all_picks(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.write(BUFFER, bob.read(BUFFER) + "- bob's third\n")
    bob.commit("more")
    assert said(bob, "pull", "--rebase") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +3 yours"]


def test_what_was_superseded_can_be_shown(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    armed(bob)
    for clone, word in ((ada, "Ada's"), (bob, "Bob's")):
        clone.write(CONTEXT, SEED[CONTEXT].replace("nothing", f"{word} focus"))
        clone.commit(word)
    ada.git("push", "-q")
    line = said(bob, "pull", "--no-edit")[0]
    assert line == f"mbgit: merged {CONTEXT}: edits of both sides; 1 superseded: git show mbgit/superseded"
    assert "Ada's focus" in bob.git("show", "mbgit/superseded")
    assert "Bob's focus" in bob.read(CONTEXT)


def test_a_merge_that_a_person_finishes_is_reported_when_it_is_committed(pair: list[Clone]) -> None:
    ada, bob = pair
    for clone in pair:
        clone.write("code.py", f"{clone.who}\n")
        clone.commit("code")
    ada.git("push", "-q")
    assert bob.run(GIT, "pull", "--no-edit", check=False).returncode == 1
    bob.write("code.py", "both\n")
    bob.git("add", "code.py")
    assert said(bob, "commit", "--no-edit") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]


def test_a_merge_that_was_given_up_is_never_reported(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("fetch", "-q")
    bob.git("merge", "--no-commit", "origin/main")
    bob.git("merge", "--abort")
    bob.write("x", "")
    bob.git("add", "x")
    assert said(bob, "commit", "-m", "next") == []
    assert said(bob, "pull", "--no-edit") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]


def test_a_cherry_pick_is_reported(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("fetch", "-q")
    assert said(bob, "cherry-pick", "origin/main") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]


def test_nothing_is_started_while_there_is_nothing_to_tell(pair: list[Clone]) -> None:
    bob = pair[1]
    run = bob.path / ".git/mbgit/run"
    run.write_text(run.read_text().replace(sys.executable, "/nowhere/python"))
    bob.write("x", "")
    bob.git("add", "x")
    assert said(bob, "commit", "-m", "before any merge") == []
    (line,) = said(bob, "pull", "--no-edit")
    assert line == "mbgit: merges went well, but their report did not: run install.py --check"
    bob.write("y", "")
    bob.git("add", "y")
    assert said(bob, "commit", "-m", "no second complaint") == []


def asked(clone: Clone, folder: Path, *args: str) -> list[tuple[str, ...]]:
    """What a command has mbgit ask git: the command lines; those that git itself starts are no part of it."""
    folder.mkdir()
    clone.run(GIT, *args, GIT_TRACE2_EVENT=str(folder))
    events = [json.loads(line) for file in folder.iterdir() for line in file.read_text().splitlines()]
    started = [event for event in events if event["event"] == "start" and "/" in event["sid"]]
    return [tuple(event["argv"]) for event in started if event["argv"][0] == "git"]


def test_no_hook_asks_git_anything_twice(pair: list[Clone], tmp_path: Path) -> None:
    """Each question is a process; what is read from stdin is a new one each time."""
    bob = pair[1]
    bob.write("src.py", "")

    def bank() -> None:
        bob.write(BUFFER, bob.read(BUFFER) + "- more\n")
        bob.git("add", "-A")

    steps: tuple[tuple[Callable[[], object], tuple[str, ...], int], ...] = (
        (lambda: None, ("pull", "-q", "--no-edit"), 25),
        (lambda: None, ("push", "-q"), 12),
        (lambda: bob.git("add", "-A"), ("commit", "-qm", "no bank"), 2),
        (lambda: None, ("push", "-q"), 3),  # one of them whether secrets are looked for in every file
        (bank, ("commit", "-qm", "bank"), 9),
        (lambda: None, ("push", "-q"), 12),
    )
    for number, (before, command, most) in enumerate(steps):
        before()
        questions = asked(bob, tmp_path / f"trace{number}", *command)
        assert 0 < len(questions) <= most, questions
        once = [words for words in questions if not {"--stdin", "--batch-command"} & {*words}]
        assert len(once) == len({*once}), sorted(once)


def test_a_hook_that_fails_inside_is_one_line_and_no_traceback(pair: list[Clone]) -> None:
    bob = pair[1]
    (bob.path / ".git/mbgit/reported").mkdir()
    done = bob.run(GIT, "pull", "--no-edit")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("their report broke: see ") == 1


def test_it_can_be_switched_off(pair: list[Clone]) -> None:
    done = pair[1].run(GIT, "pull", "--no-edit", check=False, MBGIT="0")
    assert (done.returncode, "mbgit" in done.stderr) == (1, False)
    assert "<<<<<<<" in pair[1].read(BUFFER)


def test_no_hooks_at_all_means_none_of_ours(pair: list[Clone]) -> None:
    pair[1].git("config", "core.hooksPath", "/dev/null")
    (line,) = said(pair[1], "pull", "--no-edit")
    assert "hooks of this clone do not run: core.hooksPath is /dev/null" in line, "the driver's one line"


def test_who_wants_no_hooks_has_no_gate_either(pair: list[Clone]) -> None:
    bob = pair[1]
    bob.git("pull", "-q", "--no-edit")
    bob.git("config", "core.hooksPath", "/dev/null")
    bob.write(BUFFER, bob.read(BUFFER) + "<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> other\n")
    bob.git("add", "-A")
    assert said(bob, "commit", "-qm", "work") == []
    assert said(bob, "push", "-q", "origin", "HEAD") == []


def test_a_planted_package_is_not_run(pair: list[Clone]) -> None:
    bob = pair[1]
    for name in ("mbgit/__init__.py", "mbgit/hooks.py", "pygit2.py", "signal.py"):
        bob.write(name, "print('mbgit planted'); raise SystemExit\n")
    assert said(bob, "pull", "--no-edit") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]


def test_a_path_cannot_write_on_the_terminal(team: Team) -> None:
    name = f"{BANK}/sessions/\x1b[31mred\n\u202e.md"
    ada, bob = team("Ada", "Bob", seed={name: "# X\n", "README.md": "x\n"})
    armed(bob, "--bank", BANK)
    for clone in (ada, bob):
        clone.write(name, f"# X\n\n- {clone.who}\n")
        clone.commit("x")
    ada.git("push", "-q")
    (line,) = said(bob, "pull", "--no-edit")
    assert line == f'mbgit: merged "{BANK}/sessions/[31mred .md": +1 entry theirs, +1 yours'


FOREIGN = """#!/bin/sh
echo "$0 $*" >>log
cat >>log
exit {status}
"""


def foreign(clone: Clone, event: str, status: int = 0, end: str = "") -> Path:
    file = clone.path / ".git/hooks" / (event + end)
    file.parent.mkdir(exist_ok=True)
    file.write_text(FOREIGN.format(status=status))
    file.chmod(0o755)
    return file


def test_a_hook_that_was_there_gets_arguments_and_input_and_gives_its_status(repo: Clone) -> None:
    file = foreign(repo, "post-rewrite", status=7)
    before = file.read_bytes()
    install(repo, "--bank", BANK)
    done = repo.run(str(file), "amend", "x y", stdin="a b\nc d\n", check=False)
    assert done.returncode == 7
    assert repo.read("log") == f"{file}.before-mbgit amend x y\na b\nc d\n"
    install(repo, "--uninstall")
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o111
    assert not list(file.parent.glob("*before-mbgit"))


def test_git_calls_the_hook_that_was_there_once(pair: list[Clone]) -> None:
    bob = pair[1]
    install(bob, "--uninstall")
    foreign(bob, "post-merge")
    install(bob)
    assert len(said(bob, "pull", "--no-edit")) == 1
    assert bob.read("log") == ".git/hooks/post-merge.before-mbgit 0\n"


def test_a_hook_that_was_switched_off_stays_off(repo: Clone) -> None:
    foreign(repo, "post-commit").chmod(0o644)
    install(repo, "--bank", BANK)
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    assert not (repo.path / "log").exists()
    install(repo, "--uninstall")
    assert not (repo.path / ".git/hooks/post-commit").stat().st_mode & 0o111


@pytest.mark.parametrize("end", [".legacy", ".old"])
def test_uninstall_finds_ours_where_another_manager_renamed_it(repo: Clone, end: str) -> None:
    foreign(repo, "post-merge")
    install(repo, "--bank", BANK)
    hooks = repo.path / ".git/hooks"
    (hooks / "post-merge").rename(hooks / f"post-merge{end}")
    manager = foreign(repo, "post-merge")
    install(repo, "--uninstall")
    assert {file.name for file in hooks.glob("post-*") if not file.name.endswith(".sample")} == {
        "post-merge", f"post-merge{end}"
    }  # fmt: skip
    assert manager.read_text() == (hooks / f"post-merge{end}").read_text() == FOREIGN.format(status=0)


def test_a_manager_that_calls_ours_is_left_in_its_place(repo: Clone) -> None:
    install(repo, "--bank", BANK)
    hooks = repo.path / ".git/hooks"
    (hooks / "post-merge").rename(hooks / "post-merge.legacy")
    manager = foreign(repo, "post-merge").read_text()
    install(repo, "--bank", BANK)
    assert (hooks / "post-merge").read_text() == manager
    assert install(repo, "--check").returncode == 0


def test_a_hooks_path_is_neither_set_nor_written_to(pair: list[Clone], git_version: tuple[int, ...]) -> None:
    bob = pair[1]
    install(bob, "--uninstall")
    shutil.rmtree(bob.path / ".git/hooks", ignore_errors=True)
    bob.write(".husky/_/post-merge", "#!/bin/sh\necho husky ran\n").chmod(0o755)
    bob.git("config", "core.hooksPath", ".husky/_")
    install(bob)
    assert [path.name for path in (bob.path / ".husky/_").iterdir()] == ["post-merge"]
    assert not (bob.path / ".git/hooks").exists()
    assert bob.git("config", "core.hooksPath") == ".husky/_"
    checked = install(bob, "--check", check=False)
    if git_version >= (2, 54):
        assert checked.returncode == 0
    else:
        line = '"$(git rev-parse --git-common-dir)/mbgit/run" shim "$PPID" post-merge "$@"'
        assert f"unarmed  hook post-merge: core.hooksPath is .husky/_: add there: {line}\n" in checked.stdout
        for event in EVENTS:
            called = line.replace("post-merge", event)
            bob.write(f".husky/_/{event}", f"#!/bin/sh\n{called}\n").chmod(0o755)
    assert said(bob, "pull", "--no-edit") == [f"mbgit: merged {BUFFER}: +1 entry theirs, +2 yours"]


def test_a_hooks_path_that_is_the_clone_s_own_counts_as_none(repo: Clone) -> None:
    repo.git("config", "core.hooksPath", ".git/hooks")
    install(repo, "--bank", BANK)
    assert {file.name for file in (repo.path / ".git/hooks").iterdir() if file.suffix != ".sample"} >= set(EVENTS)


def test_hooks_that_are_a_link_into_the_worktree_are_not_written_to(repo: Clone) -> None:
    shutil.rmtree(repo.path / ".git/hooks", ignore_errors=True)
    (repo.path / "githooks").mkdir()
    (repo.path / ".git/hooks").symlink_to("../githooks")
    install(repo, "--bank", BANK)
    assert list((repo.path / "githooks").iterdir()) == []


def counted(repo: Clone) -> tuple[Path, Path]:
    """Have the hooks start what counts, and give them a reason to; mbgit's folder, and the count."""
    home, count = repo.path / ".git/mbgit", repo.path / "count"
    counter = repo.write("counter", f"#!/bin/sh\necho started >>'{count}'\n")
    counter.chmod(0o755)
    (home / "run").write_bytes(shims.runner(str(counter)))
    (home / "merges.jsonl").write_text("")
    count.write_text("")
    return home, count


def test_the_shim_yields_to_the_configured_hook_of_the_same_git(repo: Clone) -> None:
    armed(repo, "--bank", BANK)
    home, count = counted(repo)

    def run(source: str, git: str, event: str = "post-merge") -> bool:
        before = count.read_text()
        repo.run(str(home / "run"), source, git, event)
        return count.read_text() != before

    assert run("config", "77")
    assert not run("shim", "77")
    assert run("shim", "77"), "the same number later is another git, one that knows no configured hooks"
    assert run("config", "78")
    assert run("shim", "79")
    assert run("config", "80", "post-commit")
    assert run("shim", "80"), "each event is for itself"


def test_each_event_runs_once_whichever_git(repo: Clone, git_version: tuple[int, ...]) -> None:
    repo.commit(x="")
    armed(repo, "--bank", BANK)
    _, count = counted(repo)
    for number in (1, 2, 3):
        repo.git("commit", "-q", "--allow-empty", "-m", "x")
        assert count.read_text() == "started\n" * number
