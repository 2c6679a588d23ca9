from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.locks import MOST, Lock, contested, covers, read_locks
from mbgit.bank.settings import Settings

NOW = int(datetime(2025, 11, 25, 14, 40, tzinfo=UTC).timestamp())
HEAD = "| Agent | File | Action | Started | ETA |\n| --- | --- | --- | --- | --- |\n"


def _table(*rows: str, heading: str = "## Active Work") -> bytes:
    return f"# Active Context\n\n{heading}\n\n{HEAD}".encode() + "".join(f"{row}\n" for row in rows).encode()


def _read(*rows: str, at: int | None = NOW) -> list[Lock]:
    return read_locks(_table(*rows), lambda row: at)


def _lock(path: str, persona: str = "Ada", started: int = NOW) -> Lock:
    return Lock(persona, path, "", started, 1)


def test_a_row_is_a_lock_that_began_when_its_commit_was_made() -> None:
    row = "| Report Processor | progress.md | Adding changelog | 14:30 | 14:35 |"
    found = read_locks(_table(row), {row: NOW}.get)
    assert found == [Lock("Report Processor", "progress.md", "Adding changelog", NOW, 7)]


def test_columns_go_by_their_names() -> None:
    rows = ("## In flight", "", "| ETA | Why | **File** | Since | Persona |", "|---|---|---|:-:|---|",
            "| 15:00 | x | a.md | 14:30 | Ada |")  # fmt: skip
    assert read_locks("\n".join(rows).encode(), lambda row: NOW) == [Lock("Ada", "a.md", "", NOW, 5)]


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        ("`progress.md`", ["progress.md"]),
        ("**progress.md**", ["progress.md"]),
        ("[the log](./progress.md#log)", ["./progress.md#log"]),
        ("[progress.md](https://example.org/progress.md)", ["progress.md"]),
        ("progress.md (Change Log)", ["progress.md"]),
        ("`a.md` and `b c.md` (both)", ["a.md", "b c.md"]),
        ("a.md, src/ & *-buffer.md<br>**/x.md", ["a.md", "src/", "*-buffer.md", "**/x.md"]),
        ("app/[id]/page.tsx", ["app/[id]/page.tsx"]),
        ("__init__.py", ["__init__.py"]),
        ("`a.md`, `...`", ["a.md"]),
    ],
)
def test_what_the_file_s_cell_names(cell: str, paths: list[str]) -> None:
    assert [lock.path for lock in _read(f"| Ada | {cell} | x | 14:30 | |")] == paths


@pytest.mark.parametrize(
    "persona", ["DevOps Engineer", "**DevOps Engineer**", "@DevOps Engineer", "DevOps Engineer (on call)"]
)
def test_a_name_is_read_without_what_is_around_it(persona: str) -> None:
    assert [lock.persona for lock in _read(f"| {persona} | a.md | x | | |")] == ["DevOps Engineer"]


@pytest.mark.parametrize(
    "row",
    [
        "| ... | ... | ... | ... | ... |",
        "| - | - | - | - | - |",
        "| [Agent] | [File] | [Action] | HH:MM | HH:MM |",
        "| None | | | | |",
        "| | a.md | x | 14:30 | |",
        "| Ada | | x | 14:30 | |",
        "| Ada |",
        "| Ada | a.md | x | 14:30 | done |",
        "| Ada | a.md | x | 14:30 | ✅ 14:40 |",
        "| Ada | a.md | Done - merged | 14:30 | 14:35 |",
        "| Ada | a.md | Completed the changelog | 14:30 | 14:35 |",
        "| Ada | a.md | COMPLETE | 14:30 | 14:35 |",
        "| Ada | ~~a.md~~ | x | 14:30 | 14:35 |",
    ],
)
def test_placeholders_and_work_that_is_done_lock_nothing(row: str) -> None:
    assert _read(row) == []


def test_words_of_work_in_hand_are_not_done() -> None:
    assert len(_read("| Ada | completed.md | Complete the list of done work | 14:30 | not done |")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "## Active Work\n\n```\n{}| Ada | a.md | x | 14:30 | |\n```\n",
        "## Active Work\n\n<!--\n{}| Ada | a.md | x | 14:30 | |\n-->\n",
        "## Active Work\n\n    {}",
        "## Active Work\n\n| Agent | Task | Started |\n|---|---|---|\n| Ada | a.md | 14:30 |\n",
        "## Reviews\n\n| Agent | File | Verdict |\n|---|---|---|\n| Ada | a.md | good |\n",
        "## Active Work\n\n- [ ] Ada: a.md\n",
    ],
)
def test_other_tables_and_code_hold_no_locks(text: str) -> None:
    assert read_locks(text.format(HEAD).encode(), lambda row: NOW) == []


@pytest.mark.parametrize(
    "heading", ["## 🔒 File Locks", "## Active Work (2)", "# Context\n\n## Locked Files\n\n### Now"]
)
def test_a_heading_tells_a_table_that_has_no_times(heading: str) -> None:
    text = f"{heading}\n\n| Agent Role | Path |\n|---|---|\n| Ada | a.md |\n"
    assert [lock.path for lock in read_locks(text.encode(), lambda row: NOW)] == ["a.md"]


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("2025-11-25 14:30", datetime(2025, 11, 25, 14, 30, tzinfo=UTC)),
        ("2025-11-25T14:30:15Z", datetime(2025, 11, 25, 14, 30, 15, tzinfo=UTC)),
        ("2025-11-25T14:30:00.123+02:00", datetime(2025, 11, 25, 12, 30, tzinfo=UTC)),
        ("2025-11-25 14:30 -0330", datetime(2025, 11, 25, 18, 0, tzinfo=UTC)),
    ],
)
def test_without_a_commit_a_whole_stamp_counts(written: str, when: datetime) -> None:
    row = f"| Ada | a.md | x | {written} | |"
    assert [lock.started for lock in _read(row, at=None)] == [int(when.timestamp())]
    assert [lock.started for lock in _read(row, at=NOW)] == [NOW]


@pytest.mark.parametrize(
    "written",
    ["14:30", "99:99", "2025-11-25", "2025-02-30 10:00", "2025-11-25 99:99", "2025-11-25 10:00+99:99", "soon", ""],
)
def test_a_start_that_nobody_knows_holds_nothing(written: str) -> None:
    (lock,) = _read(f"| Ada | a.md | x | {written} | |", at=None)
    assert lock.started == 0
    assert lock.expired(NOW)


@pytest.mark.parametrize(
    ("age", "left"),
    [(0, 30), (1, 30), (60, 29), (1_741, 1), (1_799, 1), (1_800, 0), (10**9, 0), (-299, 30), (-301, 0), (-(10**12), 0)],
)
def test_a_lock_holds_for_half_an_hour_and_not_from_the_future(age: int, left: int) -> None:
    lock = _lock("a.md", started=NOW - age)
    assert lock.minutes_left(NOW) == left
    assert lock.expired(NOW) == (not left)


def test_a_stamp_of_the_year_9999_holds_nothing() -> None:
    (lock,) = _read("| Ada | a.md | x | 9999-12-31 23:59-14:00 | |", at=None)
    assert lock.expired(NOW)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("progress.md", ".claude/memory-bank/progress.md"),
        ("Progress.MD", ".claude/memory-bank/progress.md"),
        ("./progress.md#log", ".claude/memory-bank/progress.md"),
        ("memory-bank/progress.md", ".claude/memory-bank/progress.md"),
        (".claude/memory-bank/progress.md", ".claude/memory-bank/progress.md"),
        (r".claude\memory-bank\progress.md", ".claude/memory-bank/progress.md"),
        (r"agent\_logbook.md", ".claude/memory-bank/agent_logbook.md"),
        ("sessions/", ".claude/memory-bank/sessions/a/b.md"),
        ("sessions", ".claude/memory-bank/sessions/b.md"),
        ("*-buffer.md", ".claude/memory-bank/patterns-buffer.md"),
        ("src/**/*.py", "src/a/b/c.py"),
        ("app/[id]/page.tsx", "app/[id]/page.tsx"),
        ("app/[id]/*.tsx", "app/[id]/page.tsx"),
        ("../../README.md", "README.md"),
        ("README.md", "README.md"),
        ("src/a.py:10-20", "src/a.py"),
    ],
)
def test_a_lock_covers_what_it_may_mean(written: str, path: str) -> None:
    assert covers(_lock(written), path, ".claude/memory-bank")


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("progress.md", ".claude/memory-bank/old/progress.md"),
        ("progress.md", ".claude/memory-bank/progress.md.bak"),
        ("sessions/", ".claude/memory-bank/sessions-old/a.md"),
        ("*.md", ".claude/memory-bank/sessions/a.md"),
        ("/etc/passwd", "etc/passwd"),
        ("~/notes.md", "notes.md"),
        ("C:/notes.md", "notes.md"),
        ("../../../README.md", "README.md"),
        ("../../../../etc/passwd", "etc/passwd"),
        ("../..", "README.md"),
        (".", "README.md"),
        ("*", "README.md"),
        ("**/*", "README.md"),
        ("a/../**", "README.md"),
        ("", ".claude/memory-bank/a.md"),
        ("../../.git/config", ".git/config"),
        ("a/[id]/x", "a/i/x"),
        ("app/[id]/*.tsx", "app/i/page.tsx"),
        ("a\x1b.md", "a.md"),
    ],
)
def test_a_lock_covers_nothing_else(written: str, path: str) -> None:
    assert not covers(_lock(written), path, ".claude/memory-bank")


def test_a_bank_in_the_root_has_no_folder_around_it() -> None:
    assert covers(_lock("a.md"), "a.md", ".")
    assert not covers(_lock("../a.md"), "a.md", ".")


def _first(*locks: Lock, **priorities: int) -> list[tuple[str, str | None]]:
    found = contested(locks, Settings(priorities=priorities).priority, NOW, "bank")
    return [(one.path, one.proceeds and one.proceeds.persona) for one in found]


def test_who_locked_first_proceeds() -> None:
    assert _first(_lock("a.md", "Ada", NOW - 60), _lock("bank/a.md", "Bob", NOW - 200)) == [("bank/a.md", "Bob")]


def test_priority_goes_before_the_time() -> None:
    assert _first(_lock("a.md", "Ada", NOW), _lock("a.md", "Bob", NOW - 600), ada=1) == [("a.md", "Ada")]


def test_equal_priority_in_the_same_minute_is_for_a_person() -> None:
    minute = NOW // 60 * 60
    assert _first(_lock("a.md", "Ada", minute - 1), _lock("a.md", "Bob", minute - 60)) == [("a.md", None)]
    assert _first(_lock("a.md", "Ada", minute - 1), _lock("a.md", "Bob", minute)) == [("a.md", "Ada")]


def test_one_persona_under_two_names_and_expired_locks_are_no_dispute() -> None:
    assert _first(_lock("a.md", "DevOps"), _lock("a.md", "devops engineer")) == []
    assert _first(_lock("a.md", "Ada"), _lock("a.md", "Bob", NOW - 1_800)) == []
    assert _first(_lock("a.md", "Ada"), _lock("b.md", "Bob")) == []


def test_a_folder_is_a_claim_on_the_files_in_it() -> None:
    found = _first(_lock("sessions/", "Ada", NOW - 600), _lock("sessions/x.md", "Bob"), _lock("sessions/y.md", "Cy"))
    assert sorted(found) == [("sessions/x.md", "Ada"), ("sessions/y.md", "Ada")]


def test_one_s_own_second_row_does_not_hide_a_rival_of_the_same_minute() -> None:
    locks = [_lock("a.md", "Ada", NOW), _lock("a.md", "Ada", NOW), _lock("a.md", "Bob", NOW)]
    assert _first(*locks) == [("a.md", None)]


@given(st.lists(st.builds(_lock, st.sampled_from(["a.md", "b/", "b/c.md", "*.md"]), st.sampled_from("ABC"),
                          st.integers(NOW - 200, NOW)), max_size=6))  # fmt: skip
def test_a_dispute_does_not_hang_on_the_order_of_rows(locks: list[Lock]) -> None:
    def found(rows: list[Lock]) -> set[tuple[frozenset[Lock], str | None]]:
        disputes = contested(rows, lambda name: 0, NOW)
        return {(frozenset(one.locks), one.proceeds and one.proceeds.persona) for one in disputes}

    assert found(locks) == found(locks[::-1])


def test_text_is_handed_out_raw() -> None:
    (lock,) = _read("| A\x1b[31mda | a\u202e.md | \x07bell | 14:30 | |")
    assert (lock.persona, lock.path, lock.action) == ("A\x1b[31mda", "a\u202e.md", "\x07bell")


CELLS = st.text("Ada.md/*[]()`~:-\\| \x1b", max_size=12)


@given(st.binary(max_size=300) | st.lists(CELLS, max_size=8).map(lambda cells: _table("|".join(cells))))
def test_any_bytes_are_read(data: bytes) -> None:
    for at in (None, NOW, -5):
        for lock in read_locks(data, lambda row, at=at: at):  # type: ignore[misc]
            assert all((lock.persona, lock.path, lock.line > 0))
            assert 0 <= lock.minutes_left(NOW) <= 30
            assert not covers(lock, "../outside", "bank")


def test_a_hundred_thousand_rows_are_no_list_of_who_is_at_work() -> None:
    times = iter(range(NOW, NOW + MOST))  # asked once more, it raises
    found = read_locks(_table(*["| Ada | a.md | x | 14:30 | |"] * 100_000), lambda row: next(times))
    assert len(found) == MOST
    assert contested(found, lambda name: 0, NOW) == []


@pytest.mark.parametrize(
    "bait", ["a,", "`", "[x](", "*", "**a", "1:1", "(", " and ", "#a", "2025-", "\\_", "?*", "done "]
)
def test_no_pattern_is_baited(bait: str) -> None:
    text = (bait * 100_000).replace("|", "")
    for row in (f"| {text} | a.md | x | | |", f"| Ada | {text} | x | | |", f"| Ada | a.md | {text} | {text} | |"):
        for lock in _read(row, at=None):
            covers(lock, "a/" * 100 + "b.md", "bank")
            assert len(lock.action) < 5_000
