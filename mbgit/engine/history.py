"""What each side's own history held of a file since the merge base: who has seen a unit knows better.

A squash merge, a cherry-pick and a rebase give one text to two histories, and the merge base knows nothing of it. So
what one side took out or edited since looks like the other's new work. `git log` over both sides shows the difference,
and one `git cat-file` has the texts. A revert undoes on purpose: there, no side knows better.
"""

from __future__ import annotations

import time

from . import ask, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .clock import Clock

    Step = tuple[int, str, str]
    """A commit's change of the file: author time (0 for a merge), the blob before, the blob after."""
    Texts = tuple[int, bytes, bytes]

LOG = (
    "log", "--left-right", "--topo-order", "--reverse", "--raw", "--no-abbrev", "--no-renames", "--root",
    "--diff-merges=first-parent", "--no-show-signature", "--no-color", "--decorate-refs-exclude=*",
    "--format=%m %at %ct %P %D",
)  # fmt: skip
"""Before `A...B -- path`: for `steps` to read."""
SHA1 = 40  # digits of a commit's id, at least
MOST = 200  # versions of a side
MOST_BYTES = 8_000_000  # of a side's versions together, if all were as large as the largest text of the merge


class History:
    """`result.Seen` for merge3. Free until it is asked; then both sides are read at once."""

    def __init__(self, clock: Clock, log: bytes = b"") -> None:
        """`log`: what `LOG` has printed already, of commits that may be the sides."""
        self.clock, self.log = clock, log
        self.trouble = ""  # for the ledger: why a side knows less than it might
        self._seen: tuple[list[Texts], ...] | None = None

    def __call__(self, side: int) -> list[Texts]:
        """What a side's commits did (0 = ours, 1 = theirs), oldest first; empty if that is not known."""
        if self._seen is None:
            try:
                self._seen = self._read()
            except ask.NoAnswer as error:
                self.trouble, self._seen = str(error), ([], [])
        return self._seen[side]

    def _read(self) -> tuple[list[Texts], ...]:
        if self.clock.reverting():
            return [], []
        base, *tips = self.clock.blobs()
        found = steps(self.log)
        if not all(side and side[-1][2] == tip for side, tip in zip(found, tips, strict=True)):
            found = steps(self._ask())
        if operation.picking():
            found = found[0], _picked(found[1], base if self.clock.texts[0] else "")
        return self._texts([self._bounded(*pair) for pair in zip(found, tips, strict=True)])

    def _ask(self) -> bytes:
        """What `LOG` prints of the sides. Raises NoAnswer where they are not known."""
        clock = self.clock
        ours, theirs = sides = clock.sides()
        if not all(side.commit and side.path == clock.path for side in sides):
            raise ask.NoAnswer("unknown")
        return ask.git([*LOG, f"{ours.commit}...{theirs.commit}", "--", clock.path], clock.deadline())

    def _bounded(self, found: list[Step], tip: str) -> list[Step]:
        """The newest steps of a side, as many as may be read; none where they do not lead to its text."""
        if not found or found[-1][2] != tip:
            self.trouble = "cut" if found else self.trouble
            return []
        most = bound(self.clock.texts)
        if len(found) > most:
            self.trouble = "cut"
        return found[-most:]

    def _texts(self, found: list[list[Step]]) -> tuple[list[Texts], ...]:
        texts = dict(zip(self.clock.blobs(), self.clock.texts, strict=True))
        wanted = {blob for side in found for _, *blobs in side for blob in blobs if blob.strip("0")} - texts.keys()
        texts |= _blobs(sorted(wanted), self.clock.deadline()) if wanted else {}
        return tuple([(when, texts.get(old, b""), texts.get(new, b"")) for when, old, new in side] for side in found)


def bound(texts: Iterable[bytes]) -> int:
    """How many versions of a side may be read, for base and sides as large as these."""
    return min(MOST, MOST_BYTES // max(map(len, texts)) + 1)


def steps(said: bytes) -> tuple[list[Step], list[Step]]:
    """The changes of the left and the right side, oldest first, from what `LOG` printed.

    Raises NoAnswer for a commit at the edge of a shallow clone: what both sides have in common is not known there.
    """
    sides: dict[str, list[Step]] = {"<": [], ">": []}
    side, when, now = "<", 0, int(time.time())
    for line in said.decode(errors="replace").split("\n"):
        if line.startswith(":"):
            _, _, old, new, *_ = line.split()
            sides[side].append((when, old, new))
        elif line:
            side, authored, committed, *marks = line.split()
            when = min(int(authored), int(committed), now)  # an author's clock may be ahead
            when *= sum(len(mark) >= SHA1 for mark in marks) < 2
            if "grafted" in marks:
                raise ask.NoAnswer("shallow")
    return sides["<"], sides[">"]


def _picked(found: list[Step], base: str) -> list[Step]:
    """What a picked commit's own side did since the base, its parent; an empty base: since there was no file."""
    first = max((at for at, (_, old, _) in enumerate(found) if old.strip("0") == base), default=len(found) - 1)
    return found[max(first, 0) :]


def _blobs(names: list[str], until: float) -> dict[str, bytes]:
    """The texts of blobs. Raises NoAnswer where one is missing, as in a partial clone."""
    said = ask.git(["cat-file", "--batch"], until, "".join(name + "\n" for name in names).encode())
    texts, at = {}, 0
    for name in names:
        head, _, size = said[at : said.find(b"\n", at)].rpartition(b" ")
        if not head.endswith(b" blob"):
            raise ask.NoAnswer("cut")
        at += len(head) + len(size) + 2
        texts[name] = said[at : at + int(size)]
        at += int(size) + 1
    return texts
