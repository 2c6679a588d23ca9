"""Which unit of one version is which unit of another: exact agreement first, keys and likeness only where it ends."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

NONE = -1
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

    def split(self, i: int) -> None:
        self.right[self.left[i]] = NONE
        self.left[i] = NONE


def pair_exact(xs: Sequence[Hashable], ys: Sequence[Hashable], repeats: bool = True) -> Pairing:
    """Pair equal values: common ends, values that stand once, their neighbours, then the k-th with the k-th."""
    pairs = Pairing(len(xs), len(ys))
    low = _common_prefix(xs, ys)
    for i in range(low):
        pairs.join(i, i)
    tail = _common_suffix(xs, ys, low)
    for i in range(1, tail + 1):
        pairs.join(len(xs) - i, len(ys) - i)
    rest_x = range(low, len(xs) - tail)
    rest_y = range(low, len(ys) - tail)
    if not rest_x or not rest_y:
        return pairs
    for i, j in _once(((xs[i], i) for i in rest_x), ((ys[j], j) for j in rest_y)):
        pairs.join(i, j)
    _spread(xs, ys, pairs, rest_x)
    if repeats:
        _kth(xs, ys, pairs, rest_x, rest_y)
    return pairs


def _common_prefix(xs: Sequence[Hashable], ys: Sequence[Hashable]) -> int:
    end = min(len(xs), len(ys))
    at = 0
    while at < end and xs[at] == ys[at]:
        at += 1
    return at


def _common_suffix(xs: Sequence[Hashable], ys: Sequence[Hashable], low: int) -> int:
    end = min(len(xs), len(ys)) - low
    at = 0
    while at < end and xs[-1 - at] == ys[-1 - at]:
        at += 1
    return at


def _once(
    xs: Iterable[tuple[Hashable, int]], ys: Iterable[tuple[Hashable, int]]
) -> list[tuple[int, int]]:
    """Pairs of the positions of those values that stand once on both sides."""
    first, second = _places(xs), _places(ys)
    out = []
    for value, i in first.items():
        j = second.get(value, NONE)
        if i >= 0 and j >= 0:
            out.append((i, j))
    return out


def _places(values: Iterable[tuple[Hashable, int]]) -> dict[Hashable, int]:
    """value -> its position, NONE where it stands more than once."""
    found: dict[Hashable, int] = {}
    for value, at in values:
        found[value] = NONE if value in found else at
    return found


def _spread(xs: Sequence[Hashable], ys: Sequence[Hashable], pairs: Pairing, rest: range) -> None:
    """From every pair on to equal unpaired neighbours, forwards and then backwards."""
    for step, order in ((1, rest), (-1, reversed(rest))):
        for i in order:
            j = pairs.left[i]
            if j < 0:
                continue
            x, y = i + step, j + step
            if 0 <= x < len(xs) and 0 <= y < len(ys) and xs[x] == ys[y] and pairs.left[x] < 0 and pairs.right[y] < 0:
                pairs.join(x, y)


def _kth(xs: Sequence[Hashable], ys: Sequence[Hashable], pairs: Pairing, rest_x: range, rest_y: range) -> None:
    waiting: dict[Hashable, list[int]] = {}
    for j in reversed(rest_y):
        if pairs.right[j] < 0:
            waiting.setdefault(ys[j], []).append(j)
    for i in rest_x:
        if pairs.left[i] < 0 and waiting.get(xs[i]):
            pairs.join(i, waiting[xs[i]].pop())


def pair_keyed(
    pairs: Pairing,
    xs: Iterable[int],
    ys: Iterable[int],
    key_x: Callable[[int], Hashable],
    key_y: Callable[[int], Hashable],
) -> None:
    """Pair what is unpaired where a key stands once on both sides; a false key is none."""
    first = ((key_x(i), i) for i in xs if pairs.left[i] < 0)
    second = ((key_y(j), j) for j in ys if pairs.right[j] < 0)
    for i, j in _once(((k, i) for k, i in first if k), ((k, j) for k, j in second if k)):
        pairs.join(i, j)


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


def longest_increasing(values: Sequence[int]) -> list[int]:
    """The positions of a longest increasing subsequence."""
    if all(values[i] < values[i + 1] for i in range(len(values) - 1)):
        return list(range(len(values)))
    tails: list[int] = []  # value at the end of the best run of each length
    ends: list[int] = []  # and its position
    before = [NONE] * len(values)
    for at, value in enumerate(values):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if tails[middle] < value:
                low = middle + 1
            else:
                high = middle
        before[at] = ends[low - 1] if low else NONE
        tails[low : low + 1] = [value]
        ends[low : low + 1] = [at]
    out = []
    at = ends[-1] if ends else NONE
    while at >= 0:
        out.append(at)
        at = before[at]
    return out[::-1]
