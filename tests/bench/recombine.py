"""More merges out of the versions at hand: reverts, re-merges, and pairs of descendants of one version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

MOST = 12  # pairs of descendants per version: a long history must not crowd out the others

Case = tuple[str, str, str, bytes, bytes, bytes, bytes | None]
"""id, path, mode, base, ours, theirs, actual."""


def recombined(cases: Iterable[Case]) -> Iterator[Case]:
    """Merges that could have happened among the same versions; none that git would not ask a driver for."""
    taken = set()
    known = list(cases)
    for case in (*_turned(known), *_related(known)):
        texts = case[3:6]
        if len(set(texts)) == 3 and texts not in taken:
            taken.add(texts)
            yield case


def _turned(cases: list[Case]) -> Iterator[Case]:
    """The same three or four texts in other parts."""
    for name, path, _, base, ours, theirs, actual in cases:
        if base:
            yield f"{name}:revert-ours", path, "revert", ours, base, theirs, None
            yield f"{name}:revert-theirs", path, "revert", theirs, ours, base, None
        if actual is not None:
            yield f"{name}:ours-again", path, "again", base, ours, actual, None
            yield f"{name}:theirs-again", path, "again", base, theirs, actual, None
            yield f"{name}:past-ours", path, "again", ours, theirs, actual, None
            yield f"{name}:past-theirs", path, "again", theirs, ours, actual, None
            if base:
                yield f"{name}:back", path, "revert", actual, ours, base, None


def _related(cases: list[Case]) -> Iterator[Case]:
    """Two descendants, at most three steps away, of one version of a file."""
    steps: dict[tuple[str, str], dict[bytes, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for name, path, _, base, ours, theirs, actual in cases:
        after = steps[name.split("/")[0], path]
        for old, new in ((base, ours), (base, theirs), (ours, actual), (theirs, actual)):
            if new is not None and old != new:
                after[old].add(new)
    for (repo, path), after in steps.items():
        for at, base in enumerate(sorted(after)):
            pairs = combinations(sorted(_heirs(after, base, 3)), 2)
            for number, (ours, theirs) in zip(range(MOST), pairs, strict=False):
                yield f"{repo}:{path}:{at}.{number}", path, "related", base, ours, theirs, None


def _heirs(after: dict[bytes, set[bytes]], base: bytes, steps: int) -> set[bytes]:
    found: set[bytes] = set()
    edge = {base}
    for _ in range(steps):
        edge = {new for old in edge for new in after.get(old, ())} - found - {base}
        found |= edge
    return found
