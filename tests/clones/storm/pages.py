"""The files that a storm begins with, of every kind, and what a new entry looks like in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.clones.storm.account import nth

BANK = ".claude/memory-bank"
BESIDE = ".claude/agent-memory-banks"
PERSONAS = ("Tech Lead", "Debugger", "Test Specialist", "Dev Engineer", "DevOps Engineer", "Product Owner")
RECORDED = "## As recorded\n"

SETTINGS = """\
[checks]
sections = "off"
fields = "off"
timestamps = "off"
links = "off"

[upkeep]
journals = true
doubles = true

[[harvest]]
source = "patterns-buffer.md"
threshold = "{lines} lines"
target = "Docs/03-Reference/Patterns.md"
owner = "DevOps Engineer"

[[harvest]]
source = "lessons-buffer.md"
threshold = "{lines} lines"
target = "Docs/06-PostMortems/"
owner = "Debugger"

[[harvest]]
source = "decisions-inbox.md"
threshold = "{items} items"
target = "Docs/03-Reference/ADR/"
owner = "Tech Lead"
"""

Line = Callable[[], str]
"""Some words and a new token; in an entry, the first line's is the entry's."""


class Page(NamedTuple):
    """A file: what it begins with, and the form of what is added to it."""

    text: str
    form: str = ""
    """An entry: `{first}` its first words, `{more}` and `{sub}` other lines, `{day}`, `{time}`, `{who}`, `{to}`."""
    top: bool = False
    """Newest first."""
    lists: bool = False
    """Whether it has lists, apart from entries."""
    tables: tuple[tuple[str, str], ...] = ()
    """The headings that a table stands under, and the form of a row."""
    rolls: bool = False
    """Whether it is only ever added to."""


_FIELDS = "\n\n**Context**: {more}\n**Decision**: {more}\n**Rationale**: {more}\n"
_ROLES = "".join(f"| {name} | idle {nth(i + 2)} |\n" for i, name in enumerate(PERSONAS))

PAGES = {
    f"{BANK}/activeContext.md": Page(
        "# Active Context\n\n**Last Updated**: 2025-10-09 08:00\n\n## Current Focus\n\nMake the gate hold kbz\n\n"
        f"## Active Agents\n\n| Agent Role | Current Task |\n| --- | --- |\n{_ROLES}\n"
        "## Active Work\n\n| Agent | File | Action | Started | ETA |\n| --- | --- | --- | --- | --- |\n\n"
        "## Active Tasks\n\n- [ ] look into the slow start kjz\n\n## Next Steps\n\n- ask for a review of it kbaz\n",
        lists=True,
        tables=(("## Active Work", "| {who} | src/{first} | {day} {time} | 30 min |"),),
    ),
    f"{BANK}/systemContext.md": Page(
        "# System Context\n\n## Technology Stack\n\n- Platform: Linux only for now kbbz\n\n## Architecture\n\n"
        "One process and one file of state kbcz\n\n## Integration Points\n\n- reads what the queue holds kbdz\n",
        lists=True,
    ),
    f"{BANK}/patterns-buffer.md": Page(
        "# Patterns Buffer\n\n> Harvest at 20 lines\n\n## Caching\n\n## Testing\n", "- [{day}] {first}\n"
    ),
    f"{BANK}/lessons-buffer.md": Page(
        "# Lessons Buffer\n\nNewest first.\n\n## Lessons\n",
        "### {day} {first}\n\n**Root cause**: {more}\n**Fix**: {more}\n\n- [ ] {sub}\n",
        top=True,
    ),
    f"{BANK}/questions-buffer.md": Page("# Questions\n\n## Open\n\n## Asked\n", "- [{day}] {first}\n"),
    f"{BANK}/decisions-inbox.md": Page(
        "# Decisions Inbox\n\n## Pending\n", "### [{day}] {first}\n\n**Status**: {status} {more}" + _FIELDS
    ),
    f"{BANK}/decisions.md": Page("# Decision Log\n", "## [{day}] {first}" + _FIELDS + "\n- {sub}\n"),
    f"{BANK}/progress.md": Page(
        "# Progress\n\n## High-Level Roadmap\n\n- [ ] the first milestone of all kbez\n\n## Status\n\n"
        "- **Overall**: On Track\n\n## Change Log\n\n| Date | Change | Author |\n| --- | --- | --- |\n"
        "| 2025-10-09 | begun with the bank kbfz | Ada |\n",
        lists=True,
        tables=(("## Change Log", "| {day} | {first} | {who} |"),),
        rolls=True,
    ),
    f"{BANK}/agent-logbook.md": Page(
        "# Agent Coordination Logbook\n",
        "## {day} {time} - {who} → {to}\n\n**Status**: {first}\n**Handover Notes**: {more}\n\n"
        "**Next Actions**:\n\n- [ ] {sub}\n- [ ] {sub}\n",
    ),
    f"{BANK}/SESSION_LOG.md": Page("# Session Log\n", "## {day} {time} - {who}\n\n- {first}\n- {sub}\n", rolls=True),
    f"{BANK}/sessions/2025-10-09_start.md": Page(
        "# Start - 2025-10-09\n\n## Topics Discussed\n\n- how to begin with it kbgz\n\n"
        "## Follow-up Items\n\n- [ ] write it all down kbhz\n",
        lists=True,
    ),
    f"{BANK}/agent-memory-banks/README.md": Page("# Agent Memory Banks\n\n- one file for each kbiz\n", lists=True),
    f"{BESIDE}/tech-lead.md": Page(
        "# Tech Lead Memory Bank\n\n## Known Patterns\n\n- small steps, always kbjz\n\n## Decision Log\n",
        "### {day}: {first}\n\n**Decision**: {more}\n**Rationale**: {more}\n",
        lists=True,
    ),
    "Docs/03-Reference/Troubleshooting.md": Page(
        "# Troubleshooting\n\n## Start\n\n- look at the first line of the log kcaz\n\n## Network\n\n"
        "- try it without the proxy kcbz\n",
        lists=True,
    ),
}
NEW_PAGES = (
    (BANK + "/sessions/{day}_{topic}.md", Page(
        "# {topic} - {day}\n\n## Topics Discussed\n\n- {first}\n\n## Follow-up Items\n\n- [ ] {sub}\n", lists=True)),
    (BANK + "/agent-memory-banks/{slug}.md", Page(
        "# {who} Memory Bank\n\n## Known Patterns\n\n- {first}\n", "### {day}: {first}\n\n**Decision**: {more}\n",
        lists=True)),
)  # fmt: skip
BUFFERS = tuple(f"{BANK}/{name}" for name in ("patterns-buffer.md", "lessons-buffer.md", "decisions-inbox.md"))
ROOTS = (BANK, BESIDE, "Docs")

WORDS = """
gate queue cache token retry index parser lease clock batch shard ledger worker bucket stream socket buffer cursor
schema tenant ticket harness fixture mirror backlog rollout canary replica quota timeout payload header digest
checksum snapshot rebuild cleanup upgrade rollback handshake deadlock overflow latency jitter backoff sampling
tracing alerting paging sharding caching pooling hashing sorting parsing linting merging naming logging slow late
early stale broken missing double silent noisy shared hidden nested empty large small partial final first second
nightly weekly before after without between behind above under around because while until unless again twice never
always often rarely needs keeps drops holds blocks loses finds moves opens closes reads writes starts stops fails
passes waits returns
""".split()  # noqa: SIM905 - a list of so many words is no better read


def page_of(path: str) -> Page | None:
    """How a file is written; None for those that only a harvest or a roll writes."""
    if path in PAGES:
        return PAGES[path]
    for pattern, page in NEW_PAGES:
        folder, name = pattern.rpartition("/")[::2]
        if path.startswith(f"{folder}/") and "{" in name and "archive/" not in path:
            return page
    return None
