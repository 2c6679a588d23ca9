"""Takes Markdown off a line: readers of the bank compare what a cell or an item says, not its markup."""

from __future__ import annotations

import re

from mbgit.engine.lines import item_text, label

LONGEST = 1_000  # characters of a line that are read: who quotes it shows far fewer

# None of these runs past the next mark of its own kind, so none backtracks without bound on a hostile text.
LINK = re.compile(r"!?\[([^\[\]]{0,500})\](?:\(([^()]{0,500})\)|\[[^\[\]]{0,200}\])")
_ANY = re.compile(r"[`*_~<\[\\]")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_MARKS = (
    re.compile(r"(`{1,3})([^`]{1,1000})\1"),
    re.compile(r"(\*{1,3})(?=\S)([^*]{1,1000})(?<=\S)\1"),
    re.compile(r"(?<!\w)(_{1,3})(?=\S)([^_]{1,1000})(?<=\S)\1(?!\w)"),
    re.compile(r"(~~)(?=\S)([^~]{1,1000})(?<=\S)\1"),
)
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LEAD = re.compile(r"(?:>|[-*+](?=\s)|\d{1,4}[.)](?=\s)|\(\d{1,4}\)(?=\s)|#{1,6}(?=\s))")
_BOX = re.compile(r"\[([ xX~-])\](?=\s)")
_NOTHING = re.compile(
    r"\[[^\[\]]*\]|\{[^{}]*\}|\(?(?:none|n/?a|nobody|nothing|tbd|unassigned)(?: yet)?\)?\.?", re.IGNORECASE
)


def without_markup(text: str) -> str:
    """What a piece of a line says: comments, tags, targets of links, emphasis and escapes off, blanks squeezed."""
    text = text[:LONGEST]
    if _ANY.search(text):
        text = LINK.sub(r"\1", _TAG.sub(" ", _COMMENT.sub("", text)))
        for mark in _MARKS * 2:  # one emphasis inside of another
            text = mark.sub(r"\2", text)
        text = ESCAPE.sub(r"\1", text)
    return " ".join(text.split())


def statement(line: str) -> str:
    """What a line says without quote mark, item mark, ordinal and tick box; nothing where it only keeps a place."""
    text = without_markup(_without_lead(line)[1])
    return "" if is_placeholder(text) else text


def is_ticked(line: str) -> bool:
    """Whether the line is an item with a ticked box."""
    return _without_lead(line)[0] in ("x", "X")


def is_placeholder(text: str) -> bool:
    """Whether a text only keeps a place: nothing, `...`, `-`, `[What we do]`, `none`."""
    return not any(char.isalnum() for char in text) or bool(_NOTHING.fullmatch(text))


def field(line: bytes) -> tuple[str, str]:
    """Label (as labels are compared) and value of a line `**Label**: value`, an item or not; no label, no field."""
    text = item_text(line[:LONGEST].strip())
    name = label(text)
    if not name:
        return "", ""
    value = text[2:].partition(b"**")[2] if text.startswith(b"**") else text.partition(b":")[2]
    return " ".join(decoded(name).split()), decoded(value).lstrip(" \t:").strip()


def decoded(text: bytes) -> str:
    """Bytes of a file as text, broken UTF-8 replaced, cut where nobody reads on."""
    return text[: 4 * LONGEST].decode(errors="replace")


def _without_lead(line: str) -> tuple[str, str]:
    """What the line's tick box holds (nothing: there is none), and the text behind all marks."""
    text = line[:LONGEST].lstrip()
    while found := _LEAD.match(text):
        text = text[found.end() :].lstrip()
    box = _BOX.match(text)
    return (box[1], text[box.end() :].lstrip()) if box else ("", text)
