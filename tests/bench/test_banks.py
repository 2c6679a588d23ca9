"""The program that tells what real banks are like, on a small one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.banks import bank_for, form_of, main

LOG = "# Session Log\n\n## 2025-08-21 10:00 - Ada\n\n- mended it\n\n## 2025-08-22 09:00 - Bob\n\n- measured it\n"
DECISIONS = "# Decisions\n\n## [2025-08-21] Use git\n\n**Context**: many clones\n**Decision**: git\n"


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("[2025-08-21] Use git", "[DATE] Title"),
        ("[2026-01-28-143022] Use git", "[DATE] Title"),
        ("2025-08-21", "DATE"),
        ("2025-08-21 10:00 - Ada", "DATE - Title, DATE — Title"),
        ("📌 2026-05-05T22:30Z: a finding", "DATE: Title"),
        ("[5.0.0] - 2025-05-27", "[version] - DATE"),
        ("3.4.0 — Expansion (2026-03-25)", "version — Title (DATE)"),
        ("Audit (March 2026)", "Title (DATE)"),
        ("✅ TD_033: A tool [Score: 10]", "XX_123: Title"),
        ("Phase 2 — after that", "Phase 1: Title"),
        ("Learnings", ""),
    ],
)
def test_a_heading_has_a_form(heading: str, form: str) -> None:
    assert form_of(heading) == form


def test_a_file_s_bank_is_the_usual_place_above_it() -> None:
    assert bank_for(".claude/memory-bank/sessions/a.md") == ".claude/memory-bank"
    assert bank_for(".squad/decisions.md") == ".squad"
    assert bank_for("notes.md") == "."


def rows(text: str) -> dict[str, list[str]]:
    return {line[2:38].strip(): line[38:].split() for line in text.split("\n") if line.startswith("  ")}


def test_it_tells_what_whole_files_and_edits_of_a_corpus_bring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (path, base, edit) in enumerate((
        ("memory-bank/SESSION_LOG.md", LOG, LOG.partition("\n## 2025-08-22")[0]),
        ("memory-bank/decisions.md", "# Decisions\n", DECISIONS),
    )):  # fmt: skip
        folder = tmp_path / "ada+bank" / str(number)
        folder.mkdir(parents=True)
        for name, text in (("base", base), ("ours", edit), ("theirs", base)):
            (folder / f"{name}.md").write_text(text)
        (folder / "meta.json").write_text(json.dumps({"path": path, "mode": "merge"}))
    assert main([str(tmp_path), "--show", "lost"]) == 0
    text = capsys.readouterr().out
    shown = rows(text)
    assert "6 texts of 2 files" in text
    assert shown["lost"] == ["0", "0", "0", "0", "1", "1", "0", "0"]
    assert shown["buffers"] == ["1", "banks"]
    assert shown["a merge of nothing changes the file"] == ["0", "faults"]
    assert "append-only, and lost 1 entry" in text
    assert "edits that would be refused: 1 of 4" in text


def test_any_folder_of_repositories_will_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "repo/memory-bank").mkdir(parents=True)
    (tmp_path / "repo/memory-bank/decisions.md").write_text(DECISIONS)
    assert main([str(tmp_path)]) == 0
    assert rows(capsys.readouterr().out)["fields"][:2] == ["1", "1"]
