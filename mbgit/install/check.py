"""Tries the drivers: git merges one small file with each, by the configured command."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mbgit import git
from mbgit.bank.kinds import POLICIES, Rule, rules
from mbgit.engine.ledger import LEDGER

from .plan import ARMED, BROKEN, UNARMED, Finding, Step, Work
from .shims import team_settings

_HEAD = "# Trial\n\n- [2025-01-01] first\n"
BASE = _HEAD + "- [2025-01-02] second\n"
OURS = _HEAD + "- [2025-01-03] third\n"  # git's own merge conflicts here, and its union keeps the second
THEIRS = BASE + "- [2025-01-04] fourth\n"
KEPT, GONE = ("first", "third", "fourth"), ("second", "<<<<<<<")
WHO = {f"GIT_{who}_{what}": "mbgit" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Trial(Step):
    """Nothing to install: what it verifies is that the other steps add up."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def verify(self) -> list[Finding]:
        why = "git takes the driver {} for it"
        unmapped = [Finding(UNARMED, f"merge of {path}", why.format(now)) for path, now in self._unmapped()]
        return unmapped + [self._trial(policy) for policy in POLICIES]

    def _unmapped(self) -> list[tuple[str, str]]:
        """Paths that are not merged as the table says: another line of attributes may come later."""
        files = team_settings(self.work.site.top).files
        wanted = {sample(rule): f"mbgit-{rule.policy}" for rule in rules(self.work.banks, (), files)}
        asked = os.fsencode("\0".join(wanted))
        said = git.run("check-attr", "-z", "--stdin", "merge", cwd=self.work.site.top, stdin=asked)
        words = os.fsdecode(said).split("\0")
        found = zip(words[::3], words[2::3], strict=False)
        return [(path, now) for path, now in found if now != wanted[path]]

    def _trial(self, policy: str) -> Finding:
        about = f"driver {policy}"
        if not git.config(f"merge.mbgit-{policy}.driver", cwd=self.work.site.top):
            return Finding(UNARMED, about, "git's configuration does not name it")
        path = next(sample(rule) for rule in reversed(rules(self.work.banks)) if rule.policy == policy)
        with _without_trace(self.work.site.home / LEDGER):
            text, said = self._merge(path)
        if all(text.count(word) == 1 for word in KEPT) and not any(word in text for word in GONE):
            return Finding(ARMED, about)
        return Finding(BROKEN, about, said or "its answer is wrong: run install.py again")

    def _merge(self, path: str) -> tuple[str, str]:
        """What git makes of the trial at this path, and what was said about it."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_OBJECT_DIRECTORY": folder, "GIT_INDEX_FILE": f"{folder}/index"} | WHO
            top = self.work.site.top
            base = _commit(top, env, path, BASE)
            ours, theirs = (_commit(top, env, path, text, "-p", base) for text in (OURS, THEIRS))
            command = ["git", "merge-tree", "--write-tree", ours, theirs]
            done = subprocess.run(command, cwd=top, env=os.environ | env, capture_output=True, check=False)
            tree = done.stdout.split(b"\n")[0].decode()
            text = git.run("cat-file", "blob", f"{tree}:{path}", cwd=top, env=env)
            return text.decode(errors="replace"), " ".join(done.stderr.decode(errors="replace").split())


def sample(rule: Rule) -> str:
    """A path that the rule matches."""
    return rule.folder + re.sub(r"\[(.).?\]", r"\1", rule.glob.replace("**/", "").replace("*", "trial"))


def _commit(top: Path, env: dict[str, str], path: str, text: str, *parents: str) -> str:
    blob = git.run("hash-object", "-w", "--stdin", cwd=top, env=env, stdin=text.encode()).decode().strip()
    entry = f"100644 {blob}\t{path}\0"
    git.run("update-index", "-z", "--index-info", cwd=top, env=env, stdin=os.fsencode(entry))
    tree = git.run("write-tree", cwd=top, env=env).decode().strip()
    return git.run("commit-tree", tree, *parents, cwd=top, env=env, stdin=b"trial\n").decode().strip()


@contextmanager
def _without_trace(ledger: Path) -> Iterator[None]:
    """Take the trial's line out of the ledger again; what came from a real merge meanwhile stays."""
    before = ledger.read_bytes() if ledger.exists() else None
    times = ledger.stat() if ledger.exists() else None
    yield
    if before is None:
        ledger.unlink(missing_ok=True)
    elif ledger.read_bytes().startswith(before):
        os.truncate(ledger, len(before))
        assert times
        os.utime(ledger, ns=(times.st_atime_ns, times.st_mtime_ns))
