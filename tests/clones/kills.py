"""SIGKILL at random moments: `python -m tests.clones.kills --moments 500 --seed 1`.

Each round puts a clone into the same state, starts a pull, a rebase, a push, a commit that makes a buffer ripe, or
install.py, and kills the whole process group after a random part of the time that it takes. Then: `git fsck` finds
nothing, no file holds one side's text alone, and doing the same again works, after what git itself asks for: a stale
lock removed, an operation given up. In the end every entry stands once. `--git-alone` does the same without mbgit.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.support import GIT, ROOT, Clone, install

BANK = ".claude/memory-bank"
BUFFER, CONTEXT, LOG = (f"{BANK}/{name}" for name in ("patterns-buffer.md", "activeContext.md", "SESSION_LOG.md"))
SEED = {
    BUFFER: "# Patterns\n\n## Patterns\n\n- [2025-10-01] seed k1z\n",
    CONTEXT: "# Context\n\n## Current Focus\n\nnothing yet k2z\n\n## Active Tasks\n\n- [ ] first k3z\n",
    LOG: "# Session Log\n\n## 2025-10-01 10:00 - Ada\n\n- began k4z\n",
    "code": "1\n",
}
TOKEN = re.compile(r"k\d+z")
LOCKED = re.compile(r"(?:create|lock) '([^']+?)(?:\.lock)?': File exists")
MARKERS = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)


class Fault(AssertionError):
    """Something that a kill broke."""


class Stage(NamedTuple):
    """Something to interrupt."""

    prepare: Callable[[Scene], None]
    command: Callable[[Scene], list[str]]
    mend: Callable[[Scene], Iterator[str]]
    """Does it again; yields what it took besides."""


class Scene:
    """A room with a remote and two clones, which can be put back to how it was."""

    def __init__(self, room: Path, armed: bool) -> None:
        self.room, self.model, self.armed = room / "now", room / "model", armed
        home = room / "home"
        self.room.mkdir()
        home.mkdir(exist_ok=True)
        self.remote = self.room / "remote.git"
        first = Clone(self.room, home)
        first.git("init", "-q", "--bare", "-b", "main", str(self.remote))
        self.ada, self.bob = Clone(self.room / "ada", home), Clone(self.room / "bob", home, "Bob")
        for clone in (self.ada, self.bob):
            first.git("clone", "-q", str(self.remote), str(clone.path))
            for key, value in (("pull.rebase", "false"), ("gc.auto", "0"), ("maintenance.auto", "false")):
                clone.git("config", key, value)
            clone.git("checkout", "-q", "-B", "main", *([] if clone is self.ada else ["origin/main"]))
            if clone is self.ada:
                clone.commit("seed", 60, **SEED)
                clone.git("push", "-q", "-u", "origin", "main")

    def arm(self) -> None:
        if self.armed:
            install(self.bob)
        else:
            attributes = self.bob.path / ".git/info/attributes"
            attributes.parent.mkdir(exist_ok=True)
            attributes.write_text("*.md merge=union\n")

    def keep(self) -> None:
        shutil.copytree(self.room, self.model, symlinks=True)

    def restore(self) -> None:
        shutil.rmtree(self.room)
        shutil.copytree(self.model, self.room, symlinks=True)


# -- what is interrupted ------------------------------------------------------------------------------------------


def diverge(scene: Scene) -> None:
    """Ada has pushed, Bob has not pulled: both wrote into the same files."""
    scene.arm()
    for clone, at in ((scene.ada, 10), (scene.bob, 20)):
        for step in range(2):
            n = at + step * 5
            clone.write(BUFFER, clone.read(BUFFER) + f"- [2025-10-0{step + 2}] pattern k{n}z\n")
            entry = f"\n## 2025-10-0{step + 2} 1{at // 10}:00 - {clone.who}\n\n- k{n + 1}z\n"
            clone.write(LOG, clone.read(LOG) + entry)
            clone.write(CONTEXT, clone.read(CONTEXT) + f"- [ ] task k{n + 2}z\n")
            clone.write(f"{BANK}/sessions/{clone.who}-{n}.md", f"# Session\n\n- k{n + 3}z\n")
            clone.commit(f"{clone.who} works {n}")
    scene.ada.git("push", "-q")


def only_bob(scene: Scene) -> None:
    scene.arm()
    scene.bob.write(BUFFER, scene.bob.read(BUFFER) + "- [2025-10-02] pattern k30z\n")
    scene.bob.commit("bob")


def ripen(scene: Scene) -> None:
    scene.arm()
    text = scene.bob.read(BUFFER) + "".join(f"- [2025-10-02] pattern k{n}z\n" for n in range(40, 60))
    scene.bob.write(BUFFER, text)
    scene.bob.git("add", "-A")


def bare(scene: Scene) -> None:
    """A clone without mbgit, but with a hook and settings of its own, and a branch to merge."""
    bob = scene.bob
    bob.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n").chmod(0o755)
    bob.git("checkout", "-q", "-b", "other")
    bob.write(BUFFER, bob.read(BUFFER) + "- [2025-10-02] pattern k31z\n")
    bob.commit("other")
    bob.git("checkout", "-q", "main")
    bob.write(BUFFER, bob.read(BUFFER) + "- [2025-10-03] pattern k32z\n")
    bob.commit("main")


def _git(*args: str) -> Callable[[Scene], list[str]]:
    return lambda scene: [GIT, *args]


def _install(scene: Scene) -> list[str]:
    return [sys.executable, str(ROOT / "install.py"), "--python", sys.executable]


# -- doing it again -----------------------------------------------------------------------------------------------


def again(clone: Clone, *args: str) -> Iterator[str]:
    """Run git until it works, doing what it asks for; yields each thing that it took."""
    for _ in range(8):
        done = clone.run(GIT, *args, check=False)
        if "Traceback" in done.stderr:
            raise Fault(done.stderr)
        if not done.returncode:
            return
        yield _remedy(clone, done.stderr + done.stdout)
    raise Fault(f"git {' '.join(args)} does not work: {done.stderr}{done.stdout}")


def _remedy(clone: Clone, said: str) -> str:
    """What git asks for, or what a person with a clean worktree would do."""
    folder = clone.path / ".git"
    if named := LOCKED.search(said):
        (clone.path / f"{named[1]}.lock").unlink()
        return f"removed {Path(named[1]).name}.lock"
    for mark, how in (("rebase-merge", "rebase"), ("MERGE_HEAD", "merge")):
        if (folder / mark).exists():
            if clone.run(GIT, how, "--abort", check=False).returncode:
                for lock in folder.glob("*.lock"):
                    lock.unlink()
                if clone.run(GIT, how, "--abort", check=False).returncode:
                    shutil.rmtree(folder / mark, ignore_errors=True)
                    clone.git("checkout", "-q", "-f", "main")
                    return f"removed {mark}"
            return f"{how} --abort"
    for lock in folder.glob("*.lock"):
        lock.unlink()
    clone.git("reset", "-q", "--hard")
    clone.git("clean", "-qfd")
    if not clone.git("branch", "--show-current"):
        clone.git("checkout", "-q", "main")
    return "reset --hard"


def pull(*how: str) -> Callable[[Scene], Iterator[str]]:
    def mend(scene: Scene) -> Iterator[str]:
        both_or_marked(scene.bob)
        yield from again(scene.bob, "pull", "-q", "--no-edit", *how)
        yield from again(scene.bob, "push", "-q", "origin", "HEAD:main")
        once(scene.bob, [1, 2, 3, 4, *(at + n for at in (10, 15, 20, 25) for n in range(4))])
        yield from clean(scene.bob)

    return mend


def push(scene: Scene) -> Iterator[str]:
    yield from again(scene.bob, "push", "-q", "origin", "HEAD:main")
    if scene.bob.git("ls-remote", "origin", "refs/heads/main").split()[0] != scene.bob.git("rev-parse", "HEAD"):
        raise Fault("pushed, and not there")
    fsck(scene.remote, scene.bob)
    yield from clean(scene.bob)


def harvest(scene: Scene) -> Iterator[str]:
    bob = scene.bob
    if bob.git("status", "--porcelain"):
        yield from again(bob, "commit", "-qam", "ripe")
    age_locks(bob)
    bob.write(f"{BANK}/notes.md", "# Notes\n")
    yield from again(bob, "add", "-A")
    yield from again(bob, "commit", "-qm", "the next hook")
    if bob.git("rev-parse", "mbgit/harvest^") != bob.git("rev-parse", "HEAD"):
        raise Fault("the proposal is not the next one")
    yield from again(bob, "merge", "-q", "mbgit/harvest")
    once(bob, [*range(1, 5), *range(40, 60)])
    if "[2025" in bob.read(BUFFER) or bob.git("for-each-ref", "refs/mbgit/harvest"):
        raise Fault("accepted, and still there")
    yield from clean(bob)


def reinstall(scene: Scene) -> Iterator[str]:
    bob = scene.bob
    start = bob.git("rev-parse", "HEAD")
    done = bob.run(GIT, "merge", "-q", "--no-edit", "other", check=False)
    text = bob.read(BUFFER)
    if "fatal" in done.stderr or "k31z" not in text or "k32z" not in text or bool(done.returncode) != bool(
        MARKERS.search(text)
    ):
        raise Fault(f"half installed, and no merge: {done.stderr}\n{text}")
    yield "merged by git" if done.returncode else "merged by mbgit"
    bob.git("reset", "-q", "--hard", start)
    for arguments in ([], ["--check"]):
        found = bob.run(*_install(scene), *arguments, check=False)
        if found.returncode and ".lock" in found.stderr and (lock := bob.path / ".git/config.lock").exists():
            lock.unlink()
            yield "removed config.lock"
            found = bob.run(*_install(scene), *arguments, check=False)
        if found.returncode:
            raise Fault(f"install.py {arguments} does not work: {found.stderr}{found.stdout}")
    bob.git("merge", "-q", "--no-edit", "other")
    once(bob, [1, 2, 3, 4, 31, 32])
    bob.git("reset", "-q", "--hard", start)
    bob.run(*_install(scene), "--uninstall")
    before, after = (_settings(folder / "bob/.git") for folder in (scene.model, scene.room))
    if before != after:
        raise Fault(f"not given back: {[name for name in before | after if before.get(name) != after.get(name)]}")


def _settings(folder: Path) -> dict[str, bytes]:
    """What install.py changes in a clone, outside of mbgit's own folder and refs."""
    files = (folder / "config", *folder.glob("hooks/*"), *folder.glob("info/*"))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files if file.is_file()}


STAGES = {
    "pull": Stage(diverge, _git("pull", "-q", "--no-edit"), pull()),
    "rebase": Stage(diverge, _git("pull", "-q", "--rebase"), pull("--rebase")),
    "push": Stage(only_bob, _git("push", "-q", "origin", "HEAD:main"), push),
    "harvest": Stage(ripen, _git("commit", "-qm", "ripe"), harvest),
    "install": Stage(bare, _install, reinstall),
}


# -- what must hold -----------------------------------------------------------------------------------------------


def fsck(folder: Path, clone: Clone) -> None:
    done = clone.run(GIT, "-C", str(folder), "fsck", "--full", "--strict", "--no-dangling", check=False)
    said = [row for row in done.stderr.splitlines() + done.stdout.splitlines() if not row.startswith("notice:")]
    if done.returncode or said:
        raise Fault(f"fsck: {said}")


def both_or_marked(clone: Clone) -> None:
    """A file that git takes for conflicted holds both sides, or markers."""
    for path in {row.partition("\t")[2] for row in clone.git("ls-files", "-u").splitlines()}:
        sides = [set(TOKEN.findall(clone.git("show", f":{side}:{path}", check=False))) for side in (2, 3)]
        text = clone.read(path)
        if not MARKERS.search(text) and not (sides[0] | sides[1]) <= set(TOKEN.findall(text)):
            raise Fault(f"{path} holds one side alone:\n{text}")


def once(clone: Clone, numbers: list[int]) -> None:
    """Every entry stands once, in HEAD as in the worktree, and nothing else does."""
    files = [file for file in clone.path.rglob("*.md") if ".git" not in file.relative_to(clone.path).parts]
    found = Counter(token for file in files for token in TOKEN.findall(file.read_text()))
    committed = clone.git("grep", "-h", "-E", "-o", "k[0-9]+z", "HEAD", "--", ".").split()
    if found != Counter(f"k{n}z" for n in numbers) or Counter(committed) != found:
        wanted = Counter(f"k{n}z" for n in numbers)
        raise Fault(f"lost {dict(wanted - found)}, doubled {dict(found - wanted)}")


def clean(clone: Clone) -> Iterator[str]:
    """Nothing is left in the worktree but what git lays there for a driver."""
    for litter in clone.path.glob(".merge_file_*"):
        litter.unlink()
        yield "git's .merge_file"
    if left := clone.git("status", "--porcelain"):
        raise Fault(f"left behind: {left}")


def age_locks(clone: Clone) -> None:
    """An hour goes by for the locks on mbgit's own refs."""
    for lock in (clone.path / ".git/refs/mbgit").rglob("*.lock"):
        os.utime(lock, (time.time() - 3600,) * 2)


# -- the program --------------------------------------------------------------------------------------------------


def interrupt(scene: Scene, command: list[str], after: float) -> bool:
    """Run a command and kill all of it so many seconds later; whether it was still running."""
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(command, cwd=scene.bob.path, env=scene.bob.env(), stdin=quiet, stdout=quiet,
                               stderr=quiet, start_new_session=True)  # fmt: skip
    with suppress(subprocess.TimeoutExpired):
        running.wait(after)
    alive = running.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return alive


def duration(scene: Scene, command: list[str], runs: int) -> float:
    """How many seconds a command takes, in the median of some runs."""
    took = []
    for _ in range(runs):
        began = time.monotonic()
        if interrupt(scene, command, 60):
            raise Fault("takes a minute")
        took.append(time.monotonic() - began)
        scene.restore()
    return statistics.median(took)


class Tally(NamedTuple):
    """What came of one stage's kills."""

    stage: str
    moments: int
    took: float
    counts: Counter[str]
    faults: list[str]

    def __str__(self) -> str:
        what = ", ".join(f"{n} {name}" for name, n in sorted(self.counts.items()))
        return f"{self.stage}: {self.moments} moments of {self.took * 1000:.0f} ms: {what}; {len(self.faults)} faults"


def run(
    room: Path, stage: str, moments: int, seed: int, armed: bool = True, runs: int = 3, part: float = 1
) -> Tally:
    """Kill one kind of command at so many moments of the first `part` of it; `runs` tell how long it takes."""
    rng, counts, faults = random.Random(f"{stage} {seed}"), Counter[str](), []
    room.mkdir(parents=True, exist_ok=True)
    scene, (prepare, command, mend) = Scene(room, armed), STAGES[stage]
    prepare(scene)
    scene.keep()
    took = duration(scene, command(scene), runs)
    for moment in range(moments):
        after = rng.uniform(0, part * took)
        scene.restore()
        counts["in time" if interrupt(scene, command(scene), after) else "too late"] += 1
        try:
            fsck(scene.bob.path, scene.bob)
            fsck(scene.remote, scene.bob)
            remedies = list(mend(scene))
            counts.update(set(remedies) or ["at once"])
            fsck(scene.bob.path, scene.bob)
        except (Fault, AssertionError, OSError) as fault:
            faults.append(f"{stage}, moment {moment}, after {after * 1000:.1f} ms: {fault}")
            shutil.copytree(scene.room, room / f"fault{moment}", symlinks=True, ignore_dangling_symlinks=True)
    return Tally(stage, moments, took, counts, faults)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=100, help="in all, shared among the stages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stage", action="append", choices=STAGES, help="only this one (repeatable)")
    parser.add_argument("--git-alone", action="store_true", help="without mbgit, with git's union")
    args = parser.parse_args(argv)
    stages = args.stage or [name for name in STAGES if not args.git_alone or name in ("pull", "rebase", "push")]
    room, broken = Path(tempfile.mkdtemp(prefix="kills-")), False
    for stage in stages:
        tally = run(room / stage, stage, -(-args.moments // len(stages)), args.seed, not args.git_alone)
        print(tally, *tally.faults, sep="\n", flush=True)
        broken = broken or bool(tally.faults)
    if broken:
        print(f"what broke is in {room}")
    else:
        shutil.rmtree(room)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
