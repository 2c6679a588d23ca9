"""The message of a restore's commit: what came back, who wrote it, and which merge had lost it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mbgit.bank.entries import Entry
from mbgit.proposals.harvest.message import LONGEST, co_authors, credit
from mbgit.proposals.harvest.plan import Provenance
from mbgit.words import clean, counted, quoted, shown_path

ORIGIN = "Restored-from:"


class Back(NamedTuple):
    """What comes back of one file that one merge lost."""

    path: str
    merge: str
    """The merge's id."""
    author: str
    parent: str
    """The id of the commit that has what it lost."""
    entries: Sequence[Entry]
    by: Sequence[Provenance]
    """Who wrote each of them."""
    gone: int
    """How many lines are removed, as one side of the merge had removed them."""


def summary(backs: Sequence[Back]) -> str:
    """What comes back, in one line: of one merge, which and whose it was."""
    count = counted(sum(len(back.entries) for back in backs), "entry")
    paths, merges = ({*values} for values in zip(*((back.path, back.merge) for back in backs), strict=True))
    where = shown_path(backs[0].path) if len(paths) == 1 else counted(len(paths), "file")
    who = f" by {quoted(backs[0].author, 40)}" if clean(backs[0].author) else ""
    which = f"merge {backs[0].merge[:10]}{who}" if len(merges) == 1 else counted(len(merges), "merge")
    return f"{count} of {where} that {which} lost"


def message(backs: Sequence[Back]) -> str:
    """The commit message. What others wrote is cleaned: a title is quoted data, a name cannot end its trailer."""
    count = counted(sum(len(back.entries) for back in backs), "entry")
    merges = list(dict.fromkeys(back.merge[:10] for back in backs))
    lost = f"merge {merges[0]}" if len(merges) == 1 else counted(len(merges), "merge")
    parts = [f"Restore {count} that {lost} lost", *("\n".join(_lines(back)) for back in backs)]
    origins = [f"{ORIGIN} {clean(back.path[:LONGEST])} {back.parent}" for back in backs]
    trailers = [*co_authors(by for back in backs for by in back.by), *dict.fromkeys(origins)]
    return "\n\n".join([*parts, "\n".join(trailers)]) + "\n"


def _lines(back: Back) -> list[str]:
    titles = (f"- {quoted(entry.title)}{credit(by)}" for entry, by in zip(back.entries, back.by, strict=True))
    goes = "line goes" if back.gone == 1 else "lines go"
    gone = [f"- {back.gone} {goes} that a side of that merge had taken out or reworded"] if back.gone else []
    return [f"To {shown_path(back.path)}, lost by merge {back.merge[:10]}:", *titles, *gone]
