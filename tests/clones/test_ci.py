"""The gate where no hook runs: on a range in CI, and as pre-commit starts it; test_ci_workflow.py has the workflow."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tests.support import GIT, ROOT, Clone
from tests.support import armed as install

BANK = "memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
SEED = "# Patterns\n\n- one\n"
BAD = "<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> other\n"
KEY = "AKIA" + "Z7Q4M2X9K1W8R5T3"
ZEROS = "0" * 40
SCRIPT = str(ROOT / "hooks/pre-push")

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


def check(clone: Clone, *args: str, shell: str = "bash", stdin: str = "", **env: str) -> Done:
    """Run hooks/pre-push in the clone."""
    env = {"MBGIT_PYTHON": sys.executable} | env
    return clone.run(shell, SCRIPT, *args, check=False, stdin=stdin, **env)


def save(clone: Clone, message: str, text: str, path: str = BUFFER) -> str:
    """Write a file and commit all; the commit's id."""
    clone.write(path, text)
    return clone.commit(message)


@pytest.fixture
def history(repo: Clone) -> Clone:
    """Three commits: the bank, conflict markers in it, and an entry that nothing is wrong with."""
    save(repo, "seed", SEED)
    save(repo, "bad", SEED + BAD)
    save(repo, "good", SEED + BAD + "- two\n")
    return repo


# -- a range ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_range_is_refused_for_what_it_adds_and_for_nothing_older(history: Clone, shell: str) -> None:
    bad = check(history, "HEAD~2..HEAD", shell=shell)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert re.match(rf"{BUFFER}:\d+: conflict markers", bad.stdout)
    assert "mbgit: range refused: 1 finding" in bad.stdout
    assert "--no-verify" not in bad.stdout
    good = check(history, "HEAD~1..HEAD", shell=shell)
    assert (good.returncode, good.stdout.splitlines()[-1], good.stderr) == (0, "mbgit: nothing blocks", "")
    assert "markers" not in good.stdout


@pytest.mark.parametrize("text", ["HEAD~2..", "HEAD~2...HEAD", "HEAD~2..main"])
def test_a_range_is_written_as_git_has_it(history: Clone, text: str) -> None:
    assert check(history, text).returncode == 1


def test_a_key_that_a_later_commit_takes_out_is_found_and_not_shown(repo: Clone) -> None:
    save(repo, "seed", SEED)
    leaking = save(repo, "leak", f"{SEED}- key {KEY}\n")
    save(repo, "oops", SEED)
    done = check(repo, "HEAD~2..HEAD")
    assert done.returncode == 1
    assert f"secrets, in {leaking[:10]}" in done.stdout
    assert KEY not in done.stdout
    assert check(repo, "HEAD~1..HEAD").returncode == 0


def test_what_is_judged_does_not_say_where_nobody_looks(repo: Clone) -> None:
    save(repo, "seed", SEED)
    repo.write(".mbgit.toml", 'banks = ["elsewhere"]\n')
    save(repo, "bad", SEED + BAD)
    done = check(repo, "HEAD~1..HEAD")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{BUFFER}:")


def test_warnings_are_printed_and_do_not_refuse(history: Clone) -> None:
    history.write(".mbgit.toml", '[checks]\nlinks = "warn"\n')
    save(history, "link", SEED + BAD + "- two\n- [gone](gone.md)\n")
    done = check(history, "HEAD~1..HEAD")
    assert done.returncode == 0
    assert "links, warning" in done.stdout


def test_of_a_new_branch_all_is_new_that_no_other_branch_has(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed={BUFFER: SEED + BAD})
    ada.git("switch", "-qc", "topic")
    save(ada, "topic", SEED + BAD + "- two\n")
    assert check(ada, f"{ZEROS}..HEAD").returncode == 0
    save(ada, "worse", SEED + BAD + "- two\n" + BAD)
    ada.git("push", "-q", "origin", "topic")
    bob.git("fetch", "-q")
    done = check(bob, f"{ZEROS}..origin/topic")
    assert done.returncode == 1, "that the branch itself is here does not make it old"
    assert "1 finding, 3 warnings;" in done.stdout


def test_without_any_other_branch_all_of_history_is_new(history: Clone) -> None:
    assert check(history, f"{ZEROS}..HEAD").returncode == 1


def test_a_branch_that_is_deleted_adds_nothing(history: Clone) -> None:
    done = check(history, f"HEAD~2..{ZEROS}")
    assert (done.returncode, done.stdout) == (0, "mbgit: nothing is added\n")


@pytest.mark.parametrize("args", [(), ("HEAD",), ("one", "two", "three"), ("--help",)])
def test_a_wrong_call_is_one_line(repo: Clone, args: tuple[str, ...]) -> None:
    done = check(repo, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: pre-push BASE..TIP")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("args", [(), ("origin", "../remote.git")])
def test_a_terminal_is_not_waited_for(repo: Clone, args: tuple[str, ...]) -> None:
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            ["sh", SCRIPT, *args], cwd=repo.path, env=repo.env(), stdin=slave, capture_output=True, timeout=60
        )
    finally:
        os.close(master)
        os.close(slave)
    assert (done.returncode, done.stderr[:6]) == (2, b"usage:")


@pytest.mark.parametrize("text", ["nowhere..HEAD", "HEAD..nowhere", "a..b..c", "-x..--all", "HEAD..\x1b[31mred"])
def test_what_is_no_commit_is_said(history: Clone, text: str) -> None:
    done = check(history, text)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no commit of this clone" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


def test_outside_of_a_repository_it_says_so(home: Path) -> None:
    done = check(Clone(home, home), "a..b")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_what_breaks_is_one_line_and_no_pass(history: Clone) -> None:
    tree = history.git("rev-parse", "HEAD^{tree}")
    (history.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    done = check(history, "HEAD~2..HEAD")
    assert done.returncode == 3
    assert "mbgit: the check broke: see " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_planted_package_is_not_run(history: Clone) -> None:
    for name in ("mbgit/__init__.py", "mbgit/gate/__main__.py", "markdown_it.py", "signal.py"):
        history.write(name, "print('planted'); raise SystemExit\n")
    done = check(history, "HEAD~2..HEAD", PYTHONPATH=str(history.path))
    assert done.returncode == 1
    assert "planted" not in done.stdout


# -- clones that lack something -----------------------------------------------------------------------------------


def shallow(clone: Clone, *options: str) -> Clone:
    """A clone of it that holds less."""
    path = clone.path.parent / "less"
    clone.git("clone", "-q", *options, f"file://{clone.path}", str(path))
    return Clone(path, clone.home)


def test_a_base_that_is_cut_off_is_named_with_the_command_that_gets_it(history: Clone) -> None:
    base = history.git("rev-parse", "HEAD~2")
    less = shallow(history, "--depth", "1")
    done = check(less, f"{base}..HEAD")
    assert done.returncode == 2
    command = re.search(r"git fetch --\w+", done.stderr)
    assert command
    less.run(*command[0].split())
    assert check(less, f"{base}..HEAD").returncode == 1


def test_a_history_that_ends_within_the_range_is_not_taken_for_new(history: Clone) -> None:
    history.git("branch", "base", "HEAD~2")
    less = shallow(history, "--depth", "1", "--no-single-branch")
    less.git("remote", "set-head", "origin", "--delete")  # else all that it holds is known
    for text in ("origin/base..HEAD", f"{ZEROS}..HEAD"):
        done = check(less, text)
        assert (done.returncode, "ends before the range does" in done.stderr) == (2, True), text


def test_a_shallow_clone_that_holds_the_range_is_enough(history: Clone) -> None:
    less = shallow(history, "--depth", "2")
    assert check(less, "HEAD~1..HEAD").returncode == 0


def test_a_base_that_was_never_here_is_fetched_by_the_command(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed={BUFFER: SEED})
    base = save(ada, "later", SEED + "- two\n")
    ada.git("push", "-q")
    done = check(bob, f"{base}..HEAD")
    assert done.returncode == 2
    bob.run(*done.stderr.rpartition(": ")[2].split())
    assert check(bob, f"{base}..HEAD").returncode == 0


def test_a_clone_without_its_files_is_not_taken_for_clean(history: Clone) -> None:
    history.git("config", "uploadpack.allowFilter", "true")
    less = shallow(history, "--filter=blob:none", "--no-checkout")
    done = check(less, "HEAD~2..HEAD")
    assert (done.returncode, "partial" in done.stderr) == (2, True)


# -- as git's hook, by hand ---------------------------------------------------------------------------------------


def linked(clone: Clone, folder: str = ".git/hooks") -> Path:
    hook = clone.path / folder / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(SCRIPT)
    return hook


def push(clone: Clone, **env: str) -> Done:
    return clone.run(GIT, "push", "-q", "origin", "main", check=False, **{"MBGIT_PYTHON": sys.executable} | env)


def test_linked_by_hand_it_is_a_hook(team: Team) -> None:
    (ada,) = team("Ada", seed={BUFFER: SEED + BAD})
    linked(ada)
    save(ada, "good", SEED + BAD + "- two\n")
    assert push(ada).returncode == 0, "what is upstream already is no reason"
    save(ada, "worse", SEED + BAD + "- two\n" + BAD)
    done = push(ada)
    assert done.returncode == 1
    assert "push refused: 1 finding" in done.stdout + done.stderr
    assert push(ada, MBGIT="0").returncode == 0


def test_in_an_armed_clone_it_starts_what_the_hooks_start_once(team: Team) -> None:
    (ada,) = team("Ada", seed={BUFFER: SEED})
    save(ada, "bad", SEED + BAD)
    install(ada, "--bank", BANK)
    linked(ada, "githooks")
    ada.git("config", "core.hooksPath", "githooks")
    done = push(ada, MBGIT_PYTHON="/nowhere")
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("push refused") == 1


def test_without_an_interpreter_a_push_goes_on_and_a_range_does_not(team: Team) -> None:
    (ada,) = team("Ada", seed={BUFFER: SEED})
    hook = ada.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(Path(SCRIPT).read_bytes())
    hook.chmod(0o755)
    for name in ("python3", "python"):  # a Python without mbgit
        ada.write(f"bin/{name}", "#!/bin/sh\nexit 97\n").chmod(0o755)
    env = {"PATH": f"{ada.path}/bin{os.pathsep}{ada.env()['PATH']}", "MBGIT_PYTHON": ""}
    save(ada, "bad", SEED + BAD)
    done = push(ada, **env)
    assert (done.returncode, done.stderr.count("was not checked")) == (0, 1)
    done = ada.run("sh", str(hook), "HEAD~1..HEAD", check=False, **env)
    assert (done.returncode, done.stderr.count("was not checked")) == (3, 1)


# -- on GitHub ----------------------------------------------------------------------------------------------------


def test_text_from_a_bank_is_no_command_to_the_runner(repo: Clone) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "seed")
    hostile = f"{BANK}/::error file=x,line=1::a%0Ab\n::set-env name=A::b.md"
    repo.write(hostile, f"# ##[stop-commands]x\n\n- [##[add-mask]x](::debug::gone.md)\n{BAD}")
    repo.write(BUFFER, SEED + BAD)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "x")
    lines = check(repo, "HEAD~1..HEAD", GITHUB_ACTIONS="true").stdout.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    after = lines[lines.index(f"::{token}::") + 1 :]
    assert after
    assert all(re.match(r"::(error|warning)( file=[\w./-]+,line=\d+)?::", line) for line in after)
    assert any(line.startswith(f"::error file={BUFFER},line=") for line in after)
    assert not [line for line in after if "%0Ab" in line], "what runs together there is one line"


# -- pre-commit ---------------------------------------------------------------------------------------------------

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def framework(clone: Clone, hook: str = "memory-bank", **env: str) -> Done:
    """Run a hook's entry as pre-commit does: in the repository, its environment's programs first, no files named."""
    assert not HOOKS[hook]["pass_filenames"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{clone.env()['PATH']}"
    return clone.run(*shlex.split(HOOKS[hook]["entry"]), check=False, **{"PATH": path, "PRE_COMMIT": "1"} | env)


def test_pre_commit_names_a_range(history: Clone) -> None:
    assert framework(history, PRE_COMMIT_FROM_REF="HEAD~2", PRE_COMMIT_TO_REF="HEAD").returncode == 1
    assert framework(history, PRE_COMMIT_FROM_REF="HEAD~1", PRE_COMMIT_TO_REF="HEAD").returncode == 0


def test_pre_commit_pushes_and_what_is_upstream_is_not_new(team: Team) -> None:
    (ada,) = team("Ada", seed={"README.md": "x\n"})
    save(ada, "bad", SEED + BAD)
    pushed = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD", "PRE_COMMIT_REMOTE_NAME": "origin"}
    done = framework(ada, **pushed)
    assert (done.returncode, "push refused" in done.stdout) == (1, True)
    ada.git("push", "-q")
    assert framework(ada, **pushed).returncode == 0


def test_pre_commit_pushes_a_first_branch_whole(history: Clone) -> None:
    done = framework(history, PRE_COMMIT_LOCAL_BRANCH="refs/heads/main", PRE_COMMIT_REMOTE_NAME="origin")
    assert done.returncode == 1


def test_pre_commit_by_hand_judges_what_a_push_would_add(team: Team) -> None:
    (ada,) = team("Ada", seed={BUFFER: SEED})
    assert framework(ada).returncode == 0
    save(ada, "bad", SEED + BAD)
    assert framework(ada).returncode == 1
    assert framework(ada, PRE_COMMIT="").returncode == 2, "nobody has asked for anything"


def test_pre_commit_judges_what_is_staged(repo: Clone) -> None:
    save(repo, "seed", SEED)
    repo.write(BUFFER, SEED + BAD)
    assert framework(repo, "memory-bank-staged").returncode == 0
    repo.git("add", "-A")
    done = framework(repo, "memory-bank-staged")
    assert (done.returncode, "commit refused" in done.stdout) == (1, True)
