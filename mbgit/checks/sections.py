"""Headings that a file of its kind must have: those of the kind's template, in its order."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import NamedTuple

from mbgit.bank.kinds import Kind
from mbgit.bank.layouts import BUFFERS, Required, name_of_template, required
from mbgit.words import fit_for_command, quoted

from .finding import Finding
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
    levels = {heading.words: heading.level for heading in headings(page)}
    return [
        _finding(page, wanted, number, places[number], world.layout == BUFFERS, levels.get(plain(heading.words), 0))
        for number, heading in enumerate(wanted)
        if number not in kept
    ]


def _finding(
    page: Page, wanted: tuple[Required, ...], number: int, found: list[Heading], lowered: bool, level: int
) -> Finding:
    problem = "stands in the wrong place:" if found else "is missing:"
    what = f"section {_shown(wanted[number])} {problem} it belongs {_where(wanted, number)}"
    hint = f"it stands there with {'#' * level}" if level and not found else ""
    return Finding(NAME, page.path, found[0].line if found else 0, what, lowered=lowered, hint=hint)


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
        Heading(int(token.tag[1:]), plain(tokens[place + 1].content), token.map[0] + 1, place)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and not token.level and token.map
    ]


def plain(words: str) -> str:
    """The words of a heading as they are compared: no case, no emoji, no marks, nothing in parentheses behind them."""
    words = words[:_WORDS].strip(" #*_:")
    if words.endswith(")") and words.rfind("(") > 0:
        words = words[: words.rfind("(")]
    return " ".join("".join(char if char.isalnum() else " " for char in words.casefold()).split())


def standing(page: Page, wanted: tuple[Required, ...]) -> list[list[Heading]]:
    """For each wanted heading those of the page that are it, in order. A title is told by its level alone."""
    known: dict[tuple[int, str], list[Heading]] = {}
    for heading in headings(page):
        known.setdefault(_key(heading.level, heading.words), []).append(heading)
    fitting = ([known.get(_key(heading.level, words), []) for words in _ways(heading.words)] for heading in wanted)
    return [sorted(chain.from_iterable(found), key=_place) for found in fitting]


def _ways(words: str) -> set[str]:
    """What a heading may say: `One / Two` of a template is met by either half as well."""
    return {plain(way) for way in (words, *words.split(" / "))}


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
