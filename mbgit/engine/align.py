"""A relation between two sequences, found by likeness; and the longest run that keeps its order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

NONE = -1
ALIKE = 0.5  # the share of (weighed) words that two versions of one unit have in common
COMMON = 12  # a token that stands in more units than this says nothing about any of them
ONCE = 27_720  # the weight of a token that stands once: 1 to COMMON divide it


class Pairing:
    """A one-to-one relation between two sequences: `left[i] == j` and `right[j] == i`, NONE where unpaired."""

    __slots__ = ("left", "right")

    def __init__(self, size_left: int, size_right: int) -> None:
        self.left = [NONE] * size_left
        self.right = [NONE] * size_right

    def join(self, i: int, j: int) -> None:
        self.left[i], self.right[j] = j, i


def pair_alike(
    pairs: Pairing,
    xs: Sequence[int],
    ys: Sequence[int],
    tokens_x: Callable[[int], Sequence[Hashable]],
    tokens_y: Callable[[int], Sequence[Hashable]],
    least: float,
    may: Callable[[int, int], bool],
) -> None:
    """Pair what is unpaired and alike, the most alike first.

    Likeness is the share of tokens in common (0 to 1), each weighed by how rare it is among the candidates, so
    that words which every entry repeats count for little. Linear in the tokens: common ones bring no candidates.
    Weights are whole numbers: sums of fractions differ with their order, and a set has another one in each process.
    """
    left = [i for i in xs if pairs.left[i] < 0]
    right = [j for j in ys if pairs.right[j] < 0]
    if not left or not right:
        return
    words_x = {i: set(tokens_x(i)) for i in left}
    words_y = {j: set(tokens_y(j)) for j in right}
    weight, homes = _weigh(words_x, words_y)
    total_y = {j: sum(weight[w] for w in words) for j, words in words_y.items()}
    found = []
    for i, words in words_x.items():
        total = sum(weight[w] for w in words)
        shared: dict[int, int] = {}
        for word in words:
            for j in homes.get(word, ()):
                shared[j] = shared.get(j, 0) + weight[word]
        for j, common in shared.items():
            score = 2 * common / (total + total_y[j])
            if score >= least and may(i, j):
                found.append((-score, abs(i - j), i, j))
    for _, _, i, j in sorted(found):
        if pairs.left[i] < 0 and pairs.right[j] < 0:
            pairs.join(i, j)


def _weigh(
    words_x: dict[int, set[Hashable]], words_y: dict[int, set[Hashable]]
) -> tuple[dict[Hashable, int], dict[Hashable, list[int]]]:
    """Each token's weight, and for those that are not common the right-hand units that hold it."""
    homes_x: dict[Hashable, int] = {}
    for words in words_x.values():
        for word in words:
            homes_x[word] = homes_x.get(word, 0) + 1
    homes: dict[Hashable, list[int]] = {}
    for j, words in words_y.items():
        for word in words:
            homes.setdefault(word, []).append(j)
    weight = {}
    for word in homes_x.keys() | homes.keys():
        weight[word] = max(1, ONCE // max(homes_x.get(word, 0), len(homes.get(word, ()))))
    return weight, {word: where for word, where in homes.items() if len(where) <= COMMON}


def longest_increasing(values: Sequence[int], weights: Sequence[int] = ()) -> list[int]:
    """The positions of an increasing subsequence of the greatest weight (each weighs 1 if none are given)."""
    if all(values[i] < values[i + 1] for i in range(len(values) - 1)):
        return list(range(len(values)))
    rank = {value: at for at, value in enumerate(sorted(set(values)), 1)}
    best: list[tuple[int, int]] = [(0, NONE)] * (len(rank) + 1)  # a Fenwick tree of (weight, where it ends)
    before = [NONE] * len(values)
    top = (0, NONE)
    for at, value in enumerate(values):
        found = (0, NONE)
        spot = rank[value] - 1
        while spot > 0:
            found = best[spot] if best[spot][0] > found[0] else found
            spot -= spot & -spot
        before[at] = found[1]
        here = (found[0] + (weights[at] if weights else 1), at)
        top = here if here[0] > top[0] else top
        spot = rank[value]
        while spot < len(best):
            if here[0] > best[spot][0]:
                best[spot] = here
            spot += spot & -spot
    out = []
    at = top[1]
    while at >= 0:
        out.append(at)
        at = before[at]
    return out[::-1]


def in_common(x: Sequence[bytes], y: Sequence[bytes]) -> int:
    """How many values two sequences have in common, each as often as both have it."""
    rest: dict[bytes, int] = {}
    for value in y:
        rest[value] = rest.get(value, 0) + 1
    found = 0
    for value in x:
        if left := rest.get(value, 0):
            rest[value] = left - 1
            found += 1
    return found
