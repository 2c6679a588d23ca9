"""A bounded piece of the fuzz in every run; and that its laws hold for whatever has been found so far."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.engine.result import Merged
from tests import fuzz
from tests.fuzz import Example, Finding, Maker, broken, reduced
from tests.test_cases import CASES, read


def test_a_piece_of_the_fuzz() -> None:
    done = fuzz.run(seed=1, examples=500)
    assert not done.findings, "\n".join(line for finding in done.findings for line in fuzz.shown(finding))
    assert done.examples == 500


def test_large_examples() -> None:
    maker = Maker(1)
    assert [broken(maker.large()) for _ in range(2)] == [("", "")] * 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases_break_no_law(case: Path) -> None:
    texts, policy, _ = read(case)
    assert broken(Example(texts, policy)) == ("", "")


def test_a_seed_makes_the_same_examples_each_time() -> None:
    one, other = ([Maker(7).example() for _ in range(50)] for _ in range(2))
    assert one == other
    assert Maker(8).example() not in one


BAD: dict[str, Callable[[bytes, Merged], bytes]] = {
    "kept": lambda ours, done: b"# Log\n",
    "gone": lambda ours, done: done.text + b"- nobody's\n",
    "symmetric": lambda ours, done: ours,
    "total": lambda ours, done: bytes([len(done.text) + 256]),
    "slow": lambda ours, done: b"%d" % sum(1 for _ in range(10**12)),
}


@pytest.mark.parametrize("law", BAD)
def test_a_merge_that_breaks_a_law_is_found_and_reduced(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fuzz.merged

    def bad(base: bytes, ours: bytes, theirs: bytes, policy: str) -> Merged:
        done = real(base, ours, theirs, policy)
        return Merged(BAD[law](ours, done)) if len({base, ours, theirs}) == 3 else done

    monkeypatch.setattr(fuzz, "merged", bad)
    monkeypatch.setattr(fuzz, "SLOW", 1)
    example = Example((b"# Log\n- o\n- p\n", b"# Log\n- o\n- p\n- a\n", b"# Log\n- o\n- p\n- b\n"), "union")
    assert broken(example)[0] == law
    small = reduced(example, law) if law != "slow" else example
    assert broken(small)[0] == law
    assert len(b"".join(small.texts)) < 20 or law == "slow"


def test_a_finding_is_kept_as_a_case(tmp_path: Path) -> None:
    finding = Finding("kept", Example((b"a\n", b"b\n", b"c\n"), "log"), "[b'a']")
    fuzz.keep(finding, tmp_path / "found")
    assert read(tmp_path / "found") == (finding.example.texts, "log", "SESSION_LOG.md")
