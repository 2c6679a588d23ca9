"""One place that turns what went wrong into an exit status: 1 expected, 130 ^C, 3 a bug."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable

from mbgit import report
from mbgit.git import GitError

from .plan import Failure


def guarded(run: Callable[[], int]) -> int:
    """Run a program; its exit status, or the one of what it raised, with one line on stderr."""
    try:
        return run()
    except Failure as failure:
        report.complain(f"install.py: {failure}")
        return 1
    except (GitError, OSError) as error:
        report.complain(f"install.py: {error}; put that right and run it again")
        return 1
    except KeyboardInterrupt:
        report.complain("install.py: interrupted; run it again to finish")
        return 130
    except Exception:
        report.complain(f"install.py: a bug in mbgit: please report it with {_traceback()}")
        return 3


def _traceback() -> str:
    handle, name = tempfile.mkstemp(prefix="mbgit-traceback-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        traceback.print_exc(file=file)
    return name
