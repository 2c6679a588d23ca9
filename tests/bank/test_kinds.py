from __future__ import annotations

import pytest

from mbgit.bank.kinds import KINDS, POLICIES, Rule, rules


def test_every_kind_has_a_policy_that_exists() -> None:
    assert {kind.policy for kind in KINDS} == set(POLICIES)


def test_no_kind_takes_all_markdown_of_a_folder_that_is_not_the_bank_s_own() -> None:
    assert not [kind for kind in KINDS if kind.pattern in ("*.md", "**/*.md")]


@pytest.mark.parametrize(
    ("bank", "beside"),
    [
        (".claude/memory-bank", ".claude/"),
        ("memory-bank", ""),
        (".", ""),
        ("a/b/c", "a/b/"),
    ],
)
def test_private_memories_lie_beside_the_bank_and_in_it(bank: str, beside: str) -> None:
    inside = "" if bank == "." else f"{bank}/"
    memories = {rule.folder for rule in rules([bank]) if rule.glob.startswith("agent-memory-banks/")}
    assert memories == {beside, inside}


def test_what_two_banks_share_stands_once() -> None:
    both = rules(["a/bank", "a/other"])
    assert len(both) == len(set(both))
    assert both.count(Rule("", "Docs/03-Reference/Patterns.md", "union")) == 1
    assert both.count(Rule("a/", "agent-memory-banks/**/*.md", "union")) == 1
