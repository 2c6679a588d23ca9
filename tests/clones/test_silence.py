"""Hooks that are gone say nothing, so the driver does: in one line, once a day, with what arms them again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support import GIT, ROOT, Clone, install

LOG = "memory-bank/progress.md"


@pytest.fixture
def clone(repo: Clone) -> Clone:
    """An armed clone with two branches that both add to a log."""
    repo.commit("seed", 60, **{LOG: "# P\n\n- [2025-10-01] one\n"})
    for name in ("a", "b"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.commit(name, 60, **{LOG: f"# P\n\n- [2025-10-01] one\n- [2025-10-02] {name}\n"})
    install(repo)
    return repo


def merged(clone: Clone) -> list[str]:
    """Have git merge the two with the drivers; what mbgit says."""
    done = clone.run(GIT, "merge-tree", "--write-tree", "a", "b")
    text = clone.git("cat-file", "blob", f"{done.stdout.split()[0]}:{LOG}")
    assert "] a" in text
    assert "] b" in text
    return [line for line in done.stderr.splitlines() if line.startswith("mbgit: ")]


AGAIN = f"python3 {ROOT}/install.py"
HARMS = {
    "overwritten": ("printf '#!/bin/sh\\n' >.git/hooks/pre-push", f"another file stands at pre-push, or none: {AGAIN}"),
    "renamed": ("mv .git/hooks/post-merge .git/hooks/post-merge.old", f"stands at post-merge, or none: {AGAIN}"),
    "not executable": ("chmod -x .git/hooks/pre-commit", f"stands at pre-commit, or none: {AGAIN}"),
    "hooks folder gone": ("rm -r .git/hooks", "another file stands at post-merge, post-rewrite, "),
    "no hooks at all": ("git config core.hooksPath /dev/null", "/dev/null: git config --unset core.hooksPath"),
    "for this user": ("git config --global core.hooksPath /dev/null", "git config --global --unset core.hooksPath"),
    "elsewhere": ("git config core.hooksPath /no/where", "leads elsewhere (post-merge, post-rewrite, "),
}
# Of these git 2.54 takes no notice: it starts ours from its configuration.
FROM_CONFIG = ("overwritten", "renamed", "not executable", "hooks folder gone", "elsewhere")


@pytest.mark.parametrize("harm", HARMS)
def test_the_driver_says_so_once_a_day(clone: Clone, harm: str, git_version: tuple[int, ...]) -> None:
    assert merged(clone) == []
    command, why = HARMS[harm]
    clone.run("sh", "-c", command)
    if harm in FROM_CONFIG and git_version >= (2, 54):
        assert merged(clone) == []
        return
    (said,) = merged(clone)
    assert said.startswith("mbgit: hooks of this clone do not run: ")
    assert why in said
    assert merged(clone) == []
    (clone.path / ".git/mbgit/silent").write_text("2025-10-08\n")
    assert len(merged(clone)) == 1, "the next day"
    assert install(clone, "--check", check=False).returncode == 1
    (clone.path / ".git/mbgit/silent").unlink()
    if "hooksPath" in command:
        for scope in ("--local", "--global"):
            clone.git("config", scope, "--unset", "core.hooksPath", check=False)
    else:
        install(clone)
    assert merged(clone) == []


def test_a_python_that_is_gone_is_named(clone: Clone, tmp_path: Path) -> None:
    link = tmp_path / "python"
    for name in ("run", "watch", "look"):
        file = clone.path / ".git/mbgit" / name
        file.write_text(file.read_text().replace(sys.executable, str(link)))
    link.symlink_to(sys.executable)
    assert merged(clone) == []
    link.unlink()
    assert merged(clone) == [f"mbgit: hooks of this clone do not run: their Python is gone: {AGAIN}"]


def test_a_look_that_finds_all_in_place_starts_nothing(clone: Clone) -> None:
    look = clone.path / ".git/mbgit/look"
    merged(clone)
    os.utime(clone.path / ".git/mbgit/watched", (2_000_000_000, 2_000_000_000))
    look.write_text("echo mbgit: looked >&2\n")
    assert merged(clone) == []
    os.utime(clone.path / ".git/config", (2_000_000_001, 2_000_000_001))
    assert merged(clone) == ["mbgit: looked"]


def test_a_line_that_somebody_added_counts(clone: Clone) -> None:
    clone.git("config", "core.hooksPath", ".husky/_")
    events = ("post-merge", "post-rewrite", "post-commit", "pre-commit", "pre-push")
    for event in events:
        clone.write(f".husky/_/{event}", f'#!/bin/sh\n. "${{0%/*}}/../{event}"\n').chmod(0o755)
        line = f'"$(git rev-parse --git-common-dir)/mbgit/run" shim "$PPID" {event} "$@"\n'
        clone.write(f".husky/{event}", line)
    assert merged(clone) == []
    assert install(clone, "--check").returncode == 0
    assert install(clone).stdout.splitlines()[-1] == "1 of 1 files governed"
