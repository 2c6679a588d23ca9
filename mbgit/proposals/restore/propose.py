"""Proposes a commit that puts back what merges made without mbgit have lost: `git merge mbgit/restore`.

A merge is looked at when it arrives, and again at each later event as long as something of it is missing. The digest
prints a proposal once; after that only the report has it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.gate.commits import CommitTree, Step
from mbgit.git.clone import Clone
from mbgit.proposals.proposal import PROPOSED, Authors, accept_command, obstacle, propose, ref_of

if TYPE_CHECKING:
    from mbgit.checks.lost import Loss
    from mbgit.gate.source import Source
    from mbgit.proposals.restore.message import Back
    from mbgit.proposals.restore.plan import Restored
    from mbgit.server.worktree import MergeWorktree

STATE = "losses.json"  # the merges of which something may be missing, newest first, and what was said of each
UNSEEN, LOST, READY = "", "lost", "ready"
MOST = 200  # such merges
PATIENCE = 1.5  # seconds to look for losses, and the same to merge again: the hook has ten


class Proposal(NamedTuple):
    """The lines of the digest about it."""

    news: list[str]
    again: list[str]
    """Those that an earlier digest had."""


class Found(NamedTuple):
    """What merges have lost, newest first, and the merges that there was no time for."""

    losses: list[Loss]
    unseen: list[str]
    source: Source
    authors: Mapping[str, str]
    """Who made each merge."""


class Plan(NamedTuple):
    """What a proposal holds, and which merges there was no time for."""

    backs: list[Back]
    edits: dict[str, bytes | None]
    unseen: list[str]


def propose_restore(clone: Clone, arrived: Iterable[Step], event: str = "") -> Proposal:
    """Bring the proposal up to date with HEAD and with what arrived: build it, replace it, or take it away.

    `event`: the hook that this runs in. Raises GitError, OSError.
    """
    said = _read(clone.home) if clone.home else {}
    merges = [step for step in arrived if len(step.commit.parents) == 2 and any(step.diffs)]
    if clone.home is None or not (merges or said):
        return Proposal([], [])
    if stuck := obstacle(clone, event):
        return _waiting(clone, clone.home, merges, said, stuck)
    found = _look(clone, [*merges, *_again(clone, said, {step.commit.id for step in merges})])
    plan = _plan(clone, clone.home, found) if found.losses else Plan([], {}, [])
    ref = ref_of(clone, "restore")
    if plan.edits:
        from mbgit.proposals.restore.message import message

        propose(clone, ref, plan.edits, message(plan.backs))
        (clone.home / PROPOSED).touch()
    elif clone.objects.id(ref):
        git.forget(ref)
    back = [back.merge for back in plan.backs]
    unseen = {merge: said.get(merge, UNSEEN) for merge in (*plan.unseen, *found.unseen)}
    _write(clone.home, dict.fromkeys(back, READY) | unseen)
    lines = _lines(clone, plan.backs, ref)
    return Proposal(lines, []) if any(said.get(merge) != READY for merge in back) else Proposal([], lines)


def _waiting(clone: Clone, home: Path, merges: Sequence[Step], said: Mapping[str, str], stuck: str) -> Proposal:
    """Where nothing can be proposed: remember what the merges that arrived have lost, and say so once."""
    found = _look(clone, merges)
    lost = dict.fromkeys((loss.step.commit for loss in found.losses), LOST)
    _write(home, lost | dict.fromkeys(found.unseen, UNSEEN) | dict(said))
    return Proposal([] if lost.keys() <= said.keys() else [f"no restore here: {stuck}"], [])


def _lines(clone: Clone, backs: Sequence[Back], ref: str) -> list[str]:
    if not backs:
        return []
    from mbgit.proposals.restore.message import summary

    name = ref.removeprefix("refs/")
    return [f"restore ready: {summary(backs)}: git show {name}, then {accept_command(clone, name)}"]


# -- what was lost ----------------------------------------------------------------------------------------------------


def _again(clone: Clone, said: Iterable[str], but: set[str]) -> list[Step]:
    """The merges that were looked at before, as far as HEAD still holds them."""
    there = [merge for merge in said if merge not in but and clone.objects.kind(merge) == "commit"]
    gone = set(git.beyond(there, [clone.head])) if there else set()
    commits = git.commits([merge for merge in there if merge not in gone])
    pairs = [(commit.id, parent) for commit in commits for parent in commit.parents]
    diffs = iter(git.differences(pairs, clone.scope(clone.head)))
    return [Step(commit, [next(diffs) for _ in commit.parents]) for commit in commits]


def _look(clone: Clone, merges: Sequence[Step]) -> Found:
    """Look for what merges lost and HEAD has not got, for as long as there is time."""
    from mbgit.checks import lost
    from mbgit.gate.source import Source

    tree = CommitTree(clone, clone.head)
    steps = [
        lost.Step(step.commit.id, step.commit.parents, step.commit.message, step.versions(tree))
        for step in merges
    ]
    source, late = Source(clone, tree, steps), time.monotonic() + PATIENCE
    losses: list[Loss] = []
    unseen = [step.commit for step in steps]
    for step, its in lost.losses(steps, source):
        unseen.remove(step.commit)
        losses += its
        if time.monotonic() > late:
            break
    return Found(losses, unseen, source, {step.commit.id: step.commit.author for step in merges})


# -- what comes back --------------------------------------------------------------------------------------------------


def _plan(clone: Clone, home: Path, found: Found) -> Plan:
    """Put back what merges lost, the oldest merge first, for as long as there is time."""
    from mbgit.install.attributes import block
    from mbgit.server.worktree import MergeWorktree

    edits: dict[str, bytes | None] = {}
    backs, left, late = [], list(found.losses), time.monotonic() + PATIENCE
    head = CommitTree(clone, clone.head)
    attributes = block(head.banks, head.settings.targets, head.settings.files)
    with MergeWorktree(home, clone.head, trial=attributes) as bench:
        maker = _Maker(clone, found.source, bench)
        while left and time.monotonic() < late:
            loss = left.pop()
            if come := maker.put_back(loss, edits.get(loss.versions.path)):
                edits[loss.versions.path] = come.text
                backs.append(_back(loss, found.authors[loss.step.commit], come))
    return Plan(backs, edits, list(dict.fromkeys(loss.step.commit for loss in left)))


class _Maker:
    """Puts back what merges lost."""

    def __init__(self, clone: Clone, source: Source, bench: MergeWorktree) -> None:
        self.clone, self.source, self.bench = clone, source, bench
        self.files = CommitTree(clone, clone.head).files
        self.merged = cache(bench.merge)

    def put_back(self, loss: Loss, edited: bytes | None) -> Restored | None:
        """The file with what a merge lost of it put back; `edited`: with earlier edits. None: nothing comes back."""
        from mbgit.proposals.restore.plan import Merge, restored

        path, commit, name = loss.versions.path, loss.step.commit, loss.versions.path.rpartition("/")[2]
        if loss.versions.result and path not in self.files:
            return None  # the file has been taken out since
        made = self.merged(*loss.step.parents)
        wanted = None if path in made.conflicts else self.bench.read(made.tree, path)
        if wanted is None:
            return None
        before = [self._text(blob) for blob in (*loss.versions.parents, *self.source.bases(commit, path))]
        blobs = git.versions(commit, self.clone.head, path)
        self.clone.objects.read_ahead(blobs)
        since = map(self._text, blobs)
        now = self._text(self.files.get(path, "")) if edited is None else edited
        merge = Merge(before, self._text(loss.versions.result), wanted, self.source.undated(path))
        return restored(merge, [item.entry for item in loss.items], since, now, loss.versions.kind.policy, name)

    def _text(self, blob: str) -> bytes:
        return (self.clone.objects.blob(blob) or b"") if blob else b""


def _back(loss: Loss, author: str, come: Restored) -> Back:
    from mbgit.proposals.restore.message import Back

    parents = {item.entry.identity: loss.step.parents[item.parent] for item in loss.items}
    authors = cache(lambda commit: Authors(commit, loss.versions.path))
    by = [authors(parents[entry.identity])(entry) for entry in come.entries]
    first = parents[come.entries[0].identity]
    return Back(loss.versions.path, loss.step.commit, author, first, come.entries, by, come.gone)


# -- what was said ----------------------------------------------------------------------------------------------------


def _read(home: Path) -> dict[str, str]:
    try:
        found = json.loads((home / STATE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {merge: str(how) for merge, how in found.items()} if isinstance(found, dict) else {}


def _write(home: Path, state: Mapping[str, str]) -> None:
    """Keep what was said; no file where nothing is missing. Raises OSError."""
    file = home / STATE
    if state:
        new = file.with_name(f"{STATE}.{os.getpid()}")
        new.write_text(json.dumps(dict(list(state.items())[:MOST])))
        new.replace(file)
    else:
        file.unlink(missing_ok=True)
