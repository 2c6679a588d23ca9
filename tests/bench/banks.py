"""What real banks are like, and what mbgit says of them: `python -m tests.bench.banks FOLDER [--show CHECK]`.

FOLDER is a corpus as `tests.bench.real` has it, or any folder of repositories: then each `*.md` below it is looked at.
A file counts as one of the bank in the usual place above it; elsewhere its own folder is taken for the bank. With
`--like` the files of a corpus whose names the standard does not know stand where files of their kind do.

The checks see every file whole, as in the commit that brings it, and every edit of it, as the gate does: what the
older version had already is not told. Of the world around a file nothing is known: links to other files hold.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mbgit.bank.entries import Undated, entries
from mbgit.bank.kinds import bank_of, kind_of
from mbgit.bank.layouts import layout_of
from mbgit.bank.places import PLACES
from mbgit.bank.settings import Settings
from mbgit.checks import LEVELS, PAGE_CHECKS
from mbgit.checks import lost as losing
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.secrets import check_rows
from mbgit.engine.blocks import Node, is_closed
from mbgit.engine.document import cut
from mbgit.engine.lines import cells
from mbgit.engine.result import Binary
from mbgit.engine.threeway import merge3
from mbgit.gate.judge import without
from mbgit.gate.verdict import Judged, graded
from tests.bench.real import POLICIES, load

LIKE = {
    "activecontext": "activeContext.md", "progress": "progress.md", "decisions": "decisions.md",
    "sessionlog": "SESSION_LOG.md", "changelog": "progress.md", "learnings": "lessons-buffer.md",
    "agent-history": "SESSION_LOG.md", "agent-journal": "patterns-buffer.md", "handoff": "agent-logbook.md",
    "context": "systemContext.md",
}  # fmt: skip
"""What a kind of file in a corpus is most like."""

MONTH = r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\b\.?"
DATES = {
    "YYYY-MM-DD": r"\b\d{4}-\d\d-\d\d(?![\dT]|[ -]\d)",
    "YYYY-MM-DD HH:MM": r"\b\d{4}-\d\d-\d\d,? (?:at )?\d{1,2}:\d\d",
    "YYYY-MM-DDTHH:MM": r"\b\d{4}-\d\d-\d\dT\d\d[:-]?\d\d(?:[:-]?\d\d)?Z?",
    "YYYY-MM-DD-HHMMSS": r"\b\d{4}-\d\d-\d\d-\d{4,6}\b",
    "YYYYMMDD": r"\b20\d{2}[01]\d[0-3]\d\b",
    "YYYY/MM/DD or YYYY.MM.DD": r"\b\d{4}([/.])\d{1,2}\1\d{1,2}\b",
    "D.M.YYYY": r"\b\d{1,2}\.\d{1,2}\.\d{4}\b",
    "D/M/YYYY or M/D/YYYY": r"\b\d{1,2}/\d{1,2}/\d{4}\b",
    "Month D, YYYY": rf"{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}\b",
    "D Month YYYY": rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.? {MONTH},? \d{{4}}\b",
    "Month YYYY": rf"{MONTH} \d{{4}}\b",
}
FORMS = {
    "DATE": r"\[?DATE\]?",
    "[version] - DATE": r"\[v?\d[\w.+-]*\] ?(?:[-–—] ?)?\(?DATE\)?.*|\[DATE\] - DATE",
    "[DATE] Title": r"\[DATE\].*",
    "DATE - Title, DATE — Title": r"DATE ?[-–—|] ?\S.*",
    "DATE: Title": r"DATE ?: ?\S.*",
    "DATE Title": r"DATE \S.*",
    "version — Title (DATE)": r"v?\d+\.\d[\w.+-]*\b.*DATE.*",
    "Title (DATE)": r".*\([^()]*DATE[^()]*\)",
    "Title (DATE) and more": r".*\([^()]*DATE[^()]*\).*",
    "Title - DATE": r".*[-–—:|] ?DATE",
    "Title with a DATE in it": r".*DATE.*",
    "XX_123: Title": r"[*\[]*(?-i:[A-Z]{2,8})[-_ ]?\d+\b.*",
    "Phase 1: Title": r"(?:phase|stage|session|milestone|sprint|step|week|day|part|round|pr|wave)s? \W?\d.*",
    "1. Title": r"\d+[.)] .*",
}
"""How headings are told apart, each by the first that fits; DATE stands for a date of any form."""
_DATE = re.compile("|".join(form.replace(r"\1", "[/.]").replace("([/.])", "[/.]") for form in DATES.values()), re.I)
_FORMS = {name: re.compile(form.replace("DATE", "\x00"), re.I) for name, form in FORMS.items()}
_MARKS = re.compile(r"^[\W_]*?(?=[\w\x00\[(*])")
_EMOJI = re.compile("[\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]")


class Version(NamedTuple):
    """One text that a file had."""

    id: str
    path: str
    data: bytes
    older: tuple[bytes, ...]
    """What it was made from; none: nothing is known."""
    base: bytes | None = None
    """Of a merge: what both parents were made from."""


def versions(folder: Path, *, like: bool) -> Iterator[Version]:
    """Every text below a folder."""
    if not any(folder.rglob("ours.md")):
        for file in sorted(folder.rglob("*.md")):
            if file.is_file() and ".git" not in file.parts:
                yield Version(str(file.relative_to(folder)), str(file.relative_to(folder)), file.read_bytes(), ())
        return
    for case in load(folder):
        path = _like(folder / case.id, case.path) if like else case.path
        edits = {"ours": case.ours, "theirs": case.theirs}
        if case.base:
            yield Version(f"{case.id}/base", path, case.base, ())
        for name, data in edits.items():
            yield Version(f"{case.id}/{name}", path, data, (case.base,) if case.base else ())
        if case.actual is not None and case.mode == "merge":
            yield Version(f"{case.id}/actual", path, case.actual, tuple(edits.values()), case.base)


def _like(folder: Path, path: str) -> str:
    kind = json.loads((folder / "meta.json").read_text()).get("kind", "") if (folder / "meta.json").exists() else ""
    return f"memory-bank/{LIKE[kind]}" if kind in LIKE and not _kinded(path) else path


def bank_for(path: str) -> str:
    """The bank that a file lies in: a usual place, else its folder."""
    return bank_of(path, PLACES) or str(PurePosixPath(path).parent)


def _kinded(path: str) -> bool:
    return kind_of(path, [bank_for(path)]) is not None


# -- what files are like ----------------------------------------------------------------------------------------------


class Look:
    """A text, cut once."""

    def __init__(self, data: bytes) -> None:
        self.data, self.text = data, data.decode(errors="replace")
        self.sections = cut(data).sections[1:]

    @property
    def heads(self) -> list[str]:
        return [section.text.decode(errors="replace") for section in self.sections]

    def nodes(self, kind: str) -> list[Node]:
        return [node for section in cut(self.data).sections for node in _walk(section.blocks) if node.kind == kind]


def _walk(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _walk(node.kids)


TRAITS: dict[str, Callable[[Look], object]] = {
    "CRLF line ends": lambda look: b"\r\n" in look.data,
    "both line ends": lambda look: b"\r\n" in look.data and b"\n" in look.data.replace(b"\r\n", b""),
    "no newline at the end": lambda look: look.data[-1:] not in (b"\n", b""),
    "byte order mark": lambda look: look.data.startswith(b"\xef\xbb\xbf"),
    "not UTF-8": lambda look: "\ufffd" in look.text,
    "NUL bytes": lambda look: b"\0" in look.data,
    "front matter": lambda look: look.data.startswith(b"---\n") and b"\n---\n" in look.data[4:4_000],
    "no title": lambda look: not any(section.level == 1 for section in look.sections),
    "several titles": lambda look: sum(section.level == 1 for section in look.sections) > 1,
    "a level of headings is left out": lambda look: _leaps(look),
    "emoji": lambda look: _EMOJI.search(look.text),
    "emoji in a heading": lambda look: any(map(_EMOJI.search, look.heads)),
    "two equal headings": lambda look: len(set(look.heads)) < len(look.heads),
    "boxes to tick": lambda look: b"- [ ]" in look.data or b"- [x]" in look.data.lower(),
    "a fence that is not closed": lambda look: not all(is_closed(node.head) for node in look.nodes("fence")),
    "a comment": lambda look: b"<!--" in look.data,
    "a table": lambda look: look.nodes("table"),
    "a row with more or fewer cells": lambda look: _ragged(look),
    "a line of over 1,000 characters": lambda look: max(map(len, look.data.split(b"\n"))) > 1_000,
    "conflict markers": lambda look: re.search(rb"^(<{7}|>{7}) ", look.data, re.M),
}
"""What a file may have or lack."""


def _leaps(look: Look) -> bool:
    return any(below.level > above.level + 1 for above, below in pairwise(look.sections))


def _ragged(look: Look) -> bool:
    return any(len(cells(row.head[0])) != len(cells(node.head[0])) for node in look.nodes("table") for row in node.kids)


def form_of(heading: str) -> str:
    """The form of a heading: one of `FORMS`, or nothing."""
    marked = _DATE.sub("\x00", heading)
    unmarked = _MARKS.sub("", marked, count=1).replace("**", "").replace("~~", "").strip()
    return next((name for name, form in _FORMS.items() if form.fullmatch(unmarked)), "")


def files(texts: Iterable[Version]) -> list[list[Look]]:
    """What there is of each file, every text once, the newest at the end."""
    found: dict[tuple[str, str], dict[bytes, None]] = {}
    for version in texts:
        held = found.setdefault((version.id.partition("/")[0], version.path), {})
        held.pop(version.data, None)
        held[version.data] = None
    return [[Look(data) for data in held] for held in found.values()]


def forms(files: Iterable[list[Look]]) -> Iterator[str]:
    """How entries are headed: those that the engine takes for dated or numbered, and other headings."""
    dated: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for section in (section for looks in files for section in looks[-1].sections if section.level > 1):
        (dated if section.entry else other)[form_of(section.text.decode(errors="replace")) or "Title"] += 1
    for title, found in (("headings that begin an entry", dated), ("other headings", other)):
        yield from table(f"{title}, in the newest text of each file", found.most_common(), "headings")


def dates(files: Iterable[list[Look]]) -> Iterator[str]:
    found, held = Counter[str](), Counter[str]()
    for text in (looks[-1].text for looks in files):
        many = {name: len(re.findall(form, text, re.I)) for name, form in DATES.items()}
        found.update(many)
        held.update(name for name, number in many.items() if number)
    rows = [(name, f"{many:>7} in {held[name]} files") for name, many in found.most_common()]
    yield from table("dates, in the newest text of each file", rows, "")


def traits(files: list[list[Look]]) -> Iterator[str]:
    rows = []
    for name, has in TRAITS.items():
        many = sum(any(map(has, looks)) for looks in files)
        rows.append((name, f"{many:>7}  {many / len(files):>6.1%}"))
    yield from table(f"files with, at some time, of {len(files)}", rows, "")


def sizes(files: Iterable[list[Look]]) -> Iterator[str]:
    measures: dict[str, Callable[[bytes], float]] = {
        "KB": lambda data: len(data) / 1024,
        "entries": lambda data: len(entries(data)),
    }
    rows = []
    for name, measure in measures.items():
        found = sorted(measure(looks[-1].data) for looks in files)
        at = [found[min(int(len(found) * part), len(found) - 1)] for part in (0.5, 0.9, 1)]
        rows.append((name, f"median {at[0]:.0f}, of ten one over {at[1]:.0f}, most {at[2]:.0f}"))
    yield from table("sizes, of the newest text of each file", rows, "")


# -- what mbgit says --------------------------------------------------------------------------------------------------


class Alone:
    """A tree in which everything is there, and nothing but one page can be read."""

    def __init__(self, page: Page) -> None:
        self.only = page

    def has(self, path: str) -> bool:
        return True

    def page(self, path: str) -> Page | None:
        return self.only if path == self.only.path else None


class Checked(NamedTuple):
    """Findings about one version."""

    version: Version
    whole: list[Judged]
    edit: list[Judged]
    """None of which an older version had."""


class Checker:
    """Runs the checks as the gate does."""

    def __init__(self, texts: Iterable[Version], now: int) -> None:
        self.now = now
        names: dict[str, set[str]] = {}
        for version in texts:
            names.setdefault(self.place(version), set()).add(self.name(version))
        self.layouts = {place: layout_of(found) for place, found in names.items()}

    def place(self, version: Version) -> str:
        """The repository and the bank that a version belongs to."""
        return f"{version.id.partition('/')[0]} {bank_for(version.path)}"

    def name(self, version: Version) -> str:
        bank = bank_for(version.path)
        return version.path if bank == "." else version.path.removeprefix(f"{bank}/")

    def checked(self, version: Version) -> Checked:
        found = {data: self.pages(version, data) for data in (version.data, *version.older)}
        whole = found[version.data] + self.secrets(version, ())
        edit = list(without(found[version.data], [found[data] for data in version.older]))
        edit += [*self.secrets(version, version.older), *self.losses(version)]
        return Checked(version, graded(whole, Settings()), graded(edit, Settings()) if version.older else [])

    def pages(self, version: Version, data: bytes) -> list[Finding]:
        page = Page(version.path, data, kind_of(version.path, [bank_for(version.path)]))
        layout = self.layouts[self.place(version)]
        world = World(Alone(page), Settings(), layout, self.now, lambda page, row: self.now)
        return [finding for check in PAGE_CHECKS.values() for finding in check(page, world)]

    def secrets(self, version: Version, older: Iterable[bytes]) -> list[Finding]:
        known = {row for data in older for row in data.splitlines()}
        return check_rows(version.path, version.data.splitlines(), known)

    def losses(self, version: Version) -> list[Finding]:
        """What an edit or a merge lost, where mbgit governs the file."""
        kind = kind_of(version.path, [bank_for(version.path)])
        if kind is None or not version.older:
            return []
        texts = (version.data, *version.older, version.base or b"")
        blobs = {str(number): data for number, data in enumerate(texts, 1)}
        parents = tuple(blobs)[1:-1]
        step = losing.Step("c", parents, "", (losing.Versions(version.path, kind, parents, "1"),))
        return losing.check_range([step], _Source(version.path, blobs))


class _Source:
    def __init__(self, path: str, blobs: dict[str, bytes]) -> None:
        self.path, self.blobs = path, blobs

    def read(self, blob: str) -> bytes | None:
        return self.blobs.get(blob)

    def bases(self, commit: str, path: str) -> list[str]:
        return [list(self.blobs)[-1]]

    def seen(self, commit: str, path: str) -> None:
        """Nobody knows."""

    def undated(self, path: str) -> Undated | None:
        return Settings().undated(path, [bank_for(path)])

    def tip(self) -> dict[str, str]:
        return {self.path: "1"}


def levels(checked: list[Checked]) -> Iterator[str]:
    """How often each check speaks, and how gravely."""
    rows = []
    for name in LEVELS:
        cols = []
        for found in ([t.whole for t in checked], [t.edit for t in checked if t.version.older]):
            for level in ("error", "warn"):
                hits = [sum(j.finding.check == name and j.level == level for j in items) for items in found]
                cols += [sum(map(bool, hits)), sum(hits)]
        rows.append((name, "".join(f"{n:>7}" for n in cols)))
    edits = sum(bool(item.version.older) for item in checked)
    title = f"checks: files, findings as error | as warning; {len(checked)} whole files, then {edits} edits"
    yield from table(title, rows, "")
    blocked = [sum(any(j.level == "error" for j in items) for items in (t.edit for t in checked))]
    yield f"edits that would be refused: {blocked[0]} of {edits}"


def unmoved(texts: Iterable[Version]) -> Iterator[str]:
    """Merges in which nothing is to be merged, and cutting: what does not give the same bytes back."""
    faults, tried = Counter[str](), 0
    for version in texts:
        name, data = version.path.rpartition("/")[2], version.data
        other = version.older[0] if version.older else b""
        tried += 1
        faults["cut and put together differs"] += cut(data).render() != data
        faults["a merge of nothing changes the file"] += sum(_moved(data, other, policy, name) for policy in POLICIES)
    yield from table(f"merges of nothing: {tried} files, four ways, three policies", faults.items(), "faults")


def _moved(data: bytes, other: bytes, policy: str, name: str) -> int:
    """In how many merges that bring one side alone, or twice the same, the result is not that side."""
    ways = ((data, data, data), (other, data, data), (other, data, other), (other, other, data))
    try:
        return sum(merge3(*way, policy, name).text != data for way in ways)
    except Binary:
        return 0


def table(title: str, rows: Iterable[tuple[str, object]], unit: str) -> Iterator[str]:
    yield f"\n{title}"
    for name, value in rows:
        yield f"  {name:<36}{value:>7} {unit}".rstrip() if isinstance(value, int) else f"  {name:<36}{value}"


def shown(checked: Iterable[Checked], check: str, *, edits: bool) -> Iterator[str]:
    """Every error of a check, with the line that it is about."""
    for item in checked:
        for finding, level in item.edit if edits else item.whole:
            if finding.check == check and level == "error":
                rows = item.version.data.decode(errors="replace").split("\n")
                row = rows[finding.line - 1][:120] if 0 < finding.line <= len(rows) else ""
                yield f"{item.version.id} {finding.path}:{finding.line}: {finding.what}  <{row!r}>"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--like", action="store_true", help="let other files stand where files of their kind do")
    parser.add_argument("--show", metavar="CHECK", choices=LEVELS, action="append", default=[])
    parser.add_argument("--whole", action="store_true", help="show those of whole files, not only of edits")
    args = parser.parse_args(argv)
    start = time.perf_counter()
    texts = list(versions(args.folder, like=args.like))
    if not texts:
        parser.error("no Markdown there")
    checker = Checker(texts, int(time.time()))
    checked = [checker.checked(version) for version in texts]
    looks = files(texts)
    print(f"{len(texts)} texts of {len(looks)} files")
    print(*table("layouts", Counter(checker.layouts.values()).items(), "banks"), sep="\n")
    for part in (sizes(looks), forms(looks), dates(looks), traits(looks), levels(checked), unmoved(texts)):
        print(*part, sep="\n")
    for check in args.show:
        print(f"\n{check}:", *shown(checked, check, edits=not args.whole), sep="\n")
    print(f"\n{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
