"""Looks for parts of the installation that are missing in this clone, by the installer's own steps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mbgit.git.clone import kept_text
from mbgit.words import shown_path

if TYPE_CHECKING:
    from mbgit.install import plan

AGAIN = "run install.py again"
FOUND = "armed"  # the state of the files when all was in place: as long as it is the same, no step is loaded


def unarmed(home: Path, banks: list[str], there: Iterable[str], hooks_path: str) -> list[str]:
    """Each item that is not in place, with what puts it there. `there`: the banks that the team has.

    The steps look at files and configuration; only `install.py --check` also merges to try the drivers.
    """
    new = [f"bank {shown_path(bank)}, which arrived: {AGAIN}" for bank in dict.fromkeys(there) if bank not in banks]
    looks = "\n".join(_looks(home, [*banks, hooks_path]))
    if new or kept_text(home / FOUND) != looks:
        missing = _missing(home, banks)
        if not missing:
            (home / FOUND).write_text(looks)
        return new + missing
    return []


def _looks(home: Path, words: list[str]) -> Iterator[str]:
    """When each file that has a say in it was last written, and how large it is."""
    common = home.parent
    yield repr(words)
    files = [common / "config", common / "info/attributes", *(home / name for name in ("run", "scope", "engine"))]
    hooks = sorted(file for file in (common / "hooks").glob("*") if file.suffix != ".sample")
    for file in (*files, *hooks, Path(".mbgit.toml"), Path(__file__)):
        try:
            stat = file.stat()
        except OSError:
            continue
        yield f"{file.name} {stat.st_mtime_ns} {stat.st_ino} {stat.st_size} {stat.st_mode}"


def _missing(home: Path, banks: list[str]) -> list[str]:
    from mbgit.install import config, plan
    from mbgit.install.attributes import Attributes
    from mbgit.install.engine import Engine
    from mbgit.install.shims import Runner, Shims

    work = _work(home, banks)
    steps: list[plan.Step] = [Engine(work), config.drivers(work), Attributes(work), Runner(work)]
    steps += [config.hooks(work), Shims(work)]
    return [_line(finding) for step in steps for finding in step.verify() if finding.state != plan.ARMED]


def _work(home: Path, banks: list[str]) -> plan.Work:
    """What the steps work on, without asking git or an interpreter."""
    from mbgit.install import plan
    from mbgit.install.options import Options
    from mbgit.install.record import Record

    home = home.resolve()
    record, top = Record(home), Path.cwd()
    clone = plan.Site(top, Path(os.environ.get("GIT_DIR") or top / ".git"), home.parent)
    path = str(record.values.get("python") or sys.executable)
    base = str(record.values.get("base") or getattr(sys, "_base_executable", sys.executable))
    tag = sys.implementation.cache_tag or ""
    return plan.Work(clone, Options(), record, banks, plan.Interpreter(path, base, tag))


def _line(finding: plan.Finding) -> str:
    text = f"{finding.about}: {finding.why}"
    return text if AGAIN in text or ": add " in text else f"{text}: {AGAIN}"
