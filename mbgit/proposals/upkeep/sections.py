"""Takes out headings that have been empty for a long time, and that the template does not require."""

from __future__ import annotations

import re

from mbgit.bank.edits import Edits
from mbgit.bank.inline import decoded, without_markup
from mbgit.bank.kinds import Kind, bank_of, kind_of
from mbgit.bank.layouts import template
from mbgit.checks.sections import folded_heading
from mbgit.checks.slugs import slug
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import BLANK
from mbgit.words import counted, quoted, shown_path

from .bank import Bank, Upkeep, listed, message
from .taking import without_rows

AGE = 30  # days that a file must have been left alone: an empty heading may be one that somebody is about to fill
LONGEST = 6  # words: a longer heading is a statement

_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ &/'’,()-]){0,80}")


def job(bank: Bank) -> Upkeep | None:
    """Take empty headings out.

    Rather too few: only of kinds that have a template and are no one persona's own, in files that nobody touched for a
    month, no heading with a date, an id, a digit, or a colon, and none that a link leads to. Empty is what holds
    nothing, not even a comment or the head of a table, or only headings that are.
    """
    edits: Edits = {}
    lines = []
    fragments = _fragments(bank)
    for path in sorted(bank.files):
        kind = kind_of(path, bank.banks)
        data = bank.text(path) if kind and _may(bank, path, kind) else None
        found = _empty(data, kind, fragments) if data is not None and kind else []
        rows = {row for section in found for row in _rows(section)}
        left = without_rows(data, rows) if data is not None and rows else None
        if left is not None:
            edits[path] = left
            lines += [f"{quoted(decoded(section.text))} in {shown_path(path)}" for section in found]
    if not edits:
        return None
    subject = f"Take out {counted(len(lines), 'empty section')}"
    return Upkeep("sections", edits, message(subject, listed(lines)))


def _may(bank: Bank, path: str, kind: Kind) -> bool:
    if not kind.template or kind.private or kind.append_only or bank_of(path, bank.banks) is None:
        return False
    touched = bank.last_touched(path)
    return touched is not None and bank.days_since(touched) > AGE


def _empty(data: bytes, kind: Kind, fragments: bytes) -> list[Section]:
    """The empty sections of a file, in order."""
    known = {folded_heading(decoded(section.text)) for section in cut(template(kind.template)).sections}
    found: list[Section] = []
    places: set[int] = set()
    for section in reversed(cut(data).sections):
        empty = not section.blocks and all(kid.place in places for kid in section.kids)
        if empty and section.level > 1 and _is_name(section) and folded_heading(decoded(section.text)) not in known:
            if f"#{slug(without_markup(decoded(section.text)))}".encode() in fragments:
                continue
            places.add(section.place)
            found.append(section)
    return found[::-1]


def _is_name(section: Section) -> bool:
    """Whether a heading only names what should stand below it."""
    words = decoded(section.text)
    return not (section.stamp or section.id) and len(words.split()) <= LONGEST and bool(_NAME.fullmatch(words))


def _rows(section: Section) -> range:
    """The rows of a heading, and the blank ones above it; a break among them stays, with what is above it."""
    blank = 0
    while blank < len(section.gap) and not section.gap[-1 - blank].strip(BLANK):
        blank += 1
    return range(section.line - blank, section.line + len(section.head))


def _fragments(bank: Bank) -> bytes:
    """Everything that may be the end of a link, in lower case."""
    parts: list[bytes] = []
    for path in bank.files:
        data = (bank.text(path) or b"") if path.endswith(".md") else b""
        parts += re.findall(rb"#[^\s#)>\"']{1,200}", data)
    return b" ".join(parts).lower()
