"""Fields that an entry or a file of its kind must have, and what they may say: those of the kind's template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from mbgit.bank.entries import Entry, Field, read_fields
from mbgit.bank.forms import Form, form_of
from mbgit.bank.inline import decoded, without_markup
from mbgit.bank.layouts import BUFFERS, template
from mbgit.bank.vocabulary import ACCEPTED
from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import cells
from mbgit.engine.stamps import entry_id, stamp
from mbgit.words import quoted

from .finding import Edit, Finding
from .page import LARGEST, Page, World
from .vague import is_placeholder

NAME = "fields"

_DECISIONS, _INBOX, _LOGBOOK = "decisions.md", "decisions-inbox.md", "agent-logbook.md"
_PROGRESS, _CONTEXT = "progress.md", "activeContext.md"
_BLOCKING = frozenset(("context", "rationale", "decided by"))
_RATIONALE = "rationale"
_OPEN = "TBD"  # what a commit may say for now, and a push may not

# What people call the fields of a form besides.
_ALSO = {
    "context": ("background", "problem", "problem statement", "situation", "issue", "motivation", "question"),
    "decision": ("decided", "key decision", "key decisions", "resolution", "solution", "choice", "chosen", "outcome"),
    "alternatives considered": ("alternatives", "options", "options considered", "considered options", "rejected"),
    "consequences": ("consequence", "impact", "impacts", "implications", "trade-offs", "tradeoffs", "results"),
    "decided by": ("author", "authors", "by", "decider", "deciders", "decision maker", "decision makers", "owner",
                   "made by", "approved by", "proposed by", "who", "agent", "persona", "participants"),
    "status": ("state", "current status"),
    "active priority": ("priority", "current priority", "focus", "current focus"),
    "files modified": ("files", "files changed", "modified files", "changed files", "files touched"),
    "handover notes": ("notes", "handoff notes", "handover", "summary", "context", "work completed", "completed"),
    "next actions": ("next action", "next steps", "next step", "next", "actions", "action items", "next tasks"),
    "conflicts": ("conflict", "coordination issues", "issues", "blockers"),
}  # fmt: skip
_LEAD = re.compile(r"[\W_]*(?:\d{1,2}[.)][\W_]+)?")

_DECISION = frozenset(("decision", "decided"))
_REASONS = frozenset(("rationale", "why", "reason", "reasons", "reasoning", "justification", "motivation"))
# Where no field is named for it: words that give a reason, or a heading that promises one.
_REASON = re.compile(
    r"\b(?:rationale|reason(?:s|ing)?|justification|motivation|because|since|so that|in order to|due to|trade-?offs?"
    r"|root cause)\b"
    r"|^(?:#{2,6} |\*\*)[^*\n]{0,60}\bwhy\b",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 20_000  # characters of an entry that are looked at

_AUTHORS = ("author", "authors", "by", "who", "agent", "name", "name/agent", "changed by", "owner", "persona")
_DATES = ("date", "when", "day", "timestamp")
_VERSION = re.compile(r"v?\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][\w.+-]{1,40})?")
_FEWEST, _MOST = 3, 5  # recent accomplishments


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each entry that lacks fields, each field that says what it cannot, each change without an author.

    What a decision cannot do without, and a change's author, are errors where the layout is not one of buffers; the
    rest are warnings. A field that still says what its template's form says is not filled in.
    """
    if len(page.data) > LARGEST:
        return []
    strict = world.layout != BUFFERS
    return [
        *_of_entries(page, strict, world.pushed),
        *_of_document(page),
        *_of_changes(page, strict),
        *_of_accomplishments(page),
    ]


def _template(page: Page) -> str:
    return page.kind.template if page.kind else ""


# -- entries ----------------------------------------------------------------------------------------------------------


def _of_entries(page: Page, strict: bool, pushed: bool) -> Iterator[Finding]:
    """`pushed`: what says no more than `TBD` is missing; before that, it is a warning."""
    name = _template(page)
    form = form_of(name) if name in (_DECISIONS, _LOGBOOK) else None
    for entry in page.entries:
        if entry.kind != "heading":
            continue
        decides = _is_decision(name, entry)
        missing = _missing(entry, form) if form and (decides or entry.stamp) else []
        if decides and not _has_reason(entry):
            missing.append("Rationale")
        firm = [label for label in missing if strict and name in (_DECISIONS, _INBOX) and label.casefold() in _BLOCKING]
        is_open = {field.name for field in entry.fields if field.value.strip(" *_.").casefold() == _OPEN.casefold()}
        left = [label for label in firm if label.casefold() in is_open]
        firm = [label for label in firm if pushed or label not in left]
        edits = _filled_in(page, entry, [label for label in firm if label not in left])
        yield from _lacking(page, entry, firm, lowered=False, edits=edits)
        yield from _lacking(page, entry, [label for label in missing if label not in firm], lowered=True)


def _lacking(
    page: Page, entry: Entry, labels: list[str], *, lowered: bool, edits: tuple[Edit, ...] = ()
) -> Iterator[Finding]:
    if labels:
        what = f"no {', '.join(labels)} in {quoted(entry.title)}"
        yield Finding(NAME, page.path, entry.line, what, lowered=lowered, edits=edits)


def _filled_in(page: Page, entry: Entry, labels: list[str]) -> tuple[Edit, ...]:
    """`**Label**: TBD` for each: in place of the field that says nothing, else behind the last field of the entry."""
    by_name = {field.name: field for field in entry.fields}
    end = entry.line - 1 + len(entry.text.split(b"\n"))
    last = entry.fields[-1].line if entry.fields else end
    item = "- " if entry.fields and page.rows[last - 1].lstrip().startswith("- ") else ""
    edits = [
        Edit(field.line - 1, field.line, (page.rows[field.line - 1].partition(field.label)[0] + f"{label}**: {_OPEN}",))
        for label in labels
        if (field := by_name.get(label.casefold()))
    ]
    new = tuple(f"{item}**{label}**: {_OPEN}" for label in labels if label.casefold() not in by_name)
    lead = ("",) if not entry.fields else ()
    return (*edits, Edit(end, end, (*lead, *new))) if new else tuple(edits)


def _missing(entry: Entry, form: Form) -> list[str]:
    """The labels of a form that an entry lacks or leaves open; a rationale is recognized in other ways."""
    said = _said(entry, form)
    return [slot.label for slot in form.slots if not slot.optional and slot.name not in {*said, _RATIONALE}]


def _said(entry: Entry, form: Form) -> set[str]:
    """The names of those fields of a form that say something: what follows a label, up to the form's next one."""
    names, hints = _names(form), {slot.name: slot.hint for slot in form.slots}
    said: set[str] = set()
    at = ""
    for row in entry.text[:_LONGEST].decode(errors="replace").split("\n")[1:]:
        name, rest = _label(row[:1_000], names)
        at = name or at
        text = rest if name else row[:1_000].lstrip("# ")
        if at and text.strip() != hints[at] and not is_placeholder(text):
            said.add(at)
    return said


@cache
def _names(form: Form) -> dict[str, str]:
    """Every name that a form's fields go by, with the form's own, which counts before all others."""
    also = {other: slot.name for slot in form.slots for other in _ALSO.get(slot.name, ())}
    return also | {slot.name: slot.name for slot in form.slots}


def _label(row: str, names: dict[str, str]) -> tuple[str, str]:
    """The field that a row begins, as `**Label**: value`, `Label: value` or a heading, and its value; else nothing."""
    lead = _LEAD.match(row)
    bare = row[lead.end() :] if lead else row
    for mark in (":", "**"):
        head, found, rest = bare.partition(mark)
        name = names.get(_folded(head), "")
        if name and (found or row.lstrip().startswith("#")):
            return name, rest.strip("*_ ")
    return "", ""


def _folded(label: str) -> str:
    return " ".join(label.partition("(")[0].strip("*_` ").casefold().split())


def _is_decision(name: str, entry: Entry) -> bool:
    """A dated or numbered entry of the decision log, an accepted one of the inbox, else one with a `**Decision**`."""
    fields = {field.name: field.value for field in entry.fields}
    if name == _INBOX:
        return fields.get("status", "").casefold().strip("*_`✅ ").startswith(ACCEPTED)
    if name == _DECISIONS and (entry.stamp or entry_id(entry.title.encode())):
        return True
    return bool(fields.keys() & _DECISION)


def _has_reason(entry: Entry) -> bool:
    """Whether a field for it says something; where there is no such field, whether any words give a reason."""
    named = [field for field in entry.fields if _REASONS.intersection(field.name.split())]
    if named:
        return any(not is_placeholder(row) and row.strip() != "why" for field in named for row in field.rows)
    return bool(_REASON.search(entry.text[:_LONGEST].decode(errors="replace")))


# -- fields of the document -------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """What a field may say, and the same in words."""

    holds: Callable[[str], bool]
    expected: str


def _one_of(*choices: str) -> Rule:
    def holds(value: str) -> bool:
        words = _words(value)
        here = [choice for choice in choices if f" {choice.casefold()} " in words]
        return len(here) == 1 and words.startswith(f" {here[0].casefold()} ")

    return Rule(holds, f"{', '.join(choices[:-1])} or {choices[-1]}")


def _words(text: str) -> str:
    return f" {' '.join(''.join(char if char.isalnum() else ' ' for char in text.casefold()).split())} "


def _is_day(value: str) -> bool:
    digits = stamp(value.encode(errors="replace"))[:8].decode()
    try:
        return bool(date(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    except ValueError:
        return False


_RULES = {
    "overall": _one_of("On Track", "At Risk", "Blocked"),
    "risk": _one_of("Low", "Medium", "High"),
    "blockers": Rule(lambda value: True, "None, or what they are"),
    "last updated": Rule(_is_day, "a date such as 2025-11-25"),
    "memory bank version": Rule(lambda value: bool(_VERSION.fullmatch(value.strip("*_`[] "))), "X.Y.Z"),
}


@cache
def _of_template(name: str) -> tuple[Field, ...]:
    """The fields that a new file of a kind has and that there is a rule for."""
    found = read_fields(template(name).decode().split("\n"), 1) if name else ()
    return tuple(field for field in found if field.name in _RULES)


def _of_document(page: Page) -> Iterator[Finding]:
    wanted = _of_template(_template(page))
    if not wanted or not page.text.strip():
        return
    there: dict[str, Field] = {}
    for field in read_fields(page.rows, 1):
        there.setdefault(field.name, field)
    missing = [field.label for field in wanted if field.name not in there]
    if missing:
        yield Finding(NAME, page.path, 0, f"no {', '.join(missing)} in the file", lowered=True)
    for field in (there[field.name] for field in wanted if field.name in there):
        value, rule = without_markup(field.value[:_LONGEST].partition("\n")[0]), _RULES[field.name]
        if is_placeholder(field.value[:1_000].partition("\n")[0]) or not rule.holds(value):
            what = f"{quoted(field.label)} is {quoted(value)}: expected {rule.expected}"
            yield Finding(NAME, page.path, field.line, what, lowered=True)


# -- tables and lists -------------------------------------------------------------------------------------------------


def _of_changes(page: Page, strict: bool) -> Iterator[Finding]:
    """The change log: its rows' authors, and that the newest is on top."""
    if _template(page) != _PROGRESS or page.kind is None:
        return
    for table in _blocks(page, page.kind.append_only, "table"):
        names = [without_markup(decoded(cell)).casefold() for cell in cells(table.head[0])[:40]]
        yield from _unsigned(page, table, _column(names, _AUTHORS), strict)
        yield from _unordered(page, table, _column(names, _DATES))


def _column(names: list[str], known: Iterable[str]) -> int:
    return next((at for at, name in enumerate(names) if name in known), -1)


def _unsigned(page: Page, table: Node, column: int, strict: bool) -> Iterator[Finding]:
    if column < 0:
        what = "the change log has no column for the author"
        yield Finding(NAME, page.path, table.line + 1, what, lowered=not strict)
        return
    for row in table.kids:
        if is_placeholder(_cell(row, column)):
            what = f"no author of the change {quoted(without_markup(decoded(row.head[0])).strip('| '))}"
            yield Finding(NAME, page.path, row.line + 1, what, lowered=not strict)


def _unordered(page: Page, table: Node, column: int) -> Iterator[Finding]:
    """The first row that is newer than one above it. Its words are always the same: it is one fault of the table."""
    oldest = ""
    for row in table.kids if column >= 0 else ():
        day = stamp(_cell(row, column).encode(errors="replace"))[:8].decode()
        if oldest and day > oldest:
            yield Finding(NAME, page.path, row.line + 1, "the change log does not have its newest on top", lowered=True)
            return
        oldest = day or oldest


def _cell(row: Node, column: int) -> str:
    return without_markup(decoded(next(iter(cells(row.head[0])[column : column + 1]), b"")))


def _of_accomplishments(page: Page) -> Iterator[Finding]:
    if _template(page) != _CONTEXT:
        return
    items = list(_blocks(page, "Recent Accomplishments", "item"))
    if items and not _FEWEST <= len(items) <= _MOST:
        many = f"fewer than {_FEWEST}" if len(items) < _FEWEST else f"more than {_MOST}"
        what = f"{many} recent accomplishments: the last {_FEWEST} to {_MOST} belong there"
        yield Finding(NAME, page.path, items[0].line + 1, what, lowered=True)


def _blocks(page: Page, heading: str, kind: str) -> Iterator[Node]:
    """The blocks of a kind in the section with these words, and in the sections below it."""
    for section in cut(page.data).sections:
        if any(_words(decoded(above.text)) == _words(heading) for above in _with_parents(section)):
            yield from (block for block in section.blocks if block.kind == kind)


def _with_parents(section: Section | None) -> Iterator[Section]:
    while section is not None and section.head:
        yield section
        section = section.parent
