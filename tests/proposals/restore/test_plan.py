"""What a file becomes when a merge that lost entries of it is made good."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import Entry, anything, entries
from mbgit.bank.remerge import Text, lines_of, lost
from mbgit.engine.threeway import merge3
from mbgit.proposals.restore.plan import Merge, restored
from mbgit.proposals.upkeep.taking import taken_out
from tests.engine import strategies as banks
from tests.engine.strategies import Sides
from tests.engine.test_laws import NAMES, POLICIES, clock

EXAMPLES = int(os.environ.get("MBGIT_EXAMPLES", "0"))
NAME = "patterns-buffer.md"
BASE = b"# Patterns\n\n- [2025-10-01] one\n- [2025-10-02] two\n"
OURS = BASE + b"- [2025-10-03] mine\n"
THEIRS = b"# Patterns\n\n- [2025-10-02] two\n- [2025-10-03] yours, first\n- [2025-10-04] yours, second\n"
WANTED = merge3(BASE, OURS, THEIRS, "union", NAME).text

LAWS = settings(
    max_examples=EXAMPLES or 60, derandomize=not EXAMPLES, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def titles(data: bytes) -> list[str]:
    return [entry.title for entry in entries(data)]


def missed(result: bytes, policy: str = "union", *sides: bytes) -> list[Entry]:
    """The entries that a merge of these sides (base, ours, theirs) lost."""
    base, ours, theirs = sides or (BASE, OURS, THEIRS)
    return [item.entry for item in lost([base], [ours, theirs], result, policy, NAMES[policy])]


def restore(result: bytes, now: bytes | None = None, *since: bytes) -> bytes | None:
    merge = Merge((BASE, OURS, THEIRS), result, WANTED)
    found = restored(merge, missed(result), since, result if now is None else now, "union", NAME)
    return found and found.text


def test_a_merge_that_took_one_side_whole_becomes_the_one_that_takes_both() -> None:
    assert restore(OURS) == WANTED
    assert restore(THEIRS) == WANTED


def test_what_somebody_wrote_into_the_merge_stays() -> None:
    text = restore(OURS + b"- [2025-10-05] resolved by hand\n")
    assert text is not None
    assert sorted(titles(text)) == sorted([*titles(OURS), *titles(THEIRS)[1:], "[2025-10-05] resolved by hand"])


def test_what_was_done_since_stays_done() -> None:
    now = OURS.replace(b"- [2025-10-02] two\n", b"").replace(b"mine", b"mine, edited") + b"- [2025-10-06] later\n"
    text = restore(OURS, now, now)
    assert text is not None
    assert Counter(titles(text)) == Counter(
        ["[2025-10-03] mine, edited", "[2025-10-03] yours, first", "[2025-10-04] yours, second", "[2025-10-06] later"]
    )


def test_what_came_back_and_was_taken_out_on_purpose_stays_out() -> None:
    back = OURS + b"- [2025-10-03] yours, first\n"
    text = restore(OURS, OURS, back, OURS)
    assert text is not None
    assert "yours, first" not in text.decode()
    assert text.count(b"yours, second") == 1
    assert restore(OURS, OURS, back + b"- [2025-10-04] yours, second\n", OURS) is None


def test_what_is_back_already_is_not_brought_twice() -> None:
    back = OURS + b"- [2025-10-04] yours, second\n"
    text = restore(OURS, back, back)
    assert text is not None
    assert text.count(b"yours, second") == text.count(b"yours, first") == 1
    assert restore(OURS, WANTED, WANTED) is None


def test_entries_without_dates_come_back_but_those_that_were_taken_out_on_purpose() -> None:
    first, second = b"\n## Retry\n\nThe third try waits.\n", b"\n## Cache\n\nIt holds an hour.\n"
    base = b"# Patterns\n"
    ours, theirs = base + b"\n## Log\n\nEach try is told.\n", base + first + second
    made = merge3(base, ours, theirs, "union", NAME).text
    gone = [item.entry for item in lost([base], [ours, theirs], ours, "union", NAME, undated=anything)]
    assert [entry.title for entry in gone] == ["Retry", "Cache"]
    merge = Merge((base, ours, theirs), ours, made, anything)
    found = restored(merge, gone, [ours + second, ours], ours, "union", NAME)
    assert found is not None
    assert found.text == merge3(base, ours, base + first, "union", NAME).text
    assert [entry.title for entry in found.entries] == ["Retry"]


def test_nothing_was_lost() -> None:
    assert restore(WANTED) is None
    assert restored(Merge((b"\0",), b"\0a", b"\0b"), entries(BASE), (), b"\0a", "union", NAME) is None


def lossy(ours: bytes, theirs: bytes, how: int, which: list[bool], made: bytes) -> bytes:
    """The result of a merge that loses something: one side whole, or the good one without some entries."""
    if how < 2:
        return (ours, theirs)[how]
    gone = [place for place, _ in enumerate(entries(made)) if which[place % len(which)]]
    return taken_out(made, gone)[0]


@pytest.mark.parametrize("policy", POLICIES)
@given(sides=banks.sides(), how=st.integers(0, 2), which=st.lists(st.booleans(), min_size=1, max_size=8))
@LAWS
def test_a_restore_after_a_loss_is_the_merge_that_mbgit_makes(
    policy: str, sides: Sides, how: int, which: list[bool]
) -> None:
    base, ours, theirs = sides.texts
    made = merge3(base, ours, theirs, policy, NAMES[policy], clock(ours, theirs)).text
    result = lossy(ours, theirs, how, which, made)
    missing = missed(result, policy, base, ours, theirs)
    assume(missing)
    found = restored(Merge((base, ours, theirs), result, made), missing, (), result, policy, NAMES[policy])
    if found is None:  # a clock may have decided otherwise than any of those that `lost` tries
        assert not any(lines_of(entry) <= Text(made).said for entry in missing)
    else:
        assert found.text == made
