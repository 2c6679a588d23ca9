"""The only module that prints for people."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from mbgit.bank.settings import FIRM
from mbgit.words import counted, shown_path

if TYPE_CHECKING:
    from mbgit.gate import Judged, Verdict

_ASCII = {ord("█"): "#", ord("░"): "-", ord("→"): "->", ord("…"): "..."}  # our own marks where there is no UTF-8
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
RANGE, RECEIVE = "range", "receive"  # what is judged where nobody works
ALIKE = 3  # findings of one check in one file that are printed
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
    if not _knows_symbols(known):
        text = text.translate(_ASCII)
    print(text.encode(known, "replace").decode(known), file=stream, flush=True)


def _knows_symbols(encoding: str) -> bool:
    """Whether the terminal is one for UTF-8. Python takes the locale C for UTF-8; a terminal there may be anything."""
    locale = next((value for name in _LOCALE if (value := os.environ.get(name))), "C")
    return encoding.lower().replace("-", "") == "utf8" and locale not in ("C", "POSIX")


def digest(lines: Iterable[str]) -> None:
    """The lines of a digest."""
    for line in lines:
        say(f"mbgit: {line}")


def summary(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in the summary that GitHub shows of a job; nothing elsewhere. The words are fit for a terminal.

    Raises OSError.
    """
    if place := os.environ.get("GITHUB_STEP_SUMMARY"):
        lines = [columns, ["---"] * len(columns), *([_cell(text) for text in row] for row in rows)]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        with open(place, "a", encoding="utf-8") as file:
            file.write(f"### {_cell(title)}\n\n{table}\n")


def _cell(text: str) -> str:
    """A text that Markdown shows as it is."""
    return re.sub(r"([\\`*_~|<>\[\]#&@!])", r"\\\1", text)


def verdict(verdict: Verdict, what: str) -> None:
    """The findings of the gate, a line each, then how to mend them and how to allow them.

    `what` was judged: a commit, a push, a range, or what a server is to receive.
    """
    judged, brief = ([item for item in verdict.judged if item.finding.brief == brief] for brief in (False, True))
    shown = judged[:IN_LOGS] if what == RANGE else _shown(judged)
    for item in shown:
        say(finding_line(item))
    for item in brief[:1]:
        say(finding_line(item) + "".join(f" ({more})" for more in _more(len(brief) - 1, what)))
    for text in (*_more(len(judged) - len(shown), what), *verdict.notes):
        say(f"mbgit: {text}")
    if verdict.refused:
        errors = sum(item.level == "error" for item in verdict.judged)
        act = "push" if what == RECEIVE else what
        say(f"mbgit: {act} refused: {counted(errors, 'finding')}; {_how(verdict, what)}")


def _shown(judged: Sequence[Judged]) -> list[Judged]:
    """What a terminal gets: of each check the first findings in a file, and not too many files."""
    seen: Counter[tuple[str, str]] = Counter()
    found: list[Judged] = []
    for item in judged:
        about = (item.finding.check, item.finding.path)
        seen[about] += 1
        if seen[about] <= ALIKE and len(found) < SHOWN:
            found.append(item)
    return found


def finding_line(item: Judged) -> str:
    """`path:line: what (check)`."""
    finding = item.finding
    about = [finding.check, *(["warning"] if item.level == "warn" else [])]
    about += [f"in {finding.commit[:10]}"] if finding.commit else []
    place = f"{shown_path(finding.path)}:{finding.line}" if finding.line else shown_path(finding.path)
    fix = f": {finding.fix}" if finding.fix else ""
    hint = f", {finding.hint}" if finding.hint else ""
    return f"{place}: {finding.what}{hint} ({', '.join(about)}){fix}"


def _more(hidden: int, what: str) -> list[str]:
    where = "" if what in (RANGE, RECEIVE) else ": git show mbgit/report"
    return [f"+{hidden} more{where}"] if hidden > 0 else []


_MENDS = (
    ("secrets", "revoke it, and take it out of its commit: git rebase -i"),
    ("lost", "bring them back, or say `Mbgit-Allow: lost PATH` in that commit's message"),
)


def _how(verdict: Verdict, what: str) -> str:
    """How to mend the gravest findings, and how to go on without."""
    from mbgit.gate import BROKE

    grave = (item.finding for item in verdict.judged if item.level == "error")
    checks = {finding.check for finding in grave if not finding.what.startswith(BROKE)}
    mend = next((text for check, text in _MENDS if check in checks), "mend and commit them")
    if what == "commit":
        mend = "wait, or agree with who holds it" if checks == {"locks"} else "mend and stage them"
    without = "" if what in (RANGE, RECEIVE) else f", or git {what} --no-verify"
    firm = next((check for check in FIRM if check in checks), "")  # a team's file cannot lower these
    where = " on the server" if what == RECEIVE else ""
    allow = f"git config mbgit.checks.{firm} warn{where}" if firm else "[checks] in .mbgit.toml"
    return f"{mend}; to allow it on purpose: {allow}{without}"
