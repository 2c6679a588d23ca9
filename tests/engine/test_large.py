"""Folding changes what a merge costs, never what comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from mbgit.engine import whole
from mbgit.engine.large import common_runs, cut_three
from mbgit.engine.threeway import merge3


def stamp(n: int) -> str:
    return f"2025-{n // 400 + 1:02d}-{n // 20 % 20 + 1:02d} {n % 20 + 1:02d}:00"


def entry(n: int, who: str = "base") -> str:
    return f"## {stamp(n)} - {who} {n}\n\n- did thing {n} of {who}\n"


def bullet(n: int, who: str = "base") -> str:
    return f"- {stamp(n)} {who} did thing {n}\n"


def texts(make: Callable[..., str], count: int, seed: int, newest_first: bool) -> tuple[bytes, bytes, bytes]:
    """A log, and two sides that each purged some entries and added some."""
    rng = random.Random(seed)
    base = [make(n) for n in range(count)]
    join = "" if make is bullet else "\n"

    def side(who: str) -> list[str]:
        gone = set(rng.sample(range(count), 9))
        return [e for n, e in enumerate(base) if n not in gone] + [make(count + n, who) for n in range(5)]

    def file(entries: list[str]) -> bytes:
        return ("# Log\n\n" + join.join(entries[::-1] if newest_first else entries)).encode()

    return file(base), file(side("ours")), file(side("theirs"))


@pytest.mark.parametrize("make", [entry, bullet])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_folded_merge_gives_the_same_bytes(
    make: Callable[..., str], newest_first: bool, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = texts(make, 1200, seed, newest_first)
    plain = merge3(*three, "log").text
    monkeypatch.setattr(whole, "FOLD_FROM", 0)
    folded = merge3(*three, "log")
    assert folded.text == plain
    assert len(set(plain.split(b"\n"))) > 1100


def test_folds_are_put_together_again() -> None:
    three = texts(entry, 1200, 7, False)
    documents = cut_three(three)
    assert tuple(d.render() for d in documents) == three
    assert len(documents[0].sections) < 800


def test_common_runs_are_unbroken_in_all_three() -> None:
    run = [str(n) for n in range(20)]
    assert common_runs([["a", *run], [*run, "b"], ["c", "d", *run]]) == [(1, 0, 2, 20)]
    assert common_runs([run, [*run[:10], "x", *run[10:]], run]) == []
    assert common_runs([["=", *run], ["=", *run, "="], ["=", *run]]) == [(1, 1, 1, 20)]
