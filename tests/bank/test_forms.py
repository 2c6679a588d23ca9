from __future__ import annotations

import pytest

from mbgit.bank.forms import form_of
from mbgit.bank.kinds import KINDS

# From the standard, in its order.
DECISION = ("Context", "Decision", "Rationale", "Alternatives Considered", "Consequences", "Review Date", "Decided By")
HANDOFF = ("Status", "Active Priority", "Files Modified", "Handover Notes", "Next Actions", "Conflicts")


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("decisions.md", DECISION),
        ("agent-logbook.md", HANDOFF),
        ("decisions-inbox.md", ("Status", "Context", "Decision", "Rationale")),
        ("memory.md", ("Decision", "Rationale")),
        ("SESSION_LOG.md", ()),
    ],
)
def test_the_fields_of_an_entry_are_those_of_its_template(name: str, labels: tuple[str, ...]) -> None:
    form = form_of(name)
    assert form
    assert tuple(slot.label for slot in form.slots) == labels
    assert [slot.label for slot in form.slots if slot.optional] == ["Review Date"] * ("Review Date" in labels)


@pytest.mark.parametrize("name", ["", "journal.md", "progress.md", "patterns-buffer.md", "none.md"])
def test_a_kind_may_have_no_form(name: str) -> None:
    assert form_of(name) is None


@pytest.mark.parametrize("name", sorted({kind.template for kind in KINDS} - {""}))
def test_a_form_is_an_entry_with_day_and_author_in_its_heading(name: str) -> None:
    if form := form_of(name):
        text = form.filled("2025-10-09", "Tech Lead")
        assert text.startswith("#")
        assert "2025-10-09" in text.split("\n")[0]
        assert not any(mark in text for mark in ("<!--", "-->", "YYYY", "{"))
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_the_author_hands_over() -> None:
    form = form_of("agent-logbook.md")
    assert form
    assert form.filled("2025-10-09", "Who From").split("\n")[0] == "## 2025-10-09 HH:MM - Who From → To"
