"""The installation: which steps there are, in which order, and what is done with them."""

from __future__ import annotations

from pathlib import Path

from mbgit import git, report
from mbgit.bank.places import PLACES, bank_path, find_banks

from .attributes import Attributes
from .config import Config, driver_keys
from .engine import Engine
from .options import Options
from .plan import Change, Failure, Interpreter, Step, Work, find_site
from .record import Record


def prepare(options: Options, python: Interpreter) -> Work:
    """Look at the clone that the options name. Raises Failure."""
    if git.version() < git.OLDEST:
        raise Failure("git 2.39 or newer is needed: https://git-scm.com/downloads")
    site = find_site(Path(options.target))
    record = Record(site.home)
    banks = banks_of(options, site.top, record)
    return Work(site, options, record, banks, python)


def banks_of(options: Options, top: Path, record: Record) -> list[str]:
    """The banks that are named; else those of the last time and those that are found; else all the usual places."""
    try:
        named = [bank_path(text) for text in options.bank]
    except ValueError as error:
        raise Failure(f"--bank: {error}") from error
    known = list(record.values.get("banks", []))
    found = find_banks(lambda place: (top / place).is_dir())
    return list(dict.fromkeys(named or known + found)) or list(PLACES)


def driver_steps(work: Work) -> list[Step]:
    """What merging needs, and no environment does."""
    return [Engine(work), Config(work, "drivers in git's configuration", driver_keys(work)), Attributes(work)]


def apply(changes: list[Change]) -> None:
    """Make changes, each with a line that says so."""
    for change in changes:
        change.make()
        report.say(change.text)


def arm_drivers(work: Work) -> None:
    """Put the drivers in place."""
    apply([change for step in driver_steps(work) for change in step.do()])
