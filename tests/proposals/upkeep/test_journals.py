from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.edits import Edits
from mbgit.bank.layouts import filled
from mbgit.checks.page import Page
from mbgit.checks.relink import targets
from mbgit.proposals.upkeep.bank import DAY, Bank
from mbgit.proposals.upkeep.journals import has_no_open_end, job

NOW = int(datetime(2025, 10, 9, 12, tzinfo=UTC).timestamp())
NAME = "2025-09-01_parser.md"
OLD, NEW = f"bank/sessions/{NAME}", f"bank/sessions/archive/{NAME}"
DONE = "# Parser\n\n## Follow-up Items\n\n- [x] review\n- [X] merge\n"


def bank(files: dict[str, str], touched: dict[str, int] | None = None) -> Bank:
    held = {path: text.encode() for path, text in files.items()}
    return Bank(held, ["bank"], NOW, has=held.__contains__, last_touched=(touched or {}).get)


def edits(files: dict[str, str], touched: dict[str, int] | None = None) -> Edits:
    found = job(bank(files, touched))
    return found.edits if found else {}


def test_a_finished_journal_moves_whole() -> None:
    assert edits({OLD: DONE}) == {OLD: None, NEW: DONE.encode()}


def test_again_moves_nothing() -> None:
    held = bank({OLD: DONE})
    found = job(held)
    assert found is not None
    assert job(held.after(found.edits)) is None


@pytest.mark.parametrize(
    ("section", "ended"),
    [
        ("- [x] a", True),
        ("* [x] a\n  - with a note", True),
        ("None", True),
        ("- None.", True),
        ("<!-- all of them -->\n\n- [x] a\n\n---", True),
        ("- [x] a\n- [ ] b", False),
        ("- [x] a\n  - [ ] b", False),
        ("- [x] a\n- b", False),
        ("- [x] a\n\nAnd call Bob.", False),
        ("None yet.", False),
        ("", False),
        ("<!-- nothing -->", False),
        ("### Team\n\n- [x] a", False),
    ],
)
def test_what_leaves_an_end_open(section: str, ended: bool) -> None:
    assert has_no_open_end(f"# T\n\n## Follow-up Items\n\n{section}\n".encode()) is ended


def test_an_open_box_anywhere_leaves_an_end_open() -> None:
    assert not has_no_open_end(f"{DONE}\n## Topics\n\n1. [ ] open\n".encode())
    assert not has_no_open_end(b"# T\n\n- [x] done\n")
    assert not has_no_open_end(filled("journal.md"))


@pytest.mark.parametrize("title", ["Follow-up Items", "Follow-ups", "follow up", "\U0001f501 **Follow-up** Tasks"])
def test_the_section_goes_by_many_names(title: str) -> None:
    assert has_no_open_end(f"# T\n\n## {title}\n\n- [x] a\n".encode())


@pytest.mark.parametrize(
    ("name", "touched", "moves"),
    [
        ("2025-10-02_x.md", None, True),
        ("2025-10-03_x.md", None, False),
        ("2025-09-01_x.md", NOW - 6 * DAY, False),
        ("2025-09-01_x.md", NOW - 7 * DAY, True),
        ("x.md", NOW - 7 * DAY, True),
        ("x.md", None, False),
        ("2026-01-01_x.md", NOW - 70 * DAY, False),
    ],
)
def test_a_week_counts_from_the_day_and_from_the_last_change(name: str, touched: int | None, moves: bool) -> None:
    path = f"bank/sessions/{name}"
    known = {path: touched} if touched is not None else {}
    assert bool(edits({path: DONE}, known)) is moves


def test_only_journals_move() -> None:
    for path in ("bank/x/2025-09-01_x.md", "bank/sessions/2025/2025-09-01_x.md", "bank/sessions/2025-09-01.txt"):
        assert edits({path: DONE}) == {}


def test_a_name_that_is_taken_stays() -> None:
    assert edits({OLD: DONE, NEW: "# Other\n"}) == {}
    assert edits({OLD: DONE, NEW.upper().replace("BANK/SESSIONS/ARCHIVE", "bank/sessions/archive"): "# Other\n"}) == {}
    assert edits({OLD: DONE, "bank/sessions/archive": "../elsewhere"}) == {}


def test_links_follow_in_both_directions() -> None:
    files = {
        OLD: f"{DONE}\n## References\n\n[a](../decisions.md#x) [b](2025-09-02_b.md) [c]({NAME}#top)\n",
        "bank/sessions/2025-09-02_b.md": f"[parser]({NAME})\n",
        "bank/systemContext.md": f"see [it](sessions/{NAME}#follow-up-items), `sessions/{NAME}`\n",
        "bank/decisions.md": "# D\n",
    }
    assert edits(files) == {
        OLD: None,
        NEW: f"{DONE}\n## References\n\n[a](../../decisions.md#x) [b](../2025-09-02_b.md) [c]({NAME}#top)\n".encode(),
        "bank/sessions/2025-09-02_b.md": f"[parser](archive/{NAME})\n".encode(),
        "bank/systemContext.md": f"see [it](sessions/archive/{NAME}#follow-up-items), `sessions/{NAME}`\n".encode(),
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bank/systemContext.md", f"[it](\nsessions/{NAME})\n"),
        ("bank/SESSION_LOG.md", f"# L\n\n- [it](sessions/{NAME})\n"),
        ("bank/progress.md", f"[it](sessions/{NAME})\n"),
    ],
)
def test_a_journal_whose_links_cannot_follow_stays(path: str, text: str) -> None:
    other = "bank/sessions/2025-09-02_b.md"
    found = edits({OLD: DONE, path: text, other: DONE})
    assert set(found) == {other, "bank/sessions/archive/2025-09-02_b.md"}


def test_a_journal_that_a_page_too_large_to_parse_names_stays() -> None:
    assert edits({OLD: DONE, "bank/x.md": f"{NAME}\n" + "x" * 2_000_000}) == {}


def test_links_in_html_follow_too() -> None:
    found = edits({OLD: f'{DONE}\n## References\n\n<img src="../x.png">\n'})
    assert found == {OLD: None, NEW: f'{DONE}\n## References\n\n<img src="../../x.png">\n'.encode()}


def test_the_message_tells_what_moved() -> None:
    found = job(bank({OLD: DONE, "bank/decisions.md": f"[x](sessions/{NAME})\n"}))
    assert found is not None
    assert found.message == (
        f"Archive 1 finished session journal\n\n- {OLD}, now {NEW}\n\nLinks to them are rewritten in 1 file.\n"
    )


words = st.sampled_from(
    ("[a](x.md)", f"[b]({NAME})", f"[b](../sessions/{NAME})", f"[b](/bank/sessions/{NAME}#a)", "<a href=../x.md>", "`",
     "\n\n", "```\n", "[c](../../../..)", "[c](../..)", "[d]: ./y.md\n", "[d]", "![p](<../a b.png>)", "- [x] a\n", "\0",
     "text "),
)  # fmt: skip


@settings(max_examples=83, deadline=None, derandomize=True, database=None)
@given(st.lists(words, max_size=8).map("".join), st.lists(words, max_size=8).map("".join))
def test_every_link_leads_where_it_led(mine: str, other: str) -> None:
    files = {OLD: f"{DONE}\n## References\n\n{mine}\n", "bank/sessions/other.md": other, "bank/decisions.md": other}
    found = edits(files)
    moves = {OLD: NEW} if OLD in found else {}
    for path, text in files.items():
        home = moves.get(path, path)
        after = found.get(home, text.encode()) or b""
        led = [moves.get(target or "", target) for target in targets(Page(path, text.encode()))]
        assert targets(Page(home, after)) == led


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=60))
def test_any_bytes_will_do(data: bytes) -> None:
    files = {OLD: data, "bank/sessions/2025-01-01 \udcff.md": DONE.encode() + data, "bank/x.md": data}
    job(Bank(files, ["bank", "."], 10**15, last_touched=lambda path: -1))
