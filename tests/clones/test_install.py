"""install.py as a user runs it, in real clones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.install.engine import SOURCE
from tests.support import GIT, ROOT, Clone, install

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
BASE = "# Patterns\n\n- one\n- two\n"
EVENTS = ("post-merge", "post-rewrite", "post-commit")

Team = Callable[..., list[Clone]]


def snapshot(folder: Path) -> dict[str, tuple[str, object]]:
    """All that is in a folder but git's objects: kind and mode, and content or target."""
    found: dict[str, tuple[str, object]] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith(".git/objects/"):
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = ("folder", None)
        else:
            found[name] = (oct(path.stat().st_mode), path.read_bytes())
    return found


def conflict(clone: Clone, name: str = BUFFER) -> subprocess.CompletedProcess[str]:
    """Merge a branch that adds an entry where main adds another and drops one."""
    clone.write(name, BASE)
    clone.commit("base")
    clone.git("checkout", "-qb", "other")
    clone.write(name, BASE + "- from other\n")
    clone.commit("other")
    clone.git("checkout", "-q", "main")
    clone.write(name, BASE.replace("- two\n", "- from main\n"))
    clone.commit("main")
    return clone.run(GIT, "merge", "--no-edit", "other", check=False)


def test_after_install_a_merge_keeps_both_and_brings_nothing_back(repo: Clone) -> None:
    install(repo, "--bank", BANK, "--persona", "Ada")
    assert conflict(repo).returncode == 0
    text = repo.read(BUFFER)
    assert "- from other\n" in text
    assert "- from main\n" in text
    assert "- two" not in text
    assert repo.git("config", "mbgit.persona") == "Ada"


def test_it_says_each_change_and_the_second_time_that_there_is_none(repo: Clone) -> None:
    first = install(repo, "--bank", BANK, "--persona", "Ada", "--verbose").stdout.splitlines()
    assert "write the merge rules into .git/info/attributes" in first
    ready = f"everything is in place for {BANK}, as Ada"
    assert first[-1] == ready
    before = snapshot(repo.path)
    second = install(repo, "--bank", BANK, "--persona", "Ada")
    assert second.stdout.splitlines() == [ready]
    assert snapshot(repo.path) == before


def test_how_much_a_pull_says_is_chosen_at_install_and_given_back(repo: Clone) -> None:
    before = repo.read(".git/config")
    install(repo, "--bank", BANK, "--digest", "counts")
    assert repo.git("config", "mbgit.digest") == "counts"
    install(repo, "--digest", "off")
    assert repo.git("config", "mbgit.digest") == "off"
    assert "expected" not in install(repo, "--check", check=False).stdout
    install(repo, "--uninstall")
    assert repo.read(".git/config") == before


def test_what_was_named_once_holds_for_an_upgrade_without_options(repo: Clone) -> None:
    install(repo, "--bank", "odd place", "--persona", "Ada")
    before = snapshot(repo.path)
    install(repo)
    assert snapshot(repo.path) == before


@pytest.mark.parametrize("place", [".claude/memory-bank", "memory-bank", ".memory-bank", "docs/memory-bank"])
def test_a_bank_at_a_usual_place_is_found(repo: Clone, place: str) -> None:
    repo.write(f"{place}/progress.md", "# Progress\n")
    said = install(repo).stdout
    assert said.endswith(f"everything is in place for {place}\n1 of 1 files governed\n")
    rules = (repo.path / ".git/info/attributes").read_text()
    assert f"/{place}/progress.md merge=mbgit-union\n" in rules


def test_without_a_bank_the_usual_places_are_covered_for_the_day_one_is_made(repo: Clone) -> None:
    assert "no bank is here yet" in install(repo).stdout
    assert conflict(repo, "docs/memory-bank/lessons-buffer.md").returncode == 0


def test_several_banks(repo: Clone) -> None:
    install(repo, "--bank", "a/bank", "--bank", "b/bank")
    for bank in ("a/bank", "b/bank"):
        assert repo.git("check-attr", "merge", f"{bank}/progress.md").endswith("mbgit-union")


@pytest.mark.parametrize("name", ["with space", 'it\'s "100%" ümläut $(touch pwned) #a\\b'])
def test_a_clone_may_lie_anywhere(tmp_path: Path, home: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    clone = Clone(tmp_path / name, home)
    clone.git("init", "-q", "-b", "main")
    before = snapshot(clone.path)
    install(clone, "--bank", name)
    assert install(clone, "--check", check=False).returncode == 0
    merged = conflict(clone, f"{name}/notes-buffer.md")
    assert merged.returncode == 0
    assert "mbgit: merged " in merged.stderr, "the hooks as well"
    install(clone, "--uninstall")
    assert set(snapshot(clone.path / ".git" / "info")) == {key[10:] for key in before if key[:10] == ".git/info/"}
    assert not (clone.path / "pwned").exists()


def leave_fresh(git: Path) -> None:
    """As git init made it."""


def break_off(git: Path) -> None:
    """Files without a last line end, and a persona already."""
    (git / "config").write_bytes((git / "config").read_bytes() + b"[mbgit]\n\tpersona = Bob")
    (git / "info/attributes").write_bytes(b"*.png binary")


def fill(git: Path) -> None:
    """Somebody else's driver and hooks."""
    with (git / "config").open("a") as file:
        file.write('# mine\n[merge "x"]\n\tdriver = true\n')
    (git / "hooks/post-merge").write_text("#!/bin/sh\n")
    (git / "hooks/post-commit").symlink_to("../x")


def strip(git: Path) -> None:
    """As git init makes it without a template."""
    shutil.rmtree(git / "info")
    shutil.rmtree(git / "hooks")


@pytest.mark.parametrize("prepare", [leave_fresh, break_off, fill, strip])
def test_uninstall_gives_everything_back_byte_for_byte(repo: Clone, prepare: Callable[[Path], object]) -> None:
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/hooks").mkdir(exist_ok=True)
    prepare(repo.path / ".git")
    (repo.path / BANK).mkdir(parents=True)
    (repo.path / "other").mkdir()
    before = snapshot(repo.path)
    install(repo, "--bank", BANK, "--persona", "Ada")
    install(repo, "--bank", "other", "--persona", "Eve")
    assert snapshot(repo.path) != before
    install(repo, "--uninstall")
    assert snapshot(repo.path) == before
    assert install(repo, "--uninstall").stdout == "nothing of mbgit is in this clone\n"


@pytest.mark.parametrize("before", ["", "Zoe"])
def test_uninstall_leaves_what_others_wrote_meanwhile(repo: Clone, before: str) -> None:
    git = repo.path / ".git"
    if before:
        repo.git("config", "mbgit.persona", before)
    (git / "info").mkdir(exist_ok=True)
    (git / "info/attributes").write_text("*.png binary\n")
    install(repo, "--bank", BANK, "--persona", "Ada")
    install(repo, "--persona", "Eve")
    repo.git("config", "mbgit.digest", "off")
    repo.git("config", "merge.conflictStyle", "diff3")
    with (git / "info/attributes").open("a") as file:
        file.write("*.jpg binary\n")
    install(repo, "--uninstall")
    assert (git / "info/attributes").read_text() == "*.png binary\n*.jpg binary\n"
    kept = repo.git("config", "--local", "--list").splitlines()
    assert {"mbgit.digest=off", "merge.conflictstyle=diff3"} <= set(kept)
    assert not [line for line in kept if "mbgit-" in line]
    assert repo.git("config", "--default", "", "mbgit.persona") == before


def test_uninstall_keeps_texts_that_merges_did_not_keep_and_names_them(repo: Clone) -> None:
    install(repo, "--bank", BANK)
    aside = repo.path / ".git/mbgit/aside"
    aside.mkdir(exist_ok=True)
    (aside / "1.txt").write_text("mine\n")
    for ref, text in (("superseded", "mine\n--- older\n"), ("superseded-1", "stands nowhere else\n")):
        blob = repo.run(GIT, "hash-object", "-w", "--stdin", stdin=text).stdout.strip()
        repo.git("update-ref", f"refs/mbgit/{ref}", blob)
    said = install(repo, "--uninstall").stdout
    assert "keep aside/ in it: 1 texts" in said
    assert [str(path.relative_to(aside.parent)) for path in aside.parent.rglob("*")] == [
        "aside",
        "aside/1.txt",
    ]
    assert repo.git("for-each-ref", "--format=%(refname)") == "refs/mbgit/superseded-1"
    assert install(repo, "--uninstall").stdout == "nothing of mbgit is in this clone\n"


def test_a_dry_run_says_what_install_does_and_does_nothing(repo: Clone) -> None:
    options = ("--bank", BANK, "--persona", "Ada", "--share", "--scaffold", "buffers", "--verbose")
    (repo.path / BANK).mkdir(parents=True)
    before = snapshot(repo.path)
    would = install(repo, *options, "--dry-run").stdout.splitlines()
    assert snapshot(repo.path) == before
    did = install(repo, *options).stdout.splitlines()
    assert sorted(would) == sorted(f"would {line}" for line in did[:-2])
    assert install(repo, *options, "--dry-run").stdout == "nothing to change\n"
    installed = snapshot(repo.path)
    would = install(repo, "--uninstall", "--dry-run").stdout.splitlines()
    assert snapshot(repo.path) == installed
    assert [f"would {line}" for line in install(repo, "--uninstall").stdout.splitlines()] == would


def test_an_upgrade_replaces_the_engine_and_what_it_needs(repo: Clone) -> None:
    install(repo, "--bank", BANK)
    home = repo.path / ".git/mbgit"
    fresh = {file.name: file.read_bytes() for file in (home / "engine").glob("*.py")}
    assert fresh == {file.name: file.read_bytes() for file in SOURCE.glob("*.py")}
    (home / "engine/threeway.py").write_text("an older version\n")
    repo.git("config", "merge.mbgit-union.driver", "an older line")
    (home / "run").write_text("older\n")
    (repo.path / ".git/hooks/post-merge").write_text("#!/bin/sh\n# mbgit: an older shim\n")
    assert install(repo, "--check", check=False).returncode == 1
    install(repo)
    assert install(repo, "--check").returncode == 0
    assert fresh == {file.name: file.read_bytes() for file in (home / "engine").glob("*.py")}
    assert len(list(home.glob("engine*"))) == 2
    assert home.stat().st_mode & 0o777 == 0o700
    assert list((home / "engine/__pycache__").glob("threeway.*.pyc"))


def test_share_writes_the_same_rules_for_the_team(repo: Clone) -> None:
    repo.write(".gitattributes", "*.png binary\n")
    repo.commit("seed")
    install(repo, "--bank", BANK, "--share")
    shared = repo.read(".gitattributes")
    assert shared.startswith("*.png binary\n# >>> mbgit")
    assert shared.endswith((repo.path / ".git/info/attributes").read_text())
    assert "merge=union" not in shared
    install(repo, "--uninstall")
    assert repo.read(".gitattributes") == "*.png binary\n"


def test_rules_that_the_team_has_committed_are_the_team_s(repo: Clone) -> None:
    install(repo, "--bank", BANK, "--share")
    repo.commit("share")
    shared = repo.read(".gitattributes")
    assert "leave .gitattributes" in install(repo, "--uninstall").stdout
    assert repo.read(".gitattributes") == shared
    assert conflict(repo).returncode == 1, "an unknown driver is git's own merge, with markers"
    assert "<<<<<<<" in repo.read(BUFFER)


def test_install_does_not_touch_the_worktree(repo: Clone) -> None:
    repo.write(BUFFER, BASE)
    repo.commit("seed")
    install(repo)
    assert repo.git("status", "--porcelain", "--ignored") == ""


def test_scaffold_makes_what_is_missing_and_overwrites_nothing(repo: Clone) -> None:
    repo.write(BUFFER, "mine\n")
    install(repo, "--scaffold", "buffers")
    assert repo.read(BUFFER) == "mine\n"
    names = {path.name for path in (repo.path / BANK).iterdir()}
    assert names == {
        "activeContext.md",
        "patterns-buffer.md",
        "lessons-buffer.md",
        "decisions-inbox.md",
        "SESSION_LOG.md",
    }
    before = snapshot(repo.path)
    install(repo, "--scaffold", "buffers")
    assert snapshot(repo.path) == before


def test_scaffold_without_a_bank_makes_one_at_the_first_place(repo: Clone) -> None:
    said = install(repo, "--scaffold", "buffers").stdout
    assert said.endswith(f"everything is in place for {BANK}\n5 of 5 files governed\n")
    assert (repo.path / BANK / "SESSION_LOG.md").exists()


def test_the_target_may_be_named_and_may_be_a_folder_in_it(repo: Clone, home: Path) -> None:
    repo.write("src/deep/x", "")
    (repo.path / BANK).mkdir(parents=True)
    outside = Clone(home, home)
    install(outside, str(repo.path / "src" / "deep"), "--bank", BANK)
    assert install(repo, "--check").returncode == 0


def test_a_hook_or_alias_that_runs_it_does_not_misdirect_it(repo: Clone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run([GIT, "init", "-q", other], check=True, env=repo.env())
    command = [sys.executable, str(ROOT / "install.py"), "--python", sys.executable, str(repo.path)]
    repo.run(*command, GIT_DIR=str(other / ".git"), GIT_INDEX_FILE="x")
    assert (repo.path / ".git/mbgit").exists()
    assert not (other / ".git/mbgit").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{home}"], "is in no worktree of git"),
        (["{home}/missing"], "is not a folder"),
        (["{bare}"], "is a bare repository"),
        (["{repo}", "--bank", "/etc"], "--bank: a bank lies inside"),
        (["{repo}", "--bank", "../x"], "--bank: a bank lies inside"),
        (["{repo}", "--python", "/bin/false"], "/bin/false is not a Python 3.11 or newer"),
        (["{repo}", "--python", "/nowhere/python"], "/nowhere/python does not start"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(repo: Clone, home: Path, arguments: list[str], said: str) -> None:
    bare = home / "bare.git"
    repo.git("init", "-q", "--bare", str(bare))
    words = [word.format(home=home, bare=bare, repo=repo.path) for word in arguments]
    done = install(repo, *words, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("install.py: ")
    assert not (repo.path / ".git/mbgit").exists()


def test_an_interpreter_without_the_package_still_arms_the_drivers(repo: Clone, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    command = [sys.executable, str(ROOT / "install.py"), "--python", str(bare / "bin/python")]
    done = repo.run(*command, check=False)
    assert done.returncode == 1
    assert "the drivers are armed, but the hooks need mbgit, click, pygit2, markdown_it, " in done.stderr
    assert conflict(repo).returncode == 0


def test_an_old_git_is_named(repo: Clone, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho git version 2.38.1\n")
    fake.chmod(0o755)
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    done = repo.run(sys.executable, str(ROOT / "install.py"), "--python", sys.executable, check=False, PATH=path)
    assert (done.returncode, done.stderr) == (
        1,
        "install.py: git 2.39 or newer is needed: https://git-scm.com/downloads\n",
    )


def test_a_folder_that_cannot_be_written_is_one_line(repo: Clone) -> None:
    (repo.path / ".git/mbgit").write_text("in the way\n")
    done = install(repo, "--bank", BANK, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "mbgit" in done.stderr


def test_the_second_stage_finds_its_own_package_whatever_the_worktree_holds(repo: Clone) -> None:
    for name in ("mbgit/__init__.py", "click.py", "pygit2.py", "json.py"):
        repo.write(name, "raise SystemExit('planted')\n")
    install(repo, "--bank", BANK)
    assert install(repo, "--check").returncode == 0


def check(repo: Clone) -> dict[str, str]:
    done = install(repo, "--check", check=False)
    rows = {line[9:].partition(":")[0]: line[:8].strip() for line in done.stdout.splitlines()}
    assert done.returncode == int(any(state != "armed" for state in rows.values()))
    return rows


def test_check_changes_nothing_and_finds_all_armed(repo: Clone) -> None:
    install(repo, "--bank", BANK)
    conflict(repo)
    before = snapshot(repo.path)
    assert set(check(repo).values()) == {"armed"}
    assert snapshot(repo.path) == before


def test_check_of_a_fresh_clone_changes_nothing_and_finds_it_unarmed(repo: Clone) -> None:
    before = snapshot(repo.path)
    done = install(repo, "--check", check=False)
    assert done.returncode == 1
    assert "driver union: git's configuration does not name it" in done.stdout
    assert " armed" not in done.stdout.replace("unarmed", "")
    assert snapshot(repo.path) == before


HARMS = (
    "rm -rf .git/mbgit/engine*",
    "git config merge.mbgit-union.driver true",
    "git config --remove-section merge.mbgit-log",
    "rm .git/info/attributes .git/hooks/post-merge",
    "chmod -x .git/hooks/post-commit",
    "echo x >.git/mbgit/run",
)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (
            "rm -rf .git/mbgit/engine*; rm .git/info/attributes .git/hooks/post-merge; "
            "git config --remove-section hook.mbgit-post-merge; "
            "chmod -x .git/hooks/post-commit; echo x >.git/mbgit/run",
            {
                "engine in .git/mbgit/engine": "unarmed",
                "merge rules in .git/info/attributes": "unarmed",
                "hook post-merge": "unarmed",
                "hook post-rewrite": "armed",
                "hook post-commit": "broken",
                "what the hooks start": "broken",
            },
        ),
        (
            "echo 'raise SystemExit(3)' >.git/mbgit/engine/threeway.py",
            {
                "engine in .git/mbgit/engine": "broken",
                "drivers in git's configuration": "armed",
                "driver latest": "broken",
                "driver union": "broken",
                "driver log": "broken",
            },
        ),
        (
            "git config merge.mbgit-union.driver true; git config --remove-section merge.mbgit-log; "
            "rm -rf .git/mbgit/engine/__pycache__",
            {
                "engine in .git/mbgit/engine": "broken",
                "drivers in git's configuration": "broken",
                "driver latest": "armed",
                "driver union": "broken",
                "driver log": "unarmed",
            },
        ),
        (
            "git config merge.mbgit-union.driver 'git merge-file --union %A %O %B'; "
            "echo 'SESSION_LOG.md merge=union' >>.git/info/attributes",
            {"driver union": "broken", f"merge of {BANK}/SESSION_LOG.md": "unarmed"},
        ),
    ],
)
def test_check_tells_broken_from_unarmed(repo: Clone, harm: str, found: dict[str, str]) -> None:
    install(repo, "--bank", BANK)
    repo.run("sh", "-c", harm)
    said = check(repo)
    assert {about: said[about] for about in found} == found


def test_a_second_install_mends_what_is_broken(repo: Clone) -> None:
    install(repo, "--bank", BANK)
    for harm in HARMS:
        repo.run("sh", "-c", harm)
    install(repo)
    assert set(check(repo).values()) == {"armed"}


def test_the_team_s_settings_name_the_banks(repo: Clone) -> None:
    repo.write(".mbgit.toml", 'banks = ["notes/team"]\n')
    repo.write(".claude/memory-bank/patterns-buffer.md", "# Patterns\n")
    assert "note: .mbgit.toml: banks: no folder notes/team here\n" in install(repo).stdout
    (repo.path / "notes/team").mkdir(parents=True)
    rules = (repo.common / "info/attributes").read_text()
    assert "/notes/team/*-buffer.md merge=mbgit-union\n" in rules
    assert "/.claude/memory-bank/" not in rules
    assert install(repo).stdout.count("\n") == 1
