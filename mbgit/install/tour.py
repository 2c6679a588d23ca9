"""The script of the demo: who writes what, as values, so that the outcome can be counted."""

from __future__ import annotations

from typing import NamedTuple

BANK = ".claude/memory-bank"
CONTEXT, PATTERNS = f"{BANK}/activeContext.md", f"{BANK}/patterns-buffer.md"
LOGBOOK, LOG = f"{BANK}/agent-logbook.md", f"{BANK}/SESSION_LOG.md"
TARGET = "Docs/03-Reference/Patterns.md"
FILES = (CONTEXT, PATTERNS, LOGBOOK, LOG)

PERSONAS = {"tech-lead": "Tech Lead", "devops": "DevOps Engineer", "debugger": "Debugger Expert"}
HARVESTED = ("Retry with a growing delay", "Name a branch after its issue")

_ROW = "| {} | {} | {} | {} |"
_IDLE = {name: _ROW.format(name, "Idle", "-", "08:00") for name in PERSONAS.values()}
_FOCUS, EARLIER_FOCUS = "Nothing yet.", "Clear the buffers."

SEED = {
    CONTEXT: "\n".join([
        "# Active Context", "", "## Current Focus", "", _FOCUS, "",
        "## Active Agents", "", _ROW.format("Agent Role", "Status", "Current Task", "Last Update"),
        "| --- | --- | --- | --- |", *_IDLE.values(), "",
        "## Active Tasks", "", "- [ ] Release 1.4", "- [ ] Rotate the keys", "",
    ]),
    PATTERNS: "# Patterns Buffer\n\n- [2025-10-01] Read the log before the code\n"
              + "".join(f"- [2025-10-02] {text}\n" for text in HARVESTED),
    LOGBOOK: "# Agent Coordination Logbook\n\n## 2025-10-02 09:00 - Tech Lead → All\n\n**Status**: Started\n",
    LOG: "# Session Log\n\n## 2025-10-02 09:00 - Tech Lead\n\n- Set up the bank\n",
}  # fmt: skip


class Edit(NamedTuple):
    """In the file at `path`, `old` becomes `new`; without an `old`, `new` is added at the end."""

    path: str
    old: str
    new: str


def _session(name: str, minute: int, work: str, pattern: str) -> list[Edit]:
    """What each of the three does in a session: its row, a pattern, a handover, a line in the session log."""
    stamp = f"2025-10-03 09:{minute}"
    return [
        Edit(CONTEXT, _IDLE[name], _ROW.format(name, "Active", work, f"09:{minute}")),
        Edit(PATTERNS, "", f"- [2025-10-03] {pattern}\n"),
        Edit(LOGBOOK, "", f"\n## {stamp} - {name} → All\n\n**Status**: {work}\n**Conflicts**: None\n"),
        Edit(LOG, "", f"\n## {stamp} - {name}\n\n- {work}\n- Ran the tests\n"),
    ]


SESSIONS = {
    "tech-lead": [
        *_session("Tech Lead", 10, "Harvest the buffer", "One decision to a record"),
        Edit(CONTEXT, _FOCUS, EARLIER_FOCUS),
        *(Edit(PATTERNS, f"- [2025-10-02] {text}\n", "") for text in HARVESTED),
        Edit(TARGET, "", "# Patterns\n\n" + "".join(f"- {text}\n" for text in HARVESTED)),
    ],
    "devops": [
        *_session("DevOps Engineer", 20, "Ship release 1.4", "Build once, deploy often"),
        Edit(CONTEXT, _FOCUS, "Release 1.4 is going out."),
        Edit(CONTEXT, "- [ ] Release", "- [x] Release"),
    ],
    "debugger": [
        *_session("Debugger Expert", 30, "Hunt the slow query", "Measure before you cache"),
        Edit(CONTEXT, "- [ ] Rotate the keys\n", "- [ ] Rotate the keys\n- [ ] Index the table\n"),
    ],
}

ADDED = [
    "One decision to a record", "Build once, deploy often", "Measure before you cache",
    "- [ ] Index the table",
    *(f"## 2025-10-03 09:{minute} - {name}{end}"
      for minute, name in zip((10, 20, 30), PERSONAS.values(), strict=True) for end in ("\n", " → All\n")),
]  # fmt: skip
ONCE = [*(f"| {name} |" for name in PERSONAS.values()), "] Release 1.4", "- [ ] Rotate the keys", *ADDED]


def apply(edit: Edit, text: str) -> str:
    """The text of the file after the edit."""
    if not edit.old:
        return text + edit.new
    assert edit.old in text, edit
    return text.replace(edit.old, edit.new)


class Score(NamedTuple):
    """What came of it: entries that are lost, that came back after the harvest, that stand twice."""

    lost: int
    back: int
    twice: int


def score(texts: dict[str, str]) -> Score:
    """Count in the four files as they are at the end."""
    whole = "".join(texts[path] for path in FILES)
    return Score(
        lost=sum(entry not in whole for entry in ADDED),
        back=sum(entry in whole for entry in HARVESTED),
        twice=sum(whole.count(entry) > 1 for entry in ONCE),
    )
