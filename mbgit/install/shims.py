"""Hooks for every git: a runner in mbgit's own folder, and a shim for each event in the clone's hooks."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import scope
from mbgit.bank.settings import FILE as SETTINGS
from mbgit.bank.settings import Settings, read_settings
from mbgit.git.clone import SCOPE
from mbgit.words import counted, fit_for_command

from .plan import ARMED, BROKEN, UNARMED, Change, Finding, Step, Work
from .record import content, replace

EVENTS = ("post-merge", "post-rewrite", "post-commit", "pre-commit", "pre-push")
SERVER_EVENTS = ("pre-receive",)  # of a bare repository
CHECKOUT = "checkout"  # in the record: where install.py was started
KEPT = ".before-mbgit"
RENAMED = ("", ".legacy", ".old")  # what other managers call a hook that they found
MARK = b"\n# mbgit: "
LEFTHOOK = ("lefthook.yml", ".lefthook.yml", "lefthook.yaml", "lefthook-local.yml", ".lefthook-mbgit.yml")
LINE = '"$(git rev-parse --git-common-dir)/mbgit/run" shim "$PPID" {event} "$@"'
SHARED_LINE = (  # the same for a file that the team shares: it does nothing in a clone without mbgit
    'r="$(git rev-parse --git-common-dir)/mbgit/run"; [ ! -x "$r" ] || "$r" shim "$PPID" {event} "$@" || exit'
)


def source(name: str) -> bytes:
    """A file of hooks/: beside the installed package, or in the checkout."""
    here = Path(__file__).resolve().parent
    folder = here / "shims" if (here / "shims").is_dir() else here.parent.parent / "hooks"
    return (folder / name).read_bytes()


def runner(python: str) -> bytes:
    """What hooks start: `hooks/run` with `hooks/quiet` in it, and the interpreter at a path."""
    return source("run").replace(b"@QUIET\n", source("quiet")).replace(b"@PYTHON", os.fsencode(shlex.quote(python)))


class Runner(Step):
    """`.git/mbgit/run`, which both kinds of hooks start, and `scope`: the governed paths."""

    def __init__(self, work: Work) -> None:
        self.work = work
        team = team_settings(work.site.top)
        lines = "".join(f"{path}\n" for path in scope(work.banks, team.targets, team.files))
        self.wanted = {
            work.site.home / "run": (runner(work.python.path), 0o700),
            work.site.home / SCOPE: (os.fsencode(lines), 0o600),
        }
        if not work.site.bare:
            python = os.fsencode(shlex.quote(work.python.path))
            values = {b"@PYTHON": python, b"@EVENTS": b" ".join(map(os.fsencode, EVENTS))}
            values |= {b"@AGAIN": _again(work), b"@RENEW": _again(work, *["--global"] * work.options.everywhere)}
            for name in ("watch", "look"):
                text = source(name)
                for mark, value in values.items():
                    text = text.replace(mark, value)
                self.wanted[work.site.home / name] = (text, 0o600)

    def do(self) -> list[Change]:
        return [
            Change(f"write {self.work.shown(file)}", partial(replace, file, text, mode))
            for file, (text, mode) in self.wanted.items()
            if content(file) != text
        ]

    def undo(self) -> list[Change]:
        there = [file for file in self.wanted if file.exists()]
        return [Change(f"remove {self.work.shown(file)}", file.unlink) for file in there]

    def verify(self) -> list[Finding]:
        about = "what the hooks start"
        for file, (text, _) in self.wanted.items():
            if not file.exists():
                return [Finding(UNARMED, about, f"{self.work.shown(file)} is not there")]
            if content(file) != text:
                return [Finding(BROKEN, about, f"{self.work.shown(file)} is not what install.py writes")]
        if missing := self.work.python.missing:
            return [Finding(BROKEN, about, f"{self.work.python.path} lacks {', '.join(missing)}")]
        return [Finding(ARMED, about)]


def _again(work: Work, *args: str) -> bytes:
    """The command that arms the hooks again, as a word of `sh`."""
    checkout = str(work.record.values.get(CHECKOUT, ""))
    file = f'"{checkout}/install.py"' if " " in checkout else f"{checkout}/install.py"
    words = ["python3", file, *args] if fit_for_command(checkout) else ["run install.py", *args, "again"]
    return os.fsencode(shlex.quote(" ".join(words)))


def events(work: Work) -> Iterable[str]:
    """The events of git that mbgit answers there."""
    return SERVER_EVENTS if work.site.bare else EVENTS


def team_settings(top: Path) -> Settings:
    """The team's settings as the worktree has them, a regular file; in a bare repository as HEAD has them."""
    if (top / "HEAD").is_file() and (top / "objects").is_dir():
        try:
            return read_settings(git.run("cat-file", "blob", f"HEAD:{SETTINGS}", cwd=top))
        except git.GitError:
            return read_settings(None)
    file = top / SETTINGS
    return read_settings(content(file) if file.is_file() and not file.is_symlink() else None)


class Shims(Step):
    """The shims; a hook that is there already is kept beside, and called."""

    def __init__(self, work: Work) -> None:
        self.work, self.shim = work, source("shim")
        self.folder = work.site.common / "hooks"
        if work.site.bare and (theirs := work.site.common / "custom_hooks").is_dir():
            self.folder = theirs  # where GitLab looks
        self.elsewhere = hooks_path(work)

    def do(self) -> list[Change]:
        if self.elsewhere:
            return []
        return [change for event in events(self.work) for change in self._do(event)]

    def _do(self, event: str) -> Iterator[Change]:
        file = self._file(event)
        kept = file.with_name(file.name + KEPT)
        if self._state(event) == ARMED or (self._is_foreign(file) and kept.exists()):
            return
        if self._is_foreign(file):
            text = f"keep {self._shown(file)} as {kept.name}, and call it"
            yield Change(text, lambda: file.rename(kept), theirs=True)
        yield Change(f"write {self._shown(file)}", lambda: self._write(file))

    def undo(self) -> list[Change]:
        files = [self.folder / (event + end) for event in events(self.work) for end in RENAMED]
        files += [self._file(event) for event in events(self.work) if self._file(event) not in files]
        return [self._undoing(file) for file in files if self._is_ours(file)]

    def _undoing(self, file: Path) -> Change:
        kept = file.with_name(file.name.partition(".")[0] + KEPT)
        if kept.exists() or kept.is_symlink():
            return Change(f"restore {self._shown(file)}", lambda: kept.replace(file))
        return Change(f"remove {self._shown(file)}", file.unlink)

    def verify(self) -> list[Finding]:
        return [self._finding(event) for event in events(self.work)]

    def _file(self, event: str) -> Path:
        """Where a hook stands: beside others, where a forge keeps its own and starts all of a folder."""
        beside = self.folder / f"{event}.d"
        return beside / "mbgit" if self.work.site.bare and beside.is_dir() else self.folder / event

    def blocked(self) -> str:
        """Why not all hooks fire, and the line that lets them; nothing where they do."""
        found = [finding for finding in self.verify() if finding.state != ARMED]
        events = ", ".join(finding.about.removeprefix("hook ") for finding in found)
        return f"{counted(len(found), 'hook')} will not fire ({events}): {found[0].why}" if found else ""

    def _finding(self, event: str) -> Finding:
        about, line = f"hook {event}", LINE.format(event=event)
        if self.elsewhere == os.devnull:
            return Finding(UNARMED, about, "core.hooksPath is /dev/null: git config --unset core.hooksPath")
        if self.elsewhere and git.version() >= git.CONFIG_HOOKS:
            return Finding(ARMED, about, "from git's configuration")
        if self._is_called(event):
            return Finding(ARMED, about, "called by another tool's")
        if self.elsewhere:
            return Finding(UNARMED, about, f"core.hooksPath is {self.elsewhere}: add there: {line}")
        if self._state(event) == UNARMED and self._is_configured(event):
            return Finding(ARMED, about, "from git's configuration")
        if self._state(event) == UNARMED and self._is_foreign(self._file(event)):
            return Finding(UNARMED, about, f"another tool took its place: add to its hook: {line}")
        state = self._state(event)
        return Finding(state, about, "" if state == ARMED else "run install.py again")

    def _is_configured(self, event: str) -> bool:
        """Whether git starts it without any file."""
        if git.version() < git.CONFIG_HOOKS:
            return False
        return bool(git.config(f"hook.mbgit-{event}.command", cwd=self.work.site.top))

    def _is_called(self, event: str) -> bool:
        """Whether another tool's hook, or what it reads, hands over to mbgit: then somebody has added the line."""
        folder = self.work.site.top / Path(self.elsewhere).expanduser() if self.elsewhere else self.folder
        files = [folder / event]
        if b"lefthook" in (content(files[0]) or b""):
            files += [self.work.site.top / name for name in LEFTHOOK]
        if folder.name == "_":  # husky's, which starts the file above it
            files.append(folder.parent / event)
        return any(calls(file, event) for file in files if not self._is_ours(file))

    def _state(self, event: str) -> str:
        called = [self._file(event), self.folder / f"{event}.legacy"]
        if any(content(file) == self.shim and os.access(file, os.X_OK) for file in called):
            return ARMED
        return BROKEN if self._is_ours(called[0]) else UNARMED

    def _write(self, file: Path) -> None:
        self.work.record.make_folder(self.folder)
        replace(file, self.shim, 0o755)

    def _is_ours(self, file: Path) -> bool:
        return not file.is_symlink() and MARK in (content(file) or b"")

    def _is_foreign(self, file: Path) -> bool:
        return file.is_symlink() or (file.exists() and not self._is_ours(file))

    def _shown(self, file: Path) -> str:
        return self.work.shown(file)


def calls(file: Path, event: str) -> bool:
    """Whether a file hands an event over to mbgit."""
    try:
        rows = [row for row in file.read_bytes().split(b"\n") if not row.lstrip().startswith(b"#")]
    except OSError:
        return False
    return any(b"mbgit/run" in row for row in rows) and any(b" %s " % event.encode() in row for row in rows)


def hooks_path(work: Work) -> str:
    """The folder that git takes hooks from where that is not the clone's own, else nothing."""
    own = work.site.common / "hooks"
    if own.is_symlink():
        return str(own.resolve())
    named = git.config("core.hooksPath", cwd=work.site.top)
    if not named:
        return ""
    used = git.line("rev-parse", "--path-format=absolute", "--git-path", "hooks", cwd=work.site.top)
    return "" if Path(used).resolve() == own.resolve() else named
