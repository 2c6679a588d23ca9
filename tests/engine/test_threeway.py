"""What the policies decide, what is set aside, and what the ledger is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mbgit.engine.result import Binary, Merged
from mbgit.engine.threeway import merge3

Clock = Callable[[int, int, int], int | None]


def merge(
    base: str, ours: str, theirs: str, policy: str = "union", name: str = "", clock: Clock | None = None
) -> Merged:
    return merge3(base.encode(), ours.encode(), theirs.encode(), policy, name, clock)


def written(ours: int | None, theirs: int | None) -> Clock:
    return lambda side, first, last: (ours, theirs)[side]


def no_clock(side: int, first: int, last: int) -> int | None:
    raise AssertionError("a clock was asked")


CONTEXT = "# Active Context\n\n## Current Focus\n\nThe {}.\n"


@pytest.mark.parametrize(("ours", "theirs", "stands"), [(200, 100, "zebra"), (100, 200, "ant"), (None, 100, "zebra")])
def test_latest_is_the_side_that_was_written_later(ours: int | None, theirs: int | None, stands: str) -> None:
    base, one, other = (CONTEXT.format(word) for word in ("mule", "zebra", "ant"))
    done = merge(base, one, other, "latest", clock=written(ours, theirs))
    assert done.text.decode() == CONTEXT.format(stands)
    assert [a.text.decode() for a in done.asides] == [f"The {'ant' if stands == 'zebra' else 'zebra'}."]
    assert done.asides[0].line == 5


def test_the_clocks_go_with_the_sides() -> None:
    base, one, other = (CONTEXT.format(word) for word in ("mule", "zebra", "ant"))
    first = merge(base, one, other, "latest", clock=written(100, 200))
    second = merge(base, other, one, "latest", clock=written(200, 100))
    assert first.text == second.text == other.encode()


def test_a_clock_is_asked_for_the_lines_of_the_unit() -> None:
    asked = []

    def clock(side: int, first: int, last: int) -> int | None:
        asked.append((side, first, last))
        return None

    base = "# T\n\nintro\n\nalpha\nbeta\n"
    merge(base, base.replace("beta", "ours"), "top\n\n" + base.replace("beta", "theirs"), "latest", clock=clock)
    assert sorted(asked) == [(0, 5, 6), (1, 7, 8)]


def test_no_clock_is_asked_where_nothing_is_contested() -> None:
    base = "# Log\n\n- one\n- two\n"
    merge(base, base + "- three\n", base.replace("- one\n", ""), "latest", clock=no_clock)


def test_under_latest_what_both_added_stands() -> None:
    base = "# T\n\n## Tasks\n\n- [ ] one\n"
    done = merge(base, base + "- [ ] two\n", base + "- [ ] three\n", "latest")
    assert done.text.decode() == base + "- [ ] three\n- [ ] two\n"
    assert not done.asides


def test_a_heading_that_both_retitled_has_one_value_and_the_other_is_set_aside() -> None:
    base = "# T\n\n## Old\n\n- a\n"
    done = merge(base, base.replace("Old", "Mine"), base.replace("Old", "Yours"))
    assert done.text == base.replace("Old", "Yours").encode()
    assert [(a.reason, a.text) for a in done.asides] == [("retitled", b"## Mine")]


def test_progress_has_one_status() -> None:
    base = "# Progress\n\n## Status\n\n- **Overall**: On Track\n- **Risk**: Low\n"
    ours, theirs = base.replace("On Track", "At Risk"), base.replace("On Track", "Blocked")
    done = merge(base, ours, theirs, "union", "progress.md", written(200, 100))
    assert done.text.decode() == ours
    assert [a.text for a in done.asides] == [b"- **Overall**: Blocked"]
    assert merge(base, ours, theirs, "union", "other.md").text.count(b"Overall") == 2


def test_counts_for_the_ledger() -> None:
    base = "# Buffer\n\n## 2025-08-01 A\n\n- a\n\n## 2025-08-02 B\n\n- b\n"
    ours = base + "\n## 2025-08-03 C\n\n- c\n"
    theirs = base.replace("## 2025-08-01 A\n\n- a\n\n", "") + "- b2\n\n## 2025-08-04 D\n\n- d\n"
    done = merge(base, ours, theirs)
    assert (done.from_ours, done.from_theirs, done.removed) == (1, 2, 1)


def test_nul_bytes_are_not_merged() -> None:
    with pytest.raises(Binary):
        merge3(b"", b"a\0", b"b")


def test_a_line_of_a_megabyte() -> None:
    long = "- " + "word " * 200_000
    done = merge("# T\n\n- a\n", f"# T\n\n- a\n{long}\n", "# T\n\n- a\n- b\n")
    assert done.text.decode() == f"# T\n\n- a\n- b\n{long}\n"


def test_lines_that_repeat_in_entries_are_not_taken_for_doubles() -> None:
    base = "# Log\n"
    ours = base + "\n## 2025-08-01 10:00 Ada\n\n- ran the tests\n"
    theirs = base + "\n## 2025-08-01 11:00 Bob\n\n- ran the tests\n"
    assert merge(base, ours, theirs, "log").text.count(b"- ran the tests") == 2


def test_an_entry_moved_by_one_side_is_edited_where_it_went() -> None:
    base = "# B\n\n## Todo\n\n### TD_001 Cut\n\nslow\n\n### TD_002 Merge\n\n## Done\n"
    ours = "# B\n\n## Todo\n\n### TD_002 Merge\n\n## Done\n\n### TD_001 Cut\n\nslow\n"
    theirs = base.replace("slow", "slow and wrong")
    assert merge(base, ours, theirs).text.decode() == ours.replace("slow", "slow and wrong")


def test_sections_that_each_side_put_under_the_other_are_both_there() -> None:
    base = "# T\n\n## Alpha\n\n- one\n- two\n\n## Beta\n\n- three\n- four\n"
    ours = "# T\n\n## Alpha\n\n- one\n- two\n\n### Beta\n\n- three\n- four\n"
    theirs = "# T\n\n## Beta\n\n- three\n- four\n\n### Alpha\n\n- one\n- two\n"
    done = merge(base, ours, theirs).text
    for line in (b"Alpha", b"Beta", b"- one", b"- two", b"- three", b"- four"):
        assert done.count(line) == 1


def test_equal_parts_of_two_new_entries_are_two() -> None:
    base = "# Log\n\n## 2025-08-01 10:00 Ada\n\nBegan.\n"
    part = "\n### Result\n\n- all green\n"
    ours = base + "\n## 2025-08-02 10:00 Ada\n\nCut.\n" + part
    theirs = base + "\n## 2025-08-03 10:00 Bob\n\nMerged.\n" + part
    assert merge(base, ours, theirs, "log").text.decode() == ours + theirs[len(base) :]


def test_what_is_added_to_a_deleted_entry_does_not_move_to_another_day() -> None:
    base = "# Log\n\n## 2025-08-01 Ada\n\n### Notes\n\n- none\n"
    ours = "# Log\n\n## 2025-08-02 Bob\n\n### Notes\n\n- none\n"
    theirs = base + "- one after all\n"
    text = merge(base, ours, theirs).text.decode()
    assert text == theirs + ours[len("# Log\n") :]


def test_an_entry_may_say_again_what_a_purged_one_said() -> None:
    base = "# Log\n\n## 2025-08-01 Ada\n\n- ran the tests\n\n## 2025-08-02 Bob\n\n- began\n"
    purged = "# Log\n\n## 2025-08-02 Bob\n\n- began\n"
    done = merge(base, purged + "- ran the tests\n", purged + "\n## 2025-08-03 Eve\n\n- came\n", "log")
    assert done.text.decode() == purged + "- ran the tests\n\n## 2025-08-03 Eve\n\n- came\n"


def test_the_edited_head_of_a_table_that_is_deleted_is_set_aside() -> None:
    base = "# T\n\ntext\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    done = merge(base, base.replace("| b |", "| c |"), "# T\n\ntext\n")
    assert done.text == b"# T\n\ntext\n"
    assert [aside.text for aside in done.asides] == [b"| a | c |\n|---|---|"]


@pytest.mark.parametrize("policy", ["latest", "union", "log"])
@pytest.mark.parametrize("row", ["| lee | b.md |", "| kim | c.md |"])
def test_what_is_written_in_a_column_that_is_gone_is_set_aside(row: str, policy: str) -> None:
    base = "| Agent | File |\n|---|---|\n| kim | a.md |\n"
    kept = base.replace("| kim | a.md |", row) if "kim" in row else f"{base}{row}\n"
    done = merge(base, "| Agent |\n|---|\n| kim |\n", kept, policy)
    assert b".md" not in done.text
    assert [aside.text.decode() for aside in done.asides] == [row]


def test_a_task_put_in_the_place_of_another_one_is_no_edit_of_it() -> None:
    """One side deleted both and the other swapped them: what was deleted stays away, wherever it was put."""
    ideas, risks = b"# B\n\n## Ideas\n\n- keep the log small\n", b"\n## Risks\n\n- [ ] log the driver socket\n"
    log, cover = b"- [x] log the metrics retry release notes\n", b"- [x] cover the driver retry twice\n"
    base, theirs = ideas + log + risks + cover, ideas + cover + risks + log
    assert cover not in merge3(base, ideas + log, theirs, "union", "a.md").text


def test_a_child_that_was_told_with_its_parent_is_not_told_again_by_its_name() -> None:
    """Found by the fuzz: the second time left a unit that was of nobody."""
    base = b"## B ##  \n---\t**a**: # \t > -\xaf\x12\xd9\xc7\x95"
    ours = b"## B ##  \n\xef\xbb\xbf# bom\n1. a3\n2. b\n   1. c\n   1. c"
    theirs = b"## B ##  \n1. a4\n2. b\n   1. c"
    text = merge3(base, ours, theirs).text
    assert text == merge3(base, theirs, ours).text
    assert text.count(b"1. c") == 2
