"""The laws of a harvest over generated buffers: every entry once, whoever harvests, and whoever writes meanwhile."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import Entry, Undated, anything, entries
from mbgit.bank.settings import HARVEST, Rule
from mbgit.engine.stamps import entry_id
from mbgit.engine.threeway import merge3
from mbgit.proposals.harvest.plan import Harvest, Provenance, plan
from mbgit.proposals.harvest.records import recorded
from tests.engine import strategies as banks
from tests.engine.strategies import Unit, edited, rendered

EXAMPLES = int(os.environ.get("MBGIT_EXAMPLES", "0"))
BUFFER = "bank/buffer.md"
RULES = {
    "file": Rule("patterns-buffer.md", 20, "lines", "Docs/Patterns.md", ""),
    "records": Rule("lessons-buffer.md", 15, "lines", "Docs/PostMortems/", ""),
    "decisions": HARVEST[2],
}
every_rule = pytest.mark.parametrize("kind", ["file", "records", "decisions"])
two_rules = pytest.mark.parametrize("kind", ["file", "records"])
INDEX = re.compile(rb"- \[.*\]\(#.*\)")
Tree = dict[str, bytes]


def laws(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def day(entry: Entry) -> Provenance:
    return Provenance("Ada", "ada@example.org", "1a2b3c4d", date(2025, 1, 1))


def harvested(kind: str, tree: Mapping[str, bytes]) -> tuple[Tree, Harvest | None]:
    """A tree after a harvest was accepted, and the harvest."""
    found = plan(RULES[kind], BUFFER, tree[BUFFER], tree, (), date(2025, 9, 1), day)
    return dict(tree) | (found.edits if found else {}), found


def in_buffer(tree: Mapping[str, bytes]) -> Counter[bytes]:
    return Counter(entry.identity for entry in entries(tree[BUFFER], anything))


def in_target(kind: str, tree: Mapping[str, bytes], undated: Undated | None = anything) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for path, data in tree.items():
        if kind == "file" and path != BUFFER:
            found.update(entry.identity for entry in entries(data, undated) if not INDEX.fullmatch(entry.text))
        elif path.startswith("Docs/"):
            found.update(standing.entry.identity for standing in recorded(path, data))
    return found


def merged(base: Tree, ours: Tree, theirs: Tree) -> Tree:
    """What git makes of two trees with the union driver; a file that one side lacks is the other's."""
    out = {}
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        old, one, other = (tree.get(path, b"") for tree in (base, ours, theirs))
        both = [merge3(old, *sides, policy="union", name=path).text for sides in ((one, other), (other, one))]
        assert both[0] == both[1]
        out[path] = both[0]
    return out


def has_undated(*trees: Mapping[str, bytes]) -> bool:
    """Whether a heading without date and id is an entry somewhere. To the engine it is a section: what somebody else
    adds below it stands alone where it goes meanwhile, and makes it a section where it stays.
    """
    texts = (tree.get(path, b"") for tree in trees for path in (BUFFER, "Docs/Patterns.md"))
    found = (entry for data in texts for entry in entries(data, anything))
    heads = (entry for entry in found if entry.text.startswith(b"## "))
    return any(not entry.stamp and not entry_id(entry.title.encode()) for entry in heads)


def for_rule(kind: str, buffer: bytes) -> bytes:
    """Decisions are accepted where the buffer has a Status at all."""
    return buffer.replace(b"**Status**: ", b"**Status**: Accepted ") if kind == "decisions" else buffer


def shown(*trees: Mapping[str, bytes]) -> str:
    return "\n".join(
        f"=== {number} {path}\n{text.decode(errors='backslashreplace')}"
        for number, tree in enumerate(trees) for path, text in tree.items()
    )  # fmt: skip


buffers = banks.raw_lines() | st.builds(rendered, banks.banks(), banks.STYLES)
targets = st.none() | banks.raw_lines() | st.builds(rendered, banks.banks(), banks.STYLES)


@every_rule
@laws(25)
@given(buffers, targets)
def test_every_entry_once(kind: str, buffer: bytes, target: bytes | None) -> None:
    """Over buffer and target: what was there is there, in the one place or in the other."""
    path = "Docs/Patterns.md" if kind == "file" else "Docs/PostMortems/2025-01-01-x.md"
    tree = {BUFFER: for_rule(kind, buffer)} | ({path: target} if target is not None else {})
    after, found = harvested(kind, tree)
    if found is None:
        assert not entries(tree[BUFFER], anything)
        return
    stay, moved = in_buffer(after), {move.entry.identity for move in found.moves}
    assert stay == Counter(s.entry.identity for s in found.stays), shown(tree, after)
    assert not (in_buffer(tree) - stay) - Counter(m.entry.identity for m in found.moves)
    was, now = (in_target(kind, version, None) for version in (tree, after))  # a heading there is the target's own
    updated = sum(move.how == "updated" for move in found.moves)
    assert sum((was - now).values()) == updated, shown(tree, after)
    below = (move.entry.text.partition(b"\n")[2] for move in found.moves)
    assert set(now - was) <= moved.union(entry.identity for text in below for entry in entries(text))
    have = in_target(kind, after)
    assert all(now[identity] or have[identity] for identity in moved), shown(tree, after)


@every_rule
@laws(20)
@given(banks.banks(), banks.edits(), banks.edits())
def test_every_entry_once_where_much_is_there(
    kind: str, tree: Unit, mine: list[banks.Edit], theirs: list[banks.Edit]
) -> None:
    """The target holds an earlier, or a later, version of the buffer."""
    first, _ = harvested(kind, {BUFFER: for_rule(kind, rendered(edited(tree, theirs, "b")))})
    before = first | {BUFFER: for_rule(kind, rendered(edited(tree, mine, "a")))}
    after, found = harvested(kind, before)
    if has_undated(before, after):
        return
    want, have = in_buffer(before), in_target(kind, after)
    stay = Counter(s.entry.identity for s in found.stays) if found else Counter()
    assert in_buffer(after) == stay
    assert all(have[identity] >= 1 for identity in want - stay), shown(before, after)
    assert all(have[identity] <= max(1, in_target(kind, before)[identity]) for identity in have), shown(before, after)
    replaced = sum(move.how == "updated" for move in found.moves) if found else 0
    assert sum((in_target(kind, before) - have).values()) == replaced, shown(before, after)
    assert harvested(kind, after)[0] == after


@every_rule
@laws(20)
@given(buffers, targets)
def test_every_line_arrives(kind: str, buffer: bytes, target: bytes | None) -> None:
    tree = {BUFFER: for_rule(kind, buffer)} | ({"Docs/Patterns.md": target} if target is not None else {})
    after, found = harvested(kind, tree)
    for move in found.moves if found else ():
        rows = after[move.path].replace(b"\r", b"").split(b"\n")
        wanted = [row.replace(b"\r", b"") for row in move.entry.text.split(b"\n")]
        assert all(row in rows for row in wanted) or move.how == "same", shown(tree, after)


@every_rule
@laws(20)
@given(buffers, targets)
def test_again_moves_nothing(kind: str, buffer: bytes, target: bytes | None) -> None:
    tree = {BUFFER: for_rule(kind, buffer)} | ({"Docs/Patterns.md": target} if target is not None else {})
    once, first = harvested(kind, tree)
    if any(stay.why.startswith("it would be read otherwise") for stay in (first.stays if first else ())):
        return  # what did not fit may fit beside other neighbours
    again, found = harvested(kind, once)
    assert again == once, shown(tree, once, again)
    assert found is None or not found.moves


@two_rules
@laws(20)
@given(banks.banks(), banks.edits(most=4), banks.edits(most=4), targets)
def test_two_clones_at_once(
    kind: str, tree: Unit, mine: list[banks.Edit], theirs: list[banks.Edit], target: bytes | None
) -> None:
    """Each adds to the buffer and harvests all of it, then they merge: nothing twice, nothing lost, nothing left."""
    may = ("append", "prepend", "insert", "new section")
    adds = [[edit for edit in side if edit[0] in may] for side in (mine, theirs)]
    base = {BUFFER: rendered(tree)} | ({"Docs/Patterns.md": target} if target is not None and kind == "file" else {})
    sides = [base | {BUFFER: rendered(edited(tree, side, name))} for side, name in zip(adds, "ab", strict=True)]
    (ours, mine_found), (other, their_found) = (harvested(kind, side) for side in sides)
    if not mine_found or not their_found or mine_found.stays or their_found.stays:
        return
    if any(move.how != "new" for move in (*mine_found.moves, *their_found.moves)):
        return
    result = merged(base, ours, other)
    if has_undated(*sides, ours, other, result):
        return
    want = in_buffer(sides[0]) | in_buffer(sides[1])
    have = in_target(kind, result)
    assert not in_buffer(result), shown(base, ours, other, result)
    assert have - in_target(kind, base) == want, shown(base, ours, other, result)
    assert harvested(kind, result)[0] == result


@two_rules
@laws(20)
@given(banks.banks(), banks.edits(("append", "prepend", "insert", "edit", "tick", "add"), most=4))
def test_one_harvests_while_the_other_writes(kind: str, tree: Unit, todo: list[banks.Edit]) -> None:
    """What was appended is there, what was edited stays as edited, and the next plan brings the target up to date."""
    base = {BUFFER: rendered(tree)}
    written = {BUFFER: rendered(edited(tree, todo, "a"))}
    ours, found = harvested(kind, base)
    if not found or found.stays:
        return
    result = merged(base, ours, written)
    if has_undated(base, written, result):
        return
    left = in_buffer(written) - in_buffer(base)
    assert in_buffer(result) == left, shown(base, ours, written, result)
    final, last = harvested(kind, result)
    if last and last.stays:
        return
    have = in_target(kind, final)
    assert not in_buffer(final)
    assert all(have[identity] == 1 for identity in in_buffer(written)), shown(base, ours, written, result, final)
