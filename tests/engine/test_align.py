from __future__ import annotations

from mbgit.engine.align import pair_alike, pair_exact, pair_keyed


def test_equal_ends_and_single_values_pair() -> None:
    assert pair_exact("abcde", "axcye").left == [0, -1, 2, -1, 4]


def test_a_repeated_value_pairs_beside_its_neighbours() -> None:
    # the x behind b is the one that is left
    assert pair_exact("axbxc", "qbxr").left == [-1, -1, 1, 2, -1]


def test_the_rest_pairs_by_count() -> None:
    assert pair_exact("pxqxr", "sxtxu").left == [-1, 1, -1, 3, -1]
    assert pair_exact("pxq", "sxt", repeats=False).left == [-1, 1, -1]


def test_a_key_that_repeats_pairs_nothing() -> None:
    xs, ys = ["a1", "b1", "b2"], ["a9", "b9"]
    pairs = pair_exact(xs, ys)
    pair_keyed(pairs, range(3), range(2), lambda i: xs[i][0], lambda j: ys[j][0])
    assert pairs.left == [0, -1, -1]


def test_words_that_everyone_says_do_not_make_two_units_alike() -> None:
    xs = [f"agent {n} ran the tests of part p{n}" for n in range(20)]
    ys = [f"agent {n} ran the tests of part p{n}" for n in range(20, 40)]
    pairs = pair_exact(xs, ys)
    pair_alike(pairs, range(20), range(20), lambda i: xs[i].split(), lambda j: ys[j].split(), 0.5, lambda i, j: True)
    assert pairs.left == [-1] * 20


def test_the_most_alike_pair_first() -> None:
    xs, ys = ["a b c d"], ["a b x y", "a b c y"]
    pairs = pair_exact(xs, ys)
    pair_alike(pairs, range(1), range(2), lambda i: xs[i].split(), lambda j: ys[j].split(), 0.4, lambda i, j: True)
    assert pairs.left == [1]


def test_a_word_that_stands_in_more_units_than_weights_are_fine() -> None:
    xs, ys = [["TBD"]] * 30_000, [["TBD"]]
    pairs = pair_exact(list(range(30_000)), [-1])
    pair_alike(pairs, range(30_000), range(1), xs.__getitem__, ys.__getitem__, 0.5, lambda i, j: True)
    assert pairs.left[0] == 0
