"""The ledger and aside/: written by hand, so checked against `json` and `git` themselves."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.engine import ledger
from mbgit.engine.job import blob_hash
from mbgit.engine.result import Aside, Merged
from tests.support import GIT, Clone

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner), max_leaves=8,
)  # fmt: skip

Job = Callable[..., Any]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A finished run with asides; outside of any repository unless `home` is in one."""

    def make(*texts: bytes, home: Path = tmp_path / "mbgit") -> Any:  # noqa: ANN401
        home.mkdir(exist_ok=True)
        monkeypatch.chdir(home)
        merged = Merged(b"kept\n")
        merged.asides = [Aside("superseded", 1, text) for text in texts]
        return SimpleNamespace(
            home=str(home), driver="mbgit-latest", path="docs/a file.md", began=1_760_000_000.25,
            base=b"base\n", ours=b"kept\n", theirs=b"".join(texts), result=b"kept\n",
            merged=merged, aside=None, known_clock=None, history=None, blob=blob_hash(str(home)),
        )  # fmt: skip

    return make


@given(VALUES)
def test_writes_json(value: object) -> None:
    line = ledger.to_json(value)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == value


def test_writes_bytes_that_are_no_text() -> None:
    path = os.fsdecode(b"\xff.md")
    assert json.loads(ledger.to_json(path)) == path


@pytest.mark.parametrize("data", [b"", b"text\n", b"\0\xff" * 5000])
@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_blob_ids_are_git_s(repo: Clone, data: bytes, form: str) -> None:
    repo.git("init", "-q", f"--object-format={form}", "inner")
    inner = Clone(repo.path / "inner", repo.home)
    file = inner.write("file", data)
    (inner.path / ".git" / "mbgit").mkdir()
    assert blob_hash(str(inner.path / ".git" / "mbgit"))(data) == inner.git("hash-object", str(file))


def test_reads_what_it_wrote(tmp_path: Path) -> None:
    for number in range(3):
        ledger.write(str(tmp_path), {"time": number, "path": "ä\n"})
    assert ledger.read_ledger(str(tmp_path)) == [{"time": n, "path": "ä\n"} for n in range(3)]
    assert stat.S_IMODE((tmp_path / ledger.LEDGER).stat().st_mode) == 0o600


def test_reads_past_torn_lines(tmp_path: Path) -> None:
    torn = b'{"time": 1, "pa\n\n[1]\n"x"\n{"time": "x"}\n\xff\xfe\n{"time": 2}\n{"time": 3'
    (tmp_path / ledger.LEDGER).write_bytes(torn)
    assert ledger.read_ledger(str(tmp_path)) == [{"time": 2}]
    assert ledger.read_ledger(str(tmp_path / "nowhere")) == []


def test_turns_over_at_a_megabyte(tmp_path: Path) -> None:
    (tmp_path / ledger.LEDGER).write_bytes(b'{"time": 1}\n' * 90_000)
    ledger.write(str(tmp_path), {"time": 2})
    assert (tmp_path / ledger.LEDGER).read_bytes() == b'{"time":2}\n'
    assert (tmp_path / (ledger.LEDGER + ".1")).stat().st_size > ledger.LIMIT
    assert ledger.read_ledger(str(tmp_path))[-1] == {"time": 2}


def test_a_ledger_that_cannot_be_written_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / ledger.LEDGER).mkdir()
    ledger.write(str(tmp_path), {"time": 2})
    ledger.write(str(tmp_path / "nowhere"), {"time": 2})
    assert not (tmp_path / "nowhere").exists()


def test_sets_aside_whole_texts(job: Job) -> None:
    done = job(b"first \xff lost\n", b"second")
    name = ledger.set_aside(done)
    file = Path(done.home, "aside", name)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    text = file.read_bytes()
    assert b"time: 2025-10-09 08:53:20 UTC\npath: docs/a file.md\ndriver: mbgit-latest\n" in text
    assert b"--- 1 of 2: superseded, from theirs, 13 bytes; line 1 stands instead\nfirst \xff lost\n" in text
    assert text.endswith(b"stands instead\nsecond\n")


def test_shows_the_latest_texts_by_a_ref(repo: Clone, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in repo.env().items():
        monkeypatch.setenv(name, value)
    for number in range(15):
        ledger.set_aside(job(b"lost %d\n" % number, home=repo.path / ".git" / "mbgit"))
    newest = repo.git("show", "mbgit/superseded")
    assert "lost 14" in newest
    assert "git show mbgit/superseded-1: 2025-10-09 08:53:20 UTC docs/a file.md" in newest
    assert "lost 13" in repo.git("show", "mbgit/superseded-1")
    assert "lost 3" in repo.git("show", "mbgit/superseded-11")
    assert len(repo.git("for-each-ref", "refs/mbgit").splitlines()) == 12


def test_text_that_can_be_kept_nowhere_stops_the_merge(job: Job) -> None:
    done = job(b"lost\n")
    Path(done.home, "aside").write_text("in the way")
    with pytest.raises(OSError):
        ledger.set_aside(done)


def test_a_ref_is_place_enough(repo: Clone, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in repo.env().items():
        monkeypatch.setenv(name, value)
    done = job(b"lost\n", home=repo.path / ".git" / "mbgit")
    Path(done.home, "aside").write_text("in the way")
    assert ledger.set_aside(done) == "refs/mbgit/superseded"
    assert "lost" in repo.run(GIT, "show", "mbgit/superseded").stdout


def test_a_trial_leaves_no_ref(repo: Clone, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects of a trial go into a folder that is thrown away: a ref to them would be broken."""
    for name, value in repo.env(GIT_OBJECT_DIRECTORY=str(repo.path / "trial")).items():
        monkeypatch.setenv(name, value)
    ledger.set_aside(job(b"lost\n", home=repo.path / ".git" / "mbgit"))
    monkeypatch.delenv("GIT_OBJECT_DIRECTORY")
    assert repo.git("for-each-ref") == ""
