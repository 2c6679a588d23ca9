"""The table of file kinds. Drivers, attributes, scaffolds and documentation are all read from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

POLICIES = ("latest", "union", "log")

IN_BANK, BESIDE_BANK, IN_ROOT = "in the bank", "beside the bank", "in the repository's root"


class Kind(NamedTuple):
    """One kind of file: a glob as in gitattributes, how it is merged, and from where the glob counts."""

    pattern: str
    policy: str
    place: str = IN_BANK


KINDS = (
    Kind("activeContext.md", "latest"),
    Kind("systemContext.md", "latest"),
    Kind("*-buffer.md", "union"),
    Kind("decisions-inbox.md", "union"),
    Kind("decisions.md", "union"),
    Kind("progress.md", "union"),
    Kind("agent-logbook.md", "union"),
    Kind("sessions/**/*.md", "union"),
    Kind("agent-memory-banks/**/*.md", "union"),
    Kind("agent-memory-banks/**/*.md", "union", BESIDE_BANK),
    Kind("SESSION_LOG.md", "log"),
    Kind("archive/SESSION_LOG-*.md", "log"),
    Kind("Docs/03-Reference/Patterns.md", "union", IN_ROOT),
    Kind("Docs/06-PostMortems/**/*.md", "union", IN_ROOT),
    Kind("Docs/03-Reference/ADR/**/*.md", "union", IN_ROOT),
)


class Rule(NamedTuple):
    """Paths that are `folder` (from the root; empty or ending in a slash), literally, then match `glob`."""

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
