"""Storms of clones: small ones in every run, full size with `-m storm`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.clones.storm import Storm, play, report, run
from tests.clones.storm.account import Ledger, Standing, arrived, in_several, returned
from tests.clones.storm.look import Finding, Trees, broken, standing, trees_of, unsound
from tests.clones.storm.pages import BUFFERS, PAGES
from tests.clones.storm.work import Work
from tests.support import Clone


@pytest.mark.parametrize("seed", [1])
def test_a_small_storm(tmp_path: Path, seed: int) -> None:
    storm = run(tmp_path, clones=2, sessions=5, seed=seed)
    assert not storm.faults, "\n".join(report(storm))


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(10, 16))
def test_a_full_storm(tmp_path: Path, seed: int) -> None:
    storm = run(tmp_path, clones=6, sessions=100, seed=seed)
    assert not storm.faults, "\n".join(report(storm))


def test_a_small_storm_with_a_button_that_squashes(tmp_path: Path) -> None:
    storm = run(tmp_path, clones=2, sessions=8, seed=3, squash=True)
    assert not storm.faults, "\n".join(report(storm))
    assert storm.counts["presses"]


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(50, 54))
def test_a_full_storm_with_a_button_that_squashes(tmp_path: Path, seed: int) -> None:
    storm = run(tmp_path, clones=6, sessions=100, seed=seed, squash=True)
    assert not storm.faults, "\n".join(report(storm))


@pytest.mark.parametrize("squash", [False, True])
def test_git_alone_does_not_weather_it(tmp_path: Path, squash: bool) -> None:
    """The storm can tell: without mbgit the same sessions end in a conflict."""
    storm = run(tmp_path, clones=2, sessions=40, seed=1, armed=False, squash=squash)
    assert storm.counts["conflicts"]


def test_a_storm_that_is_cut_short_has_reported_what_it_found(tmp_path: Path) -> None:
    logged: list[str] = []

    class Cut(Storm):
        def finish(self) -> None:
            self.found(self.clones[0], "the end", [Finding("lost", "", frozenset({"kbz"}))])
            raise KeyboardInterrupt

    storm = play(Cut(tmp_path, random.Random(1), armed=False, log=logged.append), clones=1, sessions=1)
    assert [said.split(": ", 1) for said in logged] == [["session 1", said] for said in storm.faults]
    assert "kbz" in storm.faults[0]
    assert storm.faults[1:] == ["interrupted"]


def test_only_what_stands_in_more_than_one_file_is_in_several() -> None:
    standing = {name: frozenset(tokens.split()) for name, tokens in {"a": "kbz kcz", "b": "kbz", "c": "kdz"}.items()}
    assert in_several(standing) == {"kbz"}


def test_what_a_revert_puts_back_from_a_document_has_arrived_in_the_buffer() -> None:
    before = {"buffer": frozenset({"kbz"}), "document": frozenset({"kcz", "kdz"})}
    after = {"buffer": frozenset({"kbz", "kcz"}), "document": frozenset({"kdz"}), "other": frozenset({"kez"})}
    assert arrived(before, after) == {"kcz", "kez"}


def test_what_a_stash_puts_back_has_returned() -> None:
    base = {"buffer": frozenset({"kbz", "kcz"}), "other": frozenset({"kdz"})}
    between = {"buffer": frozenset({"kbz"}), "document": frozenset({"kcz"}), "other": frozenset({"kdz"})}
    after = {"buffer": frozenset({"kbz", "kcz", "kez"}), "other": frozenset({"kdz"})}
    assert returned(base, between, after) == {"kcz"}


def trees(base: str, ours: str, theirs: str) -> Trees:
    return Trees(tree(base), tree(ours), tree(theirs))


def tree(text: str, path: str = "a.md") -> Standing:
    return {path: frozenset(text.split())}


def judged(three: Trees, after: str, ledger: Ledger, path: str = "a.md") -> list[str]:
    return [f"{x.kind} {' '.join(x.tokens)}" for x in broken(three, {path: frozenset(after.split())}, set(), ledger)]


def test_the_law_finds_what_is_lost_and_what_comes_back() -> None:
    three = trees("kbz", "kbz kcz", "")
    assert judged(three, "kcz", Ledger()) == []
    assert judged(three, "", Ledger()) == ["lost kcz"]
    assert judged(three, "kbz kcz", Ledger()) == ["resurrected kbz"]


def test_what_moved_and_was_taken_out_may_stand_where_git_is_sure() -> None:
    texts = [{"a.md": text} for text in ("kbz\n\nkcz\n\nkdz\n", "kdz\n\nkbz\n\nkcz\n", "kbz\n\nkcz\n")]
    ledger = Ledger()
    three = trees_of(texts[:1], texts[1], texts[2], ledger)
    assert judged(three, "kbz kcz kdz", ledger) == []
    assert ledger.copied == {"kdz"}
    other = trees_of(texts[:1], texts[0], texts[2], Ledger())
    assert judged(other, "kbz kcz kdz", Ledger()) == ["resurrected kdz"]


def test_what_has_moved_is_not_lost() -> None:
    assert judged(trees("kbz", "kbz", "kbz"), "kbz", Ledger(), "b.md") == []


def test_a_unit_that_was_changed_may_stay_where_it_was_taken_out_whole() -> None:
    ledger = Ledger()
    unit = ledger.token()
    kid = ledger.token(unit)
    assert judged(trees(unit, "", f"{unit} {kid}"), f"{unit} {kid}", ledger) == []
    assert judged(trees(f"{unit} {kid}", unit, f"{unit} {kid}"), f"{unit} {kid}", ledger) == [f"resurrected {kid}"]


def test_one_of_two_items_that_were_one_may_stay_where_it_was_taken_out_and_changed() -> None:
    path, ledger = ".claude/memory-bank/sessions/2025-10-09_start.md", Ledger()
    first = ledger.token()
    second = ledger.token(first)
    kid = ledger.opened(second)
    base, ours, theirs = (tree(text, path) for text in (f"{first} {second} {kid}", f"{first} {second}", first))
    three = Trees(base, ours, theirs)
    assert judged(three, f"{first} {second}", ledger, path) == []
    assert judged(three, f"{first} {second} {kid}", ledger, path) == [f"resurrected {kid}"]


def test_one_entry_in_a_buffer_and_in_a_document_is_doubled_unless_it_was_edited() -> None:
    ledger = Ledger()
    unit = ledger.token()
    edited = ledger.token(unit)
    buffer, document = BUFFERS[0], "Docs/03-Reference/Patterns.md"
    assert [x.kind for x in unsound({buffer: unit, document: unit}, ledger)] == ["doubled"]
    assert not list(unsound({buffer: f"{unit} {edited}", document: unit}, ledger))
    assert [x.kind for x in unsound({buffer: f"{unit} {unit}"}, ledger)] == ["doubled"]
    ledger.copied.add(edited)  # a pick brought that line, and the entry was harvested with it
    both = {buffer: f"{unit} {edited}", document: f"{unit} {edited}"}
    assert not list(unsound(both, ledger))
    assert [x.kind for x in unsound(both, ledger, settled=True)] == ["doubled"]


def test_an_entry_stands_twice_only_where_both_versions_are_mostly_new() -> None:
    ledger = Ledger()
    head, *mine = (ledger.token() for _ in range(4))
    yours = [ledger.token() for _ in range(3)]

    def found(first: list[str], second: list[str]) -> list[str]:
        texts = (f"### {head}\n\n" + "".join(f"- one {line}\n" for line in lines) for lines in (first, second))
        return [x.kind for x in unsound({BUFFERS[0]: "# Lessons\n\n" + "\n".join(texts)}, ledger)]

    assert found(mine, [mine[0], *yours[1:]]) == []
    assert found(mine, [*mine[:2], yours[2]]) == ["doubled"]
    assert found(mine, mine) == ["doubled"]


def test_an_entry_stands_twice_where_one_of_two_copies_was_given_another_title() -> None:
    ledger = Ledger()
    head, line = ledger.token(), ledger.token()
    other = ledger.token(head)
    text = f"# Lessons\n\n### {head}\n\n- {line}\n\n### {other}\n\n- {line}\n"
    assert [x.tokens for x in unsound({BUFFERS[0]: text}, ledger)] == [{line}]
    ledger.copied.add(line)
    assert not list(unsound({BUFFERS[0]: text}, ledger))
    assert [x.tokens for x in unsound({BUFFERS[0]: text.replace(other, head)}, ledger)] == [{head, line}]


def test_an_item_stands_twice_where_a_revert_put_another_version_of_it_back() -> None:
    ledger = Ledger()
    first = ledger.token()
    kid, other = ledger.opened(first), ledger.token(first)
    text = f"# Patterns\n\n- was {first}\n  - {kid}\n- is {other}\n  - {kid}\n"
    assert [x.tokens for x in unsound({BUFFERS[0]: text}, ledger)] == [{kid}]
    ledger.copied.add(kid)
    assert not list(unsound({BUFFERS[0]: text}, ledger))
    assert [x.tokens for x in unsound({BUFFERS[0]: text.replace(other, first)}, ledger)] == [{first, kid}]


def test_no_fence_is_put_into_a_fence(tmp_path: Path) -> None:
    work = Work(random.Random(1), Ledger(), ())
    clone, text = Clone(tmp_path, tmp_path), f"## {work.ledger.token()}\n\ntext\n"
    for _ in range(40):
        text = work.fence(clone, PAGES[BUFFERS[0]], text)
    depth = 0
    for line in text.split("\n"):
        if line[:3] in ("```", "~~~"):
            depth += 1 if line[3:] else -1
            assert depth in (0, 1)
    assert text.count("## hidden") > 5


def test_a_tick_is_something_that_can_be_lost() -> None:
    ledger = Ledger()
    unit = ledger.token()
    box, ticked = (standing({"a.md": f"- [{x}] do it {unit}"}, ledger) for x in " x")
    assert [x.kind for x in broken(Trees(box, ticked, box), box, set(), ledger)] == ["lost"]
    assert not list(broken(Trees(box, ticked, box), ticked, set(), ledger))
