"""What a bank needs while nobody looks: proposed once a day, accepted with `git merge`."""

from __future__ import annotations

from collections.abc import Callable

from tests.support import GIT, Clone
from tests.support import armed as install

BANK = ".claude/memory-bank"
LOG, CONTEXT = f"{BANK}/SESSION_LOG.md", f"{BANK}/activeContext.md"
ENTRY = "\n## 2025-{month:02}-{day:02} 10:00 - Ada\n\n- {n}: {words}\n"
TABLE = "\n## Active Work\n\n| Agent | File | Action | Started | ETA |\n|---|---|---|---|---|\n"
SAID = "- [2025-08-21] Keys are built from tenant and path\n"
SEED = {LOG: "# Session Log\n", CONTEXT: "# Active Context\n\n## Current Focus\n\nThe parser.\n", "code": "1\n"}

Team = Callable[..., list[Clone]]


def said(clone: Clone, *args: str) -> list[str]:
    Clone.clock += 60
    done = clone.run(GIT, *args)
    assert "Traceback" not in done.stderr
    return [row for row in done.stderr.replace("\r", "\n").splitlines() if "upkeep" in row or "broke" in row]


def long_log(count: int) -> str:
    days = ((6 + n // 28 % 3, 1 + n % 28, n) for n in range(count))
    return SEED[LOG] + "".join(ENTRY.format(month=m, day=d, n=n, words="x" * 900) for m, d, n in sorted(days))


def test_a_log_that_is_too_long_is_rolled_by_month(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    ada.write(LOG, long_log(80))
    ada.past_gate("a long summer")
    ada.git("push", "-q")
    (line,) = said(bob, "pull", "-q")
    assert line.startswith("mbgit: upkeep proposed: ")
    assert line.endswith(": git log -p HEAD..mbgit/upkeep, then git merge mbgit/upkeep")
    assert bob.git("status", "--porcelain") == ""
    accepted = bob.run(GIT, "merge", "-q", "mbgit/upkeep")
    assert accepted.stderr == ""
    message = bob.git("show", "-s", "--format=%B", "HEAD")
    assert message.count(' - Ada" by "Ada" in ') == message.count("\n- ") > 30
    assert message.endswith("\n\nCo-authored-by: Ada <ada@example.org>")
    archives = sorted(path.name for path in (bob.path / BANK / "archive").iterdir())
    assert archives == ["SESSION_LOG-2025-06.md", "SESSION_LOG-2025-07.md", "SESSION_LOG-2025-08.md"]
    texts = [bob.read(f"{BANK}/archive/{name}") for name in archives] + [bob.read(LOG)]
    for n in range(80):
        assert sum(text.count(f"- {n}: x") for text in texts) == 1
    assert bob.run(GIT, "push", "-q", "origin", "HEAD").returncode == 0


def test_it_is_proposed_once_a_day(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    printed = []
    for later in (0, 3600, 24 * 3600):
        Clone.clock += later
        ada.write(LOG, long_log(80) + ENTRY.format(month=10, day=9, n=later, words="y"))
        ada.write("code", f"{later}\n")
        ada.past_gate("more")
        ada.git("push", "-q")
        printed.append(len(said(bob, "pull", "-q")))
    assert printed == [1, 0, 1]


def test_locks_that_ran_out_are_taken_down(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    ada.write(CONTEXT, SEED[CONTEXT] + TABLE + "| Tech Lead | code | Refactoring | 09:00 | 09:20 |\n")
    ada.past_gate("lock")
    Clone.clock += 3600
    ada.write(CONTEXT, ada.read(CONTEXT) + "| Debugger | code | Hunting | 10:00 | 10:20 |\n")
    ada.past_gate("lock")
    ada.git("push", "-q")
    assert len(said(bob, "pull", "-q")) == 1
    bob.git("merge", "-q", "mbgit/upkeep")
    assert bob.read(CONTEXT) == SEED[CONTEXT] + TABLE + "| Debugger | code | Hunting | 10:00 | 10:20 |\n"


def test_no_file_of_mbgit_s_bears_the_name_of_a_ref(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    ada.write(LOG, long_log(80))
    ada.past_gate("a long summer")
    ada.git("push", "-q")
    said(bob, "pull", "-q")
    refs = {ref.split("/")[2] for ref in bob.git("for-each-ref", "--format=%(refname)", "refs/mbgit").split()}
    assert {"report", "upkeep", "template", "backup"} <= refs
    files = {path.name for path in (bob.path / ".git/mbgit").iterdir()}
    assert not files & (refs | {"harvest", "migrate", "superseded"})


def test_a_clean_bank_has_no_proposal(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    ada.write(LOG, long_log(1))
    ada.write(LOG, SEED[LOG] + "\n## 2025-10-09 08:00 - Ada\n\n- began\n")
    ada.past_gate("one")
    ada.git("push", "-q")
    assert said(bob, "pull", "-q") == []
    assert bob.git("for-each-ref", "refs/mbgit/upkeep") == ""


def test_a_rebase_brings_the_proposal_along(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED)
    install(bob)
    ada.past_gate("elsewhere in the bank", 60, **{CONTEXT: SEED[CONTEXT] + "More.\n"})
    ada.git("push", "-q")
    bob.past_gate("a long summer", 60, **{LOG: long_log(80)})
    assert said(bob, "pull", "-q", "--no-rebase", "--no-edit")
    ada.past_gate("code alone", code="2\n")
    ada.git("push", "-q")
    said(bob, "pull", "-q", "--rebase")
    assert bob.git("merge-base", "mbgit/upkeep", "HEAD") == bob.git("rev-parse", "HEAD")


def twice(team: Team) -> tuple[Clone, Clone]:
    """Two clones; the second has a proposal to take out the later one of two equal entries, and each of the commits."""
    ada, bob = team("Ada", "Bob", seed=SEED | {".mbgit.toml": "[upkeep]\ndoubles = true\n"})
    install(bob)
    for name, line in (("patterns", SAID), ("lessons", SAID), ("other", "- something else\n")):
        ada.past_gate(name, 60, **{f"{BANK}/{name}-buffer.md": f"# Buffer\n\n- {name}\n{line}"})
    ada.git("push", "-q")
    assert len(said(bob, "pull", "-q")) == 1
    assert f"-{SAID}" in bob.git("show", "mbgit/upkeep") + "\n"
    return ada, bob


def standing(clone: Clone) -> int:
    return sum(path.read_text().count(SAID) for path in (clone.path / BANK).glob("*-buffer.md"))


def test_a_double_that_somebody_ended_is_not_ended_again(team: Team) -> None:
    _, bob = twice(team)
    bob.past_gate("once", 60, **{f"{BANK}/patterns-buffer.md": "# Buffer\n\n- patterns\n"})
    bob.run(GIT, "merge", "-q", "mbgit/upkeep", check=False)
    assert standing(bob) == 1


def test_what_somebody_deleted_is_not_put_into_the_archive(team: Team) -> None:
    journal = f"{BANK}/sessions/2025-09-01_start.md"
    text = "# Start - 2025-09-01\n\n## Follow-up Items\n\n- [x] write it down\n"
    ada, bob = team("Ada", "Bob", seed=SEED | {".mbgit.toml": "[upkeep]\njournals = true\n", journal: text})
    install(bob)
    Clone.clock += 10 * 24 * 3600
    ada.past_gate("anything", 60, **{CONTEXT: SEED[CONTEXT] + "More.\n"})
    ada.git("push", "-q")
    assert len(said(bob, "pull", "-q")) == 1
    bob.git("rm", "-q", journal)
    bob.commit("gone")
    bob.run(GIT, "merge", "-q", "mbgit/upkeep", check=False)
    assert not [path for path in bob.git("ls-files").split("\n") if path.endswith("_start.md")]


def test_where_each_of_two_took_out_another_copy_the_push_says_so(team: Team) -> None:
    ada, bob = twice(team)
    ada.past_gate("once", 60, **{f"{BANK}/patterns-buffer.md": "# Buffer\n\n- patterns\n"})
    ada.git("push", "-q")
    bob.git("merge", "-q", "mbgit/upkeep")
    bob.git("pull", "-q", "--no-edit")
    assert standing(bob) == 0
    refused = bob.run(GIT, "push", "-q", "origin", "HEAD", check=False)
    printed = "each side took out another copy, and the merge lost 1 entry"
    assert refused.returncode
    assert printed in refused.stderr
    bob.past_gate("kept", 60, **{f"{BANK}/lessons-buffer.md": f"# Buffer\n\n- lessons\n{SAID}"})
    bob.git("push", "-q", "origin", "HEAD")


def test_a_proposal_that_cannot_be_made_anew_is_taken_back(team: Team) -> None:
    """git goes through several reverts, and calls no hook behind the last one."""
    _, bob = twice(team)
    bob.git("revert", "--no-edit", "HEAD", "HEAD~2")
    bob.run(GIT, "merge", "-q", "mbgit/upkeep", check=False)
    assert standing(bob) == 1


def test_links_in_what_is_rolled_lead_where_they_led_and_the_push_passes(team: Team) -> None:
    ada, bob = team("Ada", "Bob", seed=SEED | {f"{BANK}/progress.md": "# Progress\n"})
    install(bob)
    ada.write(LOG, long_log(80).replace("- 7: x", "- 7: [plan](progress.md) x"))
    ada.past_gate("a long summer")
    ada.git("push", "-q")
    said(bob, "pull", "-q")
    said(bob, "merge", "-q", "mbgit/upkeep")
    assert "- 7: [plan](../progress.md) x" in bob.read(f"{BANK}/archive/SESSION_LOG-2025-06.md")
    bob.git("push", "-q", "origin", "HEAD")


def test_links_to_what_is_rolled_follow_it_and_the_push_passes(team: Team) -> None:
    days = {"08-01": "08-02", "08-02": "10-08", "10-08": "08-01"}
    log = "# Session Log\n" + "".join(
        f"\n## 2025-{day} 10:00 - Ada\n\n- [see](#2025-{to}-1000---ada)\n" for day, to in days.items()
    )
    page = SEED[CONTEXT] + "\n- [began](SESSION_LOG.md#2025-08-01-1000---ada)\n"
    ada, bob = team("Ada", "Bob", seed=SEED | {LOG: log})
    install(bob)
    ada.write(CONTEXT, page)
    ada.past_gate("linked")
    ada.git("push", "-q")
    said(bob, "pull", "-q")
    said(bob, "merge", "-q", "mbgit/upkeep")
    bob.git("push", "-q", "origin", "HEAD")
    archive = "archive/SESSION_LOG-2025-08.md"
    assert bob.read(LOG).endswith(f"[see]({archive}#2025-08-01-1000---ada)\n")
    assert f"({archive}#2025-08-01-1000---ada)" in bob.read(CONTEXT)
    assert bob.read(f"{BANK}/{archive}").count("(../SESSION_LOG.md#2025-10-08-1000---ada)") == 1
    assert bob.read(f"{BANK}/{archive}").count("(SESSION_LOG-2025-08.md#2025-08-02-1000---ada)") == 1
