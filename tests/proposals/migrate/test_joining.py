"""Two documents become one: nothing lost, nothing doubled, or nothing done."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.proposals.migrate.joining import joined
from tests.engine import strategies as banks
from tests.proposals.harvest.test_laws import laws

STANDING = b"# Reference\n\n## Caching\n\n- [2025-01-01] keys\n\n## Own\n\nText.\n"
COMING = b"# Patterns\n\nA preface.\n\n## Errors\n\n```py\nraise\n```\n\n## Caching\n\n- [2025-01-01] keys\n- new\n"


def test_sections_of_one_name_are_one_and_prose_arrives() -> None:
    both = joined(STANDING, COMING)
    assert both is not None
    assert both.startswith(b"# Reference\n\nA preface.\n")
    caching = both.partition(b"## Caching\n\n")[2].partition(b"\n\n")[0]
    assert sorted(caching.split(b"\n")) == [b"- [2025-01-01] keys", b"- new"]
    assert b"```py\nraise\n```\n" in both
    assert b"## Own\n\nText.\n" in both


def test_an_entry_that_stands_elsewhere_stands_once() -> None:
    both = joined(STANDING, b"# Patterns\n\n## Other\n\n- [2025-01-01] keys\n- [2025-01-02] more\n")
    assert both is not None
    assert both.count(b"keys") == 1
    assert both.count(b"more") == 1


def test_a_later_version_replaces_nothing() -> None:
    both = joined(STANDING, b"# Patterns\n\n## Caching\n\n- [2025-01-01] keys, seen again\n")
    assert both is None or (b"keys\n" in both and b"keys, seen again\n" in both)


def test_a_reference_does_not_find_the_other_texts_definition() -> None:
    assert joined(b"# R\n\n[a][x]\n\n[x]: one.md\n", b"# P\n\n[b][x]\n\n[x]: two.md\n") is None
    assert joined(b"# R\n\n[x]: one.md\n", b"# P\n\nno [link][x]\n") is None
    assert joined(b"# R\n\n[a][x]\n\n[x]: one.md\n", b"# P\n\n[b][y]\n\n[y]: two.md\n") is not None


@pytest.mark.parametrize("odd", [b"a\0b", b"# P\n\n```\nopen\n", b"# P\n\n<!-- open\n"])
def test_what_would_swallow_the_other_does_not_come(odd: bytes) -> None:
    assert joined(STANDING, odd) is None
    assert joined(odd, COMING) is None


texts = banks.raw_lines() | st.builds(banks.rendered, banks.banks(), banks.STYLES)


@laws(25)
@given(texts, texts)
def test_every_entry_of_both_once(standing: bytes, coming: bytes) -> None:
    both = joined(standing, coming)
    if both is None:
        return
    was, came, now = (Counter(entry.identity for entry in entries(text)) for text in (standing, coming, both))
    assert now == was + Counter({identity: count for identity, count in came.items() if identity not in was})


@laws(20)
@given(banks.banks(), banks.edits(), banks.edits())
def test_two_versions_of_one_document(tree: banks.Unit, mine: list[banks.Edit], theirs: list[banks.Edit]) -> None:
    one, other = (banks.rendered(banks.edited(tree, side, name)) for side, name in ((mine, "a"), (theirs, "b")))
    both = joined(one, other)
    if both is not None:
        said = {b" ".join(row.split()) for row in both.split(b"\n")}
        assert all(b" ".join(row.split()) in said for row in one.split(b"\n"))
