"""Headings that a file of its kind must have: those of the kind's template, in its order."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from mbgit.bank.kinds import Kind
from mbgit.bank.layouts import BUFFERS, Required, filled, name_of_template, required
from mbgit.engine.blocks import front_end
from mbgit.engine.document import cut
from mbgit.words import fit_for_command, quoted

from .finding import Edit, Finding
from .page import LARGEST, Page, World

NAME = "sections"

_WORDS = 200  # characters of a heading that are compared


class Heading(NamedTuple):
    """A heading of a page, and the place of its first token."""

    level: int
    words: str
    line: int
    place: int


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each required heading that is missing, or that does not stand where it belongs.

    A page may have more headings than its template. Its title may have any words. Nothing is said of a page that is
    too large to parse. One with nothing in it is one finding, with the command that fills it.
    """
    wanted = needed(page, world)
    if wanted and page.kind and not page.text.strip():
        what = "is empty: a file of its kind starts as its template"
        return [Finding(NAME, page.path, 0, what, lowered=world.layout == BUFFERS, fix=_filling(page.path, page.kind))]
    if not wanted or len(page.data) > LARGEST:
        return []
    places = standing(page, wanted)
    kept = set(_in_order(places))
    others = {heading.words: heading for heading in headings(page)}
    return [
        _finding(page, world, wanted, number, places, others.get(folded_heading(heading.words)))
        for number, heading in enumerate(wanted)
        if number not in kept
    ]


def together(found: list[Finding]) -> list[Finding]:
    """Findings of one page, with those for sections that are missing as one: a line, and a command, for all."""
    missing = [finding for finding in found if finding.check == NAME and _MISSING in finding.what]
    if len(missing) < 2:
        return found
    names = [finding.what.split('"')[1] for finding in missing]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    what = f"{len(names)} sections are missing: {', '.join(map(quoted, names[:2]))}{more}"
    edits = tuple(edit for finding in missing for edit in finding.edits)
    whole = missing[0]._replace(what=what, fix=missing[0].fix, hint="", edits=edits)
    return [whole, *(finding for finding in found if finding not in missing)]


_MISSING = " is missing:"


def _finding(
    page: Page,
    world: World,
    wanted: tuple[Required, ...],
    number: int,
    places: list[list[Heading]],
    other: Heading | None,
) -> Finding:
    """`other`: a heading of the same words and another level."""
    found, lowered = places[number], world.layout == BUFFERS
    where = f"it belongs {_where(wanted, number)}"
    if found:
        what = f"section {_shown(wanted[number])} stands in the wrong place: {where}"
        return Finding(NAME, page.path, found[0].line, what, lowered=lowered)
    hint = f"it stands there with {'#' * other.level}" if other else ""
    edits = _raised(page, wanted[number], other) if other else _inserted(page, world, wanted, number, places)
    what = f"section {_shown(wanted[number])}{_MISSING} {where}"
    name = name_of_template(page.kind.template) if page.kind else ""
    return Finding(NAME, page.path, 0, what, lowered=lowered, hint=hint, fix=f"git show {name}", edits=edits)


def _raised(page: Page, wanted: Required, other: Heading) -> tuple[Edit, ...]:
    """A heading with as many marks as it should have."""
    row = page.rows[other.line - 1]
    text = row.strip().strip("#").strip()
    return (Edit(other.line - 1, other.line, (f"{'#' * wanted.level} {text}",)),) if row.startswith("#") else ()


def _inserted(
    page: Page, world: World, wanted: tuple[Required, ...], number: int, places: list[list[Heading]]
) -> tuple[Edit, ...]:
    """A heading as its template has it, with its placeholder, where it belongs."""
    rows = _of_template(page, world, wanted[number])
    above = next((places[at][0] for at in range(number - 1, -1, -1) if places[at]), None)
    ends = (heading.line - 1 for heading in headings(page) if above and heading.place > above.place
            and heading.level <= wanted[number].level)  # fmt: skip
    end = next(ends, len(page.rows)) if above else front_end([row.encode(errors="replace") for row in page.rows])
    at = end
    while at and not page.rows[at - 1].strip():
        at -= 1
    blank = ("",) if at == end < len(page.rows) else ()
    return (Edit(at, at, (*[""][: min(at, 1)], *rows, *blank)),) if rows else ()


def _of_template(page: Page, world: World, wanted: Required) -> tuple[str, ...]:
    """The rows of a section in the template of the page's kind, filled in."""
    if page.kind is None:
        return ()
    data = filled(page.kind.template, date=f"{datetime.fromtimestamp(max(world.now, 0)):%Y-%m-%d}", layout=world.layout)
    rows, sections = data.decode().split("\n"), cut(data).sections
    for section, behind in zip(sections, [*sections[1:], None], strict=True):
        if section.level == wanted.level and folded_heading(section.text.decode()) == folded_heading(wanted.words):
            found = rows[section.line : behind.line if behind else None]
            while found and not found[-1].strip():
                found.pop()
            return tuple(found)
    return (f"{'#' * wanted.level} {wanted.words}",) if "{" not in wanted.words else ()


def _filling(path: str, kind: Kind) -> str:
    """The command that makes the file what its kind starts as; none where its path is not fit for one."""
    name = f'"{path}"' if " " in path else path
    return f"git show {name_of_template(kind.template)} > {name}" if fit_for_command(path) else ""


def needed(page: Page, world: World) -> tuple[Required, ...]:
    """The headings that the page must have where it lies."""
    return required(page.kind.template, world.layout) if page.kind else ()


def headings(page: Page) -> list[Heading]:
    """The headings of a page that stand in no list and no quote."""
    tokens = page.tokens
    return [
        Heading(int(token.tag[1:]), folded_heading(tokens[place + 1].content), token.map[0] + 1, place)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and not token.level and token.map
    ]


def folded_heading(words: str) -> str:
    """The words of a heading as they are compared: no case, no emoji, no marks, nothing in parentheses behind them."""
    words = words[:_WORDS].strip(" #*_:")
    if words.endswith(")") and words.rfind("(") > 0:
        words = words[: words.rfind("(")]
    return " ".join("".join(char if char.isalnum() else " " for char in words.casefold()).split())


def standing(page: Page, wanted: tuple[Required, ...]) -> list[list[Heading]]:
    """For each wanted heading those of the page that are it, in order. A title is recognized by its level alone."""
    known: dict[tuple[int, str], list[Heading]] = {}
    for heading in headings(page):
        known.setdefault(_key(heading.level, heading.words), []).append(heading)
    fitting = ([known.get(_key(heading.level, words), []) for words in _ways(heading.words)] for heading in wanted)
    return [sorted(chain.from_iterable(found), key=_place) for found in fitting]


def _ways(words: str) -> set[str]:
    """What a heading may say: `One / Two` of a template is met by either half as well."""
    return {folded_heading(way) for way in (words, *words.split(" / "))}


def _place(heading: Heading) -> int:
    return heading.place


def _key(level: int, words: str) -> tuple[int, str]:
    return level, "" if level == 1 else words


def _in_order(places: list[list[Heading]]) -> tuple[int, ...]:
    """The numbers of the wanted headings in the longest run that stands in order on the page."""
    best: list[tuple[int, tuple[int, ...]]] = [(-1, ())]  # for each length: the earliest end of such a run, the run
    for number, choices in enumerate(places):
        starts = [heading.place for heading in choices]
        for length in range(len(best) - 1, -1, -1):
            end, run = best[length]
            at = bisect_right(starts, end)
            if at == len(starts):
                continue
            if length + 1 == len(best):
                best.append((starts[at], (*run, number)))
            elif starts[at] < best[length + 1][0]:
                best[length + 1] = starts[at], (*run, number)
    return best[-1][1]


def _where(wanted: tuple[Required, ...], number: int) -> str:
    return f"behind {_shown(wanted[number - 1])}" if number else "at the top"


def _shown(heading: Required) -> str:
    words = "a title" if "{" in heading.words else heading.words  # a title that is filled in
    return quoted(f"{'#' * heading.level} {words}")
