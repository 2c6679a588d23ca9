"""A few random moments of what `tests.clones.kills` does by the hundred; and that it can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones.kills import STAGES, Fault, both_or_marked, fsck, once, run
from tests.support import Clone

LONG = {"rebase", "push", "harvest"}  # much of what they start is started in the others, too


@pytest.mark.parametrize("stage", [pytest.param(name, marks=[pytest.mark.storm] * (name in LONG)) for name in STAGES])
def test_a_few_moments(tmp_path: Path, stage: str) -> None:
    tally = run(tmp_path, stage, moments=2, seed=7, runs=1, part=0.3)  # a first run may be slower than the others
    assert not tally.faults, tally.faults
    assert tally.counts["in time"]


@pytest.mark.storm
@pytest.mark.parametrize("stage", STAGES)
def test_many_moments(tmp_path: Path, stage: str) -> None:
    tally = run(tmp_path, stage, moments=40, seed=11)
    assert not tally.faults, tally.faults


def test_it_can_tell(repo: Clone) -> None:
    repo.commit("base", 60, **{"a.md": "k1z\n"})
    once(repo, [1])
    with pytest.raises(Fault, match="doubled"):
        once(repo, [])
    with pytest.raises(Fault, match=r"lost .*k2z"):
        once(repo, [1, 2])
    repo.git("checkout", "-q", "-b", "other")
    repo.commit("other", 60, **{"a.md": "k2z\n"})
    repo.git("checkout", "-q", "main")
    repo.commit("main", 60, **{"a.md": "k3z\n"})
    repo.git("merge", "-q", "other", check=False)
    both_or_marked(repo)
    repo.write("a.md", "k3z\n")
    with pytest.raises(Fault, match="one side alone"):
        both_or_marked(repo)
    tree = repo.git("rev-parse", "HEAD^{tree}")
    (repo.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(Fault, match="fsck"):
        fsck(repo.path, repo)
