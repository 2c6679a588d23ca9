"""Parts of the installation that are missing in this clone."""

from __future__ import annotations

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return [f"not armed: {item}" for item in arrival.unarmed]
