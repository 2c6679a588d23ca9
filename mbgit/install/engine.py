"""The clone's own copy of the engine: it outlives virtual environments, this checkout and every worktree."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from .plan import ARMED, BROKEN, UNARMED, Change, Finding, Step, Work

SOURCE = Path(__file__).resolve().parent.parent / "engine"
_COMPILE = "import compileall, sys; sys.exit(not compileall.compile_dir(sys.argv[1], quiet=2))"


class Engine(Step):
    """`mbgit/engine`, a link to a folder that is written once, never changed: an upgrade is one rename."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.link = work.site.home / "engine"

    def do(self) -> list[Change]:
        return [Change(f"copy the engine to {self._shown()}", self._copy)] if self._complaint() else []

    def undo(self) -> list[Change]:
        return [Change(f"remove {self._shown()}", self._remove)] if self._folders() else []

    def verify(self) -> list[Finding]:
        about, complaint = f"engine in {self._shown()}", self._complaint()
        if complaint is None:
            return [Finding(ARMED, about)]
        return [Finding(BROKEN if self.link.exists() else UNARMED, about, complaint)]

    def _complaint(self) -> str | None:
        if not self.link.exists():
            return "the engine is not there"
        if digest(self.link) != digest(SOURCE):
            return "the engine is not the one of this version"
        if not all(self._compiled(file).exists() for file in self.link.glob("*.py")):
            return "the engine is not compiled for this interpreter"
        return None

    def _compiled(self, file: Path) -> Path:
        return file.parent / "__pycache__" / f"{file.stem}.{self.work.python.tag}.pyc"

    def _copy(self) -> None:
        self.work.record.set("base", self.work.python.base)
        old = self._folders()
        new = Path(tempfile.mkdtemp(dir=self.work.site.home, prefix="engine-"))
        self._copy_files(new)
        subprocess.run([self.work.python.base, "-IS", "-c", _COMPILE, str(new)], check=True)
        link = new.with_name(f"{new.name}.link")
        link.symlink_to(new.name)
        os.replace(link, self.link)
        for folder in old:
            shutil.rmtree(folder)

    def _copy_files(self, new: Path) -> None:
        """The sources with their times, so that what Python has compiled of them here already counts there."""
        for file in SOURCE.glob("*.py"):
            shutil.copyfile(file, new / file.name)
            os.utime(new / file.name, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
        (new / "__pycache__").mkdir()
        for file in SOURCE.glob(f"__pycache__/*.{self.work.python.tag}.pyc"):
            with suppress(OSError):  # one that went meanwhile is compiled again
                shutil.copyfile(file, new / "__pycache__" / file.name)

    def _remove(self) -> None:
        self.link.unlink(missing_ok=True)
        for folder in self._folders():
            shutil.rmtree(folder)

    def _folders(self) -> list[Path]:
        return [path for path in self.work.site.home.glob("engine-*") if path.is_dir()]

    def _shown(self) -> str:
        return self.work.shown(self.link)


def digest(folder: Path) -> str:
    """A hash of the sources in a folder."""
    found = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        found.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
