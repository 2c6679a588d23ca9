"""Reads from the clone what the digest needs. The parts of the digest do not ask git themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from mbgit import git
from mbgit.bank.kinds import REQUIRED, bank_of
from mbgit.bank.layouts import OWN
from mbgit.bank.personas import same_persona
from mbgit.bank.places import PLACES, find_banks
from mbgit.bank.remerge import LARGEST, Edits, Lost, Text, lines_of, lost, only_in, remerged
from mbgit.bank.settings import FILE, Settings
from mbgit.digest.news import Run
from mbgit.gate.commits import Addition, CommitTree, Older, Range, Step
from mbgit.git.clone import RECORD, Clone, kept_text
from mbgit.proposals.proposal import NAMES, Authors, ref_of
from mbgit.words import shown_path

from . import metrics
from .arrival import LOGBOOK, Arrival, Changed, Day, Delta, Loss, Upkeep
from .metrics.syncs import PAUSE, Noted

if TYPE_CHECKING:  # checks load slowly, and where nothing arrived there is nothing to check
    from mbgit.bank.entries import Entry
    from mbgit.checks.finding import Finding
    from mbgit.checks.lost import Versions
    from mbgit.gate.verdict import Judged
    from mbgit.proposals.harvest.plan import Provenance

PATIENCE = 3.0  # seconds for checks, and the same for merges that are made again: the hook has ten
MERGES = 20  # merges that are made again, the newest
STAMP = "looked"  # the day on which the bank's upkeep was last reported
WEEK, MONTHS = 7 * 24 * 3600, 60 * 24 * 3600
LOGS = ("SESSION_LOG.md", LOGBOOK)

KeepError = Callable[[Exception], str]
T = TypeVar("T")


class Span(NamedTuple):
    """From which commit to which HEAD went, and which commits of that this clone made itself."""

    old: str = ""
    """Empty: nothing arrived."""
    new: str = ""
    own: frozenset[str] = frozenset()
    forward: bool = False
    """Whether it was a merge that only fast-forwarded."""


def span(clone: Clone, event: str, args: Sequence[str], rewritten: Sequence[str]) -> Span:
    """What an event of git did to HEAD. `rewritten`: the lines that post-rewrite gets."""
    return _SPANS[event](clone, args, rewritten)


def _merged(clone: Clone, args: Sequence[str], _: Sequence[str]) -> Span:
    """A pull: git writes ORIG_HEAD first, and while the hook runs MERGE_HEAD stands if it made a commit itself."""
    if args[:1] == ("1",):  # a squash leaves HEAD where it is
        return Span()
    if clone.objects.commit("MERGE_HEAD"):
        old = clone.objects.commit("HEAD^1")
        return Span(old, clone.head, frozenset((clone.head, *_proposed(clone, old))))
    old = clone.objects.commit("ORIG_HEAD")
    return Span(old, clone.head, frozenset(_proposed(clone, old)), forward=True)


def _proposed(clone: Clone, old: str) -> list[str]:
    """The commits of this clone's proposals: who accepts one has seen it."""
    refs = (clone.objects.commit(ref_of(clone, name)) for name in NAMES)
    tips = [tip for tip in refs if tip]
    return git.line("rev-list", *tips, f"^{old}").split() if tips and old else []


def _rebased(clone: Clone, args: Sequence[str], rewritten: Sequence[str]) -> Span:
    """A rebase keeps where it came from until the hook is done; a reset on the way has overwritten ORIG_HEAD."""
    if args[:1] != ("rebase",):
        return Span()
    try:
        kept = Path(git.line("rev-parse", "--git-path", "rebase-merge/orig-head")).read_text().strip()
    except (git.GitError, OSError, ValueError):
        kept = ""
    old = clone.objects.commit(kept or "ORIG_HEAD")
    return Span(old, clone.head, frozenset(words[1] for row in rewritten if len(words := row.split()) > 1))


def _concluded(clone: Clone, _: Sequence[str], __: Sequence[str]) -> Span:
    """A commit with several parents concludes a merge; if HEAD was not at the first of them, it amends one."""
    first = clone.objects.commit("HEAD^1")
    if not clone.objects.commit("HEAD^2"):
        return Span()
    try:
        previous = git.line("rev-parse", "--quiet", "--verify", "HEAD@{1}")
    except git.GitError:  # there is no reflog
        previous = first
    return Span(first, clone.head, frozenset((clone.head,))) if previous == first else Span()


_SPANS = {"post-merge": _merged, "post-rewrite": _rebased, "post-commit": _concluded}


class Reader:
    """Reads what arrived; what cannot be read is reported, and the rest goes on."""

    def __init__(self, clone: Clone, now: int, keep_error: KeepError) -> None:
        self.clone, self.now, self.keep_error = clone, now, keep_error
        self.troubles: list[str] = []
        self.steps: list[Step] = []
        """The commits that HEAD went over, newest first."""
        self.began, self.files = time.time(), 0
        """When this began, and how many files arrived by a fast-forward."""

    def read(self, between: Span, runs: Sequence[Run], *, rebased: bool) -> Arrival | None:
        """None where the bank did not change. Raises GitError."""
        range_ = _range(self.clone, between)
        self.steps = range_.steps if range_ else []
        steps = [step for step in self.steps if step.commit.id not in between.own]
        touched = range_ is not None and any(diff for step in steps for diff in step.diffs)
        pair = (between.new, between.old)
        changes = git.differences([pair], self.clone.scope(between.new))[0] if touched else []
        if not runs and not changes:
            return None
        tree = CommitTree(self.clone, self.clone.head)
        arrival = self._bank(tree, changes)._replace(runs=runs, rebased=rebased, deltas=list(_deltas(steps)))
        if not runs and not any(arrival.concerns(change.path) for change in changes):
            return None
        self.files = len(changes) if between.forward and not runs else 0
        nothing: tuple[list[Judged], int] = [], 0
        found, unchecked = nothing
        if range_ is not None:
            found, unchecked = self.tried(partial(self._findings, tree, range_, changes, between.old), nothing)
        return arrival._replace(
            findings=found,
            unchecked=unchecked,
            losses=self.tried(lambda: self._losses(tree, steps), []),
            changed=self.tried(lambda: self._changed(arrival, between.old), []),
            locks=self.tried(lambda: tree.locks, []),
            unarmed=self.tried(lambda: self._unarmed(tree), []),
            upkeep=self.tried(lambda: self._upkeep(tree, arrival), None),
            metrics=self.tried(lambda: self._metrics(runs), ""),
        )

    def _metrics(self, runs: Sequence[Run]) -> str:
        """The metrics, with the sync that is being reported."""
        seconds = time.time() - min((run["time"] for run in runs), default=self.began)
        waited = not 0 <= seconds <= PAUSE
        last = Noted(self.now, seconds, self.files) if (self.files or runs) and not waited else None
        return metrics.table(metrics.metrics(self.clone, self.now, last=last))

    def tried(self, ask: Callable[[], T], otherwise: T) -> T:
        """What `ask` answers; `otherwise` where it breaks, which is reported."""
        try:
            return ask()
        except Exception as error:
            self.troubles.append(f"a part of the digest broke: see {self.keep_error(error)}")
            return otherwise

    def _bank(self, tree: CommitTree, changes: Sequence[git.Change]) -> Arrival:
        files = dict(tree.files)
        before = dict(files)
        for change in changes:
            before.pop(change.path, None)
            if change.old and change.old_mode in git.FILES:
                before[change.path] = change.old
        return Arrival(
            now=self.now,
            persona=self.clone.persona,
            branch=self.clone.branch,
            head=tree.commit,
            banks=tree.banks,
            kinds=tree.kind,
            settings=tree.settings,
            files=files,
            before=before,
            read=self.clone.objects.blob,
        )

    # -- what was done by others, and how --

    def _findings(
        self, tree: CommitTree, range_: Range, changes: Sequence[git.Change], old: str
    ) -> tuple[list[Judged], int]:
        """What the checks of pages find that is an error, and how many files there was no time for.

        A warning is for its author, who got it before the commit.
        """
        from mbgit.checks.page import World
        from mbgit.gate.judge import Gate

        additions = [
            Addition(change.path, change.new, (Older(old, change.old),) if change.old else ())
            for change in changes
            if change.new_mode in git.FILES
        ]
        gate = Gate(self.clone, self.now, self.keep_error)
        world = World(
            tree, tree.settings, tree.layout, self.now, lambda page, row: range_.added_at(page, row) or self.now
        )
        found: list[Finding] = []
        late = time.monotonic() + PATIENCE
        for number, addition in enumerate(additions):
            if time.monotonic() > late:
                return _errors(found, tree.settings), len(additions) - number
            found += gate.pages(tree, [addition], world, _grave(tree.settings, addition.path))
        return _errors(found, tree.settings), 0

    def _changed(self, arrival: Arrival, old: str) -> list[Changed]:
        """What arrived of changes to published entries of logs and decisions; what only moved is none."""
        found: list[Changed] = []
        for path, blob in arrival.before.items():
            kind = arrival.kind(path)
            if blob != arrival.files.get(path) and kind and (kind.append_only or kind.stamps == REQUIRED):
                found += self._changed_in(arrival, old, path, kind.append_only)
        return found

    def _changed_in(self, arrival: Arrival, old: str, path: str, scope: str) -> Iterator[Changed]:
        """The same of one file."""
        deltas = [delta for delta in arrival.deltas if delta.path == path]
        undated = arrival.undated(path)
        before, after = Text(arrival.text_before(path), undated), Text(arrival.text(path), undated)
        missing = before.beyond(after) if deltas and len(before.data) <= LARGEST else set()
        gone = [entry for entry in only_in(before, after) if missing & lines_of(entry)] if missing else []
        if not gone:
            return
        from mbgit.checks.lost import in_scope

        edits, authors = Edits(only_in(after, before)), Authors(old, path)
        texts = [
            Text(arrival.text(other)) for other, blob in arrival.files.items() if blob != arrival.before.get(other)
        ]
        for entry in (entry for entry in gone if in_scope(entry, scope or "*")):
            if not any(lines_of(entry) <= text.said for text in texts):
                delta = self._taker(deltas, missing & lines_of(entry))
                yield self._change(delta, entry, edits.of(entry), authors(entry))

    def _taker(self, deltas: Sequence[Delta], lines: set[bytes]) -> Delta:
        """The newest commit that took out lines, else the newest at all."""
        for delta in deltas:
            now = Text(self.clone.objects.blob(delta.blob) if delta.blob else b"")
            was = [Text(self.clone.objects.blob(blob)) for blob in delta.older]
            if was and all(lines & text.taken_out(now) for text in was):
                return delta
        return deltas[0]

    def _change(self, delta: Delta, entry: Entry, edit: Entry | None, by: Provenance) -> Changed:
        mine = bool(by.mail) and by.mail == self.clone.email
        mine = mine or (bool(self.clone.persona) and same_persona(by.name, self.clone.persona))
        after = edit.text.decode(errors="replace") if edit else ""
        what = (entry.title, entry.text.decode(errors="replace"), after, edit.line if edit else 0)
        return Changed(delta.path, delta.commit, delta.author, by.name, mine, *what)

    def _losses(self, tree: CommitTree, steps: Sequence[Step]) -> list[Loss]:
        found = []
        late = time.monotonic() + PATIENCE
        for step, versions in _merged_files(steps, tree):
            if time.monotonic() > late:
                break
            loss = self._loss(tree, step, versions)
            if loss is not None:
                found.append(loss)
        return found

    def _loss(self, tree: CommitTree, step: Step, versions: Versions) -> Loss | None:
        """None if mbgit may have made that merge, or if that cannot be found out."""
        parents = step.commit.parents
        blobs = self.clone.bases(parents, git.merge_bases(parents), versions.path)
        bases = [self.clone.objects.blob(blob) if blob else None for blob in blobs]
        one, other, result = (self._version(blob) for blob in (*versions.parents, versions.result))
        name, policy, undated = versions.path.rpartition("/")[2], versions.kind.policy, tree.undated(versions.path)
        if len(bases) != 1 or None in (one, other, result):
            return None
        seen = self.clone.seen(parents, versions.path)
        if (result or b"") in remerged(bases[0] or b"", one or b"", other or b"", policy, name, seen):
            return None
        head = Text(self._version(tree.files.get(versions.path, ""))).said
        gone = [item for item in lost(bases, [one, other], result, policy, name, seen, undated) if _is_gone(item, head)]
        if not gone and policy == "latest":  # clocks may have decided one unit one way and one another
            return None
        titles = tuple(item.entry.title for item in gone)
        return Loss(step.commit.id, step.commit.author, versions.path, titles, gone[0].parent if gone else 0)

    def _version(self, blob: str) -> bytes | None:
        """A blob's bytes; none for one that cannot be had, empty for a file that is not there."""
        return self.clone.objects.blob(blob) if blob else b""

    # -- what is to be done --

    def _unarmed(self, tree: CommitTree) -> list[str]:
        if self.clone.home is None:
            return []
        if not (self.clone.home / RECORD).exists():  # armed for all clones at once, whose rules know the usual places
            apart = [*(bank for bank in tree.settings.banks if bank not in PLACES), *dict(tree.settings.files)]
            return [f"{shown_path(path)}, which {FILE} names: run install.py in this clone" for path in apart]
        from .installed import unarmed

        named = tree.settings.banks
        there = named or find_banks(lambda place: self.clone.objects.kind(f"{tree.commit}:{place}") == "tree")
        elsewhere = self.clone.config.get("core.hookspath", "")
        return unarmed(self.clone.home, tree.banks, list(there), elsewhere)

    def _upkeep(self, tree: CommitTree, arrival: Arrival) -> Upkeep | None:
        if self.clone.home is None or kept_text(self.clone.home / STAMP) == _day(self.now):
            return None
        since = self.now - MONTHS
        touched: dict[str, int] = {}
        commits = git.touches(arrival.head, since, self.clone.scope(arrival.head))
        for commit in commits:
            for path in commit.paths:
                touched.setdefault(path, commit.committed)
        logs = {commit.id for commit in commits if any(path.endswith(LOGS) for path in commit.paths)}
        day = _last_day(git.touches(arrival.head, self.now - WEEK, None), logs, self.clone.email, _day(self.now))
        banks = [bank for bank in tree.banks if tree.layouts.get(bank) != OWN]
        logged = any(bank_of(path, tree.banks) in banks for name in LOGS for path in arrival.in_banks(name))
        return Upkeep(touched, since, self._sizes(arrival, banks), day if logged else None)

    def _sizes(self, arrival: Arrival, banks: Sequence[str]) -> dict[str, int]:
        """How large those of the banks are for which there is a cap."""
        sizes = dict.fromkeys(banks, 0)
        for path in arrival.files:
            bank = bank_of(path, arrival.banks)
            if bank in sizes:
                sizes[bank] += len(arrival.text(path))
        return sizes


def keep_day(clone: Clone, now: int) -> None:
    """Remember that the upkeep has been reported today. Raises OSError."""
    if clone.home is not None:
        (clone.home / STAMP).write_text(_day(now))


def _range(clone: Clone, between: Span) -> Range | None:
    """The commits that HEAD went over; None where there are none, or where it did not come from `old` at all."""
    if not between.old or not between.new or between.old == between.new:
        return None
    found = Range(clone, [between.new], [between.old], remotes=False)
    return found if found.commits and found.before else None


def _errors(found: Sequence[Finding], settings: Settings) -> list[Judged]:
    from mbgit.gate.verdict import judged

    return [item for item in judged(found, settings, []).judged if item.level == "error"]


def _grave(settings: Settings, path: str) -> list[str]:
    """The checks of pages whose findings are errors there."""
    from mbgit.checks import LEVELS, PAGE_CHECKS

    return [name for name in PAGE_CHECKS if settings.level(name, path, LEVELS[name]) == "error"]


def _deltas(steps: Sequence[Step]) -> Iterator[Delta]:
    for step in steps:
        author = step.commit.author
        for path, blob, older in step.additions:
            yield Delta(path, author, blob, tuple(version.blob for version in older), step.commit.id)
        for change in step.diffs[0] if len(step.diffs) == 1 else ():
            if not change.new:
                yield Delta(change.path, author, "", (change.old,), step.commit.id)


def _merged_files(steps: Sequence[Step], tree: CommitTree) -> Iterator[tuple[Step, Versions]]:
    """The files that merges of two parents changed, newest first, but for those whose change is permitted."""
    from mbgit.checks.lost import allowed

    merges = (step for step in steps if len(step.commit.parents) == 2 and any(step.diffs))
    for step in islice(merges, MERGES):
        permitted = allowed(step.commit.message)
        for versions in step.versions(tree):
            if versions.path not in permitted and versions.parents[0] != versions.parents[1]:
                yield step, versions


def _is_gone(item: Lost, said: frozenset[bytes]) -> bool:
    """Whether a lost entry has not come back since."""
    return not lines_of(item.entry) <= said


def _last_day(commits: Sequence[git.Touch], logs: set[str], email: str, today: str) -> Day | None:
    mine = [(_day(commit.committed), commit.id in logs) for commit in commits if email and commit.email == email]
    date = max((day for day, _ in mine if day < today), default="")
    its = [logged for day, logged in mine if day == date]
    return Day(date, len(its), any(its)) if its else None


def _day(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d")
