from __future__ import annotations

from pathlib import Path

import pytest

from mbgit import hooks
from mbgit.hooks import BROKE, EVENTS, Event, main
from mbgit.install import shims


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


def test_install_puts_in_a_hook_for_each_event() -> None:
    assert [*shims.EVENTS, *shims.SERVER_EVENTS] == list(EVENTS)
