"""Lines as git compares them: what is clean here is clean for git, byte for byte."""

from __future__ import annotations

import random

import pytest

from mbgit.engine import diff
from mbgit.engine.diff import hunks, kept
from mbgit.engine.threeway import git_merge
from tests.support import merge_file


def edited(rng: random.Random, rows: list[str]) -> list[str]:
    rows = list(rows)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(rows))
        if rng.random() < 0.5:
            del rows[at : at + rng.randint(1, 3)]
        else:
            rows[at:at] = rng.choices("abcdefgh", k=rng.randint(1, 3))
    return rows


@pytest.mark.parametrize("seed", range(60))
def test_clean_is_what_git_calls_clean(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few letters, so that lines repeat; every second time with the long runs of a large file cut short."""
    rng = random.Random(seed)
    if seed % 2:
        monkeypatch.setattr(diff, "LONG", 10)
        monkeypatch.setattr(diff, "MARGIN", 2)
    base = rng.choices("abcdefgh", k=rng.randint(0, 40))
    texts = ["\n".join(rows) + rng.choice(["", "\n"]) for rows in (base, edited(rng, base), edited(rng, base))]
    o, a, b = (text.encode() for text in texts)
    clean, text = merge_file(o, a, b)
    assert git_merge(o, a, b) == (text if clean else None)


def test_kept_tells_where_each_line_went() -> None:
    assert kept(hunks("abcd", "xacd"), 4) == [1, -1, 2, 3]


def test_a_change_slides_down_as_far_as_it_goes() -> None:
    assert hunks("ab", "abab") == [(2, 2, 2, 4)]
