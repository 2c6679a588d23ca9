"""Whether a text closes its fences and HTML: an open one would swallow what follows it in its new place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mbgit.engine.blocks import Node
from mbgit.engine.document import cut, file_values
from mbgit.engine.lines import fence_closes, fence_open, item_text

_END = b"\n\n# end\n\n<!-- -->\n"
_RAW = rb"script|pre|style|textarea"
# What runs on to a mark of its own, over blank lines (CommonMark's HTML blocks 1 to 5), and what a reader folds.
_PAIRS = (
    (re.compile(rb"^ {0,3}<(?:" + _RAW + rb")(?=[\s>]|$)", re.I), re.compile(rb"</(?:" + _RAW + rb")>", re.I)),
    (re.compile(rb"^ {0,3}<!--"), re.compile(rb"-->")),
    (re.compile(rb"^ {0,3}<\?"), re.compile(rb"\?>")),
    (re.compile(rb"^ {0,3}<!\[CDATA\["), re.compile(rb"\]\]>")),
    (re.compile(rb"^ {0,3}<![A-Za-z]"), re.compile(rb">")),
)  # fmt: skip
_FOLDED = re.compile(rb"<(/?)details(?=[\s>]|$)", re.I)


def is_closed(text: bytes) -> bool:
    """Whether a heading behind some text would be read as one: no fence, comment or block of HTML is left open."""
    if b"<" not in text and b"```" not in text and b"~~~" not in text:
        return True
    end = cut(text.rstrip(b"\n") + _END).sections
    nodes = [node for section in end for node in section.blocks]
    return end[-1].head == (b"# end",) and not _open_fence(nodes) and not _runs_on(_uncoded_rows(nodes))


def is_folded(text: bytes) -> bool:
    """Whether a `<details>` is left open, or closed that was not opened."""
    if b"<" not in text:
        return False
    depth = 0
    for found in _FOLDED.finditer(b"\n".join(_uncoded_rows(n for s in cut(text).sections for n in s.blocks))):
        depth += -1 if found[1] else 1
        if depth < 0:
            return True
    return depth > 0


def _open_fence(nodes: list[Node]) -> bool:
    """Whether a fence ends only because the item around it does."""
    for node in nodes:
        rows = node.head if node.kind == "fence" else (item_text(node.head[0].strip()), *node.head[1:])
        mark = fence_open(rows[0].lstrip(b" \t")) if node.kind in ("fence", "item") else b""
        if mark and not (len(rows) > 1 and fence_closes(rows[-1].lstrip(b" \t"), mark)):
            return True
        if _open_fence(node.kids):
            return True
    return False


def _uncoded_rows(nodes: Iterable[Node]) -> Iterator[bytes]:
    """The rows of some blocks, those of code left out."""
    for node in nodes:
        if node.kind not in ("fence", "code"):
            yield from node.head
            yield from _uncoded_rows(node.kids)


def _runs_on(rows: Iterable[bytes]) -> bool:
    close: re.Pattern[bytes] | None = None
    for row in rows:
        at = 0
        if close is None:
            opened = next(((begin.match(row), end) for begin, end in _PAIRS if begin.match(row)), None)
            if opened is None or opened[0] is None:
                continue
            at, close = opened[0].end(), opened[1]
        if close.search(row, at):
            close = None
    return close is not None


def text_rows(data: bytes) -> list[bytes]:
    """The rows of a file as `engine.document` counts them."""
    _, _, newline, text = file_values(data)
    return text.split(b"\n") if text or newline else []
