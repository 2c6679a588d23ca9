from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.settings import Settings
from mbgit.checks.encoding import check
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World


def findings(data: bytes) -> list[Finding]:
    return check(Page("a.md", data), World(None, Settings(), "buffers", 0, lambda page, row: 0))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"# A\n", "# Größe ✅\r\n".encode(), b"\xef\xbb\xbf# A\n", b"\x1b[31m\n"])
def test_utf_8_of_any_kind_passes(data: bytes) -> None:
    assert findings(data) == []


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"# A\n\ncaf\xe9\n", 3, "not UTF-8: byte 0xE9"),
        (b"\xff\xfea", 1, "not UTF-8: byte 0xFF"),
        (b"a\nb\n\xed\xa0\x80", 3, "not UTF-8: byte 0xED"),  # half of a surrogate pair
        (b"a\n\xc3", 2, "not UTF-8: byte 0xC3"),  # cut in the middle of a character
        (b"a\n\nb\0c\n\0", 3, "holds a NUL byte"),
    ],
)
def test_the_first_bad_byte_is_named_with_its_line(data: bytes, line: int, what: str) -> None:
    assert [(found.line, found.what) for found in findings(data)] == [(line, what)]


def test_both_faults_of_a_file_are_reported() -> None:
    assert [found.line for found in findings(b"\xff\n\0")] == [1, 2]


@given(st.binary())
def test_it_finds_just_the_files_that_python_cannot_read(data: bytes) -> None:
    try:
        good = "\0" not in data.decode()
    except UnicodeDecodeError:
        good = False
    assert (findings(data) == []) is good
