from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mbgit.digest import PARTS
from mbgit.digest.fit import LINES, WHOLE, fit


def test_what_fits_is_shown_as_it_is() -> None:
    assert fit([(["a", "b"], 12), ([], 12), (["c"], 12)]) == ["a", "b", "c"]


def test_a_long_part_leaves_every_other_its_lines() -> None:
    found = fit([([f"merged {n}" for n in range(50)], 12), (["handoff"], 12), (["focus"], 12)])
    assert len(found) == LINES
    assert found[9:] == [f"merged 9 (+40 more: {WHOLE})", "handoff", "focus"]


def test_only_the_last_cut_says_where_the_rest_stands() -> None:
    found = fit([(["a", "b", "c"], 1), (["d", "e"], 1), (["f"], 1)])
    assert found == ["a (+2 more)", f"d (+1 more: {WHOLE})", "f"]


def test_there_is_a_line_for_every_part() -> None:
    assert len([part for part in PARTS if part.noun]) <= LINES, "but for where the clone is, which nobody counts"
    assert len(fit([([f"{n}", "x"], 12) for n in range(len(PARTS))])) == LINES


@given(st.lists(st.tuples(st.lists(st.text("ab", min_size=1), max_size=60), st.integers(1, 12)), max_size=LINES))
def test_never_more_than_twelve_and_no_part_is_forgotten(parts: list[tuple[list[str], int]]) -> None:
    found = fit(parts)
    said = [lines for lines, _ in parts if lines]
    assert len(said) <= len(found) <= LINES
    assert sum(WHOLE in line for line in found) <= 1
    hidden = sum(int(line.split("(+")[1].split(" ")[0]) for line in found if "(+" in line)
    assert hidden + len(found) == sum(map(len, said))
