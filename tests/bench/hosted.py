"""What hosted merges cost: `python -m tests.bench.hosted [branches|receive|restore ...] [--runs N]`.

branches  20 branches behind a base, each with a conflict in one file of a bank: one run of hooks/merge-branches,
          without a push and with one; by hand, a checkout and a `git merge` of each in one clone; ms a branch
receive   a push of one commit with 50 files of a bank, to a bare repository with mbgit's pre-receive and without
restore   a pull of 1,000 commits, every tenth a merge and every hundredth one that lost an entry, into a clone with
          mbgit; into the same where nothing was lost; and into one without mbgit

Medians, passed and of CPU (which tells where other work disturbs); what is held against each other is run by turns.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

from tests.bench.speed import sentence
from tests.support import GIT, ROOT, START, Clone, install

BUFFER = "memory-bank/patterns-buffer.md"
HEAD = "# Patterns Buffer\n\n## Patterns\n\n"
BRANCHES, FILES, COMMITS = 20, 50, 1_000


def entry(number: int) -> str:
    """An entry in words that no other has: of two that share most of them one would be an edit of the other."""
    words = (f"{word}{number}" for word in sentence(random.Random(number)).split())
    return f"- [2025-10-{number % 28 + 1:02}] {' '.join(words)}\n"


def seeded(folder: Path) -> Clone:
    """A clone of a bare remote that has a bank."""
    (folder / "home").mkdir()
    clone = Clone(folder / "clone", folder / "home")
    subprocess.run([GIT, "init", "-q", "--bare", "-b", "main", "remote.git"], cwd=folder, env=clone.env(), check=True)
    subprocess.run([GIT, "clone", "-q", "remote.git", "clone"], cwd=folder, env=clone.env(), check=True)
    clone.git("checkout", "-q", "-B", "main")
    clone.commit("seed", 60, **{BUFFER: HEAD + "".join(map(entry, range(30)))})
    clone.git("push", "-q", "-u", "origin", "main")
    return clone


class Cost(NamedTuple):
    """Milliseconds."""

    passed: float
    cpu: float


def timed(run: Callable[[], object], of: int = 1) -> Cost:
    """What it costs, for each of so many."""
    began, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    run()
    passed, after = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(1000 * passed / of, 1000 * cpu / of)


Costs = Iterator[tuple[str, list[Cost]]]


# -- 20 branches ------------------------------------------------------------------------------------------------------


def branches(folder: Path, runs: int) -> Costs:
    clone = seeded(folder)
    install(clone)
    names = [f"b{number}" for number in range(BRANCHES)]
    text, seed = clone.read(BUFFER), clone.head
    for name in names:
        clone.git("checkout", "-q", "-B", name, seed)
        clone.past_gate(name, 60, **{BUFFER: text + entry(1000 + len(name) * int(name[1:]))})
    clone.git("checkout", "-q", "main")
    clone.past_gate("main", 60, **{BUFFER: text + entry(4711)})
    clone.git("push", "-q", "--no-verify", "origin", "main", *names)
    tips = {name: clone.git("rev-parse", name) for name in names}
    script = ("bash", str(ROOT / "hooks/merge-branches"))

    def reset() -> None:
        moves = (f"{tip}:refs/heads/{name}" for name, tip in tips.items())
        clone.git("push", "-q", "--no-verify", "--force", "origin", *moves)

    def by_hand() -> None:
        for name in names:
            clone.git("checkout", "-q", "--detach", tips[name], MBGIT="0")
            clone.run(GIT, "-c", "core.hooksPath=/dev/null", "merge", "-q", "--no-edit", "main")
        clone.git("checkout", "-q", "main")

    cases: dict[str, Callable[[], object]] = {
        "git merge by hand": by_hand,
        "merge-branches": lambda: clone.run(*script, "origin", "main", MBGIT_PYTHON=sys.executable),
        "merge-branches --push": lambda: clone.run(*script, "--push", "origin", "main", MBGIT_PYTHON=sys.executable),
    }
    times: dict[str, list[Cost]] = {name: [] for name in cases}
    for _ in range(runs):
        for name, run in cases.items():
            reset()
            times[name].append(timed(run, BRANCHES))
    yield from times.items()


# -- a push of 50 files -----------------------------------------------------------------------------------------------


def receive(folder: Path, runs: int) -> Costs:
    clone = seeded(folder)
    shutil.copytree(folder / "remote.git", folder / "armed.git")
    clone.git("remote", "add", "armed", str(folder / "armed.git"))
    installer = (sys.executable, str(ROOT / "install.py"), "--python", sys.executable)
    clone.run(*installer, "--bare", str(folder / "armed.git"))
    times: dict[str, list[Cost]] = {"push without": [], "push through pre-receive": []}
    for run in range(runs):
        for number in range(FILES):
            file = f"memory-bank/sessions/2025-10-{number % 28 + 1:02}_topic{number}.md"
            text = clone.read(file) if run else "# Journal\n\n## Context\n\n"
            clone.write(file, text + "".join(entry(number) for _ in range(20)))
        clone.commit("fifty files")
        for name, remote in zip(times, ("origin", "armed"), strict=True):
            times[name].append(timed(lambda to=remote: clone.run(GIT, "push", "-q", to, "main")))  # type: ignore[misc]
    yield from times.items()


# -- 1,000 commits ----------------------------------------------------------------------------------------------------


def history(lossy: bool) -> bytes:
    """A stream for git fast-import: on top of main, what a team and its merge button made."""
    rows: list[bytes] = []
    text, mark = [entry(number) for number in range(30)], 0
    parent = b"refs/heads/main^0"

    def commit(entries: list[str], *parents: bytes) -> bytes:
        nonlocal mark
        data = (HEAD + "".join(entries)).encode()
        mark += 1
        who = f"Ada <ada@example.org> {START + 60 * mark} +0000".encode()
        head = [b"commit refs/heads/next", f"mark :{mark}".encode(), b"committer " + who, b"data 4", b"work"]
        links = [b"from " + parents[0], *(b"merge " + other for other in parents[1:])]
        rows.extend([*head, *links, f"M 100644 inline {BUFFER}".encode(), f"data {len(data)}".encode(), data])
        return f":{mark}".encode()

    for number in range(100, 100 + COMMITS // 10):
        for step in range(7):
            text = [*text[-60:], entry(100 * number + step)]
            parent = commit(text, parent)
        mine, yours = entry(100 * number + 8), entry(100 * number + 9)
        ours, side = commit([*text, mine], parent), commit([*text, yours], parent)
        text += [mine] if lossy and number % 10 == 0 else [mine, yours]
        parent = commit(text, ours, side)
    return b"\n".join(rows) + b"\n"


def restore(folder: Path, runs: int) -> Costs:
    clone = seeded(folder)
    for name, lossy in (("lossy", True), ("whole", False)):
        stream = history(lossy)
        command = [GIT, "fast-import", "--quiet", "--force"]
        subprocess.run(command, cwd=clone.path, input=stream, env=clone.env(), check=True)
        clone.git("branch", "-qM", "next", name)
        clone.git("push", "-q", "origin", name)
    bare, armed = (Clone(folder / name, folder / "home") for name in ("bare", "armed"))
    for other in (bare, armed):
        clone.git("clone", "-q", "-b", "main", str(folder / "remote.git"), str(other.path))
    install(armed)
    cases = {
        "no mbgit": (bare, "lossy"),
        "nothing was lost": (armed, "whole"),
        "ten merges lost an entry": (armed, "lossy"),
    }
    times: dict[str, list[Cost]] = {name: [] for name in cases}
    for _ in range(runs):
        for name, (other, branch) in cases.items():
            other.git("checkout", "-q", "-B", "main", "origin/main", MBGIT="0")
            for left in ("losses.json", "looked", "tidied"):
                (other.common / "mbgit" / left).unlink(missing_ok=True)
            times[name].append(timed(lambda to=other, it=branch: to.git("merge", "-q", f"origin/{it}")))  # type: ignore[misc]
    said = armed.git("log", "-1", "--format=%s", "refs/mbgit/restore")
    assert said.startswith("Restore "), said
    yield from times.items()


CASES = {"branches": branches, "receive": receive, "restore": restore}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], default=[])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    for case in options.cases or CASES:
        with tempfile.TemporaryDirectory(prefix="mbgit-hosted-") as folder:
            first: Cost | None = None
            for name, costs in CASES[case](Path(folder), options.runs):
                median = Cost(*map(statistics.median, zip(*costs, strict=True)))
                first = first or median
                times = (f"{ms:7.0f} ms ({ms / one:5.1f})" for ms, one in zip(median, first, strict=True))
                print(f"{case:<9} {name:<26}", *times)


if __name__ == "__main__":
    main()
