"""Links in what moves, and to it: they lead where they led, so that no harvest is refused for what it took along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mbgit.bank.entries import Entry, entries
from mbgit.bank.kinds import kind_of
from mbgit.checks.page import Page
from mbgit.checks.relink import may_link, rewritten

from .cutting import end_of

def carried(data: bytes, old: str, new: str) -> bytes:
    """A file at `old` with its links as they have to be at `new`, row for row; as it is where it would be cut
    differently."""
    if not may_link(data):
        return data
    led = rewritten(data, old, new, lambda path, fragment: path).data
    same = [entry.line for entry in entries(led)] == [entry.line for entry in entries(data)]
    return led if same and led.count(b"\n") == data.count(b"\n") else data


def following(
    tree: Mapping[str, bytes], path: str, source: bytes, moved: Mapping[str, list[Entry]]
) -> Iterator[tuple[str, bytes]]:
    """The pages that link to headings that went out of a buffer, with links to where they are now.

    `tree` are the files as they will be, `path` and `source` the buffer as it was, `moved` the entries that went, by
    the file that they went to. Files where nobody may change an entry are left alone.
    """
    pages = [page for page in tree if _may_name(tree, page, path)]
    anchors = _homes(path, source, moved) if pages else {}
    for page in pages if anchors else ():
        data = tree[page]
        new = rewritten(data, page, page, lambda to, anchor: anchors.get(anchor, to) if to == path else to).data
        if new != data:
            yield page, new


def _may_name(tree: Mapping[str, bytes], page: str, path: str) -> bool:
    """Whether a page may link to a heading of the file at `path`, and may be changed."""
    folder, _, name = path.rpartition("/")
    kind = kind_of(page, [folder or "."])
    if not page.endswith(".md") or (kind and kind.append_only):
        return False
    data = tree[page]
    return name.encode() + b"#" in data or (page == path and b"](#" in data)


def _homes(path: str, source: bytes, moved: Mapping[str, list[Entry]]) -> Mapping[str, str]:
    """Where the anchors of a buffer are that went: the path of a file."""
    rows = {row: to for to, went in moved.items() for entry in went for row in range(entry.line, end_of(entry) + 1)}
    return {anchor: rows[line] for anchor, line in Page(path, source).anchors.items() if line in rows}
