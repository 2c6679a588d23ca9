"""A bank migrates: a proposal is built, looked at, accepted with `git merge` and pushed. Stories with real clones."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable

import pytest

from tests.clones.test_install import snapshot
from tests.support import GIT, Clone, armed, install

BANK = "memory-bank"
CONTEXT, PROGRESS, DECISIONS = f"{BANK}/activeContext.md", f"{BANK}/progress.md", f"{BANK}/decisions.md"
PATTERNS, LESSONS = f"{BANK}/patterns.md", f"{BANK}/lessons.md"
TROUBLE, NOTES = f"{BANK}/troubleshooting.md", f"{BANK}/session-notes.md"
SEED = {
    "README.md": "# A project\n\nSee [the patterns](memory-bank/patterns.md#caching) and [lessons][l].\n\n"
                 "[l]: memory-bank/lessons.md\n",
    CONTEXT: "# Active Context\n\n## Current Focus\n\nThe release.\n\n## Recent Accomplishments\n\n- Two of three\n\n"
             "## Tech Lead Notes\n\n- [2025-09-30] Ask about [the cache](decisions.md)\n\n"
             "## Active Tasks\n\n- [ ] Release 1.4\n\n## Blockers\n\nNone.\n\n## Next Steps\n\nMore tests.\n",
    PROGRESS: "# Progress\n\n## High-Level Roadmap\n\n### Phase 1: Core - Done\n\n- [x] Engine\n\n## Status\n\n"
              "- **Overall**: On Track\n- **Risk**: Low\n- **Blockers**: None\n\n## Change Log\n\n"
              "| Date       | Phase | Change       | Author          |\n"
              "| ---------- | ----- | ------------ | --------------- |\n"
              "| 2025-10-01 | Core  | Engine done  | Tech Lead       |\n"
              "| 2025-09-01 | Core  | Engine begun | DevOps Engineer |\n",
    DECISIONS: "# Decision Log\n\n## [2025-09-02] SQLite\n\n**Context**: A store is needed\n**Decision**: SQLite\n"
               "**Rationale**: It is there, see [caching](patterns.md#caching)\n**Alternatives Considered**: Files\n"
               "**Consequences**: One file to keep\n**Decided By**: Tech Lead\n**Status**: Accepted\n",
    PATTERNS: "# Patterns\n\n## Caching\n\nKeys hold the tenant, see [the decision](decisions.md).\n\n"
              "- [2025-09-03] Measure before you cache\n- [2025-09-04] Name what you cache\n",
    LESSONS: "# Lessons\n\n## Builds\n\nA warm build hides what a cold one finds. Once a day is enough.\n\n"
             "- [2025-09-05] A cold build finds more ([patterns](./patterns.md))\n",
    TROUBLE: "# Troubleshooting\n\n## It does not start\n\nLook at the [README](../README.md) first.\n",
    NOTES: "# Sessions\n\n## 2025-09-06 10:00 - Ada\n\n- began\n\n## 2025-09-07 10:00 - Ada\n\n- went on\n",
    f"{BANK}/glossary.md": "# Glossary\n\n- tenant\n",
}  # fmt: skip
ENTRY = (
    "\n## [{}] {}\n\n**Context**: A need\n**Decision**: This\n**Rationale**: It serves\n"
    "**Alternatives Considered**: None\n**Consequences**: Few\n**Decided By**: Bob\n"
)
REF = "refs/mbgit/migrate"
MOVED = {
    PATTERNS: "Docs/03-Reference/Patterns.md",
    LESSONS: "Docs/06-PostMortems/Lessons.md",
    TROUBLE: "Docs/03-Reference/Troubleshooting.md",
    DECISIONS: f"{BANK}/decisions-inbox.md",
    NOTES: f"{BANK}/SESSION_LOG.md",
}

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def ada(team: Team) -> Clone:
    """A clone with mbgit, and a bank of one agent that is pushed."""
    (clone,) = team("Ada", seed=SEED)
    armed(clone)
    return clone


def migrate(clone: Clone, layout: str, *args: str, check: bool = True) -> Done:
    return install(clone, "--migrate", layout, *args, check=check)


def accept(clone: Clone) -> None:
    """Accept the proposal with the very command that was printed."""
    Clone.clock += 60
    (line,) = re.findall(r"^accept it: (git merge \S+)$", migrate_said[clone.path.name], re.MULTILINE)
    clone.run(GIT, *line.split()[1:])


migrate_said: dict[str, str] = {}


def proposed(clone: Clone, layout: str, *args: str) -> list[str]:
    """Build the proposal; what is said of it."""
    said = migrate_said[clone.path.name] = migrate(clone, layout, *args).stdout
    assert clone.git("rev-parse", f"{REF}^") == clone.git("rev-parse", "HEAD")
    return said.splitlines()


def pushed(clone: Clone) -> list[str]:
    """Push with the gate armed; what mbgit said."""
    done = clone.run(GIT, "push", "origin", "HEAD", check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if "mbgit: " in line or "(links" in line]


def log(clone: Clone, path: str) -> list[str]:
    return clone.git("log", "--follow", "--format=%s", "--", path).splitlines()


def broken(clone: Clone) -> list[str]:
    """The relative links of all Markdown in the worktree that lead to no file."""
    found = []
    for file in clone.path.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)|^\[\w\]: (\S+)", file.read_text(), re.MULTILINE):
            path = "".join(target)
            if not (file.parent / path).exists():
                found.append(f"{file.relative_to(clone.path)}: {path}")
    return found


# -- to buffers -------------------------------------------------------------------------------------------------------


def test_to_buffers_from_the_proposal_to_the_push(ada: Clone) -> None:
    before = {path: ada.read(path) for path in SEED}
    said = proposed(ada, "buffers")
    assert f"  move {PATTERNS} to {MOVED[PATTERNS]}" in said
    assert said[-2:] == ["look at it: git show --stat mbgit/migrate", "accept it: git merge mbgit/migrate"]
    assert any(line.startswith("note: stay as they are: ") and "glossary.md" in line for line in said)
    assert ada.git("status", "--porcelain") == ""
    assert "Patterns.md" in ada.git("show", "--stat", "mbgit/migrate")
    accept(ada)
    for old, new in MOVED.items():
        assert not (ada.path / old).exists()
        assert len(ada.read(new).splitlines()) == len(before[old].splitlines())
    assert "[the decision](../../memory-bank/decisions-inbox.md)" in ada.read(MOVED[PATTERNS])
    assert "(Docs/03-Reference/Patterns.md#caching)" in ada.read("README.md")
    assert "[l]: Docs/06-PostMortems/Lessons.md" in ada.read("README.md")
    assert "- [Lessons](Lessons.md)" in ada.read("Docs/06-PostMortems/README.md")
    assert broken(ada) == []
    for name in ("patterns-buffer.md", "lessons-buffer.md"):
        assert (ada.path / BANK / name).exists()
    assert pushed(ada) == []


def test_old_faults_move_along_and_stop_nothing(ada: Clone) -> None:
    faults = "- [2025-09-10] see [it](nowhere.md) and [that](../gone.md#x)\n\n## No date\n\n"
    faults += "Prose as before.\n" * 20
    for path in (PATTERNS, LESSONS, DECISIONS):
        ada.write(path, ada.read(path) + faults)
    ada.git("add", "-A")
    ada.git("commit", "-qm", "faults", "--no-verify")
    ada.git("push", "-q", "--no-verify", "origin", "HEAD")
    proposed(ada, "buffers")
    accept(ada)
    assert faults in ada.read(MOVED[PATTERNS])
    assert pushed(ada) == []


@pytest.mark.parametrize("old", MOVED)
def test_history_follows_the_move(ada: Clone, old: str) -> None:
    ada.write(old, ada.read(old) + ENTRY.format("2025-09-08", "Later"))
    ada.commit("more of it")
    proposed(ada, "buffers")
    accept(ada)
    assert log(ada, MOVED[old]) == ["Migrate the memory bank to buffers", "more of it", "seed"]


def test_what_others_write_meanwhile_arrives_in_the_moved_file(team: Team) -> None:
    ada, bob = clones = team("Ada", "Bob", seed=SEED)
    for clone in clones:
        armed(clone)
    proposed(ada, "buffers")
    accept(ada)
    assert pushed(ada) == []
    for path in (PATTERNS, DECISIONS):
        bob.write(path, bob.read(path) + ENTRY.format("2025-10-02", "From Bob"))
    bob.commit("meanwhile")
    Clone.clock += 60
    bob.git("pull", "-q", "--no-edit")
    for path in (PATTERNS, DECISIONS):
        assert bob.read(MOVED[path]).count("From Bob") == 1
        assert not (bob.path / path).exists()
    assert pushed(bob) == []


def test_a_document_that_stands_there_takes_the_other_in(ada: Clone) -> None:
    target = MOVED[PATTERNS]
    ada.write(target, "# Reference\n\n## Caching\n\n- [2025-09-03] Measure before you cache\n- [2025-01-01] Own\n")
    ada.commit("a document")
    assert f"  add {PATTERNS} to {target}" in proposed(ada, "buffers")
    accept(ada)
    text = ada.read(target)
    for words in ("Measure before you cache", "Name what you cache", "Own", "Keys hold the tenant", "# Reference"):
        assert text.count(words) == 1
    assert not (ada.path / PATTERNS).exists()
    assert pushed(ada) == []


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_stands_in_the_way_of_a_folder_stays_and_the_rest_moves(ada: Clone, kind: str) -> None:
    if kind == "file":
        ada.write("Docs", "a file\n")
    else:
        os.symlink("elsewhere", ada.path / "Docs")
    ada.commit("in the way")
    said = proposed(ada, "buffers")
    assert any(line.startswith(f"note: {PATTERNS} stays") for line in said)
    assert f"  move {DECISIONS} to {MOVED[DECISIONS]}" in said
    accept(ada)
    assert ada.read(PATTERNS)
    assert (ada.path / "Docs").is_symlink() == (kind == "link")


# -- to several agents ------------------------------------------------------------------------------------------------


def test_to_multi_agent_from_the_proposal_to_the_push(ada: Clone) -> None:
    said = proposed(ada, "multi-agent", "--personas", "Tech Lead, Debugger")
    assert "  create agent-memory-banks/debugger-memory.md" in said
    assert said[-1] == "accept it: git merge mbgit/migrate"
    accept(ada)
    memory = ada.read("agent-memory-banks/tech-lead-memory.md")
    assert "## Tech Lead Notes\n\n- [2025-09-30] Ask about [the cache](../memory-bank/decisions.md)\n" in memory
    context = ada.read(CONTEXT)
    assert "Tech Lead Notes" not in context
    assert re.search(r"^\| Debugger +\| Idle +\|", context, re.MULTILINE)
    assert "## Active Work\n\n| Agent | File | Action | Started | ETA |\n" in context
    rows = ada.read(PROGRESS).splitlines()
    head = rows.index("| ---------- | ----- | ------------ | --------------- |")
    assert rows[head + 1].startswith("| 2025-10-09 | Migration | ")
    assert rows[head + 1].endswith("| Ada             |")
    assert (ada.path / BANK / "agent-logbook.md").exists()
    assert broken(ada) == []
    assert pushed(ada) == []


def test_the_bank_names_its_personas_itself(ada: Clone) -> None:
    said = proposed(ada, "multi-agent")
    assert "  create agent-memory-banks/tech-lead-memory.md" in said
    assert "  create agent-memory-banks/devops-engineer-memory.md" in said


def test_without_personas_it_says_how_to_name_them(team: Team) -> None:
    (ada,) = team("Ada", seed={CONTEXT: "# Active Context\n\n## Current Focus\n\nx\n"})
    install(ada)
    said = proposed(ada, "multi-agent")
    assert any(line.startswith("note: no persona is named") for line in said)
    assert any(line.startswith("note: no row in a change log") for line in said)
    accept(ada)
    assert migrate(ada, "multi-agent").stdout.splitlines()[0] == "nothing to migrate"


def test_a_link_in_the_place_of_the_private_memories_stops_it(ada: Clone) -> None:
    os.symlink(".git", ada.path / "agent-memory-banks")
    ada.commit("a link")
    done = migrate(ada, "multi-agent", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "install.py: agent-memory-banks stands where the migration has a file or a folder: move it first"
    ]
    assert ada.git("for-each-ref", REF) == ""


# -- both ---------------------------------------------------------------------------------------------------------


both = pytest.mark.parametrize("layout", ["buffers", "multi-agent"])


@both
def test_again_there_is_nothing_to_migrate(ada: Clone, layout: str) -> None:
    proposed(ada, layout)
    first = ada.git("rev-parse", REF)
    proposed(ada, layout)
    assert ada.git("rev-parse", REF) == first
    accept(ada)
    done = migrate(ada, layout)
    assert done.stdout.splitlines()[0] == "nothing to migrate"
    assert ada.git("for-each-ref", REF) == ""


@both
def test_nothing_but_the_ref_changes(ada: Clone, layout: str) -> None:
    ada.write(CONTEXT, "half an edit\n")
    ada.write("new.md", "untracked\n")
    ada.git("add", "new.md")
    before = ada.git("rev-parse", "HEAD"), ada.git("status", "--porcelain"), ada.git("diff"), ada.git("ls-files", "-s")
    files = {name: what for name, what in snapshot(ada.path).items() if not name.startswith(".git/")}
    proposed(ada, layout)
    after = ada.git("rev-parse", "HEAD"), ada.git("status", "--porcelain"), ada.git("diff"), ada.git("ls-files", "-s")
    assert after == before
    assert {name: what for name, what in snapshot(ada.path).items() if not name.startswith(".git/")} == files


@both
def test_a_dry_run_prints_and_makes_no_ref(ada: Clone, layout: str) -> None:
    objects = ada.git("count-objects", "-v")
    said = migrate(ada, layout, "--dry-run").stdout.splitlines()
    assert said[0] == "would propose as mbgit/migrate:"
    assert not any("git merge" in line for line in said)
    assert ada.git("for-each-ref", REF) == ""
    assert ada.git("count-objects", "-v") == objects


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (["checkout", "-q", "--detach"], "HEAD is on no branch"),
        (["checkout", "-q", "-b", "feature"], "the team syncs on main"),
        (["rebase", "-q", "-x", "false", "--root"], "git is in the middle of something"),
    ],
)
def test_where_none_can_be_built_one_line_says_why(ada: Clone, what: list[str], why: str) -> None:
    ada.git("config", "mbgit.syncBranch", "main")
    ada.run(GIT, *what, check=False)
    done = migrate(ada, "buffers", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"install.py: no migration can be proposed now: {why}"]
    assert ada.git("for-each-ref", REF) == ""


def test_no_commit_yet_is_nothing_to_migrate(repo: Clone) -> None:
    assert migrate(repo, "buffers").stdout.splitlines()[-1] == "nothing to migrate"


def test_it_works_from_elsewhere_and_in_a_clone_without_mbgit(team: Team) -> None:
    (ada,) = team("Ada", seed=SEED)
    (ada.path / "deep").mkdir()
    done = install(ada, "--migrate", "buffers", str(ada.path / "deep"))
    assert done.returncode == 0
    assert ada.git("rev-parse", f"{REF}^") == ada.git("rev-parse", "HEAD")


def test_where_commits_are_signed_the_command_signs(ada: Clone) -> None:
    ada.git("config", "commit.gpgsign", "true")
    assert migrate(ada, "buffers").stdout.splitlines()[-1] == "accept it: git cherry-pick -S mbgit/migrate"


def test_uninstalling_takes_the_proposal_away(ada: Clone) -> None:
    proposed(ada, "buffers")
    install(ada, "--uninstall")
    assert ada.git("for-each-ref", "refs/mbgit") == ""
