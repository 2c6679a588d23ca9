"""Counts the governed files of a repository, as git sees them: the last line of an installation."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mbgit import git
from mbgit.bank.kinds import folded, scope

from .plan import Work
from .shims import team_settings

NAMED = {"handoff.md": "latest", "todo.md": "union", "backlog.md": "union", "memory.md": "union"}
"""Files of a root that may be a team's memory, and may be something else: only the team can say so."""


def governed(work: Work) -> tuple[list[str], list[str]]:
    """The pages that may be memory, those that git merges by mbgit and those that it does not. Raises GitError.

    They are the pages of the banks and what lies beside them, whether they are committed or not, and the files of
    `NAMED`.
    """
    top, team = work.site.top, team_settings(work.site.top)
    asked = [*scope(work.banks, team.targets, team.files), *(f":(top,icase,literal){name}" for name in NAMED)]
    listed = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *asked, cwd=top)
    pages = sorted({path for path in os.fsdecode(listed).split("\0") if path.endswith(".md")})
    said = git.run("check-attr", "-z", "--stdin", "merge", cwd=top, stdin=os.fsencode("\0".join(pages)))
    drivers = os.fsdecode(said).split("\0")[2::3]
    found: tuple[list[str], list[str]] = [], []
    for path, driver in zip(pages, drivers, strict=True):
        found[not driver.startswith("mbgit-")].append(path)
    return found


def naming(paths: Iterable[str]) -> list[str]:
    """The lines of `.mbgit.toml` that govern those of some paths that a team may name."""
    tables = [f'[[files]]\npath = "{path}"\nmerge = "{NAMED[folded(path)]}"' for path in paths if folded(path) in NAMED]
    lines = [line for table in tables for line in table.split("\n")]
    return ["not governed unless .mbgit.toml names them, for install.py to be run again:", *lines] if lines else []
