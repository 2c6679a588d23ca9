"""The laws over what people and formatters do to pages: entries carried elsewhere, statuses, reformatting, squashes.

Judged by tokens: every phrase of a generated page has one that stands nowhere else, so it tells what became of a unit
however it is set. `MBGIT_EXAMPLES=5000` tries that many examples of each, at random.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given

from mbgit.engine.clean import settled
from mbgit.engine.threeway import merge3
from tests.bench import judge
from tests.engine import strategies as banks
from tests.engine.strategies import ENTRIES, PAGE_OPS, STATUSES, Sides, Unit, rendered
from tests.engine.test_laws import NAMES, asides, clock, every_policy, laws, merged, nothing, result
from tests.support import merge_file

TOKEN = re.compile(r"\b[oabc]\d+z\b", re.IGNORECASE)
Tokens = Counter[str]

pages = banks.sides(PAGE_OPS, styled=False)
def tokens(*texts: bytes) -> Tokens:
    return Counter(token.lower() for text in texts for token in TOKEN.findall(text.decode()))


def own(unit: Unit) -> set[str]:
    """The tokens of a unit's own lines."""
    return {token.lower() for line in unit.lines for token in TOKEN.findall(line)}


def whole(unit: Unit) -> frozenset[str]:
    """The tokens of a unit and of all it holds, which of its boxes are ticked, and the states in its headings."""
    lines = [line for part, _ in unit.walk() for line in part.lines]
    states = {f"{line} {state}" for line in lines for state in ("[x]", *STATUSES[1:]) if state in line}
    return frozenset(token.lower() for line in lines for token in TOKEN.findall(line)) | states


class Page:
    """A version of a page: its units by uid, and what holds them."""

    def __init__(self, tree: Unit) -> None:
        self.units = {unit.uid: unit for unit, _ in tree.walk()}
        self.above = {unit.uid: above for unit, above in tree.walk()}
        self.tokens = {token for unit in self.units.values() for token in own(unit)}

    def entry(self, uid: str) -> Unit:
        """The outermost entry that a unit belongs to, else the unit itself."""
        holders = [unit for unit in (*self.above[uid], self.units[uid]) if unit.kind in ENTRIES]
        return holders[0] if holders else self.units[uid]

    def section(self, uid: str) -> Unit | None:
        return next((unit for unit in reversed(self.above[uid]) if unit.kind == "section"), None)


class Fate:
    """What must stand after a merge of pages, what must not, and what may stand twice."""

    def __init__(self, s: Sides) -> None:
        self.base, self.ours, self.theirs = Page(s.base), Page(s.ours), Page(s.theirs)
        mine, other, old = self.ours.tokens, self.theirs.tokens, self.base.tokens
        self.must = ((mine | other) - old) | (mine & other)
        self.never = old - mine - other
        for gone, left in ((self.ours, self.theirs), (self.theirs, self.ours)):
            self.never.update(self._left_alone(gone, left))
        self.twice = {token for uid in self.ours.units.keys() & self.theirs.units.keys() for token in self._both(uid)}

    def _left_alone(self, gone: Page, left: Page) -> Iterator[str]:
        """Tokens of what one side deleted, and the other neither edited nor carried elsewhere."""
        for uid, unit in self.base.units.items():
            if unit.kind in ("title", "section", "table", "root") or uid in gone.units or uid not in left.units:
                continue
            was, now = self.base.entry(uid), left.entry(uid)
            if was.uid == now.uid and whole(was) == whole(now) and was.uid not in gone.units:
                yield from own(unit)

    def _both(self, uid: str) -> Iterator[str]:
        """Tokens of a unit that both sides changed, each in its own way."""
        one, other, old = (page.units.get(uid) for page in (self.ours, self.theirs, self.base))
        if one is None or other is None:
            return
        if old is not None and len({one.lines, other.lines, old.lines}) == 3:
            yield from own(one) | own(other) | own(old)
        elif old is None and whole(one) != whole(other):
            yield from whole(one) | whole(other)


@every_policy
@laws(120)
@given(pages)
def test_0_where_git_is_sure_git_is_right(policy: str, s: Sides) -> None:
    clean, text = merge_file(*s.texts)
    if clean and settled(*s.texts, text) is not None:
        assert merge3(*s.texts, policy, NAMES[policy]).text == text
        assert merge3(*s.texts, policy, NAMES[policy], git=text).text == text


@every_policy
@laws(60)
@given(pages)
def test_2_one_sided_and_agreed(policy: str, s: Sides) -> None:
    base, ours, theirs = s.texts
    assert result(base, ours, base, policy) == ours
    assert result(base, base, theirs, policy) == theirs
    assert result(base, ours, ours, policy) == ours


@every_policy
@laws(120)
@given(pages)
def test_3_either_way_round(policy: str, s: Sides) -> None:
    base, ours, theirs = s.texts
    assert result(base, ours, theirs, policy) == result(base, theirs, ours, policy)


@every_policy
@laws(200)
@given(pages)
def test_4_nothing_lost(policy: str, s: Sides) -> None:
    done = merged(*s.texts, policy)
    have = tokens(done.text, *asides(done))
    nothing({token for token in Fate(s).must if not have[token]}, s.texts, done.text)


@every_policy
@laws(200)
@given(pages)
def test_5_nothing_resurrected(policy: str, s: Sides) -> None:
    text = result(*s.texts, policy)
    nothing(Fate(s).never & tokens(text).keys(), s.texts, text)


@every_policy
@laws(200)
@given(pages)
def test_6_nothing_doubled(policy: str, s: Sides) -> None:
    text, fate = result(*s.texts, policy), Fate(s)
    nothing({token for token, n in tokens(text).items() if n > 1 + (token in fate.twice)}, s.texts, text)


@every_policy
@laws(200)
@given(pages)
def test_8_what_one_side_carried_stands_under_its_new_heading(policy: str, s: Sides) -> None:
    text, fate = result(*s.texts, policy), Fate(s)
    nothing([*_astray(fate, text)], s.texts, text)


def _astray(fate: Fate, text: bytes) -> Iterator[tuple[str, str]]:
    """Entries that one side carried under another heading, and the other left where they were; the heading due."""
    found = _headings_above(text)
    for mover, stayer in ((fate.ours, fate.theirs), (fate.theirs, fate.ours)):
        for uid, unit in fate.base.units.items():
            if unit.kind not in ("item", "entry") or uid not in mover.units or uid not in stayer.units:
                continue
            was, here, there = (page.section(uid) for page in (fate.base, mover, stayer))
            if not was or not here or not there or was.uid != there.uid or was.uid == here.uid:
                continue
            if here.uid not in stayer.units or fate.base.entry(uid) is not unit or _shuffled(was, there):
                continue
            for token in own(unit) & found.keys():
                if own(here) and not own(here) <= found[token]:
                    yield token, here.lines[0]


FOUND = {
    "a paragraph that both added, and one broke elsewhere": (
        "# A\n\n## B\n", "# A\n\n## B\n\nOne line of two.\n", "# A\n\n## B\n\nOne line\nof two.\n",
        "# A\n\n## B\n\nOne line\nof two.\n",
    ),
    "a paragraph that one deleted, and the other broke elsewhere": (
        "# A\n\nOne line of two.\n", "# A\n", "# A\n\nOne line\nof two.\n", "# A\n",
    ),
    "an item carried under a heading that both added": (
        "# A\n\n## B\n\n- one\n- two\n", "# A\n\n## B\n\n- one\n- two\n\n## C\n",
        "# A\n\n## B\n\n- two\n\n## C\n\n- one\n",
        "# A\n\n## B\n\n- two\n\n## C\n\n- one\n",
    ),
}  # fmt: skip
"""What the laws above have found: base, the two sides, what is due."""


@every_policy
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name: str, policy: str) -> None:
    base, ours, theirs, expected = (text.encode() for text in FOUND[name])
    assert result(base, ours, theirs, policy) == result(base, theirs, ours, policy)
    assert result(base, ours, theirs, policy).decode() == expected.decode()


@pytest.mark.parametrize("policy", ["latest", "union"])
def test_a_row_of_base_that_main_took_out_after_a_squash(policy: str) -> None:
    base = b"# A\n\n## B\n\n| C | D |\n|---|---|\n| one | x |\n| two | y |\n"
    landed = base.replace(b"## B", b"## B \xe2\x9c\x85")
    theirs = landed.replace(b"| one | x |\n", b"")
    seen = [[(10, base, landed)], [(20, base, landed), (30, landed, theirs)]]
    assert merge3(base, landed, theirs, policy, NAMES[policy], seen=seen.__getitem__).text == theirs


@every_policy
def test_a_title_that_both_set_anew_after_a_squash_had_set_it(policy: str) -> None:
    """The squash's title is base's then: the one before it is nobody's, and its section is not taken out."""
    base, landed, theirs = (f"# A\n\n## B{status}\n".encode() for status in ("", " 🔄", " ✅"))
    seen = [[(10, base, landed)], [(20, base, landed), (30, landed, theirs)]]
    assert merge3(base, landed, theirs, policy, NAMES[policy], seen=seen.__getitem__).text == theirs


def _shuffled(was: Unit, now: Unit) -> bool:
    """Whether a section's entries stand in another order: then the other side may have moved any of them."""
    left = [kid.uid for kid in was.kids if kid.uid in {kid.uid for kid in now.kids}]
    return left != [kid.uid for kid in now.kids if kid.uid in left]


def _headings_above(text: bytes) -> dict[str, set[str]]:
    """For each token of a page the tokens of the headings that it stands under."""
    found: dict[str, set[str]] = {}
    path: list[tuple[int, set[str]]] = []
    lines = judge.lines_of(text)
    for line, veil in zip(lines, judge.hidden(lines), strict=True):
        here = {token.lower() for token in TOKEN.findall(line.decode())}
        mark = None if veil else judge.HEADING.match(line)
        if mark:
            path = [step for step in path if step[0] < len(mark[1])]
        for token in here:
            found[token] = set[str]().union(*(step[1] for step in path))
        if mark:
            path.append((len(mark[1]), here))
    return found


@every_policy
@laws(120)
@given(banks.squashes())
def test_0b_a_squash_forgets_nothing(policy: str, history: tuple[list[Unit], list[Unit], list[Unit]]) -> None:
    """What each side's history held tells as much as the base that the squash has hidden."""
    shared, ours, theirs = history
    base, onto = rendered(shared[0]), rendered(shared[-1])
    landed = 10 * len(shared)
    seen = [_steps([*shared, *ours[1:]], 10), _steps([shared[0], shared[-1], *theirs[1:]], landed - 5)]
    texts = base, rendered(ours[-1]), rendered(theirs[-1])
    when, turned = clock(texts[1], texts[2]), clock(texts[2], texts[1])
    expected = tokens(merge3(onto, texts[1], texts[2], policy, NAMES[policy], when, git=False).text)
    one = merge3(*texts, policy, NAMES[policy], when, lambda side: seen[side]).text
    other = merge3(base, texts[2], texts[1], policy, NAMES[policy], turned, lambda side: seen[1 - side]).text
    assert one == other
    nothing(_unlike(expected, tokens(one)), texts, one)


@every_policy
@laws(90)
@given(banks.sides())
def test_0b_one_commit_of_each_side_tells_no_more_than_the_sides(policy: str, sides: Sides) -> None:
    base, *both = texts = sides.texts
    seen = [[(10, base, both[0])], [(20, base, both[1])]]
    known = merge3(*texts, policy, NAMES[policy], seen=seen.__getitem__)
    assert known.text == merge3(*texts, policy, NAMES[policy]).text


def _steps(trees: Sequence[Unit], first: int) -> list[tuple[int, bytes, bytes]]:
    """A side's history since the first tree, a commit every ten seconds; only those that changed the page."""
    texts = [rendered(tree) for tree in trees]
    return [(first + 10 * at, old, new) for at, (old, new) in enumerate(pairwise(texts)) if old != new]


def _unlike(expected: Tokens, have: Tokens) -> list[str]:
    missing, more = expected.keys() - have, have - expected
    return [*(f"missing {token}" for token in missing), *(f"too many {token}" for token in more)]
