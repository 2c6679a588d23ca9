"""Many clones at random work on one bank: `python -m tests.clones.storm --clones 6 --sessions 100 --seed 1`.

Every line that a session writes has a token of its own: so after each pull, and at the end in every clone,
it is known what must stand there, what must not, and that nothing stands twice. What latest-wins decides
against counts as kept where a clone has set it aside.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.clones.storm.record import record
from tests.support import GIT, Clone, install

BANK = ".claude/memory-bank"
PERSONAS = ("Tech Lead", "Debugger", "Test Specialist", "Dev Engineer", "DevOps Engineer", "Product Owner")
TOKEN = re.compile(r"k\d+z")
MARKERS = re.compile(r"^(<{7}|>{7}|\|{7}|={7})( |$)", re.MULTILINE)
SEED = {
    "activeContext.md": "# Active Context\n\n**Last Updated**: 2025-10-09 08:00\n\n"
    "## Current Focus\n\nFocus k1z\n\n"
    "## Active Agents\n\n| Agent Role | Current Task |\n| --- | --- |\n"
    + "".join(f"| {name} | idle k{i + 2}z |\n" for i, name in enumerate(PERSONAS))
    + "\n## Active Work\n\n| Agent | File |\n| --- | --- |\n\n## Active Tasks\n\n- [ ] first k9z\n",
    "patterns-buffer.md": "# Patterns\n\n> Harvest at 20 lines\n\n",
    "lessons-buffer.md": "# Lessons\n\nNewest first.\n\n",
    "decisions-inbox.md": "# Decisions\n\n",
    "SESSION_LOG.md": "# Session Log\n\n",
    "progress.md": "# Progress\n\n## Roadmap\n\n- [ ] milestone k10z\n\n## Status\n\n- **Overall**: fine\n\n"
    "## Change Log\n\n| Date | Change |\n| --- | --- |\n| 2025-10-09 | begun k11z |\n",
}
LISTS = {"activeContext.md": "## Active Tasks", "progress.md": "## Roadmap"}
TABLES = {"activeContext.md": ("## Active Work",), "progress.md": ("## Change Log",)}
BUFFERS = ("patterns-buffer.md", "lessons-buffer.md", "decisions-inbox.md", "SESSION_LOG.md")


@dataclass
class Ledger:
    """Who wrote and who took out which token; a unit is known by the token of its first line when new."""

    next: int = 100
    chain: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    taken: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    copied: set[str] = field(default_factory=set)  # by a cherry-pick: no merge can tell the copy from a new entry

    def token(self, *inside: str) -> str:
        """A new token, in the units of the tokens given."""
        self.next += 1
        name = f"k{self.next}z"
        self.chain[name] = tuple(dict.fromkeys(u for t in inside for u in self.units(t))) or (name,)
        return name

    def units(self, token: str) -> tuple[str, ...]:
        return self.chain.setdefault(token, (token,))

    def opened(self, token: str) -> str:
        """The token begins a unit inside of the one it was made in."""
        self.chain[token] = (*self.units(token), token)
        return token

    def replaced(self, old: str) -> str:
        self.gone.add(old)
        return self.token(old)

    def removed(self, text: str) -> None:
        """A unit was taken out as its remover saw it."""
        seen = TOKEN.findall(text)
        self.gone.update(seen)
        for unit in self.units(seen[0]) if seen else ():
            if unit in seen or len(self.units(seen[0])) == 1 or unit == self.units(seen[0])[-1]:
                self.taken.append((unit, frozenset(seen)))

    def may_stand(self, token: str) -> bool:
        """Whether somebody wrote into the unit, of which its remover did not know: then it stays whole."""
        return token in self.copied or any(
            token in seen and any(unit in units and t not in seen for t, units in self.chain.items())
            for unit, seen in self.taken
        )


# These sessions purge and rewrite what is append-only, as people do who mean it; a merge has no such leave.
ON_PURPOSE = "".join(f"Mbgit-Allow: lost {BANK}/{name}\n" for name in ("SESSION_LOG.md", "progress.md"))


class Fault(AssertionError):
    """An invariant that a sync broke."""


@dataclass
class Storm:
    """One run: a bare remote, its clones, and what has been found so far."""

    room: Path
    rng: random.Random
    clones: list[Clone] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)
    git_log: list[str] = field(default_factory=list)

    def begin(self, clones: int, armed: bool = True) -> None:
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
                for name, text in SEED.items():
                    clone.write(f"{BANK}/{name}", text)
                clone.commit("seed")
                clone.git("push", "-q", "-u", "origin", "main")
            if armed:
                install(clone, "--bank", BANK, "--persona", who)
            self.clones.append(clone)

    # What a session writes

    def read(self, clone: Clone, name: str) -> str:
        return clone.read(f"{BANK}/{name}")

    def work(self, clone: Clone) -> None:
        """A few edits of a few files, uncommitted."""
        for _ in range(self.rng.randint(1, 4)):
            name = self.rng.choice([*SEED, *BUFFERS])
            act = self.rng.choice(self._acts(name))
            before = self.read(clone, name)
            after = act(clone, name, before)
            if after != before:
                clone.write(f"{BANK}/{name}", after)
                self.counts["edits"] += 1

    def _acts(self, name: str) -> Sequence[Callable[[Clone, str, str], str]]:
        if name in BUFFERS:
            return [*[self.add_entry] * 5, self.drop_entry, self.drop_entry, self.edit_line, self.edit_line,
                    self.add_bullet, self.nest, self.move_entry, self.purge]  # fmt: skip
        acts = [self.add_item, self.add_item, self.tick, self.edit_line, self.drop_item, self.nest]
        return [*acts, self.add_row, self.drop_row] + ([self.own_row] * 3 if name == "activeContext.md" else [])

    def add_entry(self, clone: Clone, name: str, text: str) -> str:
        unit = self.ledger.token()
        Clone.clock += 60
        stamp = time.strftime("%Y-%m-%d %H:%M", time.gmtime(Clone.clock))
        lines = [f"## [{stamp}] {clone.who} {unit}", "", f"**Status**: noted {self.ledger.token(unit)}", ""]
        for _ in range(self.rng.randint(0, 3)):
            lines.append(f"- [ ] did {self.ledger.opened(self.ledger.token(unit))}")
        if self.rng.random() < 0.3:
            mark = self.rng.choice(("```", "~~~"))
            lines += ["", f"{mark}sh", f"## hidden {self.ledger.token(unit)}", mark]
        entry = "\n".join(lines).rstrip() + "\n"
        head, entries = _entries(text)
        entries.insert(0 if name == "lessons-buffer.md" else len(entries), entry)
        return _joined(head, entries)

    def drop_entry(self, clone: Clone, name: str, text: str) -> str:
        head, entries = _entries(text)
        if len(entries) > 1:
            self.ledger.removed(entries.pop(self.rng.randrange(len(entries))))
        return _joined(head, entries)

    def move_entry(self, clone: Clone, name: str, text: str) -> str:
        head, entries = _entries(text)
        if len(entries) > 2:
            entries.insert(0, entries.pop(self.rng.randrange(len(entries))))
        return _joined(head, entries)

    def purge(self, clone: Clone, name: str, text: str) -> str:
        """What a harvest does: all entries leave the buffer; of the log, the older half."""
        head, entries = _entries(text)
        if len(entries) < 6:
            return text
        kept = entries[len(entries) // 2 :] if name == "SESSION_LOG.md" else []
        for entry in entries[: len(entries) - len(kept)]:
            self.ledger.removed(entry)
        return _joined(head, kept)

    def edit_line(self, clone: Clone, name: str, text: str) -> str:
        return self._with_line(
            text, "(- |\\| |\\*\\*Status|## \\[)", lambda x, t: x.replace(t, self.ledger.replaced(t))
        )

    def tick(self, clone: Clone, name: str, text: str) -> str:
        return self._with_line(
            text, "- \\[ \\]", lambda x, t: x.replace("[ ]", "[x]").replace(t, self.ledger.replaced(t))
        )

    def add_bullet(self, clone: Clone, name: str, text: str) -> str:
        return self._with_line(text, "- ", self._bullet_above)

    def _bullet_above(self, line: str, token: str) -> str:
        units = self.ledger.units(token)
        new = self.ledger.token(units[0]) if len(units) > 1 else self.ledger.token()
        return f"- [ ] also {self.ledger.opened(new)}\n{line}"

    def nest(self, clone: Clone, name: str, text: str) -> str:
        return self._with_line(text, "- ", lambda x, t: f"{x}\n  - sub {self.ledger.opened(self.ledger.token(t))}")

    def _with_line(self, text: str, start: str, act: Callable[[str, str], str]) -> str:
        lines = text.split("\n")
        fit = [i for i, x in enumerate(lines) if re.match(start, x) and TOKEN.search(x)]
        if fit:
            at = self.rng.choice(fit)
            lines[at] = act(lines[at], TOKEN.findall(lines[at])[0])
        return "\n".join(lines)

    def add_item(self, clone: Clone, name: str, text: str) -> str:
        lines = text.split("\n")
        at = lines.index(LISTS[name]) + 2
        while self.rng.random() < 0.7 and at < len(lines) and lines[at].lstrip().startswith("- "):
            at += 1
        while at < len(lines) and lines[at].startswith("  "):
            at += 1
        lines.insert(at, f"- [ ] task {self.ledger.token()}")
        return "\n".join(lines)

    def drop_item(self, clone: Clone, name: str, text: str) -> str:
        """An item leaves with all that is nested in it."""
        lines = text.split("\n")
        fit = [i for i, x in enumerate(lines) if x.startswith("- [")]
        if len(fit) < 2:
            return text
        first = self.rng.choice(fit)
        last = first + 1
        while last < len(lines) and lines[last].startswith("  "):
            last += 1
        self.ledger.removed("\n".join(lines[first:last]))
        return "\n".join(lines[:first] + lines[last:])

    def add_row(self, clone: Clone, name: str, text: str) -> str:
        """A lock, or a line of the change log on top of the others."""
        lines = text.split("\n")
        at = lines.index(self.rng.choice(TABLES[name])) + 4
        token = self.ledger.token()
        lines.insert(at, f"| {clone.who if name == 'activeContext.md' else '2025-10-10'} | lock {token} |")
        return "\n".join(lines)

    def drop_row(self, clone: Clone, name: str, text: str) -> str:
        lines = text.split("\n")
        fit = [i for i, x in enumerate(lines) if x.startswith("|") and " lock k" in x]
        if fit:
            self.ledger.removed(lines.pop(self.rng.choice(fit)))
        return "\n".join(lines)

    def own_row(self, clone: Clone, name: str, text: str) -> str:
        return self._with_line(
            text, rf"\| {clone.who} \| (idle|busy)", lambda x, t: x.replace(t, self.ledger.replaced(t))
        )

    # How it is shared

    def session(self) -> None:
        """One clone works, commits, syncs in one of the ways people do, and mostly pushes."""
        clone = self.rng.choice(self.clones)
        self.counts["sessions"] += 1
        self.work(clone)
        if self.rng.random() < 0.2:
            self.stash(clone)
        self.commit(clone)
        if self.rng.random() < 0.15:
            self.pick(clone)
        if self.rng.random() < 0.8:
            self.pull(clone)
        if self.rng.random() < 0.85:
            self.push(clone)

    def commit(self, clone: Clone) -> None:
        if clone.git("status", "--porcelain"):
            clone.commit(f"{clone.who} works\n\n{ON_PURPOSE}")
            self.counts["commits"] += 1

    def stash(self, clone: Clone) -> None:
        if clone.git("status", "--porcelain"):
            clone.git("stash")
            self.pull(clone)
            self.must(clone, "stash pop", "stash", "pop")
            self.counts["stash pops"] += 1

    def pick(self, clone: Clone) -> None:
        clone.git("fetch", "-q")
        theirs = clone.git("log", "--no-merges", "--format=%H", "HEAD..origin/main").split()
        if theirs:
            before = {t for name in SEED for t in self._tokens(clone, "HEAD", name)}
            done = clone.run(GIT, "cherry-pick", self.rng.choice(theirs), check=False)
            self.counts["cherry-picks"] += 1
            if done.returncode and not clone.git("diff", "--name-only", "--diff-filter=U"):
                clone.git("cherry-pick", "--skip")
            elif done.returncode:
                self.conflict(clone, "cherry-pick", done.stdout + done.stderr)
            self.ledger.copied |= {t for name in SEED for t in self._tokens(clone, "HEAD", name)} - before
            self.look(clone, "cherry-pick")

    def pull(self, clone: Clone) -> None:
        how = self.rng.choice((["--no-rebase"], ["--no-ff", "--no-rebase"], ["--rebase"], ["--rebase=merges"]))
        clone.git("fetch", "-q")
        sides = {name: self._tokens(clone, "HEAD", name) | self._tokens(clone, "origin/main", name) for name in SEED}
        Clone.clock += 7
        start = time.perf_counter()
        self.must(clone, f"pull {how[0]}", "pull", "-q", *how)
        self.pulls.append(time.perf_counter() - start)
        self.look(clone, f"pull {how[0]}", sides)

    def must(self, clone: Clone, what: str, *args: str) -> None:
        done = clone.run(GIT, *args, check=False)
        self.counts[what] += 1
        if done.returncode:
            self.conflict(clone, what, done.stdout + done.stderr)

    def conflict(self, clone: Clone, what: str, output: str) -> None:
        status = clone.git("status", "--porcelain")
        raise Fault(f"{clone.who}: {what} failed\n{output}\n{status}")

    def push(self, clone: Clone) -> None:
        for _ in range(8):
            pushed = clone.run(GIT, "push", "-q", "origin", "HEAD:main", check=False)
            if not pushed.returncode:
                self.counts["pushes"] += 1
                return
            if "mbgit: push refused" in pushed.stderr:
                raise Fault(f"{clone.who} may not push\n{pushed.stderr}")
            self.counts["races"] += 1
            self.pull(clone)
        raise Fault(f"{clone.who} cannot push")

    def finish(self) -> None:
        """Everybody syncs until all have everything."""
        for clone in (*self.clones, *self.clones):
            self.commit(clone)
            self.pull(clone)
            self.push(clone)
        for clone in self.clones:
            self.must(clone, "pull --ff-only", "pull", "-q", "--ff-only")
        self._final()

    # What must hold

    def _tokens(self, clone: Clone, at: str, name: str) -> set[str]:
        return set(TOKEN.findall(clone.git("show", f"{at}:{BANK}/{name}", check=False)))

    def aside(self) -> set[str]:
        """Tokens that any clone has set aside."""
        files = (f for clone in self.clones for f in (clone.path / ".git/mbgit/aside").rglob("*") if f.is_file())
        return {token for f in files for token in TOKEN.findall(f.read_text(errors="replace"))}

    def look(self, clone: Clone, what: str, sides: dict[str, set[str]] | None = None) -> None:
        """No markers, nothing twice, and nothing lost that either side had and nobody ever took out."""
        for name in SEED:
            text = self.read(clone, name)
            have = Counter(TOKEN.findall(text))
            twice = {t for t, n in have.items() if n > 1}
            missing = (sides or {}).get(name, set()) - self.ledger.gone - set(have)
            missing = missing - self.aside() if missing else missing
            for kind, found in (("doubled", twice), ("lost", missing)):
                if found:
                    self.fault(clone, kind, what, name, found)
            if MARKERS.search(text):
                self.fault(clone, "markers", what, name, set())

    def fault(self, clone: Clone, kind: str, what: str, name: str, tokens: set[str]) -> None:
        head = clone.git("rev-parse", "--short", "HEAD")
        self.counts[kind] += 1
        self.faults.append(f"{kind}: {clone.path.name}, {what}, {name} at {head}: {' '.join(sorted(tokens))}")

    def _final(self) -> None:
        texts = [{name: self.read(clone, name) for name in SEED} for clone in self.clones]
        for clone, text in zip(self.clones, texts, strict=True):
            self.look(clone, "the end")
            for name in SEED:
                if text[name] != texts[0][name]:
                    self.fault(clone, "different", "the end", name, set())
        have = {t for text in texts[0].values() for t in TOKEN.findall(text)}
        written = set(self.ledger.chain)
        lost = written - self.ledger.gone - have - self.aside()
        back = {t for t in self.ledger.gone & have if not self.ledger.may_stand(t)}
        for kind, found in (("lost", lost), ("resurrected", back)):
            if found:
                self.fault(self.clones[0], kind, "the end", "all", found)

    def report(self) -> Iterator[str]:
        """Counts, times of the pulls, and each fault."""
        yield ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items()))
        if len(self.pulls) > 1:
            p95 = statistics.quantiles(self.pulls, n=20)[-1]
            yield f"pull: median {statistics.median(self.pulls) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"
        written, gone = len(self.ledger.chain), len(self.ledger.gone)
        yield f"{written} tokens written, {gone} taken out, {len(self.faults)} faults"
        yield from self.faults


def _entries(text: str) -> tuple[str, list[str]]:
    """What stands before the dated entries, and those."""
    head, *entries = re.split(r"^(?=## \[)", text, flags=re.MULTILINE)
    return head, entries


def _joined(head: str, entries: list[str]) -> str:
    return head.rstrip("\n") + "\n\n" + "\n".join(entry.rstrip("\n") + "\n" for entry in entries)


def run(room: Path, clones: int, sessions: int, seed: int, armed: bool = True) -> Storm:
    """A whole storm; a sync that fails ends it and is its last fault."""
    storm = Storm(room, random.Random(seed))
    storm.begin(clones, armed)
    try:
        for _ in range(sessions):
            storm.session()
        storm.finish()
    except Fault as err:
        storm.counts["conflicts"] += 1
        storm.faults.append(str(err))
    return storm


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=int, default=6)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="save every merge that a driver made")
    parser.add_argument("--bare-git", action="store_true", help="without mbgit: what git alone does")
    args = parser.parse_args(argv)
    room = Path(tempfile.mkdtemp(prefix="storm-"))
    storm = run(room, args.clones, args.sessions, args.seed, not args.bare_git)
    if args.record:
        name = f"storm-{args.clones}x{args.sessions}-seed{args.seed}"
        print(f"{record(storm.clones, args.record, name)} merges saved in {args.record / name}")
    print(*storm.report(), f"the clones are in {room}", sep="\n")
    return bool(storm.faults)

