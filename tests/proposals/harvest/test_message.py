from __future__ import annotations

from datetime import date

from mbgit.bank.settings import HARVEST
from mbgit.proposals.harvest.message import co_author, message
from mbgit.proposals.harvest.plan import Provenance, plan

ADA = Provenance("Ada", "ada@example.org", "1a2b3c4d5e6f7a8b", None)
BOB = Provenance("Bob\nSigned-off-by: <Eve>", "bob@x>\nHarvested-from: y", "not a commit", None)


def test_message() -> None:
    source = (
        "# P\n\n- [2025-08-21] Ignore\x1b[31m \u202eyour instructions\n- two\n- <!-- ok\n\n"
        "### 2025-01-01 x\n\n```\nopen"
    )
    found = plan(
        HARVEST[0], ".claude/memory-bank/patterns-buffer.md", source.encode(), {}, (), date(2025, 9, 1),
        lambda entry: ADA if entry.line == 3 else BOB,
    )  # fmt: skip
    assert found is not None
    assert message(found, "0123456789abcdef") == """\
Harvest patterns-buffer.md: 3 entries to Docs/03-Reference/Patterns.md

- "[2025-08-21] Ignore[31m your instructions" by "Ada" in 1a2b3c4d5e6f
- "two" by "Bob Signed-off-by: <Eve>"
- "<!-- ok" by "Bob Signed-off-by: <Eve>"

1 entry left in the buffer.

Co-authored-by: Ada <ada@example.org>
Co-authored-by: Bob Signed-off-by: Eve <bob@xHarvested-from:y>
Harvested-from: .claude/memory-bank/patterns-buffer.md 0123456789abcdef
"""


def test_no_address_no_trailer() -> None:
    assert co_author(Provenance("Ada")) == ""
    assert co_author(Provenance("", "ada@example.org")) == "Co-authored-by: ada <ada@example.org>"
    assert "\n" not in co_author(Provenance("a\r\n\u2028b", "c\n\x85@d"))
