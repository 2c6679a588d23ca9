"""What a migration is: the edits that belong into one commit, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mbgit.bank.edits import Edits


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
    """A migration with a message that says what happens to each file."""
    body = "".join(f"- {line}\n" for line in lines)
    return Migration(edits, f"{subject}\n\n{body}", tuple(notes), tuple(lines))


def spelled(path: str, files: Iterable[str]) -> str:
    """A path as the repository spells it: upper and lower case are one. As it is where there is no such file."""
    return path if path in files else next((known for known in files if known.casefold() == path.casefold()), path)
