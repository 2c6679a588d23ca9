from __future__ import annotations

from datetime import date

import pytest

from mbgit.bank.entries import Entry
from mbgit.bank.settings import HARVEST, Rule
from mbgit.proposals.harvest.links import carried
from mbgit.proposals.harvest.plan import Harvest, Provenance, plan
from mbgit.proposals.harvest.records import doubles

PATTERNS, LESSONS, DECISIONS = HARVEST
TODAY = date(2025, 9, 1)
ADA = Provenance("Ada", "ada@example.org", "1a2b3c4d5e6f7", date(2025, 8, 30))


def planned(rule: Rule, source: str, tree: dict[str, str] | None = None, taken: tuple[int, ...] = ()) -> Harvest:
    files = {path: text.encode() for path, text in (tree or {}).items()}
    found = plan(rule, f"bank/{rule.source}", source.encode(), files, taken, TODAY, lambda entry: ADA)
    assert found is not None
    return found


def texts(harvest: Harvest) -> dict[str, str]:
    return {path: data.decode() for path, data in harvest.edits.items()}


def test_a_lesson_becomes_a_post_mortem() -> None:
    source = """\
# Lessons Buffer

## Lessons

### 2025-08-21 Cache keys without the tenant

Two tenants saw each other's invoices.

**Root cause**: The key was built from the path alone.
**Fix**:
- key on tenant and path
- flush

- [2025-08-20] `rm` is not a backup
"""
    assert texts(planned(LESSONS, source)) == {
        "bank/lessons-buffer.md": "# Lessons Buffer\n\n## Lessons\n",
        "Docs/06-PostMortems/2025-08-21-cache-keys-without-the-tenant.md": """\
# Cache keys without the tenant

**Date**: 2025-08-21

## Summary

Two tenants saw each other's invoices.

## Root cause

The key was built from the path alone.

## Fix

- key on tenant and path
- flush

- [2025-08-20] `rm` is not a backup

## As recorded

### 2025-08-21 Cache keys without the tenant

Two tenants saw each other's invoices.

**Root cause**: The key was built from the path alone.
**Fix**:
- key on tenant and path
- flush

- [2025-08-20] `rm` is not a backup
""",
        "Docs/06-PostMortems/README.md": """\
# Post-mortems

<!-- One file for each lesson that was harvested, by its day. -->

## Index

- 2025-08-21 [Cache keys without the tenant](2025-08-21-cache-keys-without-the-tenant.md)
""",
    }


def test_lessons_as_items_and_the_index_in_order_of_days() -> None:
    source = "# L\n\n- [2025-08-22] `rm` is *not* a backup\n- [2025-08-20] Ask first\n- undated: no\n"
    index = "# Mine\n\n- 2025-08-21 [x](2025-08-21-x.md)\n- 2025-12-01 [y](2025-12-01-y.md)\n\nend\n"
    found = texts(planned(LESSONS, source, {"docs/06-postmortems/readme.md": index}))
    assert found["docs/06-postmortems/readme.md"] == (
        "# Mine\n\n- 2025-08-20 [Ask first](2025-08-20-ask-first.md)\n- 2025-08-21 [x](2025-08-21-x.md)\n"
        "- 2025-08-22 [rm is not a backup](2025-08-22-rm-is-not-a-backup.md)\n"
        "- 2025-08-30 [undated: no](2025-08-30-undated-no.md)\n- 2025-12-01 [y](2025-12-01-y.md)\n\nend\n"
    )
    assert found["bank/lessons-buffer.md"] == "# L\n"


INBOX = """\
# Decisions Inbox

## Pending

### [2025-08-21] Caching strategy

**Status**: Accepted by Tech Lead
**Context**: Reads are slow.
**Decision**: Redis.
**Supersedes**: ADR-002
**Alternatives Considered**:

- Option A: memcached
- Option B: none
**Consequences**: One more service.

### [2025-08-25] Queue

**Status**: Proposed
"""
OLD = "# ADR-002: No cache\n\n## Status\n\nAccepted\n\n## Context\n\nnone\n"


def test_an_accepted_decision_becomes_a_record_and_the_others_wait() -> None:
    tree = {"Docs/03-Reference/ADR/ADR-002-no-cache.md": OLD}
    found = planned(DECISIONS, INBOX, tree, taken=(3,))
    assert texts(found) == {
        "bank/decisions-inbox.md": INBOX[: INBOX.index("### [2025-08-21]")] + INBOX[INBOX.index("### [2025-08-25]") :],
        "Docs/03-Reference/ADR/ADR-002-no-cache.md": OLD.replace(
            "Accepted\n", "Accepted\n\n- Superseded by [ADR-004](ADR-004-caching-strategy.md)\n"
        ),
        "Docs/03-Reference/ADR/ADR-004-caching-strategy.md": """\
# ADR-004: Caching strategy

**Date**: 2025-08-21

## Status

Accepted by Tech Lead

- Supersedes [ADR-002](ADR-002-no-cache.md)

## Context

Reads are slow.

## Decision

Redis.

## Rationale

Not recorded.

## Alternatives

- Option A: memcached
- Option B: none

## Consequences

One more service.

## As recorded

"""
        + INBOX[INBOX.index("### [2025-08-21]") : INBOX.index("\n### [2025-08-25]")],
    }
    (waiting,) = found.awaiting
    assert (waiting.entry.title, waiting.days, waiting.why) == ("[2025-08-25] Queue", 7, "not accepted yet")


LESSON = "### 2025-08-21 Lost keys\n\n**Problem**: All keys were lost in the flood of new ones.\n**Fix**: More keys.\n"
RECORD = "Docs/06-PostMortems/2025-08-21-lost-keys.md"


def apply(tree: dict[str, str], found: Harvest) -> dict[str, str]:
    return {path: text for path, text in (tree | texts(found)).items() if path.startswith("Docs/")}


def test_a_later_version_brings_its_record_up_to_date_and_leaves_what_people_wrote() -> None:
    tree = apply({}, planned(LESSONS, "# L\n\n" + LESSON))
    tree[RECORD] = tree[RECORD].replace("## Fix\n\nMore keys.", "## Fix\n\nMore keys, and a hook on the wall.")
    edited = LESSON.replace("new ones", "new ones, and stayed lost").replace("More", "Many more")
    found = planned(LESSONS, "# L\n\n" + edited, tree)
    assert [move.how for move in found.moves] == ["updated"]
    assert texts(found) == {
        "bank/lessons-buffer.md": "# L\n",
        RECORD: tree[RECORD]
        .replace(LESSON, edited)
        .replace("## Summary\n\nAll keys were lost in the flood of new ones.", "## Summary\n\n"
                 "All keys were lost in the flood of new ones, and stayed lost."),
    }  # fmt: skip


def test_a_record_that_was_renamed_is_known_again() -> None:
    tree = apply({}, planned(LESSONS, "# L\n\n" + LESSON))
    tree["Docs/06-PostMortems/2025/flood.md"] = tree.pop(RECORD)
    found = planned(LESSONS, "# L\n\n" + LESSON, tree)
    assert [(move.how, move.path) for move in found.moves] == [("same", "Docs/06-PostMortems/2025/flood.md")]
    assert texts(found) == {"bank/lessons-buffer.md": "# L\n"}


def test_another_record_of_that_name_gets_a_number() -> None:
    found = planned(LESSONS, "# L\n\n" + LESSON, {RECORD.replace("lost", "LOST"): "# Somebody's\n"})
    assert RECORD.replace(".md", "-2.md") in found.edits


def test_what_would_swallow_its_neighbours_stays() -> None:
    source = (
        "# L\n\n### 2025-01-01 <script> in it\n\n<script>\nalert(1)\n\n### 2025-01-02 fine\n\n<b>x</b>\n\n"
        "### 2025-01-03 folded\n\n<details>\nx\n\n### 2025-01-05 closed\n\n<!-- x\n\ny -->\n```\ncode\n```\n\n"
        "### 2025-01-04 comment\n\n<!-- never\n\n### 2025-01-06 open\n\n~~~\n### not one\n"
    )
    found = planned(PATTERNS, source)
    assert [move.entry.title for move in found.moves] == ["2025-01-02 fine", "2025-01-05 closed"]
    assert {stay.why for stay in found.stays} == {"a fence, a comment or HTML in it is not closed"}
    assert len(found.stays) == 4


def test_hostile_titles_stay_in_the_folder_and_in_their_line() -> None:
    titles = ("../../../.git/hooks/x", "a](http://evil) [b", "# <!-- x", "\x1b]0;x\x07 \u202e", "`" * 9, "con")
    for title in titles:
        found = planned(LESSONS, f"# L\n\n- [2025-01-01] {title}\n")
        (move,) = found.moves
        assert move.path.startswith("Docs/06-PostMortems/2025-01-01-")
        assert move.path.count("/") == 2
        index = texts(found)["Docs/06-PostMortems/README.md"]
        assert index.count("\n- ") == 1 == index.count(f"]({move.path.rpartition('/')[2]})\n")
        record = texts(found)[move.path]
        assert record.isprintable() or record.partition("\n## As recorded")[0].replace("\n", "").isprintable()


def test_a_target_that_cannot_be_used_says_so() -> None:
    found = planned(LESSONS, "# L\n\n- x\n", {"Docs": "a file"})
    assert not found.edits
    assert [stay.why for stay in found.stays] == [
        "the target cannot be used: a file stands where a folder of it should be"
    ]


def test_no_entries_no_harvest() -> None:
    for source in (b"", b"# Title\n\nprose\n", b"- x\n\0"):
        assert plan(PATTERNS, "b.md", source, {}, (), TODAY, lambda entry: ADA) is None


def test_status() -> None:
    states = {
        "Accepted": True, "**Approved** (2025-08-21)": True, "✅ accepted by Tech Lead": True, "Proposed": False,
        "Not accepted": False, "": False, "[Pending Tech Lead review]": False, "unapproved": False,
    }  # fmt: skip
    for state, accepted in states.items():
        found = planned(DECISIONS, f"# D\n\n### 2025-08-21 Q\n\n**Status**: {state}\n**Decision**: x\n")
        assert bool(found.moves) is accepted, state
    both = planned(DECISIONS, "# D\n\n### 2025-08-21 Q\n\n**Status**: Accepted\n\n**Status**: Rejected\n")
    assert len(both.awaiting) == 1


def test_decisions_in_a_table() -> None:
    table = "| Date | Decision | Status |\n|---|---|---|\n| 2025-08-20 | SQLite | Approved |\n"
    source = f"# D\n\n{table}| 2025-08-29 | Go | Open |\n"
    found = planned(DECISIONS, source, taken=(998, 999))
    path = "Docs/03-Reference/ADR/ADR-1000-sqlite.md"
    assert texts(found)[path].startswith("# ADR-1000: SQLite\n\n**Date**: 2025-08-20\n\n## Status\n\nApproved\n")
    assert texts(found)[path].endswith(f"\n## As recorded\n\n{table}")
    assert texts(found)["bank/decisions-inbox.md"] == source.replace("| 2025-08-20 | SQLite | Approved |\n", "")
    assert [stay.days for stay in found.awaiting] == [3]


def test_links_of_decisions_are_made_once() -> None:
    tree = apply({"Docs/03-Reference/ADR/ADR-002-no-cache.md": OLD}, planned(
        DECISIONS, INBOX, {"Docs/03-Reference/ADR/ADR-002-no-cache.md": OLD}, taken=(3,)))  # fmt: skip
    assert texts(planned(DECISIONS, INBOX, tree)).keys() == {"bank/decisions-inbox.md"}
    later = "# D\n\n### 2025-08-30 No cache again\n\n**Status**: Accepted\n**Supersedes**: ADR-004, ADR-099\n"
    found = texts(planned(DECISIONS, later, tree))
    assert "\n\n- Superseded by [ADR-005](ADR-005-no-cache-again.md)\n" in found[
        "Docs/03-Reference/ADR/ADR-004-caching-strategy.md"
    ].replace("(ADR-002-no-cache.md)\n", "(ADR-002-no-cache.md)\n\n")
    assert (
        "- Supersedes [ADR-004](ADR-004-caching-strategy.md)\n- Supersedes ADR-099\n"
        in found["Docs/03-Reference/ADR/ADR-005-no-cache-again.md"]
    )


def test_carriage_returns_stay_in_the_buffer_and_are_not_carried_over() -> None:
    found = texts(planned(LESSONS, "\ufeff# L\r\n\r\n## A\r\n\r\n- [2025-01-01] x\r\n  y\r\n"))
    assert found["bank/lessons-buffer.md"] == "\ufeff# L\r\n\r\n## A\r\n"
    assert "\r" not in found["Docs/06-PostMortems/2025-01-01-x.md"]


def test_bait_costs_little() -> None:
    bait = ("[(" * 100_000, "- " * 100_000, "**" * 100_000, "`" * 100_000, "<details>" * 50_000, "ADR-2, " * 50_000)
    for text in bait:
        for rule in HARVEST:
            source = f"# B\n\n### 2025-01-01 {text}\n\n**Status**: Accepted\n**Supersedes**: {text}\n\n- {text}\n"
            planned(rule, source)


def test_a_day_with_a_text_of_its_own_goes_behind_its_entries_in_the_same_commit() -> None:
    source = "# P\n\n## 2025-08-21\n\n### TD_042 a\n\na\n\n## 2025-08-23\n\nAn introduction.\n\n### TD_043 c\n\nc\n"
    asked: list[int] = []

    def by(entry: Entry) -> Provenance:
        asked.append(entry.line)
        return ADA

    found = plan(PATTERNS, "b.md", source.encode(), {}, (), TODAY, by)
    assert found is not None
    assert asked == [move.entry.line for move in found.moves] == [5, 13, 9]
    target = texts(found)["Docs/03-Reference/Patterns.md"]
    assert texts(found)["b.md"] == "# P\n"
    assert target.index("### TD_043 c") < target.index("## 2025-08-23\n\nAn introduction.")


@pytest.mark.parametrize("rule", [PATTERNS, LESSONS])
def test_nothing_that_this_harvest_moved_is_replaced_by_it(rule: Rule) -> None:
    """Below one heading twice: what is uncovered at last looks like a later version of what went first."""
    same = "text that both of them say\nand more\n"
    day = f"## 2025-01-01 Help\n\n{same}"
    source = f"# L\n\n{day}\n### 2025-01-01 part\n\nx\n\n{day}and an end\n"
    found = planned(rule, source)
    assert [move.how for move in found.moves] == ["new"] * 3
    assert texts(found)[f"bank/{rule.source}"] == "# L\n"


def test_one_decision_in_two_records() -> None:
    one, other = "d/ADR-004-x.md", "d/ADR-005-x.md"
    record = b"# ADR-004: x\n\n## As recorded\n\n- x\n"
    records = {one: record, other: record, "d/ADR-003-y.md": record.replace(b"- x", b"- y"), "d/README.md": b"- x\n"}
    assert doubles(records, ()) == [(other, one)]
    assert doubles(records, [other]) == [(one, other)]
    assert doubles(records, [one, other]) == []


def test_a_row_that_was_filled_in_brings_its_record_up_to_date() -> None:
    head = "# D\n\n| Decision | Date | Context | Status |\n|---|---|---|---|\n"
    row = "| SQLite for all of the reports | 2025-08-20 | slow reads | Approved |\n"
    tree = apply({}, planned(DECISIONS, head + row))
    found = planned(DECISIONS, head + row.replace("slow reads", "slow reads, one writer"), tree)
    ((path, text),) = ((path, text) for path, text in texts(found).items() if path.startswith("Docs/"))
    assert text == tree[path].replace("slow reads", "slow reads, one writer")
    assert text.count("one writer") == 2


@pytest.mark.parametrize("mark", ["TD-7", "#7"])
def test_another_decision_with_the_same_id_keeps_its_record(mark: str) -> None:
    entry = """\
# Decisions Inbox

### {} {}

**Date**: 2025-08-01
**Status**: Accepted
**Context**: We keep what people send, and some of it twice.
**Decision**: Keep it in {}.
"""
    tree = texts(planned(DECISIONS, entry.format(mark, "Redis for sessions", "Redis")))
    found = planned(DECISIONS, entry.format(mark, "Files on disk", "files"), tree)
    assert [move.how for move in found.moves] == ["new"]
    found = planned(DECISIONS, entry.format(mark, "Redis for all sessions", "Redis"), tree)
    assert [move.how for move in found.moves] == ["updated"]


LINKED = """\
# Patterns Buffer

## Patterns

- [2025-08-21] Keys, see [the cache](../src/cache.py#L3), [now](progress.md)
"""


def test_links_lead_where_they_led() -> None:
    found = planned(PATTERNS, LINKED, {"bank/progress.md": "# Progress\n"})
    text = texts(found)["Docs/03-Reference/Patterns.md"]
    assert "- [2025-08-21] Keys, see [the cache](../../src/cache.py#L3), [now](../../bank/progress.md)\n" in text


def test_an_entry_with_links_is_known_again() -> None:
    once = planned(PATTERNS, LINKED)
    tree = {path: text for path, text in texts(once).items() if path.startswith("Docs")}
    (move,) = planned(PATTERNS, LINKED, tree).moves
    assert move.how == "same"
    (move,) = planned(PATTERNS, LINKED.replace("md)\n", "md), seen again\n"), tree).moves
    assert move.how == "updated"


def test_links_to_an_entry_that_moves_follow_it() -> None:
    inbox = "# Decisions Inbox\n\n## Pending\n"
    for day, title, more in ((1, "Store", "See [how](#cache-keys)."), (2, "Cache keys", "Was [this](#store).")):
        inbox += f"\n### {title}\n\n**Date**: 2025-08-0{day}\n**Status**: Accepted\n**Context**: {more}\n"
    page = "# C\n\n- [keys]({}#cache-keys), [all](decisions-inbox.md#pending)\n"
    found = texts(planned(DECISIONS, inbox, {"bank/activeContext.md": page.format("decisions-inbox.md")}))
    assert found["bank/activeContext.md"] == page.format("../Docs/03-Reference/ADR/ADR-002-cache-keys.md")
    assert "See [how](ADR-002-cache-keys.md#cache-keys)." in found["Docs/03-Reference/ADR/ADR-001-store.md"]
    assert "Was [this](ADR-001-store.md#store)." in found["Docs/03-Reference/ADR/ADR-002-cache-keys.md"]


def test_links_of_a_file_that_is_too_large_to_parse_are_led_on_too() -> None:
    words = "x" * 900
    log = "# Log\r\n" + "".join(f"\r\n## 2025-08-01 Entry {n}\r\n\r\n- {words} [a](a.md)\r\n" for n in range(300))
    led = carried(log.encode(), "bank/SESSION_LOG.md", "bank/archive/x.md")
    assert led == log.replace("(a.md)", "(../a.md)").encode()
