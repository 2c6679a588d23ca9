"""Puts the harvest of ripe buffers on a ref of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.bank.personas import same_persona
from mbgit.bank.settings import Rule
from mbgit.bank.thresholds import Ripeness, ripeness
from mbgit.gate.commits import CommitTree, IndexTree
from mbgit.git.clone import Site
from mbgit.proposals.proposal import PROPOSED, Authors, Files, changes, obstacle, propose, reference
from mbgit.words import quoted

if TYPE_CHECKING:
    from .plan import Harvest

DUE = "due"  # the file that tells a shell that a commit has made a buffer ripe


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


def propose_harvest(site: Site, now: int, event: str = "") -> Outcome:
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


def owns(persona: str, rule: Rule) -> bool:
    """Whether a rule is this persona's business; who works without a persona owns every rule."""
    return not persona or not rule.owner or same_persona(persona, rule.owner)


def _sources(site: Site, tree: CommitTree, rules: Iterable[Rule]) -> Mapping[str, bytes]:
    names = {rule.source.rpartition("/")[2].casefold() for rule in rules}
    wanted = {path: blob for path, blob in tree.files.items() if path.rpartition("/")[2].casefold() in names}
    return {path: site.objects.blob(blob) or b"" for path, blob in wanted.items()}


def _plan(site: Site, tree: CommitTree, item: Ripeness, now: int) -> Harvest | None:
    from .names import record_numbers  # takes a while to load, and most days nothing is ripe
    from .plan import plan

    source = site.objects.blob(tree.files[item.path]) or b""
    numbers = record_numbers([*tree.files, *_upstream(site, tree)])
    today = datetime.fromtimestamp(now, UTC).date()
    authors = Authors(site.head, item.path)
    made_by, words = partial(changes, site, item.path), tree.settings.vocabulary
    return plan(item.rule, item.path, source, Files(site, tree), numbers, today, authors, made_by, words)


def _upstream(site: Site, tree: CommitTree) -> Iterable[str]:
    """The files of the fetched upstream: a number that is taken there is taken."""
    commit = site.objects.commit("@{upstream}")
    return CommitTree(site, commit).files if commit else ()


def _commit(site: Site, harvests: list[Harvest]) -> tuple[dict[str, bytes | None], str]:
    """What a proposal of some harvests holds, and its message."""
    from .message import messages

    return {path: data for found in harvests for path, data in found.edits.items()}, messages(harvests, site.head)
