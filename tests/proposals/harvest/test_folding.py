"""Two records of one entry, as two harvests at once leave them, and what becomes of them."""

from __future__ import annotations

from datetime import date

import pytest

from mbgit.bank.edits import Edits
from mbgit.engine.threeway import merge3
from mbgit.proposals.harvest.folding import folded
from mbgit.proposals.harvest.records import DECISION, POST_MORTEM, Form, compose, recorded
from tests.proposals.harvest.test_versions import only

FOLDER, DAY = "Docs/ADR", date(2025, 8, 1)
ONE, TWO = f"{FOLDER}/ADR-002-keep-the-cache.md", f"{FOLDER}/ADR-004-keep-the-cache.md"
LESSON = f"{FOLDER}/2025-08-01-keep-the-cache.md"


def version(context: str = "a slow start", decision: str = "keep it warm", why: str = "it is the least work") -> str:
    fields = f"**Context**: {context}\n**Decision**: {decision}\n**Rationale**: {why}\n**Fix**: {decision}\n"
    return f"### [2025-08-01] Keep the cache\n\n**Status**: Accepted\n{fields}"


OLD, ADA, BOB = version(), version("a slow start on Mondays"), version(decision="keep it warm at night")
BOTH = version("a slow start on Mondays", "keep it warm at night")
HISTORY = ((OLD, ADA), (OLD, BOB), ("", OLD))


def record(text: str, title: str = "ADR-002: Keep the cache", form: Form = DECISION) -> bytes:
    return compose(form, title, DAY, only(text), (), [])


def lesson(text: str) -> bytes:
    return record(text, "Keep the cache", POST_MORTEM)


def result(tree: dict[str, bytes], *history: tuple[str, str], form: Form = DECISION) -> Edits:
    pairs = [(("# Inbox\n\n" + old).encode(), ("# Inbox\n\n" + new).encode()) for old, new in history]
    edits, found = folded(tree, FOLDER, form, lambda: pairs)
    assert bool(edits) == bool(found)
    return edits


@pytest.mark.parametrize(("one", "two", "both"), [(ADA, BOB, BOTH), (OLD, BOB, BOB), (BOB, OLD, BOB), (ADA, ADA, ADA)])
def test_two_records_become_the_one_with_the_lower_number(one: str, two: str, both: str) -> None:
    tree = {TWO: record(two, "ADR-004: Keep the cache"), ONE: record(one)}
    assert {ONE: tree[ONE]} | result(tree, *HISTORY) == {ONE: record(both), TWO: None}


def test_two_versions_in_one_record_become_one() -> None:
    """As a merge without a base leaves them."""
    far = "\n" + "".join(f"- [ ] {word} and {word}\n" for word in ("one", "two", "three", "four", "five", "six"))
    merged = merge3(b"", lesson(ADA), lesson(BOB + far), "union", LESSON).text
    assert len(recorded(LESSON, merged)) == 2
    edits = result({LESSON: merged}, (BOB, BOB + far), *HISTORY, form=POST_MORTEM)
    assert edits == {LESSON: lesson(BOTH + far)}


def test_a_section_of_one_record_that_people_have_emptied_is_not_filled_again() -> None:
    far = "\n" + "".join(f"- [ ] {word} and {word}\n" for word in ("one", "two", "three", "four", "five", "six"))
    merged = merge3(b"", lesson(ADA), lesson(BOB + far), "union", LESSON).text
    above, mark, below = merged.partition(b"## As recorded")
    trimmed = above.replace(b"keep it warm at night\n", b"") + mark + below
    assert trimmed != merged
    new = result({LESSON: trimmed}, (BOB, BOB + far), *HISTORY, form=POST_MORTEM)[LESSON] or b""
    assert new.partition(b"## As recorded")[0] == trimmed.partition(b"## As recorded")[0]


def test_what_people_wrote_into_a_record_keeps_it() -> None:
    noted = record(BOB, "ADR-004: Keep the cache").replace(b"## Rationale\n", b"## Rationale\n\nSee the minutes.\n")
    assert result({ONE: record(ADA), TWO: noted}, *HISTORY) == {}


def test_a_page_that_names_a_record_keeps_it() -> None:
    tree = {ONE: record(ADA), TWO: record(BOB, "ADR-004: Keep the cache"), "README.md": f"[x]({TWO})\n".encode()}
    assert result(tree, *HISTORY) == {}


def test_a_wiki_link_names_it_too() -> None:
    tree = {ONE: record(ADA), TWO: record(BOB, "ADR-004: Keep the cache"), "README.md": b"[[ADR-004-keep-the-cache]]\n"}
    assert result(tree, *HISTORY) == {}


def test_a_section_that_people_have_trimmed_is_not_filled_again() -> None:
    trimmed = record(ADA).replace(b"## Context\n\na slow start on Mondays\n", b"## Context\n")
    tree = {ONE: trimmed, TWO: record(BOB, "ADR-004: Keep the cache")}
    above = result(tree, *HISTORY)[ONE] or b""
    assert b"Mondays" not in above.partition(b"## As recorded")[0]


def test_versions_that_history_does_not_know_stay() -> None:
    tree = {ONE: record(ADA), TWO: record(BOB, "ADR-004: Keep the cache")}
    assert result(tree, (OLD, ADA), ("", OLD)) == {}


def test_versions_of_which_nobody_knows_what_they_were_made_from_stay() -> None:
    tree = {ONE: record(ADA), TWO: record(BOB, "ADR-004: Keep the cache")}
    assert result(tree, ("", ADA), ("", BOB)) == {}


def test_a_version_that_another_one_holds_goes_whoever_knows_it() -> None:
    both = ADA.replace("**Context**: a slow start on Mondays", "**Context**: a slow start\n**Context**: on Mondays")
    part = both.replace("**Context**: on Mondays\n", "")
    for one, two in ((both, part), (part, both)):
        tree = {ONE: record(one), TWO: record(two, "ADR-004: Keep the cache")}
        assert {ONE: tree[ONE]} | result(tree) == {ONE: record(both), TWO: None}


def test_two_decisions_of_one_title_stay() -> None:
    another = version("disks that are full", "one directory for each tenant", "quotas can be set")
    tree = {ONE: record(OLD), TWO: record(another, "ADR-004: Keep the cache")}
    assert result(tree, ("", OLD), ("", another)) == {}
