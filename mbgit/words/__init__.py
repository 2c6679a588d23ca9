"""Text from others, made fit for a terminal: what a bank, an author or a branch says is shown as quoted data.

All of it goes through `clean`, which puts `[secret]` in place of what the detectors find. So no line of output can
forget it.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from mbgit.words.secrets import SECRET, redacted

WIDTH = 60  # columns that a text from others may take
_LONGEST = 2_000  # characters that are looked at: no text is cleaned whole to show its start
_UNQUOTED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")
_IN_COMMANDS = _UNQUOTED | {" "}
_FOLDER = re.compile(r"[A-Za-z._-]+").fullmatch
_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,15}://\S*|\bwww\.\S+")


def quoted(text: str, width: int = WIDTH) -> str:
    """Text from others, in double quotes: cleaned, without URLs, cut at its end to `width` columns."""
    if len(text) > _LONGEST:  # drop the word at the cut: half a secret is not recognized
        text = text[:_LONGEST].rpartition(" ")[0] or text[:_LONGEST]
    return f'"{_cut(_URL.sub("(link)", clean(text)), width - 2)}"'


def shown_path(path: str) -> str:
    """A path for a terminal: as it is where it is plain, else as quoted text; cut at its start."""
    text = _clean_path(path)
    if set(path) <= _UNQUOTED and len(path) <= WIDTH and text == path:
        return path
    text = text if len(text) < 4 * WIDTH else "~" + text[-4 * WIDTH :]
    while columns(text) > WIDTH - 2:
        text = "~" + text.lstrip("~")[1:]
    return f'"{text}"'


def _clean_path(path: str) -> str:
    """A path as `clean` has it; of one with a secret in it, the folders above it that are words."""
    text = clean(path)
    if SECRET not in text:
        return text[-_LONGEST:]
    return "/".join([*takewhile(_FOLDER, path.split("/")), SECRET])


def fit_for_command(path: str) -> bool:
    """Whether a path may stand on a command line that mbgit prints (between double quotes)."""
    return bool(path) and set(path) <= _IN_COMMANDS and not path.startswith("-") and redacted(path) == path


def clean(text: str) -> str:
    """Text without control, format, private, unassigned and separator characters; a quote is a single one.

    `[secret]` stands in place of what looks like a key, a token or a password.
    """
    return redacted(_visible(text))


def _visible(text: str) -> str:
    spaced = "".join(" " if char.isspace() else char for char in text.replace('"', "'"))
    if spaced.isascii() and spaced.isprintable():
        return " ".join(spaced.split())
    spaced = "".join(" " if unicodedata.category(char)[0] == "Z" else char for char in spaced)
    return " ".join("".join(char for char in spaced if unicodedata.category(char)[0] != "C").split())


def cleaned(text: str) -> str:
    """Text of several lines, each as `clean` has it and with its indent."""
    rows = (row[:_LONGEST] for row in text.split("\n"))
    return "\n".join(" " * (len(row) - len(row.lstrip(" "))) + clean(row) for row in rows)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_width(char) for char in text)


def _cut(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    text = text[: 4 * width]
    while columns(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "~"


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 entry`, `3 entries`, `2 days`."""
    if number == 1:
        return f"1 {noun}"
    many = noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"
    return f"{number} {plural or many}"
