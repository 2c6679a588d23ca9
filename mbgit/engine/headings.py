"""Where the headings of a file stand: those that no fence and no comment hides."""

from __future__ import annotations

from . import lines as L
from .blocks import BREAKS, FENCES, comment_end, fence_end, front_end, item_offset

_WHITE = frozenset((b" ", b"\t"))
_UNDER = frozenset((b"=", b"-"))
_TELLING = frozenset((b"#", b"`", b"~", b"<", b"=", b"-", b" ", b"\t"))


def find_headings(rows: list[bytes]) -> list[tuple[int, int, int]]:
    """Every heading as (first line, number of lines, level): those that no fence or comment hides.

    One loop over all lines of a file, most of which it leaves after a look at their first byte: speed.
    """
    found: list[tuple[int, int, int]] = []
    at = front_end(rows)
    floor = at  # no setext heading's text begins above this line
    outside = at  # nor an item in which a fence stands: what looks like one may be the text of another fence
    total = len(rows)
    comments = True  # until one is not closed: then no later one is
    while at < total:
        row = rows[at]
        first = row[:1]
        if first not in _TELLING or (row[1:2] == b" " and row[2:3].isalnum() and first == b"-"):
            at += 1
            continue
        text = row.lstrip(b" \t") if first in _WHITE else row
        first = text[:1]
        if first == b"#":
            level = L.heading_level(text)
            if level and (text is row or (L.indent(row) < 4 and not _inside_item(rows, at, floor))):
                found.append((at, 1, level))
                floor = at + 1
        elif first in FENCES:
            mark = L.fence_open(text)
            if mark and _may_open(rows, at, floor):
                offset = -1 if text is row else item_offset(rows, at, outside)
                at = floor = fence_end(rows, at, total, mark, offset)
                outside = outside if offset > 0 else at
                continue
        elif first == b"<":
            if comments and text.startswith(b"<!--") and (text is row or L.indent(row) < 4):
                end = comment_end(rows, at, total)
                comments = end > 0
                if end:
                    at = floor = end
                    continue
        elif first in _UNDER and L.is_underline(text) and (text is row or L.indent(row) < 4):
            start = _paragraph_above(rows, at, floor)
            if start < at:
                found.append((start, at + 1 - start, L.is_underline(text)))
            floor = at + 1
        at += 1
    return found


def _may_open(rows: list[bytes], at: int, floor: int) -> bool:
    """A fence mark set far in is code, unless it stands in a list item."""
    return L.indent(rows[at]) < 4 or item_offset(rows, at, floor) >= 0


def _inside_item(rows: list[bytes], at: int, floor: int) -> bool:
    offset = item_offset(rows, at, floor)
    return 0 <= offset <= L.indent(rows[at])


def _paragraph_above(rows: list[bytes], at: int, floor: int) -> int:
    """Where the paragraph that ends above line `at` begins; `at` itself where there is none."""
    start = at
    while start > floor:
        row = rows[start - 1]
        text = row.lstrip(b" \t")
        if not text.strip(L.BLANK):
            break
        if text[:1] == b">" or L.html_kind(text) or L.is_delimiter(row) or L.is_break(text):
            return at if start == at or text[:1] == b">" or L.html_kind(text) or L.is_delimiter(row) else start
        width = L.marker_width(text)
        if width and text[width:].strip(L.BLANK):
            return at
        start -= 1
    if start < at and (L.indent(rows[start]) > 3 or _inside_item_block(rows, start, floor)):
        return at
    return start


def _inside_item_block(rows: list[bytes], at: int, floor: int) -> bool:
    return L.indent(rows[at]) > 0 and _inside_item(rows, at, floor)


def separates(row: bytes) -> bool:
    """Blank lines and breaks (`---`) above a heading belong to that heading: they part it from what is above."""
    text = row.strip(L.BLANK)
    return not text or (row[:1] in BREAKS and L.is_break(text))
