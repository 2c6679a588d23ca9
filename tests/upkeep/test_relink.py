from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.checks.page import Page
from mbgit.upkeep.relink import relinked, targets
from tests.engine import strategies as banks

MOVED = {"bank/old.md": "bank/deep/new.md", "docs/a b.md": "docs/c (d).md", "docs/pic.png": "img/pic.png"}


def rewritten(text: str, origin: str = "bank/x.md", home: str = "") -> str:
    return relinked(text.encode(), origin, MOVED.get, home).data.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[x](old.md)", "[x](deep/new.md)"),
        ("[x](./old.md)", "[x](./deep/new.md)"),
        ("[x](/bank/old.md)", "[x](/bank/deep/new.md)"),
        ("[x](../bank/old.md)", "[x](deep/new.md)"),
        ("[x](old.md#part-1)", "[x](deep/new.md#part-1)"),
        ("[x](old.md?raw=1#p)", "[x](deep/new.md?raw=1#p)"),
        ('[x](old.md "The title")', '[x](deep/new.md "The title")'),
        ("[x](<old.md>)", "[x](<deep/new.md>)"),
        ("[x]( old.md )", "[x]( deep/new.md )"),
        ("[x](../docs/a%20b.md)", "[x](../docs/c%20%28d%29.md)"),
        ("[x](<../docs/a b.md>)", "[x](<../docs/c%20%28d%29.md>)"),
        ("![p](../docs/pic.png)", "![p](../img/pic.png)"),
        ("[![p](../docs/pic.png)](old.md)", "[![p](../img/pic.png)](deep/new.md)"),
        ("see [x], [y][x]\n\n[x]: old.md 'T'", "see [x], [y][x]\n\n[x]: deep/new.md 'T'"),
        ("a\n\n[unused]: old.md", "a\n\n[unused]: deep/new.md"),
        ("| a |\n|---|\n| [x](old.md) |", "| a |\n|---|\n| [x](deep/new.md) |"),
        ("- a\n  > [x](old.md) **[y](old.md)**", "- a\n  > [x](deep/new.md) **[y](deep/new.md)**"),
        ("[two\nlines](old.md)", "[two\nlines](deep/new.md)"),
    ],
)
def test_a_target_is_rewritten_and_nothing_else(before: str, after: str) -> None:
    frame = "# T\r\n\r\nold.md [z](other.md) {}\r\n\r\nend  "
    for text, wanted in ((before, after), (frame.format(before), frame.format(after))):
        if "\n" in before and text is not before:
            continue
        assert rewritten(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "`[x](old.md)`",
        "```\n[x](old.md)\n```",
        "    [x](old.md)",
        "<!-- [x](old.md) -->",
        '<a href="old.md">x</a>',
        "\\[x](old.md)",
        "[x](https://example.org/old.md)",
        "[x](//old.md)",
        "[x](mailto:old.md)",
        "[x](../../bank/old.md)",
        "[x](old.md",
        "[x](#old.md)",
        "[x](OLD.md)",
    ],
)
def test_what_is_no_link_to_it_stays(text: str) -> None:
    assert rewritten(text) == text


def test_links_beside_code_that_looks_like_them() -> None:
    text = "[x](old.md)\n\n```\n[x](old.md)\n```\n\n`[x](old.md)`\n\nand [x](old.md)\n"
    done = relinked(text.encode(), "bank/x.md", MOVED.get)
    assert done.data.decode() == text.replace("[x](old.md)\n\n", "[x](deep/new.md)\n\n", 1).replace(
        "and [x](old.md)", "and [x](deep/new.md)"
    )
    assert done.paths == (("bank/old.md", "bank/deep/new.md"),)


def test_a_page_that_moves_takes_its_links_along() -> None:
    text = "[a](other.md#x) [b](/bank/other.md) [c](../docs/) [d](#here) [e](//x.org) [f](x.md) [g](old.md)\n"
    wanted = "[a](../other.md#x) [b](/bank/other.md) [c](../../docs/) [d](#here) [e](//x.org) [f](y.md) [g](new.md)\n"
    assert rewritten(text, home="bank/deep/y.md") == wanted


def test_hostile_names_stay_paths() -> None:
    names = ["ab:c.md", "a#b.md", "a?b.md", "a%20b.md", "a`b.md", "a|b.md", "a\\b.md", "a&lt;b.md", "a)b.md", "é.md"]
    for name in names:
        done = relinked(b"[x](old.md#p)", "bank/x.md", {"bank/old.md": f"bank/{name}"}.get)
        assert done.paths == (("bank/old.md", f"bank/{name}"),), done
        assert done.data.endswith(b"#p)")


def test_a_link_that_would_leave_the_repository_is_none() -> None:
    assert relinked(b"[x](old.md)", "bank/x.md", {"bank/old.md": "../../x.md"}.get).paths == ()


pieces = st.sampled_from(
    ("[x](old.md)", "[y](./old.md#a)", "`[x](old.md)`", "[z]: old.md", "[z]", "![p](/bank/old.md)", "\n", "\n\n",
     "```\n", "> ", "- ", "<!--", "-->", "<old.md>", "[x](<old.md>)", "|", "    ", "text ", "\r\n", "<a href=old.md>",
     "[", "](old.md", ")", "\\", "\ufeff", "\0", "---\n", "a: b\n"),
)  # fmt: skip


@settings(max_examples=133, deadline=None, derandomize=True, database=None)
@given(st.lists(pieces, max_size=14).map("".join), st.sampled_from(("", "bank/deep/y.md")))
def test_links_lead_where_they_should_and_the_text_is_the_same(text: str, home: str) -> None:
    data = text.encode()
    done = relinked(data, "bank/x.md", MOVED.get, home)
    before, after = targets(Page("bank/x.md", data)), targets(Page(home or "bank/x.md", done.data))
    assert len(before) == len(after)
    if not home:
        assert all(new in (old, MOVED.get(old or "", "")) for old, new in zip(before, after, strict=True))
        assert done.data.replace(b"deep/new.md", b"old.md") == data
        assert relinked(done.data, "bank/x.md", MOVED.get).data == done.data


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(banks.raw_bytes() | banks.raw_lines())
def test_any_bytes_will_do(data: bytes) -> None:
    assert relinked(data, "bank/x.md", MOVED.get).data == data
    relinked(b"[x](old.md)" + data, "bank/x.md", MOVED.get, "bank/sessions/archive/\udcff.md")


@pytest.mark.parametrize("bait", ["](", "[x](", "]:", "](<", "](" + "a" * 999, "[", "](old.md"])
def test_a_long_bait_ends(bait: str) -> None:
    relinked((bait * (200_000 // len(bait))).encode(), "bank/x.md", MOVED.get)


def test_a_page_that_is_too_large_to_parse_stays() -> None:
    data = b"[x](old.md)\n" + b"x" * 2_000_000
    assert relinked(data, "bank/x.md", MOVED.get).data == data
    data = b"](old.md" * 110_000  # no link at all
    assert relinked(data, "bank/x.md", MOVED.get).data == data
