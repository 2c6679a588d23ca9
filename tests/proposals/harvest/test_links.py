"""Links in what a harvest moves."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given

from tests.checks.test_relink import texts
from tests.proposals.harvest.test_laws import (
    BUFFER,
    every_rule,
    for_rule,
    harvested,
    in_buffer,
    in_target,
    laws,
    merged,
    shown,
)

TARGET = re.compile(rb"(\]\(|\]: ?|href=')<?[^>)'\s]*>?")


def said(counts: Counter[bytes]) -> Counter[bytes]:
    """The same, whatever links lead to."""
    found: Counter[bytes] = Counter()
    for identity, times in counts.items():
        found[TARGET.sub(rb"\1", identity)] += times
    return found


@every_rule
@laws(30)
@given(texts())
def test_links_change_and_nothing_else(kind: str, buffer: bytes) -> None:
    """Every entry once, with its links; harvested again nothing moves, and two who harvest at once agree."""
    base = {BUFFER: for_rule(kind, buffer), "bank/README.md": b"# R\n\n[a](buffer.md#a)\n"}
    after, found = harvested(kind, base)
    if found is None:
        return
    moved = said(Counter(move.entry.identity for move in found.moves))
    # What stands below a heading beside its entries moves as one more.
    assert not said(in_buffer(base)) - said(in_buffer(after)) - moved, shown(base, after)
    there = {path: data for path, data in after.items() if not path.startswith("bank/")} | {BUFFER: after[BUFFER]}
    assert all(said(in_target(kind, there))[identity] for identity in moved), shown(base, after)
    assert merged(base, after, after) == after
    again, more = harvested(kind, after | {BUFFER: base[BUFFER]})
    assert more is None or all(move.how == "same" for move in more.moves), shown(base, after, again)
