"""The first stage of install.py, standard library alone: the drivers, then an interpreter for the rest."""

from __future__ import annotations

import os
import shlex
import sys
from typing import NoReturn

from mbgit import git

from . import environment
from .exits import guarded
from .options import Options, parse
from .plan import Failure, Step, Work, ask_interpreter
from .program import all_steps, check, driver_steps, for_each, install, prepare, uninstall
from .shims import CHECKOUT


def main(argv: list[str]) -> int:
    """Run install.py; the exit status. Where the second stage is reached, it takes this process over."""
    options = parse(argv)
    for name in git.LOCAL:
        os.environ.pop(name, None)
    return guarded(lambda: _run(options, argv))


def _run(options: Options, argv: list[str]) -> int:
    if options.demo:
        _hand_over(_python_for_demo(options), argv)
    works = prepare(options)
    if options.uninstall:
        return for_each(works, uninstall)
    if options.check:
        return for_each(works, check)
    python = works[0].python
    if options.dry_run and options.migrate and os.path.exists(python.path) and not python.missing:
        _hand_over(python.path, argv)  # planning one needs the parser of Markdown
    if options.dry_run:
        return for_each(works, _would_install)
    for steps in (driver_steps, _environment):  # the drivers of all come before what may fail
        for work in works:
            install(work, steps(work))
            work.record.set(CHECKOUT, str(environment.CHECKOUT))
    _hand_over(python.path, argv)


def _environment(work: Work) -> list[Step]:
    return [] if work.options.python else [environment.Environment(work)]


def _would_install(work: Work) -> int:
    if not install(work, [*all_steps(work), *_environment(work)]):
        work.say("nothing to change")
    return 0


def _python_for_demo(options: Options) -> str:
    if options.python:
        return ask_interpreter(options.python).path
    environment.make()
    return str(environment.python())


def _hand_over(python: str, argv: list[str]) -> NoReturn:
    missing = ask_interpreter(python).missing
    if missing:
        again = shlex.join([python, "-m", "pip", "install", str(environment.CHECKOUT)])
        raise Failure(f"the drivers are armed, but the hooks need {', '.join(missing)}: {again}")
    sys.stdout.flush()
    os.execv(python, [python, "-I", "-m", "mbgit.install", *argv])
