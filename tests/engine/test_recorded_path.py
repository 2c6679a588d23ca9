"""What the ledger calls a file: its path, unless its name may be a secret."""

from __future__ import annotations

import pytest

from mbgit.engine.ledger import recorded_path
from tests.words.test_providers import RULES
from tests.words.test_secrets import KEYS

TOKENS = [key for keys in KEYS.values() for key in keys] + [row for found, _ in RULES.values() for row in found]


@pytest.mark.parametrize("token", [token for token in TOKENS if "/" not in token and " " not in token])
def test_a_token_is_left_out(token: str) -> None:
    assert recorded_path(f"memory-bank/{token}.md") == "memory-bank/[secret]"


@pytest.mark.parametrize(
    "name",
    [
        "memory-bank/SESSION_LOG.md",
        "memory-bank/sessions/2025-10-09_release-notes-v2.md", "Docs/ADR/ADR-004-Use-Redis-7.md",
        "a/3f9c1a7e-5b2d-4e8f-a6c0-9d1b7e4f2a83.md",
        "a/3f9c1a7e5b2d4e8f9c0d1e2f3a4b5c6d7e8f9a0b.md",
        "archive/SESSION_LOG-2025-10.md",
    ],
)  # fmt: skip
def test_any_other_name_stands(name: str) -> None:
    assert recorded_path(name) == name
