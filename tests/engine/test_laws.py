"""The twelve laws of a merge, each over generated banks and over raw bytes, in every policy.

`MBGIT_EXAMPLES=5000` tries that many examples of each, at random; without it the same few each time.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import combinations, permutations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mbgit.engine.document import cut
from mbgit.engine.result import Binary, Merged
from mbgit.engine.threeway import git_merge, merge3
from tests.bench import judge
from tests.bench.judge import has_words, says
from tests.engine import strategies as banks
from tests.engine.strategies import ENTRIES, Sides, Unit, rendered
from tests.support import storms

EXAMPLES = int(os.environ.get("MBGIT_EXAMPLES", "0"))
POLICIES = ("latest", "union", "log")
NAMES = {"latest": "activeContext.md", "union": "lessons-buffer.md", "log": "SESSION_LOG.md"}
every_policy = pytest.mark.parametrize("policy", POLICIES)


def laws(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or max(12, examples // 3),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def merged(base: bytes, ours: bytes, theirs: bytes, policy: str) -> Merged:
    """A merge with a clock that knows when each piece of text was written: equal texts, equal times."""
    return merge3(base, ours, theirs, policy, NAMES[policy], clock(ours, theirs))


def clock(ours: bytes, theirs: bytes) -> Callable[[int, int, int], int | None]:
    sides = ours.split(b"\n"), theirs.split(b"\n")

    def when(side: int, first: int, last: int) -> int | None:
        assert 1 <= first <= last <= len(sides[side]), "no such lines"
        return zlib.crc32(b"\n".join(sides[side][first - 1 : last])) % 5 or None

    return when


def result(base: bytes, ours: bytes, theirs: bytes, policy: str) -> bytes:
    return merged(base, ours, theirs, policy).text


def asides(m: Merged) -> list[bytes]:
    return [aside.text for aside in m.asides]


def nothing(faults: Collection[object], texts: tuple[bytes, bytes, bytes], text: bytes) -> None:
    """Fails with all four texts, so that a person can see what went wrong; what git merges cleanly stands (law 0)."""
    if faults and text != git_merge(*texts):
        named = zip(("base", "ours", "theirs", "result"), (*texts, text), strict=True)
        shown = (f"=== {name}\n{data.decode(errors='backslashreplace')}" for name, data in named)
        raise AssertionError("\n".join((str(faults), *shown)))


# What became of each line, told from the trees


class Fate:
    """What must stand, and what may, after a merge of generated trees: every line has a token of its own."""

    def __init__(self, s: Sides) -> None:
        self.base, self.ours, self.theirs = (_units(tree) for tree in (s.base, s.ours, s.theirs))
        lines = [
            {x for unit, _ in units.values() for x in _says(unit)} for units in (self.base, self.ours, self.theirs)
        ]
        self.had, self.mine, self.other = lines
        self.must = ((self.mine | self.other) - self.had) | (self.mine & self.other)
        gone = (self.had - self.mine) ^ (self.had - self.other)
        self.twice = self._two_versions()
        whole, may = self._survivors()
        self.must |= gone & whole
        self.never = gone - whole - may | (self.had - self.mine - self.other)

    def _two_versions(self) -> set[bytes]:
        """Lines of what both sides added and one has reworded since, or filled with something else."""
        found: set[bytes] = set()
        for uid in (self.ours.keys() & self.theirs.keys()) - self.base.keys():
            one, two = self.ours[uid][0], self.theirs[uid][0]
            shared = {kid.said for kid in one.kids} & {kid.said for kid in two.kids}
            if [*_says(one)] != [*_says(two)] or (one.kind == "entry" and not shared):
                found.update(_all_says(one))
        return found

    def _survivors(self) -> tuple[set[bytes], set[bytes]]:
        """Lines of entries kept whole, and those that may stand.

        These are the heads of containers, pieces of a unit that both edited, and of an entry that one side
        deleted and of which the other only took something out.
        """
        whole: set[bytes] = set()
        may: set[bytes] = set()
        for gone, left in ((self.ours, self.theirs), (self.theirs, self.ours)):
            for uid, (unit, _) in self.base.items():
                now = left[uid][0] if uid in left else None
                if unit.kind in ("title", "section", "table"):
                    may.update(_says(unit))
                if not now:
                    continue
                if uid not in gone and now.said != unit.said:
                    grown = unit.kind in ENTRIES and not set(_all_says(now)) <= set(_all_says(unit))
                    (whole if grown else may).update(_all_says(now))
                elif uid in gone and len(unit.lines) > 1 and gone[uid][0].lines != unit.lines != now.lines:
                    may.update(_says(unit))
        return whole, may


def _units(tree: Unit) -> dict[str, tuple[Unit, tuple[Unit, ...]]]:
    return {unit.uid: (unit, above) for unit, above in tree.walk()}


def _says(unit: Unit) -> Iterator[bytes]:
    """The unit's own lines that hold a token: marks and delimiter rows are nobody's."""
    return (says(x.lstrip().encode()) for x in unit.lines if unit.kind != "table" and any(c == "z" for c in x))


def _all_says(unit: Unit) -> Iterator[bytes]:
    for below, _ in unit.walk():
        yield from _says(below)


def standing(text: bytes) -> Counter[bytes]:
    """Lines of a result, however deep they are indented."""
    return Counter(says(line.lstrip()) for line in judge.lines_of(text))


# 1


@laws(150)
@given(banks.banks(), banks.STYLES)
def test_1_lossless_banks(tree: Unit, style: banks.Style) -> None:
    text = rendered(tree, style)
    assert cut(text).render() == text


@laws(400)
@given(banks.raw_lines() | banks.raw_bytes() | st.binary())
def test_1_lossless_bytes(text: bytes) -> None:
    """Any bytes: NUL included, as it is only the merge that may refuse them."""
    assert cut(text).render() == text


@laws(300)
@given(banks.raw_lines() | banks.raw_bytes())
def test_1_every_line_belongs_to_one_unit(text: bytes) -> None:
    """Units hold each line that is not blank exactly once, in order but for the marks of front matter."""
    units = list(cut(text).units())
    found, want = ([*_rows(x)] for x in (b"\n".join(own for _, _, own in units), text.removeprefix(judge.BOM)))
    assert Counter(found) == Counter(want)
    assert found == want or any(kind == "front" for _, kind, _ in units)


def _rows(text: bytes) -> Iterator[bytes]:
    rows = (x.strip(b" \t\r\x0b\x0c") for x in text.replace(b"\r", b"\n").split(b"\n"))
    return (x for x in rows if x)


# 2


@every_policy
@laws(40)
@given(banks.sides())
def test_2_one_sided_and_agreed_banks(policy: str, s: Sides) -> None:
    _one_sided(policy, *s.texts)


@every_policy
@laws(100)
@given(banks.raw_triples())
def test_2_one_sided_and_agreed_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    _one_sided(policy, *texts)


def _one_sided(policy: str, base: bytes, ours: bytes, theirs: bytes) -> None:
    assert result(base, ours, base, policy) == ours
    assert result(base, base, theirs, policy) == theirs
    assert result(base, ours, ours, policy) == ours


# 3


@every_policy
@laws(60)
@given(banks.sides())
def test_3_either_way_round_banks(policy: str, s: Sides) -> None:
    base, ours, theirs = s.texts
    assert result(base, ours, theirs, policy) == result(base, theirs, ours, policy)


@every_policy
@laws(250)
@given(banks.raw_triples() | st.tuples(banks.raw_bytes(), banks.raw_bytes(), banks.raw_bytes()))
def test_3_either_way_round_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """What is set aside is the same too."""
    base, ours, theirs = texts
    one, other = merged(base, ours, theirs, policy), merged(base, theirs, ours, policy)
    assert one.text == other.text
    assert Counter(asides(one)) == Counter(asides(other))


@every_policy
@laws(60)
@given(banks.raw_triples())
def test_3_without_a_clock(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    base, ours, theirs = texts
    assert merge3(base, ours, theirs, policy).text == merge3(base, theirs, ours, policy).text


# 4 to 6


@every_policy
@laws(120)
@given(banks.sides())
def test_4_nothing_lost_banks(policy: str, s: Sides) -> None:
    """What a side added, what both kept, and an entry that one side deleted and the other edited."""
    done = merged(*s.texts, policy)
    have = [words for text in (done.text, *asides(done)) for words in map(_words, standing(text))]
    lost = {line for line in Fate(s).must if not any(_words(line) <= words for words in have)}
    nothing(lost, s.texts, done.text)


def _words(line: bytes) -> set[bytes]:
    """The words of a line that tell it: its box, its place in a count and its marker are values beside them."""
    return {word.strip(b"|*~_()[]") for word in line.split() if any(chr(c).isalnum() for c in word)} - {b"x"}


@every_policy
@laws(200)
@given(banks.raw_triples())
def test_4_nothing_lost_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """Of repeated lines little is certain; but one that each version holds at most once is not lost."""
    done = merged(*texts, policy)
    t = judge.Triple(*texts)
    missing = judge.lost(t, done.text, asides(done))
    nothing([line for line in missing if max(t.three(line)) < 2 and has_words(line)], texts, done.text)


@every_policy
@laws(120)
@given(banks.sides())
def test_5_nothing_resurrected_banks(policy: str, s: Sides) -> None:
    """A moved unit counts as left alone: a deletion on the other side stands."""
    text = result(*s.texts, policy)
    nothing({line for line in Fate(s).never if standing(text)[line]}, s.texts, text)


@every_policy
@laws(100)
@given(banks.banks(), banks.edits(("append", "prepend", "insert", "new section")))
def test_5_purges_stay_purged(policy: str, base: Unit, growth: list[banks.Edit]) -> None:
    """One side takes every entry out; what the other adds is all that stands afterwards."""
    bare = _without_entries(base)
    s = Sides(base, bare, banks.edited(base, growth, "b"))
    text = result(*s.texts, policy)
    have = standing(text)
    old = {x for unit, _ in base.walk() if unit.kind in ENTRIES for x in _all_says(unit)}
    nothing({line for line in old if have[line]} - _heads(s), s.texts, text)


def _without_entries(unit: Unit) -> Unit:
    kids = tuple(_without_entries(kid) for kid in unit.kids if kid.kind not in ENTRIES)
    return Unit(unit.uid, unit.kind, unit.lines, kids)


def _heads(s: Sides) -> set[bytes]:
    """Entries that the other side added to are kept whole."""
    theirs = _units(s.theirs)
    grown = (unit for unit, _ in s.base.walk() if unit.kind in ENTRIES and theirs[unit.uid][0].said != unit.said)
    return {x for unit in grown for x in _all_says(unit)}


@laws(100)
@given(banks.raw_triples())
def test_5_a_line_that_nobody_kept_is_gone(texts: tuple[bytes, bytes, bytes]) -> None:
    for policy in POLICIES:
        text, t = result(*texts, policy), judge.Triple(*texts)
        have = judge.counted(text)
        nothing([x for x in have if has_words(x) and not t.ours[x] and not t.theirs[x]], texts, text)


@every_policy
@laws(120)
@given(banks.sides())
def test_6_nothing_doubled_banks(policy: str, s: Sides) -> None:
    """A block that both added and one edited since has no base: both versions stand, with what they share."""
    text, fate = result(*s.texts, policy), Fate(s)
    have = standing(text)
    nothing({x for x in fate.mine | fate.other if have[x] > 1 and x not in fate.twice}, s.texts, text)


@every_policy
@laws(60)
@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from(("- ran the tests", "Same again.", "| a | b |")),
)
def test_6_identical_siblings_are_counted(policy: str, base: int, ours: int, theirs: int, line: str) -> None:
    gap = "\n" if line[0] in "-|" else "\n\n"
    head = "# Log\n\n## Done\n\n" + ("| H | I |\n|---|---|\n" if line[0] == "|" else "")
    texts = [(head + (line + gap) * n).rstrip("\n").encode() + b"\n\n## End\n" for n in (base, ours, theirs)]
    text = result(texts[0], texts[1], texts[2], policy)
    wrong = text.count(line.encode()) != judge.expected_count(base, ours, theirs)
    nothing([line] * wrong, (texts[0], texts[1], texts[2]), text)


@every_policy
@laws(60)
@given(banks.banks(), st.integers(1, 3))
def test_6_a_side_repeats_on_purpose(policy: str, base: Unit, times: int) -> None:
    """Both sessions say the same under headings of their own: each keeps its words."""
    text = rendered(base)
    ours, theirs = (text + f"\n## 2031-01-0{n} {n}x\n\n- ran the tests\n".encode() * times for n in (1, 2))
    assert result(text, ours, theirs, policy).count(b"- ran the tests") == 2 * times


@every_policy
@laws(200)
@given(banks.raw_triples())
def test_6_nothing_doubled_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """A line that stands once in all three is there once at most, unless a side's fence took it in.

    Texts with an open fence are left out: whole files are one block there, of which both versions stand. So are
    lines that are set in: they go where the item around them goes, and may be torn out of one by an edit above.
    """
    assume(not any(mark in text for mark in (b"```", b"~~~", b"<!--") for text in texts))
    t, text = judge.Triple(*texts), result(*texts, policy)
    kinds = [_kinds(side) for side in texts]
    same = {x for x in kinds[0] if kinds[0][x] == kinds[1].get(x) == kinds[2].get(x) and kinds[0][x] != {"fence"}}
    have = judge.counted(text)
    nothing(
        [x for x in have if t.three(x) == (1, 1, 1) and have[x] > 1 and x in same and x == x.lstrip() and has_words(x)],
        texts,
        text,
    )


# 7


@every_policy
@laws(80)
@given(banks.sides())
def test_7_nothing_invented_banks(policy: str, s: Sides) -> None:
    text = result(*s.texts, policy)
    nothing(_invented(s.texts, text), s.texts, text)


def _invented(texts: tuple[bytes, bytes, bytes], text: bytes) -> list[bytes]:
    """Lines that are no line of a side, nor put together from the words of lines that tell the same."""
    sides = [line for side in texts[1:] for line in judge.lines_of(side)]
    found = []
    for line in judge.invented(judge.Triple(*texts), text):
        own = _words(line)
        near = [words for words in map(_words, sides) if words & own]
        if not own <= set().union(*near):
            found.append(line)
    return found


@every_policy
@laws(250)
@given(banks.raw_triples())
def test_7_nothing_invented_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    text = result(*texts, policy)
    nothing(_invented(texts, text), texts, text)


# 8


@every_policy
@laws(80)
@given(banks.sides(styled=False))
def test_8_order_that_both_give_is_kept(policy: str, s: Sides) -> None:
    """Two lines of one parent that stand in one order on both sides, stand so afterwards."""
    text = result(*s.texts, policy)
    place = {says(line.lstrip()): i for i, line in enumerate(judge.lines_of(text))}
    ours, theirs = _units(s.ours), _units(s.theirs)
    for uid, (parent, _) in ours.items():
        if uid in theirs:
            other = theirs[uid][0]
            nothing(_swapped(_kept(parent, other, place), _kept(other, parent, place), place), s.texts, text)


def _kept(parent: Unit, other: Unit, place: dict[bytes, int]) -> list[bytes]:
    """First lines of the units that both hold in one parent, word for word."""
    heads = {next(_says(kid), b"") for kid in other.kids}
    return [head for kid in parent.kids if (head := next(_says(kid), b"")) and head in heads and head in place]


def _swapped(ours: list[bytes], theirs: list[bytes], place: dict[bytes, int]) -> list[tuple[bytes, bytes]]:
    pairs = ((one, two) for one, two in combinations(ours, 2) if theirs.index(one) < theirs.index(two))
    return [(one, two) for one, two in pairs if place[one] > place[two]]


@every_policy
@laws(80)
@given(
    banks.banks(),
    banks.edits(("append", "prepend", "insert", "delete", "edit", "move"), 3),
    st.integers(0, 9),
)
def test_8_a_section_that_one_side_left_alone(policy: str, base: Unit, todo: list[banks.Edit], which: int) -> None:
    """Where only one side worked, its section stands as that side wrote it, place for place."""
    ours = banks.edited(base, todo, "a")
    mine = {kid.uid: kid for kid in ours.kids[-1].kids if kid.kind == "section"}
    idle = [uid for uid, kid in _sections(base) if uid in mine and mine[uid].said == kid.said]
    assume(idle)
    theirs = _with_more(base, idle[which % len(idle)])
    s = Sides(base, ours, theirs)
    text = result(*s.texts, policy)
    have = [x.strip() for x in text.split(b"\n") if x.strip()]
    for uid, section in mine.items():
        if uid != idle[which % len(idle)] and any(uid == u for u, _ in _sections(base)):
            want = [x.strip() for x in rendered(Unit("", "", (), (section,))).split(b"\n") if x.strip()]
            at = have.index(want[0])
            nothing([] if have[at : at + len(want)] == want else want, s.texts, text)


def _sections(tree: Unit) -> Iterator[tuple[str, Unit]]:
    return ((kid.uid, kid) for kid in tree.kids[-1].kids if kid.kind == "section")


def _with_more(tree: Unit, uid: str) -> Unit:
    more = Unit("b0", "para", ("Something else b0z.",))
    kids = (Unit(k.uid, k.kind, k.lines, (*k.kids, more)) if k.uid == uid else _with_more(k, uid) for k in tree.kids)
    return Unit(tree.uid, tree.kind, tree.lines, tuple(kids))


@every_policy
@laws(60)
@given(
    st.sampled_from((1, -1)),
    st.lists(st.integers(1, 28), min_size=2, max_size=4, unique=True),
    st.lists(st.integers(1, 28), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(1, 28), min_size=1, max_size=3, unique=True),
)
def test_8_stamped_runs_are_woven(policy: str, way: int, old: list[int], ours: list[int], theirs: list[int]) -> None:
    """Both add dated entries at the growing end of an ordered log: the log is in order afterwards."""
    assume(not set(ours) & set(theirs))
    mine, other = sorted(ours, reverse=way < 0), sorted(theirs, reverse=way < 0)
    both = sorted((*ours, *theirs), reverse=way < 0)
    months = (3, 4) if way > 0 else (4, 3)
    before, one, two, both_sides = (_log(sorted(old), new, way, months) for new in ([], mine, other, both))
    text = result(before, one, two, policy)
    nothing(b"" if text == both_sides else both_sides, (before, one, two), text)


def _log(old: list[int], new: list[int], way: int, months: tuple[int, int]) -> bytes:
    before = [f"## 2025-03-{d:02} 10:00 o{d}\n\n- did o{d}z\n" for d in old]
    after = [f"## 2025-04-{d:02} 10:00 n{d}\n\n- did n{d}z\n" for d in new]
    return "\n".join(["# Log\n", *(before + after if way > 0 else after + before[::-1])]).encode()


# 9


@every_policy
@laws(80)
@given(banks.sides())
def test_9_well_formed_banks(policy: str, s: Sides) -> None:
    t, text = judge.Triple(*s.texts), result(*s.texts, policy)
    nothing([*judge.recut(t, text), *judge.unparted(t, text), *_recast(s.texts, text)], s.texts, text)


@every_policy
@laws(250)
@given(banks.raw_triples())
def test_9_well_formed_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """No line of the result is cut as a unit of a kind that it is in neither side."""
    text = result(*texts, policy)
    nothing(_recast(texts, text), texts, text)


def _recast(texts: tuple[bytes, bytes, bytes], text: bytes) -> list[tuple[bytes, set[str], set[str]]]:
    sides, now = [_kinds(side) for side in texts[1:]], _kinds(text)
    before = {line: sides[0].get(line, set()) | sides[1].get(line, set()) for line in now}
    return [(x, before[x], kinds) for x, kinds in now.items() if before[x] and kinds - before[x] and has_words(x)]


def _kinds(text: bytes) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = {}
    for _, kind, own in cut(text).units():
        for line in judge.lines_of(own):
            if line.strip():
                found.setdefault(says(line.lstrip()), set()).add(kind)
    return found


# 10


@every_policy
@laws(60)
@given(banks.banks(), st.tuples(*[banks.edits(most=2)] * 3))
def test_10_any_order_banks(policy: str, base: Unit, todo: tuple[list[banks.Edit], ...]) -> None:
    trees = [banks.edited(base, ops, name) for ops, name in zip(todo, "abc", strict=True)]
    assume(_two_at_most(base, trees))
    assert len({_units_of(x) for x in _orders(rendered(base), map(rendered, trees), policy)}) == 1


def _two_at_most(base: Unit, trees: list[Unit]) -> bool:
    """Whether at most two sides changed any one unit; what a heading or an item holds is part of it."""
    sides = [_units(tree) for tree in trees]
    for uid, (unit, _) in _units(base).items():
        changed = sum(uid not in side or _own(side[uid][0]) != _own(unit) for side in sides)
        if changed > 2 or (changed and unit.kind in ENTRIES and _said(uid, sides, unit) > 2):
            return False
    return True


def _own(unit: Unit) -> tuple[object, ...]:
    return tuple(map(str.strip, unit.lines)), [kid.uid for kid in unit.kids if unit.kind in ENTRIES]


def _said(uid: str, sides: list[dict[str, tuple[Unit, tuple[Unit, ...]]]], unit: Unit) -> int:
    return sum(uid not in side or side[uid][0].said != unit.said for side in sides)


def _orders(base: bytes, sides: Iterable[bytes], policy: str) -> set[bytes]:
    """The outcomes of merging the sides one after the other, in every order."""
    found = set()
    for first, *others in permutations(sides):
        text = first
        for other in others:
            text = merge3(base, text, other, policy, NAMES[policy]).text
        found.add(text)
    return found


def _units_of(text: bytes) -> frozenset[tuple[bytes, int]]:
    return frozenset(judge.counted(text).items())


@every_policy
@laws(30)
@given(banks.banks(entries_only=True), st.tuples(*[banks.edits(banks.ADDING, 2)] * 4))
def test_10_stamped_entries_any_order_same_bytes(policy: str, base: Unit, todo: tuple[list[banks.Edit], ...]) -> None:
    """Four sides that only append distinct dated entries; one entry of base says no way, and the sides may differ."""
    assume(len([unit for unit, _ in base.walk() if unit.kind == "entry"]) != 1)
    trees = [banks.edited(base, ops, name) for ops, name in zip(todo, "abcd", strict=True)]
    assert len(_orders(rendered(base), map(rendered, trees), policy)) == 1


@laws(60)
@given(st.lists(banks.raw_lines(), min_size=3, max_size=3))
def test_10_any_order_bytes(sides: list[bytes]) -> None:
    """Items of three raw texts, each under a dated heading of its side, appended to one base."""
    base = b"# Log\n\n## 2025-01-01 first\n\n- a\n"
    grown = [base + b"\n## 2025-02-0%d side\n\n- said %d\n" % (n + 1, zlib.crc32(x)) for n, x in enumerate(sides)]
    assert len(_orders(base, grown, "union")) == 1


# 11


@every_policy
@laws(80)
@given(banks.sides())
def test_11_again_banks(policy: str, s: Sides) -> None:
    base, *sides = s.texts
    once = merge3(*s.texts, policy, NAMES[policy]).text
    for side in sides:
        twice = merge3(base, once, side, policy, NAMES[policy]).text
        nothing(_units_of(once) ^ _units_of(twice), (base, once, side), twice)


@every_policy
@laws(200)
@given(banks.raw_triples())
def test_11_again_bytes(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """Which lines stand is certain; of equal ones at several depths, how many is not.

    Nor is it of lines that repeat: one taken out here and one put in there make as many as base had, and then
    the result says nothing of either.
    """
    base, *sides = texts
    often = {line for text in texts for line, n in judge.counted(text).items() if n > 1}
    once = merge3(*texts, policy, NAMES[policy]).text
    for side in sides:
        twice = merge3(base, once, side, policy, NAMES[policy]).text
        changed = {line for line, _ in _units_of(once)} ^ {line for line, _ in _units_of(twice)}
        nothing([x for x in changed if has_words(x) and says(x) not in often], (base, once, side), twice)


# 12


@every_policy
@laws(300)
@given(st.tuples(*[banks.raw_bytes() | st.binary()] * 3))
def test_12_total(policy: str, texts: tuple[bytes, bytes, bytes]) -> None:
    """Any three byte strings merge; only NUL bytes may be refused, and only where somebody has to merge."""
    try:
        merged(*texts, policy)
    except Binary:
        assert any(b"\0" in text for text in texts)


MUCH = {  # what is repeated, and how often
    "items": (b"- x\n", 20_000), "fences": (b"```\n", 20_000), "numbers": (b"1. x\n", 20_000),
    "line": (b"x", 1_000_000), "quotes": (b"> ", 50_000), "hashes": (b"#", 100_000), "pipes": (b"|", 200_000),
    "depth": (b"".join(b" " * n + b"- x\n" for n in range(600)), 1), "comments": (b"<!--", 50_000),
    "returns": (b"\r", 100_000),
}  # fmt: skip
SLOW = ("items", "fences", "numbers")  # in the reduced run, a fifth of these


@every_policy
@pytest.mark.parametrize(
    ("name", "part"), [*((name, 5 if name in SLOW else 1) for name in MUCH), *storms((name, 1) for name in SLOW)]
)
def test_12_nothing_is_too_much(policy: str, name: str, part: int) -> None:
    unit, times = MUCH[name]
    text = unit * (times // part)
    merged(text, text + b"\nours\n", b"theirs\n\n" + text, policy)
