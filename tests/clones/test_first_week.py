"""The first week of a team: a lead arms the clones, somebody mistypes, somebody takes it out again. In real clones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones.test_install import snapshot
from tests.support import ROOT, Clone, armed

BANK = "memory-bank"
TITLES = [f"Pattern number {number}" for number in range(15)]
BUFFER = "# Patterns Buffer\n" + "".join(f"\n## {title}\n\nWhat was learned.\n" for title in TITLES)
DECISION = "\n## {}\n\n**Status**: Accepted\n**Decision**: yes\n**Rationale**: because it is so\n"
SEED = {f"{BANK}/decisions-inbox.md": "# Decisions Inbox\n", f"{BANK}/SESSION_LOG.md": "# Session Log\n"}

Team = Callable[..., list[Clone]]


def typed(clone: Clone, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run install.py as it is typed: no folder is made for a bank that is named."""
    command = [sys.executable, str(ROOT / "install.py"), "--python", sys.executable, *args]
    return clone.run(*command, check=check)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--check", "--uninstall"], "--check goes without --uninstall: it changes nothing"),
        (["--check", "--scaffold", "ci"], "--check goes without --scaffold"),
        (["--demo", "--check"], "--demo goes without --check"),
        (["--persona", "Ada", "--persona", "Bob"], "--persona is given twice"),
        (["--persona", ""], "--persona: expected a name in one line"),
        (["--persona", "Tech\nLead"], "--persona: expected a name in one line"),
        (["--bank", "nowhere"], f"--bank: no folder nowhere here; found: {BANK}"),
        (["--bank", BANK, "--bank", "nowhere", "--scaffold", "buffers"], "--bank: no folder nowhere here"),
        (["--personas", "", "--scaffold", "multi-agent"], "--personas: name at least one"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_an_armed_clone_stays_as_it_is(
    team: Team, options: list[str], said: str
) -> None:
    (ada,) = team("Ada", seed=SEED)
    armed(ada)
    before = snapshot(ada.path)
    done = typed(ada, *options, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
    assert snapshot(ada.path) == before


def test_a_bank_that_is_not_there_is_made_where_that_is_asked_for(repo: Clone) -> None:
    said = typed(repo, "--bank", "notes", "--scaffold", "buffers").stdout.splitlines()
    assert said[-2:] == ["everything is in place for notes", "5 of 5 files governed"]
    assert "create notes/SESSION_LOG.md" in said, "what is the user's to commit is named"
    repo.commit("a bank")
    typed(repo, "--uninstall")
    repo.git("sparse-checkout", "set", "src")
    assert not (repo.path / "notes").exists()
    assert typed(repo, "--bank", "notes").returncode == 0, "a sparse worktree lacks it, HEAD does not"


def test_a_bank_that_is_named_no_more_is_named(repo: Clone) -> None:
    for bank in ("notes", BANK):
        repo.write(f"{bank}/progress.md", "# Progress\n")
    assert typed(repo).stdout.startswith(f"everything is in place for {BANK}\n")
    first, *_, last, _ = typed(repo, "--bank", "notes").stdout.splitlines()
    assert first.startswith(f"note: {BANK} is no longer governed: name it with --bank as well")
    assert last == "everything is in place for notes"


def test_a_lead_arms_several_clones_in_one_line_and_takes_them_back(team: Team, tmp_path: Path) -> None:
    clones = team("A", "B", "C", seed=SEED)
    for clone in clones:
        clone.git("config", "--unset", "pull.rebase")
    here = Clone(tmp_path, clones[0].home)
    names = [clone.path.name for clone in clones]
    first, *said = typed(here, *names[:1], "--persona", "Tech Lead", *names[1:]).stdout.splitlines()
    assert first == (
        "note: git pull stops where both sides have commits, as pull.rebase and pull.ff are unset: "
        "git config --global pull.rebase false"
    )
    ready = f"everything is in place for {BANK}, as Tech Lead; 2 of 2 files governed"
    assert said == [f"{name}: {ready}" for name in names]
    here.git("config", "--global", "pull.rebase", "false")
    assert typed(here, *names).stdout.splitlines() == said, "who was told how to pull is not told again"
    assert clones[-1].git("config", "mbgit.persona") == "Tech Lead"
    (tmp_path / "no clone").mkdir()
    done = typed(here, *names[:2], "no clone", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (clones[1].path / ".git/mbgit/run").unlink()
    checked = typed(here, *names[:2], "--check", check=False)
    assert checked.returncode == 1
    assert f"{names[1]}: unarmed  what the hooks start: .git/mbgit/run is not there\n" in checked.stdout
    gone = typed(here, *names, "--uninstall").stdout.splitlines()
    assert {line.partition(":")[0] for line in gone} == set(names)
    assert not any((clone.path / ".git/mbgit").exists() for clone in clones)


def test_uninstall_names_the_bank_as_it_was_and_how_it_goes(team: Team) -> None:
    (ada,) = team("Ada", seed=SEED)
    armed(ada)
    ada.git("update-ref", "refs/mbgit/backup/2025-10-09", f"HEAD:{BANK}")
    *_, would = typed(ada, "--uninstall", "--dry-run").stdout.splitlines()
    *_, last = typed(ada, "--uninstall").stdout.splitlines()
    assert would == f"would {last}"
    about, _, command = last.partition(": ")
    assert about == "keep refs/mbgit/backup/*, the bank of 1 day; to delete them"
    ada.run("sh", "-c", command)
    assert ada.git("for-each-ref", "refs/mbgit") == ""


def test_a_setting_that_means_nothing_is_named_wherever_it_would_count(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    armed(ada)
    armed(bob)
    bob.git("config", "mbgit.digest", "loud")
    bob.git("config", "mbgit.checks.linkss", "off")
    printed = [
        'git config "mbgit.digest": expected off, counts or full, not "loud"',
        'git config "mbgit.checks.linkss": unknown key (did you mean mbgit.checks.links?)',
    ]
    assert typed(bob).stdout.splitlines()[:2] == [f"note: {line}" for line in printed]
    checked = typed(bob, "--check", check=False)
    assert checked.returncode == 1
    assert all(f"broken   {line}\n" in checked.stdout for line in printed)
    ada.write(f"{BANK}/SESSION_LOG.md", "# Session Log\n\n## 2025-10-09 09:00 - Ada\n\n- Began\n")
    ada.past_gate()
    ada.git("push", "-q")
    pulled = bob.run("git", "pull").stderr
    assert all(f"mbgit: {line}\n" in pulled for line in printed)
    bob.write(f"{BANK}/decisions-inbox.md", "# Decisions Inbox\n\n## [2025-10-09] A [link](nowhere.md)\n")
    bob.git("add", "-A")
    refused = bob.run("git", "commit", "-qm", "a link", check=False)
    assert refused.returncode == 1
    assert f"mbgit: {printed[1]}\n" in refused.stderr, "it may be why the commit was refused"


def test_entries_below_headings_without_a_date_count_wherever_entries_do(team: Team) -> None:
    """A newcomer writes 15 patterns as `## Title`, and the fifth decision without its date."""
    ada, bob = team("Ada", "Bob", seed=SEED)
    armed(ada)
    armed(bob)
    ada.write(f"{BANK}/patterns-buffer.md", BUFFER)
    ada.git("add", "-A")
    said = ada.run("git", "commit", "-qm", "Note patterns").stderr
    assert f'{BANK}/patterns-buffer.md:3: "Pattern number 0": no date' in said
    harvest = f"mbgit: harvest ready: 15 entries of {BANK}/patterns-buffer.md to Docs/03-Reference/Patterns.md: "
    assert harvest in said
    inbox = "# Decisions Inbox\n" + "".join(DECISION.format(f"[2025-10-0{day}] Decision {day}") for day in range(1, 5))
    ada.write(f"{BANK}/decisions-inbox.md", inbox + DECISION.format("Use Redis"))
    ada.past_gate()
    for _ in ("the patterns", "the decisions, which were there before them"):
        ada.git("merge", "-q", "mbgit/harvest")
    ada.git("push", "-q", "--no-verify")
    assert "## Pattern number 14\n\nWhat was learned.\n" in ada.read("Docs/03-Reference/Patterns.md")
    assert len(list((ada.path / "Docs/03-Reference/ADR").glob("ADR-*-*.md"))) == 5
    printed = bob.run("git", "pull", "-q").stderr
    assert 'mbgit: arrived Docs/03-Reference/Patterns.md: +15 entries by "Ada", newest "Pattern number' in printed
    assert "patterns-buffer  ░░░░░░░░░░ 0/20 lines" in bob.git("show", "mbgit/report")
    for clone in (ada, bob):
        text = clone.read(f"{BANK}/patterns-buffer.md")
        clone.write(f"{BANK}/patterns-buffer.md", f"{text}\n## By {clone.who}\n\nTwo steps:\n\n- one\n- two\n")
        clone.past_gate()
    ada.git("push", "-q", "--no-verify")
    printed = bob.run("git", "pull", "-q").stderr
    assert f"mbgit: merged {BANK}/patterns-buffer.md: +1 entry theirs, +1 yours\n" in printed
    report = bob.git("show", "mbgit/report")
    assert "| Time to sync | < 3 s | median" in report, "the sync that is told of is one of them"


def test_an_entry_below_a_heading_without_a_date_is_not_lost_in_silence(team: Team) -> None:
    log = f"{BANK}/SESSION_LOG.md"
    entry = "\n## The cache of replies\n\nIt holds an hour.\n\nA purge empties it.\n"
    ada, bob = team("Ada", "Bob", seed=SEED | {log: f"# Session Log\n{entry}", f"{BANK}/patterns-buffer.md": "# P\n"})
    armed(ada)
    lost = f'{log}: append-only, and lost 1 entry: "The cache of replies"'
    for text in ("# Session Log\n", f"# Session Log\n{entry.partition('It')[0]}Nothing.\n"):
        ada.write(log, text)
        ada.git("commit", "-qam", "Tidy up")
        refused = ada.run("git", "push", "-q", check=False)
        assert (refused.returncode, lost in refused.stderr) == (1, True)
        ada.git("reset", "-q", "--hard", "HEAD^")
    ada.write(f"{BANK}/patterns-buffer.md", f"# P\n{entry.replace('cache', 'queue')}")
    ada.past_gate()
    ada.git("push", "-q", "--no-verify")
    bob.write(f"{BANK}/patterns-buffer.md", f"# P\n{entry.replace('cache', 'delay')}")
    bob.past_gate()
    bob.run("git", "pull", "-q", "--no-rebase", "-X", "ours", "--no-edit")
    bob.git("push", "-q")
    printed = ada.run("git", "pull", "-q").stderr
    assert "mbgit: restore ready: 1 entry of" in printed
    ada.git("merge", "-q", "mbgit/restore")
    assert ada.read(f"{BANK}/patterns-buffer.md").count("## The ") == 2


def test_what_is_counted_as_no_entry_is_said_in_the_report(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    armed(bob)
    ada.write(f"{BANK}/lessons-buffer.md", "# Lessons Buffer\n\n## Lessons\n\nRestart it.\n\nRead the log.\n")
    ada.commit()
    ada.git("push", "-q")
    bob.git("pull", "-q")
    line = f"- 2 entries not counted: no date, no id ({BANK}/lessons-buffer.md:5)"
    assert line in bob.git("show", "mbgit/report").splitlines()


def test_who_wrote_an_entry_is_known_by_its_lines(team: Team) -> None:
    """Two write an entry each below a heading that stands in the log already."""
    heading = "## 2025-10-09 09:00 - Session"
    log = f"# Session Log\n\n{heading}\n\n- Began\n"
    ada, bob, eve = team("Ada", "Bob", "Eve", seed={f"{BANK}/SESSION_LOG.md": log})
    for clone in (ada, bob, eve):
        armed(clone)
    for clone in (ada, bob):
        clone.write(f"{BANK}/SESSION_LOG.md", f"{log}\n{heading}\n\n- What {clone.who} did\n- Tests of {clone.who}\n")
        clone.past_gate()
        clone.git("pull", "-q")
        clone.git("push", "-q", "--no-verify")
    printed = eve.run("git", "pull", "-q").stderr
    assert f'{BANK}/SESSION_LOG.md: +1 entry by "Ada"' in printed
    assert f'{BANK}/SESSION_LOG.md: +1 entry by "Bob"' in printed


def test_numbers_fit_what_arrived(team: Team) -> None:
    """A pull that fast-forwards is a sync, the files of one folder are a line, and a lock is told once."""
    table = "# Active Context\n\n## Active Work\n\n| Agent | File | Action | Started |\n| --- | --- | --- | --- |\n"
    ada, bob = team("Ada", "Bob", seed={**SEED, f"{BANK}/activeContext.md": table})
    armed(ada)
    armed(bob)
    ada.write(f"{BANK}/activeContext.md", f"{table}| Ada | src/cart.py | Splitting | 09:00 |\n")
    for number in range(1, 6):
        ada.write(f"Docs/03-Reference/ADR/ADR-00{number}-x{number}.md", f"# X {number}\n")
    ada.past_gate()
    ada.git("push", "-q", "--no-verify")
    printed = bob.run("git", "pull", "-q").stderr.splitlines()
    assert printed[0] == 'mbgit: arrived Docs/03-Reference/ADR/: 5 files new by "Ada"'
    assert [line for line in printed if "src/cart.py" in line] == [
        'mbgit: lock by "Ada" on "src/cart.py" for "Splitting": 30 minutes left'
    ]
    report = bob.git("show", "mbgit/report")
    assert "| Sync success rate | > 99 % | 100 % (1 of 1 sync) | yes |" in report
    assert "| Conflict frequency | < 1 % | 0 % (0 of 6 files) | yes |" in report
    assert "s (1 sync) | yes |" in report
    bob.write(f"{BANK}/decisions-inbox.md", "# Decisions Inbox\n\n## [2025-10-09] A [link](nowhere.md)\n")
    bob.git("add", "-A")
    assert bob.run("git", "commit", "-qm", "a link", check=False).returncode == 1
    after = bob.git("show", "mbgit/report")
    assert after.startswith(report), "what a refusal says is added to the report"
    assert "nowhere.md" in after
    ada.write(f"{BANK}/SESSION_LOG.md", "# Session Log\n\n## 2025-10-09 09:00 - Ada\n\n- Began\n")
    ada.past_gate()
    ada.git("push", "-q", "--no-verify")
    bob.git("reset", "-q", "--hard")
    assert "src/cart.py" not in bob.run("git", "pull", "-q").stderr, "a lock is told once"
    report = bob.git("show", "mbgit/report")
    assert 'lock by "Ada" on "src/cart.py"' in report
    assert "100 % (2 of 2 syncs)" in report


WORDS = """\
[fields]
Context = ["背景"]
Decision = ["決定"]
Rationale = ["理由"]
"Decided By" = ["決定者"]
Status = ["狀態"]
Accepted = ["已接受"]

[headings]
"Current Focus" = ["目前焦點"]
"""
OWN = """\
## [2025-10-0{}] 使用 Redis {}

**狀態**：已接受
**背景**：太慢
**決定**：使用快取
**理由**：最簡單
**決定者**：Ada
"""


def test_a_team_has_its_own_words_for_fields_and_headings(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed={**SEED, ".mbgit.toml": WORDS, f"{BANK}/decisions.md": "# Decision Log\n"})
    armed(ada, "--persona", "Tech Lead")
    armed(bob)
    ada.write(f"{BANK}/activeContext.md", "# 進度\n\n## 目前焦點\n\n購物車\n")
    ada.write(f"{BANK}/decisions-inbox.md", "# Decisions Inbox\n\n" + "\n".join(OWN.format(n, n) for n in range(1, 6)))
    ada.git("add", "-A")
    said = ada.run("git", "commit", "-qm", "Decide").stderr
    assert "harvest ready: 5 entries" in said
    assert "(fields" not in said
    ada.git("merge", "-q", "mbgit/harvest")
    (record,) = (ada.path / "Docs/03-Reference/ADR").glob("ADR-001-*.md")
    assert "## Context\n\n太慢\n" in record.read_text()
    assert "**背景**: " in ada.git("show", "mbgit/template/decisions-entry")
    ada.git("push", "-q", "--no-verify")
    assert 'focus in activeContext.md by "Ada": "購物車"' in bob.run("git", "pull", "-q").stderr


def test_a_persona_and_a_variable_that_mean_nothing_are_named(team: Team) -> None:
    (ada,) = team("Ada", seed=SEED)
    first, *_ = typed(ada, "--persona", "DevOp Engineer").stdout.splitlines()
    assert first == 'note: persona: "DevOp Engineer" owns no harvest: did you mean "DevOps Engineer"?'
    command = [sys.executable, str(ROOT / "install.py"), "--python", sys.executable]
    said = ada.run(*command, MBGIT="off", MBGIT_PERSONA="  ").stdout.splitlines()
    assert 'note: MBGIT: expected 0, not "off"' in said
    assert any(line.startswith("note: MBGIT_PERSONA: expected a name in one line") for line in said)
    assert not any("persona:" in line for line in typed(ada, "--persona", "Dev Engineer").stdout.splitlines())
