"""Clones and users of every kind: a pull that merges, with its digest, and a push that is checked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clones.test_managers import KEY, LOG
from tests.support import GIT, ROOT, Clone, install

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




# -- another user than the one who armed the clone ---------------------------------------------------------------------

NOBODY = 65_534


class Other(Clone):
    """A clone in which somebody else works."""

    def run(self, *argv: str, check: bool = True, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        env = self.env(PATH=f"{Path(shutil.which(GIT) or GIT).parent}:/usr/bin:/bin", **extra)
        done = subprocess.run(
            argv, cwd=self.path, env=env, input=stdin, text=True, capture_output=True, user=NOBODY, group=NOBODY,
            extra_groups=[], umask=0,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that everybody may enter, with a copy of the checkout that everybody may read."""
    if os.geteuid():
        pytest.skip("nobody but root can be somebody else")
    folder = Path(tempfile.mkdtemp(prefix="mbgit-room-"))
    shutil.copytree(ROOT / "mbgit", folder / "mbgit", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("install.py", "hooks"):
        (shutil.copytree if name == "hooks" else shutil.copy)(ROOT / name, folder / name)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def pool(ada: Clone, room: Path) -> tuple[Clone, Other]:
    """Bob's clone that the whole machine may write to, and somebody else in it."""
    room.chmod(0o755)
    (room / "home").mkdir()
    for name in ("remote.git", ada.path.name):
        shutil.copytree(ada.path.parent / name, room / name)
    ada = Clone(room / ada.path.name, room / "home", "Ada")
    ada.git("remote", "set-url", "origin", str(room / "remote.git"))
    bob = clone_of(ada, "-c", "core.sharedRepository=all")
    both_work(ada, bob)
    subprocess.run(["chmod", "-R", "a+rwX", str(room)], check=True)
    (bob.path / ".git/mbgit").chmod(0o700)
    trusting = room / "trusting"
    trusting.mkdir()
    (trusting / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    return bob, Other(bob.path, trusting, "Nobody")


def test_another_user_s_merge_keeps_both_sides_and_says_so(pool: tuple[Clone, Other]) -> None:
    bob, other = pool
    pulled = other.run(GIT, "pull", "-q", "--no-edit", check=False)
    said = [line for line in pulled.stderr.splitlines() if line.startswith("mbgit: ")]
    (line,) = said
    assert re.sub(r"\d+", "N", line) == f"mbgit: no answer from the engine (status N) for {LOG}: git merged it alone"
    assert all(word in bob.read(LOG) for word in ("<<<<<<<", "] Ada", "=======", "] Bob", ">>>>>>>"))


def test_another_user_is_told_what_is_not_checked(pool: tuple[Clone, Other]) -> None:
    _, other = pool
    said = other.run(GIT, "push", "-q", "origin", "HEAD:refs/heads/other").stderr
    assert said == "mbgit: the bank was not checked: .git/mbgit is another user's\n"


@pytest.mark.parametrize("option", ["--check", "--dry-run", "--uninstall"])
def test_another_user_is_told_whose_clone_it_is(pool: tuple[Clone, Other], room: Path, option: str) -> None:
    bob, other = pool
    python = shutil.which("python3", path="/usr/bin:/bin")
    if not python or subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode:
        pytest.skip("no Python 3.11 for all users here")
    for home, why in (
        (bob.home, f"{bob.path} is another user's: git config --global --add safe.directory {bob.path}"),
        (other.home, f"{bob.path}/.git/mbgit is another user's, who armed this clone: make a clone of your own"),
    ):
        done = other.run(python, str(room / "install.py"), option, check=False, HOME=str(home))
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"install.py: {why}\n")
