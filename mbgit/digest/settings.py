"""What is wrong with the team's settings."""

from __future__ import annotations

from mbgit.bank.settings import FILE

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    return [f"{FILE}: {trouble.what}" for trouble in arrival.settings.troubles]
