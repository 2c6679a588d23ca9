"""Everyday pages, merged: each reads as its authors wrote it, whichever side is ours.

A page is a folder in `tests/pages` (see `tests/bench/pages.py` for what is in it, and how those are judged for which no
one page is right).
"""

from __future__ import annotations

import pytest

from tests.bench import pages
from tests.bench.pages import Page

NOT_YET: frozenset[str] = frozenset()
"""Pages that do not read as expected yet."""

PAGES = [
    pytest.param(page, id=page.name, marks=[pytest.mark.xfail(strict=True)] if page.name in NOT_YET else [])
    for page in pages.load(pages.OURS)
]


def test_there_are_pages_and_each_is_judged() -> None:
    assert len(PAGES) >= 24
    assert not [p.name for p in pages.load(pages.OURS) if not p.expected and p.name not in pages.READS]


@pytest.mark.parametrize("page", PAGES)
def test_page(page: Page) -> None:
    one, other = pages.merged(page)
    assert one == other, "which side is ours makes a difference"
    assert pages.as_expected(page, one), f"{page.why}\n\n{one.decode()}"
