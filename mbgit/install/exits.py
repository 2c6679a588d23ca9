"""Turns exceptions into an exit status and one line: 1 for an expected failure, 130 for ^C, 3 for a bug."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from collections.abc import Callable

from mbgit import report
from mbgit.git import GitError
from mbgit.words import fit_for_command

from .plan import Failure

_LOCKED = re.compile(r"could not lock config file ([^\n]*): File exists")


INTERRUPTED = 130


def guarded(run: Callable[[], int], name: str = "") -> int:
    """Run a program; its exit status, or the one of what it raised, with one line on stderr.

    `name`: of the clone that it is about, where there are several.
    """
    about = f"install.py: {name}: " if name else "install.py: "
    try:
        return run()
    except Failure as failure:
        report.complain(f"{about}{failure}")
        return 1
    except (GitError, OSError) as error:
        report.complain(f"{about}{error}; {_remedy(str(error))}")
        return 1
    except KeyboardInterrupt:
        report.complain(f"{about}interrupted; run it again to finish")
        return INTERRUPTED
    except Exception:
        report.complain(f"install.py: a bug in mbgit: please report it with {_traceback()}")
        return 3


def _remedy(said: str) -> str:
    """What to do about an error; git does not name the lock that a process which was killed has left."""
    if found := _LOCKED.search(said):
        lock = f'rm "{found[1]}.lock"' if fit_for_command(found[1]) else "delete the .lock file beside it"
        return f"another git writes it, or one was killed: if none runs, {lock}, and run it again"
    return "put that right and run it again"


def _traceback() -> str:
    handle, name = tempfile.mkstemp(prefix="mbgit-traceback-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        traceback.print_exc(file=file)
    return name
