"""A storm with branches, which a hosted button squashes onto main: `python -m tests.clones.storm --squash`.

The button is git's own merge in the bare remote, without a driver. It is pressed where that merge is clean and keeps
the law; where not, the branch pulls main first, as people have to. Then its clone goes on: on that branch, on a new one
of the same name, or on main.

git forgets what a squash or a rebase was made of. The judge does not: `Graph` has every commit with all of its parents,
and a merge is judged over what both sides have really in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

from tests.clones.storm.account import both
from tests.clones.storm.look import Texts, Trees, broken, standing, texts_at, trees_of, unsound
from tests.clones.storm.sync import CHANCES, Fault, Storm
from tests.support import GIT, Clone

MAIN = "main"
BRANCHING = {"press": 0.4, **CHANCES}


class Graph:
    """What each commit was made of, in a repository that none of the clones knows."""

    def __init__(self, room: Path, home: Path) -> None:
        (room / "judge.git").mkdir()
        self.repo = Clone(room / "judge.git", home, "Judge")
        self.repo.git("init", "-q", "--bare")
        self.repo.git("config", "gc.auto", "0")

    def made(self, clone: Clone, commit: str, source: str) -> None:
        """A commit was made of its parents, and of `source`."""
        if not {commit, source} & set(self.bases(clone, commit, source)):  # a rebase may leave out a merge on top
            parents = self.repo.git("show", "-s", "--format=%P", commit).split()
            self.repo.git("replace", "-f", "--graft", commit, *parents, source)

    def bases(self, clone: Clone, one: str, other: str) -> list[str]:
        """The commits that two come from."""
        self._fetch(clone, one, other)
        return self.repo.git("merge-base", "--all", one, other).split()

    def common(self, clone: Clone, one: str, other: str) -> list[Texts]:
        """What stands in the commits that two come from."""
        return [texts_at(self.repo, base) for base in self.bases(clone, one, other)]

    def _fetch(self, clone: Clone, *commits: str) -> None:
        self.repo.git("fetch", "-q", "--no-tags", str(clone.path), *commits)


@dataclass
class Squashes(Storm):
    """A storm in which most clones work on branches of their own."""

    chances: Mapping[str, float] = field(default_factory=lambda: BRANCHING)

    def begin(self, clones: int) -> None:
        super().begin(clones)
        self.host = Clone(self.room / "remote.git", self.clones[0].home, "Host")
        self.graph = Graph(self.room, self.clones[0].home)
        self.on = {clone.path.name: MAIN for clone in self.clones}

    def common(self, clone: Clone, theirs: str) -> list[Texts]:
        return self.graph.common(clone, clone.head, clone.git("rev-parse", theirs))

    def trees(self, clone: Clone, base: str | list[Texts], theirs: str) -> Trees:
        """A file that is on one side as git has it in the base is the other side's, whatever has been known of it."""
        found = super().trees(clone, base, theirs)
        _, *sides = found.texts
        at = texts_at(clone, clone.git("merge-base", "HEAD", theirs))
        paths = at.keys() | sides[0].keys() | sides[1].keys()
        return found._replace(unasked=frozenset(p for p in paths if at.get(p) in (side.get(p) for side in sides)))

    def picked(self, clone: Clone, commit: str, trees: Trees) -> Trees:
        """What a squash brings may be the clone's own work, of which git knows nothing."""
        known = reduce(both, (standing(texts, self.ledger) for texts in self.common(clone, commit)))
        own = {path: tokens & known.get(path, frozenset()) for path, tokens in trees.theirs.items()}
        return trees._replace(base=both(trees.base, own))

    def upstream(self, clone: Clone) -> tuple[str, ...]:
        return ("origin", MAIN)

    def target(self, clone: Clone) -> tuple[str, ...]:
        branch = self.on[clone.path.name]
        forced = ("--force-with-lease",) if branch != MAIN else ()  # after a rebase
        return (*forced, "origin", f"HEAD:{branch}")

    def pulled(self, clone: Clone, head: str) -> None:
        self.graph.made(clone, clone.head, head)

    def press(self, clone: Clone) -> None:
        """Squash the clone's branch; one that is on main begins a branch."""
        self.commit(clone)
        if self.on[clone.path.name] == MAIN:
            self.checkout(clone, f"topic-{clone.path.name}", "HEAD")
            return
        self.push(clone)
        if not self.squashed(clone):
            self.counts["presses that main is pulled for"] += 1
            self.pull(clone)
            self.commit(clone)
            self.push(clone)
            if not self.squashed(clone):
                raise Fault(f"{clone.path.name} has pulled main, and cannot be squashed")
        self.goes_on(clone)

    def squashed(self, clone: Clone) -> bool:
        """Press the button: whether git merges the branch by itself, and rightly."""
        host, branch = self.host, self.on[clone.path.name]
        main, topic = (host.git("rev-parse", name) for name in (MAIN, branch))
        merge = host.run(GIT, "merge-tree", "--write-tree", main, topic, check=False)
        tree = merge.stdout.split("\n")[0]
        if merge.returncode or not self.keeps_the_law(main, topic, tree):
            return False
        if tree != host.git("rev-parse", f"{main}^{{tree}}"):
            commit = host.git("commit-tree", tree, "-p", main, "-m", f"{branch}, squashed")
            host.git("update-ref", f"refs/heads/{MAIN}", commit)
            self.graph.made(host, commit, topic)
            self.story.append(f"host$ git merge --squash {branch}")
            self.counts["presses"] += 1
        return True

    def keeps_the_law(self, main: str, topic: str, tree: str) -> bool:
        """What a button makes of a branch that has not pulled main is git's, and no fault of mbgit's."""
        if not self.host.run(GIT, "merge-base", "--is-ancestor", main, topic, check=False).returncode:
            return True
        texts = texts_at(self.host, tree)
        ours, theirs = (texts_at(self.host, commit) for commit in (main, topic))
        trees = trees_of(self.graph.common(self.host, main, topic), ours, theirs, self.ledger)
        findings = {*unsound(texts, self.ledger, pushed=True)}
        findings.update(broken(trees, standing(texts, self.ledger), set(), self.ledger))
        return findings <= self.known

    def goes_on(self, clone: Clone) -> None:
        """On the branch that was squashed, on a new one of its name, or on main."""
        branch = self.on[clone.path.name]
        clone.git("fetch", "-q")
        how = self.rng.choice(("the same", "the same", "anew", MAIN))
        if how != "the same":
            self.run(clone, "push", "-q", "origin", "--delete", branch)
            self.checkout(clone, branch if how == "anew" else MAIN, f"origin/{MAIN}")

    def checkout(self, clone: Clone, branch: str, at: str) -> None:
        self.run(clone, "checkout", "-q", "--no-track", "-B", branch, at)
        self.on[clone.path.name] = branch
        self.counts["branches"] += branch != MAIN

    def finish(self) -> None:
        """All branches are squashed, and everybody is on main."""
        for clone in self.clones:
            self.commit(clone)
            if self.on[clone.path.name] != MAIN:
                self.pull(clone)
                self.press(clone)
                self.run(clone, "checkout", "-q", "--no-track", "-B", MAIN, f"origin/{MAIN}")
                self.on[clone.path.name] = MAIN
        super().finish()
