from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.kinds import FREE, REQUIRED, WANTED, Kind
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.timestamps import RECENT, check, read

COMMIT = datetime(2025, 8, 21, 10, 0, tzinfo=UTC)


class NoFiles:
    def has(self, path: str) -> bool:
        return False

    def page(self, path: str) -> Page | None:
        return None


def found(text: str | bytes, stamps: str = REQUIRED, added: dict[str, datetime] | None = None) -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    rows = {row: int(when.timestamp()) for row, when in (added or {}).items()}
    now = int(COMMIT.timestamp())
    world = World(NoFiles(), Settings(), "buffers", now, lambda page, row: rows.get(row, now))
    return check(Page("memory-bank/x.md", data, Kind("x.md", "union", stamps=stamps)), world)


def checked(text: str | bytes, stamps: str = REQUIRED) -> list[tuple[int, str, bool]]:
    return [(finding.line, finding.what, finding.lowered) for finding in found(text, stamps)]


NO_DATE = [
    ("## Log\n\n### Something happened\n\nprose\n", 3, "Something happened"),
    ("## ADR-001: Use git\n\n**Context**: why\n", 1, "ADR-001: Use git"),
    ("# Decisions\n\n## Use git\n\n**Context**: why\n\n- Option A\n", 3, "Use git"),
    ("# Log\n\n## 2025-08-20 Ada\n\n- x\n\n## Bob\n\n- y\n", 7, "Bob"),
    ("# Log\n\n## Bob\n\n- y\n\n## 2025-08-20 Ada\n\n- x\n", 3, "Bob"),
    ("# Inbox\n\n## Pending\n\n- Use git\n", 5, "Use git"),
    ("# Inbox\n\n**Last Updated**: 2025-08-20\n\n## Pending\n\n- Use git\n", 7, "Use git"),
    ("| Date | What |\n|---|---|\n| 2025-08-20 | a |\n|  | b |\n", 4, "b"),
    ("| What | On |\n|---|---|\n| a | 2025-08-20 |\n| b | - |\n", 4, "b | -"),
]


@pytest.mark.parametrize(("text", "line", "title"), NO_DATE)
def test_an_entry_without_a_date(text: str, line: int, title: str) -> None:
    assert checked(text) == [(line, f'"{title}": no date', False)]
    assert checked(text, WANTED) == [(line, f'"{title}": no date', True)]
    assert checked(text, FREE) == []


@pytest.mark.parametrize(
    "text",
    [
        "# Log\n\n## 2025-08-20 10:30 - Ada → Bob\n\n**Status**: done\n\n- x\n\n### Notes\n\nprose\n",
        "# Log\n\n## 2025-08-20\n\n### 10:30 Ada\n\n- x\n\n### Bob\n\nprose\n",
        "# Decisions\n\n## [2025-08-20] Use git\n\n**Context**: why\n",
        "# Decisions\n\n## Use git\n\n**Date**: 2025-08-20\n**Context**: why\n",
        "# Decisions\n\n## ADR-001: Use git\n\nDate: 2025-08-20\n\n- Option A\n",
        "# Decisions\n\n### Use git (2025-08-20)\n\nprose\n",
        "# Decisions\n\n### Use git\n\n*2025-08-20, Ada*\n\nprose\n",
        "# Inbox\n\n## Pending\n\n- 2025-08-20 Use git\n- Use git (Aug 20, 2025)\n- [ ] a task\n- **Owner**: Ada\n",
        "# Inbox\n\n## Pending\n\n- Use git\n  **Date**: 2025-08-20\n",
        "# Session 2025-08-20\n\n## Done\n\n- x\n",
        "| Option | For |\n|---|---|\n| a | b |\n",
        "## Active\n\n(The newest first.)\n\n---\n\n## 2025-08-20 Ada\n\n- x\n",
        "prose\n",
        "",
    ],
)
def test_entries_that_have_one_or_need_none(text: str) -> None:
    assert checked(text) == []


def test_a_date_in_a_code_block_dates_nothing() -> None:
    text = "# Log\n\n## Release\n\n**Who**: Ada\n\n```\n- **Date**: 2025-01-02\n```\n"
    assert checked(text) == [(3, '"Release": no date', False)]


def test_a_list_beside_entries_that_have_headings_is_only_a_warning() -> None:
    text = "# D\n\n## Active\n\n### Use git (2025-08-20)\n\nprose\n\n## Governance\n\n- all agree\n"
    assert checked(text) == [(11, '"all agree": no date', True)]


@pytest.mark.parametrize(
    "written",
    [
        "2025-08-20",
        "[2025-08-20]",
        "**2025-08-20**",
        "2025-08-20 10:30",
        "2025-08-20 10:30:59",
        "2025-08-20 10:30 UTC",
        "2025-08-20T10:30Z",
        "2025-08-20T10:30:59.123+02:00",
        "2025-08-20 10:30 +0200",
        "2025-08-20 - 10:30",
        "2024-02-29",
        "2025-08-20 – 2025-08-21",
    ],
)
def test_the_forms_of_the_standard(written: str) -> None:
    text = f"## {written} Ada\n\n- x\n\n## Next 2025-08-20\n\n**Date**: {written}\n**Started**: 10:30\n"
    assert checked(text) == []


@pytest.mark.parametrize(
    "written",
    ["2025/08/20", "2025.08.20", "2025-8-20", "20.08.2025", "20/08/2025", "08/20/2025", "08-20-2025", "20 August 2025",
     "Aug 20, 2025", "2025-08-20 9:30", "2025-08-20 9:30 AM", "20th Aug 2025", "08/08/2025"],
)  # fmt: skip
def test_a_form_that_only_people_read_is_a_warning(written: str) -> None:
    text = f"## {written} Ada\n\n- x\n"
    assert checked(text) == [(1, f'"{written} Ada": not written as YYYY-MM-DD', True)]
    assert found(text)[0].hint == "write it as YYYY-MM-DD, with HH:MM behind it"


@pytest.mark.parametrize("written", ["07/08/2025", "7-8-2025"])
def test_a_date_that_may_be_two_days_is_a_finding(written: str) -> None:
    text = f"## {written} Ada\n\n- x\n"
    assert checked(text) == [(1, f'"{written} Ada": is the day or the month in front?', False)]
    assert checked(text, FREE) == [(1, f'"{written} Ada": is the day or the month in front?', True)]


@pytest.mark.parametrize(
    "written",
    ["2025-02-30", "2025-13-01", "2025-00-10", "2025-08-20 25:61", "2025-08-20 10:60", "2025-08-20T24:30Z",
     "32.01.2025", "2023-02-29", "2025-08-20 10:30:75", "31 June 2025"],
)  # fmt: skip
def test_a_date_that_is_none(written: str) -> None:
    assert checked(f"## {written} Ada\n\n- x\n") == [(1, f'"{written} Ada": no such date or time', False)]
    assert checked(f"- {written} x\n", WANTED) == [(1, f'"{written} x": no such date or time', True)]
    text = f"# Plan\n\n**Last Updated:** {written}\n"
    assert checked(text, FREE) == [(3, f'"{written}": no such date or time', False)]


def test_times_below_a_day_and_in_columns() -> None:
    assert checked("## 2025-08-20\n\n### 25:61 Ada\n\n- x\n") == [
        (3, '"2025-08-20 25:61 Ada": no such date or time', False)
    ]
    table = "| Agent | Started | ETA |\n|---|---|---|\n| a | 14:30 | 15:00 |\n| b | 25:61 | 26:00 |\n"
    assert [line for line, _, _ in checked(table, FREE)] == [4, 4]


@pytest.mark.parametrize(
    "text",
    [
        "- It says that 2025-02-30 is refused\n",
        "prose about 2025-02-30\n",
        "```\n## 2025-02-30\n**Date**: 2025-02-30\n```\n",
        "<!--\n**Date**: 2025-02-30\n-->\n",
        "## Release 2.2025-02-30\n",
        "| Option | Note |\n|---|---|\n| a | 2025-02-30 |\n",
        "**Context**: 2025-02-30\n",
    ],
)
def test_what_is_no_date_of_an_entry(text: str) -> None:
    assert checked(text, FREE) == []


AT = COMMIT.replace(tzinfo=None)


def stamped(**later: float) -> str:
    return (AT + timedelta(**later)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        (stamped(minutes=5) + " UTC", None),
        (stamped(minutes=5, seconds=1) + " UTC", False),
        (stamped(minutes=6) + "Z", False),
        (stamped(hours=2) + "+02:00", None),
        (stamped(hours=2, minutes=6) + "+02:00", False),
        (stamped(hours=-7) + " -0700", None),
        (stamped(hours=-6) + " -0700", False),
        (stamped(hours=12, minutes=5), None),
        (stamped(hours=12, minutes=6), True),
        (stamped(hours=14, minutes=5), True),
        (stamped(hours=14, minutes=6), False),
        ("2025-08-21 10:00-21:00", None),  # a span of time, no zone
        ("2025-08-22", True),  # its first minute: the last place on earth just got there
        ("2025-08-21", None),
        ("2026-08-21", False),
    ],
)
def test_a_date_behind_its_commit(written: str, lowered: bool | None) -> None:
    expected = [] if lowered is None else [(1, f'"{written}": later than its commit', lowered)]
    assert checked(f"## {written}\n\n- x\n") == expected
    assert [bool(finding.lowered) for finding in found(f"- {written}\n", WANTED)] == [True] * len(expected)


def test_the_day_above_counts_for_a_time() -> None:
    ((line, what, lowered),) = checked("## 2025-08-21\n\n### 10:30 Ada\n\n- x\n\n### 23:30 Ada\n\n- x\n")
    assert (line, what, lowered) == (7, '"2025-08-21 23:30 Ada": later than its commit', True)


def test_the_commit_that_added_the_row_counts_not_the_last_one() -> None:
    row = "## 2025-08-20 12:00 UTC"
    assert found(f"{row}\n\n- x\n") == []
    (finding,) = found(f"{row}\n\n- x\n", added={row: COMMIT - timedelta(days=1)})
    assert finding.what == '"2025-08-20 12:00 UTC": later than its commit'


def test_nobody_is_asked_about_an_old_date() -> None:
    asked: list[str] = []

    def added_at(page: Page, row: str) -> int:
        asked.append(row)
        return 0

    now = int(COMMIT.timestamp())
    old = (COMMIT - timedelta(seconds=RECENT, days=1)).date()
    text = f"## {old} Ada\n\n- x\n\n## 2025-08-20 Bob\n\n- x\n"
    check(Page("x.md", text.encode()), World(NoFiles(), Settings(), "buffers", now, added_at))
    assert asked == ["## 2025-08-20 Bob"]


@pytest.mark.parametrize("label", ["Review Date", "ETA", "Due", "Deadline"])
def test_some_dates_lie_ahead(label: str) -> None:
    text = "## [2025-08-20] Use git\n\n**Context**: x\n**{}**: {}\n"
    assert checked(text.format(label, "2026-08-20")) == []
    assert checked(text.format(label, "2026-02-30")) == [(4, '"2026-02-30": no such date or time', False)]
    assert checked(text.format("Date", "2026-08-20")) == [(4, '"2026-08-20": later than its commit', False)]


def test_a_date_in_the_middle_of_a_heading_may_be_a_plan() -> None:
    assert checked("### ADR-1 End on 2026-01-01\n\nprose\n") == [
        (1, '"ADR-1 End on 2026-01-01": later than its commit', True)
    ]
    assert checked("### Phase 3, done by 2026-01-01\n\nprose\n", FREE) == []
    assert checked("## 2026-01-01 Launch\n\nprose\n", FREE) == [(1, '"2026-01-01 Launch": later than its commit', True)]


def test_text_of_others_is_quoted() -> None:
    (finding,) = found("## 2025-02-30 \u202e\x1b[31m https://example.org/x " + "y" * 500 + "\n")
    assert finding.what.startswith('"2025-02-30 [31m (link) yyy')
    assert len(finding.what) < 100


def test_no_kind_asks_for_nothing() -> None:
    world = World(NoFiles(), Settings(), "buffers", 0, lambda page, row: 0)
    assert check(Page("docs/x.md", b"## Log\n\n### No date\n\nprose\n"), world) == []


@pytest.mark.parametrize(
    "bait",
    [
        "**Date**: " + "20" * 100_000 + "\n",
        "## " + "20" * 5_000 + "\n",
        "## " + "2025-" * 2_000 + "\n",
        "## 2025-08-20" + " " * 200_000 + "x\n",
        "**Date**: " + "1" * 200_000 + "\n",
        "| Date |\n|---|\n" + "| 2025-02-30 " * 50_000 + "\n",
        "- " + "Aug " * 50_000 + "\n",
        "**" * 100_000 + ":\n",
        "- [" * 100_000 + "\n",
    ],
)
def test_bait_costs_one_walk(bait: str) -> None:
    assert len(found(bait)) <= 2


def test_many_headings_items_and_rows() -> None:
    assert len(found("# Log\n\n" + "## 2025-02-30\n" * 10_000)) == 10_000
    assert len(found("# Log\n\n## Bob\n\n**Status**: x\n\n" + "- x\n" * 5_000)) == 1
    assert len(found("# Log\n\n" + "- x\n" * 5_000)) == 5_000
    assert len(found("| Date |\n|---|\n" + "| x |\n" * 5_000)) == 5_000


DATES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 12, 31))
FORMS = st.sampled_from(
    ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M"]
)


@given(DATES, FORMS, st.sampled_from(["", "[", "**", "Ada, "]), st.sampled_from(["", "]", " - Ada", " (x)"]))
def test_every_real_date_is_read_as_what_it_says(moment: datetime, form: str, front: str, behind: str) -> None:
    stamp = read(front + moment.strftime(form) + behind)
    assert stamp is not None
    assert stamp.wall == datetime.strptime(moment.strftime(form), form)
    assert stamp.leads == (front != "Ada, ")


@given(st.binary(max_size=200), st.sampled_from([REQUIRED, WANTED, FREE]))
def test_any_bytes_will_do(data: bytes, stamps: str) -> None:
    for finding in found(data, stamps):
        assert finding.what.isprintable()


PIECES = st.sampled_from(
    ["## ", "- ", "| ", "|", "\n", "\n\n", "2025", "-", "/", "08", "31", "T", " ", "10:30", "99:99", "Z", "+99:99",
     "-12:00", "**Date**: ", "Aug ", "1999.12.31", "0000", "٣", "² ", "|---|\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from([REQUIRED, FREE]))
def test_any_broken_date_will_do(text: str, stamps: str) -> None:
    for finding in found(text, stamps):
        assert 1 <= finding.line <= text.count("\n") + 1
