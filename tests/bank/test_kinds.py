from __future__ import annotations

import pytest

from mbgit.bank.kinds import IN_BANK, KINDS, POLICIES, Rule, bank_of, kind_of, rules, scope
from mbgit.install.attributes import block
from tests.support import Clone


def test_every_kind_has_a_policy_that_exists() -> None:
    assert {kind.policy for kind in KINDS} == set(POLICIES)


def test_no_kind_takes_all_markdown_of_a_folder_that_is_not_the_bank_s_own() -> None:
    assert [kind.place for kind in KINDS if kind.pattern in ("*.md", "**/*.md")] == [IN_BANK]
    assert kind_of("README.md", ["."]) is None
    assert kind_of("src/templates/x.md", ["."]) is None
    assert kind_of("README.md", ["memory-bank"]) is None


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("projectbrief.md", "latest"), ("PROJECT_BRIEF.md", "latest"), ("Project-Brief.md", "latest"),
        ("productContext.md", "latest"), ("product-context.md", "latest"), ("systemPatterns.md", "latest"),
        ("techContext.md", "latest"), ("ACTIVE_CONTEXT.md", "latest"), ("identity/now.md", "latest"),
        ("ARCHITECTURE.md", "latest"), ("currentTask.md", "latest"), ("current_task.md", "latest"),
        ("decisionLog.md", "union"), ("DECISIONS.md", "union"), ("agents/ada/history.md", "union"),
        ("templates/now.md", "union"), ("sessions/2025/context.md", "union"), ("whatever it is.md", "union"),
        ("sessionLog.md", "log"), ("session-log.md", "log"), ("SESSION_LOG.md", "log"),
    ],
)  # fmt: skip
def test_a_name_is_met_in_any_spelling_by_git_as_by_mbgit(repo: Clone, path: str, policy: str) -> None:
    kind = kind_of(f"memory-bank/{path}", ["memory-bank"])
    assert kind is not None
    assert kind.policy == policy
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_bytes(block(["memory-bank"]))
    assert repo.git("check-attr", "merge", f"memory-bank/{path}").endswith(f": mbgit-{policy}")


def test_git_has_every_kind_of_the_table_merged_as_it_says(repo: Clone) -> None:
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_bytes(block(["memory-bank"]))
    inside = [kind for kind in KINDS if kind.place == IN_BANK]
    paths = [f"memory-bank/{kind.pattern.replace('**/', 'a/').replace('*', 'x')}" for kind in inside]
    said = repo.git("check-attr", "-z", "merge", *paths).split("\0")[2::3]
    kinds = [kind_of(path, ["memory-bank"]) for path in paths]
    assert said == [f"mbgit-{kind.policy}" for kind in kinds if kind]
    named = [kind for kind in inside if kind.entry and kind.policy == "latest"]
    assert named
    assert all(f"mbgit-{kind.policy}" == driver for kind, driver in zip(inside, said, strict=True) if kind in named)


def test_of_two_banks_the_inner_one_says_what_a_file_is() -> None:
    banks = ["docs", "docs/memory-bank"]
    kind = kind_of("docs/memory-bank/activeContext.md", banks)
    assert kind is not None
    assert kind.template == "activeContext.md"
    assert bank_of("docs/memory-bank/x.md", banks) == "docs/memory-bank"
    assert bank_of("docs/memory-bank/x.md", [".", *banks]) == "docs/memory-bank"


def test_what_a_team_names_goes_before_all_else(repo: Clone) -> None:
    files = [("CHANGELOG.md", "union"), ("memory-bank/activeContext.md", "union"), ("a[b]*.md", "log")]
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_bytes(block(["memory-bank"], (), files))
    for path, policy in files:
        kind = kind_of(path, ["memory-bank"], files)
        assert kind is not None
        assert (kind.policy, kind.own) == (policy, True)
        assert repo.git("check-attr", "merge", path).endswith(f": mbgit-{policy}")
    assert repo.git("check-attr", "merge", "ab.md").endswith(": unspecified")
    assert ":(top,literal)CHANGELOG.md" in scope(["memory-bank"], (), files)


@pytest.mark.parametrize(
    ("bank", "beside"),
    [
        (".claude/memory-bank", ".claude/"),
        ("memory-bank", ""),
        (".", ""),
        ("a/b/c", "a/b/"),
    ],
)
def test_private_memories_lie_beside_the_bank_and_in_it(bank: str, beside: str) -> None:
    inside = "" if bank == "." else f"{bank}/"
    memories = {rule.folder for rule in rules([bank]) if rule.glob.startswith("agent-memory-banks/")}
    assert memories == {beside, inside}


def test_what_two_banks_share_stands_once() -> None:
    both = rules(["a/bank", "a/other"])
    assert len(both) == len(set(both))
    assert both.count(Rule("", "Docs/03-Reference/Patterns.md", "union")) == 1
    assert both.count(Rule("a/", "agent-memory-banks/**/*.md", "union")) == 1
