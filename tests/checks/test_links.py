from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.settings import Settings
from mbgit.checks.finding import Finding
from mbgit.checks.links import check, links, resolved
from mbgit.checks.page import Page, World

HERE = "memory-bank/activeContext.md"


class Files:
    """The files of a commit that exist; what was asked for is kept."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.asked: list[str] = []
        self.read: list[str] = []

    def has(self, path: str) -> bool:
        self.asked.append(path)
        return any(name == path or name.startswith(path + "/") for name in self.texts)

    def page(self, path: str) -> Page | None:
        self.read.append(path)
        return Page(path, self.texts[path].encode()) if path in self.texts and path.endswith(".md") else None


FILES = {
    HERE: "",
    "memory-bank/progress.md": "# Progress\n\n## Change Log\n",
    "memory-bank/two words.md": "# Ä & B\n",
    "memory-bank/sessions/2025-08-21_a.md": "",
    "docs/x.md": "# Set-up\n\n## Change log\n\n## Change logs\n",
    "docs/pic.png": "",
    "README.md": "",
}


def found(text: str | bytes, files: Files | None = None, path: str = HERE) -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    return check(Page(path, data), World(files or Files(FILES), Settings(), "buffers", 0, lambda page, row: 0))


def faults(text: str | bytes) -> list[str]:
    return [finding.what for finding in found(text)]


@pytest.mark.parametrize(
    "link",
    [
        "[a](progress.md)",
        "[a](./progress.md)",
        "[a](progress.md 'with a title')",
        "[a](<two words.md>)",
        "[a](two%20words.md)",
        "[a](<two words.md#ä--b>)",
        "[a](two%20words.md#%C3%A4--b)",
        "[a](../docs/x.md?plain=1#set-up)",
        "[a](/docs/x.md)",
        "[a](/)",
        "[a](..)",
        "[a](sessions)",
        "[a](sessions/)",
        "[a](../docs/x.md#L12)",
        "[a](../docs/x.md#L12C1-L14C3)",
        "[a](progress.md#Change-Log)",
        "[a](progress.md#)",
        "[a](#top)",
        "[a](#)",
        "[a]()",
        "[a](../docs/pic.png#anything)",
        "![a](../docs/pic.png)",
        "[![a](../docs/pic.png)](progress.md)",
        "[a][ref]\n\n[ref]: progress.md#change-log",
        '<a href="progress.md">a</a> <img src="../docs/pic.png">',
        "[a](https://example.org/none.md) [a](//host/none.md) <mailto:a@example.org> <https://example.org>",
        "`[a](none.md)`",
        "    [a](none.md)",
        "```\n[a](none.md)\n```",
        "<!-- [a](none.md) <a href=none.md> -->",
        "[unused]: none.md",
        "# Here\n\n[a](#here) [a](activeContext.md#here) [a](../memory-bank/activeContext.md#here)",
        "<a name='spot'></a>\n\n[a](#spot) [a](#user-content-spot)",
    ],
)
def test_a_good_link_is_no_finding(link: str) -> None:
    assert faults(link) == []


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ("[a](none.md)", 'link to "none.md": no such file'),
        ("[a](<no such.md>)", 'link to "no such.md": no such file'),
        ("[a](none.md#x)", 'link to "none.md#x": no such file'),
        ("![a](none.png)", 'link to "none.png": no such file'),
        ("[a](docs/x.md)", 'link to "docs/x.md": no such file'),
        ("[a](Progress.md)", 'link to "Progress.md": no such file'),
        ("[a](progress.md#setup)", 'link to "progress.md#setup": no such heading'),
        ("[a](#nowhere)", 'link to "#nowhere": no such heading'),
        ("[a][r]\n\n[r]: none.md", 'link to "none.md": no such file'),
        ("<a href='none.md'>a</a>", 'link to "none.md": no such file'),
        ("<div>\n<img src=none.png>\n</div>", 'link to "none.png": no such file'),
        ("| a |\n|---|\n| [a](none.md) |", 'link to "none.md": no such file'),
        ("[a](../../etc/passwd)", 'link to "../../etc/passwd": it leads out of the repository'),
        ("[a](/../x.md)", 'link to "/../x.md": it leads out of the repository'),
        ("[a](%2e%2e/%2e%2e/x.md)", 'link to "../../x.md": it leads out of the repository'),
        ("[a](docs/../../../memory-bank/progress.md)", None),
        (r"[a](C:\\x.md)", r'link to "C:\x.md": it leads out of the repository'),
        ("[a](c%3A/x.md)", 'link to "c:/x.md": it leads out of the repository'),
        (r"[a](<\\\\host\\x.md>)", r'link to "\\host\x.md": it leads out of the repository'),
        ("<a href='file:///etc/passwd'>a</a>", 'link to "(link)": it leads out of the repository'),
        ("[a](../.git/config)", 'link to "../.git/config": it leads into git\'s own folder'),
        ("[a](../.GIT./config)", 'link to "../.GIT./config": it leads into git\'s own folder'),
    ],
)
def test_a_link_to_nothing_says_what_is_wrong(link: str, what: str | None) -> None:
    expected = what or 'link to "docs/../../../memory-bank/progress.md": it leads out of the repository'
    assert faults(link) == [expected]


def test_nothing_outside_of_the_tree_is_asked_for() -> None:
    files = Files(FILES)
    found(r"[a](../../x) [a](/../x) [a](C:/x) [a](../.git/x) [a](<\\\\h\\x>) [a](https://example.org/x.md#y)", files)
    assert files.asked == []
    assert files.read == []


def test_a_finding_names_the_row_of_the_link() -> None:
    text = "words\n[a](progress.md)\n*more [b](one.md)*  \n[c][r] <a\nhref='two.md'>\n[d](three.md)\n\n"
    text += "- x\n  [e](four.md)\n\n| a |\n|---|\n| [f](five.md) |\n\n<p>\n<a\nhref=six.md>\n\n[r]: zero.md\n"
    lines = {finding.what.split('"')[1]: finding.line for finding in found(text)}
    assert lines == {
        "one.md": 3, "zero.md": 4, "two.md": 4, "three.md": 6, "four.md": 9, "five.md": 13, "six.md": 16,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("[a](progress)", 'did you mean "memory-bank/progress.md"?'),
        ("[a](docs/x.md)", 'did you mean "docs/x.md"?'),
        ("[a](Progress.md)", 'did you mean "memory-bank/progress.md"?'),
        (r"[a](..\\docs\\x.md)", 'did you mean "docs/x.md"?'),
        ("[a](old/progress.md)", 'did you mean "memory-bank/progress.md"?'),
        ("[a](old/none/)", ""),
        ("[a](progress.md#changelog)", 'did you mean "#change-log"?'),
        ("[a](../docs/x.md#change-lo)", ""),
        ("[a](progress.md#else)", ""),
    ],
)
def test_the_one_thing_that_is_close_is_named(link: str, hint: str) -> None:
    assert [finding.hint for finding in found(link)] == [hint]


def test_a_hint_does_not_make_an_old_fault_a_new_one() -> None:
    (bare,) = found("[a](#set-up)\n")
    (hinted,) = found("[a](#set-up)\n\n# Sett up\n")
    assert hinted.hint != bare.hint
    assert hinted.key == bare.key


def test_one_page_is_read_once_however_many_links_lead_to_it() -> None:
    files = Files(FILES)
    found("[a](progress.md#change-log) [b](./progress.md#progress)\n\n" * 50, files)
    assert files.read == ["memory-bank/progress.md"]


def test_ten_thousand_links() -> None:
    files = Files(FILES)
    assert len(found("[a](progress.md#x)\n" * 10_000, files)) == 10_000
    assert len(files.asked) == 1
    assert found("<a href=#x><a id=x>" * 10_000) == []


def test_many_different_faults_get_few_hints() -> None:
    text = "# " + "a" * 50 + "\n" + "".join(f"# {'a' * 40}{n}\n[a](#{'a' * 50}{n}x)\n" for n in range(2_000))
    findings = found(text)
    assert len(findings) == 2_000
    assert not any(finding.hint for finding in findings[10:])


@pytest.mark.parametrize(
    "target",
    [
        "a" * 900_000,
        "a/" * 400_000,
        "../" * 300_000,
        "%2e%2e/" * 100_000,
        "%" * 300_000,
        "#" * 900_000,
        "x.md#" + "a-" * 400_000,
        "a" * 400_000 + ":",
        "L1" * 400_000,
        "#L" + "1" * 400_000 + "x",
        "?" * 900_000,
    ],
)
def test_a_target_of_any_length(target: str) -> None:
    for finding in found(f"[a](<{target}>)"):
        assert len(finding.what) < 120


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("a\u202egnp.md", "agnp.md"),
        ("a%1b%5b31mb.md", "a[31mb.md"),
        ("a%00b.md", "ab.md"),
        ("a%zz%4.md", "a%zz%4.md"),
        ("a%ff.md", "a\ufffd.md"),
        ("x%22y.md", "x'y.md"),
        ("a\U000e0041b.md", "ab.md"),
        ("a&#x202e;b.md", "ab.md"),
    ],
)
def test_no_target_reaches_a_terminal_as_it_is(target: str, shown: str) -> None:
    assert faults(f"[a]({target})") == [f'link to "{shown}": no such file']


@pytest.mark.parametrize("char", ["%00", "%0a", "%0D", "%1b", "%7f"])
def test_a_path_with_a_control_character_is_not_asked_for(char: str) -> None:
    files = Files(FILES)
    assert len(found(f"[a](x{char}y.md) [a](x{char}y.md#z)", files)) == 2
    assert files.asked == files.read == []


def test_a_page_that_links_to_itself() -> None:
    files = Files(FILES)
    text = "# Me\n\n[a](activeContext.md#me) [b](#me) [c](activeContext.md#you)\n"
    assert [finding.what for finding in found(text, files)] == ['link to "activeContext.md#you": no such heading']
    assert files.read == []
    assert files.asked == [HERE]


def test_a_page_that_is_too_large_is_not_parsed() -> None:
    assert found("[a](none.md)\n" * 100_000) == []
    large = Files({**FILES, "big.md": "# A\n" * 300_000})
    assert found("[a](/big.md#b)", large) == []


@pytest.mark.parametrize(
    ("path", "origin", "where"),
    [
        ("x.md", "a/b.md", "a/x.md"),
        ("../x.md", "a/b.md", "x.md"),
        ("../x.md", "b.md", None),
        ("/x.md", "a/b.md", "x.md"),
        ("//x//./y/", "a/b.md", "x/y"),
        ("..", "a/b.md", ""),
        ("c/../../../a", "a/b.md", None),
        ("", "a/b.md", "a"),
    ],
)
def test_a_path_counts_from_its_page_or_from_the_root(path: str, origin: str, where: str | None) -> None:
    assert resolved(path, origin) == where


PARTS = st.lists(st.sampled_from(["..", ".", "", "a", "b.md", "..."]), max_size=8).map("/".join)
ORIGINS = st.lists(st.sampled_from(["a", "b.md", "..."]), min_size=1, max_size=8).map("/".join)


@given(PARTS, ORIGINS)
def test_no_path_leaves_the_root(path: str, origin: str) -> None:
    where = resolved(path, origin)
    assert not where or not {"..", ".", ""} & set(where.split("/"))


WORDS = st.text(st.sampled_from("aB é🚀-_.!*`1 你ß&"), min_size=1, max_size=10)


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_a_link_to_each_heading_is_no_finding(headings: list[str]) -> None:
    page = Page(HERE, "".join(f"# {words}\n\n" for words in headings).encode())
    text = page.text + "".join(f"[a](<#{anchor}>)\n" for anchor in page.anchors)
    assert len(list(links(Page(HERE, text.encode())))) >= len(page.anchors)
    assert faults(text) == []


@given(st.binary(max_size=300))
def test_any_bytes_will_do(data: bytes) -> None:
    for finding in found(data):
        assert finding.what.isprintable()
        assert finding.line <= data.count(b"\n") + data.count(b"\r") + 1


LINKY = st.sampled_from(
    ["[a](", "![", ")", "<a href=", ">", "'", "\n", "\n\n", "#", "%2e", "/", "..", ":", "\\", "\0", "x"]
)


@given(st.lists(LINKY, max_size=30).map("".join))
def test_any_broken_markup_will_do(text: str) -> None:
    files = Files(FILES)
    found(text, files)
    assert not any(path.startswith("/") or ".." in path.split("/") for path in files.asked + files.read)
