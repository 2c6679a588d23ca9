from __future__ import annotations

import re
from pathlib import Path

import pytest

from mbgit.git import GitError
from mbgit.install.exits import guarded
from mbgit.install.plan import Failure


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Failure("name a clone"), 1, "install.py: name a clone\n"),
        (GitError("fatal: no"), 1, "install.py: fatal: no; put that right and run it again\n"),
        (
            GitError("error: could not lock config file /x/.git/config: File exists"), 1,
            "install.py: error: could not lock config file /x/.git/config: File exists; another git writes it, or one "
            'was killed: if none runs, rm "/x/.git/config.lock", and run it again\n',
        ),
        (
            GitError("error: could not lock config file /$x/config: File exists"), 1,
            "install.py: error: could not lock config file /$x/config: File exists; another git writes it, or one "
            "was killed: if none runs, delete the .lock file beside it, and run it again\n",
        ),
        (PermissionError(13, "Permission denied", "/x"), 1, "install.py: [Errno 13] Permission denied: '/x'; put"),
        (KeyboardInterrupt(), 130, "install.py: interrupted; run it again to finish\n"),
    ],
)  # fmt: skip
def test_what_went_wrong_is_one_line_and_a_status(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> int:
        raise error

    assert guarded(run) == status
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(said)


def test_a_bug_leaves_its_traceback_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(lambda: 1 // 0) == 3
    err = capsys.readouterr().err
    found = re.search(r"with (\S+)\n$", err)
    assert found
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in Path(found[1]).read_text()


def test_a_status_goes_through() -> None:
    assert guarded(lambda: 5) == 5
