"""The team's focus, in one line, read from an activeContext.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mbgit.engine.document import Section, cut

from .inline import decoded, field, is_placeholder, is_ticked, statement, without_markup

# Headings and fields that name the focus, the plainest first; whichever comes first here wins, then the file's order.
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r"current\b.*\bfocus|focus\b.*\bcurrent|текущий фокус",
        r".*\bfocus(?:ed)?(?: areas?| on)?$",
        r"current (?:work|task|phase|sprint|goal|objective|session|status|state)",
    )
)
_ASIDE = re.compile(  # fields that say something of the file, not of the work
    r"(?:last )?(?:updated?|modified)|date|time|purpose|version|session|expires|owner|authors?|as of"
    r"|(?:active )?(?:persona|agent)s?"
)
_BEHIND = re.compile(r"(?:.{0,80}?\bfocus(?: areas?)?|current \w+)\s*(?::|\s[-–—]\s)\s*(.+)", re.IGNORECASE)
_DONE = re.compile(r"\W*(?:completed?|done|finished|resolved)\b", re.IGNORECASE)
_FRONT = ("focus", "focus_area", "current_focus")
_KINDS = ("para", "item", "quote", "field")


def focus(data: bytes) -> str:
    """The first line that says something below *Current Focus*, or a heading like it; nothing where there is none.

    Text behind the colon of the heading itself (`## Current Focus: the parser`) goes before. Then fields of that
    name (`**Current Focus**: ...`), a file titled so, and `focus:` in the front matter. The line is raw text, its
    markup off; what is ticked or done is passed over while there is something else. Any bytes will do.
    """
    sections = cut(data).sections
    headings = [section for section in sections if section.level > 1]
    titles = [section for section in sections if section.level == 1]
    ways = (_by_heading(headings), _by_field(sections), _by_heading(titles), _by_front(sections))
    return next(filter(None, ways), "")


def _by_heading(sections: list[Section]) -> str:
    named = [(section, without_markup(decoded(section.text))) for section in sections]
    for name in _NAMES:
        for section, words in named:
            if name.match(_letters(words)):
                found = _behind(words) or _first_line(section)
                if found:
                    return found
    return ""


def _letters(words: str) -> str:
    """A heading as headings are compared: from its first letter, without what stands behind a colon."""
    start = next((at for at, char in enumerate(words) if char.isalpha()), len(words))
    return words[start:].partition(":")[0].casefold().strip()


def _behind(words: str) -> str:
    found = _BEHIND.search(words)
    return "" if found is None or is_placeholder(found[1]) else found[1]


def _first_line(section: Section) -> str:
    lines = list(_lines(section, 40))
    return next((text for text, done in lines if not done), lines[0][0] if lines else "")


def _lines(section: Section, most: int) -> Iterator[tuple[str, bool]]:
    """The first lines below a heading that say something, and whether each is about finished work."""
    for node in (*section.blocks, *(node for kid in section.kids for node in kid.blocks)):
        text = _said(node.head[0]) if node.kind in _KINDS else ""
        if text:
            most -= 1
            yield text, is_ticked(decoded(node.head[0])) or "✅" in text[:3] or bool(_DONE.match(text))
        if not most:
            return


def _said(line: bytes) -> str:
    """What a line says of the work: a field without a value nothing, one that is about the file neither."""
    label, value = field(line)
    name = _letters(label)
    if label and (not statement(value) or _ASIDE.fullmatch(name)):
        return ""
    return statement(value if any(known.match(name) for known in _NAMES[:2]) else decoded(line))


def _by_field(sections: list[Section]) -> str:
    for section in sections:
        for node in section.blocks:
            name, said = field(node.head[0]) if node.kind in ("field", "item") else ("", "")
            if name == "focus" or _NAMES[0].match(name):
                return statement(said)
    return ""


def _by_front(sections: list[Section]) -> str:
    front = next((node for node in sections[0].blocks if node.kind == "front"), None)
    for key in front.kids if front else ():
        name, _, value = decoded(key.head[0]).partition(":")
        if name.strip().casefold() in _FRONT:
            return statement(value.strip().strip("\"'"))
    return ""
