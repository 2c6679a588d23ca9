"""What every step of an installation is made of, and what it works on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from mbgit import git

from .options import Options
from .record import Record

ARMED, BROKEN, UNARMED = "armed", "broken", "unarmed"


class Failure(Exception):
    """What the user can put right; the message is one line that says how."""


class Change(NamedTuple):
    """One thing to do: what a dry run prints, and what does it."""

    text: str
    make: Callable[[], None]


class Finding(NamedTuple):
    """What a step finds to be so: one of the three states, what it is about, and why where it is not armed."""

    state: str
    about: str
    why: str = ""


class Step(Protocol):
    """One part of an installation. None of the three changes anything: `do` and `undo` say what would."""

    def do(self) -> list[Change]: ...

    def undo(self) -> list[Change]: ...

    def verify(self) -> list[Finding]: ...


class Site(NamedTuple):
    """The repository to set up."""

    top: Path
    gitdir: Path
    common: Path

    @property
    def home(self) -> Path:
        """The folder of mbgit's own, which all worktrees share."""
        return self.common / "mbgit"


class Interpreter(NamedTuple):
    """A Python: the one that was named, the one that it is when no virtual environment is around, its cache's tag."""

    path: str
    base: str
    tag: str


class Work(NamedTuple):
    """What the steps of one installation share."""

    site: Site
    options: Options
    record: Record
    banks: list[str]
    python: Interpreter

    def shown(self, file: Path) -> str:
        """A file's path as messages name it: from the worktree's top where it lies below."""
        return str(file.relative_to(self.site.top) if file.is_relative_to(self.site.top) else file)


def find_site(target: Path) -> Site:
    """The repository around a folder. Raises Failure where there is none, or none with a worktree."""
    if not target.is_dir():
        raise Failure(f"{target} is not a folder: name a clone, or run this inside of one")
    try:
        found = git.line("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", cwd=target)
    except git.GitError as error:
        raise Failure(f"{target} is in no git repository ({error}): name a clone, or run this inside of one") from error
    try:
        top = git.line("rev-parse", "--path-format=absolute", "--show-toplevel", cwd=target)
    except git.GitError as error:
        raise Failure(f"{target} is a bare repository, where nobody merges: run this in a clone of it") from error
    gitdir, common = found.split("\n")
    return Site(Path(top), Path(gitdir), Path(common))


_ASK = "import sys; print(getattr(sys, '_base_executable', sys.executable), sys.implementation.cache_tag, sep='\\n')"


def ask_interpreter(path: str) -> Interpreter:
    """Look at an interpreter. Raises Failure where it does not start, or is too old."""
    if path == sys.executable:
        return Interpreter(path, getattr(sys, "_base_executable", path), str(sys.implementation.cache_tag))
    ask = f"{_ASK}; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([path, "-IS", "-c", ask], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"--python {path} does not start: {error}") from error
    if done.returncode:
        raise Failure(f"--python {path} is not a Python 3.11 or newer")
    base, tag = done.stdout.splitlines()
    return Interpreter(path, base, tag)
