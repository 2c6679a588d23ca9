from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.proposals.upkeep.bank import Bank
from mbgit.proposals.upkeep.doubles import job
from tests.engine import strategies as banks

PATTERNS, LESSONS, OTHER = "bank/patterns-buffer.md", "bank/lessons-buffer.md", "bank/other-buffer.md"
SAID = "- [2025-08-21] Keys are built from tenant and path\n"


def bank(files: dict[str, str], **ages: int) -> Bank:
    """A bank whose files are all written at one time each, by the first word of their name; 0: nobody knows."""

    def written(path: str, line: int) -> int | None:
        return ages.get(path.rpartition("/")[2].partition("-")[0]) or None

    return Bank({path: text.encode() for path, text in files.items()}, ["bank"], 10**9, written_at=written)


def left(files: dict[str, str], **ages: int) -> dict[str, str]:
    found = job(bank(files, **ages))
    return files | {path: (data or b"").decode() for path, data in (found.edits if found else {}).items()}


def test_the_older_one_stays() -> None:
    files = {PATTERNS: f"# P\n\n- one\n{SAID}", LESSONS: f"# L\n\n{SAID}- two\n"}
    assert left(files, patterns=1, lessons=2) == {PATTERNS: files[PATTERNS], LESSONS: "# L\n\n- two\n"}
    assert left(files, patterns=2, lessons=1) == {PATTERNS: "# P\n\n- one\n", LESSONS: files[LESSONS]}


def test_the_first_by_name_stays_where_nobody_knows() -> None:
    files = {PATTERNS: f"# P\n\n{SAID}", LESSONS: f"# L\n\n{SAID}", OTHER: f"# O\n\n{SAID}"}
    assert left(files) == files | {PATTERNS: "# P\n", OTHER: "# O\n"}
    assert left(files, other=5) == files | {PATTERNS: "# P\n", LESSONS: "# L\n"}


def test_word_for_word_but_not_mark_for_mark() -> None:
    files = {PATTERNS: f"# P\n\n{SAID}", LESSONS: "# L\n\n* [2025-08-21] Keys are built from tenant and path   \n"}
    assert left(files, patterns=1, lessons=2)[LESSONS] == "# L\n"


def test_a_heading_without_a_date_is_an_entry_of_a_buffer() -> None:
    said = "\n## Keys of the cache\n\nKeys are built from tenant and path\n"
    files = {PATTERNS: f"# P\n{said}", LESSONS: f"# L\n{said}\n## Another\n\nThis one stays\n"}
    assert left(files, patterns=1, lessons=2)[LESSONS] == "# L\n\n## Another\n\nThis one stays\n"


def test_what_is_not_quite_the_same_stays() -> None:
    others = (
        SAID.replace("Keys", "keys"), SAID + "  - and flushed\n", f"## {SAID[2:]}", SAID.replace("21", "22"),
        f"> {SAID}", "| [2025-08-21] Keys are built from tenant and path |\n|---|\n| x |\n",
    )  # fmt: skip
    for other in others:
        files = {PATTERNS: f"# P\n\n{SAID}", LESSONS: f"# L\n\n{other}"}
        assert left(files) == files


def test_short_entries_and_rows_stay() -> None:
    table = "| Day | What |\n|---|---|\n| 2025-08-21 | keys are built from tenant and path |\n"
    files = {PATTERNS: f"# P\n\n- none of it\n\n{table}", LESSONS: f"# L\n\n- none of it\n\n{table}"}
    assert left(files) == files


def test_twins_in_one_file_are_nobody_s_business() -> None:
    files = {PATTERNS: f"# P\n\n{SAID}{SAID}"}
    assert left(files) == files


def test_another_bank_is_another_team() -> None:
    files = {PATTERNS: f"# P\n\n{SAID}", "other/lessons-buffer.md": f"# L\n\n{SAID}"}
    found = job(bank(files)._replace(banks=["bank", "other"]))
    assert found is None


def test_only_buffers_are_looked_at() -> None:
    files = {PATTERNS: f"# P\n\n{SAID}", "bank/progress.md": f"# L\n\n{SAID}", "lessons-buffer.md": f"# L\n\n{SAID}"}
    assert left(files) == files
    files = {PATTERNS: f"# P\n\n{SAID}", "bank/Decisions-Inbox.md": f"# L\n\n{SAID}"}
    assert left(files) == files | {PATTERNS: "# P\n"}


def test_the_message_says_where_it_stays() -> None:
    found = job(bank({PATTERNS: f"# P\n\n{SAID}", LESSONS: f"# L\n\n{SAID}"}))
    assert found is not None
    assert found.message == (
        "Keep 1 entry once that stood in two buffers\n\n"
        f'- "[2025-08-21] Keys are built from tenant and path" in {PATTERNS}, as in {LESSONS}\n'
    )


texts = banks.raw_lines() | banks.raw_bytes() | st.builds(banks.rendered, banks.banks(), banks.STYLES)


def said(data: bytes) -> Counter[bytes]:
    return Counter(entry.identity for entry in entries(data) if entry.nodes or not entry.stamp)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(texts, st.lists(texts, max_size=2), texts, st.integers(0, 2), st.integers(0, 2))
def test_nothing_is_lost(both: bytes, parts: list[bytes], other: bytes, one: int, two: int) -> None:
    """What stood in either buffer stands in one; what stood in one stands there as often."""
    files = {PATTERNS: b"\n\n".join([both, *parts]), LESSONS: b"\n\n".join([other, both])}
    if b"\0" in files[PATTERNS] + files[LESSONS]:
        return
    held = Bank(files, ["bank"], 10**9, written_at=lambda path, line: one if path == PATTERNS else two)
    found = job(held)
    after = dict(files) | ({path: data or b"" for path, data in found.edits.items()} if found else {})
    before, now = ([said(tree[path]) for path in (PATTERNS, LESSONS)] for tree in (files, after))
    assert set(before[0] | before[1]) <= set(now[0] | now[1])
    common = set(before[0]) & set(before[1])
    for was, has in zip(before, now, strict=True):
        assert set(was - has) <= common
