from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.kinds import KINDS, kind_of
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.names import check
from mbgit.checks.page import Page, World
from mbgit.words import fit_for_command

BANK = "memory-bank"
NOW = 1_760_000_000  # 2025-10-09


class Files:
    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def has(self, path: str) -> bool:
        return path in self.paths

    def page(self, path: str) -> Page | None:
        return None


def findings(name: str, text: str = "# Topic\n", there: str = "", layout: str = "standard") -> list[Finding]:
    path = f"{BANK}/sessions/{name}"
    page = Page(path, text.encode(errors="replace"), kind_of(path, [BANK]))
    return check(page, World(Files(there), Settings(), layout, 0, lambda page, row: NOW))


def suggested(name: str, text: str = "# Topic\n") -> str:
    (found,) = findings(name, text)
    new = found.fix.split('"')[-2]
    assert new.startswith(f"{BANK}/sessions/")
    return new.rpartition("/")[2]


@pytest.mark.parametrize(
    "name",
    [
        "2025-11-20_topic.md",
        "2025-11-20_topic-description.md",
        "2024-02-29_v2-release-3.md",
        "2025-11-20_été.md",
        "2025-11-20_会議.md",
        "2025/2025-11-20_topic.md",
        "README.md",
        "archive/whatever.md",
    ],
)
def test_a_right_name_passes(name: str) -> None:
    assert findings(name) == []


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("topic.md", "2025-10-09_topic.md"),
        ("2025-11-20.md", "2025-11-20_topic.md"),
        ("2025-11-20-topic.md", "2025-11-20_topic.md"),
        ("2025-11-20_Topic.md", "2025-11-20_topic.md"),
        ("2025-11-20_two words.md", "2025-11-20_two-words.md"),
        ("2025-11-20_two_words.md", "2025-11-20_two-words.md"),
        ("2025-11-20_a--b-.md", "2025-11-20_a-b.md"),
        ("2025-11-20_.md", "2025-11-20_topic.md"),
        ("20251120-Release 2.0.md", "2025-11-20_release-2-0.md"),
        ("Auth 20.11.2025.md", "2025-11-20_auth.md"),
        ("2025-02-30_topic.md", "2025-10-09_topic.md"),
        ("2025-13-45_topic.md", "2025-10-09_topic.md"),
        ("a/2025-11-20.md", "2025-11-20_topic.md"),
    ],
)
def test_a_wrong_one_is_reported_with_the_right_one(name: str, right: str) -> None:
    assert suggested(name) == right
    assert findings(name)[0].what.startswith("a journal's name is YYYY-MM-DD_topic-description.md")


def test_day_and_topic_may_come_from_the_title() -> None:
    assert suggested("notes.md", "# Release plan - 2025-08-21\n") == "2025-08-21_notes.md"
    assert suggested("2025-8-2.md", "text\n\n# Release plan - 2025-08-21\n") == "2025-08-02_release-plan.md"
    assert suggested("--.md", "") == "2025-10-09_session.md"


def test_a_name_that_is_taken_or_not_fit_for_a_command_is_not_suggested() -> None:
    assert findings("Topic.md", there=f"{BANK}/sessions/2025-10-09_topic.md")[0].fix == ""
    assert findings("$(id).md")[0].fix == ""
    assert findings("会議.md")[0].fix == ""


def test_a_bank_of_buffers_is_only_warned() -> None:
    assert [found.lowered for found in findings("x.md", layout="buffers")] == [True]
    assert [found.lowered for found in findings("x.md")] == [False]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.template != "journal.md"])
def test_other_kinds_have_names_of_their_own(kind: object) -> None:
    page = Page("anything at all.md", b"# x\n", kind)  # type: ignore[arg-type]
    assert check(page, World(Files(), Settings(), "standard", 0, lambda page, row: 0)) == []


@given(st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name), st.text())
def test_what_is_suggested_is_right(name: str, text: str) -> None:
    for found in findings(f"{name}.md", text):
        new = found.fix and found.fix.split('"')[-2]
        assert not new or (fit_for_command(new) and findings(new.rpartition("/")[2]) == [])


@pytest.mark.parametrize("mark", ["2025-", "20", "_", "-", "a", ".", "1.1.", "\0", "2025_1_1"])
def test_bait_is_survived(mark: str) -> None:
    findings(f"{mark * 50_000}.md", "# " + mark * 50_000)
