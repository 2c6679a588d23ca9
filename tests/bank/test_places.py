from __future__ import annotations

import pytest

from mbgit.bank.places import PLACES, bank_path, find_banks


def test_the_usual_places_that_are_there_are_found_in_their_order() -> None:
    there = {".squad", "docs/memory-bank", "memory-bank", "src"}
    assert find_banks(there.__contains__) == ["memory-bank", "docs/memory-bank", ".squad"]
    assert find_banks(lambda _: False) == []
    assert find_banks(lambda _: True) == list(PLACES)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("bank", "bank"),
        ("./bank/", "bank"),
        ("a//b/./c", "a/b/c"),
        (".", "."),
        ("with space/ü", "with space/ü"),
        (".github/bank", ".github/bank"),
    ],
)
def test_a_bank_has_one_spelling(typed: str, path: str) -> None:
    assert bank_path(typed) == path


@pytest.mark.parametrize("typed", ["/etc", "../x", "a/../../x", ".git", ".git/x"])
def test_a_bank_lies_in_the_worktree(typed: str) -> None:
    with pytest.raises(ValueError, match="bank"):
        bank_path(typed)
