from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit.bank.settings import read_settings
from mbgit.bank.vocabulary import Vocabulary

TEAM = Vocabulary(
    (("Context", ("背景", "Kontext")), ("Status", ("狀態",)), ("Accepted", ("已接受",)), ("Date", ("日期",))),
    (("Current Focus", ("目前焦點",)),),
)
OWN = """## 目前焦點

- **背景**：為什麼
**Kontext:** warum
**狀態**: 已接受

### 背景

| 日期 | 背景知識 |
| --- | --- |
| 日期 | x |

```
**背景**: a listing
```
"""
STANDARD = """## Current Focus

- **Context**:為什麼
**Context:** warum
**Status**: Accepted

### Context

| Date | 背景知識 |
| --- | --- |
| 日期 | x |

```
**背景**: a listing
```
"""


def test_labels_headings_and_heads_of_tables_are_read_in_the_standard_s_words() -> None:
    assert TEAM.standard(OWN.encode()).decode() == STANDARD


def test_what_mbgit_writes_gets_the_first_of_the_team_s_names() -> None:
    form = b"## Current Focus\n\n**Context**: why\n**Status**: Proposed\n"
    assert TEAM.local(form).decode() == "## 目前焦點\n\n**背景**: why\n**狀態**: Proposed\n"
    assert TEAM.standard(TEAM.local(form)) == form


@given(st.binary() | st.text().map(str.encode))
def test_every_line_stays_a_line(data: bytes) -> None:
    assert TEAM.standard(data).count(b"\n") == data.count(b"\n")
    assert Vocabulary().standard(data) is data


def test_a_line_without_such_a_name_stays_as_it_is() -> None:
    data = b"\xff # x\r\n**Owner**: \xfe\r\n| a | b |\r\n|---|---|\r\n## Other \r\n"
    assert TEAM.standard(data) == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[fields]\nContxt = ["x"]\n', 'fields: nothing is called "Contxt"'),
        ('[fields]\nContext = [""]\n', 'fields."Context": expected names in one line'),
        ('[headings]\n"Current Focus" = [7]\n', 'headings."Current Focus": expected names in one line'),
        ("fields = 3\n", "fields: expected a table such as"),
    ],
)
def test_what_cannot_be_followed_is_reported(text: str, expected: str) -> None:
    (trouble,) = read_settings(text.encode()).troubles
    assert trouble.what.startswith(expected)


def test_both_tables_are_read() -> None:
    found = read_settings('[fields]\nContext = "背景"\n[headings]\nPending = ["待定"]\n'.encode())
    assert found.vocabulary == Vocabulary((("Context", ("背景",)),), (("Pending", ("待定",)),))
    assert found.troubles == ()
