from __future__ import annotations

import pytest

from mbgit.checks.private import foreign_memories

BANKS = ["memory-bank", ".claude/memory-bank"]
OWN = ("agent-memory-banks/tech-lead-memory.md", "memory-bank/agent-memory-banks/tech-lead-memory.md")


def foreign(persona: str, *paths: str) -> list[str]:
    return [found.path for found in foreign_memories(paths, BANKS, persona)]


@pytest.mark.parametrize("path", [*OWN, ".claude/agent-memory-banks/Tech_Lead_memory.md"])
def test_another_s_memory_is_reported_and_one_s_own_is_not(path: str) -> None:
    assert foreign("Debugger", path) == [path]
    assert foreign("Tech Lead", path) == foreign("tech-lead engineer", path) == []


def test_it_names_the_owner_and_who_writes() -> None:
    (found,) = foreign_memories(OWN[:1], BANKS, "Debugger\x1b")
    assert found.what == 'the private memory of "tech-lead", and "Debugger" writes to it'


def test_who_has_no_persona_may_write_to_all() -> None:
    assert foreign("", *OWN) == []


@pytest.mark.parametrize("persona", ["R&D Lead", "Č & Co.", "x" * 200])
def test_a_name_is_reported_as_files_have_it(persona: str) -> None:
    from mbgit.bank.layouts import files_of

    (path,) = (new.path for new in files_of("multi-agent", "memory-bank", [persona]) if new.persona)
    assert foreign(persona, path) == []
    assert foreign("Debugger", path) == [path]


def test_a_folder_may_have_the_owner_s_name() -> None:
    assert foreign("Tech Lead", "agent-memory-banks/tech-lead/release-memory.md") == []


@pytest.mark.parametrize(
    "path",
    [
        "agent-memory-banks/README.md",
        "agent-memory-banks/notes.md",
        "elsewhere/tech-lead-memory.md",
        "memory-bank/tech-lead-memory.md",
        "agent-memory-banks/-memory.md",
    ],
)
def test_what_is_nobody_s_memory_is_free(path: str) -> None:
    assert foreign("Debugger", path) == []
