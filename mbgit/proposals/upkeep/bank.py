"""What a job of upkeep gets and returns: values, so that every job is a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from mbgit.bank.edits import Edited, Edits
from mbgit.bank.entries import Entry
from mbgit.bank.settings import Settings
from mbgit.proposals.harvest.plan import Provenance
from mbgit.words import counted

DAY = 24 * 60 * 60
LARGEST = 1_000_000  # bytes of a file that a job looks into
LISTED = 20  # lines that a message has for one list

Item = TypeVar("Item")


class Upkeep(NamedTuple):
    """What one job proposes: one commit."""

    name: str
    edits: Edits
    message: str
    """The commit message, fit for a terminal: what others wrote is quoted in it."""
    trailers: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The message with its trailers."""
        return self.message + "".join(f"{line}\n" for line in ("", *self.trailers) if self.trailers)


class Bank(NamedTuple):
    """The banks of a repository at one commit, and what git knows of them. Paths count from the repository's root."""

    files: Mapping[str, bytes]
    """The files in scope (symlinks among them, so that nothing is written through one); read as they are asked for."""
    banks: Sequence[str]
    now: int
    """Epoch seconds."""
    settings: Settings = Settings()
    has: Callable[[str], bool] = lambda path: False
    """Whether a file or folder lies at a path of the commit, in scope or not."""
    written_at: Callable[[str, int], int | None] = lambda path, line: None
    """The author time of a line (from 1) of a file in scope, in epoch seconds; None: not known."""
    by: Callable[[str, Entry], Provenance] = lambda path, entry: Provenance()
    """Who wrote an entry of a file, and in which commit, if it stands there as it did in the commit at hand."""
    renamed_to: Callable[[str], str | None] = lambda path: None
    """Where a file that is gone went in history."""
    last_touched: Callable[[str], int | None] = lambda path: None
    """When a file was last changed, in epoch seconds; None: not known."""
    changes: Callable[[str], Iterable[tuple[bytes, bytes]]] = lambda path: ()
    """What a file was before and after the newest commits that changed it, newest first."""
    harvested: Callable[[str], Sequence[int]] = lambda source: ()
    """When a rule's buffer was harvested (`settings.Rule.source`), in epoch seconds, in any order."""

    def text(self, path: str, largest: int = LARGEST) -> bytes | None:
        """A file that a job may look into; None where there is none, or it is too large or no text."""
        data = self.files.get(path)
        return data if data is not None and len(data) <= largest and b"\0" not in data else None

    def there(self, path: str) -> bool:
        """Whether something lies at a path."""
        return path in self.files or self.has(path)

    def days_since(self, when: int) -> int:
        """Whole days from a time to now."""
        return (self.now - when) // DAY

    def after(self, edits: Edits) -> Bank:
        """The same after some edits: what the next job starts from. Times and history stay those of the commit."""
        gone = {path for path, data in edits.items() if data is None}
        return self._replace(files=Edited(self.files, edits), has=lambda path: path not in gone and self.has(path))


def listed(items: Iterable[Item], line: Callable[[Item], str] = str) -> str:
    """Items as lines of a message, the first of them where they are many."""
    every = list(items)
    more = [f"- and {counted(len(every) - LISTED, 'other')}"] if len(every) > LISTED else []
    return "\n".join([*(f"- {line(item)}" for item in every[:LISTED]), *more])


def message(subject: str, *parts: str) -> str:
    """A commit message of a subject and paragraphs; empty ones are left out."""
    return "\n\n".join([subject, *filter(None, parts)]) + "\n"
