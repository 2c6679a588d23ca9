"""Faults in the settings of the team and of this clone."""

from __future__ import annotations

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return [f"{trouble.where}: {trouble.what}" for trouble in arrival.settings.troubles]
