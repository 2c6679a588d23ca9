"""The blocks of a section, as a tree: items with what is set in under them, tables with their rows, paragraphs."""

from __future__ import annotations

from . import lines as L

Gap = tuple[bytes, ...]
DEEPEST = 40  # levels of nested items that are told apart
FENCES = frozenset((b"`", b"~"))
BREAKS = frozenset((b"-", b"*", b"_"))
_MARKERS = frozenset((b"-", b"*", b"+", *(bytes((c,)) for c in L.DIGITS)))
_MAY_INTERRUPT = BREAKS | _MARKERS | FENCES | {b">", b"<"}
_INTERRUPTING = frozenset(("fence", "quote", "comment", "break", "table"))
_TAGS = frozenset(
    b"address article aside blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset"
    b" figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main menu nav ol"
    b" optgroup option p param pre script section source style summary table tbody td textarea tfoot th thead title"
    b" tr track ul".split()
)


class Node:
    """One unit: its own lines, the blank lines above it, and the units inside it.

    `head` holds the lines that are the unit's own. A `front` node's head is its opening and its closing line, with
    the keys between them as kids; a `table` node's head is header and delimiter, its kids the rows.
    """

    __slots__ = ("_own", "_whole", "gap", "head", "kids", "kind", "line", "tight")

    def __init__(self, kind: str, gap: Gap, head: Gap, line: int, kids: list[Node]) -> None:
        self.kind, self.gap, self.head, self.line, self.kids = kind, gap, head, line, kids
        self._own: bytes | None = None
        self._whole: bytes | None = None
        self.tight = 0  # how many blank lines its list puts between two items

    @property
    def own(self) -> bytes:
        """What the unit itself says: no white space at line ends, no padding of cells, no ordinal."""
        if self._own is None:
            self._own = normal(self.kind, self.head)
        return self._own

    @property
    def whole(self) -> bytes:
        """What the unit says with everything inside it; blank lines are no part of it."""
        if self._whole is None:
            self._whole = b"\n".join((self.own, *(kid.whole for kid in self.kids))) if self.kids else self.own
        return self._whole

    def render(self, out: list[bytes]) -> None:
        """Append the unit's lines, the blank ones above it first."""
        out.extend(self.gap)
        if self.kind == "front":
            out.append(self.head[0])
            for kid in self.kids:
                kid.render(out)
            out.append(self.head[1])
            return
        out.extend(self.head)
        for kid in self.kids:
            kid.render(out)


def normal(kind: str, head: Gap) -> bytes:
    """A unit's identity from its lines: what it says, not how it is set (padding, ordinals, kinds of bullet)."""
    if kind == "row" or kind == "table":
        return b"\n".join(b"|".join(_plain_cells(line)) for line in head)
    if kind == "fence" and is_closed(head):
        head = head[:-1]
    if len(head) == 1:
        line = head[0].strip(L.BLANK) if kind != "item" else head[0].rstrip(L.BLANK)
    else:
        line = b"\n".join([text.rstrip(L.BLANK) for text in head])
    if kind == "item":
        text = line.lstrip(b" \t")
        digits = L.ordinal_width(text)
        if digits:
            return line[: len(line) - len(text)] + b"1" + text[digits:]
        return line[: len(line) - len(text)] + b"-" + text[1:]
    return line


def is_closed(fence: Gap) -> bool:
    """Does a fence's last line close it?"""
    mark = L.fence_open(fence[0].lstrip(b" \t"))
    return len(fence) > 1 and L.fence_closes(fence[-1].lstrip(b" \t"), mark)


def _plain_cells(line: bytes) -> list[bytes]:
    found = L.cells(line)
    if L.is_delimiter(line):
        return [(b":" if c[:1] == b":" else b"") + b"-" + (b":" if c[-1:] == b":" else b"") for c in found]
    while found and not found[-1]:  # an empty last cell is padding
        found.pop()
    return found


# --- where a block ends that hides what stands in it -----------------------------------------------------------------


def front_end(rows: list[bytes]) -> int:
    """The line behind the front matter, 0 where there is none."""
    if len(rows) < 3 or rows[0].rstrip(L.BLANK) != b"---" or b":" not in rows[1]:
        return 0
    for at in range(1, len(rows)):
        text = rows[at].rstrip(L.BLANK)
        if text in (b"---", b"..."):
            return at + 1
        if not text or text[:1] == b"#":
            return 0
    return 0


def item_offset(rows: list[bytes], at: int, floor: int) -> int:
    """The column where the text of the item around an indented line begins, -1 outside of any."""
    column = L.indent(rows[at])
    for above in range(at - 1, max(floor, at - 200) - 1, -1):
        text = rows[above].lstrip(b" \t")
        if not text.strip(L.BLANK):
            continue
        here = L.indent(rows[above])
        if here < column:
            width = L.marker_width(text)
            if width:
                return min(here + width, here + 2)
            if not here:
                return -1
            column = here
    return -1


def fence_end(rows: list[bytes], at: int, stop: int, mark: bytes, offset: int) -> int:
    """The line behind the fence that `rows[at]` opens: its closing mark, or where the item around it ends.

    `offset`: the column where the text of that item begins, -1 outside of any.
    """
    lead = L.indent(rows[at])
    for line in range(at + 1, stop):
        row = rows[line]
        text = row.lstrip(b" \t")
        if text.startswith(mark) and L.indent(row) < lead + 4 and L.fence_closes(text, mark):
            return line + 1
        if offset > 0 and text.strip(L.BLANK) and L.indent(row) < offset:
            return line
    return stop


def comment_end(rows: list[bytes], at: int, stop: int) -> int:
    """The line behind the comment that `rows[at]` opens; 0 where nothing closes it: then it hides nothing."""
    if b"-->" in rows[at][rows[at].find(b"<!--") + 4 :]:
        return at + 1
    for line in range(at + 1, stop):
        if b"-->" in rows[line]:
            return line + 1
    return 0


# --- the cut ---------------------------------------------------------------------------------------------------------


def cut_blocks(rows: list[bytes], line: int, base: int = 0) -> list[Node]:
    """The blocks of some lines that hold no heading.

    `line` is the number of the first one in its file, `base` the column that counts as no indent.
    """
    return _Cutter(rows, line).blocks(0, len(rows), base, at_top=line == 0 and base == 0)


class _Cutter:
    """Cuts `rows`; the methods take and give line indices into it."""

    def __init__(self, rows: list[bytes], line: int) -> None:
        self.rows, self.line = rows, line
        self.comments = True  # until one is not closed
        self.depth = 0  # items around the line at hand

    def blocks(self, at: int, stop: int, base: int, at_top: bool = False) -> list[Node]:
        rows, out = self.rows, []
        if at_top:
            end = front_end(rows)
            if end:
                out.append(self.front(end))
                at = end
        while at < stop:
            top = at
            while at < stop and not rows[at].strip(L.BLANK):
                at += 1
            if at == stop:  # blank lines that nothing follows: only where a caller passes them
                out.append(Node("blank", tuple(rows[top:stop]), (), self.line + at, []))
                break
            node, at = self.block(tuple(rows[top:at]), at, stop, base)
            out.append(node)
        _note_tightness(out)
        return out

    def front(self, end: int) -> Node:
        rows, kids, start = self.rows, [], 1
        for at in range(2, end):
            if at == end - 1 or rows[at][:1] not in (b" ", b"\t", b"-", b"#"):
                kids.append(Node("key", (), tuple(rows[start:at]), self.line + start, []))
                start = at
        return Node("front", (), (rows[0], rows[end - 1]), self.line, kids)

    def block(self, gap: Gap, at: int, stop: int, base: int) -> tuple[Node, int]:
        """The block that begins at `at`, and the line behind it."""
        row = self.rows[at]
        text = row.lstrip(b" \t")
        column = L.indent(row) - base
        if column > 3:
            end = self.code_end(at, stop, base)
            return self.leaf("code", gap, at, end), end
        kind = self.opens(text, at, stop)
        if kind == "item":
            return self.item(gap, at, stop, L.indent(row))
        if kind == "table":
            end = self.table_end(at, stop)
            kids = [Node("row", (), (self.rows[i],), self.line + i, []) for i in range(at + 2, end)]
            return Node("table", gap, tuple(self.rows[at : at + 2]), self.line + at, kids), end
        end = self.leaf_end(kind, text, at, stop)
        return self.leaf(kind, gap, at, end), end

    def leaf(self, kind: str, gap: Gap, at: int, end: int) -> Node:
        return Node(kind, gap, tuple(self.rows[at:end]), self.line + at, [])

    def opens(self, text: bytes, at: int, stop: int) -> str:
        """What kind of block a line (without its indent) begins."""
        first = text[:1]
        if first in FENCES and L.fence_open(text):
            return "fence"
        if first == b">":
            return "quote"
        if first == b"<":
            kind = L.html_kind(text)
            if kind == "comment" and not (self.comments and comment_end(self.rows, at, stop)):
                self.comments = False
                return "html"
            if kind:
                return kind
        if first in BREAKS and L.is_break(text):
            return "break"
        if first in _MARKERS and L.marker_width(text):
            return "item"
        if b"|" in text and at + 1 < stop and self.heads_table(at):
            return "table"
        return "field" if L.label(text) else "para"

    def heads_table(self, at: int) -> bool:
        under = self.rows[at + 1]
        if not L.is_delimiter(under) or L.indent(under) - L.indent(self.rows[at]) > 3:
            return False
        return len(L.cells(under)) == len(L.cells(self.rows[at]))

    def interrupts(self, at: int, stop: int) -> bool:
        """Does line `at` end the paragraph above it?"""
        text = self.rows[at].lstrip(b" \t")
        first = text[:1]
        if first not in _MAY_INTERRUPT and b"|" not in text:
            return False
        kind = self.opens(text, at, stop)
        if kind == "item":
            width = L.marker_width(text)
            return bool(text[width:].strip(L.BLANK)) and (not first.isdigit() or text[:2] in (b"1.", b"1)"))
        return kind in _INTERRUPTING or (kind == "html" and _known_tag(text))

    def leaf_end(self, kind: str, text: bytes, at: int, stop: int) -> int:
        if kind == "fence":
            return fence_end(self.rows, at, stop, L.fence_open(text), -1)  # an item's own end is `stop`
        if kind == "comment":
            return comment_end(self.rows, at, stop)
        if kind == "break":
            return at + 1
        if kind == "html":
            return self.html_end(at, stop)
        return self.paragraph_end(at, stop, fields=True)

    def paragraph_end(self, at: int, stop: int, fields: bool) -> int:
        """Behind the paragraph, quote or field that begins at `at`."""
        rows = self.rows
        quote = rows[at].lstrip(b" \t")[:1] == b">"
        end = at + 1
        while end < stop and rows[end].strip(L.BLANK):
            text = rows[end].lstrip(b" \t")
            if quote and text[:1] == b">":
                end += 1
                continue
            if self.interrupts(end, stop) or (fields and not quote and L.label(text)):
                break
            end += 1
        return end

    def html_end(self, at: int, stop: int) -> int:
        rows, end = self.rows, at + 1
        while end < stop and rows[end].strip(L.BLANK):
            text = rows[end].lstrip(b" \t")
            if L.marker_width(text) or L.fence_open(text) or text.startswith(b"<!--"):
                break
            end += 1
        return end

    def code_end(self, at: int, stop: int, base: int) -> int:
        end = at + 1
        for line in range(at + 1, stop):
            if not self.rows[line].strip(L.BLANK):
                continue
            if L.indent(self.rows[line]) - base < 4:
                break
            end = line + 1
        return end

    def table_end(self, at: int, stop: int) -> int:
        rows, end = self.rows, at + 2
        while end < stop and rows[end].strip(L.BLANK):
            text = rows[end].lstrip(b" \t")
            if text[:1] != b"|" and self.opens(text, end, stop) not in ("para", "field"):
                break
            end += 1
        return end

    def item(self, gap: Gap, at: int, stop: int, column: int) -> tuple[Node, int]:
        """A list item with what is set in under it, and the line behind it."""
        rows = self.rows
        text = rows[at].lstrip(b" \t")
        width = L.marker_width(text)
        least = column + min(width, 2)
        inner = text[width:].lstrip(b" \t")
        head_end = self.item_head_end(inner, at, stop, least)
        end = self.item_end(at, head_end, stop, least)
        kids: list[Node] = []
        if end > head_end:
            first = next(L.indent(rows[i]) for i in range(head_end, end) if rows[i].strip(L.BLANK))
            kids = self.inner(head_end, end, min(column + width, first))
        return Node("item", gap, tuple(rows[at:head_end]), self.line + at, kids), end

    def inner(self, at: int, end: int, base: int) -> list[Node]:
        """What stands in an item; below `DEEPEST` levels it is not looked into."""
        if self.depth >= DEEPEST:
            gap = next(i for i in range(at, end) if self.rows[i].strip(L.BLANK))
            return [self.leaf("code", tuple(self.rows[at:gap]), gap, end)]
        self.depth += 1
        try:
            return self.blocks(at, end, base)
        finally:
            self.depth -= 1

    def item_head_end(self, inner: bytes, at: int, stop: int, least: int) -> int:
        mark = L.fence_open(inner)
        if mark:  # `- ```: the fence is the item
            for line in range(at + 1, stop):
                text = self.rows[line].lstrip(b" \t")
                if L.fence_closes(text, mark):
                    return line + 1
                if text.strip(L.BLANK) and L.indent(self.rows[line]) < least:
                    return line
            return stop
        if not inner.strip(L.BLANK) or L.marker_width(inner) or inner[:1] in (b"#", b"<"):
            return at + 1
        return self.paragraph_end_in_item(at, stop)

    def paragraph_end_in_item(self, at: int, stop: int) -> int:
        end = at + 1
        while end < stop and self.rows[end].strip(L.BLANK):
            text = self.rows[end].lstrip(b" \t")
            if (text[:1] in _MARKERS and L.marker_width(text)) or self.interrupts(end, stop):
                break
            end += 1
        return end

    def item_end(self, first: int, at: int, stop: int, least: int) -> int:
        """Behind the last line that belongs to the item at `first`, of which `at` is the line behind its head.

        Its text begins at column `least`.
        """
        rows, end = self.rows, at
        line = at
        lazy = False
        while line < stop:
            row = rows[line]
            text = row.lstrip(b" \t")
            if not text.strip(L.BLANK):
                line, lazy = line + 1, False
                continue
            if L.indent(row) >= least:
                mark = L.fence_open(text)
                if mark:
                    line, lazy = fence_end(rows, line, stop, mark, item_offset(rows, line, first)), False
                else:
                    lazy = text[:1] != b"|"
                    line += 1
            elif lazy and not L.marker_width(text) and not self.interrupts(line, stop):
                line += 1
            else:
                break
            end = line
        return end


def _known_tag(text: bytes) -> bool:
    """A tag that begins a block even in the middle of a paragraph."""
    name = text.lstrip(b"</")
    return name[: len(name) - len(name.lstrip(L.LETTERS + L.DIGITS))].lower() in _TAGS


def _note_tightness(nodes: list[Node]) -> None:
    """Tell every item how many blank lines its list keeps between items."""
    for place, node in enumerate(nodes):
        if node.kind != "item":
            continue
        behind = nodes[place + 1] if place + 1 < len(nodes) else None
        if behind is not None and behind.kind == "item":
            node.tight = len(behind.gap)
        elif place and nodes[place - 1].kind == "item":
            node.tight = len(node.gap)
