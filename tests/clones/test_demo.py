from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mbgit.install.demo import say
from tests.support import ROOT, sealed_env

SHOWN = "/tmp/mbgit-demo-3qjf11nu"


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


def outside(lines: list[str], box: Path) -> list[str]:
    """What was printed, with the sandbox where README.md has it."""
    return [line.replace(str(box), SHOWN) for line in lines]


def test_it_can_be_read_at_a_glance(demo: tuple[list[str], float, Path]) -> None:
    lines, seconds, box = demo
    assert len(lines) <= 66
    assert max(map(len, outside(lines, box))) <= 80
    assert "\x1b" not in "".join(lines), "no colour in a pipe"
    assert seconds < 40


def test_readme_shows_what_it_prints(demo: tuple[list[str], float, Path]) -> None:
    lines, _, box = demo
    block = (ROOT / "README.md").read_text().partition("```text\nThree clones")[2].partition("\n```")[0]
    words = "\n".join(outside(lines, box)).split()  # a longer path may break a line elsewhere
    assert f"Three clones{block}".split() == words


def test_a_terminal_gets_colour_unless_it_wants_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    say("CONFLICT in a.md", indent="  ", fg="red")
    assert capsys.readouterr().out == "\x1b[31m  CONFLICT in a.md\x1b[0m\n"
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as its:
            its.setenv(name, value)
            say("a.md", fg="red")
        assert capsys.readouterr().out == "a.md\n"


def test_it_shows_the_commands_as_they_are_typed(demo: tuple[list[str], float, Path]) -> None:
    typed = [line.split("$ ")[1].strip() for line in demo[0] if "$ " in line]
    assert typed.pop(0) == "git merge tech-lead", "git alone comes first"
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
    names = ("git merge", "merge=union", "mbgit")
    found = {name: line for name in names for line in demo[0] if line.startswith(f"  {name:<15} ")}
    rows = {name: [int(n) for n in re.findall(r"\b\d+\b", line)] for name, line in found.items()}
    assert list(rows) == list(names)
    files, places = rows["git merge"]
    assert files == sum(line.startswith("  CONFLICT") for line in demo[0]) + 3
    assert places >= files
    conflicts, back, twice, lost = rows["merge=union"]
    assert (conflicts, back, lost) == (0, 2, 0)
    assert twice > 0
    assert rows["mbgit"] == [0, 0, 0, 0]


def test_the_sandbox_stays_and_is_named(demo: tuple[list[str], float, Path]) -> None:
    lines, _, box = demo
    assert str(box) in " ".join(lines[:3])
    assert lines[-1].startswith(f"Look around: cd {box}/devops && ")
    assert (box / "devops/.claude/memory-bank/SESSION_LOG.md").exists()
