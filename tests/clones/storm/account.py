"""What is known of every line that a storm writes: where it was taken out, and who wrote into what with it.

Every line has a token of its own (`kbabz`). A unit (an entry, an item, a row) is known by the token that its first
line had when it was new; a token says of which units it is a part, the outermost first.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOKEN = re.compile(r"\bk[a-j]+z\b")  # letters: another number would make it the title of another entry
TICK = "+x"
Standing = Mapping[str, frozenset[str]]
"""The tokens in each file of a tree; a box that is ticked is one more (`kbabz+x`)."""


def nth(number: int) -> str:
    """`kbabz` for 101."""
    return f"k{''.join(chr(ord('a') + int(digit)) for digit in str(number))}z"


@dataclass
class Ledger:
    """Which token is part of what, and what was done to it on purpose, by whatever session."""

    next: int = 100
    chain: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The files that a token was taken out of, and not put back into."""
    ever: set[str] = field(default_factory=set)
    """Tokens that people took out of a file, at any time."""
    taken: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    """Units that were taken out, each as its remover saw it."""
    copied: set[str] = field(default_factory=set)
    """Tokens that came back to a file, or came to it by a cherry-pick: no merge can tell the copy from a new entry."""
    notes: set[str] = field(default_factory=set)
    """What people wrote into a record by themselves, above what is recorded."""

    def token(self, *inside: str) -> str:
        """A new token, in the units of the tokens given; a unit of its own if there are none."""
        self.next += 1
        name = nth(self.next)
        self.chain[name] = tuple(dict.fromkeys(u for t in inside for u in self.units(t))) or (name,)
        return name

    def opened(self, *inside: str) -> str:
        """A new token that begins a unit inside of others."""
        name = self.token(*inside)
        self.chain[name] = tuple(dict.fromkeys((*self.chain[name], name)))
        return name

    def units(self, token: str) -> tuple[str, ...]:
        return self.chain.setdefault(token.removesuffix(TICK), (token.removesuffix(TICK),))

    def acted(self, before: Standing, after: Standing, moving: bool = False) -> None:
        """Somebody has made `after` of `before` on purpose: from now on that is how it should be.

        `moving`: what stands in another file now was not taken out.
        """
        left = all_of(after) if moving else set()
        for path in before.keys() | after.keys():
            old, new = before.get(path, frozenset()), after.get(path, frozenset())
            self.ever |= old - new - left
            for token in old - new:
                self.gone[token].add(path)
            for token in new - old:
                self.gone[token].discard(path)
            self.taken += self._taken(old, new)

    def _taken(self, old: frozenset[str], new: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
        """The units of which nothing is left."""
        was, now = self.by_unit(old), self.by_unit(new)
        return [(unit, seen) for unit, seen in was.items() if unit not in now]

    def by_unit(self, tokens: Iterable[str]) -> dict[str, frozenset[str]]:
        """The tokens of each unit."""
        found: dict[str, set[str]] = defaultdict(set)
        for token in tokens:
            for unit in self.units(token):
                found[unit].add(token)
        return {unit: frozenset(seen) for unit, seen in found.items()}

    def rewritten(self, token: str) -> None:
        """A line of which so little was left that nobody could tell it from a new one: as if taken out."""
        self.copied.add(token)

    def may_stand(self, token: str) -> bool:
        """Whether somebody wrote into the unit, of which its remover did not know: then it stays whole."""
        return token in self.copied or any(
            unit in self.units(token) and any(unit in units and t not in seen for t, units in self.chain.items())
            for unit, seen in self.taken
        )


def all_of(standing: Standing) -> set[str]:
    """All tokens of a tree."""
    return {token for tokens in standing.values() for token in tokens}


def both(one: Standing, other: Standing) -> Standing:
    """What stands in either of two trees."""
    none: frozenset[str] = frozenset()
    return {path: one.get(path, none) | other.get(path, none) for path in one.keys() | other.keys()}


def arrived(before: Standing, after: Standing) -> set[str]:
    """The tokens that a file has and had not before, be it that they are new or that they stood in another file."""
    return {token for path, tokens in after.items() for token in tokens - before.get(path, frozenset())}


def returned(base: Standing, between: Standing, after: Standing) -> set[str]:
    """The tokens that a file had, has not in between, and has again."""
    none: frozenset[str] = frozenset()
    return {t for path, tokens in after.items() for t in tokens & base.get(path, none) - between.get(path, none)}


def in_several(standing: Standing) -> set[str]:
    """The tokens that stand in more than one file."""
    times = Counter(token for tokens in standing.values() for token in tokens)
    return {token for token, count in times.items() if count > 1}
