from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import Entry, added, anything, entries, uncounted
from mbgit.bank.kinds import KINDS
from mbgit.bank.layouts import template
from mbgit.engine.document import file_values
from tests.engine import strategies as banks
from tests.engine.strategies import Unit, rendered

texts = banks.raw_lines() | banks.raw_bytes() | st.binary() | banks.banks().map(rendered)


def span(entry: Entry) -> range:
    return range(entry.line - 1, entry.line + entry.text.count(b"\n"))


@settings(deadline=None)
@given(texts)
def test_an_entry_is_a_run_of_lines_of_its_file(data: bytes) -> None:
    rows = file_values(data)[3].split(b"\n")
    for entry in entries(data):
        assert entry.text.split(b"\n") == [rows[at] for at in span(entry)]


@settings(deadline=None)
@given(texts)
def test_no_entry_stands_in_another(data: bytes) -> None:
    found = entries(data)
    for above, below in zip(found, found[1:], strict=False):
        assert span(above).stop <= span(below).start, (above.text, below.text)


@settings(deadline=None)
@given(texts)
def test_any_bytes_can_be_asked_everything(data: bytes) -> None:
    for entry in entries(data):
        assert entry.kind in ("heading", "item", "row")
        assert entry.size >= 1
        assert entry.identity.strip(b"\n") or not entry.text.strip(b"|- \t")
        assert {type(text) for text in (entry.title, entry.stamp, entry.section)} == {str}
        assert all(entry.line <= field.line <= entry.line + entry.text.count(b"\n") for field in entry.fields)


@settings(deadline=None)
@given(banks.banks())
def test_generated_items_rows_and_entries_are_all_found(tree: Unit) -> None:
    text = rendered(tree)
    inside = b"\n".join(entry.text for entry in entries(text))
    for unit, above in tree.walk():
        if unit.kind in banks.ENTRIES and not any(outer.kind == "code" for outer in above):
            assert unit.lines[0].encode() in inside


def one(text: str) -> Entry:
    (found,) = entries(text.encode())
    return found


def test_a_heading_entry_holds_what_stands_below_it_and_nothing_more() -> None:
    log = b"# Log\n\n## 2025-08-21 Ada\n### Done\n- built it\n\n---\n\n## 2025-08-22 Bob\n\nread it\n"
    first, second = entries(log)
    assert first.text == b"## 2025-08-21 Ada\n### Done\n- built it"
    assert second.text == b"## 2025-08-22 Bob\n\nread it"
    assert (first.line, second.line) == (3, 9)
    assert [node.kind for node in first.nodes] == ["heading", "item"]


@pytest.mark.parametrize(
    ("one_way", "another"),
    [
        ("- a  b\n", "* a  b\n"),
        ("1. first\n", "7. first\n"),
        ("| A | B |\n|---|---|\n| x | y |\n", "| A | B |\n|---|---|\n|   x|y   |\n"),
        ("## 2025-08-21 Ada\n\nsaid\n", "##  2025-08-21  Ada\nsaid  \n"),
        ("- a\r\n", "- a\n"),
    ],
)
def test_identity_is_what_an_entry_says_not_how_it_is_set(one_way: str, another: str) -> None:
    assert one(one_way).identity == one(another).identity


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- [ ] a\n", "- [x] a\n"),
        ("- a\n", "- b\n"),
        ("- a\n  - b\n", "- a\n"),
        ("## TD_1 x\n\na\n", "## TD_2 x\n\na\n"),
    ],
)
def test_another_word_or_tick_is_another_identity(before: str, after: str) -> None:
    assert one(before).identity != one(after).identity


LIST = """# Patterns Buffer

## Patterns

A preface.

## Retry with a growing delay

Only on a lock:

- wait a second
- wait two

## Ask git once

**Why**: it is slow.

### Where

In a hook.

## Caching

What we know of caches.

- [2025-10-01] by content
- [2025-10-02] never by time

## A title alone

# Another title

With prose.
"""


def test_in_a_list_a_heading_with_prose_is_an_entry_and_one_over_entries_is_a_section() -> None:
    found = [entry.title for entry in entries(LIST.encode(), anything)]
    retry, ask, *dated = found
    assert (retry, ask) == ("Retry with a growing delay", "Ask git once")
    assert dated == ["[2025-10-01] by content", "[2025-10-02] never by time"]
    assert [LIST.split("\n")[line - 1] for line in uncounted(LIST.encode())] == ["## A title alone", "# Another title"]


def test_elsewhere_such_a_heading_is_a_section() -> None:
    assert [entry.title for entry in entries(LIST.encode())][:3] == ["wait a second", "wait two", "Where"]


def test_paragraphs_beyond_a_preface_are_counted_as_nothing() -> None:
    text = "# Patterns Buffer\n\nHarvested weekly.\n\n## Patterns\n\n{}"
    assert uncounted(text.format("A preface.\n\n- [2025-10-01] one\n").encode()) == []
    assert uncounted(text.format("Retry.\n\nAsk git once.\n").encode()) == [7, 9]


def test_no_section_of_a_template_is_an_entry() -> None:
    for kind in KINDS:
        if kind.undated and kind.template:
            head, _, rest = template(kind.template).decode().partition("<!--")
            rows = (head + rest.partition("-->")[2]).split("\n")
            text = "\n".join(f"{row}\n\nNothing yet.\n" if row.startswith("#") else "" for row in rows)
            where = f"{kind.template}: name its sections in _SECTIONS of bank/entries.py"
            assert entries(text.encode(), anything) == [], where


def test_added_counts_how_often_an_entry_stands() -> None:
    twice, once = entries(b"- a\n- b\n- a\n"), entries(b"- a\n")
    assert [entry.text for entry in added(twice, once)] == [b"- b", b"- a"]
    assert added(once, twice) == []


@pytest.mark.parametrize(
    "unit",
    ["## 2025-08-21 x\n", "- a\n", "## a\n### b\n", "> - x\n", "```\n", "<!-- \n", "  - a\n", "| a |\n", "a\n---\n"],
)
def test_time_grows_with_the_file_not_with_its_square(unit: str) -> None:
    """Ten times the lines in less than forty times the time: the square would take a hundred times."""

    def seconds(times: int) -> float:
        data = unit.encode() * times
        start = time.process_time()
        assert sum(len(entry.text) for entry in entries(data)) <= len(data)
        return time.process_time() - start

    small = min(seconds(1_000) for _ in range(3))
    assert min(seconds(10_000) for _ in range(2)) < 40 * small + 0.5
