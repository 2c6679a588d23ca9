"""The specification's table of success: what the ledger and the history say about each target, and what they cannot
say.

All of it is about the last `PERIOD`, and about what HEAD holds:

- a *sync* is the runs of the driver in this clone that led to one merge commit, or, for a rebase and the like, that
  followed each other without a pause. It succeeded where no run left a file to a person; other files of the repository
  do not count. A pull that fast-forwards is one as well.
- *conflict frequency* is the share of the runs that left their file to a person.
- *time to sync* goes from the start of the first driver to the end of the report, of those syncs that git finished
  without waiting for a person; the target is held against the 95th percentile.
- *adoption* is the share of the merges, by whomever, that have in every file that both sides changed what mbgit would
  have made of it. A merge without it counts as one with it where git alone came to the same; one with it that somebody
  edited before it was committed counts as one without.
- *context continuity*: see `continuity`.

What was given up (an aborted merge, a dry run) counts nowhere. A run that left a file to a person has no result to
look for in history: it counts where a merge of the versions that it was given is there, or where it was part of a
rebase of which other results are. Without any, a rebase looks like
one that was given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple

from mbgit import git
from mbgit.bank.personas import persona_key
from mbgit.git.clone import Clone
from mbgit.words import counted

from .history import Graph, recent
from .measured import WITH, WITHOUT, Measured, measure
from .syncs import Noted, Sync, left, noted, runs_of, syncs

PERIOD = 90 * 24 * 3600  # seconds: what was before says little of today
BUDGET = 0.02  # seconds for what is not known of them yet; the rest is for the next time
NO_DATA = "no data"


class Metric(NamedTuple):
    """One row of the table; `met` is None where there is nothing to measure."""

    name: str
    target: str
    actual: str
    met: bool | None


def table(metrics: Iterable[Metric]) -> str:
    """The metrics as a Markdown table."""
    answers = {True: "yes", False: "no", None: "-"}
    rows = [f"| {m.name} | {m.target} | {m.actual} | {answers[m.met]} |\n" for m in metrics]
    return "| Metric | Target | Actual | Met |\n|---|---|---|---|\n" + "".join(rows)


def metrics(clone: Clone, now: float, budget: float = BUDGET, last: Noted | None = None) -> list[Metric]:
    """The five metrics of a clone at a time (epoch seconds), in the specification's order. Never raises GitError.

    `budget`: seconds for looking into commits that nobody has looked into yet, newest first; what was found is kept.
    `last`: the fast-forward that this digest reports.
    """
    since = now - PERIOD
    known = [sync for sync in (*noted(clone.home), *([last] if last else [])) if sync.when >= since]
    brought = [sync.files for sync in known if sync.files]
    near = recent(clone)
    runs = [run for run in runs_of(clone.home) if run["time"] >= since]
    found = syncs(runs, near.reached, near.merges)
    measured = Measured(clone.home)
    if not near.shallow:
        measure(near, measured.known, since, runs, budget)
        measured.save(near.ids)
    newest = [commit for commit in near.commits if commit.committed >= since and not near.shallow]
    made = [measured.known.get(commit.id) for commit in newest if len(commit.parents) == 2]
    return [
        success(found, len(brought)),
        conflicts(found, sum(brought)),
        time_to_sync([sync.seconds for sync in known]),
        adoption([value == WITH for value in made if value in (WITH, WITHOUT)]),
        continuity(newest, measured.known),
    ]


def success(found: Sequence[Sync], others: int = 0) -> Metric:
    """How many syncs left nothing to a person: more than 99 %. `others`: fast-forwards."""
    good, all = sum(not any(map(left, sync.runs)) for sync in found) + others, len(found) + others
    return _share("Sync success rate", "> 99 %", good, all, "sync", lambda part, all: 100 * part > 99 * all)


def conflicts(found: Sequence[Sync], others: int = 0) -> Metric:
    """How many of the files that arrived were left to a person: less than 1 %. `others`: those of fast-forwards."""
    runs = [run for sync in found for run in sync.runs]
    noun = "file" if others else "file merge"
    bad, all = sum(map(left, runs)), len(runs) + others
    return _share("Conflict frequency", "< 1 %", bad, all, noun, lambda part, all: 100 * part < all)


def time_to_sync(seconds: Sequence[float]) -> Metric:
    """How long syncs took: 95 of 100 less than 3 s."""
    if not seconds:
        return Metric("Time to sync", "< 3 s", NO_DATA, None)
    middle, late = (sorted(seconds)[ceil(part * len(seconds)) - 1] for part in (0.5, 0.95))
    actual = f"median {middle:.2f} s, p95 {late:.2f} s ({counted(len(seconds), 'sync')})"
    return Metric("Time to sync", "< 3 s", actual, late < 3)


def adoption(merges: Sequence[bool]) -> Metric:
    """How many merges were made with mbgit: all of them."""
    return _share("Adoption rate", "100 %", sum(merges), len(merges), "merge", lambda part, all: part == all)


def continuity(commits: Sequence[git.Commit], entries: Mapping[str, int]) -> Metric:
    """What a clone knew when its persona committed: more than 90 %.

    For each ordinary commit: of the entries that commits of others with an earlier committer time added, the share
    that its ancestors hold, all in one sum. A persona is an author's name (one mail may serve several), else the mail.
    `commits` must hold all between any two of them; `entries`: how many a commit added.

    History does not keep when something was pushed: what lay unpushed for a while counts as missed by those who
    committed meanwhile. A rebase, on the other hand, gives commits new ancestors and a new time: whoever rebases
    before each push has missed nothing as far as history shows, so there the figure may be better than the truth.
    """
    graph = Graph(commits)
    weigh = _scale([entries.get(commit, 0) for commit in graph.ids])
    before, own = 0, dict[str, int]()
    held = known = 0
    for _, together in groupby(sorted(commits, key=lambda commit: commit.committed), key=lambda c: c.committed):
        now = list(together)
        for commit in now:
            if len(commit.parents) == 1:
                others = before & ~own.get(_persona(commit), 0)
                held, known = held + weigh(others & graph.reach[commit.id]), known + weigh(others)
        for commit in now:
            if len(commit.parents) == 1:
                before |= graph.bit(commit.id)
                own[_persona(commit)] = own.get(_persona(commit), 0) | graph.bit(commit.id)
    noun = "entry that others had committed", "entries that others had committed"
    return _share("Context continuity", "> 90 %", held, known, noun, lambda part, all: 10 * part > 9 * all)


def _share(
    name: str, target: str, part: int, all: int, noun: str | tuple[str, str], met: Callable[[int, int], bool]
) -> Metric:
    """A share with the numbers it is made of, cut and not rounded: what is not all is never 100 %."""
    if not all:
        return Metric(name, target, NO_DATA, None)
    whole = counted(all, noun) if isinstance(noun, str) else counted(all, *noun)
    return Metric(name, target, f"{1000 * part // all / 10:g} % ({part} of {whole})", met(part, all))


def _persona(commit: git.Commit) -> str:
    return persona_key(commit.author) or commit.email.casefold()


def _scale(weights: Sequence[int]) -> Callable[[int], int]:
    """A function from a set of places, as bits, to the sum of their weights: one count for each digit of those."""
    digits = max(weights, default=0).bit_length()
    planes = [sum(1 << place for place, weight in enumerate(weights) if weight >> n & 1) for n in range(digits)]
    return lambda places: sum((places & plane).bit_count() << n for n, plane in enumerate(planes))
