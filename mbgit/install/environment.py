"""The private virtual environment that the hooks run in: one for all clones of a user's machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mbgit import report
from mbgit.words import counted

from .plan import Change, Failure, Step, Work
from .record import FILE, content, replace

KEY = "environment"
CHECKOUT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("pyproject.toml", "mbgit/**/*.py", "mbgit/**/*.md", "mbgit/**/*.yml", "hooks/*")


def keep_in(folder: Path) -> None:
    """Keep the environment in a folder, with all that belongs to it, unless somebody has named another place."""
    os.environ.setdefault("MBGIT_HOME", str(folder / KEY))
    os.environ.setdefault("PIP_NO_CACHE_DIR", "1")


def home() -> Path:
    """The folder of the environment: $MBGIT_HOME, else the user's folder for data."""
    if named := os.environ.get("MBGIT_HOME"):
        return Path(named).absolute()
    if data := os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA"):
        return Path(data).absolute() / "mbgit"
    return Path.home() / ".local" / "share" / "mbgit"


def python() -> Path:
    """The environment's interpreter, whether it is there or not."""
    return home() / "venv" / "bin" / "python"


def ready() -> bool:
    """Whether the environment holds this checkout as it is now."""
    return python().exists() and content(home() / "installed") == _digest()


def make() -> None:
    """Make the environment, or bring it up to date. Raises Failure where that cannot be done here and now."""
    home().mkdir(parents=True, exist_ok=True)
    with _alone():
        if ready():
            return
        (home() / "installed").unlink(missing_ok=True)
        if not _works():
            venv = [sys.executable, "-m", "venv", "--clear", str(home() / "venv")]
            _step(f"making a virtual environment in {home()}", venv)
        pip = [str(python()), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _step("installing mbgit and the libraries of its hooks into it", [*pip, "--force-reinstall", str(CHECKOUT)])
        replace(home() / "installed", _digest())


class Environment(Step):
    """The environment, and the note there that this clone uses it."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def do(self) -> list[Change]:
        making = [] if ready() else [Change(f"install mbgit for the hooks into {home()}", self._make)]
        if str(self.work.site.common) in _clones(home()) and self.work.record.values.get(KEY) == str(home()):
            return making
        return [*making, Change(f"use the environment in {home()}", self._enter)]

    def undo(self) -> list[Change]:
        if KEY not in self.work.record.values:
            return []
        folder = Path(self.work.record.values[KEY])
        if others := len(self._others(folder)):
            return [Change(f"keep the environment in {folder}, for {counted(others, 'other clone')}", self._leave)]
        there = (folder / "clones").exists()
        return [Change(f"remove the environment in {folder}: no other clone uses it", self._leave)] if there else []

    def _make(self) -> None:
        try:
            make()
        except (Failure, OSError) as failure:
            raise Failure(f"{failure}. The drivers are armed; to arm the hooks, later: {self._again()}") from failure

    def _again(self) -> str:
        """The command that does the rest of what was asked for, from any folder."""
        asked = self.work.options
        targets = [os.path.abspath(target) for target in asked.target] or [str(self.work.site.top)]
        words = [sys.executable, str(CHECKOUT / "install.py"), *(["--global"] if asked.everywhere else targets)]
        for option, value in (("--persona", asked.persona), ("--digest", asked.digest)):
            words += [option, value] if value else []
        return shlex.join(words)

    def _enter(self) -> None:
        self.work.record.set(KEY, str(home()))
        _write_clones(home(), [*_clones(home()), str(self.work.site.common)])

    def _leave(self) -> None:
        folder = Path(self.work.record.values[KEY])
        if others := self._others(folder):
            _write_clones(folder, others)
        else:
            shutil.rmtree(folder)

    def _others(self, folder: Path) -> list[str]:
        """The other clones that use the environment in a folder."""
        own = str(self.work.site.common)
        return [name for name in _clones(folder) if name != own and Path(name, "mbgit", FILE).exists()]


def _works() -> bool:
    ask = [str(python()), "-I", "-m", "pip", "--version"]
    return python().exists() and subprocess.run(ask, capture_output=True, check=False).returncode == 0


def _step(what: str, argv: list[str]) -> None:
    report.say(f"{what} ...")
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        why = [line for line in said if "rror:" in line.lower()] or said or ["no reason given"]
        raise Failure(f"{what} failed ({why[-1]}; offline?)")


def _digest() -> bytes:
    """What identifies the checkout's present content."""
    found = hashlib.sha256()
    for file in sorted(file for glob in SOURCES for file in CHECKOUT.glob(glob)):
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest().encode()


def _clones(folder: Path) -> list[str]:
    return os.fsdecode(content(folder / "clones") or b"").splitlines()


def _write_clones(folder: Path, names: list[str]) -> None:
    replace(folder / "clones", os.fsencode("".join(f"{name}\n" for name in dict.fromkeys(names))))


@contextmanager
def _alone() -> Iterator[None]:
    """Of two installs at once the second waits, and finds the environment."""
    with open(home() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
