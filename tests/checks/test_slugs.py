from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.checks.page import Page
from mbgit.checks.slugs import slug, slugs, tags


def anchors(text: str) -> list[str]:
    return list(slugs(Page("x.md", text.encode()).tokens))


@pytest.mark.parametrize(
    ("words", "anchor"),
    [
        ("Set up", "set-up"),
        ("A — B", "a--b"),
        ("What's new? (v2.0.1)", "whats-new-v201"),
        ("snake_case and kebab-case", "snake_case-and-kebab-case"),
        ("🚀 Deploy", "-deploy"),
        ("⚙️ Settings", "-settings"),
        ("Übergröße 你好 Привет", "übergröße-你好-привет"),
        ("हिन्दी में", "हिन्दी-में"),
        ("2025-08-21 10:30 - Ada → Bob", "2025-08-21-1030---ada--bob"),
        ("tab\tand\u00a0hard space", "tabandhard-space"),
        ("!?", ""),
    ],
)
def test_words_make_an_anchor(words: str, anchor: str) -> None:
    assert slug(words) == anchor


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("# The *great* `run()` of [us](x.md)", "the-great-run-of-us"),
        ("# ![logo](x.png) Name", "-name"),
        ("# A &amp; B", "a--b"),
        ("Setext\n---", "setext"),
        ("> ## Quoted", "quoted"),
        ("- ### In an item", "in-an-item"),
        (r"# Stars \* here", "stars--here"),
        ('<h2 align="center">By <b>hand</b></h2>', "by-hand"),
        ("## Closed ##", "closed"),
    ],
)
def test_every_kind_of_heading_has_one(heading: str, anchor: str) -> None:
    assert anchors(heading + "\n") == [anchor]


def test_no_heading_no_anchor() -> None:
    assert anchors("```\n# code\n```\n\n    # code\n\n#hashtag\n\n<!-- <h2>no</h2> <a id=no> -->\n") == []


def test_repeated_words_are_numbered_and_never_meet_another_heading() -> None:
    assert anchors("# a\n\n# a-1\n\n# a\n\n# A!\n") == ["a", "a-1", "a-2", "a-3"]


def test_html_names_places() -> None:
    page = Page("x.md", b"<div\nid=\"One\">\n\n<a name='two'></a>\n</div>\n\nwords <a id=three></a> words\n\n# Four\n")
    assert slugs(page.tokens) == {"one": 1, "two": 4, "three": 7, "four": 9}


def test_a_heading_is_found_at_its_line() -> None:
    assert slugs(Page("x.md", b"words\n\n# A\n\n# A\n").tokens) == {"a": 3, "a-1": 5}


@pytest.mark.parametrize(
    "bait",
    [
        "<" * 100_000,
        "<a" * 50_000,
        "<" + "a" * 100_000,
        "<a " + "id " * 50_000,
        "<a id" + " " * 100_000,
        "<a " + "id='" * 50_000 + ">",
        '<a id="' + "x" * 100_000,
        "<!--" * 50_000,
        "<h1>" * 50_000,
        "<h1>a" * 25_000 + "</h1>",
    ],
)
def test_bait_costs_one_walk(bait: str) -> None:
    assert len(list(tags(bait))) <= 100_000
    assert len(anchors("<div>\n" + bait)) <= 1


def test_twenty_thousand_equal_headings() -> None:
    found = anchors("# A\n" * 20_000)
    assert (len(found), found[0], found[-1]) == (20_000, "a", "a-19999")


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)


@given(st.lists(WORDS, max_size=12))
def test_each_heading_has_an_anchor_of_its_own(headings: list[str]) -> None:
    page = Page("x.md", "".join(f"# {words}\n\n" for words in headings).encode())
    count = sum(token.type == "heading_open" for token in page.tokens)
    assert len(slugs(page.tokens)) >= count


@given(st.binary(max_size=300))
def test_any_bytes_will_do(data: bytes) -> None:
    assert all(line >= 1 for line in slugs(Page("x.md", data).tokens).values())
