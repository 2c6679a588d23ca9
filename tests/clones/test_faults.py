"""Failing safely: whatever breaks, the file holds mbgit's merge or git's own, never one side's text alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.armed import arm, runs, set_aside
from tests.support import GIT, Clone

BANK = "decisions.md"
ENTRY = "## [2025-08-{}] A decision\n\nBecause of {}.\n\n"
SEED = "# Decisions\n\n" + ENTRY.format("01", "the seed")
MINE, OTHER = ENTRY.format("02", "mine"), ENTRY.format("03", "other")
MARKERS = ("<<<<<<< ", "\n=======\n", ">>>>>>> ")


def diverge(repo: Clone, policy: str = "union") -> Path:
    """Branches main and, an hour older, other: both added an entry to the file. The folder of the ledger."""
    return _branch_out(repo, policy, SEED, SEED + OTHER, SEED + MINE)


def contest(repo: Clone) -> Path:
    """Both branches edited the one paragraph, and the later is to stand."""
    return _branch_out(repo, "latest", "# Decisions\n\nOne paragraph.\n", TWO, ONE)


def _branch_out(repo: Clone, policy: str, base: str, other: str, mine: str) -> Path:
    home = arm(repo, policy)
    for branch, text in (("main", base), ("other", other), ("main", mine)):
        repo.git("checkout", "-q", *(["-b"] if branch == "other" else []), branch, check=text != base)
        repo.write(BANK, text)
        repo.commit(branch, 3600)
    return home


def merge(repo: Clone, check: bool = False, **extra: str) -> subprocess.CompletedProcess[str]:
    return repo.run(GIT, "merge", "--no-edit", "other", check=check, **extra)


def assert_merged(repo: Clone) -> None:
    text = repo.read(BANK)
    assert MINE.strip() in text
    assert OTHER.strip() in text
    assert not any(marker in text for marker in MARKERS)


def assert_marked(repo: Clone) -> None:
    text = repo.read(BANK)
    assert all(marker in text for marker in MARKERS)
    assert "Because of mine." in text
    assert "Because of other." in text


def assert_nothing_left(repo: Clone) -> None:
    assert [name for name in os.listdir(repo.path) if name.startswith(".merge_file")] == []


BROKEN = {
    "gone": None,
    "no Python": "def (",
    "an exception": "def merge3(*a):\n    return 1 / 0\n",
    "no memory": "def merge3(*a):\n    raise MemoryError\n",
    "exits as if merged": "raise SystemExit(0)",
    "a signal": "import os\nos.kill(os.getpid(), 11)\n",
    "too deep": "def merge3(*a):\n    return merge3(*a)\n",
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("file", ["threeway.py", "__main__.py"])
def test_a_broken_engine(repo: Clone, fault: str, file: str) -> None:
    home, text = diverge(repo), BROKEN[fault]
    (home / "engine" / file).unlink()
    if text is not None:
        (home / "engine" / file).write_text(text)
    done = merge(repo)
    assert done.returncode == 1
    assert done.stderr.count("mbgit: no answer from the engine") == 1
    assert_marked(repo)
    assert runs(home)[-1]["outcome"] == "fallback"
    assert_nothing_left(repo)


def test_a_broken_engine_and_the_log(repo: Clone) -> None:
    home = diverge(repo, "log")
    shutil.rmtree(home / "engine")
    assert merge(repo).returncode == 0
    assert_merged(repo)
    assert repo.git("rev-parse", f"HEAD:{BANK}") == runs(home)[-1]["blobs"]["result"]


def test_everything_gone(repo: Clone) -> None:
    home = diverge(repo)
    shutil.rmtree(home)
    assert merge(repo).returncode == 1
    assert_marked(repo)
    assert not home.exists()


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(60)", "sum(range(10**12))"])
def test_an_engine_beyond_its_deadline(repo: Clone, body: str) -> None:
    home = diverge(repo)
    driver = home / "engine" / "driver.py"
    driver.write_text(driver.read_text().replace("SECONDS = 20", "SECONDS = 1"))
    (home / "engine" / "threeway.py").write_text(f"def merge3(*a):\n    {body}\n")
    began = time.monotonic()
    assert merge(repo).returncode == 1
    assert time.monotonic() - began < 10
    assert_marked(repo)
    assert runs(home)[-1]["status"] == 128 + signal.SIGALRM


def test_a_ledger_that_cannot_be_written(repo: Clone) -> None:
    home = diverge(repo)
    (home / "merges.jsonl").mkdir()
    merge(repo, check=True)
    assert_merged(repo)


ONE, TWO = "# Decisions\n\nOne paragraph, mine.\n", "# Decisions\n\nOne paragraph, other.\n"


def test_nowhere_to_set_aside(repo: Clone) -> None:
    home = contest(repo)
    (home / "aside").write_text("in the way")
    (repo.path / ".git" / "refs" / "mbgit").write_text("in the way")
    assert merge(repo).returncode == 1
    text = repo.read(BANK)
    assert all(marker in text for marker in MARKERS)
    assert "mine" in text
    assert "other" in text


def test_refs_that_are_locked_leave_the_file(repo: Clone) -> None:
    home = contest(repo)
    (repo.path / ".git" / "refs" / "mbgit").write_text("in the way")
    merge(repo, check=True)
    assert repo.read(BANK) == ONE
    assert "One paragraph, other." in set_aside(home)


def test_a_broken_blame_leaves_it_to_the_texts(repo: Clone) -> None:
    home = contest(repo)
    repo.git("config", "blame.ignoreRevsFile", "gone")
    merge(repo, check=True)
    assert repo.read(BANK) == TWO  # the greater byte string
    assert "blame failed" in runs(home)[-1]["clock"]["ours"]
    assert "One paragraph, mine." in set_aside(home)


def test_a_person_s_own_settings_do_not_reach_blame(repo: Clone) -> None:
    contest(repo)
    repo.git("config", "--global", "blame.ignoreRevsFile", "gone")
    merge(repo, check=True)
    assert repo.read(BANK) == ONE


def test_a_repository_that_is_somebody_else_s(repo: Clone) -> None:
    home = contest(repo)
    repo.git("config", "--global", "safe.directory", "*")
    merge(repo, check=True, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert repo.read(BANK) == ONE
    assert "One paragraph, other." in repo.git("show", "mbgit/superseded")
    assert "not found" not in runs(home)[-1]["clock"].values()


def test_a_git_that_answers_slowly(repo: Clone, tmp_path: Path) -> None:
    home = contest(repo)
    clock = home / "engine" / "clock.py"
    clock.write_text(clock.read_text().replace("SECONDS = 2.0", "SECONDS = 0.0"))
    merge(repo, check=True)
    assert repo.read(BANK) == TWO
    assert "too long" in runs(home)[-1]["clock"]["ours"]


@pytest.mark.parametrize("form", ["--object-format=sha256", "--ref-format=reftable"])
def test_other_kinds_of_repository(repo: Clone, form: str, git_version: tuple[int, ...]) -> None:
    if "reftable" in form and git_version < (2, 45):
        pytest.skip("this git knows no reftable")
    shutil.rmtree(repo.path / ".git")
    repo.git("init", "-q", "-b", "main", form)
    home = contest(repo)
    merge(repo, check=True)
    assert repo.read(BANK) == ONE
    assert "One paragraph, other." in repo.git("show", "mbgit/superseded")
    assert repo.git("rev-parse", f"HEAD:{BANK}") == runs(home)[-1]["blobs"]["result"]


def test_planted_modules_and_settings_are_not_loaded(repo: Clone) -> None:
    trap = f"open({str(repo.path / 'sprung')!r}, 'w')\n"
    for name in ("posix", "json", "time", "site", "encodings", "sitecustomize", "engine", "mbgit"):
        repo.write(f"{name}.py", trap)
    home = diverge(repo)
    (repo.path / "sprung").unlink(missing_ok=True)
    here = str(repo.path)
    merge(repo, check=True, PYTHONPATH=here, PYTHONHOME=here, PYTHONSTARTUP="json.py", PYTHONINSPECT="1")
    assert_merged(repo)
    assert runs(home)[-1]["outcome"] == "merged"
    assert not (repo.path / "sprung").exists()


def test_no_room_for_the_result(repo: Clone) -> None:
    home = diverge(repo)
    files = home / "engine" / "files.py"
    full = "def _write(fd, data):\n    os.write(fd, data[:5])\n    raise OSError(28, 'full')\n"
    files.write_text(files.read_text().split("def _write")[0] + full)
    assert merge(repo).returncode == 1
    assert_marked(repo)
    assert_nothing_left(repo)
    assert runs(home)[-1]["outcome"] == "fallback"


# --- what is around it


def test_a_full_disk(small_disk: Path, home: Path) -> None:
    """git gives up, or the merge is done; and once there is room it is done."""
    repo = Clone(small_disk / "repo", home)
    repo.path.mkdir()
    repo.git("init", "-q", "--template=", "-b", "main")
    diverge(repo)
    repo.git("config", "gc.auto", "0")
    start, filler = repo.git("rev-parse", "HEAD"), small_disk / "filler"
    for left in (0, 4, 8, 12, 16, 24, 40):
        filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - left * 1024)))
        merge(repo, TMPDIR=str(small_disk))
        filler.unlink()
        text = repo.read(BANK)
        if repo.git("ls-files", "-u") and not all(marker in text for marker in MARKERS):
            assert_merged(repo)
        repo.git("fsck", "--full", "--strict")
        repo.git("merge", "--abort", check=False)
        repo.git("reset", "-q", "--hard", start)
    merge(repo, check=True)
    assert_merged(repo)


@pytest.mark.parametrize("module", ["bundle", "driver", "threeway", "clock"])
def test_a_cache_that_a_full_disk_cut_short(repo: Clone, module: str) -> None:
    """Python takes it for whole and can never load it: so it goes, and the next merge at the latest is the engine's."""
    home = contest(repo)
    start = repo.git("rev-parse", "HEAD")
    merge(repo, check=True)
    cache = home / "engine/__pycache__"
    for file in (*cache.glob(f"{module}.*.pyc"), *cache.glob("*.bundle")):
        file.write_bytes(file.read_bytes()[:1000])
    for _ in range(2):
        repo.git("reset", "-q", "--hard", start)
        merge(repo)
    assert repo.read(BANK) == ONE
    assert runs(home)[-1]["outcome"] == "merged"


def read_only(repo: Clone, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command while nothing may be written below a folder; skips where that cannot be had."""
    if os.geteuid():
        for path in (folder, *(sub for sub in folder.rglob("*") if sub.is_dir())):
            path.chmod(0o500)
        return repo.run(*command, check=False)
    bind = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99; exec "$@"'
    done = repo.run("unshare", "-m", "sh", "-c", bind, str(folder), *command, check=False)
    if done.returncode == 99:
        pytest.skip("nothing can be mounted here")
    return done


def test_a_ledger_folder_that_is_read_only(repo: Clone) -> None:
    home = contest(repo)
    done = read_only(repo, home, GIT, "merge", "--no-edit", "other")
    assert done.returncode == 0
    assert repo.read(BANK) == ONE
    assert "One paragraph, other." in repo.git("show", "mbgit/superseded")
    assert not (home / "merges.jsonl").exists()


def test_a_git_folder_that_is_read_only(repo: Clone) -> None:
    """git itself refuses, and the worktree is as it was."""
    diverge(repo)
    done = read_only(repo, repo.path / ".git", GIT, "merge", "--no-edit", "other")
    assert done.returncode
    assert repo.read(BANK) == SEED + MINE
    assert_nothing_left(repo)
    if not os.geteuid():
        merge(repo, check=True)
        assert_merged(repo)


SIGN = "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n"


@pytest.mark.parametrize("program", [SIGN, "#!/bin/sh\nexit 2\n"], ids=["signs", "fails"])
@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_commits_that_are_signed(repo: Clone, tmp_path: Path, program: str, how: str) -> None:
    (tmp_path / "gpg").write_text(program)
    (tmp_path / "gpg").chmod(0o755)
    home = diverge(repo)
    repo.git("config", "commit.gpgsign", "true")
    repo.git("config", "gpg.program", str(tmp_path / "gpg"))
    done = repo.run(GIT, how, *(["--no-edit"] if how == "merge" else []), "other", check=False)
    assert (done.returncode == 0) == (program == SIGN)
    if done.returncode:
        assert_merged(repo)
        (tmp_path / "gpg").write_text(SIGN)
        for words in ("commit --no-edit -q", "rebase --continue")[: 1 + (how == "rebase")]:
            repo.git(*words.split())
    assert_merged(repo)
    assert "gpgsig" in repo.git("cat-file", "commit", "HEAD")
    assert repo.git("rev-parse", f"HEAD:{BANK}") == runs(home)[-1]["blobs"]["result"]


@pytest.mark.parametrize("year", ["1970-01-02", "1999-12-31", "2037-01-01", "2099-01-01"])
def test_a_clock_that_jumped(repo: Clone, year: str) -> None:
    """The side whose time is to come or long gone is as good as any: something stands, and the rest is set aside."""
    home = contest(repo)
    repo.git("commit", "-q", "--amend", "--no-edit", "--reset-author", GIT_AUTHOR_DATE=f"{year} 12:00:00 +0000",
             GIT_COMMITTER_DATE=f"{year} 12:00:00 +0000")  # fmt: skip
    merge(repo, check=True, GIT_COMMITTER_DATE=f"{year} 13:00:00 +0000")
    stands, other = repo.read(BANK), set_aside(home)
    assert {stands, stands.replace("mine", "other").replace("other", "mine")} & {ONE, TWO}
    assert ("One paragraph, other." in other) == (stands == ONE)
    assert ("One paragraph, mine." in other) == (stands == TWO)


def test_two_merges_at_once_in_two_worktrees(repo: Clone, tmp_path: Path) -> None:
    home = diverge(repo)
    worktrees = [tmp_path / f"tree {number}" for number in range(3)]
    for tree in worktrees:
        repo.git("worktree", "add", "-q", "-b", tree.name[-1], str(tree), "main")
    argv = [GIT, "merge", "-q", "--no-edit", "other"]
    merging = [subprocess.Popen(argv, cwd=tree, env=repo.env(), stderr=subprocess.PIPE) for tree in worktrees]
    said = [process.communicate()[1].decode() for process in merging]
    assert [process.returncode for process in merging] == [0] * 3, said
    for tree in worktrees:
        assert_merged(Clone(tree, repo.home))
    assert [run["outcome"] for run in runs(home)] == ["merged"] * 3
    repo.git("fsck", "--full", "--strict")


@pytest.mark.parametrize("becomes", ["", "#!/bin/sh\nexit 1\n", "#!/bin/sh\nkill -9 $$\n", "no program"])
def test_the_interpreter_is_upgraded_between_two_picks(repo: Clone, tmp_path: Path, becomes: str) -> None:
    """A rebase begins with one interpreter, and goes on with whatever is called python3."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho run >>{tmp_path}/runs\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    home = arm(repo, "union", str(python))
    repo.write(BANK, SEED)
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "other")
    repo.write(BANK, SEED + OTHER)
    repo.commit("other")
    repo.git("checkout", "-q", "main")
    for day in ("05", "06", "07"):
        repo.write(BANK, repo.read(BANK) + ENTRY.format(day, f"pick {day}"))
        repo.commit(day)
    (tmp_path / "new").write_text(becomes)
    upgrade = f"cat {tmp_path}/new >{python}" if becomes else f"rm -f {python}"
    repo.git("rebase", "-q", "--exec", upgrade, "other")
    assert_has_all = [SEED, OTHER, *(ENTRY.format(day, f"pick {day}") for day in ("05", "06", "07"))]
    assert all(entry.strip() in repo.read(BANK) for entry in assert_has_all)
    assert "<<<" not in repo.read(BANK)
    assert (tmp_path / "runs").read_text() == "run\n"
    assert [run["outcome"] for run in runs(home)] == ["merged"] * 3


# --- killed


def slow(home: Path, before: str, after: str = "0") -> None:
    """Have the engine sleep before it merges, or between its answer's taking its place and its exit."""
    threeway = home / "engine" / "threeway.py"
    threeway.write_text(
        threeway.read_text() + f"\n\n_merge3 = merge3\n\n\ndef merge3(*a, **k):\n    import time\n"
        f"    time.sleep({before})\n    return _merge3(*a, **k)\n"
    )
    driver = home / "engine" / "driver.py"
    last = "    return MERGED\n"
    driver.write_text(driver.read_text().replace(last, f"    time.sleep({after})\n{last}"))


def descendants(pid: int) -> list[tuple[int, str]]:
    """(process, name) of all that a process started, nearest first."""
    found: list[tuple[int, str]] = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path("/proc", name, "stat").read_text()
        except OSError:
            continue
        command, _, rest = stat.partition("(")[2].rpartition(")")
        if int(rest.split()[1]) == pid:
            found.append((int(name), command))
    return found + [grandchild for child, _ in found for grandchild in descendants(child)]


def kill_during_merge(repo: Clone, who: str, sign: int, after: float) -> None:
    """Merge, and end the sh or the interpreter `after` seconds into its life."""
    argv, quiet = [GIT, "merge", "--no-edit", "other"], subprocess.DEVNULL
    merging = subprocess.Popen(argv, cwd=repo.path, env=repo.env(), stdout=quiet, stderr=quiet)
    while merging.poll() is None:
        victims = [pid for pid, name in descendants(merging.pid) if name.startswith(who)]
        if victims:
            time.sleep(after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(victims[0], sign)
            break
        time.sleep(0.001)
    merging.wait(30)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc")


@needs_proc
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_engine_is_killed(repo: Clone, sign: signal.Signals, when: str) -> None:
    home = diverge(repo)
    slow(home, *("0.8", "0") if when == "before" else ("0", "0.8"))
    kill_during_merge(repo, "python", sign, 0.4)
    if runs(home)[-1]["outcome"] == "fallback":
        assert_marked(repo)
    else:  # another interpreter was tried
        assert sign == signal.SIGKILL
        assert_merged(repo)
    assert_nothing_left(repo)


@needs_proc
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_line_is_asked_to_end(repo: Clone, sign: signal.Signals) -> None:
    slow(diverge(repo), "0.5")
    kill_during_merge(repo, "sh", sign, 0.2)
    assert_merged(repo)
    assert_nothing_left(repo)


@needs_proc
@pytest.mark.parametrize("policy", ["union", "log"])
def test_the_line_is_killed(repo: Clone, policy: str, git_version: tuple[int, ...]) -> None:
    slow(diverge(repo, policy), "0.5")
    kill_during_merge(repo, "sh", signal.SIGKILL, 0.2)
    if repo.git("ls-files", "-u"):
        assert_marked(repo)
    else:  # a newer git refuses the whole merge
        assert repo.read(BANK) == SEED + MINE
        assert repo.git("status", "--porcelain", "-uno") == ""


@needs_proc
@pytest.mark.parametrize("who", ["sh", "python"])
def test_killed_at_any_moment(repo: Clone, who: str) -> None:
    """But for the line's first milliseconds, before its trap is set and git's own merge is in the file."""
    diverge(repo)
    start = repo.git("rev-parse", "HEAD")
    for step in range(12):
        sign = signal.SIGKILL if step % 2 and who == "python" else signal.SIGTERM
        kill_during_merge(repo, who, sign, step * 0.002 + (0.01 if who == "sh" else 0))
        text = repo.read(BANK)
        both = "Because of mine." in text and "Because of other." in text
        refused = not repo.git("ls-files", "-u") and text == SEED + MINE
        assert both or refused, (step, text)
        repo.git("reset", "-q", "--hard", start)
