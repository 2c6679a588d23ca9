"""Puts entries into a folder: each becomes a record with the sections of its template, and the entry verbatim.

A post-mortem, say, from an entry of `lessons-buffer.md`::

    # Cache keys without the tenant        (docs/.../2025-08-21-cache-keys-without-the-tenant.md)

    **Date**: 2025-08-21

    ## Root cause

    The key was built from the path alone.

    ## As recorded

    ### 2025-08-21 Cache keys without the tenant

    **Root cause**: The key was built from the path alone.

What stands below `As recorded` is how a later harvest, here or in another clone, knows the entry again. Above it
people write: a section that is no longer as it was made is left alone when the entry changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from mbgit.bank.entries import Entry, entries
from mbgit.bank.inline import without_markup
from mbgit.bank.layouts import template
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import cells

from .closed import is_closed, text_rows
from .cutting import Rows, end_of, written
from .matching import SAME, UPDATED
from .names import day_of, free_name, record_number, slug, title_of
from .placing import Block, Buffer, Page, Placed, entry_rows, link_text
from .versions import settled

RECORDED = b"As recorded"
INDEX = "README.md"
INDEX_TEMPLATE = "PostMortems-README.md"
NOT_RECORDED = b"Not recorded."


class Form(NamedTuple):
    """What a kind of record is made from."""

    template: str
    fields: dict[str, tuple[str, ...]]
    """The entry's fields that fill a section of the template, the first that there is."""
    whole: bool
    """Whether a section for which the entry has nothing stands all the same."""


POST_MORTEM = Form(
    "PostMortem.md",
    {
        "summary": ("summary", "lesson", "problem", "issue", "symptom", "symptoms", "what happened"),
        "root cause": ("root cause", "cause", "why"),
        "fix": ("fix", "solution", "resolution", "workaround"),
        "prevention": ("prevention", "prevent", "how to avoid", "action items", "next time"),
    },
    whole=False,
)
DECISION = Form(
    "ADR.md",
    {
        "status": ("status",),
        "context": ("context", "problem", "background"),
        "decision": ("decision", "outcome"),
        "rationale": ("rationale", "reason", "reasons", "why"),
        "alternatives": ("alternatives", "alternatives considered", "options", "options considered"),
        "consequences": ("consequences", "impact", "trade-offs"),
    },
    whole=True,
)
LINKS = (("supersedes", "Supersedes", "Superseded by"), ("superseded by", "Superseded by", "Supersedes"))
_REFERENCE = re.compile(r"\bADR[-_ ]?(\d{1,5})\b", re.IGNORECASE)
_LISTED = re.compile(rb"[-*+] (\d{4}-\d\d-\d\d) \[")


class Item(NamedTuple):
    """An entry that is to become a record: its index in the buffer, and the day that it is filed under."""

    at: int
    day: date


class Records:
    """The records of a folder, and what a harvest makes of them."""

    def __init__(self, folder: str, form: Form, tree: Mapping[str, bytes], taken: Iterable[int]) -> None:
        self.folder, self.form, self.tree = folder, form, tree
        self.paths = [path for path in tree if path.startswith(f"{folder}/") and path.endswith(".md")]
        self.names = {path.casefold() for path in self.paths}
        self.number = max([*taken, *map(record_number, self.paths)], default=0)
        self.edits: dict[str, bytes] = {}
        self.where: dict[int, str] = {}
        self.lines: dict[bytes, bytes] = {}  # of the index: what stands there now, or nothing, and what should

    def place(self, buffer: Buffer, wanted: Sequence[Item], firm: Sequence[Entry] = ()) -> Placed:
        """Make a record of each entry that has none, and bring those up to date that have an earlier version of it.

        `firm` are entries that nothing replaces.
        """
        placed = Placed(b"")
        old = list(self._standing())
        chosen = {item.at for item in wanted}
        stay = [*firm, *(entry for at, entry in enumerate(buffer.entries) if at not in chosen)]
        matches = settled(
            [record.entry for record in old], buffer.entries, [item.at for item in wanted], stay, buffer.changes
        )
        news = [buffer.entries[item.at] for item in wanted]
        first: dict[bytes, int] = {}
        known = {record.entry.identity: record.path for record in old}
        for item, entry, match in zip(wanted, news, matches, strict=True):
            if match.how == SAME or entry.identity in first:
                self.where[item.at] = known.get(entry.identity) or self.where[first[entry.identity]]
                placed.how[item.at] = SAME
                continue
            done = self._update(old[match.old], entry) if match.how == UPDATED else self._make(item, buffer)
            if done:
                self.where[item.at], placed.how[item.at] = done, match.how
                first[entry.identity] = item.at
            else:
                placed.refused[item.at] = "it would be read otherwise in a record of its own"
        if self.form is POST_MORTEM:
            self._index()
        return placed

    def _standing(self) -> Iterator[Standing]:
        for path in self.paths:
            data = self.tree[path]
            if RECORDED in data and b"\0" not in data:
                yield from recorded(path, data)

    # -- a new record ------------------------------------------------------------------------------------------------

    def _make(self, item: Item, buffer: Buffer) -> str:
        entry = buffer.entries[item.at]
        table = buffer.tables.get(entry.line, ())
        title = title_of(entry)
        if self.form is DECISION:
            name = self._free(f"ADR-{self.number + 1:03}-{slug(title)}")
            title = f"ADR-{self.number + 1:03}: {title}"
        else:
            name = self._free(f"{item.day.isoformat()}-{slug(title)}")
        path = f"{self.folder}/{name}"
        data = compose(self.form, title, item.day, entry, table, self._links(entry, table))
        if [record.entry.identity for record in recorded(path, data)] != [entry.identity] or not is_closed(data):
            return ""
        self.edits[path] = data
        self.names.add(path.casefold())
        self.number += self.form is DECISION
        self._link_back(path, entry, table)
        if self.form is POST_MORTEM:
            self.lines[index_line(item.day, title_of(entry), name)] = b""
        return path

    def _free(self, stem: str) -> str:
        return free_name(stem, lambda name: f"{self.folder}/{name}".casefold() in self.names)

    # -- superseded and supersedes ---------------------------------------------------------------------------------

    def _links(self, entry: Entry, table: Rows_) -> Rows:
        rows = []
        for name, here, _ in LINKS if self.form is DECISION else ():
            for number, path in self._references(entry, table, name):
                link = self._link(path, number) if path else f"ADR-{number:03}"
                rows.append(f"- {here} {link}".encode())
        return rows

    def _references(self, entry: Entry, table: Rows_, name: str) -> list[tuple[int, str]]:
        """The decisions that a field names: their numbers, and their records' paths where there is one."""
        numbers = dict.fromkeys(int(n) for n in _REFERENCE.findall(values(entry, table).get(name, "")[:2_000]))
        if not numbers:
            return []
        known = {record_number(path): path for path in sorted([*self.paths, *self.edits], reverse=True)}
        return [(number, known.get(number, "")) for number in numbers]

    def _link(self, path: str, number: int) -> str:
        return f"[ADR-{number:03}]({path.rpartition('/')[2]})"

    def _link_back(self, path: str, entry: Entry, table: Rows_) -> None:
        for name, _, there in LINKS if self.form is DECISION else ():
            for _, other in self._references(entry, table, name):
                if other and other != path and other.rpartition("/")[0] == self.folder:
                    row = f"- {there} {self._link(path, record_number(path))}".encode()
                    self.edits[other] = with_link(self._data(other), row)

    def _data(self, path: str) -> bytes:
        return self.edits[path] if path in self.edits else self.tree[path]

    # -- an earlier version -------------------------------------------------------------------------------------------

    def _update(self, old: Standing, entry: Entry) -> str:
        data = self._data(old.path)
        found = next((r for r in recorded(old.path, data) if r.entry.identity == old.entry.identity), None)
        if found is None:
            return ""
        new = updated(self.form, data, found, entry)
        if entry.identity not in [record.entry.identity for record in recorded(old.path, new)] or not is_closed(new):
            return ""
        self.edits[old.path] = new
        before, after = (day_of(e) for e in (old.entry, entry))
        if before and after and self.form is POST_MORTEM:
            name = old.path.rpartition("/")[2]
            lines = index_line(before, title_of(old.entry), name), index_line(after, title_of(entry), name)
            self.lines[lines[1]] = lines[0]
        return old.path

    # -- the index ---------------------------------------------------------------------------------------------------

    def _index(self) -> None:
        wanted = f"{self.folder}/{INDEX}"
        path = next((path for path in sorted(self.paths) if path.casefold() == wanted.casefold()), wanted)
        old = self.tree[path] if path in self.tree else template(INDEX_TEMPLATE)
        if self.lines and b"\0" not in old:
            new = with_lines(old, self.lines)
            if path not in self.tree or new != old:
                self.edits[path] = new


Rows_ = tuple[bytes, ...]


class Standing(NamedTuple):
    """An entry as a record holds it: where, and in which rows of the file (from 0)."""

    path: str
    entry: Entry
    start: int
    end: int


def recorded(path: str, data: bytes) -> list[Standing]:
    """The entries that a record was made from: one, or two where two clones gave two records one name."""
    mark = next((s for s in cut(data).sections if s.level == 2 and s.text == RECORDED), None)
    if mark is None:
        return []
    top = mark.line + len(mark.head)
    rest = b"\n".join(text_rows(data)[top:])
    found = entries(rest, lambda section: section.place == 1)  # a later heading is one that somebody added
    return [Standing(path, e, top + e.line - 1, top + end_of(e)) for e in found]


def doubles(records: Mapping[str, bytes], upstream: Collection[str]) -> list[tuple[str, str]]:
    """Records of one entry: pairs of the path that should go and the path that stays.

    Two clones that harvest one decision among different others give it two numbers, which no merge can see. A
    record that is upstream stays, then the one with the lower number, then the first by name.
    """
    first: dict[tuple[bytes, ...], str] = {}
    found = []
    for path in sorted(records, key=lambda path: (path not in upstream, record_number(path), path)):
        held = tuple(standing.entry.identity for standing in recorded(path, records[path]))
        if held and first.setdefault(held, path) != path and path not in upstream:
            found.append((path, first[held]))
    return sorted(found)


# --- what a record says ---------------------------------------------------------------------------------------------


def values(entry: Entry, table: Rows_) -> dict[str, str]:
    """An entry's fields by name: `**Label**: value`, a heading inside of it, or a cell of its row."""
    found: dict[str, str] = {}
    if entry.kind == "row" and table:
        head = entry.vocabulary.standard(b"\n".join(table)).split(b"\n")[0] if entry.vocabulary else table[0]
        for name, cell in zip(cells(head), cells(entry.text.split(b"\n")[0]), strict=False):
            found.setdefault(without_markup(name.decode(errors="replace")).casefold(), cell.decode(errors="replace"))
        return found
    for field in entry.fields:
        if field.value:
            found.setdefault(field.name, field.value)
    for section in cut(entry.standard).sections[2 if entry.kind == "heading" else 1 :]:
        if section.body.strip():
            found.setdefault(section.text.decode(errors="replace").casefold(), section.body.decode(errors="replace"))
    return found


def compose(form: Form, title: str, day: date, entry: Entry, table: Rows_, links: Rows) -> bytes:
    """A record: the template's sections filled from the entry's fields, and the entry."""
    out = [f"# {title}".encode(), b"", f"**Date**: {day.isoformat()}".encode()]
    for name, body in sections(form, entry, table):
        out += [b"", b"## " + name, b"", *body]
        if name.lower() == b"status" and links:
            out += [b"", *links]
    return b"\n".join([*out, b"", b"## " + RECORDED, b"", *table, *entry_rows(entry)]) + b"\n"


def sections(form: Form, entry: Entry, table: Rows_) -> Iterator[tuple[bytes, Rows]]:
    """The headings of a record, with what the entry has to say below each."""
    known = values(entry, table)
    for heading in _headings(form.template):
        names = form.fields.get(heading.decode().lower(), ())
        if not names:
            continue
        body = next((rows for name in names if (rows := _body(known.get(name, "")))), [])
        if heading == b"Summary" and not body:
            body = _body(_prose(entry))
        if body or form.whole:
            yield heading, body or [NOT_RECORDED]


@cache
def _headings(name: str) -> tuple[bytes, ...]:
    """The headings of a template."""
    return tuple(section.text for section in cut(template(name)).sections if section.level == 2)


def _body(value: str) -> Rows:
    """A field's value as the text of a section: up to its first heading; nothing where it would not end."""
    rows = value.encode(errors="replace").split(b"\n")
    first, rest = rows[0].strip(), [row.rstrip(b" \t\r") for row in rows[1:]]
    indent = min((len(row) - len(row.lstrip(b" ")) for row in rest if row), default=0)
    text = b"\n".join([first, *(row[indent:] for row in rest)]).strip(b"\n")
    document = cut(b"\n" + text)
    body = document.root.body.strip(b"\n")
    return body.split(b"\n") if body and is_closed(body) else []


def _prose(entry: Entry) -> str:
    """What an entry without fields says first."""
    first = next((node for node in entry.nodes if node.kind == "para"), None)
    return b"\n".join(first.head).decode(errors="replace") if first is not None else title_of(entry)


def updated(form: Form, data: bytes, old: Standing, new: Entry, beside: Entry | None = None) -> bytes:
    """A record with a later version of its entry; sections that people rewrote stay as they are.

    `beside`: another version, which the sections have been merged with line by line.
    """
    document, rows = cut(data), text_rows(data)
    changes: list[tuple[int, int, Rows]] = [(old.start, old.end, entry_rows(new))]
    table = tuple(rows[old.start - 2 : old.start]) if new.kind == "row" else ()
    before, after = dict(sections(form, old.entry, table)), dict(sections(form, new, table))
    others = dict(sections(form, beside, table)) if beside else {}
    for section in document.sections:
        if section.level == 1 and section.line < old.start:
            changes += _retitled(section, old.entry, new)
        body = before.get(section.text)
        if section.level != 2 or section.line >= old.start or body is None or section.text not in after:
            continue
        top = section.body_line + (1 if section.body[:1] == b"\n" else 0)
        woven = section.body.rstrip(b"\n").count(b"\n") + section.body_line + 1 - top
        if rows[top : top + len(body)] == body and not beside:
            changes.append((top, top + len(body), after[section.text]))
        elif beside and {*rows[top : top + woven], b""} == {*body, *others.get(section.text, ()), b""}:
            changes.append((top, top + woven, after[section.text]))
    for start, end, lines in sorted(changes, reverse=True, key=lambda change: change[0]):
        rows[start:end] = lines
    return written(document, rows)


def _retitled(section: Section, old: Entry, new: Entry) -> list[tuple[int, int, Rows]]:
    before, after = (title_of(entry).encode() for entry in (old, new))
    if before == after or len(section.head) != 1 or not section.head[0].endswith(before):
        return []
    return [(section.line, section.line + 1, [section.head[0].removesuffix(before) + after])]


def with_link(data: bytes, row: bytes) -> bytes:
    """A record with one more line about what came before or behind it: below its Status, else below its title."""
    if b"\0" in data or row in text_rows(data) or not is_closed(data):
        return data
    page = Page(data)
    status = next((s for s in page.document.sections if s.level == 2 and s.text.lower() == b"status"), page.home)
    page.insert_block(status, Block("item", [row]))
    return page.render()


# --- the index --------------------------------------------------------------------------------------------------------


def index_line(day: date, title: str, name: str) -> bytes:
    """`- 2025-08-21 [Cache keys](2025-08-21-cache-keys.md)`."""
    return f"- {day.isoformat()} [{link_text(title)}]({name})".encode()


def with_lines(data: bytes, lines: Mapping[bytes, bytes]) -> bytes:
    """An index with some lines more, each where its day belongs; a line for another one goes to its place, if any.

    An index that has its newest line first is kept that way.
    """
    document, rows = cut(data), text_rows(data)
    for new, old in lines.items():
        if old and old in rows:
            rows[rows.index(old)] = new
    wanted = sorted(line for line, old in lines.items() if not old and not _names(rows, line))
    listed = [at for at, row in enumerate(rows) if _LISTED.match(row)]
    if not listed:
        page = Page(written(document, rows))
        home = next((s for s in page.document.sections if s.level == 2 and s.text.lower() == b"index"), page.home)
        for line in wanted:
            page.insert_block(home, Block("item", [line]))
        return page.render()
    falling = _day(rows[listed[0]]) > _day(rows[listed[-1]])
    for line in wanted:
        _insert(rows, line, falling)
    return written(document, rows)


def _names(rows: Rows, line: bytes) -> bool:
    """Whether an index names a line's file already."""
    link = line[line.rfind(b"](") :]
    return any(link in row for row in rows)


def _day(row: bytes) -> bytes:
    found = _LISTED.match(row)
    return found[1] if found else b""


def _insert(rows: Rows, line: bytes, falling: bool) -> None:
    listed = [at for at, row in enumerate(rows) if _LISTED.match(row)]
    for at in listed:
        if (_day(rows[at]) < _day(line)) if falling else ((_day(rows[at]), rows[at]) > (_day(line), line)):
            rows.insert(at, line)
            return
    rows.insert(listed[-1] + 1, line)
