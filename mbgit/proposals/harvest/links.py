"""Adjusts links in entries that move, and links to them, so that they still lead to the same place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate

from mbgit.bank.entries import Entry, entries
from mbgit.bank.kinds import kind_of
from mbgit.checks.page import LARGEST, Page
from mbgit.checks.relink import links_at_most, may_link, rewritten

from .cutting import end_of

LINKS = 5_000  # that are led on; the part that has the last of them is done to its end
PART = 20_000  # bytes: of a file that is too large to parse, what is parsed at once


def carried(data: bytes, old: str, new: str) -> bytes:
    """A file at `old` with its links as they have to be at `new`, row for row; as it is where it would be cut
    differently."""
    if not may_link(data):
        return data
    found = entries(data)
    parts = _parts(data, found) if len(data) > LARGEST else [data]
    led = b"".join(_carried(parts, old, new))
    same = [entry.line for entry in entries(led)] == [entry.line for entry in found]
    return led if same and led.count(b"\n") == data.count(b"\n") else data


def _carried(parts: Iterable[bytes], old: str, new: str) -> Iterator[bytes]:
    """Parts of a file with their links; those beyond the first thousands stay as they are, for a hook has seconds."""
    done = 0
    for part in parts:
        links = links_at_most(part)
        done += links
        yield rewritten(part, old, new, lambda path, _: path).data if 0 < links <= done < LINKS + links else part


def _parts(data: bytes, found: Iterable[Entry]) -> Iterator[bytes]:
    """A file that is too large to parse as a whole, cut in front of headings that are entries."""
    starts = [0, *accumulate(len(row) + 1 for row in data.split(b"\n"))]
    top = 0
    for start in (starts[entry.line - 1] for entry in found if entry.kind == "heading"):
        if start - top > PART:
            yield data[top:start]
            top = start
    yield data[top:]


def following(
    tree: Mapping[str, bytes], path: str, source: bytes, moved: Mapping[str, list[Entry]], also: Collection[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """The pages that link to headings that went out of a buffer, with links to where they are now.

    `tree` are the files as they will be, `path` and `source` the buffer as it was, `moved` the entries that went, by
    the file that they went to. Files where nobody may change an entry are left alone, but for `also`.
    """
    pages = [page for page in tree if _may_name(tree, page, path, page in also)]
    anchors = _homes(path, source, moved) if pages else {}
    for page in pages if anchors else ():
        data = tree[page]
        new = rewritten(data, page, page, lambda to, anchor: anchors.get(anchor, to) if to == path else to).data
        if new != data:
            yield page, new


def _may_name(tree: Mapping[str, bytes], page: str, path: str, also: bool) -> bool:
    """Whether a page may link to a heading of the file at `path`, and may be changed."""
    folder, _, name = path.rpartition("/")
    kind = kind_of(page, [folder or "."])
    if not page.endswith(".md") or (kind and kind.append_only and not also):
        return False
    data = tree[page]
    return name.encode() + b"#" in data or (page == path and b"](#" in data)


def _homes(path: str, source: bytes, moved: Mapping[str, list[Entry]]) -> Mapping[str, str]:
    """Where the anchors of a buffer are that went: the path of a file."""
    rows = {row: to for to, went in moved.items() for entry in went for row in range(entry.line, end_of(entry) + 1)}
    return {anchor: rows[line] for anchor, line in Page(path, source).anchors.items() if line in rows}
