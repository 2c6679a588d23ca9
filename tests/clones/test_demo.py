from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import ROOT, sealed_env


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float, Path]:
    """What the demo prints for a user whose own git is set up to get in the way; its seconds; its sandbox."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "home").mkdir()
    (folder / "home" / ".gitconfig").write_text(
        "[merge]\n\tff = only\n[core]\n\thooksPath = /dev/null\n"
        "[commit]\n\tgpgsign = true\n[init]\n\tdefaultBranch = x\n"
    )
    command = [sys.executable, str(ROOT / "install.py"), "--demo", "--python", sys.executable]
    env = sealed_env(folder / "home", TMPDIR=str(folder), GIT_DIR=str(ROOT / ".git"))
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (box,) = folder.glob("mbgit-demo-*")
    return done.stdout.splitlines(), time.monotonic() - started, box


def test_it_can_be_read_at_a_glance(demo: tuple[list[str], float, Path]) -> None:
    lines, seconds, box = demo
    assert len(lines) <= 45
    assert max(map(len, (line.replace(str(box), "/tmp/mbgit-demo-12345678") for line in lines))) <= 135
    assert seconds < 20


def test_it_shows_the_commands_as_they_are_typed(demo: tuple[list[str], float, Path]) -> None:
    typed = [line.split("$ ")[1].strip() for line in demo[0] if "$ " in line]
    assert typed.pop(2) == "git show mbgit/superseded"
    assert "  Clear the buffers." in demo[0]
    assert typed == [
        "git push",
        "git pull",
        "git push",
        "git pull --rebase",
        "git push",
        "git pull",
        "git pull",
    ]


def test_everybody_ends_with_the_same_bytes(demo: tuple[list[str], float, Path]) -> None:
    lines, _, box = demo
    assert sum(line.endswith("  the same bytes") for line in lines) == 4
    trees = {
        subprocess.run(["git", "rev-parse", "HEAD^{tree}"], cwd=box / name, capture_output=True, check=True).stdout
        for name in ("tech-lead", "devops", "debugger")
    }
    assert len(trees) == 1


def test_what_git_alone_makes_of_it_is_counted(demo: tuple[list[str], float, Path]) -> None:
    rows = {line.split("  ")[1]: [int(n) for n in re.findall(r"\b\d+\b", line)] for line in demo[0][-5:-2]}
    files, places = rows["default merge"]
    assert files == 8
    assert places >= files
    conflicts, back, twice, lost = rows["merge=union"]
    assert (conflicts, back, lost) == (0, 2, 0)
    assert twice > 0
    assert rows["mbgit"] == [0, 0, 0, 0]


def test_the_sandbox_stays_and_is_named(demo: tuple[list[str], float, Path]) -> None:
    lines, _, box = demo
    assert str(box) in lines[0]
    assert lines[-1].startswith(f"Look around: cd {box}/devops && ")
    assert (box / "devops/.claude/memory-bank/SESSION_LOG.md").exists()
