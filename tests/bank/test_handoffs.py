from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.handoffs import Handoff, read_handoffs, to_persona

LOGBOOK = """# Agent Coordination Logbook

```markdown
## 2025-01-01 10:00 - Nobody → Nowhere
```

## 2025-11-24 05:00 - System Setup → Standards Updater

**Status**: In *progress*
**Files Modified**:

- `AGENTS.md`
**Next Actions**:

1. [x] Draft the roles
2. [ ] Update [the context](activeContext.md)
3. Test it

**Conflicts**: None

## 2025-11-25 10:30 - Ada → Bob

### Status

Blocked

### Next Actions

- Ask `Cy` first

## 2025-11-26

### 10:15 Ada → the team

- **Next Actions:** Look at the figures
""".encode()


def test_a_handoff_is_read_with_its_fields() -> None:
    assert read_handoffs(LOGBOOK) == [
        Handoff(
            "2025-11-24 05:00", "202511240500", "System Setup", "Standards Updater",
            "In progress", "Update the context", 7,
        ),
        Handoff("2025-11-25 10:30", "202511251030", "Ada", "Bob", "Blocked", "Ask Cy first", 21),
        Handoff("10:15", "202511261015", "Ada", "the team", "", "Look at the figures", 33),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "when", "stamp", "sender", "receiver"),
    [
        ("## 2025-11-25 10:30 - Ada → Bob", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## [2025-11-25] [10:30] - [Ada] -> [Bob]", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## 2025-11-25T10:30:59Z Ada => Bob", "2025-11-25T10:30:59Z", "20251125103059", "Ada", "Bob"),
        ("## 2025-11-25 10:30+02:00 | Ada --> Bob", "2025-11-25 10:30+02:00", "202511251030", "Ada", "Bob"),
        ("#### 2025-11-25 - Ada→Bob", "2025-11-25", "20251125", "Ada", "Bob"),
        ("## 2025-11-25 10:30 – Ada – Bob", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## Ada → Bob (2025-11-25 10:30)", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## Handoff: Ada ➡️ Bob - 25 November 2025", "25 November 2025", "20251125", "Ada", "Bob"),
        ("## **2025-11-25 10:30 UTC** — `Ada` ⇒ @Bob", "2025-11-25 10:30 UTC", "202511251030", "Ada", "@Bob"),
        ("## 25.11.2025, 10:30 Uhr: Ada → Bob", "25.11.2025, 10:30 Uhr", "202511251030", "Ada", "Bob"),
        ("## 2025-11-25 10:30 - March Hare → Agent 2", "2025-11-25 10:30", "202511251030", "March Hare", "Agent 2"),
        ("## Handoff 2025-11-25 10:30 - Ada → Bob", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## 2025-11-25 10:30 Handover #3: Ada → Bob", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
        ("## Tuesday 2025-11-25 - Ada → Done", "Tuesday 2025-11-25", "20251125", "Ada", "Done"),
        ("2025-11-25 Ada → Bob\n----", "2025-11-25", "20251125", "Ada", "Bob"),
        ("## Ada → Bob\n\n**Date**: 2025-11-25 10:30", "2025-11-25 10:30", "202511251030", "Ada", "Bob"),
    ],
)
def test_the_forms_that_people_write(heading: str, when: str, stamp: str, sender: str, receiver: str) -> None:
    found = read_handoffs(f"# Log\n\n{heading}\n\n**Status**: x\n".encode())
    assert [(one.when, one.stamp, one.sender, one.receiver) for one in found] == [(when, stamp, sender, receiver)]


@pytest.mark.parametrize(
    "heading",
    [
        "## [DATE] [TIME] - [FROM_AGENT] → [TO_AGENT/Status]",
        "## 2025-XX-XX HH:MM - [AGENT_ROLE] → [NEXT_AGENT]",
        "## Work → Reflect → Persist",
        "## 2025-11-25 - Fixed the parser",
        "## Release – notes\n\n**Date**: 2025-11-25",
        "## 2025-11-25 10:30 → 2025-11-26",
        "## 2025-11-25 → Bob",
        "## 2025-11-25 Ada →",
        "## 2025-99-99 99:99 - Ada → Bob",
        "## 9999-12-31 10:00 - Ada → Bob",
        "- 2025-11-25 10:30 - Ada → Bob",
        "<!--\n## 2025-11-25 10:30 - Ada → Bob\n-->",
    ],
)
def test_other_headings_are_none(heading: str) -> None:
    assert read_handoffs(f"# Log\n\n{heading}\n\n**Status**: x\n".encode()) == []


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ("**Next Actions**: Review it", "Review it"),
        ("**Next Actions:**\n- [x] one\n- [ ] two", "two"),
        ("**Next Steps**:\n\n3) **go** on", "go on"),
        ("**Next Actions**: None\n**Conflicts**: one", ""),
        ("**Next Actions**:\n**Conflicts**: one", ""),
        ("**Next Actions**: [Tasks to continue]", ""),
        ("**Handover Notes**: all is well", ""),
        ("```\n**Next Actions**: in a fence\n```", ""),
        ("**Files Modified**:\n- a.md\n**Next Actions**:\n- right below a list", "right below a list"),
    ],
)
def test_the_first_action_that_is_open(fields: str, action: str) -> None:
    (found,) = read_handoffs(f"## 2025-11-25 10:30 - Ada → Bob\n\n{fields}\n".encode())
    assert found.action == action


@pytest.mark.parametrize(
    ("receiver", "names"),
    [
        ("Bob, Cy and Dee", ("Bob", "Cy", "Dee")),
        ("Bob/Tech Lead & @Cy", ("Bob", "Tech Lead", "Cy")),
        ("Bob → Cy", ("Bob", "Cy")),
        ("Bob (on call)", ("Bob",)),
        ("Andy Anders", ("Andy Anders",)),
    ],
)
def test_several_may_be_named(receiver: str, names: tuple[str, ...]) -> None:
    (found,) = read_handoffs(f"## 2025-11-25 10:30 - Ada → {receiver}\n".encode())
    assert found.receivers == names


def _to(receiver: str, persona: str, sender: str = "Ada") -> bool:
    return bool(to_persona([Handoff("", "", sender, receiver, "", "", 1)], persona))


def test_a_handoff_is_for_those_it_names() -> None:
    assert _to("DevOps", "devops engineer")
    assert _to("Bob, Tech Lead", "tech-lead")
    assert not any((_to("Bob", "Ada"), _to("Done", "Bob"), _to("Bob", "")))


@pytest.mark.parametrize("everyone", ["All", "Anyone", "the team", "ALL AGENTS", "next session", "Bob / all"])
def test_everyone_is_everyone_but_the_sender(everyone: str) -> None:
    assert _to(everyone, "Cy")
    assert _to(everyone, "")
    assert not _to(everyone, "ada")


def test_the_text_is_handed_out_raw() -> None:
    (found,) = read_handoffs("## 2025-11-25 10:30 - A\x1b[31mda → B\u202eob\n\n**Next Actions**: \x07x\n".encode())
    assert (found.sender, found.receiver, found.action) == ("A\x1b[31mda", "B\u202eob", "\x07x")


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"## 2025-11-25 10:30 - Ada → Bob {text}\n**Next Actions**:".encode())
    | st.text("## 2025-1 → \n*Ada–[]()", max_size=100).map(str.encode)
)
def test_any_bytes_are_a_logbook(data: bytes) -> None:
    found = read_handoffs(data)
    assert all(one.stamp and one.sender and one.receiver and one.line > 0 for one in found)
    to_persona(found, "Bob")


@pytest.mark.parametrize("bait", ["->", "→ ", "[", "2025-11-25 ", "1:1", " – ", "Ada, ", " and ", "handoff ", "- "])
def test_no_pattern_is_baited(bait: str) -> None:
    text = bait * 100_000
    for data in (
        f"## 2025-11-25 10:30 {text}",
        f"## 2025-11-25 Ada → {text}",
        f"## 2025-11-25 A → B\n**Status**: {text}",
    ):
        assert all(len(one.receiver) < 5_000 for one in read_handoffs(data.encode()))


def test_a_logbook_of_many_years() -> None:
    assert len(read_handoffs("## 2025-11-25 10:30 - Ada → Bob\n**Next Actions**: x\n".encode() * 20_000)) == 20_000
