"""The private environment, with a stand-in for the slow part: making one takes pip and the network."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from mbgit.install import environment
from tests.support import ROOT, Clone

BANK = ".claude/memory-bank"


@pytest.fixture
def place(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the environment of the sealed room belongs."""
    folder = repo.home / "the place"
    monkeypatch.setenv("MBGIT_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that nobody edits meanwhile."""
    folder = tmp_path / "checkout"
    for name in ("mbgit", "hooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("install.py", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    monkeypatch.setattr(environment, "CHECKOUT", folder)
    return folder


def stand_in(place: Path) -> None:
    """An environment that is made already."""
    place.mkdir()
    (place / "venv").symlink_to(sys.prefix)
    (place / "installed").write_bytes(environment._digest())


def install(clone: Clone, place: Path, *args: str, check: bool = True, **extra: str) -> tuple[int, str, str]:
    if BANK in args:
        (clone.path / BANK).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(environment.CHECKOUT / "install.py"), *args]
    done = clone.run(*command, check=check, MBGIT_HOME=str(place), PIP_DRY_RUN="1", **extra)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"MBGIT_HOME": "/a/b"}, "/a/b"),
        ({"XDG_DATA_HOME": "/data"}, "/data/mbgit"),
        ({"MBGIT_HOME": "/a/b", "XDG_DATA_HOME": "/data"}, "/a/b"),
        ({}, "/home/ada/.local/share/mbgit"),
    ],
)
def test_it_lies_where_the_user_keeps_data(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("MBGIT_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (variables | {"HOME": "/home/ada"}).items():
        monkeypatch.setenv(name, value)
    assert environment.home() == Path(folder)


def test_one_serves_every_clone_and_goes_with_the_last(repo: Clone, home: Path, place: Path, tmp_path: Path) -> None:
    stand_in(place)
    (tmp_path / "second").mkdir()
    second = Clone(tmp_path / "second", home)
    second.git("init", "-q")
    for clone in (repo, second):
        assert f"use the environment in {place}" in install(clone, place, "--bank", BANK, "--verbose")[1]
        assert f"'{place}/venv/bin/python'" in (clone.path / ".git/mbgit/run").read_text()
    assert (place / "clones").read_text() == f"{repo.path}/.git\n{second.path}/.git\n"
    assert f"use the environment in {place}" not in install(repo, place, "--verbose")[1]
    assert install(repo, place, "--check")[0] == 0
    assert f"keep the environment in {place}, for 1 other clone\n" in install(repo, place, "--uninstall")[1]
    assert (place / "venv").exists()
    said = install(second, place, "--uninstall")[1]
    assert f"remove the environment in {place}: no other clone uses it\n" in said
    assert not place.exists()


def test_a_clone_that_was_deleted_does_not_keep_it(repo: Clone, place: Path) -> None:
    stand_in(place)
    (place / "clones").write_text("/gone/.git\n")
    install(repo, place, "--bank", BANK)
    install(repo, place, "--uninstall")
    assert not place.exists()


def test_a_changed_checkout_is_installed_anew(place: Path) -> None:
    assert not environment.ready()
    stand_in(place)
    assert environment.ready()
    (place / "installed").write_text("an older one")
    assert not environment.ready()


def test_offline_the_drivers_are_armed_and_what_arms_the_hooks_is_named(repo: Clone, place: Path) -> None:
    stand_in(place)
    (place / "installed").write_text("an older one")
    status, out, err = install(repo, place, "--bank", BANK, check=False, PIP_NO_INDEX="1")
    assert status == 1
    assert err.count("\n") == 1
    assert "offline?). The drivers are armed; to arm the hooks, later: " in err
    assert err.endswith(f"install.py {repo.path}\n")
    assert out.endswith("installing mbgit and the libraries of its hooks into it ...\n")
    assert repo.git("check-attr", "merge", f"{BANK}/progress.md").endswith("mbgit-union")
    assert repo.git("config", "merge.mbgit-union.driver")


def test_what_arms_the_hooks_later_is_what_was_asked_for(repo: Clone, place: Path) -> None:
    stand_in(place)
    (place / "installed").write_text("an older one")
    asked = ["--global", "--persona", "Tech Lead", "--digest", "counts"]
    assert install(repo, place, *asked, check=False, PIP_NO_INDEX="1")[2].endswith(
        "install.py --global --persona 'Tech Lead' --digest counts\n"
    )


def test_a_place_that_cannot_be_made_leaves_the_drivers_armed(repo: Clone) -> None:
    status, _, err = install(repo, Path(os.devnull, "x"), "--bank", BANK, check=False)
    assert (status, err.count("\n")) == (1, 1)
    assert "The drivers are armed" in err
    assert repo.git("config", "merge.mbgit-union.driver")


def test_a_dry_run_makes_none(repo: Clone, place: Path) -> None:
    out = install(repo, place, "--bank", BANK, "--dry-run")[1]
    assert f"would install mbgit for the hooks into {place}\n" in out
    assert not place.exists()
