"""What the gate says: findings with their levels, and whether they refuse a commit or a push."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mbgit.bank.settings import Settings
from mbgit.checks import LEVELS
from mbgit.checks.finding import Finding

BROKE = "the check broke"  # how a finding begins that is about the check, not about the bank


class Judged(NamedTuple):
    """A finding, and how grave it is here: warn or error."""

    finding: Finding
    level: str


class Verdict(NamedTuple):
    """What the gate found, errors first, each once; and what it did not look at, in words."""

    judged: list[Judged]
    notes: list[str]
    mend: str = ""
    """The command that takes what a machine could mend of it; empty where it could not."""

    @property
    def refused(self) -> bool:
        return any(item.level == "error" for item in self.judged)


def graded(found: Iterable[Finding], settings: Settings) -> list[Judged]:
    """Findings with their levels, without those that are switched off."""
    return [Judged(finding, level) for finding in found if (level := _level(finding, settings)) != "off"]


def verdict(found: Iterable[Judged], notes: list[str]) -> Verdict:
    """All that was found, errors first; a fault that several tips show stands once."""
    seen: dict[tuple[object, ...], Judged] = {}
    for item in sorted(found, key=lambda item: item.level):
        seen.setdefault((item.finding.key, item.finding.line, item.finding.commit), item)
    return Verdict(list(seen.values()), notes)


def judged(found: Iterable[Finding], settings: Settings, notes: list[str]) -> Verdict:
    """The verdict where one set of settings holds for all that was found."""
    return verdict(graded(found, settings), notes)


def grave(finding: Finding, settings: Settings) -> bool:
    """Whether a finding refuses."""
    return _level(finding, settings) == "error"


def _level(finding: Finding, settings: Settings) -> str:
    level = settings.level(finding.check, finding.path, LEVELS[finding.check])
    return "warn" if level == "error" and finding.lowered else level
