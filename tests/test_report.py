from __future__ import annotations

import io
from pathlib import Path

import pytest

from mbgit import report


def printed(monkeypatch: pytest.MonkeyPatch, text: str, encoding: str, locale: str) -> bytes:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding=encoding))
    monkeypatch.setenv("LC_ALL", locale)
    report.digest([text])
    return raw.getvalue()


def test_a_terminal_without_unicode_gets_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, "ü ✓ \udcff", "latin-1", "de_DE") == b"mbgit: \xfc ? ?\n"


@pytest.mark.parametrize(("encoding", "locale"), [("latin-1", "de_DE"), ("utf-8", "C"), ("utf-8", "POSIX")])
def test_marks_of_our_own_are_ascii_where_the_terminal_may_not_be_utf_8(
    monkeypatch: pytest.MonkeyPatch, encoding: str, locale: str
) -> None:
    assert printed(monkeypatch, "██░ 2/3 →", encoding, locale) == b"mbgit: ##- 2/3 ->\n"


def test_a_terminal_for_utf_8_gets_the_marks_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, "█░", "utf-8", "C.UTF-8").decode() == "mbgit: █░\n"


def test_a_file_that_cannot_be_written_breaks_nothing_more(tmp_path: Path) -> None:
    assert report.trouble(tmp_path / "nowhere", RuntimeError()) == "nothing: no file could be written"
