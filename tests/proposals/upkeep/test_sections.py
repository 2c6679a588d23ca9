from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.layouts import filled
from mbgit.engine.document import cut
from mbgit.proposals.upkeep.bank import DAY, Bank
from mbgit.proposals.upkeep.sections import job
from tests.engine import strategies as banks

NOW = 100 * DAY
PAGE = "bank/systemContext.md"


def left(text: str, path: str = PAGE, days: int | None = 31, **others: str) -> str | None:
    files = {path: text.encode()} | {f"bank/{name}.md": text.encode() for name, text in others.items()}
    touched = None if days is None else NOW - days * DAY
    found = job(Bank(files, ["bank"], NOW, last_touched=lambda path: touched))
    if found is None:
        return None
    assert set(found.edits) == {path}
    return (found.edits[path] or b"").decode()


def test_an_empty_section_goes_and_everything_else_stays() -> None:
    text = "# S\n\n## Old plans\n\n## Architecture\n\n## Kept\n\nText.\n\n## Ideas & notes\n"
    assert left(text) == "# S\n\n## Architecture\n\n## Kept\n\nText.\n"


def test_a_section_of_empty_sections_is_empty() -> None:
    assert left("# S\n\n## Old\n\n### One\n\n### Two\n\n## New\n\nx\n") == "# S\n\n## New\n\nx\n"
    assert left("# S\n\n## Old\n\n### One\n\nx\n\n### Two\n") == "# S\n\n## Old\n\n### One\n\nx\n"


@pytest.mark.parametrize(
    "section",
    ["## Architecture", "## Old\n\n<!-- to come -->", "## Old\n\n| A |\n|---|", "## 2025-08-21",
     "## TD_042 parser", "## Focus: the parser", "## Version 2", "## We no longer use the old parser anywhere",
     "## [Old](x.md)", "# Old", "## ✅ Done", "##"],
)  # fmt: skip
def test_what_may_say_something_stays(section: str) -> None:
    assert left(f"# S\n\n{section}\n") is None


def test_a_break_stays() -> None:
    assert left("# S\n\nx\n\n---\n\n## Old\n\n---\n\n## New\n\ny\n") == "# S\n\nx\n\n---\n\n---\n\n## New\n\ny\n"


def test_a_heading_that_a_link_leads_to_stays() -> None:
    text = "# S\n\n## Old plans\n"
    assert left(text, other="[x](systemContext.md#old-plans)") is None
    assert left(text, other="[x](systemContext.md#Old-Plans)") is None
    assert left(text, other="[x](systemContext.md#other)") == "# S\n"


@pytest.mark.parametrize("days", [None, 0, 30])
def test_a_file_that_was_touched_of_late_stays(days: int | None) -> None:
    assert left("# S\n\n## Old\n", days=days) is None


@pytest.mark.parametrize(
    "path",
    ["bank/SESSION_LOG.md", "bank/progress.md", "bank/agent-memory-banks/x.md", "bank/notes.md", "README.md",
     "bank/some-buffer.md", "Docs/03-Reference/Patterns.md"],
)  # fmt: skip
def test_only_shared_files_with_a_template_are_looked_at(path: str) -> None:
    assert left("# S\n\n## Old\n", path) is None


@pytest.mark.parametrize("name", ["activeContext.md", "systemContext.md", "decisions.md", "patterns-buffer.md"])
def test_a_new_file_stays_as_it_is(name: str) -> None:
    assert left(filled(name, layout="multi-agent").decode(), f"bank/{name}") is None


def test_the_message_names_what_went() -> None:
    found = job(Bank({PAGE: b"# S\n\n## Old\n"}, ["bank"], NOW, last_touched=lambda path: 0))
    assert found is not None
    assert found.message == f'Take out 1 empty section\n\n- "Old" in {PAGE}\n'


texts = banks.raw_lines() | banks.raw_bytes() | st.builds(banks.rendered, banks.banks(), banks.STYLES)


@settings(max_examples=83, deadline=None, derandomize=True, database=None)
@given(texts, texts)
def test_only_headings_go(above: bytes, below: bytes) -> None:
    data = above + b"\n\n## Empty one\n\n## Empty two\n\n" + below
    held = Bank({PAGE: data}, ["bank"], NOW, last_touched=lambda path: 0)
    found = job(held)
    if found is None:
        return
    result = found.edits[PAGE] or b""
    lines = [Counter(line.strip() for line in text.split(b"\n")) for text in (data, result)]
    assert not lines[1] - lines[0]
    gone = lines[0] - lines[1]
    heads = {line.strip() for section in cut(data).sections for line in section.head}
    assert set(gone) <= {b"", *heads}
    assert job(held.after(found.edits)) is None
