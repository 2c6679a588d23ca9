from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.locks import MOST
from mbgit.proposals.upkeep.bank import Bank
from mbgit.proposals.upkeep.locks import job
from tests.engine import strategies as banks

NOW = int(datetime(2025, 11, 25, 14, 40, tzinfo=UTC).timestamp())
TABLE = "bank/activeContext.md"
HEAD = "# Active Context\n\n## Active Work\n\n| Agent | File | Started |\n| --- | --- | --- |\n"
REST = "\n## Next Steps\n\n- none\n"


def bank(data: str, ages: dict[int, int | None]) -> Bank:
    """A bank whose rows are some minutes old, by their line."""
    when = {line: None if age is None else NOW - 60 * age for line, age in ages.items()}
    return Bank({TABLE: data.encode()}, ["bank"], NOW, written_at=lambda path, line: when[line])


def left(data: str, ages: dict[int, int | None]) -> str | None:
    found = job(bank(data, ages))
    if found is None:
        return None
    assert set(found.edits) == {TABLE}
    return (found.edits[TABLE] or b"").decode()


def rows(*names: str) -> str:
    return "".join(f"| {name} | {name}.md | 14:00 |\n" for name in names)


def test_an_expired_row_goes_and_everything_else_stays() -> None:
    data = HEAD + rows("ada", "bob", "cy") + REST
    assert left(data, {7: 10, 8: 31, 9: 29}) == HEAD + rows("ada", "cy") + REST
    assert left(data, {7: 31, 8: 40, 9: 500}) == HEAD + REST
    assert left(data, {7: 10, 8: 29, 9: 0}) is None


def test_a_row_that_holds_for_one_file_stays() -> None:
    """All files of a row were locked with it, so it goes as a whole or not at all."""
    assert left(HEAD + "| ada | a.md, b.md | x |\n", {7: 31}) == HEAD
    assert left(HEAD + "| ada | a.md, b.md | x |\n", {7: 29}) is None


def test_a_row_of_which_nobody_knows_when_it_began_stays() -> None:
    assert left(HEAD + rows("ada"), {7: None}) is None
    assert left(HEAD + "| ada | a.md | 2025-11-25 14:00 UTC |\n", {7: None}) == HEAD


def test_a_row_from_the_future_stays() -> None:
    assert left(HEAD + rows("ada"), {7: -600}) is None


def test_of_equal_rows_the_last_written_counts() -> None:
    assert left(HEAD + rows("ada", "ada"), {7: 500, 8: 5}) is None
    assert left(HEAD + rows("ada", "ada"), {7: 500, 8: None}) is None
    assert left(HEAD + rows("ada", "ada"), {7: 500, 8: 31}) == HEAD


def test_rows_that_are_no_locks_stay() -> None:
    data = HEAD + "| ... | ... | ... |\n| ada | a.md | done |\n" + REST
    assert left(data, {7: 500, 8: 500}) is None


def test_a_table_below_a_dated_heading_is_one_too() -> None:
    data = HEAD.replace("Active Work", "Active Work 2025-11-25")
    assert left(data + rows("ada") + REST, {7: 31}) == data + REST


def test_more_locks_than_are_read_at_once() -> None:
    names = [f"a{n}" for n in range(2 * MOST + 5)]
    assert left(HEAD + rows(*names), dict.fromkeys(range(7, 8 + len(names)), 31)) == HEAD


def test_a_row_after_one_that_went_keeps_its_time() -> None:
    names = [f"a{n}" for n in range(MOST)]
    ages: dict[int, int | None] = dict.fromkeys(range(7, 8 + MOST), 31)
    assert left(HEAD + rows(*names, "last"), ages | {7 + MOST: 2}) == HEAD + rows("last")


def test_line_ends_and_a_missing_last_newline_stay() -> None:
    data = "\ufeff" + (HEAD + rows("ada", "bob")).replace("\n", "\r\n").removesuffix("\r\n")
    assert left(data, {7: 29, 8: 31}) == "\ufeff" + (HEAD + rows("ada")).replace("\n", "\r\n").removesuffix("\r\n")


def test_the_message_quotes_who_and_what() -> None:
    found = job(bank(HEAD + "| \x1b[1mada | `a b.md`, `c.md` | x |\n", {7: 31}))
    assert found is not None
    assert found.message == (
        "Take out 2 expired locks\n\nThey are older than 30 minutes and hold no more:\n\n"
        '- "[1mada" on "a b.md"\n- "[1mada" on c.md\n'
    )


texts = banks.raw_lines() | banks.raw_bytes() | st.builds(banks.rendered, banks.banks(), banks.STYLES)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(texts, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=6), texts)
def test_only_expired_rows_go(above: bytes, locks: list[tuple[int, int]], below: bytes) -> None:
    names = [f"| agent{n}x{at} | f{n}.md | x |".encode() for at, (n, _) in enumerate(locks)]
    table = b"\n## Active Work\n\n| Agent | File | Started |\n|---|---|---|\n" + b"\n".join(names)
    data = above + table + b"\n\n" + below
    ages = dict(zip(names, (age for _, age in locks), strict=True))
    lines = data.replace(b"\r", b"").split(b"\n")

    def written(path: str, line: int) -> int:
        return NOW - 60 * ages.get(lines[line - 1], 0)

    found = job(Bank({TABLE: data}, ["bank"], NOW, written_at=written))
    if found is None:
        return
    result = found.edits[TABLE]
    assert result is not None
    over = {name for name, age in ages.items() if age >= 30}
    end = b"\r\n" if b"\r\n" in data else b"\n"
    gone = over - set(result.replace(b"\r", b"").split(b"\n"))
    kept = [line for line in data.split(b"\n") if line.rstrip(b"\r") not in gone]
    assert result == b"\n".join(kept), end


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(texts)
def test_any_bytes_will_do(data: bytes) -> None:
    job(Bank({TABLE: data}, ["bank"], NOW))
    job(Bank({TABLE: data}, ["bank"], 10**30, written_at=lambda path, line: -line))
