"""What a merge hands back: plain values, so that a caller can write, count or compare them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing `typing` costs more than reading a small file
    from collections.abc import Callable

    Clock = Callable[[int, int, int], int | None]
    """`clock(side, first, last)`: epoch seconds of the newest commit that wrote lines first..last (1-based,
    inclusive) of a side's file (0 = ours, 1 = theirs), or None if that is not known."""

    Seen = Callable[[int], list[tuple[int, bytes, bytes]]]
    """`seen(side)`: what the commits of a side's own history made of the file since the merge base, as (author time in
    epoch seconds, text before, text after), oldest first. A merge's time is 0. The last text is the side's own, even
    where it is the only one. Empty if that is not known."""


class Binary(ValueError):
    """One of the three texts holds a NUL byte: not a document, so not merged as one."""


class Aside:
    """Text that a merge decided against: kept outside of the file, and reported."""

    __slots__ = ("line", "reason", "text")

    def __init__(self, reason: str, line: int, text: bytes) -> None:
        self.reason = reason  # a few words: "superseded", "document field", "retitled", ...
        self.line = line  # 1-based line of the result where the text that won stands
        self.text = text


class Merged:
    """The outcome of `merge3`."""

    __slots__ = ("asides", "contested", "from_ours", "from_theirs", "reason", "removed", "text")

    def __init__(self, text: bytes, reason: str = "") -> None:
        self.text = text
        self.asides: list[Aside] = []
        self.reason = reason  # why git's own merge does not stand (law 0): "seen", "doubled", "heading", or nothing
        self.contested = 0  # units that both sides changed, each in its own way
        self.from_ours = 0  # entries that only ours added
        self.from_theirs = 0  # entries that only theirs added
        self.removed = 0  # entries of the base that a side took out
