from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.forms import form_of
from mbgit.bank.kinds import KINDS
from mbgit.bank.settings import Settings
from mbgit.checks.fields import check
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World

KIND = {kind.template: kind for kind in KINDS if kind.template}
DECISIONS, LOGBOOK, INBOX = "decisions.md", "agent-logbook.md", "decisions-inbox.md"
PROGRESS, MEMORY, CONTEXT = "progress.md", "memory.md", "activeContext.md"


def findings(text: str, template: str = "", layout: str = "standard") -> list[Finding]:
    page = Page("a.md", text.encode(errors="surrogateescape"), KIND.get(template))
    return check(page, World(None, Settings(), layout, 0, lambda page, row: 0))  # type: ignore[arg-type]


def checked(text: str, template: str = "", layout: str = "standard") -> list[tuple[int, str, bool]]:
    return [(found.line, found.what, found.lowered) for found in findings(text, template, layout)]


# -- decisions --------------------------------------------------------------------------------------------------------

FIELDS = {
    "Context": "Two programs write at once",
    "Decision": "SQLite",
    "Rationale": "it needs no server",
    "Alternatives Considered": "\n\n- **Postgres**: a server\n- Files: locks",
    "Consequences": "one file",
    "Decided By": "Tech Lead",
}
HEAD = "## [2025-01-02] Take SQLite"
IN = 'in "[2025-01-02] Take SQLite"'


def decision(*without: str, **other: str) -> str:
    """A decision log with one entry, some fields of it left out or with another value."""
    rows = [f"**{label}**: {other.get(label, value)}\n" for label, value in FIELDS.items() if label not in without]
    return f"# Decision Log\n\n{HEAD}\n\n{''.join(rows)}"


def test_a_whole_decision_passes_and_needs_no_date_for_its_review() -> None:
    assert checked(decision(), DECISIONS) == []


@pytest.mark.parametrize("label", FIELDS)
def test_a_field_that_is_missing_is_reported(label: str) -> None:
    firm = label in ("Context", "Rationale", "Decided By")
    assert checked(decision(label), DECISIONS) == [(3, f"no {label} {IN}", not firm)]


def test_several_are_reported_together_the_grave_ones_by_themselves() -> None:
    assert checked(f"# D\n\n{HEAD}\n\nSQLite it is.\n", DECISIONS) == [
        (3, f"no Context, Decided By, Rationale {IN}", False),
        (3, f"no Decision, Alternatives Considered, Consequences {IN}", True),
    ]


def test_a_bank_of_buffers_is_only_warned() -> None:
    assert {lowered for _, _, lowered in checked(f"# D\n\n{HEAD}\n\nx\n", DECISIONS, "buffers")} == {True}


@pytest.mark.parametrize("value", ["", " ...", "[Why we needed to decide]", "TBD", "why there was something to decide"])
def test_what_only_keeps_a_place_is_no_value(value: str) -> None:
    assert checked(decision(Context=value), DECISIONS) == [(3, f"no Context {IN}", False)]


@pytest.mark.parametrize(
    "context",
    [
        "**Context:** two programs",
        "- **Context**: two programs",
        "**Context**:\n\n- two\n- programs",
        "**context** (of this): two programs",
        "🎯 **Context**: two programs",
        "1. **Context** two programs",
        "### Context\n\nTwo programs.",
        "### 1. Context\n\nTwo programs.",
        "#### Background\n\nTwo programs.",
        "Context: two programs",
        "**Problem**: two programs",
        "> **Context**: two programs",
    ],
)
def test_a_field_may_be_set_in_many_ways(context: str) -> None:
    text = decision("Context").replace(f"{HEAD}\n\n", f"{HEAD}\n\n{context}\n\n")
    assert checked(text, DECISIONS) == []


def test_a_number_makes_a_decision_as_a_date_does() -> None:
    assert "no Context" in checked("# D\n\n## ADR-003: Take SQLite\n\nWe took it since it is small.\n", DECISIONS)[0][1]


@pytest.mark.parametrize("text", ["Some words.", "## About\n\nwhy: x", "- [2025-01-02] an item"])
def test_what_is_no_entry_with_a_heading_is_not_asked(text: str) -> None:
    assert checked(f"# D\n\n{text}\n", DECISIONS) == []


SHORT = f"{HEAD}\n\n**Context**: Why we needed to decide\n**Decision**: SQLite\n"


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "**Rationale**:\n",
        "**Rationale**: ...\n",
        "**Rationale**: why\n",
        "**Rationale**: [Why we chose it]\n**Review Date**: 2026-01-01\n",
        "**Alternatives Considered**:\n\n- Option A: Pros/Cons\n",
    ],
)
def test_a_decision_without_a_rationale_is_reported(reason: str) -> None:
    assert any("Rationale" in what for _, what, _ in checked(f"# Decision Log\n\n{SHORT}{reason}", DECISIONS))


@pytest.mark.parametrize(
    "reason",
    [
        "**Rationale**: it needs no server\n",
        "**Rationale**:\n\n- it needs no server\n",
        "**Why we chose it:** it needs no server\n",
        "- **Reason**: it needs no server\n",
        "\n### Why\n\nIt needs no server.\n",
        "\nWe take it because it needs no server.\n",
        "\n### Root Cause\n\nOne program held the lock.\n",
    ],
)
def test_a_decision_with_a_reason_passes(reason: str) -> None:
    assert not any("Rationale" in what for _, what, _ in checked(f"# Decision Log\n\n{SHORT}{reason}", DECISIONS))


@pytest.mark.parametrize(
    ("status", "faults"),
    [("Proposed", 0), ("", 0), ("Accepted", 1), ("✅ **Approved** by Ada", 1), ("Rejected", 0), ("Not accepted", 0)],
)
def test_in_the_inbox_only_what_was_accepted_needs_a_reason(status: str, faults: int) -> None:
    text = f"# Decisions Inbox\n\n{SHORT}**Status**: {status}\n"
    assert checked(text, INBOX) == [(3, f"no Rationale {IN}", False)] * faults


def test_an_entry_anywhere_that_states_a_decision_is_asked_for_its_reason() -> None:
    text = "# ADR\n\n## ADR-003: Take SQLite\n\n**Status**: Accepted\n**Decision**: SQLite\n"
    assert checked(text) == [(3, 'no Rationale in "ADR-003: Take SQLite"', True)]
    assert checked("# Log\n\n## 2025-01-02 09:00 - Ada\n\n- Took SQLite\n") == []


# -- the logbook ------------------------------------------------------------------------------------------------------

HANDOFF = (
    "## 2025-11-25 10:30 - Compliance Checker → Standards Updater\n\n**Status**: Audit complete\n"
    "**Active Priority**: Documentation\n**Files Modified**:\n\n- audit.json\n- memory-bank/activeContext.md\n\n"
    "**Handover Notes**:\nRecurring violations:\n\n- 5 repositories\n\n**Next Actions**:\n\n1. Review\n2. Add\n\n"
    "**Conflicts**: None\n"
)


def test_a_whole_handoff_passes() -> None:
    assert checked(f"# Agent Coordination Logbook\n\n{HANDOFF}", LOGBOOK) == []


def test_what_a_handoff_lacks_is_a_warning() -> None:
    text = HANDOFF.replace("**Conflicts**: None\n", "").replace("- audit.json\n- memory-bank/activeContext.md\n", "")
    assert checked(f"# L\n\n{text}", LOGBOOK) == [
        (3, 'no Files Modified, Conflicts in "2025-11-25 10:30 - Compliance Checker → Standards Updater"', True)
    ]


@pytest.mark.parametrize("name", [DECISIONS, LOGBOOK])
def test_a_form_that_was_not_filled_in_is_all_missing(name: str) -> None:
    form = form_of(name)
    assert form
    text = form.filled("2025-11-25", "Tech Lead").replace("HH:MM", "10:30")
    labels = [slot.label for slot in form.slots if not slot.optional]
    missing = ", ".join(what for _, what, _ in checked(f"# L\n\n{text}", name))
    assert [label for label in labels if label not in missing] == []


# -- fields of the document -------------------------------------------------------------------------------------------


def status(overall: str = "On Track", risk: str = "Low") -> str:
    return f"# Progress\n\n## Status\n\n- **Overall**: {overall}\n- **Risk**: {risk}\n- **Blockers**: None\n"


@pytest.mark.parametrize("value", ["On Track", "on track", "🟢 **On Track**", "At Risk - two weeks late", "Blocked."])
def test_a_state_is_one_of_three(value: str) -> None:
    assert checked(status(value), PROGRESS) == []


@pytest.mark.parametrize("value", ["Fine", "Not Blocked", "[On Track | At Risk | Blocked]", "On Track | At Risk", ""])
def test_another_state_is_reported(value: str) -> None:
    ((line, what, lowered),) = checked(status(value), PROGRESS)
    assert (line, lowered) == (5, True)
    assert what.endswith("expected On Track, At Risk or Blocked")


def test_a_risk_is_low_medium_or_high() -> None:
    assert checked(status(risk="Medium (hiring)"), PROGRESS) == []
    assert checked(status(risk="3 of 5"), PROGRESS) == [(6, '"Risk" is "3 of 5": expected Low, Medium or High', True)]


def test_what_the_document_lacks_is_reported_once() -> None:
    assert checked("# Progress\n\n## Status\n\nWell.\n", PROGRESS) == [
        (0, "no Overall, Risk, Blockers in the file", True)
    ]
    assert checked("", PROGRESS) == checked("# x\n", DECISIONS) == []


def memory(day: str = "2025-11-25", version: str = "1.0.0") -> str:
    tail = f"**Last Updated**: {day}\n**Memory Bank Version**: {version}\n"
    return f"# A Memory Bank\n\n## Role Overview\n\nx\n\n---\n\n{tail}"


@pytest.mark.parametrize("day", ["2025-11-25", "25.11.2025", "2025-11-25 10:30", "25 November 2025"])
@pytest.mark.parametrize("version", ["1.0.0", "v2.10.3", "`1.0.0`", "1.0.0-rc.1"])
def test_a_memory_has_its_day_and_version(day: str, version: str) -> None:
    assert checked(memory(day, version), MEMORY) == []


@pytest.mark.parametrize("day", ["YYYY-MM-DD", "yesterday", "2025-02-31", "2025-11"])
def test_a_day_is_a_real_one(day: str) -> None:
    assert checked(memory(day), MEMORY) == [(9, f'"Last Updated" is "{day}": expected a date such as 2025-11-25', True)]


@pytest.mark.parametrize("version", ["X.Y.Z", "1.0", "2", "1.0.0.0"])
def test_a_version_has_three_numbers(version: str) -> None:
    assert checked(memory(version=version), MEMORY) == [
        (10, f'"Memory Bank Version" is "{version}": expected X.Y.Z', True)
    ]


# -- the change log, accomplishments ----------------------------------------------------------------------------------


def changes(*rows: str, head: str = "| Date | Phase | Change | Author |") -> str:
    return "\n".join([status(), "## Change Log", "", head, "|---" * (head.count("|") - 1) + "|", *rows, ""])


NEW, OLD = "| 2025-02-01 | 1 | new | Ada |", "| 2025-01-01 | 1 | old | Bob |"


def test_a_change_log_has_its_newest_on_top() -> None:
    assert checked(changes(NEW, NEW, OLD), PROGRESS) == []
    what = "the change log does not have its newest on top"
    assert checked(changes(OLD, NEW, OLD, NEW), PROGRESS) == [(14, what, True)]
    assert checked(changes("| soon | 1 | x | Ada |", NEW, "| - | 1 | x | Ada |", OLD), PROGRESS) == []


@pytest.mark.parametrize("author", ["", " - ", "[Name/Agent]", "..."])
@pytest.mark.parametrize("layout", ["buffers", "standard"])
def test_a_change_has_an_author(author: str, layout: str) -> None:
    text = changes(f"| 2025-01-01 | 1 | old |{author}|")
    ((line, what, lowered),) = checked(text, PROGRESS, layout)
    assert (line, lowered) == (13, layout == "buffers")
    assert what.startswith('no author of the change "2025-01-01 | 1 | old')


def test_a_row_that_is_too_short_has_none() -> None:
    assert len(checked(changes("| 2025-01-01 | 1 | old |"), PROGRESS)) == 1


def test_a_change_log_without_a_column_for_it_is_one_fault() -> None:
    text = changes(*["| 2025-01-01 | old |"] * 3, head="| Date | Change |")
    assert checked(text, PROGRESS) == [(11, "the change log has no column for the author", False)]
    assert checked(changes("| 2025-01-01 | old | Ada |", head="| When | Change | By |"), PROGRESS) == []


def test_tables_elsewhere_are_no_change_log() -> None:
    assert checked(changes(OLD, NEW).replace("## Change Log", "## Plan"), PROGRESS) == []
    assert checked(changes(OLD, NEW)) == []


@pytest.mark.parametrize(("number", "said"), [(0, ""), (1, "fewer"), (2, "fewer"), (3, ""), (5, ""), (6, "more")])
def test_three_to_five_accomplishments(number: int, said: str) -> None:
    text = "# Active Context\n\n## Recent Accomplishments\n\n" + "- [x] done\n  - a part of it\n" * number
    found = checked(f"{text}\n## Blockers\n\n- one\n", CONTEXT)
    assert [(line, lowered) for line, _, lowered in found] == [(5, True)] * bool(said)
    assert all(what.startswith(said) for _, what, _ in found)


def test_accomplishments_may_stand_below_days() -> None:
    text = "# A\n\n## ✅ Recent Accomplishments\n\n### 2025-01-02\n\n- a\n- b\n\n### 2025-01-01\n\n- c\n"
    assert checked(text, CONTEXT) == []


# -- any bytes --------------------------------------------------------------------------------------------------------

LEADS = ("", "# D\n\n## 2025-01-01 x\n\n", "## Change Log\n\n| Date | Author |\n|---|---|\n| ", "**Overall**: ")


BAIT = ("[", "*", "`", "|", "**a", "- ", "> ", "a:", "\0", "#", "1.", "**a**: ", "\n## 2025-01-01")


@pytest.mark.parametrize("mark", BAIT)
@pytest.mark.parametrize("lead", LEADS)
def test_bait_is_survived(lead: str, mark: str) -> None:
    for template in (DECISIONS, PROGRESS, MEMORY, CONTEXT):
        findings(lead + mark * 50_000, template)


PARTS = (*LEADS, HANDOFF, decision(), "\udcff\x1b[31m", "**Risk**: \x1b[31m\n", "\n")


@given(st.lists(st.sampled_from(PARTS)), st.text())
def test_no_text_reaches_a_terminal_as_it_is(parts: list[str], text: str) -> None:
    for template in KIND:
        for found in findings("".join(parts) + text, template):
            assert found.what.isprintable()
