"""Beside husky, lefthook, simple-git-hooks, pre-commit and git-lfs: every hook fires once, or it is said why not.

Needs these tools: MBGIT_TEST_TOOLS names a folder with their commands (`.ci/run` makes one).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import GIT, Clone, install

TOOLS = Path(os.environ.get("MBGIT_TEST_TOOLS", "none"))
pytestmark = [pytest.mark.tools, pytest.mark.skipif(not TOOLS.is_dir(), reason="MBGIT_TEST_TOOLS names no folder")]

LOG = "memory-bank/progress.md"
KEY = "ghp_" + "Zx81mQ0cVt7RbLw2Kd93Yp5Ne6Ha4SfUgJ1T"
EVENTS = ("pre-commit", "pre-push", "post-merge")
ALL = (*EVENTS, "post-commit", "post-rewrite")
SAY = "echo theirs-{event} >&2"


def husky(clone: Clone) -> None:
    clone.write("package.json", "{}")
    tool(clone, "husky")
    for event in EVENTS:
        clone.write(f".husky/{event}", SAY.format(event=event) + "\n").chmod(0o755)


def lefthook(clone: Clone) -> None:
    rows = (f"{event}:\n  commands:\n    say:\n      run: {SAY.format(event=event)}\n" for event in EVENTS)
    clone.write("lefthook.yml", "".join(rows))
    tool(clone, "lefthook", "install")


def simple_git_hooks(clone: Clone) -> None:
    hooks = {event: SAY.format(event=event) for event in EVENTS}
    clone.write("package.json", json.dumps({"simple-git-hooks": hooks, "devDependencies": {"simple-git-hooks": "*"}}))
    tool(clone, "simple-git-hooks")


def pre_commit(clone: Clone) -> None:
    row = "- id: say-{event}\n    name: say\n    language: system\n"
    row += "    entry: sh -c '{say}; exit 0'\n    stages: [{event}]\n"
    rows = "  ".join(row.format(event=event, say=SAY.format(event=event)) for event in EVENTS)
    always = "    always_run: true\n    verbose: true\n"
    text = "repos:\n- repo: local\n  hooks:\n  " + rows.replace("\n  - id", f"\n{always}  - id") + always
    clone.write(".pre-commit-config.yaml", text)
    for event in EVENTS:
        tool(clone, "pre-commit", "install", "-t", event)


def tool(clone: Clone, *argv: str) -> subprocess.CompletedProcess[str]:
    return clone.run(str(TOOLS / argv[0]), *argv[1:], PATH=path(clone))


def path(clone: Clone) -> str:
    return f"{TOOLS}{os.pathsep}{clone.env()['PATH']}"


MANAGERS: dict[str, Callable[[Clone], None]] = {
    "husky": husky, "lefthook": lefthook, "simple-git-hooks": simple_git_hooks, "pre-commit": pre_commit,
}  # fmt: skip


def fired(bob: Clone, ada: Clone) -> dict[str, tuple[int, int]]:
    """By event how often the other tool's hook ran (on what is clean), and how often mbgit's (on a key)."""

    def said(*args: str) -> str:
        done = bob.run(GIT, *args, check=False, PATH=path(bob))
        return done.stdout + done.stderr

    theirs: dict[str, int] = {}
    mine: dict[str, int] = {}
    for name, text in (("clean.md", "# Clean\n"), ("key.md", f"token {KEY}\n")):
        bob.write(f"memory-bank/{name}", text)
        bob.git("add", "-A")
        committed = said("commit", "-qm", name)
        bob.git("commit", "-qm", name, "--no-verify", "--allow-empty")
        pushed = said("push", "-q", "origin", f"HEAD:refs/heads/{name}")
        if name == "clean.md":
            theirs["pre-commit"] = committed.count("theirs-pre-commit\n")
            theirs["pre-push"] = pushed.count("theirs-pre-push\n")
        mine = {"pre-commit": committed.count("(secrets"), "pre-push": pushed.count("(secrets")}
    bob.git("reset", "-q", "--hard", "origin/main")
    meet(bob, ada)
    pulled = said("pull", "-q", "--no-edit")
    theirs["post-merge"], mine["post-merge"] = pulled.count("theirs-post-merge\n"), pulled.count(f"merged {LOG}")
    return {event: (theirs[event], mine[event]) for event in EVENTS}


def meet(bob: Clone, ada: Clone) -> None:
    """Both add an entry to the log, and the first one is pushed."""
    for clone in (ada, bob):
        clone.write(LOG, clone.read(LOG) + f"- [2025-10-02] {clone.who}\n")
        clone.past_gate()
    ada.git("push", "-q", "--no-verify")


@pytest.fixture
def pair(team: Callable[..., list[Clone]]) -> list[Clone]:
    seed = {LOG: "# P\n\n- [2025-10-01] one\n", ".gitignore": "package.json\n.husky\nlefthook.yml\n.*.y*ml\n"}
    return team("Ada", "Bob", seed=seed)


BOTH, THEIRS = (1, 1), (1, 0)
# What fires when a manager comes after mbgit, or before it, for git before 2.54.
AFTER = {"husky": THEIRS, "lefthook": THEIRS, "simple-git-hooks": THEIRS, "pre-commit": BOTH}
BEFORE = {"husky": THEIRS, "lefthook": BOTH, "simple-git-hooks": BOTH, "pre-commit": BOTH}


@pytest.mark.parametrize("first", ["mbgit", "manager"])
@pytest.mark.parametrize("name", MANAGERS)
def test_every_hook_fires_once_or_it_is_said(
    pair: list[Clone], name: str, first: str, git_version: tuple[int, ...]
) -> None:
    ada, bob = pair
    hooks = bob.path / ".git/hooks"
    before = {file.name: file.read_bytes() for file in hooks.iterdir()}
    if first == "mbgit":
        install(bob)
    MANAGERS[name](bob)
    managed = {file.name: file.read_bytes() for file in hooks.iterdir()}
    said = install(bob).stdout if first == "manager" else ""
    wanted = BOTH if git_version >= (2, 54) else (AFTER if first == "mbgit" else BEFORE)[name]
    assert fired(bob, ada) == dict.fromkeys(EVENTS, wanted)
    checked = install(bob, "--check", check=False)
    if wanted == BOTH:
        assert checked.returncode == 0, checked.stdout
    else:
        assert checked.returncode == 1
        assert "unarmed  hook pre-push" in checked.stdout
        assert not said or ("will not fire" in said.splitlines()[-1] and "everything is in place" not in said)
        (bob.path / ".git/mbgit/silent").unlink()
        bob.git("reset", "-q", "--hard", "HEAD^1")
        done = bob.run(GIT, "merge", "-q", "--no-edit", "origin/main", check=False, PATH=path(bob))
        assert done.stderr.count("mbgit: hooks of this clone do not run") == 1
    install(bob, "--uninstall")
    left = {file.name: file.read_bytes() for file in hooks.iterdir()}
    if first == "manager":
        assert left == managed
    assert not any(b"# mbgit: " in text for text in left.values())
    assert before.keys() <= left.keys()


@pytest.mark.parametrize("name", ["husky", "lefthook"])
def test_share_writes_the_line_and_then_each_hook_fires_once(pair: list[Clone], name: str) -> None:
    ada, bob = pair
    MANAGERS[name](bob)
    before = {str(file): file.read_bytes() for file in bob.path.glob(".husky/*") if file.is_file()}
    install(bob, "--share")
    if name == "lefthook":  # it takes over what was there, as it does whenever its configuration changes
        tool(bob, "lefthook", "install", "--force")
    assert fired(bob, ada) == dict.fromkeys(EVENTS, BOTH)
    assert install(bob, "--check").returncode == 0
    install(bob, "--uninstall")
    assert {str(file): file.read_bytes() for file in bob.path.glob(".husky/*") if file.is_file()} == before
    assert not (bob.path / ".lefthook-mbgit.yml").exists()


@pytest.mark.parametrize("first", ["mbgit", "git-lfs", "global"])
def test_git_lfs_objects_arrive_at_the_remote(pair: list[Clone], first: str) -> None:
    _, bob = pair
    if first == "mbgit":
        install(bob)
    if first == "global":
        install(bob, "--global")
        bob.git("init", "-q")  # as a new clone has it
    bob.run(GIT, "lfs", "install", "--local", check=False, PATH=path(bob))
    if first == "git-lfs":
        install(bob)
    bob.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    bob.write("data.bin", "x" * 1000)
    bob.git("add", "-A", PATH=path(bob))
    bob.git("commit", "-qm", "lfs", PATH=path(bob))
    bob.git("push", "-q", PATH=path(bob))
    remote = bob.path.parent / "remote.git"
    assert len([file for file in remote.glob("lfs/objects/*/*/*") if file.is_file()]) == 1
    bob.write(LOG, bob.read(LOG) + f"token {KEY}\n")
    bob.git("add", "-A", PATH=path(bob))
    assert bob.run(GIT, "commit", "-qm", "key", check=False, PATH=path(bob)).stderr.count("(secrets)") == 1


def test_the_tools_are_those_of_the_folder() -> None:
    assert {*MANAGERS, "git-lfs"} <= {file.name for file in TOOLS.iterdir()}
    assert sys.executable
