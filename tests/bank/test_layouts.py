from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank import layouts
from mbgit.bank.kinds import KINDS, kind_of
from mbgit.bank.layouts import LAYOUTS, New, files_of, filled, layout_of, required, template
from mbgit.bank.settings import LAYOUTS as NAMES_OF_LAYOUTS
from mbgit.bank.settings import Settings
from mbgit.checks import PAGE_CHECKS
from mbgit.checks.page import Page, World
from mbgit.engine.document import cut
from mbgit.engine.threeway import merge3

BANK = ".claude/memory-bank"
TEMPLATES = sorted({kind.template for kind in KINDS} - {""})
PERSONAS = ("DevOps Engineer", "Tech Lead")
VALUES = {"date": "2025-10-09", "persona": "Tech Lead", "branch": "main", "topic": "Releases"}


def headings(data: bytes) -> list[str]:
    return [f"{'#' * section.level} {section.text.decode()}" for section in cut(data).sections[1:]]


class Files:
    """The new files of a layout, as a commit's tree."""

    def __init__(self, layout: str) -> None:
        self.texts = {
            new.path: filled(new.template, layout=layout, date="2025-10-09", persona=new.persona or "Ada")
            for new in files_of(layout, BANK, PERSONAS)
        }

    def has(self, path: str) -> bool:
        return any(name == path or name.startswith(f"{path}/") for name in self.texts)

    def page(self, path: str) -> Page | None:
        return Page(path, self.texts[path], kind_of(path, [BANK])) if path in self.texts else None


def test_every_kind_that_names_a_template_has_it_and_every_layout_is_known_to_the_settings() -> None:
    folder = Path(layouts.__file__).parent / "templates"
    assert {file.name for file in folder.iterdir()} >= set(TEMPLATES)
    assert set(LAYOUTS) == set(NAMES_OF_LAYOUTS)


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_new_file_is_plain_text_with_nothing_left_to_fill_in(name: str, layout: str) -> None:
    text = filled(name, layout=layout, **VALUES).decode()
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert not any(mark in text for mark in ("\r", "{", "mbgit", "\n\n\n"))
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("check", PAGE_CHECKS)
def test_no_check_finds_anything_in_a_new_bank(layout: str, check: str) -> None:
    tree = Files(layout)
    world = World(tree, Settings(), layout, 1_760_000_000, lambda page, row: 1_760_000_000)
    pages = [tree.page(path) for path in tree.texts if path.endswith(".md")]
    assert [found for page in pages if page for found in PAGE_CHECKS[check](page, world)] == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("check", PAGE_CHECKS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.template])
def test_no_check_finds_anything_in_a_new_file_of_any_kind(kind: object, check: str, layout: str) -> None:
    page = Page("2025-10-09_releases.md", filled(kind.template, layout=layout, **VALUES), kind)  # type: ignore[attr-defined, arg-type]
    world = World(Files(layout), Settings(), layout, 1_760_000_000, lambda page, row: 1_760_000_000)
    assert PAGE_CHECKS[check](page, world) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_new_bank_shows_its_layout_and_holds_no_entry(layout: str) -> None:
    tree = Files(layout)
    folder = f"{BANK}/"
    names = [path.removeprefix(folder) for path in tree.texts if path.startswith(folder)]
    beside = [f"../{path.removeprefix('.claude/')}" for path in tree.texts if not path.startswith(folder)]
    assert layout_of(names + beside) == layout
    pages = [page for path in tree.texts if (page := tree.page(path)) and page.kind and page.kind.stamps != "free"]
    assert [entry for page in pages for entry in page.entries] == []


def test_the_context_has_the_sections_that_the_standard_requires() -> None:
    wanted = ["Current Focus", "Recent Accomplishments", "Active Agents", "Active Tasks", "Blockers", "Next Steps"]
    assert [heading.words for heading in required("activeContext.md", "multi-agent")] == ["Active Context", *wanted]
    wanted.remove("Active Agents")
    assert [heading.words for heading in required("activeContext.md", "standard")] == ["Active Context", *wanted]
    assert required("", "standard") == ()


def test_what_several_agents_need_is_left_out_where_there_is_one() -> None:
    shared = {"## Active Agents", "## Active Work"}
    assert shared < set(headings(filled("activeContext.md", layout="multi-agent")))
    assert shared < set(headings(filled("activeContext.md", layout="buffers")))
    assert not shared & set(headings(filled("activeContext.md", layout="standard")))


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_new_file_has_the_required_headings_in_order(name: str, layout: str) -> None:
    left = iter(headings(filled(name, layout=layout, date="{date}", persona="{persona}", topic="{topic}")))
    assert all(f"{'#' * heading.level} {heading.words}" in left for heading in required(name, layout))


@pytest.mark.parametrize("value", ["{date}", "a\n# b", "\\1 \\g<0>", "%s", "\r\n", "{0}", "é"])
def test_a_value_stands_as_it_is_in_one_line(value: str) -> None:
    text = filled("journal.md", date="D", persona="P", branch="B", topic=value).decode()
    assert text.splitlines()[0] == f"# {' '.join(value.split())} - D"
    assert "- **Branch**: B\n" in text


def test_no_template_is_an_empty_file_and_an_unknown_one_an_error() -> None:
    assert filled("") == b""
    with pytest.raises(OSError):
        template("none.md")


def test_the_files_of_several_agents_lie_in_the_bank_and_beside_it() -> None:
    found = files_of("multi-agent", BANK, ["DevOps Engineer", "devops", "../x/Tech_Lead", "--"])
    assert [new for new in found if "memories" in new.template or new.persona] == [
        New(".claude/agent-memory-banks/README.md", "memories-README.md"),
        New(".claude/agent-memory-banks/devops-engineer-memory.md", "memory.md", "DevOps Engineer"),
        New(".claude/agent-memory-banks/x-tech-lead-memory.md", "memory.md", "../x/Tech_Lead"),
    ]
    assert New(f"{BANK}/sessions/.gitkeep", "") in found
    assert New("agent-memory-banks/README.md", "memories-README.md") in files_of("multi-agent", ".")


@pytest.mark.parametrize("bank", ["memory-bank", BANK, "."])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_starts_as_the_kind_that_governs_it(layout: str, bank: str) -> None:
    for new in files_of(layout, bank, PERSONAS):
        kind = kind_of(new.path, [bank])
        assert (kind.template if kind else "") == new.template or bank == "."
        assert kind is not None or not new.template


@given(st.lists(st.text()))
def test_no_name_of_a_persona_leaves_its_folder(personas: list[str]) -> None:
    paths = [new.path for new in files_of("multi-agent", "memory-bank", personas) if new.persona]
    assert all(path.startswith("agent-memory-banks/") and path.count("/") == 1 for path in paths)
    assert not any(char in path for path in paths for char in "\\\n\0:")


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        ([], "buffers"),
        (["activeContext.md"], "buffers"),
        (["activeContext.md", "patterns-buffer.md"], "buffers"),
        (["decisions-inbox.md"], "buffers"),
        (["activeContext.md", "progress.md"], "standard"),
        (["decisions.md"], "standard"),
        (["systemContext.md", "agent-logbook.md"], "multi-agent"),
        (["agent-logbook.md"], "multi-agent"),
        (["progress.md", "../agent-memory-banks/ada-memory.md"], "multi-agent"),
        (["agent-memory-banks/ada-memory.md"], "multi-agent"),
        (["patterns-buffer.md", "SESSION_LOG.md", "agent-logbook.md"], "buffers"),  # buffers with handoffs
        (["patterns-buffer.md", "progress.md"], "buffers"),
        (["activeContext.md", "SESSION_LOG.md"], "buffers"),
        (["activeContext.md", "SESSION_LOG.md", "decisions.md", "patterns.md"], "buffers"),  # before its migration
        (["patterns-buffer.md", "progress.md", "agent-logbook.md"], "multi-agent"),
        (["archive/progress.md", "old/patterns-buffer.md", "sessions/agent-logbook.md"], "buffers"),
        (["agent-memory-banks"], "buffers"),
    ],
)
def test_the_layout_is_known_from_the_names(names: list[str], layout: str) -> None:
    assert layout_of(names) == layout
    assert layout_of(reversed(names)) == layout


@pytest.mark.parametrize(
    ("place", "names", "layout"),
    [
        ("memory-bank", ["projectbrief.md", "activeContext.md", "progress.md"], "own"),
        ("memory-bank", ["PROJECT_BRIEF.md"], "own"),
        ("memory-bank", ["decisionLog.md", "SESSION_LOG.md"], "own"),
        (".kilocode/rules/memory-bank", ["brief.md", "context.md"], "own"),
        (".squad", ["decisions.md"], "own"),
        (".serena/memories", [], "own"),
        (".squad", ["patterns-buffer.md"], "buffers"),
        ("memory-bank", ["techContext.md", "decisions-inbox.md"], "buffers"),
        ("memory-bank", ["techContext.md", "agent-logbook.md"], "multi-agent"),
        ("memory-bank", ["archive/techContext.md", "decisions.md"], "standard"),
    ],
)
def test_a_layout_of_the_field_has_a_form_of_its_own(place: str, names: list[str], layout: str) -> None:
    assert layout_of(names, place) == layout


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_first_entries_of_two_people_in_a_new_file_are_both_kept(name: str) -> None:
    base = filled(name)
    ours, theirs = base + b"\n- [2025-01-01] one\n", base + b"\n- [2025-01-02] two\n"
    text = merge3(base, ours, theirs, "union").text
    assert text.count(b"] one") == text.count(b"] two") == 1
