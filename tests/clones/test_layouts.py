"""Layouts as a team meets them: scaffolded by install.py, then committed and pushed past the gate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.bank.layouts import LAYOUTS
from tests.clones.test_gate import Team, commit, lines, passed, past_gate, push, refused
from tests.clones.test_install import snapshot
from tests.support import GIT, Clone, armed, install

BANK = "memory-bank"
CONTEXT = f"{BANK}/activeContext.md"
JOURNAL = f"{BANK}/sessions/2025-10-09_releases.md"
MEMORIES = "agent-memory-banks"
PERSONAS = ("--personas", "Tech Lead, DevOps Engineer")
PLACES = dict.fromkeys(LAYOUTS, BANK) | {"buffers": ".claude/memory-bank"}

Scaffolded = Callable[..., Clone]


@pytest.fixture
def scaffolded(team: Team) -> Scaffolded:
    """`scaffolded(layout)`: a clone with a new bank that is pushed."""

    def make(layout: str, *options: str) -> Clone:
        (clone,) = team("Ada")
        armed(clone, "--scaffold", layout, *options)
        past_gate(clone)
        push(clone, "--no-verify", "origin", "HEAD")
        return clone

    return make


def staged(clone: Clone, path: str, text: str) -> Clone:
    clone.write(path, text)
    clone.git("add", "-A")
    return clone


# -- scaffolds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["", "Tech Lead"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_new_bank_is_committed_and_pushed_without_a_word(team: Team, layout: str, persona: str) -> None:
    (ada,) = team("Ada")
    options = [*(PERSONAS if layout == "multi-agent" else ()), *(("--persona", persona) if persona else ())]
    install(ada, "--scaffold", layout, *options)
    assert (ada.path / PLACES[layout] / "activeContext.md").is_file()
    ada.git("add", "-A")
    for done in (commit(ada), push(ada)):
        assert passed(done) == []
        assert "mbgit" not in done.stdout + done.stderr


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_second_scaffold_changes_nothing(repo: Clone, layout: str) -> None:
    options = ("--scaffold", layout, *(PERSONAS if layout == "multi-agent" else ()))
    install(repo, *options)
    before = snapshot(repo.path)
    assert len(install(repo, *options).stdout.splitlines()) == 2  # what is in place, and how many files are governed
    assert snapshot(repo.path) == before


def test_what_is_there_stays_as_it_is(repo: Clone) -> None:
    repo.write(CONTEXT, "mine\n")
    repo.write(f"{MEMORIES}/devops-memory.md", "mine too\n")
    install(repo, "--scaffold", "multi-agent", *PERSONAS)
    assert repo.read(CONTEXT) == "mine\n"
    assert {path.name for path in (repo.path / MEMORIES).iterdir()} == {
        "README.md", "devops-memory.md", "tech-lead-memory.md",
    }  # fmt: skip
    assert "**Last Updated**: 2025-10-09\n" in repo.read(f"{MEMORIES}/tech-lead-memory.md")
    assert repo.read(f"{MEMORIES}/tech-lead-memory.md").startswith("# Tech Lead Memory Bank\n")


def test_a_scaffold_goes_where_the_bank_is_or_is_said_to_be(repo: Clone, tmp_path: Path) -> None:
    install(repo)  # there is no bank yet: all usual places are covered
    install(repo, "--scaffold", "standard")
    assert [path for path in PLACES.values() if (repo.path / path).exists()] == [BANK, BANK]
    install(repo, "--scaffold", "buffers")
    assert (repo.path / BANK / "SESSION_LOG.md").is_file()
    install(repo, "--scaffold", "multi-agent", "--bank", "deep/bank", *PERSONAS)
    assert (repo.path / "deep/bank/agent-logbook.md").is_file()
    assert (repo.path / "deep" / MEMORIES / "tech-lead-memory.md").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--personas", "Ada"), "need --scaffold multi-agent"),
        (("--scaffold", "standard", "--personas", "Ada"), "need --scaffold multi-agent"),
        (("--scaffold", "multi-agent", "--personas", "Ada,../.."), "needs a letter or a digit"),
    ],
)
def test_personas_that_get_no_file_are_refused(repo: Clone, options: tuple[str, ...], said: str) -> None:
    done = install(repo, *options, check=False)
    assert (done.returncode, said in done.stderr) == (1, True)
    assert done.stderr.count("\n") == 1
    assert repo.git("status", "--porcelain") == ""


def test_names_of_personas_stay_in_their_folder(repo: Clone) -> None:
    install(repo, "--scaffold", "multi-agent", "--personas", f"../../x,a/b\\c,.git,{'long ' * 80},Čas $(touch pwned)")
    names = sorted(path.name for path in (repo.path / MEMORIES).iterdir())
    assert names[:2] == ["README.md", "a-b-c-memory.md"]
    assert all(len(name) < 80 and not set(name) & set("$()/\\ ") for name in names)
    assert not (repo.path / "pwned").exists()


# -- templates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_journal_is_begun_with_git_alone(scaffolded: Scaffolded, layout: str) -> None:
    ada = scaffolded(layout, "--persona", "Tech Lead")
    path = f"{PLACES[layout]}/sessions/2025-10-09_releases.md"
    (ada.path / path).parent.mkdir(exist_ok=True)
    ada.run("sh", "-c", f"git show mbgit/template/journal > {path}")
    assert ada.read(path).startswith("# [Topic] - 2025-10-09\n")
    assert "**Agent**: Tech Lead\n- **Branch**: main\n" in ada.read(path)
    ada.git("add", "-A")
    assert passed(commit(ada)) == passed(push(ada)) == []


@pytest.mark.parametrize(
    ("layout", "text"), [*((layout, "") for layout in LAYOUTS), ("standard", " \n\t\n"), ("multi-agent", "\ufeff\n")]
)
def test_an_empty_file_is_reported_with_the_line_that_fills_it(scaffolded: Scaffolded, layout: str, text: str) -> None:
    ada = scaffolded(layout)
    path = f"{PLACES[layout]}/sessions/2025-10-09_releases.md"
    found, *_ = lines(commit(staged(ada, path, text)))
    fix = found.partition("): ")[2]
    assert fix == f"git show mbgit/template/journal > {path}"
    if layout != "buffers":
        assert refused(commit(ada))[0] == found
    ada.run("sh", "-c", fix)
    ada.git("add", "-A")
    assert passed(commit(ada)) == passed(push(ada)) == []


@pytest.mark.parametrize("layout", ["standard", "multi-agent"])
def test_every_file_of_a_bank_can_be_filled_again(scaffolded: Scaffolded, layout: str) -> None:
    ada = scaffolded(layout, *(PERSONAS if layout == "multi-agent" else ()))
    paths = [path for path in ada.git("ls-files", BANK, MEMORIES).split("\n") if path.endswith(".md")]
    for path in paths:
        ada.write(path, "")
    ada.git("add", "-A")
    found = [line for line in refused(commit(ada)) if "(sections)" in line]
    assert sorted(line.partition(":")[0] for line in found) == sorted(paths)
    for line in found:
        ada.run("sh", "-c", line.partition("): ")[2])
    ada.git("add", "-A")
    ada.git("reset", "-q", "HEAD", "--", MEMORIES)
    assert passed(commit(ada, "--allow-empty")) == []


def test_a_path_that_is_not_fit_for_a_command_gets_none(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    found, *_ = refused(commit(staged(ada, f"{BANK}/sessions/2025-10-09_$(id).md", "")))
    assert "git show" not in found
    ada.git("reset", "-q", "--hard")
    spaced = f"{BANK}/sessions/2025-10-09_a b.md"
    assert any(line.endswith(f'> "{spaced}"') for line in refused(commit(staged(ada, spaced, ""))))


def test_an_empty_file_is_found_at_a_push_as_well(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    staged(ada, JOURNAL, "")
    past_gate(ada)
    assert refused(push(ada))[0].endswith(f"git show mbgit/template/journal > {JOURNAL}")


# -- names ------------------------------------------------------------------------------------------------------------


def test_a_wrong_name_is_reported_with_the_right_one(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    text = ada.git("show", "mbgit/template/journal") + "\n"
    found, *_ = refused(commit(staged(ada, f"{BANK}/sessions/Releases 2025-10-08.md", text)))
    fix = found.partition("): ")[2]
    assert fix == f'git mv "{BANK}/sessions/Releases 2025-10-08.md" "{BANK}/sessions/2025-10-08_releases.md"'
    ada.run("sh", "-c", fix)
    assert passed(commit(ada)) == passed(push(ada)) == []


def test_names_are_not_held_against_files_that_are_there(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    text = ada.git("show", "mbgit/template/journal") + "\n"
    staged(ada, f"{BANK}/sessions/notes.md", text)
    past_gate(ada)
    assert "(names)" in refused(push(ada))[0]
    push(ada, "--no-verify", "origin", "HEAD")
    ada.write(f"{BANK}/sessions/notes.md", text.replace("None yet.", "Something.", 1))
    ada.git("add", "-A")
    assert passed(commit(ada)) == passed(push(ada)) == []


def test_in_a_bank_of_buffers_it_is_a_warning(scaffolded: Scaffolded) -> None:
    ada = scaffolded("buffers")
    text = ada.git("show", "mbgit/template/journal") + "\n"
    (found,) = passed(commit(staged(ada, f"{PLACES['buffers']}/sessions/notes.md", text)))
    assert "(names, warning)" in found


# -- private memories -------------------------------------------------------------------------------------------------


def test_who_writes_to_another_s_memory_is_warned(scaffolded: Scaffolded) -> None:
    ada = scaffolded("multi-agent", *PERSONAS, "--persona", "Tech Lead")
    for name, said in (("tech-lead", 0), ("devops-engineer", 1)):
        path = f"{MEMORIES}/{name}-memory.md"
        found = passed(commit(staged(ada, path, ada.read(path).replace("None noted yet.", "Something.", 1))))
        assert len(found) == said
        assert all(f'memory of "{name}", and "Tech Lead" writes to it (private, warning)' in line for line in found)
    assert passed(push(ada)) == []


# -- which layout -----------------------------------------------------------------------------------------------------

DECISION = "# Decision Log\n\n## [2025-10-09] Take SQLite\n\n**Decision**: SQLite, because it needs no server\n"


def test_the_layout_is_known_from_the_files(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    found, *rest = refused(commit(staged(ada, f"{BANK}/decisions.md", DECISION)))
    assert found.startswith(f'{BANK}/decisions.md:3: no Context, Decided By in "[2025-10-09] Take SQLite"')
    assert "no Alternatives Considered, Consequences in" in rest[0]
    assert "(fields, warning)" in rest[0]


def test_the_team_may_say_which_layout_it_is(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    staged(ada, ".mbgit.toml", 'layout = "buffers"\n')
    found = passed(commit(staged(ada, f"{BANK}/decisions.md", DECISION)))
    assert len(found) == 1
    assert "(fields, warning)" in found[0]
    assert [line for line in passed(push(ada)) if "warning" not in line] == []
    staged(ada, ".mbgit.toml", 'layout = "standard"\n')
    later = DECISION + "\n## [2025-10-09] Take Rust\n\n**Decision**: Rust\n"
    assert "no Context, Decided By, Rationale in" in refused(commit(staged(ada, f"{BANK}/decisions.md", later)))[0]


def test_a_bank_of_buffers_may_be_said_to_be_a_standard_one(scaffolded: Scaffolded) -> None:
    ada = scaffolded("buffers")
    path = f"{PLACES['buffers']}/sessions/notes.md"
    text = ada.git("show", "mbgit/template/journal") + "\n"
    past_gate(staged(ada, path, text))
    assert "(names, warning)" in passed(ada.run(GIT, "push", "origin", "HEAD:refs/heads/one", check=False))[0]
    staged(ada, ".mbgit.toml", 'layout = "standard"\n')
    past_gate(staged(ada, path.replace("notes", "other"), text))
    assert "(names)" in refused(ada.run(GIT, "push", "origin", "HEAD:refs/heads/two", check=False))[0]


def test_one_agent_alone_may_ignore_what_several_need(scaffolded: Scaffolded) -> None:
    ada = scaffolded("standard")
    assert "Active Agents" not in ada.read(CONTEXT)
    assert not (ada.path / MEMORIES).exists()
    edited = ada.read(CONTEXT).replace("Nothing yet.", "Releases.")
    assert passed(commit(staged(ada, CONTEXT, edited))) == passed(push(ada)) == []


def test_with_a_logbook_the_table_of_agents_is_asked_for(scaffolded: Scaffolded) -> None:
    ada = scaffolded("multi-agent")
    text = ada.read(CONTEXT)
    without = text[: text.index("## Active Agents")] + text[text.index("## Active Tasks") :]
    found, *_ = refused(commit(staged(ada, CONTEXT, without)))
    assert "## Active Agents" in found


def test_a_private_memory_is_merged_by_union_and_reported_to_nobody_else(team: Team) -> None:
    path = f"{MEMORIES}/tech-lead-memory.md"
    seed = "# Tech Lead Memory Bank\n\n## Lessons Learned\n\n- [2025-10-01] one\n"
    lead, other, dev = team("Ada", "Ada", "Bob", seed={path: seed, f"{BANK}/progress.md": "# Progress\n"})
    for clone, persona in ((lead, "Tech Lead"), (other, "Tech Lead"), (dev, "DevOps Engineer")):
        armed(clone, "--persona", persona)
    for clone, lesson in ((lead, "- [2025-10-09] two\n"), (other, "- [2025-10-09] three\n")):
        past_gate(staged(clone, path, seed + lesson))
    push(lead)
    done = other.run(GIT, "pull", "--rebase")
    assert f"merged {path}: +1 entry theirs, +1 yours" in done.stderr
    entries = other.read(path).removeprefix(seed.partition("- ")[0]).splitlines()
    assert sorted(entries) == ["- [2025-10-01] one", "- [2025-10-09] three", "- [2025-10-09] two"]
    push(other)
    assert "memory" not in "".join(lines(dev.run(GIT, "pull")))
    assert other.read(path) == dev.read(path)
    past_gate(staged(dev, path, seed))
    push(dev, "--no-verify", "origin", "HEAD")
    assert f"arrived {path}" in lead.run(GIT, "pull").stderr
