"""What every step of an installation is made of, and what it works on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mbgit import git, report

from .options import Options
from .record import Record

ARMED, BROKEN, UNARMED = "armed", "broken", "unarmed"


class Failure(Exception):
    """What the user can put right; the message is one line that says how."""


class Change(NamedTuple):
    """One thing to do: what a dry run prints, and what does it."""

    text: str
    make: Callable[[], object]
    theirs: bool = False
    """Whether it is to a file of the user's, who is to know of it."""


class Finding(NamedTuple):
    """What a step finds: one of the three states, what it is about, and why where it is not armed."""

    state: str
    about: str
    why: str = ""


class Step:
    """One part of an installation. None of the three changes anything: `do` and `undo` say what would."""

    def do(self) -> list[Change]:
        return []

    def undo(self) -> list[Change]:
        return []

    def verify(self) -> list[Finding]:
        return []


class Site(NamedTuple):
    """The repository to set up."""

    top: Path
    gitdir: Path
    common: Path

    @property
    def home(self) -> Path:
        """The folder of mbgit's own, which all worktrees share."""
        return self.common / "mbgit"

    @property
    def bare(self) -> bool:
        """Whether nobody works in it."""
        return self.top == self.common


class Interpreter(NamedTuple):
    """A Python: its path, the Python that its environment is made of, the tag of its cache, what it lacks for the
    hooks.
    """

    path: str
    base: str
    tag: str
    missing: tuple[str, ...] = ()


class Work(NamedTuple):
    """What the steps of one installation share."""

    site: Site
    options: Options
    record: Record
    banks: list[str]
    python: Interpreter
    name: str = ""
    """What the user calls the clone, where several are set up at once."""

    def say(self, text: str) -> None:
        """One line about this clone."""
        report.say(f"{self.name}: {text}" if self.name else text)

    def shown(self, file: Path) -> str:
        """A file's path as messages name it: from the worktree's top where it lies below."""
        if self.options.everywhere:
            home = Path(os.environ.get("HOME", os.devnull))
            return str(Path("~") / file.relative_to(home) if file.is_relative_to(home) else file)
        return str(file.relative_to(self.site.top) if file.is_relative_to(self.site.top) else file)


def find_site(target: Path, *, bare: bool | None = False) -> Site:
    """The repository around a folder. Raises Failure where there is none, or another kind of one than is wanted.

    `bare`: whether it is to be a bare one, not one with a worktree; None: whichever it is.
    """
    hint = "name a clone, or run this inside of one"
    if not target.is_dir():
        raise Failure(f"{target} is not a folder: {hint}")
    try:
        is_bare, *found = _rev_parse(target, "--is-bare-repository", "--git-dir", "--git-common-dir")
        if is_bare == "true" and bare is False:
            raise Failure(f"{target} is a bare repository, where nobody works: {hint}; --bare arms one on a server")
        if is_bare == "true":
            return Site(Path(found[1]), Path(found[0]), Path(found[1]))
        if bare:
            raise Failure(f"{target} is no bare repository: leave --bare out")
        (top,) = _rev_parse(target, "--show-toplevel")
    except (git.GitError, ValueError) as error:
        if way := str(error).partition("dubious ownership")[2].partition("call: ")[2]:  # git's own words
            raise Failure(f"{target.resolve()} is another user's: {way}") from error
        raise Failure(f"{target.resolve()} is in no worktree of git ({error}): {hint}") from error
    return Site(Path(top), Path(found[0]), Path(found[1]))


def _rev_parse(target: Path, *asked: str) -> list[str]:
    said = git.run("rev-parse", "--path-format=absolute", *asked, cwd=target, env={"LC_ALL": "C"})
    return git.line_of(said).split("\n")


def has_folder(top: Path, folder: str) -> bool:
    """Whether a repository has a folder: in the worktree, or in HEAD alone, as where the worktree is sparse."""
    if (top / folder).is_dir():
        return True
    try:
        return git.line("cat-file", "-t", f"HEAD:{folder}", cwd=top) == "tree"
    except git.GitError:
        return False


_ASK = """
import sys
from importlib.util import find_spec
base = getattr(sys, "_base_executable", sys.executable)
print(sys.executable, base, sys.implementation.cache_tag, sep="\\n")
print(*[name for name in ("mbgit", "click", "pygit2", "markdown_it", "detect_secrets") if not find_spec(name)])
sys.exit(sys.version_info < (3, 11))
"""


@cache
def ask_interpreter(path: str) -> Interpreter:
    """Look at an interpreter. Raises Failure where it does not start, or is too old."""
    command = [os.path.abspath(shutil.which(path) or path), "-I", "-c", _ASK]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"{path} does not start ({error}): name one that does with --python") from error
    if done.returncode:
        raise Failure(f"{path} is not a Python 3.11 or newer: name one with --python")
    own, base, tag, missing = done.stdout.split("\n")[:4]
    return Interpreter(own, base, tag, tuple(missing.split()))
