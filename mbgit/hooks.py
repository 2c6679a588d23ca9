"""What happens at an event of git: hooks/run calls `start` with the arguments FOLDER EVENT [ARG...]."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from mbgit import git, report
from mbgit.gate.deadline import TimeIsUp, deadline
from mbgit.git.clone import Clone, kept_text, now

if TYPE_CHECKING:  # the checks and the digest take a while to load, and no event needs both
    from mbgit.gate.commits import CommitTree
    from mbgit.gate.judge import Gate
    from mbgit.gate.verdict import Verdict

REFUSED, BROKE = 10, 9  # statuses for the shell: git is to stop; this did not work, and a line says so
REPORT = "refs/mbgit/report"


class Event(NamedTuple):
    """What git says as it starts a hook, and the folder of mbgit's own."""

    home: Path
    name: str
    args: tuple[str, ...]


class Hook(NamedTuple):
    """What runs at an event, and for how many seconds at most. It returns the status for the shell."""

    run: Callable[[Event], int]
    seconds: int
    what: str
    """What to name as not done if it breaks."""


def switched_off(clone: Clone) -> bool:
    """Whether hooks are switched off. A git that takes hooks from its configuration starts these all the same."""
    return clone.config.get("core.hookspath") == "/dev/null"


def after(event: Event) -> int:
    """Print what arrived, what was merged and what can be harvested."""
    from mbgit import digest
    from mbgit.digest.metrics.syncs import note_arrival, note_sync
    from mbgit.digest.news import News
    from mbgit.proposals.refresh import Moment, refresh

    began = time.time()
    news, clone = News(event.home), Clone(event.home)
    if switched_off(clone):
        return 0
    runs = news.concluded(clone.head_blobs)
    rewritten = sys.stdin.read().split("\n") if event.name == "post-rewrite" else []
    found = digest.of(
        clone, event.name, event.args, rewritten, runs, lambda error: report.trouble(event.home, error),
        lambda steps: refresh(Moment(event.home, clone, event.name, steps)),
    )  # fmt: skip
    report.digest(found.lines)
    news.mark_reported(runs)
    if runs:
        note_sync(event.home, runs, time.time())
    elif found.files:
        note_arrival(event.home, found.files, began, time.time())
    keep_report(event, found.full)
    return 0


def keep_report(event: Event, text: str) -> None:
    """Store a text for `git show mbgit/report`; if that fails, only the printed lines are left."""
    try:
        if text:
            git.point(REPORT, git.write_blob(text.encode(errors="replace")))
    except git.GitError as error:
        report.trouble(event.home, error)


_GATE = "\n## Before the last "  # a report's section that the gate writes


def keep_verdict(event: Event, clone: Clone, verdict: Verdict, what: str) -> None:
    """Append all that the gate found to the last report, in place of its earlier findings."""
    old = (clone.objects.blob(REPORT) or b"").decode(errors="replace")
    text = old.partition(_GATE)[0] or "# Memory bank\n"
    if verdict.judged:
        text += f"{_GATE}{what}\n\n" + "".join(f"- {report.finding_line(item)}\n" for item in verdict.judged)
    if text != old and (verdict.judged or old):
        keep_report(event, text)


WARNED = "warned"  # the file with the keys of warnings that have been printed
_KEPT = 1_000


def print_verdict(event: Event, clone: Clone, verdict: Verdict, what: str) -> None:
    """Print what the gate found; a warning that was printed before is only counted: the report has it."""
    file = event.home / WARNED
    known = kept_text(file).split()
    report.verdict(verdict, what, frozenset(known))
    keep_verdict(event, clone, verdict, what)
    new = [key for item in verdict.judged if item.level == "warn" and (key := report.key_of(item)) not in known]
    if new:
        with suppress(OSError):
            file.write_text("\n".join([*known, *new][-_KEPT:]) + "\n")


def offer_templates(clone: Clone, verdict: Verdict, tree: CommitTree) -> None:
    """Fill in the templates for the bank in `tree`, if the command of a finding shows one."""

    if any(item.finding.fix.startswith("git show mbgit/template/") for item in verdict.judged):
        from mbgit.proposals import templates

        templates.offer(clone, now(), tree.layout)


def before_commit(event: Event) -> int:
    """Check what is staged."""
    from mbgit.gate.commits import IndexTree
    from mbgit.gate.judge import Gate
    from mbgit.proposals.harvest.propose import announce

    clone = Clone(event.home)
    if switched_off(clone):
        return 0
    tree = IndexTree(clone)
    judge = Gate(clone, now(), lambda error: report.trouble(event.home, error))
    verdict = with_mend(event, judge, judge.commit(tree))
    offer_templates(clone, verdict, tree)
    print_verdict(event, clone, verdict, "commit")
    announce(clone, tree)
    return REFUSED if verdict.refused else 0


def with_mend(event: Event, judge: Gate, verdict: Verdict, tip: str = "") -> Verdict:
    """The verdict with the command that mends what a machine can mend; without one if that breaks."""
    from mbgit.proposals.mend.propose import offer

    try:
        return verdict._replace(mend=offer(judge, verdict, tip)) if verdict.refused else verdict
    except Exception as error:
        report.trouble(event.home, error)
        return verdict


def before_push(event: Event) -> int:
    """Check what the push adds. If time runs out, refuse: what was not checked may be a secret."""
    from mbgit.gate.commits import CommitTree
    from mbgit.gate.judge import Gate, read_pre_push

    clone = Clone(event.home)
    judge = Gate(clone, now(), lambda error: report.trouble(event.home, error))
    tips, known = read_pre_push(sys.stdin.read().splitlines(), clone)
    if not tips or switched_off(clone):
        return 0
    try:
        verdict = judge.push(tips, known)
    except TimeIsUp as error:
        report.say(f"mbgit: push refused: the check {judge.doing} {error}: git push --no-verify goes without")
        return REFUSED
    if tips == [clone.head]:
        verdict = with_mend(event, judge, verdict, clone.head)
    offer_templates(clone, verdict, CommitTree(clone, tips[0]))
    print_verdict(event, clone, verdict, "push")
    if not verdict.refused:
        report.digest(to_harvest(clone, tips[0]))
    return REFUSED if verdict.refused else 0


def to_harvest(clone: Clone, commit: str) -> list[str]:
    """The lines about ripe buffers in a commit that is pushed; none where the digest is off."""
    from mbgit.digest import harvest
    from mbgit.proposals import proposal
    from mbgit.proposals.harvest.propose import owns, ripe

    if clone.config.get("mbgit.digest") == "off":
        return []
    ref = proposal.ref_of(clone)
    name = ref.removeprefix("refs/") if clone.objects.id(ref) else ""
    found = ripe(clone, commit)
    return harvest.ripe(found, lambda rule: owns(clone.persona, rule), name, proposal.accept_command(clone, name))


def before_receive(event: Event) -> int:
    """Check what a push brings to this bare repository. If time runs out, refuse, as before a push."""
    from mbgit.gate.judge import Gate  # loads the checks
    from mbgit.server import receive

    clone = Clone(event.home)
    moves = receive.updates(sys.stdin.read().splitlines(), clone)
    if not any(move.new for move in moves):
        return 0
    gate = Gate(clone, now(), lambda error: report.trouble(event.home, error))
    try:
        verdict = receive.judge(gate, moves)
    except TimeIsUp as error:
        report.say(f"mbgit: push refused: the check {gate.doing or 'of commits'} {error}: push less at once")
        return REFUSED
    report.verdict(verdict, "receive")
    return REFUSED if verdict.refused else 0


_REPORT = "merges went well, but their report"
EVENTS = {
    "post-merge": Hook(after, 10, _REPORT),
    "post-rewrite": Hook(after, 10, _REPORT),
    "post-commit": Hook(after, 10, _REPORT),  # a merge that stopped for a person ends with an ordinary commit
    "pre-commit": Hook(before_commit, 10, "the check of the bank"),
    "pre-push": Hook(before_push, 30, "the check of the bank"),
    "pre-receive": Hook(before_receive, 30, "the check of the bank"),
}


def keep_scope(home: Path) -> None:
    """Write the governed paths by the team's settings into a file, unless the clone's own install does. The shell reads
    it before it starts Python. Raises OSError, GitError.
    """
    from mbgit.bank.settings import FILE
    from mbgit.git.clone import RECORD, SCOPE

    if not (home / RECORD).exists() and home.name == "mbgit" and Path(FILE).exists():
        new = home / f"{SCOPE}.{os.getpid()}"
        new.write_bytes(os.fsencode("".join(f"{path}\n" for path in Clone(home).scope(""))))
        new.replace(home / SCOPE)


def main(argv: list[str]) -> int:
    """Run what an event asks for; the status for the shell that started this."""
    folder, name, *args = argv
    home, hook = Path(os.path.normpath(folder)), EVENTS[name]
    try:
        with deadline(hook.seconds):
            status = hook.run(Event(home, name, tuple(args)))
            keep_scope(home)
            return status
    except (Exception, TimeIsUp) as error:
        report.say(f"mbgit: {hook.what} broke: see {report.trouble(home, error)}")
        return BROKE


def start() -> NoReturn:
    """Do what the arguments ask for, and exit at once: an orderly shutdown of the interpreter takes 20 ms."""
    status = main(sys.argv[1:])
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":  # the hooks of an earlier install call the module by its name
    start()
