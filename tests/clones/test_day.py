"""A day with six personas, played in real clones: hooks/README.md shows what they type, and what mbgit says to it.

`python -m tests.clones.test_day` prints the day as hooks/README.md is to have it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.support import GIT, ROOT, Clone, armed

BANK = "memory-bank"
CONTEXT, LOGBOOK, LOG = f"{BANK}/activeContext.md", f"{BANK}/agent-logbook.md", f"{BANK}/SESSION_LOG.md"
PATTERNS, LESSONS, INBOX = (f"{BANK}/{name}.md" for name in ("patterns-buffer", "lessons-buffer", "decisions-inbox"))
PERSONAS = {
    "product": "Product Owner", "lead": "Tech Lead", "dev": "Dev Engineer",
    "test": "Test Specialist", "debug": "Debugger", "devops": "DevOps Engineer",
}  # fmt: skip
TODAY = datetime(2025, 10, 9, tzinfo=UTC)
KEY = "ghp_" + "x7Qf2LmZ9kTb4WvR1cYs8HnD3pGa6JuE5oXi"

Team = Callable[..., list[Clone]]


def _known(number: int) -> str:
    return f"- [2025-10-0{number % 7 + 1}] Pattern {number} that the team has found\n"


SEED = {
    CONTEXT: "# Active Context\n\n## Current Focus\n\nCheckout must not lose a cart.\n\n## Active Work\n\n"
             "| Agent | File | Action | Started | ETA |\n| --- | --- | --- | --- | --- |\n\n"
             "## Active Tasks\n\n- [ ] Keep the cart over a restart\n",
    LOGBOOK: "# Agent Coordination Logbook\n",
    PATTERNS: "# Patterns Buffer\n\n## Patterns\n\n" + "".join(map(_known, range(1, 14))),
    LESSONS: "# Lessons Buffer\n\n## Lessons\n",
    INBOX: "# Decisions Inbox\n\n## Pending\n",
    LOG: "# Session Log\n\n## 2025-09-09 17:00 - Tech Lead\n\n- Set up the bank\n"
         "\n## 2025-10-08 17:00 - Tech Lead\n\n- Planned the cart\n",
    "src/cart.py": "CART = []\n",
}  # fmt: skip
HANDOFF = """
## 2025-10-09 08:30 - Tech Lead → DevOps Engineer

**Status**: The cart is stored, the release is not prepared
**Active Priority**: Release 1.4
**Files Modified**: src/cart.py
**Handover Notes**: The table must exist before the new version starts
**Next Actions**: Run the migration on staging
**Conflicts**: None
"""


class Step(NamedTuple):
    """What a persona does: files get text added (or replaced), then commands are typed."""

    minutes: int
    """After the step before."""
    who: str
    edits: dict[str, str | tuple[str, str]]
    commands: tuple[str, ...]
    comment: str = ""
    """What hooks/README.md says in front of it."""


def session(minute: str, who: str, work: str) -> str:
    return f"\n## 2025-10-09 {minute} - {who}\n\n- {work}\n"


LOCK = "| Dev Engineer | src/cart.py | Splitting the module | 09:05 | 09:35 |\n"
HEAD = "| --- | --- | --- | --- | --- |\n"
PATTERN = """- [2025-10-09] Migrate before you start
  - stop the old version
  - create the table
  - start the new one
  - look at the log
"""
DAY = (
    Step(510, "lead", {LOGBOOK: HANDOFF}, ("git commit -qam 'Hand the release over'", "git push -q"),
         "08:30  Tech Lead hands the release over to DevOps Engineer, in the logbook."),
    Step(30, "devops", {}, ("git pull -q",),
         "09:00  DevOps Engineer begins as everybody does, with a pull."),
    Step(5, "dev", {CONTEXT: (HEAD, HEAD + LOCK)}, ("git pull -q", "git commit -qam 'Lock the cart'", "git push -q"),
         "09:05  Dev Engineer locks a file: a row in the table of Active Work, committed and pushed."),
    Step(10, "product", {"src/cart.py": "CART = {}\n"}, ("git pull -q", "git commit -qam 'Empty the cart'"),
         "09:15  Product Owner edits that file all the same."),
    Step(30, "dev", {"src/cart.py": "CART = []  # one module\n", CONTEXT: (LOCK, ""),
                     PATTERNS: "- [2025-10-09] One module, one table\n",
                     LOG: session("09:40", "Dev Engineer", "Split the cart off")},
         ("git commit -qam 'Split the cart off'", "git push -q"),
         "09:45  Dev Engineer releases the lock. Two have noted a pattern and logged a session at once."),
    Step(1, "test", {PATTERNS: "- [2025-10-09] Test what a restart forgets\n",
                     LOG: session("09:30", "Test Specialist", "Wrote a test of the restart")},
         ("git commit -qam 'Test the restart'", "git pull -q --rebase", "git push -q")),
    Step(90, "debug", {LESSONS: f"- [2025-10-09] Staging answers 401 without `{KEY}`\n"},
         ("git commit -qanm 'Note a lesson'", "git push -q"),
         "11:15  Debugger notes a token down and goes round the gate of the commit; the push is looked at, too."),
    Step(5, "debug", {LESSONS: (f"`{KEY}`", "the staging token")},
         ("git commit -qa --amend -m 'Note a lesson'", "git pull -q --rebase", "git push -q"),
         "11:20  The token is revoked and taken out. Debugger's digest is `counts`."),
    Step(160, "devops", {PATTERNS: PATTERN},
         ("git pull -q", "git commit -qam 'Note a pattern'", "git merge -q mbgit/harvest", "git push -q"),
         "14:00  DevOps Engineer fills the patterns' twentieth line, and patterns are DevOps Engineer's to harvest."),
    Step(1_140, "lead", {}, ("git pull -q", "git merge -q mbgit/upkeep", "git push -q"),
         "The next morning Tech Lead sees what the others did; an entry of the log is 31 days old by now."),
)  # fmt: skip


class Play:
    """The day, line by line."""

    def __init__(self, clones: dict[str, Clone]) -> None:
        self.clones = clones

    def lines(self) -> Iterator[str]:
        now = TODAY
        for step in DAY:
            now += timedelta(minutes=step.minutes)
            Clone.clock = int(now.timestamp())
            if step.comment:
                yield f"# {step.comment}"
            clone = self.clones[step.who]
            first = next((command for command in step.commands if "commit" in command), "")
            for command in step.commands:
                if command == first:
                    self.edit(clone, step.edits)
                yield f"{step.who}$ {command}"
                done = clone.run("sh", "-c", command.replace("git ", f"{GIT} ", 1), check=False)
                yield from self.said(done.stdout + done.stderr)

    def edit(self, clone: Clone, edits: dict[str, str | tuple[str, str]]) -> None:
        for path, edit in edits.items():
            text = clone.read(path)
            if isinstance(edit, tuple):
                assert edit[0] in text
                text = text.replace(*edit)
            else:
                text = edit if path.startswith("src/") else text + edit
            clone.write(path, text)

    def said(self, text: str) -> Iterator[str]:
        for row in text.splitlines():
            row = row.rpartition("\r")[2].strip()
            if row and not row.startswith(("error: failed to push", "To ", "From ")):
                yield re.sub(r"\b[0-9a-f]{10}\b", "1a2b3c4d5e", row)


def played(team: Team) -> list[str]:
    clones = dict(zip(PERSONAS, team(*PERSONAS.values(), seed=SEED), strict=True))
    for name, clone in clones.items():
        clone.git("pull", "-q")
        armed(clone, "--persona", PERSONAS[name])
    clones["debug"].git("config", "mbgit.digest", "counts")
    return list(Play(clones).lines())


def shown(room: str, heading: str) -> list[str]:
    """The console block below a heading of a README.md."""
    text = (ROOT / room).read_text()
    return text.partition(f"\n{heading}\n")[2].partition("\n```console\n")[2].partition("\n```\n")[0].split("\n")


def test_readme_shows_the_day_as_it_is(team: Team) -> None:
    assert played(team) == shown("hooks/README.md", "## A day with it")


def test_the_front_door_has_ten_lines_of_that_day() -> None:
    day = iter(shown("hooks/README.md", "## A day with it"))
    lines = shown("README.md", "## What you see in a day")
    assert len(lines) == 10
    assert [line for line in lines if line not in day] == [], "each of them is there, in this order"


def _main() -> None:
    from tests.conftest import team

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        make = getattr(team, "__wrapped__", None) or team.__pytest_wrapped__.obj  # type: ignore[attr-defined]
        print("\n".join(played(make(Path(folder), home))))


if __name__ == "__main__":
    _main()
