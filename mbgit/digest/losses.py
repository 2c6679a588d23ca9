"""Merges that were made without mbgit, and what they lost."""

from __future__ import annotations

from mbgit.words import fit_for_command, quoted, shown_path

from .arrival import Arrival, Loss

COLUMNS = ("merge", "by", "file", "lost")
NAMED = 5  # entries that a row of a table names


def part(arrival: Arrival) -> list[str]:
    """Those that lost something first."""
    mine = [loss for loss in arrival.losses if arrival.concerns(loss.path)]
    return [line(loss) for loss in sorted(mine, key=lambda loss: not loss.titles)]


def line(loss: Loss) -> str:
    """What a merge made of a file, and the command that shows what it lost."""
    where = f"merge {loss.commit[:10]} by {quoted(loss.author, 40)}, not mbgit's, of {shown_path(loss.path)}"
    if not loss.titles:
        return f"{where}: lost no entry"
    more = f" and {len(loss.titles) - 1} more" if len(loss.titles) > 1 else ""
    fits = fit_for_command(loss.path)
    show = f': git show "{loss.commit[:10]}^{loss.parent + 1}:{loss.path}"' if fits else ""
    return f"{where}: lost {quoted(loss.titles[0])}{more}{show}"


def row(loss: Loss) -> tuple[str, str, str, str]:
    """The same as cells of a table: merge, author, file, what it lost."""
    lost = ", ".join(quoted(title) for title in loss.titles[:NAMED])
    more = f" and {len(loss.titles) - NAMED} more" if len(loss.titles) > NAMED else ""
    return loss.commit[:10], quoted(loss.author, 40), shown_path(loss.path), f"{lost}{more}" or "no entry"
