"""A time limit for hooks: git waits for them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUp(BaseException):
    """The seconds are used up. It is no Exception, so no `except` on the way takes it for a fault of its own."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeIsUp in what takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
