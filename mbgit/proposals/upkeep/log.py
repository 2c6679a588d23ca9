"""A session log that outgrows its cap: its oldest entries roll into the archive of their month.

A roll leaves at most 80 % of what lets it begin, in size as in days: so that the next one does not follow tomorrow. An
entry without a day stays where it is, since it belongs to no archive; so does one that leaves a fence or HTML
open, and everything of today and yesterday. Archives run from the oldest to the newest entry, whichever way the log
runs: merged, two of them keep that order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from mbgit.bank.edits import Edits, inside
from mbgit.bank.entries import Entry
from mbgit.bank.kinds import KINDS
from mbgit.engine.document import Section
from mbgit.engine.stamps import stamp, time_in_front
from mbgit.proposals.harvest.closed import is_closed, is_folded
from mbgit.proposals.harvest.links import carried, following
from mbgit.proposals.harvest.message import co_authors, credit
from mbgit.proposals.harvest.names import located
from mbgit.proposals.harvest.placing import Buffer, place
from mbgit.proposals.harvest.plan import Provenance
from mbgit.words import counted, quoted, shown_path

from .bank import Bank, Upkeep, message
from .taking import taken_out

LOG = "SESSION_LOG.md"
CAP = 1024 * next(kind.cap for kind in KINDS if kind.pattern == LOG)  # bytes
AGE = 30  # days
LOW = 80  # percent of both that a roll leaves at most
FRESH = 2  # days that nothing rolls, however large the log is
LAST = 253_402_300_799  # the last second that has a date
LARGEST = 5_000_000  # bytes: a log that nobody rolled for years
ROUNDS = 5  # a heading that entries stood under is an entry itself when they are gone

Key = tuple[tuple[bytes, ...], bytes]
"""What an entry is, by the dated headings above it and what it says: `### 10:30 Ada` stands below many days."""


class Rolled(NamedTuple):
    """A log after a roll: the new bytes of all files, and what now stands in which archive."""

    edits: Edits
    moves: dict[str, list[tuple[Entry, Provenance]]]


def job(bank: Bank) -> Upkeep | None:
    """Roll the log of each bank that is over the cap, or holds entries that are over the age."""
    edits: Edits = {}
    parts, wrote = [], []
    total = 0
    for folder in bank.banks:
        rolled = roll(bank.after(edits), folder)
        edits |= rolled.edits
        total += sum(map(len, rolled.moves.values()))
        wrote += [by for moved in rolled.moves.values() for _, by in moved]
        parts += [_paragraph(path, moved) for path, moved in rolled.moves.items()]
    if not edits:
        return None
    subject = f"Roll {LOG}: {counted(total, 'entry')} into the archive"
    return Upkeep("log", edits, message(subject, *parts), co_authors(wrote))


def _paragraph(path: str, moved: list[tuple[Entry, Provenance]]) -> str:
    titles = "\n".join(f"- {quoted(entry.title)}{credit(by)}" for entry, by in moved)
    return f"{counted(len(moved), 'entry')} to {shown_path(path)}:\n\n{titles}"


def roll(bank: Bank, folder: str) -> Rolled:
    """Roll the log of one bank, if it is over its cap."""
    done = Rolled({}, {})
    path = inside(folder, LOG)
    for _ in range(ROUNDS):
        data = bank.text(path, LARGEST)
        step = _round(bank, folder, path, data) if data is not None else None
        if step is None:
            break
        done.edits.update(step.edits)
        for archive, moved in step.moves.items():
            done.moves.setdefault(archive, []).extend(moved)
        bank = bank.after(step.edits)
    return done


def _round(bank: Bank, folder: str, path: str, data: bytes) -> Rolled | None:
    buffer = Buffer(carried(data, path, inside(folder, "archive/x.md")))
    wanted = to_roll(buffer, len(data), datetime.fromtimestamp(min(max(bank.now, 0), LAST), UTC).date())
    archives = _archives(bank, folder, buffer, wanted)
    left, gone = taken_out(data, sorted(at for archive in archives for at in archive.held))
    if len(gone) < sum(len(archive.held) for archive in archives):
        archives = _archives(bank, folder, buffer, [at for at in wanted if at in gone])
        if sorted(at for archive in archives for at in archive.held) != gone:
            return None
    if not gone:
        return None
    edits: Edits = {path: left}
    edits.update((archive.path, archive.data) for archive in archives if archive.news)
    went = {archive.path: [buffer.entries[at] for at in archive.held] for archive in archives}
    edits.update(following(bank.after(edits).files, path, data, went, tuple(edits)))
    return Rolled(edits, {to: [(entry, bank.by(path, entry)) for entry in moved] for to, moved in went.items()})


# --- which entries ------------------------------------------------------------------------------------------------


def to_roll(buffer: Buffer, size: int, today: date) -> list[int]:
    """The entries that roll, by their index, the oldest first; `size` is that of the log in bytes."""
    stamps = {at: when for at in range(len(buffer.entries)) if (when := _when(buffer, at))}
    ages = {at: (today - day).days for at, when in stamps.items() if (day := last_day(when))}
    may = [at for at, days in ages.items() if days >= FRESH and _is_whole(buffer.entries[at])]
    if size <= CAP and not any(ages[at] > AGE for at in may):
        return []
    falls = _falls(list(stamps.values()))
    may.sort(key=lambda at: (stamps[at], -at if falls else at))
    surplus = size - CAP * LOW // 100 if size > CAP else 0
    out = []
    for at in may:
        if ages[at] * 100 > AGE * LOW or surplus > 0:
            out.append(at)
            surplus -= len(buffer.entries[at].text) + 2
    return out


def _when(buffer: Buffer, at: int) -> bytes:
    """An entry's date, with its time where it has one, as digits that sort; the file's title dates nothing."""
    first = buffer.entries[at].text.split(b"\n", 1)[0]
    found = stamp(first)
    if not found:
        above = (head.stamp for head in reversed(buffer.heads(at)))
        found = next((when for when in above if len(when) >= 6), b"")
        found += time_in_front(first.lstrip(b"#- ")) if len(found) == 8 else b""
    return found


def last_day(when: bytes) -> date | None:
    """The last day that a stamp may mean: of `202508` the 31st; None where there is no such day."""
    try:
        day = date(int(when[:4]), int(when[4:6]), int(when[6:8] or 1))
    except ValueError:
        return None
    if len(when) > 6:
        return day
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _falls(stamps: Sequence[bytes]) -> bool:
    """Whether the newest comes first: decided by more of the steps from one day to another."""
    steps = [(one[:8], other[:8]) for one, other in zip(stamps, stamps[1:], strict=False) if one[:8] != other[:8]]
    return 2 * sum(one > other for one, other in steps) > len(steps)


def _is_whole(entry: Entry) -> bool:
    return is_closed(entry.text) and not is_folded(entry.text)


# --- the archives -------------------------------------------------------------------------------------------------


class Archive(NamedTuple):
    """One archive after a roll."""

    path: str
    data: bytes
    held: list[int]
    """The entries of the log, by their index, that stand in it."""
    news: bool
    """Whether some of them did not before."""


def _archives(bank: Bank, folder: str, buffer: Buffer, wanted: Iterable[int]) -> list[Archive]:
    months: dict[str, list[int]] = {}
    for at in wanted:
        when = _when(buffer, at).decode()
        months.setdefault(f"{when[:4]}-{when[4:6]}", []).append(at)
    found = (_archive(bank, folder, month, buffer, part) for month, part in sorted(months.items()))
    return [archive for archive in found if archive and archive.held]


def _archive(bank: Bank, folder: str, month: str, buffer: Buffer, wanted: list[int]) -> Archive | None:
    """The archive of a month with some entries; None where it cannot be written."""
    try:
        path, is_folder = located(inside(folder, f"archive/SESSION_LOG-{month}.md"), bank.files.keys())
    except ValueError:
        return None
    old = bank.text(path, LARGEST)
    if is_folder or (old is None and path in bank.files) or not is_closed(old or b""):
        return None
    data = extended(old, f"# Session Log {month}\n".encode(), buffer, wanted)
    if data is None:
        return None
    held = said(Buffer(data))
    return Archive(path, data, [at for at in wanted if said(buffer, [at]) <= held], data != old)


def extended(old: bytes | None, title: bytes, buffer: Buffer, wanted: Sequence[int]) -> bytes | None:
    """An archive with some entries of a log, each once, under the headings that they stood under.

    `old` is the archive so far, `title` what a new one begins with. An entry that was rolled before, and has been
    edited since, is one with what the archive has of it. Some entries may not have found a place. None where it would
    not hold exactly what it held and these entries.
    """
    known = Buffer(old or b"")
    news = [at for at in wanted if key(buffer, at) not in keys(known)]
    if old is not None and not news:
        return old
    placed = place(b"", buffer, news)  # below no title: to one it would add an index
    data = _joined(title if old is None else _title(old), old, placed.data)
    after, most = Buffer(data), len(known.entries) + len(placed.how)
    return data if said(after) == said(known) | said(buffer, placed.how) and len(after.entries) <= most else None


def _title(old: bytes) -> bytes:
    """An archive's title alone."""
    buffer = Buffer(old)
    return b"".join(line + b"\n" for line in buffer.document.sections[buffer.title].head)


def _joined(title: bytes, old: bytes | None, fresh: bytes) -> bytes:
    """Two archives of one month as one, in the order of their entries."""
    from mbgit.engine.threeway import merge3

    fresh = (title + b"\n" if title else b"") + fresh.rstrip(b"\n") + b"\n"
    return fresh if old is None else merge3(title, old, fresh, "log", LOG).text


def keys(buffer: Buffer) -> Counter[Key]:
    return Counter(key(buffer, at) for at in range(len(buffer.entries)))


def said(buffer: Buffer, wanted: Iterable[int] | None = None) -> set[tuple[Key, bytes]]:
    """The lines of (some) entries, each with its entry's first."""
    found = (key(buffer, at) for at in (range(len(buffer.entries)) if wanted is None else wanted))
    rows = ((above, text.split(b"\n")) for above, text in found)
    return {((above, lines[0]), line) for above, lines in rows for line in lines}


def key(buffer: Buffer, at: int) -> Key:
    above = tuple(head.text for head in buffer.heads(at) if head.stamp and not _is_month(head))
    return above, buffer.entries[at].identity


def _is_month(head: Section) -> bool:
    """Whether a heading may be an archive's title: a month at the top."""
    return head.level == 1 and len(head.stamp) == 6
