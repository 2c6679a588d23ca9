"""Every object and ref that mbgit writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .process import GitError, line, line_of, run
from .trees import FILES, empty_tree, modes

if TYPE_CHECKING:
    import pygit2

_STALE = 60  # seconds after which a lock on a ref of mbgit's own is nobody's


def write_blob(data: bytes) -> str:
    """Store a blob; its id. Raises GitError."""
    return line_of(run("hash-object", "-w", "--stdin", stdin=data))


def point(ref: str, target: str, old: str | None = None) -> None:
    """Point a ref of mbgit's own at an object, if it still points at `old` (None: in any case).

    Raises GitError.
    """
    run("update-ref", ref, target, *([] if old is None else [old or "0" * len(target)]))


def forget(ref: str) -> None:
    """Delete a ref of mbgit's own, if it is there. Raises GitError."""
    run("update-ref", "-d", ref)


def refs(*patterns: str, cwd: Path | None = None) -> list[str]:
    """The refs that match prefixes or patterns, in the order of their names. Raises GitError."""
    return line("for-each-ref", "--format=%(refname)", "--sort=refname", *patterns, cwd=cwd).split()


def branch(ref: str = "HEAD") -> str:
    """The branch that HEAD (or another symbolic ref) is on, in short; empty where it is on none."""
    try:
        return line("symbolic-ref", "--quiet", "--short", ref)
    except GitError:
        return ""


def clear_stale_locks(common: Path, now: float) -> None:
    """Remove the locks that a killed process left on refs of mbgit's own.

    `common` is the repository's folder, `now` the machine's time in epoch seconds. git leaves locks to people, but
    nobody sees those on such refs, and mbgit holds one only for a moment. Raises OSError.
    """
    for lock in (common / "refs/mbgit").rglob("*.lock"):
        with suppress(FileNotFoundError):
            if now - lock.stat().st_mtime > _STALE:
                lock.unlink()


def commit(parent: str, edits: Mapping[str, bytes | None], message: str) -> str:
    """Store a commit that is `parent` but for some files (None: without that file); its id.

    From objects alone: no checkout, no index, no ref. It belongs to who would commit here now. A file keeps its mode.
    Raises GitError; InTheWay where something else than a regular file would be overwritten.
    """
    import pygit2

    standing = modes(parent, edits)
    author, committer = (line("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER"))
    try:
        repository = pygit2.Repository(os.environ.get("GIT_DIR") or pygit2.discover_repository("."))
        tree = _edited(repository, parent, edits, standing)
        whom = (_signature(author), _signature(committer))
        return str(repository.create_commit(None, *whom, message, tree, [pygit2.Oid(hex=parent)]))
    except (pygit2.GitError, KeyError, ValueError, TypeError):
        return _commit_by_git(parent, edits, standing, message)


def _edited(
    repository: pygit2.Repository, parent: str, edits: Mapping[str, bytes | None], modes: Mapping[str, str]
) -> pygit2.Oid:
    """The tree of a commit with some files as they are to be, stored."""
    import pygit2

    index = pygit2.Index()
    index.read_tree(repository[parent].peel(pygit2.Tree))
    for path, data in edits.items():
        if data is None:
            index.remove(path)
        else:
            mode = pygit2.enums.FileMode(int(modes.get(path, FILES[0]), 8))
            index.add(pygit2.IndexEntry(path, repository.create_blob(data), mode))
    return index.write_tree(repository)


def _signature(ident: str) -> pygit2.Signature:
    import pygit2

    who, _, when = ident.rpartition("> ")
    name, _, email = who.partition(" <")
    seconds, zone = when.split(" ")
    minutes = (int(zone[1:3]) * 60 + int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    return pygit2.Signature(name, email, int(seconds), minutes, "utf-8")


def _commit_by_git(parent: str, edits: Mapping[str, bytes | None], modes: Mapping[str, str], message: str) -> str:
    """The same in a repository that libgit2 does not open (reftable, SHA-256), with an index in a folder of its own."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        run("read-tree", parent, env=env)
        tree = _tree_with(edits, modes, env)
    made = run("commit-tree", tree, "-p", parent, "--no-gpg-sign", stdin=message.encode(errors="replace"))
    return line_of(made)


def _tree_with(edits: Mapping[str, bytes | None], modes: Mapping[str, str], env: dict[str, str]) -> str:
    """Store the tree of an index that `env` names, with some files as they are to be; its id."""
    gone = "0" * len(empty_tree())
    rows = "".join(
        f"0 {gone}\t{path}\0" if data is None else f"{modes.get(path, FILES[0])} {write_blob(data)}\t{path}\0"
        for path, data in edits.items()
    )
    run("update-index", "-z", "--index-info", stdin=os.fsencode(rows), env=env)
    return line_of(run("write-tree", env=env))


def commit_index(edits: Mapping[str, bytes | None], message: str) -> str:
    """Store a commit that is what is staged but for some files (None: without that file), as a child of HEAD; its id.

    The index itself is not touched: a copy of it is written to. Raises GitError, OSError.
    """
    import shutil
    import tempfile

    index = Path(os.environ.get("GIT_INDEX_FILE") or line("rev-parse", "--git-path", "index"))
    with tempfile.TemporaryDirectory(dir=index.resolve().parent, prefix="mbgit-") as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        shutil.copyfile(index, f"{folder}/index")
        listed = os.fsdecode(run("ls-files", "-s", "-z", "--full-name", ":/", env=env)).split("\0")
        modes = {path: facts[:6] for facts, _, path in (row.partition("\t") for row in listed if row)}
        tree = _tree_with(edits, modes, env)
    try:
        parents = ["-p", line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")]
    except GitError:
        parents = []
    made = run("commit-tree", tree, *parents, "--no-gpg-sign", stdin=message.encode(errors="replace"))
    return line_of(made)
