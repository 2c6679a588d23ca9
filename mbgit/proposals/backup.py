"""Keeps the bank as it was, once a day, on a ref: a way back from any mistake, not only from a merge."""

from __future__ import annotations

from datetime import UTC, datetime

from mbgit import git
from mbgit.git.clone import Clone

REFS = "refs/mbgit/backup"
KEPT = 14  # days


def keep(clone: Clone, now: int) -> None:
    """Point today's ref at the bank's tree in HEAD, if no hook of today has. `now`: epoch seconds. Raises GitError.

    With one bank the ref is that folder's tree (`git show mbgit/backup/DATE:activeContext.md`), with several the
    whole commit's.
    """
    ref = f"{REFS}/{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    if clone.objects.id(ref) or not clone.head:
        return
    names = ("HEAD^{tree}" if bank == "." else f"HEAD:{bank}" for bank in clone.banks("HEAD"))
    trees = [tree for name in names if (tree := clone.objects.id(name))]
    if trees:
        git.point(ref, trees[0] if len(trees) == 1 else clone.objects.id("HEAD^{tree}"))
        for old in git.refs(REFS)[:-KEPT]:
            git.forget(old)
