"""Each room's README.md says what the code's tables say: options, settings, checks, kinds, layouts, laws, messages."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mbgit.bank import settings
from mbgit.bank.kinds import BANK_CAP, BESIDE_BANK, FREE, IN_ROOT, KINDS, kind_of
from mbgit.bank.layouts import LAYOUTS, name_of_template
from mbgit.bank.locks import TIMEOUT
from mbgit.bank.places import PLACES, USUAL
from mbgit.bank.settings import CHECKS, GIT_KEYS, HARVEST, UPKEEP, Settings, read_settings
from mbgit.checks import LEVELS, PAGE_CHECKS, links
from mbgit.checks.page import Page, World
from mbgit.digest import PARTS
from mbgit.install.governed import NAMED
from mbgit.install.options import OPTIONS
from tests.support import ROOT

ROOMS = ["README.md", "hooks/README.md", *(f"mbgit/{room}/README.md" for room in (
    "bank", "engine", "install", "proposals", "server")), "tests/README.md"]  # fmt: skip
PAGES = [*ROOMS, "CONTRIBUTING.md", "CHANGELOG.md"]
README = "\n".join((ROOT / name).read_text() for name in ROOMS)
HOOKS = [file for file in (ROOT / "hooks").iterdir() if file.name != "README.md"]
SOURCES = [*(ROOT / "mbgit").rglob("*.py"), *HOOKS, ROOT / "install.py"]
CODE = "".join(file.read_text() for file in SOURCES)


def literals(file: Path) -> str:
    """What a source may print: the strings of a Python file that are no docstrings, all of a shell script."""
    if file.suffix != ".py":
        return file.read_text()
    tree = ast.parse(file.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    return "\n".join(str(node.value) for node in nodes)


SAID = "\n".join(map(literals, SOURCES))
GIT_SAYS = ("Need to specify how to reconcile divergent branches", "- not something we can merge", "git revert")
CELL = re.compile(r"(?<!\\)\|")
REF = r"mbgit/(superseded|report|harvest|upkeep|migrate|restore|mend|backup)"
SPAN = re.compile(r"`([^`]+)`")


def rows_of(head: str) -> list[str]:
    """The rows of the one table, in whatever room, whose head begins so."""
    assert README.count(f"\n| {head}") == 1, head
    return README.partition(f"\n| {head}")[2].partition("\n\n")[0].split("\n")[2:]


def table(head: str) -> list[list[str]]:
    """The cells of such a table, row by row."""
    return [[cell.strip().replace("\\|", "|") for cell in CELL.split(row)[1:-1]] for row in rows_of(head)]


def section(heading: str) -> str:
    assert README.count(f"\n{heading}\n") == 1, heading
    return re.split(r"\n#{1,3} ", README.partition(f"\n{heading}\n")[2])[0]


def test_the_files_of_hooks() -> None:
    names = [name for row in table("file | what it is") for name in SPAN.findall(row[0])]
    assert sorted(names) == sorted(file.name for file in HOOKS)


def test_the_options_of_install_py() -> None:
    rows = [SPAN.search(row[0]) for row in table("option |")]
    names = [found[1].split(" ")[0] for found in rows if found]
    assert sorted(names) == sorted(["TARGET", *(f"--{option.name}" for option in OPTIONS)])
    said = "".join(row[0] + row[1] for row in table("option |"))
    for choice in (choice for option in OPTIONS for choice in option.choices):
        assert choice in said


def test_where_a_bank_is_found() -> None:
    (row,) = (row for row in table("option |") if "--bank" in row[0])
    assert SPAN.findall(row[1]) == list(USUAL)
    assert "bank/README.md#where-a-bank-lies" in row[1]


def test_the_checks_and_their_levels() -> None:
    rows = [(SPAN.findall(names), level) for names, level, _ in table("check |")]
    listed = {name: level.partition(" ")[0] for names, level in rows for name in names}
    assert listed == LEVELS


def test_every_check_stands_in_all_tables() -> None:
    assert set(CHECKS) | {"settings"} == set(LEVELS), "CHECKS of mbgit/bank/settings.py, LEVELS of mbgit/checks"
    assert PAGE_CHECKS.keys() <= LEVELS.keys()


def test_every_check_of_a_page_is_a_module_with_tests() -> None:
    files = (ROOT / "mbgit/checks").glob("*.py")
    assert {file.stem for file in files if "\ndef check(page: Page, " in file.read_text()} == PAGE_CHECKS.keys()
    assert [name for name in PAGE_CHECKS if not (ROOT / f"tests/checks/test_{name}.py").is_file()] == []


FIELD = [kind for kind in KINDS if kind.entry or kind.aside]


def field_kinds() -> Iterator[str]:
    """The table of what the field keeps as mbgit/bank/README.md is to have it."""
    for kind in FIELD:
        where = " in the root" if kind.place == IN_ROOT else ""
        entry = "no memory: in no size, digest or check" if kind.aside else kind.entry
        yield f"| `{kind.pattern.removeprefix('**/')}`{where} | `{kind.policy}` | {entry} |"


def test_the_kinds_of_files_of_the_field() -> None:
    listed = (ROOT / "mbgit/bank/README.md").read_text()
    assert rows_of("file | policy | an entry is |") == list(field_kinds())
    assert SPAN.findall(listed.partition("as many as there are:")[2].partition(".\n")[0]) == list(PLACES)
    named = set(re.findall(r"HANDOFF|TODO|BACKLOG|MEMORY", listed.partition("never taken by themselves")[0][-200:]))
    assert {f"{name.lower()}.md" for name in named} == set(NAMED)


def kinds() -> Iterator[str]:
    """The table of the specification's kinds as mbgit/bank/README.md is to have it."""
    elsewhere = {kind.pattern for kind in KINDS if kind.place == BESIDE_BANK}
    for kind in KINDS:
        if kind.place == BESIDE_BANK or kind in FIELD:
            continue
        where = " in the bank or beside it" if kind.pattern in elsewhere else ""
        start = f"`{kind.template.removesuffix('.md')}`" if kind.template else ""
        only = {"": "", "*": ", only added to"}.get(kind.append_only, f", *{kind.append_only}* only added to")
        stamps = "" if kind.stamps == FREE else kind.stamps
        cells = (f"`{kind.pattern}`{where}", f"`{kind.policy}`{only}", start, stamps, f"{kind.cap or ''}", kind.update)
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def test_the_kinds_of_files() -> None:
    assert rows_of("file | policy | template |") == list(kinds())


def test_the_layouts_and_their_files() -> None:
    listed = {SPAN.findall(row[0])[0]: row[1] for row in table("layout |")}
    assert list(listed) == list(LAYOUTS)
    own = {layout: {name.removeprefix("../").replace("{persona}", "PERSONA") for name in names}
           for layout, names in LAYOUTS.items()}  # fmt: skip
    own["multi-agent"] -= own["standard"]
    for layout, names in own.items():
        assert {name.removesuffix(".gitkeep") for name in names} == set(SPAN.findall(listed[layout])) - {"standard"}


def test_every_key_of_the_settings() -> None:
    block = section("## Configuration").partition("```toml\n")[2].partition("```")[0]
    found, listed = read_settings(block.encode()), tomllib.loads(block)
    assert found.troubles == ()
    assert listed.keys() == settings._KEYS.keys()
    keys = set(re.findall(r'table\.get\("(\w+)"', Path(settings.__file__).read_text())) - {"priority", "banks"}
    assert set(listed["harvest"][0]) == keys | {"source"}
    assert listed["upkeep"] == UPKEEP
    assert found.harvest == HARVEST, "what is shown is the default"
    assert {layout for layout in LAYOUTS if layout in block} == set(LAYOUTS)


def test_every_key_of_git_s_configuration() -> None:
    known = {key.split(".")[1] for key in GIT_KEYS} | {"checks"}
    asked = set(re.findall(r'(?:config\.get|startswith)\(\s*"mbgit\.(\w+)', CODE))
    listed = {SPAN.findall(row[0])[0].split()[0].split(".")[1].casefold() for row in table("`git config` |")}
    assert listed == asked == known


def test_every_variable_of_the_environment() -> None:
    asked = set(re.findall(r"\bMBGIT(?:_[A-Z]+)?\b", CODE))
    listed = {SPAN.findall(row[0])[0].partition("=")[0] for row in table("environment |")}
    assert listed == asked


def test_every_ref_that_is_shown_is_one() -> None:
    names = {name_of_template(kind.template) for kind in KINDS if kind.template}
    for name in re.findall(r"mbgit/template/[\w-]+", README):
        assert name.removesuffix("-entry") in names
    for name in set(re.findall(rf"\b{REF}\b", README)):
        assert f"mbgit/{name}" in CODE or f'"{name}"' in CODE


def test_numbers_that_the_code_has() -> None:
    assert f"bank over {BANK_CAP} KB" in " ".join(README.split())
    assert f"for {TIMEOUT} minutes" in section("## Locks and private memories")
    amounts = [f"{rule.amount}" for rule in HARVEST]
    said = section("## Harvest")
    assert all(re.search(rf"\b{amount}\b", said) for amount in amounts)


def unsaid(cell: str) -> list[str]:
    """The words of messages in a cell that stand nowhere in the code; capitals stand for what a line names."""
    found = []
    for span in SPAN.findall(cell):
        for words in re.split(r"\s*(?:\b[A-Z]{3,}\b|\bN [a-z]+\b|\bN\b|\.\.\.|[:,])\s*", span):
            bare = words.removeprefix("mbgit: ").strip(' :;(),"+-')
            known = bare in SAID or f"mbgit/{bare}" in SAID or any(text in bare for text in GIT_SAYS)
            found += [bare] if bare and not known else []
    return found


@pytest.mark.parametrize("row", table("it says |"), ids=lambda row: row[0][:30])
def test_what_troubleshooting_names_is_said(row: list[str]) -> None:
    assert unsaid(row[0]) == []


def test_every_check_and_every_part_of_the_digest_has_its_messages() -> None:
    checks, parts, refusals = (table(f"{head} |") for head in ("finding of", "after a pull", "refused"))
    assert sorted(row[0].strip("`") for row in checks) == sorted(LEVELS)
    assert [row[0] for row in parts] == [part.title for part in PARTS]
    assert [unsaid(row[1]) for row in (*checks, *parts, *refusals) if unsaid(row[1])] == []


INSTALL_SAYS = {"Failure": 0, "Change": 0, "Finding": 2, "say": 0, "complain": 0}
"""Which argument of a call holds words that install.py prints."""


def printed(file: Path) -> Iterator[str]:
    """The words, at least two of a piece, that a module of the installer prints."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            said = node.args[INSTALL_SAYS[name] :][:1] if name in INSTALL_SAYS else []
            texts = (text.value for arg in said for text in ast.walk(arg) if isinstance(text, ast.Constant))
            for text in (re.sub(r"https?://\S+|\s+", " ", text) for text in texts if isinstance(text, str)):
                if " " in text.strip(" :;(),."):
                    yield text.strip(" :;(),.")


def test_every_message_of_install_py() -> None:
    rows = table("`install.py` says |")
    assert [unsaid(row[1]) for row in rows if unsaid(row[1])] == []
    listed = " ".join(" ".join(row) for row in rows).replace("`", "")
    files = [file for file in (ROOT / "mbgit/install").glob("*.py") if file.name not in ("demo.py", "migrate.py")]
    assert sorted({text for file in files for text in printed(file) if text not in listed}) == []


def test_the_laws_name_tests_that_there_are() -> None:
    laws = (ROOT / "tests/engine/test_laws.py").read_text()
    rows = table("| law |")
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    for number, _, tests in rows:
        assert f"`test_{number}_*`" in tests
        assert f"def test_{number}_" in laws
        for file in re.findall(r"`(test_\w+\.py)`", tests):
            assert (ROOT / "tests/engine" / file).is_file()


class Files:
    """This repository, as checks see one."""

    def has(self, path: str) -> bool:
        return (ROOT / path).exists()

    def page(self, path: str) -> Page | None:
        file = ROOT / path
        return Page(path, file.read_bytes()) if file.is_file() else None


@pytest.mark.parametrize("name", PAGES)
def test_no_link_is_broken(name: str) -> None:
    page = Page(name, (ROOT / name).read_bytes(), kind_of(name, []))
    assert links.check(page, World(Files(), Settings(), "buffers", 0, lambda page, row: 0)) == []


def test_every_file_that_is_named_is_there() -> None:
    text = "\n".join((ROOT / name).read_text() for name in PAGES)
    paths = set(re.findall(r"`((?:mbgit|tests|hooks)/[\w./-]*)`", text))
    refs = {path for path in paths if re.fullmatch(REF, path)}
    real = {path for path in paths - refs if not re.search("NAME|YYYY|glossary|shouting|template|pre-receive", path)}
    assert real
    assert {path for path in real if not (ROOT / path).exists()} == set()


def test_the_front_door_is_one_screen_and_has_the_command_of_the_tests() -> None:
    door = (ROOT / "README.md").read_text()
    assert door.count("\n") < 200
    assert (ROOT / "CONTRIBUTING.md").read_text().count("\n") < 150
    command = section("## Working on it").partition("```sh\n")[2].partition("\n```")[0]
    assert f"\n    {command}\n" in (ROOT / ".ci/run").read_text()


def test_every_room_has_a_door() -> None:
    folders = [ROOT / name for name in ("hooks", "mbgit", "tests")]
    files = [file for folder in folders for shape in ("README.md", "*/README.md") for file in folder.glob(shape)]
    found = [file.relative_to(ROOT).as_posix() for file in files]
    assert sorted(["README.md", *found]) == sorted(ROOMS)


if __name__ == "__main__":
    print(*kinds(), "", *field_kinds(), sep="\n")
