from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.proposals.harvest.closed import text_rows
from mbgit.proposals.harvest.cutting import without
from tests.engine import strategies as banks

BUFFER = """\
# Patterns Buffer

A preface that stays.

## Caching

- [2025-08-21] Keys hold the tenant.
  It was left out before.
- [2025-08-22] Expire by event.

## Testing

### 2025-08-23 Seal the clock

**Why**: flaky.

---

### 2025-08-24 Seal HOME

text

---

*The end*
"""


def cut_out(text: str, *gone: int) -> str:
    left = without(text.encode(), set(gone))
    assert left is not None
    return left.data.decode()


def test_a_buffer_keeps_title_preface_and_headings() -> None:
    assert cut_out("# B\n\npreface\n\n## One\n\n- a\n- b\n\n## Two\n\n### 2025-01-01 x\n\ntext\n", 0, 1, 2) == (
        "# B\n\npreface\n\n## One\n\n## Two\n"
    )


def test_what_stays_is_parted_as_before() -> None:
    assert cut_out(BUFFER, 0, 2).count("\n\n\n") == 0
    assert "## Caching\n\n- [2025-08-22] Expire" in cut_out(BUFFER, 0)
    assert "## Testing\n\n### 2025-08-24 Seal HOME" in cut_out(BUFFER, 2)


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("- a\n- b\n- c\n", {1}, "- a\n- c\n"),
        ("- a\n\n- b\n\n- c\n", {1}, "- a\n\n- c\n"),
        ("- a\r\n- b\r\n", {0}, "- b\r\n"),
        ("\ufeff# T\n- a\n- b", {0, 1}, "\ufeff# T"),
        ("| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", {0, 1}, "| A | B |\n|---|---|\n"),
        ("text\n- a\n---\n", {0}, "text\n\n---\n"),
        ("Title\n---\n\n### 2025-01-01 a\n\nx\n", {0}, "Title\n---\n"),
        ("- a\n- b\n", {0, 1}, ""),
    ],
)
def test_out(text: str, gone: set[int], left: str) -> None:
    found = without(text.encode(), gone)
    assert found is not None
    assert found.data == left.encode()


def test_refused_where_the_rest_would_be_another_text() -> None:
    """Without the first entry the two `## Summary` are one, and no longer a part of the second day."""
    text = b"## 2025-01-01 one\n\n## Summary\n\na\n\n## 2025-01-02 two\n\n## Summary\n\nb\n"
    assert len(entries(text)) == 2
    assert without(text, {0}) is None


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(banks.raw_lines() | banks.banks().map(banks.rendered), st.sets(st.integers(0, 12)))
def test_the_rest_is_the_rest(text: bytes, chosen: set[int]) -> None:
    standing = entries(text)
    gone = {place for place in chosen if place < len(standing)}
    found = without(text, gone)
    if found is None:
        return
    left = [e.identity for n, e in enumerate(entries(found.data)) if n not in found.uncovered]
    assert left == [e.identity for n, e in enumerate(standing) if n not in gone]
    assert not says(found.data) - says(text)
    rows, before = text_rows(found.data), text_rows(text)
    assert rows == [before[row] if row >= 0 else b"" for row in found.rows]


def says(text: bytes) -> Counter[bytes]:
    return Counter(row.strip(b"\r") for row in text.split(b"\n") if row.strip())


DAYS = """\
# Buffer

## 2025-08-21

### 10:30 Ada

a

## 2025-08-22 Sprint 5

### TD_042 b

b

## 2025-08-23

An introduction.

### TD_043 c

c
"""


def test_a_day_goes_with_its_last_entry() -> None:
    """The heading of a day is an entry for itself when nothing dated stands below it."""
    assert len(entries(DAYS.encode())) == 3
    day = "## 2025-08-23\n\nAn introduction.\n"
    assert cut_out(DAYS, 0, 1, 2) == f"# Buffer\n\n{day}"
    assert cut_out(DAYS, 1) == DAYS.replace("## 2025-08-22 Sprint 5\n\n### TD_042 b\n\nb\n\n", "")
    found = without(DAYS.encode(), {0, 1, 2}, drop_all=False)
    assert found is not None
    assert found.data.decode() == f"# Buffer\n\n## 2025-08-22 Sprint 5\n\n{day}"
    assert found.uncovered == [0, 1]
