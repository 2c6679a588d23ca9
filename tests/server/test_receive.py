"""A bare repository with mbgit: what others push is judged there, whatever they have on their machines."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.gate.deadline import TimeIsUp
from mbgit.gate.judge import Gate
from mbgit.hooks import REFUSED, Event, before_receive
from mbgit.server import receive
from tests.clones.test_install import snapshot
from tests.support import GIT, ROOT, Clone

BANK = "memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LOG = f"{BANK}/SESSION_LOG.md"
SEED = {
    BUFFER: "# Patterns Buffer\n\n## Patterns\n\n- [2025-10-01] one\n",
    LOG: "# Session Log\n\n## 2025-10-01 10:00 - Ada\n\n- began\n\n## 2025-10-02 10:00 - Bob\n\n- went on\n",
}
SHORT = "# Session Log\n\n## 2025-10-01 10:00 - Ada\n\n- began\n"
MARKERS = "<<<<<<< HEAD\n- mine\n=======\n- yours\n>>>>>>> other\n"
KEY = "ghp_" + "Zx81mQ0cVt7RbLw2Kd93Yp5Ne6Ha4SfUgJ1T"

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


def arm(bare: Path, clone: Clone, *args: str, check: bool = True) -> Done:
    """Run install.py --bare on the remote."""
    command = (sys.executable, str(ROOT / "install.py"), "--python", sys.executable)
    return clone.run(*command, "--bare", str(bare), *args, check=check)


def push(clone: Clone, *args: str, **env: str) -> Done:
    return clone.run(GIT, "push", "origin", *args, check=False, **env)


@pytest.fixture
def ada(team: Team) -> Clone:
    """A clone without mbgit, of a remote that has it."""
    (clone,) = team("Ada", seed=SEED)
    arm(remote(clone), clone)
    return clone


def remote(clone: Clone) -> Path:
    return clone.path.parent / "remote.git"


def at_remote(clone: Clone, ref: str = "main") -> str:
    return clone.run(GIT, "-C", str(remote(clone)), "rev-parse", "-q", "--verify", ref, check=False).stdout.strip()


def add(clone: Clone, text: str, path: str = BUFFER, message: str = "work") -> str:
    clone.write(path, clone.read(path) + text)
    return clone.commit(message)


def test_what_is_pushed_is_judged_as_before_a_push(ada: Clone) -> None:
    seed = ada.head
    good = add(ada, "- [2025-10-03] two\n")
    done = push(ada, "main")
    assert (done.returncode, "mbgit" in done.stderr) == (0, False), "what is fine is not spoken of"
    assert at_remote(ada) == good
    leaking = add(ada, f"- [2025-10-04] {KEY}\n")
    ada.write(BUFFER, SEED[BUFFER] + MARKERS)
    ada.commit("take it out again")
    before = snapshot(remote(ada) / "mbgit"), snapshot(remote(ada) / "refs")
    done = push(ada, "main")
    assert done.returncode != 0
    assert "looks like GitHub Token (secrets, in " + leaking[:10] in done.stderr
    assert f"remote: {BUFFER}:6: conflict markers" in done.stderr
    assert "remote: mbgit: push refused: 2 findings; revoke it" in done.stderr
    assert KEY not in done.stderr
    assert "--no-verify" not in done.stderr, "that is no way round a server"
    assert at_remote(ada) == good
    assert (snapshot(remote(ada) / "mbgit"), snapshot(remote(ada) / "refs")) == before
    assert push(ada, "main", MBGIT="0").returncode == 0, "a server of one's own is like a clone of one's own"
    ada.git("push", "-q", "origin", f"{seed}:refs/heads/old", "HEAD:refs/heads/twin")


def test_of_several_refs_each_counts(ada: Clone) -> None:
    main = ada.head
    ada.git("switch", "-qc", "bad")
    add(ada, MARKERS)
    ada.git("switch", "-qc", "good", main)
    add(ada, "- [2025-10-03] two\n")
    ada.git("tag", "v1")
    done = push(ada, "good", "bad", "v1")
    assert done.returncode != 0
    assert done.stderr.count("conflict markers") == 1
    assert not at_remote(ada, "good"), "one push, one answer"
    assert push(ada, "good", "v1").returncode == 0
    assert push(ada, ":good", f"{main}:refs/heads/fresh").returncode == 0, "a delete adds nothing"
    assert push(ada, "bad:refs/notes/bad").returncode != 0
    ada.git("tag", "-am", "annotated", "v2", "bad")
    assert push(ada, "v2").returncode != 0


def test_a_forced_push_may_not_take_a_log_back(ada: Clone) -> None:
    ada.git("switch", "-qc", "topic")
    ada.write(LOG, SEED[LOG] + "\n## 2025-10-03 10:00 - Ada\n\n- more\n")
    ada.commit("log")
    push(ada, "topic")
    ada.git("reset", "-q", "--hard", "main")
    add(ada, "- [2025-10-03] two\n")
    other = add(ada, "- [2025-10-03] three\n")
    ada.git("branch", "other")
    done = push(ada, "--force", "topic", "other")
    assert "append-only, and lost 1 entry" in done.stderr
    assert not at_remote(ada, "other")
    done = push(ada, "--force", "main:topic")
    assert "append-only, and lost 1 entry" in done.stderr, "nor by going back to what was there"
    assert push(ada, "topic~0:refs/heads/kept", "other").returncode == 0
    assert at_remote(ada, "other") == other
    ada.git("push", "-q", "origin", "origin/topic:refs/heads/also")
    assert push(ada, "--force", "topic").returncode == 0, "another branch still has it"


def test_what_is_pushed_does_not_say_where_nobody_looks(ada: Clone) -> None:
    ada.write(".mbgit.toml", 'banks = ["elsewhere"]\n')
    add(ada, MARKERS)
    done = push(ada, "main")
    assert "conflict markers" in done.stderr
    ada.git("reset", "-q", "--hard", "origin/main")
    ada.write(".mbgit.toml", 'banks = ["elsewhere"]\n')
    ada.write("elsewhere/patterns-buffer.md", SEED[BUFFER] + MARKERS)
    ada.commit("a new bank")
    assert "elsewhere/patterns-buffer.md:6: conflict markers" in push(ada, "main").stderr


def test_a_first_push_to_an_empty_repository(tmp_path: Path, repo: Clone) -> None:
    repo.git("init", "-q", "--bare", "-b", "main", str(tmp_path / "remote.git"))
    arm(tmp_path / "remote.git", repo)
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.write("docs/memory-bank/patterns-buffer.md", SEED[BUFFER] + MARKERS)
    repo.commit("seed")
    assert "conflict markers" in push(repo, "main").stderr
    repo.write("docs/memory-bank/patterns-buffer.md", SEED[BUFFER])
    repo.git("add", "-A")
    repo.git("commit", "-q", "--amend", "--no-edit")
    assert push(repo, "main").returncode == 0
    assert "broken" not in arm(tmp_path / "remote.git", repo, "--check").stdout, "its first bank changes nothing"


def test_a_hook_that_was_there_is_called_and_a_forge_keeps_its_own(ada: Clone) -> None:
    bare, seen = remote(ada), ada.path.parent / "seen"
    hooks = bare / "hooks"
    arm(bare, ada, "--uninstall")
    (hooks / "pre-receive").write_text(f'#!/bin/sh\ncat >"{seen}"; exit 1\n')
    (hooks / "pre-receive").chmod(0o755)
    arm(bare, ada)
    tip = add(ada, "- [2025-10-03] two\n")
    assert push(ada, "main").returncode != 0
    assert seen.read_text().split()[1:] == [tip, "refs/heads/main"]
    arm(bare, ada, "--uninstall")
    assert (hooks / "pre-receive").read_text().startswith("#!/bin/sh\ncat >")

    # As Gitea and Forgejo have it: their script starts all that lies in a folder of its own name.
    (hooks / "pre-receive.d").mkdir()
    (hooks / "pre-receive").write_text(
        'data=$(cat)\nfor hook in hooks/$(basename $0).d/*; do echo "$data" | "$hook" || exit; done\n'
    )
    (hooks / "pre-receive").write_text("#!/bin/sh\n" + (hooks / "pre-receive").read_text())
    arm(bare, ada)
    assert (hooks / "pre-receive.d/mbgit").exists()
    assert not list(hooks.glob("*.before-mbgit"))
    assert push(ada, "main").returncode == 0
    add(ada, MARKERS)
    assert "conflict markers" in push(ada, "main").stderr
    assert "armed" in arm(bare, ada, "--check").stdout
    arm(bare, ada, "--uninstall")
    assert not list((hooks / "pre-receive.d").iterdir())

    (bare / "custom_hooks").mkdir()  # where GitLab looks, and nowhere else
    arm(bare, ada)
    assert [file.name for file in (bare / "custom_hooks").iterdir()] == ["pre-receive"]
    command = [str(bare / "custom_hooks/pre-receive")]
    update = f"{ada.git('rev-parse', 'origin/main')} {ada.head} refs/heads/main\n"
    env = ada.env(GIT_DIR=".", GIT_ALTERNATE_OBJECT_DIRECTORIES=str(ada.path / ".git/objects"))
    done = subprocess.run(command, cwd=bare, env=env, input=update, text=True, capture_output=True)
    assert (done.returncode, "conflict markers" in done.stderr) == (1, True)
    arm(bare, ada, "--uninstall")
    assert not list((bare / "custom_hooks").iterdir())


def test_it_is_taken_out_byte_for_byte_and_says_what_is_armed(team: Team) -> None:
    (ada,) = team("Ada", seed=SEED)
    bare = remote(ada)
    before = {name: it for name, it in snapshot(bare).items() if not name.startswith("objects/")}
    assert arm(bare, ada, "--check", check=False).returncode == 1
    said = arm(bare, ada).stdout
    assert said == "the drivers are in place, and what is pushed is checked\n"
    done = arm(bare, ada, "--check")
    assert {row.split()[0] for row in done.stdout.splitlines()} == {"armed"}
    assert arm(bare, ada, "--dry-run").stdout == "nothing to change\n"
    once = snapshot(bare)
    arm(bare, ada)
    assert snapshot(bare) == once
    arm(bare, ada, "--uninstall")
    assert {name: it for name, it in snapshot(bare).items() if not name.startswith("objects/")} == before
    assert "no bare repository" in arm(ada.path, ada, check=False).stderr
    assert "--bare goes without --share" in arm(bare, ada, "--share", check=False).stderr


def test_who_may_push_to_a_shared_repository_may_start_its_hook(team: Team) -> None:
    (ada,) = team("Ada", seed=SEED)
    bare = remote(ada)
    ada.git("-C", str(bare), "config", "core.sharedRepository", "group")
    arm(bare, ada)
    for path in (bare / "mbgit", *(bare / "mbgit").rglob("*")):
        mode = path.stat().st_mode
        assert (mode & stat.S_IRGRP and (not path.is_dir() or mode & stat.S_IXGRP)) or path.is_symlink(), path
    assert (bare / "mbgit/run").stat().st_mode & stat.S_IXGRP
    assert not (bare / "mbgit").stat().st_mode & stat.S_IRWXO
    assert arm(bare, ada, "--dry-run").stdout == "nothing to change\n"


def test_a_merge_on_the_server_is_the_drivers(ada: Clone) -> None:
    seed = ada.head
    for name, text in (("one", "- [2025-10-03] mine\n"), ("two", "- [2025-10-03] yours\n")):
        ada.git("switch", "-qc", name, seed)
        add(ada, text)
        push(ada, name)
    done = ada.run(GIT, "-C", str(remote(ada)), "merge-tree", "--write-tree", "one", "two")
    text = ada.git("-C", str(remote(ada)), "show", f"{done.stdout.strip()}:{BUFFER}")
    assert text.count("mine") == text.count("yours") == 1


def test_a_hook_that_breaks_lets_a_push_through_and_says_so(ada: Clone) -> None:
    (remote(ada) / "mbgit/run").write_text((remote(ada) / "mbgit/run").read_text().replace(sys.executable, "/nowhere"))
    add(ada, MARKERS)
    done = push(ada, "main")
    assert (done.returncode, "remote: mbgit: the bank was not checked" in done.stderr) == (0, True)


def test_time_that_runs_out_is_a_refusal(
    ada: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(gate: Gate, _: object) -> None:
        gate.doing = "links"
        raise TimeIsUp("took longer than 30 s")

    monkeypatch.chdir(remote(ada))
    monkeypatch.setattr(receive, "judge", slow)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{'0' * 40} {ada.head} refs/heads/new\n"))
    assert before_receive(Event(remote(ada) / "mbgit", "pre-receive", ())) == REFUSED
    assert capsys.readouterr().out == "mbgit: push refused: the check links took longer than 30 s: push less at once\n"
