"""What one session writes: every kind of edit, in every kind of file."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.clones.storm.account import TOKEN, Ledger
from tests.clones.storm.pages import BUFFERS, NEW_PAGES, PAGES, PERSONAS, ROOTS, WORDS, Page, page_of
from tests.support import Clone

Act = Callable[[Clone, Page, str], str]
"""What becomes of a file's text."""
_DATED = re.compile(r"(#{2,6}) \[?\d{4}-")
_HEADING = re.compile(r"(#{1,6}) ")
_ITEM = re.compile(r"- |\d+\. ")


class Span(NamedTuple):
    """An entry, an item or a row: its lines from `first` up to `last`, and the line of the heading that it is under."""

    kind: str
    first: int
    last: int
    section: int


@dataclass
class Work:
    """A session at its files: `rng` decides what is done, `ledger` knows what was written."""

    rng: random.Random
    ledger: Ledger
    paths: tuple[str, ...] = ()
    """The files that are written; none: all."""

    def session(self, clone: Clone) -> list[str]:
        """A few edits of a few files, uncommitted; what was done."""
        return [done for _ in range(self.rng.randint(1, 4)) if (done := self.edit(clone))]

    def edit(self, clone: Clone) -> str:
        """One edit; empty where it changed nothing."""
        if not self.paths and self.rng.random() < 0.06:
            return self.new_page(clone)
        path = self.rng.choice(self.paths or (*self.files(clone), *PAGES, *BUFFERS, *BUFFERS))
        page = page_of(path)
        if page is None or not (clone.path / path).exists():
            return ""
        return "".join(self.does(clone, path, page, self.rng.choice(list(self.acts(path, page)))))

    def does(self, clone: Clone, path: str, page: Page, act: Act) -> list[str]:
        """Write what an act makes of a file; what was done, nothing where it changed nothing."""
        before = clone.read(path)
        after = act(clone, page, before)
        if after == before:
            return []
        clone.write(path, _dated(after))
        return [f"{act.__name__} in {path}"]

    def files(self, clone: Clone) -> list[str]:
        return clone.git("ls-files", "--", *ROOTS).split("\n")

    def acts(self, path: str, page: Page) -> Iterator[Act]:
        """What is done to a file, by how often."""
        if page.form:
            yield from [self.add_entry] * 5
        if page.lists:
            yield from [self.add_item] * 3 + [self.move_item]
        if page.tables:
            yield from [self.add_row] * 2 + ([] if page.rolls else [self.drop_row, self.own_row, self.own_row])
        yield from [self.edit_line, self.edit_line, self.tick, self.nest, self.drop_item, self.fence]
        if not page.rolls:
            yield from [self.drop_entry, self.move_entry, self.purge]

    # Words

    def words(self, least: int = 4, most: int = 9) -> str:
        return " ".join(self.rng.choices(WORDS, k=self.rng.randint(least, most)))

    def said(self, token: str) -> str:
        return f"{self.words()} {token}"

    def filled(self, form: str, clone: Clone, topic: str = "") -> str:
        """A form with its places filled: the first token is the unit's, each `{sub}` begins one inside of it."""
        Clone.clock += 60
        unit = ""
        moment = time.gmtime(Clone.clock)
        fixed = {
            "day": time.strftime("%Y-%m-%d", moment), "time": time.strftime("%H:%M", moment), "topic": topic,
            "who": clone.who, "to": self.rng.choice(PERSONAS), "slug": clone.who.lower().replace(" ", "-"),
            "status": self.rng.choice(("Accepted", "Accepted", "Proposed")),
        }  # fmt: skip

        def fill(place: re.Match[str]) -> str:
            nonlocal unit
            if place[1] in fixed:
                return fixed[place[1]]
            token = self.ledger.opened(unit) if place[1] == "sub" else self.ledger.token(*[unit] * bool(unit))
            unit = unit or token
            return self.said(token)

        return re.sub(r"\{(\w+)\}", fill, form)

    # Entries, items, rows

    def new_page(self, clone: Clone) -> str:
        """A file of one's own, or one that another session begins at the same moment."""
        pattern, page = self.rng.choice(NEW_PAGES)
        topic = self.rng.choice(("review", "standup", "planning"))
        path = self.filled(pattern, clone, topic)
        if (clone.path / path).exists():
            return ""
        clone.write(path, self.filled(page.text, clone, topic))
        return f"new page {path}"

    def add_entry(self, clone: Clone, page: Page, text: str) -> str:
        """At the end of a section, or at its top where a page is written newest first (and, rarely, elsewhere)."""
        entry = self.filled(page.form, clone).rstrip("\n").split("\n")
        lines = text.rstrip("\n").split("\n")
        heads = [i for i, level in _headings(lines) if level < 3 and not _DATED.match(lines[i])]
        heads = heads[1:] or heads
        head = self.rng.choice(heads)
        item = entry[0].startswith("- ")
        top = page.top != (self.rng.random() < 0.1)
        own = [s for s in spans(lines) if s.section == head and s.kind == ("item" if item else "entry")]
        ends = [i for i in heads if i > head] or [len(lines)]
        at = (own[0].first if top else own[-1].last) if own else ends[0]
        return _put(lines, at, entry, tight=item and bool(own))

    def drop_entry(self, clone: Clone, page: Page, text: str) -> str:
        lines = text.split("\n")
        fit = [s for s in spans(lines) if s.kind == "entry" or (page.form.startswith("- ") and s.kind == "item")]
        return _without(lines, self.rng.choice(fit)) if len(fit) > 1 else text

    def move_entry(self, clone: Clone, page: Page, text: str) -> str:
        """Before another one, of this section or of another."""
        return self._moved(text, "entry")

    def move_item(self, clone: Clone, page: Page, text: str) -> str:
        return self._moved(text, "item")

    def _moved(self, text: str, kind: str) -> str:
        lines = text.split("\n")
        entries = [s for s in spans(lines) if s.kind == "entry"]
        fit = [s for s in spans(lines) if s.kind == kind and (kind == "entry" or not _inside(s, entries))]
        if len(fit) < 2:
            return text
        what, where = self.rng.sample(fit, 2)
        if what.first <= where.first < what.last:
            return text
        block = lines[what.first : what.last]
        rest = _without(lines, what).split("\n")
        at = rest.index(lines[where.first])
        return _put(rest, at, [x for x in block if x or kind == "entry"], tight=kind == "item")

    def purge(self, clone: Clone, page: Page, text: str) -> str:
        """Most of a page's entries leave it at once."""
        lines = text.split("\n")
        fit = [s for s in spans(lines) if s.kind == "entry"]
        if len(fit) < 6 or self.rng.random() < 0.5:
            return text
        for span in reversed(fit[len(fit) // 3 :]):
            lines = _without(lines, span).split("\n")
        return "\n".join(lines)

    def drop_item(self, clone: Clone, page: Page, text: str) -> str:
        """An item leaves with all that is nested in it."""
        lines = text.split("\n")
        fit = [s for s in spans(lines) if s.kind == "item"]
        return _without(lines, self.rng.choice(fit)) if len(fit) > 2 and not page.rolls else text

    def add_item(self, clone: Clone, page: Page, text: str) -> str:
        """Into a list, at any place; into a section that has none as its first."""
        lines = text.rstrip("\n").split("\n")
        entries = [s for s in spans(lines) if s.kind == "entry"]
        fit = [s for s in spans(lines) if s.kind == "item" and not _inside(s, entries)]
        item = f"- {self.rng.choice(('[ ] ', ''))}{self.said(self.ledger.token())}"
        if not fit:
            return text
        near = self.rng.choice(fit)
        return _put(lines, self.rng.choice((near.first, near.last)), [item], tight=True)

    def add_row(self, clone: Clone, page: Page, text: str) -> str:
        """A lock, or a line of the change log, on top of the others."""
        lines = text.split("\n")
        heading, form = self.rng.choice(page.tables)
        form = form.replace("src/{first}", "src/app.py | {first}")
        lines.insert(lines.index(heading) + 4, self.filled(form, clone))
        return "\n".join(lines)

    def drop_row(self, clone: Clone, page: Page, text: str) -> str:
        lines = text.split("\n")
        fit = [i for i, x in enumerate(lines) if x.startswith("|") and " src/" in x]
        if fit:
            del lines[self.rng.choice(fit)]
        return "\n".join(lines)

    # Lines

    def edit_line(self, clone: Clone, page: Page, text: str) -> str:
        """Some words of a line become others."""
        return self._with_line(text, "", self._reworded)

    def tick(self, clone: Clone, page: Page, text: str) -> str:
        """With a remark, or without."""
        remark = self.rng.random() < 0.5

        def ticked(line: str, token: str) -> str:
            line = line.replace("[ ]", "[x]")
            return line.replace(token, self.ledger.token(token)) if remark else line

        return self._with_line(text, r"\s*- \[ \]", ticked)

    def nest(self, clone: Clone, page: Page, text: str) -> str:
        return self._with_line(text, "- ", lambda x, t: f"{x}\n  - {self.said(self.ledger.opened(t))}")

    def fence(self, clone: Clone, page: Page, text: str) -> str:
        """Code, some of which looks like a heading."""
        if self.rng.random() < 0.5:
            return text
        mark = self.rng.choice(("```", "~~~"))

        def fenced(line: str, token: str) -> str:
            unit = self.ledger.units(token)[0]
            return f"{line}\n\n{mark}sh\n## hidden {self.ledger.token(unit)}\nmake {self.ledger.token(unit)}\n{mark}"

        return self._with_line(text, r"#{2,} ", fenced, _code(text.split("\n")))  # a fence in a fence would end it

    def own_row(self, clone: Clone, page: Page, text: str) -> str:
        return self._with_line(text, rf"\| {clone.who} \| (idle|busy)", self._reworded)

    def _reworded(self, line: str, token: str) -> str:
        """One word and the token become others."""
        words = [word for word in line.split(" ") if word in WORDS]
        if len(words) < 4:
            self.ledger.rewritten(token)
        elif words:
            line = line.replace(f"{self.rng.choice(words)} ", f"{self.rng.choice(WORDS)} ", 1)
        return line.replace(token, self.ledger.token(token))

    def _with_line(
        self, text: str, start: str, act: Callable[[str, str], str], but: Collection[int] = ()
    ) -> str:
        lines = text.split("\n")
        fit = [i for i, x in enumerate(lines) if re.match(start, x) and TOKEN.search(x) and i not in but]
        if fit:
            at = self.rng.choice(fit)
            lines[at] = act(lines[at], TOKEN.findall(lines[at])[0])
        return "\n".join(lines)


def spans(lines: list[str]) -> list[Span]:
    """The entries, items and rows of a page, by where they begin."""
    found: list[Span] = []
    heads = list(_headings(lines))
    for place, (at, level) in enumerate(heads):
        if _DATED.match(lines[at]):
            end = next((i for i, deep in heads[place + 1 :] if deep <= level), len(lines))
            under = [i for i, deep in heads[:place] if deep < level]
            found.append(Span("entry", at, end, under[-1] if under else -1))
    code = _code(lines)
    under_now = -1
    starts = {at for at, _ in heads}
    for at, line in enumerate(lines):
        under_now = at if at in starts else under_now
        if at not in code and _ITEM.match(line) and TOKEN.search(line):
            end = at + 1
            while end < len(lines) and lines[end].startswith("  "):
                end += 1
            found.append(Span("item", at, end, under_now))
    return sorted(found, key=lambda span: (span.first, -span.last))


def _headings(lines: list[str]) -> Iterator[tuple[int, int]]:
    code = _code(lines)
    for at, line in enumerate(lines):
        if at not in code and (found := _HEADING.match(line)):
            yield at, len(found[1])


def _code(lines: list[str]) -> set[int]:
    """The lines inside of fences."""
    inside: set[int] = set()
    mark = ""
    for at, line in enumerate(lines):
        if not mark and line.startswith(("```", "~~~")):
            mark = line[:3]
        elif mark and line == mark:
            mark = ""
        elif mark:
            inside.add(at)
    return inside


def _inside(span: Span, others: list[Span]) -> bool:
    return any(other.first <= span.first < other.last for other in others)


def _without(lines: list[str], span: Span) -> str:
    """A page without a span: one blank line stays where blank lines meet."""
    before, after = lines[: span.first], lines[span.last :]
    while before and after and not before[-1] and not after[0]:
        del before[-1]
    return "\n".join(before + after)


def _put(lines: list[str], at: int, block: list[str], tight: bool) -> str:
    """A page with a block in front of a line, a blank line on either side of it unless it is one of a list."""
    before, after = lines[:at], lines[at:]
    if not tight:
        before = [*before, ""] if before and before[-1] else before
        block = [*block, ""] if after and after[0] and block[-1] else block
    return "\n".join(before + block + after).rstrip("\n") + "\n"


def _dated(text: str) -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M", time.gmtime(Clone.clock))
    return re.sub(r"^\*\*Last Updated\*\*: .*$", f"**Last Updated**: {stamp}", text, flags=re.MULTILINE)
