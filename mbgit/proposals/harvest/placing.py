"""Puts entries into a document, each under the headings that it had in its buffer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from mbgit.bank.entries import Entry, Undated, entries, own_end
from mbgit.bank.inline import without_markup
from mbgit.bank.layouts import template
from mbgit.bank.vocabulary import Vocabulary
from mbgit.engine.blocks import Node
from mbgit.engine.document import Section, cut
from mbgit.engine.lines import BLANK
from mbgit.words import clean

from .closed import is_closed, text_rows
from .cutting import Rows, changed_units, end_of, rows_of, written
from .matching import SAME, UPDATED, Match
from .names import table_key
from .versions import Changes, settled

TEMPLATE = "Patterns.md"
NEAREST = 100  # headings of the buffer that are looked at for one that the target has as well
TRIES = 100  # how often a document is put together to find the entries that do not fit

Path = tuple[tuple[int, bytes], ...]
"""Headings from the top, each as level and words; a file's only title is no part of it."""


class Placed:
    """What became of some entries: the file's new bytes, how each entry went (by its index), what did not fit."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.how: dict[int, str] = {}
        self.refused: dict[int, str] = {}


def place(old: bytes | None, buffer: Buffer, wanted: Sequence[int], firm: Sequence[Entry] = ()) -> Placed:
    """Put entries of a buffer (by their index in it) into a document; None: it does not exist yet.

    `firm` are entries that nothing replaces.
    """
    data = template(TEMPLATE) if old is None else old
    placed = Placed(data)
    if b"\0" in data or not is_closed(data):
        placed.refused = dict.fromkeys(wanted, "the target holds NUL bytes, or a fence or comment that is not closed")
        return placed
    todo = []
    first: dict[tuple[Path, bytes], int] = {}  # of several equal entries under one heading
    twins = []
    chosen = set(wanted)
    stay = [*firm, *(entry for at, entry in enumerate(buffer.entries) if at not in chosen)]
    page = Page(data, buffer.undated)
    standing = page.entries
    matches = settled(standing, buffer.entries, wanted, stay, buffer.changes)
    for at, match in zip(wanted, matches, strict=True):
        key = buffer.path(at), buffer.entries[at].identity
        if match.how == SAME:
            placed.how[at] = SAME
        elif first.setdefault(key, at) != at:
            twins.append((at, first[key]))
        else:
            todo.append((at, match))
    _put(placed, page, buffer, todo, {match.old: standing[match.old].text for _, match in todo if match.old >= 0})
    for at, other in twins:
        if other in placed.how:
            placed.how[at] = SAME
        else:
            placed.refused[at] = placed.refused[other]
    return placed


class Buffer:
    """A buffer's entries, and where each stands."""

    def __init__(
        self, source: bytes, changes: Changes = tuple, undated: Undated | None = None, words: Vocabulary | None = None
    ) -> None:
        """`changes` are those that made it (see `versions.settled`); `undated` as in `entries`; `words`: the team's."""
        self.entries, self.changes = entries(source, undated), changes
        for entry in self.entries:
            entry.vocabulary = words
        self.document = cut(source)
        self.title = title_of(self.document.sections)
        self.order: dict[Path, list[Section]] = {}  # the headings below each path
        self.number: dict[int, int] = {}  # which of them a section is
        for section in self.document.sections[1:]:
            if section is not self.document.sections[self.title]:
                siblings = self.order.setdefault(self._path(_heads(section.parent)), [])
                self.number[section.place] = len(siblings)
                siblings.append(section)

    def undated(self, section: Section) -> bool:
        """`undated` of `entries` for what its entries go to, where a heading may be nobody's entry but a section."""
        return section.text in self._titles

    @cached_property
    def _titles(self) -> set[bytes]:
        whole = {entry.line - 1 for entry in self.entries if entry.kind == "heading"}
        return {section.text for section in self.document.sections if section.head and section.line in whole}

    @cached_property
    def tables(self) -> dict[int, tuple[bytes, ...]]:
        """The head of its table for each line (from 1) that is a row."""
        if not any(entry.kind == "row" for entry in self.entries):
            return {}
        tables = (node for s in self.document.sections for node in s.blocks if node.kind == "table")
        return {row.line + 1: table.head for table in tables for row in table.kids}

    def path(self, at: int) -> Path:
        return self._path(self.entries[at].heads)

    def heads(self, at: int) -> list[Section]:
        """The headings above an entry, without the file's title."""
        return [head for head in self.entries[at].heads if not self._is_title(head)]

    def _is_title(self, head: Section) -> bool:
        return self.title > 0 and head.place == self.title

    def _path(self, heads: Iterable[Section]) -> Path:
        return tuple((head.level, head.text) for head in heads if not self._is_title(head))


def title_of(sections: list[Section]) -> int:
    """The place of a file's only title, 0 where it has none, or several."""
    tops = [section.place for section in sections if section.level == 1]
    return tops[0] if len(tops) == 1 and sections[0].kids and sections[0].kids[0].place == tops[0] else 0


def _heads(section: Section | None) -> list[Section]:
    found = []
    while section is not None and section.head:
        found.append(section)
        section = section.parent
    return found[::-1]


# --- trying ---------------------------------------------------------------------------------------------------------


Todo = list[tuple[int, Match]]


def _put(placed: Placed, page: Page | None, buffer: Buffer, todo: Todo, olds: dict[int, bytes]) -> None:
    """Put entries in, all at once; where that does not come out as it should, halves of them, down to single ones."""
    queue = [todo] if todo else []
    tries = TRIES
    while queue:
        part = queue.pop()
        result = _attempt(page or Page(placed.data, buffer.undated), buffer, part, olds) if tries > 0 else None
        page, tries = None, tries - 1
        if result is not None:
            placed.data = result
            placed.how.update((at, match.how) for at, match in part)
        elif len(part) == 1 or tries <= 0:
            placed.refused.update((at, "it would be read otherwise in the target") for at, _ in part)
        else:
            middle = len(part) // 2
            queue += [part[middle:], part[:middle]]


def _attempt(page: Page, buffer: Buffer, part: Todo, olds: dict[int, bytes]) -> bytes | None:
    """A document with some entries in it; None where it is not what it was with exactly these entries more."""
    before = page.entries
    gone: list[Entry] = []
    for at, match in part:
        entry = buffer.entries[at]
        if match.how == UPDATED:
            found = next((e for e in before if e.text == olds[match.old] and e not in gone), None)
            if found is None:
                return None
            gone.append(found)
            page.replace(found, entry)
        else:
            page.add(buffer, at)
    result = page.render()
    after = Counter(b"\n".join(entry_rows(entry)) for entry in entries(result, buffer.undated))
    want = Counter(b"\n".join(entry_rows(e)) for e in before) - Counter(b"\n".join(entry_rows(e)) for e in gone)
    want += Counter(b"\n".join(entry_rows(buffer.entries[at])) for at, _ in part) + page.index
    if after != want:
        return None
    had, has = changed_units(page.document, cut(result), rows_of(gone))
    return None if had - has else result


class New:
    """A heading that a document lacks, with what goes below it."""

    def __init__(self, head: tuple[bytes, ...], level: int) -> None:
        self.head, self.level = head, level
        self.blocks: list[Block] = []
        self.kids: list[tuple[Rank, Rows | New]] = []

    def hang(self, level: int, what: Rows | New) -> None:
        self.kids.append(((*_rank(level, what), len(self.kids)), what))

    def rows(self) -> Rows:
        out = list(self.head)
        for above, block in zip([None, *self.blocks], self.blocks, strict=False):
            if above is None or not block.joins(above):
                out.append(b"")
            elif block.kind == "row":
                out += block.rows
                continue
            out += block.all_rows
        for _, kid in sorted(self.kids, key=lambda kid: kid[0]):
            out += [b"", *(kid.rows() if isinstance(kid, New) else kid)]
        return out


Rank = tuple[int, ...]


def _rank(level: int, what: Rows | New) -> Rank:
    """Deeper headings before others, or they would become their parts; then plain headings before dated ones."""
    return -level, 0 if isinstance(what, New) else 1


class Block:
    """An item, or a row with the head of its table."""

    def __init__(self, kind: str, rows: Rows, table: tuple[bytes, ...] = ()) -> None:
        self.kind, self.rows, self.table = kind, rows, table

    @property
    def all_rows(self) -> Rows:
        return [*self.table, *self.rows]

    def joins(self, above: Block) -> bool:
        """Whether no blank line parts it from the block above it."""
        if self.kind != above.kind:
            return False
        if self.kind == "row":
            return table_key(self.table) == table_key(above.table)
        return marker(self.rows[0]) == marker(above.rows[0])


def entry_rows(entry: Entry) -> Rows:
    """An entry's lines; a carriage return at their end is none of their text."""
    return [row.removesuffix(b"\r") for row in entry.text.split(b"\n")]


def marker(row: bytes) -> bytes:
    """What kind of list an item belongs to."""
    text = row.lstrip(b" \t")
    return text.lstrip(b"0123456789")[:1]


class Page:
    """A document that entries are added to: where each goes is known at once, the rows come together at the end."""

    def __init__(self, data: bytes, undated: Undated | None = None) -> None:
        """`undated` as in `entries`."""
        self.document, self.data_rows = cut(data), text_rows(data)
        sections = self.document.sections
        self.home = sections[title_of(sections)]
        self.inserts: dict[int, list[tuple[Rank, Rows | New, bool]]] = {}
        self.replaced: dict[int, tuple[int, Rows]] = {}
        self.index: Counter[bytes] = Counter()
        self.anchors: set[str] | None = None  # of its headings; found when one is asked for
        self.new: dict[Path, New] = {}
        self.last: dict[int, Block] = {}
        self.entries = entries(data, undated)
        whole = {entry.line - 1 for entry in self.entries if entry.kind == "heading"}
        self.real: dict[Path, Section] = {}
        todo: list[tuple[Path, Section]] = [((), self.home)]
        for path, section in todo:
            self.real.setdefault(path, section)
            kids = (kid for kid in section.kids if kid.line not in whole)
            todo += [((*path, (kid.level, kid.text)), kid) for kid in kids]
        self.indexed = not self.home.kids if self.home.level else False
        self.indexed = self.indexed or any(_INDEX.match(node.head[0]) for node in self.home.blocks)

    def replace(self, old: Entry, new: Entry) -> None:
        self.replaced[old.line - 1] = end_of(old), entry_rows(new)

    def add(self, buffer: Buffer, at: int) -> None:
        entry = buffer.entries[at]
        path = buffer.path(at)
        heading = entry.kind == "heading"
        level = len(entry.text) - len(entry.text.lstrip(b"#")) or 2
        block = Block(entry.kind, entry_rows(entry), buffer.tables.get(entry.line, ()))
        section = self.real.get(path)
        if section is not None:
            if heading:
                self.insert(self.behind_kids(section, level), section, (1, *_rank(level, [])), entry_rows(entry))
            else:
                self.insert_block(section, block)
            return
        new = self._new(buffer, path, buffer.heads(at))
        if heading:
            new.hang(level, entry_rows(entry))
        else:
            new.blocks.append(block)

    def _new(self, buffer: Buffer, path: Path, heads: list[Section]) -> New:
        """The new heading for a path, hung into what there is, with those above it that lack as well."""
        if path in self.new:
            return self.new[path]
        head = heads[-1]
        new = self.new[path] = New(tuple(row.removesuffix(b"\r") for row in head.head), head.level)
        above = self.real.get(path[:-1])
        if above is None:
            parent = self._new(buffer, path[:-1], heads[:-1])
            parent.hang(new.level, new)
            return new
        self.insert(self._spot(buffer, path, head, above), above, (1, *_rank(new.level, new)), new)
        if self.indexed and above is self.home:
            self._list(head)
        return new

    def _list(self, head: Section) -> None:
        """An index line for a new heading, where the document keeps an index."""
        from mbgit.checks.slugs import slug

        words = without_markup(head.text.decode(errors="replace"))
        anchor = slug(words)
        row = f"- [{link_text(words)}](#{anchor})".encode()
        if self.anchors is None:
            texts = (section.text.decode(errors="replace") for section in self.document.sections)
            self.anchors = {slug(without_markup(text)) for text in texts}
        found = entries(row)
        if anchor and anchor not in self.anchors and len(found) == 1 and len(row) < 300:
            self.anchors.add(anchor)
            self.insert_block(self.home, Block("item", [row]))
            self.index[found[0].text] += 1

    def _spot(self, buffer: Buffer, path: Path, head: Section, above: Section) -> int:
        """Where a new heading goes: behind the one that is before it in the buffer, else before the one behind it."""
        siblings = buffer.order.get(path[:-1], [])
        here = buffer.number[head.place]
        for section in reversed(siblings[max(here - NEAREST, 0) : here]):
            known = self.real.get((*path[:-1], (section.level, section.text)))
            if known is not None and known.level == head.level:
                return self.end(known)
        for section in siblings[here + 1 : here + NEAREST]:
            known = self.real.get((*path[:-1], (section.level, section.text)))
            if known is not None and known.level == head.level:
                return known.line - len(known.gap)
        first = next((kid for kid in above.kids if kid.level <= head.level and kid.leads), None)
        return first.line - len(first.gap) if first is not None else self.behind_kids(above, head.level)

    def behind_kids(self, section: Section, level: int) -> int:
        """The row behind a section's headings that are no less deep than `level`."""
        first = next((kid for kid in section.kids if kid.level < level), None)
        return first.line - len(first.gap) if first is not None else self.end(section)

    def end(self, section: Section) -> int:
        """The row behind a section and all below it."""
        while section.kids:
            section = section.kids[-1]
        return own_end(section)

    def insert_block(self, section: Section, block: Block) -> None:
        """An item behind the last one of a section, a row at the end of its table; else behind the section's text."""
        like = [node for node in section.blocks if node.kind == ("table" if block.kind == "row" else "item")]
        if block.kind == "row":
            like = [node for node in like if table_key(node.head) == table_key(block.table)]
        behind = like[-1] if like else section.blocks[-1] if section.blocks else None
        row = _node_end(behind) if behind is not None else own_end(section)
        if block.kind == "row" and like:
            self.insert(row, section, (0,), block.rows, tight=True)
            return
        before = self.last.get(section.place)
        tight = before is not None and block.joins(before)
        if like and before is None:
            tight = marker(like[-1].head[0]) == marker(block.rows[0]) and not like[-1].tight
        self.last[section.place] = block
        self.insert(row, section, (0,), block.rows if tight and before is not None else block.all_rows, tight)

    def insert(self, row: int, section: Section, rank: Rank, what: Rows | New, tight: bool = False) -> None:
        """Note that something goes in front of a row; `tight`: no blank line above it."""
        here = self.inserts.setdefault(row, [])
        here.append(((-len(_heads(section)), *rank, len(here)), what, tight))

    def render(self) -> bytes:
        """The document with all that was noted."""
        out: Rows = []
        at = 0
        for mark in sorted(self.inserts.keys() | self.replaced.keys()):
            out += self.data_rows[at:mark]
            at = max(at, mark)
            tight = True
            for _, what, tight in sorted(self.inserts.get(mark, ()), key=lambda insert: insert[0]):
                if out and out[-1].strip(BLANK) and not tight:
                    out.append(b"")
                out += what.rows() if isinstance(what, New) else what
            if not tight and at < len(self.data_rows) and self.data_rows[at].strip(BLANK):
                out.append(b"")
            if mark in self.replaced:
                at, rows = self.replaced[mark]
                out += rows
        return written(self.document, out + self.data_rows[at:])


_INDEX = re.compile(rb"[-*+] \[[^\n]{1,300}\]\(#[^\n)]{1,300}\)$")


def link_text(words: str) -> str:
    """Words as the text of a link: what could end it, or begin something else, is escaped."""
    return re.sub(r"([\\\[\]<`])", r"\\\1", clean(words))


def _node_end(node: Node) -> int:
    rows: Rows = []
    node.render(rows)
    return node.line + len(rows) - len(node.gap)
