"""What a commit or a push adds: the trees that checks look around in, and the files that differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git
from mbgit.bank.entries import Undated
from mbgit.bank.kinds import Kind, bank_of, kind_of
from mbgit.bank.layouts import MEMORIES, OWN, layout_of
from mbgit.bank.locks import Lock
from mbgit.bank.settings import Settings
from mbgit.git.clone import Clone

if TYPE_CHECKING:  # checks load slowly, and most hooks after a commit run none
    from mbgit.checks.lost import Versions
    from mbgit.checks.page import Page

MOST = 5_000  # commits of one push that are looked at
FEW = 20  # branches and tags of one push that are each looked at; of more, those that no other one contains


class Older(NamedTuple):
    """A version of a file that was there before: in which commit, and its blob."""

    commit: str
    blob: str


class Addition(NamedTuple):
    """A file as it would be afterwards, and the older versions that it is held against."""

    path: str
    blob: str
    older: tuple[Older, ...]


class CommitTree:
    """The files of one commit."""

    def __init__(self, clone: Clone, commit: str) -> None:
        self.clone, self.commit = clone, commit

    @cached_property
    def settings(self) -> Settings:
        return self.clone.settings(self.commit)

    @cached_property
    def banks(self) -> list[str]:
        return self.clone.banks(self.commit)

    @cached_property
    def layout(self) -> str:
        """The layout that the settings name, else that of the first bank which has one of the specification."""
        return self.settings.layout or next((layout for layout in self.layouts.values() if layout != OWN), "buffers")

    @cached_property
    def layouts(self) -> dict[str, str]:
        """The layout of each bank with files: the one that the settings name, else the one that it looks like."""
        named = self.settings.layout
        return {bank: named or layout_of(names, bank) for bank in self.banks if (names := self._names(bank))}

    def kind(self, path: str) -> Kind | None:
        """The kind of a file, without what a bank with a form of its own does not ask for."""
        kind = kind_of(path, self.banks, self.settings.files)
        if kind is None or self.layout_at(path) == OWN:
            return kind and kind.without_form
        return kind._replace(aside=False) if kind.aside else kind

    def undated(self, path: str) -> Undated | None:
        """`undated` of `entries` for a file."""
        return self.settings.undated(path, self.banks)

    @property
    def locks(self) -> list[tuple[str, Lock]]:
        """The locks of the banks whose layout has any, each with its bank's folder."""
        return [(bank, lock) for bank, lock in self.clone.locks(self.commit) if self.layouts.get(bank) != OWN]

    def layout_at(self, path: str) -> str:
        """The layout of the bank that a file lies in; of a file in none, that of the repository."""
        return self.layouts.get(bank_of(path, self.banks) or "", self.layout)

    def _names(self, bank: str) -> list[str]:
        """The files of a bank, from its folder; private memories beside it count as in it."""
        inside = "" if bank == "." else f"{bank}/"
        beside = inside.rstrip("/").rpartition("/")[0]
        memories = f"{beside}/{MEMORIES}/".lstrip("/")
        return [path.removeprefix(inside) for path in self.files if path.startswith(inside)] + [
            path.removeprefix(beside).lstrip("/") for path in self.files if path.startswith(memories)
        ]

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The governed files, and their blobs."""
        return self._files_in(self.clone.scope(self.commit))

    def named(self, names: Collection[str]) -> dict[str, str]:
        """The Markdown files of these names anywhere in the repository, and their blobs."""
        found = self._files_in([":(top)*.md"])
        return {path: blob for path, blob in found.items() if path.rpartition("/")[2] in names}

    def _files_in(self, paths: Sequence[str]) -> Mapping[str, str]:
        return self.clone.files(self.commit, paths)

    def has(self, path: str) -> bool:
        """Whether anything lies at a path from the root; what lies in a submodule is taken to be there."""
        return not path or bool(self.clone.objects.kind(f"{self.commit}:{path}")) or self._in_submodule(path)

    def _in_submodule(self, path: str) -> bool:
        ends = [end for end, char in enumerate(path) if char == "/"]
        return bool(self._submodules) and not self._submodules.isdisjoint(path[:end] for end in (*ends, len(path)))

    @cached_property
    def _submodules(self) -> set[str]:
        return git.submodules(self.commit)

    def page(self, path: str) -> Page | None:
        """The file at a path from the root."""
        return self.read(path, f"{self.commit}:{path}")

    def read(self, path: str, blob: str) -> Page | None:
        """A blob as the page at a path; None where there is no such blob."""
        from mbgit.checks.page import Page

        data = self.clone.objects.blob(blob) if blob else None
        return None if data is None else Page(path, data, self.kind(path))


class IndexTree(CommitTree):
    """What is staged."""

    def __init__(self, clone: Clone) -> None:
        super().__init__(clone, "")

    def has(self, path: str) -> bool:
        return not path or path in self._all or path in self._folders or self._in_submodule(path)

    def _files_in(self, paths: Sequence[str]) -> dict[str, str]:
        diff = git.staged(git.empty_tree(self.clone.head), paths)
        return {change.path: change.new for change in diff if change.new_mode in git.FILES}

    @cached_property
    def _all(self) -> set[str]:
        return git.index_files()

    @cached_property
    def _folders(self) -> set[str]:
        return {path[:end] for path in self._all for end, char in enumerate(path) if char == "/"}


def _additions(diffs: Sequence[list[git.Change]], commits: Sequence[str]) -> list[Addition]:
    """The files that differ from every older commit; links and submodules are left out."""
    versions: dict[str, list[git.Change]] = {}
    for change in (change for diff in diffs for change in diff if change.new_mode in git.FILES):
        versions.setdefault(change.path, []).append(change)
    return [
        Addition(path, changes[0].new, tuple(Older(c, x.old) for c, x in zip(commits, changes, strict=False) if x.old))
        for path, changes in versions.items()
        if len(changes) == len(diffs)
    ]


class Step(NamedTuple):
    """One commit, and how it differs from each of its parents (from nothing, where it has none)."""

    commit: git.Commit
    diffs: list[list[git.Change]]

    @property
    def additions(self) -> list[Addition]:
        """The files that differ from every parent's."""
        return _additions(self.diffs, self.commit.parents)

    @property
    def gone(self) -> list[str]:
        """The blobs that the commit replaced or took away."""
        return [change.old for diff in self.diffs for change in diff if change.old]

    @classmethod
    def staged(cls, parents: Sequence[str], scope: Sequence[str]) -> Step:
        """The commit that would be made now, as far as it touches `scope`; it has no id. Raises GitError."""
        diffs = [git.staged(parent, scope) for parent in parents or [git.empty_tree()]]
        return cls(git.Commit("", tuple(parents), "", "", 0, 0, ""), diffs)

    def versions(self, tree: CommitTree) -> tuple[Versions, ...]:
        """The governed files that differ from any parent's; `tree` knows which files are."""
        from mbgit.checks.lost import Versions

        blobs: dict[str, list[str | None]] = {}
        result = {}
        for number, change in ((n, change) for n, diff in enumerate(self.diffs) for change in diff):
            blobs.setdefault(change.path, [None] * len(self.diffs))[number] = change.old
            result[change.path] = change.new
        kinds = ((path, tree.kind(path)) for path in blobs)
        return tuple(
            Versions(path, kind, tuple(result[path] if blob is None else blob for blob in blobs[path]), result[path])
            for path, kind in kinds
            if kind and not kind.aside
        )


class Range:
    """The commits that some tips contain and that are not known elsewhere yet. Raises GitError."""

    def __init__(
        self,
        clone: Clone,
        tips: Sequence[str],
        known: Sequence[str],
        *,
        remotes: bool = True,
        replaced: Sequence[str] | None = None,
    ) -> None:
        """`known`: commits that are known elsewhere; with `remotes` so are all remote-tracking branches. `replaced`:
        known commits that a forced push replaces; None: find them."""
        history = git.history(tips, known, MOST + 1, remotes=remotes)
        self.clone, self.tips = clone, tips
        self.commits, self.whole = history.commits[:MOST], len(history.commits) <= MOST
        self.branches = "refs/remotes" if remotes else "refs/heads"
        """Where the branches are that others have."""
        looked_for = _overwritten(tips, known, history.boundary) if remotes and replaced is None else []
        self.overwritten = looked_for if replaced is None else list(replaced)
        self.before = list(dict.fromkeys([*history.boundary, *self.overwritten]))
        self.scope = list(dict.fromkeys(spec for tip in tips for spec in clone.scope(tip)))

    @cached_property
    def steps(self) -> list[Step]:
        """Newest first."""
        return self._steps(self.scope)

    @property
    def everywhere(self) -> list[Step]:
        """The same with every file of the repository."""
        return self._steps([])

    def _steps(self, paths: Sequence[str]) -> list[Step]:
        """The commits, each with the files at some paths (pathspecs) in which it differs from its parents."""
        pairs = [(commit.id, parent) for commit in self.commits for parent in commit.parents or ("",)]
        diffs = iter(git.differences(pairs, paths))
        return [Step(commit, [next(diffs) for _ in commit.parents or ("",)]) for commit in self.commits]

    @property
    def heads(self) -> list[str]:
        """The tips to look at. One that was known before is left out: it brings nothing new."""
        inside = {commit.id for commit in self.commits}
        if len(self.tips) > FEW:
            inside.difference_update(parent for commit in self.commits for parent in commit.parents)
        return [tip for tip in self.tips if tip in inside]

    @property
    def blobs(self) -> list[str]:
        """All versions of files that the range replaces, takes away or brings."""
        changes = (change for step in self.steps for diff in step.diffs for change in diff)
        return [blob for change in changes for blob in (change.old, change.new) if blob]

    def steps_of(self, tip: str) -> list[Step]:
        """The steps that a tip contains: those of other tips may know nothing of its files."""
        held = {tip}
        for commit in self.commits if len(self.tips) > 1 else ():
            if commit.id in held:
                held.update(commit.parents)
        return [step for step in self.steps if len(self.tips) == 1 or step.commit.id in held]

    def additions(self, tip: str) -> list[Addition]:
        """The files of a tip that differ from all that was known before, renames followed."""
        return _additions(self._diffs(tip, self.scope, renames=True), self.before)

    def gone(self, tip: str) -> set[str]:
        """Every path of the repository that all that was known before has, and a tip has not."""
        diffs = self._diffs(tip, []) if self.before else []
        return set.intersection(*({c.path for c in diff if not c.new} for diff in diffs)) if diffs else set()

    def changed(self, tip: str) -> set[str]:
        """Every path of the repository in which a tip differs from all that was known before."""
        return set.intersection(*({change.path for change in diff} for diff in self._diffs(tip, [])))

    def _diffs(self, tip: str, paths: Sequence[str], *, renames: bool = False) -> list[list[git.Change]]:
        """A tip against each of the commits that were known before; where nothing was, all of its files are new."""
        pairs = [(tip, commit) for commit in self.before]
        return git.differences(pairs, paths, renames=renames) if pairs else [git.contents(tip, paths)]

    def added_at(self, page: Page, row: str) -> int | None:
        """When the first commit of the range was made that has this row in this file, in epoch seconds."""
        if page.path not in self._times:
            self._times[page.path] = self._rows_of(page.path)
        return self._times[page.path].get(row)

    def _rows_of(self, path: str) -> dict[str, int]:
        """The rows of a file in all commits of the range that touched it, each with the time of the first."""
        from mbgit.checks.page import Page

        times: dict[str, int] = {}
        for when, blob in self._versions.get(path, ()):
            rows = Page(path, self.clone.objects.blob(blob) or b"").rows
            times.update(dict.fromkeys(set(rows) - times.keys(), when))
        return times

    @cached_property
    def _versions(self) -> dict[str, list[tuple[int, str]]]:
        """For each path the blobs that commits of the range put there, oldest first, with the times of the commits."""
        found: dict[str, list[tuple[int, str]]] = {}
        for step in reversed(self.steps):
            for path, blob in {change.path: change.new for diff in step.diffs for change in diff if change.new}.items():
                found.setdefault(path, []).append((step.commit.committed, blob))
        return found

    @cached_property
    def _times(self) -> dict[str, dict[str, int]]:
        return {}


def _overwritten(tips: Sequence[str], known: Sequence[str], boundary: Sequence[str]) -> list[str]:
    """The known commits that a forced push replaces: no tip contains them."""
    asked = [commit for commit in known if commit not in boundary and commit not in tips]
    return git.beyond(asked, tips) if asked else []
