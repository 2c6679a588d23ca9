"""Locks: who works on which file, read from the *Active Work* table of an activeContext.md."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import cells

from .globs import fits
from .inline import LINK, decoded, is_placeholder, without_markup
from .personas import same_persona
from .settings import confined

TIMEOUT = 30  # minutes, then a lock holds no more
MOST = 100  # locks of one file that are read: beyond that a table is no longer a list of who is at work
GRACE = 5  # minutes that a machine's clock may be ahead of ours

_COLUMNS = {
    "agent": ("agent", "agent role", "agent name", "persona", "who", "owner", "role", "locked by", "holder"),
    "file": ("file", "files", "file(s)", "path", "paths", "file path", "locked file", "file/folder", "resource"),
    "action": ("action", "task", "what", "activity", "current task", "doing", "purpose", "reason"),
    "started": ("started", "start", "started at", "start time", "since", "locked at", "locked"),
    "eta": ("eta", "until", "expires", "end", "expected end", "status", "state"),
}
_HEADING = re.compile(r"\bactive work\b|\block(s|ed|ing)?\b")
_OVER = re.compile(r"\W*(?:done|completed|finished|released|unlocked|expired|idle)\b|\W*complete\W*$", re.IGNORECASE)
_TICKS = ("✅", "✔", "☑", "[x]", "[X]", "~~")
_BETWEEN = re.compile(r"[,;]|<br ?/?>|\s(?:and|&|\+)\s", re.IGNORECASE)
_CODE = re.compile(r"`([^`]{1,400})`")
_REMARK = re.compile(r"\s\([^()]{0,200}\)\s*$")
_BOLD = re.compile(r"\*\*(?!/)([^*]+)\*\*")
_PLACE_IN_FILE = re.compile(r"(?:#\w.*|:\d[\d:,-]{0,20})$")
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T|\s{1,3})(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s{0,2}(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d))?",
    re.IGNORECASE,
)


class Lock(NamedTuple):
    """One persona at work on one file. All text is raw: `words.quoted` makes it fit for a terminal."""

    persona: str
    path: str
    """As written, markup off; `covers` says what it means."""
    action: str
    started: int
    """Epoch seconds; 0: not known, and then it does not hold."""
    line: int
    """Of its row, from 1."""

    def minutes_left(self, now: int) -> int:
        """How long it still holds, begun minutes counted as whole ones; 0: it does not.

        A start further in the future than clocks usually err counts as unknown: else a machine whose clock is a year
        ahead would hold a file for a year.
        """
        age = now - self.started
        if age < -60 * GRACE:
            return 0
        return max(0, -((max(age, 0) - 60 * TIMEOUT) // 60))

    def expired(self, now: int) -> bool:
        return not self.minutes_left(now)


class Dispute(NamedTuple):
    """Locks of several personas that hold one file at the same time."""

    path: str
    """As the first of the locks has it."""
    locks: tuple[Lock, ...]
    """The one that goes first at the front."""
    proceeds: Lock | None
    """None: equal priority in the same minute, which a person decides."""


def read_locks(data: bytes, added_at: Callable[[str], int | None]) -> list[Lock]:
    """The locks in an activeContext.md, at most `MOST`. Any bytes will do.

    A table of locks has columns for the agent and the file, and either stands below a heading such as *Active Work*
    or also has a column for start or end. Where the file's cell names several, each is a lock.

    `added_at` is given a row as it stands in the file (line end off, broken UTF-8 replaced) and answers with the
    author time of the commit that added it, None where no commit did. That time is the start, whatever the row says:
    people and programs round, copy and invent stamps. So a row that is rewritten is a new lock. What the row says
    counts only without a commit, and only if it has a date and a time (UTC, where it names no zone).
    """
    found: list[Lock] = []
    for section in cut(data).sections:
        for table in section.blocks:
            columns = _columns(table, section) if table.kind == "table" else {}
            for row in table.kids if columns else ():
                found.extend(_locks(row, columns, added_at))
                if len(found) >= MOST:
                    return found[:MOST]
    return found


def _columns(table: Node, section: Section) -> dict[str, list[int]]:
    """Where each column stands that matters here, by the table's head; nothing where it is no table of locks."""
    names = [without_markup(decoded(cell)).casefold() for cell in cells(table.head[0])[:40]]
    found = {what: [at for at, name in enumerate(names) if name in known] for what, known in _COLUMNS.items()}
    dated = bool(found["started"]) or "eta" in names
    return found if found["agent"] and found["file"] and (dated or _is_about_locks(section)) else {}


def _is_about_locks(section: Section | None) -> bool:
    while section is not None and section.head:
        if _HEADING.search(without_markup(decoded(section.text)).casefold()):
            return True
        section = section.parent
    return False


def _locks(row: Node, columns: dict[str, list[int]], added_at: Callable[[str], int | None]) -> Iterator[Lock]:
    written = [decoded(cell) for cell in cells(row.head[0])[:40]]

    def of(column: str) -> list[str]:
        return [written[at] for at in columns[column] if at < len(written)]

    persona = _persona("".join(of("agent")[:1]))
    paths = [path for path in _paths("".join(of("file")[:1])) if not is_placeholder(path)]
    if is_placeholder(persona) or _is_over(written, of("action") + of("started") + of("eta")):
        return
    known = added_at(row.head[0].decode(errors="replace"))
    started = known if known is not None else _read_stamp("".join(of("started")[:1]))
    for path in paths:
        yield Lock(persona, path, without_markup("".join(of("action")[:1])), max(started, 0), row.line + 1)


def _persona(cell: str) -> str:
    """`**@DevOps Engineer** (on call)` is the DevOps Engineer: nobody is kept out by their own lock."""
    return _REMARK.sub("", without_markup(cell)).lstrip("@")


def _is_over(written: list[str], words: list[str]) -> bool:
    """Whether a row is of work that is done: ticked or struck out anywhere, or by the words in a cell on the work."""
    return any(cell.startswith(_TICKS) for cell in written) or any(_OVER.match(cell) for cell in words)


def _paths(cell: str) -> list[str]:
    """The paths that a cell names: its code, else what its links lead to, else its words."""
    if code := _CODE.findall(cell):
        return [path.replace("\\|", "|").strip() for path in code]
    if links := LINK.findall(cell):
        return [_target(*link) for link in links]
    return [_BOLD.sub(r"\1", _REMARK.sub("", part)).strip() for part in _BETWEEN.split(cell)]


def _target(words: str, target: str) -> str:
    """A link's target where it is a path, else its words."""
    return without_markup(words) if "://" in target or not target.strip() else target.split()[0].strip("<>")


def _read_stamp(text: str) -> int:
    """A date with a time as epoch seconds, 0 where there is none, or none that exists."""
    from datetime import datetime, timedelta, timezone

    found = _STAMP.search(text)
    if not found:
        return 0
    hours, minutes = int(found[8] or 0), int(found[9] or 0)
    try:
        zone = timezone(timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes))
        return int(datetime(*(int(found[at] or 0) for at in range(1, 7)), tzinfo=zone).timestamp())  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return 0


def covers(lock: Lock, path: str, bank: str) -> bool:
    """Whether the lock means this path of the repository; `bank` is the folder of the bank that holds the lock.

    What a lock names counts from the bank, from the folder that the bank lies in, and from the root: all three
    readings hold. A folder covers all below it, with or without a slash at its end; a glob covers what it fits. Upper
    and lower case are one. A path that leaves the repository covers nothing, and neither does one that names
    nothing (`*`, `.`, the root itself).
    """
    at = path.casefold()
    return any(_within(at, meant) for meant in _meant(lock.path, bank))


def _within(path: str, meant: str) -> bool:
    if path == meant or path.startswith(f"{meant}/"):
        return True
    return _is_glob(meant) and fits(meant.replace("[", "[[]"), path)


def _is_glob(path: str) -> bool:
    """Brackets are no glob: they stand in file names (`app/[id]/page.tsx`)."""
    return ("*" in path or "?" in path) and path.count("*") < 9


@lru_cache(1_024)
def _meant(written: str, bank: str) -> tuple[str, ...]:
    """The paths from the root that a lock's path may mean, in lower case."""
    path = re.sub(r"\\([_*\[\]-])", r"\1", _PLACE_IN_FILE.sub("", written)).replace("\\", "/").casefold()
    inside = "" if bank == "." else bank.casefold()
    bases = dict.fromkeys((inside, posixpath.dirname(inside), ""))
    found = (posixpath.normpath(posixpath.join(base, path)) for base in bases)
    named = any(map(str.isalnum, path))
    return tuple(dict.fromkeys(path for path in found if named and confined(path) and any(map(str.isalnum, path))))


def rank(lock: Lock, priority: Callable[[str], int]) -> tuple[int, int]:
    """What goes first sorts first: higher priority, then the earlier minute. Equal ranks a person decides."""
    return -priority(lock.persona), lock.started // 60


def contested(locks: Sequence[Lock], priority: Callable[[str], int], now: int, bank: str = ".") -> list[Dispute]:
    """The files that several personas hold at `now`, each once; `bank` is the folder of the locks' bank.

    A folder or glob that covers a file is a claim on that file.
    """
    held = sorted((lock for lock in locks if not lock.expired(now)), key=lambda lock: rank(lock, priority))
    found: dict[tuple[Lock, ...], Dispute] = {}
    for one in held:
        meant = _meant(one.path, bank)
        claims = tuple(lock for lock in held if lock is one or any(covers(lock, path, bank) for path in meant))
        rival = next((lock for lock in claims if not same_persona(lock.persona, claims[0].persona)), None)
        if rival is not None and claims not in found:
            clear = rank(claims[0], priority) < rank(rival, priority)
            found[claims] = Dispute(one.path, claims, claims[0] if clear else None)
    return list(found.values())
