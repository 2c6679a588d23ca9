from __future__ import annotations

from datetime import date

from mbgit.bank.edits import Edits
from mbgit.bank.entries import entries
from mbgit.bank.settings import UPKEEP, Rule, Settings
from mbgit.proposals.harvest.records import DECISION, compose
from mbgit.proposals.upkeep.bank import DAY, Bank
from mbgit.proposals.upkeep.jobs import JOBS, REMARKS, is_on, upkeep

NOW = 1_760_000_000  # 2025-10-09
LOCKS = "| Agent | File | Started |\n|---|---|---|\n| ada | a.md | x |\n"
SAID = "- [2025-08-21] Keys are built from tenant and path\n"
JOURNAL = "2025-09-01_parser.md"
FILES = {
    "bank/activeContext.md": f"# A\n\n## Active Work\n\n{LOCKS}\n## Old plans\n\n## Links\n\n[x](gone.md)\n"
    f"[y](sessions/{JOURNAL})\n",
    "bank/SESSION_LOG.md": "# L\n\n## 2025-08-01 Ada\n\n- did\n\n## 2025-10-08 Ada\n\n- did\n",
    "bank/patterns-buffer.md": f"# P\n\n{SAID}",
    "bank/lessons-buffer.md": f"# L\n\n{SAID}",
    f"bank/sessions/{JOURNAL}": "# J\n\n## Follow-up Items\n\n- [x] a\n",
    "bank/there.md": "# There\n",
    "bank/decisions-inbox.md": "# D\n",
}
VERSION = "### [2025-08-21] Keep it\n\n**Status**: Accepted\n**Context**: {}\n**Decision**: for all tenants\n"
OLD, NEW = VERSION.format("it is small"), VERSION.format("it is small and quick")
for number, text in (("2", OLD), ("3", NEW)):
    entry = entries(text.encode())[0]
    FILES[f"bank/ADR/ADR-00{number}-keep-it.md"] = compose(
        DECISION, f"ADR-00{number}: Keep it", date(2025, 8, 21), entry, (), []
    ).decode()
ALL = dict.fromkeys(UPKEEP, True)


def bank(on: dict[str, bool] | None = None) -> Bank:
    held = {path: text.encode() for path, text in FILES.items()}
    decisions = Rule("decisions-inbox.md", 5, "items", "bank/ADR/", "")
    rules = (Rule("patterns-buffer.md", 20, "lines", "x.md", ""), decisions)
    return Bank(
        held, ["bank"], NOW, Settings(upkeep=on or {}, harvest=rules),
        has=held.__contains__,
        written_at=lambda path, line: NOW - 3_600,
        renamed_to={"bank/gone.md": "bank/there.md"}.get,
        last_touched=lambda path: NOW - 40 * DAY,
        changes=lambda path: [(OLD.encode(), NEW.encode()), (b"", OLD.encode())],
        harvested=lambda source: [day * DAY for day in range(9)] if source == "patterns-buffer.md" else [],
    )  # fmt: skip


def test_every_job_can_be_switched() -> None:
    assert {*JOBS, REMARKS} == set(UPKEEP)
    for name in JOBS:
        assert [item.name for item in upkeep(bank(dict.fromkeys(UPKEEP, False) | {name: True}))] == [name]
        assert name not in [item.name for item in upkeep(bank(ALL | {name: False}))]


def test_what_has_a_cap_runs_unasked() -> None:
    assert [item.name for item in upkeep(bank())] == ["locks", "log", "records"]
    assert not is_on(Settings(), "links")
    assert is_on(Settings(upkeep={"links": True}), "links")


def test_each_job_starts_from_what_the_one_before_it_left() -> None:
    found = upkeep(bank(ALL))
    assert [item.name for item in found] == list(JOBS)
    edits: Edits = {}
    for item in found:
        edits |= item.edits
    assert edits["bank/activeContext.md"] == (
        f"# A\n\n## Active Work\n\n{LOCKS[: LOCKS.index('| ada')]}\n## Links\n\n[x](there.md)\n"
        f"[y](sessions/archive/{JOURNAL})\n"
    ).encode()
    assert edits["bank/ADR/ADR-003-keep-it.md"] is None
    assert b"small and quick" in (edits["bank/ADR/ADR-002-keep-it.md"] or b"")
    assert edits[f"bank/sessions/{JOURNAL}"] is None
    assert edits["bank/patterns-buffer.md"] == b"# P\n"


def test_again_there_is_nothing_to_do() -> None:
    held = bank(ALL)
    for item in upkeep(held):
        held = held.after(item.edits)
    assert upkeep(held) == []


def test_nothing_is_written_outside_of_what_was_asked_for() -> None:
    for item in upkeep(bank(ALL)):
        assert all(path.startswith("bank/") and ".." not in path for path in item.edits)


def test_remarks_stand_in_the_first_message() -> None:
    found = upkeep(bank(ALL))
    assert found[0].message.endswith('\n\npatterns-buffer.md is harvested every 1 day or so: '
                                     'threshold = "140 lines" would make that about 7.\n')  # fmt: skip
    assert "threshold" not in "".join(item.message for item in [*found[1:], *upkeep(bank())])
    assert upkeep(bank(dict.fromkeys(UPKEEP, False) | {REMARKS: True})) == []


def test_files_after_edits() -> None:
    held = Bank({"a": b"1", "b": b"2"}, ["."], 0, has={"a", "b", "d"}.__contains__)
    after = held.after({"a": None, "c": b"3", "b": b"4"})
    assert dict(after.files) == {"b": b"4", "c": b"3"}
    assert len(after.files) == 2
    assert "a" not in after.files
    assert [after.there(path) for path in "abcde"] == [False, True, True, True, False]
    assert after.after({"a": b"5"}).text("a") == b"5"
    assert after.text("a") is None
