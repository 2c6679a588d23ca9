"""The gate outside of a hook: on a range of commits (CI, a look), and for frameworks with hooks of their own.

`python -I -m mbgit.gate BASE..TIP` judges what TIP adds to BASE; with git's two arguments it reads what git says to
pre-push; `--staged` judges what is staged; with nothing at all it takes what the pre-commit framework has put into
the environment. The status is 0 where nothing blocks, 1 where something does, 2 for a wrong call or a clone that
lacks the commits, 3 where it broke.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mbgit import git, report
from mbgit.words import shown_path

from .deadline import TimeIsUp, deadline

if TYPE_CHECKING:
    from mbgit.digest.arrival import Loss
    from mbgit.gate.verdict import Judged, Verdict
    from mbgit.git.clone import Clone

USAGE = "a range is needed: BASE..TIP"
SECONDS = {"commit": 10, "push": 30, "range": 600}
ANNOTATED = 10  # findings; GitHub shows no more of one step


class Misuse(Exception):
    """Called wrongly, or where it cannot be answered; the message says what to do."""


class Request(NamedTuple):
    """What is to be judged."""

    what: str
    """commit, push or range, for the reader."""
    tips: list[str]
    known: list[str]
    """Commits that are no longer new; for a push all remote-tracking branches are not, either."""


def main(argv: list[str]) -> int:
    """Judge what is asked for, and print it; the exit status."""
    try:
        return _run(argv)
    except Misuse as error:
        report.complain(f"mbgit: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        report.complain(f"mbgit: the check broke: see {_note(error)}")
        return 0 if len(argv) == 2 else 3  # a hook that breaks never stops git


def _run(argv: list[str]) -> int:
    from mbgit.git.clone import Clone

    try:
        git.line("rev-parse", "--git-dir")
    except git.GitError as error:
        raise Misuse(str(error)) from error
    clone = Clone()
    try:
        asked = read(argv, clone)
        with deadline(SECONDS[asked.what]):
            return _judge(asked, clone)
    finally:
        clone.close()


def _judge(asked: Request, clone: Clone) -> int:
    from mbgit.gate.commits import IndexTree
    from mbgit.gate.judge import Gate
    from mbgit.gate.verdict import Verdict
    from mbgit.git.clone import now

    if asked.what == "range":
        _must_be_whole(asked, clone)
        clone.kept = asked.known
    gate = Gate(clone, now(), _note)
    try:
        if asked.what == "commit":
            found = gate.commit(IndexTree(clone))
        else:
            found = gate.push(asked.tips, asked.known, remotes=asked.what == "push") if asked.tips else Verdict([], [])
    except TimeIsUp as error:
        report.say(f"mbgit: {asked.what} refused: the check {gate.doing} {error}")
        return 1
    _print_verdict(found, asked, _evidence(asked, clone))
    return int(found.refused)


def _evidence(asked: Request, clone: Clone) -> list[Loss]:
    """What merges of a range made otherwise than mbgit would have; where that cannot be found out, a note says so."""
    from mbgit.server.evidence import evidence

    try:
        return evidence(clone, asked.tips[0], asked.known) if asked.what == "range" and asked.tips else []
    except (Exception, TimeIsUp) as error:
        report.say(f"mbgit: its merges were not made again: see {_note(error)}")
        return []


def _note(error: BaseException) -> str:
    """Keep an exception for a person to read; where."""
    return report.trouble(_folder(), error)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="mbgit-"))


def _print_verdict(found: Verdict, asked: Request, losses: Sequence[Loss]) -> None:
    """Print the verdict, and the merges that a reviewer is to know of.

    On GitHub no line of it is a command to the runner, findings stand beside their lines, and merges in a table.
    """
    from mbgit.digest import losses as part

    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    token = os.urandom(16).hex()
    if on_github:
        report.say(f"::stop-commands::{token}")
    report.verdict(found, asked.what)
    report.digest(map(part.line, losses))
    if losses:
        report.summary("Merges that mbgit would have made otherwise", part.COLUMNS, map(part.row, losses))
    if asked.what == "range" and not found.refused:
        report.say("mbgit: nothing blocks" if asked.tips else "mbgit: nothing is added")
    for line in (f"::{token}::", *for_github(found.judged)) if on_github else ():
        report.say(line)


def for_github(judged: Iterable[Judged]) -> Iterator[str]:
    """Findings as GitHub's runner reads them from a step's output."""
    for item in list(judged)[:ANNOTATED]:
        kind, path = "error" if item.level == "error" else "warning", item.finding.path
        place = f" file={path},line={item.finding.line or 1}" if shown_path(path) == path else ""
        text = report.finding_line(item).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        yield f"::{kind}{place}::{text}"


# -- what is asked for --------------------------------------------------------------------------------------------


def read(argv: list[str], clone: Clone) -> Request:
    """Read the command line, and what goes with it. Raises Misuse."""
    if argv == ["--staged"]:
        return Request("commit", [], [])
    if len(argv) == 2 and not sys.stdin.isatty():
        from mbgit.gate.judge import read_pre_push

        return Request("push", *read_pre_push(sys.stdin.read().splitlines(), clone))
    if len(argv) == 1 and ".." in argv[0]:
        return between(argv[0], clone)
    if not argv and os.environ.get("PRE_COMMIT"):
        return framework(os.environ, clone)
    raise Misuse(USAGE)


def between(text: str, clone: Clone) -> Request:
    """A range as git writes it; a side that is empty is HEAD. What `...` leaves out is what `..` does. Raises Misuse.

    Zeros are GitHub's word for a branch that was not there: all is new then that no other branch has.
    """
    base, _, tip = text.replace("...", "..").partition("..")
    if _is_nothing(tip):
        return Request("range", [], [])
    commit = _commit(tip or "HEAD", clone)
    return Request("range", [commit], _others(commit) if _is_nothing(base) else [_commit(base or "HEAD", clone)])


def framework(env: Mapping[str, str], clone: Clone) -> Request:
    """What pre-commit says in the environment: the ends of a range, or the branch that is pushed as a whole.

    Where it says neither it was started by hand: what a push of HEAD would add. Raises Misuse.
    """
    old, new = env.get("PRE_COMMIT_FROM_REF"), env.get("PRE_COMMIT_TO_REF")
    if old and new:
        what = "push" if env.get("PRE_COMMIT_REMOTE_NAME") else "range"
        return Request(what, [_commit(new, clone)], [_commit(old, clone)])
    return Request("push", [_commit(env.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD", clone)], [])


def _is_nothing(name: str) -> bool:
    return bool(name) and not name.strip("0")


def _others(tip: str) -> list[str]:
    """The remote-tracking branches that do not hold the tip themselves, and the remotes' default branches."""
    form = "--format=%(objectname)"
    said = [
        git.line("for-each-ref", form, "--no-contains", tip, "refs/remotes"),
        git.line("for-each-ref", form, "refs/remotes/*/HEAD"),
    ]
    return list(dict.fromkeys("\n".join(said).split()))


def _commit(name: str, clone: Clone) -> str:
    """The id of a commit. Raises Misuse with the command that fetches it."""
    if commit := clone.objects.commit(name):
        return commit
    lacking = f"{shown_path(name)} is no commit of this clone"
    if _cut():
        raise Misuse(f"{lacking}, which is shallow: {UNSHALLOW}")
    if len(name) >= 40 and set(name) <= set("0123456789abcdef"):
        raise Misuse(f"{lacking}: git fetch origin {name}")
    raise Misuse(lacking)


# -- what a clone may lack ----------------------------------------------------------------------------------------

UNSHALLOW = "git fetch --unshallow (in a workflow: fetch-depth: 0)"


def _must_be_whole(asked: Request, clone: Clone) -> None:
    """Raise Misuse where commits or files of the range are not here: what is missing would look new, or clean."""
    if any(key.startswith("remote.") and key.endswith(".promisor") for key in clone.config):
        raise Misuse("this clone is a partial one, its files are elsewhere: clone without --filter")
    cut = _cut()
    if cut and any(commit.id in cut for commit in _history(asked)):
        raise Misuse(f"this clone is shallow, and ends before the range does: {UNSHALLOW}")


def _history(asked: Request) -> list[git.Commit]:
    from mbgit.gate.commits import MOST

    return git.history(asked.tips, asked.known, MOST, remotes=False).commits if asked.tips else []


def _cut() -> set[str]:
    """The commits whose parents are left out in a shallow clone."""
    from mbgit.git.clone import kept_text

    return set(kept_text(Path(git.line("rev-parse", "--git-path", "shallow"))).split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
