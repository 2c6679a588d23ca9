"""The driver line and the hooks under the shells that may be somebody's `sh`, with the tools that go with them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mbgit.install.driver_line import driver_line
from tests.clones.test_managers import KEY, LOG
from tests.support import GIT, ROOT, Clone, install

Team = Callable[..., list[Clone]]
MACOS = "macOS"  # bash as `sh`, no /proc, and of the tools what POSIX and macOS have
SHELLS = ("dash", "bash", "busybox", "mksh", "yash", MACOS)
# What the scripts start, with the options that macOS has: of busybox they are its own, which know none of GNU's either.
STARTED = {
    "cat": "belnstuv", "date": "Rjnruv", "dirname": "", "grep": "ABCEFHILOSRUVabcdefhilmnopqrsvwxz", "ln": "FLPfhinsvw",
    "mkdir": "mpv", "mv": "fhinv", "ps": "ACELMSTUacdefghjlmoprtuvwx", "readlink": "n", "rm": "IPRWdfirvx",
    "touch": "achmrt", "tr": "Ccdsu",
}  # fmt: skip
# What only GNU's tools or Linux have.
GNUS = (
    "readlink -f .", "date -d now", "date --iso", "date +%N", "touch -d now x", "grep -P x x", "grep --quiet x x",
    "mv -T x y", "ln -r x y", "mkdir --parents x", "ps --pid 1", "tr --delete x",
)  # fmt: skip
ABSENT = ("timeout", "flock", "setsid", "realpath", "mktemp", "stat", "sed", "tac", "seq", "nproc", "sha256sum")
REFUSED = "refused"
FORGIVEN = "readlink -f "  # there is another way behind it
STUB = """#!/bin/sh
refused() { echo "${0##*/} $*" >>"${0%/*}/@REFUSED"; exit 64; }
for word in "$@"; do
    case $word in --) break ;; --* | -*[!-0-9@OPTIONS]* | +*%N*) refused "$@" ;; esac
done
exec @TOOL "$@"
"""
# sed and mktemp are there, but not alike: what starts one is to be looked at.


def shell_folder(name: str, folder: Path) -> Path:
    """A folder with that shell as `sh`; called so, each of them is a POSIX one."""
    found = shutil.which("bash" if name == MACOS else name)
    if found is None:
        pytest.skip(f"no {name} here")
    folder.mkdir()
    for command in ("sh", *(STARTED if name == "busybox" else ())):
        (folder / command).symlink_to(Path(found).resolve())
    if name == MACOS:
        (folder / "git").symlink_to(shutil.which(GIT) or GIT)
        for command, options in STARTED.items():
            text = STUB.replace("@OPTIONS", options).replace("@TOOL", shutil.which(command) or command)
            stub(folder / command, text)
        for command in ABSENT:
            stub(folder / command, STUB.replace("@OPTIONS", "").replace("exec @TOOL", "refused"))
    return folder


def stub(file: Path, text: str) -> None:
    file.write_text(text.replace("@REFUSED", REFUSED))
    file.chmod(0o755)


@pytest.fixture(params=[*((shell, "") for shell in SHELLS), ("busybox", "--global"), (MACOS, "--global")], ids=" ".join)
def pair(request: pytest.FixtureRequest, team: Team, tmp_path: Path) -> Iterator[tuple[Clone, Clone, str]]:
    """Ada, Bob with mbgit whose scripts start that shell, and the PATH with its tools."""
    shell, how = request.param
    folder = shell_folder(shell, tmp_path / "shell")
    ada, bob = team("Ada", "Bob", seed={LOG: "# P\n\n- [2025-10-01] one\n"})
    install(bob, *how.split())
    bob.git("init", "-q")  # as a new clone has the hooks of all clones
    for place in (bob.path / ".git/hooks", *folders(bob)):
        for file in place.iterdir():
            if file.is_file() and file.read_bytes().startswith(b"#!/bin/sh\n"):
                text = file.read_text().replace("#!/bin/sh\n", f"#!{folder}/sh\n", 1)
                file.write_text(text.replace("/proc/", "/no/proc/") if shell == MACOS else text)
    yield ada, bob, str(folder) if shell == MACOS else f"{folder}{os.pathsep}{bob.env()['PATH']}"
    refused = (folder / REFUSED).read_text() if (folder / REFUSED).exists() else ""
    assert not [line for line in refused.splitlines() if not line.startswith(FORGIVEN)]


def folders(clone: Clone) -> list[Path]:
    """mbgit's folders: in the clone, and for all clones."""
    return list(filter(Path.exists, (clone.path / ".git/mbgit", clone.home / ".local/share/mbgit/global/mbgit")))


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
    for place in folders(bob):
        (place / "engine").rename(place / "gone")
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


def test_the_checks_of_a_range(pair: tuple[Clone, Clone, str]) -> None:
    _, bob, path = pair
    bob.past_gate("key", 60, **{"memory-bank/key.md": f"token {KEY}\n"})
    argv = (f"{path.partition(os.pathsep)[0]}/sh", str(ROOT / "hooks/pre-push"), "main~1..main")
    done = bob.run(*argv, check=False, PATH=path, MBGIT_PYTHON=sys.executable)
    assert (done.returncode, (done.stdout + done.stderr).count("(secrets)")) == (1, 1)


@pytest.mark.parametrize("command", [*GNUS, *ABSENT])
def test_no_script_counts_on_what_macos_lacks(tmp_path: Path, command: str) -> None:
    folder = shell_folder(MACOS, tmp_path / "shell")
    subprocess.run(["/bin/sh", "-c", command], env={"PATH": str(folder)}, check=False, capture_output=True)
    assert (folder / REFUSED).read_text().strip() == command, "the stand-in knows it"
    texts = [file.read_text() for file in (ROOT / "hooks").iterdir() if file.suffix != ".md"]
    texts += [driver_line("union", "python3", "/x", shared=shared) for shared in (False, True)]
    code = [line.partition(" # ")[0] for text in texts for line in text.split("\n")]
    words = " ".join(command.split()[:2])
    there = [line for line in code if re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", line)]
    assert all("||" in line for line in there), f"{words!r} without a way round"
