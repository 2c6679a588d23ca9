"""A file that two clones added with one text, and that one of them has edited since: the edit stands, nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support import Clone, armed, install

PAGE = ".claude/memory-bank/lessons-buffer.md"
TEXT = "# Lessons\n\n- [2025-10-09] keys are built from the path\n- [2025-10-09] retries double the load\n"
EDITED = "# Lessons\n\n- [2025-10-09] keys are built from tenant and path\n"
MORE = "- [2025-10-09] clocks jump\n"


def put(clone: Clone, text: str, message: str) -> None:
    clone.write(PAGE, text)
    clone.commit(message)


def passed_on(one: Clone, other: Clone) -> None:
    """One pushes, and the other one merges that."""
    one.git("push", "-q", "origin", "main")
    other.git("pull", "-q", "--no-edit", "--no-rebase")


def both_stand(clone: Clone) -> bool:
    """Whether the page has all of both texts, and nothing else."""
    return set(clone.read(PAGE).split("\n")) == {*TEXT.split("\n"), *EDITED.split("\n")}


@pytest.fixture
def pair(team: Callable[..., list[Clone]]) -> list[Clone]:
    """Two clones that have added the page, each in a commit of its own."""
    clones = team("Ada", "Bob")
    for clone in clones:
        armed(clone)
        put(clone, TEXT, "the page")
    return clones


@pytest.mark.parametrize("how", [["--no-rebase"], ["--rebase"]])
@pytest.mark.parametrize("more", ["", MORE])
def test_the_edit_stands_and_what_it_took_out_is_gone(pair: list[Clone], how: list[str], more: str) -> None:
    ada, bob = pair
    put(ada, EDITED, "edit")
    ada.git("push", "-q", "origin", "main")
    if more:
        put(bob, TEXT + more, "one more")
    bob.git("pull", "-q", "--no-edit", *how)
    assert bob.read(PAGE) == EDITED + more
    assert bob.run("git", "push", "-q", "origin", "main").stderr == ""


@pytest.mark.parametrize("how", [["--no-rebase"], ["--rebase"]])
def test_either_way_round(pair: list[Clone], how: list[str]) -> None:
    ada, bob = pair
    ada.git("push", "-q", "origin", "main")
    put(bob, EDITED, "edit")
    bob.git("pull", "-q", "--no-edit", *how)
    assert bob.read(PAGE) == EDITED


@pytest.mark.parametrize("how", [["--no-rebase"], ["--rebase"]])
@pytest.mark.parametrize("who", [0, 1])
def test_what_one_has_emptied_holds_what_the_other_added(pair: list[Clone], how: list[str], who: int) -> None:
    put(pair[who], "", "all of it is done")
    put(pair[1 - who], TEXT + MORE, "one more")
    ada, bob = pair
    ada.git("push", "-q", "origin", "main")
    bob.git("pull", "-q", "--no-edit", *how)
    assert bob.read(PAGE) == "# Lessons\n\n" + MORE
    assert bob.run("git", "push", "-q", "origin", "main").stderr == ""


def test_a_page_that_was_empty_is_filled_and_emptied(team: Callable[..., list[Clone]]) -> None:
    """The merge's own base is there, and says nothing."""
    clones = ada, bob = team("Ada", "Bob", seed={PAGE: ""})
    for clone in clones:
        install(clone)
        put(clone, TEXT, "the page")
    put(ada, EDITED, "edit")
    ada.git("push", "-q", "origin", "main")
    put(bob, TEXT + MORE, "one more")
    bob.git("pull", "-q", "--no-edit", "--no-rebase")
    assert bob.read(PAGE) == EDITED + MORE
    pushed = bob.run("git", "push", "-q", "origin", "main", check=False)
    assert (pushed.returncode, pushed.stderr) == (0, "")


def test_what_two_clones_wrote_apart_stands_whole(team: Callable[..., list[Clone]]) -> None:
    ada, bob = team("Ada", "Bob")
    for clone, text in ((ada, TEXT), (bob, EDITED)):
        armed(clone)
        put(clone, text, "the page")
    passed_on(ada, bob)
    assert both_stand(bob)


def test_a_page_that_both_deleted_and_one_began_anew_has_no_base(pair: list[Clone]) -> None:
    """What was there before it went is no base: the new page would lose what it has of that."""
    ada, bob = pair
    passed_on(ada, bob)
    bob.git("rm", "-q", PAGE)
    bob.commit("away with it")
    bob.git("push", "-q", "origin", "main")
    ada.git("pull", "-q")
    put(ada, EDITED, "anew")
    put(bob, TEXT, "anew")
    passed_on(ada, bob)
    assert both_stand(bob)


def test_what_was_reverted_on_one_side_does_not_come_back(pair: list[Clone]) -> None:
    ada, bob = pair
    for clone in pair:
        put(clone, TEXT + MORE, "one more")
    ada.git("revert", "--no-edit", "HEAD")
    passed_on(ada, bob)
    assert bob.read(PAGE) == TEXT


def test_a_deletion_is_reverted_though_the_page_was_begun_anew(pair: list[Clone]) -> None:
    ada, _ = pair
    ada.git("rm", "-q", PAGE)
    ada.commit("away with it")
    gone = ada.git("rev-parse", "HEAD")
    put(ada, EDITED, "anew")
    ada.git("revert", "--no-edit", gone)
    assert both_stand(ada)


def test_a_page_begun_anew_elsewhere_takes_nothing_from_this_one(pair: list[Clone]) -> None:
    ada, bob = pair
    passed_on(ada, bob)
    ada.git("rm", "-q", PAGE)
    ada.commit("away with it")
    put(ada, EDITED, "anew")
    ada.git("push", "-q", "origin", "main")
    bob.git("fetch", "-q")
    bob.git("cherry-pick", "origin/main")
    assert both_stand(bob)


def test_a_merge_without_a_worktree_gives_the_same_either_way_round(pair: list[Clone]) -> None:
    """HEAD, where that merge is made already, has the very text of one side, and is no side."""
    ada, bob = pair
    put(ada, EDITED, "edit")
    passed_on(ada, bob)
    made = bob.git("rev-parse", "HEAD^{tree}")
    for sides in (("HEAD^1", "HEAD^2"), ("HEAD^2", "HEAD^1")):
        assert bob.git("merge-tree", "--write-tree", *map(bob.git, ["rev-parse"] * 2, sides)) == made
