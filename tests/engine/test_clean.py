"""Where git's own merge may stand as it is: what the lines must show, and what they must not."""

from __future__ import annotations

import pytest

from mbgit.engine.clean import one_version_each, settled
from tests.support import merge_file

BASE = (
    "# Log\n\n## Unreleased\n\n- one\n- two\n- three\n\n## 2026-01-01\n\n- old\n- older\n- oldest\n\n"
    "## Tasks\n\n- [ ] a\n- [ ] b\n- [ ] c\n- [ ] d\n"
)
ADDED = "\n## 2026-02-02: more\n\n- something\n- ran the tests\n"

STANDS = {
    "an entry, and an edit elsewhere": (BASE + ADDED, BASE.replace("- one\n", "- one, and a half\n")),
    "two items": (BASE.replace("- oldest\n", "- oldest\n- x\n"), BASE.replace("- one\n", "- zero\n- one\n")),
    "one line added in the same place": (
        BASE.replace("- two\n", "- two\n- new\n") + ADDED, BASE.replace("- two\n", "- two\n- new\n")
    ),
    "a heading reworded, and nothing added": (BASE.replace("## Tasks", "## All tasks"), BASE.replace("- o", "- O")),
    "a heading reworded above what was added": (
        BASE.replace("## Unreleased", "## Next"), BASE.replace("- two\n- three\n", "- two\n- two and a half\n- three\n")
    ),
    "two entries, each with its blank lines": (
        BASE + ADDED, BASE.replace("\n## Tasks", "\n## 2026-03-03\n\n- new\n\n## Tasks")
    ),
    "two equal lines added in the same place": (
        BASE.replace("- two\n", "- two\n- new\n- new\n") + ADDED, BASE.replace("- two\n", "- two\n- new\n- new\n")
    ),
    "a routine line that is old": (BASE + "- [ ] a\n", BASE.replace("- one\n", "- one, and a half\n")),
}  # fmt: skip
DOES_NOT = {
    "an item that both added, in two places": (BASE + "- new\n", BASE.replace("- one\n", "- one\n- new\n")),
    "an item that both moved, each elsewhere": (
        BASE.replace("- two\n", "") + "- two\n", BASE.replace("- two\n", "").replace("- older\n", "- older\n- two\n")
    ),
    "a release that one side cut above what the other added": (
        BASE.replace("## Unreleased\n", "## Unreleased\n\n## 1.0\n"),
        BASE.replace("- two\n- three\n", "- two\n- two and a half\n- three\n"),
    ),
    "a heading that moved away from what the other added": (
        BASE.replace("## Unreleased\n\n", "").replace("## 2026", "## Unreleased\n\n## 2026"),
        BASE.replace("- two\n- three\n", "- two\n- two and a half\n- three\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STANDS)
def test_stands(name: str) -> None:
    ours, theirs = (side.encode() for side in STANDS[name])
    clean, text = merge_file(BASE.encode(), ours, theirs)
    assert clean
    merged = settled(BASE.encode(), ours, theirs, text)
    assert merged is not None
    assert merged.text == text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_where_base_has_none(end: str) -> None:
    base = end.join(f"- {number}" for number in range(9))
    ours, theirs = f"# A{end}{end}{base}", base.replace("- 5", f"- 5{end}{end}# B{end}")
    clean, text = merge_file(base.encode(), ours.encode(), theirs.encode())
    assert clean
    assert settled(base.encode(), ours.encode(), theirs.encode(), text)


def test_a_release_cut_above_the_heading_that_something_is_under() -> None:
    base = BASE.replace("- one\n", "### Fixed\n\n- one\n")
    ours = base.replace("## Unreleased\n", "## Unreleased\n\n## 1.0\n")
    theirs = base.replace("- two\n- three\n", "- two\n- two and a half\n- three\n")
    clean, text = merge_file(base.encode(), ours.encode(), theirs.encode())
    assert clean
    assert settled(base.encode(), ours.encode(), theirs.encode(), text) is None


@pytest.mark.parametrize("name", DOES_NOT)
def test_may_not_stand(name: str) -> None:
    ours, theirs = (side.encode() for side in DOES_NOT[name])
    clean, text = merge_file(BASE.encode(), ours, theirs)
    assert clean
    assert settled(BASE.encode(), ours, theirs, text) is None
    assert settled(BASE.encode(), theirs, ours, text) is None


def test_entries_are_counted_without_what_is_in_them() -> None:
    ours = BASE.replace("## 2026-01-01\n\n- old\n- older\n- oldest\n\n", "")
    ours += ADDED + ADDED.replace("02: more", "03: again") + "\n### Part 2 of it\n\n- a part\n"
    theirs = BASE.replace("- one\n", "- zero\n- one\n| a | row |\n1. a step\n\nNo entry.\n\n")
    clean, text = merge_file(BASE.encode(), ours.encode(), theirs.encode())
    merged = settled(BASE.encode(), ours.encode(), theirs.encode(), text)
    assert clean
    assert merged is not None
    assert (merged.from_ours, merged.from_theirs, merged.removed) == (2, 3, 1)


LOG = "< 10 10 HEAD\n\n:100644 100644 b a M\tx.md\n> 11 11 \n\n:100644 100644 b c M\tx.md\n"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (LOG, True),
        ("", False),
        (LOG.replace("> 11", "> 10 10 \n\n:100644 100644 b d M\tx.md\n> 11"), False),
        (LOG.replace("HEAD", "HEAD, grafted"), False),
        (LOG.replace(" a M", " e M"), False),
        (LOG.partition(">")[0], False),
    ],
)
def test_one_version_on_each_side(log: str, expected: bool) -> None:
    assert one_version_each(log.encode(), "a", "c") is expected
