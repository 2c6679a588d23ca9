"""Private memories: an agent writes only its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mbgit.bank.kinds import kind_of
from mbgit.bank.layouts import is_owner, owner_of
from mbgit.words import quoted

from .finding import Finding

NAME = "private"


def foreign_memories(paths: Iterable[str], banks: Sequence[str], persona: str) -> list[Finding]:
    """A finding for each of the paths that is another persona's private memory; none where no persona works."""
    foreign = [path for path in paths if persona and owner_of(path) and not is_owner(persona, path)]
    return [
        Finding(NAME, path, 0, f"the private memory of {quoted(owner_of(path))}, and {quoted(persona)} writes to it")
        for path in foreign
        if (kind := kind_of(path, banks)) and kind.private
    ]
