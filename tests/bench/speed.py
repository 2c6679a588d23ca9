"""The figures of speed: `python -m tests.bench.speed [merge] [log] [growth]`.

merge   `git merge` of five 12 KB bank files, beside the same merge with a driver that starts an interpreter and
        ends: where git's own merge stands, and where a place is contested; the runs are interleaved, the medians
        compared
log     100,000 entries in 10 MB, both sides append 100 and purge 100: beside `git merge-file --union`, and
        the peak memory of the process
growth  twice the entries, bullets or equal lines: how many times the processor's time
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support import GIT, ROOT, Clone, install

BANK = ".claude/memory-bank"
FILES = (
    "activeContext.md",
    "patterns-buffer.md",
    "lessons-buffer.md",
    "decisions-inbox.md",
    "SESSION_LOG.md",
)
WORDS = ("merge", "cache", "fence", "token", "parser", "harvest", "clone", "review", "latency", "session")
CHILD = """
import sys, time
sys.path.insert(0, sys.argv[1])
start, own = time.perf_counter(), time.process_time()
from mbgit.engine.threeway import merge3
texts = []
for name in sys.argv[2:5]:
    with open(name, "rb") as file:
        texts.append(file.read())
text = merge3(texts[0], texts[1], texts[2], sys.argv[5], "SESSION_LOG.md").text
spent, own = time.perf_counter() - start, time.process_time() - own
with open("/proc/self/status") as file:  # ru_maxrss is that of the process that started this one, where it had more
    peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
print(spent, peak, own)
"""


def sentence(rng: random.Random, words: int = 9) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


def bank_file(seed: int, size: int = 12_000) -> list[str]:
    """Dated entries, as in a buffer, of so many bytes."""
    rng = random.Random(seed)
    entries = ["# Buffer\n"]
    while sum(map(len, entries)) < size:
        day = f"2025-{len(entries) % 12 + 1:02}-{len(entries) % 28 + 1:02}"
        head = f"## [{day} 10:{len(entries) % 60:02}] {sentence(rng, 4)} {len(entries)}\n"
        items = "".join(f"- {sentence(rng)} {rng.random()}\n" for _ in range(4))
        entries.append(f"{head}\n**Context**: {sentence(rng)}\n\n{items}")
    return entries


def conflict(clone: Clone, contested: bool) -> None:
    """Two branches that both added to, edited and purged the same five files; in one place if contested."""
    clone.git("init", "-q", "-b", "main")
    banks = {f"{BANK}/{name}": bank_file(i) for i, name in enumerate(FILES)}
    _commit(clone, banks)
    clone.git("branch", "other")
    for branch, at in (("main", 3), ("other", 7)):
        clone.git("checkout", "-q", branch)
        changed = {}
        for number, (path, entries) in enumerate(banks.items()):
            edited = list(entries)
            edited[at] = edited[at].replace("**Context**: ", f"**Context**: {branch} ")
            del edited[at + 1]
            place = len(edited) if contested or branch == "main" else 1
            edited[place:place] = bank_file(100 * at + number, 900)[1:]
            changed[path] = edited
        _commit(clone, changed)
    clone.git("checkout", "-q", "main")


def _commit(clone: Clone, files: dict[str, list[str]]) -> None:
    for path, entries in files.items():
        clone.write(path, "\n".join(entries))
    clone.commit()


def merging(clone: Clone) -> tuple[float, float]:
    """Seconds and a processor's seconds of one `git merge`, undone afterwards."""
    start, before = time.perf_counter(), _processor()
    clone.run(GIT, "merge", "-q", "--no-edit", "other", check=False)
    spent = time.perf_counter() - start, _processor() - before
    clone.git("reset", "-q", "--hard", "main@{1}" if not clone.git("status", "--porcelain") else "HEAD")
    return spent


def _processor() -> float:
    """What all processes that have ended took, in seconds: told apart from what others do on the machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def merge_figures(room: Path, runs: int) -> Iterator[str]:
    """The driver beside one that starts an interpreter and does nothing."""
    (room / "home").mkdir()
    for contested in (False, True):
        yield from _merge_figures(room / ("contested" if contested else "git's merge stands"), contested, runs)


def _merge_figures(room: Path, contested: bool, runs: int) -> Iterator[str]:
    ways: dict[str, Callable[[Clone], object]] = {
        "mbgit": _arm_drivers,
        "python -IS -c pass": lambda c: _attributes(c, f"{sys.executable} -IS -c pass"),
        "sh -c true": lambda c: _attributes(c, "true"),
    }
    clones = {}
    for number, (name, arm) in enumerate(ways.items()):
        (room / f"repo{number}").mkdir(parents=True)
        clones[name] = Clone(room / f"repo{number}", room.parent / "home")
        conflict(clones[name], contested)
        arm(clones[name])
        clones[name].git("config", "core.hooksPath", "/dev/null")
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, clone in clones.items():
            spent[name].append(merging(clone))
    middle = {name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in spent.items()}
    floor = middle["python -IS -c pass"]
    for name, found in middle.items():
        took = (f"{at * 1000:>8.1f} ms {at / least:>6.2f} times" for at, least in zip(found, floor, strict=True))
        yield f"{room.name}, 5 files, {name:<20}{', of a processor '.join(took)} the floor"


def _arm_drivers(clone: Clone) -> None:
    """mbgit without hooks, and without the look whether they are there."""
    install(clone, "--bank", BANK, "--persona", "Tech Lead")
    (clone.common / "mbgit/watch").unlink()


def _attributes(clone: Clone, driver: str) -> None:
    clone.git("config", "merge.plain.driver", driver)
    file = clone.common / "info/attributes"
    file.parent.mkdir(exist_ok=True)
    file.write_text("*.md merge=plain\n")


def log_of(entries: range, words: int = 8) -> list[str]:
    """Dated entries of about a hundred bytes each."""
    rng = random.Random(entries.start)
    found = []
    for n in entries:
        stamp = f"2025-{n // 8000 % 12 + 1:02}-{n // 300 % 28 + 1:02} {n // 60 % 24:02}:{n % 60:02}"
        found.append(f"## {stamp} - session {n}\n\n- did {sentence(rng, words)} {n}\n\n")
    return found


def both(entries: list[str], more: Callable[[range], list[str]], change: int) -> tuple[bytes, bytes, bytes]:
    """Base and two sides: each purged `change` entries and appended as many."""
    far, size = change * 3, len(entries)
    ours = entries[change:] + more(range(size, size + change))
    theirs = entries[:far] + entries[far + change :] + more(range(size + change, size + 2 * change))
    base, one, two = ("# Session Log\n\n" + "".join(x) for x in (entries, ours, theirs))
    return base.encode(), one.encode(), two.encode()


def merged(room: Path, texts: tuple[bytes, bytes, bytes], policy: str) -> tuple[float, int, float]:
    """Seconds, peak bytes and seconds of a processor of a fresh process that reads and merges the three."""
    files = [room / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text)
    argv = [sys.executable, "-IS", "-c", CHILD, str(ROOT), *map(str, files), policy]
    done = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    return float(done[0]), int(done[1]), float(done[2])


def union(room: Path) -> float:
    """Seconds that git's own union takes over the files that were merged last."""
    start = time.perf_counter()
    files = [str(room / name) for name in ("ours", "base", "theirs")]
    subprocess.run([GIT, "merge-file", "-p", "--union", *files], capture_output=True, check=False)
    return time.perf_counter() - start


def log_figures(room: Path, size: int = 100_000) -> Iterator[str]:
    texts = both(log_of(range(size)), log_of, 100)
    for policy in ("log", "union"):
        spent, peak, _ = merged(room, texts, policy)
        own = union(room)
        times = f"{spent:.2f} s, {spent / own:.1f} times git's union ({own:.2f} s)"
        size_mb, memory = len(texts[0]) / 1e6, peak / len(texts[0])
        yield f"{size} entries, {size_mb:.1f} MB, {policy}: {times}, memory {memory:.1f} times the file"


def bullets(entries: range) -> list[str]:
    rng = random.Random(entries.start)
    return [f"- {sentence(rng, 6)} {n}\n" for n in entries]


def equal(entries: range) -> list[str]:
    return ["- ran the tests\n" for _ in entries]


def equal_paragraphs(entries: range) -> list[str]:
    return ["Same again.\n\n" for _ in entries]


def rows(entries: range) -> list[str]:
    head = ["| N | What |\n", "|---|---|\n"] if entries.start == 0 else []
    return head + [f"| {n} | {n * 7 % 1000} |\n" for n in entries]


def edited_lines(entries: range) -> list[str]:
    return [f"## 2025-01-01 10:00 entry {n % 100}\n\n- same words {n % 7}\n\n" for n in entries]


def one_name(entries: range) -> list[str]:
    rng = random.Random(entries.start)
    return [f"## Session\n\n- {sentence(rng, 6)} {n}\n\n" for n in entries]


def paragraph(entries: range) -> list[str]:
    rng = random.Random(entries.start)
    return [f"{sentence(rng, 6)} {n}\n" for n in entries]


def deep_list(entries: range) -> list[str]:
    return [f"{'  ' * (n % 60)}- level {n}\n" for n in entries]


KINDS: dict[str, Callable[[range], list[str]]] = {
    "entries": log_of, "bullets": bullets, "equal bullets": equal, "equal paragraphs": equal_paragraphs,
    "rows": rows, "repeated headings": edited_lines, "headings of one name": one_name, "one paragraph": paragraph,
    "deep list": deep_list,
}  # fmt: skip


def scattered(entries: list[str], more: Callable[[range], list[str]], change: int) -> tuple[bytes, bytes, bytes]:
    """Base and two sides that each took out, reworded and put in entries all over the file."""
    step = len(entries) // change
    sides = []
    for name, first in (("ours", 3), ("theirs", step // 2)):
        side = list(entries)
        for at in range(len(side) - step + first, first, -step):
            side[at : at + 2] = [side[at].replace("\n", f" {name}\n", 1), side[at].replace(" ", f" {name} {at} ", 2)]
        sides.append("".join(side).encode())
    return "".join(entries).encode(), sides[0], sides[1]


def added(entries: list[str], more: Callable[[range], list[str]], change: int) -> tuple[bytes, bytes, bytes]:
    """No base, and two sides that differ at their ends."""
    size = len(entries)
    ours, theirs = ("".join(entries + more(range(at, at + change))).encode() for at in (size, size + change))
    return b"", ours, theirs


def growth_figures(room: Path, size: int = 25_000) -> Iterator[str]:
    """Each kind at `size` and at twice that: changed at the ends and all over, and added; the quicker of two runs."""
    for name, kind in KINDS.items():
        for how, change in (("ends", both), ("all over", scattered), ("added", added)):
            spent = []
            for n in (size, 2 * size):
                texts = change(kind(range(n)), kind, 100)
                spent.append(min(merged(room, texts, "union")[2] for _ in range(2)))
            times = f"{spent[0]:.2f} s, {2 * size}: {spent[1]:.2f} s, {spent[1] / spent[0]:.2f} times"
            yield f"{name + ', ' + how:<28} {size}: {times}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["merge", "log", "growth"])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--size", type=int, default=25_000, help="entries to start the growth from")
    args = parser.parse_args(argv)
    room = Path(tempfile.mkdtemp(prefix="speed-"))
    try:
        if "merge" in args.what:
            print(*merge_figures(room, args.runs), sep="\n")
        if "log" in args.what:
            print(*log_figures(room), sep="\n")
        if "growth" in args.what:
            for line in growth_figures(room, args.size):
                print(line, flush=True)
    finally:
        shutil.rmtree(room)
    return 0


if __name__ == "__main__":
    sys.exit(main())
