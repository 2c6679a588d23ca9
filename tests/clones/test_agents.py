"""`install.py --agents`: ten lines in the imperative, true for the layout at hand, and gone with an uninstall."""

from __future__ import annotations

import re

import pytest

from mbgit.install.agents import BEGIN, END
from tests.clones.test_install import snapshot
from tests.support import Clone, install

LAYOUTS = {
    "buffers": {"activeContext.md": "x\n", "patterns-buffer.md": "x\n", "SESSION_LOG.md": "x\n"},
    "field": {"projectbrief.md": "x\n", "progress.md": "x\n", "decisionLog.md": "x\n"},
}


def lines(text: str) -> list[str]:
    inside = text.partition(BEGIN.decode())[2].partition(END.decode())[0]
    return inside.splitlines()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("before", [{}, {"CLAUDE.md": "# Mine\n"}, {"AGENTS.md": "no newline", "CLAUDE.md": "x\n"}])
def test_ten_lines_that_are_shown_and_taken_out_again(repo: Clone, layout: str, before: dict[str, str]) -> None:
    for name, text in LAYOUTS[layout].items():
        repo.write(f"memory-bank/{name}", text)
    for name, text in before.items():
        repo.write(name, text)
    was = snapshot(repo.path)
    said = install(repo, "--agents").stdout
    name = "CLAUDE.md" if list(before) == ["CLAUDE.md"] else "AGENTS.md"
    text = repo.read(name)
    assert text.startswith(before.get(name, ""))
    found = lines(text)
    assert len(found) == 10
    assert all(line in said for line in found)
    assert found[0] == "## Shared memory: `memory-bank/`"
    assert all(re.match(r"- [A-Z][a-z]+ ", line) for line in found[1:])
    for path in re.findall(r"`(memory-bank/\S+\.md)`", "\n".join(found)):
        assert (repo.path / path).is_file()
    assert any("harvest" in line for line in found) == (layout == "buffers")
    assert "add to" not in install(repo, "--agents").stdout
    assert install(repo, "--agents", "--check").returncode == 0
    install(repo, "--uninstall")
    assert snapshot(repo.path) == was


def test_what_others_wrote_behind_it_stays(repo: Clone) -> None:
    install(repo, "--agents")
    repo.write("AGENTS.md", "# Ours\n\n" + repo.read("AGENTS.md") + "\n## More\n")
    repo.commit("agents")
    install(repo, "--uninstall")
    assert repo.read("AGENTS.md") == "# Ours\n\n## More\n"
