from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import GIT, START, Clone


@pytest.fixture(autouse=True)
def _still_clock() -> None:
    Clone.clock = START


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Clone:
    """An empty repository on branch main."""
    (tmp_path / "repo").mkdir()
    clone = Clone(tmp_path / "repo", home)
    clone.git("init", "-q", "-b", "main")
    return clone


@pytest.fixture
def team(tmp_path: Path, home: Path) -> Callable[..., list[Clone]]:
    """`team("Ada", "Bob", seed={path: text})`: a bare remote, and a clone of it for each name."""

    def make(*names: str, seed: dict[str, str] | None = None) -> list[Clone]:
        remote = tmp_path / "remote.git"
        first = Clone(tmp_path, home, names[0])
        first.git("init", "-q", "--bare", "-b", "main", str(remote))
        clones = []
        for number, name in enumerate(names):
            first.git("clone", "-q", str(remote), str(tmp_path / f"clone{number}"))
            clone = Clone(tmp_path / f"clone{number}", home, name)
            clone.git("config", "pull.rebase", "false")
            if not number:
                clone.git("checkout", "-q", "-B", "main")
                for path, text in (seed or {"README.md": "# A project\n"}).items():
                    clone.write(path, text)
                clone.commit("seed")
                clone.git("push", "-q", "-u", "origin", "main")
            clones.append(clone)
        return clones

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, where the system lets one be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture(scope="session")
def git_version() -> tuple[int, ...]:
    words = subprocess.run([GIT, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return tuple(int(n) for n in words[2].split(".")[:2])
