"""Which of the ledger's runs are news."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mbgit.digest.news import SEEN, News, concluded, key
from mbgit.engine.ledger import to_json


def run(path: str, ours: str, result: str | None, time: float = 1.0) -> dict[str, Any]:
    return {"time": time, "path": path, "blobs": {"ours": ours, "theirs": "t", "base": "b", "result": result}}


def ledger(home: Path, *runs: object) -> Path:
    file = home / "merges.jsonl"
    file.write_text("".join(f"{to_json(run)}\n" for run in runs))
    return file


def test_a_run_counts_if_head_holds_its_result() -> None:
    done, other = run("a.md", "1", "2"), run("b.md", "1", "2")
    assert concluded([done, other], {"a.md": "2", "b.md": "9"}) == [done]


def test_the_picks_of_a_rebase_count_up_to_the_last() -> None:
    picks = [run("a.md", "1", "2"), run("a.md", "2", "3"), run("a.md", "3", "4")]
    given_up = run("a.md", "1", "7")
    assert concluded([picks[0], given_up, *picks[1:]], {"a.md": "4"}) == picks


def test_a_run_that_failed_never_counts() -> None:
    assert concluded([run("a.md", "1", None)], {"a.md": "2"}) == []


def test_a_run_is_reported_once(tmp_path: Path) -> None:
    done = run("a.md", "1", "2")
    ledger(tmp_path, done)
    news = News(tmp_path)
    assert news.concluded(lambda paths: {"a.md": "2"}) == [done]
    news.mark_reported([done])
    assert (tmp_path / SEEN).read_text() == f"{key(done)}\n"
    assert News(tmp_path).concluded(lambda paths: {"a.md": "2"}) == []


def test_a_merge_that_was_given_up_and_done_again_counts_once(tmp_path: Path) -> None:
    ledger(tmp_path, run("a.md", "1", "2"), run("a.md", "1", "2", time=5.0))
    assert len(News(tmp_path).concluded(lambda paths: {"a.md": "2"})) == 1


def test_a_run_of_long_ago_is_no_news(tmp_path: Path) -> None:
    ledger(tmp_path, run("old.md", "1", "2"), run("a.md", "1", "2", time=30 * 24 * 3600.0))
    found = News(tmp_path).concluded(lambda paths: dict.fromkeys(paths, "2"))
    assert [found["path"] for found in found] == ["a.md"]


def test_a_line_of_the_ledger_that_says_too_little_is_passed_over(tmp_path: Path) -> None:
    broken = [{"time": 1.0}, {"time": 1.0, "blobs": {}}, run("a.md", "1", "2") | {"path": 7}]
    listed = run("a.md", "1", "2")
    listed["blobs"]["result"] = ["2"]
    ledger(tmp_path, *broken, listed)
    assert News(tmp_path).concluded(lambda paths: dict.fromkeys(paths, "2")) == []


def test_the_stamp_has_the_ledger_s_time_so_that_a_shell_sees_what_came_later(tmp_path: Path) -> None:
    os.utime(ledger(tmp_path), ns=(5, 123_456_789_000))
    News(tmp_path).mark_reported([])
    assert (tmp_path / SEEN).stat().st_mtime_ns == 123_456_789_000
