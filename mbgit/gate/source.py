"""What the search for lost entries reads of a clone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from mbgit import git
from mbgit.bank.entries import Undated
from mbgit.checks import lost
from mbgit.git.clone import Clone

from .commits import CommitTree

if TYPE_CHECKING:
    from mbgit.engine.result import Seen


class Source:
    """What the search for lost entries reads, and when."""

    def __init__(self, clone: Clone, tree: CommitTree, steps: Iterable[lost.Step]) -> None:
        self.clone, self.tree, self.steps = clone, tree, list(steps)
        self.parents = {step.commit: step.parents for step in self.steps}

    def read(self, blob: str) -> bytes | None:
        return self.clone.objects.blob(blob)

    def bases(self, commit: str, path: str) -> list[str]:
        """The file in the merge bases of every two parents; empty where it is not there."""
        return self.clone.bases(self.parents[commit], self._bases(commit), path)

    def seen(self, commit: str, path: str) -> Seen | None:
        """What the history of each of a commit's two parents held of a file."""
        return self.clone.seen(self.parents[commit], path)

    def undated(self, path: str) -> Undated | None:
        return self.tree.undated(path)

    def tip(self) -> Mapping[str, str]:
        """With them, where some are gone, the files of their names anywhere: a whole bank may have been moved."""
        paths = {versions.path for step in self.steps for versions in step.paths} - self.tree.files.keys()
        moved = self.tree.named({path.rpartition("/")[2] for path in paths}) if paths else {}
        return {**moved, **self.tree.files}

    @cache  # noqa: B019 - lives as long as one hook
    def _bases(self, commit: str) -> list[str]:
        pairs = combinations(self.parents[commit], 2)
        return list(dict.fromkeys(base for pair in pairs for base in git.merge_bases(pair)))
