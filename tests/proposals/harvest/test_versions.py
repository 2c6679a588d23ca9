"""Two edits of one entry, of which one was harvested: which of them the target gets."""

from __future__ import annotations

import pytest

from mbgit.bank.entries import Entry, entries
from mbgit.proposals.harvest.versions import settled

HEAD = "# Lessons\n\n"


def version(cause: str = "a", fix: str = "b", more: str = "c") -> str:
    why = "Two tenants saw each other's invoices, as the key of the cache was built from the path alone."
    return f"### 2025-08-01 Keys\n\n{why}\n\n**Cause**: {cause}\n**Fix**: {fix}\n**Prevention**: {more}\n"


def only(text: str) -> Entry:
    (found,) = entries(text.encode())
    return found


OLD, ADA = version(), version(cause="a, as Ada found")
BOB, BOB_LATER = version(fix="b, as Bob says"), version(fix="b, as Bob says", more="c, says Bob")
BOTH = version("a, as Ada found", "b, as Bob says")


def result(standing: str, new: str, *changes: tuple[str, str]) -> tuple[str, str]:
    """What becomes of an entry, and what it says then; `changes` of the buffer are newest first."""
    pairs = [((HEAD + before).encode(), (HEAD + after).encode()) for before, after in changes]
    buffer = [only(new)]
    (match,) = settled([only(standing)], buffer, [0], (), lambda: pairs)
    return match.how, buffer[0].text.decode() + "\n"


def test_a_later_version_takes_the_place_of_the_one_it_was_made_from() -> None:
    assert result(OLD, BOB) == ("updated", BOB)
    assert result(OLD, BOB, (OLD, BOB), ("", OLD)) == ("updated", BOB)
    assert result(OLD, BOB_LATER, (BOB, BOB_LATER), (OLD, BOB), ("", OLD)) == ("updated", BOB_LATER)


def test_another_edit_that_was_harvested_is_kept() -> None:
    assert result(ADA, BOB, (OLD, BOB), (ADA, ""), (OLD, ADA), ("", OLD)) == ("updated", BOTH)


def test_what_came_by_a_merge_was_not_made_from_what_the_other_side_had() -> None:
    """One side had Ada's edit still, the other one had harvested it and brings Bob's: no edit made his from hers."""
    ada_later = version(cause="a, as Ada found", more="c, says Ada")
    arrived = (ADA, BOB), (BOB, BOB)
    steps = (ada_later, ""), (ADA, ada_later), (OLD, BOB), (OLD, ADA), ("", OLD)
    for changes in ((*arrived, *steps), (*arrived, (OLD, BOB), *steps)):
        how, text = result(ada_later, BOB, *changes)
        assert (how, text) == ("updated", version("a, as Ada found", "b, as Bob says", "c, says Ada"))


def test_what_a_rebase_left_without_its_line_was_made_from_the_line_of_the_other() -> None:
    """Ada's edit comes out of nowhere; Bob's goes back to the first version, and both were made from one of those."""
    ada_later = version(cause="a, as Ada found", more="c, says Ada")
    ada = (ada_later, ""), (ADA, ada_later), ("", ADA), (OLD, "")
    how, text = result(ada_later, BOB, *ada, (OLD, BOB), ("", OLD))
    assert (how, text) == ("updated", version("a, as Ada found", "b, as Bob says", "c, says Ada"))


@pytest.mark.parametrize("first", [0, 1, 2])
def test_however_often_it_was_edited_and_in_whatever_order_history_shows_it(first: int) -> None:
    steps = [(BOB, BOB_LATER), (OLD, BOB)]
    steps.insert(first, (OLD, ADA))
    how, text = result(ADA, BOB_LATER, *steps, ("", OLD))
    assert (how, text) == ("updated", version("a, as Ada found", "b, as Bob says", "c, says Bob"))


def test_a_rebase_that_put_the_other_edit_behind_the_harvest() -> None:
    """There the entry comes back as it was edited, and no change leads to what it was before."""
    assert result(ADA, BOB, ("", BOB), (ADA, ""), (OLD, ADA), ("", OLD)) == ("updated", BOTH)
    assert result(OLD, BOB, ("", BOB), (OLD, ""), ("", OLD)) == ("updated", BOB)
    how, text = result(ADA, BOB_LATER, (BOB, BOB_LATER), ("", BOB), (ADA, ""), (OLD, ADA), ("", OLD))
    assert (how, text) == ("updated", version("a, as Ada found", "b, as Bob says", "c, says Bob"))


def test_a_rebase_behind_another_one() -> None:
    """Both edits came back behind the harvest of what they were made from."""
    noted = OLD + "\n- seen twice\n"
    how, text = result(noted, BOB, ("", BOB), (noted, ""), ("", noted), (OLD, ""), ("", OLD))
    assert (how, text) == ("updated", BOB + "\n- seen twice\n")


def test_what_was_made_from_the_one_that_stands_is_no_base() -> None:
    assert result(OLD, BOB_LATER, ("", BOB_LATER), (BOB, ""), (OLD, BOB), ("", OLD)) == ("updated", BOB_LATER)


def test_what_the_target_has_already_is_only_taken_out() -> None:
    assert result(BOTH, BOB, (OLD, BOB), (ADA, BOTH), (OLD, ADA), ("", OLD))[0] == "same"


def test_items_that_cannot_be_one_both_stand() -> None:
    old, one, other = (f"- 2025-08-01 keep the cache keys short {x}\n" for x in ("", "and stable", "but readable"))
    how, _ = result(one, other, (old, other), (old, one), ("", old))
    assert how == "new"


def test_what_one_edit_added_is_not_taken_out_by_another_that_made_half_of_it() -> None:
    """Where a rebase leaves two ways to read an edit, the one that takes nothing out is meant."""
    old, done = OLD + "\n- [ ] tell the tenants\n", OLD + "\n- [x] tell the tenants\n"
    noted = done + "  - by mail\n"
    how, _ = result(noted, done, ("", done), (noted, ""), (old, noted), ("", old))
    assert how == "same"


def test_what_stands_may_be_the_later_one_whose_line_a_rebase_has_cut() -> None:
    done = BOB + "\n- [x] tell the tenants\n"
    steps = (("", BOTH), (BOB, ""), (done, BOB), (OLD, done), ("", OLD))
    assert result(BOTH, OLD, *steps)[0] == "same"


def noted(*lines: str) -> str:
    return OLD + "\n" + "".join(f"- {line}\n" for line in lines)


def said(text: str) -> set[str]:
    return {line.removeprefix("- ") for line in text.split("\n") if line.startswith("- ")}


def test_what_two_noted_and_harvested_stays_where_a_third_harvests_too() -> None:
    """What stands was made by two harvests and in no buffer: the third has never had what they added."""
    first, ada, bob, cy = noted("first"), noted("first", "ada"), noted("first", "bob"), noted("first", "cy")
    steps = (bob, ""), ("", bob), (ada, ""), (first, ada), ("", first)
    how, text = result(noted("first", "ada", "bob"), cy, ("", cy), *steps)
    assert (how, said(text)) == ("updated", {"first", "ada", "bob", "cy"})


def test_what_another_had_pushed_stays_where_a_harvest_was_rebased_over_it() -> None:
    """Ada's reworded line and her new one were harvested, and stand in the buffer again, with Bob's below them."""
    first, bob = noted("first", "second"), noted("first", "second", "bob")
    both, all_of_it = noted("first", "other words", "bob"), noted("first", "other words", "ada", "bob")
    steps = (both, all_of_it), (bob, both), (first, bob), ("", first)
    how, text = result(noted("first", "other words", "ada"), all_of_it, *steps)
    assert (how, said(text)) == ("updated", {"first", "other words", "ada", "bob"})


def test_what_each_has_taken_out_is_gone_from_what_merges_made() -> None:
    first, ada = noted("first", "second", "third"), noted("second", "third", "ada")
    bob = noted("first", "second", "bob")
    steps = (ada, ""), (first, ada), ("", first)
    how, text = result(noted("second", "third", "ada", "by hand"), bob, (first, bob), *steps)
    assert (how, said(text)) == ("updated", {"second", "ada", "by hand", "bob"})


@pytest.mark.parametrize("ada_first", [True, False])
def test_what_one_noted_stays_where_a_rebase_has_cut_the_line_of_one_who_ticked_the_same(ada_first: bool) -> None:
    """Ada's tick came out of nowhere, and so did her note; Bob's note and his tick have their past."""
    first, ticked, ada = noted("[ ] tell"), noted("[x] tell"), noted("[x] tell", "ada")
    bob, bob_ticked, bob_later = noted("[ ] tell", "bob"), noted("[x] tell", "bob"), noted("[x] tell", "bob", "later")
    mine, yours = [(ada, ""), (ticked, ada), ("", ticked), (first, "")], [(bob, bob_ticked), (first, bob)]
    steps = (*mine, *yours) if ada_first else (*yours, *mine)
    arrived = (bob_ticked, bob_later), ("", bob_ticked), (bob_ticked, bob_ticked)
    how, text = result(ada, bob_later, *arrived, *steps, ("", first))
    assert (how, said(text)) == ("updated", {"[x] tell", "ada", "bob", "later"})


def test_what_was_edited_in_the_document_is_kept() -> None:
    by_hand = OLD.replace("path alone", "path and nothing else")
    how, text = result(by_hand, BOB, (OLD, BOB), ("", OLD))
    assert (how, text) == ("updated", BOB.replace("path alone", "path and nothing else"))


def test_what_a_merge_of_documents_left_of_two_versions_is_kept() -> None:
    two = ADA.replace("**Cause**: a", "**Cause**: a\n**Cause**: a", 1)
    how, text = result(two, BOB, (OLD, BOB), (OLD, ADA), ("", OLD))
    assert how == "updated"
    assert "as Ada found" in text
    assert "as Bob says" in text


ITEM = "- [2025-08-01] keep the cache keys short and {}\n  - the tenant first\n"


def test_an_item_that_was_reworded_is_known_by_what_stands_below_it() -> None:
    old, new = ITEM.format("stable"), ITEM.format("readable")
    assert result(old, new, ("", new), (old, ""), ("", old)) == ("updated", new)


def test_a_reworded_item_with_nothing_below_it_or_of_another_number_may_be_another_one() -> None:
    old, new = (ITEM.format(word).split("\n")[0] + "\n" for word in ("stable", "readable"))
    assert result(old, new) == ("new", new)
    old, new = ITEM.format("below 12 bytes"), ITEM.format("below 40 bytes")
    assert result(old, new) == ("new", new)


def test_a_picked_harvest_is_not_taken_back_by_the_version_that_it_was_made_from() -> None:
    """Who picks a harvest and not the edit before it has an older version in the buffer than the document has."""
    old, later = noted("first"), noted("first", "second")
    assert result(later, old, ("", old))[0] == "same"
    how, text = result(later, noted("first", "mine"), (old, noted("first", "mine")), ("", old))
    assert (how, said(text)) == ("updated", {"first", "second", "mine"})


def test_a_title_that_changed_does_not_hide_what_an_entry_was_made_from() -> None:
    """Ada gives it another title, rewords a line and harvests; by a rebase it is there again, with Bob's lines."""

    def titled(text: str) -> str:
        return text.replace("Keys", "Keys leak")

    first, bob = noted("first", "second"), noted("second", "bob")
    retitled, both = titled(bob), titled(noted("reworded", "bob"))
    steps = (both, ""), (retitled, both), (bob, retitled), (first, bob), ("", first)
    how, text = result(titled(noted("first", "reworded")), titled(noted("reworded", "bob")), ("", both), *steps)
    assert (how, said(text)) == ("updated", {"reworded", "bob"})


def test_where_history_is_cut_the_oldest_version_that_was_read_counts_as_the_first() -> None:
    """What made the harvested version is too long ago to be read; the one that is back was made from nothing."""
    old, mine = noted("first"), noted("first", "mine")
    how, text = result(noted("first", "document"), mine, ("", mine), (old, ""))
    assert (how, said(text)) == ("updated", {"first", "document", "mine"})
