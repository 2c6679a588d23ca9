"""Every question that mbgit puts to git: through pygit2, or git's plumbing where libgit2 cannot open."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

OLDEST = (2, 39)
CONFIG_HOOKS = (2, 54)  # from here on git starts the hooks that its configuration names

# What git tells its hooks and aliases about the repository around them: no business of another repository's.
LOCAL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
         "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_NAMESPACE")  # fmt: skip


class GitError(Exception):
    """git refused; the message is what it printed on stderr, in one line."""


def run(*args: str, cwd: Path | None = None, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    """What `git ARGS` prints on stdout. Raises GitError where it fails, or where there is no git."""
    command, whole = ["git", *args], {**os.environ, **(env or {})}
    try:
        done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False, env=whole)
    except FileNotFoundError as error:
        raise GitError("git is not installed, or not on PATH") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise GitError(said or f"git {args[0]} ended with status {done.returncode}")
    return done.stdout


def line(*args: str, cwd: Path | None = None) -> str:
    """What `git ARGS` prints, as text without the last line end. Raises GitError."""
    return os.fsdecode(run(*args, cwd=cwd)).removesuffix("\n")


def config(key: str, *options: str, cwd: Path | None = None) -> str:
    """The value of a key as git sees it there, empty where it has none. Raises GitError."""
    return line("config", *options, "--default", "", "--get", key, cwd=cwd)


def version() -> tuple[int, int]:
    """git's version, as far as it matters. Raises GitError."""
    found = re.search(r"(\d+)\.(\d+)", line("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def head_blobs(paths: Iterable[str]) -> dict[str, str]:
    """The ids of the files at these paths in HEAD, of the repository around; a path without one is left out.

    Raises GitError.
    """
    import pygit2

    try:
        repository = pygit2.Repository(os.environ.get("GIT_DIR") or pygit2.discover_repository("."))
        tree = repository.revparse_single("HEAD^{tree}")
    except (pygit2.GitError, KeyError, TypeError):
        return _head_blobs_by_git(paths)
    assert isinstance(tree, pygit2.Tree)
    return {path: str(tree[path].id) for path in paths if path in tree}


def _head_blobs_by_git(paths: Iterable[str]) -> dict[str, str]:
    """The same in a repository that libgit2 does not know: reftable, SHA-256."""
    found = run("ls-tree", "-z", "--full-tree", "HEAD", "--", *paths)
    rows = (row.partition("\t") for row in os.fsdecode(found).split("\0") if row)
    return {path: head.rpartition(" ")[2] for head, _, path in rows}
