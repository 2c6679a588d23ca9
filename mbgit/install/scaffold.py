"""The missing files of a layout, in every bank; a file that is there is never touched."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mbgit.bank.layouts import LAYOUTS, template

from .plan import Change, Finding, Work


class Scaffold:
    """Files for the user to commit: uninstalling leaves them."""

    def __init__(self, work: Work, layout: str) -> None:
        self.work, self.names = work, LAYOUTS[layout]

    def do(self) -> list[Change]:
        files = [self.work.site.top / bank / name for bank in self.work.banks for name in self.names]
        missing = [file for file in files if not file.exists() and not file.is_symlink()]
        return [Change(f"create {self.work.shown(file)}", partial(_create, file)) for file in missing]

    def undo(self) -> list[Change]:
        return []

    def verify(self) -> list[Finding]:
        return []


def _create(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "xb") as new:
        new.write(template(file.name))
