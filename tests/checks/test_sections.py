from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.kinds import KINDS
from mbgit.bank.layouts import filled
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.sections import check, folded_heading

KIND = {kind.template: kind for kind in KINDS if kind.template}
FOCUS, DONE, TASKS, BLOCKERS, STEPS = (
    "## Current Focus", "## Recent Accomplishments", "## Active Tasks", "## Blockers", "## Next Steps",
)  # fmt: skip
ALL = ("# Active Context", FOCUS, DONE, TASKS, BLOCKERS, STEPS)


def findings(*rows: str, layout: str = "standard", template: str = "activeContext.md") -> list[Finding]:
    page = Page("memory-bank/a.md", "\n\n".join(rows).encode(), KIND[template])
    return check(page, World(None, Settings(), layout, 0, lambda page, row: 0))  # type: ignore[arg-type]


def checked(*rows: str, layout: str = "standard", template: str = "activeContext.md") -> list[str]:
    return [found.what for found in findings(*rows, layout=layout, template=template)]


def test_all_of_them_in_order_pass() -> None:
    assert checked(*ALL) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FOCUS, "## 🎯 CURRENT focus"),
        (FOCUS, "## Current Focus:"),
        (FOCUS, "## **Current Focus** (since Monday)"),
        (FOCUS, "Current Focus\n-------------"),
        (FOCUS, "## Current Focus ##"),
        (FOCUS, "## Notes\n\n## Current Focus\n\n### Details"),
        ("# Active Context", "---\ntitle: x\n---\n\n# 🧠 Where we are"),
    ],
)
def test_a_heading_may_be_set_in_other_ways(old: str, new: str) -> None:
    assert checked(*(new if row == old else row for row in ALL)) == []


@pytest.mark.parametrize("missing", range(1, len(ALL)))
def test_a_missing_one_is_named_with_its_place(missing: int) -> None:
    rows = [row for row in ALL if row != ALL[missing]]
    what = f'section "{ALL[missing]}" is missing: it belongs behind "{ALL[missing - 1]}"'
    assert [(found.line, found.what, found.lowered) for found in findings(*rows)] == [(0, what, False)]


def test_a_title_is_missed() -> None:
    assert checked(*ALL[1:]) == ['section "# Active Context" is missing: it belongs at the top']


def test_one_that_moved_is_one_fault_at_its_line() -> None:
    found = findings(ALL[0], STEPS, FOCUS, DONE, TASKS, BLOCKERS)
    assert [(one.line, one.what) for one in found] == [
        (3, 'section "## Next Steps" stands in the wrong place: it belongs behind "## Blockers"')
    ]


def test_a_heading_that_stands_twice_is_taken_where_it_fits() -> None:
    assert checked(ALL[0], STEPS, FOCUS, DONE, TASKS, FOCUS, BLOCKERS, STEPS) == []


@pytest.mark.parametrize(
    "hidden", [f"```text\n{STEPS}\n```", f"<!--\n{STEPS}\n-->", f"> {STEPS}", f"- {STEPS}", "#Next Steps"]
)
def test_what_is_no_heading_of_the_page_does_not_count(hidden: str) -> None:
    assert checked(*ALL[:-1], hidden) == ['section "## Next Steps" is missing: it belongs behind "## Blockers"']


def test_another_level_is_another_heading_and_the_hint_says_so() -> None:
    found = findings(*ALL[:-1], "### Next Steps")
    assert found[0].what == 'section "## Next Steps" is missing: it belongs behind "## Blockers"'
    assert found[0].hint == "it stands there with ###"


def test_what_several_agents_need_is_asked_for_where_they_work() -> None:
    assert checked(*ALL, layout="buffers") == []
    wanted = 'section "## Active Agents" is missing: it belongs behind "## Recent Accomplishments"'
    assert checked(*ALL, layout="multi-agent") == [wanted]
    assert checked(*ALL[:3], "## Active Agents (Multi-Agent Only)", *ALL[3:], layout="multi-agent") == []


@pytest.mark.parametrize("layout", ["buffers", "standard", "multi-agent"])
def test_a_bank_of_buffers_is_only_warned(layout: str) -> None:
    assert {found.lowered for found in findings("# A", layout=layout)} == {layout == "buffers"}


def test_a_buffer_needs_no_headings_but_its_title() -> None:
    assert checked("# What we found", template="patterns-buffer.md") == []
    assert checked("# Inbox", "- [2025-01-01] x", template="decisions-inbox.md") == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.template])
def test_a_kind_without_a_template_needs_none(kind: object) -> None:
    page = Page("a.md", b"text", kind)  # type: ignore[arg-type]
    assert check(page, World(None, Settings(), "standard", 0, lambda page, row: 0)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rows",
    [
        ["## Current Focus"] * 50_000,
        ["# h"] * 100_000,
        ["## Blockers", "## Current Focus"] * 20_000,
        ["x" * 5_000_000],
        ["\0", "## \udcff"],
        ["#" * 100_000, "## " + "(" * 100_000],
    ],
)
def test_bait_is_survived(rows: list[str]) -> None:
    page = Page("a.md", "\n".join(rows).encode(errors="surrogateescape"), KIND["activeContext.md"])
    check(page, World(None, Settings(), "multi-agent", 0, lambda page, row: 0))  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([*ALL, "## Other", "text"]), min_size=1, max_size=15))
def test_the_fewest_headings_are_out_of_place(rows: list[str]) -> None:
    """What is not complained about stands on the page in the template's order, and no longer run does."""
    whats = checked(*rows)
    kept = [row for row in ALL if not any(what.startswith(f'section "{row}"') for what in whats)]
    assert len(kept) == _longest(rows, list(ALL))
    left = iter(rows)
    assert all(row in left for row in kept)


def _longest(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence, by the textbook."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(st.text())
def test_words_compare_without_case_and_marks(text: str) -> None:
    assert folded_heading(folded_heading(text)) == folded_heading(text)


@pytest.mark.parametrize(
    ("heading", "missing"),
    [
        ("## Monitoring Patterns / Workflows", 0),
        ("## Monitoring Patterns", 0),
        ("## Workflows", 0),
        ("## Workflows\n\n## Monitoring Patterns", 0),
        ("## Patterns", 1),
        ("### Workflows", 1),
    ],
)
def test_of_a_heading_with_a_choice_one_half_will_do(heading: str, missing: int) -> None:
    text = filled("memory.md", layout="multi-agent").decode().replace("## Monitoring Patterns / Workflows", heading)
    assert len(checked(text, layout="multi-agent", template="memory.md")) == missing
