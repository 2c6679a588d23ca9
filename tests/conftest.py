from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import GIT, START, Clone

settings.register_profile("any machine", deadline=None)  # a busy one is no fault of the code
settings.load_profile("any machine")


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
def team(tmp_path: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Clone]]:
    """`team("Ada", "Bob", seed={path: text})`: a bare remote, and a clone of it for each name.

    What several tests begin with is made once, and copied from then on.
    """

    def make(*names: str, seed: dict[str, str] | None = None) -> list[Clone]:
        texts = seed or {"README.md": "# A project\n"}
        began = Clone.clock
        key = (*names, *texts.items(), began)
        if key in _TEAMS:
            model = _TEAMS[key] = _TEAMS[key] or _team(tmp_path_factory.mktemp("team"), home, names, texts)
            _copy(model, tmp_path)
            Clone.clock = began + LATER
        else:
            _TEAMS[key] = None
            _team(tmp_path, home, names, texts)
        return [Clone(tmp_path / f"clone{number}", home, name) for number, name in enumerate(names)]

    return make


_TEAMS: dict[tuple[object, ...], Path | None] = {}  # by who is in it, what it begins with, and when; None: wanted once
LATER = 60  # seconds from a test's beginning to the first commit


def _team(folder: Path, home: Path, names: Sequence[str], seed: Mapping[str, str]) -> Path:
    """Make a remote and its clones in a folder; the folder."""
    first = Clone(folder, home, names[0])
    first.git("init", "-q", "--bare", "-b", "main", "remote.git")
    for number, name in enumerate(names):
        first.git("clone", "-q", str(folder / "remote.git"), f"clone{number}")
        clone = Clone(folder / f"clone{number}", home, name)
        clone.configure({"pull.rebase": "false"})
        if not number:
            clone.git("checkout", "-q", "-B", "main")
            clone.commit("seed", LATER, **seed)
            clone.git("push", "-q", "-u", "origin", "main")
    return folder


def _copy(model: Path, folder: Path) -> None:
    """Copy a remote and its clones; each knows where the remote lies."""
    for found in model.iterdir():
        shutil.copytree(found, folder / found.name, symlinks=True)
    for config in folder.glob("clone*/.git/config"):
        config.write_text(config.read_text().replace(str(model), str(folder)))


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
