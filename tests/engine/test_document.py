"""The cut: lossless, and at Markdown's own seams."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.engine.document import Section, cut

FRAGMENTS = [
    "# A", "## 2025-08-21", "### TD_042 x", "- a", "  - b", "1. c", "   d", "```", "~~~", "    code", "> q", "---",
    "===", "| a | b |", "|---|---|", "<!-- c", "-->", "<details>", "**Label**: v", "text", "", " ", "\t- t", "***",
    "\r", "-",
]  # fmt: skip


def kinds(text: str) -> list[str]:
    return [f"{'  ' * depth}{kind}: {lines.decode()}" for depth, kind, lines in cut(dedent(text).encode()).units()]


def headings(text: str) -> list[str]:
    return [line.decode() for _, kind, line in cut(text.encode()).units() if kind == "heading"]


@given(st.binary())
def test_any_bytes_are_put_together_again(data: bytes) -> None:
    assert cut(data).render() == data


@given(st.lists(st.sampled_from(FRAGMENTS)), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_markdown_is_put_together_again_from_its_blocks(rows: list[str], eol: str, last: bool, bom: bool) -> None:
    data = b"\xef\xbb\xbf" * bom + (eol.join(rows) + eol * last).encode()
    document = cut(data)
    assert document.render() == data
    for section in document.sections:
        out: list[bytes] = []
        for block in section.blocks:
            block.render(out)
        assert b"\n".join(out) == section.body


def test_front_matter_is_cut_into_its_keys() -> None:
    assert kinds("---\na: 1\nb:\n  - c\n---\ntext\n") == [
        "  front: ---\n---", "    key: a: 1", "    key: b:\n  - c", "  para: text",
    ]  # fmt: skip


def test_a_break_at_the_top_is_no_front_matter() -> None:
    assert kinds("---\n\ntext\n") == ["  break: ---", "  para: text"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```\n# no\n```\n# yes\n", ["# yes"]),
        ("~~~\n# no\n```\n# no\n~~~~\n# yes\n", ["# yes"]),
        ("````\n```\n# no\n````\n# yes\n", ["# yes"]),
        ("``` a`b\n# yes\n", ["# yes"]),
        ("<!--\n# no\n-->\n# yes\n", ["# yes"]),
        ("<!-- never closed\n# yes\n", ["# yes"]),
        ("    # code\n\n   # yes\n", ["   # yes"]),
        ("Title\n===\n\nmore\nlines\n---\n", ["Title\n===", "more\nlines\n---"]),
        ("- item\n---\n", []),
        ("> quote\n---\n", []),
        ("| a |\n|---|\n| b |\n---\n", []),
        ("#no\n#\n####### no\n", ["#"]),
        ("- item\n  ```\n  # no\n- item\n# yes\n", ["# yes"]),
        ("- item\n  # of the item\n# yes\n", ["# yes"]),
    ],
)
def test_headings(text: str, found: list[str]) -> None:
    assert headings(text) == found


def test_items_hold_their_children() -> None:
    assert kinds(
        """\
        - one
          goes on

          a paragraph
          - nested
            ```
            - not an item
            ```
        - [x] two
        1. three
        """
    ) == [
        "  item: - one\n  goes on", "    para:   a paragraph", "    item:   - nested",
        "      fence:     ```\n    - not an item\n    ```", "  item: - [x] two", "  item: 1. three",
    ]  # fmt: skip


def test_a_table_is_its_head_and_rows() -> None:
    assert kinds("text\n| a | b |\n| - | - |\n| 1 | 2 |\n\nmore\n") == [
        "  para: text", "  table: | a | b |\n| - | - |", "    row: | 1 | 2 |", "  para: more",
    ]  # fmt: skip


def test_fields_are_units_of_their_own() -> None:
    assert kinds("**Status**: Open\ngoes on\n**Owner:** Ada\n*Last updated: 2025-08-21*\n") == [
        "  field: **Status**: Open\ngoes on", "  field: **Owner:** Ada", "  field: *Last updated: 2025-08-21*",
    ]  # fmt: skip


def test_html_ends_before_a_bullet_and_a_fence() -> None:
    assert kinds("<details>\ntext\n- item\n\n<!-- one\ntwo -->\nafter\n") == [
        "  html: <details>\ntext", "  item: - item", "  comment: <!-- one\ntwo -->", "  para: after",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("  ```\n- a\n  ```\n\n  ```\n- b\n# C\n", []),  # the bullet is what the first fence says
        ("- a\n  ```\n  x\n# C\n", ["# C"]),
        ("- a\n  ```\n  x\n  ```\n  ```\n  y\n# C\n", ["# C"]),
        ("- a\n\n```\n- b\n```\n\n  ```\n# C\n", []),
    ],
)
def test_a_fence_ends_with_the_item_that_it_stands_in_if_any(text: str, found: list[str]) -> None:
    assert headings(text) == found
    assert cut(text.encode()).render() == text.encode()


def test_a_fence_behind_a_fenced_bullet_keeps_what_it_hides() -> None:
    assert [kind for _, kind, _ in cut(b"  ```\n- a\n  ```\n\n  ```\n- b\n").units()] == ["fence", "fence"]


def section(text: str, at: int) -> Section:
    return cut(dedent(text).encode()).sections[at]


def test_undated_headings_belong_to_the_day_before_them() -> None:
    day = section("## 2025-08-21\n\n## Summary\n\n## 2025-08-22\n", 1)
    assert [kid.text for kid in day.kids] == [b"Summary"]


def test_behind_a_titled_entry_only_headings_that_repeat_belong_to_it() -> None:
    text = "## 2025-08-21 Ada\n\n## Summary\n\n## 2025-08-22 Bob\n\n## Summary\n\n## References\n"
    assert [kid.text for kid in section(text, 3).kids] == [b"Summary"]


def test_a_dated_heading_above_entries_is_a_container() -> None:
    text = "# Log 2025-08\n\n## 2025-08-21 Ada\n"
    assert not section(text, 1).entry
    assert section(text, 2).entry


def test_identity_ignores_padding_ordinals_and_white_space() -> None:
    def whole(text: str) -> bytes:
        return cut(text.encode()).root.blocks[0].whole

    assert whole("| a | b |\n|---|---|\n| 1 |  |\n") == whole("|a|b|\n|-----|-----|\n|  1|\n")
    assert whole("3. three  \n") == whole("1. three\n")
    assert whole("- a\n\n  - b\n") == whole("- a\n  - b\n")
    assert whole("- a\n") != whole("  - a\n")


def test_deep_nesting_is_cut_without_recursing_for_ever() -> None:
    text = "\n".join("  " * depth + "- x" for depth in range(3000)).encode()
    assert cut(text).render() == text
    assert cut(text).root.blocks[0].whole
