"""The merge driver: three files in, one file out, and a status that only the driver line understands.

Every file that git merges starts one interpreter, so this path loads nothing it can do without: no `re`, no
`json`, no `os`. Where git's own merge stands, that is all; the engine is imported where it does not, the clock and
whatever else asks git when a unit really is contested.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import time

from . import files, ledger
from .files import os
from .job import Job
from .result import Binary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .result import Merged

# What an interpreter that never saw the engine exits with (0, 1, 2, 126, ...) must mean nothing to the line.
MERGED, PERSON, GAVE_UP, BINARY = 40, 41, 42, 43
SECONDS = 20


def main(folder: str, argv: list[str]) -> NoReturn:
    """Merge as `argv` says (driver, %O, %A, %B, %P, %X, %Y) and end the process with one of four statuses.

    `folder` holds this module; the folder around it, the ledger.
    """
    home, status = folder.rpartition("/")[0] or ".", GAVE_UP
    try:
        _start_deadline()
        status = drive(Job(home, argv))
    except BaseException as error:
        _record_error(home, argv, error)
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
    """Remove what Python has cached here; the next start compiles it again. (`__main__` does the same.)"""
    for name in os.listdir(f"{folder}/__pycache__"):
        os.unlink(f"{folder}/__pycache__/{name}")


def _record_error(home: str, argv: list[str], error: BaseException) -> None:
    """Write into the ledger why the engine did not answer: the line on stderr says only that."""
    what, trace = type(error).__name__, error.__traceback__
    while trace is not None:  # where, but not the message: it may hold a line of the bank
        name, at, trace = trace.tb_frame.f_code.co_name, trace.tb_lineno, trace.tb_next
        where = f" in {name}, line {at}"
        what = what.partition(" in ")[0] + where
    if isinstance(error, OSError):
        what += f": {error.strerror}"
    path = ledger.recorded_path(argv[4]) if len(argv) > 4 else ""
    ledger.write(home, {"time": time.time(), "path": path, "outcome": "error", "error": what})
