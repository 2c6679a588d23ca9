"""The only module that prints for people."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from typing import Any, TextIO

WIDTH = 60
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-")


def say(text: str) -> None:
    """One line on stdout."""
    _print(text, sys.stdout)


def complain(text: str) -> None:
    """One line on stderr."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print what the terminal's encoding has, and a question mark for what it has not."""
    known = stream.encoding or "ascii"
    print(text.encode(known, "replace").decode(known), file=stream, flush=True)


def merges(runs: Iterable[dict[str, Any]], *, rebased: bool = False) -> None:
    """A line for each file that was merged; `rebased`: what the ledger calls ours is what was pulled."""
    files: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        files.setdefault(run["path"], []).append(run)
    for path, its in files.items():
        say(f"mbgit: {merge_line(path, its, rebased=rebased)}")


def merge_line(path: str, runs: list[dict[str, Any]], *, rebased: bool = False) -> str:
    """What became of one file in the runs that led to what it is now."""
    if any(run.get("outcome") == "fallback" for run in runs):
        return f"git merged {shown_path(path)} alone, the engine did not answer: run install.py --check"
    ours, theirs = _counts(runs, "ours"), _counts(runs, "theirs")
    # A rebase merges what was pulled again and again, and each own commit once.
    yours, others = (sum(theirs), max(ours)) if rebased else (sum(ours), sum(theirs))
    parts = [
        f"+{others} {_entries(others)} theirs" * (others > 0),
        f"+{yours} {'' if others else _entries(yours) + ' '}yours" * (yours > 0),
        f"-{sum(_counts(runs, 'removed'))} removed" * (max(_counts(runs, "removed")) > 0),
    ]
    told = ", ".join(filter(None, parts)) or "edits of both sides"
    aside = sum(run.get("asides", 0) for run in runs)
    lost = f"; {aside} superseded: git show mbgit/superseded" if aside else ""
    return f"merged {shown_path(path)}: {told}{lost}"


def _counts(runs: list[dict[str, Any]], name: str) -> list[int]:
    return [int(run.get("counts", {}).get(name, 0)) for run in runs]


def _entries(number: int) -> str:
    return "entry" if number == 1 else "entries"


def shown_path(path: str) -> str:
    """A path for a terminal: as it is where it is plain, else as quoted text; cut at its start."""
    if set(path) <= _PLAIN and len(path) <= WIDTH:
        return path
    text = clean(path)
    while _columns(text) > WIDTH - 2:
        text = "~" + text.lstrip("~")[1:]
    return f'"{text}"'


def clean(text: str) -> str:
    """Text without control, format, private, unassigned and separator characters; a quote is a single one."""
    spaced = "".join(" " if unicodedata.category(char)[0] == "Z" else char for char in text.replace('"', "'"))
    return " ".join("".join(char for char in spaced if unicodedata.category(char)[0] != "C").split())


def _columns(text: str) -> int:
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
