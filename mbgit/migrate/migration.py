"""What a migration is: the edits that belong into one commit, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

Edits = dict[str, bytes | None]


class Migration(NamedTuple):
    """The outcome of a plan. Without `edits` there is nothing to migrate."""

    edits: Edits
    """The new bytes of each file that changes, by its path from the root; None: it goes."""
    message: str
    """The commit's message."""
    notes: tuple[str, ...] = ()
    """What stays to be done by a person, or stays as it is: a line each, fit for a terminal."""
    lines: tuple[str, ...] = ()
    """What happens to each file: a line each, fit for a terminal."""


def migration(subject: str, edits: Edits, lines: Sequence[str], notes: Iterable[str]) -> Migration:
    """A migration with a message that tells what happens to each file."""
    body = "".join(f"- {line}\n" for line in lines)
    return Migration(edits, f"{subject}\n\n{body}", tuple(notes), tuple(lines))


class Tree(Mapping[str, bytes]):
    """The files of a commit with some edits. A file that cannot be read is there, but has no item (KeyError)."""

    def __init__(self, files: Mapping[str, bytes], edits: Mapping[str, bytes | None]) -> None:
        self.files, self.edits = files, edits

    def __getitem__(self, path: str) -> bytes:
        if path not in self.edits:
            return self.files[path]
        data = self.edits[path]
        if data is None:
            raise KeyError(path)
        return data

    def __contains__(self, path: object) -> bool:
        return self.edits[path] is not None if path in self.edits else path in self.files  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        yield from (path for path in self.files if path not in self.edits)
        yield from (path for path, data in self.edits.items() if data is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def inside(bank: str, name: str) -> str:
    """A name of a bank as a path from the root."""
    return name if bank == "." else f"{bank}/{name}"


def spelled(path: str, files: Iterable[str]) -> str:
    """A path as the repository spells it: upper and lower case are one. As it is where there is no such file."""
    return path if path in files else next((known for known in files if known.casefold() == path.casefold()), path)
