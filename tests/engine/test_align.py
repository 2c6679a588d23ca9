from __future__ import annotations

from mbgit.engine.align import Pairing, longest_increasing, pair_alike


def test_words_that_everyone_says_do_not_make_two_units_alike() -> None:
    xs = [f"agent {n} ran the tests of part p{n}" for n in range(20)]
    ys = [f"agent {n} ran the tests of part p{n}" for n in range(20, 40)]
    pairs = Pairing(len(xs), len(ys))
    pair_alike(pairs, range(20), range(20), lambda i: xs[i].split(), lambda j: ys[j].split(), 0.5, lambda i, j: True)
    assert pairs.left == [-1] * 20


def test_the_most_alike_pair_first() -> None:
    xs, ys = ["a b c d"], ["a b x y", "a b c y"]
    pairs = Pairing(len(xs), len(ys))
    pair_alike(pairs, range(1), range(2), lambda i: xs[i].split(), lambda j: ys[j].split(), 0.4, lambda i, j: True)
    assert pairs.left == [1]


def test_a_word_that_stands_in_more_units_than_weights_are_fine() -> None:
    xs, ys = [["TBD"]] * 30_000, [["TBD"]]
    pairs = Pairing(30_000, 1)
    pair_alike(pairs, range(30_000), range(1), xs.__getitem__, ys.__getitem__, 0.5, lambda i, j: True)
    assert pairs.left[0] == 0


def test_the_longest_run_that_rises() -> None:
    assert longest_increasing([2, 1, 3]) in ([0, 2], [1, 2])
    assert longest_increasing([3, 0, 1, 2]) == [1, 2, 3]
    assert longest_increasing([]) == []


def test_a_heavy_one_outweighs_two() -> None:
    assert longest_increasing([2, 0, 1], [5, 1, 1]) == [0]
