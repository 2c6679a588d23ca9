"""The only module that prints for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from mbgit.words import counted, shown_path

if TYPE_CHECKING:
    from mbgit.gate import Judged, Verdict

SHOWN = 10  # findings that are printed; the report has the others
IN_LOGS = 200  # the same of a range: a run of CI leaves no report


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


def merges(runs: Iterable[dict[str, Any]], *, rebased: bool = False) -> list[str]:
    """A line for each file that was merged; `rebased`: what the ledger calls ours is what was pulled."""
    files: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        files.setdefault(run["path"], []).append(run)
    return [merge_line(path, its, rebased=rebased) for path, its in files.items()]


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


def verdict(verdict: Verdict, what: str) -> None:
    """The findings of the gate, a line each, then how to mend them and how to allow them."""
    shown = IN_LOGS if what == "range" else SHOWN
    for item in verdict.judged[:shown]:
        say(finding_line(item))
    for text in (*more(len(verdict.judged) - shown), *verdict.notes):
        say(f"mbgit: {text}")
    if verdict.refused:
        errors = sum(item.level == "error" for item in verdict.judged)
        say(f"mbgit: {what} refused: {counted(errors, 'finding')}; {_how(verdict, what)}")


def finding_line(item: Judged) -> str:
    """`path:line: what (check)`."""
    finding = item.finding
    about = [finding.check, *(["warning"] if item.level == "warn" else [])]
    about += [f"in {finding.commit[:10]}"] if finding.commit else []
    place = f"{shown_path(finding.path)}:{finding.line}" if finding.line else shown_path(finding.path)
    fix = f": {finding.fix}" if finding.fix else ""
    hint = f", {finding.hint}" if finding.hint else ""
    return f"{place}: {finding.what}{hint} ({', '.join(about)}){fix}"


def more(hidden: int) -> list[str]:
    return [f"+{hidden} more"] if hidden > 0 else []


_MENDS = (
    ("secrets", "revoke it, and take it out of its commit: git rebase -i"),
    ("lost", "bring them back, or say `Mbgit-Allow: lost PATH` in that commit's message"),
)


def _how(verdict: Verdict, what: str) -> str:
    """How to mend the gravest findings, and how to go on without."""
    checks = {item.finding.check for item in verdict.judged if item.level == "error"}
    mend = next((text for check, text in _MENDS if check in checks), "mend and commit them")
    if what == "commit":
        mend = "mend and stage them"
    without = "" if what == "range" else f", or git {what} --no-verify"
    return f"{mend}; to allow it on purpose: [checks] in .mbgit.toml{without}"
