"""What a reviewer gets to see in CI of merges that were made without mbgit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.clones.test_restore import BUFFER, LESSONS, OURS, SEED, THEIRS, diverge, lose
from tests.support import GIT, ROOT, Clone

Team = Callable[..., list[Clone]]


def test_a_range_names_the_merges_that_would_have_been_others(team: Team, tmp_path: Path) -> None:
    (web,) = team("Web", seed=SEED)
    base = web.head
    diverge(web, OURS, THEIRS)
    lossy = lose(web)
    here, there = (SEED[LESSONS] + f"- [2025-10-05] {side}\n" for side in ("here", "there"))
    diverge(web, here, there, LESSONS)
    odd = lose(web, there + "- [2025-10-05] here, as it were\n", LESSONS)
    diverge(web, web.read(BUFFER).replace("two", "two, and more"), web.read(BUFFER) + "- [2025-10-06] clean\n")
    web.git("merge", "-q", "--no-ff", "--no-edit", "topic", check=False)

    summary = tmp_path / "summary.md"
    env = {"MBGIT_PYTHON": sys.executable, "GITHUB_STEP_SUMMARY": str(summary)}
    done = web.run("bash", str(ROOT / "hooks/pre-push"), f"{base}..HEAD", check=False, **env)
    assert done.returncode == 1
    assert "the merge lost 2 entries" in done.stdout
    rows = [row for row in done.stdout.splitlines() if "not mbgit's" in row]
    assert rows[0] == (f'mbgit: merge {odd[:10]} by "Web", not mbgit\'s, of {LESSONS}: lost no entry')
    assert rows[1] == (
        f'mbgit: merge {lossy[:10]} by "Web", not mbgit\'s, of {BUFFER}: lost "[2025-10-03] yours" and 1 more: '
        f'git show "{lossy[:10]}^2:{BUFFER}"'
    )
    assert len(rows) == 2
    table = summary.read_text().splitlines()
    assert table[0] == "### Merges that mbgit would have made otherwise"
    assert table[2] == "| merge | by | file | lost |"
    assert table[5].startswith(f'| {lossy[:10]} | "Web" | memory-bank/patterns-buffer.md | "\\[2025-10-03\\] yours", ')
    assert not (web.common / "mbgit").exists(), "a clone without mbgit stays one"
    assert web.git("worktree", "list").count("\n") == 0
    assert web.run(GIT, "fsck", "--no-dangling").stdout == ""


def test_a_range_that_merged_well_has_nothing_to_show(team: Team) -> None:
    (web,) = team("Web", seed=SEED)
    base = web.head
    one, other = diverge(web, OURS, THEIRS)
    web.git("merge", "-q", "--no-ff", "--no-edit", "topic", check=False)
    good = "# Patterns Buffer\n\n## Patterns\n\n- [2025-10-02] two\n- [2025-10-03] mine\n- [2025-10-03] yours\n"
    web.write(BUFFER, good + "- [2025-10-04] yours, too\n")
    web.past_gate("Merge topic")
    done = web.run("bash", str(ROOT / "hooks/pre-push"), f"{base}..HEAD", check=False, MBGIT_PYTHON=sys.executable)
    assert (done.returncode, done.stdout) == (0, "mbgit: nothing blocks\n"), (one, other)
