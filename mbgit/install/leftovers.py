"""The last things an uninstall removes: mbgit's folder in the clone, and its refs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mbgit import git
from mbgit.proposals.backup import REFS as BACKUPS
from mbgit.proposals.proposal import NAMES
from mbgit.words import counted

from .plan import Change, Step, Work

ASIDE = "aside"
TEMPLATES = "refs/mbgit/template/*"
PROPOSALS = [f"refs/mbgit/{name}*" for name in NAMES]  # each persona may have its own
OWN_REFS = ("refs/mbgit/report", "refs/mbgit/merged", *PROPOSALS, "refs/mbgit/superseded*", TEMPLATES)


class Leftovers(Step):
    """The ledger, the record, the refs. Texts that a merge did not keep stay."""

    def __init__(self, work: Work) -> None:
        self.work, self.home = work, work.site.home

    def do(self) -> list[Change]:
        facts = {"banks": self.work.banks, "python": self.work.python.path}
        known = self.work.record.values
        missing = {key: value for key, value in facts.items() if known.get(key) != value}
        note = Change(f"note {', '.join(missing)} in {self._shown()}", lambda: self._note(missing))
        return [note] if missing else []

    def _note(self, facts: Mapping[str, object]) -> None:
        for key, value in facts.items():
            self.work.record.set(key, value)

    def undo(self) -> list[Change]:
        refs = self._refs()
        shown = dict.fromkeys(TEMPLATES if ref.startswith(TEMPLATES[:-1]) else ref for ref in refs)
        changes = [Change(f"delete {', '.join(shown)}", lambda: self._delete(refs))] if refs else []
        kept = self._kept()
        there = [path.name for path in self.home.iterdir()] if self.home.exists() else []
        if not there or (kept and there == [ASIDE]):
            return changes
        text = f"remove {self._shown()}"
        if kept:
            text += f", but keep {ASIDE}/ in it: {len(kept)} texts that merges did not keep"
        return [*changes, Change(text, self._empty)]

    def kept(self) -> list[str]:
        """What outlives an uninstall, a line each: the bank as it was, and texts that stand in a ref alone."""
        found = []
        if days := git.refs(BACKUPS, cwd=self.work.site.top):
            delete = f"git for-each-ref --format='delete %(refname)' {BACKUPS} | git update-ref --stdin"
            found = [f"keep {BACKUPS}/*, the bank of {counted(len(days), 'day')}; to delete them: {delete}"]
        own, there = self._refs(), git.refs("refs/mbgit/superseded*", cwd=self.work.site.top)
        texts = (ref for ref in there if ref not in own)
        return found + [f"keep {ref}, a text that stands nowhere else: git show {ref}" for ref in texts]

    def _kept(self) -> list[Path]:
        folder = self.home / ASIDE
        return list(folder.iterdir()) if folder.is_dir() else []

    def _empty(self) -> None:
        made = self.work.record.made_folders()
        for path in self.home.iterdir():
            if path.is_dir() and not path.is_symlink():
                if path.name != ASIDE or not self._kept():
                    shutil.rmtree(path)
            else:
                path.unlink()
        for folder in made:
            folder.rmdir()
        if not self._kept():
            self.home.rmdir()

    def _refs(self) -> list[str]:
        """mbgit's refs, but those of texts that stand nowhere else."""
        top = self.work.site.top
        found = git.refs(*OWN_REFS, cwd=top)
        kept = [file.read_bytes() for file in self._kept()]
        return [ref for ref in found if "superseded" not in ref or self._stands_in(ref, kept)]

    def _stands_in(self, ref: str, kept: list[bytes]) -> bool:
        text = git.run("cat-file", "blob", ref, cwd=self.work.site.top)
        return any(text.startswith(whole) for whole in kept)

    def _delete(self, refs: list[str]) -> None:
        rows = "".join(f"delete {ref}\n" for ref in refs)
        git.run("update-ref", "--stdin", cwd=self.work.site.top, stdin=rows.encode())
        with suppress(OSError):  # git leaves the folder; others may have refs in it
            (self.work.site.common / "refs/mbgit").rmdir()

    def _shown(self) -> str:
        return self.work.shown(self.home)
