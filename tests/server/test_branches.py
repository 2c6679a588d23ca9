"""hooks/merge-branches: real bare remotes, and branches that a server's button could not merge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.server import worktree
from tests.support import ROOT, Clone
from tests.support import armed as install

BANK = "memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LOG = f"{BANK}/SESSION_LOG.md"
CODE = "src/app.py"
SEED = {
    BUFFER: "# Patterns Buffer\n\n## Patterns\n\n- [2025-10-01] one\n",
    LOG: "# Session Log\n\n## 2025-10-01 10:00 - Ada\n\n- began\n",
    CODE: "a = 1\n",
}
SCRIPT = str(ROOT / "hooks/merge-branches")

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


def merge(clone: Clone, *args: str, **env: str) -> Done:
    """Run hooks/merge-branches in the clone."""
    return clone.run("bash", SCRIPT, *args, check=False, **{"MBGIT_PYTHON": sys.executable} | env)


def branch(clone: Clone, name: str, at: str = "origin/main", **files: str) -> str:
    """Push a branch with a commit of some files (by their paths); the commit."""
    clone.git("switch", "-qC", name, at)
    made = clone.past_gate(name, 60, **files)
    clone.git("push", "-q", "--no-verify", "origin", f"HEAD:refs/heads/{name}")
    clone.git("switch", "-q", "main")
    return made


def entry(text: str, seed: str = SEED[BUFFER]) -> dict[str, str]:
    return {BUFFER: f"{seed}- [2025-10-09] {text}\n"}


def words(done: Done) -> dict[str, str]:
    """What was printed of each branch."""
    rows = (row.split(": ", 1) for row in done.stdout.splitlines())
    return {row[0]: row[1] for row in rows}


def at_remote(clone: Clone, name: str) -> str:
    return clone.git("ls-remote", "origin", f"refs/heads/{name}").split("\t")[0]


@pytest.fixture
def pair(team: Team) -> tuple[Clone, Clone]:
    """A clone with mbgit, which merges, and one without, which makes branches; main has moved under them."""
    ops, dev = team("Ops", "Dev", seed=SEED)
    install(ops)
    return ops, dev


def move_main(dev: Clone, **files: str) -> str:
    dev.git("switch", "-q", "main")
    made = dev.past_gate("main moves", 60, **files)
    dev.git("push", "-q", "origin", "main")
    return made


def state(clone: Clone) -> tuple[str, ...]:
    """What may not be touched: HEAD, index and worktree; and what may not be left behind."""
    asked = ("rev-parse HEAD", "symbolic-ref HEAD", "ls-files -s", "status --porcelain", "worktree list", "branch")
    return tuple(clone.git(*words.split()) for words in asked)


def test_each_branch_has_a_line_and_only_what_banks_conflict_in_is_merged(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    old = dev.head
    branch(dev, "bank", **entry("mine"))
    branch(dev, "clean", **{"notes.txt": "new\n"})
    branch(dev, "code", **{CODE: "a = 2\n"})
    branch(dev, "both", **entry("mine, too"), **{CODE: "a = 3\n"})
    dev.git("push", "-q", "origin", f"{old}:refs/heads/merged")
    dev.git("switch", "-qC", "gone", "origin/main")
    dev.git("rm", "-rq", BANK)
    branch(dev, "gone", "gone")
    main = move_main(dev, **entry("theirs"), **{CODE: "a = 4\n"})
    dev.git("push", "-q", "origin", "main:refs/heads/current")
    branch(dev, "on-top", "main", **{"more.txt": "more\n"})
    ops.write("untracked.txt", "mine\n")
    ops.write(CODE, "half done\n")
    ops.git("add", CODE)
    before = state(ops)
    tips = {name: at_remote(ops, name) for name in ("bank", "clean", "code", "both", "gone", "on-top")}

    done = merge(ops, "origin", "main")
    assert (done.returncode, done.stderr) == (1, "")
    assert words(done) == {
        "bank": "merged",
        "both": f"needs a person: {CODE}",
        "clean": "merged",
        "code": f"needs a person: {CODE}",
        "gone": f"needs a person: {BUFFER}",
        "on-top": "up to date",
    }
    assert state(ops) == before
    assert {name: at_remote(ops, name) for name in tips} == tips, "nothing is pushed unless that is asked for"
    kept = ops.git("rev-parse", "refs/mbgit/merged/bank")
    assert ops.git("rev-list", "--parents", "-n1", kept).split() == [kept, tips["bank"], main]

    done = merge(ops, "--push", "origin", "main")
    assert (done.returncode, words(done)["bank"], words(done)["clean"]) == (1, "pushed", "pushed")
    assert state(ops) == before
    ops.git("fetch", "-q")
    text = ops.git("show", f"origin/bank:{BUFFER}")
    assert text.count("mine") == text.count("theirs") == 1
    assert ops.git("log", "-1", "--format=%s", "origin/bank") == "Merge branch 'main' into bank"
    assert ops.git("for-each-ref", "refs/mbgit/merged") == ""
    assert ops.git("merge-tree", "--write-tree", "origin/main", "origin/bank", MBGIT="0"), "a server can merge it now"

    tips = {name: at_remote(ops, name) for name in ("bank", "clean")}
    done = merge(ops, "--push", "origin", "main", "bank", "merged", "clean", "current")
    assert (done.returncode, set(words(done).values())) == (0, {"up to date"})
    assert {name: at_remote(ops, name) for name in tips} == tips
    assert words(merge(ops, "--push", "origin", "main")).keys() == {"bank", "both", "clean", "code", "gone", "on-top"}


def test_it_is_the_merge_that_a_clone_makes(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    branch(dev, "topic", **entry("mine"), **{LOG: SEED[LOG] + "\n## 2025-10-09 09:00 - Dev\n\n- mine\n"})
    move_main(dev, **entry("theirs"), **{LOG: SEED[LOG] + "\n## 2025-10-09 08:00 - Bob\n\n- theirs\n"})
    assert words(merge(ops, "--push", "origin", "main")) == {"topic": "pushed"}
    ops.git("fetch", "-q")
    ops.git("switch", "-q", "--detach", "origin/topic^1")
    ops.git("merge", "-q", "origin/main")
    assert ops.git("rev-parse", "HEAD^{tree}") == ops.git("rev-parse", "origin/topic^{tree}")


def test_a_call_that_cannot_be_answered_says_why(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    ops, dev = pair
    branch(dev, "topic", **entry("mine"))
    move_main(dev, **entry("theirs"))
    for args, why in (
        ((), "usage:"), (("origin",), "usage:"), (("--force", "origin", "main"), "usage:"),
        (("nowhere", "main"), 'no remote "nowhere"'), (("origin", "trunk"), '"origin" has no branch "trunk"'),
    ):  # fmt: skip
        done = merge(ops, *args)
        assert (done.returncode, done.stdout, why in done.stderr) == (2, "", True), (args, done.stderr)
    done = merge(dev, "origin", "main")
    assert (done.returncode, "install.py" in done.stderr) == (2, True), "no drivers there"
    done = merge(ops, "--push", "origin", "main", "lost", "topic")
    assert (done.returncode, words(done)) == (2, {"topic": "pushed"})
    assert done.stderr == 'mbgit: "origin" has no branch "lost"\n'
    outside = Clone(tmp_path, ops.home)
    assert merge(outside, "origin", "main").returncode == 2


def test_what_another_driver_merged_here_a_server_has_in_conflict(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    move_main(dev, **{".gitattributes": "src/*.py merge=union\n"})
    branch(dev, "topic", **entry("mine"), **{CODE: "a = 1\nb = 2\n"})
    move_main(dev, **entry("theirs"), **{CODE: "a = 1\nc = 3\n"})
    assert words(merge(ops, "--push", "origin", "main")) == {"topic": f"needs a person: {CODE}"}


def test_a_branch_whose_squash_has_landed_is_left_alone(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    branch(dev, "squashed", **entry("done"))
    branch(dev, "squashed", "squashed", **entry("done\n- [2025-10-09] more"))
    tip = at_remote(dev, "squashed")
    dev.git("switch", "-q", "main")
    dev.git("merge", "-q", "--squash", "squashed")
    dev.past_gate("Squash of #7")
    move_main(dev, **entry("only this is left"))
    assert words(merge(ops, "--push", "origin", "main")) == {"squashed": "up to date"}
    assert at_remote(ops, "squashed") == tip


def test_a_remote_that_refuses_is_named_and_the_others_go_on(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    ops, dev = pair
    for name in ("a", "protected/b", "c"):
        branch(dev, name, **entry(name))
    move_main(dev, **entry("theirs"))
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nwhile read -r old new ref; do case $ref in */protected/*) '
                    'echo "refs are \x1b[31mprotected here" >&2; exit 1 ;; esac; done\n')
    hook.chmod(0o755)
    summary = tmp_path / "summary.md"
    done = merge(ops, "--push", "origin", "main", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, "nobody has a conflict to resolve"
    assert words(done)["protected/b"].startswith('refused: push: "pre-receive hook declined')
    assert "protected here" in done.stdout
    assert "\x1b" not in done.stdout
    assert (words(done)["a"], words(done)["c"]) == ("pushed", "pushed")
    assert "| a | pushed |\n" in summary.read_text()
    # A fork that may be read and not be written to.
    ops.configure({"remote.fork.url": str(tmp_path / "remote.git"), "remote.fork.pushurl": str(tmp_path / "nowhere")})
    move_main(dev, **entry("theirs, again"))
    done = merge(ops, "--push", "fork", "main", "a")
    assert (done.returncode, words(done)["a"].startswith("refused: push: ")) == (0, True)


def test_a_merge_that_the_gate_would_refuse_is_not_pushed(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    lessons, twice = f"{BANK}/lessons-buffer.md", SEED[BUFFER] + "- [2025-10-02] in two files\n"
    move_main(dev, **{BUFFER: twice, lessons: twice})
    tip = branch(dev, "topic", "main", **{BUFFER: SEED[BUFFER]})
    move_main(dev, **{lessons: SEED[BUFFER]})
    done = merge(ops, "--push", "origin", "main")
    assert words(done)["topic"].startswith("refused: lost: "), "each side has relied on the other's copy"
    assert at_remote(ops, "topic") == tip


def test_a_branch_that_moves_meanwhile_is_merged_as_it_is_then(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    ops, dev = pair
    branch(dev, "topic", **entry("mine"))
    move_main(dev, **entry("theirs"))
    # The first push meets a branch that somebody has moved while it was under way.
    dev.git("switch", "-q", "topic")
    late = dev.past_gate("late", 60, **entry("mine\n- [2025-10-09] late"))
    mover = tmp_path / "mover"
    mover.write_text(f'#!/bin/sh\n[ "$1" != push ] || [ -e "{tmp_path}/moved" ] || '
                     f'{{ touch "{tmp_path}/moved"; (cd "{dev.path}" && git push -q origin topic); }}\n'
                     f'exec git "$@"\n')
    folder = tmp_path / "bin"
    folder.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, env=ops.env()).stdout.strip()
    mover.write_text(mover.read_text().replace("exec git", f"exec {real}").replace("&& git", f"&& {real}"))
    mover.chmod(0o755)
    mover.rename(folder / "git")
    done = merge(ops, "--push", "origin", "main", PATH=f"{folder}{os.pathsep}{ops.env()['PATH']}")
    assert words(done) == {"topic": "pushed"}
    ops.git("fetch", "-q")
    assert ops.git("rev-parse", "origin/topic^1") == late
    assert ops.git("show", f"origin/topic:{BUFFER}").count("late") == 1


def test_two_jobs_at_once_push_each_branch_once(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    names = [f"b{number}" for number in range(4)]
    for name in names:
        branch(dev, name, **entry(name))
    move_main(dev, **entry("theirs"))
    command = ["bash", SCRIPT, "--push", "origin", "main"]
    env = ops.env(MBGIT_PYTHON=sys.executable)
    jobs = [subprocess.Popen(command, cwd=ops.path, env=env, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    said = [job.communicate(timeout=120) for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    ops.git("fetch", "-q")
    for name in names:
        assert ops.git("rev-list", "--count", "--merges", f"origin/{name}") == "1", said
    assert ops.git("worktree", "list").count("\n") == 0


def test_what_a_killed_run_leaves_the_next_one_clears(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    for name in ("a", "b"):
        branch(dev, name, **entry(name))
    move_main(dev, **entry("theirs"))
    command, env = ["bash", SCRIPT, "--push", "origin", "main"], ops.env(MBGIT_PYTHON=sys.executable)
    job = subprocess.Popen(command, cwd=ops.path, env=env, stdout=-1, text=True, start_new_session=True)
    assert job.stdout
    assert job.stdout.readline() == "a: pushed\n"
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    left = list((ops.common / "mbgit").glob(f"{worktree.PREFIX}*"))
    assert len(left) == 1
    assert words(merge(ops, "--push", "origin", "main")) in ({"a": "up to date", "b": "pushed"},
                                                             {"a": "up to date", "b": "up to date"})  # fmt: skip
    assert left[0].exists(), "somebody may be at work there"
    long_ago = time.time() - 2 * worktree.ABANDONED
    os.utime(left[0], (long_ago, long_ago))
    assert set(words(merge(ops, "--push", "origin", "main")).values()) == {"up to date"}
    assert not left[0].exists()
    assert ops.git("worktree", "list").count("\n") == 0
    assert ops.git("fsck", "--no-dangling") == ""


@pytest.mark.storm
def test_twenty_branches_behind_a_moving_base(pair: tuple[Clone, Clone]) -> None:
    ops, dev = pair
    for number in range(20):
        branch(dev, f"b{number}", **entry(f"of {number}"))
    for turn in range(3):
        main = move_main(dev, **entry(f"turn {turn}", dev.read(BUFFER)))
        done = merge(ops, "--push", "origin", "main")
        assert (done.returncode, set(words(done).values())) == (0, {"pushed"})
        ops.git("fetch", "-q")
        for number in range(20):
            rows = ops.git("show", f"origin/b{number}:{BUFFER}").splitlines()
            its = [f"turn {it}" for it in range(turn + 1)] + [f"of {number}"]
            assert all(rows.count(f"- [2025-10-09] {text}") == 1 for text in its)
            assert ops.git("merge-base", main, f"origin/b{number}") == main
