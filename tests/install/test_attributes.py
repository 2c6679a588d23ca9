from __future__ import annotations

import pytest

from mbgit.bank.kinds import Rule
from mbgit.install.attributes import BEGIN, block, cut_block, pattern, with_block
from tests.support import Clone, install

BANKS = [
    ".claude/memory-bank", "with space/bank", 'a "quoted" bank', "it's", "100% [sure]", "st*r?",
    "back\\slash", "#hash", "!bang", "bänk/記憶", "tab\there", "-dash", "trailing ", "$(touch x)", ".",
]  # fmt: skip


@pytest.mark.parametrize("bank", BANKS)
def test_git_maps_the_files_of_a_bank_whatever_it_is_called(repo: Clone, bank: str) -> None:
    info = repo.path / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_bytes(block([bank]))
    wanted = {
        f"{bank}/activeContext.md": "mbgit-latest",
        f"{bank}/patterns-buffer.md": "mbgit-union",
        f"{bank}/sessions/2025/05/x.md": "mbgit-union",
        f"{bank}/sessions/x.md": "mbgit-union",
        f"{bank}/SESSION_LOG.md": "mbgit-log",
        f"{bank}/archive/SESSION_LOG-2025-05.md": "mbgit-log",
        "Docs/06-PostMortems/2025/x.md": "mbgit-union",
        f"{bank}/README.md": "unspecified" if bank == "." else "mbgit-union",
        f"elsewhere/{bank}/activeContext.md": "unspecified",
        "README.md": "unspecified",
    }
    wanted = {path.removeprefix("./"): driver for path, driver in wanted.items()}
    if bank == ".":
        wanted.pop("elsewhere/./activeContext.md")
        wanted.pop("./README.md", None)
    said = repo.run("git", "check-attr", "-z", "--stdin", "merge", stdin="\0".join(wanted)).stdout.split("\0")
    assert dict(zip(said[::3], said[2::3], strict=False)) == wanted


def test_what_harvests_go_to_is_mapped_as_well(repo: Clone) -> None:
    targets = ["Docs/Tools.md", "Docs/To*l s/", "memory-bank/archive/old.md", "Docs/06-PostMortems/"]
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "attributes").write_bytes(block(["memory-bank"], targets))
    wanted = {
        "Docs/Tools.md": "mbgit-union",
        "Docs/To*l s/x.md": "mbgit-union",
        "Docs/To*l s/2025/x.md": "mbgit-union",
        "memory-bank/archive/old.md": "mbgit-union",
        "Docs/06-PostMortems/x.md": "mbgit-union",
        "Docs/Tool s/x.md": "unspecified",
        "Docs/Tools.md/x.md": "unspecified",
        "a/Docs/Tools.md": "unspecified",
    }
    said = repo.run("git", "check-attr", "-z", "--stdin", "merge", stdin="\0".join(wanted)).stdout.split("\0")
    assert dict(zip(said[::3], said[2::3], strict=False)) == wanted
    assert block(["memory-bank"], targets[3:]) == block(["memory-bank"])


def test_the_team_s_own_targets_are_taken_over_when_install_is_run_again(repo: Clone) -> None:
    repo.commit("seed", 60, **{"memory-bank/tools-buffer.md": "# Tools\n"})
    install(repo)
    repo.write(".mbgit.toml", '[[harvest]]\nsource = "tools-buffer.md"\ntarget = "Docs/Tools.md"\n')
    assert "merge rules in .git/info/attributes: the block is not what" in install(repo, "--check", check=False).stdout
    install(repo)
    assert install(repo, "--check").returncode == 0
    assert repo.git("check-attr", "merge", "Docs/Tools.md").endswith(": mbgit-union")


def test_a_star_in_a_bank_s_name_matches_only_a_star() -> None:
    assert pattern(Rule("st*r/", "*-buffer.md", "union")) == "/st\\*r/*-buffer.md"


TEXTS = [b"", b"*.png binary\n", b"*.png binary", b"# only a comment\r\n", b"\xff\xfe\n\n\n"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_block_goes_in_and_out(text: bytes) -> None:
    new = block(["bank"])
    with_it = with_block(text, new)
    assert with_it.count(BEGIN) == 1
    assert with_block(with_it, new) == with_it
    assert cut_block(with_it) in (text, text + b"\n")


def test_a_new_block_stands_where_the_old_one_stood() -> None:
    text = with_block(b"before\n", block(["old"])) + b"after\n"
    new = with_block(text, block(["new"]))
    assert new == b"before\n" + block(["new"]) + b"after\n"
    assert cut_block(new) == b"before\nafter\n"


def test_half_a_block_is_somebody_s_text() -> None:
    assert cut_block(BEGIN + b"x merge=union\n") == BEGIN + b"x merge=union\n"
