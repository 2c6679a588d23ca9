"""The commits behind a commit, what they changed, and who wrote which line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from .process import QUIET, GitError, line, line_of, run

_LOG = ("log", "-z", "--no-show-signature", "--no-color", "--no-notes", "--encoding=UTF-8")
_FIELDS = "--format=%m%H%n%P%n%an%n%ae%n%at%n%ct%n%B"

# A user's list of commits to ignore is fatal to blame where the file is missing, and cannot be overridden.
_NO_IGNORES = {"GIT_CONFIG_GLOBAL": os.devnull}


class Commit(NamedTuple):
    """One commit, as far as mbgit asks; times are epoch seconds."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored: int
    committed: int
    message: str


class History(NamedTuple):
    """Commits, newest first, children before parents; and the commits that the range ends before."""

    commits: list[Commit]
    boundary: list[str]


def history(tips: Sequence[str], known: Sequence[str], most: int, *, remotes: bool = True) -> History:
    """The commits that `tips` contain, and neither `known` nor (`remotes`) a remote-tracking branch.

    At most so many. Raises GitError.
    """
    # By stdin: there may be thousands of them.
    asked = "".join([f"{tip}\n" for tip in tips] + [f"^{commit}\n" for commit in known]).encode()
    but = ["--not", "--remotes"] if remotes else []
    order = ("--topo-order", "--boundary", f"--max-count={most}")
    found = _commits(run(*_LOG, *order, _FIELDS, "--stdin", *but, stdin=asked, env=QUIET))
    return History([c for mark, c in found if mark != "-"], [c.id for mark, c in found if mark == "-"])


def recent(tip: str, most: int) -> list[Commit]:
    """The newest ancestors of a commit, itself included, by date: at most `most`. Raises GitError."""
    return [found for _, found in _commits(run(*_LOG, f"--max-count={most}", _FIELDS, tip, "--", env=QUIET))]


def commits(ids: Sequence[str]) -> list[Commit]:
    """Some commits by their ids, in the same order. Raises GitError."""
    asked = "".join(f"{name}\n" for name in ids).encode()
    said = run(*_LOG, "--no-walk=unsorted", "--stdin", _FIELDS, stdin=asked, env=QUIET) if ids else b""
    return [found for _, found in _commits(said)]


def is_shallow() -> bool:
    """Whether this clone is shallow. Raises GitError."""
    return line("rev-parse", "--is-shallow-repository") == "true"


def _commits(said: bytes) -> list[tuple[str, Commit]]:
    return [_commit(record) for record in said.decode(errors="replace").split("\0") if record]


def _commit(record: str) -> tuple[str, Commit]:
    head, parents, author, email, authored, committed, message = record.split("\n", 6)
    times = (_seconds(authored), _seconds(committed))
    return head[:1], Commit(head[1:], tuple(parents.split()), author, email, *times, message)


def _seconds(text: str) -> int:
    """A commit with a broken date counts as one of 1970."""
    return int(text) if text.isdigit() and len(text) < 12 else 0


class Touch(NamedTuple):
    """A commit, and the files that it changed."""

    id: str
    email: str
    committed: int
    paths: list[str]


def touches(tip: str, since: int, paths: Sequence[str] | None) -> list[Touch]:
    """The commits up to `tip` since a time (epoch seconds), newest first, that changed files at `paths`.

    None: all commits, without files. What only a merge changed is left out. Raises GitError.
    """
    which = ("--no-renames", "--name-only") if paths is not None else ()
    limit = (f"--since={since}", "--format=%x00%H%n%ae%n%ct", *which, tip, "--", *(paths or ()))
    said = run("-c", "core.quotePath=false", *(word for word in _LOG if word != "-z"), *limit, env=QUIET)
    records = (record.split("\n") for record in os.fsdecode(said).split("\0") if record.strip())
    return [Touch(row[0], row[1], _seconds(row[2]), [path for path in row[3:] if path]) for row in records]


def beyond(commits: Sequence[str], tips: Sequence[str]) -> list[str]:
    """Those of some commits that no tip contains. Raises GitError."""
    asked = "".join([f"{commit}\n" for commit in commits] + [f"^{tip}\n" for tip in tips]).encode()
    found = set(line_of(run("rev-list", "--stdin", stdin=asked, env=QUIET)).split())
    return [commit for commit in commits if commit in found]


def published(commit: str, prefix: str = "refs/remotes") -> list[str]:
    """The branches under a prefix that contain a commit. Raises GitError."""
    rows = line("for-each-ref", "--format=%(refname) %(symref)", "--contains", commit, prefix).split("\n")
    return [row.strip() for row in rows if row.endswith(" ")]


def merge_bases(commits: Sequence[str]) -> list[str]:
    """The best common ancestors of some commits; none where they share no history. Raises GitError."""
    try:
        return line("merge-base", "--all", *commits).split("\n")
    except GitError as error:
        if error.status == 1:
            return []
        raise


class Line(NamedTuple):
    """A line of a file, and who wrote it: in which commit, and when (epoch seconds)."""

    text: str
    commit: str
    author: str
    email: str
    authored: int


def blame(commit: str, path: str) -> list[Line]:
    """The lines of a file in a commit (an id), with their authors. Raises GitError."""
    said = run("blame", "--porcelain", "--no-textconv", "--encoding=UTF-8", commit, "--", path, env=QUIET | _NO_IGNORES)
    known: dict[str, dict[str, str]] = {}
    found, at = [], ""
    for row in said.decode(errors="replace").split("\n"):
        key, _, value = row.partition(" ")
        if row.startswith("\t"):
            facts = known[at]
            mail = facts.get("author-mail", "").strip("<>")
            found.append(Line(row[1:], at, facts.get("author", ""), mail, _seconds(facts.get("author-time", ""))))
        elif len(key) == len(commit):
            at = key
            known.setdefault(at, {})
        elif at:
            known[at][key] = value
    return found


def changes_of(commit: str, path: str, most: int) -> list[tuple[str, str]]:
    """What the newest commits of all branches of history made of a file: the blob before and after, newest first.

    Zeros: it was not there. A merge is held against each of its parents, also against one whose file it has. Raises
    GitError.
    """
    which = ("--full-history", "--topo-order", "--diff-merges=separate", f"--max-count={most}")
    how = ("--raw", "--no-abbrev", "--no-renames", "--format=%H %P", "--no-show-signature")
    rows = line("log", *which, *how, commit, "--", f":(top,literal){path}").split("\n")
    found: list[tuple[str, str]] = []
    found_rows = _with_headers(row.split() for row in rows if row)
    for header, group in groupby(found_rows, key=itemgetter(0)):
        pairs = [(words[2], words[3]) for _, words in group]
        same = [(pairs[0][1], pairs[0][1])] if len(pairs) < len(header) - 1 else []
        found += pairs + same
    return found


def _with_headers(rows: Iterable[list[str]]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The raw rows of a log, each behind the ids of its commit and that one's parents."""
    header: tuple[str, ...] = ()
    for words in rows:
        if words[0].startswith(":"):
            yield header, words
        else:
            header = tuple(words)


def versions(since: str, tip: str, path: str) -> set[str]:
    """The blobs that a file was in the commits up to a tip that stand on another commit. Raises GitError."""
    which = ("--ancestry-path", "--full-history", "--diff-merges=separate", f"{since}..{tip}")
    how = ("--raw", "--no-abbrev", "--no-renames", "--format=", "--no-show-signature")
    rows = line("log", *which, *how, "--", f":(top,literal){path}").split("\n")
    return {blob for row in rows if row.startswith(":") and (blob := row.split()[3]).strip("0")}
