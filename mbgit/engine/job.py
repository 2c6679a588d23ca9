"""One run of the driver: what it was given, what git says of it, and what became of it.

The driver works on it, and the ledger writes it down. It loads as little as the driver does.
"""

from __future__ import annotations

import time

from . import clean, files
from .files import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable

    from .clock import Clock
    from .history import History
    from .result import Merged

LARGE = 1 << 19  # bytes of a file whose common lines are folded (`large`) before any are counted
OURS_FD = 3  # the line replaces %A by git's own answer before anything else, so ours comes as an open file
LINE_FD = 0  # how git's own merge went (0 clean, 1 conflicts), once it stands in %A; then `history.LOG` of a merge


class Job:
    """One run of the driver: what it was given, and what became of it."""

    def __init__(self, home: str, argv: list[str]) -> None:
        driver, base, self.target, theirs, self.path, *self.labels = argv
        self.home, self.driver = home, driver
        self.began = time.time()
        self.base, self.theirs = files.read(base), files.read(theirs)
        self.ours = files.read_start(OURS_FD)
        self.mode = os.fstat(OURS_FD).st_mode & 0o7777
        self._said = b""
        self.result: bytes | None = None
        self.merged: Merged | None = None
        self.aside: str | None = None
        self.known_clock: Clock | None = None
        self.history: History | None = None
        self._hash: Callable[[bytes], str] | None = None
        self._blobs: dict[bytes, str] = {}

    def blob(self, text: bytes) -> str:
        """The id that git gives a text."""
        if self._hash is None:
            self._hash = blob_hash(self.home)
        if text not in self._blobs:
            self._blobs[text] = self._hash(text)
        return self._blobs[text]

    def clock(self) -> Clock:
        """The clock, made when it is first asked: most merges need none."""
        if self.known_clock is None:
            from .clock import Clock

            texts = (self.base, self.ours, self.theirs)
            self.known_clock = Clock(self.blob, self.path, texts, self.labels)
        return self.known_clock

    def when(self, side: int, first: int, last: int) -> int | None:
        """`result.Clock` for merge3."""
        return self.clock()(side, first, last)

    def seen(self, side: int) -> list[tuple[int, bytes, bytes]]:
        """`result.Seen` for merge3."""
        if self.history is None:
            from .history import History

            self.history = History(self.clock(), self.log())
        return self.history(side)

    def by_git(self) -> bytes | None:
        """git's own merge where it is clean; waits until the line has made it."""
        while b"\n" not in self._said and (piece := os.read(LINE_FD, 4096)):
            self._said += piece
        return files.read(self.target) if self._said[:2] == b"0\n" else None

    def log(self) -> bytes:
        """What git printed of the history for the line (`history.LOG`); empty if this is no merge."""
        while piece := os.read(LINE_FD, 1 << 16):
            self._said += piece
        return self._said.partition(b"\n")[2]

    def nothing_seen(self) -> bool:
        """Whether neither side's history holds more than its own text of the file."""
        return clean.one_version_each(self.log(), self.blob(self.ours), self.blob(self.theirs))

    def settled(self, git: bytes | None) -> Merged | None:
        """git's merge, unless the page or either side's history is against it."""
        if git is None or len(git) > LARGE:
            return None
        merged = clean.settled(self.base, self.ours, self.theirs, git)
        return merged if merged is not None and self.nothing_seen() else None


def blob_hash(home: str) -> Callable[[bytes], str]:
    """`blob_hash(home)(data)` is the id that git gives a blob, in the repository around `home`."""
    new = _sha256() if _is_sha256(home) else _sha1()

    def blob(data: bytes) -> str:
        made = new(b"blob %d\0" % len(data))
        made.update(data)
        return str(made.hexdigest())

    return blob


def _is_sha256(home: str) -> bool:
    try:
        config = files.read(f"{home}/../config").lower()
    except OSError:
        return False
    return any(b"sha256" in line for line in config.split(b"\n") if b"objectformat" in line)


def _sha1() -> Callable[[bytes], hashlib._Hash]:
    try:  # hashlib loads OpenSSL: two milliseconds
        from _sha1 import sha1  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1
    return sha1  # type: ignore[no-any-return]


def _sha256() -> Callable[[bytes], hashlib._Hash]:
    from hashlib import sha256

    return sha256
