"""Joins two records that two harvests at once made of one entry."""

from __future__ import annotations

from mbgit.bank.edits import Edits
from mbgit.bank.thresholds import Ripeness, ripeness
from mbgit.proposals.harvest.folding import Fold, folded
from mbgit.proposals.harvest.links import carried
from mbgit.proposals.harvest.names import located
from mbgit.proposals.harvest.plan import is_decisions
from mbgit.proposals.harvest.records import DECISION, POST_MORTEM
from mbgit.words import counted, quoted, shown_path

from .bank import Bank, Upkeep, listed, message


def job(bank: Bank) -> Upkeep | None:
    """Fold two records of one entry into one, for each rule that harvests into a folder."""
    edits: Edits = {}
    folds: list[Fold] = []
    for item in ripeness(bank.settings.harvest, dict.fromkeys(bank.files, b""), bank.banks):
        more, found = _folded(bank.after(edits), item)
        edits |= more
        folds += found
    if not folds:
        return None
    subject = f"Keep one record of {counted(len(folds), 'entry')} that two harvests recorded"
    return Upkeep("records", edits, message(subject, listed(folds, _line)))


def _line(fold: Fold) -> str:
    other = f", with what {shown_path(fold.other)} says" if fold.other != fold.path else ""
    return f"{quoted(fold.entry.title)} in {shown_path(fold.path)}{other}"


def _folded(bank: Bank, item: Ripeness) -> tuple[Edits, list[Fold]]:
    try:
        target, folder = located(item.rule.target, bank.files)
    except ValueError:
        return {}, []
    form = DECISION if is_decisions(item.rule) else POST_MORTEM

    def led(data: bytes) -> bytes:
        return carried(data, item.path, f"{target}/x.md")

    if not folder:
        return {}, []
    return folded(bank.files, target, form, lambda: [(led(old), led(new)) for old, new in bank.changes(item.path)])
