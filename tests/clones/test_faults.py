"""Failing safely: whatever breaks, the file holds mbgit's merge or git's own, never one side's text alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
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
