"""Merges that were made another way than mbgit's, and what they lost."""

from __future__ import annotations

from mbgit.words import fit_for_command, quoted, shown_path

from .arrival import Arrival, Loss


def part(arrival: Arrival) -> list[str]:
    """Those that lost something first."""
    mine = [loss for loss in arrival.losses if arrival.concerns(loss.path)]
    return [_line(loss) for loss in sorted(mine, key=lambda loss: not loss.titles)]


def _line(loss: Loss) -> str:
    where = f"merge {loss.commit[:10]} by {quoted(loss.author, 40)}, not mbgit's, of {shown_path(loss.path)}"
    if not loss.titles:
        return f"{where}: lost no entry"
    more = f" and {len(loss.titles) - 1} more" if len(loss.titles) > 1 else ""
    fits = fit_for_command(loss.path)
    show = f': git show "{loss.commit[:10]}^{loss.parent + 1}:{loss.path}"' if fits else ""
    return f"{where}: lost {quoted(loss.titles[0])}{more}{show}"
