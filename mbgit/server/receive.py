"""The gate where others push to: what a push brings is judged before a ref moves, while it still is in quarantine.

Nothing is written but the trace of a fault: git lets no ref move in that time, and the user who pushes may have no
right to write here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git

if TYPE_CHECKING:
    from mbgit.gate.judge import Gate
    from mbgit.gate.verdict import Verdict
    from mbgit.git.clone import Clone


class Update(NamedTuple):
    """A ref that is to move, and the commits (none: empty) between which it does."""

    ref: str
    old: str
    new: str


def judge(gate: Gate, moves: Iterable[Update]) -> Verdict:
    """What the gate says of some refs that are to move, held against all branches as they are. Raises GitError."""
    moves = [move for move in moves if move.new]
    there = git.line("for-each-ref", "--format=%(objectname)", "refs/heads").split()
    known = list(dict.fromkeys([*(move.old for move in moves if move.old), *there]))
    replaced: dict[str, list[str]] = {}
    for move in moves:
        if move.old and git.beyond([move.old], [move.new]):
            replaced.setdefault(move.new, []).append(move.old)
    # What is pushed must not say where nobody looks.
    gate.clone.kept = list(dict.fromkeys(filter(None, (*(move.old for move in moves), gate.clone.head))))
    found = gate.push(list(dict.fromkeys(move.new for move in moves)), known, remotes=False, replaced=replaced)
    if gate.clone.persona:
        return found
    # Who pushes is not known here, so every lock would be somebody else's.
    return found._replace(judged=[item for item in found.judged if item.finding.check != "locks"])


def updates(lines: Iterable[str], clone: Clone) -> list[Update]:
    """What git says to pre-receive, `OLD NEW REF` lines; a tag counts as its commit."""
    rows = [words for line in lines if len(words := line.split(" ", 2)) == 3]
    return [Update(ref, clone.objects.commit(old), clone.objects.commit(new)) for old, new, ref in rows]
