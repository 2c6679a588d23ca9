from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.inline import field, is_placeholder, is_ticked, statement, without_markup


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("**bold *and* more** `code`", "bold and more code"),
        ("[words](target.md) and ![a picture](x.png)", "words and a picture"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("~~gone~~ <br> a <!-- hidden --> b <!-- never closed", "gone a b"),
        (r"agent\_logbook\.md", "agent_logbook.md"),
        ("***`x`***", "x"),
    ],
)
def test_markup_comes_off(text: str, says: str) -> None:
    assert without_markup(text) == says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("  - [ ] 1. **Do** it", "1. Do it"),
        ("2) > go on", "go on"),
        ("(3) third", "third"),
        ("- [x] done", "done"),
        ("- [What we do]", ""),
        ("- ...", ""),
        ("None.", ""),
        ("---", ""),
        ("1.5 is a number", "1.5 is a number"),
        ("- [VS_004](a.md) goes on", "VS_004 goes on"),
    ],
)
def test_an_item_says_what_stands_behind_its_marks(line: str, says: str) -> None:
    assert statement(line) == says


def test_ticks_are_seen_behind_any_mark() -> None:
    assert [is_ticked(line) for line in ("  1. [X] a", "- [ ] a", "- [x](a.md) a")] == [True, False, False]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (b"**Status**: All **well**", ("status", "All **well**")),
        (b"- **Next  Actions:** x", ("next actions", "x")),
        (b"**bold** words: no field", ("", "")),
        (b"Version: 2", ("version", "2")),
    ],
)
def test_a_field_is_label_and_value(line: bytes, parts: tuple[str, str]) -> None:
    assert field(line) == parts


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert "\n" not in without_markup(text)
    assert not is_placeholder(statement(text) or "x")
    field(text.encode(errors="replace"))


@pytest.mark.parametrize("bait", ["[", "[](", "*a ", "_a ", "<a ", "<!--", "`", "- ", "[[]] ", "\\", "**", "~~a"])
def test_no_pattern_is_baited(bait: str) -> None:
    assert len(without_markup(bait * 100_000)) <= 100_000
    assert len(statement(bait * 100_000)) <= 100_000
