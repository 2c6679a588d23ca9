"""Merges two commits with this clone's drivers, in a temporary worktree beside everybody's work.

The worktree holds no files but `.gitattributes`, so its size is no matter and nothing of what is merged is checked out.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import mbgit.engine
from mbgit import git
from mbgit.bank.kinds import POLICIES
from mbgit.install.driver_line import driver_line

PREFIX = "merging-"
ABANDONED = 60  # seconds after which a worktree that nobody holds is that of a process that was killed
_ENGINE = Path(mbgit.engine.__path__[0])
_AS_MERGE = {"GIT_NO_LAZY_FETCH": None, "GIT_NO_REPLACE_OBJECTS": None}  # as `git merge` has it
_ENV: git.Environment = dict.fromkeys(git.LOCAL) | git.QUIET | _AS_MERGE
_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
_FOREIGN = re.compile(rb"[ \t]merge=(?!mbgit-)")  # somebody else's driver, or git's union


class Merge(NamedTuple):
    """What git makes of two commits."""

    tree: str
    conflicts: list[str]
    """The paths that need a person; `.` for a conflict without one."""


class MergeWorktree:
    """A worktree below mbgit's own folder of a clone, there as long as the context. Raises GitError, OSError."""

    def __init__(self, home: Path, commit: str, *, trial: bytes | None = None) -> None:
        """`home` is mbgit's folder in the clone, `commit` any commit of it.

        A `trial` needs no drivers, its text says what is merged how where no attributes of the clone do. It leaves
        nothing behind: no objects, no line in the ledger, no text set aside.
        """
        self.home, self.commit, self.trial = home, commit, trial
        self._env: git.Environment = _ENV
        self._options: tuple[str, ...] = _OPTIONS

    def __enter__(self) -> MergeWorktree:
        self.home.mkdir(mode=0o700, exist_ok=True)
        sweep(self.home)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.home.resolve()))
        self._held = _hold(self.folder)
        try:
            how = ("worktree", "add", "--quiet", "--force", "--detach", "--no-checkout")
            git.run(*_OPTIONS, *how, str(self.folder), self.commit)
            if self.trial is not None:
                self._leave_nothing(self.trial)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _remove(self.folder)
        os.close(self._held)
        with suppress(OSError):
            self.home.rmdir()  # a clone without mbgit gets no folder of it

    def _leave_nothing(self, attributes: bytes) -> None:
        """Let drivers have a copy of the engine, which keeps its ledger beside it, and git a place for objects."""
        beside = _beside(self.folder)
        objects = git.line("rev-parse", "--path-format=absolute", "--git-path", "objects")
        shutil.copytree(_ENGINE, beside / "engine", ignore=shutil.ignore_patterns("*.bundle"))
        (beside / "objects").mkdir()
        own = {"GIT_OBJECT_DIRECTORY": str(beside / "objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        self._env = {**_ENV, **own}
        (beside / "attributes").write_bytes(attributes)
        self._options += ("-c", f"core.attributesFile={beside / 'attributes'}")
        for policy in POLICIES:
            line = driver_line(policy, sys.executable, str(beside))
            self._options += ("-c", f"merge.mbgit-{policy}.driver={line}")

    def merge(self, ours: str, theirs: str) -> Merge:
        """Merge two commits (by their ids) by the drivers, with the attributes of `ours`."""
        self._stand_on(ours)
        return self._merged(ours, theirs, {f"GITHEAD_{theirs}": theirs})

    def merge_unarmed(self, ours: str, theirs: str) -> Merge:
        """The same as a server makes it: without drivers, without `.gitattributes`."""
        self._clear()
        return self._merged(ours, theirs, {"MBGIT": "0"})

    def has_other_drivers(self) -> bool:
        """Whether the attributes of the last merge name drivers that are not mbgit's."""
        files = (file for file in self.folder.rglob(".gitattributes") if file.is_file() and not file.is_symlink())
        return any(_FOREIGN.search(file.read_bytes()) for file in files)

    def governed(self, paths: Iterable[str]) -> set[str]:
        """Those of some paths that mbgit's drivers merge."""
        asked = os.fsencode("\0".join(paths))
        words = os.fsdecode(self._git("check-attr", "-z", "--stdin", "merge", stdin=asked)).split("\0")
        return {path for path, now in zip(words[::3], words[2::3], strict=False) if now.startswith("mbgit-")}

    def read(self, tree: str, path: str) -> bytes | None:
        """A file of what was merged; None where it is not there."""
        done = git.ended("cat-file", "blob", f"{tree}:{path}", cwd=self.folder, env=self._env)
        return None if done.returncode else done.stdout

    def blob(self, tree: str, path: str) -> str:
        """The id of a file of what was merged; empty where it is not there."""
        done = git.ended("rev-parse", "--verify", "--quiet", f"{tree}:{path}", cwd=self.folder, env=self._env)
        return "" if done.returncode else git.line_of(done.stdout)

    def _merged(self, ours: str, theirs: str, env: dict[str, str]) -> Merge:
        args = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        done = git.ended(*self._options, *args, cwd=self.folder, env={**self._env, **env})
        if done.returncode not in (0, 1):
            raise git.failure(args, done)
        tree, *paths = os.fsdecode(done.stdout).split("\0")
        return Merge(tree, [path for path in paths if path] or (["."] if done.returncode else []))

    def _stand_on(self, commit: str) -> None:
        """Have the HEAD and the attributes of a commit: a driver looks for its side in the one, git for drivers in the
        others."""
        self._clear()
        self._git("update-ref", "--no-deref", "HEAD", commit)
        self._git("read-tree", commit)
        if found := self._git("ls-files", "-z", "--", ":(top,glob)**/.gitattributes"):
            self._git("checkout-index", "-z", "--stdin", stdin=found)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != ".git":
                path.unlink()

    def _git(self, *args: str, stdin: bytes = b"") -> bytes:
        return git.run(*self._options, *args, cwd=self.folder, stdin=stdin, env=self._env)


def _beside(folder: Path) -> Path:
    """What a trial has beside its worktree: it is there no longer than that."""
    return folder.with_name(f"{folder.name}.trial")


def sweep(home: Path) -> None:
    """Remove the worktrees below mbgit's folder that are of processes which were killed."""
    for folder in home.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not folder.suffix and time.time() - folder.stat().st_mtime > ABANDONED:
                held = _hold(folder)
                _remove(folder)
                os.close(held)


def _hold(folder: Path) -> int:
    """Take a folder for this process, whose end gives it back. Raises OSError where another one has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _remove(folder: Path) -> None:
    shutil.rmtree(_beside(folder), ignore_errors=True)
    with suppress(git.GitError):
        git.run("worktree", "remove", "--force", str(folder.resolve()))
    shutil.rmtree(folder, ignore_errors=True)
