"""Joins a document with one that exists: both whole, what both say once."""

from __future__ import annotations

from collections import Counter

from mbgit.bank.entries import entries
from mbgit.checks.links import links
from mbgit.checks.page import Page
from mbgit.engine.document import cut
from mbgit.engine.threeway import merge3
from mbgit.proposals.harvest.closed import is_closed, text_rows
from mbgit.proposals.harvest.cutting import without


def joined(standing: bytes, coming: bytes, policy: str = "union") -> bytes | None:
    """A document with another one put in, section by section; None where that would lose or double something.

    A harvest places entries alone. Here prose has to arrive as well, so this is a merge of two documents that
    nothing came before, and then it is counted: every entry of both stands, one that both have stands once, every
    link leads to what it led to, and no line is gone but the second title. No entry counts as an earlier version of
    another: it is not known which is the later.
    """
    if b"\0" in standing + coming or not (is_closed(standing) and is_closed(coming)):
        return None
    known = {entry.identity for entry in entries(standing)}
    twice = [at for at, entry in enumerate(entries(coming)) if entry.identity in known]
    left = without(coming, twice) if twice else None
    if twice and left is None:
        return None
    rest = left.data if left else coming
    merged = merge3(b"", standing, _titled(rest, standing), policy=policy)
    want = _entries(standing) + _entries(rest)
    lost = (_lines(standing) | _lines(coming)) - _lines(merged.text) - _titles(coming)
    same = _entries(merged.text) == want and _links(merged.text) == _links(standing) + _links(rest)
    return merged.text if same and not lost else None


def _titled(data: bytes, like: bytes) -> bytes:
    """A document under the title of another one: with two titles it would stay a page of its own."""
    titles = [[section.head for section in cut(text).sections if section.level == 1] for text in (data, like)]
    if [len(found) for found in titles] != [1, 1]:
        return data
    old, new = (b"\n".join(found[0]) for found in titles)
    return data.replace(old, new, 1)


def _entries(data: bytes) -> Counter[bytes]:
    return Counter(entry.identity for entry in entries(data))


def _links(data: bytes) -> Counter[str]:
    """What the links of a text lead to: a reference must not find the other text's definition."""
    return Counter(link.target for link in links(Page("", data)))


def _lines(data: bytes) -> set[bytes]:
    return {b" ".join(row.split()) for row in text_rows(data)} - {b""}


def _titles(data: bytes) -> set[bytes]:
    heads = (row for section in cut(data).sections if section.level == 1 for row in section.head)
    return {b" ".join(row.split()) for row in heads}
