"""The second stage of install.py: all that is left to do once there is an interpreter with mbgit."""

from __future__ import annotations

import sys
from typing import Any

import click

from mbgit import report

from . import demo
from .exits import guarded
from .options import ABOUT, OPTIONS, Option, Options
from .plan import Failure
from .program import all_steps, check, install, prepare, summary, uninstall


def _parameter(option: Option) -> click.Option:
    kind = click.Choice(option.choices) if option.choices else None
    return click.Option(
        [f"--{option.name}"], help=option.help, is_flag=not option.metavar, metavar=option.metavar or None,
        multiple=option.many, type=kind,
    )  # fmt: skip


def run(**values: Any) -> int:  # noqa: ANN401 - click knows the types, from the same table
    """Do what the options say; the exit status. Raises Failure."""
    options = Options(**values)._replace(python=sys.executable)
    if options.demo:
        return demo.run()
    work = prepare(options)
    if options.uninstall:
        return uninstall(work)
    if options.check:
        return check(work)
    changed = install(work, all_steps(work))
    if options.migrate:
        from . import migrate

        return migrate.propose(work)
    if not options.dry_run:
        for line in summary(work):
            report.say(line)
    elif not changed:
        report.say("nothing to change")
    return 0


command = click.Command(
    "install.py", callback=run, help=ABOUT,
    params=[click.Argument(["target"], metavar="TARGET", default="."), *map(_parameter, OPTIONS)],
)  # fmt: skip


def main() -> int:
    """The click program, with mbgit's own exit statuses."""
    try:
        return int(command.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        raise Failure(error.format_message()) from error


if __name__ == "__main__":
    sys.exit(guarded(main))
