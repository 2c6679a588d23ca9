"""File names that the standard fixes: a journal's begins with its day, so that a folder of them sorts."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from mbgit.bank.layouts import BUFFERS
from mbgit.engine.stamps import stamp
from mbgit.words import clean, fit_for_command

from .finding import Finding
from .page import Page, World

NAME = "names"

_JOURNAL = "journal.md"
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)_([^_]{1,200})\.md")
_DAY = re.compile(r"\d{4}[-_./]?\d{1,2}[-_./]?\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}")
_WHAT = "a journal's name is YYYY-MM-DD_topic-description.md: a real date, words in lower case, hyphens between them"
_LONGEST = 60  # characters of a topic that a name gets


def check(page: Page, world: World) -> list[Finding]:
    """A finding for a journal whose name is not as journals' are; README.md and what is in archive/ may have any."""
    if page.kind is None or page.kind.template != _JOURNAL or _is_free(page.path) or _is_right(page.path):
        return []
    new = str(PurePosixPath(page.path).with_name(_right_name(page, world)))
    moves = "" if world.tree.has(new) else new
    fix = f'git mv "{page.path}" "{new}"' if moves and fit_for_command(page.path) and fit_for_command(new) else ""
    return [Finding(NAME, page.path, 0, _WHAT, lowered=world.layout == BUFFERS, fix=fix, moves=moves)]


def _is_free(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts
    return name.casefold() == "readme.md" or "archive" in folders


def _is_right(path: str) -> bool:
    found = _NAME.fullmatch(PurePosixPath(path).name)
    return bool(found and _day(found[1]) and found[2] == _topic(found[2], len(found[2])))


def _day(text: str) -> str:
    """The first date in a text as YYYY-MM-DD; nothing where there is none, or none that exists."""
    digits = stamp(text.replace("_", "-").encode(errors="replace")).decode()
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).isoformat()
    except ValueError:
        return ""


def _topic(text: str, most: int) -> str:
    """Words with hyphens between them, in lower case, at most so many characters."""
    kept = (char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in text.lower())
    return "-".join("".join(kept).split())[:most].rstrip("-")


def _right_name(page: Page, world: World) -> str:
    """The name that a journal should have: day and topic of its name, else of its title; else the commit's day."""
    stem = clean(PurePosixPath(page.path).stem)
    title = clean(next((row.lstrip("# ") for row in page.rows if row.startswith("# ")), "")[:300])
    committed = datetime.fromtimestamp(max(world.added_at(page, page.rows[0]), 0), UTC).date().isoformat()
    day = _day(stem) or _day(title) or committed
    topic = next((found for text in (stem, title) if (found := _topic(_DAY.sub(" ", text), _LONGEST))), "session")
    return f"{day}_{topic}.md"
