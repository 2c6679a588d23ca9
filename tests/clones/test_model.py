"""Two clones, a remote and hypothesis: any story of edits and syncs keeps the law, and one that does not is shrunk."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.clones.storm.account import Ledger
from tests.clones.storm.pages import BANK, PAGES
from tests.clones.storm.sync import PULLS, Fault, Storm
from tests.clones.storm.work import Work

T = TypeVar("T")
CLONES = (0, 1)
WHO = st.sampled_from(CLONES)
EVERY = ("edit_line", "nest", "fence")
ACTS = {
    "patterns-buffer.md": (*EVERY, "add_entry", "drop_entry", "drop_item"),
    "SESSION_LOG.md": (*EVERY, "add_entry"),
    "decisions.md": (*EVERY, "add_entry", "drop_entry", "move_entry", "drop_item"),
    "activeContext.md": (*EVERY, "add_item", "add_row", "tick", "drop_item", "drop_row", "move_item"),
}
EXAMPLES = int(os.environ.get("MBGIT_EXAMPLES", "2"))


class Decided(random.Random):
    """Decides as it is told, so that hypothesis knows all that there is to know of a story: the `at`-th of a choice."""

    def __init__(self) -> None:
        super().__init__(0)
        self.at = self.spoken = 0

    def choice(self, seq: Any) -> Any:  # noqa: ANN401 - as random.Random has it
        return seq[self.at % len(seq)]

    def sample(self, population: Sequence[T], k: int, **_: object) -> list[T]:
        return [population[(self.at + i) % len(population)] for i in range(k)]

    def choices(self, population: Sequence[T], weights: object = None, *, k: int = 1, **_: object) -> list[T]:  # type: ignore[override]
        """Words that no other line has."""
        self.spoken += k
        return [population[(self.spoken + i) % len(population)] for i in range(k)]

    def random(self) -> float:
        return 0.9


@dataclass
class Stage:
    """Clones that every story begins with anew."""

    storm: Storm
    decided: Decided
    seed: str
    ledger: Ledger

    def clear(self) -> None:
        """As it was before the first story."""
        storm = self.storm
        self.decided.at = self.decided.spoken = 0
        storm.ledger = deepcopy(self.ledger)
        storm.work = Work(self.decided, storm.ledger)
        storm.faults, storm.story, storm.known = [], [], set()
        storm.clones[0].git("update-ref", "refs/heads/main", self.seed, GIT_DIR=str(storm.room / "remote.git"))
        for clone in storm.clones:
            clone.run("sh", "-c", "rm -rf .git/rebase-merge .git/MERGE_HEAD .git/mbgit/aside", check=False)
            clone.git("checkout", "-qfB", "main", self.seed)

    def write(self, who: int, name: str, act: str, at: int) -> None:
        """One edit, and its commit."""
        clone, path = self.storm.clones[who], f"{BANK}/{name}"
        page, self.decided.at = PAGES[path], at
        self.storm.writes(clone, lambda: self.storm.work.does(clone, path, page, getattr(self.storm.work, act)))
        self.storm.commit(clone)


def prepared(room: Path, arm: bool, attributes: str = "") -> Stage:
    """A remote and its clones with something in each file; `attributes` instead of mbgit's."""
    decided = Decided()
    stage = Stage(Storm(room, decided, armed=arm, commit_options=("--no-verify",)), decided, "", Ledger())
    stage.storm.begin(len(CLONES))
    for at, (name, acts) in enumerate(ACTS.items()):
        for act in ("add_entry", "add_entry", "nest", "add_item", "add_item", "add_row"):
            if act in acts:
                stage.write(0, name, act, at)
    first, *others = stage.storm.clones
    first.git("push", "-q", "origin", "HEAD:main")
    for clone in others:
        clone.git("pull", "-q")
    for clone in stage.storm.clones:
        if attributes:
            clone.write(".git/info/attributes", attributes)
    stage.seed, stage.ledger = first.git("rev-parse", "HEAD"), stage.storm.ledger
    return stage


def machine(stage: Stage) -> type[RuleBasedStateMachine]:
    """Stories on a stage. In one piece: hypothesis finds the rules of a story in the body of its class."""
    storm = stage.storm

    class Story(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            stage.clear()
            self.news: set[int] = set()  # who has something to push or to pull

        @rule(who=WHO, name=st.sampled_from(sorted(ACTS)), act=st.integers(0, 8), at=st.integers(0, 3))
        def write(self, who: int, name: str, act: int, at: int) -> None:
            stage.write(who, name, ACTS[name][act % len(ACTS[name])], at)
            self.news.add(who)

        @rule(name=st.sampled_from(sorted(ACTS)), acts=st.tuples(*[st.integers(0, 8)] * 2), at=st.integers(0, 3))
        def write_both(self, name: str, acts: tuple[int, int], at: int) -> None:
            """In one file, near one place."""
            for who, act in zip(CLONES, acts, strict=True):
                self.write(who=who, name=name, act=act, at=at)

        @precondition(lambda self: self.news)
        @rule(who=WHO, how=st.sampled_from(PULLS[:4]))
        def sync(self, who: int, how: tuple[str, ...]) -> None:
            """Pull and push."""
            if who in self.news:
                storm.pull(storm.clones[who], how)
                storm.push(storm.clones[who])
                self.news = {1 - who}

        @precondition(lambda self: self.news)
        @rule(who=WHO, at=st.integers(0, 2))
        def pick(self, who: int, at: int) -> None:
            stage.decided.at = at
            storm.pick(storm.clones[who])

        @precondition(lambda self: self.news)
        @rule(who=WHO, at=st.integers(0, 2))
        def revert(self, who: int, at: int) -> None:
            stage.decided.at = at
            storm.revert(storm.clones[who])
            self.news.add(who)

        @invariant()
        def the_law_holds(self) -> None:
            assert not storm.faults, "\n".join([*storm.story, *storm.faults])

        def teardown(self) -> None:
            """In the end both have the same."""
            if storm.faults or not self.news:
                return
            for who in (0, 1, 0):
                storm.pull(storm.clones[who], PULLS[0])
                storm.push(storm.clones[who])
            storm.agree()
            self.the_law_holds()

    return Story


def run_stories(stage: Stage, examples: int, steps: int = 12, shrink: bool = True) -> None:
    """Run so many stories. Raises AssertionError with the shortest one that breaks the law."""
    quick = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=EXAMPLES == 2,
        suppress_health_check=list(HealthCheck), print_blob=False,
        phases=[Phase.generate, *[Phase.shrink] * shrink],
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine(stage), settings=quick)
    except Fault as fault:
        raise AssertionError("\n".join([*stage.storm.story, str(fault)])) from fault


def test_any_story_keeps_the_law(tmp_path: Path) -> None:
    run_stories(prepared(tmp_path, arm=True), EXAMPLES, steps=5)


@pytest.mark.storm
def test_many_stories_keep_the_law(tmp_path: Path) -> None:
    run_stories(prepared(tmp_path, arm=True), max(EXAMPLES, 300), steps=25)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [("", "CONFLICT"), pytest.param("*.md merge=union\n", "resurrected", marks=pytest.mark.storm)],
)
def test_the_model_can_fail(tmp_path: Path, attributes: str, says: str) -> None:
    """Without mbgit there is a story that breaks the law."""
    with pytest.raises(AssertionError, match=says):
        run_stories(prepared(tmp_path, arm=False, attributes=attributes), 30, steps=6, shrink=False)


@pytest.mark.storm
def test_a_story_that_breaks_the_law_is_reported_in_few_words(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="resurrected") as caught:
        run_stories(prepared(tmp_path, arm=False, attributes="*.md merge=union\n"), 30, steps=6)
    story = str(caught.value).split("\nassert")[0].split("\n")
    print(*story, sep="\n")
    assert len(story) <= 16
