"""A ripe buffer becomes a commit that its owner accepts with `git merge`: stories with real clones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import GIT, Clone
from tests.support import armed as install

BANK = ".claude/memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LESSONS = f"{BANK}/lessons-buffer.md"
INBOX = f"{BANK}/decisions-inbox.md"
PATTERNS = "Docs/03-Reference/Patterns.md"
HEAD = "# Patterns Buffer\n\nWhat recurs.\n\n## Patterns\n\n"
RIPE = "".join(f"- [2025-09-{day:02}] pattern {day}\n" for day in range(1, 21))
SEED = {BUFFER: HEAD, LESSONS: "# Lessons Buffer\n\n## Lessons\n", INBOX: "# Decisions Inbox\n\n## Pending\n"}

Team = Callable[..., list[Clone]]


@pytest.fixture
def devops(team: Team) -> Clone:
    """A clone of the persona who owns the patterns."""
    (clone,) = team("Dee", seed=SEED)
    install(clone, "--persona", "DevOps Engineer")
    return clone


def said(clone: Clone, *args: str, check: bool = True) -> list[str]:
    """What mbgit says while git does this."""
    Clone.clock += 60
    done = clone.run(GIT, *args, check=check)
    assert "Traceback" not in done.stderr
    return [line.rpartition("\r")[2] for line in done.stderr.splitlines() if "mbgit: " in line]


def write(clone: Clone, path: str, text: str) -> list[str]:
    """Commit a file; what mbgit says."""
    clone.write(path, text)
    clone.git("add", "-A")
    return said(clone, "commit", "-qm", f"{clone.who} writes")


def harvest_lines(lines: list[str]) -> list[str]:
    return [line for line in lines if "harvest ready" in line or "no harvest" in line]


def entries(clone: Clone, path: str = BUFFER) -> list[str]:
    return [line for line in clone.read(path).splitlines() if line.startswith("- [2025")]


def test_a_commit_that_makes_a_buffer_ripe_brings_a_proposal_and_touches_nothing(devops: Clone) -> None:
    (line,) = write(devops, BUFFER, HEAD + RIPE)
    assert line == (
        f"mbgit: harvest ready: 20 entries of {BUFFER} to {PATTERNS}: "
        "git show mbgit/harvest, then git merge mbgit/harvest"
    )
    assert devops.git("status", "--porcelain") == ""
    assert devops.git("rev-parse", "mbgit/harvest^") == devops.git("rev-parse", "HEAD")
    assert devops.git("branch", "--list", "*harvest*") == ""
    message = devops.git("show", "-s", "--format=%B", "mbgit/harvest")
    assert message.startswith(f"Harvest patterns-buffer.md: 20 entries to {PATTERNS}\n")
    assert '- "[2025-09-01] pattern 1" by "Dee" in ' in message
    assert "Co-authored-by: Dee <dee@example.org>" in message
    assert f"Harvested-from: {BUFFER} " in message


def test_accepting_is_a_fast_forward_and_moves_every_entry(devops: Clone) -> None:
    write(devops, BUFFER, HEAD + RIPE)
    lines = said(devops, "merge", "mbgit/harvest")
    assert lines == []
    assert devops.read(BUFFER) == HEAD.rstrip("\n") + "\n"
    assert "\n".join(entries(devops, PATTERNS)) + "\n" == RIPE
    assert devops.git("for-each-ref", "refs/mbgit/harvest") == ""
    assert devops.git("log", "--format=%H", "-S", "pattern 7", "--", BUFFER, PATTERNS).count("\n") == 1
    assert said(devops, "push", "-q", "origin", "HEAD") == []


def test_near_is_announced_and_builds_nothing(devops: Clone) -> None:
    write(devops, BUFFER, HEAD + "".join(RIPE.splitlines(keepends=True)[:17]))
    assert devops.git("for-each-ref", "refs/mbgit/harvest") == ""


def test_elsewhere_the_owner_is_named(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(pat, "--persona", "Product Owner")
    dee.write(BUFFER, HEAD + RIPE)
    dee.commit("ripe")
    dee.git("push", "-q")
    lines = said(pat, "pull", "-q", "--no-edit")
    assert pat.git("for-each-ref", "refs/mbgit/harvest") == ""
    assert any("20/20 lines" in line and "DevOps" in line for line in lines)


def test_a_pull_brings_the_proposal_too(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee)
    pat.write(BUFFER, HEAD + RIPE)
    pat.commit("ripe")
    pat.git("push", "-q")
    for pull in (["pull", "-q"], ["pull", "-q", "--rebase"]):
        assert len(harvest_lines(said(dee, *pull))) == 1
        assert "pattern 20" in dee.git("show", "mbgit/harvest")
        dee.write("code", "x\n")
        dee.commit("own work")
        dee.git("push", "-q")
        pat.git("pull", "-q")
        pat.write(BUFFER, pat.read(BUFFER) + "- [2025-09-21] one more\n")
        pat.commit("more")
        pat.git("push", "-q")
        dee.write("code", "y\n")
        dee.commit("own work again")


def test_a_true_merge_brings_the_proposal_too(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee)
    pat.write(BUFFER, HEAD + RIPE)
    pat.commit("ripe")
    pat.git("push", "-q")
    write(dee, BUFFER, HEAD + "- [2025-09-30] dee's\n")
    (line,) = harvest_lines(said(dee, "pull", "-q", "--no-edit"))
    assert "21 entries" in line


def test_others_append_and_edit_while_one_accepts(team: Team) -> None:
    dee, pat = clones = team("Dee", "Pat", seed=SEED)
    for clone in clones:
        install(clone)
    write(dee, BUFFER, HEAD + RIPE)
    dee.git("push", "-q")
    pat.git("pull", "-q")
    dee.git("merge", "-q", "mbgit/harvest")
    dee.git("push", "-q")
    text = pat.read(BUFFER).replace("pattern 3\n", "pattern 3, seen again\n")
    write(pat, BUFFER, text + "- [2025-09-22] pattern 22\n")
    pat.git("pull", "-q", "--no-edit")
    assert entries(pat) == ["- [2025-09-03] pattern 3, seen again", "- [2025-09-22] pattern 22"]
    assert len(entries(pat, PATTERNS)) == 20


def test_two_owners_who_harvest_at_once_end_with_every_entry_once(team: Team) -> None:
    dee, dan = clones = team("Dee", "Dan", seed=SEED)
    for clone in clones:
        install(clone, "--persona", "DevOps")
    write(dee, BUFFER, HEAD + RIPE)
    dee.git("push", "-q")
    dan.git("pull", "-q")
    for clone in clones:
        Clone.clock += 60
        clone.git("merge", "-q", "mbgit/harvest")
        clone.write(PATTERNS, clone.read(PATTERNS).replace(f"pattern {len(clone.who) + 5}\n", "pattern, tidied\n", 1))
    dee.commit("tidy")
    dee.git("push", "-q")
    dan.commit("tidy")
    dan.git("pull", "-q", "--no-edit")
    assert entries(dan) == []
    assert len(entries(dan, PATTERNS)) == 20


@pytest.mark.parametrize("pull", ["--rebase", pytest.param("--no-rebase", marks=pytest.mark.storm)])
def test_what_three_noted_in_one_entry_and_harvested_one_after_the_other_is_all_there(team: Team, pull: str) -> None:
    """What the second harvests is merged into the document, and stood in no buffer: the third must not undo it."""
    entry = "### [2025-09-01] Keys of the cache\n\nThe key was built from the path alone.\n\n- two tenants saw it\n"
    settings = f'[[harvest]]\nsource = "patterns-buffer.md"\nthreshold = "3 lines"\ntarget = "{PATTERNS}"\n'
    clones = team("Ada", "Bob", "Cy", seed=SEED | {BUFFER: HEAD + entry, ".mbgit.toml": settings})
    for clone in clones:
        install(clone)
        clone.write(BUFFER, HEAD + entry + f"- {clone.who} saw it, too\n")
        clone.commit(clone.who)
    for clone in clones:
        said(clone, "pull", "-q", "--no-edit", pull)
        said(clone, "merge", "-q", "mbgit/harvest")
        clone.git("push", "-q")
    notes = [line for line in clones[-1].read(PATTERNS).splitlines() if line.startswith("- ")]
    assert sorted(notes) == sorted(["- two tenants saw it", *(f"- {clone.who} saw it, too" for clone in clones)])
    assert "saw it" not in clones[-1].read(BUFFER)


def test_what_comes_back_with_an_old_stash_takes_nothing_out_of_what_was_harvested_since(team: Team) -> None:
    """No commit says what the stash was made from: the version is in the buffer's history, many commits ago."""
    entry = "### [2025-09-01] Keys of the cache\n\nThe key was built from the path alone.\n\n- [ ] clear it\n"
    settings = f'[[harvest]]\nsource = "patterns-buffer.md"\nthreshold = "3 lines"\ntarget = "{PATTERNS}"\n'
    ada, bob = team("Ada", "Bob", seed=SEED | {BUFFER: HEAD + entry, ".mbgit.toml": settings})
    install(ada)
    install(bob)
    bob.write(BUFFER, HEAD + entry.replace("[ ]", "[x]"))
    bob.git("stash", "-q")
    ada.write(BUFFER, HEAD + entry + "  - and warm it up again\n")
    ada.commit("noted")
    ada.git("merge", "-q", "mbgit/harvest")
    for number in range(60):
        ada.write(BUFFER, f"{HEAD}- [2025-09-02] thought {number}\n")
        ada.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", f"{number}")
    ada.git("-c", "core.hooksPath=/dev/null", "push", "-q")
    said(bob, "pull", "-q", "--no-edit")
    said(bob, "stash", "pop")
    bob.commit("popped")
    bob.git("merge", "-q", "mbgit/harvest")
    assert "- [x] clear it\n  - and warm it up again" in bob.read(PATTERNS)
    assert "clear it" not in bob.read(BUFFER)


def test_only_on_the_branch_that_the_team_syncs_on(devops: Clone) -> None:
    devops.git("checkout", "-q", "-b", "topic")
    (line,) = harvest_lines(write(devops, BUFFER, HEAD + RIPE))
    assert line == "mbgit: no harvest here: the team syncs on main"
    assert devops.git("for-each-ref", "refs/mbgit/harvest") == ""
    devops.git("config", "mbgit.syncBranch", "topic")
    assert "ready" in harvest_lines(write(devops, BUFFER, HEAD + RIPE + "- [2025-09-21] x\n"))[0]


def test_not_while_git_is_in_the_middle_of_something(devops: Clone) -> None:
    write(devops, BUFFER, HEAD + "- [2025-09-01] one\n")
    devops.git("checkout", "-q", "-b", "side")
    write(devops, BUFFER, HEAD + RIPE)
    devops.git("update-ref", "-d", "refs/mbgit/harvest")
    devops.git("checkout", "-q", "main")
    assert harvest_lines(said(devops, "cherry-pick", "-n", "side")) == []
    said(devops, "commit", "-qm", "picked")
    assert "pattern 20" in devops.git("show", "mbgit/harvest")


def test_where_commits_are_signed_the_command_signs(devops: Clone) -> None:
    devops.git("config", "commit.gpgsign", "true")
    devops.git("config", "gpg.program", "true")
    devops.write(BUFFER, HEAD + RIPE)
    devops.git("add", "-A")
    (line,) = harvest_lines(said(devops, "commit", "--no-gpg-sign", "-qm", "ripe"))
    assert line.endswith("git show mbgit/harvest, then git cherry-pick -S mbgit/harvest")


def test_worktrees_with_a_persona_each_have_a_proposal_each(devops: Clone) -> None:
    devops.git("config", "extensions.worktreeConfig", "true")
    devops.git("config", "--unset", "mbgit.persona")
    install(devops, "--persona", "DevOps Engineer")
    (line,) = harvest_lines(write(devops, BUFFER, HEAD + RIPE))
    assert "git show mbgit/harvest-devops, then git merge mbgit/harvest-devops" in line


def test_what_is_ignored_is_declined_and_proposed_anew_with_what_came_since(devops: Clone) -> None:
    write(devops, BUFFER, HEAD + RIPE)
    write(devops, BUFFER, HEAD + RIPE + "- [2025-09-21] one more\n")
    assert devops.git("rev-parse", "mbgit/harvest^") == devops.git("rev-parse", "HEAD")
    assert "one more" in devops.git("show", "mbgit/harvest")
    write(devops, BUFFER, HEAD + "- [2025-09-21] cleared by hand\n")
    said(devops, "merge", "--ff-only", "HEAD")
    devops.git("commit", "-q", "--allow-empty", "-m", "x")


DECISION = """\
### [2025-09-0{n}] Use store {n}

**Status**: {status}
**Context**: We keep {n} kinds of things.
**Decision**: Store {n}.
**Rationale**: It is the {n}th.
"""


def test_accepted_decisions_become_records_and_the_others_wait(team: Team) -> None:
    (lead,) = team("Lee", seed=SEED | {"Docs/03-Reference/ADR/ADR-006-old.md": "# ADR-006: Old\n"})
    install(lead, "--persona", "Tech Lead")
    inbox = "\n".join(DECISION.format(n=n, status="Accepted" if n % 2 else "Proposed") for n in range(1, 6))
    printed = write(lead, INBOX, f"{SEED[INBOX]}\n{inbox}")
    lines = harvest_lines(printed)
    assert printed[-1] == (
        f"mbgit: 2 decisions of {INBOX} await \"Tech Lead\": "
        '"[2025-09-02] Use store 2" for 37 days, "[2025-09-04] Use store 4" for 35 days'
    )
    assert "3 entries" in lines[0]
    message = lead.git("show", "-s", "--format=%B", "mbgit/harvest")
    assert "\n\n2 entries left in the buffer, 2 awaiting a decision:\n\n" in message
    assert '- "[2025-09-02] Use store 2", for 37 days\n' in message
    said(lead, "merge", "mbgit/harvest")
    names = sorted(path.name for path in (lead.path / "Docs/03-Reference/ADR").glob("ADR-*"))
    assert names == ["ADR-006-old.md", "ADR-007-use-store-1.md", "ADR-008-use-store-3.md", "ADR-009-use-store-5.md"]
    assert "Use store 2" in lead.read(INBOX)
    assert "Use store 1" not in lead.read(INBOX)
    assert lead.read("Docs/03-Reference/ADR/ADR-007-use-store-1.md").startswith("# ADR-007: Use store 1\n")


def test_lessons_become_post_mortems_with_an_index(team: Team) -> None:
    (deb,) = team("Deb", seed=SEED)
    install(deb, "--persona", "Debugger Expert")
    lessons = "".join(
        f"\n### 2025-09-{day:02} Lesson {day}\n\n**Root cause**: cause {day}\n**Fix**: fix {day}\n"
        for day in range(1, 6)
    )
    write(deb, LESSONS, SEED[LESSONS] + lessons)
    said(deb, "merge", "mbgit/harvest")
    folder = deb.path / "Docs/06-PostMortems"
    assert len(list(folder.glob("2025-09-0?-lesson-?.md"))) == 5
    index = (folder / "README.md").read_text()
    assert index.index("2025-09-01-lesson-1.md") < index.index("2025-09-05-lesson-5.md")


def test_the_bank_is_kept_once_a_day_for_fourteen_days(devops: Clone) -> None:
    tree = devops.git("rev-parse", f"HEAD:{BANK}")
    for day in range(10, 24):
        devops.git("update-ref", f"refs/mbgit/backup/2025-09-{day}", tree)
    devops.git("checkout", "-q", "-b", "other")
    write(devops, BUFFER, HEAD + "- [2025-09-01] today's\n")
    devops.git("checkout", "-q", "main")
    said(devops, "merge", "-q", "other")
    kept = devops.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/mbgit/backup").split()
    assert kept == [*(f"2025-09-{day}" for day in range(11, 24)), "2025-10-09"]
    assert "today's" in devops.git("show", f"mbgit/backup/{kept[-1]}:patterns-buffer.md")


@pytest.mark.parametrize("what", ["a file", "a symlink", "a submodule", "a symlink as the target"])
def test_what_stands_in_the_way_of_the_target_is_not_taken_away(devops: Clone, what: str) -> None:
    docs = devops.path / "Docs"
    if what == "a file":
        docs.write_text("notes\n")
    elif what == "a symlink":
        docs.symlink_to("../elsewhere")
    elif what == "a submodule":
        devops.git("update-index", "--add", "--cacheinfo", f"160000,{devops.git('rev-parse', 'HEAD')},Docs")
        docs.mkdir()
    else:
        (docs / "03-Reference").mkdir(parents=True)
        (devops.path / PATTERNS).symlink_to("../../../elsewhere")
    devops.git("add", "--all", "--", *([BANK] if what == "a submodule" else ["."]))
    devops.git("commit", "-qm", "Something else is there")
    devops.write(BUFFER, HEAD + RIPE)
    devops.git("add", BUFFER)
    (line,) = harvest_lines(said(devops, "commit", "-qm", "ripe"))
    path = PATTERNS if what == "a symlink as the target" else "Docs"
    assert line == f'mbgit: no harvest here: "{path} is in the way"'
    assert devops.git("for-each-ref", "refs/mbgit/harvest") == ""


def test_a_target_keeps_its_mode(devops: Clone) -> None:
    devops.write(PATTERNS, "# Patterns\n").chmod(0o755)
    devops.commit("A document that is executable")
    write(devops, BUFFER, HEAD + RIPE)
    assert devops.git("ls-tree", "mbgit/harvest", PATTERNS).startswith("100755 ")


def test_a_repository_in_sha_256_is_harvested_too(home: Path, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    clone = Clone(tmp_path / "repo", home)
    clone.git("init", "-q", "-b", "main", "--object-format=sha256")
    clone.commit("seed", 60, **SEED)
    install(clone)
    write(clone, BUFFER, HEAD + RIPE)
    said(clone, "merge", "mbgit/harvest")
    assert len(entries(clone, PATTERNS)) == 20
    assert entries(clone) == []


def test_a_decision_of_the_same_day_in_like_words_takes_no_other_ones_record(team: Team) -> None:
    (lead,) = team(
        "Lee", seed=SEED | {".mbgit.toml": '[[harvest]]\nsource = "decisions-inbox.md"\nthreshold = "1 item"\n'}
    )
    install(lead, "--persona", "Tech Lead")
    for store in ("Redis", "SQLite"):
        write(lead, INBOX, f"{SEED[INBOX]}\n{DECISION.format(n=1, status='Accepted').replace('Use store 1', store)}")
        said(lead, "merge", "mbgit/harvest")
    names = sorted(path.name for path in (lead.path / "Docs/03-Reference/ADR").glob("ADR-*"))
    assert names == ["ADR-001-redis.md", "ADR-002-sqlite.md"]
    assert "### [2025-09-01] Redis" in lead.read(f"Docs/03-Reference/ADR/{names[0]}")


def test_a_rebase_that_leaves_the_bank_as_it_is_brings_the_proposal_along(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee)
    pat.commit("code alone", code="x\n")
    pat.git("push", "-q")
    write(dee, BUFFER, HEAD + RIPE)
    said(dee, "pull", "-q", "--rebase")
    assert dee.git("rev-parse", "mbgit/harvest^") == dee.git("rev-parse", "HEAD")


def test_a_push_says_what_is_ripe_and_passes(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee, "--persona", "DevOps Engineer")
    install(pat, "--persona", "Product Owner")
    write(dee, BUFFER, HEAD + RIPE)
    ripe = f"mbgit: ripe: {BUFFER}, 20/20 lines"
    assert said(dee, "push", "-q", "origin", "HEAD") == [
        f"{ripe}: git show mbgit/harvest, then git merge mbgit/harvest"
    ]
    pat.git("pull", "-q")
    write(pat, INBOX, SEED[INBOX] + "\n- [2025-09-01] One thing\n")
    assert said(pat, "push", "-q", "origin", "HEAD") == [f'{ripe}, "DevOps Engineer" harvests']
    pat.git("config", "mbgit.digest", "off")
    write(pat, INBOX, SEED[INBOX] + "\n- [2025-09-02] Another thing\n")
    assert said(pat, "push", "-q", "origin", "HEAD") == []


def test_what_moves_keeps_leading_where_it_led_and_the_push_passes(team: Team) -> None:
    (dee,) = team("Dee", seed=SEED | {"src/cache.py": "x\n", f"{BANK}/progress.md": "# Progress\n"})
    install(dee)
    link = "[cache](../../src/cache.py), [plan](progress.md)"
    write(dee, BUFFER, f"{HEAD}{RIPE}- [2025-09-29] Keys, see {link}\n")
    said(dee, "merge", "mbgit/harvest")
    assert f"[cache](../../src/cache.py), [plan](../../{BANK}/progress.md)\n" in dee.read(PATTERNS)
    assert said(dee, "push", "-q", "origin", "HEAD") == []
