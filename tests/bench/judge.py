"""What can be said about a merge from its four texts alone: lines, entries, and markdown-it-py's view.

Nothing here knows how the engine works. A *line* is compared by what it says: white space at its end, the
padding of cells and the ordinal of a numbered item are no part of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from markdown_it import MarkdownIt

BOM = b"\xef\xbb\xbf"
MONTHS = rb"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
HEADING = re.compile(rb" {0,3}(#{1,6})(?:[ \t]|$)")
ORDINAL = re.compile(rb"^([ \t>]*)\d{1,9}([.)])(?=[ \t\r]|$)")
BULLET = re.compile(rb"^([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|$)")
BREAK = re.compile(rb"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
FENCE = re.compile(rb"^[ \t]*(?:[-*+] +|>[ \t]?)*(`{3,}|~{3,})(.*)$")
DELIMITER = re.compile(rb":?-+:?$")
DATED = re.compile(
    rb"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\b(?:" + MONTHS + rb")[a-z]*\.? \d{1,2},? \d{4}"
    rb"|\b\d{1,2} (?:" + MONTHS + rb")[a-z]* \d{4}|\b[A-Z]{2,}[-_]\d{2,}\b|(?<!\w)#\d+\b",
    re.IGNORECASE,
)  # fmt: skip

_PARSER = MarkdownIt("commonmark").enable("table")
_PARSER.core.ruler.enableOnly(["normalize", "block"])


def lines_of(data: bytes) -> list[bytes]:
    """The lines without their ends, and without a byte order mark."""
    return [line.rstrip(b"\r") for line in data.removeprefix(BOM).split(b"\n")]


def cells_of(row: bytes) -> list[bytes]:
    """The cells of a table row without padding; dashes of a delimiter cell count as one."""
    cells = [cell.strip() for cell in re.split(rb"(?<!\\)\|", row.strip())]
    return [re.sub(rb"-+", b"-", cell) if DELIMITER.match(cell) else cell for cell in cells if cell]


@lru_cache(1 << 17)
def says(line: bytes) -> bytes:
    """What a line says: equal for two spellings of one line, empty for a blank one."""
    line = line.rstrip()
    if line.lstrip().startswith(b"|"):
        return b"|" + b"|".join(cells_of(line))
    return ORDINAL.sub(rb"\1#\2", line)


def has_words(line: bytes) -> bool:
    """A delimiter row, the mark of a fence or an empty heading has none."""
    return any(chr(c).isalnum() for c in line)


def counted(data: bytes) -> Counter[bytes]:
    """How often each line that is not blank stands in a text."""
    found = Counter(map(says, lines_of(data)))
    del found[b""]
    return found


def expected_count(base: int, ours: int, theirs: int) -> int:
    """How often interchangeable siblings stand after a merge."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if ours > base and theirs > base:
        return max(ours, theirs)
    return min(ours, theirs) if ours < base and theirs < base else ours + theirs - base


def least(base: int, ours: int, theirs: int) -> int:
    """Fewer than this is a loss, whichever of the equal ones each side took out."""
    return max(ours, theirs) if min(ours, theirs) >= base else max(0, ours + theirs - base)


def most(base: int, ours: int, theirs: int) -> int:
    """More than this is a doubling."""
    return max(ours, theirs, ours + theirs - base)


class Triple:
    """Base and two sides, with what is derived from them once."""

    def __init__(self, base: bytes, ours: bytes, theirs: bytes) -> None:
        self.texts = base, ours, theirs
        self.base, self.ours, self.theirs = counted(base), counted(ours), counted(theirs)

    def three(self, line: bytes) -> tuple[int, int, int]:
        return self.base[line], self.ours[line], self.theirs[line]


def lost(t: Triple, result: bytes, asides: Iterable[bytes] = ()) -> list[bytes]:
    """Lines that a side added or both kept, in neither the result nor the texts set aside."""
    have = counted(result)
    for text in asides:
        have += counted(text)
    low = [line for line in t.ours | t.theirs if have[line] < least(*t.three(line))]
    often = {line for line in low if max(t.three(line)) > 1}
    return [line for line in low if line not in often or _lost_in_place(t, result, line)]


def _lost_in_place(t: Triple, result: bytes, line: bytes) -> bool:
    """Whether a line that repeats is missing under one heading too: that tells which one is meant."""
    base, ours, theirs, have = (under_headings(text, line) for text in (*t.texts, result))
    return any(have[head] < least(base[head], ours[head], theirs[head]) for head in ours | theirs)


def under_headings(data: bytes, wanted: bytes) -> Counter[tuple[bytes, ...]]:
    """How often a line stands under each path of headings."""
    found: Counter[tuple[bytes, ...]] = Counter()
    path: list[tuple[int, bytes]] = []
    lines = lines_of(data)
    for line, veil in zip(lines, hidden(lines), strict=True):
        mark = None if veil else HEADING.match(line)
        if mark:
            path = [(level, text) for level, text in path if level < len(mark[1])]
        found[tuple(text for _, text in path)] += says(line) == wanted
        if mark:
            path.append((len(mark[1]), line.rstrip()))
    return found


def above(t: Triple, result: bytes) -> list[bytes]:
    """Lines that stand more often than both sides together can account for."""
    return [line for line, n in counted(result).items() if n > most(*t.three(line))]


def invented(t: Triple, result: bytes) -> list[bytes]:
    """Lines of the result that are no line of a side; ordinals, padded rows and what closes a fence excepted.

    A comment that a side left open is taken for a fence here: closed by a line of its own.
    """
    known = {line for side in t.texts[1:] for line in lines_of(side)}
    sides = t.ours | t.theirs
    return [x for x in lines_of(result) if x and x not in known and not _excepted(x, sides)]


def _excepted(line: bytes, sides: Counter[bytes]) -> bool:
    if not line.strip():
        return False
    if re.fullmatch(rb"[ \t>]*(`{3,}|~{3,}|-->)", line):
        return True
    respelled = line.lstrip().startswith(b"|") or ORDINAL.match(line)
    return bool(respelled) and says(line) in sides


class Entry:
    """A dated or id heading, an item or a row, with all that it holds."""

    __slots__ = ("head", "kind", "lines")

    def __init__(self, kind: str, lines: list[bytes]) -> None:
        self.kind, self.head = kind, says(lines[0])
        self.lines = tuple(x for x in map(says, lines) if x)

    @property
    def key(self) -> tuple[bytes, ...]:
        return self.lines


def hidden(lines: list[bytes]) -> list[bool]:
    """For each line, whether a fence or a comment hides it (markers included)."""
    found, fence, comment = [], b"", False
    for line in lines:
        mark = FENCE.match(line)
        if comment:
            found.append(True)
            comment = b"-->" not in line
        elif fence:
            found.append(True)
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = b""
        elif mark and not (mark[1][:1] == b"`" and b"`" in mark[2]):
            found.append(True)
            fence = mark[1]
        else:
            comment = line.lstrip().startswith(b"<!--") and b"-->" not in line.split(b"<!--", 1)[1]
            found.append(comment)
    return found


def entries(data: bytes) -> list[Entry]:
    """Every entry of a text, nested ones too."""
    lines = lines_of(data)
    veiled = hidden(lines)
    return [*_headed(lines, veiled), *_items(lines, veiled), *_rows(lines, veiled)]


def _headed(lines: list[bytes], veiled: list[bool]) -> Iterator[Entry]:
    marks = (None if veil else HEADING.match(x) for x, veil in zip(lines, veiled, strict=True))
    levels = [len(mark[1]) if mark else 0 for mark in marks]
    starts = [i for i, level in enumerate(levels) if level]
    for at, start in enumerate(starts):
        if DATED.search(lines[start]):
            ends = (i for i in starts[at + 1 :] if levels[i] <= levels[start])
            yield Entry("heading", lines[start : next(ends, len(lines))])


def _items(lines: list[bytes], veiled: list[bool]) -> Iterator[Entry]:
    for i, line in enumerate(lines):
        mark = BULLET.match(line)
        if mark and not veiled[i] and not BREAK.match(line):
            yield Entry("item", lines[i : _item_end(lines, i, len(mark[1].expandtabs(4)))])


def _item_end(lines: list[bytes], start: int, indent: int) -> int:
    """An item reaches to the first line that is indented no deeper than its marker."""
    end = start + 1
    for i in range(start + 1, len(lines)):
        text = lines[i].expandtabs(4)
        if not text.strip():
            continue
        if len(text) - len(text.lstrip()) <= indent:
            break
        end = i + 1
    return end


def _rows(lines: list[bytes], veiled: list[bool]) -> Iterator[Entry]:
    for line, veil in zip(lines, veiled, strict=True):
        if line.startswith(b"|") and not veil and not all(map(DELIMITER.match, cells_of(line))):
            yield Entry("row", [line])


def doubled(t: Triple, result: bytes) -> list[Entry]:
    """Entries, with all they hold, more often than both sides together can account for.

    Two entries may come to say the same because each lost what told them apart: so one of its lines must be
    too many.
    """
    over_lines = set(above(t, result))
    if not over_lines:
        return []
    counts = [Counter(e.key for e in entries(text)) for text in t.texts]
    have: Counter[tuple[bytes, ...]] = Counter()
    over = {}
    for e in entries(result):
        have[e.key] += 1
        if have[e.key] > most(*(c[e.key] for c in counts)) and over_lines.intersection(e.lines):
            over[e.key] = e
    return list(over.values())


def resurrected(t: Triple, result: bytes) -> list[bytes]:
    """Base lines that one side took out and the other did not add to, still there.

    Excepted: headings and the heads of tables (a container's head survives over what was added in it), and the
    lines of an entry that one side took out and the other edited.
    """
    have, kept = counted(result), None
    found = []
    for line, o in t.base.items():
        a, b = t.ours[line], t.theirs[line]
        if min(a, b) >= o or max(a, b) > o or have[line] <= expected_count(o, a, b) or HEADING.match(line):
            continue
        if line in _table_heads(t.texts[0]):
            continue
        kept = _kept_whole(t) if kept is None else kept
        if line not in kept:
            found.append(line)
    return found


@lru_cache(8)
def _table_heads(data: bytes) -> frozenset[bytes]:
    """Delimiter rows, and the rows above them."""
    lines = [says(x) for x in lines_of(data)]
    pairs = zip(lines, lines[1:], strict=False)
    found = (pair for pair in pairs if pair[1][:1] == b"|" and all(map(DELIMITER.match, cells_of(pair[1]))))
    return frozenset(line for pair in found for line in pair)


def _kept_whole(t: Triple) -> set[bytes]:
    """Lines of entries whose head one side took out while the other edited the entry."""
    base, ours, theirs = ([*entries(text)] for text in t.texts)
    known = {e.key for e in base}
    heads = Counter(e.head for e in base)
    found: set[bytes] = set()
    for gone, edited in ((ours, theirs), (theirs, ours)):
        left = Counter(e.head for e in gone)
        missing = [set(e.lines) for e in base if left[e.head] < heads[e.head]]
        for e in edited:
            if e.key not in known:
                near = [lines for lines in missing if e.head in lines or e.kind == "item"]
                found.update(*(lines.intersection(e.lines) for lines in near))
    return found


@lru_cache(64)
def seen(data: bytes) -> dict[bytes, frozenset[str]]:
    """For each line, the kinds of block that markdown-it-py sees it in."""
    found: dict[bytes, set[str]] = {}
    for line, kind in view(data):
        if line.strip():
            found.setdefault(says(line), set()).add(kind)
    return {line: frozenset(k) for line, k in found.items()}


def view(data: bytes) -> list[tuple[bytes, str]]:
    """Every line with the kind of block that markdown-it-py sees it in; front matter is taken off first.

    `heading2`, `fence`, `code`, `html`, `row`, `para`, `lazy`, `break`, `front`, `blank`; before it `item` on
    the first line of one, `quote` inside of one.
    """
    text = data.removeprefix(BOM).replace(b"\r\n", b"\n").replace(b"\r", b" ").decode("utf-8", "replace")
    lines = text.split("\n")
    front = _front_matter(lines)
    kinds = ["front"] * front + _kinds(lines[front:])
    return [(line.encode(), kind) for line, kind in zip(lines, kinds, strict=True)]


def _front_matter(lines: list[str]) -> int:
    if lines[0].rstrip() != "---":
        return 0
    return next((i + 1 for i, x in enumerate(lines) if i and x.rstrip() in ("---", "...")), 0)


def _kinds(lines: list[str]) -> list[str]:
    heads: set[int] = set()
    quoted: set[int] = set()
    kinds, lists = ["blank"] * len(lines), 0
    for token in _PARSER.parse("\n".join(lines)):
        lists += token.nesting if token.type in _LISTS else 0
        if not token.map:
            continue
        first, last = token.map[0], min(token.map[1], len(lines))
        if token.type == "list_item_open":
            heads.add(first)
        elif token.type == "blockquote_open":
            quoted.update(range(first, last))
        elif token.type == "paragraph_open" and lists:
            kinds[first:last] = [_para(lines[i], i == first) for i in range(first, last)]
        elif token.type in _LEAVES:
            level = token.tag[1:] if token.type == "heading_open" else ""
            kinds[first:last] = [_LEAVES[token.type] + level] * (last - first)
    return ["item " * (i in heads) + "quote " * (i in quoted) + kind for i, kind in enumerate(kinds)]


def _para(line: str, first: bool) -> str:
    """A paragraph's line in a list; lazy: held there by nothing but the missing blank line above it."""
    return "para" if first or line[:1] in (" ", "\t", ">") else "lazy"


_LISTS = ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close")
_LEAVES = {
    "heading_open": "heading", "fence": "fence", "code_block": "code", "html_block": "html",
    "tr_open": "row", "table_open": "row", "paragraph_open": "para", "hr": "break",
}  # fmt: skip


def recut(t: Triple, result: bytes) -> list[tuple[bytes, str, str]]:
    """Lines that a Markdown reader takes for something that they are in neither side: line, before, now."""
    before = [seen(side) for side in t.texts[1:]]
    found = []
    for line, kinds in seen(result).items():
        was = before[0].get(line, frozenset()) | before[1].get(line, frozenset())
        if was and not kinds <= was and not re.fullmatch(rb"[ \t>]*(`{3,}|~{3,})", line):
            found.append((line, "/".join(sorted(was)), "/".join(sorted(kinds - was))))
    return found


def unparted(t: Triple, result: bytes) -> list[bytes]:
    """Headings that stand after a blank line in every side that holds them, and after none in the result."""
    parted: set[bytes] = set()
    glued: set[bytes] = set()
    for side in t.texts[1:]:
        for line, apart in _headings(side):
            (parted if apart else glued).add(line)
    return [line for line, apart in _headings(result) if not apart and line in parted - glued]


def _headings(data: bytes) -> Iterator[tuple[bytes, bool]]:
    lines = lines_of(data)
    for i, (line, veil) in enumerate(zip(lines, hidden(lines), strict=True)):
        if not veil and HEADING.match(line):
            yield says(line), i == 0 or not lines[i - 1].strip()


def alike(one: bytes, other: bytes) -> float:
    """How much of two texts' lines is common, 0 to 1."""
    a, b = counted(one), counted(other)
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0
