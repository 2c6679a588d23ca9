"""Lines as git compares them: which lines a side kept, and what git's own merge of three texts would be.

Law 0 says that git's answer stands where it is clean, so "clean" must mean here what it means to git: the greedy
diff of Myers in linear space, lines that have no partner left out first, changes slid as far down as they go, and
two changes in conflict where they overlap or touch and do not say the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    Hunk = tuple[int, int, int, int]
    """Lines start..end of base that are lines start..end of a side instead (ends not included)."""

FOLD = b"\0"  # begins the line that stands for a run of lines of a large file, whose number ends it (`large`)
MOST_EQUAL = 1024  # a line that stands more often than this in the other text is common, whatever its length
LEAST_COST = 256  # edits that are always looked for exactly; beyond, the square root of the size is


def hunks(base: Sequence[Hashable], side: Sequence[Hashable]) -> list[Hunk]:
    """The changes that make `base` into `side`, in order."""
    long = len(base) >= LONG and len(side) >= LONG
    return _between(base, side, _long_runs(base, side) if long else [])


def hunks_of_lines(base: Sequence[bytes], side: Sequence[bytes]) -> list[Hunk]:
    """The same of lines, in which a fold stands where it stands: git sees all the lines that it hides."""
    known = {line: at for at, line in enumerate(side) if line[:1] == FOLD}
    if not known:
        return hunks(base, side)
    folds: list[tuple[int, int, int]] = []
    for at, line in enumerate(base):
        if line in known and (not folds or folds[-1][1] < known[line]):
            folds.append((at, known[line], 1))
    return _between(base, side, folds)


def _between(base: Sequence[Hashable], side: Sequence[Hashable], runs: Sequence[tuple[int, int, int]]) -> list[Hunk]:
    """The changes between (and at the ends of) stretches that both texts have."""
    found: list[Hunk] = []
    i = j = 0
    for start, start_side, size in [*runs, (len(base), len(side), 0)]:
        end, end_side = start + min(MARGIN, size), start_side + min(MARGIN, size)
        found += [(i + a, i + b, j + c, j + d) for a, b, c, d in _hunks(base[i:end], side[j:end_side])]
        i, j = start + size - min(MARGIN, size), start_side + size - min(MARGIN, size)
    return found


def _long_runs(base: Sequence[Hashable], side: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Long stretches that both texts have, each from a line on that stands once in both, in the same order.

    As (start, start in the side, size).
    """
    single, once = _once(base), _once(side)
    found: list[tuple[int, int, int]] = []
    at = below = 0
    while at < len(base):
        there = once.get(base[at], -1)
        if there < below or single[base[at]] < 0:
            at += 1
            continue
        start, start_side = at, there
        while at < len(base) and there < len(side) and base[at] == side[there]:
            at, there = at + 1, there + 1
        if at - start >= 4 * MARGIN:
            found.append((start, start_side, at - start))
            below = there
    return found


def _once(text: Sequence[Hashable]) -> dict[Hashable, int]:
    """line -> where it stands; -1 for one that repeats."""
    found: dict[Hashable, int] = {}
    for at, line in enumerate(text):
        found[line] = -1 if line in found else at
    return found


LONG = 20_000  # lines from which long runs of single lines are taken for common without a search
MARGIN = 16  # lines of such a run that are left to the search at each end: a change may slide there


def _hunks(base: Sequence[Hashable], side: Sequence[Hashable]) -> list[Hunk]:
    low, high = 0, 0
    most = min(len(base), len(side))
    while low < most and base[low] == side[low]:
        low += 1
    most -= low
    while high < most and base[-1 - high] == side[-1 - high]:
        high += 1
    gone, new = bytearray(len(base) + 1), bytearray(len(side) + 1)
    old_at, new_at = _candidates(base, side, low, high, gone, new)
    _Search(base, side, old_at, new_at, gone, new).run()
    _slide(base, gone, new)
    _slide(side, new, gone)
    return _script(gone, new, len(base), len(side))


def _candidates(
    base: Sequence[Hashable], side: Sequence[Hashable], low: int, high: int, gone: bytearray, new: bytearray
) -> tuple[list[int], list[int]]:
    """The lines that may have a partner; the others are marked as changed at once."""
    counts = []
    for text in (base, side):
        count: dict[Hashable, int] = {}
        for line in text:
            count[line] = count.get(line, 0) + 1
        counts.append(count)
    found = []
    for text, other, marks in ((base, counts[1], gone), (side, counts[0], new)):
        end = len(text) - high
        limit = min(_root(len(text)), MOST_EQUAL)
        often = [other.get(text[at], 0) for at in range(low, end)]
        ends = _ends(often, limit) if max(often, default=0) >= limit else []
        kept: list[int] = []
        start = 0
        for at, times in enumerate(often):
            if not times or (times >= limit and _lonely(often, start, at, ends[at])):
                marks[low + at] = 1
            else:
                kept.append(low + at)
            if 0 < times < limit:
                start = at + 1
        found.append(kept)
    return found[0], found[1]


def _root(size: int) -> int:
    """A power of two near the square root, as git reckons it."""
    root = 1
    while size > 0:
        root, size = root << 1, size >> 2
    return root


def _ends(often: list[int], limit: int) -> list[int]:
    """For each line the next one behind it that is neither common nor without a partner."""
    ends = [len(often)] * len(often)
    for at in range(len(often) - 1, 0, -1):
        ends[at - 1] = at if 0 < often[at] < limit else ends[at]
    return ends


def _lonely(often: list[int], start: int, at: int, end: int) -> bool:
    """Does a common line stand among lines (start..end) of which most have no partner? Then it is no anchor."""
    before, behind = often[max(start, at - 100) : at], often[at + 1 : min(end, at + 101)]
    without = before.count(0), behind.count(0)
    if not without[0] or not without[1]:
        return False
    return (len(before) + len(behind) - sum(without) + 1) * 4 < len(before) + len(behind)


class _Search:
    """The greedy search from both ends, divided at the middle of the cheapest way (Myers, linear space)."""

    def __init__(
        self, base: Sequence[Hashable], side: Sequence[Hashable], old_at: list[int], new_at: list[int],
        gone: bytearray, new: bytearray,
    ) -> None:  # fmt: skip
        self.old = [base[at] for at in old_at]
        self.new = [side[at] for at in new_at]
        self.old_at, self.new_at, self.marks = old_at, new_at, (gone, new)
        self.most = max(_root(len(self.old) + len(self.new) + 3), LEAST_COST)

    def run(self) -> None:
        stack = [(0, len(self.old), 0, len(self.new))]
        x, y = self.old, self.new
        while stack:
            i, i_end, j, j_end = stack.pop()
            while i < i_end and j < j_end and x[i] == y[j]:
                i, j = i + 1, j + 1
            while i < i_end and j < j_end and x[i_end - 1] == y[j_end - 1]:
                i_end, j_end = i_end - 1, j_end - 1
            if i == i_end or j == j_end:
                for at in range(i, i_end):
                    self.marks[0][self.old_at[at]] = 1
                for at in range(j, j_end):
                    self.marks[1][self.new_at[at]] = 1
                continue
            i_mid, j_mid = self.split(i, i_end, j, j_end)
            stack.append((i_mid, i_end, j_mid, j_end))
            stack.append((i, i_mid, j, j_mid))

    def split(self, i: int, i_end: int, j: int, j_end: int) -> tuple[int, int]:
        """A point on the cheapest way through a box, or after too many edits on the furthest one.

        In one piece: these loops are where the time of a merge goes, and a call in them costs as much as they do.
        """
        x, y = self.old, self.new
        low, high = i - j_end, i_end - j
        mid_f, mid_b = i - j, i_end - j_end
        odd = (mid_f - mid_b) & 1
        f_low = f_high = mid_f
        b_low = b_high = mid_b
        ahead, back = {mid_f: i}, {mid_b: i_end}
        cost = 0
        while True:
            cost += 1
            if f_low > low:
                f_low -= 1
                ahead[f_low - 1] = -1
            else:
                f_low += 1
            if f_high < high:
                f_high += 1
                ahead[f_high + 1] = -1
            else:
                f_high -= 1
            for d in range(f_high, f_low - 1, -2):
                one, other = ahead.get(d - 1, -1), ahead.get(d + 1, -1)
                at = one + 1 if one >= other else other
                to = at - d
                while at < i_end and to < j_end and x[at] == y[to]:
                    at, to = at + 1, to + 1
                ahead[d] = at
                if odd and b_low <= d <= b_high and back[d] <= at:
                    return at, to
            if b_low > low:
                b_low -= 1
                back[b_low - 1] = _FAR
            else:
                b_low += 1
            if b_high < high:
                b_high += 1
                back[b_high + 1] = _FAR
            else:
                b_high -= 1
            for d in range(b_high, b_low - 1, -2):
                one, other = back.get(d - 1, _FAR), back.get(d + 1, _FAR)
                at = one if one < other else other - 1
                to = at - d
                while at > i and to > j and x[at - 1] == y[to - 1]:
                    at, to = at - 1, to - 1
                back[d] = at
                if not odd and f_low <= d <= f_high and at <= ahead[d]:
                    return at, to
            if cost >= self.most:
                return self.furthest(i, i_end, j, j_end, (ahead, f_low, f_high), (back, b_low, b_high))

    def furthest(
        self, i: int, i_end: int, j: int, j_end: int,
        forth: tuple[dict[int, int], int, int], back: tuple[dict[int, int], int, int],
    ) -> tuple[int, int]:  # fmt: skip
        best, way = -1, (i, j)
        for d in range(forth[2], forth[1] - 1, -2):
            at = min(forth[0][d], i_end)
            if at - d > j_end:
                at = j_end + d
            if at + (at - d) > best:
                best, way = at + (at - d), (at, at - d)
        least, other = _FAR, (i_end, j_end)
        for d in range(back[2], back[1] - 1, -2):
            at = max(i, back[0][d])
            if at - d < j:
                at = j + d
            if at + (at - d) < least:
                least, other = at + (at - d), (at, at - d)
        return way if (i_end + j_end) - least < best - (i + j) else other


_FAR = 1 << 60


def _slide(text: Sequence[Hashable], marks: bytearray, others: bytearray) -> None:
    """Slide each group of changed lines as far down as it goes, or to where it meets a change of the other text.

    In one piece, as git has it: the two are compared line by line where they should ever differ.
    """
    total = len(text)
    start = end = 0
    while marks[end]:
        end += 1
    o_start = o_end = 0
    while others[o_end]:
        o_end += 1
    while True:
        while end > start:
            size = end - start
            matching = -1
            while start > 0 and text[start - 1] == text[end - 1]:  # up
                start, end = start - 1, end - 1
                marks[start], marks[end] = 1, 0
                while start > 0 and marks[start - 1]:
                    start -= 1
                o_end = o_start - 1
                o_start = o_end
                while o_start > 0 and others[o_start - 1]:
                    o_start -= 1
            first = end
            if o_end > o_start:
                matching = end
            while end < total and text[start] == text[end]:  # down
                marks[start], marks[end] = 0, 1
                start, end = start + 1, end + 1
                while marks[end]:
                    end += 1
                o_start = o_end = o_end + 1
                while others[o_end]:
                    o_end += 1
                if o_end > o_start:
                    matching = end
            if size != end - start:
                continue
            if end != first and matching >= 0:
                while o_end == o_start:
                    start, end = start - 1, end - 1
                    marks[start], marks[end] = 1, 0
                    while start > 0 and marks[start - 1]:
                        start -= 1
                    o_end = o_start - 1
                    o_start = o_end
                    while o_start > 0 and others[o_start - 1]:
                        o_start -= 1
            break
        if end == total:
            return
        start = end = end + 1
        while marks[end]:
            end += 1
        o_start = o_end = o_end + 1
        while others[o_end]:
            o_end += 1


def _script(gone: bytearray, new: bytearray, size: int, size_side: int) -> list[Hunk]:
    found = []
    i = j = 0
    while i < size or j < size_side:
        if gone[i] or new[j]:
            start, to = i, j
            while gone[i]:
                i += 1
            while new[j]:
                j += 1
            found.append((start, i, to, j))
        else:
            i, j = i + 1, j + 1
    return found


def kept(script: list[Hunk], size: int) -> list[int]:
    """For each line of base the line of the side that it became, -1 where it is gone."""
    to = [-1] * size
    i = j = 0
    for start, end, _start_side, end_side in [*script, (size, size, 0, 0)]:
        for at in range(i, start):
            to[at] = j + at - i
        i, j = end, end_side
    return to


def clean(base: Sequence[bytes], a: Sequence[bytes], b: Sequence[bytes]) -> list[bytes] | None:
    """The lines of git's merge where no two changes are in conflict, else None."""
    return joined(base, a, b, hunks(base, a), hunks(base, b))


def joined(
    base: Sequence[bytes], a: Sequence[bytes], b: Sequence[bytes], to_a: list[Hunk], to_b: list[Hunk]
) -> list[bytes] | None:
    """The same from the two scripts."""
    out: list[bytes] = []
    at = i = j = 0
    while i < len(to_a) or j < len(to_b):
        one = to_a[i] if i < len(to_a) else None
        other = to_b[j] if j < len(to_b) else None
        if one and (not other or one[1] < other[0]):
            out += base[at : one[0]]
            out += a[one[2] : one[3]]
            at, i = one[1], i + 1
        elif other and (not one or other[1] < one[0]):
            out += base[at : other[0]]
            out += b[other[2] : other[3]]
            at, j = other[1], j + 1
        elif one and other:
            start, end = min(one[0], other[0]), max(one[1], other[1])
            from_a, from_b = one[2] - (one[0] - start), other[2] - (other[0] - start)
            last_a, last_b = one, other
            i, j = i + 1, j + 1
            while True:  # what touches the place belongs to it
                if i < len(to_a) and to_a[i][0] <= end:
                    last_a = to_a[i]
                    end, i = max(end, last_a[1]), i + 1
                elif j < len(to_b) and to_b[j][0] <= end:
                    last_b = to_b[j]
                    end, j = max(end, last_b[1]), j + 1
                else:
                    break
            text = a[from_a : last_a[3] + end - last_a[1]]
            if text != b[from_b : last_b[3] + end - last_b[1]]:
                return None
            out += base[at:start]
            out += text
            at = end
    out += base[at:]
    return out
