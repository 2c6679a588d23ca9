from __future__ import annotations

import pytest

from mbgit.install.__main__ import command
from mbgit.install.options import BESIDE, OPTIONS, Options, options_of, parse


def test_both_stages_read_a_command_line_alike() -> None:
    line = ["there", "here", "--persona", "Ada", "--bank", "a", "--bank", "b", "--scaffold", "buffers", "--share"]
    line += ["--personas", "x,y", "--dry-run", "--python", "py"]
    wanted = Options(("there", "here"), "Ada", ("a", "b"), "buffers", "x,y", share=True, dry_run=True, python="py")
    assert parse(line) == wanted
    assert options_of(command.make_context("x", line).params) == wanted


def test_nothing_is_asked_for_by_default() -> None:
    assert parse([]) == Options() == options_of(command.make_context("x", []).params)


def test_every_option_has_a_field() -> None:
    names = {option.name.replace("-", "_") for option in OPTIONS} | {"target"}
    assert names - {"global"} == set(Options._fields) - {"everywhere"}
    assert parse(["--global"]).everywhere


@pytest.mark.parametrize("line", ["--check --dry-run there", "--check --persona Ada --digest off --bank a --share"])
def test_options_that_agree_are_read(line: str) -> None:
    assert parse(line.split()).check


def test_what_may_stand_beside_an_option_is_an_option() -> None:
    names = {option.name for option in OPTIONS} | {"target"}
    assert names >= {*BESIDE, *(name for beside, _ in BESIDE.values() for name in beside)}


@pytest.mark.parametrize(
    "line",
    [
        "--wrong",
        "--scaffold palace",
        "--persona",
        "--migrate palace",
        "--pers x",
        "--persona Ada --persona Bob",
        "--check --uninstall",
        "--bare --global",
        "--bare --persona Ada",
        "--check --scaffold ci",
        "--demo --check",
        "--demo there",
        "--demo --dry-run",
        "--uninstall --persona Ada",
        "--uninstall --bank a",
        "--migrate buffers --scaffold buffers",
        "--check --migrate buffers",
        "--global --bank a",
        "--global --share",
        "--global --bare there",
        "--global --demo",
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_1(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(line.split())
    out, err = capfd.readouterr()
    assert ended.value.code == 1
    assert out == ""
    assert err.startswith("install.py: ")
    assert err.count("\n") == 1
