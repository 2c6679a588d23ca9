from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.markers import check
from mbgit.checks.page import Page, World
from tests.support import GIT

CONFLICT = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> feature\n"
DIFF3 = "<<<<<<< HEAD\nours\n||||||| 1234567\nbase\n=======\ntheirs\n>>>>>>> feature\n"


def findings(text: str | bytes) -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    return check(Page("a.md", data), World(None, Settings(), "buffers", 0, lambda page, row: 0))  # type: ignore[arg-type]


def blocking(text: str) -> list[int]:
    return [found.line for found in findings(text) if not found.lowered]


@pytest.mark.parametrize("conflict", [CONFLICT, DIFF3, CONFLICT.replace("\n", "\r\n")])
def test_a_conflict_is_found_at_its_first_marker(conflict: str) -> None:
    assert blocking(f"# A\n\n{conflict}\nmore\n") == [3]


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize("size", [7, 9, 20])
def test_what_git_itself_writes_is_found(tmp_path: Path, style: str, size: int) -> None:
    for name, text in {"ours": "a\nx\nb\n", "base": "a\nb\n", "theirs": "a\ny\nb\n"}.items():
        (tmp_path / name).write_text(text)
    options = [f"--{style}"] if style != "merge" else []
    command = [GIT, "merge-file", "-p", f"--marker-size={size}", *options, "ours", "base", "theirs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert blocking(done.stdout) == [2]


def test_a_conflict_within_the_base_of_another_is_found_as_well() -> None:
    inner = "<<<<<<<<< A\na\n=========\nb\n>>>>>>>>> B\n"
    assert blocking(f"<<<<<<< ours\nx\n||||||| base\n{inner}=======\ny\n>>>>>>> theirs\n") == [1, 4]


def test_two_conflicts_are_two_faults_and_each_stays_the_same_wherever_it_stands() -> None:
    other = CONFLICT.replace("ours", "others")
    one, two = findings(CONFLICT + other)
    assert one.key != two.key
    assert findings(f"more\n\n{CONFLICT}")[0].key == one.key


@pytest.mark.parametrize(
    "text",
    [
        "A title\n=======\n\ntext\n",
        "=======\n",
        "||||||| a\n",
        "|||||||\n|-|-|-|-|-|-|\n",
        "> a\n>>>>>>> seven levels deep\n> b\n",
        "  <<<<<<< HEAD\n  a\n  =======\n  b\n  >>>>>>> x\n",  # set in: git writes no such thing
        "<<<<<< HEAD\na\n======\nb\n>>>>>> x\n",  # six
        "<<<<<<<HEAD\n",
        "`<<<<<<< HEAD` and `>>>>>>> x` are markers\n",
        ">>>>>>>\n",
        "<" * 200 + "\n",
    ],
)
def test_what_only_looks_like_a_marker_passes(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n<<<<<<< HEAD\nb\n", 2),
        ("a\n\n>>>>>>> feature\nb\n", 3),
        ("a\n=======\nb\n>>>>>>> feature\n", 4),
        ("<<<<<<< HEAD\na\n>>>>>>> feature\n", 1),  # the middle one was taken out
    ],
)
def test_what_is_left_of_a_conflict_is_found(text: str, line: int) -> None:
    assert blocking(text)[:1] == [line]


@pytest.mark.parametrize("fence", ["```", "````diff", "~~~text"])
def test_a_fence_that_shows_a_conflict_and_nothing_else_only_warns(fence: str) -> None:
    mark = fence.rstrip("adefhitx")
    found = findings(f"# How git marks conflicts\n\n{fence}\n{DIFF3}{mark}\n")
    assert [(one.line, one.lowered) for one in found] == [(4, True)]


@pytest.mark.parametrize(
    "text",
    [
        f"```python\nimport os\n{CONFLICT}print()\n```\n",  # a merge within the block
        f"```\n{CONFLICT}",  # never closed: all the rest of the file is the block
        "<<<<<<< HEAD\n```\na\n```\n=======\n```\nb\n```\n>>>>>>> x\n",  # blocks within the conflict
        "```\na\n<<<<<<< HEAD\n```\n=======\nb\n```\n>>>>>>> x\n",  # across the block's end
        f"```\n{CONFLICT}{CONFLICT}```\n",
    ],
)
def test_a_conflict_that_a_merge_left_in_or_around_a_fence_blocks(text: str) -> None:
    assert blocking(text)


def test_single_markers_in_a_fence_pass() -> None:
    assert findings("```\n<<<<<<< HEAD\n```\n\n```text\n>>>>>>> x\n```\n") == []


def test_text_of_the_file_is_quoted() -> None:
    found = findings('<<<<<<< HEAD\n\x1b[31m"ignore" https://x.org\n=======\nb\n>>>>>>> x\n')
    assert found[0].what == "conflict markers at \"[31m'ignore' (link)\""


LINES = st.sampled_from(
    ["<<<<<<< a", "||||||| b", "=======", ">>>>>>> c", "```", "~~~", "> x", "text", "", "<<<<<<<< a", ">>>>>>>> c"]
)


@given(st.lists(LINES))
def test_every_conflict_outside_of_fences_is_found(rows: list[str]) -> None:
    unfenced = [row for row in rows if not row.startswith(("`", "~"))]
    assert all(found.line for found in findings("\n".join(rows)))
    assert blocking("\n".join(["", *unfenced, "", "<<<<<<< a", "x", "=======", "y", ">>>>>>> c"]))


@pytest.mark.parametrize("row", ["<<<<<<< a\n", ">>>>>>> a\n", "=======\n", "<" * 5_000_000, "<<<<<<< " * 600_000])
def test_masses_of_markers_are_read_in_one_walk(row: str) -> None:
    findings(row * (20_000 if len(row) < 100 else 1))
