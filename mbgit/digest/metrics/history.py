"""The newest commits below HEAD: which are ancestors of which, and which files both sides of a merge had changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from typing import NamedTuple

from mbgit import git
from mbgit.bank.kinds import kind_of
from mbgit.git.clone import Clone

COMMITS, MERGES = 500, 200  # the newest of them that are looked at


class Graph:
    """Which of some commits are ancestors of which, as sets of bits; each commit is its own ancestor here."""

    def __init__(self, commits: Iterable[git.Commit]) -> None:
        parents = {commit.id: commit.parents for commit in commits}
        self.ids = [commit for commit in TopologicalSorter(parents).static_order() if commit in parents]
        self.reach: dict[str, int] = {}
        for place, commit in enumerate(self.ids):
            above = 1 << place
            for parent in parents[commit]:
                above |= self.reach.get(parent, 0)
            self.reach[commit] = above

    def bit(self, commit: str) -> int:
        """The set that holds one commit."""
        return 1 << (self.reach[commit].bit_length() - 1)

    def bases(self, one: str, other: str) -> list[str]:
        """The best common ancestors; none where they lie beyond the commits at hand."""
        shared, found = self.reach.get(one, 0) & self.reach.get(other, 0), []
        while shared:
            found.append(self.ids[shared.bit_length() - 1])
            shared &= ~self.reach[found[-1]]
        return found


class Contest(NamedTuple):
    """A governed file that both parents of a merge had changed, by its blobs; empty where there is no file."""

    path: str
    policy: str
    base: str
    ours: str
    theirs: str
    result: str


class Merge(NamedTuple):
    """A merge of two commits in which files were contested."""

    commit: str
    committed: int
    contests: tuple[Contest, ...]


class Recent:
    """The newest commits below HEAD, and how governed files changed in them. Raises GitError."""

    def __init__(self, clone: Clone, head: str) -> None:
        """`head`: empty for no commits at all."""
        self.clone = clone
        self.shallow = bool(head) and git.is_shallow()
        self.commits = git.recent(head, COMMITS) if head else []
        self.ids = {commit.id for commit in self.commits}
        self._kinds = _Policies(clone.banks(head), clone.settings(head).files) if head else _Policies([])
        pairs = [(commit.id, parent) for commit in self.commits for parent in commit.parents]
        diffs = map(self._governed, git.differences(pairs, clone.scope(head)) if pairs else [])
        self.changes = {commit.id: [next(diffs) for _ in commit.parents] for commit in self.commits}

    def _governed(self, changes: Iterable[git.Change]) -> dict[str, git.Change]:
        modes = (*git.FILES, git.ABSENT)
        its = (change for change in changes if change.old_mode in modes and change.new_mode in modes)
        return {change.path: change for change in its if self._kinds[change.path] and "\n" not in change.path}

    @cached_property
    def reached(self) -> set[tuple[str, str]]:
        """Every version of a file that some commit brought: path and blob."""
        diffs = (diff for its in self.changes.values() for diff in its)
        return {(path, change.new) for diff in diffs for path, change in diff.items()}

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.commits)

    @cached_property
    def _touching(self) -> dict[str, int]:
        """Path -> the commits in which the file differs from a parent's, as a set of bits."""
        found: dict[str, int] = {}
        for commit, diffs in self.changes.items():
            for path in {path for diff in diffs for path in diff}:
                found[path] = found.get(path, 0) | self._graph.bit(commit)
        return found

    @cached_property
    def merges(self) -> list[Merge]:
        """The merges with files that both sides had changed, newest first."""
        found = []
        for commit in [commit for commit in self.commits if len(commit.parents) == 2][:MERGES]:
            contests = tuple(self._contests(commit)) if any(self.changes[commit.id]) else ()
            found += [Merge(commit.id, commit.committed, contests)] if contests else []
        return found

    def _contests(self, commit: git.Commit) -> Iterator[Contest]:
        bases = self._graph.bases(*commit.parents)
        if len(bases) != 1:
            return
        first, second = self.changes[commit.id]
        since = [self._graph.reach[parent] & ~self._graph.reach[bases[0]] for parent in commit.parents]
        for path in sorted({*first, *second}):
            result = (first.get(path) or second[path]).new
            ours, theirs = (side[path].old if path in side else result for side in (first, second))
            # git is asked for the base only where both sides have commits that touched the file.
            if ours and theirs and ours != theirs and all(self._touching[path] & side for side in since):
                (base,) = self.clone.bases(commit.parents, bases, path)
                if base not in (ours, theirs):
                    yield Contest(path, self._kinds[path], base, ours, theirs, result)


def recent(clone: Clone) -> Recent:
    try:
        return Recent(clone, clone.head)
    except git.GitError:
        return Recent(clone, "")


class _Policies(dict[str, str]):
    """Path -> policy, empty where a path is not governed; each is looked up once."""

    def __init__(self, banks: Sequence[str], files: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.banks, self.files = banks, files

    def __missing__(self, path: str) -> str:
        kind = kind_of(path, self.banks, self.files)
        return self.setdefault(path, kind.policy if kind else "")
