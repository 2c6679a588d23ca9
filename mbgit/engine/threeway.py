"""merge3: one engine, three policies.

A merge of a memory bank is not a merge of lines: agents append, purge and move whole entries, and what must not be
lost, doubled or brought back is an entry. So the versions are cut into units (`document`), units are told apart by
what they say (`align`, `sections`, `blocks`), each one is kept or dropped by the three-way rule, and only a unit
that both sides changed needs a policy (`policies`).
"""

from __future__ import annotations

from . import lines as L
from .blocks import glue, merge_blocks
from .document import Document, Node, Section, cut, cut_blocks, has_break, is_closed
from .guard import RETITLED, drop_surplus
from .order import NONE, Place, arrange
from .policies import BOTH, Judge, Spanned, as_unit
from .result import Binary, Merged
from .sections import Trio, decide, match_sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from .document import Gap
    from .result import Clock, Seen

    T = TypeVar("T", bytes, bool, Gap)

POLICIES = ("latest", "union", "log")
FOLD_FROM = 1 << 19  # bytes of the three versions from which common runs are folded before the cut


def merge3(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    policy: str = "union",
    name: str = "",
    clock: Clock | None = None,
    seen: Seen | None = None,
    git: bytes | None = None,
) -> Merged:
    """Merge two versions of a Markdown file over their base.

    `name` is the file's (`progress.md`); `clock` answers when lines of a side were written (see `result.Clock`)
    and is asked only about units that both sides changed; `seen` and `git` are not asked yet. Raises Binary where a
    text holds a NUL byte.
    """
    if b"\0" in base or b"\0" in ours or b"\0" in theirs:
        raise Binary
    if ours == theirs or base == theirs:
        return Merged(ours)
    if base == ours:
        return Merged(theirs)
    # One order of the sides for everything below: so the result cannot depend on who merges.
    swapped = theirs < ours
    first, second = (theirs, ours) if swapped else (ours, theirs)
    merged = Merged(b"")
    judge = Judge(policy, name, clock, swapped, merged)
    _Merge(judge, *_cut_three(base, first, second)).run()
    return merged


def _cut_three(base: bytes, first: bytes, second: bytes) -> list[Document]:
    if len(base) + len(first) + len(second) < FOLD_FROM:
        return [cut(base), cut(first), cut(second)]
    from .large import cut_three

    return cut_three((base, first, second))


class _Merge:
    """One merge at work; `a` and `b` are the sides in their fixed order."""

    def __init__(self, judge: Judge, o: Document, a: Document, b: Document) -> None:
        self.judge, self.o, self.a, self.b = judge, o, a, b

    def run(self) -> None:
        trios = match_sections(self.o, self.a, self.b)
        decide(trios, (len(self.o.sections), len(self.a.sections), len(self.b.sections)))
        self.settle(trios[0])
        flat = self.flatten(trios[0])
        flat = drop_surplus(self.judge, trios, flat)
        self.space(flat)
        self.close_open_ends(flat)
        self.count(trios)
        self.judge.merged.text = self.write(flat)

    # -- sections ---------------------------------------------------------------------------------------------

    def settle(self, root: Trio) -> None:
        """Merge the headings and bodies of everything below `root`, and tell which containers live."""
        order = [root]
        for trio in order:
            order.extend(trio.kids)
        for trio in reversed(order):  # children before parents: a deleted container lives for what is in it
            if trio.a is not None and trio.b is not None:
                self.settle_common(trio, trio.o, trio.a, trio.b)
            elif trio.a is not None or trio.b is not None:
                self.settle_single(trio, trio.kept)

    def settle_single(self, trio: Trio, kept: Section) -> None:
        """A section that one side added, or that the other deleted."""
        trio.head, trio.gap, trio.level = kept.head, kept.gap, kept.level
        if trio.alive or trio.o is None:
            trio.body = kept.body
            return
        if kept.body != trio.o.body:
            sides = (kept.blocks, []) if trio.b is None else ([], kept.blocks)
            trio.units = merge_blocks(self.judge, trio.o.blocks, sides[0], sides[1], kept.entry)
        trio.alive = bool(trio.units) or any(kid.alive for kid in trio.kids)
        if not trio.alive and kept.text != trio.o.text:  # deleted here, only retitled there
            self.judge.set_aside(RETITLED, b"\n".join(kept.head), trio)

    def settle_common(self, trio: Trio, o: Section | None, a: Section, b: Section) -> None:
        trio.head = self.heading(trio, o, a, b)
        trio.level = a.level if trio.head == a.head else b.level
        trio.gap = _merged_gap(o, a, b)
        if not trio.gap and a.head != b.head:  # a heading keeps the blank line of the side whose words it has
            trio.gap = a.gap if trio.head == a.head else b.gap
        if a.body == b.body or (o is not None and b.body == o.body):
            trio.body = a.body
        elif o is not None and a.body == o.body:
            trio.body = b.body
        else:
            in_entry = _in_entry(a) or _in_entry(b)
            if o is not None and len(a.body) + len(b.body) >= FOLD_FROM:
                from .large import fold_bullets

                fold_bullets((o, a, b))
            trio.units = merge_blocks(self.judge, o.blocks if o else [], a.blocks, b.blocks, in_entry)

    def heading(self, trio: Trio, o: Section | None, a: Section, b: Section) -> Gap:
        if a.head == b.head or (o is not None and b.head == o.head):
            return a.head
        if o is not None and a.head == o.head:
            return b.head
        first, second = Spanned(a.head, a.line), Spanned(b.head, b.line)
        return self.judge.heading(o.head if o else None, first, second, trio)

    # -- order ------------------------------------------------------------------------------------------------

    def flatten(self, root: Trio) -> list[Trio]:
        """The living sections in the order of the result."""
        flat: list[Trio] = []
        stack = [root]
        while stack:
            trio = stack.pop()
            flat.append(trio)
            stack.extend(reversed(self.children(trio)))
        return flat

    def children(self, trio: Trio) -> list[Trio]:
        """A section's living children: deeper headings before shallower ones."""
        levels: dict[int, list[Trio]] = {}
        for kid in trio.kids:
            if kid.alive:
                levels.setdefault(kid.level, []).append(kid)
        out: list[Trio] = []
        for level in sorted(levels, reverse=True):
            kids = levels[level]
            out += _plain_first(self.arranged(trio, kids)) if len(kids) > 1 else kids
        return out

    def arranged(self, parent: Trio, kids: list[Trio]) -> list[Trio]:
        places = [
            Place(kid, _index(parent.o, kid.o), _index(parent.a, kid.a), _index(parent.b, kid.b)) for kid in kids
        ]
        level = kids[0].level

        def base() -> list[tuple[int, bytes]]:
            return [(kid.place, kid.stamp) for kid in parent.o.kids if kid.level == level] if parent.o else []

        return arrange(places, lambda kid: (kid.any.stamp, kid.any.own), base)

    # -- the result -------------------------------------------------------------------------------------------

    def space(self, flat: list[Trio]) -> None:
        """Fit what stands above each section (blank lines, a break) to a neighbour that it has on neither side."""
        wanting, surplus = self.breaks(flat)
        for above, trio in zip(flat, flat[1:], strict=False):
            if not _adjacent(above, trio):
                trio.gap = self.fitted(above, trio)
                if wanting > 0 and trio.gap and not has_break(trio.gap) and trio.parent is not above:
                    found = _separator(trio)
                    trio.gap, wanting = found or trio.gap, wanting - bool(found)
        for trio in reversed(flat):  # a break too many: the last one that a side added with its section goes
            if surplus > 0 and trio.o is None and (trio.a is None or trio.b is None) and has_break(trio.gap):
                trio.gap, surplus = (b"",), surplus - 1
        for above, trio in zip(flat, flat[1:], strict=False):
            if (not trio.gap or trio.gap[0].strip(L.BLANK)) and _runs_on(above, trio):
                trio.gap = (b"", *trio.gap)

    def breaks(self, flat: list[Trio]) -> tuple[int, int]:
        """How many breaks between sections are wanting by the versions' counts, and how many are one too many."""
        o, a, b = (sum(has_break(section.gap) for section in doc.sections) for doc in (self.o, self.a, self.b))
        here = sum(has_break(trio.gap) for trio in flat)
        return (a + b - o if max(a, b) >= o else min(a, b)) - here, here - max(a, b, a + b - o)

    def fitted(self, above: Trio, trio: Trio) -> Gap:
        if not above.head and not above.body and not above.units:
            return ()
        gap = trio.gap or (b"",)
        return (b"", *gap) if gap[0].strip(L.BLANK) and above.level != trio.level else gap

    def close_open_ends(self, flat: list[Trio]) -> None:
        """A fence that a side left open must not swallow what now stands behind it."""
        last = flat[-1]
        for trio in flat:
            fence = b"```" in trio.body or b"~~~" in trio.body
            if trio.units is None and fence and trio is not last and self.ends_a_file(trio):
                trio.units = [as_unit(node, BOTH) for node in cut_blocks(trio.body.split(b"\n"), 1)]
            units = trio.units or []
            for unit in units:
                if trio is not last or unit is not units[-1]:
                    _close(unit)

    def ends_a_file(self, trio: Trio) -> bool:
        pairs = ((trio.o, self.o), (trio.a, self.a), (trio.b, self.b))
        return any(s is not None and s.place + 1 == len(doc.sections) for s, doc in pairs)

    def count(self, trios: list[Trio]) -> None:
        """How many entries each side brought and how many are gone, for the ledger."""
        merged = self.judge.merged
        brought = [0, 0]
        for trio in trios:
            for at, side in enumerate((trio.a, trio.b)):
                other = trio.b if at == 0 else trio.a
                brought[at] += _brought(trio.o, side, other)
            merged.removed += _removed(trio)
        merged.from_ours, merged.from_theirs = brought[::-1] if self.judge.swapped else brought

    def write(self, flat: list[Trio]) -> bytes:
        out: list[bytes] = []
        place: dict[int, int] = {}
        wanted = {id(winner) for _, winner in self.judge.pending}
        for trio in flat:
            out.extend(trio.gap)
            place[id(trio)] = len(out)
            out.extend(trio.head)
            if trio.units is not None:
                for unit in trio.units:
                    _render(unit, out, place, wanted)
            elif trio.body:
                out.extend(trio.body.split(b"\n") if wanted else (trio.body,))
        for aside, winner in self.judge.pending:
            aside.line = place.get(id(winner), 0) + 1
        return self.as_file(out)

    def as_file(self, out: list[bytes]) -> bytes:
        """The result's lines with the values of the file: each merged three-way as one.

        A side that was emptied has no say: what the other one brings is to end as it did there.
        """
        o = self.o
        told = [doc for doc in (self.a, self.b) if not doc.empty] or [o]
        a, b = told[0], told[-1]
        known = not o.empty
        if not out and (self.a.empty or self.b.empty):
            return b""
        out.extend(_value(o.end, a.end, b.end) if known else _longer(a.end, b.end))
        if not out:
            return b""
        if _value(o.newline, a.newline, b.newline) if known else a.newline or b.newline:
            out.append(b"")
        out[0] = (_value(o.bom, a.bom, b.bom) if known else max(a.bom, b.bom)) + out[0]
        text = b"\n".join(out)
        if _line_end(o, a, b) == b"\r\n":
            text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return text


def _value(o: T, a: T, b: T) -> T:
    """A value of the file, merged three-way; where both changed it, the greater."""
    if a == b or b == o:
        return a
    return b if a == o else max(a, b)


def _line_end(o: Document, a: Document, b: Document) -> bytes:
    """The line end of the result; where both sides changed it, `\\n`."""
    if a.eol == b.eol or o.empty:
        return min(a.eol, b.eol)
    return b.eol if a.eol == o.eol else a.eol


def _in_entry(section: Section) -> bool:
    at: Section | None = section
    while at is not None:
        if at.entry:
            return True
        at = at.parent
    return False


def _merged_gap(o: Section | None, a: Section, b: Section) -> Gap:
    if o is not None and _same_gap(a.gap, o.gap):
        return b.gap
    if o is not None and _same_gap(b.gap, o.gap):
        return a.gap
    return _longer(a.gap, b.gap)


def _same_gap(a: Gap, b: Gap) -> bool:
    return len(a) == len(b) and [row.strip(L.BLANK) for row in a] == [row.strip(L.BLANK) for row in b]


def _longer(a: Gap, b: Gap) -> Gap:
    return a if len(a) >= len(b) else b


def _index(parent: Section | None, kid: Section | None) -> int:
    return kid.place if kid is not None and parent is not None and kid.parent is parent else NONE


def _plain_first(kids: list[Trio]) -> list[Trio]:
    """An undated heading behind a dated one of its level would become part of that day: it goes before the first."""
    first = next((at for at, kid in enumerate(kids) if kid.any.leads), len(kids))
    plain = [kid for kid in kids[first:] if not (kid.any.stamp or kid.any.id)]
    moved = {id(kid) for kid in plain}
    return kids[:first] + plain + [kid for kid in kids[first:] if id(kid) not in moved] if plain else kids


def _adjacent(above: Trio, trio: Trio) -> bool:
    """Does a side have these two sections right behind each other?"""
    for up, down in ((above.a, trio.a), (above.b, trio.b)):
        if up is not None and down is not None and up.place + 1 == down.place:
            return True
    return False


def _separator(trio: Trio) -> Gap:
    """The break that the side of a section puts between it and its next sibling; nothing where there is none."""
    for section in (trio.a, trio.b):
        if section is None or section.parent is None:
            continue
        kids = section.parent.kids
        at = kids.index(section) + 1
        if at < len(kids) and kids[at].level == section.level and has_break(kids[at].gap):
            return kids[at].gap
    return ()


def _runs_on(above: Trio, trio: Trio) -> bool:
    """Would this heading, or the break above it, be read as part of the block above?"""
    if above.units is not None:
        last: Node | None = above.units[-1] if above.units else None
    else:
        last = cut_blocks(above.body.split(b"\n"), 1)[-1] if above.body else None
    first = Node("break", (), trio.gap[:1], 0, []) if trio.gap else Node("heading", (), trio.head, 0, [])
    return bool(glue(last, first))


def _close(unit: Node) -> None:
    if unit.kind == "fence" and not is_closed(unit.head):
        line = unit.head[0]
        lead = line[: len(line) - len(line.lstrip(b" \t"))]
        unit.head = (*unit.head, lead + L.fence_open(line[len(lead) :]))


def _render(unit: Node, out: list[bytes], place: dict[int, int], wanted: set[int]) -> None:
    if wanted:
        _note_lines(unit, len(out), place, wanted)
    unit.render(out)


def _note_lines(unit: Node, at: int, place: dict[int, int], wanted: set[int]) -> int:
    """Remember at which line of the result a unit (or one inside it) stands; the line behind it."""
    at += len(unit.gap)
    if id(unit) in wanted:
        place[id(unit)] = at
    at += 1 if unit.kind == "front" else len(unit.head)
    for kid in unit.kids:
        at = _note_lines(kid, at, place, wanted)
    return at + (1 if unit.kind == "front" else 0)


def _entries(section: Section | None) -> dict[bytes, int]:
    """The items and rows of a section, told by their first line: near enough for a report, and nothing is cut."""
    found: dict[bytes, int] = {}
    for line in section.body.split(b"\n") if section is not None else ():
        text = line.strip(L.BLANK)
        if text[:1] == b"|" or L.marker_width(text):
            found[text] = found.get(text, 0) + 1
    return found


def _brought(o: Section | None, side: Section | None, other: Section | None) -> int:
    """How many entries one side alone added in a section: the section itself, or items and rows in it."""
    if side is None or (other is not None and side.body == other.body) or (o is not None and side.body == o.body):
        return 0
    if o is None and other is None and side.entry:
        return 1
    had, there = _entries(o), _entries(other)
    return sum(max(0, n - max(had.get(e, 0), there.get(e, 0))) for e, n in _entries(side).items())


def _removed(trio: Trio) -> int:
    if trio.o is None or (trio.a is not None and trio.b is not None):
        return 0
    return int(not trio.alive and trio.o.entry)
