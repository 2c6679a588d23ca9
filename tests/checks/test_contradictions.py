from __future__ import annotations

import pytest

from mbgit.bank.settings import Settings
from mbgit.checks.contradictions import check
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World

HEAD = "# Decision Log\n\n## [2025-01-02] Take SQLite\n\n"


def findings(text: str) -> list[Finding]:
    world = World(None, Settings(), "buffers", 0, lambda page, row: 0)  # type: ignore[arg-type]
    return check(Page("a.md", text.encode()), world)


@pytest.mark.parametrize(
    "fields",
    [
        "**Status**: Proposed\n**Status**: Accepted\n",
        "**Status**: Proposed\n**Owner**: Ada\n**status:** Accepted\n",
        "- **Status**: Proposed\n- **Status**: Accepted\n",
        "**Status**: Proposed\n\nSome words.\n\n**Status**: Accepted\n",
        "**Status**: Proposed\n**Status**: Accepted\n**Status**: Rejected\n",
        "**Status**: Proposed\n**Status**: Accepted\n**Owner**: Ada\n**Owner**: Bob\n",
    ],
)
def test_two_values_for_one_field_are_reported(fields: str) -> None:
    found = findings(HEAD + fields)[0]
    assert found.what == 'two values for "Status" in one entry: "Proposed", "Accepted"'
    assert found.line == HEAD.count("\n") + fields[: fields.index("Accepted")].count("\n") + 1


@pytest.mark.parametrize(
    "fields",
    [
        "**Status**: Accepted\n**Status**:  accepted.\n",  # said twice
        "**Status**: Accepted\n**Owner**: Ada\n",
        "**Status**:\n\n**Status**: Accepted\n",
        "**Option A**: x\n**Option B**: y\n",
        "**Breaking**: one\n**Breaking**: two\n**Breaking**: three\n",  # a list
        "**Pros**: cheap\n**Cons**: slow\n**Pros**: fast\n**Cons**: dear\n",  # records
        "- First\n  - **Status**: Done\n- Second\n  - **Status**: Open\n",  # each item has its own
        "### First\n\n**Status**: Done\n\n### Second\n\n**Status**: Open\n",
        "**Status**: Done\n\n---\n\n**Status**: Open\n",
        "**Status**: Done\n\n```markdown\n**Status**: Open\n```\n",  # shown, not said
    ],
)
def test_labels_that_may_repeat_pass(fields: str) -> None:
    assert findings(HEAD + fields) == []


def test_two_entries_may_differ() -> None:
    assert findings(HEAD + "**Status**: Done\n\n## [2025-01-03] Other\n\n**Status**: Open\n") == []


def test_the_fault_is_the_same_after_it_has_moved() -> None:
    fields = "**Status**: Proposed\n**Status**: Accepted\n"
    assert (
        findings(HEAD + fields)[0].key
        == findings(f"# A\n\n## 2025-01-01 x\n\nmore\n\n## 2025-01-02\n\n{fields}")[0].key
    )


@pytest.mark.parametrize(
    "fields",
    [
        "".join(f"**Status**: {n}\n" for n in range(10_000)),
        "".join(f"**S{n}**: a\n**S{n}**: b\n" for n in range(5_000)),
        "**" * 100_000,
        "".join(f"{'  ' * (n % 200)}- **S**: {n}\n" for n in range(3_000)),
        "**Status**: \0\udcff\n".encode(errors="surrogateescape").decode(errors="replace"),
    ],
)
def test_bait_is_survived(fields: str) -> None:
    assert len(findings(HEAD + fields)) < 10_000
