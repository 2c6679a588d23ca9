"""Reads `.mbgit.toml`, the settings of a team. A colleague wrote it: treat it as untrusted data."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from mbgit.words import quoted

from .entries import Undated, anything
from .globs import fits
from .kinds import bank_of, kind_of
from .personas import NAME, is_name, persona_key
from .places import PLACES
from .vocabulary import LONGEST, STATUS, Vocabulary

FILE = ".mbgit.toml"
LARGEST = 64 * 1024  # bytes
LEVELS = ("off", "warn", "error")
CHECKS = (
    "markers", "secrets", "lost", "encoding", "sections", "links", "timestamps", "contradictions", "locks",
    "structure", "vague", "records", "names", "fields", "private",
)  # fmt: skip
FIRM = ("markers", "secrets", "lost")  # a colleague's file cannot lower these: `git config mbgit.checks.NAME` can
LAYOUTS = ("buffers", "standard", "multi-agent")
POLICIES = ("union", "latest", "log")
UPKEEP = {
    "locks": True, "log": True, "records": True, "doubles": False, "sections": False, "journals": False, "links": False,
    "thresholds": False,
}  # fmt: skip
"""The jobs of upkeep, and which of them run unasked: those for which the specification gives a cap or a time limit, and
`records`, which ends what two harvests at once begin. The others are chores that it puts down as weekly, monthly or
quarterly."""
_THRESHOLD = re.compile(r"([1-9][0-9]{0,5}) ?(lines?|items?|KB)")


class Rule(NamedTuple):
    """When a buffer is ripe, where its entries go, and who sees to it."""

    source: str
    amount: int
    unit: str
    """lines, items or KB."""
    target: str
    """A file, or a folder where it ends in a slash; from the repository's root."""
    owner: str


HARVEST = (
    Rule("patterns-buffer.md", 20, "lines", "Docs/03-Reference/Patterns.md", "DevOps Engineer"),
    Rule("lessons-buffer.md", 15, "lines", "Docs/06-PostMortems/", "Debugger"),
    Rule("decisions-inbox.md", 5, "items", "Docs/03-Reference/ADR/", "Tech Lead"),
)


class Trouble(NamedTuple):
    """What is wrong with a setting: `error` where it cannot be followed, else it is only a warning."""

    what: str
    error: bool = True
    where: str = FILE


class Settings(NamedTuple):
    """What holds in a repository. Every key has a default."""

    banks: tuple[str, ...] = ()
    layout: str = ""
    harvest: tuple[Rule, ...] = HARVEST
    levels: dict[str, tuple[tuple[str, str], ...]] = {}  # noqa: RUF012 - never changed
    """For each check pairs of a glob and a level, the last that fits counts."""
    files: tuple[tuple[str, str], ...] = ()
    """What the team governs besides its banks: paths from the root, each with its policy."""
    priorities: dict[str, int] = {}  # noqa: RUF012 - never changed
    """By plain name; the greater goes first."""
    upkeep: dict[str, bool] = {}  # noqa: RUF012 - never changed
    """The jobs that are switched on or off; `UPKEEP` has the others."""
    vocabulary: Vocabulary = Vocabulary()
    """The team's own names of fields and headings."""
    troubles: tuple[Trouble, ...] = ()

    @property
    def targets(self) -> list[str]:
        """Where harvests go to."""
        return [rule.target for rule in self.harvest if rule.target]

    def level(self, check: str, path: str, default: str) -> str:
        """How grave a finding of a check is at a path: off, warn or error."""
        fitting = [level for glob, level in self.levels.get(check, ()) if fits(glob, path)]
        return fitting[-1] if fitting else default

    def undated(self, path: str, banks: Collection[str]) -> Undated | None:
        """`undated` of `bank.entries.entries` for a file: a target of harvests is read as its buffers are."""
        kind = kind_of(path, banks, self.files)
        names = {rule.target for rule in self.harvest}
        names |= {f"{bank}/{rule.source}".removeprefix("./") for bank in banks for rule in self.harvest}
        if path.casefold() in map(str.casefold, names):
            return anything
        return kind.undated if kind else None

    def priority(self, persona: str) -> int:
        return self.priorities.get(persona_key(persona), 0)


def read_settings(data: bytes | None) -> Settings:
    """The settings in the file's bytes (None: there is none). Raises nothing: see `Settings.troubles`.

    What is wrong keeps its default, and is reported.
    """
    if data is None:
        return Settings()
    import tomllib

    try:
        if len(data) > LARGEST:
            raise ValueError(f"{len(data)} bytes: expected at most {LARGEST}")
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and TOMLDecodeError are ValueErrors
        return Settings(troubles=(Trouble(f"not read: {quoted(str(error) or 'nested too deeply', 100)}"),))
    reader = _Reader(table)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in _KEYS:
            values.update(_KEYS[key](reader, value))
        else:
            reader.warn(f"unknown key {quoted(key)}")
    return Settings(**values, troubles=tuple(reader.troubles))


class _Reader:
    """Collects what is wrong with a table."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.troubles: list[Trouble] = []
        self.vocabulary = Vocabulary()

    def wrong(self, key: str, expected: str) -> None:
        self.troubles.append(Trouble(f"{key}: expected {expected}"))

    def warn(self, what: str) -> None:
        self.troubles.append(Trouble(what, error=False))

    def banks(self, value: object) -> dict[str, Any]:
        if isinstance(value, list) and value and all(isinstance(item, str) and confined(item) for item in value):
            return {"banks": tuple(str(PurePosixPath(item)) for item in value)}
        self.wrong("banks", "a list of folders inside of the repository")
        return {}

    def layout(self, value: object) -> dict[str, Any]:
        if value in LAYOUTS:
            return {"layout": value}
        self.wrong("layout", " or ".join(LAYOUTS))
        return {}

    def harvest(self, value: object) -> dict[str, Any]:
        if not isinstance(value, list):
            self.wrong("harvest", "[[harvest]] tables")
            return {}
        rules = {rule.source: rule for rule in HARVEST}
        for number, table in enumerate(value, 1):
            rule = self._rule(f"harvest {number}", table, rules)
            if rule is not None:
                rules[rule.source] = rule
        return {"harvest": tuple(rules.values())}

    def _rule(self, name: str, table: object, known: dict[str, Rule]) -> Rule | None:
        source = table.get("source") if isinstance(table, dict) else None
        if not isinstance(table, dict) or not isinstance(source, str) or not confined(source):
            self.wrong(f"{name}: source", "a file of the bank")
            return None
        default = known.get(source, Rule(source, 20, "lines", "", ""))
        before = len(self.troubles)
        for key in sorted(table.keys() - {"source", "threshold", "target", "owner"}):
            self.warn(f"{name}: unknown key {quoted(key)}")
        amount, unit = self._threshold(name, table.get("threshold", f"{default.amount} {default.unit}"))
        target, owner = table.get("target", default.target), table.get("owner", default.owner)
        if not isinstance(target, str) or not is_target(target):
            self.wrong(f"{name} ({quoted(source)}): target", "a *.md file or a folder/ inside of the repository")
        if not isinstance(owner, str):
            self.wrong(f"{name}: owner", "a persona's name")
        if any(trouble.error for trouble in self.troubles[before:]):
            return None
        return Rule(source, amount, unit, target, owner)

    def files(self, value: object) -> dict[str, Any]:
        found = {}
        for number, table in enumerate(value, 1) if isinstance(value, list) else ():
            path, policy = (table.get(key) for key in ("path", "merge")) if isinstance(table, dict) else (None, None)
            for key in sorted(table.keys() - {"path", "merge"}) if isinstance(table, dict) else ():
                self.warn(f"files {number}: unknown key {quoted(key)}")
            if not isinstance(path, str) or not self._may_be_governed(path):
                self.wrong(f"files {number}: path", "a *.md file inside of the repository, no agent's instructions")
            elif policy not in POLICIES:
                self.wrong(f"files {number} ({quoted(path)}): merge", f"{', '.join(POLICIES[:-1])} or {POLICIES[-1]}")
            else:
                found[str(PurePosixPath(path))] = policy
        if not isinstance(value, list):
            self.wrong("files", "[[files]] tables")
        return {"files": tuple(found.items())}

    def _may_be_governed(self, path: str) -> bool:
        """Whether a team may name this file: as for targets, and in a dot-directory where that is a bank's."""
        named = self.table.get("banks")
        banks = [*PLACES, *(bank for bank in (named if isinstance(named, list) else ()) if isinstance(bank, str))]
        bank = bank_of(path, banks)
        return path.endswith(".md") and confined(path) and is_target(path[len(bank) + 1 :] if bank else path)

    def _threshold(self, name: str, value: object) -> tuple[int, str]:
        found = _THRESHOLD.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(f"{name}: threshold", 'a number of lines, items or KB, such as "20 lines"')
            return 0, ""
        unit = found[2]
        return int(found[1]), unit if unit == "KB" else unit.rstrip("s") + "s"

    def checks(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.wrong("checks", "a table of levels")
            return {}
        found = {}
        for name, level in value.items():
            if name not in CHECKS:
                self.warn(f"checks: unknown check {quoted(name)}")
                continue
            pairs = tuple(self._levels(name, level))
            found[name] = tuple(pair for pair in pairs if name not in FIRM or pair[1] == "error")
            if len(found[name]) < len(pairs):
                self.warn(f"checks.{name} can be lowered only by `git config mbgit.checks.{name}`")
        return {"levels": found}

    def _levels(self, name: str, value: object) -> Iterator[tuple[str, str]]:
        table = value if isinstance(value, dict) else {"**": value}
        for glob, level in table.items():
            if level in LEVELS and len(glob) < 200 and glob.count("*") < 9:
                yield glob, level
            else:
                self.wrong(f"checks.{name}", '"off", "warn" or "error", or a table of globs with those')

    def personas(self, value: object) -> dict[str, Any]:
        found = {}
        for name, table in value.items() if isinstance(value, dict) else ():
            priority = table.get("priority", 0) if isinstance(table, dict) else None
            if type(priority) is int:
                found[persona_key(name)] = priority
            else:
                self.wrong(f"personas.{quoted(name)}", "a table such as { priority = 10 }")
        if not isinstance(value, dict):
            self.wrong("personas", "a table of personas")
        return {"priorities": found}

    def fields(self, value: object) -> dict[str, Any]:
        return self._named("fields", value, _known_names()[0])

    def headings(self, value: object) -> dict[str, Any]:
        return self._named("headings", value, _known_names()[1])

    def _named(self, part: str, value: object, known: set[str]) -> dict[str, Any]:
        """The team's names for some of the standard's; both keys fill one vocabulary."""
        found: dict[str, tuple[str, ...]] = {}
        if not isinstance(value, dict):
            self.wrong(part, 'a table such as { Context = ["背景"] }')
        for name, names in value.items() if isinstance(value, dict) else ():
            own = names if isinstance(names, list) else [names]
            if name.casefold() not in known:
                self.warn(f"{part}: nothing is called {quoted(name)}")
            elif not own or not all(isinstance(word, str) and _is_word(word) for word in own):
                self.wrong(f"{part}.{quoted(name)}", f"names in one line, of at most {LONGEST} characters")
            else:
                found[name] = tuple(own)
        self.vocabulary = self.vocabulary._replace(**{part: tuple(found.items())})
        return {"vocabulary": self.vocabulary}

    def upkeep(self, value: object) -> dict[str, Any]:
        found = {}
        for name, on in value.items() if isinstance(value, dict) else ():
            if name not in UPKEEP:
                self.warn(f"upkeep: unknown job {quoted(name)}")
            elif isinstance(on, bool):
                found[name] = on
            else:
                self.wrong(f"upkeep.{name}", "true or false")
        if not isinstance(value, dict):
            self.wrong("upkeep", "a table such as { links = true }")
        return {"upkeep": found}


def _known_names() -> tuple[set[str], set[str]]:
    """What fields and headings are called by the templates and their forms, in lower case."""
    from mbgit.engine.document import cut

    from .entries import read_fields
    from .forms import form_of
    from .kinds import KINDS
    from .layouts import template

    texts = {kind.template: template(kind.template) for kind in KINDS if kind.template}
    labels = {field.name for text in texts.values() for field in read_fields(text.decode().split("\n"), 1)}
    labels |= {slot.name for name in texts if (form := form_of(name)) for slot in form.slots}
    columns = ("date", "author")  # of tables, for which no template has a field
    words = {section.text.decode() for text in texts.values() for section in cut(text).sections}
    headings = {half.casefold() for heading in words for half in (heading, *heading.split(" / "))}
    return labels | {*columns, *(value.casefold() for value in STATUS)}, headings


_KEYS: dict[str, Callable[[_Reader, object], dict[str, Any]]] = {
    "banks": _Reader.banks,
    "layout": _Reader.layout,
    "harvest": _Reader.harvest,
    "files": _Reader.files,
    "checks": _Reader.checks,
    "personas": _Reader.personas,
    "upkeep": _Reader.upkeep,
    "fields": _Reader.fields,
    "headings": _Reader.headings,
}


# What keys of git's configuration may say; those of `CHECKS` stand below mbgit.checks.
GIT_KEYS: dict[str, tuple[Callable[[str], bool], str]] = {
    "mbgit.persona": (is_name, NAME),
    "mbgit.digest": (("off", "counts", "full").__contains__, "off, counts or full"),
    "mbgit.syncbranch": (bool, "a branch"),
    "mbgit.secrets": (("bank", "all").__contains__, "bank or all"),
}


def _is_word(text: str) -> bool:
    return text.isprintable() and 0 < len(text.strip()) <= LONGEST and not set(text) & set("*|#:：\n")


def config_troubles(config: Mapping[str, str]) -> list[Trouble]:
    """What is wrong with mbgit's keys in git's configuration (lower case, as git lists them): each holds nothing."""
    known = GIT_KEYS | {f"mbgit.checks.{name}": (LEVELS.__contains__, "off, warn or error") for name in CHECKS}
    return [
        Trouble(what, error=False, where=f"git config {quoted(key)}")
        for key, value in config.items()
        if key.startswith("mbgit.") and (what := _config_trouble(key, value, known))
    ]


def variable_troubles(environment: Mapping[str, str]) -> list[Trouble]:
    """The same of mbgit's variables in the environment: an unknown name, a value that nothing reads."""
    persona, switch = environment.get("MBGIT_PERSONA"), environment.get("MBGIT")
    found = []
    if persona and not is_name(persona):
        found.append(Trouble(f"expected {NAME}, not {quoted(persona)}", error=False, where="MBGIT_PERSONA"))
    if switch and switch not in ("0", "1"):
        found.append(Trouble(f"expected 0, not {quoted(switch)}", error=False, where="MBGIT"))
    return found


def _config_trouble(key: str, value: str, known: Mapping[str, tuple[Callable[[str], bool], str]]) -> str:
    if key in known:
        holds, expected = known[key]
        return "" if holds(value) else f"expected {expected}, not {quoted(value)}"
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1, 0.8)
    return f"unknown key (did you mean {near[0]}?)" if near else "unknown key"


def confined(path: str) -> bool:
    """Whether a path stays inside of the repository, outside of git's own folder, and says where it is plainly."""
    parts = PurePosixPath(path).parts
    readable = path.isprintable() and "\\" not in path and ":" not in path and len(path) < 400
    return bool(parts) and readable and parts[0] != "/" and ".." not in parts and not in_git(parts)


def is_target(path: str) -> bool:
    """Whether harvested entries may go there: a `*.md` file or a folder, no dot-directory, no agent's instructions."""
    parts = PurePosixPath(path).parts
    if not confined(path) or not path.endswith((".md", "/")):
        return False
    return not any(part.startswith(".") for part in parts) and parts[-1].casefold() not in ("claude.md", "agents.md")


def in_git(parts: Iterable[str]) -> bool:
    """Whether one of a path's parts is git's own folder, however a file system may spell it."""
    return any(part.casefold().rstrip(". ") in (".git", "git~1") for part in parts)
