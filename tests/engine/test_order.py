"""Where units go that two sides put in different places."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from mbgit.engine.align import longest_increasing
from mbgit.engine.order import Place, arrange, weave


def order(o: str, a: str, b: str, stamps: dict[str, str] | None = None) -> str:
    """Merge the orders of three words of distinct letters; capitals carry a stamp: their own letter."""
    names = [n for n in dict.fromkeys(o + a + b) if (n in a and n in b) or n not in o]

    def key(n: str) -> tuple[bytes, bytes]:
        return n.encode() if n.isupper() else b"", n.encode()

    places = [Place(n, o.find(n), a.find(n), b.find(n)) for n in names]
    return "".join(arrange(places, key, lambda: [(at, key(n)[0]) for at, n in enumerate(o)]))


def test_common_order_stands() -> None:
    assert order("abc", "abc", "abc") == "abc"


def test_a_moved_unit_follows_its_predecessor() -> None:
    assert order("abcd", "bcda", "abcd") == "bcda"
    assert order("abcd", "abcd", "dabc") == "dabc"


def test_an_added_unit_follows_its_predecessor() -> None:
    assert order("abc", "axbc", "abyc") == "axbyc"


def test_runs_without_stamps_stay_together_in_the_order_of_their_texts() -> None:
    assert order("a", "ayz", "axw") == order("a", "axw", "ayz") == "axwyz"


def test_stamped_runs_are_woven_upwards_where_base_says_nothing() -> None:
    assert order("a", "aBE", "aCD") == "aBCDE"


def test_stamped_runs_are_woven_downwards_where_base_falls() -> None:
    assert order("BA", "GDBA", "FEBA") == "GFEDBA"


def test_the_direction_is_that_of_the_neighbourhood() -> None:
    assert order("ABCxZYX", "ABCEFxZYX", "ABCDxZYX") == "ABCDEFxZYX"
    assert order("CDEFxJIH", "CDEFxJRQPIH", "CDEFxJTSOIH") == "CDEFxJTSRQPOIH"


def test_moved_by_both_to_one_place_stays_before_what_follows() -> None:
    assert order("abcd", "bcda", "bcdae") == "bcdae"


@given(st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=3, max_size=3), st.booleans())
def test_three_stamped_runs_give_one_order_however_they_are_merged(runs: list[list[int]], falling: bool) -> None:
    # every unit is its own: the stamp repeats, the text does not
    sides = [[(b"%02d" % stamp, b"%d-%d" % (n, at)) for at, stamp in enumerate(run)] for n, run in enumerate(runs)]
    results = {
        tuple(weave(weave(first, second, falling, tuple), third, falling, tuple))
        for first, second, third in permutations(sides)
    }
    assert len(results) == 1


@given(st.lists(st.integers()))
def test_longest_increasing(values: list[int]) -> None:
    run = longest_increasing(values)
    picked = [values[at] for at in run]
    assert picked == sorted(set(picked))
    assert len(run) == _best(values)


def _best(values: list[int]) -> int:
    best: list[int] = []
    for at, value in enumerate(values):
        best.append(1 + max((best[i] for i in range(at) if values[i] < value), default=0))
    return max(best, default=0)
