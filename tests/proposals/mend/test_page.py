"""A mend passes the gate, changes nothing else, and is idempotent: over pages with faults planted in them.

A page is made of parts. Each part has its rows as they should be, and, where a fault is planted in it, as they are, and
as a mend has them. So what the whole page has to become is known to the byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from mbgit.bank.kinds import Kind, kind_of
from mbgit.bank.settings import Settings
from mbgit.checks import PAGE_CHECKS
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.sections import needed, together
from mbgit.gate.judge import without
from mbgit.gate.verdict import grave
from mbgit.proposals.mend.page import mended

EXAMPLES = int(os.environ.get("MBGIT_EXAMPLES", "0"))
LAWS = settings(
    max_examples=EXAMPLES or 20, derandomize=not EXAMPLES, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

BANK = "memory-bank"
NOW = 1_760_011_200  # 2025-10-09 12:00 UTC
DAY, TIME = f"{datetime.fromtimestamp(NOW):%Y-%m-%d}", f"{datetime.fromtimestamp(NOW):%H:%M}"
MOVED = {f"{BANK}/Pages.md": f"{BANK}/Docs/Pages.md", f"{BANK}/sessions/Pages.md": f"{BANK}/Docs/Pages.md"}
FILES = {*MOVED.values(), f"{BANK}/README.md"}
BOOK = ("Context", "Decision", "Rationale", "Consequences", "Decided By")
LOGBOOK = ("Status", "Active Priority", "Files Modified", "Handover Notes", "Next Actions", "Conflicts")
FIRM = ("Context", "Rationale", "Decided By")


class Part(NamedTuple):
    """Some rows, as they should be; with a fault in them as they are, and as a mend has them."""

    clean: tuple[str, ...]
    faulty: tuple[str, ...] | None = None
    mended: tuple[str, ...] = ()


class Drawn(NamedTuple):
    """A page that was drawn: where it lies and belongs, its text, what it should become, and its older version."""

    path: str
    right: str
    faulty: bytes
    mended: bytes
    older: bytes | None
    faults: frozenset[str]


# -- the gate, as far as it is pure -----------------------------------------------------------------------------------


class Tree:
    def has(self, path: str) -> bool:
        return path in FILES or path == BANK

    def page(self, path: str) -> Page | None:
        return Page(path, b"# Title\n") if path in FILES else None


WORLD = World(Tree(), Settings(), "standard", NOW, lambda page, row: NOW, pushed=False)


def gate(older: Page | None) -> Callable[[Page], list[Finding]]:
    """What is refused of a page that has an older version."""

    def all_of(page: Page) -> list[Finding]:
        found = [finding for check in PAGE_CHECKS.values() for finding in check(page, WORLD)]
        return together([finding for finding in found if grave(finding, Settings())])

    return lambda page: list(without(all_of(page), [all_of(older)] if older else []))


def kind_at(path: str) -> Kind:
    kind = kind_of(path, [BANK])
    assert kind
    return kind


def mend(path: str, data: bytes, older: bytes | None) -> tuple[Page, list[Finding], list[Finding]]:
    """A page mended, with what was refused of it before, and is afterwards."""
    page = Page(path, data, kind_at(path))
    check = gate(None if older is None else Page(path, older, page.kind))
    headings = [heading.words for heading in needed(page, WORLD)]
    new = mended(page, check, lambda path, fragment: MOVED.get(path), headings)
    return new, check(page), check(new)


# -- pages ------------------------------------------------------------------------------------------------------------

WORDS = ["parser", "cache", "retry", "naïve", "購物車", "of the orders", "`code`", "*so*", "3 of 5", "it's", "→ QA"]


@st.composite
def sentence(draw: st.DrawFn, least: int = 2) -> str:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=least, max_size=5))
    return f"The {' '.join(words)}"


def link(rel: str, words: str) -> Part:
    right = f"See [{words}]({rel}Docs/Pages.md) first."
    wrong = f"See [{words}](Pages.md) first."
    return Part((right,), (wrong,), (right,))


def fence(rows: Sequence[str], info: str, mark: str) -> Part:
    """A code block. It is one that may be left open where its end can be told from what it holds."""
    clean = (f"{mark}{info}", *rows, mark)
    closable = rows and rows[-1] and not any(row.startswith("## [") for row in rows)
    return Part(clean, clean[:-1] if closable else None, clean)


DECOYS = (
    "## Blockers in code", "## [2031-01-01] Not an entry", "[x](gone.md)", "make all", "", "- **Date**: 2031-01-01",
    "# comment",
)  # fmt: skip


MARKS = ("```", "~~~", "````")
BODIES = ("para", "list", "task", "table", "quote", "comment", "html", "link", "fence")


@st.composite
def body(draw: st.DrawFn, rel: str, what: str) -> Part:
    """A paragraph, a list, a table, a code block and the like; `what`: one that can have a fault."""
    asked, what = what, what or draw(st.sampled_from(BODIES))
    words = draw(sentence())
    if what == "link":
        return link(rel, words)
    if what == "fence":
        code = draw(st.lists(st.sampled_from(DECOYS), max_size=3)) + ["make all"] * bool(asked)
        code = [row for row in code if not (asked and row.startswith("## ["))]
        return fence(code, draw(st.sampled_from(["sh", "md", "python", ""])), draw(st.sampled_from(MARKS)))
    rows = {
        "para": (words, draw(sentence())),
        "list": (f"- {words}", f"  - {draw(sentence())}", f"- {words}"),  # with dates, its items would be the entries
        "task": (f"- [ ] {words}", f"- [x] {draw(sentence())}"),
        "table": ("| a | b |", "|---|---|", f"| {words} | x |"),
        "quote": (f"> {words}", "> and more"),
        "comment": (f"<!-- {words}", "## [2031-01-01] hidden -->"),
        "html": ("<details>", f"{words}", "</details>"),
    }[what]
    return Part(rows)


def pick(draw: st.DrawFn, part: Part, fault: str, wanted: set[str], got: set[str]) -> Part:
    """The part with its fault, if that is wanted: always where nothing has it yet, else now and then."""
    if fault in wanted and part.faulty is not None and (fault not in got or draw(st.booleans())):
        got.add(fault)
        return part
    return part._replace(faulty=None)


HEADINGS = {
    "no date": ("[{day}] {words}", "{words}", "[{day}] {words}"),
    "another form": ("{day} {words}", "09/10/2025 {words}", "{day} {words}"),
    "later": ("[{day}] {words}", "[2025-12-24] {words}", "[{day}] {words}"),
    "later, another form": ("{day}: {words}", "24.12.2025: {words}", "{day}: {words}"),
}
TIMED = {
    "no date": ("{day} {time} - {words}", "{words}", "{day} {time} - {words}"),
    "another form": ("{day} {time} - {words}", "10/09/2025 {time} - {words}", "{day} {time} - {words}"),
    "later": ("{day} {time} - {words}", "2025-12-24 23:10 - {words}", "{day} {time} - {words}"),
    "later, another form": ("{day} {time} - {words}", "24 Dec 2025 23:10 - {words}", "{day} {time} - {words}"),
}
DATES = tuple(HEADINGS)


@st.composite
def entry(draw: st.DrawFn, number: int, name: str, fault: str, wanted: set[str], got: set[str]) -> list[Part]:
    labels, timed = {"decisions.md": BOOK, "agent-logbook.md": LOGBOOK}.get(name, ()), name != "decisions.md"
    words = f"{draw(sentence())} {number}"  # what stands twice may be a part of two entries
    form = fault if fault in DATES and not number else draw(st.sampled_from(DATES))
    heads = (f"## {text.format(day=DAY, time=TIME, words=words)}" for text in (TIMED if timed else HEADINGS)[form])
    clean, faulty, mended = ((head,) for head in heads)
    parts = [pick(draw, Part(clean, faulty, mended), form, wanted, got), Part(("",))]
    gone: set[str] = set()
    if "fields" in wanted and labels is BOOK and ("fields" not in got or draw(st.booleans())):
        got.add("fields")
        gone = draw(st.sets(st.sampled_from(FIRM), min_size=1, max_size=2))
    item = draw(st.sampled_from(["", "- "])) if form != "no date" else ""
    for label in labels:
        row = (f"{item}**{label}**: {draw(sentence())}",)
        parts.append(Part(row, ()) if label in gone else Part(row))
    added = tuple(f"{item}**{label}**: TBD" for label in sorted(gone))
    if not labels:
        parts.append(Part(tuple(f"- {draw(sentence())}" for _ in range(draw(st.integers(1, 3))))))
    planned = "link" if "link" in wanted - got else ""
    for at in range(draw(st.integers(1 if planned else 0, 3))):
        chunk = draw(body("", "" if at else planned))
        if chunk.clean[0].startswith(("```", "~~~")):
            chunk = chunk._replace(faulty=None)
        parts += [Part(("",)), pick(draw, chunk, "link", wanted, got)]
    if added:
        parts.append(Part((), (), added))
    return [*parts, Part(("",))]


@st.composite
def listing(draw: st.DrawFn, name: str, fault: str, wanted: set[str], got: set[str]) -> list[Part]:
    """A decision log, a logbook, a session log."""
    parts = [Part(("# Log", ""))]
    for number in range(draw(st.integers(1, 4))):
        parts += draw(entry(number, name, fault, wanted, got))
    return parts


SECTIONS = {
    "activeContext.md": {"Current Focus": "Nothing yet.", "Recent Accomplishments": "None yet.",
                         "Active Tasks": "None yet.", "Blockers": "None.", "Next Steps": "None yet."},
    "sessions": {"Topics Discussed": "None yet.", "Actions Completed": "None yet.", "Follow-up Items": "None yet.",
                 "References": "None yet."},
}  # fmt: skip


@st.composite
def sectioned(draw: st.DrawFn, name: str, wanted: set[str], got: set[str]) -> list[Part]:
    """A page that must have headings."""
    parts = [Part((f"# {draw(sentence())}", ""))]
    if name == "sessions":
        parts.append(Part(("## Context", "", "- **Agent**: Ada", "- **Branch**: main", "")))
    sections = SECTIONS[name]
    inside = sorted(wanted & {"fence", "link"})
    planned = [*inside, *(draw(st.lists(st.sampled_from(inside), max_size=3)) if inside else ())]
    for at, (heading, text) in enumerate(sections.items()):
        if name == "sessions" and heading == "Follow-up Items":
            parts.append(Part(("## Decisions Made", "", "- [2025-10-01] none", "")))
        whole = (f"## {heading}", "", text, "")
        if "heading" in wanted and at and (at == 1 or draw(st.booleans())):
            got.add("heading")
            parts.append(Part(whole, (), whole))
        elif not planned and draw(st.booleans()):
            parts.append(Part(whole))
        else:
            parts.append(Part(whole[:2]))
            for _ in range(draw(st.integers(1, 3))):
                chunk = draw(body("../" if name == "sessions" else "", planned.pop(0) if planned else ""))
                fault = "fence" if chunk.clean[0].startswith(("```", "~~~")) else "link"
                bare = fault == "fence" and not chunk.clean[0].strip("`~")
                if (fault == "fence" and at + 1 == len(sections)) or (bare and "fence" in got):
                    chunk = chunk._replace(faulty=None)
                parts += [part := pick(draw, chunk, fault, wanted, got), Part(("",))]
                if part.faulty is not None and fault == "fence":
                    wanted = wanted - {"fence"} if bare else wanted  # the start of the one would be the other's end
                    break  # nobody could tell where between it and the next heading it was to end
    return parts


PATHS = {
    **dict.fromkeys(DATES, ("decisions.md", "agent-logbook.md", "SESSION_LOG.md")),
    "fields": ("decisions.md",),
    "heading": tuple(SECTIONS),
    "fence": tuple(SECTIONS),
    "link": ("decisions.md", "agent-logbook.md", "SESSION_LOG.md", *SECTIONS),
    "name": ("sessions",),
}
FAULTS = tuple(PATHS)
PUBLISHED = ("## Some rules", "", "**Decision**: they stay as they are", "**Rationale**: nobody brings them now", "")


@st.composite
def pages(draw: st.DrawFn, fault: str) -> Drawn:
    """A page with that fault, and others that a page of its kind may have."""
    name = draw(st.sampled_from(PATHS[fault]))
    wanted = {fault} | {other for other in FAULTS if name in PATHS[other] and draw(st.booleans())}
    got: set[str] = set()
    parts = draw(sectioned(name, wanted, got) if name in SECTIONS else listing(name, fault, wanted, got))
    path = f"{BANK}/{name}" if name != "sessions" else f"{BANK}/sessions/2025-10-08_the-cart.md"
    wrong = path
    if "name" in wanted:
        got.add("name")
        wrong = f"{BANK}/sessions/{draw(st.sampled_from(['2025-10-08 The Cart', 'The-Cart 2025-10-08']))}.md"
    end = draw(st.sampled_from(["\n", "\r\n"]))
    last = draw(st.booleans())

    def text(rows: Iterator[str]) -> bytes:
        whole = "\n".join(rows).rstrip("\n") + "\n" * last
        return whole.replace("\n", end).encode()

    def as_is(part: Part) -> tuple[str, ...]:
        return part.clean if part.faulty is None else part.faulty

    def as_mended(part: Part) -> tuple[str, ...]:
        return part.clean if part.faulty is None and not part.mended else part.mended

    older = None
    if name == "decisions.md" and draw(st.booleans()):
        parts.insert(1, Part(PUBLISHED))
        older = text(iter(("# Log", "", *PUBLISHED)))
    faulty, better = (text(row for part in parts for row in rows(part)) for rows in (as_is, as_mended))
    return Drawn(wrong, path, faulty, better, older, frozenset(got))


@pytest.mark.parametrize("fault", FAULTS)
@given(data=st.data())
@LAWS
def test_a_mend_passes_the_gate_changes_nothing_else_and_is_idempotent(fault: str, data: st.DataObject) -> None:
    drawn = data.draw(pages(fault))
    assume(fault in drawn.faults)
    for name in drawn.faults:
        event(name)
    page, before, after = mend(drawn.path, drawn.faulty, drawn.older)
    assert before
    assert after == []
    assert (page.path, page.data.decode()) == (drawn.right, drawn.mended.decode())
    again, _, _ = mend(page.path, page.data, drawn.older)
    assert (again.path, again.data) == (page.path, page.data)
