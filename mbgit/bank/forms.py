"""The form of an entry, as the comment in its kind's template shows it: the fields in it are the ones to fill in."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .entries import Field, read_fields
from .layouts import template

OPTIONAL = "(optional)"  # at the end of what a form says of a field: an entry may do without it
_DAY = "YYYY-MM-DD"
_WHO = re.compile(r"\b(?:From|Who)\b")


class Slot(NamedTuple):
    """A field of a form."""

    label: str
    name: str
    """The label as labels are compared."""
    hint: str
    """What the form says in its place: an entry that still says so has not been filled in."""
    optional: bool


class Form(NamedTuple):
    """What an entry is like: its text, and its fields in order."""

    text: str
    slots: tuple[Slot, ...]

    def filled(self, date: str, persona: str) -> str:
        """The text with day and author in its heading; no time of day, which would be wrong a minute later."""
        head, _, rest = self.text.partition("\n")
        return f"{_WHO.sub(lambda found: persona, head).replace(_DAY, date)}\n{rest}"


@cache
def form_of(name: str) -> Form | None:
    """The form that a template shows for entries with a date; None where it shows none, or there is no such template.

    It begins with the first heading in the template's first comment, and ends with the comment.
    """
    try:
        comment = template(name).decode().partition("<!--")[2].partition("-->")[0] if name else ""
    except OSError:
        return None
    _, marks, rest = comment.partition("\n#")
    text = f"{marks.strip()}{rest.strip()}\n"
    if _DAY not in text.partition("\n")[0]:
        return None
    return Form(text, tuple(_slot(field) for field in read_fields(text.split("\n"), 1)))


def _slot(field: Field) -> Slot:
    return Slot(field.label, field.name, field.value, field.value.endswith(OPTIONAL))
