"""Links follow what they lead to, and nothing else in a text changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.checks.links import links, resolved
from mbgit.checks.page import LARGEST, Page
from mbgit.checks.relink import Rewritten, Where, rewritten, targets
from tests.engine import strategies as banks
from tests.proposals.harvest.test_laws import laws

OLD, NEW = "bank/patterns.md", "Docs/Reference/Patterns.md"
MOVES = {OLD: NEW, "bank/odd (name).md": "Docs/odd (name).md"}


def follow(path: str, fragment: str) -> str | None:
    return MOVES.get(path, path)


def led(text: str, old: str = "bank/other.md", new: str = "", where: Where = follow) -> str:
    found = rewritten(text.encode(), old, new or old, where)
    assert found.missed == 0
    return found.data.decode()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[a](patterns.md)", "[a](../Docs/Reference/Patterns.md)"),
        ("[a](./patterns.md)", "[a](../Docs/Reference/Patterns.md)"),
        ("[a](patterns.md#keys)", "[a](../Docs/Reference/Patterns.md#keys)"),
        ("[a](patterns.md?plain=1#keys 'title')", "[a](../Docs/Reference/Patterns.md?plain=1#keys 'title')"),
        ("[a](<patterns.md>)", "[a](<../Docs/Reference/Patterns.md>)"),
        ("[a](/bank/patterns.md)", "[a](/Docs/Reference/Patterns.md)"),
        ("![a](patterns.md)", "![a](../Docs/Reference/Patterns.md)"),
        ("[![i](i.png)](patterns.md)", "[![i](i.png)](../Docs/Reference/Patterns.md)"),
        ("[a][b]\n\n[b]: patterns.md", "[a][b]\n\n[b]: ../Docs/Reference/Patterns.md"),
        ("[b]\n\n[b]: <patterns.md#x> (t)", "[b]\n\n[b]: <../Docs/Reference/Patterns.md#x> (t)"),
        ("> - [a](patterns.md)\n>\n> [b]: patterns.md", "> - [a](../Docs/Reference/Patterns.md)\n>\n"
         "> [b]: ../Docs/Reference/Patterns.md"),
        ("| a |\n| - |\n| [a](patterns.md) |", "| a |\n| - |\n| [a](../Docs/Reference/Patterns.md) |"),
        ("<a href=\"patterns.md\">a</a>", "<a href=\"../Docs/Reference/Patterns.md\">a</a>"),
        ("[a](odd%20%28name%29.md)", "[a](../Docs/odd%20%28name%29.md)"),
        ("[a](<odd (name).md>)", "[a](<../Docs/odd (name).md>)"),
        ("x [a](patterns.md) and `[a](patterns.md)`", "x [a](../Docs/Reference/Patterns.md) and `[a](patterns.md)`"),
        ("[a](patterns.md)\r\n[b](patterns.md)\r\n", "[a](../Docs/Reference/Patterns.md)\r\n"
         "[b](../Docs/Reference/Patterns.md)\r\n"),
    ],
)  # fmt: skip
def test_a_link_leads_on(text: str, wanted: str) -> None:
    assert led(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "[a](other.md) [b](#patterns) [c](https://example.org/bank/patterns.md) [d](//x/patterns.md)",
        "```\n[a](patterns.md)\n```", "    [a](patterns.md)", "`[a](patterns.md)`", "<!-- [a](patterns.md) -->",
        "\\[a](patterns.md)", "[a] (patterns.md)", "patterns.md", "[a](../patterns.md)", "[a](../../patterns.md)",
        "---\na: '[a](patterns.md)'\n---\n", "[a](mailto:patterns.md)", "[a](C:\\patterns.md)", "[a]()",
    ],
)  # fmt: skip
def test_what_is_no_link_to_it_stays(text: str) -> None:
    assert led(text) == text


def test_code_beside_a_link_stays_where_it_looks_like_one() -> None:
    text = "[a](patterns.md)\n\n<!--\n[a](patterns.md)\n-->\n\n[b]: patterns.md"
    assert led(text).count("](patterns.md)") == 1


def test_front_matter_is_no_markdown() -> None:
    front = "---\na: '[a](patterns.md)'\n---\n\n"
    assert led(front + "[a](patterns.md)") == front + "[a](../Docs/Reference/Patterns.md)"


def test_links_in_the_file_that_moves_lead_to_what_they_led_to() -> None:
    text = "[a](decisions.md) [b](../README.md#x) [c](#own) [d](patterns.md#own) ![e](img/) [f](/x.md)"
    wanted = (
        "[a](../../bank/decisions.md) [b](../../README.md#x) [c](#own) [d](Patterns.md#own) ![e](../../bank/img/) "
        "[f](/x.md)"
    )
    assert led(text, OLD, NEW) == wanted


def test_a_fragment_may_move_by_itself() -> None:
    def where(path: str, fragment: str) -> str:
        return "mine.md" if (path, fragment) == ("bank/a.md", "notes") else path

    assert led("[a](#notes) [b](a.md#notes) [c](#other)", "bank/a.md", where=where) == (
        "[a](../mine.md#notes) [b](../mine.md#notes) [c](#other)"
    )


def test_what_leads_nowhere_stays() -> None:
    assert led("[a](gone.md)", OLD, NEW, lambda path, fragment: None) == "[a](gone.md)"


@pytest.mark.parametrize(
    "name", ["ab:c.md", "a#b.md", "a?b.md", "a%20b.md", "a`b.md", "a|b.md", "a&lt;b.md", "a)b.md", "\xe9.md", "a b.md"]
)
def test_a_hostile_name_stays_a_path(name: str) -> None:
    for link in (b"[x](patterns.md#p)", b"[x](<patterns.md#p>)"):
        found = rewritten(link, "bank/x.md", "bank/x.md", lambda path, fragment: f"bank/{name}")
        assert targets(Page("bank/x.md", found.data)) == [f"bank/{name}"]


def test_what_is_too_large_or_no_text_stays_and_is_reported() -> None:
    for data in (b"[a](patterns.md)\n" + b"x" * LARGEST, b"[a](patterns.md)\0"):
        assert rewritten(data, "bank/x.md", "bank/x.md", follow) == Rewritten(data, 1)


def test_a_link_that_cannot_be_led_on_is_reported() -> None:
    found = rewritten(b"[a](\npatterns.md)\n", "bank/x.md", "bank/x.md", follow)
    assert found == Rewritten(b"[a](\npatterns.md)\n", 1)


@pytest.mark.parametrize(
    "bait",
    ["](", "[a](", "[a](<", "](((((", "[", "[a]: ", "`", "` [a](patterns.md) ", "href=", "<a href='", "![", "\\("],
)
def test_bait_ends(bait: str) -> None:
    rewritten(b"[a](patterns.md)\n" + bait.encode() * (20_000 // len(bait)), "bank/x.md", "bank/x.md", follow)


TARGETS = st.sampled_from(
    ("patterns.md", "patterns.md#a", "../README.md", "x%20y.md", "#a", "<patterns.md>", "https://x.y/", "a\\_b.md",
     "\xe9.md")
)  # fmt: skip
FORMS = st.sampled_from(
    ("[t]({})", "![t]({})", "<a href='{}'>t</a>", "`[t]({})`", "[r]: {}", "\\[t]({})", "[t][r]", "<!-- [t]({}) -->")
)
LINKS = st.lists(st.builds(str.format, FORMS, TARGETS), max_size=5)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Lines that are hard to read, with links among them."""
    rows = draw(banks.raw_lines() | st.builds(banks.rendered, banks.banks(), banks.STYLES)).split(b"\n")
    for link in draw(LINKS):
        at = draw(st.integers(0, len(rows)))
        if draw(st.booleans()) and at < len(rows):
            rows[at] += b" " + link.encode()
        else:
            rows.insert(at, link.encode())
    return b"\n".join(rows)


def leads(data: bytes, at: str) -> list[str | None]:
    """What each link of a page leads to, as a path from the root."""
    from urllib.parse import unquote

    found = []
    for link in links(Page(at, data)):
        path = unquote(link.target.partition("#")[0])
        found.append(link.target if "://" in link.target or "\\" in path else resolved(path, at) if path else at)
    return found


@laws(33)
@given(texts(), st.sampled_from(((OLD, NEW), ("bank/x.md", "bank/x.md"), ("x.md", "a/b/c/x.md"))))
def test_every_link_leads_to_what_it_led_to(data: bytes, places: tuple[str, str]) -> None:
    old, new = places
    moves = MOVES | {old: new}
    found = rewritten(data, old, new, lambda path, fragment: moves.get(path, path))
    before, after = leads(data, old), leads(found.data, new)
    wanted = [moves.get(path, path) if path is not None else None for path in before]
    wrong = [pair for pair in zip(wanted, after, strict=True) if pair[0] != pair[1] and pair[0] is not None]
    assert len(wrong) <= found.missed
    rows = list(zip(data.split(b"\n"), found.data.split(b"\n"), strict=True))
    assert all(one == other or b"]" in one or b"=" in one for one, other in rows)


@laws(25)
@given(banks.raw_bytes(), banks.raw_bytes())
def test_any_bytes(one: bytes, other: bytes) -> None:
    data = one + b"[a](patterns.md)" + other
    assert rewritten(data, OLD, NEW, follow).data.count(b"\n") == data.count(b"\n")
