from __future__ import annotations

import pytest

from mbgit.engine.stamps import entry_id, latest, stamp, time_in_front


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2025-08-21", "20250821"),
        ("[2025-08-21] Title", "20250821"),
        ("Session 2025-08-21 10:00", "202508211000"),
        ("2025-08-21T10:00:59Z", "20250821100059"),
        ("2025-08-21-093000 x", "20250821093000"),
        ("2025/8/1", "20250801"),
        ("20250821", "20250821"),
        ("202508211", ""),
        ("2025-08", "202508"),
        ("2025-13-01", ""),
        ("2025-08-32", ""),
        ("version 12025-08-21", ""),
        ("August 21, 2025", "20250821"),
        ("21st Aug 2025", "20250821"),
        ("March 2025", "202503"),
        ("May be 2025", ""),
        ("v2.0.1 in 2025", ""),
        ("[January 1, 2025] Review", "20250101"),
        ("**January 1, 2025** Review", "20250101"),
        ("01.02.2025 10:30 Review", "202502011030"),
        ("2025.01.02", "20250102"),
        ("v1.2.2025x", ""),
        ("no date", ""),
    ],
)
def test_stamp(text: str, found: str) -> None:
    assert stamp(text.encode()).decode() == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TD_042: Split", "TD_042"), ("(ADR-003)", "ADR-003"), ("PR #1132 merged", "#1132"), ("#x", ""),
        ("A-1", ""), ("Phase-2", ""), ("VS_003A Match", "VS_003A"), ("", ""),
    ],
)  # fmt: skip
def test_entry_id(text: str, found: str) -> None:
    assert entry_id(text.encode()).decode() == found


def test_a_unit_without_a_date_has_its_last_time_of_day() -> None:
    assert latest(b"| Ada | 09:00 | done | 10:15 |") == b"1015"
    assert latest(b"| Ada | 2025-08-21 | 10:15 |") == b"20250821"
    assert latest(b"| a:b | 9:5 | x") == b""


def test_a_time_in_front_tells_an_entry_of_a_day() -> None:
    assert time_in_front(b"[10:30] Ada") == time_in_front(b"10:30") == b"1030"
    assert time_in_front(b"Step 10:30") == time_in_front(b"3:1 ratio") == time_in_front(b"25:10") == b""


def test_years_without_end_take_no_time_without_end() -> None:
    assert stamp(b"2020" * 500_000) == b""
    assert stamp(b"2020 " * 500_000 + b"2025-08-21") == b"20250821"
