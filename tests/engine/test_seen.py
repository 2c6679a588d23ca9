"""Who has seen a unit knows better: squash merges, cherry-picks and rebases, played in memory.

After a squash merge the merge base stays where the branch began, so all that was squashed looks added by both sides.
What each side's own history held since (`result.Seen`) tells which of two versions is the older one, and what was
deleted. tests/clones/test_squash.py plays the same with real clones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import unified_diff
from itertools import product

import pytest

from mbgit.engine.threeway import merge3

Act = Callable[[str], str]
Versions = list[tuple[int, bytes, bytes]]

PAGE = """\
# Notes

## Tasks

- [ ] write the parser

## Later

- [ ] review the gate

## Learnings

### 2026-01-01 10:00: mocks

- use types
"""
TASK = "- [ ] measure the cache\n"
CACHE = "\n### 2026-01-05 09:00: cache\n\n- keep keys short\n- ran the tests\n"
FENCES = "\n### 2026-01-06 09:00: fences\n\n- a fence hides headings\n- ran the tests\n"
AFTER = {
    "main": "\n### 2026-01-09 09:00: after, on main\n\n- main went on\n- ran the tests\n",
    "branch": "\n### 2026-01-10 09:00: after, on the branch\n\n- the branch went on\n- ran the tests\n",
}
BEFORE = "\n### 2026-01-04 09:00: before, on main\n\n- main was busy\n"
MOCKS = "\n### 2026-01-01 10:00: mocks\n\n- use types\n"
ARCHIVE = "## Learnings\n\nOlder ones: archive/2026-01.md\n"


def out(*parts: str) -> Act:
    """Takes out what is there of these."""

    def act(text: str) -> str:
        for part in parts:
            text = text.replace(part, "")
        return text

    return act


def put(part: str, other: str) -> Act:
    return lambda text: text.replace(part, other)


def entries(*added: str) -> Act:
    """Appends entries."""
    return lambda text: text + "".join(added)


def tasks(text: str) -> str:
    return text.replace("- [ ] write the parser\n", f"- [ ] write the parser\n{TASK}")


def moved(text: str) -> str:
    return text.replace(TASK, "").replace("- [ ] review the gate\n", f"- [ ] review the gate\n{TASK}")


KINDS: dict[str, Act] = {
    "edited": put("- keep keys short\n", "- keep keys short and plain\n"),
    "retitled": put("09:00: cache\n", "09:00: cache keys\n"),
    "purged": out(CACHE),
    "ticked": put(TASK, TASK.replace("[ ]", "[x]")),
    "moved": moved,
    "harvested": out(CACHE, FENCES),
    "archived": lambda text: out(CACHE)(text).replace("## Learnings\n" + MOCKS, ARCHIVE),
}


class Line:
    """One line of development: what it made of the page, and when, since it began at `base`."""

    clock = 1_000

    def __init__(self, base: str, versions: Iterable[tuple[int, str]] = ()) -> None:
        self.base = base
        self.versions = list(versions)

    @property
    def tip(self) -> str:
        return self.versions[-1][1] if self.versions else self.base

    def does(self, *acts: Act) -> Line:
        """One commit for each act that changes the page."""
        for act in acts:
            Line.clock += 60
            if act(self.tip) != self.tip:
                self.versions.append((Line.clock, act(self.tip)))
        return self

    def takes(self, text: str, time: int = 0) -> Line:
        """A commit of this text: a squash merge now, or another's commit with the time that it had."""
        Line.clock += 60
        self.versions.append((time or Line.clock, text))
        return self

    @property
    def seen(self) -> Versions:
        texts = [self.base, *(text for _, text in self.versions)]
        return [(time, old.encode(), text.encode()) for old, (time, text) in zip(texts, self.versions, strict=False)]


def merged(base: str, ours: Line, theirs: Line, policy: str = "union", name: str = "lessons-buffer.md") -> str:
    """A merge of two lines' tips over `base`: the same whichever is ours."""
    o, a, b = (text.encode() for text in (base, ours.tip, theirs.tip))
    sides = ours.seen, theirs.seen
    one = merge3(o, a, b, policy, name, seen=lambda side: sides[side])
    other = merge3(o, b, a, policy, name, seen=lambda side: sides[1 - side])
    assert one.text == other.text, f"not the same either way round\n{one.text.decode()}\n---\n{other.text.decode()}"
    return one.text.decode()


def rebased(branch: Line, onto: Line) -> str:
    """The branch's commits, each merged onto the other line over its own parent, as git does."""
    done, before = Line(onto.base, onto.versions), branch.base
    for time, text in branch.versions:
        new = merged(before, done, Line(before, [(time, text)]))
        if new != done.tip:
            done.takes(new, time)
        before = text
    return done.tip


def stands(text: str, expected: str) -> None:
    """Fails unless the lines of a merge, blank ones left out, are those that are due."""
    was, now = ([line for line in page.split("\n") if line] for page in (expected, text))
    assert was == now, "\n".join(unified_diff(was, now, "due", "merged", lineterm="", n=20))


def squashed(kind: str, side: str, busy: bool = False, steps: tuple[Act, ...] = ()) -> tuple[Line, Line, str]:
    """A branch whose work was squashed onto main, then `kind` on one side and an entry on each; what is to stand."""
    steps = steps or (tasks, entries(CACHE, FENCES))
    branch, main = Line(PAGE).does(*steps), Line(PAGE)
    if busy:
        main.does(entries(BEFORE))
    main.takes(branch.tip.replace(CACHE, BEFORE + CACHE) if busy else branch.tip)
    (main if side == "main" else branch).does(KINDS[kind])
    for name, line in (("main", main), ("branch", branch)):
        line.does(entries(AFTER[name]))
    expected = (BEFORE if busy else "") + CACHE + FENCES + AFTER["main"] + AFTER["branch"]
    return branch, main, KINDS[kind](tasks(PAGE) + expected)


FLOWS = [
    pytest.param(*flow, id="-".join(map(str, flow)).replace("True", "busy").replace("False", "idle"))
    for flow in product(KINDS, ("branch", "main"), (False, True))
]


@pytest.mark.parametrize(("kind", "side", "busy"), FLOWS)
def test_a_branch_that_was_squashed_merges_main(kind: str, side: str, busy: bool) -> None:
    branch, main, expected = squashed(kind, side, busy)
    stands(merged(PAGE, branch, main), expected)


@pytest.mark.parametrize(("kind", "side", "busy"), FLOWS)
def test_a_branch_that_was_squashed_is_rebased(kind: str, side: str, busy: bool) -> None:
    branch, main, expected = squashed(kind, side, busy)
    stands(rebased(branch, main), expected)


@pytest.mark.parametrize(("kind", "side", "busy"), FLOWS)
def test_merging_main_again_changes_nothing(kind: str, side: str, busy: bool) -> None:
    branch, main, _ = squashed(kind, side, busy)
    once = merged(PAGE, branch, main)
    again = merged(PAGE, Line(PAGE, branch.versions).takes(once), main)
    stands(again, once)


@pytest.mark.parametrize("how", ["merge", "rebase"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_branch_had_changed_its_own_work_before_it_was_squashed(kind: str, how: str) -> None:
    """What it wrote first is on main as it wrote it last: no first version comes back."""
    branch, main, expected = squashed(kind, "branch", steps=(tasks, entries(CACHE, FENCES), KINDS[kind]))
    stands(merged(PAGE, branch, main) if how == "merge" else rebased(branch, main), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_branch_that_is_squashed_twice(kind: str) -> None:
    branch, main, expected = squashed(kind, "branch")
    main.takes(main.tip.replace(AFTER["main"], "") and expected)  # the second squash, as main has it then
    more = "\n### 2026-01-11 09:00: later still\n\n- and on\n"
    branch.does(entries(more))
    stands(merged(PAGE, branch, main), expected + more)


def test_both_changed_what_was_squashed_in_ways_that_do_not_meet() -> None:
    branch = Line(PAGE).does(tasks, entries(CACHE, FENCES))
    main = Line(PAGE).takes(branch.tip).does(KINDS["ticked"], out(FENCES))
    branch.does(KINDS["edited"])
    expected = KINDS["edited"](KINDS["ticked"](tasks(PAGE) + CACHE))
    stands(merged(PAGE, branch, main), expected)


@pytest.mark.parametrize("kind", ["purged", "harvested", "archived"])
def test_what_main_took_out_stays_out_where_git_sees_no_conflict(kind: str) -> None:
    branch = Line(PAGE).does(tasks, entries(CACHE, FENCES))
    main = Line(PAGE).takes(branch.tip).does(KINDS[kind], put("the parser", "the whole parser"))
    branch.does(put("# Notes", "# All notes"))
    expected = KINDS[kind](tasks(PAGE) + CACHE + FENCES)
    expected = expected.replace("# Notes", "# All notes").replace("the parser", "the whole parser")
    stands(merged(PAGE, branch, main), expected)


@pytest.mark.parametrize("first", ["main", "branch"])
def test_what_one_side_edited_stays_where_the_other_deleted_it(first: str) -> None:
    branch = Line(PAGE).does(entries(CACHE))
    main = Line(PAGE).takes(branch.tip)
    acts = [(main, KINDS["purged"]), (branch, KINDS["edited"])]
    for line, act in acts if first == "main" else acts[::-1]:
        line.does(act)
    branch.does(entries(AFTER["branch"]))
    main.does(entries(AFTER["main"]))
    expected = KINDS["edited"](PAGE + CACHE) + AFTER["main"] + AFTER["branch"]
    stands(merged(PAGE, branch, main), expected)


def test_who_took_an_entry_back_on_purpose_keeps_it() -> None:
    branch = Line(PAGE).does(entries(CACHE))
    main = Line(PAGE).takes(branch.tip).does(out(CACHE), entries(AFTER["main"]))
    branch.does(out(CACHE), entries(CACHE), entries(AFTER["branch"]))  # later than main deleted it
    stands(merged(PAGE, branch, main), PAGE + CACHE + AFTER["main"] + AFTER["branch"])


def test_what_both_took_out_and_one_took_back_stays() -> None:
    branch, main = Line(PAGE + CACHE).does(out(CACHE)), Line(PAGE + CACHE).does(out(CACHE))
    branch.does(entries(CACHE), entries(AFTER["branch"]))
    main.does(tasks)
    stands(merged(PAGE + CACHE, branch, main), tasks(PAGE) + CACHE + AFTER["branch"])


def test_line_ends_that_one_side_changed_after_a_squash() -> None:
    page = PAGE.replace("\n", "\r\n")
    branch = Line(page).does(put("the parser", "the whole parser"))
    main = Line(page).takes(branch.tip).does(put("the gate", "the new gate"))
    branch.does(lambda text: text.replace("\r\n", "\n"))
    stands(merged(page, branch, main), branch.tip.replace("the gate", "the new gate"))


def test_what_a_side_knew_only_once_it_had_pulled_is_nothing_that_it_took_back() -> None:
    """A commit made before a pull has not got what the pull brought, and took nothing out; then main takes it out."""
    page = PAGE + CACHE
    before, base, own, pulled = (text.encode() for text in (PAGE, page, tasks(PAGE), tasks(page)))
    theirs = out(CACHE)(page).encode()
    sides = [[(10, before, own), (0, own, pulled)], [(5, base, theirs)]]
    stands(merge3(base, pulled, theirs, "union", seen=sides.__getitem__).text.decode(), tasks(PAGE))


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_a_heading_that_both_gave_a_status_and_main_another_one(how: str) -> None:
    branch = Line(PAGE).does(put("## Later\n", "## Later 🔄\n"))
    main = Line(PAGE).takes(branch.tip).does(put("## Later 🔄\n", "## Later ✅\n"))
    branch.does(entries(AFTER["branch"]))
    expected = PAGE.replace("## Later\n", "## Later ✅\n") + AFTER["branch"]
    stands(merged(PAGE, branch, main) if how == "merge" else rebased(branch, main), expected)


def test_what_main_took_out_below_a_title_that_both_have_reworded() -> None:
    page = "# Notes\n\n**Last Updated**: 2026-01-01\n"
    branch = Line(page).does(put("# Notes", "# Some notes"), put("# Some notes", "# All notes"))
    main = Line(page).takes(branch.tip.replace("**Last Updated**: 2026-01-01\n", ""))
    stands(merged(page, branch, main), "# All notes\n")


def test_an_edit_that_was_undone_does_not_keep_an_entry_that_main_took_out() -> None:
    branch = Line(PAGE + CACHE).does(tasks)
    main = Line(PAGE + CACHE).does(out(CACHE))
    branch.does(KINDS["edited"], put("- keep keys short and plain\n", "- keep keys short\n"))
    stands(merged(PAGE + CACHE, branch, main), tasks(PAGE))


def test_an_entry_stays_where_nobody_can_tell_when_it_was_written() -> None:
    branch = Line(PAGE).does(entries(CACHE), entries(AFTER["branch"]))
    main = Line(PAGE).takes(PAGE + CACHE).does(out(CACHE), entries(AFTER["main"]))
    o, a, b = PAGE.encode(), branch.tip.encode(), main.tip.encode()
    expected = PAGE + CACHE + AFTER["main"] + AFTER["branch"]
    sides: list[tuple[Versions, Versions]] = [(branch.seen, []), ([], main.seen), ([], [])]
    for known in sides:
        stands(merge3(o, a, b, "union", "lessons-buffer.md", seen=known.__getitem__).text.decode(), expected)


def test_words_that_stood_in_another_entry_say_nothing_of_this_one() -> None:
    """Main deleted a whole entry, a routine line in it; the same line in the branch's own entry stands."""
    branch = Line(PAGE).does(entries(CACHE))
    main = Line(PAGE).takes(branch.tip).does(entries(FENCES), out(FENCES), out(CACHE), entries(AFTER["main"]))
    branch.does(entries(AFTER["branch"]))
    stands(merged(PAGE, branch, main), PAGE + AFTER["main"] + AFTER["branch"])


@pytest.mark.parametrize("how", ["merge", "rebase"])
@pytest.mark.parametrize("kind", ["edited", "retitled", "purged", "ticked", "moved", "archived"])
def test_a_commit_that_was_picked_and_changed_since(kind: str, how: str) -> None:
    """Main picked one commit of the branch's two and changed what it brought."""
    branch = Line(PAGE).does(lambda text: tasks(text) + CACHE)
    main = Line(PAGE).takes(branch.tip, Line.clock).does(KINDS[kind], entries(AFTER["main"]))
    branch.does(entries(AFTER["branch"]))
    expected = KINDS[kind](tasks(PAGE) + CACHE + AFTER["main"] + AFTER["branch"])
    stands(merged(PAGE, branch, main) if how == "merge" else rebased(branch, main), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebased_branch_meets_its_old_copy(kind: str) -> None:
    """The old copy was pushed; the branch was rebased, changed, and pulls what is still there."""
    old = Line(PAGE).does(lambda text: tasks(text) + CACHE + FENCES)
    new = Line(PAGE).does(entries(BEFORE))
    new.takes(tasks(PAGE) + BEFORE + CACHE + FENCES, old.versions[0][0]).does(KINDS[kind])
    expected = KINDS[kind](tasks(PAGE) + BEFORE + CACHE + FENCES)
    stands(merged(PAGE, new, old), expected)
    old.does(entries(AFTER["main"]))  # somebody else pushed onto the old copy
    stands(merged(PAGE, new, old), expected + AFTER["main"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_two_histories_have_without_a_base(kind: str) -> None:
    """A branch made anew from what a squash left, or two histories with nothing in common: no base at all."""
    whole = tasks(PAGE) + CACHE + FENCES
    branch, main = Line("").takes(whole), Line("").takes(whole)
    main.does(KINDS[kind], entries(AFTER["main"]))
    branch.does(entries(AFTER["branch"]))
    stands(merged("", branch, main), KINDS[kind](whole + AFTER["main"] + AFTER["branch"]))


def test_rows_of_a_table() -> None:
    page = "# Progress\n\n## Log\n\n| Date | Change |\n|---|---|\n| 2026-01-01 | start |\n"
    branch = Line(page).does(entries("| 2026-01-02 | parser |\n", "| 2026-01-03 | gate |\n"))
    main = Line(page).takes(branch.tip)
    main.does(put("| parser |", "| parser, done |"), out("| 2026-01-03 | gate |\n"), entries("| 2026-01-05 | main |\n"))
    branch.does(entries("| 2026-01-06 | branch |\n"))
    expected = page + "| 2026-01-02 | parser, done |\n| 2026-01-05 | main |\n| 2026-01-06 | branch |\n"
    stands(merged(page, branch, main, name="progress.md"), expected)


def test_a_page_of_latest_wins() -> None:
    page = "# Active Context\n\n## Current Focus\n\nThe parser.\n\n## Active Tasks\n\n- [ ] write the parser\n"
    branch = Line(page).does(put("The parser.", "The cache, for now."), tasks)
    main = Line(page).takes(branch.tip).does(put("The cache, for now.", "The release."), put(TASK, ""))
    branch.does(entries("- [ ] one more\n"))
    expected = page.replace("The parser.", "The release.") + "- [ ] one more\n"
    stands(merged(page, branch, main, "latest", "activeContext.md"), expected)


def test_history_is_not_asked_where_only_one_side_changed_the_page() -> None:
    def never(side: int) -> Versions:
        raise AssertionError("asked")

    base, ours = PAGE.encode(), tasks(PAGE).encode()
    assert merge3(base, ours, base, seen=never).text == ours
    assert merge3(base, base, ours, seen=never).text == ours
    assert merge3(base, ours, ours, seen=never).text == ours
