"""A bank of one agent becomes one of several: the guide's five steps, and that nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.bank.layouts import MULTI_AGENT, filled, layout_of
from mbgit.bank.locks import read_locks
from mbgit.engine.document import cut
from mbgit.proposals.migrate.agents import CHANGE, distinct_names, to_multi_agent
from mbgit.proposals.migrate.migration import Migration
from tests.checks.test_relink import texts
from tests.engine import strategies as banks
from tests.proposals.harvest.test_laws import laws, shown

BANK, DAY = "memory-bank", date(2025, 9, 1)
CONTEXT, PROGRESS, LOGBOOK = (f"{BANK}/{name}" for name in ("activeContext.md", "progress.md", "agent-logbook.md"))
LEAD, DEBUGGER = (f"agent-memory-banks/{name}-memory.md" for name in ("tech-lead", "debugger"))
PERSONAS = ("Tech Lead", "Debugger")
SOLO = (b"# Active Context\n\n## Current Focus\n\nIt.\n\n## Recent Accomplishments\n\n- one\n\n"
         b"## Active Tasks\n\n- [ ] x\n")  # fmt: skip
LOG = (b"# Progress\n\n## Change Log\n\n| Date       | Phase | Change | Author    |\n"
       b"| ---------- | ----- | ------ | --------- |\n| 2025-08-01 | One   | Began  | Tech Lead |\n")  # fmt: skip
Tree = dict[str, bytes]


def planned(tree: Mapping[str, bytes], *personas: str, bank: str = BANK, author: str = "Ada") -> Migration:
    return to_multi_agent(tree, bank, personas, DAY, author)


def after(tree: Mapping[str, bytes], found: Migration) -> Tree:
    return {path: data for path, data in (dict(tree) | found.edits).items() if data is not None}


def text(found: Migration, path: str) -> bytes:
    data = found.edits[path]
    assert data is not None
    return data


# -- the five steps ---------------------------------------------------------------------------------------------------


def test_the_files_of_several_agents_are_made() -> None:
    found = planned({CONTEXT: SOLO}, *PERSONAS)
    assert text(found, LOGBOOK) == filled("agent-logbook.md", layout=MULTI_AGENT)
    assert text(found, LEAD).startswith(b"# Tech Lead Memory Bank\n")
    assert b"**Last Updated**: 2025-09-01\n" in text(found, LEAD)
    assert {"agent-memory-banks/README.md", DEBUGGER} <= found.edits.keys()
    inside = [path.removeprefix(f"{BANK}/") for path in after({CONTEXT: SOLO, PROGRESS: LOG}, found)]
    assert layout_of(inside) == MULTI_AGENT


def test_a_context_that_is_made_has_a_row_for_each_persona() -> None:
    tree = {f"{BANK}/decisions.md": b"# Decisions\n"}
    found = planned(tree, *PERSONAS)
    assert all(f"| {name} ".encode() in text(found, CONTEXT) for name in PERSONAS)
    assert planned(after(tree, found), *PERSONAS).edits == {}


def test_beside_a_hidden_bank_and_in_the_root() -> None:
    hidden = planned({".claude/memory-bank/activeContext.md": SOLO}, "Debugger", bank=".claude/memory-bank")
    assert f".claude/{DEBUGGER}" in hidden.edits
    assert DEBUGGER in planned({"activeContext.md": SOLO}, "Debugger", bank=".").edits


def test_tables_come_where_the_template_has_them() -> None:
    context = text(planned({CONTEXT: SOLO}, *PERSONAS), CONTEXT)
    assert [section.text for section in cut(context).sections if section.level == 2] == [
        b"Current Focus", b"Recent Accomplishments", b"Active Agents", b"Active Work", b"Active Tasks",
    ]  # fmt: skip
    assert (
        b"| Agent Role | Status | Current Task | Last Update |\n"
        b"| ---------- | ------ | ------------ | ----------- |\n"
        b"| Tech Lead  | Idle   | -            | 2025-09-01  |\n"
        b"| Debugger   | Idle   | -            | 2025-09-01  |\n\n"
        b"## Active Work\n\n"
    ) in context


@pytest.mark.parametrize("data", [b"", b"\n", b"# Active Context\n", b"just words", SOLO.replace(b"\n", b"\r\n")])
def test_tables_into_any_text(data: bytes) -> None:
    context = text(planned({CONTEXT: data}, *PERSONAS), CONTEXT)
    assert [b"".join(entry.text.split()) for entry in entries(context) if entry.kind == "row"] == [
        b"|TechLead|Idle|-|2025-09-01|", b"|Debugger|Idle|-|2025-09-01|",
    ]  # fmt: skip
    assert context.count(b"\r\n") in (0, context.count(b"\n"))


def test_the_table_of_locks_is_one() -> None:
    context = text(planned({CONTEXT: b"# Active Context\n"}, "Debugger"), CONTEXT)
    locked = context + b"| Debugger | a.md | x | 10:00 | - |\n"
    assert [lock.path for lock in read_locks(locked, lambda row: 1)] == ["a.md"]


def test_a_row_only_for_who_has_none() -> None:
    table = b"\n## Active Agents\n\n|Agent Role|Status|\n|---|---|\n|tech-lead|Active|\n"
    context = text(planned({CONTEXT: SOLO + table}, *PERSONAS), CONTEXT)
    assert b"|tech-lead|Active|\n| Debugger | Idle |\n" in context
    assert context.count(b"## Active Agents") == 1


@pytest.mark.parametrize(
    ("dates", "place"), [(("2025-08-02", "2025-08-01"), 0), (("2025-08-01", "2025-08-02"), 2), ((), 0)]
)
def test_the_row_in_the_change_log_keeps_its_order(dates: tuple[str, ...], place: int) -> None:
    rows = "".join(f"| {day} | One   | x      | Ada       |\n" for day in dates)
    log = LOG.replace(b"| 2025-08-01 | One   | Began  | Tech Lead |\n", rows.encode())
    new = [entry.text for entry in entries(text(planned({CONTEXT: SOLO, PROGRESS: log}, *PERSONAS), PROGRESS))]
    assert new[place] == f"| 2025-09-01 | Migration | {CHANGE} | Ada       |".encode()
    assert len(new) == len(dates) + 1


def test_a_row_is_set_as_its_table_is() -> None:
    log = LOG.replace(b"| ---------- | ----- | ------ | --------- |", b"|:-----------|-------|--------|----------:|")
    row = text(planned({CONTEXT: SOLO, PROGRESS: log}, "Debugger"), PROGRESS).split(b"\n")[6]
    assert row == f"| 2025-09-01 | Migration | {CHANGE} | Ada       |".encode()


def test_who_writes_cannot_break_the_row() -> None:
    found = planned({CONTEXT: SOLO, PROGRESS: LOG}, "Debugger", author="A | B\n| x \x1b[31m \\")
    row = text(found, PROGRESS).split(b"\n")[6]
    assert row.endswith(b"| A \\| B \\| x [31m \\\\ |")


def test_without_a_table_there_is_a_note() -> None:
    found = planned({CONTEXT: SOLO, PROGRESS: b"# Progress\n\n## Change Log\n\n- began\n"}, "Debugger")
    assert PROGRESS not in found.edits
    assert found.notes == (f"no row in a change log: {PROGRESS} has no table below Change Log",)


# -- what is one persona's own ----------------------------------------------------------------------------------------

OWN = b"\n- [2025-08-01] look twice\n\n### More\n\nProse.\n"


@pytest.mark.parametrize(
    "heading",
    [b"## Debugger", b"## Debugger Notes", b"## Notes for the Debugger", b"## Debugger's notes", b"## Debugger Expert",
     b"## Debugger-specific notes"],
)  # fmt: skip
def test_a_section_of_one_persona_moves_word_for_word(heading: bytes) -> None:
    found = planned({CONTEXT: SOLO + b"\n" + heading + b"\n" + OWN}, *PERSONAS)
    assert heading + b"\n" + OWN + b"\n## Future Enhancements\n" in text(found, DEBUGGER)
    assert b"look twice" not in text(found, CONTEXT)


def test_sections_below_a_heading_for_all_of_them_move_and_an_empty_heading_goes() -> None:
    notes = b"\n## Agent-Specific Notes\n\n### Tech Lead\n\nAbout it.\n\n### Debugger\n" + OWN.replace(b"###", b"####")
    found = planned({CONTEXT: SOLO + notes}, *PERSONAS)
    assert b"## Agent-Specific Notes\n\n### Tech Lead\n\nAbout it.\n\n## Future" in text(found, LEAD)
    assert b"## Agent-Specific Notes\n\n### Debugger\n\n- [2025-08-01] look twice\n" in text(found, DEBUGGER)
    assert b"Specific" not in text(found, CONTEXT)


@pytest.mark.parametrize(
    "data",
    [
        b"\n## Other Focus\n\n### Debugger\n\nis everybody's business\n",
        b"\n## Debugging\n\nx\n",
        b"\n## 2025-08-01 Debugger\n\n- x\n",
        b"\n## Release Notes\n\nx\n",
        b"\n```\n## Debugger\n```\n",
        b"\n# Debugger\n\nx\n",
        b"\n## 2025-08-01\n\n- a day\n\n## Debugger\n\nof that day\n",
    ],
)
def test_what_is_everybodys_stays(data: bytes) -> None:
    found = planned({CONTEXT: SOLO + data}, *PERSONAS)
    assert data.strip() in text(found, CONTEXT)
    assert text(found, DEBUGGER) == filled("memory.md", date="2025-09-01", persona="Debugger", layout=MULTI_AGENT)


def test_a_persona_that_is_called_like_a_section_takes_none() -> None:
    found = planned({CONTEXT: SOLO}, "Current Focus", "Active Tasks")
    assert b"## Current Focus\n\nIt.\n" in text(found, CONTEXT)


def test_links_follow_in_both_directions() -> None:
    tree = {CONTEXT: SOLO + b"\n## Debugger\n\n[d](decisions.md) [f](#current-focus) [s](#debugger)\n\n## Blockers\n\n"
                             b"[n](#debugger)\n",
            f"{BANK}/decisions.md": b"# D\n", "README.md": b"[n](memory-bank/activeContext.md#debugger)\n"}  # fmt: skip
    found = planned(tree, *PERSONAS)
    own = b"[d](../memory-bank/decisions.md) [f](../memory-bank/activeContext.md#current-focus) [s](#debugger)"
    assert own in text(found, DEBUGGER)
    assert f"[n](../{DEBUGGER}#debugger)".encode() in text(found, CONTEXT)
    assert text(found, "README.md") == f"[n]({DEBUGGER}#debugger)\n".encode()


def test_a_section_with_a_reference_that_is_defined_elsewhere_stays() -> None:
    data = SOLO + b"\n## Debugger\n\n[d][x]\n\n## Blockers\n\n[x]: progress.md\n"
    found = planned({CONTEXT: data}, *PERSONAS)
    assert b"## Debugger\n\n[d][x]\n" in text(found, CONTEXT)
    assert any("keeps what it has for single personas" in note for note in found.notes)


def test_a_memory_that_would_swallow_the_section_gets_none() -> None:
    open_ = b"# Mine\n\n```\nopen\n"
    found = planned({CONTEXT: SOLO + b"\n## Debugger\n\n- [2025-08-01] x\n", DEBUGGER: open_}, "Debugger")
    assert b"## Debugger\n\n- [2025-08-01] x\n" in text(found, CONTEXT)
    assert DEBUGGER not in found.edits


def test_a_memory_that_is_there_is_added_to_in_the_spelling_that_it_has() -> None:
    old = "agent-memory-banks/Tech_Lead-memory.md"
    found = planned({CONTEXT: SOLO + b"\n## Tech Lead Notes\n\n- [2025-08-01] x\n", old: b"# Mine\n"}, "Tech Lead")
    assert text(found, old) == b"# Mine\n\n## Tech Lead Notes\n\n- [2025-08-01] x\n"
    assert LEAD not in found.edits


# -- who works here ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        ({CONTEXT: SOLO + b"\n## Active Agents\n\n| Agent Role |\n| --- |\n| **Debugger** |\n| - |\n", PROGRESS: LOG},
         ["debugger"]),
        ({CONTEXT: SOLO, PROGRESS: LOG}, ["tech-lead"]),
        ({CONTEXT: SOLO, PROGRESS: LOG.replace(b"Tech Lead", b"Tech Lead, DevOps & tech lead")},
         ["devops", "tech-lead"]),
        ({CONTEXT: SOLO, f"{BANK}/decisions.md": b"# D\n\n## [2025-08-01] X\n\n**Decided By**: Debugger\n"},
         ["debugger"]),
        ({CONTEXT: SOLO, PROGRESS: LOG.replace(b"Tech Lead", b"Human    ")}, []),
    ],
)  # fmt: skip
def test_the_bank_names_its_personas(tree: Tree, wanted: list[str]) -> None:
    made = sorted(path for path in planned(tree).edits if path.endswith("-memory.md"))
    assert made == [f"agent-memory-banks/{name}-memory.md" for name in wanted]


@pytest.mark.parametrize("name", ["../../etc", "a/b", "<b>x</b>|y", "...", "-", "\x1b[31m", "x" * 100, "{date}", ""])
def test_a_name_that_is_none_makes_no_file_outside(name: str) -> None:
    found = planned({CONTEXT: SOLO}, name)
    assert all(path.startswith((f"{BANK}/", "agent-memory-banks/")) and ".." not in path for path in found.edits)


def test_who_migrated_is_no_persona_for_that() -> None:
    tree = {CONTEXT: SOLO, PROGRESS: LOG.replace(b"| 2025-08-01 | One   | Began  | Tech Lead |\n", b"")}
    result = after(tree, planned(tree))
    assert b"| Ada " in result[PROGRESS]
    assert planned(result).edits == {}


def test_names_are_distinguished() -> None:
    names = ["DevOps Engineer", "devops", "Tech Lead", "None", "[name]"]
    assert distinct_names(names) == ["DevOps Engineer", "Tech Lead"]


# -- laws -------------------------------------------------------------------------------------------------------------

HEADS = st.sampled_from(
    (b"## Debugger", b"## Tech Lead Notes", b"## Agent-Specific Notes\n\n### Debugger", b"### Tech Lead",
     b"## Active Agents")
)  # fmt: skip


@st.composite
def contexts(draw: st.DrawFn) -> bytes:
    """An activeContext.md with sections of personas among whatever else it holds."""
    parts = [draw(texts())]
    for head in draw(st.lists(HEADS, max_size=3)):
        parts += [head + b"\n", draw(texts())]
    return b"\n".join(parts)


trees = st.builds(
    lambda context, others: {CONTEXT: context} | others,
    contexts(),
    st.dictionaries(st.sampled_from((PROGRESS, DEBUGGER, f"{BANK}/decisions.md", "README.md")), texts(), max_size=2),
)


def counted(tree: Mapping[str, bytes]) -> Counter[bytes]:
    return Counter(entry.text.split(b"(")[0] for data in tree.values() for entry in entries(data))


@laws(25)
@given(trees)
def test_every_entry_once(tree: Tree) -> None:
    found = planned(tree, *PERSONAS)
    result = after(tree, found)
    was, now = counted(tree), counted(result)
    unlinked = {identity for identity in was if not any(mark in identity for mark in (b"](", b"]:", b"["))}
    assert not [identity for identity in unlinked if now[identity] < was[identity]], shown(tree, result)
    new = [identity for identity in unlinked if now[identity] > was[identity]]
    assert not [identity for identity in new if not identity.startswith(b"|")], shown(tree, result)


@laws(25)
@given(trees, st.booleans())
def test_again_there_is_nothing_to_do(tree: Tree, named: bool) -> None:
    personas = PERSONAS if named else ()
    result = after(tree, planned(tree, *personas))
    assert planned(result, *personas).edits == {}, shown(tree, result)


@laws(20)
@given(st.dictionaries(st.sampled_from((CONTEXT, PROGRESS, DEBUGGER, LOGBOOK)), banks.raw_bytes()), st.text(max_size=9))
def test_any_bytes(tree: Tree, name: str) -> None:
    planned(tree, name, "Debugger", author=name)
