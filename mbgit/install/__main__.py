"""The second stage of install.py: all that is left to do once there is an interpreter with mbgit."""

from __future__ import annotations

import sys
from typing import Any

import click

from mbgit import report

from . import demo
from .exits import guarded
from .options import ABOUT, OPTIONS, Option, options_of
from .plan import Failure, Work
from .program import all_steps, for_each, install, prepare, summary
from .settings import notes


def _parameter(option: Option) -> click.Option:
    kind = click.Choice(option.choices) if option.choices else None
    return click.Option(
        [f"--{option.name}"], help=option.help, is_flag=not option.metavar, metavar=option.metavar or None,
        multiple=option.many, type=kind,
    )  # fmt: skip


def run(**values: Any) -> int:  # noqa: ANN401 - click knows the types, from the same table
    """Do what the options say; the exit status. Raises Failure."""
    options = options_of(values)._replace(python=sys.executable)
    if options.demo:
        return demo.run()
    works = prepare(options)
    for note in notes(works) if not options.everywhere else ():
        report.say(f"note: {note}")
    return for_each(works, _set_up)


def _set_up(work: Work) -> int:
    changed = install(work, all_steps(work))
    if work.options.migrate:
        from . import migrate

        return migrate.propose(work)
    if not work.options.dry_run:
        for line in summary(work):
            work.say(line)
    elif not changed:
        work.say("nothing to change")
    return 0


command = click.Command(
    "install.py", callback=run, help=ABOUT,
    params=[click.Argument(["target"], metavar="TARGET", nargs=-1), *map(_parameter, OPTIONS)],
)  # fmt: skip


def main() -> int:
    """The click program, with mbgit's own exit statuses."""
    try:
        return int(command.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        raise Failure(error.format_message()) from error


if __name__ == "__main__":
    sys.exit(guarded(main))
