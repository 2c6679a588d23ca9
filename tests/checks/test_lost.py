"""Histories as values: each story is a handful of commits, and what the gate says of the range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import Undated
from mbgit.bank.kinds import KINDS, Kind
from mbgit.checks.finding import Finding
from mbgit.checks.lost import Step, Versions, allowed, check_range
from tests.support import Clone

FILES: dict[str, Kind] = {
    name: next(kind for kind in KINDS if kind.pattern == pattern)
    for name, pattern in {
        "SESSION_LOG.md": "SESSION_LOG.md",
        "a b/SESSION_LOG.md": "SESSION_LOG.md",
        "$(x)/SESSION_LOG.md": "SESSION_LOG.md",
        "archive/SESSION_LOG-2025-08.md": "archive/SESSION_LOG-*.md",
        "progress.md": "progress.md",
        "lessons-buffer.md": "lessons-buffer.md",
        "patterns-buffer.md": "patterns-buffer.md",
        "activeContext.md": "activeContext.md",
        "Docs/03-Reference/Patterns.md": "Docs/03-Reference/Patterns.md",
    }.items()
}
LOG = "SESSION_LOG.md"
TITLE = "# Session Log\n"
ADA = "\n## 2025-08-21 10:00 - Ada\n\n- mended the parser after a long review\n- ran the tests\n"
BOB = "\n## 2025-08-22 11:30 - Bob\n\n- measured how the cache behaves under load\n- ran the tests\n"
EVE = "\n## 2025-08-23 09:15 - Eve\n\n- wrote down what the harvest may take\n"


class Story:
    """A history under way: a blob's id is its text's number. Commits without a parent here are already published."""

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self.trees: dict[str, dict[str, str]] = {}
        self.parents: dict[str, tuple[str, ...]] = {}
        self.steps: list[Step] = []
        self.read_blobs: list[str] = []
        self.unreadable: set[str] = set()

    def blob(self, text: str | None) -> str:
        if text is None:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return str(self.texts.index(text))

    def published(self, name: str, parents: Sequence[str] = (), **_: str) -> str:
        self.trees[name] = dict(self.trees[parents[0]]) if parents else {}
        self.parents[name] = tuple(parents)
        return name

    def write(self, name: str, files: Mapping[str, str | None]) -> None:
        for path, text in files.items():
            self.trees[name][path] = self.blob(text)

    def upstream(self, name: str, files: Mapping[str, str | None], *parents: str) -> str:
        """A commit that everybody has."""
        self.published(name, parents)
        self.write(name, files)
        return name

    def commit(self, name: str, files: Mapping[str, str | None], *parents: str, message: str = "work") -> str:
        """A commit of the range, upon the first parent's files."""
        self.upstream(name, files, *parents)
        tree, olds = self.trees[name], [self.trees[parent] for parent in parents]
        changed = [p for p in FILES if any(tree.get(p, "") != old.get(p, "") for old in olds)]
        changed += [p for p in FILES if not olds and tree.get(p)]
        paths = tuple(Versions(p, FILES[p], tuple(old.get(p, "") for old in olds), tree.get(p, "")) for p in changed)
        self.steps.insert(0, Step(name, parents, message, paths))
        return name

    def ancestors(self, name: str) -> set[str]:
        return {name}.union(*(self.ancestors(parent) for parent in self.parents[name]))

    # what the gate reads

    def read(self, blob: str) -> bytes | None:
        self.read_blobs.append(blob)
        text = self.texts[int(blob)]
        return None if text is None or blob in self.unreadable else text.encode()

    def bases(self, commit: str, path: str) -> list[str]:
        first, *others = self.parents[commit]
        found: list[str] = []
        for other in others:
            common = self.ancestors(first) & self.ancestors(other)
            best = [c for c in common if not any(c in self.ancestors(d) - {d} for d in common)]
            found += [self.trees[base].get(path, "") for base in best]
        return found

    def seen(self, commit: str, path: str) -> None:
        """Nobody knows."""

    def undated(self, path: str) -> Undated | None:
        return FILES[path].undated

    def tip(self) -> dict[str, str]:
        return {path: blob for path, blob in self.trees[self.steps[0].commit].items() if blob}

    def findings(self) -> list[Finding]:
        return check_range(self.steps, self)

    def reports(self) -> list[tuple[str, str]]:
        """Commit (the tip: empty) and words of each finding."""
        return [(finding.commit, finding.what) for finding in self.findings()]


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def fork(story: Story) -> Story:
    """Bob has pushed an entry; Ada has one of her own in the range, upon the older log."""
    story.upstream("old", {LOG: TITLE})
    story.upstream("bob", {LOG: TITLE + BOB}, "old")
    story.commit("ada", {LOG: TITLE + ADA}, "old")
    return story


# -- merges -----------------------------------------------------------------------------------------------------------


def test_an_honest_merge_is_nothing(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA + BOB}, "ada", "bob")
    assert fork.findings() == []


def test_a_merge_that_kept_only_ours_lost_theirs(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob")
    (found,) = fork.findings()
    assert found == Finding(
        "lost", LOG, 0, 'the merge lost 1 entry: "2025-08-22 11:30 - Bob"', fix=f'git show "m^2:{LOG}"'
    )


def test_a_merge_that_kept_only_theirs_lost_ours_published_or_not(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + BOB}, "ada", "bob")
    (found,) = fork.findings()
    assert found.what == 'the merge lost 1 entry: "2025-08-21 10:00 - Ada"'
    assert found.fix == f'git show "m^1:{LOG}"'


def test_a_merge_further_down_is_named(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob")
    fork.commit("later", {LOG: TITLE + ADA + EVE}, "m")
    assert fork.reports() == [("m", 'the merge lost 1 entry: "2025-08-22 11:30 - Bob"')]


def test_what_a_later_commit_brought_back_is_not_lost(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob")
    fork.commit("mended", {LOG: TITLE + ADA + BOB}, "m")
    assert fork.findings() == []


def test_what_a_later_commit_brought_back_in_other_words_is_not_lost(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob")
    fork.commit("mended", {LOG: TITLE + ADA + BOB.replace("behaves", "does")}, "m")
    assert [finding for finding in fork.findings() if not finding.lowered] == []


def test_an_entry_that_the_merge_moved_into_another_file_is_not_lost(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA, "archive/SESSION_LOG-2025-08.md": "# Old\n" + BOB}, "ada", "bob")
    assert fork.findings() == []


def test_a_merge_that_renames_the_file_lost_nothing(fork: Story) -> None:
    fork.commit("m", {LOG: None, "a b/SESSION_LOG.md": TITLE + ADA + BOB}, "ada", "bob")
    assert fork.findings() == []


def test_a_merge_that_deletes_the_file_lost_it_all(fork: Story) -> None:
    fork.commit("m", {LOG: None}, "ada", "bob")
    (found,) = fork.findings()
    assert found.what == 'the merge lost 2 entries: "2025-08-21 10:00 - Ada", "2025-08-22 11:30 - Bob"'


def test_a_purge_by_one_parent_is_respected_in_a_buffer(story: Story) -> None:
    buffer, name = "# Lessons\n\n- one about fences\n- two about caches\n", "lessons-buffer.md"
    story.upstream("old", {name: buffer})
    story.upstream("purged", {name: "# Lessons\n"}, "old")
    story.commit("mine", {name: buffer + "- three about clocks\n"}, "old")
    story.commit("m", {name: "# Lessons\n\n- three about clocks\n"}, "mine", "purged")
    assert story.findings() == []


def test_a_harvest_by_one_parent_is_respected(story: Story) -> None:
    buffer, name, target = "# Lessons\n\n- one about fences\n", "lessons-buffer.md", "Docs/03-Reference/Patterns.md"
    story.upstream("old", {name: buffer})
    story.upstream("harvested", {name: "# Lessons\n", target: "# Patterns\n\n- one about fences\n"}, "old")
    story.commit("mine", {name: buffer + "- three about clocks\n"}, "old")
    taken = {name: "# Lessons\n\n- three about clocks\n", target: "# Patterns\n\n- one about fences\n"}
    story.commit("m", taken, "mine", "harvested")
    assert story.findings() == []


BUFFER, LESSONS, TARGET = "patterns-buffer.md", "lessons-buffer.md", "Docs/03-Reference/Patterns.md"
ITEM = "- [2025-08-21] Keys are built from tenant and path\n"


def twice(story: Story, bob: Mapping[str, str], ada: Mapping[str, str]) -> None:
    """An item stands in two buffers; what Bob and Ada make of them, and the plain merge of both."""
    story.upstream("old", {BUFFER: f"# P\n\n- one\n{ITEM}", LESSONS: f"# L\n\n- two\n{ITEM}"})
    story.upstream("bob", bob, "old")
    story.commit("ada", ada, "old")
    story.commit("m", dict(bob), "ada", "bob")


def test_each_of_two_took_out_another_copy(story: Story) -> None:
    twice(story, {BUFFER: "# P\n\n- one\n"}, {LESSONS: "# L\n\n- two\n"})
    (found,) = story.findings()
    assert (found.path, found.fix) == (BUFFER, f'git show "m^1:{BUFFER}"')
    assert found.what.startswith('each side took out another copy, and the merge lost 1 entry: "[2025-08-21] Keys ')


def test_both_took_out_one_copy_and_the_other_one_stands(story: Story) -> None:
    twice(story, {BUFFER: "# P\n\n- one\n"}, {BUFFER: "# P\n\n- one\n"})
    assert story.findings() == []


def test_each_ended_a_task_in_the_same_words(story: Story) -> None:
    task = "- [ ] look at what came in over night\n"
    story.upstream("old", {BUFFER: f"# P\n\n- one\n{task}", LESSONS: f"# L\n\n- two\n{task}"})
    story.upstream("bob", {BUFFER: "# P\n\n- one\n"}, "old")
    story.commit("ada", {LESSONS: "# L\n\n- two\n"}, "old")
    story.commit("m", {BUFFER: "# P\n\n- one\n"}, "ada", "bob")
    assert story.findings() == []


def test_each_edited_another_copy(story: Story) -> None:
    edited = [ITEM.replace("path", word) for word in ("name", "day")]
    twice(story, {BUFFER: f"# P\n\n- one\n{edited[0]}"}, {LESSONS: f"# L\n\n- two\n{edited[1]}"})
    assert story.findings() == []


def test_each_took_out_another_copy_and_one_harvested_it(story: Story) -> None:
    twice(story, {BUFFER: "# P\n\n- one\n", TARGET: f"# T\n\n{ITEM}"}, {LESSONS: "# L\n\n- two\n"})
    assert story.findings() == []


@pytest.mark.parametrize(("kept", "lost"), [("Reviewing", 0), ("Measuring", 0), ("Reading", 0)])
def test_latest_wins_may_supersede_either_way(story: Story, kept: str, lost: int) -> None:
    table = "# Context\n\n| Agent | Task |\n|---|---|\n| Ada | Reading the parser |\n"
    name = "activeContext.md"
    story.upstream("old", {name: table})
    story.upstream("theirs", {name: table.replace("Reading", "Measuring")}, "old")
    story.commit("ours", {name: table.replace("Reading", "Reviewing")}, "old")
    story.commit("m", {name: table.replace("Reading", kept)}, "ours", "theirs")
    assert len(story.findings()) == lost


def test_an_octopus_is_looked_at(fork: Story) -> None:
    fork.upstream("eve", {LOG: TITLE + EVE}, "old")
    fork.commit("m", {LOG: TITLE + ADA + BOB}, "ada", "bob", "eve")
    (found,) = fork.findings()
    assert found.what == 'the merge lost 1 entry: "2025-08-23 09:15 - Eve"'
    assert found.fix == f'git show "m^3:{LOG}"'


def test_a_criss_cross_knows_both_bases(fork: Story) -> None:
    fork.commit("m1", {LOG: TITLE + ADA + BOB}, "ada", "bob")
    fork.commit("m2", {LOG: TITLE + ADA + BOB}, "bob", "ada")
    fork.commit("e", {LOG: TITLE + ADA + BOB + EVE}, "m2")
    fork.commit("tip", {LOG: TITLE + ADA + BOB}, "m1", "e")
    assert fork.reports() == [("", 'the merge lost 1 entry: "2025-08-23 09:15 - Eve"')]


def test_a_merge_that_takes_out_what_all_parents_hold_of_a_log(story: Story) -> None:
    story.upstream("old", {LOG: TITLE + BOB})
    story.upstream("theirs", {LOG: TITLE + BOB + EVE}, "old")
    story.commit("ours", {LOG: TITLE + ADA + BOB}, "old")
    story.commit("m", {LOG: TITLE + ADA + EVE}, "ours", "theirs")
    assert story.reports() == [("", 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"')]


def test_a_trailer_permits_what_a_merge_lost(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob", message=f"Merge\n\nMbgit-Allow: lost {LOG}\n")
    assert fork.findings() == []


def test_many_entries_are_counted_and_two_are_named(story: Story) -> None:
    story.upstream("old", {LOG: TITLE})
    story.upstream("theirs", {LOG: TITLE + ADA + BOB + EVE}, "old")
    story.commit("ours", {LOG: TITLE + "\n## 2025-08-24 Kim\n\n- looked around\n"}, "old")
    story.commit("m", {}, "ours", "theirs")
    (found,) = story.findings()
    assert found.what == 'the merge lost 3 entries: "2025-08-21 10:00 - Ada", "2025-08-22 11:30 - Bob" and 1 more'


# -- logs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def log(story: Story) -> Story:
    story.upstream("up", {LOG: TITLE + ADA + BOB})
    return story


def test_an_append_is_nothing_and_only_the_ends_are_read(log: Story) -> None:
    text, at = TITLE + ADA + BOB, "up"
    for number in range(20):
        text += f"\n## 2025-09-01 10:{number + 10} - Ada\n\n- step {number}\n"
        at = log.commit(f"c{number}", {LOG: text}, at)
    assert log.findings() == []
    assert len(log.read_blobs) == 2


def test_a_commit_that_removes_a_published_entry(log: Story) -> None:
    log.commit("cut", {LOG: TITLE + BOB}, "up")
    log.commit("tip", {LOG: TITLE + BOB + EVE}, "cut")
    (found,) = log.findings()
    assert found == Finding(
        "lost", LOG, 0, 'append-only, and lost 1 entry: "2025-08-21 10:00 - Ada"',
        commit="cut", fix=f'git show "cut^1:{LOG}"',
    )  # fmt: skip


def test_each_commit_answers_for_what_it_removed(log: Story) -> None:
    log.commit("one", {LOG: TITLE + BOB}, "up")
    log.commit("two", {LOG: TITLE}, "one")
    assert log.reports() == [
        ("", 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"'),
        ("one", 'append-only, and lost 1 entry: "2025-08-21 10:00 - Ada"'),
    ]


def test_an_edited_entry_warns_and_says_where_it_stands(log: Story) -> None:
    log.commit("typo", {LOG: TITLE + ADA + BOB.replace("behaves", "behaved")}, "up")
    (found,) = log.findings()
    assert found.lowered
    assert found.what == 'append-only, and changed 1 entry: "2025-08-22 11:30 - Bob"'
    assert found.line == (TITLE + ADA).count("\n") + 2


GUTTED = "\n## 2025-08-22 11:30 - Bob\n\n- nothing happened on that day\n"


def test_a_gutted_entry_is_a_lost_one(log: Story) -> None:
    log.commit("gut", {LOG: TITLE + ADA + GUTTED}, "up")
    (found,) = log.findings()
    assert not found.lowered
    assert found.what == 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"'


def test_half_of_the_lines_or_other_words_for_them_keep_an_entry() -> None:
    long = (
        "\n## 2025-08-22 11:30 - Bob\n\n- mended the parser at last\n- tried the lexer twice\n- wrote it down\n- left\n"
    )
    half = long.replace("wrote it down", "x").replace("left", "y")
    less = half.replace("tried the lexer twice", "z")
    reworded = long.replace("at last", "today").replace("twice", "again").replace("it down", "all of it down")
    for text, lowered in [(half, True), (less, False), (reworded, True)]:
        story = Story()
        story.upstream("up", {LOG: TITLE + ADA + long})
        story.commit("edit", {LOG: TITLE + ADA + text}, "up")
        assert [found.lowered for found in story.findings()] == [lowered]


def test_an_entry_that_only_grew_is_nothing(log: Story) -> None:
    log.commit("more", {LOG: TITLE + ADA + BOB + "- and mended it\n"}, "up")
    assert log.findings() == []


LINKED = "\n## 2025-08-20\n\n- see [Bob's](#2025-08-22-1130---bob), <a href='x.md'>x</a>\n- [a(1)](a(1).md)\n"
AS_ROLLED = LINKED.replace("(#", "(../SESSION_LOG.md#").replace("'x", "'../x").replace("(a(1).md", "(../a%281%29.md")


def test_an_entry_whose_links_were_led_on_moved(log: Story) -> None:
    log.upstream("linked", {LOG: TITLE + LINKED + BOB}, "up")
    log.commit("roll", {LOG: TITLE + BOB, "archive/SESSION_LOG-2025-08.md": "# Old\n" + AS_ROLLED}, "linked")
    assert log.findings() == []


def test_an_entry_that_differs_from_another_by_where_its_link_leads_is_lost(log: Story) -> None:
    index = "\n- [README](billing/README.md)\n- [README](auth/README.md)\n"
    log.upstream("index", {LOG: TITLE + index}, "up")
    log.commit("less", {LOG: TITLE + index.replace("- [README](billing/README.md)\n", "")}, "index")
    assert [finding.what for finding in log.findings()] != []


def test_an_entry_rewritten_elsewhere_is_no_edit(log: Story) -> None:
    moved = BOB.replace("2025-08-22 11:30 - Bob", "2025-08-22 11:30 - Bob and Ada")
    kim = "\n## 2025-08-24 Kim\n\n- looked around\n"
    log.upstream("more", {LOG: TITLE + ADA + BOB + EVE + kim}, "up")
    log.commit("moved", {LOG: TITLE + moved + ADA + EVE + kim}, "more")
    assert [(finding.lowered, finding.what) for finding in log.findings()] == [
        (False, 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"')
    ]


def test_an_edit_that_is_then_deleted_is_a_loss(log: Story) -> None:
    log.commit("edit", {LOG: TITLE + ADA + BOB.replace("behaves", "behaved")}, "up")
    log.commit("cut", {LOG: TITLE + ADA}, "edit")
    assert [(finding.lowered, finding.what) for finding in log.findings()] == [
        (False, 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"')
    ]


def test_an_edit_that_was_taken_back_is_nothing(log: Story) -> None:
    log.commit("edit", {LOG: TITLE + ADA + BOB.replace("behaves", "behaved")}, "up")
    log.commit("back", {LOG: TITLE + ADA + BOB}, "edit")
    assert log.findings() == []


def test_what_the_range_brought_may_go_again(log: Story) -> None:
    log.commit("add", {LOG: TITLE + ADA + BOB + EVE}, "up")
    log.commit("revert", {LOG: TITLE + ADA + BOB}, "add")
    assert log.findings() == []


def test_a_revert_of_what_is_published_is_a_loss(log: Story) -> None:
    log.commit("other", {"lessons-buffer.md": "# Lessons\n"}, "up")
    log.commit("revert", {LOG: TITLE + ADA}, "other")
    assert log.reports() == [("", 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"')]


def test_removed_added_and_removed_again_is_still_a_loss(log: Story) -> None:
    log.commit("one", {LOG: TITLE + ADA}, "up")
    log.commit("two", {LOG: TITLE + ADA + BOB}, "one")
    log.commit("three", {LOG: TITLE + ADA}, "two")
    assert log.reports() == [("", 'append-only, and lost 1 entry: "2025-08-22 11:30 - Bob"')]


def test_a_trailer_permits_a_removal_of_that_file_alone(log: Story) -> None:
    log.commit("leak", {LOG: TITLE + ADA}, "up", message=f"Remove a key\n\nMbgit-Allow: lost {LOG}\n")
    assert log.findings() == []
    log.steps[0] = log.steps[0]._replace(message="Remove a key\n\nMbgit-Allow: lost progress.md\n")
    assert len(log.findings()) == 1


def test_a_trailer_elsewhere_in_the_range_permits_nothing(log: Story) -> None:
    log.commit("cut", {LOG: TITLE + ADA}, "up")
    log.commit("later", {LOG: TITLE + ADA + EVE}, "cut", message=f"x\n\nMbgit-Allow: lost {LOG}")
    assert len(log.findings()) == 1


def test_an_archive_move_is_no_loss_in_one_commit_or_in_two(log: Story) -> None:
    archive = "archive/SESSION_LOG-2025-08.md"
    log.commit("cut", {LOG: TITLE}, "up")
    log.commit("paste", {archive: "# Archive\n" + ADA + BOB}, "cut")
    assert log.findings() == []
    log.commit("drop", {archive: None}, "paste")
    assert log.reports() == [
        ("cut", 'append-only, and lost 2 entries: "2025-08-21 10:00 - Ada", "2025-08-22 11:30 - Bob"')
    ]


def test_a_move_within_the_file_is_nothing(log: Story) -> None:
    log.commit("sorted", {LOG: TITLE + BOB + ADA}, "up")
    assert log.findings() == []


@pytest.mark.parametrize("reset", [lambda t: t.replace("\n", "\r\n"), str.rstrip, lambda t: t.replace("\n- ", "\n* ")])
def test_a_file_set_anew_is_nothing(log: Story, reset: object) -> None:
    assert callable(reset)
    log.commit("set", {LOG: reset(TITLE + ADA + BOB)}, "up")
    assert log.findings() == []


def test_a_deleted_log_lost_all_of_it(log: Story) -> None:
    log.commit("gone", {LOG: None}, "up")
    (found,) = log.findings()
    assert found.what.startswith("append-only, and lost 2 entries: ")


def test_a_new_repository_has_published_nothing(story: Story) -> None:
    story.commit("root", {LOG: TITLE + ADA})
    story.commit("cut", {LOG: TITLE}, "root")
    assert story.findings() == []


def test_what_the_upstream_itself_removed_is_not_blamed_on_the_merge_that_brings_it(log: Story) -> None:
    log.upstream("purged", {LOG: TITLE + BOB}, "up")
    log.commit("mine", {LOG: TITLE + ADA + BOB + EVE}, "up")
    log.commit("m", {LOG: TITLE + BOB + EVE}, "mine", "purged")
    assert log.findings() == []


def test_what_the_upstream_removed_is_not_blamed_on_a_commit_that_shares_a_line_with_it(log: Story) -> None:
    log.upstream("purged", {LOG: TITLE + BOB}, "up")
    log.commit("mine", {LOG: TITLE + BOB.replace("- ran the tests\n", "")}, "purged")
    log.commit("other", {"lessons-buffer.md": "# Lessons\n"}, "up")
    log.commit("m", {LOG: TITLE + BOB.replace("- ran the tests\n", "")}, "other", "mine")
    assert [(finding.lowered, finding.commit) for finding in log.findings()] == [(True, "mine")]


def test_an_entry_that_goes_line_by_line_is_a_loss(log: Story) -> None:
    text, at = TITLE + ADA + BOB, "up"
    for number, line in enumerate(BOB.strip("\n").splitlines(keepends=True)):
        text = text.replace(line, "") if "tests" not in line else TITLE + ADA
        at = log.commit(f"c{number}", {LOG: text}, at)
    assert [finding.lowered for finding in log.findings()] == [False]


CACHE = "\n## Caching of replies\n\nReplies are kept for an hour.\n\nA purge empties them all.\n"
RETRY = "\n## Retry with a growing delay\n\nThe third try waits for nine seconds.\n\nThen it gives up.\n"
ARCHIVE = "archive/SESSION_LOG-2025-08.md"


@pytest.fixture
def undated(story: Story) -> Story:
    """A log, and an archive, of headings without dates."""
    story.upstream("up", {LOG: TITLE + CACHE + RETRY, ARCHIVE: TITLE + RETRY.replace("third", "tenth")})
    return story


@pytest.mark.parametrize("path", [LOG, ARCHIVE])
def test_an_entry_without_a_date_is_lost_like_any_other(undated: Story, path: str) -> None:
    undated.commit("cut", {path: TITLE + CACHE}, "up")
    assert [(finding.path, finding.lowered, finding.what) for finding in undated.findings()] == [
        (path, False, 'append-only, and lost 1 entry: "Retry with a growing delay"')
    ]


def test_a_gutted_entry_without_a_date_is_a_lost_one(undated: Story) -> None:
    undated.commit("gut", {LOG: TITLE + CACHE + "\n## Retry with a growing delay\n\nNothing of note.\n"}, "up")
    assert [(finding.lowered, finding.what) for finding in undated.findings()] == [
        (False, 'append-only, and lost 1 entry: "Retry with a growing delay"')
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Retry with a growing delay - DONE",
        "[2025-08-22] Retry with a growing delay",
        "[ACCEPTED] Retry with a growing delay",
        "\u2705 Retry, and wait longer",
    ],
)
def test_another_heading_over_an_entry_without_a_date_is_an_edit(undated: Story, head: str) -> None:
    new = RETRY.replace("Retry with a growing delay", head)
    undated.commit("told", {LOG: TITLE + CACHE + new}, "up")
    assert all(finding.lowered for finding in undated.findings())


@pytest.mark.parametrize(
    "files",
    [
        {LOG: TITLE + RETRY + CACHE},
        {LOG: TITLE + CACHE, ARCHIVE: TITLE + RETRY.replace("third", "tenth") + RETRY},
        {LOG: TITLE + CACHE, TARGET: "# Patterns\n" + RETRY.replace("## ", "### ")},
        {LOG: None, "a b/SESSION_LOG.md": TITLE + CACHE + RETRY},
        {LOG: TITLE + CACHE + RETRY + "\n### What was tried\n\nNine seconds.\n"},
        {LOG: TITLE + CACHE + RETRY + "\n- [2025-08-23] tried\n"},
        {LOG: (TITLE + CACHE + RETRY).replace("\n", "\r\n")},
    ],
    ids=["moved", "archived", "harvested", "renamed", "grown", "continued", "set anew"],
)
def test_an_entry_without_a_date_that_stands_somewhere_is_not_lost(undated: Story, files: dict[str, str]) -> None:
    undated.commit("work", files, "up")
    assert undated.findings() == []


def test_a_merge_that_lost_an_entry_without_a_date(story: Story) -> None:
    story.upstream("old", {BUFFER: "# P\n"})
    story.upstream("bob", {BUFFER: "# P\n" + RETRY}, "old")
    story.commit("ada", {BUFFER: "# P\n" + CACHE}, "old")
    story.commit("m", {}, "ada", "bob")
    assert story.reports() == [("", 'the merge lost 1 entry: "Retry with a growing delay"')]
    story.commit("mended", {BUFFER: "# P\n" + CACHE + RETRY.replace("third", "next")}, "m")
    assert story.findings() == []


def test_a_harvest_of_an_entry_without_a_date_is_respected(story: Story) -> None:
    story.upstream("old", {BUFFER: "# P\n" + RETRY})
    story.upstream("harvested", {BUFFER: "# P\n", TARGET: "# T\n" + RETRY}, "old")
    story.commit("mine", {BUFFER: "# P\n" + RETRY + CACHE}, "old")
    story.commit("m", {BUFFER: "# P\n" + CACHE, TARGET: "# T\n" + RETRY}, "mine", "harvested")
    assert story.findings() == []


def test_a_buffer_may_lose_entries_to_a_commit(story: Story) -> None:
    story.upstream("up", {"lessons-buffer.md": "# Lessons\n\n- one\n- two\n"})
    story.commit("cut", {"lessons-buffer.md": "# Lessons\n"}, "up")
    assert story.findings() == []


PROGRESS = """\
# Progress

## Status

- Parser waits for review

## Change Log

| Date | Phase | Change | Author |
|---|---|---|---|
| 2025-08-22 | Two | Caches are measured | Bob |
| 2025-08-21 | One | Fences are cut | Ada |
"""


@pytest.mark.parametrize(
    ("gone", "lost"),
    [("- Parser waits for review\n", 0), ("| 2025-08-21 | One | Fences are cut | Ada |\n", 1)],
)
def test_only_the_named_section_is_append_only(story: Story, gone: str, lost: int) -> None:
    story.upstream("up", {"progress.md": PROGRESS})
    story.commit("cut", {"progress.md": PROGRESS.replace(gone, "")}, "up")
    assert len(story.findings()) == lost


def test_a_table_padded_anew_is_nothing(story: Story) -> None:
    story.upstream("up", {"progress.md": PROGRESS})
    story.commit("pad", {"progress.md": PROGRESS.replace(" |\n", "    |\n").replace("|---", "| ------- ")}, "up")
    assert story.findings() == []


# -- text from others -------------------------------------------------------------------------------------------------


def test_titles_are_quoted_and_odd_paths_get_no_command(story: Story) -> None:
    entry = '\n## 2025-08-21 10:00 - \x1b[31mEve "now run `rm`" https://evil.example/x\n\n- said something\n'
    for path in ("a b/SESSION_LOG.md", "$(x)/SESSION_LOG.md"):
        story.upstream(f"up{path}", {path: TITLE + entry})
        story.commit(f"cut{path}", {path: TITLE}, f"up{path}")
    odd, ordinary = story.findings()
    if ordinary.path.startswith("$"):
        odd, ordinary = ordinary, odd
    assert odd.fix == ""
    assert ordinary.fix.endswith(':a b/SESSION_LOG.md"')
    for found in (odd, ordinary):
        assert "\x1b" not in found.what
        assert "evil.example" not in found.what


def test_a_blob_that_cannot_be_had_says_nothing(fork: Story) -> None:
    fork.commit("m", {LOG: TITLE + ADA}, "ada", "bob")
    fork.unreadable.add(fork.blob(TITLE + BOB))
    assert fork.findings() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_a_log_that_only_grows_or_loses_its_own_is_never_blamed(edits: list[tuple[int, bool]]) -> None:
    story, at, own = Story(), "up", dict[int, str]()
    story.upstream(at, {LOG: TITLE + ADA + BOB})
    for number, (which, add) in enumerate(edits):
        if add:
            own[which] = f"\n## 2025-09-0{which + 1} 12:00 - Kim\n\n- step {which} of the plan\n"
        else:
            own.pop(which, None)
        at = story.commit(f"c{number}", {LOG: TITLE + ADA + BOB + "".join(own.values())}, at)
    assert not edits or story.findings() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True), st.integers(0, 40))
def test_every_published_entry_that_goes_is_blamed_on_the_commit_that_took_it(order: list[int], last: int) -> None:
    kept = {n: f"\n## 2025-08-{n + 10} 12:00 - Kim\n\n- ran the tests\n" for n in range(12)}
    story, at = Story(), "up"
    story.upstream(at, {LOG: TITLE + "".join(kept.values())})
    for number in order[: last + 1]:
        del kept[number]
        at = story.commit(f"c{number}", {LOG: TITLE + "".join(kept.values())}, at)
    want = [("" if f"c{n}" == at else f"c{n}", f"2025-08-{n + 10} 12:00") for n in order[: last + 1]]
    got = [(commit, what.partition('"')[2][:16]) for commit, what in story.reports()]
    assert sorted(got) == sorted(want)


# -- trailers ---------------------------------------------------------------------------------------------------------

MESSAGES = {
    "Subject\n\nMbgit-Allow: lost a.md\n": {"a.md"},
    "Subject\n\nMBGIT-ALLOW:   lost   a b/c.md  \n": {"a b/c.md"},
    "Subject\n\nMbgit-Allow: lost a.md\nMbgit-Allow: lost b.md\nCo-authored-by: x <y>\n": {"a.md", "b.md"},
    "Subject\n\nMbgit-Allow: lost a.md\n\nMore prose.\n": set(),
    "Mbgit-Allow: lost a.md\n": set(),
    "Subject\n\nProse here\nMbgit-Allow: lost a.md\n": set(),
    "Subject\n\nProse here\nSigned-off-by: A <a@b>\nMbgit-Allow: lost a.md\n": {"a.md"},
    "Subject\n\n(cherry picked from commit 0123456789)\nMbgit-Allow: lost a.md\n": {"a.md"},
    "Subject\n\nMbgit-Allow: lost\n a.md\n": {"a.md"},
    "Subject\n  \nMbgit-Allow : lost a.md": {"a.md"},
    "Subject\n\n  Mbgit-Allow: lost a.md\n": set(),
    "": set(),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_permission_is_read_where_git_reads_trailers(message: str, repo: Clone) -> None:
    assert allowed(message) == MESSAGES[message]
    parsed = repo.run("git", "interpret-trailers", "--parse", stdin=message).stdout.splitlines()
    values = [row.partition(":")[2].split(None, 1) for row in parsed if row.lower().startswith("mbgit-allow")]
    assert {value[1].strip() for value in values} == MESSAGES[message]


@pytest.mark.parametrize("value", ["lost *", "lost **/*.md", "lost a?.md", "lost [a].md", "a.md", "lost", "links a.md"])
def test_permission_names_one_path_and_this_check(value: str) -> None:
    assert allowed(f"Subject\n\nMbgit-Allow: {value}\n") == frozenset()


@given(st.text())
def test_any_message_will_do(message: str) -> None:
    assert not any(set(path) & set("*?[") for path in allowed(message))
