"""What harvested records are called: titles, days, slugs, numbers, and the path that a target already has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import NamedTuple

from mbgit.bank.entries import Entry
from mbgit.bank.inline import without_markup
from mbgit.engine.blocks import normal
from mbgit.engine.lines import cells
from mbgit.words import clean

LONGEST = 100  # characters of a title; the entry itself follows verbatim
LONGEST_SLUG = 60

_DAY = r"[\[(]?\d{4}-\d\d-\d\d(?:[T ,]{1,2}\d\d?:\d\d(?::\d\d)?)?(?: ?UTC|Z)?[\])]?"
_DAY_IN_FRONT = re.compile(rf"\W{{0,3}}{_DAY}[\s:,|–—-]{{0,4}}")
_DAY_BEHIND = re.compile(rf"[\s:,|–—-]{{0,4}}{_DAY}$")
_NUMBER_IN_FRONT = re.compile(r"ADR[-_ ]?(?:\d{1,5}|N{2,3}|X{2,3})[\s:,–—-]{0,4}", re.IGNORECASE)
_LABEL = re.compile(r"\*\*[^*\n]{1,60}(?::\*\*|\*\* {0,3}:)\s{0,4}(?=\S)")
_RECORD = re.compile(r"ADR-(\d{1,5})(?=[-_. ])", re.IGNORECASE)
_LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


def title_of(entry: Entry) -> str:
    """An entry's title as the heading of a record: one line without marks, date, label and number; never empty."""
    text = entry.title[:2_000]
    if entry.kind == "row":
        named = (cell.decode(errors="replace") for cell in cells(entry.text.split(b"\n")[0]))
        text = next((cell for cell in named if _bare(cell)), "")
    return _bare(_LABEL.sub("", text, count=1)) or "Untitled"


def _bare(text: str) -> str:
    text = clean(without_markup(text))
    text = _DAY_BEHIND.sub("", _DAY_IN_FRONT.sub("", text, count=1)) if len(text) < 1_000 else text
    text = _NUMBER_IN_FRONT.sub("", text, count=1) if _NUMBER_IN_FRONT.match(text) else text
    text = text.strip(" -:|#")
    if len(text) > LONGEST:
        text = text[: LONGEST - 3].rpartition(" ")[0] or text[: LONGEST - 3]
        text += "..."
    return text if any(char.isalnum() for char in text) else ""


def day_of(entry: Entry) -> date | None:
    """The day in an entry's heading or first line, else in a heading above it; None where no real day stands."""
    for stamp in (entry.stamp, *(head.stamp.decode() for head in reversed(entry.heads))):
        if len(stamp) >= 6 and stamp[:2] in ("19", "20"):
            try:
                return date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8] or 1))
            except ValueError:
                continue
    return None


def slug(title: str) -> str:
    """A title as part of a file's name: lower case ASCII letters and digits, at most 60 characters, never empty.

    A title in another script gets a number made of its text, the same everywhere.
    """
    letters = unicodedata.normalize("NFKD", title.casefold().translate(_LATIN))
    kept = "".join(char if char in _SLUG else "" if unicodedata.combining(char) else "-" for char in letters)
    words = "-".join(word for word in kept.split("-") if word)
    if len(words) > LONGEST_SLUG:
        cut = words[: LONGEST_SLUG + 1]
        words = cut.rpartition("-")[0] or words[:LONGEST_SLUG]
    return words or f"entry-{_checksum(title)}"


_SLUG = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def _checksum(title: str) -> str:
    from zlib import crc32

    return f"{crc32(title.encode(errors='replace')):08x}"


def free_name(stem: str, taken: Callable[[str], bool]) -> str:
    """`STEM.md`, or `STEM-2.md` and so on, where that name is taken."""
    name, number = f"{stem}.md", 1
    while taken(name):
        number += 1
        name = f"{stem}-{number}.md"
    return name


def located(target: str, paths: Collection[str]) -> tuple[str, bool]:
    """A target's path as the repository spells it (no slash at its end), and whether it is a folder.

    `paths` are those of all files. Raises ValueError where a file stands in the way of the target's folders.
    """
    at = ""
    parts = target.rstrip("/").split("/")
    for number, part in enumerate(parts):
        here = {path[len(at) :].partition("/")[0] for path in paths if path.startswith(at)}
        name = part if part in here else min((n for n in here if n.casefold() == part.casefold()), default=part)
        at += name
        last = number == len(parts) - 1
        if at in paths and (not last or target.endswith("/")):
            raise ValueError("a file stands where a folder of it should be")
        at += "/"
    folder = target.endswith("/") or any(path.startswith(at) for path in paths)
    return at[:-1], folder


# --- numbers of decisions -----------------------------------------------------------------------------------------


def record_number(path: str) -> int:
    """The number of a decision's record (`Docs/ADR/ADR-004-cache.md`: 4); 0 for any other file."""
    found = _RECORD.match(path.rpartition("/")[2])
    return int(found[1]) if found and path.endswith(".md") else 0


def record_numbers(paths: Iterable[str]) -> set[int]:
    """The numbers in use among some paths."""
    return {number for path in paths if (number := record_number(path))}


class Rename(NamedTuple):
    """A record whose number another one has: what it is called, and what it should be called."""

    old: str
    new: str


def clashes(here: Iterable[str], upstream: Iterable[str]) -> list[Rename]:
    """The records that must take another number, with the path that each should get.

    `here` are the paths of the commit that is to be pushed, `upstream` those of what it is pushed onto. A record
    that is upstream keeps its number, and two that are both there are left alone; else the first by name keeps it.
    """
    there, mine = set(upstream), set(here)
    top = max(record_numbers(there | mine), default=0)
    groups: dict[tuple[str, int], list[str]] = {}
    for path in sorted(there | mine):
        if record_number(path):
            groups.setdefault((path.rpartition("/")[0].casefold(), record_number(path)), []).append(path)
    out = []
    for paths in groups.values():
        new = [path for path in paths if path not in there]
        for path in new if len(new) < len(paths) else new[1:]:
            top += 1
            out.append(Rename(path, numbered(path, top)))
    return out


def numbered(path: str, number: int) -> str:
    """A record's path with another number."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + _RECORD.sub(f"ADR-{number:03}", name, count=1)


# --- what an entry is known by ------------------------------------------------------------------------------------


def table_key(head: tuple[bytes, ...]) -> bytes:
    """A table's head as heads are compared."""
    return normal("table", head)
