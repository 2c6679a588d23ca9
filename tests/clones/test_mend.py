"""From a refusal to a commit in one step: what a machine can mend, the last line of the refusal takes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.support import GIT, Clone
from tests.support import armed as install

BANK = "memory-bank"
DECISIONS, LOG, CONTEXT = f"{BANK}/decisions.md", f"{BANK}/agent-logbook.md", f"{BANK}/activeContext.md"
FIELDS = "**Context**: slow\n**Decision**: this\n**Rationale**: fast\n**Alternatives Considered**: none\n"
WHOLE = f"{FIELDS}**Consequences**: none\n**Decided By**: Ada\n"
ENTRY = "## [2025-10-08] Use git\n\n" + WHOLE
SEED = {
    DECISIONS: f"# Decision Log\n\n{ENTRY}",
    f"{BANK}/Docs/Pages.md": "# Pages\n",
    "README.md": "# A project\n",
}

Team = Callable[..., list[Clone]]


class Story(NamedTuple):
    path: str
    added: str
    """What is added to the file, or what it becomes where it begins with `# `."""
    line: str
    """A line that the mended file has and the refused one has not; empty: none need be."""


STORIES = {
    "no date": Story(DECISIONS, f"\n## Use Redis\n\n{WHOLE}", "## [2025-10-09] Use Redis"),
    "a date in another form": Story(DECISIONS, f"\n## 09/10/2025 Use Redis\n\n{WHOLE}", "## 2025-10-09 Use Redis"),
    "a date later than the commit": Story(
        DECISIONS, f"\n## [2026-10-09] Use Redis\n\n{WHOLE}", "## [2025-10-09] Use Redis"
    ),
    "a time later than the commit": Story(
        LOG, "# Logbook\n\n## 2025-10-12 23:00 - Ada\n\n- done\n", "## 2025-10-09 08:54 - Ada"
    ),
    "an entry without a time": Story(LOG, "# Logbook\n\n## Ada\n\n**Status**: done\n", "## 2025-10-09 08:54 - Ada"),
    "missing headings": Story(CONTEXT, "# Active Context\n\n## Current Focus\n\nThe parser\n", "## Next Steps"),
    "fields missing": Story(DECISIONS, "\n## [2025-10-09] Use Redis\n\n**Decision**: yes\n", "**Rationale**: TBD"),
    "a fence left open": Story(
        CONTEXT, "", "```"
    ),
    "a link whose target moved": Story(DECISIONS, f"\n{ENTRY.replace('slow', '[slow](Pages.md)').replace('git', 'x')}",
                                       "**Context**: [slow](Docs/Pages.md)"),
}  # fmt: skip


@pytest.fixture
def ada(team: Team) -> Clone:
    (clone,) = team("Ada", seed=SEED)
    install(clone, "--bank", BANK)
    clone.configure({"mbgit.persona": "Tech Lead"})
    return clone


def commit(clone: Clone, *args: str) -> subprocess.CompletedProcess[str]:
    return clone.run(GIT, "commit", "-q", *(args or ("-m", "work")), check=False)


def taken(clone: Clone, said: str) -> str:
    """Run the command that the last line of a refusal gives; the command."""
    last = said.strip().splitlines()[-1]
    head, mark, command = last.partition("; to mend it: ")
    assert mark
    assert head.startswith("mbgit: commit refused: ")
    assert command.startswith("git restore --source mbgit/mend --staged --worktree -- "), said
    clone.run("sh", "-c", command)
    return command


def context(clone: Clone) -> str:
    """The template, filled, with a code block that swallows its last headings."""
    text = clone.git("show", "mbgit/template/activeContext") + "\n"
    head, mark, rest = text.partition("## Next Steps")
    return f"{head}```sh\nmake all\n\n{mark}{rest}"


def test_an_uninstall_takes_the_mend_along(ada: Clone) -> None:
    ada.write(DECISIONS, f"{ada.read(DECISIONS)}\n## Use Redis\n\n{WHOLE}")
    assert commit(ada, "-am", "work").returncode == 1
    assert ada.git("for-each-ref", "refs/mbgit/mend")
    install(ada, "--uninstall")
    assert ada.git("for-each-ref", "refs/mbgit/mend") == ""


@pytest.mark.parametrize("name", STORIES)
def test_one_step_from_a_refusal_to_a_commit(ada: Clone, name: str) -> None:
    story = STORIES[name]
    old = ada.read(story.path) if (ada.path / story.path).exists() else ""
    text = story.added if story.added.startswith("# ") else old + story.added
    ada.write(story.path, text or context(ada))
    ada.write("other.txt", "staged as well\n")
    ada.git("add", "-A")
    refused = commit(ada)
    assert refused.returncode == 1, refused.stderr
    taken(ada, refused.stderr)
    assert story.line in ada.read(story.path).splitlines()
    assert ada.git("diff", "--name-only", "HEAD", "mbgit/mend").splitlines() == sorted(["other.txt", story.path])
    assert ada.git("diff", "--name-only") == ""
    done = commit(ada)
    assert done.returncode == 0, done.stderr
    assert ada.git("rev-parse", f"HEAD:{story.path}") == ada.git("rev-parse", f"mbgit/mend:{story.path}")
    if name == "fields missing":
        pushed = ada.run(GIT, "push", "-q", check=False)
        assert pushed.returncode == 1
        assert "no Context, Decided By, Rationale in" in pushed.stderr
        assert "git restore" not in pushed.stderr, "what is to be said is no machine's to fill in"
    else:
        assert ada.run(GIT, "push", "-q", check=False).returncode == 0


def test_a_journal_gets_its_name(ada: Clone) -> None:
    ada.write(f"{BANK}/sessions/Release of today.md", ada.git("show", "mbgit/template/journal") + "\n")
    ada.git("add", "-A")
    refused = commit(ada)
    assert refused.returncode == 1
    taken(ada, refused.stderr)
    assert ada.git("diff", "--cached", "--name-only") == f"{BANK}/sessions/2025-10-09_release-of-today.md"
    assert commit(ada).returncode == 0


def test_several_files_at_once_and_what_is_left(ada: Clone) -> None:
    ada.write(DECISIONS, SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}\n## [2025-10-09] Use x [a](gone.md)\n\n{WHOLE}")
    ada.write(LOG, "# Logbook\n\n## 2026-10-12 23:00 - Ada\n\n- done\n")
    ada.git("add", "-A")
    refused = commit(ada)
    assert "mbgit: commit refused: 3 findings" in refused.stderr
    assert taken(ada, refused.stderr).endswith(f"-- {LOG} {DECISIONS}")
    again = commit(ada)
    assert again.returncode == 1
    assert "mbgit: commit refused: 1 finding" in again.stderr
    assert "git restore" not in again.stderr
    assert not ada.git("for-each-ref", "refs/mbgit/mend")


def test_what_is_no_machine_s_to_mend(ada: Clone) -> None:
    token = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    for fault in (f"\nsee {token}\n", "\n<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"):
        ada.write(DECISIONS, SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}{fault}")
        ada.git("add", "-A")
        refused = commit(ada)
        assert refused.returncode == 1
        assert "git restore" not in refused.stderr
        assert refused.stderr.strip().endswith("git commit --no-verify")
        assert refused.stderr.count("--no-verify") == 1


def test_edits_in_the_worktree_are_not_overwritten(ada: Clone) -> None:
    ada.write(DECISIONS, SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}")
    ada.git("add", "-A")
    ada.write(DECISIONS, ada.read(DECISIONS) + "not staged yet\n")
    refused = commit(ada)
    last = refused.stderr.strip().splitlines()[-1]
    assert last.endswith(f"1 finding; to mend it: git restore --source mbgit/mend --staged -- {DECISIONS}")


def test_a_push_is_mended_upon_its_tip(ada: Clone) -> None:
    ada.write(DECISIONS, SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}")
    ada.git("commit", "-qanm", "past")
    refused = ada.run(GIT, "push", "-q", check=False)
    assert f'{DECISIONS}:12: "Use Redis": no date (timestamps): write: ## [2025-10-09] Use Redis' in refused.stderr
    command = next(row for row in refused.stderr.splitlines() if "to mend it" in row).partition("mend it: ")[2]
    ada.run("sh", "-c", command)
    assert commit(ada).returncode == 0
    assert ada.run(GIT, "push", "-q", check=False).returncode == 0


def test_crlf_stays(ada: Clone) -> None:
    text = (SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}").replace("\n", "\r\n")
    ada.write(DECISIONS, text)
    ada.git("add", "-A")
    taken(ada, commit(ada).stderr)
    assert ada.read(DECISIONS) == text.replace("## Use Redis", "## [2025-10-09] Use Redis")


def test_warnings_are_said_once(ada: Clone) -> None:
    ada.write(DECISIONS, SEED[DECISIONS] + f"\n## Use Redis\n\n{WHOLE}\n```\nx\n```\n")
    ada.git("add", "-A")
    first, second = commit(ada).stderr, commit(ada).stderr
    assert first.index("no date") < first.index("code block without a language")
    assert "code block without a language" not in second
    assert "mbgit: commit refused: 1 finding, 1 warning; to mend it: git" in second
    taken(ada, second)
    assert commit(ada).stderr == "mbgit: 1 warning as before: git show mbgit/report\n"
    assert ada.run(GIT, "push", "-q", check=False).stderr == ""


def test_one_fault_is_one_line(ada: Clone) -> None:
    ada.write(DECISIONS, SEED[DECISIONS] + "\n## Rules of the week\n\n" + "".join(f"- rule {n}\n" for n in range(5)))
    ada.write(CONTEXT, "# Active Context\n")
    ada.git("add", "-A")
    said = commit(ada).stderr.splitlines()
    assert len([row for row in said if "no date" in row]) == 1
    assert len([row for row in said if "(sections" in row]) == 1
    assert any("sections are missing" in row and "git show mbgit/template/activeContext" in row for row in said)


def test_a_removal_on_purpose_is_named_at_the_commit(ada: Clone) -> None:
    log = f"{BANK}/SESSION_LOG.md"
    ada.write(log, "# Session Log\n\n## 2025-10-09 08:00 - Ada\n\n- one\n- two\n")
    ada.git("add", "-A")
    ada.git("commit", "-qnm", "log")
    ada.git("push", "-q", "--no-verify")
    ada.write(log, "# Session Log\n")
    said = commit(ada, "-am", "cut").stderr
    assert f"on purpose: git commit --trailer 'Mbgit-Allow: lost {log}'" in said
    pushed = ada.run(GIT, "push", "-q", check=False)
    assert f"`Mbgit-Allow: lost {log}` in that commit's message" in pushed.stderr
    ada.git("commit", "-q", "--amend", "--no-edit", "--trailer", f"Mbgit-Allow: lost {log}")
    assert ada.run(GIT, "push", "-q", check=False).returncode == 0


def test_a_mend_speaks_the_team_s_words(ada: Clone) -> None:
    ada.write(".mbgit.toml", '[fields]\nContext = ["背景"]\nRationale = ["理由"]\n')
    ada.git("add", "-A")
    ada.git("commit", "-qm", "words")
    ada.write(DECISIONS, SEED[DECISIONS] + "\n## [2025-10-09] Use Redis\n\n**背景**: slow\n**Decided By**: Ada\n")
    ada.git("add", "-A")
    taken(ada, commit(ada).stderr)
    text = ada.read(DECISIONS)
    assert "**背景**: slow" in text
    assert "**理由**: TBD" in text
    assert commit(ada).returncode == 0
