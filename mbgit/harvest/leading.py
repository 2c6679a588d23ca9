"""Links in what moves, and to it: they lead where they led, so that no harvest is refused for what it took along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mbgit.bank.entries import Entry, entries
from mbgit.bank.kinds import kind_of
from mbgit.checks.page import Page
from mbgit.checks.relink import may_link, rewritten

from .cutting import end_of

Homes = Mapping[str, str]
"""Where an anchor of a buffer stands now: the path of a file."""


def carried(data: bytes, old: str, new: str) -> bytes:
    """A file at `old` with its links as they have to be at `new`, row for row; as it is where it would be cut
    differently."""
    if not may_link(data):
        return data
    led = rewritten(data, old, new, lambda path, fragment: path).data
    same = [entry.line for entry in entries(led)] == [entry.line for entry in entries(data)]
    return led if same and led.count(b"\n") == data.count(b"\n") else data


def homes(source: bytes, path: str, moved: Mapping[str, list[Entry]]) -> Homes:
    """The anchors of a buffer that went, by the file that some of its entries moved to."""
    rows = {row: to for to, went in moved.items() for entry in went for row in range(entry.line, end_of(entry) + 1)}
    if not any(b"#" in entry.text for went in moved.values() for entry in went):
        return {}
    return {anchor: rows[line] for anchor, line in Page(path, source).anchors.items() if line in rows}


def following(tree: Mapping[str, bytes], source: str, anchors: Homes) -> Iterator[tuple[str, bytes]]:
    """The pages that link to what moved out of a buffer (its path: `source`), with links to where it is now.

    Files where nobody may change an entry are left alone.
    """
    if not anchors:
        return
    folder, _, name = source.rpartition("/")
    for path in tree:
        kind = kind_of(path, [folder or "."])
        if not path.endswith(".md") or (kind and kind.append_only):
            continue
        data = tree[path]
        if name.encode() + b"#" in data or (path == source and b"](#" in data):
            new = rewritten(data, path, path, lambda to, anchor: anchors.get(anchor, to) if to == source else to).data
            if new != data:
                yield path, new
