"""The table of file kinds. Drivers, attributes, checks, scaffolds and documentation are all read from it.

The first rows are those of the specification, where a file has a form that checks ask for. The rows below them are what
else the field keeps: how it is merged, and what an entry of it looks like. The last row takes any other page of a bank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

from .entries import Undated, anything
from .globs import fits

POLICIES = ("latest", "union", "log")

IN_BANK, BESIDE_BANK, IN_ROOT = "in the bank", "beside the bank", "in the repository's root"

REQUIRED, WANTED, FREE = "required", "wanted", "free"  # whether an entry needs a time stamp


class Kind(NamedTuple):
    """One kind of file: how it is found, how it is merged, and what a good one is like."""

    pattern: str
    """A glob as in gitattributes. The name of a file in it is met in any case, with and without `-` and `_`."""
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
    entry: str = ""
    """What an entry looks like, in words, where no template shows it."""
    aside: bool = False
    """A template, a skill, a charter: no memory, so it counts in no size, digest or check where banks have their own
    form."""
    own: bool = False
    """Its form is its authors' own: no check of form refuses it."""

    @property
    def without_form(self) -> Kind:
        """The same in a bank that has a form of its own: merged as anywhere, and nothing of its form asked for."""
        return self._replace(template="", stamps=FREE, cap=0, update="", append_only="", own=True)

    @property
    def undated(self) -> Undated | None:
        """`undated` of `bank.entries.entries` for such a file: what asks for dates, or only grows, is a list."""
        return None if self.stamps == FREE and self.append_only != "*" else anything


ANY = "**/*.md"
_PLACE = "a paragraph or an item below the heading that it belongs to; rewrite it in its place"
_ITEM = "an item or a paragraph of its own, below the heading that it belongs to"
_DATED = "a heading with the date in front, and who and why below it"
_SESSION = "a heading with date and who, and what was done below it"
_HISTORY = "an item of its own, dated, at the end"
_STATE = ("activeContext", "context", "currentTask", "now")
DESCRIPTIONS = (
    "projectBrief", "productContext", "systemPatterns", "techContext", "brief", "product", "architecture", "tech",
)  # fmt: skip
_GROWING = {
    "decisionLog": _DATED, "decisions": _DATED, "progress": _HISTORY, "history": _HISTORY, "log": _HISTORY,
    "sessionLog": _SESSION, "lessons": _ITEM, "learnings": _ITEM, "tasks": "an item with a box, `- [ ] ...`",
    "MEMORY": "one line that names the file it stands for",
}  # fmt: skip
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
    Kind("SESSION_LOG.md", "log", IN_ROOT, entry=_SESSION, own=True),
    # what the field keeps besides
    Kind("**/templates/**/*.md", "union", aside=True),
    Kind("**/skills/**/*.md", "union", aside=True),
    Kind("**/charter.md", "union", aside=True),
    *(Kind(f"**/{name}.md", "latest", entry=_PLACE) for name in (*_STATE, *DESCRIPTIONS)),
    *(Kind(f"**/{name}.md", "union", entry=entry) for name, entry in _GROWING.items()),
    Kind(ANY, "union", entry=_ITEM),
)
BANK_CAP = 70  # KB that all files of one bank should stay under


class Rule(NamedTuple):
    """Paths that are `folder` (from the root; empty or ending in a slash), literally, then match `glob`."""

    folder: str
    glob: str
    policy: str


def rules(banks: Iterable[str], targets: Iterable[str] = (), files: Sequence[tuple[str, str]] = ()) -> list[Rule]:
    """Which paths are merged how, for banks at these paths from the repository's root; each rule once.

    Of two that take a path the later one counts, as in gitattributes. `files` are paths with their policies. `targets`
    are those of harvests, folders with a slash at the end: two clones may harvest into one at once, so those that are
    no kind of file by themselves are merged by union.
    """
    banks = list(banks)
    every = [Rule(path, "", policy) for path, policy in files]
    every += [rule for bank in _inner_first(banks) for row in _rows_of(bank) for rule in row.rules]
    found = list(dict.fromkeys(every))[::-1]
    for target in targets:
        glob = "**/*.md" if target.endswith("/") else ""
        if kind_of(f"{target}x.md" if glob else target, banks, files) is None:
            found.append(Rule(target, glob, "union"))
    return list(dict.fromkeys(found))


def kind_of(path: str, banks: Iterable[str], files: Sequence[tuple[str, str]] = ()) -> Kind | None:
    """The kind of the file at `path` (from the repository's root), the first that fits; None: not governed.

    `files` are paths that a team governs besides, with their policies; they come first.
    """
    for named, policy in files:
        if named == path:
            return Kind(path, policy, IN_ROOT, own=True)
    name = folded(path)
    return next((row.kind for bank in _inner_first(banks) for row in _rows_of(bank) if row.takes(path, name)), None)


def bank_of(path: str, banks: Iterable[str]) -> str | None:
    """The bank that a path lies in, if any."""
    return next((bank for bank in _inner_first(banks) if bank == "." or path.startswith(f"{bank}/")), None)


def folded(path: str) -> str:
    """The name of a file as names are compared: no case, no `-`, no `_`."""
    return path.rpartition("/")[2].casefold().replace("-", "").replace("_", "")


def _inner_first(banks: Iterable[str]) -> list[str]:
    """A bank within another one comes first."""
    return sorted(banks, key=lambda bank: 0 if bank == "." else -1 - bank.count("/"))


class _Row(NamedTuple):
    """A kind in one bank: what it takes, and the rules that say so to git."""

    kind: Kind
    folder: str
    name: str
    """The file's name as names are compared; empty where it has a wildcard, or is met as it stands."""
    glob: str
    """With `x` as the file's name where `name` says it."""
    rules: tuple[Rule, ...]

    def takes(self, path: str, name: str) -> bool:
        if not path.startswith(self.folder) or (self.name and self.name != name):
            return False
        rest = path[len(self.folder) :]
        return fits(self.glob, f"{rest[: rest.rfind('/') + 1]}x" if self.name else rest)


@cache
def _rows_of(bank: str) -> tuple[_Row, ...]:
    inside = "" if bank == "." else f"{bank}/"
    beside = f"{inside.rstrip('/').rpartition('/')[0]}/".lstrip("/")
    folders = {IN_BANK: inside, BESIDE_BANK: beside, IN_ROOT: ""}
    kinds = KINDS if inside else tuple(_at_top(KINDS))
    last = max(at for at, kind in enumerate(kinds) if kind.policy != "union")  # below it, the last row says it for all
    rows = [_row(kind, folders[kind.place], every=not inside) for kind in kinds]
    return tuple(row if at <= last or row.kind.pattern == ANY or not inside else row._replace(rules=())
                 for at, row in enumerate(rows))  # fmt: skip


def _at_top(kinds: Iterable[Kind]) -> Iterator[Kind]:
    """For a bank that is the whole repository: the pages in its folders are not the bank's unless a row says so."""
    for kind in kinds:
        pattern = kind.pattern.removeprefix("**/")
        if kind.pattern == pattern or not ("*" in pattern or kind.aside):
            yield kind._replace(pattern=pattern)


def _row(kind: Kind, folder: str, *, every: bool) -> _Row:
    """`every`: no other row takes the spellings of a name that is merged by union."""
    above, slash, name = kind.pattern.rpartition("/")
    any_spelling = ("*" not in name and kind.place == IN_BANK) or kind.own
    globs = [kind.pattern]
    if any_spelling and (every or kind.policy != "union"):
        globs = [f"{above}{slash}{spelling}" for spelling in spellings(name)]
    glob, spelled = (f"{above}{slash}x", folded(name)) if any_spelling else (kind.pattern, "")
    return _Row(kind, folder, spelled, glob, tuple(Rule(folder, glob, kind.policy) for glob in globs))


_WORD = re.compile(r"[A-Z]*[a-z0-9]+|[A-Z]+")


def spellings(name: str) -> list[str]:
    """A file's name in any case, with and without `-` and `_` between its words, as globs."""
    stem, dot, ending = name.rpartition(".")
    words = ["".join(f"[{char}{char.swapcase()}]" for char in word) for word in _WORD.findall(stem)]
    joints = product(("", "[_-]"), repeat=len(words) - 1)
    return ["".join(f"{word}{joint}" for word, joint in zip(words, (*how, ""), strict=True)) + dot + ending
            for how in joints]  # fmt: skip


def scope(banks: Iterable[str], targets: Iterable[str], files: Iterable[tuple[str, str]] = ()) -> list[str]:
    """What mbgit looks at, as git's pathspecs: banks, what is beside them, harvest targets, the team's other files, its
    settings."""
    banks = list(banks)
    outside = (row for bank in banks for row in _rows_of(bank) if row.kind.place != IN_BANK)
    fixed = {path for row in outside for path in _tops(row)}
    literal = [":(top)" if path == "." else f":(top,literal){path}" for path in (*banks, ".mbgit.toml")]
    literal += [f":(top,literal){path}" for path, _ in files]
    return literal + sorted({f":(top,icase,literal){path.rstrip('/')}" for path in (*fixed, *targets)})


def _tops(row: _Row) -> Iterator[str]:
    """The paths that hold all of a row: up to the first wildcard, a name in its spellings but for the case."""
    pattern = row.folder + row.kind.pattern
    yield pattern.partition("*")[0].rstrip("/")
    if row.name and "/" not in pattern:
        yield from (pattern.replace("_", joint) for joint in ("-", ""))
