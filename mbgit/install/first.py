"""The first stage of install.py, on the standard library alone: the drivers, then an interpreter for the rest."""

from __future__ import annotations

import sys

from mbgit import report

from .options import parse
from .plan import Failure, ask_interpreter
from .program import arm_drivers, prepare


def main(argv: list[str]) -> int:
    """Run the first stage; the exit status."""
    options = parse(argv)
    try:
        arm_drivers(prepare(options, ask_interpreter(options.python or sys.executable)))
    except Failure as failure:
        report.complain(f"install.py: {failure}")
        return 1
    return 0
