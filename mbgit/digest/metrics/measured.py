"""What was measured of commits, once for each: how many entries an ordinary one added, how a merge was made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import kind_of
from mbgit.digest.news import Run

from .history import Contest, Recent

MEASURED = "measured"  # the file in mbgit's folder
LARGEST = 200_000  # bytes of a merge's versions, up to which it is made again
IMPORT = 100_000  # bytes that a commit adds to a file, from which it is no news but an import
WITH, WITHOUT, UNKNOWN = 1, 0, -1  # how a merge was made; of any other commit the number of entries is kept


class Measured:
    """Commit -> number, in a file of a line each; what cannot be read is measured again."""

    def __init__(self, home: Path | None) -> None:
        self.home = home
        self.known = dict(_numbers(home / MEASURED)) if home else {}
        self._read = len(self.known)

    def save(self, ids: set[str]) -> None:
        """Keep what is known of these commits, if anything is new. Never raises OSError."""
        if self.home is None or len(self.known) == self._read:
            return
        new = self.home / f"{MEASURED}.{os.getpid()}"
        try:
            new.write_text("".join(f"{commit} {n}\n" for commit, n in self.known.items() if commit in ids))
            new.replace(self.home / MEASURED)
        except OSError:
            pass


def _numbers(file: Path) -> Iterator[tuple[str, int]]:
    for commit, _, number in (row.partition(" ") for row in rows(file)):
        if number.removeprefix("-").isdecimal() and len(number) < 10:
            yield commit, int(number)


def measure(recent: Recent, known: dict[str, int], since: float, runs: Iterable[Run], budget: float) -> None:
    """Look into the commits that are not known, newest first: half of the time for ordinary ones, half for merges."""
    began, blob = time.monotonic(), recent.clone.objects.blob
    for commit in recent.commits:
        if time.monotonic() - began > budget / 2:
            break
        asked = len(commit.parents) == 1 and commit.id not in known and commit.committed >= since
        if asked and (changes := recent.changes[commit.id][0]):
            known[commit.id] = entries_added(changes.values(), blob)
    own = {tuple(run["blobs"].get(side) for side in ("ours", "theirs", "result")) for run in runs}
    for merge in recent.merges:
        if time.monotonic() - began > budget:
            break
        if merge.commit not in known and merge.committed >= since:
            known[merge.commit] = made_with(merge.contests, blob, own)


def entries_added(changes: Iterable[git.Change], blob: Callable[[str], bytes | None]) -> int:
    """How many entries begin in the lines that a commit added and had nowhere else before."""
    from mbgit.bank.entries import entries

    changes = list(changes)
    old = {row for change in changes if change.old for row in (blob(change.old) or b"").split(b"\n") if row.strip()}
    found = 0
    for change in changes:
        rows = (blob(change.new) or b"").split(b"\n") if change.new else []
        text = b"\n".join(row for row in rows if row not in old)
        kind = kind_of(change.path, [change.path.rpartition("/")[0] or "."])
        found += len(entries(text, kind.undated if kind else None)) if len(text) <= IMPORT else 0
    return found


def made_with(contests: Iterable[Contest], blob: Callable[[str], bytes | None], own: set[tuple[object, ...]]) -> int:
    """Whether a merge is what mbgit would have made of its files: WITH, WITHOUT, or UNKNOWN where no file shows it.

    `own`: what this clone's drivers made: (ours, theirs, result) by their blobs.
    """
    found = {_is_ours(contest, blob, own) for contest in contests}
    return WITHOUT if False in found else WITH if True in found else UNKNOWN


def _is_ours(contest: Contest, blob: Callable[[str], bytes | None], own: set[tuple[object, ...]]) -> bool | None:
    if (contest.ours, contest.theirs, contest.result) in own:
        return True
    from mbgit.bank.remerge import remerged

    base, ours, theirs = (blob(name) if name else b"" for name in (contest.base, contest.ours, contest.theirs))
    if base is None or ours is None or theirs is None or len(base) + len(ours) + len(theirs) > LARGEST:
        return None
    made = remerged(base, ours, theirs, contest.policy, contest.path.rpartition("/")[2])
    return (blob(contest.result) if contest.result else None) in made if made else None


def rows(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []
