"""Required sections that are empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mbgit.words import quoted

from .finding import Finding
from .page import LARGEST, Page, World
from .sections import Heading, headings, needed, standing

if TYPE_CHECKING:
    from markdown_it.token import Token

NAME = "vague"

_BOX = re.compile(r"^\[[ xX~-]\](?:\s+|$)")
_LABEL = re.compile(r"\*\*[^*]{1,60}\*\*:?|[^:.]{1,40}:")
_NOTHING = re.compile(r"(?:\[[^\[\]]{0,200}\]|\{[^{}]{0,200}\}|tbd|todo|to do|to be (?:done|defined))[.!]?", re.I)


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each required section that is empty.

    It is where it holds nothing but comments, placeholders (`[What we are working on]`, `...`, `TBD`),
    labels without a value and heads of tables; one that is empty in the template as well may be.
    """
    return list(_empty(page, world))


def _empty(page: Page, world: World) -> Iterator[Finding]:
    wanted = tuple(heading for heading in needed(page, world) if heading.text)
    if not wanted or len(page.data) > LARGEST:
        return
    every = headings(page)
    for heading in (found[0] for found in standing(page, wanted) if found):
        if not any(_says_something(token) for token in _content(page.tokens, heading, every)):
            yield Finding(NAME, page.path, heading.line, f"section {quoted(page.rows[heading.line - 1])} is empty")


def _content(tokens: list[Token], heading: Heading, every: list[Heading]) -> Iterator[Token]:
    """The tokens that say what stands below a heading, those of headings and of tables' heads left out."""
    behind = [other.place for other in every if other.place > heading.place and other.level <= heading.level]
    hidden = False
    for token in tokens[heading.place + 3 : min(behind, default=len(tokens))]:
        if token.type == "hr" and not token.level:
            return
        if token.type in ("heading_open", "thead_open", "heading_close", "thead_close"):
            hidden = token.type.endswith("open")
        elif not hidden:
            yield token


def _says_something(token: Token) -> bool:
    if token.type in ("fence", "code_block"):
        return bool(token.content.strip())
    if token.type == "html_block":
        return not token.content.lstrip().startswith("<!--")
    if token.type != "inline":
        return False
    if any(child.type in ("link_open", "image", "code_inline") for child in token.children or ()):
        return True
    text = "".join("\n" if child.type.endswith("break") else child.content for child in token.children or ()
                   if child.type != "html_inline")  # fmt: skip
    return any(not is_placeholder(row) for row in text.split("\n"))


def is_placeholder(text: str) -> bool:
    """Whether a text only keeps a place, behind a label or without one."""
    text = _BOX.sub("", text[:1_000].strip(), count=1)
    label = _LABEL.match(text)
    behind = text[label.end() :].strip() if label else text
    return any(not any(char.isalnum() for char in said) or _NOTHING.fullmatch(said) for said in (text, behind))
