"""Proposes upkeep once a day: a chain of commits on a ref, one for each job that has something to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.bank.layouts import OWN
from mbgit.gate.commits import CommitTree
from mbgit.git.clone import Clone, kept_text
from mbgit.proposals.proposal import PROPOSED, Authors, Files, changes, obstacle, ref_of

if TYPE_CHECKING:
    from mbgit.bank.entries import Entry
    from mbgit.proposals.harvest.plan import Provenance
    from mbgit.proposals.upkeep.bank import Bank, Upkeep

STAMP = "tidied"  # the file that holds the day on which this was last done, the commit, and what jobs propose something
_COUNTING = frozenset(("doubles", "records"))  # jobs that take out one of two copies, and count on the other one
_LOOKED_AT = 1_000  # commits in which harvests are looked for
_HARVESTED = "Harvested-from: "


class Proposed(NamedTuple):
    """What is proposed, a commit for each; and the proposal's name for git commands, empty where there is none."""

    items: list[Upkeep]
    ref: str


def propose_upkeep(clone: Clone, now: int, event: str = "") -> Proposed:
    """Propose today's upkeep; nothing where that has been done today, or cannot be.

    If HEAD has moved past a proposal, rebuild it the same day and do not announce it again. If it takes out what may
    stand nowhere else by now, and none can be built, remove it.
    `now`: epoch seconds; `event`: the hook that this runs in. Raises GitError, OSError.
    """
    if clone.home is None:
        return Proposed([], "")
    ref = ref_of(clone, "upkeep")
    done, base, *jobs = (*kept_text(clone.home / STAMP).split(" "), "")
    stands = bool(base and clone.objects.id(ref))
    is_elsewhere = stands and _is_elsewhere(clone, base)
    is_unsafe = stands and not is_elsewhere and _is_unsafe(clone, base, counting=not _COUNTING.isdisjoint(jobs))
    is_done_today = done == f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    if is_done_today and not is_elsewhere and not is_unsafe:
        return Proposed([], "")
    if obstacle(clone, event):
        if is_unsafe:
            git.forget(ref)
            (clone.home / STAMP).unlink(missing_ok=True)
        return Proposed([], "")
    items = _propose(clone, ref, now)
    return Proposed(items, ref.removeprefix("refs/")) if items and not is_done_today else Proposed([], "")


def _propose(clone: Clone, ref: str, now: int) -> list[Upkeep]:
    """Build the proposal, or remove it if there is nothing to do."""
    from mbgit.proposals.upkeep.jobs import upkeep  # takes a while to load, and is wanted once a day

    assert clone.home is not None
    items = upkeep(_bank(clone, now))
    commit = clone.head
    for place, item in enumerate(items):
        try:
            commit = git.commit(commit, item.edits, item.text)
        except git.InTheWay:  # an `archive` that is a symlink, say; what comes behind is built on this one
            del items[place:]
            break
    if items:
        git.point(ref, commit)
        (clone.home / PROPOSED).touch()
    elif clone.objects.id(ref):
        git.forget(ref)
    day = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    (clone.home / STAMP).write_text(" ".join((day, clone.head, *(item.name for item in items))))
    return items


def lines(found: Proposed, signed: bool) -> list[str]:
    """The line of the digest about it; `signed`: commits are signed here, so a fast-forward would not do."""
    if not found.items:
        return []
    what = "; ".join(item.message.partition("\n")[0] for item in found.items)
    accept = f"git cherry-pick -S HEAD..{found.ref}" if signed else f"git merge {found.ref}"
    return [f"upkeep proposed: {what}: git log -p HEAD..{found.ref}, then {accept}"]


def _is_elsewhere(clone: Clone, base: str) -> bool:
    """Whether a proposal stands on a commit that HEAD does not contain (any more), as after a rebase."""
    return not clone.objects.commit(base) or bool(git.beyond([base], [clone.head]))


def _is_unsafe(clone: Clone, base: str, counting: bool) -> bool:
    """Whether a file has gone since a proposal was made, which may put it elsewhere; or a line, where the proposal is
    `counting` on another copy of what it takes out.

    The context file's lines are left out: they change all day, and no job looks for them elsewhere.
    """
    if base == clone.head:
        return False
    how = ("diff-tree", "-r", "--no-renames", "--numstat", "--summary")
    rows = git.line(*how, base, clone.head, "--", ":(top)*.md", ":(top,exclude)*activeContext.md").split("\n")
    out = (row.split("\t")[1] for row in rows if "\t" in row)
    return any(row.startswith(" delete ") for row in rows) or (counting and any(lines != "0" for lines in out))


def _bank(clone: Clone, now: int) -> Bank:
    from mbgit.proposals.upkeep.bank import Bank

    tree = CommitTree(clone, clone.head)
    return Bank(
        files=Files(clone, tree),
        banks=[bank for bank in tree.banks if tree.layouts.get(bank) != OWN],  # the jobs are the specification's
        now=now,
        settings=tree.settings,
        has=tree.has,
        by=_authors(clone.head),
        written_at=_written_at(clone.head),
        renamed_to=lambda path: _renamed_to(clone.head, path),
        last_touched=lambda path: _last_touched(clone.head, path),
        changes=partial(changes, clone),
        harvested=lambda source: _harvested(clone.head, source),
    )


def _authors(head: str) -> Callable[[str, Entry], Provenance]:
    of = cache(lambda path: Authors(head, path))
    return lambda path, entry: of(path)(entry)


def _written_at(head: str) -> Callable[[str, int], int | None]:
    @cache
    def of(path: str) -> list[git.Line]:
        try:
            return git.blame(head, path)
        except git.GitError:
            return []

    return lambda path, line: next((found.authored for found in of(path)[line - 1 : line]), None)


def _renamed_to(head: str, path: str) -> str | None:
    """Where a file that is gone went: by the commit that took it away."""
    which = ("--diff-filter=D", "--format=%H %P")
    commits = git.line("log", "-1", "--no-show-signature", *which, head, "--", f":(literal){path}").split()
    diffs = git.differences([(commits[0], commits[1])], [], renames=True) if len(commits) > 1 else []
    return next((change.path for diff in diffs for change in diff if change.old_path == path and change.new), None)


def _last_touched(head: str, path: str) -> int | None:
    when = git.line("log", "-1", "--no-show-signature", "--format=%at", head, "--", f":(literal){path}")
    return int(when) if when.isdigit() else None


def _harvested(head: str, source: str) -> list[int]:
    """When entries of a buffer were harvested, as the commits' trailers say."""
    name = source.rpartition("/")[2]
    found = (commit for commit in git.recent(head, _LOOKED_AT) if _HARVESTED in commit.message)
    return [commit.committed for commit in found if f"/{name} " in commit.message.rpartition(_HARVESTED)[2] + " "]
