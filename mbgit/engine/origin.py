"""The base of a file that both sides added: what both had there once, where the merge's own base has nothing.

A rebase, a cherry-pick or two harvests at once give two histories one text, each in a commit of its own. Where one of
them has edited that since, it knows better than an empty base what is an edit of what, and what was taken out.
"""

from __future__ import annotations

from . import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clock import Clock

# Of a commit and a path: what became of the file in the newest commits that changed it.
LOG = (
    "log", "--max-count=40", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-show-signature", "--no-color",
    "--format=",
)  # fmt: skip


def base_of_added(clock: Clock) -> bytes:
    """The newest text that the histories of both sides have; empty where there is none, or nobody knows the sides."""
    sides = clock.sides()
    try:
        if not all(side.commit for side in sides):
            return b""
        one, other = (versions(ask.git([*LOG, it.commit, "--", it.path], clock.until)) for it in sides)
        blob = shared(one, other)
        return ask.git(["cat-file", "blob", blob], clock.until) if blob else b""
    except ask.NoAnswer:
        return b""


def versions(said: bytes) -> list[str]:
    """The blobs that a file was, newest first, from what `LOG` printed; zeros: it was not there."""
    rows = (line.split() for line in said.split(b"\n") if line.startswith(b":"))
    return [words[3].decode() for words in rows]


def shared(one: list[str], other: list[str]) -> str:
    """The newest of the blobs that both sides had; empty where it is none, or where the file was not there."""
    places: dict[str, int] = {}
    for at, blob in enumerate(one):
        places.setdefault(blob, at)
    found = min(((max(places[blob], at), blob) for at, blob in enumerate(other) if blob in places), default=(0, ""))[1]
    return found if found.strip("0") else ""
