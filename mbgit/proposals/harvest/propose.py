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
from mbgit.git.clone import Clone
from mbgit.proposals.proposal import PROPOSED, Authors, Files, changes, obstacle, propose, ref_of
from mbgit.words import quoted

if TYPE_CHECKING:
    from .plan import Harvest

RIPE = "due"  # the file that says to the shell that a commit has made a buffer ripe


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


def propose_harvest(clone: Clone, now: int, event: str = "") -> Outcome:
    """Bring the proposal up to date with HEAD: build it, replace it, or take it away. Raises GitError.

    `now`: epoch seconds. `event`: the hook that this runs in.
    """
    tree = CommitTree(clone, clone.head)
    rules = tree.settings.harvest
    ripe = [item for item in ripeness(rules, _sources(clone, tree, rules), tree.banks) if item.near]
    ref = ref_of(clone)
    mine = [item for item in ripe if item.ripe and owns(clone.persona, item.rule)]
    stuck = obstacle(clone, event) if mine or clone.objects.id(ref) else ""
    why_not = stuck if mine else ""
    harvests = [] if why_not else [found for item in mine if (found := _plan(clone, tree, item, now))]
    blocked = {found.source: why for found in harvests if (why := _in_the_way(clone, found))}
    harvests = [found for found in harvests if found.source not in blocked]
    why_not = why_not or "; ".join(dict.fromkeys(blocked.values()))
    ready = [found for found in harvests if found.edits]
    if ready:
        propose(clone, ref, *_commit(clone, ready))
    elif clone.objects.id(ref) and not stuck:  # on another branch it stays
        git.forget(ref)
    _mark(clone, any(map(clone.objects.id, (ref, ref_of(clone, "upkeep"), ref_of(clone, "restore")))))
    return Outcome(ripe, harvests, ref.removeprefix("refs/") if ready else "", why_not)


def ripe(clone: Clone, commit: str) -> list[Ripeness]:
    """The buffers that are over their threshold in a commit. Raises GitError."""
    tree = CommitTree(clone, commit)
    rules = tree.settings.harvest
    return [item for item in ripeness(rules, _sources(clone, tree, rules), tree.banks) if item.ripe]


def _mark(clone: Clone, stands: bool) -> None:
    if clone.home and stands:
        (clone.home / PROPOSED).touch()
    elif clone.home:
        (clone.home / PROPOSED).unlink(missing_ok=True)


def _in_the_way(clone: Clone, found: Harvest) -> str:
    """What is no file of ours, and would be overwritten; empty where nothing is."""
    try:
        git.modes(clone.head, found.edits)
    except git.InTheWay as error:
        return quoted(str(error))
    return ""


def announce(clone: Clone, tree: IndexTree) -> None:
    """Leave a mark where what is staged makes a buffer ripe: for the shell that runs after the commit."""
    rules = [rule for rule in tree.settings.harvest if owns(clone.persona, rule)]
    if clone.home and any(item.ripe for item in ripeness(rules, _sources(clone, tree, rules), tree.banks)):
        (clone.home / RIPE).touch()


def owns(persona: str, rule: Rule) -> bool:
    """Whether this persona harvests by a rule; without a persona every rule is one's own."""
    return not persona or not rule.owner or same_persona(persona, rule.owner)


def _sources(clone: Clone, tree: CommitTree, rules: Iterable[Rule]) -> Mapping[str, bytes]:
    names = {rule.source.rpartition("/")[2].casefold() for rule in rules}
    wanted = {path: blob for path, blob in tree.files.items() if path.rpartition("/")[2].casefold() in names}
    return {path: clone.objects.blob(blob) or b"" for path, blob in wanted.items()}


def _plan(clone: Clone, tree: CommitTree, item: Ripeness, now: int) -> Harvest | None:
    from .names import record_numbers  # takes a while to load, and most days nothing is ripe
    from .plan import plan

    source = clone.objects.blob(tree.files[item.path]) or b""
    numbers = record_numbers([*tree.files, *_upstream(clone)])
    today = datetime.fromtimestamp(now, UTC).date()
    authors = Authors(clone.head, item.path)
    made_by, words = partial(changes, clone, item.path), tree.settings.vocabulary
    return plan(item.rule, item.path, source, Files(clone, tree), numbers, today, authors, made_by, words)


def _upstream(clone: Clone) -> Iterable[str]:
    """The files of the fetched upstream: a number that is taken there is taken."""
    commit = clone.objects.commit("@{upstream}")
    return CommitTree(clone, commit).files if commit else ()


def _commit(clone: Clone, harvests: list[Harvest]) -> tuple[dict[str, bytes | None], str]:
    """What a proposal of some harvests holds, and its message."""
    from .message import messages

    return {path: data for found in harvests for path, data in found.edits.items()}, messages(harvests, clone.head)
