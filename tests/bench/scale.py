"""How many clones one remote takes: `python -m tests.bench.scale [turns] [once] [branches] [model] [--clones N...]`.

Every clone is a real one, of a bare remote over file://, so that packs are built, sent and unpacked, with the drivers
and (`--hooks`) the hooks that install.py sets up. A session appends an entry to a log, commits, fetches, merges and
pushes.

turns     one clone after the other, so that nobody waits for a core: what a pull fetches and how long each step takes,
          where everybody else has pushed since; with one log for all, a log for each day, a log for each agent
once      all at the same time: what this machine lands in a minute, and how many pushes came too late; beside it what
          the model in tests/bench/race.py makes of the steps' times, which hold all that they waited for cores
branches  the same sessions, but each clone pushes a branch of its own, and one more clone merges them all into main
model     not measured: as many writers as you like, each with a machine of its own, from the times of `turns`
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

from tests.bench.compare import table
from tests.bench.hooks import take_hooks_out
from tests.bench.race import Landed, Model, Step, Times, World, figures
from tests.bench.speed import sentence
from tests.support import GIT, START, Clone, armed

BANK = ".claude/memory-bank"
ENTRIES = 100  # of the log, before anybody begins
PAUSES = {"1 min": 60, "10 min": 600, "1 h": 3600}  # of the model
PUSH = ("push", "-q", "origin", "HEAD:main")
SERVE = """#!/usr/bin/env bash
TIMEFORMAT='%3U %3S'
{ time git WHAT "$@" 2>&3; } 3>&2 2>>"$SERVED"
"""
LAYOUTS: dict[str, Callable[[str, int], str]] = {
    "one log": lambda who, day: f"{BANK}/SESSION_LOG.md",
    "a log a day": lambda who, day: f"{BANK}/sessions/2025-10-{day % 28 + 1:02}.md",
    "a log an agent": lambda who, day: f"{BANK}/sessions/{who}.md",
}


class Session(NamedTuple):
    """What one session took."""

    steps: dict[str, list[Step]]
    """Step of `Times` -> each time that it was made, but for fetches that found nothing new."""
    bytes: int
    """Of the packs that it fetched."""
    merged: int
    """Files that a driver was asked for."""
    retries: int
    seconds: float
    """From its first fetch on."""
    landed: bool


class Team:
    """A bare remote and its clones."""

    def __init__(self, room: Path, clones: int, hooks: bool) -> None:
        self.room, self.hooks = room, hooks
        (room / "home").mkdir(parents=True)
        self.first = Clone(room, room / "home", "seed")
        self.first.git("init", "-q", "--bare", "-b", "main", "remote.git")
        self.first.git("--git-dir=remote.git", "config", "receive.autogc", "false")
        for what in ("upload-pack", "receive-pack"):
            (room / what).write_text(SERVE.replace("WHAT", what))
            (room / what).chmod(0o755)
        self.clones = [self.clone(f"agent{number:03}") for number in range(clones)]

    def clone(self, who: str) -> Clone:
        """One more clone; the first one seeds the bank."""
        seeded = (self.room / "agent000").exists()
        self.first.git("clone", "-q", (self.room / "remote.git").as_uri(), who)
        clone = Clone(self.room / who, self.room / "home", who)
        for key, value in self.settings():
            clone.git("config", key, value)
        if not seeded:
            clone.git("checkout", "-q", "-B", "main")
            clone.write(f"{BANK}/SESSION_LOG.md", "# Session Log\n" + "".join(entry("seed", n) for n in range(ENTRIES)))
            clone.commit("seed")
            clone.run(GIT, "push", "-q", "-u", "origin", "main", SERVED="/dev/null")
        armed(clone, "--persona", who)
        if not self.hooks:
            take_hooks_out(clone)
        return clone

    def settings(self) -> Iterator[tuple[str, str]]:
        yield "gc.auto", "0"
        yield "pull.rebase", "false"
        yield "remote.origin.uploadpack", str(self.room / "upload-pack")
        yield "remote.origin.receivepack", str(self.room / "receive-pack")

    def texts(self) -> str:
        """All logs of the remote's main, one after the other."""
        names = self.first.git("--git-dir=remote.git", "ls-tree", "-r", "--name-only", "main").split("\n")
        return "".join(self.first.git("--git-dir=remote.git", "show", f"main:{name}") + "\n" for name in names)


def entry(who: str, number: int) -> str:
    """A dated entry of about 250 bytes."""
    rng = random.Random(f"{who} {number}")
    stamp = time.strftime("%Y-%m-%d %H:%M", time.gmtime(Clone.clock))
    return f"\n## {stamp} - {who}\n\n- {sentence(rng, 12)} {who}.{number}.\n- {sentence(rng, 12)}\n"


class Worker:
    """One clone at work, session after session."""

    def __init__(self, clone: Clone, layout: str, alone: bool = True) -> None:
        self.clone, self.layout, self.alone = clone, layout, alone
        self.number = self.pushed = 0
        self.served = clone.path.parent / f"{clone.path.name}.served"
        self.pack = clone.path.parent / f"{clone.path.name}.pack"

    def timed(self, *argv: str) -> tuple[Step, bool]:
        """Run git; what it took, and whether it went well. What took CPU is only known of one who works alone."""
        self.served.write_text("")
        before, start = cpu(), time.perf_counter()
        done = self.clone.run(GIT, *argv, check=False, SERVED=str(self.served), GIT_TRACE_PACKFILE=str(self.pack))
        passed, used = time.perf_counter() - start, cpu() - before
        if not self.alone:
            return Step(0.0, 0.0, passed), not done.returncode
        remote = sum(map(float, self.served.read_text().split()))
        return Step(max(0.0, used - remote), remote, max(0.0, passed - used)), not done.returncode

    def must(self, *argv: str) -> Step:
        step, well = self.timed(*argv)
        if not well:
            raise SystemExit(f"{self.clone.path.name}: git {' '.join(argv)} failed")
        return step

    def write(self) -> None:
        self.number += 1
        Clone.clock += 7
        name = LAYOUTS[self.layout](self.clone.who, self.number)
        file = self.clone.path / name
        before = file.read_text() if file.exists() else f"# {file.stem}\n"
        self.clone.write(name, before + entry(self.clone.who, self.number))

    def commit(self) -> Step:
        return Step(*map(sum, zip(self.must("add", "-A"), self.must("commit", "-qm", "work"), strict=True)))

    def session(self, late: bool = False, until: float = float("inf")) -> Session:
        """Work, commit, fetch, merge and push, until it lands or a push is refused after `until`.

        `late` has it push before the fetch, too: that is refused, and timed.
        """
        self.write()
        steps: dict[str, list[Step]] = {name: [] for name in Times._fields}
        steps["work"].append(self.commit())
        if late:
            steps["refused"].append(self.timed(*PUSH)[0])
        before, size, began = self.runs(), 0, time.perf_counter()
        for retries in count():
            size += self.fetch(steps)
            step, landed = self.timed(*PUSH)
            steps["push" if landed else "refused"].append(step)
            if landed:
                self.pushed = self.number
            now = time.perf_counter()
            if landed or now > until:
                return Session(steps, size, self.runs() - before, retries + (not landed), now - began, landed)
        raise AssertionError("never here")

    def fetch(self, steps: dict[str, list[Step]]) -> int:
        """Fetch and merge; how many bytes came."""
        self.pack.write_bytes(b"")
        made = {"fetch": self.must("fetch", "-q", "origin", "main")}
        size = self.pack.stat().st_size
        made["merge"] = self.must("merge", "-q", "--no-edit", "FETCH_HEAD")
        for name, step in made.items() if size else ():
            steps[name].append(step)
        return size

    def runs(self) -> int:
        """Lines of the driver's ledger."""
        ledger = self.clone.path / ".git/mbgit/merges.jsonl"
        return ledger.read_bytes().count(b"\n") if ledger.exists() else 0


def cpu() -> float:
    """Seconds that all that was started has used so far; what one of several threads started is not told apart."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def new(room: Path) -> Path:
    """A folder for the next team; git starts the remote's programs by a path without spaces only."""
    shutil.rmtree(room)
    return room / "team"


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


# -- one after the other ----------------------------------------------------------------------------------------------


def turns(room: Path, clones: int, layout: str, hooks: bool, rounds: int) -> list[Session]:
    """Every clone in its turn; the sessions of all rounds but the first, in which not everybody has begun yet."""
    say(f"{clones} clones in turns, {layout}{', hooks' * hooks}")
    team = Team(room, clones, hooks)
    workers = [Worker(clone, layout) for clone in team.clones]
    found = [worker.session(late=True) for _ in range(rounds + 1) for worker in workers]
    must_stand(team, workers)
    return found[clones:]


def must_stand(team: Team, workers: Iterable[Worker]) -> None:
    """Every entry that was pushed stands on the remote once; raises SystemExit otherwise."""
    have = Counter(re.findall(r"\w+\.\d+\.$", team.texts(), re.MULTILINE))
    names = ((worker.clone.who, number + 1) for worker in workers for number in range(worker.pushed))
    wrong = [f"{who}.{number}" for who, number in names if have[f"{who}.{number}."] != 1]
    if wrong:
        raise SystemExit(f"{len(wrong)} entries lost or doubled: {wrong[:5]}")


def turn_row(clones: int, layout: str, found: list[Session]) -> tuple[str, ...]:
    def ms(step: str) -> str:
        return f"{statistics.median(one.steps[step][-1].passed for one in found) * 1000:.0f}"

    remote = statistics.median(sum(some[-1].remote for some in one.steps.values()) for one in found)
    size, merged = statistics.median(one.bytes for one in found), statistics.mean(one.merged for one in found)
    times = map(ms, ("fetch", "merge", "push", "refused"))
    return str(clones), layout, f"{size:,.0f}", f"{merged:.1f}", *times, f"{remote * 1000:.0f}"


TURNS = (
    "clones",
    "layout",
    "bytes fetched",
    "files merged",
    "fetch ms",
    "merge ms",
    "push ms",
    "refused ms",
    "the remote's CPU ms",
)


def samples(found: Sequence[Session]) -> Times:
    """For the model."""
    return Times(*([step for one in found for step in one.steps[name]] for name in Times._fields))


# -- all at the same time ---------------------------------------------------------------------------------------------


class Busy(NamedTuple):
    """What came of a team that works at the same time."""

    landed: list[Landed]
    refused: int
    times: Times
    """Of the steps as they were then, with all that they waited for cores."""


def once(room: Path, world: World, layout: str, hooks: bool, seconds: float) -> Busy:
    """As many clones as the world has writers, all at work at the same time."""
    say(f"{world.writers} clones at once, {layout}{', hooks' * hooks}, {world.pause:.0f} s of pause, {seconds:.0f} s")
    team = Team(room, world.writers, hooks)
    workers = [Worker(clone, layout, alone=False) for clone in team.clones]
    done: list[Session] = []
    until = time.perf_counter() + seconds

    def work(worker: Worker, rng: random.Random) -> None:
        time.sleep(rng.uniform(0, world.pause))
        while time.perf_counter() < until:
            done.append(worker.session(until=until))
            time.sleep(rng.expovariate(1 / world.pause) if world.pause else 0)

    threads = [threading.Thread(target=work, args=(worker, random.Random(i))) for i, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    must_stand(team, workers)
    landed = [Landed(session.retries, session.seconds) for session in done if session.landed]
    return Busy(landed, sum(session.retries for session in done), samples(done))


RESULT = ("landed a minute", "refused per push", "most of one", "95 % landed within")
ONCE = ("clones", "layout", "pause", "fetch, merge, push ms", "", *RESULT)


def once_rows(world: World, layout: str, found: Busy, seconds: float) -> Iterator[tuple[str, ...]]:
    """What was measured, and below what the model makes of the steps' times."""
    steps = (found.times.fetch, found.times.merge, found.times.push)
    spent = ", ".join(f"{statistics.median(one.passed for one in some or [Step(0)]) * 1000:.0f}" for some in steps)
    head = str(world.writers), layout, f"{world.pause:.0f} s", spent
    yield (*head, "measured", *cells(found.landed, found.refused, seconds))
    if all(found.times):
        model = Model(world, {1: found.times})
        yield (*head, "model", *cells(model.run(seconds), model.refused, seconds))


def cells(landed: Sequence[Landed], refused: int, seconds: float) -> tuple[str, ...]:
    found = figures(landed, refused, seconds)
    return f"{found.minute:.1f}", f"{found.retries:.2f}", str(found.worst), f"{found.late:.1f} s"


# -- branches of their own --------------------------------------------------------------------------------------------


def branches(room: Path, clones: int, layout: str, hooks: bool) -> tuple[str, ...]:
    """Every clone pushes a branch of its own; one more merges all of them, at once where no file is shared."""
    say(f"{clones} clones with branches of their own, {layout}")
    team = Team(room, clones, hooks)
    workers = [Worker(clone, layout) for clone in team.clones]
    pushes = [_push_own(worker) for worker in workers]
    collector = Worker(team.clone("collector"), layout)
    fetch = collector.must("fetch", "-q", "origin", "+refs/heads/agents/*:refs/remotes/origin/agents/*")
    names = [f"origin/agents/{worker.clone.who}" for worker in workers]
    groups = [names] if layout == "a log an agent" else [[name] for name in names]
    merges = [collector.must("merge", "-q", "--no-edit", *group).passed for group in groups]
    push = collector.must(*PUSH)
    must_stand(team, workers)
    pull = Worker(workers[0].clone, layout).must("pull", "-q", "--no-edit", "origin", "main")
    parts = (statistics.median(pushes), fetch.passed, sum(merges) / clones, sum(merges), push.passed, pull.passed)
    how = "all in one merge" if len(groups) == 1 else "one by one"
    return str(clones), layout, how, *(f"{part * 1000:.0f}" for part in parts)


def _push_own(worker: Worker) -> float:
    """Seconds; nobody else pushes there, so it lands."""
    worker.write()
    worker.commit()
    step = worker.must("push", "-q", "origin", f"HEAD:refs/heads/agents/{worker.clone.who}")
    worker.pushed = worker.number
    return step.passed


BRANCHES = ("clones", "layout", "merged", "push ms", "collector: fetch ms", "merge ms a branch", "merge ms", "push ms",
            "pull ms of a clone")  # fmt: skip


# -- as many as you like ----------------------------------------------------------------------------------------------


def modelled(writers: Iterable[int], times: dict[int, Times], latencies: Iterable[float]) -> Iterator[tuple[str, ...]]:
    """Half an hour of writers with a machine for each."""
    for latency in latencies:
        for pause, seconds in PAUSES.items():
            for many in writers:
                model = Model(World(many, seconds, latency), times)
                landed = model.run(SPAN)
                yield (
                    f"{latency:.1f} s", pause, str(many), f"{60 * many / seconds:.0f}",
                    *cells(landed, model.refused, SPAN),
                )  # fmt: skip


MODEL = ("network", "pause", "writers", "pushes due a minute", *RESULT)
SPAN = 1800.0


def tables(room: Path, args: argparse.Namespace) -> Iterator[str]:
    """The lines of what was asked for."""
    needed = "turns" in args.what or ("model" in args.what and not (args.times and args.times.exists()))
    measured: dict[tuple[int, str], list[Session]] = {}
    for layout in args.layouts:
        for clones in args.clones if needed else ():
            measured[clones, layout] = turns(new(room), clones, layout, args.hooks, args.rounds)
    if "turns" in args.what:
        yield from section("turns", TURNS, (turn_row(*key, found) for key, found in measured.items()))
    times = {key: samples(found) for key, found in measured.items()}
    times = kept(args.times, times) if args.times else times
    if "once" in args.what:
        yield from section("once", ONCE, at_once(room, args))
    if "branches" in args.what:
        each = ((clones, layout) for layout in args.layouts for clones in args.clones)
        lines = (branches(new(room), n, layout, args.hooks) for n, layout in each)
        yield from section("branches", BRANCHES, lines)
    if "model" in args.what:
        for layout in args.layouts:
            yield from section(
                f"model, {layout}", MODEL, modelled(args.writers, of_layout(times, layout), args.latency)
            )


def of_layout(times: dict[tuple[int, str], Times], layout: str) -> dict[int, Times]:
    """By the sessions of others that each fetch brought."""
    return {clones - 1: found for (clones, name), found in times.items() if name == layout}


def kept(file: Path, times: dict[tuple[int, str], Times]) -> dict[tuple[int, str], Times]:
    """These and those of earlier runs, which the file holds."""
    earlier = json.loads(file.read_text()) if file.exists() else []
    old = {
        (clones, layout): Times(*([Step(*one) for one in some] for some in steps)) for clones, layout, steps in earlier
    }
    file.write_text(json.dumps([[*key, found] for key, found in (old | times).items()]))
    return old | times


def at_once(room: Path, args: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    for layout in args.layouts:
        for clones in (many for many in args.clones if many <= args.most):
            for pause in args.pauses:
                world = World(clones, pause)
                yield from once_rows(
                    world, layout, once(new(room), world, layout, args.hooks, args.seconds), args.seconds
                )


def section(name: str, head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield from ("", f"{name}:", "", *table(head, lines))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = ("turns", "once", "branches", "model")
    parser.add_argument("what", nargs="*", default=what, metavar="|".join(what))
    parser.add_argument("--clones", type=int, nargs="+", default=[6, 50, 200])
    parser.add_argument("--layouts", nargs="+", default=list(LAYOUTS), choices=LAYOUTS)
    parser.add_argument("--hooks", action="store_true", help="with the hooks, too: the digest, the gate")
    parser.add_argument("--rounds", type=int, default=1, help="turns that count")
    parser.add_argument("--seconds", type=float, default=60, help="how long all work at once")
    parser.add_argument(
        "--pauses", type=float, nargs="+", default=[0, 10], help="seconds between two sessions of a clone"
    )
    parser.add_argument("--most", type=int, default=50, help="clones that work at once on this machine")
    parser.add_argument("--writers", type=int, nargs="+", default=[6, 50, 200, 1000], help="of the model")
    parser.add_argument(
        "--times", type=Path, metavar="FILE", help="keep what turns measured here, and take it from here"
    )
    parser.add_argument("--latency", type=float, nargs="+", default=[0.0, 1.0], help="seconds a fetch, of the model")
    args = parser.parse_args(argv)
    Clone.clock = START
    room = Path(tempfile.mkdtemp(prefix="scale-"))
    version = subprocess.run([GIT, "version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"`python -m tests.bench.scale {' '.join(sys.argv[1:] if argv is None else argv)}`; {version}")
    try:
        for line in tables(room, args):
            print(line, flush=True)
    finally:
        shutil.rmtree(room)
    return 0


if __name__ == "__main__":
    sys.exit(main())
