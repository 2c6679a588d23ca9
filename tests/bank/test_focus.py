from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.focus import focus


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Active Context\n\n## Current Focus\n\nThe **parser** of [tables](t.md)\n\nMore\n", "The parser of tables"),
        ("## 🎯 Current Focus & Next Steps\n\n- [ ] Ship `v2`\n", "Ship v2"),
        ("## Current Focus: the parser\n\nSomething else\n", "the parser"),
        ("## Current Focus:\n\n1. the lexer\n", "the lexer"),
        ("## Current Sprint Focus\n\n**Phase:** Foundation\n**Timeline:** two days\n", "Phase: Foundation"),
        ("# Context - Current Work Focus\n\nWhat goes on here\n\n## Current Focus\n\nLocks\n", "Locks"),
        ("## Current Work\n- **Completed**: the cut\n- **Active**: the merge\n", "Active: the merge"),
        ("## Current Focus\n\n- [x] one\n- [ ] two\n", "two"),
        ("## Current Focus\n\n- [x] one\n", "one"),
        ("## Current Focus\n\n✅ one\n\n- two\n", "two"),
        ("## Current Focus\n\n### Today\n\nThe bench\n", "The bench"),
        ("**Current Focus**: figures\n", "figures"),
        ('---\nfocus_area: "Skills"\n---\n\n# What We Do\n', "Skills"),
        ("# What We're Focused On\n\n**Status:** Pipeline cleared.\n", "Status: Pipeline cleared."),
        ("### Текущий фокус\n**Приоритет:** тестирование\n", "Приоритет: тестирование"),
        ("Current Focus\n-------------\n\nSetext\n", "Setext"),
        ("## Current Focus\r\n\r\n> Quoted\r\n", "Quoted"),
    ],
)
def test_the_first_line_that_says_something(text: str, says: str) -> None:
    assert focus(text.encode()) == says


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Active Context\n\n## Current Focus\n\n[What we're working on now]\n\n## Next Steps\n\n- Go\n",
        "## Current Focus\n\n<!-- one line -->\n\n...\n\n- -\n\n---\n",
        "## Current Focus\n\n**Last Updated**: 2025-08-21\n",
        "## Current Focus\n\n**Task**:\n",
        "```\n## Current Focus\n\nIn a fence\n```\n",
        "<!--\n## Current Focus\n\nIn a comment\n-->\n",
        "## Focus Metrics\n\n- 5 views\n",
        "## Current Focus\n\n```sh\nmake\n```\n",
    ],
)
def test_placeholders_comments_and_code_are_no_focus(text: str) -> None:
    assert focus(text.encode()) == ""


def test_a_plain_name_goes_before_one_that_only_resembles_it() -> None:
    assert focus(b"## Current Work\n\nOne\n\n## Current Focus\n\nTwo\n") == "Two"


def test_the_text_is_handed_out_raw() -> None:
    assert focus("## Current Focus\n\na\x1b[31m\u202eb\n".encode()) == "a\x1b[31m\u202eb"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"## Current Focus\n{text}".encode()))
def test_any_bytes_have_a_focus_or_none(data: bytes) -> None:
    assert "\n" not in focus(data)


@pytest.mark.parametrize("bait", [b"[", b"*a ", b"focus ", b"- ", b"current ", b": - ", b"<!--", b"# "])
def test_no_pattern_is_baited(bait: bytes) -> None:
    for text in (b"## " + bait * 100_000, b"## Current Focus\n\n" + bait * 100_000, b"**" + bait * 100_000):
        assert len(focus(text)) < 5_000


def test_many_headings() -> None:
    assert focus(b"## Current Focus\n\n- [x] a\n\n" * 30_000) == "a"
