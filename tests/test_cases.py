"""Merges as folders: `base.md`, `ours.md`, `theirs.md`, what must come of them, and why.

A bug report becomes a test by copying four files. `policy` holds the driver and the file's name where they are not
`union` and nothing; without `expected.md` the file is binary.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mbgit.engine.document import cut
from mbgit.engine.result import Binary
from mbgit.engine.threeway import merge3

CASES = sorted(folder for folder in (Path(__file__).parent / "cases").iterdir() if folder.is_dir())


def read(case: Path) -> tuple[tuple[bytes, bytes, bytes], str, str]:
    base, ours, theirs = ((case / f"{name}.md").read_bytes() for name in ("base", "ours", "theirs"))
    words = (case / "policy").read_text().split() if (case / "policy").exists() else ["union"]
    return (base, ours, theirs), words[0], words[1] if len(words) > 1 else ""


def test_there_are_cases() -> None:
    assert len(CASES) > 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    (base, ours, theirs), policy, name = read(case)
    expected = case / "expected.md"
    if not expected.exists():
        with pytest.raises(Binary):
            merge3(base, ours, theirs, policy, name)
        return
    assert merge3(base, ours, theirs, policy, name).text == expected.read_bytes(), (case / "why.txt").read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_either_way_round_and_again(case: Path) -> None:
    (base, ours, theirs), policy, name = read(case)
    if not (case / "expected.md").exists():
        pytest.skip("binary")
    result = (case / "expected.md").read_bytes()
    assert merge3(base, theirs, ours, policy, name).text == result
    for side in (ours, theirs):
        assert sorted(merge3(base, result, side, policy, name).text.split()) == sorted(result.split())
    assert cut(result).render() == result
