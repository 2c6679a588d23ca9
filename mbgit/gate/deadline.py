"""A time limit for hooks: git waits for them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUp(BaseException):
    """Time is up. It is no Exception, so no `except Exception` on the way catches it."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeIsUp in the body of a `with` that takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
