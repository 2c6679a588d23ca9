"""A secret never leaves: whatever makes text from others fit to print leaves it out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mbgit import report
from mbgit.words import clean, fit_for_command, quoted, shown_path
from tests.words.test_providers import RULES, TOKEN
from tests.words.test_secrets import KEYS, PRIVATE_KEYS

EXAMPLES = [*(key for keys in KEYS.values() for key in keys), *(row for found, _ in RULES.values() for row in found)]
EXAMPLES += PRIVATE_KEYS
SHOWN = 8  # characters of a secret in a row are too many


def shows(output: str, secret: str) -> bool:
    """Whether an output holds so many characters of a secret in a row that no words around it explain."""
    parts = {secret[at : at + SHOWN] for at in range(len(secret) - SHOWN + 1)}
    return any(part in output for part in parts if not part.replace(" ", "").replace("-", "").isalpha())


@pytest.mark.parametrize("secret", EXAMPLES)
@pytest.mark.parametrize("around", ["{}", "## [2025-10-09] {}", "- **Key**: `{}`", "| a | {} |", "words " * 8 + "{}"])
def test_no_text_that_is_shown_holds_a_secret(secret: str, around: str) -> None:
    text = around.format(secret)
    for shown in (quoted(text), quoted(text, 40), quoted(text, 1_000), clean(text), shown_path(f"bank/{text}.md")):
        assert not shows(shown, secret), shown
    assert secret in PRIVATE_KEYS or not fit_for_command(f"bank/{text}.md")


@given(st.sampled_from(EXAMPLES), st.text(max_size=70), st.text(max_size=70), st.integers(20, 2_100))
def test_wherever_the_secret_stands(secret: str, before: str, after: str, width: int) -> None:
    assert not shows(quoted(f"{before} {secret} {after}", width), secret)
    assert not shows(quoted(f"{before:<1990} {secret} {after}", width), secret)


@pytest.mark.parametrize("cut", range(len(TOKEN) - 12, len(TOKEN)))
def test_a_part_of_a_token_is_left_out_as_well(cut: int) -> None:
    assert quoted(f"see {TOKEN[:cut]}") == '"see [secret]"'
    assert not shows(quoted(f"see {TOKEN[-cut:]}"), TOKEN)


@pytest.mark.parametrize("row", [row for _, none in RULES.values() for row in none if sum(map(str.isdigit, row)) < 5])
def test_what_is_no_secret_is_shown(row: str) -> None:
    assert "secret]" not in quoted(row, 200)


@pytest.mark.parametrize(
    "text",
    [
        "commit 3f9c1a7e5b2d4e8f9c0d1e2f3a4b5c6d7e8f9a0b",
        "session 3f9c1a7e-5b2d-4e8f-a6c0-9d1b7e4f2a83",
        "NotificationServiceFactoryForHTTP2 and getUserById2FromDatabase",
        "release-2025-10-09-of-the-orders-service-v2",
        "tests/GdUnit4/Features/Block/Drag/DragIntegrationTest.cs",
        "npm_config_registry and hf_hub_download",
    ],
)
def test_names_and_numbers_are_shown(text: str) -> None:
    assert quoted(text, 200) == f'"{text}"'
    assert shown_path("memory-bank/decisions.md") == "memory-bank/decisions.md"


def test_a_trouble_txt_without_a_secret(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    try:
        raise KeyError(f"no such entry: {TOKEN}")
    except KeyError as error:
        report.trouble(folder, error)
    said = (folder / "trouble.txt").read_text()
    assert "KeyError: 'no such entry: [secret]'" in said or "[secret]" in said
    assert "raise KeyError" in said
    assert not shows(said, TOKEN)
