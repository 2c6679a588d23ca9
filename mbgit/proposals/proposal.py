"""Proposals: ordinary commits on refs of mbgit's own, which a person reviews, and accepts with `git merge`.

They are built from objects and touch neither worktree nor index nor HEAD. Ignoring one declines it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from mbgit import git
from mbgit.bank.personas import persona_key
from mbgit.gate.commits import CommitTree
from mbgit.git.clone import Clone
from mbgit.words import shown_path

if TYPE_CHECKING:
    from mbgit.bank.entries import Entry
    from mbgit.proposals.harvest.plan import Provenance

NAMES = ("harvest", "upkeep", "migrate", "restore", "mend")  # of their refs, under refs/mbgit/
PROPOSED = "proposed"  # the file by which the shell knows that a rebase leaves a proposal behind
_LOOKED_AT = 1_000  # commits of a buffer in which earlier versions of an entry are looked for
_READ = 2**21  # bytes of such versions that are read, at most: about a second
_BUSY = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "sequencer")
_ENDED = {"post-merge": ("MERGE_HEAD",), "post-rewrite": ("rebase-merge", "rebase-apply")}


def ref_of(clone: Clone, name: str = "harvest") -> str:
    """The ref of a proposal; each persona has its own where worktrees have their own configuration."""
    apart = clone.config.get("extensions.worktreeconfig") == "true" and persona_key(clone.persona)
    slug = "".join(char if char.isascii() and char.isalnum() else "-" for char in apart) if apart else ""
    return f"refs/mbgit/{name}" + (f"-{slug}" if slug else "")


def accept_command(clone: Clone, ref: str) -> str:
    """The command that accepts a proposal: a fast-forward would leave it unsigned where commits are signed."""
    return f"git cherry-pick -S {ref}" if signs_commits(clone) else f"git merge {ref}"


def signs_commits(clone: Clone) -> bool:
    """Whether commits are signed in this clone."""
    return clone.config.get("commit.gpgsign", "").lower() in ("true", "yes", "on", "1")


def obstacle(clone: Clone, event: str = "") -> str:
    """Why no proposal can be built here and now, in a few words; empty where one can.

    `event`: the hook that this runs in; what git has just ended still looks as if it were under way.
    """
    if any((clone.folder / name).exists() for name in _BUSY if name not in _ENDED.get(event, ())):
        return "git is in the middle of something"
    wanted = sync_branch(clone)
    if not clone.branch:
        return "HEAD is on no branch"
    if wanted and clone.branch != wanted:
        return f"the team syncs on {shown_path(wanted)}"
    return ""


def sync_branch(clone: Clone) -> str:
    """The branch that the team syncs on: `mbgit.syncBranch`, else the remote's default; empty if neither is known."""
    if named := clone.config.get("mbgit.syncbranch", ""):
        return named
    guesses = (name for name in ("main", "master") if clone.objects.id(f"refs/remotes/origin/{name}"))
    return clone.default_branch or next(guesses, "")


class Files(Mapping[str, bytes]):
    """The files of a commit, read as they are asked for."""

    def __init__(self, clone: Clone, tree: CommitTree) -> None:
        self.clone, self.files = clone, tree.files

    def __getitem__(self, path: str) -> bytes:
        return self.clone.objects.blob(self.files[path]) or b""

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def changes(clone: Clone, path: str) -> Iterator[tuple[bytes, bytes]]:
    """A file before and after each of the newest commits that changed it."""
    left = _READ
    blob = cache(lambda name: clone.objects.blob(name) or b"")
    for old, new in git.changes_of(clone.head, path, _LOOKED_AT):
        left -= len(blob(new))
        if left < 0:
            return
        yield blob(old), blob(new)


class Authors:
    """Who wrote an entry first, by `git blame`: the oldest commit in its lines; nobody where it is not there."""

    def __init__(self, commit: str, path: str) -> None:
        self.commit, self.path = commit, path
        self.lines: list[git.Line] | None = None

    def __call__(self, entry: Entry) -> Provenance:
        from mbgit.bank.remerge import says_unlinked
        from mbgit.proposals.harvest.plan import Provenance

        if self.lines is None:
            try:
                self.lines = git.blame(self.commit, self.path)
            except git.GitError:
                self.lines = []
        its = self.lines[entry.line - 1 : entry.line - 1 + len(entry.text.split(b"\n"))]
        if not its or says_unlinked(its[0].text.encode()) != says_unlinked(entry.text.partition(b"\n")[0]):
            return Provenance()
        first = min((line for line in its if line.text.strip()), key=lambda line: line.authored)
        day = datetime.fromtimestamp(first.authored, UTC).date() if first.authored else None
        return Provenance(first.author, first.email, first.commit, day)


def propose(clone: Clone, ref: str, edits: Mapping[str, bytes | None], message: str) -> None:
    """Point the ref at a child of HEAD with these edits; a commit that is there and the same stays. Raises GitError."""
    made = git.commit(clone.head, edits, message)
    old = clone.objects.id(ref)
    if old and _facts(clone, old) == _facts(clone, made):
        return
    try:
        git.point(ref, made, old)
    except git.GitError:
        if clone.objects.id(ref) in ("", old):
            raise  # else another hook was quicker, and what it made is as good


def _facts(clone: Clone, commit: str) -> tuple[str, str]:
    return clone.objects.id(f"{commit}^{{tree}}"), clone.objects.id(f"{commit}^1")
