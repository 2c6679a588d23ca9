"""Take one rule at a time out of the engine, and list those that no test misses: `python -m tests.mutate [MODULE ...]`.

A rule is the branch of an `if`, the first way of an `a if b else c`, one operand of an `and` or `or`, the condition of
a comprehension, or a row of a table at the top of a module. Without it the cases, the pages and the tests of the engine
are run until one fails (`--tests` for others); a rule that nothing fails without is listed, and the status is 1. A
branch that only saves time is no rule: its line ends with `# speed`, and why.

Each run is a fork of a process that has loaded pytest already. Run it by hand: it takes hours for the whole engine.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "mbgit" / "engine"
NO_RULES = frozenset({  # what starts, reads, writes and asks: tested with real git, beyond a run of seconds
    "__init__", "__main__", "ask", "bundle", "clock", "driver", "files", "history", "job", "ledger", "operation",
    "superseded",
})  # fmt: skip
OTHER = frozenset({"test_clock", "test_driver", "test_hashing", "test_history", "test_ledger", "test_oracle"})
"""Tests of the engine that are not about rules of a merge."""
WHOLE = frozenset({"branch", "condition", "row"})
"""What is a rule by itself, not a part of one."""
SECONDS = 300  # a run that takes longer does not end


class Rule(NamedTuple):
    """A place in a module from which something can be taken out."""

    module: str
    number: int
    """Which of the module's places, in the order of `_Places`."""
    line: int
    what: str


class _Places(ast.NodeTransformer):
    """Walks a module; takes out the rule of one number, and notes all of them."""

    def __init__(self, wanted: int, silent: frozenset[int]) -> None:
        self.wanted, self.silent = wanted, silent
        self.found: list[tuple[int, str]] = []
        self.depth = 0

    def _is_it(self, node: ast.expr | ast.stmt, what: str) -> bool:
        if node.lineno in self.silent:
            return False
        self.found.append((node.lineno, f"{what}: {ast.unparse(node).splitlines()[0][:90]}"))
        return len(self.found) - 1 == self.wanted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    visit_ClassDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_If(self, node: ast.If) -> ast.AST:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node
        if self._is_it(node, "branch"):
            node.test = ast.copy_location(ast.Constant(False), node.test)
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        if self._is_it(node, "choice"):
            return node.orelse
        self.generic_visit(node)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        for at, value in enumerate(node.values):
            if self._is_it(value, "operand"):
                rest = node.values[:at] + node.values[at + 1 :]
                return rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(node.op, rest), node)
        self.generic_visit(node)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        for at, test in enumerate(node.ifs):
            if self._is_it(test, "condition"):
                del node.ifs[at]
                break
        self.generic_visit(node)
        return node

    def _table(self, node: ast.Set | ast.Tuple | ast.List) -> ast.AST:
        if not self.depth and len(node.elts) > 1:
            for at, row in enumerate(node.elts):
                if self._is_it(row, "row"):
                    del node.elts[at]
                    break
        self.generic_visit(node)
        return node

    visit_Set = visit_Tuple = visit_List = _table

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        if not self.depth and len(node.keys) > 1:
            for at, row in enumerate(node.values):
                if self._is_it(row, "row"):
                    del node.keys[at], node.values[at]
                    break
        self.generic_visit(node)
        return node


def rules(module: str) -> list[Rule]:
    """All that can be taken out of a module of the engine."""
    tree, silent = _parsed(module)
    places = _Places(-1, silent)
    places.visit(tree)
    return [Rule(module, number, line, what) for number, (line, what) in enumerate(places.found)]


def _parsed(module: str) -> tuple[ast.Module, frozenset[int]]:
    text = (ENGINE / f"{module}.py").read_text()
    silent = frozenset(number for number, line in enumerate(text.splitlines(), 1) if "# speed" in line)
    return ast.parse(text), silent


def without(rule: Rule) -> ast.Module:
    """The module without one rule."""
    tree, silent = _parsed(rule.module)
    _Places(rule.number, silent).visit(tree)
    return ast.fix_missing_locations(tree)


class _Mutant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Has one module of the engine come from a syntax tree."""

    def __init__(self, rule: Rule) -> None:
        self.name, self.tree = f"mbgit.engine.{rule.module}", without(rule)

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, f"{module.__name__} without a rule", "exec"), module.__dict__)


def tests() -> list[str]:
    """What is run for each rule: what tells most rules apart comes first, what takes longest last."""
    found = [file for file in (ROOT / "tests/engine").glob("test_*.py") if file.stem not in OTHER]
    found.sort(key=lambda file: ("laws" in file.stem, file.name))
    return [str(ROOT / "tests/test_cases.py"), str(ROOT / "tests/test_pages.py"), *map(str, found)]


def _started(rule: Rule | None, tests: Sequence[str]) -> int:
    """The process that runs the tests without a rule."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = _tested(rule, tests)
        finally:
            os._exit(status)
    return pid


def _tested(rule: Rule | None, tests: Sequence[str]) -> int:
    signal.alarm(SECONDS)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    if rule is not None:
        sys.meta_path.insert(0, _Mutant(rule))
    options = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no")
    return int(pytest.main([*options, *tests]))


def survivors(wanted: Sequence[Rule], tests: Sequence[str], jobs: int) -> Iterator[Rule]:
    """The rules without which all tests pass."""
    waiting, running = list(reversed(wanted)), dict[int, Rule]()
    while waiting or running:
        while waiting and len(running) < jobs:
            rule = waiting.pop()
            running[_started(rule, tests)] = rule
        pid, status = os.wait()
        rule = running.pop(pid)
        if status == 0:
            yield rule


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="`merge`, `place`, ...; none: all that merge")
    parser.add_argument("--tests", nargs="+", default=tests())
    parser.add_argument("--lines", metavar="FROM-TO", default="", help="only what stands in these lines")
    parser.add_argument("--whole", action="store_true", help="a third of the time: no single operand, no choice")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth rule")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args(argv)
    modules = args.modules or sorted(file.stem for file in ENGINE.glob("*.py") if file.stem not in NO_RULES)
    wanted = [rule for module in modules for rule in rules(module)]
    if args.lines:
        first, last = map(int, args.lines.split("-"))
        wanted = [rule for rule in wanted if first <= rule.line <= last]
    if args.whole:
        wanted = [rule for rule in wanted if rule.what.split(":")[0] in WHOLE]
    wanted, missed, began = wanted[:: args.every], 0, time.monotonic()
    if os.waitpid(_started(None, args.tests), 0)[1]:
        print("the tests fail with every rule in place")
        return 2
    for rule in survivors(wanted, args.tests, args.jobs):
        missed += 1
        print(f"mbgit/engine/{rule.module}.py:{rule.line}: no test misses this {rule.what}", flush=True)
    spent = time.monotonic() - began
    print(f"{len(wanted)} rules taken out one at a time, {missed} that no test misses, in {spent:.0f} s")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
