"""How sessions share what they wrote: every way of git, in any order, each step judged by the law in `look`."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.clones.storm.account import TICK, TOKEN, Ledger, Standing, all_of, arrived, in_several, returned
from tests.clones.storm.look import (
    Finding,
    Texts,
    Trees,
    broken,
    pending,
    standing,
    standing_at,
    texts_at,
    texts_of,
    trees_of,
    unsound,
    versions,
)
from tests.clones.storm.pages import BANK, PAGES, PERSONAS, SETTINGS
from tests.clones.storm.work import Work
from tests.support import GIT, Clone, armed

DAY = 24 * 60 * 60
PULLS = (
    ("--no-rebase",), ("--no-rebase", "--no-ff"), ("--rebase",), ("--rebase=merges",), ("--rebase", "--autostash"),
    ("--no-rebase", "--autostash"),
)  # fmt: skip
# These sessions purge and rewrite what is append-only, as people do who mean it; a merge has no such leave.
ON_PURPOSE = "".join(f"Mbgit-Allow: lost {BANK}/{name}\n" for name in ("SESSION_LOG.md", "progress.md"))
_MOVE = re.compile(r"git mv \"?([^\s\"]+)\"? \"?([^\s\"]+)")
_TWIN = re.compile(r"git rm \"?([^\s\"]+)")


CHANCES: Mapping[str, float] = {"pick": 0.12, "revert": 0.06, "worktree": 0.06, "harvest": 0.5, "upkeep": 0.2}


Log = Callable[[str], object]


class Fault(AssertionError):
    """A command of git that failed, where it must not."""


class Pull(NamedTuple):
    """How long a pull took, at which session, and how many commits there were."""

    seconds: float
    session: int
    commits: int


@dataclass
class Storm:
    """One run: a bare remote, its clones, and what has been found so far."""

    room: Path
    rng: random.Random
    clones: list[Clone] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    log: Log = str
    """Where each fault goes at once: a long run that is cut short has said what it knows."""
    pulls: list[Pull] = field(default_factory=list)
    known: set[Finding] = field(default_factory=set)
    """Faults that are told already: what stands twice does so after every later sync."""
    turned: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    armed: bool = True
    commit_options: tuple[str, ...] = ()
    chances: Mapping[str, float] = field(default_factory=lambda: CHANCES)
    """How likely a session does what, by the name of the method."""
    paths: tuple[str, ...] = ()
    """The files that sessions write; none: all."""
    ripe: int = 8
    """The lines of a buffer that are harvested."""
    owners: bool = True
    """Whether a clone owns its persona's rules alone; else each owns all."""

    def begin(self, clones: int) -> None:
        home = self.room / "home"
        home.mkdir(parents=True)
        first = Clone(self.room, home, PERSONAS[0])
        first.git("init", "-q", "--bare", "-b", "main", str(self.room / "remote.git"))
        for number in range(clones):
            who = PERSONAS[number % len(PERSONAS)]
            first.git("clone", "-q", str(self.room / "remote.git"), str(self.room / f"clone{number}"))
            clone = Clone(self.room / f"clone{number}", home, who)
            clone.git("config", "pull.rebase", "false")
            if not number:
                clone.git("checkout", "-q", "-B", "main")
                texts = {path: page.text for path, page in PAGES.items()}
                for path, text in (
                    texts | {".mbgit.toml": SETTINGS.format(lines=self.ripe, items=(self.ripe + 3) // 4)}
                ).items():
                    clone.write(path, text)
                clone.commit("seed")
                clone.git("push", "-q", "-u", "origin", "main")
            if self.armed:
                armed(clone, *["--persona", who] * self.owners)
            self.clones.append(clone)
        self.work = Work(self.rng, self.ledger, self.paths)

    # What is told

    def run(self, clone: Clone, *args: str, may_fail: bool = False) -> bool:
        """A git command that is part of the story; whether it went well. Raises Fault."""
        Clone.clock += 7
        self.story.append(f"{clone.path.name}$ git {' '.join(args)}")
        done = clone.run(GIT, *args, check=False)
        if "Traceback" in done.stderr or " broke: see " in done.stderr:
            raise Fault(f"{self.story[-1]}\n{done.stderr}")
        if done.returncode and not may_fail:
            raise Fault(f"{self.story[-1]}\n{done.stdout}\n{done.stderr}\n{clone.git('status', '--porcelain')}")
        return not done.returncode

    def found(self, clone: Clone, what: str, findings: list[Finding]) -> None:
        for finding in findings:
            if finding in self.known:
                continue
            self.known.add(finding)
            self.counts[finding.kind] += 1
            head = clone.git("rev-parse", "--short", "HEAD")
            self.fault(f"{finding} ({clone.path.name}, {what}, {len(self.story)} steps, HEAD {head})")

    def fault(self, said: str) -> None:
        self.faults.append(said)
        self.log(f"session {self.counts['sessions']}: {said}")

    # What a session does

    def session(self) -> None:
        """One clone works, commits, syncs in some of the ways people do, and mostly pushes."""
        clone = self.rng.choice(self.clones)
        Clone.clock += self.rng.choice((600, 3_600, 6 * 3_600, DAY)) * 6 // max(6, len(self.clones))
        self.counts["sessions"] += 1
        self.writes(clone)
        if self.rng.random() < 0.2:
            self.stash(clone)
        if self.rng.random() > 0.1:  # else a pull has something to autostash
            self.commit(clone)
        for act, chance in self.chances.items():
            if self.rng.random() < chance:
                getattr(self, act)(clone)
        if self.rng.random() < 0.8:
            self.pull(clone)
        if self.rng.random() < 0.85:
            self.push(clone)

    def writes(self, clone: Clone, session: Callable[[], list[str]] | None = None) -> None:
        before, known = standing(texts_of(clone), self.ledger), set(self.ledger.chain)
        done = session() if session else self.work.session(clone)
        clone.git("add", "-A")
        after = standing(texts_of(clone), self.ledger)
        self.ledger.acted(before, after)
        self.ledger.ever |= set(self.ledger.chain) - known - all_of(after)  # written and taken back at once
        self.story += [f"{clone.path.name}: {what}" for what in done]
        self.counts["edits"] += len(done)

    def commit(self, clone: Clone) -> None:
        if clone.git("status", "--porcelain"):
            Clone.clock += 60
            clone.git("add", "-A")
            self.run(clone, "commit", "-q", *self.commit_options, "-m", f"{clone.who} works\n\n{ON_PURPOSE}")
            self.story[-1] = f"{clone.path.name}$ git commit"
            self.counts["commits"] += 1

    def stash(self, clone: Clone) -> None:
        """Away with it, pull, and back."""
        if clone.git("status", "--porcelain"):
            self.run(clone, "stash")
            self.pull(clone)
            trees = self.trees(clone, "stash^1", "stash")
            self.run(clone, "stash", "pop")
            self.judge(clone, "stash pop", trees)
            self.put_back(clone, trees.base)
            clone.git("add", "-A")
            self.counts["stash pops"] += 1

    def put_back(self, clone: Clone, base: Standing) -> None:
        """Note what others took out of a file, and a stash that changed it puts back: no commit says what it was."""
        between = standing_at(clone, "HEAD", self.ledger)
        self.ledger.copied |= returned(base, between, standing(texts_of(clone), self.ledger))

    def pick(self, clone: Clone) -> None:
        """A commit of somebody else's, out of the middle of what has arrived."""
        self.commit(clone)
        clone.git("fetch", "-q")
        if theirs := clone.git("log", "--no-merges", "--format=%h", "HEAD..origin/main").split():
            self.apply(clone, "cherry-pick", self.rng.choice(theirs))

    def revert(self, clone: Clone) -> None:
        """One of the last commits is taken back; where that would undo what came later, a person is asked."""
        self.commit(clone)
        if mine := clone.git("log", "--no-merges", "-6", "--format=%h", "HEAD").split()[:-1]:
            self.apply(clone, "revert", self.rng.choice(mine))

    def apply(self, clone: Clone, how: str, commit: str) -> None:
        before = standing(texts_of(clone), self.ledger)
        sides = (f"{commit}^", commit) if how == "cherry-pick" else (commit, f"{commit}^")
        trees = self.trees(clone, *sides)
        if how == "cherry-pick":
            trees = self.picked(clone, commit, trees)
        if not self.run(clone, how, "-n", commit, may_fail=True):
            self.counts[f"{how}s for a person"] += 1
            if how == "cherry-pick" and not self.is_of_files(clone):
                raise Fault(f"{self.story[-1]}\n{clone.git('status', '--porcelain')}")
            clone.git("reset", "-q", "--hard")
            return
        if clone.git("diff", "--cached", "--name-only", "--diff-filter=D"):
            clone.git("reset", "-q", "--hard")  # a file taken away and edited elsewhere: git asks no driver about that
            return
        if how == "revert":  # of an edit, maybe, that told the version in a buffer from that in its target
            self.ledger.copied |= in_several(before)
        self.judge(clone, how, trees)
        after = standing(texts_of(clone), self.ledger)
        self.ledger.acted(before, after)
        self.ledger.copied |= arrived(before, after)  # also what the revert of a harvest has put back
        self.counts[f"{how}s"] += 1
        self.commit(clone)

    @staticmethod
    def is_of_files(clone: Clone) -> bool:
        """Whether all that is open is files that one side took away: git asks no driver about them."""
        left = {x[:2] for x in clone.git("status", "--porcelain").split("\n")} & {"UU", "AA", "DU", "UD", "AU", "UA"}
        return not left & {"UU", "AA"}

    def worktree(self, clone: Clone) -> None:
        """Work on a branch in a linked worktree, and in the clone meanwhile; then the one is merged into the other."""
        self.commit(clone)
        linked = Clone(clone.path.with_name(f"{clone.path.name}-linked"), clone.home, clone.who)
        self.run(clone, "worktree", "add", "-q", "-b", "side", str(linked.path))
        for one in (linked, clone):
            self.writes(one)
            self.commit(one)
        trees = self.trees(clone, clone.git("merge-base", "HEAD", "side"), "side")
        self.run(clone, "merge", "-q", "--no-edit", "side")
        self.judge(clone, "merge side", trees)
        self.run(clone, "worktree", "remove", "--force", str(linked.path))
        clone.git("branch", "-q", "-D", "side")
        self.counts["worktrees"] += 1

    # Proposals

    def harvest(self, clone: Clone) -> None:
        self.accept(clone, "harvest")

    def upkeep(self, clone: Clone) -> None:
        self.accept(clone, "upkeep")

    def accept(self, clone: Clone, name: str) -> None:
        """At once, or in a later session; as a merge, squashed, or picked."""
        self.commit(clone)
        key = f"{clone.path.name} {name}"
        ref = self.held.pop(key, "") or clone.git("rev-parse", "-q", "--verify", f"refs/mbgit/{name}", check=False)
        if not ref or clone.run(GIT, "merge-base", "--is-ancestor", f"{ref}^", "HEAD", check=False).returncode:
            return  # what it is built on was rebased away: no merge sees that it is the same
        if name == "upkeep" and clone is not self.clones[0] and self.archives(clone, ref):
            return
        if self.rng.random() < 0.2:
            self.held[key] = ref
            return
        before = texts_of(clone)
        trees = self.trees(clone, clone.git("merge-base", "HEAD", ref), ref)
        how = self.rng.choice((("merge",), ("merge", "--no-ff"), ("merge", "--squash"), ("cherry-pick",)))
        if how == ("cherry-pick",) and clone.git("rev-parse", f"{ref}^") == clone.git("rev-parse", "HEAD"):
            self.run(clone, "cherry-pick", ref)
        else:
            self.run(clone, "merge", "-q", *[] if how == ("cherry-pick",) else [*how[1:]], "--no-edit", ref)
        self.judge(clone, f"accept {name}", trees)
        self.carried(clone, name, before, trees)
        self.commit(clone)
        self.counts[f"{name} accepted"] += 1

    def carried(self, clone: Clone, name: str, before: dict[str, str], trees: Trees | None) -> None:
        """A proposal takes nothing out and adds nothing, but for locks that are over.

        What was taken out of the buffer while a proposal waited (`trees`: what it was made of) is in its document.
        """
        old, new = standing(before, self.ledger), standing(texts_of(clone), self.ledger)
        was, now = all_of(old), all_of(new)
        more = frozenset(now - was - (all_of(trees.base) if trees else set()))
        lost = frozenset(t for t in was - now - self.ledger.ever if not self.is_lock(t, before))
        for kind, tokens in (("resurrected", more), ("lost", lost)):
            if tokens:
                self.found(clone, name, [Finding(kind, "", tokens)])
        self.ledger.acted(old, new, moving=True)

    @staticmethod
    def is_lock(token: str, texts: dict[str, str]) -> bool:
        return any(token in x and " src/" in x for x in texts[f"{BANK}/activeContext.md"].split("\n"))

    # Pull and push

    def pull(self, clone: Clone, how: tuple[str, ...] = ()) -> None:
        how = how or self.rng.choice(PULLS)
        if "--autostash" not in how:
            self.commit(clone)
        clone.git("fetch", "-q")
        trees = self.trees(clone, self.common(clone, "origin/main"), "origin/main")
        before, head = standing_at(clone, "HEAD", self.ledger), clone.head
        stashed = clone.git("stash", "list")
        start = time.perf_counter()
        self.run(clone, "pull", "-q", "--no-edit", *how, *self.upstream(clone))
        seconds = time.perf_counter() - start
        commits = int(clone.git("rev-list", "--count", "HEAD"))
        self.pulls.append(Pull(seconds, self.counts["sessions"], commits))
        self.counts[f"pull {' '.join(how)}"] += 1
        if clone.git("stash", "list") != stashed:
            raise Fault(f"{self.story[-1]}\nwhat was stashed did not come back")
        self.judge(clone, f"pull {' '.join(how)}", trees)
        if "--autostash" in how:
            self.put_back(clone, before)
        self.other_way_round(clone)
        self.pulled(clone, head)
        clone.git("add", "-A")

    def other_way_round(self, clone: Clone) -> None:
        """A merge that this pull has made comes out the same, byte for byte, where the other side makes it."""
        parents = clone.git("show", "-s", "--format=%H %P", "HEAD").split()
        if self.armed and len(parents) == 3 and parents[0] not in self.turned:
            self.turned.add(parents[0])
            tree = clone.git("merge-tree", "--write-tree", parents[2], parents[1], check=False).split("\n")[0]
            self.counts["merged the other way round, too"] += 1
            if tree != clone.git("rev-parse", "HEAD^{tree}"):
                said = clone.git("diff", "--stat", tree, "HEAD", check=False)
                self.found(clone, "the other way round", [Finding("diverged", said, frozenset())])

    def push(self, clone: Clone) -> None:
        for _ in range(8):
            pushed = clone.run(GIT, "push", "-q", *self.target(clone), check=False)
            if not pushed.returncode:
                self.story.append(f"{clone.path.name}$ git push")
                self.counts["pushes"] += 1
                self.found(clone, "push", list(unsound(texts_of(clone), self.ledger, pushed=True)))
                return
            moves, twins = ([*dict.fromkeys(it.findall(pushed.stderr))] for it in (_MOVE, _TWIN))  # some are told twice
            if moves or twins:
                self.mended(clone, moves, twins)
            elif "mbgit: push refused" in pushed.stderr:
                raise Fault(f"{clone.path.name} may not push\n{pushed.stderr}")
            else:
                self.counts["races"] += 1
                self.pull(clone)
        raise Fault(f"{clone.path.name} cannot push\n{pushed.stderr}")

    def mended(self, clone: Clone, moves: list[tuple[str, str]], twins: list[str]) -> None:
        """What the hook says about records that took one number, and about decisions that have two records."""
        self.commit(clone)
        before = standing(texts_of(clone), self.ledger)
        for old, new in moves:
            self.run(clone, "mv", old, new)
        for twin in twins:
            self.run(clone, "rm", "-q", twin)
        self.ledger.acted(before, standing(texts_of(clone), self.ledger), moving=True)
        self.commit(clone)
        self.counts["renumbered"] += len(moves)
        self.counts["second records"] += len(twins)

    # What a storm with branches does in its own way (`squash`)

    def common(self, clone: Clone, theirs: str) -> list[Texts]:
        """What HEAD and another commit come from."""
        return [texts_at(clone, clone.git("merge-base", "HEAD", theirs))]

    def picked(self, clone: Clone, commit: str, trees: Trees) -> Trees:
        """The sides of a pick, where base is what the commit was made on."""
        return trees

    def upstream(self, clone: Clone) -> tuple[str, ...]:
        """Where a pull is from, if that is to be said."""
        return ()

    def target(self, clone: Clone) -> tuple[str, ...]:
        """Where a push goes."""
        return ("origin", "HEAD:main")

    def pulled(self, clone: Clone, head: str) -> None:
        """A pull has made something of what HEAD was."""

    # What must hold

    def trees(self, clone: Clone, base: str | list[Texts], theirs: str) -> Trees:
        """The sides of what is about to happen; ours is what stands in the worktree."""
        bases = [texts_at(clone, base)] if isinstance(base, str) else base
        return trees_of(bases, texts_of(clone), texts_at(clone, theirs), self.ledger)

    def judge(self, clone: Clone, what: str, trees: Trees | None = None) -> None:
        texts, findings = texts_of(clone), list[Finding]()
        if trees is not None:
            findings += broken(trees, standing(texts, self.ledger), self.aside(clone), self.ledger)
        findings += unsound(texts, self.ledger)
        self.found(clone, what, findings)

    def aside(self, *clones: Clone) -> set[str]:
        """Tokens that clones have set aside."""
        files = (f for clone in clones for f in (clone.common / "mbgit/aside").glob("*"))
        return {token for f in files for token in TOKEN.findall(f.read_text(errors="replace"))}

    def finish(self) -> None:
        """Everybody syncs until all have everything; then what is ripe is harvested, and every entry stands once."""
        for _ in range(2):
            for clone in self.clones:
                self.commit(clone)
                self.pull(clone)
                self.push(clone)
        self.agree()
        if self.armed:
            self.settle(self.clones[0])
        texts = texts_of(self.clones[0])
        self.counts["in two versions"] = versions(texts, self.ledger)
        self.final(texts)

    def agree(self) -> None:
        for clone in self.clones:
            self.pull(clone, ("--ff-only",))
        first = self.clones[0]
        for clone in self.clones[1:]:
            if texts_of(clone) != texts_of(first) or clone.git("rev-parse", "HEAD") != first.git("rev-parse", "HEAD"):
                self.found(clone, "the end", [Finding("diverged", "", frozenset())])

    def settle(self, clone: Clone) -> None:
        """Every buffer is ripe from now on, and this clone owns all rules: what is accepted leaves them."""
        clone.git("config", "--unset", "mbgit.persona", check=False)
        clone.write(".mbgit.toml", SETTINGS.format(lines=1, items=1))
        clone.commit("ripe")
        self.held.clear()
        for name in ("harvest", "harvest", "upkeep", "harvest", "upkeep"):
            if name == "upkeep":
                self.another_day(clone)
            if clone.git("for-each-ref", f"refs/mbgit/{name}"):
                before = texts_of(clone)
                self.run(clone, "merge", "-q", f"mbgit/{name}")
                self.judge(clone, f"the last {name}")
                self.carried(clone, name, before, None)
        self.push(clone)
        self.found(clone, "the last harvest", list(unsound(texts_of(clone), self.ledger, True, settled=True)))
        left = {t for t in pending(texts_of(clone), self.ledger) if not self.awaits(clone, t)}
        if left:
            self.found(clone, "the last harvest", [Finding("doubled", "", frozenset(left))])

    def archives(self, clone: Clone, ref: str) -> bool:
        """Does a proposal move journals? One clone does that: git asks no driver about a file that two moved and one
        wrote anew (README.md, limits)."""
        paths = clone.git("diff", "--name-only", f"{ref}^", ref).split("\n")
        return any("/sessions/archive/" in path for path in paths)

    def another_day(self, clone: Clone) -> None:
        """Somebody's push, and this clone's pull: upkeep looks once a day."""
        self.push(clone)
        other = self.clones[-1]
        self.pull(other, ("--ff-only",))
        other.commit("another day", DAY, **{f"{BANK}/days.md": f"# Days\n\n- {Clone.clock}\n"})
        self.push(other)
        self.pull(clone, ("--ff-only",))

    def awaits(self, clone: Clone, token: str) -> bool:
        """Whether its entry is a decision that is not accepted: then it stays in the inbox."""
        unit = self.ledger.units(token)[0]
        inbox = clone.read(f"{BANK}/decisions-inbox.md").split("\n### ")
        return any("**Status**: Proposed" in x and any(unit in self.ledger.units(t) for t in TOKEN.findall(x))
                   for x in inbox)  # fmt: skip

    def final(self, texts: dict[str, str]) -> None:
        """Over the whole run: what was written and not taken out stands, and what was taken out does not."""
        tree = standing(texts, self.ledger)
        have = all_of(tree)
        lost = set(self.ledger.chain) - self.ledger.ever - have - self.aside(*self.clones)
        back = {t for path, tokens in tree.items() for t in tokens if path in self.ledger.gone.get(t, ())}
        ticked = {t.removesuffix(TICK) for t in have if t.endswith(TICK)}  # ticked there, reworded here: both stand
        back = {t for t in back - ticked if not self.ledger.may_stand(t)}
        for kind, tokens in (("lost", lost), ("resurrected", back)):
            if tokens:
                self.found(self.clones[0], "the end", [Finding(kind, "", frozenset(tokens))])
