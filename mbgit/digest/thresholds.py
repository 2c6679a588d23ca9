"""How full buffers are that are near their threshold, and who harvests them."""

from __future__ import annotations

from collections.abc import Iterator

from mbgit.bank.entries import uncounted
from mbgit.bank.kinds import kind_of
from mbgit.bank.personas import same_persona
from mbgit.bank.settings import Rule
from mbgit.bank.thresholds import Ripeness, bar, ripeness
from mbgit.words import counted, quoted, shown_path

from .arrival import Arrival


def part(arrival: Arrival) -> list[str]:
    """Those that are near their threshold, or beyond; first those that this persona harvests."""
    near = (found for found in _all(arrival) if found.near)
    return [_line(arrival, found) for found in sorted(near, key=lambda found: not _is_mine(arrival, found.rule))]


def whole(arrival: Arrival) -> list[str]:
    return [*(_line(arrival, found) for found in _all(arrival)), *_uncounted(arrival)]


def _uncounted(arrival: Arrival) -> Iterator[str]:
    """What may be meant as entries in a file that is a list, and is read as none."""
    for path in sorted(arrival.files):
        kind = kind_of(path, arrival.banks)
        if kind and kind.undated and path.endswith(".md") and (lines := uncounted(arrival.text(path))):
            entry = counted(len(lines), "entry")
            yield f"{entry} not counted: no date, no id ({shown_path(path)}:{lines[0]})"


def _all(arrival: Arrival) -> list[Ripeness]:
    names = {rule.source.casefold() for rule in arrival.settings.harvest}
    wanted = {path: arrival.text(path) for path in arrival.files if arrival_source(arrival, path) in names}
    return ripeness(arrival.settings.harvest, wanted, arrival.banks)


def arrival_source(arrival: Arrival, path: str) -> str:
    """A path from its bank's folder, as sources of rules are compared."""
    bank = next((bank for bank in arrival.banks if path.startswith(f"{bank}/")), "")
    return path[len(bank) :].lstrip("/").casefold()


def _is_mine(arrival: Arrival, rule: Rule) -> bool:
    return not arrival.persona or not rule.owner or same_persona(rule.owner, arrival.persona)


def _line(arrival: Arrival, found: Ripeness) -> str:
    rule = found.rule
    name = shown_path(arrival.named(found.path).removesuffix(".md"))
    full = f"{bar(found.amount, rule.amount)} {found.amount}/{rule.amount} {rule.unit}"
    who = "you harvest" if _is_mine(arrival, rule) else f"{quoted(rule.owner, 40)} harvests"
    return f"{name}  {full}{', ripe' if found.ripe else ''}: {who}"
