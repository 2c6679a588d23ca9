"""Entries with two values for one field: a merge keeps both where both sides set it."""

from __future__ import annotations

from collections.abc import Iterator

from mbgit.bank.entries import Entry, Field
from mbgit.engine.blocks import Node
from mbgit.words import quoted

from .finding import Finding
from .page import Page, World

NAME = "contradictions"

_MOST = 50  # labels that repeat in one place: more are a list of records, whatever they say

# Of these an entry has one, however often it is set.
_SINGLE = frozenset((
    "status", "date", "owner", "author", "decided by", "decision", "priority", "active priority", "severity",
    "review date", "last updated", "version", "phase", "overall", "risk", "agent", "branch",
))  # fmt: skip


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each field that says two things in one entry; warnings, all of them."""
    return [finding for entry in page.entries for finding in _of_entry(page, entry)]


def _of_entry(page: Page, entry: Entry) -> Iterator[Finding]:
    if len(entry.fields) < 2:
        return
    by_line = {field.line: field for field in entry.fields}
    for scope in _scopes(entry.nodes):
        fields = [by_line[node.line + 1] for node in scope if node.line + 1 in by_line]
        for field, other in _contradicting(fields):
            what = f"two values for {quoted(field.label)} in one entry: {quoted(_said(field))}, {quoted(_said(other))}"
            yield Finding(NAME, page.path, other.line, what)


def _scopes(nodes: list[Node]) -> Iterator[list[Node]]:
    """The nodes that speak of one thing: siblings, with no heading and no break between them."""
    scope: list[Node] = []
    for node in nodes:
        if node.kind in ("heading", "break"):
            yield scope
            scope = []
        else:
            scope.append(node)
            yield from _scopes(node.kids)
    yield scope


def _contradicting(fields: list[Field]) -> Iterator[tuple[Field, Field]]:
    """The first field of each name, and the next that says another thing."""
    places: dict[str, list[int]] = {}
    for place, field in enumerate(fields):
        if _said(field):
            places.setdefault(field.name, []).append(place)
    repeated = {name: found for name, found in places.items() if len(found) > 1}
    for name, found in repeated.items() if len(repeated) <= _MOST else ():
        values = {_folded(fields[place]): place for place in reversed(found)}
        if len(values) > 1 and not _repeats_by_nature(name, len(values), repeated):
            yield fields[found[0]], fields[sorted(values.values())[1]]


def _repeats_by_nature(name: str, values: int, repeated: dict[str, list[int]]) -> bool:
    """Whether it is a list and no contradiction: many values of a label that is nobody's state, or records (`Pros`,
    `Cons`, `Pros`, `Cons`), whose labels come in turn."""
    first, second = repeated[name][:2]
    records = any(first < one < second < two or one < first < two < second for one, two, *_ in repeated.values())
    return records or (values > 2 and name not in _SINGLE)


def _said(field: Field) -> str:
    """What stands behind the label in its own line."""
    return field.rows[0].strip()


def _folded(field: Field) -> str:
    return " ".join(_said(field).strip("*_`. ").casefold().split())
