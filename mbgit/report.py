"""The only module that prints for people."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mbgit.bank.settings import FIRM
from mbgit.words import clean, cleaned, counted, fit_for_command, shown_path

if TYPE_CHECKING:
    from mbgit.checks.finding import Finding
    from mbgit.gate.verdict import Judged, Verdict

_ASCII = {ord("█"): "#", ord("░"): "-", ord("→"): "->", ord("…"): "..."}  # our own marks where there is no UTF-8
TROUBLE = "trouble.txt"  # in mbgit's folder: the last exception
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
RANGE, RECEIVE = "range", "receive"  # what is judged where nobody works
ALIKE = 3  # findings of one check in one file that are printed
SHOWN = 10  # findings that are printed; the report has the others
WIDEST = 120  # columns of a row as it should read
IN_LOGS = 200  # the same of a range: a run of CI leaves no report


def say(text: str) -> None:
    """One line on stdout."""
    _print(text, sys.stdout)


def complain(text: str) -> None:
    """One line on stderr."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print a text, with a question mark for each character that the terminal's encoding lacks."""
    known = stream.encoding or "ascii"
    if not _knows_symbols(known):
        text = text.translate(_ASCII)
    print(text.encode(known, "replace").decode(known), file=stream, flush=True)


def _knows_symbols(encoding: str) -> bool:
    """Whether the terminal is one for UTF-8. Python takes the locale C for UTF-8; a terminal there may be anything."""
    locale = next((value for name in _LOCALE if (value := os.environ.get(name))), "C")
    return encoding.lower().replace("-", "") == "utf8" and locale not in ("C", "POSIX")


def trouble(home: Path, error: BaseException) -> str:
    """Keep an exception in mbgit's folder, for a person to read; the file's path, fit for a line of output."""
    import traceback

    file = home / TROUBLE
    try:
        file.write_text(cleaned("".join(traceback.format_exception(error))))
    except OSError:
        return "nothing: no file could be written"
    try:
        return shown_path(str(file.relative_to(Path.cwd())))
    except ValueError:
        return shown_path(str(file))


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


def verdict(verdict: Verdict, what: str, known: Collection[str] = ()) -> None:
    """The findings of the gate, a line each; how to allow them, and last what mends them.

    `what` was judged: a commit, a push, a range, or what a server is to receive. `known`: the keys (`key_of`) of
    warnings that a person has read before: they are counted.
    """
    fresh = [item for item in verdict.judged if item.level == "error" or key_of(item) not in known]
    judged, brief = ([item for item in fresh if item.finding.brief == brief] for brief in (False, True))
    shown = judged[:IN_LOGS] if what == RANGE else _shown(judged)
    for item in shown:
        say(finding_line(item))
    for item in brief[:1]:
        say(finding_line(item) + "".join(f" ({more})" for more in _more(len(brief) - 1, what)))
    for text in (*_more(len(judged) - len(shown), what), *verdict.notes):
        say(f"mbgit: {text}")
    if verdict.refused:
        mend, allow = _how(verdict, what)
        if verdict.mend:
            say(f"mbgit: {allow}")
        refused = f"{'push' if what == RECEIVE else what} refused: {_counts(verdict)}"
        say(f"mbgit: {refused}; {mend if verdict.mend else f'{mend}; {allow}'}")
    elif len(fresh) < len(verdict.judged) and what == "commit":
        say(f"mbgit: {counted(len(verdict.judged) - len(fresh), 'warning')} as before: git show mbgit/report")


def key_of(item: Judged) -> str:
    """The key of a finding: a hash, so that none of its words is kept."""
    from hashlib import sha256

    return sha256("\0".join((os.getcwd(), *item.finding.key)).encode(errors="replace")).hexdigest()[:16]


def _counts(verdict: Verdict) -> str:
    """`1 finding, 2 warnings`."""
    warnings = sum(item.level == "warn" for item in verdict.judged)
    errors = counted(len(verdict.judged) - warnings, "finding")
    return f"{errors}, {counted(warnings, 'warning')}" if warnings else errors


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


def finding_line(item: Judged, *, mend: bool = True) -> str:
    """`path:line: what (check)`, with the command or the row that mends it; without `mend` no row."""
    finding = item.finding
    about = [finding.check, *(["warning"] if item.level == "warn" else [])]
    about += [f"in {finding.commit[:10]}"] if finding.commit else []
    place = f"{shown_path(finding.path)}:{finding.line}" if finding.line else shown_path(finding.path)
    row = _row(finding) if mend and not finding.fix else ""
    fix = f": {finding.fix}" if finding.fix else f": write: {row}" if row else ""
    hint = f", {finding.hint}" if finding.hint else ""
    return f"{place}: {finding.what}{hint} ({', '.join(about)}){fix}"


def _row(finding: Finding) -> str:
    """The row as it should read, where there is one, and a terminal has room for it."""
    rows = [row for edit in finding.edits for row in edit.rows if row.strip()]
    row = clean(rows[0]) if len(rows) == 1 else ""
    return row if len(row) <= WIDEST else ""


def _more(hidden: int, what: str) -> list[str]:
    where = "" if what in (RANGE, RECEIVE) else ": git show mbgit/report"
    return [f"+{hidden} more{where}"] if hidden > 0 else []


def _how(verdict: Verdict, what: str) -> tuple[str, str]:
    """How to mend the gravest findings, and how to go on without mending."""
    from mbgit.gate.verdict import BROKE

    grave = [item.finding for item in verdict.judged if item.level == "error"]
    checks = {finding.check for finding in grave if not finding.what.startswith(BROKE)}
    allow = f"to allow it on purpose: {_allow(grave, checks, what)}"
    allow += "" if what in (RANGE, RECEIVE) else f", or git {what} --no-verify"
    return f"to mend it: {verdict.mend}" if verdict.mend else _mend(grave, checks, what), allow


def _mend(grave: Sequence[Finding], checks: Collection[str], what: str) -> str:
    if "secrets" in checks:
        staged = "revoke it, take it out and stage the file again"
        return staged if what == "commit" else "revoke it, and take it out of its commit: git rebase -i"
    if "lost" in checks:
        return "bring them back"
    if checks == {"locks"} and what == "commit":
        return "wait, or agree with its holder"
    otherwise = "mend and stage them" if what == "commit" else "mend and commit them"
    return next((finding.fix for finding in grave if finding.fix), otherwise)


def _allow(grave: Sequence[Finding], checks: Collection[str], what: str) -> str:
    """How to let the gravest findings pass, and nothing else."""
    if "secrets" in checks:
        return "`pragma: allowlist secret` in a comment on its line"
    if "lost" in checks:
        path = next(finding.path for finding in grave if finding.check == "lost")
        return f"`Mbgit-Allow: lost {path if fit_for_command(path) else 'PATH'}` in that commit's message"
    firm = next((check for check in FIRM if check in checks), "")  # a team's file cannot lower these
    where = " on the server" if what == RECEIVE else ""
    return f"git config mbgit.checks.{firm} warn{where}" if firm else "[checks] in .mbgit.toml"
