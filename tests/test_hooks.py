from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from mbgit import hooks
from mbgit.hooks import EVENTS, Event, concluded, deadline, main


def run(path: str, ours: str, result: str) -> dict[str, Any]:
    return {"time": 1.0, "path": path, "blobs": {"ours": ours, "theirs": "t", "base": "b", "result": result}}


def test_a_run_counts_if_head_holds_its_result() -> None:
    done, other = run("a.md", "1", "2"), run("b.md", "1", "2")
    assert concluded([done, other], {"a.md": "2", "b.md": "9"}) == [done]


def test_the_picks_of_a_rebase_count_up_to_the_last() -> None:
    picks = [run("a.md", "1", "2"), run("a.md", "2", "3"), run("a.md", "3", "4")]
    given_up = run("a.md", "1", "7")
    assert concluded([picks[0], given_up, *picks[1:]], {"a.md": "4"}) == picks


def test_a_run_that_failed_never_counts() -> None:
    assert concluded([run("a.md", "1", "") | {"blobs": {"result": None}}], {"a.md": "2"}) == []


def test_a_deadline_ends_what_takes_too_long() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError), deadline(1):
        time.sleep(20)
    assert time.monotonic() - started < 5


def test_a_deadline_ends_with_what_it_is_for() -> None:
    with pytest.raises(RuntimeError), deadline(60):
        raise RuntimeError
    assert signal.alarm(0) == 0


def test_what_goes_wrong_is_a_status_for_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError(event.name)

    monkeypatch.setitem(EVENTS, "post-merge", fail)
    assert main([str(tmp_path), "post-merge", "0"]) == 1
    assert main([str(tmp_path), "no-such-event"]) == 1
    assert capfd.readouterr() == ("", "")


def test_the_stamp_has_the_ledger_s_time_so_that_a_shell_sees_what_came_later(tmp_path: Path) -> None:
    ledger = tmp_path / "merges.jsonl"
    ledger.write_text("")
    os.utime(ledger, ns=(5, 123_456_789_000))
    hooks.merged(Event(tmp_path, "post-merge", ()))
    assert (tmp_path / hooks.SEEN).stat().st_mtime_ns == 123_456_789_000
