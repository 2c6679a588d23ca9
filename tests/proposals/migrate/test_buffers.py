"""A bank of documents becomes one of buffers: where each file goes, what stays, and the laws over generated banks."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.entries import entries
from mbgit.bank.settings import Rule
from mbgit.checks.links import links, resolved
from mbgit.checks.page import Page
from mbgit.proposals.migrate.buffers import WAYS, indexed, is_log, is_rename, to_buffers
from tests.checks.test_relink import texts
from tests.engine import strategies as banks
from tests.proposals.harvest.test_laws import laws, shown
from tests.proposals.migrate.test_agents import after

BANK, DAY = "memory-bank", date(2025, 9, 1)
LOG = b"# Notes\n\n## 2025-01-01 - Ada\n\n- began\n\n## 2025-01-02 - Ada\n\n- went on\n"
Tree = dict[str, bytes]


def bank(**texts: bytes) -> Tree:
    """A bank with an activeContext.md, and files by the stem of their names."""
    return {f"{BANK}/activeContext.md": b"# Active Context\n"} | {
        f"{BANK}/{name.replace('_', '-')}.md": text for name, text in texts.items()
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("patterns.md", "Docs/03-Reference/Patterns.md"),
        ("lessons.md", "Docs/06-PostMortems/Lessons.md"),
        ("troubleshooting.md", "Docs/03-Reference/Troubleshooting.md"),
        ("decisions.md", "memory-bank/decisions-inbox.md"),
        ("Patterns.MD".replace("MD", "md"), "Docs/03-Reference/Patterns.md"),
    ],
)
def test_a_document_moves_whole(old: str, new: str) -> None:
    text = b"---\nowner: x\n---\n# Words\r\n\nany bytes: \xff\n```\n"
    found = to_buffers(bank() | {f"{BANK}/{old}": text}, BANK, DAY)
    assert found.edits[f"{BANK}/{old}"] is None
    assert found.edits[new] == text


def test_notes_of_sessions_move_only_in_the_form_of_a_log() -> None:
    assert to_buffers(bank(session_notes=LOG), BANK, DAY).edits[f"{BANK}/SESSION_LOG.md"] == LOG
    found = to_buffers(bank(progress=b"# Progress\n\n## Status\n\nfine\n"), BANK, DAY)
    assert f"{BANK}/progress.md" not in found.edits
    assert found.notes == (f"stay as they are: {BANK}/progress.md",)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (LOG, True),
        (b"", False),
        (b"# Notes\n", False),
        (b"# N\n\na preface\n\n## 2025-01-01 - Ada\n\n- x\n", False),
        (b"# N\n\n## 2025-01-02 - Ada\n\n- x\n\n## 2025-01-01 - Ada\n\n- newest first\n", False),
        (b"# N\n\n## 2025-01-01 - Ada\n\n- x\n\n## Undated\n\nprose\n", False),
        (b"# N\n\n- 2025-01-01: x\n", False),
    ],
)
def test_the_form_of_a_log(text: bytes, wanted: bool) -> None:
    assert is_log(text) is wanted


def test_missing_buffers_are_made_and_what_is_there_stays() -> None:
    found = to_buffers(bank(patterns_buffer=b"mine\n"), BANK, DAY)
    made = sorted(path for path, data in found.edits.items() if data)
    assert made == [f"{BANK}/{name}" for name in ("SESSION_LOG.md", "decisions-inbox.md", "lessons-buffer.md")]


def test_no_bank_is_nothing_to_migrate() -> None:
    assert to_buffers({"README.md": b"x"}, BANK, DAY).edits == {}


def test_a_bank_in_the_root() -> None:
    found = to_buffers({"patterns.md": b"# P\n\n[x](lessons.md)\n", "lessons.md": b"# L\n"}, ".", DAY)
    assert found.edits["Docs/03-Reference/Patterns.md"] == b"# P\n\n[x](../06-PostMortems/Lessons.md)\n"
    assert "patterns-buffer.md" in found.edits


def test_folders_keep_the_spelling_of_the_repository() -> None:
    found = to_buffers(bank(patterns=b"# P\n") | {"docs/03-reference/x.md": b""}, BANK, DAY)
    assert found.edits["docs/03-reference/Patterns.md"] == b"# P\n"


def test_the_teams_own_targets_count() -> None:
    rules = (Rule("patterns-buffer.md", 1, "lines", "notes/known.md", ""),
             Rule("lessons-buffer.md", 1, "lines", "notes/lessons/", ""))  # fmt: skip
    found = to_buffers(bank(patterns=b"# P\n", lessons=b"# L\n"), BANK, DAY, rules)
    assert found.edits["notes/known.md"] == b"# P\n"
    assert found.edits["notes/lessons/Lessons.md"] == b"# L\n"
    assert b"](Lessons.md)" in (found.edits["notes/lessons/README.md"] or b"")


def test_a_target_that_moves_itself_or_is_a_folder_is_none() -> None:
    tree = bank(patterns=b"# P\n", lessons=b"# L\n")
    for target in (f"{BANK}/lessons.md", "deep/er.md"):
        rules = [Rule("patterns-buffer.md", 1, "lines", target, "")]
        found = to_buffers(tree | {"deep/er.md/x.md": b""}, BANK, DAY, rules)
        assert f"{BANK}/patterns.md" not in found.edits
        assert found.edits["Docs/06-PostMortems/Lessons.md"] == b"# L\n"


def test_links_follow_in_all_of_the_repository() -> None:
    tree = bank(decisions=b"# D\n\n[p]\n\n[p]: patterns.md\n")
    tree |= bank(patterns=b"# P\n\n[d](decisions.md#a) [me](#x) [out](../src/a.py)\n")
    tree |= {"README.md": b"[p](memory-bank/patterns.md)\n", "deep/er/x.md": b"![p](../../memory-bank/patterns.md)\n"}
    edits = to_buffers(tree, BANK, DAY).edits
    assert edits["Docs/03-Reference/Patterns.md"] == (
        b"# P\n\n[d](../../memory-bank/decisions-inbox.md#a) [me](#x) [out](../../src/a.py)\n"
    )
    assert edits["memory-bank/decisions-inbox.md"] == b"# D\n\n[p]\n\n[p]: ../Docs/03-Reference/Patterns.md\n"
    assert edits["README.md"] == b"[p](Docs/03-Reference/Patterns.md)\n"
    assert edits["deep/er/x.md"] == b"![p](../../Docs/03-Reference/Patterns.md)\n"


def test_a_document_that_stands_there_takes_it_in_and_its_own_links_follow() -> None:
    target = "Docs/03-Reference/Patterns.md"
    tree = bank(patterns=b"# P\n\n## A\n\nNew [x](decisions.md).\n\n- [2025-01-01] both\n")
    tree |= {target: b"# Reference\n\n## A\n\n- [2025-01-01] both\n\nSee [old](../../memory-bank/patterns.md).\n"}
    found = to_buffers(tree, BANK, DAY)
    text = found.edits[target] or b""
    assert text.count(b"both") == 1
    assert b"New [x](../../memory-bank/decisions.md)." not in text  # there is none: an old fault stays as it is
    assert b"New [x](decisions.md)." in text
    assert b"See [old](Patterns.md)." in text
    assert f"add {BANK}/patterns.md to {target}" in found.lines


def test_what_does_not_go_together_stays_and_so_do_links_to_it() -> None:
    tree = bank(patterns=b"# P\n\n```\nopen\n", lessons=b"# L\n")
    tree |= {"Docs/03-Reference/Patterns.md": b"# R\n", "README.md": b"[p](memory-bank/patterns.md)\n"}
    found = to_buffers(tree, BANK, DAY)
    assert f"{BANK}/patterns.md" not in found.edits
    assert "README.md" not in found.edits
    assert found.edits[f"{BANK}/lessons.md"] is None
    assert any("does not go together" in note for note in found.notes)


class Unreadable(dict[str, bytes]):
    """A tree in which one file cannot be read."""

    def __getitem__(self, path: str) -> bytes:
        if path.endswith(("lost.md", "lessons.md", "Patterns.md")):
            raise KeyError(path)
        return super().__getitem__(path)

    def get(self, path: str, default: object = None) -> bytes | None:  # type: ignore[override]
        try:
            return self[path]
        except KeyError:
            return default  # type: ignore[return-value]


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    tree = Unreadable(bank(patterns=b"# P\n", lessons=b"# L\n"))
    tree.update({"Docs/03-Reference/Patterns.md": b"x", "lost.md": b"x"})
    edits = to_buffers(tree, BANK, DAY).edits
    assert not {f"{BANK}/patterns.md", f"{BANK}/lessons.md", "Docs/03-Reference/Patterns.md"} & edits.keys()


def test_an_index_gets_one_line_for_the_lessons() -> None:
    text = b"# Post-mortems\n\n## Index\n\n- 2025-01-01 [One](2025-01-01-one.md)\n"
    once = indexed(text, "Lessons.md")
    assert once == text + b"- [Lessons](Lessons.md)\n"
    assert indexed(once, "Lessons.md") is None


def test_names_that_would_speak_to_a_terminal_are_quoted() -> None:
    found = to_buffers(bank() | {f"{BANK}/a\x1b[31m\nb.md": b"x"}, BANK, DAY)
    assert not any("\x1b" in note or "\n" in note for note in found.notes)


# -- laws -------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(("patterns.md", "lessons.md", "troubleshooting.md", "decisions.md", "progress.md", "other.md"))
PLACES = st.sampled_from(
    ("Docs/03-Reference/Patterns.md", "Docs/03-Reference/Troubleshooting.md", f"{BANK}/decisions-inbox.md", "README.md",
     "Docs/06-PostMortems/README.md", "Docs/06-PostMortems/Lessons.md")
)  # fmt: skip
trees = st.builds(
    lambda inside, beside: {f"{BANK}/{name}": text for name, text in inside.items()} | beside,
    st.dictionaries(NAMES, texts(), min_size=1, max_size=4),
    st.dictionaries(PLACES, texts(), max_size=2),
)


def counted(tree: Mapping[str, bytes]) -> Counter[bytes]:
    return Counter(entry.identity for data in tree.values() for entry in entries(data))


def without_links(tree: Mapping[str, bytes]) -> Tree:
    """The tree as it would be, were no link to be rewritten: words in place of their marks."""
    marks = ((b"](", b"] ("), (b"]:", b"] :"), (b"href", b"h"))
    for old, new in marks:
        tree = {path: data.replace(old, new) for path, data in tree.items()}
    return dict(tree)


@laws(20)
@given(trees)
def test_every_entry_of_the_repository_once(tree: Tree) -> None:
    tree = without_links(tree)
    found = to_buffers(tree, BANK, DAY)
    result = after(tree, found)
    made = {path for path in result if path not in tree and f"create {path}" in found.lines}
    now = counted({path: data for path, data in result.items() if path not in made})
    was = counted(tree)
    doubled = Counter({identity: 1 for identity in was if was[identity] > 1})
    assert not set(was) - set(now), shown(tree, result)
    assert all(now[identity] == was[identity] or identity in doubled for identity in was), shown(tree, result)
    assert set(now - was) <= {entries(b"- [Lessons](Lessons.md)")[0].identity}, shown(tree, result)


@laws(20)
@given(trees)
def test_every_line_of_a_moved_file_stands_in_its_new_place(tree: Tree) -> None:
    found = to_buffers(tree, BANK, DAY)
    for way in WAYS:
        old = f"{BANK}/{way.name}"
        if found.edits.get(old, b"") is None:
            (new,) = [path for path in found.edits if f" {old} to {path}" in "\n".join(found.lines)]
            text = found.edits[new] or b""
            if new not in tree:
                assert len(text.split(b"\n")) == len(tree[old].split(b"\n"))
                rows = zip(tree[old].split(b"\n"), text.split(b"\n"), strict=True)
                assert all(one == other or b"patterns" in one or b"](" in one or b"]:" in one or b"=" in one
                           for one, other in rows)  # fmt: skip


@laws(20)
@given(trees)
def test_running_it_again_proposes_nothing(tree: Tree) -> None:
    result = after(tree, to_buffers(tree, BANK, DAY))
    assert to_buffers(result, BANK, DAY).edits == {}, shown(tree, result)


def lost_links(tree: Mapping[str, bytes]) -> int:
    """How many links lead to a Markdown file that is not there."""
    count = 0
    for path, data in tree.items():
        for link in links(Page(path, data)):
            target = link.target.partition("#")[0]
            where = resolved(target, path) if target and ":" not in target and "\\" not in target else None
            count += bool(where and where.endswith(".md") and where not in tree)
    return count


@laws(20)
@given(trees)
def test_no_link_loses_its_file(tree: Tree) -> None:
    found = to_buffers(tree, BANK, DAY)
    noted = any("led on by hand" in note for note in found.notes)
    assert noted or lost_links(after(tree, found)) <= lost_links(tree), shown(tree, after(tree, found))


@laws(20)
@given(st.dictionaries(st.text(max_size=12).map(lambda x: f"{BANK}/{x}.md"), banks.raw_bytes(), max_size=4))
def test_any_bytes_under_any_name(tree: Tree) -> None:
    found = to_buffers(tree, BANK, DAY)
    new = [path for path in found.edits if path not in tree]
    assert all(posixpath.normpath(path) == path and not path.startswith(("/", "..")) for path in new)


def test_likeness_is_known_by_lines() -> None:
    assert is_rename(b"a\nb\nc\n", b"a\nb\nx\n")
    assert not is_rename(b"a\n[x](y)\n", b"a\n[x](../../longer)\n")
