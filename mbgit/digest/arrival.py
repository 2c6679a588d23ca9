"""What came into this clone at an event of git, as values: all that the parts of the digest read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mbgit.bank.entries import Undated
from mbgit.bank.handoffs import Handoff, read_handoffs, to_persona
from mbgit.bank.kinds import Kind, bank_of, folded, kind_of
from mbgit.bank.layouts import is_owner
from mbgit.bank.locks import Lock
from mbgit.bank.settings import Settings
from mbgit.digest.news import Run

if TYPE_CHECKING:
    from mbgit.gate.verdict import Judged

LOGBOOK = "agent-logbook.md"


class Delta(NamedTuple):
    """What one commit did to one file, by the ids of blobs; no blob: the file is not there (any more)."""

    path: str
    author: str
    blob: str
    older: tuple[str, ...] = ()
    commit: str = ""


class Changed(NamedTuple):
    """A published entry that a commit changed or took out."""

    path: str
    commit: str
    by: str
    """Who did it."""
    whose: str
    """Who wrote the entry."""
    mine: bool
    """The user of this clone did."""
    title: str
    before: str
    after: str = ""
    """Empty: it is gone."""
    line: int = 0
    """Where it stands now, from 1; 0: nowhere."""


class Loss(NamedTuple):
    """A merge that made of a file what mbgit would not have made of it."""

    commit: str
    author: str
    path: str
    titles: tuple[str, ...] = ()
    """Of the entries that it lost."""
    parent: int = 0
    """Which parent still has the first of them, from 0."""


class Day(NamedTuple):
    """A day on which the user of this clone committed."""

    date: str
    commits: int
    logged: bool
    """Whether one of them touched a log."""


class Upkeep(NamedTuple):
    """What is looked at once a day."""

    touched: Mapping[str, int] = {}
    """When each file was last changed, in epoch seconds; one that is not here was changed before `since`."""
    since: int = 0
    sizes: Mapping[str, int] = {}
    """How many bytes each bank holds."""
    day: Day | None = None
    """The last one before today."""


class Arrival(NamedTuple):
    """What an event brought, and the bank as it is now. Text in it is raw: others wrote it."""

    now: int = 0
    """Epoch seconds."""
    persona: str = ""
    branch: str = ""
    head: str = ""
    runs: Sequence[Run] = ()
    """Of the drivers, not reported before."""
    rebased: bool = False
    banks: Sequence[str] = ()
    kinds: Callable[[str], Kind | None] | None = None
    """The kind of a file at a path; None: by the banks alone."""
    settings: Settings = Settings()
    files: Mapping[str, str] = {}
    """The governed files of HEAD: path -> blob."""
    before: Mapping[str, str] = {}
    """The same as it was."""
    deltas: Sequence[Delta] = ()
    """What the commits that arrived did, newest first; merges only where they differ from all their parents."""
    locks: Sequence[tuple[str, Lock]] = ()
    """Each with its bank's folder."""
    findings: Sequence[Judged] = ()
    """Errors alone."""
    unchecked: int = 0
    """How many pages there was no time for."""
    losses: Sequence[Loss] = ()
    changed: Sequence[Changed] = ()
    unarmed: Sequence[str] = ()
    """What is not in place, and what puts it there: words of mbgit's own."""
    upkeep: Upkeep | None = None
    """None: looked at today already."""
    harvests: Sequence[str] = ()
    """Finished lines about what is proposed."""
    metrics: str = ""
    """Finished Markdown for the full report."""
    read: Callable[[str], bytes | None] = lambda blob: None
    """A blob's bytes."""

    def text(self, path: str) -> bytes:
        """A file of HEAD, empty where there is none."""
        return self.read(self.files.get(path, "")) or b""

    def text_before(self, path: str) -> bytes:
        return self.read(self.before.get(path, "")) or b""

    def kind(self, path: str) -> Kind | None:
        """The kind of a file."""
        return self.kinds(path) if self.kinds else kind_of(path, self.banks)

    def concerns(self, path: str) -> bool:
        """Whether the digest names a path to this persona: not others' private memories, and no templates."""
        kind = self.kind(path)
        if kind and kind.aside:
            return False
        if not self.persona or kind is None or not kind.private:
            return True
        return is_owner(self.persona, path)

    def in_banks(self, name: str) -> list[str]:
        """The files of that path in each bank, their name in any spelling."""
        named: dict[str, list[str]] = {}
        for path in self.files:
            if folded(path) == folded(name):
                named.setdefault(path[: path.rfind("/") + 1], []).append(path)
        folder = name[: name.rfind("/") + 1]
        return [path for bank in self.banks for path in named.get("" if bank == "." else f"{bank}/{folder}", ())]

    def handoffs(self) -> list[tuple[str, Handoff]]:
        """The handoffs to this persona that arrived, each with its file's path; the latest first."""
        found = [(path, handoff) for path in self.in_banks(LOGBOOK) for handoff in self._handed(path)]
        return sorted(found, key=lambda pair: pair[1].stamp, reverse=True)

    def _handed(self, path: str) -> list[Handoff]:
        if not self.persona or self.files[path] == self.before.get(path):
            return []
        before, now = map(self.settings.vocabulary.standard, (self.text_before(path), self.text(path)))
        known = {_key(handoff) for handoff in read_handoffs(before)}
        new = (handoff for handoff in read_handoffs(now) if _key(handoff) not in known)
        return to_persona(new, self.persona)

    def undated(self, path: str) -> Undated | None:
        """`undated` of `entries` for a file."""
        return self.settings.undated(path, self.banks)

    def named(self, path: str) -> str:
        """What a file of a bank is called in short: its name, unless there are several banks."""
        bank = bank_of(path, self.banks)
        return path if bank is None or bank == "." or len(self.banks) > 1 else path.removeprefix(f"{bank}/")


def _key(handoff: Handoff) -> tuple[str, str, str]:
    return handoff.stamp, handoff.sender, handoff.receiver
