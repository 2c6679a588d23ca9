"""The driver line on plain files, as any tool may run it: outside of git, and without an engine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mbgit.install.driver_line import driver_line
from tests.armed import copy_engine, runs
from tests.support import GIT, sealed_env
from tests.words.test_words import EXAMPLES

BASE = "# Log\n\n- one\n- two\n"
OURS = "# Log\n\n- one\n- two\n- ours\n"
THEIRS = "# Log\n\n- one\n- two\n- theirs\n"
SHELLS = [shell for shell in ("dash", "bash", "busybox", "ksh") if shutil.which(shell)]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with base, ours and theirs."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in (("base", BASE), ("ours", OURS), ("theirs", THEIRS)):
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """The folder of a clone's engine, in a path that a shell and git would like to read otherwise."""
    folder = tmp_path / "it's 100% $HOME \\n `x` \"q\""
    folder.mkdir()
    return copy_engine(folder)


@pytest.fixture
def run(files: Path, engine: Path, home: Path) -> Run:
    """Run a policy's line on the files."""

    def drive(
        policy: str = "union", shell: str = "sh", python: str = sys.executable, path: str = "log.md",
        first: str = "", size: str = "7", folder: Path = engine, **extra: str,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        line = fill(driver_line(policy, python, str(folder)), path, size)
        argv = [*(["busybox", "sh"] if shell == "busybox" else [shell]), "-c", first + line]
        env = sealed_env(home, **extra)
        return subprocess.run(argv, cwd=files, env=env, capture_output=True, text=True, timeout=60)

    return drive


def fill(line: str, path: str = "log.md", size: str = "7") -> str:
    """The line as git 2.39 makes it: %X and %Y stay, %% becomes %."""
    values = {"O": "base", "A": "ours", "B": "theirs", "L": size, "P": shlex.quote(path), "%": "%"}
    return re.sub("%(.)", lambda found: values.get(found[1], found[0]), line)


def no_tools(tmp_path: Path, *tools: str) -> str:
    """A PATH that holds nothing but `tools`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in tools:
        (folder / tool).symlink_to(shutil.which(GIT if tool == "git" else tool) or "")
    return str(folder)


COREUTILS = ("sh", "dash", "mv", "rm", "cat", "date")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("policy", ["latest", "union", "log"])
def test_merges_plain_files(run: Run, files: Path, policy: str, shell: str) -> None:
    done = run(policy, shell)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted((files / "ours").read_text().splitlines()) == sorted((OURS + "- theirs").splitlines())
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]


def test_keeps_the_mode(run: Run, files: Path) -> None:
    for mode in (0o755, 0o640):
        (files / "ours").chmod(mode)
        assert run().returncode == 0
        assert stat.S_IMODE((files / "ours").stat().st_mode) == mode


def test_leaves_a_line_in_the_ledger(run: Run, engine: Path) -> None:
    run(path="a \"b\"\n\\c é\t$(touch planted).md")
    (line,) = runs(engine)
    assert line["path"] == "a \"b\"\n\\c é\t$(touch planted).md"
    assert line["driver"] == "mbgit-union"
    assert line["outcome"] == "merged"
    assert {len(line["blobs"][name]) for name in ("base", "ours", "theirs", "result")} == {40}
    assert set(line["counts"]) == {"ours", "theirs", "removed", "contested"}


def test_a_path_is_never_run(run: Run, files: Path, tmp_path: Path) -> None:
    tools = no_tools(tmp_path, "git", *COREUTILS)
    for path in ("$(touch x)", "`touch x`", "'; touch x; '", "-rf", "a\nb", '"; touch x; "'):
        assert run(path=path).returncode == 0
        assert run(path=path, python="/nowhere", policy="log", PATH=tools).returncode == 0
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]


@pytest.mark.parametrize("shell", SHELLS)
def test_git_merges_where_no_interpreter_is(
    run: Run, files: Path, engine: Path, tmp_path: Path, shell: str
) -> None:
    path = no_tools(tmp_path, "git", *{shell, *COREUTILS})
    done = run("union", shell, "/nowhere/python", PATH=path)
    assert done.returncode == 1
    assert (files / "ours").read_text() == (
        "# Log\n\n- one\n- two\n<<<<<<< ours\n- ours\n=======\n- theirs\n>>>>>>> theirs\n"
    )
    assert done.stderr == "mbgit: no answer from the engine (status 127) for log.md: git merged it alone\n"
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]
    (line,) = runs(engine)
    assert (line["outcome"], line["exit"], line["path"]) == ("fallback", 1, "log.md")
    assert len(line["blobs"]["result"]) == 40


@pytest.mark.parametrize("path", ["memory-bank/{}.md", "{}/x.md"])
def test_a_secret_in_a_name_does_not_leave_through_the_shell(
    run: Run, engine: Path, tmp_path: Path, path: str
) -> None:
    tools = no_tools(tmp_path, "git", *COREUTILS)
    for secret in EXAMPLES:
        said = run(python="/nowhere", path=path.format(secret), PATH=tools).stderr
        assert said == "mbgit: no answer from the engine (status 127) for a file: git merged it alone\n", secret
    assert {line["path"] for line in runs(engine)} == {""}
    assert len(runs(engine)) == len(EXAMPLES)


@pytest.mark.parametrize(
    "path", ["memory-bank/activeContext.md", "a/archive/SESSION_LOG-2025-10.md", "Docs/ADR/ADR-004-use-redis.md"]
)
def test_a_usual_name_is_told_by_the_shell(run: Run, engine: Path, tmp_path: Path, path: str) -> None:
    done = run(python="/nowhere", path=path, PATH=no_tools(tmp_path, "git", *COREUTILS))
    assert f" for {path}: " in done.stderr
    assert [line["path"] for line in runs(engine)] == [path]


def test_only_the_log_falls_back_to_both(run: Run, files: Path, tmp_path: Path) -> None:
    path = no_tools(tmp_path, "git", *COREUTILS)
    assert run("log", python="/nowhere", PATH=path).returncode == 0
    assert (files / "ours").read_text() == OURS + "- theirs\n"
    (files / "ours").write_text(OURS)
    assert run("latest", python="/nowhere", PATH=path).returncode == 1
    assert "<<<<<<< " in (files / "ours").read_text()


@pytest.mark.parametrize("status", ["0", "1", "2", "126", "128", "255"])
def test_what_is_no_engine_is_not_believed(run: Run, files: Path, tmp_path: Path, status: str) -> None:
    fake = tmp_path / "fake"
    fake.write_text(f"#!/bin/sh\nexit {status}\n")
    fake.chmod(0o755)
    path = no_tools(tmp_path, "git", *COREUTILS)
    assert run(python=str(fake), PATH=path).returncode == 1
    assert "<<<<<<< " in (files / "ours").read_text()


@pytest.mark.parametrize("name", ["python3", "python"])
def test_another_interpreter_is_tried(run: Run, files: Path, tmp_path: Path, name: str) -> None:
    path = no_tools(tmp_path, "git", *COREUTILS)
    Path(path, name).symlink_to(sys.executable)
    done = run(python="/nowhere", PATH=path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "<<<<<<< " not in (files / "ours").read_text()


def test_an_interpreter_that_is_too_old(run: Run, files: Path, engine: Path, tmp_path: Path) -> None:
    start = engine / "engine" / "__main__.py"
    start.write_text(start.read_text().replace("(3, 11)", "(9, 9)"))
    assert run(PATH=no_tools(tmp_path, "git", *COREUTILS)).returncode == 1
    assert "<<<<<<< " in (files / "ours").read_text()


def test_the_engine_moved_with_its_clone(run: Run, files: Path, engine: Path, home: Path) -> None:
    subprocess.run([GIT, "init", "-q"], cwd=files, env=sealed_env(home), check=True)
    shutil.copytree(engine, files / ".git" / "mbgit")
    assert run(folder=files / "gone").returncode == 0
    assert len(runs(files / ".git" / "mbgit")) == 1


def test_switched_off(run: Run, files: Path, engine: Path) -> None:
    for policy in ("union", "log"):
        (files / "ours").write_text(OURS)
        done = run(policy, MBGIT="0")
        assert (done.returncode, done.stderr) == (1, "")
        assert "<<<<<<< ours\n- ours\n=======\n- theirs\n>>>>>>> theirs\n" in (files / "ours").read_text()
    (files / "theirs").write_text(BASE.replace("one", "1"))
    (files / "ours").write_text("intro\n\n" + BASE)
    assert run(MBGIT="0").returncode == 0
    assert runs(engine) == []


def test_markers_of_the_length_that_git_wants(run: Run, files: Path) -> None:
    assert run(size="13", MBGIT="0").returncode == 1
    assert f"\n{'<' * 13} ours\n" in (files / "ours").read_text()


def test_labels_where_git_knows_them(run: Run, files: Path, engine: Path, home: Path) -> None:
    line = driver_line("union", sys.executable, str(engine)).replace("%X", "HEAD").replace("%Y", "'a topic'")
    subprocess.run(["sh", "-c", fill(line)], cwd=files, env=sealed_env(home, MBGIT="0"), check=False)
    assert "<<<<<<< HEAD\n- ours\n=======\n- theirs\n>>>>>>> a topic\n" in (files / "ours").read_text()


def test_a_binary_file_is_left_to_git(run: Run, files: Path, engine: Path) -> None:
    (files / "ours").write_bytes(b"a\0b\n")
    done = run()
    assert (done.returncode, done.stderr) == (1, "")
    assert (files / "ours").read_bytes() == b"a\0b\n"
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]
    assert runs(engine)[-1]["outcome"] == "binary"


def test_a_binary_file_without_an_engine(run: Run, files: Path, engine: Path) -> None:
    (files / "theirs").write_bytes(b"a\0b\n")
    shutil.rmtree(engine / "engine")
    assert run("log").returncode == 1
    assert (files / "ours").read_text() == OURS
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]


def test_no_git_and_no_engine(run: Run, files: Path, tmp_path: Path) -> None:
    assert run(python="/nowhere", PATH=no_tools(tmp_path, *COREUTILS)).returncode == 1
    text = (files / "ours").read_text()
    assert text.startswith("<<<<<<< ours\n")
    assert OURS in text
    assert THEIRS in text


def test_the_engine_needs_no_git(run: Run, files: Path, tmp_path: Path) -> None:
    assert run(PATH=no_tools(tmp_path, *COREUTILS)).returncode == 0
    assert "<<<<<<< " not in (files / "ours").read_text()
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]


@pytest.mark.parametrize("shell", SHELLS)
def test_no_room_to_write(run: Run, files: Path, shell: str) -> None:
    """A limit of one block on every file stands for a full disk: the answer is neither side's text alone."""
    longer = "".join(f"- {number} of many lines\n" for number in range(400))
    for name, text in (("base", BASE), ("ours", OURS), ("theirs", THEIRS)):
        (files / name).write_text(text + longer)
    done = run("log", shell, first="ulimit -f 1; ")
    assert done.returncode == 1
    text = (files / "ours").read_text()
    assert text.startswith("<<<<<<< no room to merge")
    assert ">>>>>>>" in text
    assert sorted(os.listdir(files)) == ["base", "ours", "theirs"]


def test_starts_with_nothing_it_can_do_without(engine: Path, files: Path) -> None:
    line = [sys.executable, "-ISX", "importtime", f"{engine}/engine/__main__.py", "mbgit-union"]
    argv = ["sh", "-c", f"{shlex.join([*line, 'base', 'ours', 'theirs', 'x.md', '', ''])} 3<ours </dev/null"]
    done = subprocess.run(argv, cwd=files, capture_output=True, text=True, check=False)
    assert done.returncode == 40
    loaded = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    dear = {"os", "re", "json", "subprocess", "typing", "dataclasses", "hashlib", "pathlib", "runpy", "enum"}
    assert not loaded & dear


_MERGE = """
import sys
sys.path.insert(0, sys.argv[1])
from engine import bundle, driver
from engine.threeway import merge3
texts = [b"# A\\n\\n- one\\n", b"# A\\n\\n- one\\n- two, of ours\\n", b"# A\\n\\n- one\\n- three\\n"]
print(len(merge3(*texts, git=False).text))
loaded = {name.partition(".")[2] for name in sys.modules if name.startswith("engine.")}
print(*sorted(loaded ^ bundle._RARE))
"""


def test_a_bundle_keeps_rare_modules_apart(engine: Path) -> None:
    """A contested place takes all others: they are unmarshalled at once."""
    argv = [sys.executable, "-IS", "-c", _MERGE, str(engine)]
    length, *rest = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert length == "34"
    assert set(rest) == {file.stem for file in (engine / "engine").glob("[!_]*.py")} - {"bundle"}


def test_a_bundle_serves_as_long_as_the_sources_are_the_same(run: Run, files: Path, engine: Path) -> None:
    caches = engine / "engine" / "__pycache__"
    assert run().returncode == 0
    (bundle,) = caches.glob("*.bundle")
    for cache in caches.glob("d*.pyc"):  # neither driver nor document is looked at again
        cache.write_bytes(b"")
    assert run().returncode == 0
    assert all(not cache.stat().st_size for cache in caches.glob("d*.pyc"))
    (engine / "engine" / "threeway.py").write_text("def (")
    assert "no answer" in run("log").stderr
    assert bundle.exists()


@pytest.mark.parametrize("name", ["start", "bundle"])
@pytest.mark.parametrize("data", [b"", b"\0", b"junk", b"N"])
def test_a_bundle_that_is_none(run: Run, files: Path, engine: Path, data: bytes, name: str) -> None:
    run()
    (bundle,) = (engine / "engine" / "__pycache__").glob(f"*.{name}")
    bundle.write_bytes(data)
    for _ in range(2):
        (files / "ours").write_text(OURS)
        done = run()
        assert (done.returncode, done.stderr) == (0, "")
    assert bundle.stat().st_size > 10_000
