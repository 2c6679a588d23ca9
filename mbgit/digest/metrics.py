"""The specification's table of success: what the ledger and the history tell of each target, and where they are silent.

All of it is about the last `PERIOD`, and about what HEAD holds:

- a *sync* is the runs of the driver in this clone that led to one merge commit, or, for a rebase and the like, that
  followed each other without a pause. It succeeded where no run left a file to a person; other files of the
  repository are no matter of it. A pull that fast-forwards is one as well.
- *conflict frequency* is the share of the runs that left their file to a person.
- *time to sync* goes from the start of the first driver to the end of the report, of those syncs that git finished
  without waiting for a person; the target is held against the 95th percentile.
- *adoption* is the share of the merges, by whomever, that have in every file that both sides changed what mbgit would
  have made of it. A merge without it counts as one with it where git alone came to the same; one with it that somebody
  edited before it was committed counts as one without.
- *context continuity*: see `continuity`.

What was given up (an aborted merge, a dry run) counts nowhere. A run that left a file to a person has no result to
look for in history: it counts where a merge of the versions that it was given is there, or where it was part of a
rebase of which other results are. A rebase of which nothing else is there is not told from one that was given up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import NamedTuple

from mbgit import git
from mbgit.bank.kinds import kind_of
from mbgit.bank.personas import plain_name
from mbgit.digest.news import WEEK, Run
from mbgit.engine import files
from mbgit.engine.ledger import read_ledger, to_json
from mbgit.git.clone import Site
from mbgit.words import counted

PERIOD = 90 * 24 * 3600  # seconds: what was before says little of today
COMMITS, MERGES = 500, 200  # the newest of them that are looked at
BUDGET = 0.02  # seconds for what is not known of them yet; the rest is for the next time
LARGEST = 200_000  # bytes of a merge's versions, up to which it is made again
IMPORT = 100_000  # bytes that a commit adds to a file, from which it is no news but an import
TOGETHER = 5  # seconds between two runs of one rebase, at most
PAUSE = 60  # seconds after a run, from which somebody was waited for
MEASURED, SYNCS = "measured", "syncs.jsonl"
SYNCS_LIMIT = 30_000  # bytes
LATEST = 1e11  # seconds or milliseconds: what is beyond, or no number at all, was not written by a clock
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


def metrics(site: Site, now: float, budget: float = BUDGET, last: Noted | None = None) -> list[Metric]:
    """The five metrics of a clone at a time (epoch seconds), in the specification's order. Never raises GitError.

    `budget`: seconds for looking into commits that nobody has looked into yet, newest first; what was found is kept.
    `last`: a fast-forward that is being told of right now.
    """
    since = now - PERIOD
    noted = [sync for sync in (*_noted(site.home), *([last] if last else [])) if sync.when >= since]
    brought = [sync.files for sync in noted if sync.files]
    recent = _recent(site)
    runs = [run for run in _runs(site.home) if run["time"] >= since]
    found = syncs(runs, recent.reached, recent.merges)
    measured = Measured(site.home)
    if not recent.shallow:
        _measure(recent, measured.known, since, runs, budget)
        measured.save(recent.ids)
    newest = [commit for commit in recent.commits if commit.committed >= since and not recent.shallow]
    made = [measured.known.get(commit.id) for commit in newest if len(commit.parents) == 2]
    return [
        success(found, len(brought)),
        conflicts(found, sum(brought)),
        time_to_sync([sync.seconds for sync in noted]),
        adoption([value == WITH for value in made if value in (WITH, WITHOUT)]),
        continuity(newest, measured.known),
    ]


# -- one function for each metric ---------------------------------------------------------------------------------


class Sync(NamedTuple):
    """The driver's runs that led to one merge or rebase."""

    runs: tuple[Run, ...]


def left(run: Run) -> bool:
    """Whether a run of the driver left its file to a person: what git merged alone is no failure if it was clean."""
    return run.get("exit") != 0 if run.get("outcome") == "fallback" else run.get("outcome") != "merged"


class Noted(NamedTuple):
    """A sync as it was noted when it ended."""

    when: float
    seconds: float
    files: int = 0
    """How many a fast-forward brought; none where a driver was asked."""


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
    told = f"median {middle:.2f} s, p95 {late:.2f} s ({counted(len(seconds), 'sync')})"
    return Metric("Time to sync", "< 3 s", told, late < 3)


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
    before each push has missed nothing as far as history tells, so there the figure can only be better than the truth.
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
    told = "entry that others had committed", "entries that others had committed"
    return _share("Context continuity", "> 90 %", held, known, told, lambda part, all: 10 * part > 9 * all)


def _share(
    name: str, target: str, part: int, all: int, noun: str | tuple[str, str], met: Callable[[int, int], bool]
) -> Metric:
    """A share with the numbers it is made of, cut and not rounded: what is not all is never 100 %."""
    if not all:
        return Metric(name, target, NO_DATA, None)
    told = counted(all, noun) if isinstance(noun, str) else counted(all, *noun)
    return Metric(name, target, f"{1000 * part // all / 10:g} % ({part} of {told})", met(part, all))


def _persona(commit: git.Commit) -> str:
    return plain_name(commit.author) or commit.email.casefold()


def _scale(weights: Sequence[int]) -> Callable[[int], int]:
    """A function from a set of places, as bits, to the sum of their weights: one count for each digit of those."""
    digits = max(weights, default=0).bit_length()
    planes = [sum(1 << place for place, weight in enumerate(weights) if weight >> n & 1) for n in range(digits)]
    return lambda places: sum((places & plane).bit_count() << n for n, plane in enumerate(planes))


# -- what HEAD holds ----------------------------------------------------------------------------------------------


class Graph:
    """Which of some commits are ancestors of which, as sets of bits; each commit is its own ancestor here."""

    def __init__(self, commits: Iterable[git.Commit]) -> None:
        parents = {commit.id: commit.parents for commit in commits}
        self.ids = [commit for commit in TopologicalSorter(parents).static_order() if commit in parents]
        self.reach: dict[str, int] = {}
        for place, commit in enumerate(self.ids):
            above = 1 << place
            for parent in parents[commit]:
                above |= self.reach.get(parent, 0)
            self.reach[commit] = above

    def bit(self, commit: str) -> int:
        """The set that holds one commit."""
        return 1 << (self.reach[commit].bit_length() - 1)

    def bases(self, one: str, other: str) -> list[str]:
        """The best common ancestors; none where they lie beyond the commits at hand."""
        shared, found = self.reach.get(one, 0) & self.reach.get(other, 0), []
        while shared:
            found.append(self.ids[shared.bit_length() - 1])
            shared &= ~self.reach[found[-1]]
        return found


class Contest(NamedTuple):
    """A governed file that both parents of a merge had changed, by its blobs; empty where there is no file."""

    path: str
    policy: str
    base: str
    ours: str
    theirs: str
    result: str


class Merge(NamedTuple):
    """A merge of two commits in which files were contested."""

    commit: str
    committed: int
    contests: tuple[Contest, ...]


class Recent:
    """The newest commits below HEAD, and how governed files changed in them. Raises GitError."""

    def __init__(self, site: Site, head: str) -> None:
        """`head`: empty for no commits at all."""
        self.site = site
        self.shallow = bool(head) and git.is_shallow()
        self.commits = git.recent(head, COMMITS) if head else []
        self.ids = {commit.id for commit in self.commits}
        self._kinds = _Policies(site.banks(head), site.settings(head).files) if head else _Policies([])
        pairs = [(commit.id, parent) for commit in self.commits for parent in commit.parents]
        diffs = map(self._governed, git.differences(pairs, site.scope(head)) if pairs else [])
        self.changes = {commit.id: [next(diffs) for _ in commit.parents] for commit in self.commits}

    def _governed(self, changes: Iterable[git.Change]) -> dict[str, git.Change]:
        modes = (*git.FILES, git.ABSENT)
        its = (change for change in changes if change.old_mode in modes and change.new_mode in modes)
        return {change.path: change for change in its if self._kinds[change.path] and "\n" not in change.path}

    @cached_property
    def reached(self) -> set[tuple[str, str]]:
        """Every version of a file that some commit brought: path and blob."""
        diffs = (diff for its in self.changes.values() for diff in its)
        return {(path, change.new) for diff in diffs for path, change in diff.items()}

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.commits)

    @cached_property
    def _touching(self) -> dict[str, int]:
        """Path -> the commits in which the file differs from a parent's, as a set of bits."""
        found: dict[str, int] = {}
        for commit, diffs in self.changes.items():
            for path in {path for diff in diffs for path in diff}:
                found[path] = found.get(path, 0) | self._graph.bit(commit)
        return found

    @cached_property
    def merges(self) -> list[Merge]:
        """The merges with files that both sides had changed, newest first."""
        found = []
        for commit in [commit for commit in self.commits if len(commit.parents) == 2][:MERGES]:
            contests = tuple(self._contests(commit)) if any(self.changes[commit.id]) else ()
            found += [Merge(commit.id, commit.committed, contests)] if contests else []
        return found

    def _contests(self, commit: git.Commit) -> Iterator[Contest]:
        bases = self._graph.bases(*commit.parents)
        if len(bases) != 1:
            return
        first, second = self.changes[commit.id]
        since = [self._graph.reach[parent] & ~self._graph.reach[bases[0]] for parent in commit.parents]
        for path in sorted({*first, *second}):
            result = (first.get(path) or second[path]).new
            ours, theirs = (side[path].old if path in side else result for side in (first, second))
            # git is asked for the base only where both sides have commits that touched the file.
            if ours and theirs and ours != theirs and all(self._touching[path] & side for side in since):
                (base,) = self.site.bases(commit.parents, bases, path)
                if base not in (ours, theirs):
                    yield Contest(path, self._kinds[path], base, ours, theirs, result)


def _recent(site: Site) -> Recent:
    try:
        return Recent(site, site.head)
    except git.GitError:
        return Recent(site, "")


class _Policies(dict[str, str]):
    """Path -> policy, empty where a path is not governed; each is looked up once."""

    def __init__(self, banks: Sequence[str], files: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.banks, self.files = banks, files

    def __missing__(self, path: str) -> str:
        kind = kind_of(path, self.banks, self.files)
        return self.setdefault(path, kind.policy if kind else "")


# -- what was measured of commits, once for each --------------------------------------------------------------------

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
    for commit, _, number in (row.partition(" ") for row in _rows(file)):
        if number.removeprefix("-").isdecimal() and len(number) < 10:
            yield commit, int(number)


def _measure(recent: Recent, known: dict[str, int], since: float, runs: Iterable[Run], budget: float) -> None:
    """Look into the commits that are not known, newest first: half of the time for ordinary ones, half for merges."""
    began, blob = time.monotonic(), recent.site.objects.blob
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
    """Whether a merge is what mbgit would have made of its files: WITH, WITHOUT, or UNKNOWN where no file tells.

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


# -- the ledger, and the record of times ----------------------------------------------------------------------------


def _runs(home: Path | None) -> list[Run]:
    """The runs of the driver, oldest first, each once (what was given up and done again); broken lines left out."""
    runs = [run for run in read_ledger(str(home)) if _is_sound(run)] if home else []
    once = {(run["path"], *sorted(run["blobs"].items(), key=str)): run for run in runs}
    return sorted(once.values(), key=lambda run: run["time"])


def _is_sound(run: Run) -> bool:
    blobs = run.get("blobs")
    return (
        isinstance(run.get("path"), str)
        and isinstance(blobs, dict)
        and all(blob is None or isinstance(blob, str) for blob in blobs.values())
        and isinstance(run.get("ms", 0), int | float)
        and 0 <= run["time"] < LATEST
        and 0 <= run.get("ms", 0) < LATEST
    )


def syncs(runs: Sequence[Run], reached: set[tuple[str, str]], merges: Sequence[Merge]) -> list[Sync]:
    """The syncs that HEAD tells of, out of the ledger's runs, both oldest first.

    `reached`: the versions (path, blob) that history holds; `merges`: those with contested files.
    """
    counting = _led_to(runs, reached)
    results = {(its.path, its.result): merge.commit for merge in merges for its in merge.contests}
    done = {(run["path"], run["blobs"]["result"]) for run in runs if id(run) in counting}
    by_merge: dict[str, list[Run]] = {}
    others = []
    for run in runs:
        counts = id(run) in counting
        commit = results.get((run["path"], run["blobs"].get("result"))) if counts else _left_by(run, merges, done)
        if commit:
            by_merge.setdefault(commit, []).append(run)
        elif counts or left(run):
            others.append(run)
    picked = [group for group in together(others, TOGETHER) if any(id(run) in counting for run in group)]
    return sorted(map(Sync, map(tuple, [*by_merge.values(), *picked])), key=lambda sync: sync.runs[0]["time"])


def _led_to(runs: Sequence[Run], reached: set[tuple[str, str]]) -> set[int]:
    """The runs whose result history holds, or that led to one of those (a squash goes pick by pick), by `id`."""
    wanted, found = set(reached), set()
    for run in reversed(runs):
        path, blobs = run["path"], run["blobs"]
        if blobs.get("result") and (path, blobs["result"]) in wanted:
            wanted.add((path, blobs.get("ours") or ""))
            found.add(id(run))
    return found


def _left_by(run: Run, merges: Sequence[Merge], done: set[tuple[str, str]]) -> str | None:
    """The merge in which a person did what a run had left to do; not where another run did it after all."""
    if left(run):
        fits = _same_sides if "ours" in run["blobs"] else _soon_after
        for merge in reversed(merges):
            for its in merge.contests:
                if its.path == run["path"] and (its.path, its.result) not in done and fits(run, merge, its):
                    return merge.commit
    return None


def _same_sides(run: Run, merge: Merge, contest: Contest) -> bool:
    return (contest.ours, contest.theirs) == (run["blobs"]["ours"], run["blobs"].get("theirs"))


def _soon_after(run: Run, merge: Merge, contest: Contest) -> bool:
    """All there is for what git left to a person where the engine did not answer: nothing tells the versions."""
    return bool(run["time"] - 1 <= merge.committed <= run["time"] + WEEK)


def together(runs: Iterable[Run], pause: float) -> list[list[Run]]:
    """The runs, oldest first, in groups: a new one where a run began more than `pause` seconds after the last end."""
    groups: list[list[Run]] = []
    for run in runs:
        if not groups or run["time"] - _end(groups[-1][-1]) > pause:
            groups.append([])
        groups[-1].append(run)
    return groups


def _end(run: Run) -> float:
    return float(run["time"]) + float(run.get("ms", 0)) / 1000


def note_sync(home: Path, runs: Iterable[Run], ended: float) -> None:
    """Keep how long a sync took that has just been told of, at `ended` (epoch seconds). Never raises OSError.

    `runs` are those that led to it. Nothing is kept where somebody was waited for: more than `PAUSE` seconds went by
    after the last of them; a wait between two of them ends what is not measured.
    """
    last = together(sorted(runs, key=lambda run: run["time"]), PAUSE)[-1:]
    if not last or not 0 <= ended - _end(last[0][-1]) <= PAUSE:
        return
    _note(home, {"time": round(ended, 3), "sync": round(ended - last[0][0]["time"], 3)})


def note_arrival(home: Path, files: int, began: float, ended: float) -> None:
    """Keep that a pull fast-forwarded, and how many files that brought. Never raises OSError.

    git does not say when it began: the time is that of the hook, from `began` to `ended` (epoch seconds).
    """
    if ended >= began:
        _note(home, {"time": round(ended, 3), "sync": round(ended - began, 3), "files": files})


def _note(home: Path, sync: dict[str, float]) -> None:
    line = to_json(sync)
    try:  # noqa: SIM105 - contextlib takes long to load
        files.append(f"{home}/{SYNCS}", line.encode() + b"\n", SYNCS_LIMIT)
    except OSError:
        pass


def _noted(home: Path | None) -> list[Noted]:
    """The syncs that were noted."""
    if home is None:
        return []
    rows = [row for name in (f"{SYNCS}.1", SYNCS) for row in _rows(home / name)]
    return [sync for row in rows if (sync := _sync(row))]


def _rows(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _sync(row: str) -> Noted | None:
    """What a line of the record says; None of a torn one."""
    import json

    try:
        found = json.loads(row)
        when, seconds, count = float(found["time"]), float(found["sync"]), int(found.get("files", 0))
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
        return None
    return Noted(when, seconds, count) if 0 <= seconds < LATEST and 0 <= count < LATEST else None
