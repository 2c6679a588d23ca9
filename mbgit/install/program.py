"""The installation: which steps there are, in which order, and what is done with them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from mbgit import git
from mbgit.bank.layouts import BUFFERS, LAYOUTS
from mbgit.bank.personas import NAME, is_name
from mbgit.bank.places import PLACES, USUAL, bank_path, find_banks
from mbgit.words import quoted, shown_path

from . import bare, config, environment, globally
from .agents import Agents
from .attributes import Attributes
from .bare import Sharing
from .check import Trial
from .engine import Engine
from .exits import INTERRUPTED, guarded
from .governed import governed, naming
from .leftovers import Leftovers
from .managers import Managers
from .options import Options
from .plan import ARMED, Change, Failure, Finding, Interpreter, Step, Work, ask_interpreter, find_site, has_folder
from .record import Record
from .scaffold import Scaffold, personas_of
from .settings import Choices
from .shims import Runner, Shims, team_settings
from .templates import Templates


def prepare(options: Options) -> list[Work]:
    """Look at the clones that the options name, before anything is done to one of them. Raises Failure."""
    if git.version() < git.OLDEST:
        raise Failure("git 2.39 or newer is needed: https://git-scm.com/downloads")
    if options.everywhere:
        record = Record(globally.site().home)
        return [globally.prepare(options, _interpreter(options, record), record)]
    personas_of(options)
    if options.persona is not None and not is_name(options.persona):
        raise Failure(f"--persona: expected {NAME}, not {quoted(options.persona)}")
    targets = list(dict.fromkeys(options.target)) or ["."]
    if options.bare and len(targets) > 1:
        raise Failure("--bare goes with one TARGET: each has an environment of its own")
    return [_prepare(options, target, target if len(targets) > 1 else "") for target in targets]


def _prepare(options: Options, target: str, name: str) -> Work:
    site = find_site(Path(target), bare=options.bare or (None if options.check or options.uninstall else False))
    if site.home.is_dir() and not os.access(site.home, os.R_OK | os.X_OK):
        raise Failure(f"{site.home} is another user's, who armed this clone: make a clone of your own")
    if site.bare:
        environment.keep_in(site.home)
    record = Record(site.home)
    banks = _banks(options, site.top, record)
    if site.bare:  # what is pushed tomorrow may be the first bank
        banks = list(dict.fromkeys([*USUAL, *banks]))
    return Work(site, options, record, banks, _interpreter(options, record), name)


def for_each(works: Iterable[Work], run: Callable[[Work], int]) -> int:
    """Do the same to each clone, whether or not it fails for another; the gravest exit status."""
    worst = 0
    for work in works:
        status = guarded(partial(run, work), work.name)
        if status == INTERRUPTED:
            return status
        worst = max(worst, status)
    return worst


def _interpreter(options: Options, record: Record) -> Interpreter:
    """The one that is named, or that the clone was set up with; else the environment's, made or not yet."""
    place = str(environment.python())
    if named := options.python or ((options.check or options.uninstall) and record.values.get("python")):
        found = ask_interpreter(str(named))
    elif environment.ready():
        found = ask_interpreter(place)
    else:
        found = ask_interpreter(sys.executable)._replace(path=place)
    base = record.values.get("base", "")  # one program may have many names: keep to the first
    return found._replace(base=base) if os.path.exists(base) and os.path.samefile(base, found.base) else found


def _banks(options: Options, top: Path, record: Record) -> list[str]:
    """The banks that are named, here or by the team; else those of the last time and found; else the usual places.

    Files are to lie in one place: where there is no bank yet, in the usual one of their layout.
    """
    try:
        named = [bank_path(text) for text in options.bank]
    except ValueError as error:
        raise Failure(f"--bank: {error}") from error
    making = options.scaffold in LAYOUTS
    committed = _folders_of_head(top)
    found = find_banks(lambda place: place in committed or (top / place).is_dir())
    known = list(record.values.get("banks", []))
    known = [] if (making or found) and known == list(USUAL) else known  # all of them: nobody's choice
    absent = [bank for bank in named if bank not in known and not has_folder(top, bank)]
    if absent and not (making and len(named) == 1):
        there = f"found: {', '.join(found)}" if found else f"--scaffold {BUFFERS} makes one"
        raise Failure(f"--bank: no folder {shown_path(absent[0])} here; {there}")
    named = named or list(team_settings(top).banks)
    usual = USUAL[options.scaffold != BUFFERS :][:1] if making else USUAL
    return list(dict.fromkeys(named or known + found)) or list(usual)


def _folders_of_head(top: Path) -> set[str]:
    """The usual places that HEAD has: a sparse checkout may lack them."""
    try:
        return set(git.run("ls-tree", "-dz", "--name-only", "HEAD", *PLACES, cwd=top).decode().split("\0"))
    except git.GitError:  # no commit yet
        return set()


def driver_steps(work: Work) -> list[Step]:
    """What merging needs; no environment does."""
    if work.options.everywhere:
        return globally.driver_steps(work)
    return [Engine(work), config.drivers(work), Attributes(work)]


def all_steps(work: Work) -> list[Step]:
    """What the options ask for, in the order in which it is done."""
    if work.options.everywhere:
        return globally.all_steps(work)
    if work.site.bare:
        return [*driver_steps(work), Runner(work), config.hooks(work), Shims(work), Leftovers(work), Sharing(work)]
    steps = [*driver_steps(work), Runner(work), config.hooks(work), Shims(work)]
    steps += config.personal(work)
    if work.options.share:
        steps += [Attributes(work, shared=True), Managers(work)]
    if work.options.scaffold:
        steps.append(Scaffold(work, work.options.scaffold))
    if work.options.agents:
        steps.append(Agents(work))
    return [*steps, Templates(work), Leftovers(work)]


def install(work: Work, steps: list[Step]) -> bool:
    """Do what is not done yet; whether there was anything. Each change to a file of the user's is printed; the other
    changes only if all are asked for. A dry run only prints.
    """
    changes = [change for step in steps for change in step.do()]
    _make(work, changes, all=work.options.verbose)
    return bool(changes)


def uninstall(work: Work) -> int:
    """Take everything out again, with a line for each change and for what stays; the exit status."""
    kept = [] if work.options.everywhere else Leftovers(work).kept()
    changes = [change for step in _undoable(work) for change in step.undo()]
    _make(work, list({change.text: change for change in changes}.values()))
    where = "git's global configuration" if work.options.everywhere else "this clone"
    for line in kept if changes else [f"nothing of mbgit is in {where}"]:
        work.say(f"would {line}" if changes and work.options.dry_run else line)
    return 0


def check(work: Work) -> int:
    """Say of each part whether it is armed; the exit status."""
    if not work.options.everywhere and not work.record.values and globally.is_armed():
        work.say("this clone has no install of its own; that of all clones of this user:")
        return check(prepare(work.options._replace(everywhere=True))[0])
    if work.options.everywhere:
        return _said(work, globally.findings(work, globally.target(work.options)))
    steps = all_steps(work)
    if config.read_config(work.site.common / "config").get("merge.mbgit-union.driver") is None:
        work.say("mbgit is not set up in this clone")
    return _said(work, (finding for step in [*steps, Choices(work), Trial(work)] for finding in step.verify()))


def _said(work: Work, findings: Iterable[Finding]) -> int:
    findings = list(findings)
    for finding in findings:
        work.say(f"{finding.state:<8} {finding.about}" + (f": {finding.why}" if finding.why else ""))
    return int(any(finding.state != ARMED for finding in findings))


def summary(work: Work) -> list[str]:
    """What a repository has, and what it lacks: the last line says how many of its pages are governed. Of several that
    are set up at once each has one line, unless all is asked for.
    """
    if work.site.bare:
        return [bare.summary(work)]
    if work.options.everywhere:
        return [globally.summary(work)]
    inside, outside = governed(work)
    last = f"{len(inside)} of {len(inside) + len(outside)} files governed"
    if blocked := Shims(work).blocked():
        said = [f"{last}; {blocked}"]
    else:
        said = [_in_place(work), *([last] if inside or outside else [])]
    return ["; ".join(said)] if work.name and not work.options.verbose else [*naming(outside), *said]


def _in_place(work: Work) -> str:
    name = git.config(config.PERSONA, cwd=work.site.top)
    persona = f", as {name}" if name else ""
    if any((work.site.top / bank).is_dir() for bank in work.banks):
        return f"everything is in place for {', '.join(work.banks)}{persona}"
    places = " or ".join(work.banks)
    return f"everything is in place{persona}; no bank is here yet: make {places}, or name one with --bank"


def _make(work: Work, changes: list[Change], *, all: bool = True) -> None:
    dry = work.options.dry_run
    for change in changes:
        if not dry:
            change.make()
        if all or dry or change.theirs:
            work.say(f"would {change.text}" if dry else change.text)


def _undoable(work: Work) -> list[Step]:
    if work.options.everywhere:
        return globally.undoable(work)
    known = (Path(os.path.normpath(work.site.home / name)) for name in work.record.values.get("files", {}))
    files = {work.site.common / "config", *(file for file in known if file.name.startswith("config"))}
    configs = [config.Config(work, "", {}, file) for file in sorted(files)]
    texts: list[Step] = [*configs, *([] if work.site.bare else [Attributes(work, shared=True)]), Attributes(work)]
    hooks: list[Step] = [Shims(work), Managers(work), Agents(work)]
    return [*hooks, *texts, Runner(work), Engine(work), environment.Environment(work), Leftovers(work)]
