"""Keys in git's configuration: the drivers, the hooks and the persona."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import POLICIES

from .driver_line import driver_line
from .plan import ARMED, BROKEN, UNARMED, Change, Finding, Work
from .record import Borrowed

NAMES = {
    "latest": "memory bank: the later of two edits of one unit",
    "union": "memory bank: both of two edits of one unit",
    "log": "memory bank: every entry of both sides",
}
_SECTION = re.compile(rb'\s*\[(?:merge|hook) "mbgit-[^"]*"\]')


def driver_keys(work: Work) -> dict[str, str]:
    """What `git config` is to say about the drivers; each driver's command first, as a name without one is fatal."""
    keys = {}
    for policy in POLICIES:
        keys[f"merge.mbgit-{policy}.driver"] = driver_line(policy, work.python.base, str(work.site.home))
        keys[f"merge.mbgit-{policy}.name"] = NAMES[policy]
    return keys | {"merge.mbgit-latest.recursive": "binary"}


def cut_config(text: bytes) -> bytes:
    """A configuration without the sections that are mbgit's alone; comments among them are somebody's, and stay."""
    kept, ours = [], False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith(b"["):
            ours = bool(_SECTION.match(line))
        if not ours or line.lstrip()[:1] in (b"#", b";"):
            kept.append(line)
    return b"".join(kept)


class Config:
    """Some keys in one of git's files."""

    def __init__(self, work: Work, title: str, wanted: dict[str, str], file: Path | None = None) -> None:
        self.work, self.title, self.wanted = work, title, wanted
        self.file = file or work.site.common / "config"
        self.borrowed = Borrowed(self.file, work.record, cut_config)

    def do(self) -> list[Change]:
        missing = self._missing()
        where = self.work.shown(self.file)
        return [Change(f"set {key} in {where}", lambda key=key: self._set(key)) for key in missing]  # type: ignore[misc]

    def undo(self) -> list[Change]:
        if self.borrowed.original() == (self.file.read_bytes() if self.file.exists() else None):
            return []
        return [Change(f"give back {self.work.shown(self.file)}", self.borrowed.give_back)]

    def verify(self) -> list[Finding]:
        missing = self._missing()
        if not missing:
            return [Finding(ARMED, self.title)]
        state = UNARMED if len(missing) == len(self.wanted) else BROKEN
        return [Finding(state, self.title, f"{missing[0]} is not what install.py sets")]

    def _missing(self) -> list[str]:
        found = read_config(self.file)
        return [key for key, value in self.wanted.items() if found.get(key) != value]

    def _set(self, key: str) -> None:
        args = ("config", "--file", str(self.file), "--replace-all", key, self.wanted[key])
        self.borrowed.edit(lambda: git.run(*args) and None)


def read_config(file: Path) -> dict[str, str]:
    """All keys of one of git's files, each with its last value; none where there is no file."""
    if not file.exists():
        return {}
    text = os.fsdecode(git.run("config", "--file", str(file), "--null", "--list"))
    return dict(entry.partition("\n")[::2] for entry in text.split("\0") if entry)
