"""The message of a harvest's commit: what moved, who wrote it, and where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mbgit.words import clean, counted, quoted, shown_path

from .matching import SAME, UPDATED
from .plan import Harvest, Move, Provenance, Stay

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
ORIGIN = "Harvested-from:"
LONGEST = 200  # characters of a name or an address in a trailer
_NOTES = {UPDATED: " (a later version)", SAME: " (was there already)"}


def message(harvest: Harvest, commit: str) -> str:
    """The commit message; `commit` is the one that the buffer was read from.

    Everything that others wrote is cleaned: a title is quoted data, a name cannot end its trailer.
    """
    return messages([harvest], commit)


def messages(harvests: Sequence[Harvest], commit: str) -> str:
    """The message of one commit that holds several harvests."""
    parts = [part for harvest in harvests for part in (_subject(harvest), *_body(harvest))]
    if len(harvests) > 1:
        moved = counted(sum(len(harvest.moves) for harvest in harvests), "entry")
        parts.insert(0, f"Harvest {counted(len(harvests), 'buffer')}: {moved}")
    trailers = dict.fromkeys(line for harvest in harvests for line in _trailers(harvest, commit))
    return "\n\n".join([*parts, "\n".join(sorted(trailers, key=_is_origin))]) + "\n"


def _subject(harvest: Harvest) -> str:
    moved, source = counted(len(harvest.moves), "entry"), harvest.source.rpartition("/")[2]
    return f"Harvest {shown_path(source)}: {moved} to {shown_path(harvest.target)}"


def _body(harvest: Harvest) -> Iterator[str]:
    yield "\n".join(_line(move, harvest.target) for move in harvest.moves)
    if harvest.stays:
        waiting = len(harvest.awaiting)
        held = counted(len(harvest.stays), "entry")
        yield f"{held} left in the buffer" + (f", {waiting} awaiting a decision:" if waiting else ".")
        if waiting:
            yield "\n".join(_waiting(stay) for stay in harvest.awaiting)


def _waiting(stay: Stay) -> str:
    return f"- {quoted(stay.entry.title)}" + ("" if stay.days is None else f", for {counted(stay.days, 'day')}")


def _is_origin(trailer: str) -> bool:
    return trailer.startswith(ORIGIN)


def _line(move: Move, target: str) -> str:
    where = f", now {shown_path(move.path.removeprefix(target))}" if target.endswith("/") else ""
    return f"- {quoted(move.entry.title)}{credit(move.by)}{where}{_NOTES.get(move.how, '')}"


def credit(by: Provenance) -> str:
    """` by "Name" in COMMIT`, as far as that is known."""
    who = f" by {quoted(by.name)}" if clean(by.name) else ""
    return who + (f" in {by.commit[:12]}" if _COMMIT.fullmatch(by.commit) else "")


def _trailers(harvest: Harvest, commit: str) -> list[str]:
    authors = co_authors(move.by for move in harvest.moves)
    origin = commit if _COMMIT.fullmatch(commit) else ""
    return [*authors, f"{ORIGIN} {_one_line(harvest.source)} {origin}".rstrip()]


def co_authors(wrote: Iterable[Provenance]) -> list[str]:
    """The trailers that name who wrote something, each once."""
    return list(dict.fromkeys(filter(None, map(co_author, wrote))))


def co_author(by: Provenance) -> str:
    """`Co-authored-by: Name <address>`, on one line whatever they hold; nothing where the address is not known."""
    mail = "".join(_one_line(by.mail).split())
    name = _one_line(by.name) or mail.partition("@")[0]
    return f"Co-authored-by: {name} <{mail}>" if mail and name else ""


def _one_line(text: str) -> str:
    return " ".join(clean(text[:LONGEST]).replace("<", " ").replace(">", " ").split())
