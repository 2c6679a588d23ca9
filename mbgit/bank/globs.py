"""Globs as gitattributes has them, as far as the table of kinds and `.mbgit.toml` need them."""

from __future__ import annotations

from fnmatch import fnmatchcase


def fits(glob: str, path: str) -> bool:
    """Whether a path matches a glob: `*` stays inside of a folder, `**` stands for any number of folders.

    Time is bounded by the product of both lengths, whatever they are: a glob may come from a stranger.
    """
    parts = path.split("/")
    reached = {0}  # how many parts of the path the glob's parts so far may have used up
    for want in glob.split("/"):
        if want == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], want)}
    return len(parts) in reached
