"""The base of a file that both sides added: what both had there once, where the merge's own base has nothing."""

from __future__ import annotations

# Of a commit and a path: what became of the file in the newest commits that changed it.
LOG = (
    "log", "--max-count=40", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-show-signature", "--no-color",
    "--format=", "--topo-order", "--root",
)  # fmt: skip


def versions(said: bytes) -> list[str]:
    """The blobs that a file was, newest first, from what `LOG` printed; zeros: it was not there."""
    rows = (line.split() for line in said.split(b"\n") if line.startswith(b":"))
    return [words[3].decode() for words in rows]


def shared(one: list[str], other: list[str]) -> str:
    """The newest of the blobs that both sides had; empty where it is none, or where the file was not there.

    If a text came back, as by `git revert`, its first time counts. Of two blobs that the sides had in opposite orders,
    neither is the newest.
    """
    first, second = ({blob: at for at, blob in enumerate(it)} for it in (one, other))
    found = sorted((max(at, second[blob]), blob) for blob, at in first.items() if blob in second)
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return ""
    return found[0][1] if found[0][1].strip("0") else ""
