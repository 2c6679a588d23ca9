"""Markdown that does not show what its writer meant. All findings are warnings. Matters of taste pass: a false alarm
costs more than a miss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mbgit.engine.lines import cells, is_delimiter
from mbgit.words import quoted

from .finding import Finding
from .markers import is_closed
from .page import Page, World
from .slugs import COMMENT

if TYPE_CHECKING:
    from markdown_it.token import Token

NAME = "structure"

BARE = frozenset((
    "here", "click here", "see here", "this", "this link", "this page", "link", "the link", "more", "read more",
    "click", "see", "page",
))  # fmt: skip

# The elements of HTML that stand in Markdown on purpose; any other tag is a word in angle brackets, and vanishes.
_NAMES = """
    a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center
    circle cite code col colgroup data datalist dd defs del details dfn dialog dir div dl dt ellipse em embed fieldset
    figcaption figure font footer form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input
    ins kbd label legend li line link main map mark math menu meta meter nav nobr noscript object ol optgroup option
    output p param path picture polygon polyline pre progress q rect rp rt ruby s samp script search section select slot
    small source span strike strong style sub summary sup svg table tbody td template text textarea tfoot th thead time
    title tr track tt u ul use var video wbr
"""
_ELEMENTS = frozenset(_NAMES.split())
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
# `**` at the start or the end of a word; not in a glob (`**/*.py`), a power (`2**3`) or an argument (`**kwargs`).
_STARS = re.compile(r"(?<![\w/*\\])\*\*(?!kwargs|options|args)(?=[\w\"'(\[])|(?<=[\w.:!?)\"'])\*\*(?![\w/*.(])")

Fault = tuple[int, str]
"""A line from 1 (0: the file as a whole), and what is wrong there."""


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each place where the page does not show what was meant, and one where it is larger than its cap."""
    faults = [fault for rule in _RULES for fault in rule(page)]
    return [Finding(NAME, page.path, line, what) for line, what in sorted(faults, key=lambda fault: fault[0])]


def _size(page: Page) -> Iterator[Fault]:
    cap = page.kind.cap if page.kind else 0
    if cap and len(page.data) > cap * 1024:
        yield 0, f"larger than {cap} KB, the size that this file should stay under"


def _levels(page: Page) -> Iterator[Fault]:
    """Headings more than one level below the one before them."""
    above = 0
    for token, inline in _followed(page.tokens, "heading_open"):
        level = int(token.tag[1:])
        if token.level:  # in a list or a quote: no part of the page's outline
            continue
        if above and level > above + 1:
            yield _line(token), f"heading {quoted(inline.content)} skips a level (from {'#' * above} to {'#' * level})"
        above = level


def _fences(page: Page) -> Iterator[Fault]:
    for token in page.tokens:
        if token.type != "fence" or not token.map:
            continue
        first = quoted(token.content.strip("\n").partition("\n")[0])
        if not is_closed(page, token.map, token.markup):
            yield _line(token), f"code block that is not closed: {first}"
        elif not token.info.strip():
            yield _line(token), f"code block without a language: {first}"


def _tables(page: Page) -> Iterator[Fault]:
    """Rows that a missing, or an unescaped, `|` has torn; and tables that are none because their first rows differ."""
    width = 0
    head = False
    for token in page.tokens:
        if token.type == "thead_open":
            width, head = 0, True
        elif token.type == "th_open":
            width += 1
        elif token.type == "thead_close":
            head = False
        elif token.type == "tr_open" and not head and token.map:
            yield from _torn(page.rows[token.map[0]], token.map[0], width)
        elif token.type == "inline" and "|" in token.content and token.map:
            yield from _no_table(token.content.split("\n"), token.map[0])


def _torn(row: str, number: int, width: int) -> Iterator[Fault]:
    found = len(cells(row.lstrip("> \t").encode()))
    if found != width:
        much = "more" if found > width else "fewer"
        yield number + 1, f"table row with {much} cells than its head: {quoted(row)}"


def _no_table(rows: list[str], start: int) -> Iterator[Fault]:
    """A paragraph whose second row would be the line under a table's head, had it as many cells."""
    if len(rows) > 1 and rows[1].count("|") > 1 and is_delimiter(rows[1].encode()):
        yield start + 1, f"table whose head and the line under it differ in cells: {quoted(rows[0])}"


def _links(page: Page) -> Iterator[Fault]:
    """Link texts that do not say where they lead."""
    for inline in _inlines(page.tokens, "["):
        start, target, words = 0, "", ""
        for line, token in _children(inline):
            if token.type == "link_open":
                start, target, words = line, str(token.attrs.get("href", "")), ""
            elif token.type == "link_close" and words.casefold().strip(" .:!") in BARE:
                yield start, f"link text {quoted(words)} does not say where it leads: {quoted(target)}"
            else:
                words += token.content or " "


def _tags(page: Page) -> Iterator[Fault]:
    """Words in angle brackets that are read as HTML, and shown as nothing; a pair of tags is taken for meant."""
    opened: dict[str, int] = {}
    closed: set[str] = set()
    for line, html in _html(page.tokens):
        for slash, name in _TAG.findall(html):
            if slash:
                closed.add(name)
            else:
                opened.setdefault(name, line)
    for name, line in opened.items():
        if name.lower() not in _ELEMENTS and name not in closed:
            yield line, f"{quoted(f'<{name}>')} is read as HTML and not shown: escape it, or set it as code"


def _html(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        if token.type == "html_block":
            yield _line(token), COMMENT.sub("", token.content)
        elif token.type == "inline" and "<" in token.content:
            for line, child in _children(token):
                if child.type == "html_inline" and not child.content.startswith("<!"):
                    yield line, child.content


def _marks(page: Page) -> Iterator[Fault]:
    """Marks of code and of bold text that have no partner, and so are shown as they are."""
    for inline in _inlines(page.tokens, "`", "**"):
        if "\\`" not in inline.content and "\\*" not in inline.content:  # who escapes one means the others
            shown = [(line, child.content) for line, child in _children(inline) if child.type == "text"]
            yield from _first(shown, re.compile("`"), "a ` without its partner")
            yield from _first(shown, _STARS, "** that does not make bold")


def _first(shown: list[tuple[int, str]], mark: re.Pattern[str], what: str) -> Iterator[Fault]:
    """One fault of a paragraph is enough: the second is often the partner of the first."""
    for line, text in shown:
        if mark.search(text):
            yield line, f"{what}: {quoted(text)}"
            return


_RULES: tuple[Callable[[Page], Iterator[Fault]], ...] = (_size, _levels, _fences, _tables, _links, _tags, _marks)


def _inlines(tokens: list[Token], *having: str) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline" and any(text in token.content for text in having):
            yield token


def _children(inline: Token) -> Iterator[tuple[int, Token]]:
    """What an inline token holds, each with its line; a line break inside of code is not counted."""
    line = _line(inline)
    for child in inline.children or ():
        yield line, child
        line += child.content.count("\n") if child.type == "html_inline" else child.type in ("softbreak", "hardbreak")


def _followed(tokens: list[Token], kind: str) -> Iterator[tuple[Token, Token]]:
    """Each token of a type, with the one behind it."""
    for place, token in enumerate(tokens):
        if token.type == kind:
            yield token, tokens[place + 1]


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1
