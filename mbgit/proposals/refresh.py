"""Brings all that mbgit keeps on refs of its own up to date with HEAD, after a commit, a merge or a rebase."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git, report
from mbgit.git.clone import now

from . import proposal
from .harvest.propose import RIPE, propose_harvest

if TYPE_CHECKING:
    from mbgit.gate.commits import Step
    from mbgit.git.clone import Clone


class Moment(NamedTuple):
    """What has just happened in a clone."""

    home: Path
    """mbgit's folder in it."""
    clone: Clone
    event: str
    """The hook that this runs in."""
    arrived: Sequence[Step]
    """The commits that HEAD went over."""


def refresh(moment: Moment) -> list[str]:
    """Keep today's backup, and bring templates and proposals up to date; the lines of the digest about them."""
    try:
        return [line for what, job in _JOBS.items() for line in _tried(what, job, moment)]
    finally:  # not before: a hook that is killed leaves it to the next
        (moment.home / RIPE).unlink(missing_ok=True)


def _tried(what: str, job: Callable[[Moment], list[str]], moment: Moment) -> list[str]:
    """The lines of a job; where it breaks, one that says so, and the next job runs all the same."""
    try:
        return job(moment)
    except Exception as error:
        return [f"{what} broke: see {report.trouble(moment.home, error)}"]


def _clear(moment: Moment) -> list[str]:
    git.clear_stale_locks(moment.home.parent, time.time())
    if any(moment.home.glob("merging-*")):
        from mbgit.server.worktree import sweep

        sweep(moment.home)
    return []


def _templates(moment: Moment) -> list[str]:
    from . import templates

    templates.publish(moment.clone, now())
    return []


def _backup(moment: Moment) -> list[str]:
    from . import backup

    backup.keep(moment.clone, now())
    return []


def _harvest(moment: Moment) -> list[str]:
    from mbgit.digest.harvest import lines

    clone = moment.clone
    if not clone.head:
        return []
    found = propose_harvest(clone, now(), moment.event)
    return list(lines(found.harvests, found.ref, proposal.accept_command(clone, found.ref), found.why_not))


def _upkeep(moment: Moment) -> list[str]:
    from .upkeep import daily

    clone = moment.clone
    if not clone.head:
        return []
    return daily.lines(daily.propose_upkeep(clone, now(), moment.event), proposal.signs_commits(clone))


def _restore(moment: Moment) -> list[str]:
    from mbgit.digest import ReportOnly

    from .restore.propose import propose_restore

    if not moment.clone.head:
        return []
    found = propose_restore(moment.clone, moment.arrived, moment.event)
    return [*found.news, *map(ReportOnly, found.again)]


_JOBS = {
    "clearing up": _clear,
    "the templates": _templates,
    "today's backup": _backup,
    "the proposal of a harvest": _harvest,
    "the proposal of upkeep": _upkeep,
    "the proposal of a restore": _restore,
}
