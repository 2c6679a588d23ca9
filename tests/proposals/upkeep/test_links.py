from __future__ import annotations

from mbgit.proposals.upkeep.bank import Bank
from mbgit.proposals.upkeep.links import job

PAGE = "bank/systemContext.md"


def bank(files: dict[str, str], renames: dict[str, str], elsewhere: set[str] | None = None) -> Bank:
    held = {path: text.encode() for path, text in files.items()}
    there = (elsewhere or set()).__contains__
    return Bank(held, ["bank"], 10**9, has=lambda path: path in held or there(path), renamed_to=renames.get)


def mended(text: str, renames: dict[str, str], path: str = PAGE, **others: str) -> str | None:
    found = job(bank({path: text} | {f"bank/{name}.md": text for name, text in others.items()}, renames))
    if found is None:
        return None
    assert set(found.edits) == {path}
    return (found.edits[path] or b"").decode()


def test_a_link_follows_its_file() -> None:
    assert mended("[x](a.md#p)\n", {"bank/a.md": "bank/b.md"}, b="") == "[x](b.md#p)\n"
    assert mended("[x](a.md)", {"bank/a.md": "bank/q.md", "bank/q.md": "bank/b.md"}, b="") == "[x](b.md)"


def test_a_link_that_is_right_stays() -> None:
    assert mended("[x](a.md)", {"bank/a.md": "bank/b.md"}, a="", b="") is None
    found = job(bank({PAGE: "[x](../src/a.py)"}, {"src/a.py": "src/b.py"}, {"src/a.py", "src/b.py"}))
    assert found is None


def test_a_file_may_have_gone_out_of_the_bank() -> None:
    found = job(bank({PAGE: "[x](../src/a.py)"}, {"src/a.py": "lib/b.py"}, {"lib/b.py"}))
    assert found is not None
    assert found.edits == {PAGE: b"[x](../lib/b.py)"}


def test_a_trail_that_leads_to_nothing_changes_nothing() -> None:
    assert mended("[x](a.md)", {}) is None
    assert mended("[x](a.md)", {"bank/a.md": "bank/gone.md"}) is None
    assert mended("[x](a.md)", {"bank/a.md": "bank/b.md", "bank/b.md": "bank/a.md"}) is None
    assert mended("[x](a.md)", {"bank/a.md": "bank/a.md"}) is None


def test_where_no_entry_may_change_no_link_is_mended() -> None:
    renames = {"bank/a.md": "bank/b.md", "bank/archive/a.md": "bank/b.md"}
    for path in ("bank/SESSION_LOG.md", "bank/archive/SESSION_LOG-2025-01.md", "bank/progress.md"):
        assert mended("[x](a.md)", renames, path, b="") is None


def test_documents_are_mended_too_and_nothing_else() -> None:
    renames = {"Docs/03-Reference/ADR/a.md": "bank/b.md", "src/a.md": "bank/b.md"}
    assert mended("[x](a.md)", renames, "Docs/03-Reference/ADR/ADR-001-x.md", b="") == "[x](../../../bank/b.md)"
    assert mended("[x](a.md)", renames, "src/README.md", b="") is None


def test_the_message_tells_what_moved() -> None:
    found = job(bank({PAGE: "[x](a.md) [y](a.md) [z](c%20d.md)", "bank/b.md": ""},
                     {"bank/a.md": "bank/b.md", "bank/c d.md": "bank/b.md"}))  # fmt: skip
    assert found is not None
    assert found.message == (
        'Mend links to moved files in 1 file\n\n- bank/a.md is bank/b.md\n- "bank/c d.md" is bank/b.md\n'
    )


def test_again_mends_nothing() -> None:
    held = bank({PAGE: "[x](a.md)", "bank/b.md": ""}, {"bank/a.md": "bank/b.md"})
    found = job(held)
    assert found is not None
    assert job(held.after(found.edits)) is None
