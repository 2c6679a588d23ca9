"""What a bank needs while nobody looks, proposed once a day: a chain of commits on a ref, one for each job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.added import CommitTree
from mbgit.proposals import PROPOSED, Authors, Files, changes, obstacle, reference
from mbgit.site import Site

if TYPE_CHECKING:
    from mbgit.bank.entries import Entry
    from mbgit.harvest.plan import Provenance
    from mbgit.upkeep.bank import Bank, Upkeep

STAMP = "tidied"  # the file that holds the day on which this was last done, and the commit
_LOOKED_AT = 1_000  # commits in which harvests are looked for
_HARVESTED = "Harvested-from: "


class Tidied(NamedTuple):
    """What is proposed, a commit for each; and the proposal's name for git commands, empty where there is none."""

    items: list[Upkeep]
    ref: str


def tidy(site: Site, now: int, event: str = "") -> Tidied:
    """Propose today's upkeep; nothing where that has been done today, or cannot be.

    `now`: epoch seconds; `event`: the hook that this runs in. Raises GitError, OSError.
    """
    today = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    ref = reference(site, "upkeep")
    done, _, base = _done(site).partition(" ")
    if site.home is None or (done == today and not _outdated(site, ref, base)) or obstacle(site, event):
        return Tidied([], "")
    from mbgit.upkeep.jobs import upkeep  # takes a while to load, and is wanted once a day

    items = upkeep(_bank(site, now))
    commit = site.head
    for place, item in enumerate(items):
        try:
            commit = git.commit(commit, item.edits, item.text)
        except git.InTheWay:  # an `archive` that is a symlink, say; what comes behind is built on this one
            del items[place:]
            break
    if items:
        git.point(ref, commit)
        (site.home / PROPOSED).touch()
    elif site.objects.id(ref):
        git.forget(ref)
    (site.home / STAMP).write_text(f"{today} {site.head}")
    return Tidied(items, ref.removeprefix("refs/") if items else "")


def lines(found: Tidied, signed: bool) -> list[str]:
    """What there is to say of it; `signed`: commits are signed here, so a fast-forward would not do."""
    if not found.items:
        return []
    what = "; ".join(item.message.partition("\n")[0] for item in found.items)
    accept = f"git cherry-pick -S HEAD..{found.ref}" if signed else f"git merge {found.ref}"
    return [f"upkeep proposed: {what}: git log -p HEAD..{found.ref}, then {accept}"]


def _outdated(site: Site, ref: str, base: str) -> bool:
    """Whether a proposal stands on a commit that HEAD does not contain any more, as after a rebase, or does not follow
    from HEAD: of two records of one entry it takes one out, and the other one may be gone since."""
    if not base or not site.objects.id(ref):
        return False
    if not site.objects.commit(base) or git.beyond([base], [site.head]):
        return True
    gone = ("diff-tree", "-r", "--no-renames", "--diff-filter=D", "--name-only", base, site.head, "--", ":(top)*.md")
    return base != site.head and bool(git.line(*gone))


def _done(site: Site) -> str:
    try:
        return (site.home / STAMP).read_text() if site.home else ""
    except OSError:
        return ""


def _bank(site: Site, now: int) -> Bank:
    from mbgit.upkeep.bank import Bank

    tree = CommitTree(site, site.head)
    return Bank(
        files=Files(site, tree),
        banks=tree.banks,
        now=now,
        settings=tree.settings,
        has=tree.has,
        by=_authors(site.head),
        written_at=_written_at(site.head),
        renamed_to=lambda path: _renamed_to(site.head, path),
        last_touched=lambda path: _last_touched(site.head, path),
        changes=partial(changes, site),
        harvested=lambda source: _harvested(site.head, source),
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
