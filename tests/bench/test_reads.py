"""The judge of runs: what it calls torn or displaced, on pages small enough to see it."""

from __future__ import annotations

import pytest

from tests.bench.reads import reading

BASE = "# Log\n\nfirst old line\n\nsecond old line\n"
OURS = "# Log\n\nfirst old line\n\n## What we did\n\n- wrote the parser\n\nsecond old line\n"
THEIRS = "# Log\n\nfirst old line\n\nsecond old line\n\n## What they did\n\n- measured it\n"
MERGED = OURS + "\n## What they did\n\n- measured it\n"


def judged(base: str, ours: str, theirs: str, result: str) -> tuple[list[str], list[str], int]:
    torn, displaced, count = reading(*(text.encode() for text in (base, ours, theirs, result)))
    return torn, displaced, count


def test_runs_that_stand_where_they_were_written() -> None:
    assert judged(BASE, OURS, THEIRS, MERGED) == ([], [], 2)


def test_an_old_line_inside_a_run_tears_it() -> None:
    torn = "# Log\n\n## What we did\n\nfirst old line\n\n- wrote the parser\n\nsecond old line\n"
    assert judged(BASE, OURS, BASE, torn) == (["## What we did"], [], 1)


def test_what_the_other_side_added_tears_nothing() -> None:
    theirs = BASE.replace("second", "- measured it again\n\nsecond")
    woven = OURS.replace("- wrote", "- measured it again\n\n- wrote")
    assert judged(BASE, OURS, theirs, woven) == ([], [], 2)


def test_a_run_away_from_both_its_neighbours_is_displaced() -> None:
    moved = "## What we did\n\n- wrote the parser\n\n# Log\n\nfirst old line\n\nsecond old line\n"
    assert judged(BASE, OURS, BASE, moved) == ([], ["## What we did"], 1)


def test_a_neighbour_that_is_gone_says_nothing() -> None:
    gone = "# Log\n\n## What we did\n\n- wrote the parser\n\nsecond old line\n"
    assert judged(BASE, OURS, BASE.replace("first old line\n\n", ""), gone) == ([], [], 1)


@pytest.mark.parametrize("line", ["---", "first old line"])
def test_runs_that_say_nothing_new_are_not_judged(line: str) -> None:
    assert judged(BASE, BASE + line + "\n", BASE, line + "\n" + BASE) == ([], [], 0)
