"""Which files a tree or the index has, and in which files two of them differ."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from .process import QUIET, GitError, line_of, run

ABSENT = "000000"  # the mode of a file that is not there
FILES = ("100644", "100755")  # the modes of regular files
_FOLDER = "040000"
_DIFF = ("-r", "-z", "--raw", "--no-abbrev", "--no-color", "--no-ext-diff")
_EMPTY_TREES = {  # by the length of ids: git knows them whether they are stored or not
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class InTheWay(GitError):
    """A symlink, a submodule, or a file where a folder should be: a commit of mbgit's own would take it away."""


class Change(NamedTuple):
    """One file that differs between two trees; an id is empty where the file is not there."""

    path: str
    old_path: str
    """The same, but for a file that was renamed."""
    old_mode: str
    new_mode: str
    old: str
    new: str


def differences(pairs: Sequence[tuple[str, str]], paths: Sequence[str], *, renames: bool = False) -> list[list[Change]]:
    """For each pair (commit, older commit) the files at `paths` (pathspecs) in which they differ. Raises GitError.

    An older commit that is empty stands for no parent at all.
    """
    if not pairs:
        return []
    asked = "".join(f"{new} {old}".rstrip() + "\n" for new, old in pairs).encode()
    follow = "-M" if renames else "--no-renames"
    said = run("diff-tree", "--stdin", "--always", "--root", "-m", *_DIFF, follow, "--", *paths, stdin=asked, env=QUIET)
    return list(_records(said))


def staged(against: str, paths: Sequence[str], *, renames: bool = False) -> list[Change]:
    """The files at `paths` in which the index differs from a commit (or a tree). Raises GitError."""
    follow = "-M" if renames else "--no-renames"
    said = run("diff-index", "--cached", *_DIFF, follow, against, "--", *paths, env=QUIET)
    return next(_records(b"\0" + said), [])


def contents(commit: str, paths: Sequence[str]) -> list[Change]:
    """The files of a commit at `paths`, all of them as new ones. Raises GitError."""
    said = run("diff-tree", *_DIFF, "--no-renames", empty_tree(commit), commit, "--", *paths, env=QUIET)
    return next(_records(b"\0" + said), [])


def _records(said: bytes) -> Iterator[list[Change]]:
    """What `--raw -z` prints, a list for each header (a token without a colon in front)."""
    tokens = iter(os.fsdecode(said).split("\0"))
    found: list[Change] | None = None
    for token in tokens:
        if token.startswith(":"):
            old_mode, new_mode, old, new, status = token[1:].split(" ")
            before = next(tokens)
            after = next(tokens) if status[0] in "RC" else before
            gone = (old_mode == ABSENT, new_mode == ABSENT)
            assert found is not None
            found.append(Change(after, before, old_mode, new_mode, "" if gone[0] else old, "" if gone[1] else new))
        elif token or found is None:
            if found is not None:
                yield found
            found = []
    if found is not None:
        yield found


def files(commit: str, paths: Sequence[str]) -> dict[str, str]:
    """The regular files of a commit at `paths` (pathspecs), with their blobs' ids.

    Raises GitError, also where there is no such commit.
    """
    said = run("diff-tree", *_DIFF, "--no-renames", empty_tree(commit), commit, "--", *paths, env=QUIET)
    return {change.path: change.new for change in next(_records(b"\0" + said), []) if change.new_mode in FILES}


def modes(commit: str, paths: Collection[str]) -> dict[str, str]:
    """The modes of those of some files that a commit has.

    Raises GitError; InTheWay where a symlink, a submodule or a folder stands in place of one, or a file above it.
    """
    folders = {path[:end] for path in paths for end, char in enumerate(path) if char == "/"}
    said = run("ls-tree", "-z", "--full-tree", commit, "--", *sorted({*folders, *paths}), env=QUIET)
    found = {}
    for row in filter(None, os.fsdecode(said).split("\0")):
        facts, _, path = row.partition("\t")
        mode = facts.partition(" ")[0]
        if path in paths and mode in FILES:
            found[path] = mode
        elif path in paths or (path in folders and mode != _FOLDER):
            raise InTheWay(f"{path} is in the way")
    return found


def submodules(revision: str) -> set[str]:
    """Where a revision (empty: the index) says that submodules lie; none where it cannot be read."""
    try:
        said = run("config", "--blob", f"{revision}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
    except GitError:
        return set()
    return {value.strip("/") for entry in os.fsdecode(said).split("\0") if (value := entry.partition("\n")[2])}


def empty_tree(beside: str = "") -> str:
    """The id of the tree without files; git is asked only where `beside` is no id of this repository.

    Raises GitError.
    """
    return _EMPTY_TREES[len(beside)] if _ID.fullmatch(beside) else line_of(run("hash-object", "-t", "tree", "--stdin"))


def index_files() -> set[str]:
    """Every path in the index. Raises GitError."""
    return set(os.fsdecode(run("ls-files", "--cached", "-z", "--full-name", ":/", env=QUIET)).split("\0")) - {""}


def is_edited(path: str, against: str = "") -> bool:
    """Whether a file of the worktree differs from what is staged, or from a commit. Raises GitError."""
    try:
        run(
            "diff",
            *([against] if against else []),
            "--quiet",
            "--no-ext-diff",
            "--",
            f":(top,literal){path}",
            env=QUIET,
        )
    except GitError as error:
        if error.status == 1:
            return True
        raise
    return False
