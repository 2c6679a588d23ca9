"""Handoffs: who handed work over to whom, read from agent-logbook.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from mbgit.engine.document import Section, cut
from mbgit.engine.lines import fence_open
from mbgit.engine.stamps import MONTHS, stamp, time_in_front

from .inline import decoded, field, is_placeholder, is_ticked, statement, without_markup
from .personas import persona_key, same_persona

_ARROW = re.compile(r"\s*(?:[→⟶➜➔➡⇒⟹]\ufe0f?|[-–—=]{1,3}>)\s*")
_DASH = re.compile(r"\s–\s")
_BETWEEN = re.compile(r"\s*(?:,|/|&|;|\+|[→⟶➜➔➡⇒⟹]\ufe0f?|[-–—=]{1,3}>)\s*|\s(?:and|then)\s", re.IGNORECASE)
_REMARK = re.compile(r"\s*\([^()]{0,200}\)\s*$")
_TITLE = re.compile(
    r"\A\W{0,20}(?:agent |session |shift )?hand-?(?:off|over)\b(?: #?\d{1,3}\b(?![-/.:]\d))?[\s:–—|-]*", re.IGNORECASE
)
_WHEN = re.compile(r"[\d/.:+,()\[\]TZ-]*\d[\d/.:+,()\[\]TZ-]*|\d{1,2}(?:st|nd|rd|th),?")
_ZONES = frozenset(
    ("z", "utc", "gmt", "bst", "cet", "cest", "eet", "est", "edt", "cst", "cdt", "mst", "pst", "pdt", "jst", "ist")
)
_FILLERS = frozenset(("am", "pm", "at", "uhr", "h"))
_DAYS = frozenset(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
_DATES = ("date", "when", "timestamp", "time", "handoff date", "date/time")
_ACTIONS = ("next actions", "next action", "next steps", "next step", "next", "actions", "action items", "next tasks")
_EVERYONE = frozenset(
    ("all", "any", "anyone", "anybody", "everyone", "everybody", "team", "the team", "all agents", "all personas",
     "any agent", "any persona", "next", "next agent", "next persona", "next session")
)  # fmt: skip


class Handoff(NamedTuple):
    """One entry `## DATE TIME - FROM → TO`. All text is raw: `words.quoted` makes it fit for a terminal."""

    when: str
    """As written."""
    stamp: str
    """The same as digits that sort (`20250821`, `202508211030`)."""
    sender: str
    receiver: str
    """As written: a persona, several, everyone, or a status such as `Done`."""
    status: str
    action: str
    """The first next action that is not ticked off; nothing where none is named."""
    line: int
    """Of its heading, from 1."""

    @property
    def receivers(self) -> tuple[str, ...]:
        """Those that `receiver` names, one by one."""
        return tuple(name for part in _BETWEEN.split(self.receiver) if (name := _name(part)))


def read_handoffs(data: bytes) -> list[Handoff]:
    """The handoffs in an agent-logbook.md, in its order. Any bytes will do.

    A handoff is a heading with an arrow between two names (`→`, `->`, `=>`; an en dash where there is no arrow) and a
    date: in the heading, in one above it, or in a field such as `**Date**`. A heading of a template is none.
    """
    return [found for section in cut(data).sections if section.head and (found := _read(section))]


def to_persona(handoffs: Iterable[Handoff], persona: str) -> list[Handoff]:
    """Those that name this persona among their receivers, or everyone; one's own words to everyone are left out."""
    return [found for found in handoffs if _is_to(found, persona)]


def _is_to(handoff: Handoff, persona: str) -> bool:
    names = handoff.receivers
    if any(same_persona(name, persona) for name in names):
        return True
    return not same_persona(handoff.sender, persona) and any(persona_key(name) in _EVERYONE for name in names)


def _read(section: Section) -> Handoff | None:
    words = without_markup(decoded(section.text))
    parts = _ARROW.split(words, maxsplit=1) if ">" in words or not words.isascii() else []
    front, rest = _split_when(_TITLE.sub("", parts[0], count=1)) if parts else ("", "")
    if len(parts) == 1 and front:  # no arrow: a dash between two names, behind the date
        parts = _DASH.split(rest.lstrip("-–— "), maxsplit=1)
        rest = parts[0]
    if len(parts) < 2:
        return None
    sender = _name(_TITLE.sub("", rest, count=1))
    receiver, behind = _split_end(parts[1])
    receiver = receiver.strip("[] ")
    if is_placeholder(sender) or is_placeholder(receiver):
        return None
    return _with_fields(section, front or behind, sender, receiver)


def _with_fields(section: Section, when: str, sender: str, receiver: str) -> Handoff | None:
    fields = _fields(section)
    when = when or _first(fields, _DATES)
    known = _stamp(when, section)
    if not known:
        return None
    actions = [row for name in _ACTIONS for row in fields.get(name, ())]
    action = next(filter(None, (statement(row) for row in actions if not is_ticked(row))), "")
    return Handoff(when, known, sender, receiver, _first(fields, ("status",)), action, section.line + 1)


def _fields(section: Section) -> dict[str, list[str]]:
    """The fields of an entry by label, each with its lines; a heading inside of the entry counts as a label.

    Read line by line: people set a label right below a list, where Markdown takes it for the last item's text.
    """
    found: dict[str, list[str]] = {}
    for part in (section, *section.kids):
        name = without_markup(decoded(part.text)).rstrip(":").casefold()
        rows = [] if part is section else found.setdefault(name, [])
        fenced = False
        for row in part.body.split(b"\n"):
            fenced ^= bool(fence_open(row.strip()))
            name, value = ("", "") if fenced else field(row)
            if name:
                rows = found.setdefault(name, [])
            rows.append(value if name else decoded(row))
    return found


def _first(fields: dict[str, list[str]], names: Iterable[str]) -> str:
    """What is said first in these fields."""
    return next((said for name in names for row in fields.get(name, ()) if (said := statement(row))), "")


def _stamp(when: str, section: Section) -> str:
    """The date in `when`, else that of a heading above with the time in `when`."""
    text = when.encode()
    known, above = stamp(text), section.parent
    while not known and above is not None:
        if len(above.stamp) >= 8:
            known = above.stamp[:8] + time_in_front(text)
        above = above.parent
    return known.decode()


def _split_when(text: str) -> tuple[str, str]:
    """Date, time and zone at the start of a text, and what stands behind them."""
    words = text.split()
    end = 0
    while end < len(words) and _is_when(words[end]) and not _ends_date(words[: end + 2]):
        end += 1
    if not any(char.isdigit() for word in words[:end] for char in word):
        return "", text
    return _bare(" ".join(words[:end])), " ".join(words[end:])


def _ends_date(words: list[str]) -> bool:
    """Whether the last but one word is the dash between date and name: `2025-08-21 - March Hare`."""
    return len(words) > 2 and not words[-2].strip("-–—|:") and not any(char.isdigit() for char in words[-1])


def _split_end(text: str) -> tuple[str, str]:
    """A name, and the date that stands behind it (`Bob (2025-08-21 10:30)`), if one does."""
    words = text.split()
    start = len(words)
    while start and _is_when(words[start - 1]):
        start -= 1
    when = _bare(" ".join(words[start:]))
    return (" ".join(words[:start]), when) if when and stamp(when.encode()) else (text, "")


def _is_when(word: str) -> bool:
    low = word.strip("()[],.:|-–—").casefold()
    if not low or low in _ZONES or low in _FILLERS or _WHEN.fullmatch(word):
        return True
    return low.isalpha() and len(low) < 10 and (low[:3].encode() in MONTHS or (low[:3] in _DAYS and low[-3:] == "day"))


def _bare(when: str) -> str:
    """A date without what parts it from the names."""
    return " ".join(when.translate(_BRACKETS).split()).strip(" -–—|,:.")


_BRACKETS = str.maketrans("[]()", "    ")


def _name(text: str) -> str:
    """A persona as a heading has it, without brackets, remark and sign."""
    return _REMARK.sub("", text).strip(" []*_`|:–—-").lstrip("@").strip()
