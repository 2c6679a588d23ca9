"""Evidence for a reviewer: the merges of a range that mbgit would have made differently, and what each lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mbgit import git
from mbgit.checks import lost
from mbgit.digest.arrival import Loss
from mbgit.gate.commits import CommitTree, Range, Step
from mbgit.gate.source import Source
from mbgit.git.clone import Clone
from mbgit.install.attributes import block
from mbgit.server.worktree import MergeWorktree

MERGES = 100  # merges that are made again, the newest


def evidence(clone: Clone, tip: str, known: Sequence[str]) -> list[Loss]:
    """For each merge of two parents in a range the governed files that mbgit would have merged otherwise.

    `tip` is the range's newest commit, `known` those before it. What the tip has got again is not lost, and a file
    that a merge may change as it likes (`Mbgit-Allow: lost PATH`), or that mbgit would leave to a person, is left out.
    Raises GitError, OSError.
    """
    merges = [step for step in Range(clone, [tip], known, remotes=False).steps if _may_differ(step)][:MERGES]
    if not merges:
        return []
    tree = CommitTree(clone, tip)
    missing = _missing(clone, tree, merges)
    home = Path(git.line("rev-parse", "--path-format=absolute", "--git-common-dir")) / "mbgit"
    attributes = block(tree.banks, tree.settings.targets, tree.settings.files)
    with MergeWorktree(home, tip, trial=attributes) as bench:
        return [loss for step in merges for loss in _losses(bench, tree, step, missing)]


def _may_differ(step: Step) -> bool:
    """Whether a merge has a file that is not the same in both parents."""
    return len(step.commit.parents) == 2 and any(step.diffs)


def _missing(clone: Clone, tree: CommitTree, merges: Sequence[Step]) -> dict[tuple[str, str], lost.Loss]:
    """What is lost, by merge and path."""
    steps = [
        lost.Step(step.commit.id, step.commit.parents, step.commit.message, step.versions(tree)) for step in merges
    ]
    found = lost.losses(steps, Source(clone, tree, steps))
    return {(step.commit, loss.versions.path): loss for step, losses in found for loss in losses}


def _losses(
    bench: MergeWorktree, tree: CommitTree, step: Step, missing: dict[tuple[str, str], lost.Loss]
) -> Iterator[Loss]:
    commit = step.commit
    permitted = lost.allowed(commit.message)
    made = bench.merge(*commit.parents)
    for versions in step.versions(tree):
        path = versions.path
        if path in permitted or path in made.conflicts or bench.blob(made.tree, path) == versions.result:
            continue
        items = loss.items if (loss := missing.get((commit.id, path))) else []
        titles = tuple(item.entry.title for item in items)
        yield Loss(commit.id, commit.author, path, titles, items[0].parent if items else 0)
