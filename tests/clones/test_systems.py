"""Clones and users of every kind: a pull that merges, with its digest, and a push that is checked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones.test_managers import KEY, LOG
from tests.support import GIT, Clone, install

Team = Callable[..., list[Clone]]
SEED = {LOG: "# P\n\n- [2025-10-01] one\n", "src/a.py": "a = 1\n"}
CLONES = {
    "plain": (),
    "shallow": ("--depth", "1"),
    "partial": ("--filter=blob:none",),
    "sparse": ("--sparse",),
    "autocrlf": ("-c", "core.autocrlf=true"),
}
# What is around the command: a way to start it, and what its environment has.
USERS: dict[str, tuple[str, dict[str, str]]] = {
    "no HOME": ('exec env -u HOME -u XDG_CONFIG_HOME -u XDG_DATA_HOME "$@"', {}),
    "a HOME that cannot be written": ('exec "$@"', {"HOME": "/proc/none"}),
    "umask 077": ('umask 077; exec "$@"', {}),
    "umask 000": ('umask 000; exec "$@"', {}),
}


@pytest.fixture
def ada(team: Team) -> Clone:
    (clone,) = team("Ada", seed=SEED)
    bare = clone.path.parent / "remote.git"
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        clone.git("--git-dir", str(bare), "config", key, "true")
    return clone


def clone_of(ada: Clone, *how: str) -> Clone:
    ada.git("clone", "-q", *how, f"file://{ada.path.parent}/remote.git", "../bob")
    bob = Clone(ada.path.parent / "bob", ada.home, "Bob")
    bob.configure({"pull.rebase": "false"})
    install(bob)
    return bob


def both_work(ada: Clone, bob: Clone) -> None:
    for clone in (ada, bob):
        log = clone.read(LOG) if (clone.path / LOG).exists() else clone.git("show", f"HEAD:{LOG}") + "\n"
        clone.write(LOG, log + f"- [2025-10-02] {clone.who}\n")
        clone.git("add", "--sparse", "-A")
        clone.git("commit", "-qm", "work", "--no-verify")
    ada.git("push", "-q")


def merges(bob: Clone, way: str = 'exec "$@"', **env: str) -> None:
    """Pull, and push a key."""
    pulled = bob.run("sh", "-c", way, "sh", GIT, "pull", "-q", "--no-edit", **env)  # type: ignore[arg-type]
    assert f"mbgit: merged {LOG}: +1 entry theirs, +1 yours" in pulled.stderr
    assert bob.git("show", f"HEAD:{LOG}").splitlines()[-2:] == ["- [2025-10-02] Ada", "- [2025-10-02] Bob"]
    bob.write("memory-bank/key.md", f"token {KEY}\n")
    bob.git("add", "--sparse", "-A")
    bob.git("commit", "-qm", "key", "--no-verify")
    pushed = bob.run("sh", "-c", way, "sh", GIT, "push", "-q", check=False, **env)
    assert (pushed.returncode, pushed.stderr.count("(secrets")) == (1, 1)


@pytest.mark.parametrize("kind", CLONES)
def test_every_kind_of_clone(ada: Clone, kind: str) -> None:
    bob = clone_of(ada, *CLONES[kind])
    both_work(ada, bob)
    merges(bob)


@pytest.mark.parametrize("kind", USERS)
def test_every_kind_of_user(ada: Clone, kind: str) -> None:
    bob = clone_of(ada)
    both_work(ada, bob)
    way, env = USERS[kind]
    merges(bob, way, **env)
    modes = {path: path.stat().st_mode & 0o077 for path in [bob.path / ".git/mbgit"]}
    assert set(modes.values()) == {0}


def test_a_submodule_and_a_worktree_that_was_removed(ada: Clone, tmp_path: Path) -> None:
    outer = Clone(tmp_path / "outer", ada.home, "Bob")
    ada.git("init", "-q", "-b", "main", str(outer.path))
    remote = f"{ada.path.parent}/remote.git"
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", remote, "inner")
    inner = Clone(outer.path / "inner", ada.home, "Bob")
    inner.git("config", "pull.rebase", "false")
    side = Clone(tmp_path / "side", ada.home, "Bob")
    inner.git("worktree", "add", "-q", "-b", "side", str(side.path))
    install(side)
    shutil.rmtree(side.path)
    inner.git("worktree", "prune")
    both_work(ada, inner)
    merges(inner)


