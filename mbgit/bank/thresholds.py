"""How full a buffer is: what the digest shows as a bar, and whether it can be harvested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .entries import anything, entries
from .settings import Rule

NEAR = 80  # percent
CELLS = 10  # of the bar


def _lines(data: bytes) -> int:
    return sum(entry.size for entry in entries(data, anything))


def _items(data: bytes) -> int:
    return len(entries(data, anything))


def _kilobytes(data: bytes) -> int:
    return -(-len(data) // 1024)


_MEASURES: dict[str, Callable[[bytes], int]] = {"lines": _lines, "items": _items, "KB": _kilobytes}


def measure(data: bytes, unit: str) -> int:
    """How much a buffer holds. `lines`: those of its entries that are not blank, a dated heading's own line with
    them, but no title, preface or heading above entries; `items`: its entries; `KB`: the whole file, rounded up.

    Any bytes will do. Raises KeyError for another unit: `.mbgit.toml` lets none through.
    """
    return _MEASURES[unit](data)


class Ripeness(NamedTuple):
    """How full one bank's buffer is, by one rule."""

    rule: Rule
    path: str
    """The buffer, from the repository's root, as it is spelled there."""
    amount: int
    """In the rule's unit."""

    @property
    def near(self) -> bool:
        """At 80 % and above."""
        return 100 * self.amount >= NEAR * self.rule.amount

    @property
    def ripe(self) -> bool:
        return self.amount >= self.rule.amount


def ripeness(rules: Iterable[Rule], files: Mapping[str, bytes], banks: Iterable[str]) -> list[Ripeness]:
    """How full the source of each rule is in each bank, bank by bank; a source that is not there is left out.

    `files` are a commit's, by path from the root. Names are found in upper and lower case alike.
    """
    spelled = {path.casefold(): path for path in files}
    rules, found = list(rules), []
    for bank in banks:
        for rule in rules:
            source = rule.source if bank == "." else f"{bank}/{rule.source}"
            path = spelled.get(source.casefold())
            if path is not None:
                found.append(Ripeness(rule, path, measure(files[path], rule.unit)))
    return found


def bar(amount: int, limit: int) -> str:
    """`████████░░`: full only where the limit is reached."""
    full = CELLS if amount >= limit else amount * CELLS // limit
    return "█" * full + "░" * (CELLS - full)
