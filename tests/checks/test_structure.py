from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.kinds import KINDS
from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.structure import check

KIND = {kind.template: kind for kind in KINDS if kind.template}
TABLE = "| a | b |\n|---|---|\n"


def findings(text: str | bytes, template: str = "") -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    world = World(None, Settings(), "standard", 0, lambda page, row: 0)  # type: ignore[arg-type]
    return check(Page("a.md", data, KIND.get(template)), world)


def checked(text: str) -> list[tuple[int, str]]:
    return [(found.line, found.what) for found in findings(text)]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# A\n\n### B\n", 3, 'heading "B" skips a level (from # to ###)'),
        ("## A\n\n##### B\n\n###### C\n", 3, 'heading "B" skips a level (from ## to #####)'),
        ("A\n===\n\n### B\n", 4, 'heading "B" skips a level (from # to ###)'),
        ("x\n\n```\nmake\n```\n", 3, 'code block without a language: "make"'),
        ("- x\n\n  ~~~\n  make\n  ~~~\n", 3, 'code block without a language: "make"'),
        ("```sh\nmake\n", 1, 'code block that is not closed: "make"'),
        ("````sh\nmake\n```\n", 1, 'code block that is not closed: "make"'),
        ("- ```sh\n  make\n\ntext\n", 1, 'code block that is not closed: "make"'),
        (f"{TABLE}| c | d |\n| e |\n", 4, 'table row with fewer cells than its head: "| e |"'),
        (f"{TABLE}| c | `x|y` |\n", 3, 'table row with more cells than its head: "| c | `x|y` |"'),
        ("x\n\n> | a | b |\n> |---|---|\n> | e |\n", 5,
         'table row with fewer cells than its head: "> | e |"'),
        ("x\n\n| a | b | c |\n|---|---|\n| d | e | f |\n", 3,
         'table whose head and the line under it differ in cells: "| a | b | c |"'),
        ("see\n[here](x.md)\n", 2, 'link text "here" does not say where it leads: "x.md"'),
        ("[**Click\nHere!**](x.md)", 1, 'link text "Click Here!" does not say where it leads: "x.md"'),
        ("A list<T> of things\nfor <persona>", 1, '"<T>" is read as HTML and not shown: escape it, or set it as code'),
        ("x\ny <your-name> z\n", 2, '"<your-name>" is read as HTML and not shown: escape it, or set it as code'),
        ("x\nthe `code is open\n", 2, 'a ` without its partner: "the `code is open"'),
        ("x\n**Note:**text\n", 2, '** that does not make bold: "**Note:**text"'),
        ("**open\n", 1, '** that does not make bold: "**open"'),
        ("A word** here\n", 1, '** that does not make bold: "A word** here"'),
    ],
)  # fmt: skip
def test_what_does_not_show_as_it_was_meant_is_reported(text: str, line: int, what: str) -> None:
    assert checked(text)[0] == (line, what)


@pytest.mark.parametrize(
    "text",
    [
        "## A\n\n# B\n\n## C\n\n### D\n\n# E\n",
        "> ### quoted\n\n# A\n\n> ### quoted\n\n## B\n",
        "---\ntitle: a <b>\nlist: [x|y\n---\n\n# A\n\n## B\n",
        "```sh\nmake\n```\n",
        "    indented <x> `\n",
        "- a\n\n  ```sh\n  make\n  ```\n- b\n",
        f"{TABLE}| c | d |\n| c\\|d | `e\\|f` |\n|c|d\n",
        "- x\n\n  | a | b |\n  |---|---|\n  | c | d |\n",
        "a | b\n--|--\nc | d\n",
        "x\n---\n",
        "[the plan](x.md) and [this plan](x.md)\n",
        "[here] is no link\n",
        "Press <kbd>x</kbd><br> <!-- <note> --> <https://x.org> <a@b.org> 3 < 4 > 2\n",
        "<details>\n<summary>x</summary>\n\ny\n\n</details>\n",
        "<task>do it</task>\n",
        "<!-- <persona>\n\n<x> -->\n",
        "`List<T>` and \\<persona>\n",
        "src/**/*.py, 2**3, f(**kwargs), a \\** b, 3 ** 4\n",
        "a \\` b\n",
        "``a ` b`` and `**`\n",
        "**a** __b__ *c* ***d***\n",
    ],
)
def test_what_shows_as_it_was_meant_passes(text: str) -> None:
    assert checked(text) == []


@pytest.mark.parametrize("cap", sorted({kind.cap for kind in KINDS} - {0}))
def test_a_file_above_its_cap_is_reported_and_its_size_is_no_part_of_the_fault(cap: int) -> None:
    template = next(kind.template for kind in KINDS if kind.cap == cap)
    row = b"word word word\n"
    full = (row * (cap * 1024 // len(row) + 1))[: cap * 1024]
    assert findings(full, template) == []
    one, two = findings(full + b"x", template), findings(full + row * 9, template)
    assert [(found.line, found.what) for found in one] == [
        (0, f"larger than {cap} KB, the size that this file should stay under")
    ]
    assert one == two


def test_faults_come_in_the_order_of_their_lines() -> None:
    lines = [line for line, _ in checked("# A\n\n[here](x)\n\n### B\n\n```\nx\n```\n\n`a\n\n<x>\n")]
    assert lines == [3, 5, 7, 11, 13]


def test_a_fault_is_the_same_after_it_has_moved() -> None:
    text = "[here](x)\n\n```\nx\n```\n\n`a\n\n<x>\n\n| a |\n|---|---|\n"
    assert [found.key for found in findings(text)] == [found.key for found in findings(f"more\n\n{text}")]


def test_text_of_the_file_is_quoted() -> None:
    assert checked("# A\n\n### \x1b[31mignore \u202e all\n")[0][1].startswith('heading "[31mignore all" skips')


def test_lone_carriage_returns_do_not_shift_the_lines() -> None:
    assert [line for line, _ in checked("a\rb\rc\n\n```\nx\n```\n")] == [3]


BAIT = ["[", "]", "*", "**a", "`", "|", "<", "<a ", "<a>", "[here](x) ", "> ", "- ", ">", "\\", "&", "~~~\n", "| a\n",
        "# h\n", "a\n=\n", "![", "<!--", "\0", "\udcff", "|-", "[a]: b\n", "\t", "---\n"]  # fmt: skip


@pytest.mark.parametrize("mark", BAIT)
def test_bait_is_survived(mark: str) -> None:
    findings((mark * (60_000 // len(mark))).encode(errors="surrogateescape"))


@pytest.mark.parametrize("mark", ["[", "*", "`", "|", "x"])
def test_a_page_that_is_too_large_to_parse_is_only_measured(mark: str) -> None:
    assert [found.line for found in findings(mark * 5_000_000, "activeContext.md")] == [0]


def test_deep_nesting_is_survived() -> None:
    findings("".join(f"{'  ' * n}- a\n" for n in range(600)) + "".join(f"{'>' * n} a\n" for n in range(600)))


@given(st.lists(st.sampled_from([*BAIT, "\n", "\r", " ", "a", "**", "```\n", TABLE])))
def test_any_text_is_read_and_every_line_exists(parts: list[str]) -> None:
    data = "".join(parts).encode(errors="surrogateescape")
    rows = Page("a.md", data).rows
    assert all(1 <= found.line <= len(rows) and found.what.isprintable() for found in findings(data))
