"""What happens at an event of git: `python -I -m mbgit.hooks FOLDER EVENT [ARG...]`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

SECONDS = 10
SEEN = "reported"
WEEK = 7 * 24 * 3600  # a merge that is concluded later than this is concluded without a report

Run = dict[str, Any]


class Event(NamedTuple):
    """What git says as it starts a hook, and the folder of mbgit's own."""

    home: Path
    name: str
    args: tuple[str, ...]


def merged(event: Event) -> None:
    """Tell of the merges that HEAD now holds, each once."""
    from mbgit import git, report
    from mbgit.engine.ledger import read_ledger

    runs = [run for run in read_ledger(str(event.home)) if isinstance(run.get("blobs"), dict)]
    looked = _newest(event.home)
    told = _told(event.home)
    fresh = [run for run in runs if key(run) not in told and run["time"] > runs[-1]["time"] - WEEK]
    if fresh and git.config("core.hooksPath") != "/dev/null":
        done = concluded(fresh, git.head_blobs({run["path"] for run in fresh}))
        report.merges(_once(done), rebased=event.args[:1] == ("rebase",))
        told |= {key(run) for run in done}
    _remember(event.home, told & {key(run) for run in runs}, looked)


EVENTS: dict[str, Callable[[Event], None]] = {
    "post-merge": merged,
    "post-rewrite": merged,
    "post-commit": merged,  # a merge that stopped for a person ends with an ordinary commit
}


def concluded(runs: list[Run], head: dict[str, str]) -> list[Run]:
    """The runs whose result HEAD holds, or that led to one of those (a rebase goes pick by pick)."""
    wanted: set[tuple[str, object]] = set(head.items())
    done = []
    for run in reversed(runs):
        path, blobs = run["path"], run["blobs"]
        if (path, blobs.get("result")) in wanted:
            wanted.add((path, blobs.get("ours")))
            done.append(run)
    return done[::-1]


def _once(runs: list[Run]) -> list[Run]:
    """The runs without those that did the same before (a merge that was given up, then done)."""
    return list({(run["path"], *sorted(run["blobs"].items())): run for run in runs}.values())


def key(run: Run) -> str:
    """What tells one run from another."""
    return f"{run['time']} {run['blobs'].get('result')}"


def _told(home: Path) -> set[str]:
    try:
        return set((home / SEEN).read_text().splitlines())
    except OSError:
        return set()


def _newest(home: Path) -> int:
    return (home / "merges.jsonl").stat().st_mtime_ns


def _remember(home: Path, told: set[str], looked: int) -> None:
    """Keep what was told, with the ledger's time as it was read: so a shell sees whether more came."""
    import os

    new = home / f"{SEEN}.{os.getpid()}"
    new.write_text("".join(f"{line}\n" for line in sorted(told)))
    os.utime(new, ns=(looked, looked))
    new.replace(home / SEEN)


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in what takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def main(argv: list[str]) -> int:
    """Run what an event asks for; status 1 tells the shell that started this to say that it did not work."""
    home, name, *args = argv
    try:
        with deadline(SECONDS):
            EVENTS[name](Event(Path(home), name, tuple(args)))
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
