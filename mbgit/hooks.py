"""What happens at an event of git: hooks/run calls `start` with the arguments FOLDER EVENT [ARG...]."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from mbgit.gate.commits import CommitTree, Step
    from mbgit.gate.judge import Gate, Verdict
    from mbgit.git.clone import Site

REFUSED, BROKE = 10, 9  # statuses for the shell: git is to stop; this did not work, and a line says so
TROUBLE = "trouble.txt"
REPORT = "refs/mbgit/report"


class TimeIsUp(BaseException):
    """A hook has used up its seconds. No error of anything that is done in it, so nothing in it takes it for one."""


class Event(NamedTuple):
    """What git says as it starts a hook, and the folder of mbgit's own."""

    home: Path
    name: str
    args: tuple[str, ...]
    arrived: Sequence[Step] = ()
    """The commits that HEAD went over."""


class Hook(NamedTuple):
    """What is done at an event, and how many seconds it may take; it gives the status for the shell."""

    run: Callable[[Event], int]
    seconds: int
    what: str
    """What did not happen where it breaks."""


def switched_off(site: Site) -> bool:
    """Whether somebody wants no hooks at all: a git that takes hooks from its configuration runs these all the same."""
    return site.config.get("core.hookspath") == "/dev/null"


def after(event: Event) -> int:
    """Tell what arrived, what was merged and what is due."""
    import time

    from mbgit import digest, report
    from mbgit.digest import metrics
    from mbgit.digest.news import News
    from mbgit.git.clone import Site

    began = time.time()
    news, site = News(event.home), Site(event.home)
    if switched_off(site):
        return 0
    runs = news.concluded(site.head_blobs)
    rewritten = sys.stdin.read().split("\n") if event.name == "post-rewrite" else []
    found = digest.of(
        site, event.name, event.args, rewritten, runs, lambda error: note(event.home, error),
        lambda steps: due(event._replace(arrived=steps), site),
    )  # fmt: skip
    report.digest(found.lines)
    news.told(runs)
    if runs:
        metrics.note_sync(event.home, runs, time.time())
    elif found.files:
        metrics.note_arrival(event.home, found.files, began, time.time())
    keep_report(event, found.full)
    return 0


def keep_report(event: Event, text: str) -> None:
    """Let `git show mbgit/report` show a text; where it cannot be kept, what was printed has to do."""
    from mbgit import git

    try:
        if text:
            git.point(REPORT, git.write_blob(text.encode(errors="replace")))
    except git.GitError as error:
        note(event.home, error)


_GATE = "\n## Before the last "  # a report's section that the gate writes


def keep_verdict(event: Event, site: Site, verdict: Verdict, what: str) -> None:
    """Put all that the gate found behind the last report, in place of what it found before."""
    from mbgit import report

    old = (site.objects.blob(REPORT) or b"").decode(errors="replace")
    told = old.partition(_GATE)[0] or "# Memory bank\n"
    if verdict.judged:
        told += f"{_GATE}{what}\n\n" + "".join(f"- {report.finding_line(item)}\n" for item in verdict.judged)
    if told != old and (verdict.judged or old):
        keep_report(event, told)


WARNED = "warned"  # the file with the keys of warnings that have been printed
_KEPT = 1_000


def tell(event: Event, site: Site, verdict: Verdict, what: str) -> None:
    """Print what the gate found; a warning that has been printed before is counted, and stands in the report."""
    from mbgit import report

    file = event.home / WARNED
    try:
        known = file.read_text().split()
    except (OSError, ValueError):
        known = []
    report.verdict(verdict, what, frozenset(known))
    keep_verdict(event, site, verdict, what)
    new = [key for item in verdict.judged if item.level == "warn" and (key := report.key_of(item)) not in known]
    if new:
        with suppress(OSError):
            file.write_text("\n".join([*known, *new][-_KEPT:]) + "\n")


def offer_templates(site: Site, verdict: Verdict, tree: CommitTree) -> None:
    """See to it that the templates are there, of today and for the bank in `tree`, before a command shows one."""
    from mbgit.git.clone import now

    if any(item.finding.fix.startswith("git show mbgit/template/") for item in verdict.judged):
        from mbgit.proposals import templates

        templates.offer(site, now(), tree.layout)


def due(event: Event, site: Site) -> list[str]:
    """Keep today's backup, bring proposals and templates up to date with HEAD; what there is to say of them."""
    from mbgit.proposals import proposal

    try:
        return [line for what, job in _JOBS.items() for line in _tried(what, job, event, site)]
    finally:  # not before: a hook that is killed leaves it to the next
        (event.home / proposal.DUE).unlink(missing_ok=True)


def _tried(what: str, job: Callable[[Event, Site], list[str]], event: Event, site: Site) -> list[str]:
    """What a job has to say; where it breaks, that: the next job is another matter."""
    from mbgit.words import shown_path

    try:
        return job(event, site)
    except Exception as error:
        return [f"{what} broke: see {shown_path(note(event.home, error))}"]


def _clear(event: Event, site: Site) -> list[str]:
    import time

    from mbgit import git

    git.clear_stale_locks(event.home.parent, time.time())
    if any(event.home.glob("merging-*")):
        from mbgit.server.worktree import sweep

        sweep(event.home)
    return []


def _templates(event: Event, site: Site) -> list[str]:
    from mbgit.git.clone import now
    from mbgit.proposals import templates

    templates.publish(site, now())
    return []


def _backup(event: Event, site: Site) -> list[str]:
    from mbgit.git.clone import now
    from mbgit.proposals import backup

    backup.keep(site, now())
    return []


def _harvest(event: Event, site: Site) -> list[str]:
    from mbgit.digest import harvest
    from mbgit.git.clone import now
    from mbgit.proposals import proposal

    if not site.head:
        return []
    found = proposal.harvest(site, now(), event.name)
    return list(harvest.lines(found.harvests, found.ref, proposal.accepting(site, found.ref), found.why_not))


def _tidy(event: Event, site: Site) -> list[str]:
    from mbgit.git.clone import now
    from mbgit.proposals import proposal
    from mbgit.proposals.upkeep import daily

    return daily.lines(daily.tidy(site, now(), event.name), proposal.signs(site)) if site.head else []


def _restore(event: Event, site: Site) -> list[str]:
    from mbgit.digest import Told
    from mbgit.proposals.restore.propose import restore

    if not site.head:
        return []
    found = restore(site, event.arrived, event.name)
    return [*found.news, *map(Told, found.again)]


_JOBS = {
    "clearing up": _clear,
    "the templates": _templates,
    "today's backup": _backup,
    "the proposal of a harvest": _harvest,
    "the proposal of upkeep": _tidy,
    "the proposal of a restore": _restore,
}


def before_commit(event: Event) -> int:
    """Check what is staged."""
    from mbgit.gate.commits import IndexTree
    from mbgit.gate.judge import Gate
    from mbgit.git.clone import Site, now
    from mbgit.proposals import proposal

    site = Site(event.home)
    if switched_off(site):
        return 0
    tree = IndexTree(site)
    judge = Gate(site, now(), lambda error: note(event.home, error))
    verdict = with_mend(event, judge, judge.commit(tree))
    offer_templates(site, verdict, tree)
    tell(event, site, verdict, "commit")
    proposal.announce(site, tree)
    return REFUSED if verdict.refused else 0


def with_mend(event: Event, judge: Gate, verdict: Verdict, tip: str = "") -> Verdict:
    """The verdict with the command that takes what a machine can mend of it; one that breaks mends nothing."""
    from mbgit.proposals.mend.propose import offer

    try:
        return verdict._replace(mend=offer(judge, verdict, tip)) if verdict.refused else verdict
    except Exception as error:
        note(event.home, error)
        return verdict


def before_push(event: Event) -> int:
    """Check what the push adds; time that runs out is a refusal: what was not checked may be a secret."""
    from mbgit import report
    from mbgit.gate.commits import CommitTree
    from mbgit.gate.judge import Gate, asked
    from mbgit.git.clone import Site, now

    site = Site(event.home)
    judge = Gate(site, now(), lambda error: note(event.home, error))
    tips, known = asked(sys.stdin.read().splitlines(), site)
    if not tips or switched_off(site):
        return 0
    try:
        verdict = judge.push(tips, known)
    except TimeIsUp as error:
        report.say(f"mbgit: push refused: the check {judge.doing} {error}: git push --no-verify goes without")
        return REFUSED
    if tips == [site.head]:
        verdict = with_mend(event, judge, verdict, site.head)
    offer_templates(site, verdict, CommitTree(site, tips[0]))
    tell(event, site, verdict, "push")
    if not verdict.refused:
        report.digest(ripe(site, tips[0]))
    return REFUSED if verdict.refused else 0


def ripe(site: Site, commit: str) -> list[str]:
    """What a commit that is pushed has that somebody should harvest; nothing where the digest is off."""
    from mbgit.digest import harvest
    from mbgit.proposals import proposal

    if site.config.get("mbgit.digest") == "off":
        return []
    ref = proposal.reference(site)
    name = ref.removeprefix("refs/") if site.objects.id(ref) else ""
    found = proposal.ripe(site, commit)
    return harvest.ripe(found, lambda rule: proposal.owns(site.persona, rule), name, proposal.accepting(site, name))


def before_receive(event: Event) -> int:
    """Check what a push brings to this bare repository."""
    from mbgit.server import receive

    return receive.before_receive(event)


_REPORT = "merges went well, but their report"
EVENTS = {
    "post-merge": Hook(after, 10, _REPORT),
    "post-rewrite": Hook(after, 10, _REPORT),
    "post-commit": Hook(after, 10, _REPORT),  # a merge that stopped for a person ends with an ordinary commit
    "pre-commit": Hook(before_commit, 10, "the check of the bank"),
    "pre-push": Hook(before_push, 30, "the check of the bank"),
}
SERVER_EVENTS = {"pre-receive": Hook(before_receive, 30, "the check of the bank")}


def keep_scope(home: Path) -> None:
    """Write down what is mbgit's business by the team's settings, where no install of the clone's own does: the shell
    looks there before it starts a Python. Raises OSError, GitError."""
    from mbgit.bank.settings import FILE
    from mbgit.git.clone import RECORD, SCOPE, Site

    if not (home / RECORD).exists() and home.name == "mbgit" and Path(FILE).exists():
        new = home / f"{SCOPE}.{os.getpid()}"
        new.write_bytes(os.fsencode("".join(f"{path}\n" for path in Site(home).scope(""))))
        new.replace(home / SCOPE)


def note(home: Path, error: BaseException) -> str:
    """Keep an exception for a person to read; where."""
    import traceback

    from mbgit.words import cleaned

    file = home / TROUBLE
    try:
        file.write_text(cleaned("".join(traceback.format_exception(error))))
    except OSError:
        return "nothing: no file could be written"
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeIsUp in what takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def main(argv: list[str]) -> int:
    """Run what an event asks for; the status for the shell that started this."""
    from mbgit import report
    from mbgit.words import shown_path

    folder, name, *args = argv
    home, hook = Path(os.path.normpath(folder)), {**EVENTS, **SERVER_EVENTS}[name]
    try:
        with deadline(hook.seconds):
            status = hook.run(Event(home, name, tuple(args)))
            keep_scope(home)
            return status
    except (Exception, TimeIsUp) as error:
        report.say(f"mbgit: {hook.what} broke: see {shown_path(note(home, error))}")
        return BROKE


def start() -> NoReturn:
    """Do what the arguments ask for, and end the process as it stands: to take an interpreter apart takes 20 ms."""
    status = main(sys.argv[1:])
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":  # the hooks of an earlier install call the module by its name
    start()
