"""Texts merged three ways: a value as a whole, lines, words."""

from __future__ import annotations

from . import lines as L
from .diff import hunks, kept
from .words import placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .blocks import Gap
    from .diff import Hunk


def value(o: bytes | None, a: bytes, b: bytes) -> bytes | None:
    """A value merged three ways; None where both sides changed it, each in its own way."""
    if a == b or (o is not None and b == o):
        return a
    return b if o is not None and a == o else None


def filled(o: bytes | None, a: bytes, b: bytes) -> bool | None:
    """True (False) where b (a) alone fills the placeholder that base has, or that the other side put there."""
    if o is not None and not placeholder(o):
        return None
    one, two = placeholder(a), placeholder(b)
    return one if one != two else None


def merged_text(o: bytes | None, a: bytes, b: bytes, whole: bool = False) -> bytes | None:
    """Two versions of a text, if their edits do not meet; `whole`: a value of one piece."""
    words_a, words_b = a.split(), b.split()
    if words_a == words_b and (o is None or a == b):
        return max(a, b, key=lambda text: (text.count(b"\n"), text))
    if o is None:
        return None
    o, a, b = _one_emphasis(o, a, b)
    words_o, words_a, words_b = o.split(), a.split(), b.split()
    if whole and words_a != words_o and words_b != words_o and words_a != words_b:
        return None
    if a == o or (words_a == words_o and b"\n" not in o + a + b):
        return b
    if b == o or (words_b == words_o and b"\n" not in o + a + b):
        return a
    if b"\n" in o and words_a != words_o and words_b != words_o:
        found = merge_lines(o, a, b)
        if found is not None:
            return found
    return merge_words(o, a, b)


def _one_emphasis(o: bytes, a: bytes, b: bytes) -> tuple[bytes, bytes, bytes]:
    """Three versions with `**` or `__` as the side has it that turned all of one into the other."""
    for old, new in ((b"__", b"**"), (b"**", b"__")):
        for side in (a, b):
            if old in o and new not in o and new in side and old not in side:
                return o.replace(old, new), a.replace(old, new), b.replace(old, new)
    return o, a, b


def merge_lines(o: bytes, a: bytes, b: bytes, second: bool | None = None) -> bytes | None:
    """Three texts merged line by line: edits may touch. Where both edited one line, `second` tells whose stands.

    None where nobody does.
    """
    rows = [text.split(b"\n") for text in (o, a, b)]
    keys = [[row.rstrip(L.BLANK) for row in text] for text in rows]
    one, two = (_by_line(hunks(keys[0], keys[side])) for side in (1, 2))
    two = [k for k in two if not any(h[:2] == k[:2] and rows[1][h[2] : h[3]] == rows[2][k[2] : k[3]] for h in one)]
    clash = [k for k in two if any(_meet(h, k) for h in one)]
    if clash and second is None:
        return None
    if second:
        one = [h for h in one if not any(_meet(h, k) for k in clash)]
    elif clash:
        two = [k for k in two if k not in clash]
    out: list[bytes] = []
    at = 0
    turns = [(*hunk[:2], side, *hunk[2:]) for side, script in ((1, one), (2, two)) for hunk in script]
    for start, end, side, first, last in sorted(turns):
        out += rows[0][at:start] + rows[side][first:last]
        at = end
    return b"\n".join(out + rows[0][at:]) or None


def _by_line(script: list[Hunk]) -> list[Hunk]:
    """Hunks of as many lines on both sides as one hunk a line."""
    out: list[Hunk] = []
    for start, end, first, last in script:
        if end - start == last - first:
            out += [(start + k, start + k + 1, first + k, first + k + 1) for k in range(end - start)]
        else:
            out.append((start, end, first, last))
    return out


def _meet(one: Hunk, two: Hunk) -> bool:
    """Do two hunks share a line, or insert at one place?"""
    start, end = max(one[0], two[0]), min(one[1], two[1])
    return start < end or (start == end and (one[0] == one[1] or two[0] == two[1]))


def union_lines(o: Gap, a: Gap, b: Gap) -> list[bytes]:
    """Lines as units: what one side took out is gone, what either added stands, the lesser text first."""
    old, one, two = ([row.rstrip(L.BLANK) for row in rows] for rows in (o, a, b))
    here, there = (kept(hunks(old, side), len(old)) for side in (one, two))
    from_a, from_b = set(here), set(there)
    both = {i for i, j in zip(here, there, strict=True) if i >= 0 and j >= 0}  # whatever the order of the sides
    to_b = kept(hunks(one, two), len(one))
    out: list[bytes] = []
    at = 0
    mine: list[bytes] = []
    for i in [*range(len(a)), len(a)]:
        j = to_b[i] if i < len(a) else len(b)
        if j < 0:
            mine += [a[i]] if i not in from_a or i in both else []
            continue
        other = [b[k] for k in range(at, j) if k not in from_b]
        for text in sorted((mine, other)):
            out += text
        out += [a[i]] if i < len(a) else []
        at, mine = j + 1, []
    return out


def merge_words(o: bytes, a: bytes, b: bytes) -> bytes | None:
    """Two edits of one text at different words; None where they touch, or where a side rewrote most of it.

    Where the lines break is a value of each place: it is merged by itself.
    """
    words, spaces = zip(*(_split(text) for text in (o, a, b)), strict=True)
    to_a, to_b = hunks(words[0], words[1]), hunks(words[0], words[2])
    if to_a and to_b and not (_keeps_half(to_a, len(words[0])) and _keeps_half(to_b, len(words[0]))):
        return None
    turns = _in_turn(words, to_a, to_b)
    if turns is None:
        return None
    out: list[bytes] = []
    at = [0, 0, 0]  # the next word of each version
    for sides, start, end, first, last in [*turns, ((), len(words[0]), len(words[0]), 0, 0)]:
        while at[0] < start:
            out += (_space(spaces[0][at[0]], spaces[1][at[1]], spaces[2][at[2]]), words[0][at[0]])
            at = [place + 1 for place in at]
        for k in range(first, last):
            out += (spaces[sides[0]][k], words[sides[0]][k])
        at = [end] + [at[k] + (last - first if k in sides else end - start) for k in (1, 2)]
    out.append(_space(spaces[0][at[0]], spaces[1][at[1]], spaces[2][at[2]]))
    text = b"".join(out)
    return text if text.split() else None


def _split(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """The words of a text, and the white space behind each (one more in front)."""
    words = text.split()
    spaces: list[bytes] = []
    at = 0
    for word in words:
        found = text.find(word, at)
        spaces.append(text[at:found])
        at = found + len(word)
    spaces.append(text[at:])
    return words, spaces


def _keeps_half(script: list[Hunk], size: int) -> bool:
    return 2 * sum(end - start for start, end, _, _ in script) <= size


def _in_turn(
    words: tuple[list[bytes], ...], to_a: list[Hunk], to_b: list[Hunk]
) -> list[tuple[tuple[int, ...], int, int, int, int]] | None:
    """The changes of both sides in order, those that both made once; None where two of them touch."""
    turns: list[tuple[tuple[int, ...], int, int, int, int]] = []
    others = {hunk[:2]: hunk for hunk in to_b}
    for hunk in to_a:
        b = others.get(hunk[:2])
        same = b is not None and words[2][b[2] : b[3]] == words[1][hunk[2] : hunk[3]]
        if same:
            del others[hunk[:2]]
        turns.append(((1, 2) if same else (1,), *hunk))
    turns = sorted(turns + [((2,), *hunk) for hunk in others.values()], key=lambda turn: turn[1:3])
    for one, two in zip(turns, turns[1:], strict=False):
        if one[0] != two[0] and two[1] <= one[2]:
            return None
    return turns


def _space(o: bytes, a: bytes, b: bytes) -> bytes:
    if a == b or b == o:
        return a
    return b if a == o else max(a, b)
