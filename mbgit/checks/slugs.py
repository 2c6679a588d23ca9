"""The anchors of a page, as GitHub makes them: what a `#fragment` of a link may name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

# No quantifier here backtracks: a hostile text of any length costs one pass.
COMMENT = re.compile(r"<!--(?:.*?-->|.*)", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)([^<>]*+)>")
_ATTRIBUTE = re.compile(
    r"""(?<![^\s"'])(id|name|href|src)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE
)
_STAYS = ("L", "M", "Nd", "Nl", "Pc")  # the categories of Unicode that make up words
_UNSEEN = dict.fromkeys((0x200C, 0x200D, 0xFE0E, 0xFE0F))  # they only say how an emoji looks: nobody types them
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class Tag(NamedTuple):
    """One tag of HTML in a page."""

    name: str
    """In lower case, with a slash in front where it closes."""
    attributes: dict[str, str]
    """Of id, name, href and src those that it has."""
    text: str
    """What stands between it and the next tag."""
    row: int
    """How many rows below the first it begins."""


def slugs(tokens: Iterable[Token]) -> dict[str, int]:
    """Every anchor of a page, by what markdown-it-py makes of it, and the line (from 1) that it leads to.

    Headings of all kinds get one each, repeated ones with `-1`, `-2`; so do `id` and `name` in HTML. The rules are
    those that GitHub's renderer shows; anchors are in lower case, as GitHub finds them in any.
    """
    found: dict[str, int] = {}
    named: dict[str, int] = {}
    counts: dict[str, int] = {}
    line, before = 1, ""
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        for text in _headings(token, before):
            found[_unique(slug(text), counts)] = line
        for tag in tags_of(token):
            for key in tag.attributes.keys() & {"id", "name"}:
                named.setdefault(folded_anchor(tag.attributes[key]), line + tag.row)
        before = token.type
    return named | found


def slug(text: str) -> str:
    """The anchor of one heading: lower case, nothing but letters, digits, marks, `_`, `-`; a `-` for each space."""
    kept = (char for char in folded_anchor(text) if char in " -" or unicodedata.category(char).startswith(_STAYS))
    return "".join(kept).replace(" ", "-")


def folded_anchor(anchor: str) -> str:
    """An anchor as anchors are compared: in lower case, without characters that nobody sees."""
    return anchor.lower().translate(_UNSEEN)


def tags(html: str) -> Iterator[Tag]:
    """The tags in a piece of HTML, those in comments left out."""
    html = _without_comments(html)
    found = list(_TAG.finditer(html))
    ends = [match.start() for match in found[1:]] + [len(html)]
    row = at = 0
    for match, end in zip(found, ends, strict=False):
        row += html.count("\n", at, match.start())
        at = match.start()
        yield Tag(match[1] + match[2].lower(), _attributes(match[3]), html[match.end() : end], row)


def _without_comments(html: str) -> str:
    """HTML with its comments emptied; its rows stay as many as they were."""
    if "<!--" not in html:
        return html
    return COMMENT.sub(lambda match: "\n" * match[0].count("\n"), html)


def tags_of(token: Token) -> Iterator[Tag]:
    """The tags of HTML in a token."""
    if token.type == "html_block":
        yield from tags(token.content)
    elif token.type == "inline" and "<" in token.content:
        for child in token.children or ():
            if child.type == "html_inline":
                yield from tags(child.content)


def _attributes(text: str) -> dict[str, str]:
    if "=" not in text:
        return {}
    return {match[1].lower(): _unescaped(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(text)}


def _unescaped(value: str) -> str:
    if "&" not in value:
        return value
    from html import unescape

    return unescape(value)


def _headings(token: Token, before: str) -> Iterator[str]:
    """The words of the headings in a token, where a token of the type `before` stands in front of it."""
    if before == "heading_open":
        yield _words(token)
    elif token.type == "html_block":
        yield from _html_headings(token.content)


def _words(inline: Token) -> str:
    """What a reader sees of a heading's text: no markup, no pictures, no tags."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))


def _html_headings(html: str) -> Iterator[str]:
    words: list[str] | None = None
    for tag in tags(html):
        if tag.name in _HEADINGS:
            words = []
        elif tag.name[1:] in _HEADINGS and words is not None:
            yield " ".join("".join(words).split())
            words = None
        if words is not None:
            words.append(tag.text)


def _unique(base: str, counts: dict[str, int]) -> str:
    """The anchor of the next heading whose words give `base`."""
    anchor = base
    while anchor in counts:
        counts[base] += 1
        anchor = f"{base}-{counts[base]}"
    counts[anchor] = 0
    return anchor
