"""The table of jobs; runs those that are switched on, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from mbgit.bank.settings import UPKEEP, Settings

from . import doubles, journals, links, locks, log, records, sections
from .bank import Bank, Upkeep
from .thresholds import remarks

Job = Callable[[Bank], Upkeep | None]

# In this order: jobs that ask when a line was written come before those that change the lines of the same files.
JOBS: dict[str, Job] = {
    "locks": locks.job,
    "log": log.job,
    "records": records.job,
    "doubles": doubles.job,
    "sections": sections.job,
    "journals": journals.job,
    "links": links.job,
}
REMARKS = "thresholds"  # no job: it only has something to say where another one has something to change


def is_on(settings: Settings, name: str) -> bool:
    """Whether a job is to run: as `[upkeep]` in `.mbgit.toml` has it, else as `settings.UPKEEP` does."""
    return settings.upkeep.get(name, UPKEEP[name])


def upkeep(bank: Bank) -> list[Upkeep]:
    """What the jobs that are switched on propose, each on top of the one before it: a chain of commits.

    Nothing to do is an empty list. The same bank gives the same bytes in any clone.
    """
    found = []
    for name, job in JOBS.items():
        item = job(bank) if is_on(bank.settings, name) else None
        if item is not None:
            found.append(item)
            bank = bank.after(item.edits)
    if found and is_on(bank.settings, REMARKS):
        said = remarks(bank)
        found[0] = found[0]._replace(message="\n".join([found[0].message, *said, ""]) if said else found[0].message)
    return found
