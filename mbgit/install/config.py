"""Keys in git's configuration: the drivers, the hooks and the persona."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from functools import cache
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import POLICIES

from .driver_line import driver_line
from .plan import ARMED, BROKEN, UNARMED, Change, Finding, Step, Work
from .record import Borrowed, Record, content
from .shims import events

NAMES = {
    "latest": "memory bank: the later of two edits of one unit",
    "union": "memory bank: both of two edits of one unit",
    "log": "memory bank: every entry of both sides",
}
PERSONA, DIGEST = "mbgit.persona", "mbgit.digest"
_SECTION = re.compile(rb'\s*\[(?:merge|hook) "mbgit-[^"]*"\]')


class Config(Step):
    """Some keys in one of git's files."""

    def __init__(self, work: Work, about: str, wanted: dict[str, str], file: Path | None = None) -> None:
        self.work, self.about, self.wanted = work, about, wanted
        self.file = file or work.site.common / "config"
        self.borrowed = borrowed_config(self.file, work.record)

    def do(self) -> list[Change]:
        sections: dict[str, list[str]] = {}
        for key in self._missing():
            sections.setdefault(key.rpartition(".")[0], []).append(key)
        return [self._setting(section, keys) for section, keys in sections.items()]

    def undo(self) -> list[Change]:
        if self.borrowed.original() == content(self.file):
            return []
        return [Change(f"restore {self.work.shown(self.file)}", self.borrowed.give_back)]

    def verify(self) -> list[Finding]:
        missing = self._missing()
        if not missing:
            return [Finding(ARMED, self.about)]
        state = UNARMED if len(missing) == len(self.wanted) else BROKEN
        return [Finding(state, self.about, f"{missing[0]} is not what install.py sets")]

    def _missing(self) -> list[str]:
        found = read_config(self.file)
        return [key for key, value in self.wanted.items() if found.get(key) != value]

    def _setting(self, section: str, keys: list[str]) -> Change:
        names = ", ".join(key.rpartition(".")[2] for key in keys)
        said = f"{section} ({names})" if len(keys) > 1 else keys[0]
        return Change(f"set {said} in {self.work.shown(self.file)}", lambda: self._set(keys))

    def _set(self, keys: list[str]) -> None:
        with self.borrowed.edited():
            self._note_shared(keys)
            for key in keys:
                git.run("config", "--file", str(self.file), "--replace-all", key, self.wanted[key])

    def _note_shared(self, keys: list[str]) -> None:
        """Note what keys outside of mbgit's own sections are set to, and what they were."""
        found, noted = read_config(self.file), dict(self.work.record.values.get("keys", {}))
        its = dict(noted.get(self.borrowed.name, {}))
        for key in keys:
            if "mbgit-" not in key:
                before = its[key][1] if key in its and its[key][0] == found.get(key) else found.get(key)
                noted[self.borrowed.name] = its | {key: [self.wanted[key], before]}
                self.work.record.set("keys", noted)


def drivers(work: Work, file: Path | None = None) -> Config:
    """The three drivers; each one's command comes first, as a name without a command is fatal.

    `file`: the user's configuration, for all clones; None: the clone's own.
    """
    keys = {}
    for policy in POLICIES:
        line = driver_line(policy, work.python.base, str(work.site.home), shared=file is not None)
        keys[f"merge.mbgit-{policy}.driver"] = line
        keys[f"merge.mbgit-{policy}.name"] = NAMES[policy]
    where = work.shown(file) if file else "git's configuration"
    return Config(work, f"drivers in {where}", keys | {"merge.mbgit-latest.recursive": "binary"}, file)


def hooks(work: Work, file: Path | None = None) -> Config:
    """The hooks for git >= 2.54, which appends the arguments; an event without a command is fatal.

    `file`: the user's configuration, for all clones; None: the clone's own, which outranks that.
    """
    keys, run = {}, shlex.quote(str(work.site.home / ("global" if file else "run")))
    for event in events(work):
        keys[f"hook.mbgit-{event}.command"] = f'[ ! -x {run} ] || exec {run} config "$PPID" {event}'
        keys[f"hook.mbgit-{event}.event"] = event
    where = work.shown(file) if file else "git's configuration"
    return Config(work, f"hooks in {where}", keys, file)


def personal(work: Work, file: Path | None = None) -> list[Config]:
    """Who works here, and how much is printed for them: in this worktree alone, where git keeps a configuration for
    each. `file`: the user's configuration, for all clones."""
    wanted = {PERSONA: work.options.persona, DIGEST: work.options.digest}
    return [
        Config(work, f"{key.rpartition('.')[2]} {value}", {key: value}, file or _own(work))
        for key, value in wanted.items()
        if value
    ]


def _own(work: Work) -> Path:
    """The configuration of this worktree."""
    common = work.site.common / "config"
    apart = git.config("extensions.worktreeConfig", "--type=bool", cwd=work.site.top) == "true"
    return work.site.gitdir / "config.worktree" if apart else common


def read_config(file: Path) -> dict[str, str]:
    """All keys of one of git's files, each with its last value; none where there is no file."""
    return _read(file, content(file)) if file.exists() else {}


@cache
def _read(file: Path, text: bytes | None) -> dict[str, str]:
    """What git makes of a file with this text: drivers and hooks are looked up in one after the other."""
    listed = os.fsdecode(git.run("config", "--file", str(file), "--null", "--list"))
    return dict(entry.partition("\n")[::2] for entry in listed.split("\0") if entry)


def borrowed_config(file: Path, record: Record) -> Borrowed:
    """One of git's files, to be given back without mbgit's sections and the persona that was put in."""
    name = os.path.relpath(file, record.home)
    return Borrowed(file, record, lambda text: _cut_keys(cut_sections(text), record, name))


def cut_sections(text: bytes) -> bytes:
    """A configuration without the sections that are mbgit's alone; comments among them stay, they are not."""
    kept, ours = [], False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith(b"["):
            ours = bool(_SECTION.match(line))
        if not ours or line.lstrip()[:1] in (b"#", b";"):
            kept.append(line)
    return b"".join(kept)


def _cut_keys(text: bytes, record: Record, name: str) -> bytes:
    """A configuration with what else was set in it as it was before, where it is still as it was set."""
    noted = record.values.get("keys", {}).get(name, {})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config")
        file.write_bytes(text)
        for key, (ours, before) in noted.items():
            if read_config(file).get(key) == ours:
                back = ("--unset-all", key) if before is None else ("--replace-all", key, before)
                git.run("config", "--file", str(file), *back)
        return file.read_bytes()
