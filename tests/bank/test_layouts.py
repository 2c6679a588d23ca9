from __future__ import annotations

from fnmatch import fnmatch

import pytest

from mbgit.bank.kinds import KINDS
from mbgit.bank.layouts import LAYOUTS, template
from mbgit.engine.threeway import merge3

NAMES = sorted({name for names in LAYOUTS.values() for name in names})


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_text_of_a_governed_kind(name: str) -> None:
    assert any(fnmatch(name, kind.pattern) for kind in KINDS)
    text = template(name).decode()
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert "\r" not in text


def test_the_context_has_the_sections_that_the_standard_requires() -> None:
    lines = template("activeContext.md").decode().splitlines()
    wanted = [
        "Current Focus",
        "Recent Accomplishments",
        "Active Agents",
        "Active Tasks",
        "Blockers",
        "Next Steps",
    ]
    assert [line[3:] for line in lines if line.startswith("## ") and line != "## Active Work"] == wanted


@pytest.mark.parametrize("name", NAMES)
def test_the_first_entries_of_two_people_in_a_new_file_are_both_kept(name: str) -> None:
    base = template(name)
    ours, theirs = base + b"\n- [2025-01-01] one\n", base + b"\n- [2025-01-02] two\n"
    text = merge3(base, ours, theirs, "union").text
    assert text.count(b"] one") == text.count(b"] two") == 1
