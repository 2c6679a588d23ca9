from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.proposals.harvest.names import Rename, clashes, day_of, free_name, located, record_number, slug, title_of


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Cache keys without the tenant", "cache-keys-without-the-tenant"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ærø, Łódź & Übermut", "aero-lodz-ubermut"),
        ("C:\\x\0y\n", "c-x-y"),
        ("-rf .", "rf"),
        ("one " * 40, "one-one-one-one-one-one-one-one-one-one-one-one-one-one-one"),
        ("x" * 200, "x" * 60),
    ],
)
def test_slugs(title: str, name: str) -> None:
    assert slug(title) == name


def test_a_title_in_another_script_has_a_name_of_its_own() -> None:
    assert slug("日本語").startswith("entry-")
    assert slug("日本語") != slug("中文") != ""


@settings(deadline=None)
@given(st.text())
def test_a_slug_is_plain_and_never_empty(title: str) -> None:
    name = slug(title)
    assert 0 < len(name) <= 60
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name.strip("-") == name


@pytest.mark.parametrize(
    ("entry", "title", "day"),
    [
        ("### 2025-08-21 10:30 - Cache keys", "Cache keys", "2025-08-21"),
        ("### [2025-08-21] Cache `keys` of **all**", "Cache keys of all", "2025-08-21"),
        ("### Cache keys (2025-08-21)", "Cache keys", "2025-08-21"),
        ("### ADR-003: Memory Bank Architecture", "Memory Bank Architecture", "None"),
        ("### TD_042: Split the parser", "TD_042: Split the parser", "None"),
        ("- **Lesson**: never `rm`", "never rm", "None"),
        ("- [x] 2025-08-21: done [here](../x.md)", "done here", "2025-08-21"),
        ("- 2025-02-31 no such day", "no such day", "None"),
        ("### 2025-08-21", "Untitled", "2025-08-21"),
        ("| D | T |\n|---|---|\n| 2025-08-21 | ruff | fast |", "ruff", "2025-08-21"),
        ("- \x1b[31mred\u202e\x07", "[31mred", "None"),
    ],
)
def test_titles_and_days(entry: str, title: str, day: str) -> None:
    (found,) = entries(f"{entry}\n\ntext\n".encode() if entry.startswith("#") else entry.encode())
    assert (title_of(found), str(day_of(found))) == (title, day)


def test_a_day_is_taken_from_the_heading_above() -> None:
    (found,) = entries(b"# L\n\n## 2025-08-21\n\n### 10:30 Cache keys\n\ntext\n")
    assert str(day_of(found)) == "2025-08-21"


def test_a_taken_name_gets_a_number() -> None:
    assert free_name("x", {"x.md", "x-2.md"}.__contains__) == "x-3.md"


def test_a_target_is_found_as_it_is_spelled() -> None:
    paths = ["docs/03-reference/patterns.md", "docs/03-reference/adr/ADR-001-x.md", "README.md"]
    assert located("Docs/03-Reference/Patterns.md", paths) == ("docs/03-reference/patterns.md", False)
    assert located("Docs/03-Reference/ADR/", paths) == ("docs/03-reference/adr", True)
    assert located("Docs/06-PostMortems/", paths) == ("docs/06-PostMortems", True)
    assert located("Docs/03-Reference/", ["Docs/x.md", "docs/03-reference/y.md"]) == ("Docs/03-Reference", True)
    assert located("New.md", ["New.md/x.md"]) == ("New.md", True)


@pytest.mark.parametrize(("target", "path"), [("Docs/ADR/", "Docs/ADR"), ("Docs/x/P.md", "docs/X")])
def test_a_file_in_the_way(target: str, path: str) -> None:
    with pytest.raises(ValueError, match="file"):
        located(target, [path])


def test_numbers() -> None:
    paths = ("a/ADR-4-x.md", "adr-12.md", "ADR-0007_x.md", "ADR-123456789-x.md", "0004-x.md", "ADR-4-x.txt", "ADRs.md")
    assert [record_number(path) for path in paths] == [4, 12, 7, 0, 0, 0, 0]


def test_the_record_that_landed_first_keeps_its_number() -> None:
    mine, theirs = "d/ADR-004-mine.md", "d/ADR-004-theirs.md"
    assert clashes([mine, theirs], [theirs]) == [Rename(mine, "d/ADR-005-mine.md")]
    assert clashes([mine], [theirs, "d/ADR-007-x.md"]) == [Rename(mine, "d/ADR-008-mine.md")]
    assert clashes([mine, theirs], [mine, theirs]) == []
    assert clashes([mine, "d/ADR-005-x.md"], [mine]) == []
    assert clashes([mine, theirs], []) == [Rename(theirs, "d/ADR-005-theirs.md")]
    assert clashes([mine, "other/ADR-004-x.md"], []) == []
