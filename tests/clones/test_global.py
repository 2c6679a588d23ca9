"""`install.py --global`: clone, edit, pull, push, with no step of each clone's own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clones.test_install import snapshot
from tests.support import GIT, ROOT, Clone, install

BANK = "memory-bank"
LOG = f"{BANK}/progress.md"
KEY = "ghp_" + "Zx81mQ0cVt7RbLw2Kd93Yp5Ne6Ha4SfUgJ1T"


@pytest.fixture
def user(tmp_path: Path, home: Path) -> Clone:
    """A user with a configuration of their own, a dotfile among others, and a remote."""
    (home / "dotfiles").mkdir()
    (home / "dotfiles/gitconfig").write_text("# mine\n[pull]\n\trebase = false\n[init]\n\tdefaultBranch = main\n")
    (home / ".gitconfig").symlink_to("dotfiles/gitconfig")
    clone = Clone(tmp_path, home)
    clone.git("init", "-q", "--bare", "remote.git")
    return clone


def clone_of(user: Clone, name: str) -> Clone:
    user.git("clone", "-q", "remote.git", name)
    return Clone(user.path / name, user.home, name.capitalize())


def arm(user: Clone, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return install(user, "--global", *args, check=check)


def pair(user: Clone) -> tuple[Clone, Clone]:
    """Two clones of a bank."""
    ada = clone_of(user, "ada")
    ada.commit("seed", 60, **{LOG: "# Progress\n\n- [2025-10-01] one\n", f"{BANK}/projectbrief.md": "# Brief\n"})
    ada.git("push", "-q", "origin", "HEAD")
    return ada, clone_of(user, "bob")


def add(clone: Clone, text: str) -> None:
    clone.write(LOG, clone.read(LOG) + text)
    clone.commit("work")


def meet(ada: Clone, bob: Clone, number: int = 2) -> list[str]:
    """Both add an entry, and the second one pulls: what mbgit says."""
    add(ada, f"- [2025-10-0{number}] of Ada\n")
    ada.git("push", "-q", "origin", "HEAD")
    add(bob, f"- [2025-10-0{number}] of Bob\n")
    done = bob.run(GIT, "pull", "-q", "--no-edit")
    assert f"0{number}] of Ada" in bob.read(LOG)
    assert f"0{number}] of Bob" in bob.read(LOG)
    assert "<<<" not in bob.read(LOG)
    bob.git("push", "-q")
    ada.git("pull", "-q")
    return [line for line in done.stderr.splitlines() if line.startswith("mbgit: ")]


def test_clone_edit_pull_push_with_no_step_of_the_clone_s_own(user: Clone) -> None:
    before = snapshot(user.home)
    assert "every clone of yours merges its banks" in arm(user, "--persona", "Tech Lead").stdout
    armed = snapshot(user.home)
    arm(user, "--persona", "Tech Lead")
    assert snapshot(user.home) == armed
    ada, bob = pair(user)
    assert meet(ada, bob) == [f"mbgit: merged {LOG}: +1 entry theirs, +1 yours"]
    assert (bob.path / ".git/mbgit/merges.jsonl").exists()
    assert not (user.home / ".local/share/mbgit/global/mbgit/merges.jsonl").exists()
    assert "merged memory-bank/progress.md" in bob.git("show", "mbgit/report")
    assert bob.git("config", "mbgit.persona") == "Tech Lead"
    bob.write(LOG, bob.read(LOG) + f"token {KEY}\n")
    refused = bob.run(GIT, "commit", "-qam", "key", check=False)
    assert refused.stderr.count("(secrets)") == 1
    bob.git("checkout", "-q", ".")
    checked = arm(user, str(bob.path), "--check")
    assert {line.split()[0] for line in checked.stdout.splitlines()} == {"armed"}
    assert install(bob, "--check").stdout.startswith("this clone has no install of its own; ")
    arm(user, "--uninstall")
    assert snapshot(user.home) == before
    add(bob, "- [2025-10-09] after\n")
    assert arm(user, "--uninstall").stdout == "nothing of mbgit is in git's global configuration\n"


def test_a_clone_s_own_install_goes_first_and_leaves_the_way_free(user: Clone) -> None:
    arm(user)
    ada, bob = pair(user)
    install(bob)
    assert meet(ada, bob) == [f"mbgit: merged {LOG}: +1 entry theirs, +1 yours"]
    assert not (bob.path / ".git/mbgit/engine").readlink().is_absolute(), "the clone's own engine"
    bob.write(LOG, bob.read(LOG) + f"token {KEY}\n")
    assert bob.run(GIT, "commit", "-qam", "key", check=False).stderr.count("(secrets)") == 1
    bob.git("checkout", "-q", ".")
    install(bob, "--uninstall")
    assert meet(ada, bob, 3) == [f"mbgit: merged {LOG}: +1 entry theirs, +1 yours"]


def test_a_repository_without_a_bank_pays_no_git_call(user: Clone, tmp_path: Path) -> None:
    def git_calls(off: str) -> int:
        trace = tmp_path / "trace"
        ada.git("commit", "-qm", "x", "--allow-empty", GIT_TRACE=str(trace), MBGIT=off)
        ada.git("push", "-q", "origin", "HEAD", GIT_TRACE=str(trace), MBGIT=off)
        text = trace.read_text()
        trace.unlink()
        return len(re.findall(r"trace: (?:built-in|exec): git", text))

    arm(user)
    ada = clone_of(user, "ada")
    ada.commit("seed", 60, **{"README.md": "# A project\n"})
    ada.git("push", "-q", "origin", "HEAD")
    assert git_calls("1") == git_calls("0")
    assert not (ada.path / ".git/mbgit").exists()


def test_a_linked_worktree_shares_its_clone_s_ledger(user: Clone) -> None:
    arm(user)
    ada, bob = pair(user)
    bob.git("worktree", "add", "-q", "-b", "side", "../side")
    side = Clone(user.path / "side", user.home, "Bob")
    add(ada, "- [2025-10-02] of Ada\n")
    ada.git("push", "-q", "origin", "HEAD")
    add(side, "- [2025-10-02] of Bob\n")
    side.git("fetch", "-q")
    done = side.run(GIT, "merge", "-q", "--no-edit", "origin/main")
    assert f"mbgit: merged {LOG}" in done.stderr
    assert (bob.path / ".git/mbgit/merges.jsonl").exists()
    assert side.read(LOG).count("[2025-10-02]") == 2


def test_in_a_clone_that_another_user_made_the_hooks_are_those_of_who_works_there(user: Clone, tmp_path: Path) -> None:
    arm(user)
    ada, _ = pair(user)
    (tmp_path / "other").mkdir()
    other = Clone(ada.path, tmp_path / "other", "Other")
    arm(other)
    arm(user, "--uninstall")
    other.write(LOG, other.read(LOG) + f"token {KEY}\n")
    assert other.run(GIT, "commit", "-qam", "key", check=False).stderr.count("(secrets)") == 1


def test_what_outranks_it_is_named(user: Clone) -> None:
    arm(user)
    ada, _ = pair(user)
    ada.write(".gitattributes", "*.md merge=union\n")
    said = arm(user, str(ada.path), "--check", check=False)
    assert said.returncode == 1
    assert f'unarmed  merge of {LOG} and 1 more: .gitattributes:1 ("*.md merge=union") says merge=union' in said.stdout
    ada.write(".gitattributes", "")
    ada.git("config", "core.attributesFile", "/dev/null")
    said = arm(user, str(ada.path), "--check", check=False)
    assert said.returncode == 1
    assert "core.attributesFile is /dev/null in this clone" in said.stdout


def test_rules_go_into_the_file_of_attributes_that_the_user_has(user: Clone) -> None:
    own = user.home / "my attributes"
    own.write_text("*.png binary")
    user.run(GIT, "config", "--global", "core.attributesFile", "~/my attributes")
    before = snapshot(user.home)
    arm(user)
    assert b"mbgit-union" in own.read_bytes()
    ada, bob = pair(user)
    meet(ada, bob)
    arm(user, "--uninstall")
    assert snapshot(user.home) == before


@pytest.mark.parametrize(
    ("env", "why"), [({"HOME": ""}, "HOME is not set"), ({"GIT_CONFIG_GLOBAL": "/dev/null"}, "GIT_CONFIG_GLOBAL")]
)
def test_where_there_is_no_global_configuration_one_line_says_so(user: Clone, env: dict[str, str], why: str) -> None:
    command = [sys.executable, str(ROOT / "install.py"), "--python", sys.executable, "--global"]
    done = user.run(*command, check=False, **env)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert why in done.stderr


def test_a_team_s_own_banks_are_checked_and_named(user: Clone) -> None:
    arm(user)
    ada, bob = pair(user)
    ada.commit("settings", 60, **{".mbgit.toml": 'banks = ["notes"]\n', "notes/a.md": "# A\n"})
    ada.git("push", "-q", "origin", "HEAD")
    done = bob.run(GIT, "pull", "-q")
    assert "mbgit: not armed: notes, which .mbgit.toml names: run install.py in this clone" in done.stderr
    bob.write("notes/a.md", f"# A\n\ntoken {KEY}\n")
    assert "(secrets)" in bob.run(GIT, "commit", "-qam", "key", check=False).stderr


# -- the recipes ------------------------------------------------------------------------------------------------------

RECIPES = (ROOT / "mbgit/install/README.md").read_text()


def commands(title: str) -> list[str]:
    """What a recipe has somebody run."""
    language, text = re.search(rf"\n### {title}\n.*?```(\w+)\n(.*?)```", RECIPES, re.DOTALL).groups()  # type: ignore[union-attr]
    if language == "dockerfile":
        return re.findall(r"^RUN (.*)$", text, re.MULTILINE)
    if language == "yaml":
        return re.findall(r"^ *- run: (.*)$", text, re.MULTILINE)
    found = re.findall(r'"(?:postCreateCommand|command)": ("(?:[^"\\]|\\.)*")', text)
    json.loads(text)
    return [json.loads(command) for command in found]


@pytest.mark.parametrize("title", ["A Dockerfile", "A devcontainer", "A CI job", "An agent's session start"])
def test_each_recipe_does_what_it_says(user: Clone, title: str) -> None:
    found = commands(title)
    assert found
    for command in found:
        assert "install.py --global" in command
        here = command.replace("install.py", f"install.py --python {sys.executable}")
        here = re.sub(r"\S+/install\.py", str(ROOT / "install.py"), here)
        for _ in range(2):
            assert user.run("sh", "-c", here, PATH=f"{Path(sys.executable).parent}{os.pathsep}{user.env()['PATH']}")
    ada, bob = pair(user)
    assert meet(ada, bob)
