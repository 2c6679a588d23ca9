"""The merge driver: three files in, one file out, and a status that only the driver line understands.

Every file that git merges starts one interpreter, so this path loads nothing it can do without: no `re`, no
`json`, no `os`. Where git's own merge stands, that is all; the engine is imported where it does not, the clock and
whatever else asks git when a unit really is contested.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import time

from . import clean, files, ledger
from .files import os
from .result import Binary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from .clock import Clock
    from .history import History
    from .result import Merged

# What an interpreter that never saw the engine exits with (0, 1, 2, 126, ...) must mean nothing to the line.
MERGED, PERSON, GAVE_UP, BINARY = 40, 41, 42, 43
SECONDS = 20
LARGE = 1 << 19  # bytes of a file whose common lines are folded (`large`) before any are counted
OURS_FD = 3  # the line replaces %A by git's own answer before anything else, so ours comes as an open file
LINE_FD = 0  # how git's own merge went (0 clean, 1 conflicts), once it stands in %A; then `history.LOG` of a merge


class Job:
    """One run of the driver: what it was given, and what became of it."""

    def __init__(self, home: str, argv: list[str]) -> None:
        driver, base, self.target, theirs, self.path, *self.labels = argv
        self.home, self.driver = home, driver
        self.began = time.time()
        self.base, self.theirs = files.read(base), files.read(theirs)
        self.ours = files.read_start(OURS_FD)
        self.mode = os.fstat(OURS_FD).st_mode & 0o7777
        self._said = b""
        self.result: bytes | None = None
        self.merged: Merged | None = None
        self.aside: str | None = None
        self.known_clock: Clock | None = None
        self.history: History | None = None
        self._hash: Callable[[bytes], str] | None = None
        self._blobs: dict[bytes, str] = {}

    def blob(self, text: bytes) -> str:
        """The id that git gives a text."""
        if self._hash is None:
            self._hash = ledger.blob_hash(self.home)
        if text not in self._blobs:
            self._blobs[text] = self._hash(text)
        return self._blobs[text]

    def clock(self) -> Clock:
        """The clock, made when it is first asked: most merges need none."""
        if self.known_clock is None:
            from .clock import Clock

            texts = (self.base, self.ours, self.theirs)
            self.known_clock = Clock(self.home, self.path, texts, self.labels)
        return self.known_clock

    def when(self, side: int, first: int, last: int) -> int | None:
        """`result.Clock` for merge3."""
        return self.clock()(side, first, last)

    def seen(self, side: int) -> list[tuple[int, bytes, bytes]]:
        """`result.Seen` for merge3."""
        if self.history is None:
            from .history import History

            self.history = History(self.clock(), self.log())
        return self.history(side)

    def by_git(self) -> bytes | None:
        """git's own merge where it is clean; waits until the line has made it."""
        while b"\n" not in self._said and (piece := os.read(LINE_FD, 4096)):
            self._said += piece
        return files.read(self.target) if self._said[:2] == b"0\n" else None

    def log(self) -> bytes:
        """What the line had git tell of the history (`history.LOG`): empty where it is no merge."""
        while piece := os.read(LINE_FD, 1 << 16):
            self._said += piece
        return self._said.partition(b"\n")[2]

    def nothing_seen(self) -> bool:
        """Does neither side's history hold more than its own text of the file?"""
        return clean.one_version_each(self.log(), self.blob(self.ours), self.blob(self.theirs))

    def settled(self, git: bytes | None) -> Merged | None:
        """git's merge where nothing speaks against it: neither the page nor either side's history."""
        if git is None or len(git) > LARGE:
            return None
        merged = clean.settled(self.base, self.ours, self.theirs, git)
        return merged if merged is not None and self.nothing_seen() else None


def main(folder: str, argv: list[str]) -> NoReturn:
    """Merge as `argv` says (driver, %O, %A, %B, %P, %X, %Y) and end the process with one of four statuses.

    `folder` holds this module; the folder around it, the ledger.
    """
    home, status = folder.rpartition("/")[0] or ".", GAVE_UP
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
    git = job.by_git()
    job.merged = job.settled(git)
    if job.merged is None:
        return _merge(job, git)
    os.chmod(job.target, job.mode)
    return _done(job, job.merged)


def _merge(job: Job, git: bytes | None) -> int:
    from .threeway import merge3

    seen = None if job.base and job.nothing_seen() else job.seen
    try:
        job.merged = merged = merge3(
            job.base, job.ours, job.theirs, job.driver[6:], job.path, job.when, seen, False if git is None else git
        )
    except Binary:
        ledger.record(job, "binary")
        return BINARY
    if merged.contested and job.clock().reverting():
        ledger.record(job, "conflict")
        return PERSON
    if merged.asides:
        job.aside = ledger.set_aside(job)
    files.replace(job.target, merged.text, job.mode)
    return _done(job, merged)


def _done(job: Job, merged: Merged) -> int:
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
    what, trace = type(error).__name__, error.__traceback__
    while trace is not None:  # where, and no word of the message: it may hold a line of the bank
        name, at, trace = trace.tb_frame.f_code.co_name, trace.tb_lineno, trace.tb_next
        where = f" in {name}, line {at}"
        what = what.partition(" in ")[0] + where
    if isinstance(error, OSError):
        what += f": {error.strerror}"
    path = ledger.told_path(argv[4]) if len(argv) > 4 else ""
    ledger.write(home, {"time": time.time(), "path": path, "outcome": "error", "error": what})
