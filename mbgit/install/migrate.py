"""The step behind `--migrate`: a migration is built as a proposal; nothing of worktree, index and HEAD changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from mbgit import git
from mbgit.bank.edits import Edited, Edits
from mbgit.git.clone import Clone, now
from mbgit.proposals import proposal
from mbgit.proposals.migrate.agents import SUBJECT as TO_AGENTS
from mbgit.proposals.migrate.agents import to_multi_agent
from mbgit.proposals.migrate.buffers import SUBJECT as TO_BUFFERS
from mbgit.proposals.migrate.buffers import to_buffers
from mbgit.proposals.migrate.migration import Migration, migration
from mbgit.words import shown_path

from .options import Options
from .plan import Failure, Work


def propose(work: Work) -> int:
    """Build the proposal that the options ask for, and say what it holds; the exit status.

    Raises Failure where none can be built here and now, GitError.
    """
    with chdir(work.site.top):
        clone = Clone(work.site.home)
        try:
            return _propose(clone, work)
        finally:
            clone.close()


def _propose(clone: Clone, work: Work) -> int:
    if why := proposal.obstacle(clone):
        raise Failure(f"no migration can be proposed now: {why}")
    ref = proposal.ref_of(clone, "migrate")
    found = _planned(clone, work) if clone.head else migration("", {}, (), ())
    if found.edits and not work.options.dry_run:
        proposal.propose(clone, ref, found.edits, found.message)
    elif clone.objects.id(ref) and not work.options.dry_run:
        git.forget(ref)
    for line in _lines(found, ref.removeprefix("refs/"), clone, dry=work.options.dry_run):
        work.say(line)
    return 0


def _lines(found: Migration, ref: str, clone: Clone, *, dry: bool) -> Iterator[str]:
    """What is said about a migration, line by line."""
    if found.edits:
        yield f"{'would propose' if dry else 'proposed'} as {ref}:"
        yield from (f"  {line}" for line in found.lines)
    else:
        yield "nothing to migrate"
    yield from (f"note: {note}" for note in found.notes)
    if found.edits and not dry:
        yield f"look at it: git show --stat {ref}"
        yield f"accept it: {proposal.accept_command(clone, ref)}"


def _planned(clone: Clone, work: Work) -> Migration:
    """The migration of all banks, one after the other."""
    head = Head(clone)
    plan, subject = _plan(clone, work.options)
    edits: Edits = {}
    lines: list[str] = []
    notes: dict[str, None] = {}
    for bank in work.banks:
        found = plan(Edited(head, dict(edits)), bank)
        edits |= found.edits
        lines += found.lines
        notes |= dict.fromkeys(found.notes)
    if there := head.in_the_way(edits):
        raise Failure(f"{shown_path(there)} stands where the migration has a file or a folder: move it first")
    return migration(subject, edits, lines, notes)


Plan = Callable[[Mapping[str, bytes], str], Migration]


def _plan(clone: Clone, options: Options) -> tuple[Plan, str]:
    """What plans the migration of one bank, and the subject of the commit."""
    today = _today()
    if options.migrate == "buffers":
        rules = clone.settings("HEAD").harvest
        return lambda files, bank: to_buffers(files, bank, today, rules), TO_BUFFERS
    personas = [name.strip() for name in (options.personas or "").split(",") if name.strip()]
    author = clone.persona or git.line("var", "GIT_AUTHOR_IDENT").rpartition(" <")[0]
    return lambda files, bank: to_multi_agent(files, bank, personas, today, author), TO_AGENTS


def _today() -> date:
    return datetime.fromtimestamp(now(), UTC).date()


class Head(Mapping[str, bytes]):
    """The files of HEAD, read as they are asked for; a link, or one that cannot be read, has no item (KeyError)."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.all = {change.path: change for change in git.contents("HEAD", [])}
        self.blobs = {path: change.new for path, change in self.all.items() if change.new_mode in git.FILES}

    def __getitem__(self, path: str) -> bytes:
        data = self.clone.objects.blob(self.blobs[path])
        if data is None:
            raise KeyError(path)
        return data

    def __contains__(self, path: object) -> bool:
        return path in self.all

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def in_the_way(self, edits: Edits) -> str:
        """A path of HEAD that is no regular file where a file is to be, or no folder where one is; or nothing."""
        for path, data in edits.items():
            folders = map(str, PurePosixPath(path).parents)
            taken = [folder for folder in folders if folder in self.all]
            if data is not None and (taken or (path in self.all and path not in self.blobs)):
                return (taken or [path])[0]
        return ""
