"""What the mutation run takes out of a module, on a small one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import mutate

MODULE = """\
TABLE = ("a", "b")
TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing

def f(x, y):
    if x:
        return 1
    if y:  # speed: the rest says the same
        return 3
    rows = [row for row in y if row and x]
    return "p" if y else ("q", "r")
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mutate, "ENGINE", tmp_path)
    (tmp_path / "small.py").write_text(MODULE)
    return tmp_path


def test_each_rule_is_taken_out_by_itself(engine: Path) -> None:
    found = mutate.rules("small")
    assert [(rule.line, rule.what) for rule in found] == [
        (1, "row: 'a'"),
        (1, "row: 'b'"),
        (7, "branch: if x:"),
        (11, "condition: row and x"),
        (11, "operand: row"),
        (11, "operand: x"),
        (12, "choice: 'p' if y else ('q', 'r')"),
    ]
    left = [ast.unparse(mutate.without(rule)) for rule in found]
    assert len({*left, ast.unparse(ast.parse(MODULE))}) == len(found) + 1
    assert "TABLE = ('b',)" in left[0]
    assert "if False:\n        return 1" in left[2]
    assert "for row in y]" in left[3]
    assert "if x]" in left[4]
    assert "return ('q', 'r')" in left[6]


def test_every_module_that_merges_can_be_mutated() -> None:
    modules = [file.stem for file in mutate.ENGINE.glob("*.py") if file.stem not in mutate.NO_RULES]
    assert len(modules) > 5
    for module in modules:
        for rule in mutate.rules(module)[::25]:
            compile(mutate.without(rule), module, "exec")


def test_the_tests_that_are_run_are_there() -> None:
    assert all(Path(file).exists() for file in mutate.tests())
