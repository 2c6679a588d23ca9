from __future__ import annotations

from typing import Any

import pytest

from mbgit.digest.merged import merge_line, merges


def run(ours: int = 0, theirs: int = 0, removed: int = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "outcome": "merged",
        "counts": {"ours": ours, "theirs": theirs, "removed": removed},
        "asides": 0,
    } | more


@pytest.mark.parametrize(
    ("runs", "line"),
    [
        ([run(1, 3)], "merged a.md: +3 entries theirs, +1 yours"),
        ([run(0, 1)], "merged a.md: +1 entry theirs"),
        ([run(2, 0)], "merged a.md: +2 entries yours"),
        ([run(0, 0, 4)], "merged a.md: -4 removed"),
        ([run()], "merged a.md: edits of both sides"),
        (
            [run(1, 1, asides=2)],
            "merged a.md: +1 entry theirs, +1 yours; 2 superseded: git show mbgit/superseded",
        ),
        ([run(1, 2), run(1, 1)], "merged a.md: +3 entries theirs, +2 yours"),
        (
            [run(outcome="fallback")],
            "git merged a.md alone, the engine did not answer: run install.py --check",
        ),
        ([{"outcome": "merged"}], "merged a.md: edits of both sides"),
    ],
)
def test_one_line_tells_what_became_of_a_file(runs: list[dict[str, Any]], line: str) -> None:
    assert merge_line("a.md", runs) == line


def test_a_rebase_has_the_sides_the_other_way_round_and_the_pulled_one_in_every_pick() -> None:
    assert merge_line("a.md", [run(3, 1), run(3, 2)], rebased=True) == "merged a.md: +3 entries theirs, +3 yours"


def test_every_file_has_one_line() -> None:
    assert merges([run(1, 1, path="a.md"), run(2, 1, path="b.md"), run(0, 1, path="a.md")]) == [
        "merged a.md: +2 entries theirs, +1 yours",
        "merged b.md: +1 entry theirs, +2 yours",
    ]
