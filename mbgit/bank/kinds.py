"""The table of file kinds. Drivers, attributes, scaffolds and documentation are all read from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

POLICIES = ("latest", "union", "log")

IN_BANK, BESIDE_BANK, IN_ROOT = "in the bank", "beside the bank", "in the repository's root"


class Kind(NamedTuple):
    """One kind of file.

    `pattern` is a glob as gitattributes has them, relative to `place`; `template` names the file in
    `templates/` that a new one starts as (and whose headings are the required ones), or is empty.
    """

    pattern: str
    policy: str
    place: str = IN_BANK
    template: str = ""


KINDS = (
    Kind("activeContext.md", "latest", template="activeContext.md"),
    Kind("systemContext.md", "latest"),
    Kind("*-buffer.md", "union"),
    Kind("decisions-inbox.md", "union", template="decisions-inbox.md"),
    Kind("decisions.md", "union"),
    Kind("progress.md", "union"),
    Kind("agent-logbook.md", "union"),
    Kind("sessions/**/*.md", "union"),
    Kind("agent-memory-banks/**/*.md", "union"),
    Kind("agent-memory-banks/**/*.md", "union", BESIDE_BANK),
    Kind("SESSION_LOG.md", "log", template="SESSION_LOG.md"),
    Kind("archive/SESSION_LOG-*.md", "log"),
    Kind("Docs/03-Reference/Patterns.md", "union", IN_ROOT),
    Kind("Docs/06-PostMortems/**/*.md", "union", IN_ROOT),
    Kind("Docs/03-Reference/ADR/**/*.md", "union", IN_ROOT),
)


class Rule(NamedTuple):
    """`folder` (a path from the root, `""` or ending in a slash) taken literally, then `glob`: merged by `policy`."""

    folder: str
    glob: str
    policy: str


def rules(banks: list[str]) -> list[Rule]:
    """Which paths are merged how, for banks at these paths from the repository's root; each rule once."""
    return list(dict.fromkeys(rule for bank in banks for rule in _rules_of(bank)))


def _rules_of(bank: str) -> Iterator[Rule]:
    inside = "" if bank == "." else f"{bank}/"
    beside = f"{inside.rstrip('/').rpartition('/')[0]}/".lstrip("/")
    folders = {IN_BANK: inside, BESIDE_BANK: beside, IN_ROOT: ""}
    for kind in KINDS:
        yield Rule(folders[kind.place], kind.pattern, kind.policy)
