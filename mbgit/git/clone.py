"""Where a hook runs: the clone's own folder, its banks and settings, who works there, and its objects."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mbgit import git
from mbgit.bank.kinds import scope
from mbgit.bank.locks import Lock, read_locks
from mbgit.bank.places import USUAL, find_banks
from mbgit.bank.settings import FILE, LEVELS, Settings, Trouble, config_troubles, read_settings, variable_troubles

if TYPE_CHECKING:
    from mbgit.engine.result import Seen

RECORD = "installed.json"
CONTEXT = "activeContext.md"  # where locks stand
SCOPE = "scope"  # the file that lists the governed paths for the shell


class Clone:
    """One clone, as its hooks see it. Everything is read once, when it is asked for."""

    def __init__(self, home: Path | None = None) -> None:
        """`home` is mbgit's folder in the clone; None: a clone without one (CI), where the usual banks count."""
        self.home = home
        self.kept: list[str] = []  # commits whose banks count too: none that is judged moves a bank out of sight
        self.objects = git.Objects()
        self._files: dict[tuple[str, ...], dict[str, str]] = {}

    @cached_property
    def config(self) -> dict[str, str]:
        """git's configuration; keys are in lower case but for their middle part."""
        return git.configuration()

    @property
    def persona(self) -> str:
        """Who works here; nothing where nobody has said."""
        return os.environ.get("MBGIT_PERSONA") or self.config.get("mbgit.persona", "")

    @property
    def email(self) -> str:
        """Whose commits are made here."""
        return os.environ.get("GIT_AUTHOR_EMAIL") or self.config.get("user.email", "")

    @cached_property
    def head(self) -> str:
        """The commit that HEAD means; empty on an unborn branch."""
        return self.objects.commit("HEAD")

    @cached_property
    def branch(self) -> str:
        """The branch that HEAD is on; empty where it is on none."""
        return git.branch()

    @cached_property
    def default_branch(self) -> str:
        """The remote's default branch, as far as this clone knows; empty where it does not."""
        return git.branch("refs/remotes/origin/HEAD").removeprefix("origin/")

    @cached_property
    def folder(self) -> Path:
        """git's folder of this worktree. Raises GitError."""
        return Path(git.line("rev-parse", "--absolute-git-dir"))

    def settings(self, revision: str) -> Settings:
        """The settings that a revision holds (empty: the index), lowered where git's configuration says so."""
        found = read_settings(self.objects.blob(f"{revision}:{FILE}"))
        levels = dict(found.levels)
        for key, level in self.config.items():
            if key.startswith("mbgit.checks.") and level in LEVELS:
                name = key.rpartition(".")[2]
                levels[name] = (*levels.get(name, ()), ("**", level))
        return found._replace(levels=levels, troubles=(*found.troubles, *self.faults))

    @property
    def faults(self) -> list[Trouble]:
        """What is wrong with this clone's own settings."""
        return [*config_troubles(self.config), *variable_troubles(os.environ)]

    def banks(self, revision: str) -> list[str]:
        """The banks that install.py took over; else those that the revision names, or has in the usual places."""
        if self._recorded and not self.kept:
            return self._recorded
        named = (bank for commit in (revision, *self.kept) for bank in self._named(commit))
        return list(dict.fromkeys([*self._recorded, *named]))

    def _named(self, revision: str) -> list[str]:
        named = list(self.settings(revision).banks)
        return named or find_banks(lambda place: self.objects.kind(f"{revision}:{place}") == "tree") or list(USUAL)

    @cached_property
    def _recorded(self) -> list[str]:
        try:
            found = json.loads((self.home / RECORD).read_bytes()) if self.home else {}
        except (OSError, ValueError):
            return []
        banks = found.get("banks") if isinstance(found, dict) else None
        return [bank for bank in banks if isinstance(bank, str)] if isinstance(banks, list) else []

    def head_blobs(self, paths: Iterable[str]) -> dict[str, str]:
        """The ids of the files at these paths in HEAD; a path without one is left out."""
        return git.files(self.head, [f":(top,literal){path}" for path in paths]) if self.head else {}

    def files(self, commit: str, paths: Sequence[str]) -> Mapping[str, str]:
        """`git.files`, asked once for each commit (an id) and paths. Raises GitError."""
        asked = (commit, *paths)
        if asked not in self._files:
            self._files[asked] = git.files(commit, paths)
        return self._files[asked]

    def bases(self, parents: Sequence[str], commits: Iterable[str], path: str) -> list[str]:
        """The file at a path in the merge bases (`commits`) of some parents; empty where it is not there.

        Where they have no text of it, and two parents have the file, what both had there once, as the drivers see it
        (`engine.seen`). Raises GitError.
        """
        found = [self.objects.id(f"{commit}:{path}") for commit in commits]
        if any(blob and self.objects.blob(blob) != b"" for blob in found) or len(parents) != 2:
            return found
        if not all(self.objects.id(f"{parent}:{path}") for parent in parents):
            return found
        from mbgit.git.bases import LOG, shared, versions

        asked = ((parent, f"^{other}") for parent, other in zip(parents, reversed(parents), strict=True))
        one, other = (versions(git.run(*LOG, *it, "--", f":(top,literal){path}", env=git.QUIET)) for it in asked)
        blob = shared(one, other)
        return [blob] if blob else found

    def seen(self, parents: Sequence[str], path: str) -> Seen | None:
        """What each of two parents' history held of a file since their merge base, as the drivers see it."""
        if len(parents) != 2:
            return None

        @cache
        def sides() -> tuple[list[tuple[int, bytes, bytes]], ...]:
            from mbgit.engine import history
            from mbgit.engine.ask import NoAnswer

            asked = f"{parents[0]}...{parents[1]}", "--", f":(top,literal){path}"
            try:
                found = history.steps(git.run(*history.LOG, *asked, env=git.QUIET))
            except (NoAnswer, git.GitError):
                return [], []
            tips = [self.objects.blob(f"{parent}:{path}") or b"" for parent in parents]
            most = history.bound([*tips, b"0"])
            texts = self.objects.blob
            kept = [side[-most:] for side in found]
            return tuple([(when, texts(old) or b"", texts(new) or b"") for when, old, new in side] for side in kept)

        return lambda side: sides()[side]

    def scope(self, revision: str) -> list[str]:
        """What mbgit looks at in a revision, as pathspecs."""
        settings = self.settings(revision)
        return scope(self.banks(revision), settings.targets, settings.files)

    def locks(self, revision: str) -> list[tuple[str, Lock]]:
        """The locks in the tables of a revision's banks, each with its bank's folder."""
        found = []
        for bank in self.banks(revision):
            path = CONTEXT if bank == "." else f"{bank}/{CONTEXT}"
            if data := self.objects.blob(f"{revision}:{path}"):
                times = _Times(self.objects.commit(revision), path)
                found += [(bank, lock) for lock in read_locks(data, times)]
        return found

    def close(self) -> None:
        self.objects.close()


class _Times:
    """When a line of a file was written; git is asked at the first question."""

    def __init__(self, commit: str, path: str) -> None:
        self.commit, self.path = commit, path

    def __call__(self, row: str) -> int | None:
        return self._lines.get(row.strip())

    @cached_property
    def _lines(self) -> dict[str, int]:
        try:
            return {line.text.strip(): line.authored for line in git.blame(self.commit, self.path)}
        except git.GitError:
            return {}


def kept_text(file: Path) -> str:
    """The text of a small file that mbgit or git keeps; empty where it is missing or not to be read."""
    try:
        return file.read_text()
    except (OSError, ValueError):
        return ""


def now() -> int:
    """The time at which git would commit: the machine's, unless the environment says otherwise. Epoch seconds."""
    if date := os.environ.get("GIT_COMMITTER_DATE"):
        with suppress(git.GitError, ValueError, IndexError):
            return _committer_time(date)
    return int(time.time())


@cache
def _committer_time(_: str) -> int:
    """What git makes of GIT_COMMITTER_DATE, which has that value."""
    return int(git.line("var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[1])
