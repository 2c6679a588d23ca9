from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from mbgit import hooks
from mbgit.hooks import BROKE, EVENTS, Event, TimeIsUp, deadline, main, note


def test_a_deadline_ends_what_takes_too_long() -> None:
    started = time.monotonic()
    with pytest.raises(TimeIsUp), deadline(1):
        time.sleep(20)
    assert time.monotonic() - started < 5


def test_a_deadline_ends_with_what_it_is_for() -> None:
    with pytest.raises(RuntimeError), deadline(60):
        raise RuntimeError
    assert signal.alarm(0) == 0


def test_what_goes_wrong_is_one_line_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(event: Event) -> int:
        raise RuntimeError(event.name)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(EVENTS, "post-merge", hooks.Hook(fail, 10, "this"))
    assert main([str(tmp_path), "post-merge", "0"]) == BROKE
    assert capfd.readouterr() == ("mbgit: this broke: see trouble.txt\n", "")
    assert "RuntimeError: post-merge" in (tmp_path / "trouble.txt").read_text()


def test_a_file_that_cannot_be_written_breaks_nothing_more(tmp_path: Path) -> None:
    assert note(tmp_path / "nowhere", RuntimeError()) == "nothing: no file could be written"
