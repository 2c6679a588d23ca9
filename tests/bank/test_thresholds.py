from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.settings import HARVEST, Rule
from mbgit.bank.thresholds import CELLS, Ripeness, bar, measure, ripeness

BUFFER = b"""# Patterns Buffer

<!-- One entry for each pattern,
with its date. -->

Collected here, harvested weekly.

## Patterns

- **Cache** the parser
  - it is pure

- Ask git once

### 2025-08-21 10:00 Retry

Only on a lock.

Never on data.

---
"""


def test_lines_are_those_of_entries_a_dated_heading_with_them() -> None:
    assert measure(BUFFER, "lines") == 3 + 3


def test_items_are_entries_and_kilobytes_the_whole_file_rounded_up() -> None:
    assert measure(BUFFER, "items") == 3
    assert [measure(b"x" * size, "KB") for size in (0, 1, 1024, 1025)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "data", [b"", b"# Patterns\n\n## Patterns\n\nA preface.\n", b"\xff\x00\n", b"<!--\n- a\n-->\n"]
)
def test_what_holds_no_entry_holds_no_lines(data: bytes) -> None:
    assert measure(data, "lines") == measure(data, "items") == 0


WORDS = st.text("abc def", min_size=1, max_size=20).map(lambda words: f"x{words}".strip())
ITEMS = st.lists(WORDS, min_size=1, max_size=4).map(lambda rows: "- " + "\n\n  ".join(rows) + "\n")
DATED = st.lists(WORDS, max_size=4).map(lambda rows: "\n\n".join(["### 2025-08-21 Entry", *rows]) + "\n")


@given(st.lists(ITEMS), st.lists(DATED), ITEMS | DATED)
def test_an_entry_more_is_its_lines_more(items: list[str], dated: list[str], more: str) -> None:
    text = "\n".join(["# Buffer\n", "A preface.\n", "## Patterns\n", *items, *dated])
    if dated and more.startswith("- "):
        more = f"## Others\n\n{more}"
    grown = sum(1 for row in more.split("\n") if row.strip() and not row.startswith("## "))
    assert measure(f"{text}\n{more}".encode(), "lines") - measure(text.encode(), "lines") == grown


@given(st.binary(max_size=500))
def test_any_bytes_are_measured(data: bytes) -> None:
    assert measure(data, "items") <= measure(data, "lines") <= data.count(b"\n") + 1


LINES = Rule("patterns-buffer.md", 20, "lines", "Docs/Patterns.md", "DevOps")


@pytest.mark.parametrize(
    ("amount", "near", "ripe"),
    [(0, False, False), (15, False, False), (16, True, False), (20, True, True), (25, True, True)],
)
def test_near_at_four_fifths_ripe_at_the_limit(amount: int, near: bool, ripe: bool) -> None:
    found = Ripeness(LINES, "patterns-buffer.md", amount)
    assert (found.near, found.ripe) == (near, ripe)


def test_every_bank_s_sources_are_found_whatever_their_case() -> None:
    files = {
        "Memory-Bank/Patterns-Buffer.md": b"- a\n- b\n",
        "other/decisions-inbox.md": b"- a\n",
        "patterns-buffer.md": b"- the root is no bank\n",
    }
    found = ripeness(HARVEST, files, ["Memory-Bank", "other"])
    assert [(one.path, one.amount, one.rule.unit) for one in found] == [
        ("Memory-Bank/Patterns-Buffer.md", 2, "lines"),
        ("other/decisions-inbox.md", 1, "items"),
    ]
    assert [one.path for one in ripeness([LINES], files, ["."])] == ["patterns-buffer.md"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "░░░░░░░░░░"),
        (1, "░░░░░░░░░░"),
        (2, "█░░░░░░░░░"),
        (16, "████████░░"),
        (19, "█████████░"),
        (20, "██████████"),
        (99, "██████████"),
    ],
)
def test_the_bar_is_full_only_at_the_limit(amount: int, shown: str) -> None:
    assert bar(amount, 20) == shown


@given(st.integers(0, 10_000), st.integers(0, 1_000))
def test_the_bar_is_always_as_wide(amount: int, limit: int) -> None:
    assert len(bar(amount, limit)) == CELLS


def test_a_hundred_thousand_entries() -> None:
    assert measure(b"# B\n\n" + b"- an entry\n" * 100_000, "items") == 100_000
