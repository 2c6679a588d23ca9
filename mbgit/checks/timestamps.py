"""Entries without a date, dates that do not exist, and dates later than their commit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple

from mbgit.bank.entries import Entry
from mbgit.bank.forms import form_of
from mbgit.bank.kinds import FREE, REQUIRED, WANTED
from mbgit.bank.layouts import template
from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import cells, item_text
from mbgit.engine.stamps import MONTHS, stamp
from mbgit.words import quoted

from .finding import Edit, Finding
from .page import Page, World

NAME = "timestamps"

GRACE = 5 * 60  # seconds that a clock may be fast
FARTHEST = 14 * 3600  # no place on earth is further ahead of UTC
# Most people write local time without a zone. Nearly all of them live at UTC+12 or west of it, so only a time later
# than the commit even there is reported. A lower bound would warn half the world about its own clock.
LIKELY = 12 * 3600
RECENT = 31 * 86_400  # an older date is not compared with the commits of a push
_LONGEST = 300  # characters of a line in which a date is looked for
_LONGEST_ROW = 3_000
_UNREAL, _LATER, _WHICH = "no such date or time", "later than its commit", "is the day or the month in front?"

# Fields and columns that hold a date, and whether it may lie in the future.
LABELS = {
    **dict.fromkeys(
        ("date", "date/time", "datetime", "when", "started", "start date", "last update", "last updated", "updated",
         "timestamp", "created", "created at", "decided", "decided on", "decision date", "recorded"), False,
    ),
    **dict.fromkeys(
        ("review date", "next review", "due", "due date", "deadline", "target date", "eta", "expires"), True,
    ),
}  # fmt: skip
_TEXTS = frozenset(("para", "field", "item", "quote"))  # blocks whose rows may be fields

_CLOCK = (
    r"(?:(?P<mark>T|,?\s{1,3}(?:@\s?)?|\s?[-_(~]\s?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?!\d)"
    r"(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?P<half>\s?[AaPp]\.?[Mm]\b)?(?:\s?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d{2}:?\d{2}\b))?)?"
)
_FORMS = tuple(
    re.compile(date + _CLOCK)
    for date in (
        r"(?<![\w.-])(?P<year>(?:19|20)\d{2})(?P<sep>-)(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<![\w.-])(?P<year>(?:19|20)\d{2})(?P<sep>[/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?![\w.])",
        r"(?<![\w./-])(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>(?:19|20)\d{2})(?![\w-])",
        r"(?<![\w.-])(?P<day>\d{1,2})(?:st|nd|rd|th)?\.? (?P<name>[A-Za-z]{3,9})\.?,? (?P<year>(?:19|20)\d{2})\b",
        r"(?<![\w.-])(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d{2})\b",
    )
)
_ALONE = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?!\d)(?::(?P<second>\d{2})\b)?")
_MEANT = "write it as YYYY-MM-DD, with HH:MM behind it"


class Stamp(NamedTuple):
    """A date as it stands in a text."""

    leads: bool
    """It is what the text begins with."""
    standard: bool
    """Written as YYYY-MM-DD[ HH:MM[:SS]], or as ISO 8601 has it."""
    doubtful: bool
    """The day and the month cannot be told apart."""
    wall: datetime | None
    """What it says, without its zone; None: there is no such day or minute."""
    zone: timedelta | None


class Place(NamedTuple):
    """A text in which a date may stand."""

    line: int
    text: str
    heading: bool = False
    """A date in it is the entry's wherever it stands; elsewhere only in front, and else a part of a sentence."""
    clock: bool = False
    """It may be a time of day alone."""
    ahead: bool = False
    """It may lie in the future."""


def check(page: Page, world: World) -> list[Finding]:
    """Findings for entries that lack a date, and for the dates of headings, items, fields and columns.

    In logs and decisions they are grave, in buffers warnings. Elsewhere no date is asked for, and one that lies in the
    future may be a plan.
    """
    stamps = page.kind.stamps if page.kind else FREE
    sections = cut(page.data).sections
    rows = _undated(page, sections) if stamps != FREE else ()
    found = [
        Finding(
            NAME, page.path, line, f"{quoted(text)}: no date", doubtful or stamps == WANTED,
            edits=_with_date(page, line, world),
        )
        for line, text, doubtful in rows
    ]  # fmt: skip
    judge = _Judge(page, world, stamps)
    found += (finding for place in _places(sections) if (finding := judge.finding(place)))
    return sorted(found, key=lambda finding: finding.line)


# What is written wrong


class _Judge:
    """Says what is wrong with the dates of one page."""

    def __init__(self, page: Page, world: World, stamps: str) -> None:
        self.page, self.stamps = page, stamps
        self.world = world._replace(added_at=cache(world.added_at))  # asked for what is wrong, and for how it should be

    def finding(self, place: Place) -> Finding | None:
        """What is wrong with the first date of a place, if anything."""
        found = read(place.text)
        if found is None:
            fault = _Fault(_UNREAL) if place.clock and _is_no_time(place.text) else None
        elif found.leads or (place.heading and self.stamps != FREE):
            fault = self._fault(found, place)
        else:
            return None
        if fault is None:
            return None
        lowered = fault.lowered or self.stamps == WANTED or not (found is None or found.leads)
        what = f"{quoted(place.text)}: {fault.what}"
        edits = _redated(self.page, place.line, self.world) if fault.what in (_LATER, _WHICH) else ()
        hint = "" if edits else fault.hint
        return Finding(NAME, self.page.path, place.line, what, lowered, hint=hint, edits=edits)

    def _fault(self, found: Stamp, place: Place) -> _Fault | None:
        if found.wall is None:
            return _Fault(_UNREAL)
        if found.doubtful and found.leads:
            return _Fault(_WHICH, self.stamps != REQUIRED, _MEANT)
        grave = "" if place.ahead else self._ahead(found, found.wall, place.line)
        if grave:
            return _Fault(_LATER, grave == "warn" or self.stamps != REQUIRED)
        return None if found.standard or not found.leads else _Fault("not written as YYYY-MM-DD", True, _MEANT)

    def _ahead(self, found: Stamp, wall: datetime, line: int) -> str:
        """`error` or `warn` where a date lies behind the commit that added its row."""
        seconds = int((wall.replace(tzinfo=UTC) - (found.zone or timedelta())).timestamp())
        if seconds < self.world.now - RECENT:
            return ""
        row = self.page.rows[line - 1] if line <= len(self.page.rows) else ""
        over = seconds - self.world.added_at(self.page, row) - GRACE
        if found.zone is not None:
            return "error" if over > 0 else ""
        return "error" if over > FARTHEST else "warn" if over > LIKELY else ""


class _Fault(NamedTuple):
    what: str
    lowered: bool = False
    hint: str = ""


def read(text: str) -> Stamp | None:
    """The first date in a text; one in the standard's form goes before any other."""
    text = text[:_LONGEST].lstrip(" [(*_`~\"'")
    if "20" not in text and "19" not in text:
        return None
    for form in _FORMS:
        for found in form.finditer(text):
            if "name" not in form.groupindex or found["name"][:3].lower().encode() in MONTHS:
                return _stamp(found)
    return None


def _stamp(found: re.Match[str]) -> Stamp:
    parts = found.groupdict()
    name = parts.get("name")
    day, month = int(parts["day"]), MONTHS[name[:3].lower().encode()] if name else int(parts["month"])
    day_first = name is None and found.start("day") < found.start("year")
    if day_first and parts["sep"] != "." and month > 12 >= day:
        day, month = month, day
    doubtful = day_first and parts["sep"] != "." and day <= 12 and month <= 12 and day != month
    standard = parts.get("sep") == "-" and not day_first and len(parts["month"] + parts["day"]) == 4
    if parts["hour"]:
        standard = standard and not parts["half"] and len(parts["hour"]) == 2
    wall = _wall(int(parts["year"]), month, day, parts)
    return Stamp(found.start() == 0, standard, doubtful, wall, _zone(parts))


def _wall(year: int, month: int, day: int, parts: dict[str, str]) -> datetime | None:
    hour, minute, second = (int(parts[key] or 0) for key in ("hour", "minute", "second"))
    half = (parts["half"] or "").strip().lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(year, month, day, hour, minute, min(second, 59) if second < 61 else second)
    except ValueError:
        return None


def _zone(parts: dict[str, str]) -> timedelta | None:
    """The zone behind a time; `10:00-11:00` is a span of time, no zone, unless the date is written with a T."""
    zone = parts["zone"]
    if not zone:
        return None
    if zone[0] not in "+-":
        return timedelta()
    if zone[0] == "-" and ":" in zone and not parts["second"] and parts["mark"] != "T":
        return None
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        return None
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def _is_no_time(text: str) -> bool:
    """Whether a text begins with a time of day that no clock shows."""
    found = _ALONE.match(text)
    return found is not None and (int(found["hour"]) > 24 or int(found["minute"]) > 59)


# How it should read


def _with_date(page: Page, line: int, world: World) -> tuple[Edit, ...]:
    """The row of an entry with the date, and the time where its kind has one, of the commit that brings it."""
    row = page.rows[line - 1] if 0 < line <= len(page.rows) else ""
    found = re.match(r"([ \t>]*(?:#{1,6}|[-*+]|\d{1,9}[.)])[ \t]+)(.*)", row)
    if not found:
        return ()
    when = _local(world.added_at(page, row))
    form = form_of(page.kind.template) if page.kind else None
    timed = row.lstrip(" >\t").startswith("#") and form is not None and "HH:MM - " in form.text.partition("\n")[0]
    day = f"{when:%Y-%m-%d %H:%M} - " if timed else f"[{when:%Y-%m-%d}] "
    return (Edit(line - 1, line, (found[1] + day + found[2],)),)


def _redated(page: Page, line: int, world: World) -> tuple[Edit, ...]:
    """A row whose first date is written as the standard has it: the commit's, where it is later than that."""
    row = page.rows[line - 1] if 0 < line <= len(page.rows) else ""
    found = next((match for form in _FORMS for match in form.finditer(row[:_LONGEST])), None)
    if found is None or row.lstrip().startswith("|"):
        return ()
    stamp, committed = _stamp(found), _local(world.added_at(page, row))
    days = [stamp.wall] if stamp.wall else []
    if stamp.doubtful and stamp.wall:
        days.append(stamp.wall.replace(day=stamp.wall.month, month=stamp.wall.day))
    past = [day for day in days if day <= committed + timedelta(days=1)]
    when = max(past, default=committed) if stamp.doubtful else committed
    if stamp.zone is not None and not past:
        when = datetime.fromtimestamp(world.added_at(page, row), timezone(stamp.zone)).replace(tzinfo=None)
    clock = f" {when:%H:%M}" if found["hour"] else ""
    zone = found["zone"] or "" if clock and stamp.zone is not None else ""
    text = f"{when:%Y-%m-%d}{clock}{zone and ' '}{zone}"
    return (Edit(line - 1, line, (row[: found.start()] + text + row[found.end() :],)),)


def _local(seconds: int) -> datetime:
    """A time as the clocks of this place show it: what a person would write."""
    return datetime.fromtimestamp(max(seconds, 0))


# Where dates stand


def _places(sections: list[Section]) -> Iterator[Place]:
    for section in sections:
        if section.head:
            yield Place(section.line + 1, _heading(section), heading=True)
        for node in section.blocks:
            yield from _in_node(node)


def _heading(section: Section) -> str:
    """A heading's words; `10:30 Ada` below a day's heading gets that day in front."""
    text = _unmarked(section.text)
    day = _day_above(section) if _ALONE.match(text) else ""
    return f"{day} {text}" if day else text


def _day_above(section: Section) -> str:
    above = section.parent
    while above is not None:
        found = read(_unmarked(above.text))
        if found is not None and found.leads and found.wall is not None:
            return found.wall.date().isoformat()
        above = above.parent
    return ""


def _in_node(node: Node) -> Iterator[Place]:
    if node.kind == "table":
        yield from _in_table(node)
    elif node.kind in _TEXTS:
        yield from _in_rows(node)
        for kid in node.kids:
            yield from _in_node(kid)


def _in_rows(node: Node) -> Iterator[Place]:
    """The fields in a block's rows, and what an item begins with."""
    for number, row in enumerate(node.head):
        label, value = _field(row)
        if label in LABELS:
            yield Place(node.line + number + 1, value, clock=True, ahead=LABELS[label])
        elif node.kind == "item" and not number and not _is_task(row):
            yield Place(node.line + 1, _unmarked(item_text(row.strip())))


def _in_table(table: Node) -> Iterator[Place]:
    """The cells of the columns that hold dates, or of the first where no column says that it does."""
    columns = _columns(table)
    for row in table.kids:
        for number, cell in enumerate(_cells(row)):
            if number in columns or not (number or columns):
                yield Place(row.line + 1, cell, clock=number in columns, ahead=columns.get(number, False))


def _columns(table: Node) -> dict[int, bool]:
    """The columns with dates, and whether those may lie in the future."""
    names = [name.casefold() for name in _cells(table)]
    return {number: LABELS[name] for number, name in enumerate(names) if name in LABELS}


def _cells(row: Node) -> list[str]:
    return [_unmarked(cell) for cell in cells(row.head[0][:_LONGEST_ROW])] if row.head else []


def _field(row: bytes) -> tuple[str, str]:
    """`**Label**: value` and `Label: value`, the label in lower case; two empty strings where there is none."""
    label, colon, value = row[:_LONGEST].decode(errors="replace").lstrip(" \t>-*+_").partition(":")
    return (" ".join(label.strip("*_ ").casefold().split()), value.strip("*_` ")) if colon else ("", "")


def _unmarked(text: bytes) -> str:
    return text[:_LONGEST].decode(errors="replace").strip("*_` ")


def _is_task(row: bytes) -> bool:
    return row.strip()[1:].lstrip()[:4] in (b"[ ] ", b"[x] ", b"[X] ", b"[-] ", b"[~] ")


# What has no date


def _undated(page: Page, sections: list[Section]) -> Iterator[tuple[int, str, bool]]:
    """Line and words of each entry without a date (its own, or that of a heading around it), and whether it is one.

    Where entries have headings, an item that stands elsewhere may be a rule or a note; so may prose below a heading,
    and beside dated ones it most likely is.
    """
    outline = _Outline(sections)
    meant = {section.line: section for section in sections if outline.means_entry(section)}
    for line, section in meant.items():
        if line not in outline.dated:
            yield line + 1, _unmarked(section.text), False
    covered = meant.keys() | outline.dated
    wanting = [
        entry
        for entry in page.entries
        if not (entry.stamp or entry.line - 1 in covered or any(head.line in covered for head in entry.heads))
        and _wants_date(entry, outline.log_rows)
        and not _has_date(entry.nodes)
    ]
    known = _known_headings(page)
    many = Counter(entry.heads[-1].line for entry in wanting if entry.heads)
    formed = page.kind is not None and form_of(page.kind.template) is not None
    reported: set[int] = set()
    for entry in wanting:
        noted = entry.text.startswith(b"## ") and entry.line - 1 not in outline.entries  # prose and no more
        if noted and outline.dated:
            continue
        doubtful = noted or (entry.kind == "item" and bool(outline.entries))
        head = entry.heads[-1] if entry.heads else None
        if (
            entry.kind != "item"
            or head is None
            or head.level < 2
            or _unmarked(head.text).casefold() in known
            or (many[head.line] < 2 and not formed)
        ):
            yield entry.line, entry.title, doubtful
        elif head.line not in reported:  # what its items lack is a date in their heading: one fault
            reported.add(head.line)
            yield head.line + 1, _unmarked(head.text), doubtful


def _known_headings(page: Page) -> frozenset[str]:
    """The headings that the page's kind starts with, and those under which an item has a date of its own."""
    name = page.kind.template if page.kind else ""
    of_kind = {_unmarked(section.text).casefold() for section in cut(template(name)).sections} if name else set()
    dated = {_unmarked(entry.heads[-1].text).casefold() for entry in page.entries if entry.heads and entry.stamp}
    return frozenset(of_kind | dated)


class _Outline:
    """What a page's headings are, by their line (from 0): worked out once for the page."""

    def __init__(self, sections: list[Section]) -> None:
        self.entries = {section.line for section in sections if section.level > 1 and section.entry}
        # A date at the top is the file's own, such as its last update.
        self.dated = {section.line for section in sections if section.level > 1 and _is_dated(section)}
        self.holders = {section.parent.place for section in sections if section.stamp and section.parent}
        self.log_rows = {row.line + 1 for section in sections for node in section.blocks for row in _rows_of_log(node)}

    def means_entry(self, section: Section) -> bool:
        """Whether a heading without date and id is an entry all the same: by its fields, or the dates beside it."""
        above = section.parent
        if section.level < 2 or section.stamp or section.id or above is None or self._in_dated(above):
            return False
        kinds = [node.kind for node in section.blocks if node.kind != "break"]
        if not kinds or any(kid.stamp or kid.id for kid in section.kids):
            return False
        return "field" in kinds or (above.place in self.holders and ("item" in kinds or len(kinds) > 1))

    def _in_dated(self, section: Section | None) -> bool:
        """Whether a heading, or one around it, is an entry or has a date."""
        while section is not None:
            if section.stamp or section.line in self.entries:
                return True
            section = section.parent
        return False


def _is_dated(section: Section) -> bool:
    return _says_date(section.text) or _has_date(section.blocks)


def _has_date(nodes: list[Node]) -> bool:
    """Whether a date stands in the first row of some blocks, or in one of their fields for dates."""
    if nodes and nodes[0].head and _says_date(nodes[0].head[0]):
        return True
    rows = (row for node in nodes if node.kind in _TEXTS for row in node.head)
    return any(_says_date(row) for row in rows if _field(row)[0] in LABELS)


def _says_date(row: bytes) -> bool:
    return bool(stamp(row[:_LONGEST])) or read(_unmarked(row)) is not None


def _wants_date(entry: Entry, rows: set[int]) -> bool:
    """Tasks and fields want none, nor does a table that is no log."""
    if entry.kind == "row":
        return entry.line in rows
    return entry.kind == "heading" or not (
        _is_task(entry.text) or (entry.fields and entry.fields[0].line == entry.line)
    )


def _rows_of_log(table: Node) -> list[Node]:
    """The rows of a table that has a column for dates, or begins with one."""
    if table.kind != "table" or not table.kids:
        return []
    return table.kids if _columns(table) or any(_says_date(row.head[0]) for row in table.kids) else []
