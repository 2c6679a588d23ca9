"""What is there and says nothing: empty sections that the standard asks for, decisions without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mbgit.bank.entries import Entry
from mbgit.words import quoted

from .finding import Finding
from .page import LARGEST, Page, World
from .sections import Heading, headings, needed, standing

if TYPE_CHECKING:
    from markdown_it.token import Token

NAME = "vague"

_DECISIONS, _INBOX = "decisions.md", "decisions-inbox.md"
_ACCEPTED = ("accepted", "approved")
_DECISION = frozenset(("decision", "decided"))
_REASONS = frozenset(("rationale", "why", "reason", "reasons", "reasoning", "justification", "motivation"))
# Where no field is named for it: words that give a reason, or a heading that promises one.
_REASON = re.compile(
    r"\b(?:rationale|reason(?:s|ing)?|justification|motivation|because|since|so that|in order to|due to|trade-?offs?)\b"
    r"|^(?:#{2,6} |\*\*)[^*\n]{0,60}\bwhy\b",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 20_000  # characters of a decision that are looked at
_BOX = re.compile(r"^\[[ xX~-]\](?:\s+|$)")
_LABEL = re.compile(r"\*\*[^*]{1,60}\*\*:?|[^:.]{1,40}:")
_NOTHING = re.compile(r"(?:\[[^\[\]]{0,200}\]|\{[^{}]{0,200}\}|tbd|todo|to do|to be (?:done|defined))[.!]?", re.I)


def check(page: Page, world: World) -> list[Finding]:
    """A finding for each required section that is empty, and for each decision that does not say why.

    A section is empty where it holds nothing but comments, placeholders (`[What we are working on]`, `...`, `TBD`),
    labels without a value and heads of tables; one that is empty in the template as well may be.
    """
    return [*_empty(page, world), *_unreasoned(page)]


def _empty(page: Page, world: World) -> Iterator[Finding]:
    wanted = tuple(heading for heading in needed(page, world) if heading.text)
    if not wanted or len(page.data) > LARGEST:
        return
    every = headings(page)
    for heading in (found[0] for found in standing(page, wanted) if found):
        if not any(_says_something(token) for token in _below(page.tokens, heading, every)):
            yield Finding(NAME, page.path, heading.line, f"section {quoted(page.rows[heading.line - 1])} is empty")


def _below(tokens: list[Token], heading: Heading, every: list[Heading]) -> Iterator[Token]:
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


def _unreasoned(page: Page) -> Iterator[Finding]:
    for entry in page.entries:
        if _is_decision(page, entry) and not _has_reason(entry):
            what = f"decision without a rationale: {quoted(entry.title)}"
            yield Finding(NAME, page.path, entry.line, what)


def _is_decision(page: Page, entry: Entry) -> bool:
    """A dated entry of the decision log, an accepted one of the inbox, elsewhere an entry that says `**Decision**`."""
    if entry.kind != "heading":
        return False
    template = page.kind.template if page.kind else ""
    fields = {field.name: field.value for field in entry.fields}
    if template == _INBOX:
        return fields.get("status", "").casefold().strip("*_`✅ ").startswith(_ACCEPTED)
    return (template == _DECISIONS and bool(entry.stamp)) or bool(fields.keys() & _DECISION)


def _has_reason(entry: Entry) -> bool:
    """Whether a field for it says something; where there is no such field, whether any words give a reason."""
    named = [field for field in entry.fields if _REASONS.intersection(field.name.split())]
    if named:
        return any(not is_placeholder(row) for field in named for row in field.rows)
    return bool(_REASON.search(entry.text[:_LONGEST].decode(errors="replace")))
