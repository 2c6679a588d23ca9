"""What is wrong with the settings, the team's and this clone's."""

from __future__ import annotations

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return [f"{trouble.where}: {trouble.what}" for trouble in arrival.settings.troubles]
