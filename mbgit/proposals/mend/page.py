"""What the gate refused and a machine can mend: a page with the rows that it should have.

Never a secret, a conflict marker or a lost entry: what to do about those is a person's to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from mbgit.checks.finding import Edit, Finding
from mbgit.checks.markers import is_closed
from mbgit.checks.page import Page
from mbgit.checks.relink import Where, rewritten
from mbgit.checks.sections import folded_heading

if TYPE_CHECKING:
    from markdown_it.token import Token

Check = Callable[[Page], Sequence[Finding]]
Checked = tuple[Page, Sequence[Finding]]

NEVER = frozenset(("secrets", "markers", "lost", "encoding"))  # checks whose findings in a file rule out mending it
_ROUNDS = 8  # mends of one page, one after the other: a fence that is closed shows headings, and those lack dates
_STARTS = re.compile(r" {0,3}(?:```|~~~)[`~]*[ \t]*\w")  # of a code block in a language
_DATED = re.compile(r"#{1,6}[ \t]+\[?(?:19|20)\d\d-\d\d-\d\d")


def mended(page: Page, check: Check, where: Where, headings: Sequence[str]) -> Page:
    """The page with as few of its faults as a machine can bring it to, where it belongs; the same one where it can
    mend none.

    `check` finds what is refused of a page at that path, `where` a moved file by its old path, and `headings` are
    those that the page must have. A mend is taken only if it leaves fewer faults and brings none.
    """
    found = check(page)
    if moves := next((finding.moves for finding in found if finding.moves), ""):
        page = Page(moves, page.data, page.kind)
        found = check(page)
    for _ in range(_ROUNDS):
        better = _better(page, found, check, where, frozenset(map(folded_heading, headings))) if found else None
        if better is None:
            break
        page, found = better
    return page


def _better(
    page: Page, found: Sequence[Finding], check: Check, where: Where, headings: frozenset[str]
) -> Checked | None:
    """The page with fewer faults, and those; None where there is no way to that.

    A code block is closed where that leaves less than all else does, or where it hides what is said to be missing.
    """
    keys = {finding.key for finding in found}
    ways = [_settled(page, check, where), _settled(page, check, where, headings)]
    if _hides(page, headings):
        ways.reverse()
    if len(found) > 1:  # one alone, where together they are too much
        ways += [_checked(page, applied(page.data, finding.edits), check) for finding in found if finding.edits]
    good = [way for way in ways if len(way[1]) < len(found) and keys.issuperset(finding.key for finding in way[1])]
    return min(good, key=lambda way: len(way[1]), default=None)


def _settled(page: Page, check: Check, where: Where, headings: frozenset[str] | None = None) -> Checked:
    """A page with all that has a mend mended, and what one mend brings to light for the next: a heading that gets its
    date is a decision, and that lacks fields. With `headings`, code blocks that are left open are closed first."""
    found = check(page)
    for _ in range(_ROUNDS):
        closing = _fence(page, headings) if headings is not None else None
        edits = [closing] if closing else [edit for finding in found for edit in finding.edits]
        data = applied(page.data, edits)
        if not closing and any(finding.check == "links" for finding in found):
            data = rewritten(data, page.path, page.path, where).data
        if data == page.data:
            break
        page, found = _checked(page, data, check)
    return page, found


def _checked(page: Page, data: bytes, check: Check) -> Checked:
    new = Page(page.path, data, page.kind)
    return new, check(new)


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
    text = b"\n".join(rows)
    return text if data.endswith(b"\r") else text.removesuffix(b"\r")  # the last row may have no line end


def _fence(page: Page, headings: frozenset[str]) -> Edit | None:
    """What closes the first code block that is left open: in front of the first heading that nobody meant to be code,
    else at its end."""
    fences = [token for token in page.tokens if token.type == "fence" and token.map]
    still_open = [fence for fence in fences if fence.map and not is_closed(page, fence.map, fence.markup)]
    # One that takes the next block's start for its end leaves that one without a start, and so on to the last.
    unpaired = bool(still_open) or any(_holds_a_start(page, fence) for fence in fences)
    for fence in fences if unpaired else ():
        first, last = fence.map or (0, 0)
        rows = page.rows[first + 1 : last]
        end = next((at for at, row in enumerate(rows) if _is_heading(row, headings)), len(rows))
        if fence in still_open or folded_heading("".join(rows[end : end + 1])) in headings:
            while end and not rows[end - 1].strip():
                end -= 1
            row = page.rows[first]
            at = first + 1 + end
            return Edit(at, at, (row[: len(row) - len(row.lstrip(" >\t"))] + fence.markup,))
    return None


def _holds_a_start(page: Page, fence: Token) -> bool:
    """Whether a row of a code block would begin another one, in a language, if the block had ended before."""
    first, last = fence.map or (0, 0)
    starts = (row.lstrip() for row in page.rows[first + 1 : last] if _STARTS.match(row))
    return any(row.startswith(fence.markup) for row in starts)


def _hides(page: Page, headings: frozenset[str]) -> bool:
    """Whether a heading that the page must have stands in a code block that is left open."""
    edit = _fence(page, headings)
    rows = page.rows[edit.end :] if edit else ()
    return folded_heading(next((row for row in rows if row.strip()), "")) in headings


def _is_heading(row: str, headings: frozenset[str]) -> bool:
    return row.startswith("#") and (bool(_DATED.match(row)) or folded_heading(row) in headings)
