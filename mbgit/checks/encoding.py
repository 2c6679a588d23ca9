"""Files that are not UTF-8 text: git treats them as binary, and editors garble them."""

from __future__ import annotations

from .finding import Finding
from .page import Page, World

NAME = "encoding"


def check(page: Page, world: World) -> list[Finding]:
    """One finding where the file is not UTF-8, at the first byte that is not, and one where it holds a NUL byte."""
    found = []
    try:
        page.data.decode()
    except UnicodeDecodeError as error:
        found.append(_finding(page, error.start, f"not UTF-8: byte 0x{page.data[error.start]:02X}"))
    nul = page.data.find(b"\0")
    if nul >= 0:
        found.append(_finding(page, nul, "holds a NUL byte"))
    return found


def _finding(page: Page, at: int, what: str) -> Finding:
    return Finding(NAME, page.path, page.data.count(b"\n", 0, at) + 1, what)
