"""What the hooks cost: `python -m tests.bench.hooks [quiet|commit|push|pull|harvest|global|idle ...] [--runs N]`.

Every case runs in two clones that are the same but for the hooks, by turns; the table has the median of the one
without them, the median difference of two runs in a row (passed, and of CPU, which tells where other work disturbs),
and the goal for that.

quiet   a commit, a push and a pull of a source file: the bank is not touched, no Python starts
commit  five files of the bank
push    1 commit and 1,000 commits in a bank of 50 files
pull    a merge of five files of the bank that both sides changed
harvest a pull that brings a ripe buffer of 10 KB, in the clone of the persona who owns it; beside it the same clone
        with another persona, who is told of it and gets no proposal
global  the same as quiet where there is no bank at all, for a user with `install.py --global` and one without
idle    the same for a user whose hooks of these events are a shell each that does nothing: what no hook can go below
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

from mbgit import git
from mbgit.install.shims import EVENTS
from tests.bench.speed import sentence
from tests.support import GIT, ROOT, START, Clone

BANK = ".claude/memory-bank"
# None of these is ever ripe for harvest: what a hook says then is no part of an ordinary commit.
MAIN = ("tools-buffer.md", "review-buffer.md", "test-buffer.md", "api-buffer.md", "SESSION_LOG.md")
FILES = (
    *MAIN,
    *(f"sessions/2025-09-{day:02}_{part}.md" for day in range(1, 16) for part in ("morning", "noon", "night")),
)
JOURNAL = ("Context", "Topics Discussed", "Actions Completed", "Decisions Made", "Follow-up Items", "References")
RIPE = "patterns-buffer.md"
SOURCE = "src/module7.py"
KEPT = 8  # entries of a file
TOUCHED = 3  # files of the bank that each of many commits adds to


class Case(NamedTuple):
    """One thing that a person does."""

    name: str
    goal: int
    """Milliseconds that the hooks may add."""
    runs: int
    """For each run of `--runs`; what is quick is done more often."""
    before: Callable[[Clone], object]
    """Brings about where it starts from; not timed."""
    command: tuple[str, ...]


# -- a repository -----------------------------------------------------------------------------------------------------


def entry(path: str, number: int) -> str:
    """A dated entry as the gate wants it, of about 350 bytes."""
    rng = random.Random(f"{path} {number}")
    stamp = f"2025-10-{number // 60 % 8 + 1:02} {number // 10 % 10 + 10}:{number % 10 * 5:02}"
    link = f"[the log](/{BANK}/SESSION_LOG.md)" if number % 3 else f"`{sentence(rng, 1)}`"
    items = f"- {sentence(rng, 8)} {number}\n- {sentence(rng, 8)}, see {link}\n"
    if path == "SESSION_LOG.md":
        return f"\n## {stamp} - Tech Lead\n\n{items}"
    fields = "".join(f"**{name}**: {sentence(rng)}\n" for name in ("Status", "Context", "Decision", "Rationale"))
    return f"\n### [{stamp}] {sentence(rng, 4)} {number}\n\n{fields}\n{items}"


def bank_file(path: str, entries: Iterable[int] = range(KEPT)) -> str:
    """About 3 KB, with the headings of its kind."""
    name = path.rpartition("/")[2].removesuffix(".md")
    heads = JOURNAL if path.startswith("sessions/") else () if name == "SESSION_LOG" else ("Entries",)
    title = " - ".join(name.split("_")[::-1]) if heads is JOURNAL else name
    sections = "".join(f"\n## {head}\n\n{sentence(random.Random(head), 12)}\n" for head in heads)
    return f"# {title}\n{sections}" + "".join(entry(path, number) for number in entries)


def seed(clone: Clone) -> None:
    """A bank of 50 files and some source files, pushed."""
    for name in FILES:
        clone.write(f"{BANK}/{name}", bank_file(name))
    for number in range(200):
        clone.write(f"src/module{number}.py", f"NUMBER = {number}\n" * 40)
    clone.git("config", "gc.auto", "0")
    clone.git("config", "pull.rebase", "false")
    clone.commit("seed")
    clone.git("push", "-q", "-u", "origin", "HEAD:main")


def grow(clone: Clone, names: tuple[str, ...], number: int) -> None:
    """Add an entry to some files of the bank."""
    for name in names:
        clone.write(f"{BANK}/{name}", clone.read(f"{BANK}/{name}") + entry(name, number))


def branches(clone: Clone) -> None:
    """What the cases start from, each a branch on top of main: `five`, `fifty`, `source`, `thousand`, and `theirs`."""
    for name, files in (("five", MAIN), ("fifty", FILES), ("source", ()), ("theirs", MAIN), ("ripe", ())):
        clone.git("checkout", "-q", "-b", name, "main")
        if name == "ripe":
            clone.write(f"{BANK}/{RIPE}", bank_file(RIPE, range(20)))
        if files:
            grow(clone, files, 11 + (name == "theirs"))
        else:
            clone.write(SOURCE, "NUMBER = -1\n")
        clone.commit(name, later=86_400)
    clone.git("checkout", "-q", "main")
    clone.run(GIT, "fast-import", "--quiet", stdin="".join(thousand()))


def thousand() -> Iterator[str]:
    """As many commits, for fast-import: each adds an entry to some files, and takes the oldest out but of the log."""
    held = {name: list(range(KEPT)) for name in FILES}
    for number in range(1_000):
        who = f"committer Ada <ada@example.org> {START + 86_400 + 60 * number} +0000"
        yield f"commit refs/heads/thousand\n{who}\ndata 4\nwork\n" + "from main^0\n" * (not number)
        for name in (FILES[(number * TOUCHED + n) % len(FILES)] for n in range(TOUCHED)):
            held[name] = [*held[name][0 if name == "SESSION_LOG.md" else 1 :], 20 + number]
            text = bank_file(name, held[name])
            yield f"M 100644 inline {BANK}/{name}\ndata {len(text.encode())}\n{text}\n"


def pair(room: Path, python: str) -> tuple[Clone, Clone]:
    """Two clones, each of a remote of its own: without hooks and with them; the drivers are in both."""
    (room / "home").mkdir()
    for name in ("without", "with"):
        Clone(room, room / "home").git("init", "-q", "--bare", "-b", "main", f"{name}.git")
        Clone(room, room / "home").git("clone", "-q", f"{name}.git", name)
    clones = (Clone(room / "without", room / "home"), Clone(room / "with", room / "home"))
    for clone in clones:
        Clone.clock = START
        clone.git("checkout", "-q", "-b", "main")
        seed(clone)
        branches(clone)
        clone.run(sys.executable, str(ROOT / "install.py"), "--python", python, "--persona", "Tech Lead")
    take_hooks_out(clones[0])
    return clones


def without_bank(what: str, room: Path, python: str) -> tuple[Side, Side]:
    """A clone of a user without hooks, and one of a user with mbgit (`global`) or others (`idle`); none has a bank."""
    found = []
    for name in (f"no-{what}", what):
        (room / f"{name}-home").mkdir()
        user = Clone(room, room / f"{name}-home")
        if name == "global":
            user.run(sys.executable, str(ROOT / "install.py"), "--python", python, "--global")
        if name == "idle":
            have_idle_hooks(user, room / "template")
        user.git("init", "-q", "--bare", "-b", "main", f"{name}.git")
        user.git("clone", "-q", f"{name}.git", name)
        clone = Clone(room / name, user.home)
        Clone.clock = START
        clone.git("checkout", "-q", "-b", "main")
        for number in range(200):
            clone.write(f"src/module{number}.py", f"NUMBER = {number}\n" * 40)
        clone.commit("seed")
        clone.git("push", "-q", "-u", "origin", "HEAD:main")
        clone.git("checkout", "-q", "-b", "source")
        clone.commit("source", 86_400, **{SOURCE: "NUMBER = -1\n"})
        found.append(Side(clone, {}))
    return found[0], found[1]


def have_idle_hooks(user: Clone, template: Path) -> None:
    """Have all new clones of a user start a shell that does nothing where mbgit would start one, in the same way."""
    (template / "hooks").mkdir(parents=True)
    for event in EVENTS:
        if git.version() < git.CONFIG_HOOKS:
            (template / "hooks" / event).write_text("#!/bin/sh\nexit 0\n")
            (template / "hooks" / event).chmod(0o755)
        else:
            user.git("config", "--global", f"hook.idle-{event}.command", f"exec {template}/idle")
            user.git("config", "--global", f"hook.idle-{event}.event", event)
    (template / "idle").write_text("#!/bin/sh\nexit 0\n")
    (template / "idle").chmod(0o755)
    user.git("config", "--global", "init.templateDir", str(template))


def take_hooks_out(clone: Clone) -> None:
    for event in EVENTS:
        (clone.path / ".git/hooks" / event).unlink()
        clone.git("config", "--remove-section", f"hook.mbgit-{event}")
    (clone.path / ".git/mbgit/watch").unlink()  # the drivers' look whether hooks are there


class Side(NamedTuple):
    """A clone, and what is in the environment of the git there."""

    clone: Clone
    env: dict[str, str]


def sides(what: str, clones: tuple[Clone, Clone], room: Path, python: str) -> tuple[Side, Side]:
    """What a case is timed in: first without what it is about."""
    if what in ("global", "idle"):
        return without_bank(what, room, python)
    if what == "harvest":
        other, owner = ({"MBGIT_PERSONA": name} for name in ("Product Owner", "DevOps Engineer"))
        return Side(clones[1], other), Side(clones[1], owner)
    return Side(clones[0], {}), Side(clones[1], {})


# -- the cases --------------------------------------------------------------------------------------------------------


def staged(branch: str) -> Callable[[Clone], object]:
    """What that branch adds to main is staged on main."""

    def before(clone: Clone) -> None:
        clone.git("checkout", "-q", "-f", "-B", "work", branch)
        clone.git("reset", "-q", "--soft", "main")

    return before


def unpushed(clone: Clone) -> None:
    """The remote has main, and nothing else, as far as both know."""
    clone.git("--git-dir", f"{clone.path}.git", "update-ref", "refs/heads/main", clone.git("rev-parse", "main"))
    clone.git("update-ref", "refs/remotes/origin/main", "main")


def pullable(theirs: str, ours: str = "main") -> Callable[[Clone], object]:
    """The remote is at `theirs`, the clone at `ours`."""

    def before(clone: Clone) -> None:
        clone.git("checkout", "-q", "-f", "-B", "work", ours)
        clone.git("--git-dir", f"{clone.path}.git", "fetch", "-q", str(clone.path), f"+{theirs}:main")
        clone.git("update-ref", "refs/remotes/origin/main", "main")

    return before


def harvestable(clone: Clone) -> None:
    """The remote has a ripe buffer, and nothing is proposed here."""
    pullable("ripe")(clone)
    clone.git("update-ref", "-d", "refs/mbgit/harvest")
    clone.git("config", "mbgit.syncBranch", "work")


def pushing(what: str) -> tuple[str, ...]:
    return ("push", "-q", "origin", f"{what}:main")


WITHOUT_BANK = (
    Case("commit, no bank", 6, 4, staged("source"), ("commit", "-qm", "work")),
    Case("push, no bank", 6, 4, unpushed, pushing("source")),
    Case("pull, no bank", 6, 4, pullable("source"), ("pull", "-q", "origin", "main")),
)
CASES = {
    "quiet": (
        Case("commit, bank not touched", 6, 4, staged("source"), ("commit", "-qm", "work")),
        Case("push, bank not touched", 6, 4, unpushed, pushing("source")),
        Case("pull, bank not touched", 6, 4, pullable("source"), ("pull", "-q", "origin", "main")),
    ),
    "commit": (Case("commit, 5 files", 250, 1, staged("five"), ("commit", "-qm", "work")),),
    "push": (
        Case("push of 1 commit, 5 files", 400, 1, unpushed, pushing("five")),
        Case("push of 1 commit, 50 files", 400, 1, unpushed, pushing("fifty")),
        Case("push of 1,000 commits, 50 files", 2_000, 1, unpushed, pushing("thousand")),
    ),
    "pull": (
        Case("pull, 5 files merged", 350, 1, pullable("theirs", "five"), ("pull", "-q", "--no-edit", "origin", "main")),
    ),
    "global": WITHOUT_BANK,
    "idle": WITHOUT_BANK,
    "harvest": (Case("pull, buffer of 10 KB ripe", 250, 1, harvestable, ("pull", "-q", "origin", "main")),),
}  # fmt: skip


class Spent(NamedTuple):
    """Milliseconds of one run."""

    passed: float
    cpu: float
    """Of git and all that it started."""


def timed(case: Case, side: Side) -> Spent:
    case.before(side.clone)
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = side.clone.run(GIT, *case.command, check=False, **side.env)
    passed, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{case.name}: {done.stdout}{done.stderr}")
    return Spent(passed * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)


def figures(case: Case, both: tuple[Side, Side], runs: int) -> str:
    """A line of the table. The first round is not counted: it warms the caches."""
    rounds = []
    for number in range(case.runs * runs + 1):
        turn = (0, 1) if number % 2 else (1, 0)
        spent = {at: timed(case, both[at]) for at in turn}
        rounds.append((spent[0], spent[1]))
    without = statistics.median(one.passed for one, _ in rounds[1:])
    above = statistics.median(other.passed - one.passed for one, other in rounds[1:])
    cpu = statistics.median(other.cpu - one.cpu for one, other in rounds[1:])
    row = f"{case.name:<32}{without:>8.1f} ms {above:>+9.1f} ms {cpu:>+9.1f} ms {case.goal:>7} ms"
    return row if above <= case.goal else f"{row} over"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=list(CASES), metavar="|".join(CASES))
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--python", default=sys.executable, help="what the hooks run on")
    args = parser.parse_args(argv)
    room = Path(tempfile.mkdtemp(prefix="hooks-"))
    try:
        clones = pair(room, args.python)
        print(f"{'':<32}{'without':>8}    {'hooks add':>9}    {'of CPU':>9}    {'goal':>7}")
        for what in args.what:
            both = sides(what, clones, room, args.python)
            for case in CASES[what]:
                print(figures(case, both, args.runs), flush=True)
    finally:
        shutil.rmtree(room)
    return 0


if __name__ == "__main__":
    sys.exit(main())
