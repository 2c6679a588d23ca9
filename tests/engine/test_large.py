"""Folding changes what a merge costs, never what comes of it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from mbgit.engine import threeway
from mbgit.engine.large import Folds, common_runs
from mbgit.engine.result import Merged
from mbgit.engine.threeway import git_merge, merge3
from tests.bench.speed import both, log_of


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
    unfolded = merge3(*three, "log").text
    monkeypatch.setattr(threeway, "FOLD_FROM", 0)
    folded = merge3(*three, "log")
    assert folded.text == unfolded
    assert len(set(unfolded.split(b"\n"))) > 1100


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_folds_are_put_together_again(end: str) -> None:
    base, ours, theirs = (text.replace(b"\n", end.encode()) for text in texts(entry, 1200, 7, False))
    folds = Folds((base, ours, theirs), None)
    assert sum(map(len, folds.texts)) < (len(base) + len(ours) + len(theirs)) // 2
    assert folds.unfold(Merged(folds.texts[0])).text == base
    assert folds.unfold(Merged(folds.texts[1])).text == ours


def test_a_run_of_long_headings_is_not_folded() -> None:
    three = [b"".join(b"Entry %d\n===\n\ntext\n\n" % n for n in range(k, 900 + k)) for k in range(3)]
    folds = Folds((three[0], three[1], three[2]), None)
    assert folds.texts == (three[0], three[1], three[2])


def test_a_fence_that_one_side_leaves_open_hides_the_headings_in_it() -> None:
    base, ours, _ = texts(entry, 1200, 7, False)
    folds = Folds((base, ours, b"```\n" + base), None)
    assert folds.texts[0] == base


@pytest.mark.parametrize("swapped", [False, True])
def test_lines_are_told_as_they_stand_in_the_files(swapped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threeway, "FOLD_FROM", 0)
    base = "# Log\n\n" + "".join(entry(n) + "\n" for n in range(1200)) + "## Focus\n\nOne thing.\n"
    sides = [base.replace("One thing.", f"The thing of {who}.").encode() for who in ("Ada", "Bob")]
    ours, theirs = sides[::-1] if swapped else sides
    asked: list[bytes] = []

    def clock(side: int, first: int, last: int) -> int:
        asked.append(b"\n".join((ours, theirs)[side].split(b"\n")[first - 1 : last]))
        return 1 + (b"Bob" in asked[-1])

    merged = merge3(base.encode(), ours, theirs, "latest", "activeContext.md", clock)
    assert sorted(asked) == [b"The thing of Ada.", b"The thing of Bob."]
    (aside,) = merged.asides
    assert aside.text == b"The thing of Ada."
    assert merged.text.split(b"\n")[aside.line - 1] == b"The thing of Bob."


def test_git_s_own_merge_is_folded_with_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threeway, "FOLD_FROM", 0)
    base = ("# Log\n\n" + "\n".join(entry(n) for n in range(1200))).encode()
    ours, theirs = base.replace(b"thing 40 ", b"thing 40, "), base.replace(b"thing 900 ", b"thing 900, ")
    git = ours.replace(b"thing 900 ", b"thing 900, ")
    assert merge3(base, ours, theirs, git=git).text == git


def test_git_s_own_merge_is_the_same_of_what_is_folded() -> None:
    base, ours, theirs = both(log_of(range(3000)), log_of, 100)
    assert git_merge(base, ours, theirs) is None
    assert git_merge(*Folds((base, ours, theirs), None).texts) is None
    ours = base.replace(b" 1500\n", b" 1500, and more\n")
    folds = Folds((base, ours, theirs), None)
    clean = git_merge(*folds.texts)
    assert clean is not None
    assert folds.unfold(Merged(clean)).text == git_merge(base, ours, theirs)


def test_runs_that_a_side_put_in_another_order() -> None:
    runs = ["".join(entry(n, who) + "\n" for n in range(100)) for who in ("ada", "bob", "eve")]
    base, ours, theirs = ("".join(runs[at] for at in order).encode() for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)))
    folds = Folds((base, ours, theirs), ours)
    assert sum(map(len, folds.texts)) < len(base) * 2
    assert [folds.unfold(Merged(text)).text for text in folds.texts] == [base, ours, theirs]
    assert folds.git == folds.texts[1]


def test_common_runs_are_unbroken_in_all_three() -> None:
    run = [str(n) for n in range(20)]
    assert common_runs([["a", *run], [*run, "b"], ["c", "d", *run]]) == [(1, 0, 2, 20)]
    assert common_runs([run, [*run[:10], "x", *run[10:]], run]) == []
    assert common_runs([["=", *run], ["=", *run, "="], ["=", *run]]) == [(1, 1, 1, 20)]
