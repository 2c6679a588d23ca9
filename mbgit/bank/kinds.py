"""The table of file kinds. Drivers, attributes, checks, scaffolds and documentation are all read from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .entries import Undated, anything
from .globs import fits

POLICIES = ("latest", "union", "log")

IN_BANK, BESIDE_BANK, IN_ROOT = "in the bank", "beside the bank", "in the repository's root"

REQUIRED, WANTED, FREE = "required", "wanted", "free"  # whether an entry needs a time stamp


class Kind(NamedTuple):
    """One kind of file: how it is found, how it is merged, and what a good one is like."""

    pattern: str
    """A glob as in gitattributes."""
    policy: str
    place: str = IN_BANK
    """From where the glob counts."""
    template: str = ""
    """The file of `templates/` that a new one starts as; its headings are the required ones."""
    stamps: str = FREE
    """Whether its entries need a time stamp: REQUIRED, WANTED or FREE."""
    cap: int = 0
    """The size in KB that it should stay under; 0: none."""
    update: str = ""
    """How often it should change: session, daily, weekly, or nothing."""
    append_only: str = ""
    """`*`: no entry may be lost or changed; else the heading of the section for which that holds."""
    private: bool = False
    """One persona's own."""

    @property
    def undated(self) -> Undated | None:
        """`undated` of `bank.entries.entries` for such a file: what asks for dates is a list of entries."""
        return None if self.stamps == FREE else anything


KINDS = (
    Kind("activeContext.md", "latest", template="activeContext.md", cap=3, update="session"),
    Kind("systemContext.md", "latest", template="systemContext.md"),
    Kind("patterns-buffer.md", "union", template="patterns-buffer.md", stamps=WANTED, cap=10, update="daily"),
    Kind("lessons-buffer.md", "union", template="lessons-buffer.md", stamps=WANTED, cap=10, update="daily"),
    Kind("*-buffer.md", "union", stamps=WANTED, cap=10, update="daily"),
    Kind("decisions-inbox.md", "union", template="decisions-inbox.md", stamps=REQUIRED, cap=5, update="weekly"),
    Kind("decisions.md", "union", template="decisions.md", stamps=REQUIRED),
    Kind("progress.md", "union", template="progress.md", append_only="Change Log"),
    Kind("agent-logbook.md", "union", template="agent-logbook.md", stamps=REQUIRED),
    Kind("sessions/**/*.md", "union", template="journal.md"),
    Kind("agent-memory-banks/README.md", "union", template="memories-README.md"),
    Kind("agent-memory-banks/README.md", "union", BESIDE_BANK, template="memories-README.md"),
    Kind("agent-memory-banks/**/*.md", "union", template="memory.md", private=True),
    Kind("agent-memory-banks/**/*.md", "union", BESIDE_BANK, template="memory.md", private=True),
    Kind("SESSION_LOG.md", "log", template="SESSION_LOG.md", stamps=REQUIRED, cap=50, update="daily", append_only="*"),
    Kind("archive/SESSION_LOG-*.md", "log", append_only="*"),
    Kind("Docs/03-Reference/Patterns.md", "union", IN_ROOT),
    Kind("Docs/03-Reference/Troubleshooting.md", "union", IN_ROOT),
    Kind("Docs/06-PostMortems/**/*.md", "union", IN_ROOT),
    Kind("Docs/03-Reference/ADR/**/*.md", "union", IN_ROOT),
)
BANK_CAP = 70  # KB that all files of one bank should stay under


class Rule(NamedTuple):
    """Paths that are `folder` (from the root; empty or ending in a slash), literally, then match `glob`."""

    folder: str
    glob: str
    policy: str


def rules(banks: list[str], targets: Iterable[str] = ()) -> list[Rule]:
    """Which paths are merged how, for banks at these paths from the repository's root; each rule once.

    `targets` are those of harvests, folders with a slash at the end: two clones may harvest into one at once, so those
    that are no kind of file by themselves are merged by union.
    """
    found = dict.fromkeys(rule for bank in banks for rule, _ in _rules_of(bank))
    for target in targets:
        glob = "**/*.md" if target.endswith("/") else ""
        if kind_of(f"{target}x.md" if glob else target, banks) is None:
            found[Rule(target, glob, "union")] = None
    return list(found)


def kind_of(path: str, banks: Iterable[str]) -> Kind | None:
    """The kind of the file at `path` (from the repository's root), the first that fits; None: not governed."""
    for bank in banks:
        for rule, kind in _rules_of(bank):
            if path.startswith(rule.folder) and fits(rule.glob, path[len(rule.folder) :]):
                return kind
    return None


def bank_of(path: str, banks: Iterable[str]) -> str | None:
    """The bank that a path lies in, if any."""
    return next((bank for bank in banks if bank == "." or path.startswith(f"{bank}/")), None)


def _rules_of(bank: str) -> Iterator[tuple[Rule, Kind]]:
    inside = "" if bank == "." else f"{bank}/"
    beside = f"{inside.rstrip('/').rpartition('/')[0]}/".lstrip("/")
    folders = {IN_BANK: inside, BESIDE_BANK: beside, IN_ROOT: ""}
    for kind in KINDS:
        yield Rule(folders[kind.place], kind.pattern, kind.policy), kind


def scope(banks: Iterable[str], targets: Iterable[str]) -> list[str]:
    """What mbgit looks at, as git's pathspecs: banks, what lies beside them, harvest targets, its own settings."""
    banks = list(banks)
    fixed = {_top(rule.folder + rule.glob) for bank in banks for rule, kind in _rules_of(bank) if kind.place != IN_BANK}
    literal = [":(top)" if path == "." else f":(top,literal){path}" for path in (*banks, ".mbgit.toml")]
    return literal + sorted(f":(top,icase,literal){path.rstrip('/')}" for path in {*fixed, *targets})


def _top(glob: str) -> str:
    """The part of a glob in front of its first wildcard."""
    return glob.partition("*")[0].rstrip("/")
