"""What merges lose that are made without mbgit comes back: real clones, a merge made elsewhere, a proposal."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable

import pytest

from tests.support import GIT, Clone
from tests.support import armed as install

BANK = "memory-bank"
BUFFER = f"{BANK}/patterns-buffer.md"
LESSONS = f"{BANK}/lessons-buffer.md"
CONTEXT = f"{BANK}/activeContext.md"
SEED = {
    BUFFER: "# Patterns Buffer\n\n## Patterns\n\n- [2025-10-01] one\n- [2025-10-02] two\n",
    LESSONS: "# Lessons Buffer\n\n## Lessons\n\n- [2025-10-01] a lesson\n",
    CONTEXT: "# Active Context\n\n## Current Focus\n\nnothing\n",
}
REF = "refs/mbgit/restore"

Team = Callable[..., list[Clone]]
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def pair(team: Team) -> tuple[Clone, Clone]:
    """Ada has mbgit, Web merges without it."""
    ada, web = team("Ada", "Web", seed=SEED)
    install(ada)
    return ada, web


def save(clone: Clone, path: str, text: str, message: str = "work") -> str:
    clone.write(path, text)
    return clone.past_gate(message)


def diverge(web: Clone, ours: str, theirs: str, path: str = BUFFER) -> tuple[str, str]:
    """A branch beside main, each with its own text of a file; both commits."""
    web.git("switch", "-qC", "topic", "main")
    side = save(web, path, theirs, "theirs")
    web.git("switch", "-q", "main")
    return save(web, path, ours, "ours"), side


def lose(web: Clone, result: str | None = None, path: str = BUFFER, message: str = "Merge topic") -> str:
    """Merge topic into main as a browser does it in a hurry, with main's file or with `result`, and push."""
    web.run(GIT, "merge", "--no-commit", "topic", check=False)
    web.git("checkout", "--ours", path, check=False)
    if result is not None:
        web.write(path, result)
    made = web.past_gate(message)
    web.git("push", "-q", "origin", "main")
    return made


def pull(clone: Clone) -> list[str]:
    """What mbgit says at a pull about what was lost."""
    done = clone.run(GIT, "pull", "-q", "--no-rebase", "--no-edit")
    return [row for row in done.stderr.splitlines() if "restore" in row]


def as_mbgit_merges(clone: Clone, one: str, other: str, path: str = BUFFER) -> str:
    tree = clone.git("merge-tree", "--write-tree", one, other).split("\n")[0]
    return clone.git("show", f"{tree}:{path}")


OURS = SEED[BUFFER] + "- [2025-10-03] mine\n"
THEIRS = SEED[BUFFER].replace("- [2025-10-01] one\n", "") + "- [2025-10-03] yours\n- [2025-10-04] yours, too\n"


def test_what_a_merge_elsewhere_lost_is_one_git_merge_away(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    one, other = diverge(web, OURS, THEIRS)
    merge = lose(web)
    index, ledger = ada.git("ls-files", "-s"), ada.common / "mbgit/merges.jsonl"
    (line,) = pull(ada)
    assert line == (
        f'mbgit: restore ready: 2 entries of {BUFFER} that merge {merge[:10]} by "Web" lost: '
        "git show mbgit/restore, then git merge mbgit/restore"
    )
    assert (ada.head, ada.git("status", "--porcelain")) == (merge, "")
    assert ada.git("ls-files", "-s") != index, "that is the pull's"
    assert ada.git("rev-list", "--parents", "-n1", REF).split()[1:] == [merge]
    message = ada.git("log", "-1", "--format=%B", REF)
    assert message.startswith(f"Restore 2 entries that merge {merge[:10]} lost\n")
    assert f'- "[2025-10-04] yours, too" by "Web" in {other[:12]}' in message
    assert "- 1 line goes that a side of that merge had taken out or reworded\n" in message
    trailers = ada.git("log", "-1", "--format=%(trailers:only,unfold)", REF).splitlines()
    assert trailers == ["Co-authored-by: Web <web@example.org>", f"Restored-from: {BUFFER} {other}"]
    assert not ledger.exists(), "a merge that is only tried leaves no trace"
    assert ada.git("for-each-ref", "refs/mbgit/superseded") == ""
    assert ada.git("worktree", "list").count("\n") == 0
    assert list((ada.common / "mbgit").glob("merging-*")) == []

    done = ada.run(GIT, "merge", "-q", "mbgit/restore")
    assert ada.git("show", f"HEAD:{BUFFER}") == as_mbgit_merges(ada, one, other)
    assert "restore" not in done.stderr
    assert ada.git("for-each-ref", REF) == ""
    assert not (ada.common / "mbgit/losses.json").exists()
    assert ada.git("push", "-q", "origin", "main") == ""


def test_a_pull_that_changes_nothing_here_may_have_lost_what_is_elsewhere(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    web.git("switch", "-qc", "topic")
    save(web, BUFFER, THEIRS, "theirs")
    web.git("push", "-q", "origin", "topic")
    save(ada, BUFFER, OURS, "ours")
    ada.git("push", "-q", "origin", "main")
    web.git("switch", "-q", "main")
    web.git("pull", "-q")
    merge = lose(web)
    assert len(pull(ada)) == 1
    assert ada.git("rev-parse", "HEAD", f"{REF}^") == f"{merge}\n{merge}"
    ada.git("reset", "-q", "--hard", "HEAD^")
    ada.git("update-ref", "-d", REF)
    (ada.common / "mbgit/losses.json").unlink()
    done = ada.run(GIT, "pull", "-q", "--rebase")
    assert "restore ready" in done.stderr


def test_who_ignores_it_has_seen_it_once(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    diverge(web, OURS, THEIRS)
    lose(web)
    assert len(pull(ada)) == 1
    for turn in range(2):
        tip = save(web, LESSONS, SEED[LESSONS] + f"- [2025-10-05] turn {turn}\n")
        web.git("push", "-q", "origin", "main")
        assert pull(ada) == []
        assert "restore ready: 2 entries" in ada.git("show", "mbgit/report")
        assert ada.git("rev-parse", f"{REF}^") == tip, "it keeps up all the same"
    # Somebody puts one of the two back and takes it out again on purpose: it stays out.
    save(web, BUFFER, OURS + "- [2025-10-03] yours\n")
    save(web, BUFFER, OURS)
    web.git("push", "-q", "origin", "main")
    assert pull(ada) == []
    text = ada.git("show", f"{REF}:{BUFFER}")
    assert (text.count("] yours\n"), text.count("] yours, too")) == (0, 1)
    save(web, BUFFER, OURS + "- [2025-10-04] yours, too\n")
    web.git("push", "-q", "origin", "main")
    assert pull(ada) == []
    assert ada.git("for-each-ref", REF) == ""
    assert "restore" not in ada.git("show", "mbgit/report")


def test_what_moved_or_may_go_is_not_brought_back(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    diverge(web, OURS, THEIRS)
    lose(web, message=f"Merge topic\n\nMbgit-Allow: lost {BUFFER}")
    assert pull(ada) == []
    diverge(web, SEED[LESSONS] + "- [2025-10-05] here\n", SEED[LESSONS] + "- [2025-10-06] there\n", LESSONS)
    web.git("merge", "-q", "--no-commit", "topic", check=False)
    web.git("checkout", "--ours", LESSONS)
    web.write(BUFFER, OURS + "- [2025-10-06] there\n")
    web.past_gate("Merge topic")
    web.git("push", "-q", "origin", "main")
    assert pull(ada) == []
    assert ada.git("for-each-ref", REF) == ""


def test_what_somebody_wrote_into_the_merge_and_since_stays(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    diverge(web, OURS, THEIRS)
    lose(web, OURS + "- [2025-10-07] resolved in the browser\n")
    save(web, BUFFER, web.read(BUFFER).replace("two", "two, edited since"))
    web.git("push", "-q", "origin", "main")
    assert len(pull(ada)) == 1
    ada.git("merge", "-q", "mbgit/restore")
    text = ada.read(BUFFER)
    for entry in ("one", "two, edited since", "mine", "yours", "yours, too", "resolved in the browser"):
        assert text.count(f"] {entry}\n") == 1, text


def test_elsewhere_than_on_the_teams_branch_it_waits(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    diverge(web, OURS, THEIRS)
    merge = lose(web)
    ada.git("switch", "-qc", "mine", "--track", "origin/main")
    assert pull(ada) == ["mbgit: no restore here: the team syncs on main"]
    assert ada.git("for-each-ref", REF) == ""
    ada.git("switch", "-q", "main")
    (line,) = pull(ada)
    assert line.startswith(f"mbgit: restore ready: 2 entries of {BUFFER} that merge {merge[:10]}")
    made = ada.git("rev-parse", REF)
    ada.git("switch", "-qc", "older", "HEAD~2")
    save(ada, BUFFER, "# Patterns Buffer\n", "take all out")
    assert ada.git("rev-parse", REF) == made, "a commit on another branch is none of its business"
    ada.git("switch", "-q", "main")
    save(ada, BUFFER, ada.read(BUFFER).replace("- [2025-10-02] two\n", ""), "take one out")
    assert ada.git("rev-parse", f"{REF}^") == ada.head
    install(ada, "--uninstall")
    assert ada.git("for-each-ref", REF) == ""


def test_latest_wins_by_the_clock_of_the_drivers(pair: tuple[Clone, Clone]) -> None:
    ada, web = pair
    ours = SEED[CONTEXT].replace("nothing", "ours, earlier") + "\n## Blockers\n\n- [ ] blocked by theirs\n"
    theirs = SEED[CONTEXT].replace("nothing", "theirs, earlier") + "\n## Next Steps\n\n- [ ] added by theirs\n"
    one, other = diverge(web, ours, theirs, CONTEXT)
    lose(web, path=CONTEXT)
    assert len(pull(ada)) == 1
    ada.git("merge", "-q", "mbgit/restore")
    assert ada.git("show", f"HEAD:{CONTEXT}") == as_mbgit_merges(ada, one, other, CONTEXT)
    assert "ours, earlier" in ada.read(CONTEXT)


WAYS = (("-s", "ours"), ("-X", "ours"), ("-X", "theirs"))
FILES = {BUFFER: SEED[BUFFER], LESSONS: SEED[LESSONS], CONTEXT: SEED[CONTEXT]}


def edit(rng: random.Random, text: str, who: str) -> str:
    """A few random edits of a file: entries added, taken out, reworded."""
    rows = text.split("\n")
    for number in range(rng.randint(1, 4)):
        places = [at for at, row in enumerate(rows) if row.startswith("- ")]
        at = rng.choice(places or [len(rows) - 1])
        act = rng.choice(("add", "add", "add", "drop", "reword")) if places else "add"
        if act == "drop":
            del rows[at]
        elif act == "reword":
            rows[at] += f", as {who} has it ({rng.random()})"
        else:
            rows.insert(at + 1, f"- [2025-10-{rng.randint(10, 28)}] {who} wrote no {number}: {rng.random()}")
    return "\n".join(rows)


@pytest.mark.parametrize("seed", [3, pytest.param(range(2, 25), marks=pytest.mark.storm)])
def test_a_restore_is_the_merge_that_mbgit_would_have_made(pair: tuple[Clone, Clone], seed: int | range) -> None:
    """Random histories: whatever way a merge elsewhere lost what it lost."""
    ada, web = pair
    count = 0
    for number in seed if isinstance(seed, range) else (seed,):
        rng = random.Random(number)
        for who in ("topic", "main"):
            web.git("switch", "-qC" if who == "topic" else "-q", who)
            for _ in range(rng.randint(1, 3)):
                path = rng.choice(list(FILES))
                last = f"\n- [2025-10-30] the last of {who}: {rng.random()}\n"
                web.past_gate(who, 60, **{path: edit(rng, web.read(path), who) + last})
        one, other = web.git("rev-parse", "main", "topic").split()
        web.git("merge", "-q", "--no-edit", "--no-verify", *rng.choice(WAYS), "topic")
        lossy = web.head
        web.git("push", "-q", "origin", "main")
        restored = pull(ada)
        count += len(restored)
        if restored:
            ada.git("merge", "-q", "mbgit/restore")
            for path in ada.git("diff", "--name-only", lossy, "HEAD").splitlines():
                assert ada.git("show", f"HEAD:{path}") == as_mbgit_merges(ada, one, other, path), number
            ada.git("push", "-q", "--no-verify", "origin", "main")
            web.git("pull", "-q")
        web.git("branch", "-qD", "topic")
    assert count, "at least one of them has lost something"
