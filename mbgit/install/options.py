"""The options of install.py: one table for its first stage, which has no click, and for the click program."""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple, NoReturn

from mbgit.bank.layouts import BUFFERS, LAYOUTS, MULTI_AGENT

CI, PULL_REQUESTS = "ci", "pull-requests"  # no layouts, but scaffolded like them


class Option(NamedTuple):
    """A row of the table; a flag has no `metavar`."""

    name: str
    help: str
    metavar: str = ""
    many: bool = False
    wins: bool = False
    """Whether a second one overrides the first, for those who wrap install.py."""
    choices: tuple[str, ...] = ()


OPTIONS = (
    Option("persona", "who works in this clone (git config mbgit.persona)", "NAME"),
    Option("digest", "how much a pull says: all, one line of counts without a word from others, or nothing "
           "(git config mbgit.digest)", "HOW", choices=("full", "counts", "off")),
    Option("bank", "a bank's folder, from the root; repeatable (default: found)", "PATH", many=True),
    Option("scaffold", "also create the missing files of that layout (ci: a workflow that checks what is pushed; "
           "pull-requests: one that keeps them mergeable)", "LAYOUT", choices=(*LAYOUTS, CI, PULL_REQUESTS)),
    Option("personas", "whose private memories a multi-agent bank gets: \"Tech Lead,DevOps Engineer\"", "NAMES"),
    Option("migrate", "build the migration to that layout as a proposal (git merge mbgit/migrate accepts it)", "LAYOUT",
           choices=(MULTI_AGENT, BUFFERS)),
    Option("global", "arm every clone of this user, those to come too: with --check and --uninstall likewise"),
    Option("bare", "TARGET is a bare repository that others push to: arm its drivers, and check what is pushed"),
    Option("agents", "also add ten lines to AGENTS.md (or CLAUDE.md) on how to write entries that merge"),
    Option("share", "also write the mapping into .gitattributes, for you to commit"),
    Option("check", "change nothing: say what is armed and what is not; exit 1 if anything is not"),
    Option("dry-run", "print every change that would be made, make none"),
    Option("uninstall", "take out exactly what was put in"),
    Option("python", "use this interpreter (mbgit importable) and make no environment", "PATH", wins=True),
    Option("verbose", "name every change, not only those to files of yours"),
    Option("demo", "show several clones syncing through a bare remote, in a sandbox"),
)

# What may stand beside an option that leaves others nothing to do, and why the rest is refused and not passed over.
ALWAYS = ("target", "python", "verbose", "bare", "global")
PERSONAL = ("persona", "digest")
BESIDE = {
    "global": (("target", "python", "verbose", *PERSONAL, "check", "dry-run", "uninstall"), "it is for all clones"),
    "bare": (("target", "python", "verbose", "bank", "check", "dry-run", "uninstall"), "nobody works there"),
    "demo": (("python",), "it works in a sandbox of its own"),
    "check": ((*ALWAYS, *PERSONAL, "bank", "agents", "share", "dry-run"), "it changes nothing"),
    "uninstall": ((*ALWAYS, "dry-run"), "it takes out all that was put in"),
    "migrate": ((*ALWAYS, *PERSONAL, "personas", "bank", "share", "dry-run"), "it proposes files, and writes none"),
}

ABOUT = "Set up a git clone so that its memory banks merge themselves."
TARGET = "the clones or worktrees to set up (default: the current folder's)"


class Options(NamedTuple):
    """The command line, read."""

    target: tuple[str, ...] = ()
    """None: the current folder's."""
    persona: str | None = None
    bank: tuple[str, ...] = ()
    scaffold: str | None = None
    personas: str | None = None
    migrate: str | None = None
    everywhere: bool = False
    """`--global`, which Python has another use for."""
    bare: bool = False
    agents: bool = False
    share: bool = False
    check: bool = False
    dry_run: bool = False
    uninstall: bool = False
    python: str | None = None
    verbose: bool = False
    demo: bool = False
    digest: str | None = None


class _Once(argparse.Action):
    """An option with one value: a second one would silently win."""

    def __call__(self, parser: argparse.ArgumentParser, found: argparse.Namespace, value: object, *_: object) -> None:
        if getattr(found, self.dest) is not None:
            parser.error(f"--{self.dest} is given twice: name one")
        setattr(found, self.dest, value)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(1, f"install.py: {message} (--help lists the options)\n")


def parse(argv: list[str]) -> Options:
    """Read the command line with the standard library alone. Exits with one line where it is wrong."""
    parser = _Parser("install.py", description=ABOUT, allow_abbrev=False)
    parser.add_argument("target", metavar="TARGET", nargs="*", help=TARGET)
    for option in OPTIONS:
        parser.add_argument(f"--{option.name}", help=option.help, **_details(option))
    found = vars(parser.parse_intermixed_args(argv))
    options = options_of({**found, "target": tuple(found["target"]), "bank": tuple(found["bank"])})
    if why := contradiction(options):
        parser.error(why)
    return options


def options_of(values: dict[str, Any]) -> Options:
    """The options by their names on the command line."""
    return Options(**{"everywhere" if name == "global" else name: value for name, value in values.items()})


def contradiction(options: Options) -> str:
    """Which two options cannot stand together, in words; nothing where all can."""
    values = options._asdict()
    values["global"] = values.pop("everywhere")
    given = {name.replace("_", "-") for name, value in values.items() if value not in (None, False, ())}
    for name, (beside, why) in BESIDE.items():
        if name in given and (others := sorted(given - {name, *beside})):
            return f"--{name} goes without {_spelled(others[0])}: {why}"
    return ""


def _spelled(name: str) -> str:
    return "TARGET" if name == "target" else f"--{name}"


def _details(option: Option) -> dict[str, Any]:
    if not option.metavar:
        return {"action": "store_true"}
    if option.many:
        return {"action": "append", "default": [], "metavar": option.metavar}
    shown = {"choices": option.choices} if option.choices else {"metavar": option.metavar}
    return shown if option.wins else {"action": _Once, **shown}
