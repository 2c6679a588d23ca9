from __future__ import annotations

from datetime import date

from mbgit.bank.settings import HARVEST, Rule
from mbgit.harvest.plan import Harvest, Provenance, plan

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
        "bank/decisions-inbox.md": "# Decisions Inbox\n\n## Pending\n\n### [2025-08-25] Queue\n\n**Status**: Proposed\n",
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
