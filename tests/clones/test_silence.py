"""Hooks that are gone say nothing, so the driver does: in one line, once a day, with what arms them again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support import GIT, ROOT, Clone, install

LOG = "memory-bank/progress.md"


@pytest.fixture
def unarmed(repo: Clone) -> Clone:
    """A clone with two branches that both add to a log."""
    repo.commit("seed", 60, **{LOG: "# P\n\n- [2025-10-01] one\n"})
    for name in ("a", "b"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.commit(name, 60, **{LOG: f"# P\n\n- [2025-10-01] one\n- [2025-10-02] {name}\n"})
    return repo


@pytest.fixture(params=["its own", "--global"])
def clone(request: pytest.FixtureRequest, unarmed: Clone) -> Clone:
    """The same, armed by an install of its own or by one for all clones."""
    if request.param == "--global":
        install(unarmed, "--global")
        unarmed.git("init", "-q")  # as a new clone has the hooks
    else:
        install(unarmed)
    return unarmed


def merged(clone: Clone) -> list[str]:
    """Have git merge the two with the drivers; what mbgit says."""
    done = clone.run(GIT, "merge-tree", "--write-tree", "a", "b")
    text = clone.git("cat-file", "blob", f"{done.stdout.split()[0]}:{LOG}")
    assert "] a" in text
    assert "] b" in text
    return [line for line in done.stderr.splitlines() if line.startswith("mbgit: ")]


def scripts(clone: Clone) -> Path:
    """The folder with what the drivers and hooks start."""
    own = clone.path / ".git/mbgit"
    return own if (own / "look").exists() else clone.home / ".local/share/mbgit/global/mbgit"


AGAIN = f"python3 {ROOT}/install.py"
HARMS = {
    "overwritten": ("printf '#!/bin/sh\\n' >.git/hooks/pre-push", f"pre-push missing, or not mbgit's: {AGAIN}"),
    "renamed": ("mv .git/hooks/post-merge .git/hooks/post-merge.old", f"post-merge missing, or not mbgit's: {AGAIN}"),
    "not executable": ("chmod -x .git/hooks/pre-commit", f"pre-commit missing, or not mbgit's: {AGAIN}"),
    "hooks folder gone": ("rm -r .git/hooks", "do not run: post-merge, post-rewrite, "),
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
    new = git_version >= (2, 54)  # where the hooks of all clones are no files
    clone.run("sh", "-c", command, check=not new)
    if harm in FROM_CONFIG and new:
        assert merged(clone) == []
        return
    (said,) = merged(clone)
    assert said.startswith("mbgit: hooks of this clone do not run: ")
    assert why in said
    assert merged(clone) == []
    os.utime(clone.path / ".git/mbgit/silent", (0, 0))
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
    link, place = tmp_path / "python", scripts(clone)
    for name in ("run", "watch", "look"):
        file = place / name
        file.write_text(file.read_text().replace(sys.executable, str(link)))
    link.symlink_to(sys.executable)
    assert merged(clone) == []
    link.unlink()
    again = AGAIN if place == clone.path / ".git/mbgit" else f"{AGAIN} --global"
    assert merged(clone) == [f"mbgit: hooks of this clone do not run: their Python is gone: {again}"]


def test_a_look_that_finds_all_in_place_starts_nothing(clone: Clone) -> None:
    merged(clone)
    os.utime(clone.path / ".git/mbgit/watched", (2_000_000_000, 2_000_000_000))
    (scripts(clone) / "look").write_text("echo mbgit: looked >&2\n")
    assert merged(clone) == []
    os.utime(clone.path / ".git/config", (2_000_000_001, 2_000_000_001))
    assert merged(clone) == ["mbgit: looked"]


def test_what_has_been_said_that_day_is_not_looked_for_again(clone: Clone) -> None:
    merged(clone)
    clone.git("config", "core.hooksPath", "/dev/null")
    assert len(merged(clone)) == 1
    (scripts(clone) / "look").write_text("echo mbgit: looked >&2\n")
    assert merged(clone) == []
    os.utime(clone.path / ".git/mbgit/silent", (0, 0))
    assert merged(clone) == ["mbgit: looked"]


def test_hooks_of_all_clones_that_do_not_reach_this_one(unarmed: Clone, git_version: tuple[int, ...]) -> None:
    install(unarmed, "--global")  # an older git has them from a template, which a clone that is there has not seen
    unarmed.git("config", "--global", "--remove-section", "hook.mbgit-pre-push")
    (said,) = merged(unarmed)
    gone = "pre-push" if git_version >= (2, 54) else "post-merge, post-rewrite, post-commit, pre-commit, pre-push"
    assert said == f"mbgit: hooks of this clone do not run: {gone} missing, or not mbgit's: {AGAIN}"
    install(unarmed)
    assert merged(unarmed) == []


def test_what_serves_all_clones_says_nothing_where_a_clone_s_own_does(unarmed: Clone) -> None:
    install(unarmed)
    install(unarmed, "--global")
    (unarmed.home / ".local/share/mbgit/global/mbgit/look").write_text("echo mbgit: looked >&2\n")
    for key in ("merge.mbgit-union", "merge.mbgit-latest", "merge.mbgit-log"):  # the user's drivers take their place
        unarmed.git("config", "--remove-section", key)
    unarmed.git("config", "core.hooksPath", "/dev/null")
    (said,) = merged(unarmed)
    assert "core.hooksPath is /dev/null" in said


def test_a_clone_that_cannot_keep_what_was_said_hears_nothing(unarmed: Clone) -> None:
    install(unarmed, "--global")
    (unarmed.path / ".git/mbgit").write_text("in the way")
    assert merged(unarmed) == []


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
