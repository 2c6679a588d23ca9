"""Keys, tokens and passwords in lines that are added."""

from __future__ import annotations

from collections.abc import Sequence

from mbgit.words.secrets import Leak, leaks, redacted

from .finding import Finding

__all__ = ["NAME", "Leak", "check_rows", "leaks", "redacted"]

NAME = "secrets"


def check_rows(path: str, rows: Sequence[bytes], known: set[bytes]) -> list[Finding]:
    """A finding for each secret in those rows of a text that are not known. The finding says whose it is, not what."""
    new = [number for number, row in enumerate(rows) if row not in known]
    if not new:
        return []
    first, last = _window(rows, new)
    found = leaks([row.decode(errors="replace") for row in rows[first:last]], {number - first for number in new})
    return [Finding(NAME, path, first + leak.row + 1, f"looks like {leak.kind}") for leak in found]


def _window(rows: Sequence[bytes], new: Sequence[int]) -> tuple[int, int]:
    """The rows that say whether the new ones hold a secret: all of a code block around them, and one above them."""
    first = max(new[0] - 1, 0)
    marks = [number for number, row in enumerate(rows[:first]) if row.lstrip(b"> \t").startswith((b"```", b"~~~"))]
    return (marks[-1] if len(marks) % 2 else first), new[-1] + _KEY_ROWS


_KEY_ROWS = 100  # rows over which a key may go on
