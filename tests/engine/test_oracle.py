"""The cut beside markdown-it-py: both must see the same headings, fences, items and tables, line by line.

Where the cut sees something else on purpose:

- front matter is a unit of its own (CommonMark: a break and a setext heading);
- an HTML block ends before a bullet, a heading or a fence (CommonMark: only at a blank line);
- a comment hides everything up to its end, wherever it begins on a line of its own;
- what a quote holds is the quote's text, and a fence on the very line of a bullet is the item's;
- the keys of front matter are handed out after its two marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mbgit.engine.document import cut
from tests.bench import judge
from tests.engine.strategies import STYLES, Style, Unit, banks, rendered

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

DOCUMENTS = {
    "headings": (
        "# A\n\n## B ##\nText\n\nTitle\n===\n\nTwo\nlines\n---\n\n"
        "#no\n\n   ### C\n\n    # code\n\n####### seven\n#\n"
    ),
    "fences": (
        "```sh\n# a\n- b\n~~~\n```\n\n~~~ py\n```\n~~~\n\n````\n```\n| a |\n````\n\n``` a`b\n# heading\n"
    ),
    "unclosed fence": "# A\n\n```\n# hidden\n- hidden\n\n## hidden too\n",
    "fence in an item": "- a\n\n  ```\n  - no item\n  # no heading\n  ```\n\n  more\n- b\n\n      - code\n",
    "items": (
        "- a\n  - b\n    - c\n- d\n* e\n+ f\n1. g\n2) h\n10. i\n\n   j\n-no\n- [ ] k\n\n- l\n\tm\n-\n  n\n"
    ),
    "lazy": "- a\nlazy\n- b\n\nnot lazy\n1. c\nText\n2. not an item of a paragraph\n",
    "number in a paragraph": "It was in\n1986. A great year\n\n1986. A list\n",
    "tables": (
        "| A | B |\n|---|---|\n| a | b |\n| c |\nnot piped\n\nA | B\n-|:-:\na | b\n\n"
        "| no | table |\n\n| A |\n|---|---|\n"
    ),
    "table after text": "Text\n| A | B |\n|---|---|\n| a | b |\n# H\n| A |\n|---|\n- item\n",
    "table in an item": "- a\n\n  | A | B |\n  |---|---|\n  | a | b |\n\n- b\n",
    "breaks": "a\n\n---\n\n- - -\n\n* * *\n\n- a\n---\n- b\n***\n\n___\n",
    "quotes": "> # a\n> - b\nlazy\n\n> ```\n> x\n\n- > a\n  > b\n",
    "html": (
        "<details>\n<summary>a</summary>\n\n- b\n\n</details>\n\n<!-- a\n\n"
        "# hidden\n\n-->\n\n# seen\n\n<br>\n"
    ),
    "front matter": "---\ntitle: a\ntags:\n  - b\n---\n\n# A\n\n---\n",
    "crlf": "# A\r\n\r\n- a\r\n  - b\r\n\r\n| A |\r\n|---|\r\n| a |\r\n\r\n```\r\n# no\r\n```\r\n",
    "indented": "Text\n    still text\n\n    code\n    # code\n\n- a\n\n      code\n",
    "tabs": "-\ta\n\n\tmore\n\t- b\n\n1.\tc\n\n\tmore\n\n\tcode?\n",
    "entries": (
        "## [2025-08-21] A\n**Context**: x\n- Option A: y\n  **Consequences**: z\n- **Lesson 1**: w\n"
    ),
}


def facts(kinds: Iterator[tuple[bytes, str]] | list[tuple[bytes, str]]) -> list[tuple[bytes, str]]:
    """Lines that are not blank, with the one thing that both readers must agree on."""
    return [(line.strip(), _fact(kind)) for line, kind in kinds if line.strip()]


def _fact(kind: str) -> str:
    if "quote" in kind:
        return "item" if kind.startswith("item") else "quote"
    if kind in ("front", "html"):
        return kind
    for name in ("heading", "fence", "row"):
        if name in kind:
            return name
    return "item" if kind.startswith("item") else "text"


def cut_view(data: bytes) -> Iterator[tuple[bytes, str]]:
    """Every line that is not blank, with the kind of unit that holds it."""
    for _, kind, text in cut(data).units():
        lines = [line for line in judge.lines_of(text) if line.strip()]
        kind = "front" if kind == "key" else kind
        for i, line in enumerate(lines):
            kind_here = (
                "item" if kind == "item" and i == 0 else {"table": "row", "item": "para"}.get(kind, kind)
            )
            yield line, "html" if kind == "comment" else kind_here


def disagreements(data: bytes) -> list[str]:
    """What the two say of a line, where they differ and it is no exception."""
    theirs, ours = facts(judge.view(data)), facts(cut_view(data))
    assert len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True)
    return [
        f"{line.decode('utf-8', 'replace')!r}: cut as {mine}, read as {other}"
        for (line, mine), (_, other) in pairs
        if mine != other and not {mine, other} & {"html", "quote", "front"}
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_own_documents(name: str) -> None:
    assert not disagreements(DOCUMENTS[name].encode())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real merges is not beside this checkout")
@pytest.mark.parametrize("part", ["base", "ours", "theirs"])
def test_corpus(part: str) -> None:
    found = {
        str(file.parent.relative_to(CORPUS)): disagreements(file.read_bytes())
        for file in CORPUS.rglob(f"{part}.md")
    }
    assert not {name: lines[:5] for name, lines in found.items() if lines}


@settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(banks(), STYLES)
def test_generated_banks(tree: Unit, style: Style) -> None:
    assert not disagreements(rendered(tree, style))
