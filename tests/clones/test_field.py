"""Layouts of the field: found with no option, merged by kind, and never asked for a form that is not theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clones.test_gate import lines
from tests.support import GIT, Clone, install

Team = Callable[..., list[Clone]]

# One repository with a bank of every tool, each in its tool's own style.
SEED = {
    "memory-bank/projectbrief.md": "# Project Brief\n\nA shop for tea.\n",
    "memory-bank/productContext.md": "# Product Context\n\n## Why\n\nTea is good.\n",
    "memory-bank/activeContext.md": "# Active\n\n[2025-10-01 09:00:00] - began\n\n## Current Focus\n\n* The cart\n",
    "memory-bank/systemPatterns.md": "# System Patterns\n\n*   One module, one table\n",
    "memory-bank/techContext.md": "# Tech Context\n\n### Stack\n\n- Python\n",
    "memory-bank/progress.md": "# Progress\n\n## Completed\n\n* [2025-10-01 09:00:00] - Set up\n\n## Next Steps\n\n*\n",
    "memory-bank/decisionLog.md": "# Decision Log\n\n## Decision\n\n*   Use a queue\n\n## Rationale\n\n*\n",
    ".claude/memory/MEMORY.md": "# Memory\n\n- [Stack](stack.md) — what we use\n",
    ".claude/memory/stack.md": "---\nname: stack\ndescription: what we use\n---\n\nPython.\n",
    ".claude/agent-memory/reviewer/MEMORY.md": "- [Style](style.md) - how we write\n",
    ".claude/agent-memory/reviewer/style.md": "Short.\n",
    ".squad/decisions.md": "# Decisions\n\n---\n\n### 2025-10-01: Use tabs\n**By:** Ada\n**What:** Tabs\n**Why:** It\n",
    ".squad/agents/ada/history.md": "# Ada\n\n## Learnings\n\n📌 Team update (2025-10-01): tabs — decided by Ada\n",
    ".squad/agents/ada/charter.md": "# Ada\n\n[Role]\n\n[nowhere](no/such/file.md)\n",
    ".squad/templates/history.md": "# {name}\n\n[What](no/such.md)\n",
    ".squad/identity/now.md": "---\nupdated_at: 2025-10-01\nfocus_area: The cart\n---\n\n# Now\n\nThe cart\n",
    ".squad/log/2025-10-01-setup.md": "# Session\n\n**Who:** Ada\n",
    ".kilocode/rules/memory-bank/brief.md": "Tea.\n",
    ".kilocode/rules/memory-bank/context.md": "# Context\n\nCurrent work focus: the cart\n",
    ".serena/memories/tech_stack.md": "# Tech stack\n- Python\n",
    ".context/DECISIONS.md": "# Decisions\n\n## [2025-10-01-120000] Use a queue\n\n**Status**: Accepted\n",
    ".context/ARCHITECTURE.md": "# Architecture\n\nOne process.\n",
    ".cursor/memory-bank/tasks.md": "# Tasks\n\n- [ ] Build the cart\n",
    "SESSION_LOG.md": "# Session Log\n\n## Session 1\n\nDid things\n",
    "HANDOFF.md": "# Handoff\n\n- look at the cart\n",
}
# What one agent adds in a day, in the same styles: text at the end of a file, or a new file.
DAY = {
    "memory-bank/activeContext.md": "* [2025-10-09 09:00:00] - {who} works on the cart\n",
    "memory-bank/progress.md": "* [2025-10-09 09:00:00] - {who} finished a thing\n",
    "memory-bank/decisionLog.md": "\n[2025-10-09 09:00:00] - {who}: a queue for mails\n",
    ".claude/memory/MEMORY.md": "- [Of {who}](of-{who}.md) — {who} keeps a pet\n",
    ".claude/memory/of-{who}.md": "---\nname: {who}\n---\n\nA cat of {who}.\n",
    ".claude/agent-memory/reviewer/MEMORY.md": "- [{who}](style.md) - asks for tests\n",
    ".squad/decisions.md": "\n### 2025-10-09: {who} takes the cart\n**By:** {who}\n**What:** Cart\n**Why:** Free\n",
    ".squad/decisions/inbox/{who}-cart.md": "### 2025-10-09: {who}\n**By:** {who}\n**What:** cart\n",
    ".squad/agents/ada/history.md": "📌 Team update (2025-10-09): {who} has the cart — decided by {who}\n",
    ".serena/memories/tech_stack.md": "- what {who} uses\n",
    ".context/DECISIONS.md": "\n## [2025-10-09-090000] {who} decides\n\n**Context**: none\n\n**Decision**: yes\n",
    "SESSION_LOG.md": "\n## Session of {who}\n\nDid more\n",
}


def work(clone: Clone, who: str) -> None:
    for path, text in DAY.items():
        file = clone.path / path.format(who=who)
        clone.write(path.format(who=who), (file.read_text() if file.exists() else "") + text.format(who=who))


@pytest.fixture
def pair(team: Team) -> list[Clone]:
    """Ada and Bob, with every bank of the field in one repository."""
    clones = team("Ada", "Bob", seed=SEED)
    for clone in clones:
        clone.installed = install(clone).stdout  # type: ignore[attr-defined]
    return clones


def drivers(clone: Clone, *paths: str) -> dict[str, str]:
    said = clone.git("check-attr", "-z", "merge", *paths).split("\0")
    return dict(zip(said[::3], said[2::3], strict=False))


def test_every_bank_is_found_and_the_last_line_says_how_many_files_are_governed(pair: list[Clone]) -> None:
    printed = pair[0].installed.splitlines()  # type: ignore[attr-defined]
    assert printed[-1] == f"{len(SEED) - 1} of {len(SEED)} files governed"
    at = printed.index("[[files]]")
    assert printed[at : at + 3] == ["[[files]]", 'path = "HANDOFF.md"', 'merge = "latest"']
    found = drivers(pair[0], *SEED)
    latest = {path for path, driver in found.items() if driver == "mbgit-latest"}
    names = ("projectbrief", "productContext", "activeContext", "systemPatterns", "techContext")
    assert latest == {
        *(f"memory-bank/{name}.md" for name in names),
        ".squad/identity/now.md", ".context/ARCHITECTURE.md",
        ".kilocode/rules/memory-bank/brief.md", ".kilocode/rules/memory-bank/context.md",
    }  # fmt: skip
    assert found.pop("SESSION_LOG.md") == "mbgit-log"
    assert found.pop("HANDOFF.md") == "unspecified"
    assert {driver for path, driver in found.items() if path not in latest} == {"mbgit-union"}
    assert install(pair[0], "--check").returncode == 0


def test_two_days_of_work_in_every_style_merge_without_a_word_of_another_layout(pair: list[Clone]) -> None:
    ada, bob = pair
    for clone, who in ((ada, "ada"), (bob, "bob")):
        work(clone, who)
        clone.git("add", "-A")
        Clone.clock += 60
        said = lines(clone.run(GIT, "commit", "-qm", "a day"))
        assert len(said) <= 1, said
        assert not said or "warning" in said[0]
    assert lines(ada.run(GIT, "push", "-q")) == []
    Clone.clock += 40 * 24 * 3600
    done = bob.run(GIT, "pull", "-q", "--no-edit")
    printed = [line for line in done.stderr.splitlines() if "mbgit: " in line]
    merged = [line for line in printed if "merged " in line]
    rest = [line for line in printed if line not in merged and "arrived" not in line]
    assert len(rest) == 1, rest
    assert 'focus in memory-bank/activeContext.md: "The cart"' in rest[0]
    for path, text in DAY.items():
        for who in ("ada", "bob"):
            assert text.format(who=who).strip() in bob.read(path.format(who=who)), path
    assert "<<<<<<<" not in "".join(bob.read(path) for path in SEED)
    assert lines(bob.run(GIT, "push", "-q")) == []
    for ref in ("mbgit/harvest", "mbgit/upkeep"):
        assert bob.git("rev-parse", "-q", "--verify", f"refs/{ref}", check=False) == ""
    ada.git("pull", "-q")
    whole = ada.git("show", "mbgit/report")
    assert not any(word in whole for word in ("overdue", "touched neither", " holds ", "lock by"))


def test_form_never_refuses_there_and_what_breaks_a_page_does(pair: list[Clone]) -> None:
    ada, _ = pair
    odd = "\n### 2025-02-31: no such day\n[dead](no/such.md)\n\n##### deep\n\n**Decision**: so\n"
    ada.write(".squad/decisions.md", ada.read(".squad/decisions.md") + odd)
    ada.write(".squad/templates/x.md", "[dead](no/such.md)\n")
    ada.git("add", "-A")
    done = ada.run(GIT, "commit", "-qm", "odd")
    (said,) = lines(done)
    assert ".squad/decisions.md:" in said
    assert "(+1 more: git show mbgit/report)" in said
    ada.write(".squad/agents/ada/history.md", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    ada.git("add", "-A")
    assert "(markers)" in lines(ada.run(GIT, "commit", "-qm", "markers", check=False))[0]
    ada.git("reset", "-q", "--hard")
    ada.write(".claude/memory/stack.md", "token: ghp_" + "Zx81mQ0cVt7RbLw2Kd93Yp5Ne6Ha4SfUgJ1T\n")
    ada.git("add", "-A")
    assert "(secrets)" in lines(ada.run(GIT, "commit", "-qm", "key", check=False))[0]


def test_a_merge_that_loses_an_entry_is_refused_in_any_bank(pair: list[Clone]) -> None:
    ada, bob = pair
    work(ada, "ada")
    ada.past_gate()
    ada.git("push", "-q")
    work(bob, "bob")
    bob.past_gate()
    bob.git("fetch", "-q")
    bob.git("merge", "-q", "--no-edit", "-s", "ours", "origin/main")
    done = bob.run(GIT, "push", check=False)
    assert done.returncode == 1
    assert any(".squad/decisions.md: the merge lost 1 entry" in line for line in lines(done))


def test_a_team_names_files_of_its_own(pair: list[Clone]) -> None:
    ada, _ = pair
    named = {"HANDOFF.md": "latest", "docs/status.md": "union"}
    tables = (f'[[files]]\npath = "{path}"\nmerge = "{merge}"\n' for path, merge in named.items())
    ada.write(".mbgit.toml", "".join(tables))
    printed = install(ada).stdout.splitlines()
    assert printed[-1] == f"{len(SEED)} of {len(SEED)} files governed"
    assert "[[files]]" not in printed
    assert drivers(ada, *named) == {path: f"mbgit-{merge}" for path, merge in named.items()}
    ada.git("add", "-A")
    ada.write("docs/status.md", "# Status\n\n[dead](no/such.md)\n")
    ada.write("HANDOFF.md", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    ada.git("add", "-A")
    found = lines(ada.run(GIT, "commit", "-qm", "status", check=False))
    assert [line for line in found if "docs/status.md" in line and "warning" in line]
    assert [line for line in found if line.startswith("HANDOFF.md") and "(markers)" in line]
