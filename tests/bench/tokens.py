"""What an agent pays for: the tokens that mbgit prints in a week of ten personas, in real clones.

    python -m tests.bench.tokens [--days 5] [--seed 1]

Each persona has two sessions a day: pull, write (an entry of the log, sometimes a pattern, a lesson, a decision, a
handoff, an entry without a date), commit, pull, push. A token is a word of up to six letters (a longer one is
several), up to three digits, or a mark: that is within a tenth of what tokenizers of today make of such lines.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.support import GIT, Clone, install

BANK = "memory-bank"
PERSONAS = ("Tech Lead", "DevOps Engineer", "Debugger", "Dev Engineer", "Test Specialist", "Product Owner",
            "Security Expert", "Data Engineer", "Designer", "Writer")  # fmt: skip
SENTENCE = "the cart lost an item when two tabs saved at once so each write now carries its version"
TOKEN = re.compile(r"[^\W\d_]{1,6}|\d{1,3}|[^\w\s]|_")


def tokens(text: str) -> int:
    """About how many tokens a text is."""
    return len(TOKEN.findall(text))


class Week:
    """Ten clones of one bank, and what mbgit has said in them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance, self.said = random.Random(seed), Counter[str]()
        (folder / "home").mkdir()
        root = Clone(folder, folder / "home")
        root.git("init", "-q", "--bare", "-b", "main", "remote.git")
        self.clones = [self._clone(root, number, name) for number, name in enumerate(PERSONAS)]

    def _clone(self, root: Clone, number: int, name: str) -> Clone:
        root.git("clone", "-q", "remote.git", f"clone{number}")
        clone = Clone(root.path / f"clone{number}", root.home, name)
        clone.git("config", "pull.rebase", "false")
        options = ("--scaffold", "buffers") if not number else ()
        if not number:
            clone.git("checkout", "-q", "-B", "main")
        install(clone, "--bank", BANK, "--persona", name, *options)
        if not number:
            clone.write(f"{BANK}/agent-logbook.md", "# Agent Coordination Logbook\n")
            clone.commit("seed")
            clone.git("push", "-q", "-u", "origin", "main")
        return clone

    def run(self, days: int) -> None:
        for _ in range(days):
            for clone in self.chance.sample(self.clones * 2, 2 * len(self.clones)):
                self.session(clone)
            Clone.clock += 14 * 3600

    def session(self, clone: Clone) -> None:
        Clone.clock += 1_200
        self.run_git("pull", clone, "pull", "-q", "--no-edit")
        self.write(clone)
        clone.git("add", "-A")
        if self.run_git("commit", clone, "commit", "-qm", "work"):
            if self.take_mend(clone):
                self.run_git("commit", clone, "commit", "-qm", "work")
            else:
                clone.git("commit", "-qnm", "work")
        if self.run_git("push", clone, "push", "-q"):
            clone.git("push", "-q", "--no-verify")

    def take_mend(self, clone: Clone) -> bool:
        found = re.search(r"git restore --source mbgit/mend .*", self.last)
        if found:
            clone.run("sh", "-c", found[0])
        return bool(found)

    def run_git(self, what: str, clone: Clone, *args: str) -> int:
        """Run git, and count what mbgit said; git's status."""
        done = clone.run(GIT, *args, check=False)
        self.last = "\n".join(row for row in done.stderr.splitlines() if "mbgit" in row or row.startswith(BANK))
        self.said[what] += tokens(self.last)
        self.said[f"{what}s"] += 1
        return done.returncode

    def write(self, clone: Clone) -> None:
        when = clone.run("date", "-u", "-d", f"@{Clone.clock}", "+%Y-%m-%d %H:%M").stdout.strip()
        self.add(clone, "SESSION_LOG.md", f"\n## {when} - {clone.who}\n\n- {self.words()}\n- {self.words()}\n")
        day = when[:10]
        for odds, name, text in (
            (0.3, "patterns-buffer.md", f"- [{day}] {self.words()}\n"),
            (0.2, "lessons-buffer.md", f"- [{day}] {self.words()}\n"),
            (0.1, "decisions-inbox.md", f"\n### [{day}] {self.words()}\n\n**Status**: Proposed\n**Context**: x\n"),
            (0.2, "agent-logbook.md", f"\n## {when} - {clone.who} → {self.chance.choice(PERSONAS)}\n\n"
             f"**Next Actions**:\n\n1. {self.words()}\n"),
            (0.1, "agent-logbook.md", f"\n## {self.words()}\n\n**Status**: {self.words()}\n- one\n- two\n"),
        ):  # fmt: skip
            if self.chance.random() < odds:
                self.add(clone, name, text)

    def words(self) -> str:
        return " ".join(self.chance.sample(SENTENCE.split(), 7))

    def add(self, clone: Clone, name: str, text: str) -> None:
        path = f"{BANK}/{name}"
        clone.write(path, (clone.read(path) if (clone.path / path).exists() else "") + text)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        week = Week(Path(folder), asked.seed)
        week.run(asked.days)
    for what in ("pull", "commit", "push"):
        number = week.said[f"{what}s"]
        print(f"{what}: {week.said[what]} tokens in {number}, {week.said[what] / number:.0f} each")
    print(f"all: {sum(week.said[what] for what in ('pull', 'commit', 'push'))} tokens")


if __name__ == "__main__":
    main(sys.argv[1:])
