"""How often a push comes too late: a discrete-event model of writers who fetch, merge and push to one branch.

A push lands if nobody else's has landed since its writer's fetch began to be answered. git finds out when it asks the
remote where the branch is, or, if it moves after that, at the end. A push that is too late is followed by a fetch, a
merge and a push at once, as often as it takes. The times of the steps are drawn from measured ones.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """What was measured of one step of one session, in seconds."""

    own: float
    """Of CPU on the writer's machine."""
    remote: float = 0.0
    """Of CPU on the remote's."""
    wait: float = 0.0
    """Of neither: disks, pipes."""

    @property
    def passed(self) -> float:
        return sum(self)


NOTHING = Step(0.0)


class Times(NamedTuple):
    """Samples of each step."""

    work: Sequence[Step]
    fetch: Sequence[Step]
    merge: Sequence[Step]
    push: Sequence[Step]
    refused: Sequence[Step]
    """A push that is too late: as long as it takes to ask the remote."""


class World(NamedTuple):
    """Where the writers work, each on a machine of its own."""

    writers: int
    pause: float
    """Seconds between a writer's sessions, on the average."""
    latency: float = 0.0
    """Seconds of waiting for the network in each fetch and each push."""
    remote: float = 2.0
    """Cores of the remote."""


class Landed(NamedTuple):
    """A session whose push landed."""

    retries: int
    seconds: float
    """From its first fetch on."""


class Attempt(NamedTuple):
    """What came of a push."""

    lands: bool
    known: int
    """Pushes that have landed, as far as its writer knows."""


class Pool:
    """Cores that serve all who want them alike, none of them with more than one."""

    def __init__(self, cores: float) -> None:
        self.cores, self.served, self.at = cores, 0.0, 0.0
        self.queue: list[tuple[float, int]] = []

    def pace(self) -> float:
        """Seconds of work that each gets done in a second."""
        return min(1.0, self.cores / len(self.queue)) if self.queue else 1.0

    def advance(self, now: float) -> None:
        self.served += (now - self.at) * self.pace()
        self.at = now

    def add(self, now: float, who: int, work: float) -> None:
        self.advance(now)
        heapq.heappush(self.queue, (self.served + work, who))

    def next(self) -> float:
        """When the first of them will be done, if nobody else comes."""
        return self.at + (self.queue[0][0] - self.served) / self.pace() if self.queue else float("inf")

    def pop(self, now: float) -> int:
        self.advance(now)
        return heapq.heappop(self.queue)[1]


Wait = tuple[Pool | None, float]
"""Work for a pool; without one, time that passes."""


class Model:
    """The branch, the cores, and who waits for what."""

    def __init__(self, world: World, times: Mapping[int, Times], seed: int = 1) -> None:
        """`times` by how many sessions of others arrived with each fetch as they were measured."""
        self.world, self.times, self.rng = world, sorted(times.items()), random.Random(seed)
        self.now, self.tip, self.refused = 0.0, 0, 0
        self.landed: list[Landed] = []
        self.remote = Pool(world.remote)
        self.asleep: list[tuple[float, int]] = []

    def run(self, seconds: float) -> list[Landed]:
        """What has landed after so many seconds."""
        writers = [self.writer() for _ in range(self.world.writers)]
        for who in range(len(writers)):
            heapq.heappush(self.asleep, (self.rng.uniform(0, self.world.pause), who))
        while (waking := self._next())[0] < seconds:
            self.now, pool = waking
            who = pool.pop(self.now) if pool else heapq.heappop(self.asleep)[1]
            self._wait(who, next(writers[who]))
        return self.landed

    def _next(self) -> tuple[float, Pool | None]:
        """When something happens next, and where."""
        awake, served = self.asleep[0][0] if self.asleep else float("inf"), self.remote.next()
        return (served, self.remote) if served < awake else (awake, None)

    def _wait(self, who: int, wait: Wait) -> None:
        pool, seconds = wait
        if pool:
            pool.add(self.now, who, seconds)
        else:
            heapq.heappush(self.asleep, (self.now + seconds, who))

    def writer(self) -> Generator[Wait, None, None]:
        """Sessions without end."""
        known = 0
        while True:
            yield from self.step(self.measured(0).work)
            began, retries = self.now, 0
            while not (attempt := (yield from self.attempt(known))).lands:
                known = attempt.known
                retries += 1
                self.refused += 1
            known = attempt.known
            self.landed.append(Landed(retries, self.now - began))
            yield None, self.rng.expovariate(1 / self.world.pause) if self.world.pause else 0.0

    def attempt(self, known: int) -> Generator[Wait, None, Attempt]:
        """Fetch, merge and push once, by a writer who knows the branch as it was after that many pushes."""
        yield from self.travel()
        seen = self.tip
        yield from self.travel()
        times = self.measured(seen - known)
        yield from self.step(times.refused if seen == known else times.fetch)
        if seen != known:
            yield from self.step(times.merge)
        yield from self.travel()
        asked = yield from self.step(times.refused)
        if lands := self.tip == seen:
            yield from self.step(times.push, asked)
            if lands := self.tip == seen:
                self.tip += 1
        yield from self.travel()
        return Attempt(lands, seen + lands)

    def measured(self, arriving: int) -> Times:
        """Those of the smallest measured fetch that brought as many; of the largest, if none did."""
        return next((times for many, times in self.times if many >= arriving), self.times[-1][1])

    def travel(self) -> Generator[Wait, None, None]:
        """One way over the network."""
        if self.world.latency:
            yield None, self.world.latency / 2

    def step(self, samples: Sequence[Step], done: Step = NOTHING) -> Generator[Wait, None, Step]:
        """One of the samples, as far as it is not done yet; which one."""
        own, remote, wait = (max(0.0, all - part) for all, part in zip(self.rng.choice(samples), done, strict=True))
        yield None, own + wait
        if remote:
            yield self.remote, remote
        return Step(own, remote, wait)


class Figures(NamedTuple):
    """What a run comes to."""

    minute: float
    """Pushes that landed per minute."""
    retries: float
    """Refused pushes for each that landed."""
    worst: int
    late: float
    """Seconds until 95 of 100 have landed, of those that have."""


def figures(landed: Sequence[Landed], refused: int, seconds: float) -> Figures:
    """Of what landed, and was refused, in so many seconds."""
    if not landed:
        return Figures(0.0, float("inf"), refused, float("inf"))
    spent = sorted(one.seconds for one in landed)
    worst = max(one.retries for one in landed)
    return Figures(len(landed) * 60 / seconds, refused / len(landed), worst, spent[int(len(spent) * 0.95)])
