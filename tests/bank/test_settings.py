from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.bank.settings import (
    CHECKS,
    FIRM,
    HARVEST,
    LARGEST,
    LAYOUTS,
    UPKEEP,
    Rule,
    Settings,
    Trouble,
    confined,
    in_git,
    is_target,
    read_settings,
)

PATTERNS, LESSONS, DECISIONS = HARVEST
HOSTILE = ("", ".", "..", "../x", "a/../../x", "/x", ".git", ".git/config", "a/.GIT/x", ".git./x", "git~1/x", "a\\b",
           "C:x", "a\nb", "a\x1bb", "a\u202eb", "x" * 400)  # fmt: skip


def read(text: str) -> Settings:
    return read_settings(text.encode())


def faults_in(text: str) -> list[str]:
    """What is wrong, with a mark at what is only a warning."""
    return [trouble.what if trouble.error else f"({trouble.what})" for trouble in read(text).troubles]


# --- the file -----------------------------------------------------------------------------------------------------


def test_no_file_and_an_empty_one_are_all_defaults() -> None:
    assert read_settings(None) == read_settings(b"") == Settings()
    assert Settings().harvest == HARVEST


@pytest.mark.parametrize(
    "data",
    [b"[checks", b"a = ", b"\xff\xfe", b"a = 1\na = 2", b"\0", b"x" * (LARGEST + 1), b"a = " + b"[" * 60_000,
     b"a = " + b"{b=" * 20_000, b"a = 1e", b"banks = ['a'\n]]", b"a = 99-99-99", b"a = 2025-13-45"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_error_and_all_defaults(data: bytes) -> None:
    found = read_settings(data)
    assert found == Settings(troubles=found.troubles)
    assert [trouble.error for trouble in found.troubles] == [True]
    assert found.troubles[0].what.startswith("not read: ")
    assert found.troubles[0].what.isprintable()
    assert len(found.troubles[0].what) < 130


def test_a_file_of_the_largest_size_is_read() -> None:
    text = 'layout = "buffers"\n#'
    assert read(text + "x" * (LARGEST - len(text))).layout == "buffers"


def test_a_number_of_any_length_does_no_harm() -> None:
    priority = f"[personas]\na = {{ priority = {'9' * 60_000} }}"
    for text in (f"layout = {'9' * 4_000}", priority, "layout = 0x" + "f" * 9_999):
        found = read(text)
        assert found.layout == ""
        assert all(len(trouble.what) < 200 for trouble in found.troubles)


def test_unknown_keys_are_warnings() -> None:
    assert faults_in('colour = "red"\n[x.y]\nz = 1\n') == ['(unknown key "colour")', '(unknown key "x")']
    assert faults_in('"\\u001b[31m" = 1') == ['(unknown key "[31m")']


def test_dotted_keys_are_tables() -> None:
    found = read('checks.links = "warn"\nupkeep.log = false\npersonas."Tech Lead".priority = 3\n')
    assert found.troubles == ()
    assert found.levels == {"links": (("**", "warn"),)}
    assert found.upkeep == {"log": False}
    assert found.priority("tech-lead") == 3


# --- each key -----------------------------------------------------------------------------------------------------


def test_banks() -> None:
    assert read('banks = ["memory-bank", "./a//b/"]').banks == ("memory-bank", "a/b")


@pytest.mark.parametrize("value", ['"x"', "[]", "[1]", '["a", "../b"]', "{}", "true", "[['a']]"])
def test_banks_that_are_none(value: str) -> None:
    assert read(f"banks = {value}").banks == ()
    assert faults_in(f"banks = {value}") == ["banks: expected a list of folders inside of the repository"]


def test_layout() -> None:
    for layout in LAYOUTS:
        assert read(f'layout = "{layout}"') == Settings(layout=layout)
    for value in ('"Buffers"', '""', "1", "[]", "{}", "nan", "1979-05-27"):
        assert faults_in(f"layout = {value}") == [f"layout: expected {' or '.join(LAYOUTS)}"]
        assert read(f"layout = {value}").layout == ""


def test_a_rule_changes_what_it_names_and_keeps_the_rest() -> None:
    found = read('[[harvest]]\nsource = "lessons-buffer.md"\nthreshold = "30 lines"\n')
    assert found == Settings(harvest=(PATTERNS, LESSONS._replace(amount=30), DECISIONS))


def test_a_rule_of_one_s_own() -> None:
    found = read('[[harvest]]\nsource = "ideas.md"\nthreshold = "1 item"\ntarget = "docs/Ideas.md"\nowner = "Ada"\n')
    assert found == Settings(harvest=(*HARVEST, Rule("ideas.md", 1, "items", "docs/Ideas.md", "Ada")))
    found = read('[[harvest]]\nsource = "ideas.md"\ntarget = "docs/ideas/"\n')
    assert found.harvest[-1] == Rule("ideas.md", 20, "lines", "docs/ideas/", "")


@pytest.mark.parametrize(
    ("threshold", "amount", "unit"),
    [("20 lines", 20, "lines"), ("1 line", 1, "lines"), ("5items", 5, "items"), ("1 item", 1, "items"),
     ("8 KB", 8, "KB"), ("999999 lines", 999_999, "lines")],
)  # fmt: skip
def test_thresholds(threshold: str, amount: int, unit: str) -> None:
    rule = read(f'[[harvest]]\nsource = "patterns-buffer.md"\nthreshold = "{threshold}"').harvest[0]
    assert (rule.amount, rule.unit) == (amount, unit)


@pytest.mark.parametrize(
    "value", ['"0 lines"', '"-1 lines"', '"1000000 lines"', '"20"', '"lines"', '"8 kb"', '"20  lines"', "20", "[]",
              '" 20 lines"', '"20 lines\\n"', '"٣ lines"', "1e3"],
)  # fmt: skip
def test_thresholds_that_are_none(value: str) -> None:
    text = f'[[harvest]]\nsource = "patterns-buffer.md"\nthreshold = {value}\n'
    assert faults_in(text) == ['harvest 1: threshold: expected a number of lines, items or KB, such as "20 lines"']
    assert read(text).harvest == HARVEST


@pytest.mark.parametrize("target", [*HOSTILE, "docs", "docs/x.txt", ".github/", ".github/x.md", "docs/.x/", "CLAUDE.md",
                                    "docs/agents.md", "docs/Claude.md/"])  # fmt: skip
def test_a_target_stays_where_documents_are(target: str) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in target)
    text = f'[[harvest]]\nsource = "patterns-buffer.md"\ntarget = "{escaped}"\n'
    assert read(text).harvest == HARVEST
    what = "target: expected a *.md file or a folder/ inside of the repository"
    assert faults_in(text) == [f'harvest 1 ("patterns-buffer.md"): {what}']
    assert not is_target(target)


@pytest.mark.parametrize("source", HOSTILE)
def test_a_source_stays_in_the_bank(source: str) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in source)
    text = f'[[harvest]]\nsource = "{escaped}"\ntarget = "docs/"\n'
    assert read(text).harvest == HARVEST
    assert faults_in(text) == ["harvest 1: source: expected a file of the bank"]


def test_every_fault_of_the_rules_is_reported() -> None:
    text = """
        [[harvest]]
        source = "a.md"
        target = 1
        owner = 2
        colour = "red"
        [[harvest]]
        target = "docs/"
        [[harvest]]
        source = "patterns-buffer.md"
        owner = "Ada"
    """
    assert faults_in(text) == [
        '(harvest 1: unknown key "colour")',
        'harvest 1 ("a.md"): target: expected a *.md file or a folder/ inside of the repository',
        "harvest 1: owner: expected a persona's name",
        "harvest 2: source: expected a file of the bank",
    ]
    assert read(text).harvest == (PATTERNS._replace(owner="Ada"), LESSONS, DECISIONS)


@pytest.mark.parametrize("value", ["1", '"x"', "{ source = 'a.md' }", "true"])
def test_harvest_that_is_no_list(value: str) -> None:
    assert faults_in(f"harvest = {value}") == ["harvest: expected [[harvest]] tables"]
    assert faults_in("harvest = [1, 'x']") == [f"harvest {n}: source: expected a file of the bank" for n in (1, 2)]


def test_levels() -> None:
    found = read('[checks]\nlinks = "warn"\nvague = { "**" = "off", "docs/**" = "error", "docs/a/*.md" = "warn" }\n')
    assert found.troubles == ()
    assert found.level("links", "any/path.md", "error") == "warn"
    assert found.level("vague", "bank/x.md", "warn") == "off"
    assert found.level("vague", "docs/b/x.md", "warn") == "error"
    assert found.level("vague", "docs/a/x.md", "error") == "warn"
    assert found.level("structure", "x.md", "default") == "default"


@pytest.mark.parametrize("check", FIRM)
@pytest.mark.parametrize("value", ['"off"', '"warn"', '{ "**" = "error", "docs/**" = "off" }', '{ "x.md" = "warn" }'])
def test_firm_checks_cannot_be_lowered(check: str, value: str) -> None:
    found = read(f"[checks]\n{check} = {value}\n")
    assert found.level(check, "docs/x.md", "error") == found.level(check, "x.md", "error") == "error"
    what = f"checks.{check} can be lowered only by `git config mbgit.checks.{check}`"
    assert found.troubles == (Trouble(what, error=False),)
    assert read(f'[checks]\n{check} = "error"\n').troubles == ()


@pytest.mark.parametrize(
    "value", ['"Error"', '""', "true", "1", "[]", '{ "x" = 1 }', '{ "x" = { "y" = "off" } }',
              f'{{ "{"x" * 200}" = "off" }}', '{ "*a*a*a*a*a*a*a*a*a" = "off" }'],
)  # fmt: skip
def test_levels_that_are_none(value: str) -> None:
    assert faults_in(f"[checks]\nlinks = {value}") == [
        'checks.links: expected "off", "warn" or "error", or a table of globs with those'
    ]
    assert read(f"[checks]\nlinks = {value}").level("links", "x", "error") == "error"


def test_a_glob_of_many_stars_costs_no_time() -> None:
    found = read('[checks]\nlinks = { "**/*a*/**/*" = "off" }')
    assert found.level("links", "a" * 4_000 + "/b" * 2_000, "error") == "off"


def test_unknown_checks_are_warnings() -> None:
    assert faults_in('[checks]\nspelling = "off"') == ['(checks: unknown check "spelling")']
    assert faults_in("checks = 1") == ["checks: expected a table of levels"]


def test_personas() -> None:
    found = read('[personas]\n"Tech Lead" = { priority = 10 }\nDebugger = { priority = -2 }\nada = {}\n')
    assert found.troubles == ()
    assert [found.priority(name) for name in ("tech lead", "Debugger", "Ada", "Bob")] == [10, -2, 0, 0]


@pytest.mark.parametrize("value", ["1", '"x"', "[]", "{ priority = 1.5 }", "{ priority = true }", "{ priority = '1' }"])
def test_personas_that_are_none(value: str) -> None:
    assert faults_in(f"[personas]\nada = {value}") == ['personas."ada": expected a table such as { priority = 10 }']
    assert read(f"[personas]\nada = {value}").priorities == {}
    assert faults_in("personas = 1") == ["personas: expected a table of personas"]


def test_upkeep() -> None:
    for name in UPKEEP:
        assert read(f"[upkeep]\n{name} = true") == Settings(upkeep={name: True})
        assert read(f"[upkeep]\n{name} = false") == Settings(upkeep={name: False})


@pytest.mark.parametrize("value", ["1", "0", '"true"', '"on"', "[]", "{}", "1.0"])
def test_upkeep_that_is_none(value: str) -> None:
    assert faults_in(f"[upkeep]\nlog = {value}\nlinks = true") == ["upkeep.log: expected true or false"]
    assert read(f"[upkeep]\nlog = {value}\nlinks = true").upkeep == {"links": True}
    assert faults_in("upkeep = true") == ["upkeep: expected a table such as { links = true }"]


def test_unknown_jobs_are_warnings() -> None:
    assert faults_in("[upkeep]\ndust = true") == ['(upkeep: unknown job "dust")']
    assert read("[upkeep]\ndust = true").upkeep == {}


# --- paths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", HOSTILE)
def test_paths_that_are_not_confined(path: str) -> None:
    assert not confined(path)


@pytest.mark.parametrize("path", ["a", "a/b.md", "Docs/03-Reference/", "a b", "é.md", "...", ".github", "a..b", "git"])
def test_paths_that_are(path: str) -> None:
    assert confined(path)


def test_git_s_own_folder_however_it_is_spelt() -> None:
    assert all(in_git(["a", part]) for part in (".git", ".GIT", ".git.", ".git ", "GIT~1"))
    assert not any(in_git([part]) for part in ("git", ".gitignore", ".github", "x.git"))


# --- anything -----------------------------------------------------------------------------------------------------



def inline(table: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"


keys = st.sampled_from(("a", "source", "priority", '"**"', "log", "links", "markers"))
values = st.recursive(
    st.sampled_from(("1", "-1", "true", "1.5", "nan", '"off"', '"warn"', '"error"', '"x.md"', '"../x"', "[]", "{}")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(keys, inner, max_size=3).map(inline),
    ),
    max_leaves=6,
)  # fmt: skip
names = st.sampled_from(("banks", "layout", "harvest", "checks", "personas", "upkeep", "other", '"\\u0000"'))


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(names, values, max_size=4))
def test_any_table_is_read(table: dict[str, str]) -> None:
    found = read("\n".join(f"{key} = {value}" for key, value in table.items()))
    assert all(trouble.what.isprintable() for trouble in found.troubles)
    assert all(is_target(rule.target) and confined(rule.source) for rule in found.harvest)
    assert all(found.level(check, "x.md", "error") == "error" for check in FIRM)
    assert set(found.levels) <= set(CHECKS)
    assert set(found.upkeep) <= set(UPKEEP)
    assert all(map(confined, found.banks))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_read(data: bytes) -> None:
    found = read_settings(data)
    assert all(trouble.what.isprintable() for trouble in found.troubles)
