"""Proposals: ordinary commits on refs of mbgit's own, which a person reviews, and accepts with `git merge`.

They are built from objects and touch neither worktree nor index nor HEAD. Who ignores one declines it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.bank.personas import plain_name, same_persona
from mbgit.bank.settings import Rule
from mbgit.bank.thresholds import Ripeness, ripeness
from mbgit.gate.commits import CommitTree, IndexTree
from mbgit.git.clone import Site
from mbgit.words import quoted, shown_path

if TYPE_CHECKING:
    from mbgit.bank.entries import Entry
    from mbgit.proposals.harvest.plan import Harvest, Provenance

PROPOSED = "proposed"  # the file that tells a shell that a rebase leaves a proposal behind
DUE = "due"  # the file that tells a shell that a commit has made a buffer ripe
_LOOKED_AT = 1_000  # commits of a buffer in which earlier versions of an entry are looked for
_READ = 2**21  # bytes of such versions that are read, at most: about a second
_BUSY = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "sequencer")
_ENDED = {"post-merge": ("MERGE_HEAD",), "post-rewrite": ("rebase-merge", "rebase-apply")}


class Outcome(NamedTuple):
    """What became of the buffers: how ripe each is, what is proposed, and why nothing is where something could be."""

    ripe: list[Ripeness]
    """Every buffer that is near its threshold, or over it."""
    harvests: list[Harvest]
    """What the proposal holds."""
    ref: str
    """The proposal's name for git commands (`mbgit/harvest`); empty where there is none."""
    why_not: str
    """Why a ripe buffer of this persona has no proposal; empty where it has one."""


def harvest(site: Site, now: int, event: str = "") -> Outcome:
    """Bring the proposal up to date with HEAD: build it, replace it, or take it away. Raises GitError.

    `now`: epoch seconds. `event`: the hook that this runs in.
    """
    tree = CommitTree(site, site.head)
    rules = tree.settings.harvest
    ripe = [item for item in ripeness(rules, _sources(site, tree, rules), tree.banks) if item.near]
    ref = reference(site)
    mine = [item for item in ripe if item.ripe and owns(site.persona, item.rule)]
    stuck = obstacle(site, event) if mine or site.objects.id(ref) else ""
    why_not = stuck if mine else ""
    harvests = [] if why_not else [found for item in mine if (found := _plan(site, tree, item, now))]
    blocked = {found.source: why for found in harvests if (why := _in_the_way(site, found))}
    harvests = [found for found in harvests if found.source not in blocked]
    why_not = why_not or "; ".join(dict.fromkeys(blocked.values()))
    ready = [found for found in harvests if found.edits]
    if ready:
        propose(site, ref, *_commit(site, ready))
    elif site.objects.id(ref) and not stuck:  # elsewhere than on its branch, it is none of this HEAD's business
        git.forget(ref)
    _mark(site, any(map(site.objects.id, (ref, reference(site, "upkeep"), reference(site, "restore")))))
    return Outcome(ripe, harvests, ref.removeprefix("refs/") if ready else "", why_not)


def ripe(site: Site, commit: str) -> list[Ripeness]:
    """The buffers that are over their threshold in a commit. Raises GitError."""
    tree = CommitTree(site, commit)
    rules = tree.settings.harvest
    return [item for item in ripeness(rules, _sources(site, tree, rules), tree.banks) if item.ripe]


def _mark(site: Site, stands: bool) -> None:
    if site.home and stands:
        (site.home / PROPOSED).touch()
    elif site.home:
        (site.home / PROPOSED).unlink(missing_ok=True)


def _in_the_way(site: Site, found: Harvest) -> str:
    """What is no file of ours, and would be overwritten; empty where nothing is."""
    try:
        git.modes(site.head, found.edits)
    except git.InTheWay as error:
        return quoted(str(error))
    return ""


def announce(site: Site, tree: IndexTree) -> None:
    """Leave a mark where what is staged makes a buffer ripe: for the shell that runs after the commit."""
    rules = [rule for rule in tree.settings.harvest if owns(site.persona, rule)]
    if site.home and any(item.ripe for item in ripeness(rules, _sources(site, tree, rules), tree.banks)):
        (site.home / DUE).touch()


def reference(site: Site, name: str = "harvest") -> str:
    """The ref of a proposal; each persona has its own where worktrees have their own configuration."""
    apart = site.config.get("extensions.worktreeconfig") == "true" and plain_name(site.persona)
    slug = "".join(char if char.isascii() and char.isalnum() else "-" for char in apart) if apart else ""
    return f"refs/mbgit/{name}" + (f"-{slug}" if slug else "")


def owns(persona: str, rule: Rule) -> bool:
    """Whether a rule is this persona's business; who works without a persona owns every rule."""
    return not persona or not rule.owner or same_persona(persona, rule.owner)


def accepting(site: Site, ref: str) -> str:
    """The command that accepts a proposal: a fast-forward would leave it unsigned where commits are signed."""
    return f"git cherry-pick -S {ref}" if signs(site) else f"git merge {ref}"


def signs(site: Site) -> bool:
    """Whether commits are signed here."""
    return site.config.get("commit.gpgsign", "").lower() in ("true", "yes", "on", "1")


def obstacle(site: Site, event: str = "") -> str:
    """Why no proposal can be built here and now, in a few words; empty where one can.

    `event`: the hook that this runs in; what git has just ended still looks as if it were under way.
    """
    if any((site.folder / name).exists() for name in _BUSY if name not in _ENDED.get(event, ())):
        return "git is in the middle of something"
    wanted = sync_branch(site)
    if not site.branch:
        return "HEAD is on no branch"
    if wanted and site.branch != wanted:
        return f"the team syncs on {shown_path(wanted)}"
    return ""


def sync_branch(site: Site) -> str:
    """The branch that the team syncs on: `mbgit.syncBranch`, else the remote's default; empty where nobody knows."""
    if named := site.config.get("mbgit.syncbranch", ""):
        return named
    guesses = (name for name in ("main", "master") if site.objects.id(f"refs/remotes/origin/{name}"))
    return site.default_branch or next(guesses, "")


def _sources(site: Site, tree: CommitTree, rules: Iterable[Rule]) -> Mapping[str, bytes]:
    names = {rule.source.rpartition("/")[2].casefold() for rule in rules}
    wanted = {path: blob for path, blob in tree.files.items() if path.rpartition("/")[2].casefold() in names}
    return {path: site.objects.blob(blob) or b"" for path, blob in wanted.items()}


class Files(Mapping[str, bytes]):
    """The files of a commit, read as they are asked for."""

    def __init__(self, site: Site, tree: CommitTree) -> None:
        self.site, self.files = site, tree.files

    def __getitem__(self, path: str) -> bytes:
        return self.site.objects.blob(self.files[path]) or b""

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _plan(site: Site, tree: CommitTree, item: Ripeness, now: int) -> Harvest | None:
    from mbgit.proposals.harvest.names import record_numbers  # takes a while to load, and most days nothing is ripe
    from mbgit.proposals.harvest.plan import plan

    source = site.objects.blob(tree.files[item.path]) or b""
    numbers = record_numbers([*tree.files, *_upstream(site, tree)])
    today = datetime.fromtimestamp(now, UTC).date()
    authors = Authors(site.head, item.path)
    made_by, words = partial(changes, site, item.path), tree.settings.vocabulary
    return plan(item.rule, item.path, source, Files(site, tree), numbers, today, authors, made_by, words)


def changes(site: Site, path: str) -> Iterator[tuple[bytes, bytes]]:
    """A file before and after each of the newest commits that changed it."""
    left = _READ
    blob = cache(lambda name: site.objects.blob(name) or b"")
    for old, new in git.changes_of(site.head, path, _LOOKED_AT):
        left -= len(blob(new))
        if left < 0:
            return
        yield blob(old), blob(new)


def _upstream(site: Site, tree: CommitTree) -> Iterable[str]:
    """The files of the fetched upstream: a number that is taken there is taken."""
    commit = site.objects.commit("@{upstream}")
    return CommitTree(site, commit).files if commit else ()


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


def _commit(site: Site, harvests: list[Harvest]) -> tuple[dict[str, bytes | None], str]:
    """What a proposal of some harvests holds, and its message."""
    from mbgit.proposals.harvest.message import messages

    return {path: data for found in harvests for path, data in found.edits.items()}, messages(harvests, site.head)


def propose(site: Site, ref: str, edits: Mapping[str, bytes | None], message: str) -> None:
    """Let the ref point at a child of HEAD with these edits; one that is there and the same stays. Raises GitError."""
    made = git.commit(site.head, edits, message)
    old = site.objects.id(ref)
    if old and _facts(site, old) == _facts(site, made):
        return
    try:
        git.point(ref, made, old)
    except git.GitError:
        if site.objects.id(ref) in ("", old):
            raise  # else another hook was quicker, and what it made is as good


def _facts(site: Site, commit: str) -> tuple[str, str]:
    return site.objects.id(f"{commit}^{{tree}}"), site.objects.id(f"{commit}^1")
