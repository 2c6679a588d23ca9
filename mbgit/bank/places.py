"""Where a repository keeps its memory banks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

USUAL = (".claude/memory-bank", "memory-bank", ".memory-bank", "docs/memory-bank")
"""The places of the specification's layouts; a bank that is to come is expected there."""
OWN_FORM = (
    ".cursor/memory-bank", ".kilocode/rules/memory-bank", ".claude/memory", ".claude/agent-memory", ".squad",
    ".ai-team", ".serena/memories", ".context",
)  # fmt: skip
"""The places of layouts that tools brought along, each with a form of its own."""
PLACES = (*USUAL, *OWN_FORM)


def find_banks(is_folder: Callable[[str], bool]) -> list[str]:
    """The usual places that are folders here; `is_folder` answers for a path from the repository's root."""
    return [place for place in PLACES if is_folder(place)]


def bank_path(text: str) -> str:
    """A bank's path from the repository's root in one spelling: no `./`, no `//`, no slash at the end.

    Raises ValueError for a path that leaves the repository, or lies in `.git`.
    """
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"a bank lies inside of the repository, not at {text!r}")
    if path.parts[:1] == (".git",):
        raise ValueError(f"a bank cannot lie in git's own folder: {text!r}")
    return str(path)
