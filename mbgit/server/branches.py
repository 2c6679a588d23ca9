"""Branches that a server's button can merge: BASE is merged into each where drivers run, and the result is pushed.

Servers run no drivers, so a branch that merges cleanly in every clone shows conflicts there. Once the branch contains
BASE there is nothing left to merge. `python -I -m mbgit.server.branches [--push] REMOTE BASE [BRANCH...]`, called in a
clone with drivers, prints a line for each branch; the status is 0, 1 where one needs a person, 2 for a wrong call (or a
branch that REMOTE has not), 3 where it broke. Worktree, index and HEAD of the caller stay as they are, nothing is
pushed by force, and without `--push` each merge is left at `refs/mbgit/merged/BRANCH`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from mbgit import git, report
from mbgit.git.clone import Clone
from mbgit.proposals.proposal import signs_commits
from mbgit.server.worktree import Merge, MergeWorktree
from mbgit.words import quoted, shown_path

USAGE = "usage: merge-branches [--push] REMOTE BASE [BRANCH...]"
KEPT = "refs/mbgit/merged"
UP_TO_DATE, MERGED, PUSHED, PERSON, REFUSED = "up to date", "merged", "pushed", "needs a person", "refused"
TRIES = 3  # merges of a branch that somebody else pushes to meanwhile
NAMED = 5  # paths that a line names
LANDED = 1_000  # commits of BASE among which the squash of a branch is looked for
_SAID = ("remote: ", "fatal: ", "error: ")  # the words of the remote, else of git
_MOVED = ("stale info", "fetch first", "non-fast-forward", "remote ref updated", "failed to update ref", "cannot lock")


class Misuse(Exception):
    """Called wrongly, or where it cannot be done; the message says what to do."""


class Request(NamedTuple):
    """The command line, read."""

    push: bool
    remote: str
    base: str
    branches: list[str]
    """Empty: all that are not merged."""


class Result(NamedTuple):
    """What became of a branch: one of the words above, and what goes with it, fit for a terminal."""

    branch: str
    word: str
    about: str = ""

    @property
    def text(self) -> str:
        return f"{self.word}: {self.about}" if self.about else self.word


def main(argv: list[str]) -> int:
    """Do what is asked for; the exit status."""
    try:
        return run(read(argv))
    except (Misuse, git.GitError) as error:
        report.complain(f"mbgit: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        folder = Path(tempfile.mkdtemp(prefix="mbgit-"))
        report.complain(f"mbgit: merging broke: see {report.trouble(folder, error)}")
        return 3


def read(argv: Sequence[str]) -> Request:
    """Read the command line. Raises Misuse."""
    push, rest = argv[:1] == ["--push"], [*argv]
    del rest[:push]
    if rest[:1] == ["--"]:
        del rest[0]
    elif rest and rest[0].startswith("-"):
        raise Misuse(USAGE)
    if len(rest) < 2 or not all(rest):
        raise Misuse(USAGE)
    return Request(push, rest[0], rest[1], list(dict.fromkeys(rest[2:])))


def run(asked: Request) -> int:
    """Merge, and print what became of each branch; the exit status. Raises Misuse, GitError, OSError."""
    clone = Clone()
    try:
        _must_be_able(clone, asked)
        remote = Remote(asked.remote)
        missing = remote.fetch([asked.base, *asked.branches] if asked.branches else [])
        if asked.base in missing or not remote.tip(asked.base):
            raise Misuse(f"{quoted(asked.remote)} has no branch {quoted(asked.base)}")
        results = _merge_all(clone, asked, remote, [name for name in asked.branches if name not in missing])
    finally:
        clone.close()
    for name in missing:
        report.complain(f"mbgit: {quoted(asked.remote)} has no branch {quoted(name)}")
    if results:
        title = f"{asked.base} merged into the branches of {asked.remote}"
        report.summary(title, ("branch", "result"), [(shown_path(it.branch), it.text) for it in results])
    return 2 if missing else int(any(result.word == PERSON for result in results))


def _must_be_able(clone: Clone, asked: Request) -> None:
    try:
        git.line("rev-parse", "--git-dir")
    except git.GitError as error:
        raise Misuse(str(error)) from error
    if "merge.mbgit-union.driver" not in clone.config:
        raise Misuse("the drivers are not armed in this clone: python3 PATH/TO/mbgit/install.py")
    if not any(key.startswith(f"remote.{asked.remote}.") for key in clone.config):
        raise Misuse(f"this clone has no remote {quoted(asked.remote)}: git remote -v lists them")
    if git.is_shallow():
        raise Misuse("this clone is shallow: git fetch --unshallow (in a workflow: fetch-depth: 0)")
    git.line("var", "GIT_COMMITTER_IDENT")  # raises where git knows no name to commit by


def _merge_all(clone: Clone, asked: Request, remote: Remote, branches: Sequence[str]) -> list[Result]:
    """Merge into the branches that are named, else into all that are not merged; a line for each as it is done."""
    base = remote.tip(asked.base)
    for ref in git.refs(KEPT):
        git.forget(ref)
    results = []
    common = Path(git.line("rev-parse", "--path-format=absolute", "--git-common-dir"))
    with MergeWorktree(common / "mbgit", base) as bench:
        merger = Merger(clone, asked, remote, bench)
        for branch in branches or remote.unmerged(base, but=asked.base):
            result = merger.merge(branch)
            report.say(f"{shown_path(branch)}: {result.text}")
            results.append(result)
    return results


# -- the remote -------------------------------------------------------------------------------------------------------


class Push(NamedTuple):
    """How a push ended."""

    done: bool
    moved: bool = False
    """The branch has moved meanwhile."""
    why: str = ""


class Remote:
    """A remote's branches, as they are there: a tracking branch may be of one that is gone."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fetch(self, branches: Sequence[str]) -> list[str]:
        """Fetch some branches (none: all); those that are not there. Raises GitError."""
        said = git.line("ls-remote", "--heads", "--", self.name)
        self.heads = [row.partition("refs/heads/")[2] for row in said.split("\n") if row]
        names = [name for name in dict.fromkeys(branches) if name in self.heads]
        if names or not branches:
            specs = [f"+refs/heads/{name}:{self.ref(name)}" for name in names or ["*"]]
            self._fetch("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.name, *specs)
        return [name for name in dict.fromkeys(branches) if name not in self.heads]

    def _fetch(self, *args: str) -> None:
        for left in reversed(range(TRIES)):
            done = git.ended(*args)
            if not done.returncode:
                return
            if not left or b"cannot lock ref" not in done.stderr:  # where another fetch of this clone had been quicker
                raise git.failure(args, done)

    def ref(self, branch: str) -> str:
        return f"refs/remotes/{self.name}/{branch}"

    def tip(self, branch: str) -> str:
        """The commit that a branch was at when it was fetched; empty where it has none."""
        try:
            return git.line("rev-parse", "--verify", "--quiet", f"{self.ref(branch)}^{{commit}}")
        except git.GitError:
            return ""

    def unmerged(self, base: str, but: str) -> list[str]:
        """The branches that hold more than a commit does. Raises GitError."""
        tips = {name: self.tip(name) for name in sorted(self.heads) if name != but}
        beyond = set(git.beyond([tip for tip in tips.values() if tip], [base]))
        return [name for name, tip in tips.items() if tip in beyond]

    def push(self, branch: str, old: str, new: str) -> Push:
        """Push a descendant of `old` to a branch. The lease refuses one that is not at `old` any more, as it is gone,
        or was taken back: a plain push would make it again. The gate has been asked, no hook is."""
        where = f"refs/heads/{branch}"
        how = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
        spec = (f"--force-with-lease={where}:{old}", "--", self.name, f"{new}:{where}")
        done = git.ended("push", *how, *spec, env={"LC_ALL": "C"})
        if not done.returncode:
            return Push(True)
        rows = (done.stdout + b"\n" + done.stderr).decode(errors="replace").split("\n")
        why = next((row.rpartition("\t")[2].partition("] ")[2].strip("()") for row in rows if row[:2] == "!\t"), "")
        said = (row.removeprefix("remote: ").strip() for mark in _SAID for row in rows if row.startswith(mark))
        return Push(False, any(word in why for word in _MOVED), ": ".join(filter(None, (why, next(said, "")))))


# -- a branch ---------------------------------------------------------------------------------------------------------


class Merger:
    """Merges BASE into one branch after the other."""

    def __init__(self, clone: Clone, asked: Request, remote: Remote, bench: MergeWorktree) -> None:
        self.clone, self.asked, self.remote, self.bench = clone, asked, remote, bench
        self.base = remote.tip(asked.base)
        self._known: dict[str, list[tuple[str, str, set[str]]]] = {}

    def merge(self, branch: str) -> Result:
        """Merge BASE into a branch, and push it if that is asked for; again where somebody else was quicker."""
        try:
            for _ in range(TRIES):
                word, about, moved = self._attempt(branch, self.remote.tip(branch))
                if not moved:
                    return Result(branch, word, about)
                if self.remote.fetch([branch]):
                    return Result(branch, REFUSED, "push: the branch is gone")
        except git.GitError as error:
            return Result(branch, PERSON, quoted(str(error)))
        return Result(branch, word, about)

    def _attempt(self, branch: str, tip: str) -> tuple[str, str, bool]:
        """The word and what goes with it, and whether the branch has moved meanwhile. Raises GitError."""
        if not git.beyond([self.base], [tip]) or not git.beyond([tip], [self.base]) or self._is_squashed(tip):
            return UP_TO_DATE, "", False
        merge = self.bench.merge(tip, self.base)
        if paths := merge.conflicts or self._for_others(tip):
            more = f" +{len(paths) - NAMED} more" if len(paths) > NAMED else ""
            return PERSON, " ".join(map(shown_path, paths[:NAMED])) + more, False
        if merge.tree == self._tree(self.base):
            return UP_TO_DATE, "", False  # all that it brings is there
        commit = self._commit(branch, tip, merge)
        if why := self._refused(commit, tip):
            return REFUSED, why, False
        if not self.asked.push:
            git.point(f"{KEPT}/{branch}", commit)
            return MERGED, "", False
        pushed = self.remote.push(branch, tip, commit)
        if pushed.done:
            return PUSHED, "", False
        return REFUSED, f"push: {quoted(pushed.why)}", pushed.moved

    def _for_others(self, tip: str) -> list[str]:
        """The files in conflict on a server that drivers other than mbgit's have merged here."""
        if not self.bench.has_other_drivers():
            return []
        paths = self.bench.merge_unarmed(tip, self.base).conflicts
        governed = self.bench.governed(paths)
        return [path for path in paths if path not in governed]

    def _is_squashed(self, tip: str) -> bool:
        """Whether BASE has one commit that is all of a branch: to take BASE in again would bring back what BASE has
        taken out since."""
        bases = git.merge_bases([tip, self.base])
        if len(bases) != 1:
            return False
        paths = {change.path for change in git.differences([(tip, bases[0])], [])[0]}
        for commit, parent, its in self._landed(bases[0]):
            if its == paths:
                merge = self.bench.merge(parent, tip)
                if not merge.conflicts and merge.tree == self._tree(commit):
                    return True
        return False

    def _landed(self, since: str) -> Iterator[tuple[str, str, set[str]]]:
        """The commits of BASE since another one, newest first, with their parents and the files that they changed."""
        if since not in self._known:
            commits = git.history([self.base], [since], LANDED, remotes=False).commits
            pairs = [(commit.id, commit.parents[0]) for commit in commits if len(commit.parents) == 1]
            diffs = git.differences(pairs, [])
            self._known[since] = [(*pair, {it.path for it in diff}) for pair, diff in zip(pairs, diffs, strict=True)]
        yield from self._known[since]

    def _tree(self, commit: str) -> str:
        return self.clone.objects.id(f"{commit}^{{tree}}")

    def _commit(self, branch: str, tip: str, merge: Merge) -> str:
        message = f"Merge branch '{self.asked.base}' into {branch}\n"
        sign = ["-S"] if self._signs else ["--no-gpg-sign"]
        made = git.run("commit-tree", merge.tree, "-p", tip, "-p", self.base, *sign, stdin=os.fsencode(message))
        return git.line_of(made)

    @cached_property
    def _signs(self) -> bool:
        return signs_commits(self.clone)

    def _refused(self, commit: str, tip: str) -> str:
        """What the gate of a push has against a merge: the checks, and the first of what they found."""
        from mbgit.gate.judge import Gate
        from mbgit.git.clone import now
        gate = Gate(self.clone, now(), lambda error: report.trouble(self.bench.home, error))
        errors = [it.finding for it in gate.push([commit], [tip, self.base]).judged if it.level == "error"]
        checks = ", ".join(dict.fromkeys(finding.check for finding in errors))
        return f"{checks}: {shown_path(errors[0].path)}: {errors[0].what}" if errors else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
