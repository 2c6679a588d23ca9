"""Finds which commit wrote a unit, while the driver runs: git does not say what it is merging.

Every commit that may be a side is a guess until its blob at the path is the side's very content. Nothing is
asked before a unit is contested, and all questions together have two seconds.
"""

from __future__ import annotations

import time

from . import ask, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .operation import Guess

SECONDS = 2.0
SKEW = 600  # a colleague's clock may be ahead by so much; beyond it, a date is in the future and unknown
_SEARCHED = 40  # commits that `git log` may name when no guess was right


class Clock:
    """Answers `clock(side, first, last)` for merge3, and whether git is reverting. Free until it is asked."""

    def __init__(
        self, blob: Callable[[bytes], str], path: str, texts: tuple[bytes, bytes, bytes], labels: list[str]
    ) -> None:
        """`blob`: the id that git gives a text; `texts`: base, ours, theirs; `labels`: git's %X and %Y, as they are
        when git does not know them.
        """
        self.path, self.texts = path, texts
        self.labels = ["" if label.startswith("%") else label for label in (*labels, "", "")]
        self.until = 0.0
        self._blob = blob
        self._sides: list[Side] | None = None

    def __call__(self, side: int, first: int, last: int) -> int | None:
        """Epoch seconds of the newest commit in lines first..last (from 1) of a side; None: not known."""
        return self.sides()[side].newest(first, last, self.deadline())

    def reverting(self) -> bool:
        """Whether this is `git revert`: theirs undoes a commit on purpose."""
        known = operation.reverting(self.labels[1])
        return self._undoes_a_commit() if known is None else known

    def account(self) -> dict[str, str]:
        """How each side's commit was found, for the ledger; empty where none was looked for."""
        if self._sides is None:
            return {}
        return {name: side.account() for name, side in zip(("ours", "theirs"), self._sides, strict=True)}

    def deadline(self) -> float:
        """When to stop asking git (`time.monotonic`): all questions of a merge share one time."""
        self.until = self.until or time.monotonic() + SECONDS
        return self.until

    def blobs(self) -> tuple[str, str, str]:
        """The ids of base, ours and theirs."""
        base, ours, theirs = self.texts
        return self._blob(base), self._blob(ours), self._blob(theirs)

    def sides(self) -> list[Side]:
        """Ours and theirs, with their commits where one of the guesses is right."""
        if self._sides is None:
            _, *blobs = self.blobs()
            guesses = operation.guesses(self.labels[0], self.labels[1])
            self._sides = [Side(self.path, blob, some) for blob, some in zip(blobs, guesses, strict=True)]
            _verify(self._sides, self.deadline())
        return self._sides

    def _undoes_a_commit(self) -> bool:
        """Whether a commit below HEAD made base out of theirs, and none made theirs out of base."""
        base, _, theirs = self.blobs()
        try:
            steps = _changes(base, self.path, "HEAD", self.deadline())
        except ask.NoAnswer:
            return False
        made = {(old, new) for _, old, new in steps}
        return (theirs, base) in made and (base, theirs) not in made


class Side:
    """One side of the merge: its blob, its commit, and when each of its lines was written."""

    def __init__(self, path: str, blob: str, guesses: list[Guess]) -> None:
        self.path, self.blob, self.guesses = path, blob, guesses
        self.commit = self.how = self.trouble = ""
        self.fixed: int | None = None  # the time of all that the side changed, where no commit holds it
        self.lines: dict[int, int] | None = None

    def newest(self, first: int, last: int, until: float) -> int | None:
        if self.fixed is not None:
            return self.fixed
        if self.lines is None:
            self.lines = self._blame(until) if self.commit else {}
        times = [self.lines.get(line) for line in range(first, last + 1)]
        known = [when for when in times if when is not None and when <= time.time() + SKEW]
        return max(known) if known and len(known) == len(times) else None

    def account(self) -> str:
        found = f"{self.how} {self.commit[:12]}".strip() or "not found"
        return f"{found}; {self.trouble}" if self.trouble else found

    def settle(self, guess: Guess, commit: str) -> None:
        """Take a guess that has proved right."""
        self.how, self.commit = guess.how, commit
        if guess.uncommitted:
            self.fixed = int(time.time()) + SKEW + 1  # later than any commit that is believed

    def _blame(self, until: float) -> dict[int, int]:
        argv = ["blame", "--incremental", "--no-textconv", "--encoding=none", self.commit, "--", self.path]
        partial: list[bytes] = []
        try:
            ask.git(argv, until, said=partial)
        except ask.NoAnswer as error:
            self.trouble = str(error)
        return _line_times(b"".join(partial))


def _verify(sides: list[Side], until: float) -> None:
    """Find each side's commit: a guess whose blob is the side's, else a search through the history."""
    try:
        _try_guesses(sides, until)
        for side in sides:
            if not side.how:
                _follow_rename(side, until)
            if not side.how:
                _search(side, until)
    except ask.NoAnswer as error:
        for side in sides:
            side.trouble = "" if side.how else str(error)
        return
    guess = None if sides[1].how else operation.outside_of_history()
    if guess is not None:
        sides[1].settle(guess, "")
        if not guess.uncommitted:
            sides[1].fixed = _epoch(guess.name, until)


def _try_guesses(sides: list[Side], until: float) -> None:
    guesses = [(side, guess) for side in sides for guess in side.guesses]
    names = [
        name for side, guess in guesses
        for name in (f"{guess.name}:{side.path}", f"{guess.name}^0", f"{guess.name}^1:{side.path}")
    ]  # fmt: skip
    if "\n" in "".join(names):  # a path that cannot be asked for
        return
    asked = "".join(name + "\n" for name in names).encode(errors="surrogateescape")
    said = ask.git(["cat-file", "--batch-check=%(objectname) %(objecttype)"], until, asked).split(b"\n")
    for (side, guess), blob, commit, before in zip(guesses, said[::3], said[1::3], said[2::3], strict=False):
        guess.commit = commit.decode().split(" ")[0] if commit.endswith(b" commit") else ""
        if guess.uncommitted and blob == before:  # a stash holds the files that it left alone, too
            continue
        if not side.how and guess.commit and blob == side.blob.encode() + b" blob":
            side.settle(guess, guess.commit)


def _follow_rename(side: Side, until: float) -> None:
    """The side may have the file under another name: look for its blob in the tree of the first guess."""
    guess = next((guess for guess in side.guesses if guess.commit), None)
    if guess is None:
        return
    tree = ask.git(["ls-tree", "-r", "-z", guess.commit], until)
    mark = b" blob " + side.blob.encode() + b"\t"
    for entry in tree.split(b"\0"):
        if mark in entry:
            side.path = entry.partition(b"\t")[2].decode(errors="surrogateescape")
            side.settle(guess, guess.commit)
            return


def _search(side: Side, until: float) -> None:
    for commit, _, new in _changes(side.blob, side.path, "--all", until):
        if new == side.blob:
            side.how, side.commit = "history", commit
            return


def _changes(blob: str, path: str, where: str, until: float) -> list[tuple[str, str, str]]:
    """(commit, old blob, new blob) of the latest changes to or from `blob` at `path`. Raises NoAnswer."""
    argv = [
        "log", where, f"--find-object={blob}", f"--max-count={_SEARCHED}", "-m",
        "--raw", "--no-abbrev", "--no-renames", "--no-show-signature", "--no-color", "--format=%H",
        "--", path,
    ]  # fmt: skip
    said = ask.git(argv, until)
    found, commit = [], ""
    for line in said.decode(errors="replace").split("\n"):
        if line.startswith(":"):
            found.append((commit, *line.split()[2:4]))
        elif line:
            commit = line
    return [(commit, old, new) for commit, old, new in found]


def _epoch(date: str, until: float) -> int | None:
    """A date as mail writes it, read by git."""
    try:
        said = ask.git(["rev-parse", f"--since={date}"], until).decode().strip()
    except ask.NoAnswer:
        return None
    return int(said.partition("=")[2]) if said.startswith("--max-age=") else None


def _line_times(said: bytes) -> dict[int, int]:
    """When each line was written, from what `git blame --incremental` printed, cut short or not."""
    times: dict[int, int] = {}
    stamps: dict[bytes, int] = {}
    commit, lines = b"", range(0)
    for words in map(bytes.split, said.split(b"\n")[:-1]):
        if len(words) == 4 and len(words[0]) >= 40 and words[3].isdigit():
            commit, lines = words[0], range(int(words[2]), int(words[2]) + int(words[3]))
        elif words and words[0] in (b"author-time", b"committer-time"):
            stamps[commit] = min(int(words[1]), stamps.get(commit, 1 << 62))
        elif words and words[0] == b"filename":  # the end of a group
            times.update(dict.fromkeys(lines, stamps[commit]))
    return times
