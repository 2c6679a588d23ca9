"""Templates as git shows them, in real repositories."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import chdir
from datetime import datetime
from pathlib import Path

import pytest

from mbgit.bank.layouts import template
from mbgit.git.clone import Clone as HookClone
from mbgit.proposals import templates
from tests.support import GIT, Clone, install

NOW = 1_760_000_000  # 2025-10-09 08:53:20 UTC
DAY = 86_400


@pytest.fixture
def ada(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    """A repository with mbgit's folder, which this process stands in."""
    for key, value in repo.env(TZ="UTC").items():
        monkeypatch.setenv(key, value)
    repo.git("config", "mbgit.persona", "Tech Lead")
    (repo.path / ".git/mbgit").mkdir()
    with chdir(repo.path):
        yield repo


def publish(now: int = NOW) -> None:
    site = HookClone(Path(".git/mbgit"))
    templates.publish(site, now)
    site.close()


def shown(clone: Clone, name: str) -> str:
    return clone.run("git", "show", f"mbgit/template/{name}").stdout


class Counter:
    """Counts the processes of git."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        run = subprocess.run

        def counting(command: list[str], *args: object, **options: object) -> object:
            self.asked.append(command[1])
            return run(command, *args, **options)  # type: ignore[call-overload]

        monkeypatch.setattr(subprocess, "run", counting)


def test_day_persona_and_branch_are_filled_in(ada: Clone) -> None:
    publish()
    assert shown(ada, "journal").startswith("# [Topic] - 2025-10-09\n")
    assert "- **Agent**: Tech Lead\n- **Branch**: main\n" in shown(ada, "journal")
    assert shown(ada, "memory").startswith("# Tech Lead Memory Bank\n")
    assert shown(ada, "agent-logbook-entry").startswith("\n## 2025-10-09 HH:MM - Tech Lead → To\n\n**Status**: ")
    assert shown(ada, "decisions-entry").startswith("\n## [2025-10-09] Title\n\n**Context**: ")
    assert "mbgit:" not in "".join(shown(ada, name.removesuffix(".md")) for name in templates.NAMES)


@pytest.mark.parametrize(
    ("command", "later", "wanted"),
    [
        (("config", "mbgit.persona", "Debugger"), 0, ("**Agent**: Debugger", "2025-10-09", "main")),
        (("checkout", "-q", "-b", "topic"), 0, ("Tech Lead", "2025-10-09", "**Branch**: topic")),
        (("config", "a.b", "c"), DAY, ("Tech Lead", "2025-10-10", "main")),
    ],
)
def test_what_changes_is_filled_in_anew(
    ada: Clone, command: tuple[str, ...], later: int, wanted: tuple[str, ...]
) -> None:
    publish()
    ada.git(*command)
    publish(NOW + later)
    assert all(text in shown(ada, "journal") for text in wanted)


def test_a_day_without_a_change_costs_one_process(ada: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.commit("seed", 60, **{"memory-bank/progress.md": "# Progress\n"})
    publish()
    site = HookClone(Path(".git/mbgit"))
    site.config  # noqa: B018 - a hook has read it anyway
    counter = Counter(monkeypatch)
    templates.publish(site, NOW + 3_600)
    assert counter.asked == ["symbolic-ref"]
    templates.publish(site, NOW + DAY)
    assert counter.asked.count("hash-object") <= 2
    assert len(counter.asked) < 9
    site.close()


def test_other_templates_are_filled_in_by_another_version(ada: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    publish()
    ada.git("update-ref", "-d", "refs/mbgit/template/journal")
    publish()
    assert ada.git("for-each-ref", "refs/mbgit/template/journal") == ""
    monkeypatch.setattr("mbgit.proposals.templates.template", lambda name: template(name) + b"\n")
    publish()
    assert ada.git("for-each-ref", "refs/mbgit/template/journal")


def test_the_context_is_that_of_the_bank_s_layout(ada: Clone) -> None:
    ada.commit("seed", 60, **{"memory-bank/progress.md": "# Progress\n"})
    publish()
    assert "## Active Agents" not in shown(ada, "activeContext")
    templates.offer(HookClone(Path(".git/mbgit")), NOW, "multi-agent")
    assert "## Active Agents" in shown(ada, "activeContext")
    publish()  # nothing else has changed
    assert "## Active Agents" in shown(ada, "activeContext")


def test_who_has_no_persona_is_called_by_the_user_s_name(ada: Clone) -> None:
    ada.git("config", "--unset", "mbgit.persona")
    publish()
    assert "**Agent**: [Agent]\n" in shown(ada, "journal")
    ada.git("config", "user.name", "Ada\tLovelace")
    publish()
    assert "**Agent**: Ada Lovelace\n" in shown(ada, "journal")


def test_a_detached_head_is_on_no_branch(ada: Clone) -> None:
    ada.commit("seed", 60, **{"a.txt": "x"})
    ada.git("checkout", "-q", "--detach")
    publish()
    assert "**Branch**: no branch\n" in shown(ada, "journal")


def test_line_ends_and_filters_of_the_repository_leave_them_alone(ada: Clone) -> None:
    ada.write(".git/info/attributes", "* text eol=crlf ident\n")
    ada.git("config", "core.autocrlf", "true")
    publish()
    assert b"\r" not in subprocess.run(["git", "show", "mbgit/template/journal"], capture_output=True).stdout


def test_a_folder_of_refs_that_is_in_the_way_breaks_nothing(ada: Clone) -> None:
    ada.commit("seed", 60, **{"a.txt": "x"})
    ada.git("update-ref", "refs/mbgit/template/journal/x", "HEAD")
    publish()
    ada.git("update-ref", "-d", "refs/mbgit/template/journal/x")
    publish()
    assert "2025-10-09" in shown(ada, "journal")


@pytest.mark.parametrize("stamp", ["", "{", "[]", "7", "[1, 2, 3, 4, 5]", "null"])
def test_a_broken_stamp_is_none(ada: Clone, stamp: str) -> None:
    (ada.path / ".git/mbgit" / templates.STAMP).write_text(stamp)
    publish()
    assert "2025-10-09" in shown(ada, "journal")


def test_a_clone_without_mbgit_s_folder_gets_none(ada: Clone) -> None:
    site = HookClone(None)
    templates.publish(site, NOW)
    site.close()
    assert ada.git("for-each-ref") == ""


def test_worktrees_share_them(repo: Clone, tmp_path: Path) -> None:
    repo.commit("seed", 60, **{"memory-bank/progress.md": "# Progress\n"})
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"))
    tree = Clone(tmp_path / "tree", repo.home)
    install(tree, "--persona", "Tech Lead")
    for clone in (repo, tree):
        assert "**Agent**: Tech Lead\n- **Branch**: tree\n" in shown(clone, "journal")
    install(repo)
    assert "**Branch**: main\n" in shown(tree, "journal")


def test_install_fills_them_in_and_uninstall_takes_them_away(repo: Clone) -> None:
    assert "would fill in the templates" in install(repo, "--dry-run").stdout
    assert repo.git("for-each-ref") == ""
    install(repo)
    assert "2025-10-09" in shown(repo, "journal")
    assert "delete refs/mbgit/template/*\n" in install(repo, "--uninstall").stdout
    assert repo.git("for-each-ref") == ""


def test_the_stamp_is_of_the_end_of_its_day(ada: Clone) -> None:
    stamp = ada.path / ".git/mbgit" / templates.STAMP
    for _ in range(2):
        publish()
        ends = stamp.stat().st_mtime
        assert 0 < ends - time.time() <= 25 * 3_600
        assert datetime.fromtimestamp(ends).strftime("%H:%M:%S") == "00:00:00"
        os.utime(stamp, (0, 0))


def test_what_cannot_be_filled_in_is_tried_once_a_day(ada: Clone) -> None:
    publish()
    stamp = ada.path / ".git/mbgit" / templates.STAMP
    os.utime(stamp, (0, 0))
    ada.git("update-ref", "-d", "refs/mbgit/template/journal")
    ada.git("commit", "-q", "--allow-empty", "-m", "x")
    ada.git("update-ref", "refs/mbgit/template/journal/x", "HEAD")
    publish(NOW + DAY)
    assert stamp.stat().st_mtime > time.time()


def test_a_commit_elsewhere_fills_them_in_on_another_day(repo: Clone) -> None:
    repo.commit("seed", 60, **{"memory-bank/progress.md": "# Progress\n"})
    install(repo)
    stamp = repo.path / ".git/mbgit" / templates.STAMP
    for day, ends in (("2025-10-09", time.time() + DAY), ("2025-10-11", time.time() - 1)):
        os.utime(stamp, (ends, ends))  # by the machine's clock
        repo.commit("code", DAY, **{"code.py": f"{day}\n"})
        assert f" - {day}\n" in shown(repo, "journal")


def test_the_gate_fills_in_what_it_shows(repo: Clone) -> None:
    install(repo, "--scaffold", "standard")
    repo.commit("seed")
    for ref in repo.git("for-each-ref", "--format=%(refname)", "refs/mbgit/template").split():
        repo.git("update-ref", "-d", ref)
    repo.write("memory-bank/agent-logbook.md", "# Agent Coordination Logbook\n")
    repo.write("memory-bank/activeContext.md", "")
    repo.git("add", "-A")
    said = repo.run(GIT, "commit", "-m", "x", check=False).stderr
    assert "git show mbgit/template/activeContext > memory-bank/activeContext.md" in said
    assert "## Active Agents" in shown(repo, "activeContext"), "the layout is that of what is staged"
    repo.git("commit", "-q", "--no-verify", "-m", "x")
    repo.git("update-ref", "-d", "refs/mbgit/template/activeContext")
    repo.git("init", "-q", "--bare", "../remote.git")
    assert repo.run(GIT, "push", "../remote.git", "HEAD:refs/heads/main", check=False).returncode
    assert "## Active Agents" in shown(repo, "activeContext")
