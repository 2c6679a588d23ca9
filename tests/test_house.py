"""The rooms of mbgit/, and that what one module imports never leads back to it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

ROOMS = {"bank", "checks", "digest", "engine", "gate", "git", "install", "proposals", "server", "words"}
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in (ROOT / "mbgit").rglob("*.py")
}


def test_the_rooms_are_those_of_contributing() -> None:
    there = {path.name for path in (ROOT / "mbgit").iterdir() if path.name not in ("__pycache__", "py.typed")}
    assert there == {*ROOMS, "__init__.py", "hooks.py", "report.py"}
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [name for name in sorted(there - {"__init__.py"}) if f"\nmbgit/{name}" not in text] == []


def test_the_tests_mirror_the_rooms() -> None:
    beside = {"bench", "cases", "clones", "pages"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == ROOMS | beside


def imported(name: str, file: Path) -> Iterator[str]:
    """The modules of mbgit that one imports: at its top, in a function, and for the type checker alone."""
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from (whole if (whole := f"{source}.{alias.name}") in MODULES else source for alias in node.names)


def test_no_import_leads_back() -> None:
    graph = {name: {to for to in imported(name, file) if to in MODULES} - {name} for name, file in MODULES.items()}
    assert graph["mbgit.hooks"]
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_import_misses_what_the_wheel_has_elsewhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    moved = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    names = {place.removesuffix(".py").replace("/", ".") for place in moved if place.startswith("mbgit/")}
    every = {to for name, file in MODULES.items() for to in imported(name, file)}
    assert names
    assert names <= MODULES.keys() - every
    assert not any(name.endswith("__main__") for name in names), "it is started, not imported"


@pytest.mark.parametrize("line", ["def f():\n    from mbgit import a\n", "if TYPE_CHECKING:\n    import mbgit.a\n"])
def test_an_import_in_a_function_or_a_branch_counts(line: str, tmp_path: Path) -> None:
    file = tmp_path / "b.py"
    file.write_text(line)
    assert {name.partition(".a")[0] for name in imported("mbgit.b", file)} == {"mbgit"}
