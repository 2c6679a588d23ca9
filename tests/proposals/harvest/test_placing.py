from __future__ import annotations

import pytest

from mbgit.proposals.harvest.placing import Buffer, place


def put(target: str | None, source: str, *wanted: int) -> str:
    found = place(None if target is None else target.encode(), Buffer(source.encode()), wanted)
    assert not found.refused
    return found.data.decode()


SOURCE = """\
# Patterns Buffer

preface

## Caching

- [2025-08-21] Keys hold the tenant.
  It was left out.
- [2025-08-22] Expire by event.

## Tools

| Date | Tool |
|---|---|
| 2025-08-23 | ruff |
| 2025-08-24 | mypy |

## Testing

### 2025-08-23 Seal the clock

**Why**: flaky.
"""


def test_a_document_that_does_not_exist_is_made_with_an_index() -> None:
    assert put(None, SOURCE, 0, 1, 2, 3, 4) == """\
# Patterns

<!-- What the patterns buffer held when it was harvested, under the headings that it had there. -->

- [Caching](#caching)
- [Tools](#tools)
- [Testing](#testing)

## Caching

- [2025-08-21] Keys hold the tenant.
  It was left out.
- [2025-08-22] Expire by event.

## Tools

| Date | Tool |
|---|---|
| 2025-08-23 | ruff |
| 2025-08-24 | mypy |

## Testing

### 2025-08-23 Seal the clock

**Why**: flaky.
"""


def test_entries_join_what_is_there() -> None:
    target = """\
# Patterns

## Caching

- [2025-01-01] An old one.

## Tools

| Date | Tool |
|------|------|
| 2025-01-01 | git |

## Zebra

text
"""
    assert put(target, SOURCE, 0, 1, 2, 3, 4) == """\
# Patterns

## Caching

- [2025-01-01] An old one.
- [2025-08-21] Keys hold the tenant.
  It was left out.
- [2025-08-22] Expire by event.

## Tools

| Date | Tool |
|------|------|
| 2025-01-01 | git |
| 2025-08-23 | ruff |
| 2025-08-24 | mypy |

## Testing

### 2025-08-23 Seal the clock

**Why**: flaky.

## Zebra

text
"""


def test_what_is_there_is_not_put_again() -> None:
    once = put(None, SOURCE, 0, 1, 2, 3, 4)
    assert put(once, SOURCE, 0, 1, 2, 3, 4) == once


def test_line_ends_and_mark_and_last_newline_stay() -> None:
    target = "\ufeff# Patterns\r\n\r\n## Caching\r\n\r\n- a"
    assert put(target, SOURCE, 1) == target + "\r\n- [2025-08-22] Expire by event."


def test_a_later_version_takes_the_place_of_the_earlier_one() -> None:
    entry = "## Testing\n\n### 2025-08-23 Seal the clock\n\n**Why**: flaky tests all over the place\n"
    target = f"# Patterns\n\n{entry}\n### x\n\ny\n"
    edited = "# B\n\n" + entry.replace("place\n", "place, since 2024\n")
    assert put(target, edited, 0) == target.replace("place\n", "place, since 2024\n")


def test_another_entry_under_an_equal_heading_is_another_entry() -> None:
    target = "# Patterns\n\n### 2025-08-23 Note\n\nOne thing entirely.\n"
    other = "# B\n\n### 2025-08-23 Note\n\nAnd now for something else.\n"
    assert put(target, other, 0) == target + other.removeprefix("# B\n")


def test_a_target_that_would_swallow_takes_nothing() -> None:
    for target in (b"# P\n\n```\ncode\n", b"# P\n\n<!-- never\n\n## Caching\n"):
        found = place(target, Buffer(SOURCE.encode()), [0, 4])
        assert found.data == target
        assert set(found.refused) == {0, 4}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### 2025-08-21 TD_041 Retry\n\nthree times, then give up\n", "### 2025-08-21 TD_042 Retry\n"),
        ("### TD_041 Retry (2025-08-21)\n\nthree times, then give up\n", "### TD_041 Retry (2025-08-22)\n"),
    ],
)
def test_another_id_or_day_is_another_entry(old: str, new: str) -> None:
    new += "\nthree times, then give up\n"
    assert put(f"# P\n\n{old}", f"# B\n\n{new}", 0) == f"# P\n\n{old}\n{new}"


def test_what_would_become_a_part_of_its_neighbour_stays() -> None:
    target = b"# P\n\n## S\n\n- a\n"
    found = place(target, Buffer(b"# B\n\n## S\n\n- c\n  - part\n\n## T\n\n- d\n\n## S\n\ntext\n\n  - b\n"), [0, 1, 2])
    assert found.refused == {2: "it would be read otherwise in the target"}
    assert found.data == target + b"- c\n  - part\n\n## T\n\n- d\n"


def test_a_new_heading_goes_before_a_day_that_would_take_it_in() -> None:
    assert put("# P\n\n## 2025-01-01\n\nx\n", "# B\n\n## S\n\n- i\n", 0) == (
        "# P\n\n## S\n\n- i\n\n## 2025-01-01\n\nx\n"
    )
