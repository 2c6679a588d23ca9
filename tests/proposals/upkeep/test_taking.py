from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.proposals.upkeep.taking import as_many, taken_out, without_rows


@given(st.sets(st.integers(0, 30), max_size=4), st.integers(0, 30))
def test_all_that_fits_is_taken(bad: set[int], size: int) -> None:
    def put(part: list[int]) -> tuple[int, ...] | None:
        return None if bad & set(part) else tuple(part)

    result, taken = as_many(range(size), put)
    assert taken == [at for at in range(size) if at not in bad]
    assert result == (tuple(taken) if taken else None)


def test_it_gives_up_some_time() -> None:
    tries: list[list[int]] = []
    assert as_many(range(10_000), tries.append) == (None, [])
    assert len(tries) < 100


def test_entries_go_with_what_parts_them() -> None:
    assert taken_out(b"# T\n\n- a\n- b\n- c\n", [0, 2]) == (b"# T\n\n- b\n", [0, 2])
    assert taken_out(b"# T\n\n- a\n", []) == (b"# T\n\n- a\n", [])


def test_an_entry_goes_while_its_twin_stays() -> None:
    day = "## 2025-08-0{}\n\n### 10:00 Ada\n\n- stand-up\n"
    both = "# T\n\n" + "\n".join((day.format(1), day.format(2)))
    assert taken_out(both.encode(), [0]) == (f"# T\n\n{day.format(2)}".encode(), [0])
    twice = "# T\n\n" + "## 2025-08-01 Ada\n\n- x\n\n" * 2
    assert taken_out(twice.encode(), [0])[1] == [0]


@pytest.mark.parametrize(
    ("data", "rows", "left"),
    [
        (b"# T\r\n\r\n## A\r\n\r\nx\r\n", {1, 2}, b"# T\r\n\r\nx\r\n"),
        (b"a\n\n## B", {1, 2}, b"a"),
        (b"## A\n", {0}, b""),
        (b"para\n## B\n---\n", {1}, None),
        (b"```\n## B\n```\n", {0}, None),
    ],
)
def test_rows_go_where_the_rest_means_the_same(data: bytes, rows: set[int], left: bytes | None) -> None:
    assert without_rows(data, rows) == left
