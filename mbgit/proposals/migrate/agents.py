"""A bank of one agent becomes one of several: the five steps of the format standard's migration guide.

1. `agent-memory-banks/` beside the bank, with a README and a file for each persona;
2. `agent-logbook.md`;
3. the tables *Active Agents* and *Active Work* in activeContext.md;
4. what activeContext.md keeps for one persona moves, word for word, into that persona's file;
5. a row in the change log of progress.md.

Step 4 takes rather too little: a section of level 2 whose heading is a persona's name or `NAME notes`, and the
sections named for personas right below a heading `Agent-specific notes`. Elsewhere a persona's name may well head
what concerns everybody (`### Debugger` below *Current Focus*), and in other files a part of the system.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mbgit.bank.edits import Edited, Edits, inside
from mbgit.bank.entries import entries
from mbgit.bank.inline import decoded, is_placeholder, without_markup
from mbgit.bank.layouts import MEMORIES, MULTI_AGENT, New, files_of, filled, is_owner, template
from mbgit.bank.personas import persona_key, same_persona
from mbgit.checks.links import links
from mbgit.checks.page import Page as Checked
from mbgit.checks.relink import rewritten
from mbgit.checks.slugs import folded_anchor
from mbgit.engine.document import Document, Section, cut, has_break
from mbgit.engine.lines import BLANK
from mbgit.proposals.harvest.closed import is_closed, text_rows
from mbgit.proposals.harvest.cutting import Rows, written
from mbgit.proposals.harvest.placing import Page
from mbgit.words import clean, counted, shown_path

from .migration import Migration, migration, spelled
from .tables import Table, tables, with_row

SUBJECT = "Migrate the memory bank to several agents"
PHASE, CHANGE = "Migration", "From one agent to several: logbook, active agents, private memories"
CONTEXT, PROGRESS, DECISIONS = "activeContext.md", "progress.md", "decisions.md"
AGENTS, WORK = "active agents", "active work"
CONTAINERS = ("agent specific notes", "agent notes", "persona specific notes", "persona notes")
MOST, LONGEST = 20, 60  # personas that a bank may name, and characters of a name
LAST = "future enhancements"  # the last heading of a private memory: behind it stand the document's own fields
_NOTES = re.compile(r"(?:notes (?:for|of|from) (?:the )?(.{1,80})|(.{1,80}?)(?:'s|’s)?(?:[ -]specific)? notes)", re.I)
_BETWEEN = re.compile(r"[,;&/+]|\band\b")
_IN_NAMES = " -_.'’()"
_NOBODY = frozenset(("all", "everyone", "team", "the team", "human", "user", "name", "agent", "name/agent", "unknown"))


def to_multi_agent(
    files: Mapping[str, bytes], bank: str, personas: Sequence[str], today: date, author: str
) -> Migration:
    """Plan the migration of one bank; `files` are HEAD's, by path from the root, read as they are asked for.

    Without `personas` those count that the bank names: in *Active Agents*, else as authors in the change log, else
    as those who decided. `author` is who the row in the change log names. Raises nothing.
    """
    job = _Job(files, bank, today)
    if any(path.startswith(inside(bank, "")) or bank == "." for path in files if path.endswith(".md")):
        job.run(distinct_names(personas) if personas else named_in(files, bank), author)
    return migration(SUBJECT, job.edits, job.lines, job.notes)


class Private(NamedTuple):
    """A section that one persona keeps, and the heading of all such sections, if it stands below one."""

    section: Section
    persona: str
    above: Section | None


class _Job:
    """One plan at work."""

    def __init__(self, files: Mapping[str, bytes], bank: str, today: date) -> None:
        self.files, self.bank, self.today = files, bank, today.isoformat()
        self.edits: Edits = {}
        self.tree = Edited(files, self.edits)
        self.lines: list[str] = []
        self.notes: list[str] = []

    def run(self, personas: list[str], author: str) -> None:
        self.create(personas)
        context = self.path(CONTEXT)
        if context in self.files:
            self.split(context, personas)
        if context in self.tree:  # or it has just been made
            self.extend(context, personas)
        if self.edits:
            self.record(author)
        if not personas:
            self.notes.append("no persona is named, so nobody has a private memory yet: --personas names them")

    def path(self, name: str) -> str:
        return spelled(inside(self.bank, name), self.files)

    # -- 1 and 2: files ------------------------------------------------------------------------------------------------

    def create(self, personas: Iterable[str]) -> None:
        for new in files_of(MULTI_AGENT, self.bank, personas):
            wanted = MEMORIES in new.path or new.path.endswith(("agent-logbook.md", CONTEXT))
            if wanted and self.memory(new) not in self.tree:
                who = {"persona": new.persona} if new.persona else {}
                self.edits[new.path] = filled(new.template, date=self.today, layout=MULTI_AGENT, **who)
                self.lines.append(f"create {shown_path(new.path)}")

    def memory(self, new: New) -> str:
        """A file's path; a persona's own may have another spelling of the name."""
        if not new.persona:
            return spelled(new.path, self.files)
        folder = new.path.rpartition("/")[0]
        own = (path for path in self.tree if path.startswith(f"{folder}/") and path.endswith(".md"))
        return next((path for path in own if is_owner(new.persona, path[len(folder) + 1 :])), new.path)

    # -- 3: tables -----------------------------------------------------------------------------------------------------

    def extend(self, context: str, personas: Sequence[str]) -> None:
        """Add the tables that are missing, and a row for each persona that has none."""
        before = self.tree.get(context)
        if before is None or b"\0" in before or not is_closed(before):
            self.notes.append(f"{shown_path(context)} gets no tables: it is no text, or a fence in it is not closed")
            return
        data = before
        for name in (AGENTS, WORK):
            if name not in (_words(section.text) for section in cut(data).sections):
                data = with_section(data, name)
        for persona in personas:
            data = self.with_agent(data, persona)
        if data == before:
            return
        headings = [_words(section.text) for section in cut(data).sections]
        if _counted([before]) - _counted([data]) or AGENTS not in headings or WORK not in headings:
            self.notes.append(f"{shown_path(context)} gets no tables: its entries would be read otherwise")
            return
        self.edits[context] = data
        self.lines.append(f"tables in {shown_path(context)}")

    def with_agent(self, data: bytes, persona: str) -> bytes:
        table = next(_tables_under(data, AGENTS), None)
        if table is None:
            return data
        known = [without_markup(decoded(row[0])) for row in table.cells]
        if any(same_persona(name, persona) for name in known):
            return data
        values = {"agent role": persona, "agent": persona, "status": "Idle", "last update": self.today}
        return with_row(data, table, values, top=False)

    # -- 4: what is one persona's own ----------------------------------------------------------------------------------

    def split(self, context: str, personas: Sequence[str]) -> None:
        """Move what activeContext.md keeps for one persona."""
        data = self.files.get(context, b"")
        document = cut(data)
        own = list(privates(document, personas)) if is_closed(data) and b"\0" not in data else []
        where = {item.persona: self.memory(self.new_file(item.persona)) for item in own}
        if not own or any(self.tree.get(path) is None for path in where.values()):
            return
        moved = _Moved(self.tree, context, _anchors(Checked(context, data), own, where))
        parts = [_text(data, item.section) for item in own]
        rest = without_sections(data, document, own)
        unlinked = self.with_parts(own, where, parts)
        before = [data, *(self.tree.get(path) for path in unlinked)]
        if _counted(before) != _counted([rest, *unlinked.values()]) or _torn(data, [rest, *parts]):
            what = "what it has for single personas: it would be read otherwise in another file"
            self.notes.append(f"{shown_path(context)} keeps {what}")
            return
        led = [rewritten(part, context, where[i.persona], moved).data for i, part in zip(own, parts, strict=True)]
        texts = self.with_parts(own, where, led)
        self.edits.update({context: rewritten(rest, context, context, moved).data} | texts)
        self.lines.append(f"move {counted(len(own), 'section')} of {shown_path(context)} into private memories")
        self.follow(context, moved, texts)

    def with_parts(
        self, own: Sequence[Private], where: Mapping[str, str], parts: Sequence[bytes]
    ) -> dict[str, bytes]:
        """The private memories with the texts of some sections."""
        texts: dict[str, bytes] = {}
        for item, part in zip(own, parts, strict=True):
            path = where[item.persona]
            texts[path] = with_private(texts.get(path, self.tree.get(path, b"")), part, item.above)
        return texts

    def new_file(self, persona: str) -> New:
        return files_of(MULTI_AGENT, self.bank, [persona])[-1]

    def follow(self, context: str, moved: _Moved, done: Iterable[str]) -> None:
        """Lead links from elsewhere on to the sections that moved."""
        name = context.rpartition("/")[2].encode(errors="surrogateescape") + b"#"
        for path in self.files:
            data = self.files.get(path) if path.endswith(".md") and path not in (context, *done) else None
            if data is not None and name in data:
                text = rewritten(data, path, path, moved).data
                if text != data:
                    self.edits[path] = text
                    self.lines.append(f"links in {shown_path(path)}")

    # -- 5: the change log ---------------------------------------------------------------------------------------------

    def record(self, author: str) -> None:
        path = self.path(PROGRESS)
        data = self.tree.get(path)
        table = next(_tables_under(data, "change log"), None) if data is not None and is_closed(data) else None
        if data is None or table is None or b"\0" in data:
            self.notes.append(f"no row in a change log: {shown_path(path)} has no table below Change Log")
            return
        values = {"date": self.today, "phase": PHASE, "change": CHANGE, "description": CHANGE, "author": author}
        dates = [row[0] for row in table.cells if row[0][:2] == b"20"]
        self.edits[path] = with_row(data, table, values, top=dates == sorted(dates, reverse=True))
        self.lines.append(f"a row in the change log of {shown_path(path)}")


# --- who works here ---------------------------------------------------------------------------------------------------


def named_in(files: Mapping[str, bytes], bank: str) -> list[str]:
    """The personas that a bank names, from the first of its places that names any."""
    context, progress, decisions = (
        files.get(spelled(inside(bank, name), files), b"") for name in (CONTEXT, PROGRESS, DECISIONS)
    )
    sources = (_first_cells(context), _authors(progress), _deciders(decisions))
    return next((names for source in sources if (names := distinct_names(source))), [])


def distinct_names(names: Iterable[str]) -> list[str]:
    """Names that a file can be called by, each persona once, in the spelling that comes first."""
    found: dict[str, str] = {}
    for text in names:
        name = clean(without_markup(text[: 4 * LONGEST])).lstrip("@").strip()
        fits = len(name) <= LONGEST and all(char.isalnum() or char in _IN_NAMES for char in name)
        if fits and not is_placeholder(name) and persona_key(name) not in _NOBODY and len(found) < MOST:
            found.setdefault(persona_key(name), name)
    return list(found.values())


def _first_cells(data: bytes) -> Iterator[str]:
    yield from (decoded(row[0]) for table in _tables_under(data, AGENTS) for row in table.cells)


def _authors(data: bytes) -> Iterator[str]:
    for table in _tables_under(data, "change log"):
        if "author" in table.names:
            at = table.names.index("author")
            rows = (row for row in table.cells if len(row) > at and CHANGE.encode() not in row)
            yield from (name for row in rows for name in _BETWEEN.split(decoded(row[at])))


def _deciders(data: bytes) -> Iterator[str]:
    for entry in entries(data):
        for field in entry.fields:
            if field.name == "decided by":
                yield from _BETWEEN.split(field.value.partition("\n")[0])


# --- sections ---------------------------------------------------------------------------------------------------------


def privates(document: Document, personas: Sequence[str]) -> Iterator[Private]:
    """The sections that one of the personas keeps for itself, none inside of another."""
    shared = {_words(section.text) for section in cut(template(CONTEXT)).sections}
    for section in document.sections:
        if _words(section.text) in shared:  # whatever somebody calls a persona
            continue
        if section.level == 2 and _words(section.text) in CONTAINERS:
            yield from (Private(kid, who, section) for kid in section.kids if (who := _named(kid, personas)))
        elif section.level == 2 and section.parent is not None and section.parent.level < 2:
            who = _named(section, personas) or _noted(section, personas)
            if who:
                yield Private(section, who, None)


def _named(section: Section, personas: Sequence[str]) -> str:
    words = _words(section.text)
    return next((who for who in personas if persona_key(words) == persona_key(_words(who.encode()))), "")


def _noted(section: Section, personas: Sequence[str]) -> str:
    found = _NOTES.fullmatch(clean(without_markup(decoded(section.text[:400]))))
    words = persona_key(_words((found[1] or found[2]).encode())) if found else ""
    return next((who for who in personas if words == persona_key(_words(who.encode()))), "") if words else ""


def without_sections(data: bytes, document: Document, own: Sequence[Private]) -> bytes:
    """A file without some sections; the heading of all such sections goes when nothing stands below it any more."""
    gone = {item.section.place for item in own}
    above = {item.above.place: item.above for item in own if item.above is not None}
    bare = [s for s in above.values() if not s.body.strip(BLANK + b"\n") and {kid.place for kid in s.kids} <= gone]
    rows = text_rows(data)
    for section in sorted([*(item.section for item in own), *bare], key=lambda s: s.line, reverse=True):
        start = section.line if has_break(section.gap) else section.line - len(section.gap)
        end = section.line + len(section.head) if section in bare else _end(section)
        del rows[start:end]
    return written(document, rows)


def with_private(data: bytes, text: bytes, above: Section | None) -> bytes:
    """A private memory with one more section, below the heading that it stood under."""
    document, rows = cut(data), text_rows(data)
    if text and b"\n" + text + b"\n" in b"\n".join([b"", *rows, b""]):
        return data
    new = text.split(b"\n")
    home = next((s for s in document.sections if above is not None and s.level == 2 and s.text == above.text), None)
    last = next((s for s in document.sections if s.level == 2 and _words(s.text) == LAST), None)
    if home is not None:
        row = Page(data).end(home)
    else:
        new = [*above.head, b"", *new] if above is not None else new
        row = last.line - len(last.gap) if last is not None else len(rows)
    return written(document, _put(rows, row, new))


def with_section(data: bytes, name: str) -> bytes:
    """activeContext.md with a section of its template, where the template has it."""
    order = [s for s in cut(template(CONTEXT)).sections if s.level == 2]
    place = next(at for at, section in enumerate(order) if _words(section.text) == name)
    document, rows = cut(data), text_rows(data)
    there = {_words(section.text): section for section in document.sections if section.level == 2}
    before = next((there[w] for s in reversed(order[:place]) if (w := _words(s.text)) in there), None)
    behind = next((there[w] for s in order[place + 1 :] if (w := _words(s.text)) in there), None)
    if before is not None:
        row = _end(before)
    else:
        row = behind.line - len(behind.gap) if behind is not None else len(rows) - len(document.end)
    table = next(node for node in order[place].blocks if node.kind == "table")
    new = [*order[place].head, b"", *table.head]
    document.newline = document.newline or not rows
    return written(document, _put(rows, row, new))


def _put(rows: Rows, row: int, new: Rows) -> Rows:
    """Rows with some more in front of one, blank lines between."""
    above = [b""] if row and rows[row - 1].strip(BLANK) else []
    gap = [b""] if row < len(rows) and rows[row].strip(BLANK) else []
    return [*rows[:row], *above, *new, *gap, *rows[row:]]


def _text(data: bytes, section: Section) -> bytes:
    return b"\n".join(text_rows(data)[section.line : _end(section)])


def _end(section: Section) -> int:
    """The row behind a section and all below it."""
    while section.kids:
        section = section.kids[-1]
    return section.body_line + (section.body.count(b"\n") + 1 if section.body else 0)


def _tables_under(data: bytes | None, name: str) -> Iterator[Table]:
    """The tables below a heading of that name."""
    for section in cut(data or b"").sections:
        if _words(section.text) == name:
            yield from tables(section)


def _words(text: bytes) -> str:
    """A heading's words as they are compared: no case, no signs, nothing in parentheses behind them."""
    words = without_markup(decoded(text)).casefold().strip()
    words = words[: words.rfind("(")] if words.endswith(")") and words.rfind("(") > 0 else words
    return " ".join("".join(char if char.isalnum() else " " for char in words).split())


# --- counting ---------------------------------------------------------------------------------------------------------


class _Moved:
    """Where a fragment of activeContext.md stands now."""

    def __init__(self, files: Container[str], context: str, anchors: Mapping[str, str]) -> None:
        self.files, self.context, self.anchors = files, context, anchors

    def __call__(self, path: str, fragment: str) -> str | None:
        if path.endswith(".md") and path not in self.files:
            return None
        return self.anchors.get(folded_anchor(fragment), path) if path == self.context else path


def _anchors(page: Checked, own: Sequence[Private], where: Mapping[str, str]) -> dict[str, str]:
    spans = [(item.section.line, _end(item.section), where[item.persona]) for item in own]
    return {
        anchor: path for anchor, line in page.anchors.items() for start, end, path in spans if start < line <= end
    }  # fmt: skip


def _torn(data: bytes, parts: Iterable[bytes]) -> bool:
    """Whether a link would lose what defines it: it stands in another part."""
    return len(list(links(Checked("", data)))) != sum(len(list(links(Checked("", part)))) for part in parts)


def _counted(texts: Iterable[bytes | None]) -> Counter[bytes]:
    return Counter(entry.identity for text in texts if text for entry in entries(text))
