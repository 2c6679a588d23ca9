"""A team's own words for the standard's fields and headings: `[fields]` and `[headings]` of `.mbgit.toml`.

Checks read a copy of the text with the standard's words in place of the team's, line for line; the text itself stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

LONGEST = 60  # characters of a name
STATUS = ("Accepted", "Approved")  # values that a harvest asks for
ACCEPTED = tuple(map(str.casefold, STATUS))

_HEADING = re.compile(r"(#{1,6}[ \t]{1,9})(.{1,200}?)([ \t]*\r?)", re.DOTALL)
_LABEL = re.compile(r"(\s{0,40}(?:[-*+] )?\*\*)([^*\n:：]{1,120}?)(\s{0,9}[:：]\*\*|\*\*\s{0,3}[:：])(.*)", re.DOTALL)
_DELIMITER = re.compile(r"[\s|:-]*-[\s|:-]*")

Aliases = tuple[tuple[str, tuple[str, ...]], ...]


class Vocabulary(NamedTuple):
    """For each of the standard's names those that the team uses, the one for new text first."""

    fields: Aliases = ()
    headings: Aliases = ()

    def standard(self, data: bytes) -> bytes:
        """A text in the standard's words. Any bytes will do."""
        return _renamed(data, *_maps(self)) if self.fields or self.headings else data

    def local(self, data: bytes) -> bytes:
        """A text of mbgit's own in the team's words."""
        fields, headings = ({name.casefold(): own[0] for name, own in part} for part in self)
        return _renamed(data, fields, fields | headings) if fields or headings else data


@cache
def _maps(vocabulary: Vocabulary) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What labels and headings are called by the standard; a field may be a heading inside of an entry."""
    fields, headings = ({own.casefold(): name for name, its in part for own in its} for part in vocabulary)
    return fields, fields | headings


def _renamed(data: bytes, labels: Mapping[str, str], headings: Mapping[str, str]) -> bytes:
    rows = data.decode(errors="surrogateescape").split("\n")
    fenced = False
    for at, row in enumerate(rows):
        fenced ^= row.lstrip().startswith(("```", "~~~"))
        if fenced:
            continue
        if found := _HEADING.fullmatch(row):
            rows[at] = f"{found[1]}{headings.get(_folded(found[2]), found[2])}{found[3]}"
        elif found := _LABEL.match(row):
            rows[at] = _label(found, row, labels)
        elif "|" in row and at + 1 < len(rows) and _DELIMITER.fullmatch(rows[at + 1][:1_000]):
            rows[at] = "|".join(_cell(cell, labels) for cell in row.split("|"))
    return "\n".join(rows).encode(errors="surrogateescape")


def _label(found: re.Match[str], row: str, labels: Mapping[str, str]) -> str:
    """A row that begins with a label, renamed; behind Status the value as well."""
    name = labels.get(_folded(found[2]))
    if name is None:
        return row
    value = found[4]
    if name in ("Status", labels.get("status")):
        value = value.replace(value.strip(), labels.get(_folded(value), value.strip())) if value.strip() else value
    return f"{found[1]}{name}{found[3].replace('：', ':')}{value}"


def _cell(cell: str, labels: Mapping[str, str]) -> str:
    label = cell.strip()
    return cell.replace(label, labels.get(_folded(label), label)) if label else cell


def _folded(words: str) -> str:
    return " ".join(words[: 2 * LONGEST].strip(" *_`").casefold().split())
