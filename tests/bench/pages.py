"""Judge the engine over everyday pages: `python -m tests.bench.pages FOLDER` (`tests/pages` and others like it).

A page is a folder with `base.md`, `ours.md` and `theirs.md`. Its `why.txt` says `FILE: what a reader expects`; the
policy is that of the file. The page is as expected if it is `expected.md` or `expected2.md`, byte for byte, merged
either way round. Where neither is there, `READS` judges it by what the sentence says; pages without a judge are
printed for a person to read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

from mbgit.engine.threeway import merge3
from tests.bench import judge
from tests.bench.real import policy_for

OURS = Path(__file__).resolve().parents[1] / "pages"


class Page(NamedTuple):
    """One page and what a reader expects of it."""

    name: str
    file: str
    why: str
    base: bytes
    ours: bytes
    theirs: bytes
    expected: tuple[bytes, ...]


def load(folder: Path) -> list[Page]:
    """The pages of a folder, by name."""
    return [_page(file.parent) for file in sorted(folder.glob("*/ours.md"))]


def _page(folder: Path) -> Page:
    texts = [(folder / f"{name}.md").read_bytes() for name in ("base", "ours", "theirs")]
    expected = tuple(file.read_bytes() for file in sorted(folder.glob("expected*.md")))
    file, _, why = (folder / "why.txt").read_text().partition(":")
    return Page(folder.name, file.strip(), why.strip(), texts[0], texts[1], texts[2], expected)


def merged(page: Page) -> tuple[bytes, bytes]:
    """A page merged both ways round."""
    policy = policy_for(page.file)
    sides = (page.ours, page.theirs), (page.theirs, page.ours)
    one, other = (merge3(page.base, *pair, policy, page.file).text for pair in sides)
    return one, other


def as_expected(page: Page, text: bytes) -> bool | None:
    """Whether a merged page reads as it should; None where nobody has said how that could be told."""
    if page.expected:
        return text in page.expected
    reads = READS.get(page.name)
    if reads is None:
        return None
    return reads(page, rows(text)) and not judge.unparted(judge.Triple(page.base, page.ours, page.theirs), text)


def rows(text: bytes) -> list[str]:
    """A page's lines without the blank ones."""
    return [line for line in text.decode().split("\n") if line]


def _added(base: list[str], side: list[str]) -> tuple[list[str], list[str], list[str]]:
    """A side that did nothing but insert one run: what stands above it, the run, what stands below it."""
    size = len(side) - len(base)
    at = next(at for at in range(len(base) + 1) if side[:at] + side[at + size :] == base)
    return side[:at], side[at : at + size], side[at + size :]


def _runs_whole(page: Page, result: list[str]) -> bool:
    """Both sides inserted one run at one place: each stays whole, in either order."""
    base = rows(page.base)
    above, ours, below = _added(base, rows(page.ours))
    _, theirs, _ = _added(base, rows(page.theirs))
    return any(result == [*above, *one, *other, *below] for one, other in permutations((ours, theirs)))


def _appended_to_sections(page: Page, result: list[str]) -> bool:
    """What was written below a section's last line stands in that section: before the next heading of its level."""
    base = rows(page.base)
    ours, theirs = (rows(side)[len(base) :] for side in (page.ours, page.theirs))
    return result == [*base, *theirs, *ours]


def _one_focus(page: Page, result: list[str]) -> bool:
    """One focus, one list of blockers, all tasks that a side added; every line is some side's, as it wrote it."""
    sides = [rows(page.ours), rows(page.theirs)]
    focus = _section("## Current Focus", result)
    tasks = {line for side in sides for line in _section("## Active Tasks", side) if line not in rows(page.base)}
    return (
        focus in [_section("## Current Focus", side) for side in sides]
        and tasks <= set(_section("## Active Tasks", result))
        and "- [ ] document it" not in result
        and set(result) <= {line for side in sides for line in side}
        and all(result.count(line) == 1 for line in result)
        and sum(line.startswith("**Last Updated**") for line in result) == 1
        and "None" not in result
    )


def _section(heading: str, lines: list[str]) -> list[str]:
    """The lines between a heading and the next one."""
    if heading not in lines:
        return []
    rest = lines[lines.index(heading) + 1 :]
    return rest[: next((at for at, line in enumerate(rest) if line.startswith("#")), len(rest))]


def _summed_up(page: Page, result: list[str]) -> bool:
    """The summary, and the line appended meanwhile behind it: under its own heading, or under the summary's."""
    ours, last = rows(page.ours), rows(page.theirs)[-1]
    return result in ([*ours, last], [*ours, "## Learnings", last])


READS: dict[str, Callable[[Page, list[str]], bool]] = {
    "appended-document-with-its-own-headings": _appended_to_sections,
    "context-written-anew-by-both": _one_focus,
    "labelled-blocks": _runs_whole,
    "summed-up-and-appended": _summed_up,
    "two-runs-that-split-a-section": _runs_whole,
    "two-sessions-of-one-minute": _runs_whole,
}


def report(pages: list[Page], show: bool) -> Iterator[str]:
    """A line for each page, then the count; pages that are not as expected in full, if asked."""
    right = judged = 0
    for page in pages:
        one, other = merged(page)
        verdict = as_expected(page, one)
        if one != other:
            verdict = False
        right, judged = right + (verdict is True), judged + (verdict is not None)
        word = {True: "as expected", False: "otherwise" if one == other else "not symmetric", None: "read it"}[verdict]
        yield f"{page.name:<44}{word:<15}{page.why if verdict is not True else ''}".rstrip()
        if verdict is None or (show and not verdict):
            yield from ("    " + line for line in one.decode(errors="backslashreplace").split("\n"))
    yield f"{right} of {judged} pages as expected, {len(pages) - judged} to be read"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=OURS)
    parser.add_argument("--show", action="store_true", help="print what came of the pages that are not as expected")
    args = parser.parse_args(argv)
    print(*report(load(args.folder), args.show), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
