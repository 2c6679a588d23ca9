from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.digest.metrics import (
    NO_DATA,
    Metric,
    adoption,
    conflicts,
    continuity,
    metrics,
    success,
    table,
    time_to_sync,
)
from mbgit.digest.metrics.history import Contest, Graph, Merge
from mbgit.digest.metrics.measured import UNKNOWN, WITH, WITHOUT, entries_added, made_with
from mbgit.digest.metrics.syncs import PAUSE, SYNCS, SYNCS_LIMIT, Sync, note_sync, syncs, together
from mbgit.digest.news import WEEK
from mbgit.git import Change, Commit
from mbgit.git.clone import Clone

PATH = "bank/patterns-buffer.md"
MERGED = {"outcome": "merged"}


def run(time: float, ours: str = "a", theirs: str = "b", result: str | None = "c", **more: object) -> dict[str, Any]:
    """A line of the ledger."""
    blobs = {"base": "o", "ours": ours, "theirs": theirs, "result": result}
    return {"time": time, "path": PATH, "outcome": "merged", "ms": 100.0, "blobs": blobs} | more


def fallback(time: float, exit: int, result: str = "x") -> dict[str, Any]:
    return run(time, outcome="fallback", exit=exit, blobs={"result": result})


def merge(commit: str, ours: str = "a", theirs: str = "b", result: str = "c", committed: int = 0) -> Merge:
    return Merge(commit, committed, (Contest(PATH, "union", "o", ours, theirs, result),))


def commit(name: str, parents: str, who: str, time: int, mail: str = "x@example.org") -> Commit:
    return Commit(name, tuple(parents.split()), who, mail, time, time, "")


# -- the figures --------------------------------------------------------------------------------------------------


def test_one_failed_sync_of_a_hundred_is_not_more_than_99_percent() -> None:
    good, bad = Sync((run(0),)), Sync((run(0), run(0, result=None, outcome="conflict")))
    assert success([good] * 99 + [bad]) == Metric("Sync success rate", "> 99 %", "99 % (99 of 100 syncs)", False)
    assert success([good] * 100 + [bad])[2:] == ("99 % (100 of 101 syncs)", True)
    assert success([good])[2:] == ("100 % (1 of 1 sync)", True)


def test_what_is_not_all_is_never_shown_as_all() -> None:
    good, bad = Sync((run(0),)), Sync((run(0, outcome="binary"),))
    assert success([good] * 2999 + [bad]).actual == "99.9 % (2999 of 3000 syncs)"


def test_conflicts_are_counted_by_file() -> None:
    files = [run(n) for n in range(99)]
    assert conflicts([Sync((*files, fallback(0, 1)))])[2:] == ("1 % (1 of 100 file merges)", False)
    assert conflicts([Sync((*files, fallback(0, 0), fallback(0, 1)))])[2:] == ("0.9 % (1 of 101 file merges)", True)


def test_the_95th_percentile_is_held_against_the_target() -> None:
    assert time_to_sync([0.5, 0.25, 1.0])[2:] == ("median 0.50 s, p95 1.00 s (3 syncs)", True)
    assert time_to_sync([1.0] * 19 + [9.0])[2:] == ("median 1.00 s, p95 1.00 s (20 syncs)", True)
    assert time_to_sync([1.0] * 18 + [3.0, 9.0])[2:] == ("median 1.00 s, p95 3.00 s (20 syncs)", False)


def test_adoption_is_met_by_all_alone() -> None:
    assert adoption([True, False, True, True])[2:] == ("75 % (3 of 4 merges)", False)
    assert adoption([True])[2:] == ("100 % (1 of 1 merge)", True)


@pytest.mark.parametrize(
    "metric", [success([]), conflicts([]), time_to_sync([]), adoption([]), continuity([], {})], ids=lambda m: str(m[0])
)
def test_nothing_to_measure_is_no_figure(metric: Metric) -> None:
    assert metric[2:] == (NO_DATA, None)


def test_the_table_is_markdown() -> None:
    found = table([adoption([False]), adoption([True]), time_to_sync([])])
    assert found.splitlines() == [
        "| Metric | Target | Actual | Met |",
        "|---|---|---|---|",
        "| Adoption rate | 100 % | 0 % (0 of 1 merge) | no |",
        "| Adoption rate | 100 % | 100 % (1 of 1 merge) | yes |",
        "| Time to sync | < 3 s | no data | - |",
    ]


# -- context continuity -------------------------------------------------------------------------------------------


def test_a_commit_that_misses_two_of_three_entries() -> None:
    root = commit("root", "", "Ada", 0)
    history = [root, commit("one", "root", "Ada", 1), commit("two", "one", "Ada", 2), commit("bob", "one", "Bob", 3)]
    assert continuity(history, {"one": 1, "two": 2})[2:] == (
        "33.3 % (1 of 3 entries that others had committed)", False,
    )  # fmt: skip


def test_own_entries_later_ones_and_those_of_the_same_second_are_not_missed() -> None:
    root = commit("root", "", "Ada", 0)
    history = [root, commit("a", "root", "Ada", 1), commit("b", "root", "Bob", 1), commit("a2", "root", "ADA", 2)]
    entries = {"a": 5, "b": 1, "a2": 7, "root": 9}
    assert continuity(history, entries).actual == "0 % (0 of 1 entry that others had committed)"


def test_a_merge_is_no_work_of_a_persona_but_brings_what_it_merges() -> None:
    history = [
        commit("root", "", "Ada", 0), commit("a", "root", "Ada", 1), commit("b", "root", "Bob", 2),
        commit("m", "b a", "Bob", 3), commit("b2", "m", "Bob", 4),
    ]  # fmt: skip
    assert continuity(history, {"a": 4, "m": 100}).actual == "50 % (4 of 8 entries that others had committed)"


def test_one_mail_may_serve_several_personas_and_tells_who_has_no_name() -> None:
    root = commit("root", "", "x", 0)
    for author, mail, expected in (("DevOps", "x@x", "100 % (1 of 1"), ("Tech Lead Engineer", "y@y", NO_DATA)):
        history = [root, commit("1", "root", "tech-lead", 1, "x@x"), commit("2", "1", author, 2, mail)]
        assert continuity(history, {"1": 1}).actual.startswith(expected)
    history = [root, commit("1", "root", "", 1, "X@x"), commit("2", "1", "", 2, "x@X"), commit("3", "1", "", 3, "y")]
    assert continuity(history, {"1": 1}).actual == "100 % (1 of 1 entry that others had committed)"


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Commit], dict[str, int]]:
    commits: list[Commit] = []
    for n in range(draw(st.integers(1, 12))):
        parents = draw(st.lists(st.sampled_from(commits), max_size=2, unique=True)) if commits else []
        who, time = draw(st.sampled_from("ABC")), draw(st.integers(0, 9))
        commits.append(commit(str(n), " ".join(parent.id for parent in parents), who, time))
    return draw(st.permutations(commits)), {c.id: draw(st.integers(0, 40)) for c in commits}


def ancestors(commits: Sequence[Commit], of: str) -> set[str]:
    parents = {c.id: c.parents for c in commits}
    return {of}.union(*(ancestors(commits, parent) for parent in parents[of]))


@given(histories())
def test_continuity_is_what_counting_one_by_one_gives(drawn: tuple[list[Commit], dict[str, int]]) -> None:
    commits, entries = drawn
    held = known = 0
    work = [c for c in commits if len(c.parents) == 1]
    for one in work:
        for other in work:
            if other.author != one.author and other.committed < one.committed:
                known += entries[other.id]
                held += entries[other.id] * (other.id in ancestors(commits, one.id))
    assert continuity(commits, entries).actual.startswith(
        f"{1000 * held // known / 10:g} % ({held} of {known} " if known else NO_DATA
    )


@given(histories())
def test_bases_are_the_common_ancestors_below_no_other(drawn: tuple[list[Commit], dict[str, int]]) -> None:
    commits = drawn[0]
    for one, other in pairwise(commits):
        shared = ancestors(commits, one.id) & ancestors(commits, other.id)
        best = {c for c in shared if not any(c in ancestors(commits, d) for d in shared - {c})}
        assert set(Graph(commits).bases(one.id, other.id)) == best


def test_what_lies_beyond_the_commits_at_hand_is_nobodys_base() -> None:
    assert Graph([commit("b", "a", "Ada", 1)]).bases("b", "a") == []


# -- entries, and merges ------------------------------------------------------------------------------------------


def added(*pairs: tuple[bytes | None, bytes | None]) -> int:
    blobs: dict[str, bytes] = {}
    changes = []
    for n, pair in enumerate(pairs):
        names = [f"{n}{side}" if data is not None else "" for side, data in enumerate(pair)]
        blobs.update((name, data) for name, data in zip(names, pair, strict=True) if data is not None)
        changes.append(Change(f"{n}.md", f"{n}.md", "100644", "100644", *names))
    return entries_added(changes, blobs.get)


def test_entries_are_those_that_the_new_lines_begin() -> None:
    old = b"# Patterns\n\n- one\n\n## [2025-01-01 10:00] first\n\ntext\n"
    assert added((old, old + b"\n## [2025-01-02 10:00] second\n\n- detail\n- detail 2\n")) == 1
    assert added((old, old.replace(b"- one", b"- one\n- two\n- three"))) == 2
    assert added((None, old)) == 2
    assert added((old, None)) == 0
    assert added((old, old + b"more text\n")) == 0


def test_what_only_moved_is_not_new() -> None:
    log = b"# Log\n\n## 2025-01-01 10:00 - one\n\nx\n"
    assert added((log, b"# Log\n"), (None, log)) == 0


def test_an_import_is_no_news_and_hostile_bytes_do_no_harm() -> None:
    assert added((None, b"- x y\n" * 100_000)) == 0
    assert added((b"\xff\0", b"- \xff\0\n```\n")) == 1
    assert added((None, b"#" * 90_000)) == 0


BASE, ADA, BOB = b"# P\n\n- one\n", b"# P\n\n- one\n- ada\n", b"# P\n\n- one\n- bob\n"
BOTH = b"# P\n\n- one\n- ada\n- bob\n"


@pytest.mark.parametrize(
    ("result", "own", "verdict"),
    [
        (BOTH, set(), WITH),
        (ADA, set(), WITHOUT),
        (ADA, {("a", "b", "c")}, WITH),
        (ADA, {("b", "a", "c")}, WITHOUT),
        (None, set(), WITHOUT),
    ],
)
def test_a_merge_was_made_with_mbgit_if_it_would_come_to_the_same(
    result: bytes | None, own: set[tuple[object, ...]], verdict: int
) -> None:
    blobs = {"o": BASE, "a": ADA, "b": BOB, "c": result}
    contest = Contest(PATH, "union", "o", "a", "b", "c" if result else "")
    assert made_with([contest], blobs.get, own) == verdict
    other = Contest(PATH, "union", "o", "a", "b", "")
    assert made_with([contest, other], blobs.get, own) == WITHOUT


def test_nothing_is_said_of_a_merge_that_cannot_be_made_again() -> None:
    contest = Contest(PATH, "union", "o", "a", "b", "c")
    assert made_with([contest], {"a": ADA, "b": BOB, "c": BOTH}.get, set()) == UNKNOWN  # a partial clone
    assert made_with([contest], {"o": BASE, "a": ADA, "b": b"\0", "c": ADA}.get, set()) == UNKNOWN
    large = {"o": BASE, "a": ADA * 20_000, "b": BOB, "c": BOTH}
    assert made_with([contest], large.get, set()) == UNKNOWN
    assert made_with([], large.get, set()) == UNKNOWN


# -- syncs --------------------------------------------------------------------------------------------------------


def counts(runs: list[dict[str, Any]], reached: set[tuple[str, str]], merges: list[Merge]) -> list[int]:
    return [len(sync.runs) for sync in syncs(runs, reached, merges)]


def test_a_run_counts_only_if_history_holds_its_result() -> None:
    assert counts([run(1)], {(PATH, "c")}, [merge("m")]) == [1]
    assert counts([run(1)], {(PATH, "d"), ("other.md", "c")}, [merge("m", result="d")]) == []


def test_two_merges_within_a_second_are_two_and_a_rebase_is_one() -> None:
    runs = [run(1), run(1.5, "c", "d", "e")]
    assert counts(runs, {(PATH, "c"), (PATH, "e")}, [merge("m2", "c", "d", "e"), merge("m")]) == [1, 1]
    assert counts(runs, {(PATH, "c"), (PATH, "e")}, []) == [2]
    assert counts([runs[0], run(60, "c", "d", "e")], {(PATH, "c"), (PATH, "e")}, []) == [1, 1]


def test_picks_that_were_squashed_count_with_what_they_led_to() -> None:
    assert counts([run(1), run(1.5, "c", "d", "e")], {(PATH, "e")}, []) == [2]


def test_a_run_that_left_its_file_to_a_person_counts_once_that_has_been_done() -> None:
    runs = [run(1, result=None, outcome="binary")]
    assert counts(runs, {(PATH, "z")}, [merge("m", result="z")]) == [1]
    assert counts(runs, {(PATH, "z")}, [merge("m", "a", "y", "z")]) == []
    assert counts(runs, {(PATH, "a"), (PATH, "b")}, []) == []


def test_a_run_that_was_given_up_does_not_count_where_another_did_it_after_all() -> None:
    runs = [fallback(1, 1), run(9)]
    (sync,) = syncs(runs, {(PATH, "c")}, [merge("m", committed=10)])
    assert sync.runs == (runs[1],)


def test_what_git_left_to_a_person_alone_belongs_to_the_merge_of_that_file_soon_after() -> None:
    for committed, expected in ((100, [1]), (98, []), (100 + WEEK, [1]), (101 + WEEK, [])):
        assert counts([fallback(100, 1)], set(), [merge("m", result="z", committed=committed)]) == expected


def test_what_was_left_to_a_person_within_a_rebase_counts_with_it() -> None:
    runs = [run(1), run(1.2, "c", "d", None, outcome="conflict"), run(30, "x", "y", None, outcome="conflict")]
    (sync,) = syncs(runs, {(PATH, "c")}, [])
    assert sync.runs == tuple(runs[:2])
    assert success([sync]).actual == "0 % (0 of 1 sync)"


def test_a_clean_merge_by_git_alone_is_no_failure() -> None:
    found = syncs([fallback(1, 0)], {(PATH, "x")}, [])
    assert success(found).actual == "100 % (1 of 1 sync)"


# -- the record of times ------------------------------------------------------------------------------------------


def noted(home: Path) -> list[float]:
    file = home / SYNCS
    return [json.loads(line)["sync"] for line in file.read_text().splitlines()] if file.exists() else []


def test_a_sync_lasts_from_the_first_driver_to_the_end_of_the_report(tmp_path: Path) -> None:
    note_sync(tmp_path, [run(11), run(10)], 12.5)
    assert noted(tmp_path) == [2.5]


def test_waiting_for_somebody_is_not_measured(tmp_path: Path) -> None:
    note_sync(tmp_path, [run(10)], 10.1 + PAUSE + 1)
    note_sync(tmp_path, [], 10)
    note_sync(tmp_path, [run(10)], 9)  # the clock was set back
    assert noted(tmp_path) == []
    note_sync(tmp_path, [run(10), run(1000)], 1001)
    assert noted(tmp_path) == [1]


def test_the_record_stays_small_and_a_folder_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    for _ in range(2_500):
        note_sync(tmp_path, [run(10)], 11)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 * SYNCS_LIMIT + 1_000
    note_sync(tmp_path / "gone", [run(10)], 11)


def test_groups_end_where_a_pause_is_longer() -> None:
    runs = [run(0), run(5.1), run(10.3, ms=3_000.0), run(18)]
    assert [len(group) for group in together(runs, 5)] == [2, 2]


# -- all of it ----------------------------------------------------------------------------------------------------


def test_broken_records_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["", "{", "[]", '"x"', '{"time": 1}', '{"time": NaN, "sync": 1}', '{"time": 1, "sync": null}']
    lines += ['{"time": 1, "sync": 1' + "0" * 400 + "}", '{"time": 50, "sync": 2}', '{"time": 50, "sync": NaN}']
    (tmp_path / SYNCS).write_text("\n".join(lines))
    ledger = [{"time": 10**400, "path": PATH, "blobs": {}}, {"time": 1, "path": 3, "blobs": {}}, {"time": 1},
              run(1) | {"blobs": {"ours": []}}, run(1) | {"ms": "x"}, run(1) | {"blobs": None}]  # fmt: skip
    (tmp_path / "merges.jsonl").write_text("\n".join(map(json.dumps, ledger)))
    (tmp_path / "measured").write_text("x\n\n abc\nabc 99999999999999\n")
    clone = Clone(tmp_path)
    found = metrics(clone, 100.0)
    clone.close()
    assert [m.actual for m in found] == [NO_DATA, NO_DATA, "median 2.00 s, p95 2.00 s (1 sync)", NO_DATA, NO_DATA]
