"""Linked worktrees share a clone's drivers and hooks; a submodule is a clone of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones.test_install import BANK, BUFFER, conflict, snapshot
from tests.support import GIT, Clone, install


@pytest.fixture
def linked(repo: Clone, tmp_path: Path) -> Clone:
    """A linked worktree of the repository, on a branch of its own."""
    repo.write("README.md", "# A project\n")
    repo.commit("seed")
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked tree"))
    return Clone(tmp_path / "linked tree", repo.home, "Bob")


def merge_in(clone: Clone, branch: str) -> str:
    """A merge in this worktree, both sides of which add to the buffer; what it said."""
    clone.write(BUFFER, "# P\n\n- one\n")
    clone.commit("base")
    clone.git("checkout", "-qb", f"{branch}-other")
    clone.write(BUFFER, "# P\n\n- one\n- theirs\n")
    clone.commit("theirs")
    clone.git("checkout", "-q", branch)
    clone.write(BUFFER, "# P\n\n- one\n- ours\n")
    clone.commit("ours")
    return clone.run(GIT, "merge", "--no-edit", f"{branch}-other").stderr


@pytest.mark.parametrize("where", [pytest.param("main", marks=pytest.mark.storm), "linked"])
def test_installed_in_one_worktree_it_works_in_all(repo: Clone, linked: Clone, where: str) -> None:
    install(repo if where == "main" else linked, "--bank", BANK)
    for clone, branch in ((repo, "main"), (linked, "linked")):
        assert f"mbgit: merged {BUFFER}: +1 entry theirs, +1 yours" in merge_in(clone, branch)
        assert install(clone, "--check").returncode == 0
    assert (repo.path / ".git/mbgit/merges.jsonl").exists()


def test_it_outlives_the_worktree_that_it_was_installed_from(repo: Clone, linked: Clone) -> None:
    install(linked, "--bank", BANK)
    repo.git("worktree", "remove", "--force", str(linked.path))
    assert conflict(repo).returncode == 0


def test_each_worktree_may_have_its_persona(repo: Clone, linked: Clone) -> None:
    repo.git("config", "extensions.worktreeConfig", "true")
    (repo.path / BANK).mkdir(parents=True)
    before = snapshot(repo.path)
    install(repo, "--bank", BANK, "--persona", "Ada")
    install(linked, "--persona", "Bob")
    assert [clone.git("config", "mbgit.persona") for clone in (repo, linked)] == ["Ada", "Bob"]
    install(linked, "--uninstall")
    assert snapshot(repo.path) == before


def test_uninstall_from_a_linked_worktree_restores_the_clone(repo: Clone, linked: Clone) -> None:
    (repo.path / BANK).mkdir(parents=True)
    before = snapshot(repo.path)
    install(repo, "--bank", BANK, "--persona", "Ada")
    install(linked, "--uninstall")
    assert snapshot(repo.path) == before


def test_a_submodule_is_set_up_for_itself(repo: Clone, home: Path, tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    library = Clone(tmp_path / "library", home)
    library.git("init", "-q", "-b", "main")
    library.write("README.md", "x\n")
    library.commit("seed")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.path), "lib")
    repo.commit("add lib")
    inner = Clone(repo.path / "lib", home)
    inner.git("checkout", "-q", "-B", "main")
    install(inner, "--bank", BANK)
    assert conflict(inner).returncode == 0
    assert install(inner, "--check").returncode == 0
    assert not (repo.path / ".git/mbgit").exists()
    assert (repo.path / ".git/modules/lib/mbgit/engine").exists()
