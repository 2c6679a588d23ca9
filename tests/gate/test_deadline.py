from __future__ import annotations

import signal
import time

import pytest

from mbgit.gate.deadline import TimeIsUp, deadline


def test_a_deadline_ends_what_takes_too_long() -> None:
    started = time.monotonic()
    with pytest.raises(TimeIsUp), deadline(1):
        time.sleep(20)
    assert time.monotonic() - started < 5


def test_a_deadline_ends_with_what_it_is_for() -> None:
    with pytest.raises(RuntimeError), deadline(60):
        raise RuntimeError
    assert signal.alarm(0) == 0
