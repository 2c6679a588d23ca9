"""Moves the journals of finished sessions into an archive folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import takewhile

from mbgit.bank.edits import Edits, inside
from mbgit.bank.inline import decoded, is_ticked, without_markup
from mbgit.checks.page import Page
from mbgit.checks.relink import rewritten, targets
from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.stamps import stamp
from mbgit.words import counted, shown_path

from .bank import DAY, Bank, Upkeep, listed, message
from .links import is_fixed, pages
from .log import last_day
from .taking import as_many

FOLDER = "sessions"
AGE = 7  # days
MOST = 50  # journals that move at once

_UNENCODED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_FOLLOW_UP = re.compile(r"\W*follow[ -]?ups?(?: (?:items?|tasks?|actions?))?\W*", re.IGNORECASE)
_NONE = re.compile(r"\W*(?:none|nothing|n/a)\W*", re.IGNORECASE)
_OPEN = re.compile(rb"^[ \t>]*+(?:[-*+]|\d{1,4}[.)])[ \t]++\[[ \t]?\]", re.MULTILINE)


def job(bank: Bank) -> Upkeep | None:
    """Move the journals of each bank that are done with for a week to `sessions/archive/`, and the links to them.

    A journal stays if a link to it, or one in it, could not be made to lead where it does now.
    """
    wanted = list(dict.fromkeys(pair for folder in bank.banks for pair in _moves(bank, folder)))[:MOST]
    near = _naming(bank, [old for old, _ in wanted])
    edits, moves = as_many(wanted, lambda part: _edits(bank, near, dict(part)))
    if edits is None:
        return None
    lines = [f"{shown_path(old)}, now {shown_path(new)}" for old, new in sorted(moves)]
    others = len(edits) - 2 * len(moves)
    relinks = f"Links to them are rewritten in {counted(others, 'file')}." if others > 0 else ""
    subject = f"Archive {counted(len(moves), 'finished session journal')}"
    return Upkeep("journals", edits, message(subject, listed(lines), relinks))


def _moves(bank: Bank, folder: str) -> list[tuple[str, str]]:
    """The journals of a bank that may move, and where to."""
    top = inside(folder, f"{FOLDER}/")
    archive = f"{top}archive/"
    names = (path[len(top) :] for path in bank.files if path.startswith(top) and path.endswith(".md"))
    taken = {path.casefold() for path in bank.files}
    if archive.rstrip("/") in bank.files:
        return []
    found = [name for name in sorted(names) if "/" not in name and f"{archive}{name}".casefold() not in taken]
    return [(top + name, archive + name) for name in found if _is_done(bank, top + name)]


def _is_done(bank: Bank, path: str) -> bool:
    data = bank.text(path)
    return data is not None and _is_old(bank, path) and has_no_open_end(data)


def _is_old(bank: Bank, path: str) -> bool:
    """Whether the day in its name is a week ago, and nobody has touched it since."""
    touched = bank.last_touched(path)
    day = last_day(stamp(path.rpartition("/")[2].encode(errors="replace")))
    if touched is None and day is None:
        return False
    named = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if day else 0
    return bank.now - max(named, touched or 0) >= AGE * DAY


def has_no_open_end(data: bytes) -> bool:
    """Whether a journal has a section of follow-ups, all of them ticked (or says that there are none), and nothing
    anywhere in it has an open box. The template's own `None yet.` says nothing."""
    named = ((without_markup(decoded(section.text)), section) for section in cut(data).sections)
    sections = [section for name, section in named if _FOLLOW_UP.fullmatch(name)]
    return bool(sections) and not _OPEN.search(data) and all(map(_is_settled, sections))


def _is_settled(section: Section) -> bool:
    if section.kids:
        return False
    said = [node for node in section.blocks if node.kind not in ("comment", "break")]
    return bool(said) and all(map(_is_end, said))


def _is_end(node: Node) -> bool:
    """A ticked item, or the word that there is none."""
    ticked = node.kind == "item" and is_ticked(decoded(node.head[0]))
    return ticked or bool(_NONE.fullmatch(decoded(b" ".join(node.head)).lstrip("-*+ ")))


# --- links --------------------------------------------------------------------------------------------------------


def _naming(bank: Bank, journals: list[str]) -> dict[str, list[str]]:
    """The pages that may hold a link to one of some journals, or are one, each with those journals."""
    names = {old: _name(old) for old in journals}
    found = {}
    for path in pages(bank) if journals else ():
        data = bank.files[path]
        if named := [old for old, name in names.items() if old == path or name in data]:
            found[path] = named
    return found


def _edits(bank: Bank, near: Mapping[str, list[str]], moves: Mapping[str, str]) -> Edits | None:
    """The moves with all links; None where a link would not lead where it did."""
    edits: Edits = dict.fromkeys(moves, None)
    for path, named in near.items():
        if not any(old in moves for old in named):
            continue
        data = bank.files[path]
        home = moves.get(path, path)
        fixed = is_fixed(path, bank) or bank.text(path) is None
        new = data if fixed else rewritten(data, path, home, lambda to, fragment: moves.get(to, to)).data
        if not _same(Page(path, data), Page(home, new), moves):
            return None
        if new != data or home != path:
            edits[home] = new
    return edits


def _name(path: str) -> bytes:
    """A part of a journal's name that stands in every link to it, however it is encoded: its plain start."""
    name = path.rpartition("/")[2]
    return "".join(takewhile(_UNENCODED.__contains__, name)).encode()


def _same(before: Page, after: Page, moves: Mapping[str, str]) -> bool:
    """Whether each link leads to the file that it led to; False for a page that is not parsed."""
    if not before.tokens and before.data.strip():
        return False
    led = [moves.get(path, path) if path else None for path in targets(before)]
    return led == targets(after)

