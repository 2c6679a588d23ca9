"""The driver line and the hooks under the shells that may be somebody's `sh`, with the tools that go with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones.test_managers import KEY, LOG, TOOLS
from tests.support import GIT, Clone, install

Team = Callable[..., list[Clone]]
SHELLS = ("dash", "bash", "busybox", "mksh", "yash")
# What the scripts start: of busybox they are its own, which know no option of GNU's.
STARTED = ("cat", "date", "grep", "ln", "mkdir", "mv", "ps", "rm", "touch", "tr", "dirname", "readlink")


def shell_folder(name: str, folder: Path) -> Path:
    """A folder with that shell as `sh`; called so, each of them is a POSIX one."""
    found = shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"no {name} here")
    folder.mkdir()
    for command in ("sh", *(STARTED if name == "busybox" else ())):
        (folder / command).symlink_to(Path(found).resolve())
    return folder


@pytest.fixture(params=SHELLS)
def pair(request: pytest.FixtureRequest, team: Team, tmp_path: Path) -> tuple[Clone, Clone, str]:
    """Ada, Bob with mbgit whose scripts start that shell, and the PATH with it in front."""
    folder = shell_folder(request.param, tmp_path / "shell")
    ada, bob = team("Ada", "Bob", seed={LOG: "# P\n\n- [2025-10-01] one\n"})
    install(bob)
    for file in (*(bob.path / ".git/hooks").iterdir(), *(bob.path / ".git/mbgit").iterdir()):
        if file.is_file() and file.read_bytes().startswith(b"#!/bin/sh\n"):
            file.write_bytes(file.read_bytes().replace(b"#!/bin/sh\n", f"#!{folder}/sh\n".encode(), 1))
    return ada, bob, f"{folder}{os.pathsep}{bob.env()['PATH']}"


def driven(bob: Clone, path: str, line: str, theirs: str = "- [2025-10-02] Ada\n") -> subprocess.CompletedProcess[str]:
    """Run the driver line on three files, as any tool may: `ours` is what Bob's branch has."""
    base = "# P\n\n- [2025-10-01] one\n"
    for name, text in (("o", base), ("a", base + "- [2025-10-02] Bob\n"), ("b", base + theirs)):
        bob.write(f".git/{name}", text)
    for mark, value in (("%O", ".git/o"), ("%A", ".git/a"), ("%B", ".git/b"), ("%L", "7"), ("%P", f"'{LOG}'")):
        line = line.replace(mark, value)
    shell = path.partition(os.pathsep)[0]
    return bob.run(f"{shell}/sh", "-c", line.replace("%%", "%"), check=False, PATH=path)


def test_the_driver_line(pair: tuple[Clone, Clone, str]) -> None:
    _, bob, path = pair
    line = bob.git("config", "merge.mbgit-union.driver")
    done = driven(bob, path, line)
    assert (done.returncode, done.stderr) == (0, "")
    assert bob.read(".git/a").endswith("- [2025-10-02] Ada\n- [2025-10-02] Bob\n")
    (bob.path / ".git/mbgit/engine").rename(bob.path / ".git/mbgit/gone")
    done = driven(bob, path, line)
    assert done.returncode == 1
    assert "mbgit: no answer from the engine" in done.stderr
    assert all(word in bob.read(".git/a") for word in ("<<<<<<<", "] Bob", "] Ada", ">>>>>>>"))


def test_the_hooks(pair: tuple[Clone, Clone, str]) -> None:
    ada, bob, path = pair
    ada.write(LOG, ada.read(LOG) + "- [2025-10-02] Ada\n")
    ada.commit()
    ada.git("push", "-q")
    bob.write(LOG, bob.read(LOG) + "- [2025-10-02] Bob\n")
    bob.commit()
    pulled = bob.run(GIT, "pull", "-q", "--no-edit", PATH=path)
    said = [line for line in pulled.stderr.splitlines() if "mbgit" in line]
    assert said[0] == f"mbgit: merged {LOG}: +1 entry theirs, +1 yours"
    assert all("not what install.py writes" in line for line in said[1:]), "the shell in its first line"
    bob.run(GIT, "push", "-q", PATH=path)
    bob.write("memory-bank/key.md", f"token {KEY}\n")
    bob.git("add", "-A")
    assert bob.run(GIT, "commit", "-qm", "key", check=False, PATH=path).stderr.count("(secrets)") == 1
    bob.git("commit", "-qm", "key", "--no-verify")
    assert bob.run(GIT, "push", "-q", check=False, PATH=path).stderr.count("(secrets") == 1


def test_the_look_at_the_hooks(pair: tuple[Clone, Clone, str]) -> None:
    _, bob, path = pair
    line = bob.git("config", "merge.mbgit-union.driver")
    assert driven(bob, path, line).stderr == ""
    bob.git("config", "core.hooksPath", "/dev/null")
    said = driven(bob, path, line).stderr
    assert said.count("mbgit: hooks of this clone do not run: core.hooksPath is /dev/null") == 1
    assert driven(bob, path, line).stderr == ""


def test_no_script_counts_on_what_macos_lacks() -> None:
    from mbgit.install.driver_line import driver_line
    from tests.support import ROOT

    texts = [file.read_text() for file in (ROOT / "hooks").iterdir() if file.suffix != ".md"]
    texts.append(driver_line("union", "python3", "/x") + driver_line("union", "python3", "/x", shared=True))
    code = "\n".join(line.partition(" # ")[0] for text in texts for line in text.split("\n"))
    for word in ("readlink -f", "date -d", "sed -i", "stat -c", "timeout ", "mktemp", "realpath", "grep -P", "echo -"):
        there = [line for line in code.split("\n") if word in line]
        assert all("||" in line for line in there), f"{word!r} without a way round"
