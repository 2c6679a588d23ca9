from __future__ import annotations

import os
from pathlib import Path

import pytest

from mbgit import git
from tests.support import GIT, Clone


@pytest.fixture
def inside(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """The repository, as the process's own folder and environment."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in repo.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repo.path)
    return repo


def test_what_git_prints_comes_back(inside: Clone) -> None:
    assert git.line("rev-parse", "--show-toplevel") == str(inside.path)
    assert git.run("hash-object", "--stdin", stdin=b"x\n") == b"587be6b4c3f93f93c489c0111bba5596147a26cb\n"
    assert git.version() >= git.OLDEST


def test_a_refusal_is_one_line(inside: Clone) -> None:
    with pytest.raises(git.GitError, match="fatal: ") as refused:
        git.run("cat-file", "blob", "nothing")
    assert "\n" not in str(refused.value)


def test_no_git_is_a_refusal_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(git.GitError, match="not on PATH"):
        git.version()


def test_a_key_without_a_value_is_empty(inside: Clone) -> None:
    inside.git("config", "mbgit.digest", "off")
    assert git.config("mbgit.digest") == "off"
    assert git.config("mbgit.persona") == ""


FORMATS = {"files": [], "sha256": ["--object-format=sha256"], "reftable": ["--ref-format=reftable"]}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_files_of_head_are_found_in_every_format(
    home: Path,
    tmp_path: Path,
    inside: Clone,
    git_version: tuple[int, ...],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kind == "reftable" and git_version < (2, 45):
        pytest.skip("this git knows no reftable")
    (tmp_path / kind).mkdir()
    clone = Clone(tmp_path / kind, home)
    clone.run(GIT, "init", "-q", "-b", "main", *FORMATS[kind])
    monkeypatch.chdir(clone.path)
    for path in ("a/ü.md", "b"):
        clone.write(path, "x\n")
    clone.commit()
    wanted = {"a/ü.md": clone.git("rev-parse", "HEAD:a/ü.md")}
    assert git.head_blobs(["a/ü.md", "a/missing", "missing/x"]) == wanted
