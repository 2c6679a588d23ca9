"""Repairs links whose target was moved: they lead to where it is now."""

from __future__ import annotations

from mbgit.bank.edits import Edits
from mbgit.bank.kinds import bank_of, kind_of
from mbgit.checks.page import Page
from mbgit.checks.relink import may_link, rewritten, targets
from mbgit.words import counted, shown_path

from .bank import Bank, Upkeep, listed, message

HOPS = 8  # moves of one file that are followed


def job(bank: Bank) -> Upkeep | None:
    """Rewrite the targets of broken links whose file history knows under another name.

    Files where no entry may change are left alone (`is_fixed`).
    """
    edits: Edits = {}
    moves: dict[str, None] = {}
    trail = Trail(bank)
    for path in sorted(pages(bank)):
        data = bank.text(path)
        if data is None or is_fixed(path, bank) or not may_link(data):
            continue
        before = targets(Page(path, data))
        if not any(trail(meant) for meant in before if meant):
            continue
        new = rewritten(data, path, path, lambda to, fragment: trail(to)).data
        if new != data:
            edits[path] = new
            led = zip(before, targets(Page(path, new)), strict=True)
            moves |= dict.fromkeys(f"{shown_path(a)} is {shown_path(b)}" for a, b in led if a and b and a != b)
    if not edits:
        return None
    subject = f"Mend links to moved files in {counted(len(edits), 'file')}"
    return Upkeep("links", edits, message(subject, listed(moves)))


class Trail:
    """Where files that are gone went; each is asked for once."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.known: dict[str, str | None] = {}

    def __call__(self, path: str) -> str | None:
        """Where a file that is gone is now; None if it is there, or if that is not known."""
        if path not in self.known:
            self.known[path] = None if self.bank.there(path) else self._followed(path)
        return self.known[path]

    def _followed(self, path: str) -> str | None:
        seen = {path}
        for _ in range(HOPS):
            new = self.bank.renamed_to(path)
            if not new or new in seen:
                return None
            if self.bank.there(new):
                return new
            seen.add(new)
            path = new
        return None


def pages(bank: Bank) -> list[str]:
    """The Markdown files of the banks, and all others that are governed."""
    markdown = (path for path in bank.files if path.endswith(".md"))
    return [path for path in markdown if bank_of(path, bank.banks) is not None or kind_of(path, bank.banks)]


def is_fixed(path: str, bank: Bank) -> bool:
    """Whether a file holds entries that nobody may change: a rewritten link there would be refused as a loss."""
    kind = kind_of(path, bank.banks)
    return kind is not None and bool(kind.append_only)
