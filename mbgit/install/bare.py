"""A bare repository that others push to: whoever may write to it must be able to start its hook."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mbgit import git

from .plan import ARMED, Change, Step, Work

# What git's own files get for others beside their owner (core.sharedRepository), as the bits of a mode.
_GROUP, _ALL = 0o070, 0o075
_SHARED = dict.fromkeys(("group", "true", "yes", "on", "1"), _GROUP) | dict.fromkeys(
    ("all", "world", "everybody", "2"), _ALL
)


class Sharing(Step):
    """The modes of mbgit's folder, where the repository is shared: a hook that cannot start checks nothing."""

    def __init__(self, work: Work) -> None:
        self.work = work
        said = git.config("core.sharedRepository", cwd=work.site.top).lower()
        self.bits = _SHARED.get(said, int(said, 8) & 0o077 if said[:1] == "0" and said.isdigit() else 0)

    def do(self) -> list[Change]:
        if not self.bits or (self.work.options.dry_run and not any(map(self._is_closed, self._files()))):
            return []  # what is not there yet is not seen, so it is always looked for what is to be shared
        return [Change(f"share {self.work.shown(self.work.site.home)} as git shares its own files", self._share)]

    def _share(self) -> None:
        for path in filter(self._is_closed, self._files()):
            path.chmod(self._wanted(path))

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.work.site.home):
            yield Path(folder)
            yield from (path for name in names if not (path := Path(folder, name)).is_symlink())

    def _is_closed(self, path: Path) -> bool:
        return self._wanted(path) != path.stat().st_mode & 0o7777

    def _wanted(self, path: Path) -> int:
        """The mode by which others may do what the owner may, as far as the repository lets them."""
        own = path.stat().st_mode & 0o7777
        may = (own >> 6) & 0o7
        return own | ((may << 3 | may) & self.bits)


def summary(work: Work) -> str:
    """What the repository has, in one line: where its hook cannot start, that."""
    from .shims import Shims

    blocked = [finding for finding in Shims(work).verify() if finding.state != ARMED]
    if blocked:
        return f"the drivers are in place, but nothing that is pushed is checked: {blocked[0].about}: {blocked[0].why}"
    return "the drivers are in place, and what is pushed is checked"
