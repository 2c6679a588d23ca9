from __future__ import annotations

import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.bank.remerge import Edits, Lost, Text, lines_of, lost, only_in, remerged, says, says_unlinked
from mbgit.engine.result import Binary
from mbgit.engine.threeway import merge3
from tests.engine import strategies as banks
from tests.engine.strategies import Sides

BASE = """\
# Lessons

## Lessons

- Fences hide headings from the parser
- Caches outlive the session that fills them
"""
OURS = BASE + "- Harvest before the buffer overflows\n"
THEIRS = BASE + "- Clocks of two machines never agree\n"
BOTH = OURS + "- Clocks of two machines never agree\n"
NAMES = {"latest": "activeContext.md", "union": "lessons-buffer.md", "log": "SESSION_LOG.md"}
every_policy = pytest.mark.parametrize("policy", list(NAMES))


def found(
    bases: list[str] | str, parents: list[str | None], result: str | None, policy: str = "union"
) -> list[tuple[str, int]]:
    """What `lost` says of texts: titles and parents."""
    olds = [bases] if isinstance(bases, str) else bases
    sides = [None if text is None else text.encode() for text in parents]
    made = None if result is None else result.encode()
    items = lost([text.encode() for text in olds], sides, made, policy, NAMES[policy])
    return [(item.entry.title, item.parent) for item in items]


# Merges as people make them


def test_a_merge_that_takes_ours_whole_lost_what_theirs_added() -> None:
    assert found(BASE, [OURS, THEIRS], OURS) == [("Clocks of two machines never agree", 1)]


def test_a_merge_that_takes_theirs_whole_lost_what_ours_added() -> None:
    assert found(BASE, [OURS, THEIRS], THEIRS) == [("Harvest before the buffer overflows", 0)]


@every_policy
def test_a_merge_that_holds_both_lost_nothing(policy: str) -> None:
    assert found(BASE, [OURS, THEIRS], BOTH, policy) == []


def test_a_merge_that_goes_back_to_the_base_lost_both() -> None:
    assert [parent for _, parent in found(BASE, [OURS, THEIRS], BASE)] == [0, 1]


def test_one_entry_of_many_is_found() -> None:
    theirs = BASE + "".join(f"- Lesson {n} that {word} taught\n" for n, word in enumerate(banks.WORDS))
    merged = OURS + theirs.removeprefix(BASE)
    assert found(BASE, [OURS, theirs], merged.replace("- Lesson 4 that parser taught\n", "")) == [
        ("Lesson 4 that parser taught", 1)
    ]


def test_what_a_parent_deleted_is_no_loss() -> None:
    purged = "# Lessons\n\n## Lessons\n"
    assert found(BASE, [OURS, purged], "# Lessons\n\n## Lessons\n\n- Harvest before the buffer overflows\n") == []


def test_what_one_parent_edited_and_the_other_deleted_may_go() -> None:
    edited = BASE.replace("that fills them", "that fills them, twice over")
    purged = BASE.replace("- Caches outlive the session that fills them\n", "")
    assert found(BASE, [edited, purged], purged) == []


def test_an_edit_that_only_one_parent_made_may_not_go() -> None:
    edited = BASE.replace("that fills them", "that fills them, twice over")
    assert found(BASE, [edited, THEIRS], THEIRS) == [("Caches outlive the session that fills them, twice over", 0)]


def test_a_typo_mended_while_merging_is_no_loss() -> None:
    mended = BOTH.replace("Clocks of two machines never agree", "The clocks of two machines never do agree")
    assert found(BASE, [OURS, THEIRS], mended) == []


def test_another_entry_written_while_merging_excuses_nothing() -> None:
    assert found(BASE, [OURS, THEIRS], OURS + "- Reviews find what tests do not\n") == [
        ("Clocks of two machines never agree", 1)
    ]


def test_an_entry_of_a_parent_is_no_edited_form_of_another() -> None:
    base = "## Change Log\n\n| Date | Phase | Change | Author |\n|---|---|---|---|\n"
    ours = base + "| 2025-11-25 | Phase 1 | Added caching to the parser | Ada |\n"
    theirs = base + "| 2025-11-25 | Phase 1 | Added fences to the parser | Ada |\n"
    assert found(base, [ours, theirs], ours) == [("2025-11-25 | Phase 1 | Added fences to the parser | Ada", 1)]


def test_an_entry_that_both_sides_wrote_under_one_heading_may_be_put_together_by_hand() -> None:
    ours = "# Log\n\n## 2025-08-21 Review\n\n- read the parser and its tests\n"
    theirs = "# Log\n\n## 2025-08-21 Review\n\n- asked for shorter functions\n"
    by_hand = "# Log\n\n## 2025-08-21 Review\n\n- read the parser, asked for shorter functions\n"
    assert found("# Log\n", [ours, theirs], by_hand) == []
    assert found("# Log\n", [ours, theirs], ours) == [("2025-08-21 Review", 1)]


def test_entries_of_two_times_are_never_one() -> None:
    ours = "# Log\n\n## 2025-08-21 09:00 Ada\n\n- ran the tests and the benchmark\n"
    theirs = "# Log\n\n## 2025-08-21 10:00 Ada\n\n- ran the tests and the benchmark of yesterday\n"
    edited = ours.replace("the benchmark", "the benchmarks")
    assert found("# Log\n", [ours, theirs], edited) == [("2025-08-21 10:00 Ada", 1)]


@pytest.mark.parametrize("kept", ["Reviewing the parser", "Measuring the cache"])
def test_what_latest_wins_superseded_is_no_loss_either_way(kept: str) -> None:
    base = "# Context\n\n| Agent | Task |\n|---|---|\n| Ada | Reading |\n| Bob | Idle |\n"
    ours, theirs = base.replace("Reading", "Reviewing the parser"), base.replace("Reading", "Measuring the cache")
    result = base.replace("Reading", kept)
    assert found(base, [ours, theirs], result, "latest") == []
    assert len(found(base, [ours, theirs], result, "union")) == 1


def test_latest_wins_may_not_lose_what_nobody_contested() -> None:
    assert found(BASE, [OURS, THEIRS], OURS, "latest") == [("Clocks of two machines never agree", 1)]


@pytest.mark.parametrize("result", [None, ""])
def test_a_file_that_the_merge_deleted_lost_what_was_added(result: str | None) -> None:
    assert {title for title, _ in found(BASE, [OURS, THEIRS], result)} == {
        "Harvest before the buffer overflows",
        "Clocks of two machines never agree",
    }


def test_a_file_that_one_side_deleted_keeps_what_the_other_added() -> None:
    assert found(BASE, [OURS, None], None) == [("Harvest before the buffer overflows", 0)]
    assert found(BASE, [None, BASE], None) == []


def test_a_file_that_both_added() -> None:
    assert found([], [OURS, THEIRS], OURS) == [("Clocks of two machines never agree", 1)]
    assert found([""], [OURS, THEIRS], BOTH) == []


@pytest.mark.parametrize(
    "reset",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("- ", "* "),
        lambda text: text.replace("- ", "1. "),
        lambda text: text.replace("- ", "  -  "),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
        lambda text: "".join(reversed(text.splitlines(keepends=True))),
    ],
)
def test_how_a_text_is_set_is_no_loss(reset: Callable[[str], str]) -> None:
    assert found(BASE, [OURS, THEIRS], reset(BOTH)) == []


def test_an_octopus_keeps_what_each_parent_added() -> None:
    third = BASE + "- Reviews find what tests do not\n"
    merged = BOTH + "- Reviews find what tests do not\n"
    assert found(BASE, [OURS, THEIRS, third], merged) == []
    assert found(BASE, [OURS, THEIRS, third], BOTH) == [("Reviews find what tests do not", 2)]


def test_in_a_criss_cross_an_entry_of_either_base_was_not_added() -> None:
    assert found([OURS, THEIRS], [BOTH, BOTH + "- Reviews find what tests do not\n"], THEIRS) == [
        ("Reviews find what tests do not", 1)
    ]


def test_an_octopus_of_a_context_may_supersede() -> None:
    base = "# Context\n\n- Ada reads the parser\n"
    sides = [base.replace("reads", word) for word in ("reviews", "measures", "reads")]
    assert found(base, list(sides), sides[0], "latest") == []


def test_binary_files_are_compared_by_entries_alone() -> None:
    assert remerged(b"\0", b"\0a", b"\0b", "union", "x.md") == ()
    assert found(BASE + "\0", [OURS + "\0", THEIRS + "\0"], OURS + "\0")


# What mbgit may have made of it


def test_a_re_merge_without_contest_is_one_text() -> None:
    for policy in NAMES:
        assert remerged(BASE.encode(), OURS.encode(), THEIRS.encode(), policy, "x.md") == (
            merge3(BASE.encode(), OURS.encode(), THEIRS.encode(), policy, "x.md").text,
        )


def test_a_contest_under_latest_wins_may_have_gone_either_way() -> None:
    base, ours, theirs = (f"# Context\n\n- Ada {word} the parser\n".encode() for word in ("reads", "tests", "mends"))
    assert set(remerged(base, ours, theirs, "latest", "activeContext.md")) == {ours, theirs}


def test_a_field_of_the_document_may_have_gone_either_way_in_every_policy() -> None:
    base, ours, theirs = (f"**Last Updated**: 2025-08-2{n}\n\n# X\n".encode() for n in (1, 2, 3))
    for policy in NAMES:
        assert set(remerged(base, ours, theirs, policy, "x.md")) == {ours, theirs}


# Properties


def laws(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def clock(seed: int, ours: bytes, theirs: bytes) -> Callable[[int, int, int], int | None]:
    sides = ours.split(b"\n"), theirs.split(b"\n")
    return lambda side, first, last: zlib.crc32(b"\n".join(sides[side][first - 1 : last]), seed) % 4 or None


def merged(base: bytes, ours: bytes, theirs: bytes, policy: str, seed: int) -> bytes:
    return merge3(base, ours, theirs, policy, NAMES[policy], clock(seed, ours, theirs)).text


def shown(items: list[Lost], *texts: bytes) -> str:
    return "\n=====\n".join(text.decode(errors="backslashreplace") for text in (*(i.entry.text for i in items), *texts))


@every_policy
@laws(60)
@given(banks.sides(), st.integers(0, 9))
def test_mbgit_loses_nothing_whatever_the_clocks_say(policy: str, s: Sides, seed: int) -> None:
    base, ours, theirs = s.texts
    text = merged(base, ours, theirs, policy, seed)
    items = lost([base], [ours, theirs], text, policy, NAMES[policy])
    assert not items, shown(items, base, ours, theirs, text)


@every_policy
@laws(60)
@given(banks.raw_triples(), st.integers(0, 9))
def test_mbgit_loses_nothing_of_raw_lines(policy: str, triple: tuple[bytes, bytes, bytes], seed: int) -> None:
    base, ours, theirs = triple
    text = merged(base, ours, theirs, policy, seed)
    items = lost([base], [ours, theirs], text, policy, NAMES[policy])
    assert not items, shown(items, base, ours, theirs, text)


@every_policy
@laws(60)
@given(banks.sides((*banks.ADDING, "append", "insert", "prepend")), st.data())
def test_an_added_entry_that_is_dropped_is_found(policy: str, s: Sides, data: st.DataObject) -> None:
    base, ours, theirs = s.texts
    text = merged(base, ours, theirs, policy, 0).replace(b"\r\n", b"\n")
    added = {entry.identity for side in (ours, theirs) for entry in only_in(Text(side), Text(base))}
    there = [entry for entry in entries(text) if entry.identity in added]
    assume(there)
    victim = data.draw(st.sampled_from(there))
    rows = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    del rows[victim.line - 1 : victim.line + victim.text.count(b"\n")]
    rest = b"\n".join(rows)
    assume(not lines_of(victim) <= Text(rest).said)
    items = lost([base], [ours, theirs], rest, policy, NAMES[policy])
    assert victim.identity in {item.entry.identity for item in items}, shown(items, victim.text, ours, theirs, rest)


@laws(150)
@given(st.lists(banks.raw_bytes() | st.binary(), min_size=4, max_size=6), st.sampled_from(list(NAMES)))
def test_any_bytes_will_do(texts: list[bytes], policy: str) -> None:
    for item in lost(texts[:1], texts[1:-1], texts[-1], policy, NAMES[policy]):
        assert item.entry.text.replace(b"\r", b"") in texts[1 + item.parent].replace(b"\r", b"")
    try:
        merge3(texts[0], texts[1], texts[2], policy, NAMES[policy])
    except Binary:
        assert remerged(texts[0], texts[1], texts[2], policy, NAMES[policy]) == ()


@laws(100)
@given(banks.sides())
def test_the_quick_look_never_misses_a_line(s: Sides) -> None:
    _, ours, theirs = s.texts
    one, other = Text(ours), Text(theirs)
    assert one.beyond(other) == set(one.said - other.said) - {b""}
    assert one.beyond(other) <= one.taken_out(other)


def test_a_line_says_its_words_however_it_is_set() -> None:
    for row in (b"- a  b", b"  * a b  ", b"12. a b\r", b"## a b", b"### a b ##", b"a b"):
        assert says(row) == b"a b"
    assert says(b"| a |  b |  |") == says(b"|a|b|")
    for row in (b"", b"---", b"```", b"|---|:-:|", b"***", b"======"):
        assert says(row) == b""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"see [a](a.md#b) now", b"see [a](../../x/a.md#b) now"),
        (b"see [a](#b) now", b"see [a](../SESSION_LOG.md#b) now"),
        (b"- [a](.)", b"- [a](..)"),
        (b"- [a](caf%C3%A9(1).md 'A')", "- [a](../café%281%29.md 'A')".encode()),
        (b"- ![a](<a b.png>)", b"- ![a](<../a b.png>)"),
        (b"[a]: a.md", b"[a]: ../a.md"),
        (b"| [a](a.md) | <a href='a.md'>b</a> |", b"| [a](../a.md) | <a href='../a.md'>b</a> |"),
    ],
)
def test_a_line_says_the_same_wherever_its_links_lead(one: bytes, other: bytes) -> None:
    assert says(one) != says(other)
    assert says_unlinked(one) == says_unlinked(other)


@pytest.mark.parametrize("bait", [b"](a/", b"]:", b"](<", b"](a(", b"](()", b"href=", b"href='a src=\"", b"]( "])
def test_a_bait_of_links_takes_no_square_of_time(bait: bytes) -> None:
    start = time.process_time()
    says_unlinked(bait * 100_000)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("word", ["same", "w{}", "same w{}", "a b c d e f g h w{}"])
def test_a_thousand_lost_entries_among_thousands_alike_take_no_square_of_time(word: str) -> None:
    """Ten times the entries in less than sixty times the time: the square would take a hundred times."""

    def seconds(times: int) -> float:
        one, other = ("".join(f"- {word.format(f'{side}{n}')} {side}\n" for n in range(times)) for side in "xy")
        start = time.process_time()
        edits = Edits(entries(one.encode()))
        assert len([edits.of(entry) for entry in entries(other.encode())]) == times
        return time.process_time() - start

    small = min(seconds(300) for _ in range(3))
    assert min(seconds(3_000) for _ in range(2)) < 60 * small + 0.5
