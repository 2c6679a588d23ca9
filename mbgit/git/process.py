"""Runs git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

OLDEST = (2, 39)
CONFIG_HOOKS = (2, 54)  # from here on git starts the hooks that its configuration names

# What git tells its hooks and aliases about the repository around them; a call about another repository drops it.
LOCAL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
         "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_NAMESPACE")  # fmt: skip

# `git --literal-pathspecs push` (Magit always says so) reaches the hooks; no pathspec with magic would match anything.
_PATHSPECS = {f"GIT_{how}_PATHSPECS": "0" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE")}
QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"} | _PATHSPECS

Environment = Mapping[str, str | None]
"""Variables for git beside those of this process; None: not that one."""


class GitError(Exception):
    """git refused; the message is what it printed on stderr, in one line; `status` is what it exited with."""

    def __init__(self, message: str, status: int = -1) -> None:
        super().__init__(message)
        self.status = status


def run(*args: str, cwd: Path | None = None, stdin: bytes = b"", env: Environment | None = None) -> bytes:
    """What `git ARGS` prints on stdout. Raises GitError where it fails, or where there is no git."""
    done = ended(*args, cwd=cwd, stdin=stdin, env=env)
    if done.returncode:
        raise failure(args, done)
    return done.stdout


def ended(
    *args: str, cwd: Path | None = None, stdin: bytes = b"", env: Environment | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The finished process of `git ARGS`, whatever its status. Raises GitError if there is no git."""
    command = ["git", *args]
    whole = {name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None}
    try:
        return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False, env=whole)
    except FileNotFoundError as error:
        raise GitError("git is not installed, or not on PATH") from error


def failure(args: Sequence[str], done: subprocess.CompletedProcess[bytes]) -> GitError:
    """A failed git as a GitError."""
    said = " ".join(done.stderr.decode(errors="replace").split())
    return GitError(said or f"git {args[0]} ended with status {done.returncode}", done.returncode)


def line(*args: str, cwd: Path | None = None) -> str:
    """What `git ARGS` prints, as text without the last line end. Raises GitError."""
    return line_of(run(*args, cwd=cwd))


def line_of(said: bytes) -> str:
    """What git printed, as text without the last line end."""
    return os.fsdecode(said).removesuffix("\n")


def version() -> tuple[int, int]:
    """git's version, as far as it matters. Raises GitError."""
    found = re.search(r"(\d+)\.(\d+)", line("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def config(key: str, *options: str, cwd: Path | None = None) -> str:
    """The value of a key as git sees it there, empty where it has none. Raises GitError."""
    return line("config", *options, "--default", "", "--get", key, cwd=cwd)


def configuration(cwd: Path | None = None) -> dict[str, str]:
    """All of git's configuration as it holds there, the last value of each key. Raises GitError."""
    entries = os.fsdecode(run("config", "--null", "--list", cwd=cwd, env=QUIET)).split("\0")
    return {key: value for key, _, value in (entry.partition("\n") for entry in entries if entry)}
