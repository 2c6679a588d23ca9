"""One Markdown file at one commit, and what a check may know of the world around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mbgit.bank.entries import Entry, entries
from mbgit.bank.kinds import Kind
from mbgit.bank.settings import Settings
from mbgit.bank.vocabulary import Vocabulary
from mbgit.engine.blocks import front_end

from .slugs import slugs

if TYPE_CHECKING:
    from markdown_it.token import Token

LARGEST = 256_000  # bytes that are parsed as Markdown; of a larger file only the bytes are looked at
DEEPEST = 20  # levels of nesting that the parser follows


class Page:
    """A file's bytes, and everything that is read out of them, once, when a check asks for it."""

    def __init__(self, path: str, data: bytes, kind: Kind | None = None) -> None:
        self.path, self.data, self.kind = path, data, kind
        self._standard: dict[Vocabulary, Page] = {}

    @cached_property
    def text(self) -> str:
        """The file as text: no byte order mark, every line end `\\n`, broken UTF-8 replaced."""
        return self.data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    @cached_property
    def rows(self) -> list[str]:
        """Its lines without their ends; row 0 is line 1."""
        return self.text.split("\n")

    @cached_property
    def entries(self) -> list[Entry]:
        """Its entries, as `bank.entries` reads them in a file of its kind."""
        return entries(self.data, self.kind.undated if self.kind else None)

    def standard(self, words: Vocabulary) -> Page:
        """The page with the standard's names of fields and headings, where a team has its own; line for line."""
        if words not in self._standard:
            data = words.standard(self.data)
            self._standard[words] = self if data == self.data else Page(self.path, data, self.kind)
        return self._standard[words]

    @cached_property
    def tokens(self) -> list[Token]:
        """What markdown-it-py makes of it (CommonMark and tables); none of a file that is too large.

        `token.map` counts `rows`. Front matter is no Markdown: its rows are blank here.
        """
        if len(self.data) > LARGEST:
            return []
        from markdown_it import MarkdownIt

        return MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table").parse(self._markdown())

    def _markdown(self) -> str:
        """The text with front matter blanked; a carriage return that ends no line is a blank, to keep rows apart."""
        text = self.text.replace("\r", " ")
        if not text.startswith("---"):
            return text
        end = front_end([row.encode() for row in self.rows])
        return "\n" * end + "\n".join(text.split("\n")[end:])

    @cached_property
    def anchors(self) -> dict[str, int]:
        """Where a `#fragment` may lead to in it, and the line (from 1) there."""
        return slugs(self.tokens)


class Tree(Protocol):
    """The files of the commit at hand."""

    def has(self, path: str) -> bool:
        """Whether a file, a link or a folder lies at a path from the root (without a slash at its end)."""

    def page(self, path: str) -> Page | None:
        """The regular Markdown file there; None where there is none."""


class World(NamedTuple):
    """What a check may know besides the page. Nothing in it changes while checks run."""

    tree: Tree
    settings: Settings
    layout: str
    """buffers, standard or multi-agent."""
    now: int
    """Epoch seconds: when the commit at hand was, or is being, made."""
    added_at: Callable[[Page, str], int]
    """When the commit was made that brought a row of the page into the range that is checked, in epoch seconds."""
    pushed: bool = True
    """Whether it is to be published: before that, what a page is about to say may be left open."""


class Check(Protocol):
    """What every module of checks has: looks at a page, and says what is wrong with it."""

    def __call__(self, page: Page, world: World) -> list[Finding]: ...


if TYPE_CHECKING:
    from .finding import Finding
