"""Every question that mbgit puts to git."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

OLDEST = (2, 39)


class GitError(Exception):
    """git refused; the message is what it printed on stderr, in one line."""


def run(*args: str, cwd: Path | None = None, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    """What `git ARGS` prints on stdout. Raises GitError where it fails, or where there is no git."""
    try:
        done = subprocess.run(
            ["git", *args], cwd=cwd, input=stdin, capture_output=True, check=False, env={**os.environ, **(env or {})}
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed, or not on PATH") from error
    if done.returncode:
        raise GitError(" ".join(done.stderr.decode(errors="replace").split()) or f"git {args[0]} failed")
    return done.stdout


def line(*args: str, cwd: Path | None = None) -> str:
    """What `git ARGS` prints, as text without the last line end."""
    return os.fsdecode(run(*args, cwd=cwd)).removesuffix("\n")


def version() -> tuple[int, int]:
    """git's version, as far as it matters."""
    found = re.search(r"(\d+)\.(\d+)", line("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)
