"""What the gate refused and a machine can mend: a page with the rows that it should have.

Never a secret, a conflict marker or a lost entry: what to do about those is a person's to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from mbgit.checks.finding import Edit, Finding
from mbgit.checks.markers import is_closed
from mbgit.checks.page import Page
from mbgit.checks.relink import Where, rewritten
from mbgit.checks.sections import folded_heading

NEVER = frozenset(("secrets", "markers", "lost", "encoding"))  # checks whose findings in a file rule out mending it
_ROUNDS = 8  # mends of one page, one after the other: a fence that is closed shows headings, and those lack dates
_DATED = re.compile(r"#{1,6}[ \t]+\[?(?:19|20)\d\d-\d\d-\d\d")


def mended(page: Page, check: Callable[[Page], Sequence[Finding]], where: Where, headings: Sequence[str]) -> Page:
    """The page with as few of its faults as a machine can bring it to; the same one where it can mend none.

    `check` finds what is refused of a page at that path, `where` a moved file by its old path, and `headings` are
    those that the page must have. A mend is taken only if it leaves fewer faults and brings none.
    """
    found = check(page)
    for _ in range(_ROUNDS):
        better = next(_better(page, found, check, where, headings), None) if found else None
        if better is None:
            break
        page, found = better
    return page


def _better(
    page: Page,
    found: Sequence[Finding],
    check: Callable[[Page], Sequence[Finding]],
    where: Where,
    headings: Sequence[str],
) -> Iterator[tuple[Page, Sequence[Finding]]]:
    """What each way to mend a page makes of it, and what is left, where that is less."""
    keys = {finding.key for finding in found}
    for data in _ways(page, found, where, headings):
        new = Page(page.path, data, page.kind)
        left = check(new) if data != page.data else found
        if len(left) < len(found) and keys.issuperset(finding.key for finding in left):
            yield new, left


def _ways(page: Page, found: Sequence[Finding], where: Where, headings: Sequence[str]) -> Iterator[bytes]:
    yield applied(page.data, _fences(page, headings))
    edits = [edit for finding in found for edit in finding.edits]
    yield applied(page.data, edits)
    if any(finding.check == "links" for finding in found):
        yield rewritten(page.data, page.path, page.path, where).data
    for finding in found if len(found) > 1 else ():  # one alone, where together they are too much
        yield applied(page.data, finding.edits)


def applied(data: bytes, edits: Iterable[Edit]) -> bytes:
    """A file with some rows in place of others. Rows that two edits claim stay as the first one has them."""
    rows = data.split(b"\n")
    end = b"\r" if rows[0].endswith(b"\r") else b""
    last = len(rows)
    in_order = sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end))
    for edit in in_order[::-1]:
        if edit.end > last:
            continue
        new = [row.encode(errors="replace") + end for row in edit.rows]
        if edit.start == len(rows):  # behind the last row, which has no line end
            rows[-1:] = [rows[-1] + end, *new] if rows[-1] else [*new, b""]
        else:
            rows[edit.start : edit.end] = new
        last = edit.start
    return b"\n".join(rows)


def _fences(page: Page, headings: Sequence[str]) -> Iterator[Edit]:
    """What closes a code block that is left open: in front of the first heading that nobody meant to be code, else at
    the end."""
    known = set(map(folded_heading, headings))
    for token in page.tokens:
        if token.type != "fence" or not token.map or is_closed(page, token.map, token.markup):
            continue
        first, last = token.map
        behind = (n for n in range(first + 1, last) if _is_heading(page.rows[n], known))
        at = next(behind, last)
        while at > first + 1 and not page.rows[at - 1].strip():
            at -= 1
        row = page.rows[first]
        yield Edit(at, at, (row[: len(row) - len(row.lstrip(" >\t"))] + token.markup,))


def _is_heading(row: str, known: set[str]) -> bool:
    return row.startswith("#") and (bool(_DATED.match(row)) or folded_heading(row) in known)
