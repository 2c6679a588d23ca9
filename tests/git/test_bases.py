from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mbgit.git.bases import shared, versions

GONE = "0" * 40
LISTS = st.lists(st.sampled_from(["a", "b", "c", "d", GONE]), max_size=5)


@given(LISTS, LISTS)
def test_it_is_one_that_both_had_whoever_asks(one: list[str], other: list[str]) -> None:
    found = shared(one, other)
    assert found == shared(other, one)
    assert not found or (found in one and found in other and found != GONE)


@given(st.lists(st.sampled_from("abcd"), unique=True, min_size=1), st.lists(st.sampled_from("wxyz"), unique=True))
def test_of_a_line_that_one_side_went_on_it_is_the_last(line: list[str], more: list[str]) -> None:
    """Newest first: one side is still at the first of `line`, the other has added to it."""
    assert shared(line, [*more, *line]) == line[0]


def test_a_file_that_was_not_there_between_has_no_base() -> None:
    assert shared(["b", GONE, "a"], ["c", GONE, "a"]) == ""


def test_what_git_prints_is_read_newest_first() -> None:
    row = b":100644 100644 %b %b M\tx.md\n"
    assert versions(row % (b"1", b"2") + b"\n" + row % (GONE.encode(), b"1")) == ["2", "1"]
