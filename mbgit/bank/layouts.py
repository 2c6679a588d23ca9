"""The layouts of a memory bank, and the files that each starts with."""

from __future__ import annotations

from pathlib import Path

LAYOUTS = {
    "buffers": (
        "activeContext.md",
        "patterns-buffer.md",
        "lessons-buffer.md",
        "decisions-inbox.md",
        "SESSION_LOG.md",
    ),
}

_FOLDER = Path(__file__).resolve().parent / "templates"


def template(name: str) -> bytes:
    """What a new file of that name starts as; its headings are the ones that the file must have."""
    return (_FOLDER / name).read_bytes()
