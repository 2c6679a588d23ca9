"""A bank of documents becomes one of buffers: reference documents leave it, logs and decisions get their new names.

Phase 1 of the synchronization plan. A file that moves is a rename for git, so that `git log --follow` reaches what
came before: it keeps its text, its title included, and only links change in it.

`lessons.md` becomes one file among the post-mortems, `Lessons.md`, with a line in their index, and not a record for
each lesson: what stands there is often prose that no rule can tell apart, a file keeps its history and the anchors
that others link to, and the records of single lessons are what harvests make from the buffer from then on.

`decisions.md` becomes the inbox. Notes of sessions become SESSION_LOG.md where they have its form already, dated
headings in their order and nothing beside them, as that log is append-only: nothing in it changes. Any other
file stays, and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mbgit.bank.edits import Edited, Edits, inside
from mbgit.bank.entries import entries
from mbgit.bank.kinds import kind_of
from mbgit.bank.layouts import BUFFERS, LAYOUTS, files_of, filled, template
from mbgit.bank.settings import HARVEST, Rule, is_target
from mbgit.checks.relink import rewritten
from mbgit.engine.document import cut
from mbgit.proposals.harvest.closed import text_rows
from mbgit.proposals.harvest.cutting import end_of
from mbgit.proposals.harvest.names import located
from mbgit.proposals.harvest.placing import Block, Page
from mbgit.words import counted, shown_path

from .joining import joined
from .migration import Migration, migration, spelled

SUBJECT = "Migrate the memory bank to buffers"
INDEX, INDEX_TEMPLATE = "README.md", "PostMortems-README.md"
SHOWN = 10  # files that are named in a note
LOGS = ("session-log.md", "sessions.md", "session-notes.md", "session_notes.md", "progress.md")


class Way(NamedTuple):
    """Where a file of the bank goes."""

    name: str
    target: str
    """From the root; a name alone stays in the bank."""
    rule: str = ""
    """The source of the harvest rule that has the last word about the target, if there is one."""


WAYS = (
    Way("patterns.md", "Docs/03-Reference/Patterns.md", "patterns-buffer.md"),
    Way("lessons.md", "Docs/06-PostMortems/Lessons.md", "lessons-buffer.md"),
    Way("troubleshooting.md", "Docs/03-Reference/Troubleshooting.md"),
    Way("decisions.md", "decisions-inbox.md"),
    *(Way(name, "SESSION_LOG.md") for name in LOGS),
)


def to_buffers(
    files: Mapping[str, bytes], bank: str, today: date, rules: Sequence[Rule] = HARVEST
) -> Migration:
    """Plan the migration of one bank; `files` are HEAD's, by path from the root, read as they are asked for.

    `rules` are the team's harvest rules: patterns and lessons go where their buffers will go. Raises nothing.
    """
    job = _Job(files, bank, rules)
    if job.names:
        job.run(today)
    return migration(SUBJECT, job.edits, job.lines, job.notes)


class _Job:
    """One plan at work."""

    def __init__(self, files: Mapping[str, bytes], bank: str, rules: Sequence[Rule]) -> None:
        self.files, self.bank = files, bank
        self.targets = {rule.source: rule.target for rule in rules if is_target(rule.target)}
        start = "" if bank == "." else f"{bank}/"
        self.names = {
            path[len(start) :].casefold(): path for path in files if path.startswith(start) and path.endswith(".md")
        }
        self.edits: Edits = {}
        self.lines: list[str] = []
        self.notes: list[str] = []

    def run(self, today: date) -> None:
        moves = self.moves()
        while refused := self.move(moves):
            moves = {old: new for old, new in moves.items() if old not in refused}
        self.complete(today)
        self.note_what_stays(moves)

    # -- what goes where -----------------------------------------------------------------------------------------------

    def moves(self) -> dict[str, str]:
        """Which file goes where, by its path; each target is the place of one file."""
        found: dict[str, str] = {}
        sources = [self.names.get(way.name) for way in WAYS]
        for way in WAYS:
            old = self.names.get(way.name)
            data = self.files.get(old) if old else None
            if old is None or data is None or (way.name in LOGS and not is_log(data)):
                continue
            try:
                new, folder = located(self.target(way), self.files.keys())
            except ValueError as error:
                self.notes.append(f"{shown_path(old)} stays: {shown_path(self.target(way))} cannot be made: {error}")
                continue
            if not folder and new not in (*sources, *found.values()):
                found[old] = new
        return found

    def target(self, way: Way) -> str:
        """A way's target; a folder that is named for its buffer gets the file's own name."""
        named = self.targets.get(way.rule, "") if way.rule else ""
        if named:
            return named + way.target.rpartition("/")[2] if named.endswith("/") else named
        return way.target if "/" in way.target else inside(self.bank, way.target)

    # -- moving --------------------------------------------------------------------------------------------------------

    def move(self, moves: Mapping[str, str]) -> list[str]:
        """Move files, and links with them; those that do not go together with what stands there: nothing is done."""
        self.edits, self.lines = {}, []
        missed: dict[str, int] = {}
        for path, new in self.linking(moves):
            data = self.files.get(path)
            if data is None:
                continue
            text, missed[path] = rewritten(data, path, new, lambda to, fragment: self.where(moves, to))
            if new != path or text != data:
                self.edits[path] = text
        refused = self.joined(moves)
        if not refused:
            self.lines = [f"{self.how(new)} {shown_path(old)} to {shown_path(new)}" for old, new in moves.items()]
            others = [path for path in self.edits if path not in moves and path not in moves.values()]
            self.lines += [f"links in {shown_path(path)}" for path in others if self.edits[path] is not None]
            self.notes += [
                f"{shown_path(moves.get(path, path))}: {counted(number, 'link')} must be led on by hand"
                for path, number in missed.items() if number
            ]  # fmt: skip
            self.note_lost_history(moves)
        return refused

    def where(self, moves: Mapping[str, str], path: str) -> str | None:
        """Where a path leads now; nowhere, where it is of Markdown and not there."""
        return moves.get(path, None if path.endswith(".md") and path not in self.files else path)

    def note_lost_history(self, moves: Mapping[str, str]) -> None:
        """Name the files that git will not know again: with most of their lines changed a move is no rename."""
        for old, new in moves.items():
            if new not in self.files and not is_rename(self.files.get(old, b""), self.edits[new] or b""):
                self.notes.append(f"git log --follow will end at {shown_path(new)}: most of its lines hold links")

    def linking(self, moves: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """The files that may hold links to change, with where each will stand."""
        names = {path.rpartition("/")[2].encode(errors="surrogateescape") for path in moves}
        for path in self.files if moves else ():
            if path in moves:
                yield path, moves[path]
            elif path.endswith(".md") and any(name in self.files.get(path, b"") for name in names):
                yield path, path

    def how(self, new: str) -> str:
        return "add" if new in self.files else "move"

    def joined(self, moves: Mapping[str, str]) -> list[str]:
        """Put the moved texts into their places; those that do not fit into what stands there."""
        refused = []
        for old, new in moves.items():
            text, standing = self.edits[old] or b"", self.edits.get(new) or self.files.get(new)
            kind = kind_of(new, [self.bank])
            whole = None if new in self.files else text
            if standing is not None:
                whole = joined(standing, text, kind.policy if kind else "union")
            if whole is None:
                self.notes.append(f"{shown_path(old)} stays: it does not go together with {shown_path(new)}")
                refused.append(old)
            else:
                self.edits[old], self.edits[new] = None, whole
        return refused

    # -- what is new, and what stays -----------------------------------------------------------------------------------

    def complete(self, today: date) -> None:
        """Make the files of the layout that are missing, and an index line for lessons that moved."""
        for new in files_of(BUFFERS, self.bank):
            if spelled(new.path, Edited(self.files, self.edits)) not in Edited(self.files, self.edits):
                self.edits[new.path] = filled(new.template, date=today.isoformat(), layout=BUFFERS)
                self.lines.append(f"create {shown_path(new.path)}")
        lessons = self.names.get("lessons.md", "")
        if lessons and lessons in self.edits and self.edits[lessons] is None:
            self.list_lessons(self.target(WAYS[1]))

    def list_lessons(self, target: str) -> None:
        path = located(target, Edited(self.files, self.edits).keys())[0]
        folder, _, name = path.rpartition("/")
        index = spelled(f"{folder}/{INDEX}", Edited(self.files, self.edits))
        standing = Edited(self.files, self.edits).get(index)
        text = indexed(template(INDEX_TEMPLATE) if standing is None else standing, name)
        if index != path and text is not None:
            self.lines.append(f"{'create' if standing is None else 'list the lessons in'} {shown_path(index)}")
            self.edits[index] = text

    def note_what_stays(self, moves: Mapping[str, str]) -> None:
        """Name the files of the bank that belong to no buffer."""
        known = {name.casefold() for name in LAYOUTS[BUFFERS]}
        there = (path for name, path in self.names.items() if "/" not in name and name not in known)
        stay = [path for path in there if path not in moves]
        if stay:
            more = f" and {len(stay) - SHOWN} more" if len(stay) > SHOWN else ""
            self.notes.append(f"stay as they are: {', '.join(map(shown_path, sorted(stay)[:SHOWN]))}{more}")


def is_log(data: bytes) -> bool:
    """Whether a text has the form of a session log: dated headings, the oldest first, and below its title no more."""
    found = entries(data)
    if not found or any(entry.kind != "heading" or len(entry.stamp) < 8 for entry in found):
        return False
    stamps = [entry.stamp[:8] for entry in found]
    free = {row for section in cut(data).sections if section.level == 1 for row in _rows(section.line, section.head)}
    for entry in found:
        free.update(range(entry.line - 1, end_of(entry)))
    rows = text_rows(data)
    return stamps == sorted(stamps) and not any(row.strip() for at, row in enumerate(rows) if at not in free)


def is_rename(old: bytes, new: bytes) -> bool:
    """Whether git takes one text for the other under a new name: half of it stands in lines that both have."""
    shared = Counter(old.splitlines(keepends=True)) & Counter(new.splitlines(keepends=True))
    return 2 * sum(len(row) * count for row, count in shared.items()) >= max(len(old), len(new))


def _rows(start: int, head: Sequence[bytes]) -> range:
    return range(start, start + len(head))


def indexed(data: bytes, name: str) -> bytes | None:
    """An index with a line for one more file; None where it has one, or is no text."""
    link = f"]({name})".encode(errors="surrogateescape")
    if b"\0" in data or link in data:
        return None
    page = Page(data)
    home = next((s for s in page.document.sections if s.level == 2 and s.text.lower() == b"index"), page.home)
    page.insert_block(home, Block("item", [b"- [Lessons" + link]))
    return page.render()
