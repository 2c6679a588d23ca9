"""git's own merge, where it is clean: whether it may stand as it is, judged by the lines alone.

Most merges end here, with nothing else loaded: no more is asked than that no line stands twice that both sides wrote,
and that what a side wrote stands below the same headings as there. In doubt the answer is no, and the pages are merged.
"""

from __future__ import annotations

from .result import Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    Place = tuple[tuple[bytes, ...], bytes]
    """The headings above a line, outermost first, and the line."""


_BLANK = frozenset((b"", b"\r"))


def settled(base: bytes, ours: bytes, theirs: bytes, git: bytes) -> Merged | None:
    """git's merge with its entries counted; None where it may double an entry, or put it below another heading."""
    o, a, b, both = (text.split(b"\n") for text in (base, ours, theirs, git))
    if _twice(*(unticked(text).split(b"\n") for text in (ours, theirs, git))):
        return None
    old, here = frozenset(o), frozenset(both)
    merged, brought = Merged(git), []
    for side in (a, b):
        known = frozenset(side)
        new = known - old - _BLANK
        places, entries = _places(side, new, here)
        if places != _places(both, new, known)[0]:
            return None
        brought.append(entries)
    merged.from_ours, merged.from_theirs = brought
    merged.removed = sum(_is_entry(line) for line in old - here if line[:1] == b"#")
    return merged


def unticked(text: bytes) -> bytes:
    """A text with all its boxes open: whether a task is done is no part of what it says."""
    return text.replace(b"[x] ", b"[ ] ").replace(b"[X] ", b"[ ] ")


def one_version_each(log: bytes, ours: str, theirs: str) -> bool:
    """Whether `history.LOG` says that each side's history holds its own text of the file (a blob), and no other."""
    found: dict[str, str] = {}
    side = ""
    for line in log.decode(errors="replace").split("\n"):
        if line[:1] == ":":
            if side in found:
                return False
            found[side] = line.split(" ")[3]
        elif line:
            side = line[:1]
            if "grafted" in line:
                return False
    return found == {"<": ours, ">": theirs}


def _twice(a: list[bytes], b: list[bytes], both: list[bytes]) -> bool:
    """Whether a line stands more often than on either side: both wrote it, or moved it, in two places."""
    repeated: set[bytes] = set()
    seen: set[bytes] = set()
    for line in both:
        (repeated if line in seen else seen).add(line)
    return any(line.strip() and both.count(line) > max(a.count(line), b.count(line)) for line in repeated)


def _places(lines: list[bytes], new: frozenset[bytes], known: Container[bytes]) -> tuple[list[Place], int]:
    """Where new lines stand, and how many entries they are, not counting what is in one of them.

    A heading that is not known elsewhere has been retitled: any will do for it, unless it has a date or a number.
    """
    found: list[Place] = []
    path: list[tuple[int, bytes]] = []
    entries = inside = 0  # inside: the level of the new heading that a line stands under
    for line in [line for line in lines if line in new or line[:1] == b"#"]:  # speed: most lines are old
        level = len(line) - len(line.lstrip(b"#"))
        if level:
            while path and path[-1][0] >= level:
                path.pop()
            inside = inside if inside < level else 0
        if line in new:
            found.append((tuple([title for _, title in path]), line))
            entries += not inside and _is_entry(line.strip())
            inside = inside or level
        if level:
            path.append((level, line if line in known or _is_entry(line) else b""))
    return found, entries


def _is_entry(line: bytes) -> bool:
    """A heading with a date or a number, an item, a row: near enough for a report."""
    mark = line.split(b" ", 1)[0]
    if mark[:1] == b"#":
        return any(48 <= char < 58 for char in line)
    return mark in (b"-", b"*", b"+") or mark[:1] == b"|" or mark[:-1].isdigit()
