"""What of mbgit is not in place in this clone, by the installation's own steps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from mbgit.install import config, plan
from mbgit.install.attributes import Attributes
from mbgit.install.engine import Engine
from mbgit.install.options import Options
from mbgit.install.record import Record, content
from mbgit.install.shims import Runner, Shims
from mbgit.words import shown_path

AGAIN = "run install.py again"


def unarmed(home: Path, banks: list[str], there: Iterable[str]) -> list[str]:
    """Each item that is not in place, with what puts it there. `there`: the banks that the team has.

    The steps look at files and configuration; only `install.py --check` also merges to try the drivers.
    """
    work = _work(home, banks)
    steps: list[plan.Step] = [Engine(work), config.drivers(work), Attributes(work), Runner(work)]
    steps += [config.hooks(work), Shims(work)]
    found = [finding for step in steps for finding in step.verify() if finding.state != plan.ARMED]
    new = [f"bank {shown_path(bank)}, which arrived: {AGAIN}" for bank in dict.fromkeys(there) if bank not in banks]
    return new + [_told(finding) for finding in found if not _is_called(work, finding)]


def _work(home: Path, banks: list[str]) -> plan.Work:
    """What the steps work on, without asking git or an interpreter."""
    home = home.resolve()
    record, top = Record(home), Path.cwd()
    site = plan.Site(top, Path(os.environ.get("GIT_DIR") or top / ".git"), home.parent)
    path = str(record.values.get("python") or sys.executable)
    base = str(record.values.get("base") or getattr(sys, "_base_executable", sys.executable))
    tag = sys.implementation.cache_tag or ""
    return plan.Work(site, Options(), record, banks, plan.Interpreter(path, base, tag))


def _told(finding: plan.Finding) -> str:
    told = f"{finding.about}: {finding.why}"
    return told if AGAIN in told or ": add " in told else f"{told}: {AGAIN}"


def _is_called(work: plan.Work, finding: plan.Finding) -> bool:
    """Whether a hook of the folder that core.hooksPath names hands over to mbgit: then it was added there."""
    named = Shims(work).elsewhere
    event = finding.about.removeprefix("hook ")
    return bool(named) and event != finding.about and b"mbgit/run" in (content(work.site.top / named / event) or b"")
