"""Whatever happens while a proposal is built or accepted: every entry stands once, worktree and index untouched."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones.kills import age_locks
from tests.clones.test_harvest import BANK, BUFFER, HEAD, PATTERNS, RIPE, SEED, entries, harvest_lines, said, write
from tests.support import GIT, Clone
from tests.support import armed as install
from tests.support import install as really_install

Team = Callable[..., list[Clone]]
long = pytest.mark.storm  # a variation of another story: not in every run
REF = "refs/mbgit/harvest"
TWENTY = RIPE.splitlines()
MORE = "- [2025-09-21] pattern 21\n"


@pytest.fixture
def dee(team: Team) -> Clone:
    (clone,) = team("Dee", seed=SEED)
    install(clone)
    return clone


def ripen(clone: Clone, text: str = HEAD + RIPE) -> None:
    """Commit a ripe buffer; nothing of mbgit's runs."""
    clone.write(BUFFER, text)
    clone.git("add", BUFFER)
    Clone.clock += 60
    clone.git("commit", "-qm", "ripe", MBGIT="0")


def stamp(clone: Clone) -> tuple[str, ...]:
    """What no hook may touch: HEAD, the index and the worktree."""
    index = [clone.git("ls-files", "-s"), clone.git("status", "--porcelain=v2", "--branch", "--untracked-files=all")]
    return (*index, clone.git("diff"), clone.read(BUFFER))


def hook(clone: Clone, *before: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the hook that builds a proposal as git does, but with a PATH of the test's own."""
    ready = clone.path / ".git/mbgit/due"
    with contextlib.suppress(OSError):
        ready.touch()
    done = clone.run(*before, "sh", ".git/hooks/post-commit", check=False, **extra)
    assert "Traceback" not in done.stderr
    return done


def next_hook(clone: Clone) -> None:
    """Commit something else in the bank, so that the hook looks at it again."""
    write(clone, f"{BANK}/notes.md", "# Notes\n")


def assert_sound(clone: Clone) -> None:
    """No object is broken or wanting, and a proposal that stands is one whole commit on top of another."""
    clone.git("fsck", "--full", "--strict")
    if clone.git("for-each-ref", REF):
        both = clone.git("show", f"{REF}:{BUFFER}") + clone.git("show", f"{REF}:{PATTERNS}")
        before = clone.git("show", f"{REF}^:{BUFFER}") + clone.git("show", f"{REF}^:{PATTERNS}", check=False)
        assert sorted(row for row in both.splitlines() if row.startswith("- [2025")) == sorted(
            row for row in before.splitlines() if row.startswith("- [2025")
        )


def assert_accepted_once(clone: Clone, whole: list[str] = TWENTY, left: list[str] | None = None) -> None:
    """What stands is proposed, accepting it moves every entry once, and there is nothing to accept after that."""
    assert_sound(clone)
    assert clone.git("rev-parse", f"{REF}^") == clone.git("rev-parse", "HEAD")
    said(clone, "merge", "-q", REF)
    assert entries(clone) == (left or [])
    assert sorted(entries(clone, PATTERNS)) == sorted(whole)
    assert clone.git("for-each-ref", REF) == ""
    assert clone.git("status", "--porcelain") == ""
    assert said(clone, "pull", "-q", "--no-edit") == []
    assert_sound(clone)


# --- the hook dies, or has no room


def meddling(folder: Path, body: str) -> str:
    """A PATH on which every `git` of the hook runs `body` first (`real` is git, `n` the number of the call)."""
    real = shutil.which(GIT)
    (folder / "meddling").mkdir(exist_ok=True)
    stub, count = folder / "meddling/git", folder / "count"
    count.write_text("0\n")
    stub.write_text(
        f'#!/bin/sh\nreal={real}\nread -r n <{count}\nn=$((n + 1))\necho $n >{count}\n{body}\nexec $real "$@"\n'
    )
    stub.chmod(0o755)
    return f"{stub.parent}{os.pathsep}{os.environ['PATH']}"


def test_the_hook_is_killed_at_any_question_to_git(dee: Clone, tmp_path: Path) -> None:
    ripen(dee)
    before = stamp(dee)
    model = shutil.copytree(dee.path / ".git", tmp_path / "model")
    hook(dee, PATH=meddling(tmp_path, ""))
    calls = int((tmp_path / "count").read_text())
    assert calls > 15
    for call in range(1, calls + 1, 6):
        shutil.rmtree(dee.path / ".git")
        shutil.copytree(model, dee.path / ".git")
        hook(dee, PATH=meddling(tmp_path, f"[ $n -lt {call} ] || kill -9 $PPID $$"))
        assert stamp(dee) == before
        assert_sound(dee)
    next_hook(dee)
    assert_accepted_once(dee)


def test_head_moves_while_the_proposal_is_built(dee: Clone, tmp_path: Path) -> None:
    ripen(dee)
    dee.write("other", "x\n")
    dee.git("add", "other")
    move = f'case "$1 $2" in "update-ref {REF}") MBGIT=0 $real commit -qm meanwhile ;; esac'
    hook(dee, PATH=meddling(tmp_path, move))
    assert dee.git("log", "-1", "--format=%s") == "meanwhile"
    assert dee.git("rev-parse", f"{REF}^") == dee.git("rev-parse", "HEAD^")
    assert dee.git("show", "HEAD:other") == "x"
    next_hook(dee)
    assert_accepted_once(dee)
    assert dee.read("other") == "x\n"


def test_a_proposal_that_head_has_left_behind_is_merged_all_the_same(dee: Clone) -> None:
    write(dee, BUFFER, HEAD + RIPE)
    ripen(dee, HEAD + RIPE.replace("pattern 3\n", "pattern 3, seen again\n") + MORE)
    said(dee, "merge", "-q", "--no-edit", REF)
    assert entries(dee) == ["- [2025-09-03] pattern 3, seen again", MORE.strip()]
    assert sorted(entries(dee, PATTERNS)) == TWENTY
    assert_sound(dee)


def test_another_hook_is_quicker(dee: Clone, tmp_path: Path) -> None:
    ripen(dee)
    quicker = f"""case "$1 $2" in "update-ref {REF}")
        read -r done <{tmp_path}/done || {{ echo 1 >{tmp_path}/done; PATH=$OLD sh .git/hooks/post-commit; }} ;; esac"""
    (tmp_path / "done").touch()
    assert "broke" not in hook(dee, PATH=meddling(tmp_path, quicker), OLD=os.environ["PATH"]).stderr
    assert (tmp_path / "done").read_text()
    assert_accepted_once(dee)


def test_hooks_at_the_same_moment(dee: Clone) -> None:
    ripen(dee)
    (dee.path / ".git/mbgit/due").touch()
    command = ["sh", ".git/hooks/post-commit"]
    running = [subprocess.Popen(command, cwd=dee.path, env=dee.env(), stderr=subprocess.PIPE) for _ in range(3)]
    printed = [process.communicate()[1] for process in running]
    assert not any(b"Traceback" in text or b"broke" in text for text in printed)
    assert_accepted_once(dee)


def test_locks_that_a_killed_process_left_behind(dee: Clone) -> None:
    ripen(dee)
    for name in ("backup/2025-10-09", "harvest", "template/journal"):
        dee.write(f".git/refs/mbgit/{name}.lock", "")
    printed = hook(dee).stderr
    assert printed.count("mbgit: today's backup broke: see .git/mbgit/trouble.txt") == 1
    assert printed.count("mbgit: the proposal of a harvest broke: see .git/mbgit/trouble.txt") == 1
    assert dee.git("for-each-ref", REF) == ""
    (dee.path / ".git/refs/mbgit/harvest.lock").unlink()
    assert "harvest ready" in hook(dee).stderr
    age_locks(dee)
    assert "broke" not in "".join(write(dee, f"{BANK}/notes.md", "# Notes\n"))
    assert dee.git("for-each-ref", "refs/mbgit/backup")
    assert_accepted_once(dee)


def test_a_full_disk(small_disk: Path, home: Path) -> None:
    dee = Clone(small_disk / "repo", home, "Dee")
    dee.path.mkdir()
    dee.git("init", "-q", "--template=", "-b", "main")
    dee.commit("seed", 60, **SEED)
    install(dee)
    ripen(dee)
    before, filler = stamp(dee), small_disk / "filler"
    for left in (0, 4, 12, 24):
        filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - left * 1024)))
        hook(dee, TMPDIR=str(small_disk))
        filler.unlink()
        assert stamp(dee) == before
        assert_sound(dee)
    next_hook(dee)
    dee.git("config", "branch.main.remote", ".")
    dee.git("config", "branch.main.merge", "refs/heads/main")
    assert_accepted_once(dee)


@long
def test_no_file_may_grow(dee: Clone) -> None:
    """As on a disk that is full, where none can be mounted: a write past so many bytes fails."""
    ripen(dee, HEAD + "".join(row + f" {os.urandom(40).hex()}\n" for row in TWENTY))
    whole, before = entries(dee), stamp(dee)
    for blocks in ("0", "1", "2"):
        hook(dee, "sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh")
        assert stamp(dee) == before
        assert_sound(dee)
    age_locks(dee)
    next_hook(dee)
    assert_accepted_once(dee, whole)


# --- what a person has under way


def test_a_dirty_worktree_stays_as_it_is(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED | {"code": "1\n", "other": "1\n"})
    install(dee)
    ripen(pat)
    pat.git("push", "-q")
    dee.write("code", "2\n")
    dee.write("other", "2\n")
    dee.git("add", "other")
    dee.write("new", "untracked\n")
    states = dee.git("status", "--porcelain")
    assert [row.split() for row in states.splitlines()] == [["M", "code"], ["M", "other"], ["??", "new"]]
    assert len(harvest_lines(said(dee, "pull", "-q"))) == 1
    assert dee.git("status", "--porcelain") == states
    said(dee, "merge", "-q", REF)
    assert dee.git("status", "--porcelain") == states
    assert entries(dee) == []
    assert sorted(entries(dee, PATTERNS)) == TWENTY


def test_an_entry_that_is_in_no_commit_yet_is_neither_harvested_nor_lost(dee: Clone) -> None:
    write(dee, BUFFER, HEAD + RIPE)
    dee.write(BUFFER, HEAD + RIPE + MORE)
    refused = dee.run(GIT, "merge", "-q", REF, check=False)
    assert refused.returncode
    assert entries(dee) == [*TWENTY, MORE.strip()]
    said(dee, "merge", "-q", "--autostash", REF)
    assert entries(dee) == [MORE.strip()]
    assert sorted(entries(dee, PATTERNS)) == TWENTY
    assert dee.git("stash", "list") == ""
    assert_sound(dee)


@pytest.mark.parametrize("how", ["--rebase", pytest.param("--no-rebase", marks=long)])
def test_autostash(team: Team, how: str) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee)
    ripen(pat)
    pat.git("push", "-q")
    dee.commit("own work", code="x\n")
    dee.write(BUFFER, HEAD + MORE)
    said(dee, "pull", "-q", how, "--autostash", "--no-edit")
    assert entries(dee) == [*TWENTY, MORE.strip()]
    assert dee.git("stash", "list") == ""
    assert MORE.strip() not in dee.git("show", f"{REF}:{PATTERNS}")
    assert dee.git("status", "--porcelain") == f"M {BUFFER}"
    said(dee, "commit", "-qam", "more")
    assert_accepted_once(dee, [*TWENTY, MORE.strip()])


def test_a_rebase_that_stopped(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED | {"code": "1\n"})
    install(dee)
    pat.commit("theirs", code="2\n")
    pat.git("push", "-q")
    write(dee, BUFFER, HEAD + RIPE)
    stood = dee.git("rev-parse", REF)
    write(dee, "code", "3\n")
    write(dee, BUFFER, HEAD + RIPE + MORE)
    stood = dee.git("rev-parse", REF)
    dee.run(GIT, "pull", "-q", "--rebase", check=False)
    dee.write("code", "4\n")
    dee.git("add", "-A")
    for step in (["commit", "-qm", "by hand"], ["commit", "-q", "--allow-empty", "-m", "one more"]):
        assert harvest_lines(said(dee, *step)) == []
        assert dee.git("rev-parse", REF) == stood
    assert len(harvest_lines(said(dee, "rebase", "--continue"))) == 1
    assert_accepted_once(dee, [*TWENTY, MORE.strip()])


@long
def test_a_rebase_that_was_given_up(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED | {"code": "1\n"})
    install(dee)
    pat.commit("theirs", code="2\n")
    pat.git("push", "-q")
    write(dee, BUFFER, HEAD + RIPE)
    write(dee, "code", "3\n")
    dee.git("fetch", "-q")
    before = stamp(dee)
    dee.run(GIT, "pull", "-q", "--rebase", check=False)
    said(dee, "rebase", "--abort")
    assert stamp(dee) == before
    said(dee, "merge", "-q", "--no-edit", REF)
    assert entries(dee) == []
    assert sorted(entries(dee, PATTERNS)) == TWENTY
    assert_sound(dee)


def test_a_detached_head_builds_nothing_and_takes_nothing_away(dee: Clone) -> None:
    write(dee, BUFFER, HEAD + RIPE)
    stood = dee.git("rev-parse", REF)
    dee.git("checkout", "-q", "--detach")
    (line,) = harvest_lines(write(dee, BUFFER, HEAD + RIPE + MORE))
    assert line == "mbgit: no harvest here: HEAD is on no branch"
    write(dee, BUFFER, HEAD)
    assert dee.git("rev-parse", REF) == stood
    dee.git("checkout", "-q", "main")
    assert_accepted_once(dee)


def test_a_branch_that_nobody_syncs_on_takes_nothing_away(dee: Clone) -> None:
    write(dee, BUFFER, HEAD + RIPE)
    stood = dee.git("rev-parse", REF)
    dee.git("checkout", "-q", "-b", "topic")
    write(dee, BUFFER, HEAD)
    assert dee.git("rev-parse", REF) == stood
    dee.git("checkout", "-q", "main")
    assert_accepted_once(dee)


@pytest.mark.parametrize("how", ["--detach", pytest.param("-breview", marks=long)])
def test_the_proposal_is_looked_at_in_a_worktree(dee: Clone, tmp_path: Path, how: str) -> None:
    write(dee, BUFFER, HEAD + RIPE)
    dee.git("worktree", "add", "-q", how, str(tmp_path / "review"), REF)
    review = Clone(tmp_path / "review", dee.home, "Rae")
    assert entries(review) == []
    text = review.read(PATTERNS).replace("pattern 7\n", "pattern 7, in better words\n")
    write(review, PATTERNS, text)
    assert dee.git("status", "--porcelain") == ""
    write(dee, BUFFER, HEAD + RIPE + MORE)
    assert review.git("status", "--porcelain") == ""
    if how == "-breview":
        said(dee, "merge", "-q", "--no-edit", "review")
        assert entries(dee) == [MORE.strip()]
        assert "- [2025-09-07] pattern 7, in better words" in entries(dee, PATTERNS)
        assert len(entries(dee, PATTERNS)) == 20
    else:
        assert_accepted_once(dee, [*TWENTY, MORE.strip()])


# --- what others have done meanwhile


def test_the_target_is_edited_on_the_other_side(team: Team) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED | {PATTERNS: "# Patterns\n\n## Patterns\n\n- [2025-08-01] old\n"})
    for clone in (dee, pat):
        install(clone)
    write(dee, BUFFER, HEAD + RIPE)
    edited = "- [2025-08-01] old, and proven\n- [2025-08-02] pat's\n\n## Retired\n\nx\n"
    pat.write(PATTERNS, f"# Patterns\n\n## Patterns\n\n{edited}")
    pat.commit("tidy")
    pat.git("push", "-q")
    said(dee, "merge", "-q", REF)
    said(dee, "pull", "-q", "--no-edit")
    kept = ["- [2025-08-01] old, and proven", "- [2025-08-02] pat's", *TWENTY]
    assert sorted(entries(dee, PATTERNS)) == kept
    assert dee.read(PATTERNS).count("## Retired") == 1
    assert entries(dee) == []
    said(dee, "push", "-q")
    said(pat, "pull", "-q")
    assert pat.read(PATTERNS) == dee.read(PATTERNS)


@long
def test_what_the_other_side_took_out_of_the_target_stays_out(team: Team) -> None:
    old = "- [2025-08-01] old\n- [2025-08-02] outlived\n"
    dee, pat = team("Dee", "Pat", seed=SEED | {PATTERNS: "# Patterns\n\n## Patterns\n\n" + old})
    for clone in (dee, pat):
        install(clone)
    pat.write(PATTERNS, "# Patterns\n\n## Patterns\n\n- [2025-08-01] old\n")
    pat.git("commit", "-qam", "outlived", "--no-verify")
    pat.git("push", "-q", "--no-verify")
    write(dee, BUFFER, HEAD + RIPE)
    said(dee, "merge", "-q", REF)
    said(dee, "pull", "-q", "--no-edit")
    assert sorted(entries(dee, PATTERNS)) == ["- [2025-08-01] old", *TWENTY]


@long
def test_two_owners_accept_proposals_of_different_days(team: Team) -> None:
    dee, dan = clones = team("Dee", "Dan", seed=SEED)
    for clone in clones:
        install(clone, "--persona", "DevOps")
    write(dee, BUFFER, HEAD + RIPE)
    dee.git("push", "-q")
    dan.git("pull", "-q")
    write(dan, BUFFER, HEAD + RIPE.replace("pattern 5\n", "pattern 5, and why\n") + MORE)
    for clone in clones:
        said(clone, "merge", "-q", REF)
    dee.git("push", "-q")
    for _ in range(2):
        said(dan, "pull", "-q", "--no-edit")
        if dan.git("for-each-ref", REF):
            said(dan, "merge", "-q", REF)
    assert entries(dan) == []
    found = [row for row in entries(dan, PATTERNS) if "pattern 5" not in row]
    assert sorted(found) == sorted(row for row in [*TWENTY, MORE.strip()] if "pattern 5" not in row)
    assert dan.read(PATTERNS).count("pattern 5, and why") == 1
    said(dan, "push", "-q")
    said(dee, "pull", "-q")
    assert dee.read(PATTERNS) == dan.read(PATTERNS)


def test_a_shallow_clone(team: Team, tmp_path: Path) -> None:
    (pat,) = team("Pat", seed=SEED)
    for at in range(1, 21):
        ripen(pat, HEAD + "".join(row + "\n" for row in TWENTY[:at]))
    pat.git("push", "-q")
    pat.git("clone", "-q", "--depth=1", f"file://{tmp_path}/remote.git", str(tmp_path / "shallow"))
    dee = Clone(tmp_path / "shallow", pat.home, "Dee")
    install(dee)
    assert len(harvest_lines(write(dee, "code", "x\n") + write(dee, BUFFER, HEAD + RIPE + MORE))) == 1
    assert dee.git("rev-parse", "--is-shallow-repository") == "true"
    assert_accepted_once(dee, [*TWENTY, MORE.strip()])
    said(dee, "push", "-q")
    said(pat, "pull", "-q", "--no-edit")
    assert sorted(entries(pat, PATTERNS)) == sorted([*TWENTY, MORE.strip()])


@pytest.mark.parametrize("form", [pytest.param("--object-format=sha256", marks=long), "--ref-format=reftable"])
def test_other_kinds_of_repository(form: str, home: Path, tmp_path: Path, git_version: tuple[int, ...]) -> None:
    if "reftable" in form and git_version < (2, 45):
        pytest.skip("this git knows no reftable")
    maker = Clone(tmp_path, home, "Dee")
    maker.git("init", "-q", "--bare", "-b", "main", form, str(tmp_path / "remote.git"))
    maker.git("init", "-q", "-b", "main", form, str(tmp_path / "repo"))
    dee = Clone(tmp_path / "repo", home, "Dee")
    dee.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    dee.commit("seed", 60, **SEED)
    dee.git("push", "-q", "-u", "origin", "main")
    install(dee)
    ripen(dee)
    for call in (8, 16, 24, 32):
        hook(dee, PATH=meddling(tmp_path, f"[ $n -lt {call} ] || kill -9 $PPID $$"))
        assert_sound(dee)
    age_locks(dee)
    next_hook(dee)
    assert_accepted_once(dee)


# --- what is set up otherwise


def test_a_list_of_commits_to_ignore_that_is_missing(dee: Clone) -> None:
    dee.git("config", "--global", "blame.ignoreRevsFile", "gone")
    (line,) = write(dee, BUFFER, HEAD + RIPE)
    assert "harvest ready" in line
    assert "Co-authored-by: Dee <dee@example.org>" in dee.git("show", "-s", "--format=%B", REF)
    assert_accepted_once(dee)


def test_signing_that_fails(dee: Clone) -> None:
    """A proposal is never signed; and as long as no commit can be, none is accepted and nothing is lost."""
    dee.git("config", "commit.gpgsign", "true")
    dee.git("config", "gpg.program", "false")
    dee.write(BUFFER, HEAD + RIPE)
    dee.git("add", "-A")
    assert len(harvest_lines(said(dee, "commit", "-q", "--no-gpg-sign", "-m", "ripe"))) == 1
    assert dee.run(GIT, "cherry-pick", "-S", REF, check=False).returncode
    dee.git("cherry-pick", "--abort", check=False)
    dee.git("reset", "-q", "--hard")
    assert entries(dee) == TWENTY
    dee.git("config", "commit.gpgsign", "false")
    assert_accepted_once(dee)


@pytest.mark.parametrize("when", [pytest.param("1970-01-02T00:00:00Z", marks=long), "2099-12-31T23:59:59Z"])
def test_a_clock_that_jumped(dee: Clone, when: str) -> None:
    dee.write(BUFFER, HEAD + RIPE)
    dee.git("add", "-A")
    done = dee.run(GIT, "commit", "-qm", "ripe", GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)
    assert "harvest ready" in done.stderr
    assert "broke" not in done.stderr
    dee.git("merge", "-q", REF, GIT_COMMITTER_DATE=when)
    assert entries(dee) == []
    assert sorted(entries(dee, PATTERNS)) == TWENTY
    write(dee, BUFFER, dee.read(BUFFER) + RIPE.replace("pattern", "tenet"))
    assert len(dee.git("show", f"{REF}:{PATTERNS}").splitlines()) > 40


def test_two_pulls_at_once_in_two_worktrees(team: Team, tmp_path: Path) -> None:
    dee, pat = team("Dee", "Pat", seed=SEED)
    install(dee)
    ripen(pat)
    pat.git("push", "-q")
    dee.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Clone(tmp_path / "side", dee.home, "Dee")
    for clone in (dee, side):
        clone.write(BUFFER, HEAD + f"- [2025-09-30] of {clone.path.name}\n")
        clone.git("commit", "-qam", "own")
    argv = [GIT, "pull", "-q", "--no-edit", "origin", "main"]
    running = [subprocess.Popen(argv, cwd=c.path, env=c.env(), stderr=subprocess.PIPE) for c in (dee, side)]
    printed = [process.communicate()[1].decode() for process in running]
    if any("FETCH_HEAD" in text or "cannot lock ref" in text for text in printed):  # git's own, and it says so
        for clone in (dee, side):
            clone.git("pull", "-q", "--no-edit", "origin", "main")
    assert not any("Traceback" in text or "broke" in text for text in printed)
    for clone in (dee, side):
        assert entries(clone) == [*TWENTY, f"- [2025-09-30] of {clone.path.name}"]
    assert_accepted_once(dee, [*TWENTY, f"- [2025-09-30] of {dee.path.name}"])


def test_without_mbgit_no_proposal_stays_behind(dee: Clone) -> None:
    """Nobody would bring it up to date any more. What the bank was like is kept: it is not mbgit's."""
    write(dee, BUFFER, HEAD + RIPE)
    assert dee.git("for-each-ref", REF)
    assert "refs/mbgit/harvest" in really_install(dee, "--uninstall").stdout
    assert dee.git("for-each-ref", REF) == ""
    assert dee.git("for-each-ref", "refs/mbgit/backup")
    assert entries(dee) == TWENTY
