"""The merge driver: three files in, one file out, and a status that only the driver line understands.

Every file that git merges starts one interpreter, so this path loads nothing it can do without: no `re`, no
`json`, no `os`; the clock and whatever else asks git are imported when a unit really is contested.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import gc
import time

from . import files, ledger
from .files import os
from .result import Binary
from .threeway import merge3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .clock import Clock
    from .history import History
    from .result import Merged

# What an interpreter that never saw the engine exits with (0, 1, 2, 126, ...) must mean nothing to the line.
MERGED, PERSON, GAVE_UP, BINARY = 40, 41, 42, 43
SECONDS = 20
OURS_FD = 3  # the line replaces %A by git's own answer before anything else, so ours comes as an open file
READY_FD = 0  # ends when git's own answer stands in %A


class Job:
    """One run of the driver: what it was given, and what became of it."""

    def __init__(self, home: str, argv: list[str]) -> None:
        driver, base, self.target, theirs, self.path, *self.labels = argv
        self.home, self.driver = home, driver
        self.began = time.time()
        self.base, self.theirs = files.read(base), files.read(theirs)
        self.ours = files.read_start(OURS_FD)
        self.mode = os.fstat(OURS_FD).st_mode & 0o7777
        self.result: bytes | None = None
        self.merged: Merged | None = None
        self.aside: str | None = None
        self.known_clock: Clock | None = None
        self.history: History | None = None

    def clock(self) -> Clock:
        """The clock, made when it is first asked: most merges need none."""
        if self.known_clock is None:
            from .clock import Clock

            texts = (self.base, self.ours, self.theirs)
            self.known_clock = Clock(self.home, self.path, texts, self.labels)
        return self.known_clock

    def find_base(self) -> None:
        """Where both sides added the file, look for what it began with."""
        if not self.base and self.ours != self.theirs:
            from .origin import base_of_added

            self.base = base_of_added(self.clock())

    def when(self, side: int, first: int, last: int) -> int | None:
        """`result.Clock` for merge3."""
        return self.clock()(side, first, last)

    def seen(self, side: int) -> list[tuple[int, bytes]]:
        """`result.Seen` for merge3."""
        if self.history is None:
            from .history import History

            self.history = History(self.clock())
        return self.history(side)


def main(folder: str, argv: list[str]) -> NoReturn:
    """Merge as `argv` says (driver, %O, %A, %B, %P, %X, %Y) and end the process with one of four statuses.

    `folder` holds this module; the folder around it, the ledger.
    """
    home, status = folder.rpartition("/")[0] or ".", GAVE_UP
    gc.disable()  # one merge and the process ends: what a collection could free is not worth looking for
    try:
        _start_deadline()
        status = drive(Job(home, argv))
    except BaseException as error:
        _confess(home, argv, error)
        if isinstance(error, EOFError):  # a module that is loaded late has a cache that was cut short
            _clear_cache(folder)
    finally:
        os._exit(status)  # tearing an interpreter down takes as long as a merge


def drive(job: Job) -> int:
    """Merge a job's files into its target; the status for the line. Raises OSError if it could not."""
    job.find_base()
    try:
        job.merged = merged = merge3(
            job.base, job.ours, job.theirs, job.driver[6:], job.path, job.when, job.seen
        )
    except Binary:
        ledger.record(job, "binary")
        return BINARY
    if merged.contested and job.clock().reverting():
        ledger.record(job, "conflict")
        return PERSON
    if merged.asides:
        job.aside = ledger.set_aside(job)
    while os.read(READY_FD, 64):
        pass
    files.replace(job.target, merged.text, job.mode)
    job.result = merged.text
    ledger.record(job, "merged")
    return MERGED


def _start_deadline() -> None:
    """Have the system end a process that takes too long: a thread cannot, while one call holds the lock."""
    if hasattr(_signal, "alarm"):
        _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        _signal.alarm(SECONDS)


def _clear_cache(folder: str) -> None:
    """Take away what Python has cached here; the next start compiles it anew. (`__main__` does the same.)"""
    for name in os.listdir(f"{folder}/__pycache__"):
        os.unlink(f"{folder}/__pycache__/{name}")


def _confess(home: str, argv: list[str], error: BaseException) -> None:
    """Leave in the ledger why the line will say that the engine did not answer."""
    what = f"{type(error).__name__}: {error}"[:500]
    path = argv[4] if len(argv) > 4 else ""
    ledger.write(home, {"time": time.time(), "path": path, "outcome": "error", "error": what})
