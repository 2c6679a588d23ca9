from __future__ import annotations

import pytest

from mbgit.bank.kinds import KINDS
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.vague import check, is_placeholder

KIND = {kind.template: kind for kind in KINDS if kind.template}


def findings(text: str, template: str = "") -> list[Finding]:
    page = Page("a.md", text.encode(), KIND.get(template))
    return check(page, World(None, Settings(), "standard", 0, lambda page, row: 0))  # type: ignore[arg-type]


def section(body: str) -> list[Finding]:
    return findings(
        f"# Active Context\n\n## Current Focus\n\n{body}\n\n## Notes\n\n## Blockers\n\nNone\n", "activeContext.md"
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[What we're working on now]",
        "<!-- nothing -->",
        "<!--\n\nnothing\n\n-->",
        "...",
        "- [ ]",
        "- \n- ",
        "TBD.",
        "**TODO**",
        "- **Goal**: [Goal]\n- Languages:\n- **Risk**: ...",
        "| a | b |\n|---|---|",
        "| a | b |\n|---|---|\n| ... | [x] |",
        "### Details",
        "1. [Responsibility 1]",
        "```\n```",
        "---\n\nfooter",
    ],
)
def test_a_required_section_that_says_nothing_is_reported(body: str) -> None:
    assert [(found.line, found.what) for found in section(body)] == [(3, 'section "## Current Focus" is empty')]


@pytest.mark.parametrize(
    "body",
    [
        "None.",
        "Nothing yet",
        "- [ ] Release 1.4",
        "[Release 1.4](plan.md)",
        "Release [1.4]",
        "![plan](plan.png)",
        "`x`",
        "```text\nx\n```",
        "    code",
        "| a | b |\n|---|---|\n| c | |",
        "### Details\n\nx",
        "> x",
        "<details>x</details>",
        "- **Goal**: [Goal]\n- **Risk**: low",
        "Goal: ship",
        "我们",
    ],
)
def test_a_section_that_says_something_passes(body: str) -> None:
    assert section(body) == []


def test_a_section_that_is_empty_in_a_new_file_may_stay_so() -> None:
    assert findings("# Progress\n\n## Status\n\nok\n\n## Change Log\n", "progress.md") == []
    assert findings("# Patterns Buffer\n\n## Patterns\n", "patterns-buffer.md") == []


@pytest.mark.parametrize(
    "text", ["", " ", "...", "-", "[x]", "{date}", "tbd", "a:", "**a**: [b]", "[ ] [Task]", "[ ] "]
)
def test_a_placeholder_is_reported(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["None", "x", "[ ] x", "see [ ] ...x", "[x] x", "a: b", "**a**: b", "[a] b", "14:30"])
def test_words_are_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize("mark", ["[", "*", "`", "|", "**a", "[a](", "- ", "> ", "a:", "\0", "#", "why ", "[x] "])
@pytest.mark.parametrize(
    ("template", "lead"),
    [
        ("activeContext.md", ""),
        ("activeContext.md", "# A\n\n## Current Focus\n\n"),
        ("decisions.md", "# D\n\n## 2025-01-01 x\n\n**Rationale**: "),
    ],
)
def test_bait_is_survived(template: str, lead: str, mark: str) -> None:
    findings(lead + mark * min(50_000, 100_000 // len(mark)), template)
