from __future__ import annotations

import pytest

from mbgit.bank.locks import Lock
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.locks import check

NOW = 1_760_000_000 // 60 * 60
BANK = "memory-bank"
PATH = "memory-bank/progress.md"


def _lock(persona: str = "Ada", path: str = "progress.md", age: int = 600, action: str = "Adding a row") -> Lock:
    return Lock(persona, path, action, NOW - age, 7)


def _check(
    *locks: Lock, staged: tuple[str, ...] = (PATH,), me: str = "Bob", pushing: bool = False, **priorities: int
) -> list[Finding]:
    pairs = [(BANK, lock) for lock in locks]
    return check(staged, pairs, me, Settings(priorities=priorities), NOW, pushing)


def test_a_file_that_another_has_locked() -> None:
    assert _check(_lock()) == [Finding("locks", PATH, 0, 'locked by "Ada" for "Adding a row", 20 minutes left')]


def test_other_files_and_expired_locks_are_free() -> None:
    assert _check(_lock(), staged=("src/progress.md",)) == []
    assert _check(_lock(age=1_800)) == []
    assert _check() == []


def test_one_s_own_lock_is_no_hindrance_by_whatever_name() -> None:
    assert _check(_lock("DevOps Engineer"), me="devops") == []


def test_a_lower_priority_does_not_hold_up_a_higher_one() -> None:
    assert _check(_lock(), bob=1) == []
    assert _check(_lock(), ada=1) != []
    assert _check(_lock(), ada=1, bob=1) != []


def test_who_holds_the_file_too_and_was_first_goes_on() -> None:
    assert _check(_lock(age=600), _lock("Bob", age=700)) == []
    assert _check(_lock(age=600), _lock("Bob", age=500)) != []
    assert _check(_lock(age=600), _lock("Bob", age=500), bob=1) == []
    assert _check(_lock(age=600), _lock("Bob", age=700), ada=1) != []


def test_the_same_minute_is_for_a_person_to_decide() -> None:
    assert _check(_lock(age=59), _lock("Bob", age=58)) != []


def test_of_several_locks_the_first_in_rank_is_reported_once() -> None:
    found = _check(_lock("Ada", age=900), _lock("Cy", age=60), _lock("Dee", age=1_000), staged=(PATH, PATH), cy=5)
    assert [finding.what.split('"')[1] for finding in found] == ["Cy"]


@pytest.mark.parametrize(("me", "pushing"), [("", False), ("Bob", True), ("", True)])
def test_without_a_persona_or_at_a_push_it_only_warns(me: str, pushing: bool) -> None:
    assert [finding.lowered for finding in _check(_lock(), me=me, pushing=pushing)] == [True]


def test_without_a_persona_every_lock_is_another_s() -> None:
    assert len(_check(_lock("Ada"), me="", ada=-5)) == 1


@pytest.mark.parametrize("path", ["activeContext.md", "memory-bank/", "*.md"])
def test_the_table_s_own_file_is_never_held(path: str) -> None:
    found = _check(_lock(path=path), staged=("memory-bank/activeContext.md",))
    assert [finding.lowered for finding in found] == [True]


def test_another_file_of_that_name_is_held_as_any() -> None:
    found = _check(_lock(path="docs/activeContext.md"), staged=("docs/activeContext.md",))
    assert [finding.lowered for finding in found] == [False]


def test_a_lock_counts_from_its_own_bank() -> None:
    locks = [("a/bank", _lock())]
    assert check(["b/bank/progress.md"], locks, "Bob", Settings(), NOW, False) == []
    assert len(check(["a/bank/progress.md"], locks, "Bob", Settings(), NOW, False)) == 1


def test_what_others_wrote_is_quoted_and_clean() -> None:
    (found,) = _check(_lock("A\x1b[31mda\u202e", action="x" * 500 + "\n"))
    assert found.what.isprintable()
    assert len(found.what) < 150


def test_no_action_no_words_about_it_and_a_last_minute_is_one() -> None:
    (found,) = _check(_lock(action="", age=1_790))
    assert found.what == 'locked by "Ada", 1 minute left'
