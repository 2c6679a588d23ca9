"""What is said of more clones than a machine can run stands on this model, and on clones that really race."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.bench import scale
from tests.bench.race import Landed, Model, Pool, Step, Times, World, figures
from tests.bench.scale import Team, Worker, kept, must_stand, once, turns

NOTHING = Step(0.0)


def same(fetch: float = 0.0, merge: float = 0.0, push: float = 0.0, remote: float = 0.0) -> Times:
    """The same every time; only a push is the remote's, as far as `remote` says."""
    return Times([NOTHING], [Step(fetch)], [Step(merge)], [Step(push, remote)], [NOTHING])


def test_a_pool_serves_all_alike() -> None:
    pool = Pool(1)
    pool.add(0.0, 1, 1.0)
    pool.add(0.5, 2, 1.0)
    assert (pool.next(), pool.pop(1.5)) == (1.5, 1), "half a second alone, then half of a core"
    assert (pool.next(), pool.pop(2.0)) == (2.0, 2)


def test_nobody_gets_more_than_one_core() -> None:
    pool = Pool(8)
    pool.add(0.0, 1, 1.0)
    assert pool.next() == 1.0


def test_one_writer_is_never_too_late() -> None:
    model = Model(World(1, 0.0), {1: same(1.0, 1.0, 2.0)})
    landed = model.run(21.0)
    assert landed == [Landed(0, 2.0)] * 10, "there is nothing to fetch after its own push"
    assert model.refused == 0


def test_every_push_that_lands_moves_the_branch() -> None:
    model = Model(World(20, 5.0, latency=0.5), {1: same(0.1, 0.2, 0.1, 0.05)})
    landed = model.run(600)
    assert model.refused > 0
    assert model.tip - 20 <= len(landed) <= model.tip, "some still hear of it"
    assert sum(one.retries for one in landed) <= model.refused


@pytest.mark.parametrize(("writers", "pause"), [(10, 100.0), (100, 2000.0)])
def test_few_pushes_collide_as_chance_has_it(writers: int, pause: float) -> None:
    """With `due` pushes a second, few of them, one that takes a second lands with probability e**-due."""
    model, seconds = Model(World(writers, pause), {1: same(0.4, 0.3, 0.3)}), 20_000
    found = figures(model.run(seconds), model.refused, seconds)
    assert found.minute == pytest.approx(60 * writers / pause, rel=0.1)
    assert found.retries == pytest.approx(math.exp(writers / pause) - 1, rel=0.25)


def test_the_remote_is_a_bound() -> None:
    model = Model(World(500, 100.0, remote=1.0), {1: same(remote=0.5)})
    assert figures(model.run(600), model.refused, 600).minute < 120


def test_the_more_arrives_the_longer_it_takes() -> None:
    model = Model(World(1, 0.0), {5: same(1.0), 50: same(3.0)})
    assert [model.measured(many).fetch[0].own for many in (0, 1, 5, 6, 50, 99)] == [1.0, 1.0, 1.0, 3.0, 3.0, 3.0]


def test_a_second_try_fetches_what_came_since_the_first() -> None:
    model = Model(World(2, 0.0), {1: same(1.0, 0.0, 1.0), 10: same(8.0, 0.0, 1.0)})
    model.tip = 10
    spent = [sum(seconds for _, seconds in model.attempt(known)) for known in (0, 10)]
    assert spent == [9.0, 2.0]


def test_nothing_landed() -> None:
    assert figures([], 7, 60) == (0.0, math.inf, 7, math.inf)


def test_figures() -> None:
    landed = [Landed(0, 1.0)] * 19 + [Landed(4, 9.0)]
    assert figures(landed, 10, 60) == (20.0, 0.5, 4, 9.0)


@pytest.mark.parametrize(("layout", "merged"), [("one log", 1), ("a log an agent", 0)])
def test_clones_in_turns(tmp_path: Path, layout: str, merged: int) -> None:
    found = turns(tmp_path / "team", 2, layout, False, 1)
    assert [one.merged for one in found] == [merged, merged]
    for one in found:
        assert one.landed
        assert not one.retries
        assert one.bytes > 400, "a commit, two trees and a blob at least"
        assert all(one.steps[step][-1].passed > 0 for step in Times._fields)


def test_clones_at_once_lose_nothing(tmp_path: Path) -> None:
    """`once` looks itself whether each entry that was pushed stands on the remote once."""
    found = once(tmp_path / "team", World(3, 0.0), "one log", False, 1.0)
    assert found.landed
    assert found.refused >= sum(one.retries for one in found.landed)


def test_an_entry_that_is_lost_or_doubled_is_reported(tmp_path: Path) -> None:
    team = Team(tmp_path / "team", 1, False)
    worker = Worker(team.clones[0], "one log")
    worker.session()
    must_stand(team, [worker])
    log = worker.clone.path / f"{scale.BANK}/SESSION_LOG.md"
    text = log.read_text()
    for wrong in (text + text[text.rindex("\n## ") :], text[: text.rindex("\n## ")]):
        log.write_text(wrong)
        worker.clone.commit()
        worker.must(*scale.PUSH)
        with pytest.raises(SystemExit, match=r"agent000\.1"):
            must_stand(team, [worker])


def test_times_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "times.json"
    first, second = {(6, "one log"): same(1.0)}, {(50, "one log"): same(2.0, 0.5)}
    kept(file, first)
    assert kept(file, second) == first | second
    assert kept(file, {}) == first | second
