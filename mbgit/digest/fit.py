"""Fits the digest into twelve lines: an agent pays for each, and a person stops reading."""

from __future__ import annotations

from collections.abc import Sequence

LINES = 12
WHOLE = "git show mbgit/report"


def fit(parts: Sequence[tuple[Sequence[str], int]]) -> list[str]:
    """The lines of all parts, at most `LINES`; each part comes with how many it may have at most.

    Each part has a line as long as there is room; what is left goes round, a line at a time. A part that is cut says
    how much was left out, and the last of those says where all of it stands.
    """
    lengths = _lengths([min(len(lines), most) for lines, most in parts], LINES)
    cut = [at for at, (lines, _) in enumerate(parts) if 0 < lengths[at] < len(lines)]
    found = []
    for at, (lines, _) in enumerate(parts):
        shown = list(lines[: lengths[at]])
        if at in cut:
            where = f": {WHOLE}" if at == cut[-1] else ""
            shown[-1] += f" (+{len(lines) - len(shown)} more{where})"
        found += shown
    return found


def _lengths(wanted: list[int], room: int) -> list[int]:
    given = [0] * len(wanted)
    while room and given != wanted:
        for at, most in enumerate(wanted):
            if room and given[at] < most:
                given[at] += 1
                room -= 1
    return given
