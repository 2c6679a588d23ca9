"""The branch of this clone, and the team's focus."""

from __future__ import annotations

from mbgit.bank.focus import focus
from mbgit.words import quoted, shown_path

from .arrival import Arrival, Delta

FILES = ("activeContext.md", "context.md", "identity/now.md")


def part(arrival: Arrival) -> list[str]:
    """The line where it is news: the focus is a new one, this is the first digest of today, or HEAD is on no branch."""
    first = arrival.upkeep is not None or not arrival.branch
    return [line for line, is_new in _lines(arrival) if is_new or first]


def whole(arrival: Arrival) -> list[str]:
    return [line for line, _ in _lines(arrival)]


def _lines(arrival: Arrival) -> list[tuple[str, bool]]:
    """One line, and whether somebody has set that focus now; nothing where no bank says what the focus is."""
    for path in (path for name in FILES for path in arrival.in_banks(name)):
        if said := _focus(arrival, arrival.text(path)):
            author = next((delta.author for delta in arrival.deltas if _brings(arrival, delta, path, said)), "")
            by = f" by {quoted(author, 40)}" if author else ""
            line = f"on {_branch(arrival)}; focus in {shown_path(arrival.named(path))}{by}: {quoted(said)}"
            return [(line, bool(author))]
    return []


def _brings(arrival: Arrival, delta: Delta, path: str, said: str) -> bool:
    """Whether a commit that arrived set this focus."""
    if delta.path != path or _focus(arrival, arrival.read(delta.blob)) != said:
        return False
    return all(_focus(arrival, arrival.read(blob)) != said for blob in delta.older)


def _focus(arrival: Arrival, data: bytes | None) -> str:
    return focus(arrival.settings.vocabulary.standard(data or b""))


def _branch(arrival: Arrival) -> str:
    return f"branch {quoted(arrival.branch, 40)}" if arrival.branch else f"no branch, at {arrival.head[:10]}"
