"""What a commit and a push meet on their way: real clones, a real remote, one story each."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.checks import LEVELS
from tests.support import GIT, Clone
from tests.support import armed as install

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LOG = f"{BANK}/SESSION_LOG.md"
CONTEXT = f"{BANK}/activeContext.md"
ADR = "Docs/03-Reference/ADR"
SEED = {
    BUFFER: "# Patterns Buffer\n\n## Patterns\n\n- [2025-10-01] one\n- [2025-10-02] two\n",
    LOG: "# Session Log\n\n## 2025-10-01 10:00 - Ada\n\n- began\n\n## 2025-10-02 10:00 - Bob\n\n- went on\n",
    CONTEXT: "# Active Context\n\n## Current Focus\n\nnothing\n",
}
MARKERS = "<<<<<<< HEAD\n- mine\n=======\n- yours\n>>>>>>> other\n"
KEY = "ghp_" + "Zx81mQ0cVt7RbLw2Kd93Yp5Ne6Ha4SfUgJ1T"  # of the right shape, and nobody's

FINDING = re.compile(r" \((?:" + "|".join(LEVELS) + r")[,)]")

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def ada(team: Team) -> Clone:
    """A clone with mbgit and a bank that is pushed."""
    (clone,) = team("Ada", seed=SEED)
    install(clone)
    return clone


def add(clone: Clone, path: str, text: str) -> None:
    clone.write(path, clone.read(path) + text if (clone.path / path).exists() else text)


def unchecked(clone: Clone, path: str, text: str, message: str = "work") -> str:
    """Commit a text added to a file, past the gate; the commit."""
    add(clone, path, text)
    return past_gate(clone, message)


def past_gate(clone: Clone, message: str = "work") -> str:
    Clone.clock += 60
    clone.git("add", "-A")
    clone.git("commit", "-qm", message, "--no-verify")
    return clone.git("rev-parse", "HEAD")


def push(clone: Clone, *args: str, **env: str) -> Done:
    return clone.run(GIT, "push", *(args or ("origin", "HEAD")), check=False, **env)


def lines(done: Done) -> list[str]:
    """What mbgit said: findings and its own lines."""
    rows = [row.rpartition("\r")[2] for row in done.stderr.splitlines()]
    return [row for row in rows if row.startswith("mbgit: ") or FINDING.search(row)]


def refused(done: Done) -> list[str]:
    """The lines of a push that was refused."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    said = lines(done)
    assert "refused" in said[-1]
    return said


def passed(done: Done) -> list[str]:
    """The lines of a push that went through."""
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return lines(done)


# -- push -------------------------------------------------------------------------------------------------------------


def test_a_clean_push_says_nothing(ada: Clone) -> None:
    ada.commit(**{BUFFER: SEED[BUFFER] + "- [2025-10-03] three\n"}, message="more", later=60)
    assert passed(push(ada)) == []


def test_a_conflict_that_was_committed_does_not_leave_the_clone(ada: Clone) -> None:
    unchecked(ada, BUFFER, MARKERS)
    found, summary = refused(push(ada))
    assert found.startswith(f"{BUFFER}:7: ")
    assert found.endswith("(markers)")
    assert "--no-verify" in summary
    assert "git config mbgit.checks.markers warn" in summary
    assert passed(push(ada, "--no-verify", "origin", "HEAD")) == []


def test_a_bank_full_of_old_faults_can_be_pushed_to(ada: Clone) -> None:
    unchecked(ada, BUFFER, MARKERS + "[gone](nowhere.md)\n")
    push(ada, "--no-verify", "origin", "HEAD")
    ada.write(BUFFER, ada.read(BUFFER).replace("## Patterns\n", "## Patterns\n\n- [2025-10-04] above it all\n"))
    past_gate(ada)
    assert passed(push(ada)) == []


def test_a_merge_may_bring_one_old_fault_from_either_side(ada: Clone) -> None:
    ada.git("checkout", "-q", "-b", "topic")
    unchecked(ada, BUFFER, "- [2025-10-05] late [x](gone.md)\n")
    push(ada, "--no-verify", "origin", "topic")
    ada.git("checkout", "-q", "main")
    ada.write(BUFFER, SEED[BUFFER].replace("- [2025-10-01]", "- [2025-09-30] early [x](gone.md)\n- [2025-10-01]"))
    past_gate(ada)
    push(ada, "--no-verify", "origin", "main")
    ada.git("merge", "-q", "topic", "-m", "both")
    assert ada.read(BUFFER).count("gone.md") == 2
    assert passed(push(ada)) == []


def test_a_secret_is_found_in_the_commit_that_a_later_one_hides(ada: Clone) -> None:
    leaked = unchecked(ada, BUFFER, f"- [2025-10-03] the token is {KEY}\n")
    ada.write(BUFFER, SEED[BUFFER])
    past_gate(ada)
    done = push(ada)
    found, summary = refused(done)
    assert found.startswith(f"{BUFFER}:7: ")
    assert f"in {leaked[:10]}" in found
    assert KEY not in done.stderr + done.stdout
    assert "git rebase -i" in summary


def test_a_secret_on_purpose(ada: Clone) -> None:
    unchecked(ada, BUFFER, f"- [2025-10-03] a sample: {KEY} <!-- pragma: allowlist secret -->\n")
    assert passed(push(ada)) == []


def test_a_secret_on_purpose_may_be_permitted_in_the_row_above(ada: Clone) -> None:
    add(ada, BUFFER, "- [2025-10-03] a sample\n<!-- pragma: allowlist nextline secret -->\n")
    past_gate(ada)
    unchecked(ada, BUFFER, f"  {KEY}\n")
    assert passed(push(ada)) == []


def test_a_secret_that_is_there_may_move_to_another_file(ada: Clone) -> None:
    row = f"- [2025-10-03] {KEY}\n"
    unchecked(ada, BUFFER, row)
    push(ada, "--no-verify", "origin", "HEAD")
    ada.write(BUFFER, SEED[BUFFER])
    ada.write("Docs/03-Reference/Patterns.md", f"# Patterns\n\n## Patterns\n\n{row}")
    past_gate(ada)
    assert [line for line in passed(push(ada)) if "secret" in line] == []


def test_secrets_elsewhere_in_the_repository_are_not_its_business(ada: Clone) -> None:
    unchecked(ada, "src/settings.py", f"TOKEN = '{KEY}'\n")
    assert passed(push(ada)) == []


def test_secrets_elsewhere_are_looked_for_where_somebody_wants_that(ada: Clone) -> None:
    ada.configure({"mbgit.secrets": "all"})
    unchecked(ada, "deploy.env", f"TOKEN={KEY}\n")
    found, _ = refused(push(ada))
    assert found == "deploy.env:1: looks like GitHub Token (secrets)"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8"])
def test_nul_bytes_hide_no_secret(ada: Clone, encoding: str) -> None:
    ada.write(f"{BANK}/keys.txt", f"\0\nthe token is {KEY}\nand more\n".encode(encoding))
    past_gate(ada)
    ada.git("rm", "-q", f"{BANK}/keys.txt")
    past_gate(ada)
    found, _ = refused(push(ada))
    assert found.startswith(f"{BANK}/keys.txt:2: looks like GitHub Token")


def test_markers_are_found_in_any_text_of_a_bank(ada: Clone) -> None:
    unchecked(ada, f"{BANK}/notes.txt", MARKERS)
    assert refused(push(ada))[0].startswith(f"{BANK}/notes.txt:1: conflict markers")


def test_a_merge_that_took_one_side_whole_is_refused_wherever_it_was_made(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(ada)
    unchecked(ada, BUFFER, "- [2025-10-03] from ada\n")
    assert passed(push(ada)) == []
    unchecked(bob, BUFFER, "- [2025-10-04] from bob\n")
    bob.git("fetch", "-q")
    bob.git("merge", "-q", "-s", "ours", "origin/main", "-m", "mine wins")
    install(bob)
    found, summary = refused(push(bob))
    assert found.startswith(f"{BUFFER}: the merge lost 1 entry: ")
    assert "(lost)" in found
    assert "Mbgit-Allow: lost" in summary


def test_a_removal_on_purpose_names_the_file_in_its_message(ada: Clone) -> None:
    ada.write(LOG, ada.read(LOG).replace("## 2025-10-01 10:00 - Ada\n\n- began\n\n", ""))
    past_gate(ada, "Take it out")
    assert refused(push(ada))[0].startswith(f"{LOG}: append-only, and lost 1 entry")
    ada.git("commit", "-q", "--amend", "--no-verify", "-m", f"Take it out\n\nMbgit-Allow: lost {LOG}")
    assert passed(push(ada)) == []


def test_entries_that_moved_to_the_archive_are_not_lost(ada: Clone) -> None:
    entry = "## 2025-10-01 10:00 - Ada\n\n- began\n\n"
    ada.write(LOG, ada.read(LOG).replace(entry, ""))
    ada.write(f"{BANK}/archive/SESSION_LOG-2025-10.md", f"# Session Log\n\n{entry}")
    past_gate(ada)
    assert passed(push(ada)) == []


def test_a_bank_may_be_moved(ada: Clone) -> None:
    (ada.path / "packages").mkdir()
    ada.git("mv", BANK, "packages/bank")
    assert passed(commit(ada)) == []
    assert passed(push(ada)) == []


def test_a_link_into_a_submodule_is_taken_to_be_right(ada: Clone) -> None:
    ada.write(".gitmodules", '[submodule "sub"]\n\tpath = libs/sub\n\turl = ../sub\n')
    add(ada, BUFFER, "- [2025-10-03] [a folder](../../libs/sub) and [a file](../../libs/sub/README.md#top)\n")
    ada.git("add", "-A")
    ada.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},libs/sub")
    assert passed(commit(ada)) == []
    assert passed(push(ada)) == []
    unchecked(ada, BUFFER, "- [2025-10-03] [beside it](../../libs/other.md)\n")
    assert "libs/other.md" in refused(push(ada))[0]


def test_a_link_to_nothing_is_refused_and_one_to_a_heading_is_not(ada: Clone) -> None:
    unchecked(ada, BUFFER, "- [2025-10-03] see [the log](SESSION_LOG.md#2025-10-01-1000---ada)\n")
    assert passed(push(ada)) == []
    unchecked(ada, BUFFER, "- [2025-10-04] see [this](missing.md)\n")
    assert "missing.md" in refused(push(ada))[0]


def test_a_link_that_is_broken_from_the_other_end(ada: Clone) -> None:
    ada.write("docs/guide.md", "# Guide\n\n## Setup\n\nx\n")
    ada.write(f"{BANK}/notes.md", "# Notes\n\n## Here\n\nx\n")
    unchecked(ada, BUFFER, "- [2025-10-03] see [guide](../../docs/guide.md) and [notes](notes.md#here)\n")
    assert passed(push(ada)) == []
    ada.git("rm", "-q", "docs/guide.md")
    add(ada, LOG, "\n## 2025-10-05 10:00 - Ada\n\n- tidied\n")
    past_gate(ada)
    found, _ = refused(push(ada))
    assert found.startswith(f"{BUFFER}:7: ")
    assert "guide.md" in found
    push(ada, "--no-verify", "origin", "HEAD")
    ada.write(f"{BANK}/notes.md", "# Notes\n\n## There\n\nx\n")
    past_gate(ada)
    found, _ = refused(push(ada))
    assert "notes.md#here" in found


def test_a_link_that_was_broken_may_move_to_another_file(ada: Clone) -> None:
    entry, archive = "\n## 2025-08-01 09:00 - Ada\n\n- see [it](gone.py), [that](#nowhere)\n", f"{BANK}/archive/log.md"
    unchecked(ada, LOG, entry)
    push(ada, "--no-verify", "origin", "HEAD")
    ada.write(LOG, SEED[LOG])
    unchecked(ada, archive, "# Archive\n" + entry.replace("(gone", "(../gone").replace("(#", "(../SESSION_LOG.md#"))
    assert passed(push(ada)) == []
    unchecked(ada, archive, "- see [this](../gone.py)\n")
    assert "gone.py" in refused(push(ada))[0]


def test_two_records_of_one_number(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    record = "# ADR-001: {}\n\n## Status\n\nAccepted\n"
    ada.write("Docs/03-Reference/ADR/ADR-001-ada.md", record.format("Ada"))
    past_gate(ada)
    push(ada)
    bob.write("Docs/03-Reference/ADR/ADR-001-bob.md", record.format("Bob"))
    past_gate(bob)
    bob.git("pull", "-q", "--no-edit")
    found, _ = refused(push(bob))
    assert found.startswith(
        "Docs/03-Reference/ADR/ADR-001-bob.md: another record has the number 1, its title takes ADR-002 (records): "
    )
    command = found.partition("): ")[2]
    assert command == 'git mv "Docs/03-Reference/ADR/ADR-001-bob.md" "Docs/03-Reference/ADR/ADR-002-bob.md"'
    bob.run("sh", "-c", command)
    past_gate(bob)
    assert [line for line in passed(push(bob)) if "record" in line] == []


def test_two_records_of_one_decision(team: Team) -> None:
    """Two who harvest the inbox at once, one of them with another decision in front."""
    inbox = f"{BANK}/decisions-inbox.md"
    decision = "\n### {}\n\n**Date**: 2025-08-01\n**Status**: Accepted\n**Context**: Slow.\n**Decision**: Keep it.\n"
    seed = "# Decisions Inbox\n\n## Pending\n" + "".join(decision.format(f"Thing {n}") for n in range(2, 7))
    ada, bob = clones = team("Ada", "Bob", seed=SEED | {inbox: seed})
    for clone, title in zip(clones, ("Thing 7", "Thing 1"), strict=True):
        install(clone)
        more = decision.format(title)
        past, _, rest = seed.partition("\n### ")
        clone.write(inbox, seed + more if clone is ada else f"{past}{more}\n### {rest}")
        clone.commit("more")
        clone.git("merge", "-q", "mbgit/harvest")
    passed(push(ada))
    bob.git("pull", "-q", "--no-edit")
    said = [found for found in refused(push(bob)) if "(records): " in found]
    assert len(said) == 6
    for found in said:
        bob.run("sh", "-c", found.partition("): ")[2])
    past_gate(bob)
    assert [line for line in passed(push(bob)) if "record" in line] == []
    titles = sorted(path.read_text().split("\n")[0].partition(": ")[2] for path in (bob.path / ADR).glob("ADR-*.md"))
    assert titles == [f"Thing {n}" for n in range(1, 8)]


def test_a_proposal_does_not_take_out_the_record_that_is_left(team: Team) -> None:
    """Of two records of one decision the push names one to `git rm`, and the upkeep of that day takes out the other."""
    inbox = f"{BANK}/decisions-inbox.md"
    decision = "\n### [2025-08-01] {}\n\n**Status**: Accepted\n**Context**: Slow.\n**Decision**: Keep it.\n"
    names = [f"{word} thing" for word in ("first", "second", "third", "fourth", "fifth")]
    seed = "# Decisions Inbox\n\n## Pending\n" + "".join(decision.format(name) for name in names)
    ada, bob = clones = team("Ada", "Bob", seed=SEED | {inbox: seed})
    for clone, title in zip(clones, ("last", "new"), strict=True):
        install(clone)
        more = decision.format(f"{title} thing")
        past, _, rest = seed.partition("\n### ")
        clone.write(inbox, seed + more if clone is bob else f"{past}{more}\n### {rest}")
        clone.commit("more")
        clone.git("merge", "-q", "mbgit/harvest")
    passed(push(ada))
    Clone.clock += 24 * 3_600  # upkeep looks once a day
    bob.git("pull", "-q", "--no-edit")
    said = [found for found in refused(push(bob)) if "(records): " in found]
    assert "Keep one record" in bob.git("show", "-s", "--format=%s", "mbgit/upkeep")
    for found in said:
        bob.run("sh", "-c", found.partition("): ")[2])
    past_gate(bob)
    bob.run(GIT, "merge", "-q", "mbgit/upkeep", check=False)
    titles = sorted(path.read_text().split("\n")[0].partition(": ")[2] for path in (bob.path / ADR).glob("ADR-*.md"))
    assert titles == sorted([*names, "last thing", "new thing"])


def test_a_stamp_later_than_its_commit_is_refused(ada: Clone) -> None:
    unchecked(ada, LOG, "\n## 2026-03-01 10:00 - Ada\n\n- from the future\n")
    assert "later than its commit (timestamps): write: ## 2025-" in refused(push(ada))[0]


def test_warnings_do_not_stop_a_push(ada: Clone) -> None:
    unchecked(ada, BUFFER, "\n```\nno language\n```\n")
    (found,) = passed(push(ada))
    assert found.endswith("(structure, warning)")


def test_levels_are_the_team_s(ada: Clone) -> None:
    unchecked(ada, ".mbgit.toml", '[checks]\nlinks = "warn"\nmarkers = "off"\n')
    push(ada)
    unchecked(ada, BUFFER, "- [2025-10-04] see [that](missing.md)\n")
    assert passed(push(ada))[0].endswith("(links, warning)")
    unchecked(ada, BUFFER, MARKERS)  # this one can be lowered in the clone alone
    assert refused(push(ada))[0].endswith("(markers)")
    ada.git("config", "mbgit.checks.markers", "off")
    assert passed(push(ada)) == []


def test_broken_settings_stop_the_push_that_brings_them_and_no_other(ada: Clone) -> None:
    unchecked(ada, ".mbgit.toml", "[checks\n")
    assert ".mbgit.toml" in refused(push(ada))[0]
    push(ada, "--no-verify", "origin", "HEAD")
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    assert passed(push(ada)) == []


def test_what_is_too_long_for_a_terminal_is_in_the_report(ada: Clone) -> None:
    unchecked(ada, BUFFER, "".join(f"- [2025-10-03] {n}: [x](missing-{n}.md)\n" for n in range(30)))
    assert lines(push(ada))[-2] == "mbgit: +27 more: git show mbgit/report"
    assert "missing-29.md" in ada.git("show", "mbgit/report")
    ada.write(BUFFER, SEED[BUFFER] + "- [2025-10-04] fine\n")
    past_gate(ada)
    assert passed(push(ada)) == []
    assert "missing-29.md" not in ada.git("show", "mbgit/report")


# -- refs of all kinds ------------------------------------------------------------------------------------------------


def test_a_new_branch_is_held_against_what_the_remote_has(ada: Clone) -> None:
    unchecked(ada, BUFFER, MARKERS)
    push(ada, "--no-verify", "origin", "HEAD")
    ada.git("checkout", "-q", "-b", "topic")
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    assert passed(push(ada, "-u", "origin", "topic")) == []
    unchecked(ada, LOG, MARKERS)
    assert refused(push(ada))[0].startswith(f"{LOG}:")


def test_several_refs_are_checked_in_one_go(ada: Clone) -> None:
    ada.git("checkout", "-q", "-b", "clean")
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    ada.git("checkout", "-q", "-b", "bad", "main")
    unchecked(ada, LOG, MARKERS)
    ada.git("tag", "-a", "v1", "-m", "one")
    assert [line for line in refused(push(ada, "origin", "clean", "bad", "v1")) if "markers" in line] == [
        line for line in lines(push(ada, "origin", "bad")) if "markers" in line
    ]
    assert passed(push(ada, "origin", "clean")) == []
    assert "markers" in refused(push(ada, "origin", "v1"))[0]


def test_deletions_and_pushes_of_nothing_are_let_through(ada: Clone) -> None:
    push(ada, "origin", "HEAD:refs/heads/old")
    assert passed(push(ada, "origin", ":old")) == []
    assert passed(push(ada)) == []


def test_a_forced_push_is_checked_against_what_there_is(ada: Clone) -> None:
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    push(ada)
    ada.git("reset", "-q", "--hard", "HEAD^")
    unchecked(ada, BUFFER, MARKERS)
    assert "markers" in refused(push(ada, "--force", "origin", "HEAD"))[0]


def test_a_remote_that_is_ahead_is_not_known_here_and_that_is_fine(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    push(ada)
    unchecked(bob, BUFFER, MARKERS)
    assert "markers" in refused(push(bob, "--force", "origin", "HEAD"))[0]


def test_what_was_published_before_a_rebase_is_not_new(ada: Clone) -> None:
    ada.git("checkout", "-q", "-b", "topic")
    unchecked(ada, BUFFER, f"- [2025-10-03] {KEY} and [gone](nowhere.md)\n")
    push(ada, "--no-verify", "origin", "topic")
    ada.git("checkout", "-q", "main")
    unchecked(ada, LOG, "\n## 2025-10-08 10:00 - Ada\n\n- went on\n")
    push(ada)
    ada.git("checkout", "-q", "topic")
    ada.git("rebase", "-q", "main")
    assert passed(push(ada, "--force", "origin", "topic")) == []
    unchecked(ada, LOG, f"\n## 2025-10-08 11:00 - Ada\n\n- {KEY}\n")
    ada.git("commit", "-q", "--amend", "--no-verify", "-m", "again")
    assert refused(push(ada, "--force", "origin", "topic"))[0].startswith(f"{LOG}:")


def test_a_forced_push_that_only_goes_back_takes_nothing_from_a_log_either(ada: Clone) -> None:
    unchecked(ada, LOG, "\n## 2025-10-05 10:00 - Ada\n\n- published\n")
    assert passed(push(ada)) == []
    ada.git("reset", "-q", "--hard", "HEAD^")
    assert "lost 1 entry" in refused(push(ada, "--force", "origin", "HEAD"))[0]


def test_a_forced_push_takes_nothing_from_a_log(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    theirs = unchecked(ada, LOG, "\n## 2025-10-08 10:00 - Ada\n\n- worked\n")
    push(ada)
    bob.git("fetch", "-q")
    unchecked(bob, LOG, "\n## 2025-10-08 11:00 - Bob\n\n- overwrites\n")
    found, _ = refused(push(bob, "--force", "origin", "HEAD"))
    assert found.startswith(f"{LOG}: append-only, and lost 1 entry")
    assert found.endswith(f'git show "{theirs[:12]}:{LOG}"')
    bob.git("push", "-q", "--no-verify", "origin", "origin/main:refs/heads/kept")
    assert passed(push(bob, "--force", "origin", "HEAD")) == []


def test_branches_that_are_pushed_together_are_judged_each_by_itself(ada: Clone) -> None:
    ada.git("checkout", "-q", "-b", "old")
    unchecked(ada, f"{BANK}/notes.md", "# Notes\n")
    ada.git("checkout", "-q", "main")
    entry = "## 2025-10-08 10:00 - Ada\n\n- worked\n"
    unchecked(ada, LOG, f"\n{entry}")
    push(ada)
    ada.write(LOG, SEED[LOG])
    ada.write(f"{BANK}/archive/SESSION_LOG-2025-10.md", f"# Session Log\n\n{entry}")
    past_gate(ada)
    assert passed(push(ada, "origin", "old", "main")) == []


def test_the_settings_of_a_branch_hold_for_it_alone(ada: Clone) -> None:
    ada.git("checkout", "-q", "-b", "lax")
    unchecked(ada, ".mbgit.toml", '[checks]\nlinks = "off"\n')
    unchecked(ada, BUFFER, "- [2025-10-03] [gone](nowhere.md)\n")
    ada.git("checkout", "-q", "main")
    unchecked(ada, BUFFER, "- [2025-10-03] [lost](elsewhere.md)\n")
    for names in (("lax", "main"), ("main", "lax")):
        found, _ = refused(push(ada, "origin", *names))
        assert "elsewhere.md" in found


def test_what_was_published_is_not_new_because_it_is_tagged_now(ada: Clone) -> None:
    unchecked(ada, BUFFER, "- [2025-10-03] [gone](nowhere.md)\n")
    ada.git("tag", "v1")
    push(ada, "--no-verify", "origin", "main")
    ada.write(BUFFER, SEED[BUFFER])
    past_gate(ada)
    push(ada)
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    assert passed(push(ada, "origin", "main", "v1")) == []


def test_of_many_tags_those_count_that_no_branch_contains(ada: Clone) -> None:
    for number in range(30):
        unchecked(ada, BUFFER, f"- [2025-10-03] [gone](nowhere{number}.md)\n")
        ada.git("tag", f"v{number}")
    ada.write(BUFFER, SEED[BUFFER])
    past_gate(ada)
    assert passed(push(ada, "--tags", "origin", "main")) == []
    ada.git("checkout", "-q", "v7")
    unchecked(ada, LOG, MARKERS)
    ada.git("tag", "v7.1")
    assert refused(push(ada, "--tags", "origin", "main"))[0].startswith(f"{LOG}:")


@pytest.mark.parametrize("what", ["HEAD^{/mend it}", "HEAD^{/mend HEAD it|mend}"])
def test_what_is_pushed_may_have_blanks_in_its_name(ada: Clone, what: str) -> None:
    unchecked(ada, BUFFER, MARKERS, "mend it")
    assert "markers" in refused(push(ada, "origin", f"{what}:refs/heads/new"))[0]


@pytest.mark.parametrize("how", ["literal", "glob", "noglob", "icase"])
def test_how_the_caller_reads_pathspecs_is_not_how_the_gate_does(ada: Clone, how: str) -> None:
    add(ada, BUFFER, MARKERS)
    ada.git("add", "-A")
    option = f"--{how}-pathspecs"
    assert "markers" in refused(ada.run(GIT, option, "commit", "-m", "work", check=False))[0]
    past_gate(ada)
    assert "markers" in refused(ada.run(GIT, option, "push", "origin", "HEAD", check=False))[0]


def test_a_shallow_clone_is_checked_as_far_as_it_reaches(ada: Clone, tmp_path: Path) -> None:
    unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    push(ada)
    ada.git("clone", "-q", "--depth", "1", f"file://{tmp_path}/remote.git", str(tmp_path / "shallow"))
    bob = Clone(tmp_path / "shallow", ada.home, "Bob")
    install(bob)
    unchecked(bob, BUFFER, "- [2025-10-05] fine too\n")
    assert passed(push(bob)) == []
    unchecked(bob, BUFFER, MARKERS)
    assert "markers" in refused(push(bob))[0]


def test_a_detached_head_a_worktree_and_git_dir_in_the_environment(ada: Clone, tmp_path: Path) -> None:
    ada.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    tree = Clone(tmp_path / "tree", ada.home, "Ada")
    unchecked(tree, BUFFER, MARKERS)
    assert "markers" in refused(push(tree, "origin", "HEAD:refs/heads/new"))[0]
    folder = tree.git("rev-parse", "--absolute-git-dir")
    done = push(tree, "origin", "HEAD:refs/heads/new", GIT_DIR=folder, GIT_WORK_TREE=str(tree.path))
    assert "markers" in refused(done)[0]


def test_three_thousand_refs(ada: Clone) -> None:
    commit = unchecked(ada, LOG, MARKERS)
    rows = "".join(f"create refs/heads/b{number} {commit}\n" for number in range(3_000))
    ada.run(GIT, "update-ref", "--stdin", stdin=rows)
    assert len([line for line in refused(push(ada, "--all", "origin")) if "(markers)" in line]) == 1


# -- commit -----------------------------------------------------------------------------------------------------------


def commit(clone: Clone, *args: str, **env: str) -> Done:
    Clone.clock += 60
    return clone.run(GIT, "commit", "-m", "work", *args, check=False, **env)


def test_a_commit_is_held_against_head(ada: Clone) -> None:
    add(ada, BUFFER, MARKERS)
    ada.git("add", "-A")
    found, summary = refused(commit(ada))
    assert found.startswith(f"{BUFFER}:7: ")
    assert "git commit --no-verify" in summary


def test_only_what_is_staged_counts(ada: Clone) -> None:
    add(ada, BUFFER, "- [2025-10-04] fine\n")
    ada.git("add", "-A")
    add(ada, BUFFER, MARKERS)
    assert passed(commit(ada)) == []


def test_a_commit_of_named_files_counts_those(ada: Clone) -> None:
    add(ada, BUFFER, MARKERS)
    add(ada, LOG, "\n## 2025-10-09 10:00 - Ada\n\n- fine\n")
    assert passed(commit(ada, "--", LOG)) == []
    assert "markers" in refused(commit(ada, "-a"))[0]


def test_the_first_commit_of_all_is_checked(repo: Clone) -> None:
    install(repo)
    repo.write(BUFFER, MARKERS)
    repo.git("add", "-A")
    assert "markers" in refused(commit(repo))[0]


def test_a_conflict_that_a_person_resolves_badly(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    unchecked(ada, LOG, "\n## 2025-10-05 10:00 - Ada\n\n- mine\n")
    push(ada)
    unchecked(bob, LOG, "\n## 2025-10-05 11:00 - Bob\n\n- mine\n")
    bob.git("fetch", "-q")
    bob.git("merge", "-q", "origin/main", check=False)  # without mbgit: a conflict
    bob.git("add", "-A")
    install(bob)
    assert any("markers" in line for line in refused(commit(bob)))
    bob.git("checkout", "-q", "--ours", LOG, check=False)
    bob.git("checkout", "-q", "HEAD", "--", LOG)
    assert any("lost" in line and "warning" in line for line in passed(commit(bob)))
    assert "the merge lost 1 entry" in refused(push(bob))[0]


def test_a_private_memory_is_left_to_its_persona(ada: Clone) -> None:
    ada.git("config", "mbgit.persona", "DevOps Engineer")
    for name in ("devops-engineer", "tech-lead"):
        unchecked(ada, f".claude/agent-memory-banks/{name}-memory.md", "# Memory Bank\n")
        add(ada, f".claude/agent-memory-banks/{name}-memory.md", "\nMore.\n")
    ada.git("add", "-A")
    (found,) = [line for line in passed(commit(ada)) if "(private" in line]
    assert found.startswith(".claude/agent-memory-banks/tech-lead-memory.md: ")
    assert found.endswith("(private, warning)")


def test_a_locked_file_is_left_to_who_locked_it(ada: Clone) -> None:
    table = "\n## Active Work\n\n| Agent | File | Action | Started | ETA |\n|---|---|---|---|---|\n"
    unchecked(ada, CONTEXT, f"{table}| Tech Lead | src/app.py | Refactoring | 09:00 | 09:20 |\n")
    ada.git("config", "mbgit.persona", "DevOps Engineer")
    ada.write("src/app.py", "x\n")
    ada.git("add", "-A")
    found, _ = refused(commit(ada))
    assert found.startswith('src/app.py: locked by "Tech Lead"')
    assert passed(commit(ada, MBGIT_PERSONA="tech lead engineer")) == []
    ada.write("src/app.py", "y\n")
    ada.git("add", "-A")
    Clone.clock += 31 * 60
    assert passed(commit(ada)) == []


# -- what breaks ------------------------------------------------------------------------------------------------------


def without_python(clone: Clone) -> None:
    run = clone.path / ".git/mbgit/run"
    run.write_text(run.read_text().replace(sys.executable, "/nowhere/python"))


def test_what_does_not_touch_the_bank_starts_no_python(ada: Clone) -> None:
    without_python(ada)
    ada.write("src/app.py", "x\n")
    ada.git("add", "-A")
    assert passed(commit(ada)) == []
    assert passed(push(ada)) == []


def test_a_missing_interpreter_is_one_line_and_git_goes_on(ada: Clone) -> None:
    without_python(ada)
    add(ada, BUFFER, "- [2025-10-04] fine\n")
    ada.git("add", "-A")
    said = ["mbgit: the bank was not checked: run install.py --check"]
    assert passed(commit(ada)) == said
    assert passed(push(ada)) == said


def test_mbgit_0_lets_everything_through(ada: Clone) -> None:
    add(ada, BUFFER, MARKERS)
    ada.git("add", "-A")
    assert passed(commit(ada, MBGIT="0")) == []
    assert passed(push(ada, MBGIT="0")) == []


def test_a_hook_that_was_there_is_called_with_all_that_git_says(ada: Clone) -> None:
    install(ada, "--uninstall")
    hook = ada.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "$@" >args\ncat >input\nexit 3\n')
    hook.chmod(0o755)
    install(ada)
    tip = unchecked(ada, BUFFER, "- [2025-10-04] fine\n")
    before = ada.git("rev-parse", "origin/main")
    assert push(ada).returncode == 1
    assert ada.read("args").startswith("origin ")
    assert ada.read("input") == f"HEAD {tip} refs/heads/main {before}\n"


def test_the_gate_leaves_no_trace(ada: Clone) -> None:
    add(ada, BUFFER, "- [2025-10-04] fine\n")
    ada.git("add", "-A")
    add(ada, BUFFER, "- [2025-10-05] not staged\n")
    index, text = (ada.path / ".git/index").read_bytes(), ada.read(BUFFER)
    refs = ada.git("for-each-ref")
    ada.run(GIT, "hook", "run", "pre-commit")
    assert ((ada.path / ".git/index").read_bytes(), ada.read(BUFFER)) == (index, text)
    assert ada.git("for-each-ref") == refs
