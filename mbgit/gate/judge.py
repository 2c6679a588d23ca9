"""The gate before a commit and a push: runs the checks on what is added, and judges what they find.

A finding counts only where what is added brings it: a fault that the upstream (or HEAD) has already, in any line, is
not held against this commit or push.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from mbgit import git
from mbgit.bank.remerge import says_unlinked
from mbgit.bank.settings import FILE, FIRM, Settings, read_settings
from mbgit.bank.vocabulary import Vocabulary
from mbgit.checks import BY_NAME, FORM, LEVELS, PAGE_CHECKS, lost
from mbgit.checks import locks as locking
from mbgit.checks.finding import Edit, Finding
from mbgit.checks.page import Page, World
from mbgit.checks.private import foreign_memories
from mbgit.checks.secrets import check_rows
from mbgit.checks.sections import together
from mbgit.git.clone import Clone
from mbgit.proposals.harvest.names import clashes, record_number
from mbgit.words import fit_for_command, quoted, shown_path

from .commits import MOST, Addition, CommitTree, IndexTree, Older, Range, Step
from .source import Source
from .verdict import BROKE, Judged, Verdict, graded, judged, verdict

if TYPE_CHECKING:
    pass

_LOOKED_INTO = 8_000  # bytes of a file in which a NUL tells that it is no text, as git has it


class Gate:
    """Runs checks. One that breaks is a finding of its own, and the others go on."""

    def __init__(self, clone: Clone, now: int, keep_error: Callable[[Exception], str]) -> None:
        """`now`: epoch seconds; `keep_error` keeps an exception for a person to read, and says where."""
        self.clone, self.now, self.keep_error = clone, now, keep_error
        self.doing = ""  # the check that runs, for the message that time is up
        self.looked_at: list[tuple[CommitTree, World, Addition, tuple[str, ...]]] = []
        """The pages that were checked, and by which checks."""

    # -- the two ways in --

    def commit(self, tree: IndexTree) -> Verdict:
        """Judge what is staged. Raises GitError."""
        parents = [commit for name in ("HEAD", "MERGE_HEAD") if (commit := self.clone.objects.commit(name))]
        step = Step.staged(parents, self.clone.scope(""))
        additions = step.additions
        world = World(tree, tree.settings, tree.layout, self.now, lambda page, row: self.now, pushed=False)
        self.looked_at += [(tree, world, addition, tuple(PAGE_CHECKS)) for addition in additions]
        found = [*self.pages(tree, additions, world), *self._texts(additions), *self._settings(additions)]
        found += self._locked("HEAD", tree.settings, lambda: {c.path for c in git.staged("HEAD", [])}, pushing=False)
        found += self._lost_so_far(tree, step) if parents else []
        edited = (addition.path for addition in additions if addition.older)  # one may be made for somebody else
        found += foreign_memories(edited, tree.banks, self.clone.persona)
        return judged(found, tree.settings, self._faults(found))

    def push(
        self,
        tips: Sequence[str],
        known: Sequence[str],
        *,
        remotes: bool = True,
        replaced: Mapping[str, Sequence[str]] | None = None,
    ) -> Verdict:
        """Judge what a push of these commits adds to what is known (see `Range`). Raises GitError.

        `replaced`: for each tip, the commits that a forced push replaces with it; None: unknown for several tips, for
        one tip all known commits that it does not contain.
        """
        olds = None if replaced is None else [*chain(*replaced.values())]
        new = Range(self.clone, tips, known, remotes=remotes, replaced=olds)
        if replaced is None:
            replaced = {tips[0]: new.overwritten} if len(tips) == 1 else {}
        notes = [] if new.whole else [f"only the newest {MOST} commits were checked"]
        found: list[Judged] = []
        self.clone.objects.read_ahead(new.blobs)
        for step, additions in self._leaking(new):
            commit = "" if step.commit.id in tips else step.commit.id
            leaked = self._texts(additions, step.gone, new.overwritten)
            found += graded((finding._replace(commit=commit) for finding in leaked), self.clone.settings(tips[0]))
        for tip in new.heads:  # each tip by its own settings, not by those of a branch that is pushed with it
            found += graded(chain(self._tip(new, tip), self._lost(new, tip)), self.clone.settings(tip))
        for tip, its in replaced.items():
            found += graded(self._overwritten(new, tip, its), self.clone.settings(tip))
        return verdict(found, notes + self._faults(found))

    def _leaking(self, new: Range) -> Iterator[tuple[Step, list[Addition]]]:
        """The commits with the files in which secrets are looked for: of banks and harvest targets, or all texts."""
        if self.clone.config.get("mbgit.secrets") != "all":
            yield from ((step, step.additions) for step in new.steps)
            return
        steps = new.everywhere
        self.clone.objects.read_ahead(addition.blob for step in steps for addition in step.additions)
        known = {addition for step in new.steps for addition in step.additions}
        for step in steps:
            its = (addition for addition in step.additions if addition in known or self._is_text(addition.blob))
            yield step, list(its)

    def _is_text(self, blob: str) -> bool:
        return b"\0" not in self._blob(blob)[:_LOOKED_INTO]

    def _faults(self, found: Sequence[object]) -> list[str]:
        """What is wrong with this clone's own settings, where something was found: they may be why it was."""
        return [f"{fault.where}: {fault.what}" for fault in self.clone.faults] if found else []

    def _tip(self, new: Range, tip: str) -> Iterator[Finding]:
        """The files of one tip, against all that was known before."""
        tree, additions = CommitTree(self.clone, tip), new.additions(tip)
        world = World(tree, tree.settings, tree.layout, self.now, lambda page, row: new.added_at(page, row) or self.now)
        self.looked_at += [(tree, world, addition, tuple(PAGE_CHECKS)) for addition in additions]
        yield from self.pages(tree, additions, world)
        yield from self._settings(additions)
        pointing = list(self._pointing(tree, new, tip, additions))
        self.looked_at += [(tree, world, addition, ("links",)) for addition in pointing]
        yield from self.pages(tree, pointing, world, ("links",))
        yield from self._records(new, tree, additions)
        for commit in new.before[:1]:
            yield from self._locked(commit, tree.settings, lambda: new.changed(tip), pushing=True)

    # -- what is looked at --

    def pages(
        self, tree: CommitTree, additions: Iterable[Addition], world: World, names: Iterable[str] = PAGE_CHECKS
    ) -> Iterator[Finding]:
        """What the page checks find in files as they would be, and did not find in their older versions."""
        additions = list(additions)
        dead_ends = cache(lambda: self._dead_ends(tree, additions, world))
        for path, blob, older in additions:
            page = tree.read(path, blob)
            if page is None or (page.kind and page.kind.aside):
                continue
            world = world._replace(layout=tree.layout_at(path))
            if not (asked := list(names) if path.endswith(".md") else _of_any_text(page, names)):
                continue
            # An older version is looked at among the files of its time: what it led to may be gone by now.
            before = [(old, world._replace(tree=self._at(commit))) for commit, old in _read(tree, path, older)]
            own = page.kind is not None and page.kind.own
            for name in asked:
                if world.settings.level(name, path, "off" if own and name in FORM else LEVELS[name]) != "off":
                    check = PAGE_CHECKS[name]
                    own_words = world.settings.vocabulary if name in BY_NAME else Vocabulary()
                    found = self._tried(name, path, partial(check, page.standard(own_words), world))
                    olds = [
                        self._tried(name, path, partial(check, old.standard(own_words), its))
                        for old, its in (before if found else ())
                    ]
                    found = [_in_own_words(finding, own_words) for finding in without(found, olds)]
                    if name == "links" and found:
                        found = [item for item in found if not dead_ends().get(_leads(page, item), set()) - {path}]
                    found = together(found) if name == "sections" else found
                    yield from _of_its_own(found, world.settings) if own else found

    def _dead_ends(self, tree: CommitTree, additions: Iterable[Addition], world: World) -> dict[_Leads, set[str]]:
        """The links that led nowhere before, and the files they stood in: one may move with its line to another."""
        found: dict[_Leads, set[str]] = {}
        for path, _, older in additions:
            for commit, page in _read(tree, path, older):
                check = partial(PAGE_CHECKS["links"], page, world._replace(tree=self._at(commit)))
                for item in self._tried("links", path, check):
                    found.setdefault(_leads(page, item), set()).add(path)
        return found

    @cache  # noqa: B019 - lives as long as one hook
    def _at(self, commit: str) -> CommitTree:
        return CommitTree(self.clone, commit)

    def _pointing(self, tree: CommitTree, new: Range, tip: str, additions: Sequence[Addition]) -> Iterator[Addition]:
        """Pages that stay as they are and name a file that goes, or one that may lose headings."""
        names = {path.rpartition("/")[2] for path in new.gone(tip)}
        names |= {addition.path.rpartition("/")[2] + "#" for addition in additions if addition.older}
        named = _naming(os.fsencode(name) for name in names)
        edited = {addition.path for addition in additions}
        for path, blob in tree.files.items() if names else ():
            if path.endswith(".md") and path not in edited and named(self._blob(blob)):
                yield Addition(path, blob, tuple(Older(commit, blob) for commit in new.before))

    def _records(self, new: Range, tree: CommitTree, additions: Iterable[Addition]) -> Iterator[Finding]:
        """Decisions that have two records, and records that took a number which another one has: the one that landed
        first stays, and keeps it."""
        if not any(record_number(addition.path) for addition in additions):
            return
        from mbgit.proposals.harvest.records import doubles

        there = {path for commit in new.before for path in self._at(commit).files}
        records = {path: self._blob(blob) for path, blob in tree.files.items() if record_number(path)}
        twice = dict(doubles(records, there))
        for path, first in twice.items():
            fix = f'git rm "{path}"' if fit_for_command(path) else ""
            yield Finding("records", path, 0, f"{shown_path(first)} records the same decision", fix=fix)
        for old, moved in clashes(tree.files.keys() - twice.keys(), there - twice.keys()):
            fits = fit_for_command(old) and fit_for_command(moved)
            what = f"another record has the number {record_number(old)}"
            hint = f"its title takes ADR-{record_number(moved):03}"
            yield Finding("records", old, 0, what, hint=hint, fix=f'git mv "{old}" "{moved}"' if fits else "")

    def _texts(
        self, additions: Iterable[Addition], gone: Sequence[str] = (), before: Sequence[str] = ()
    ) -> Iterator[Finding]:
        """The secrets in the lines that are added, whatever kind of text it is.

        `gone`: blobs that they may be from; `before`: commits that may have them in the same file.
        """
        for path, blob, older in additions:
            rows = self._lines(blob)
            known = self._rows(old.blob for old in older)
            found = self._tried("secrets", path, partial(check_rows, path, rows, known))
            moved = self._rows(chain(gone, self._replaced(path, before))) if found else set()
            yield from (item for item in found if not item.line or rows[item.line - 1] not in moved)

    def _replaced(self, path: str, commits: Iterable[str]) -> list[str]:
        return [blob for commit in commits if (blob := self.clone.objects.id(f"{commit}:{path}"))]

    def _rows(self, blobs: Iterable[str]) -> set[bytes]:
        return {row for blob in blobs for row in self._lines(blob)}

    @lru_cache(maxsize=256)  # noqa: B019 - lives as long as one hook; in a range each version is new once, then old
    def _lines(self, blob: str) -> list[bytes]:
        """The lines of a text in whatever encoding: without its NUL bytes, UTF-16 shows its ASCII."""
        return self._blob(blob).replace(b"\0", b"").splitlines()

    def _lost(self, new: Range, tip: str) -> list[Finding]:
        """What merges and commits of the range lost, and the tip has not got again."""
        tree = CommitTree(self.clone, tip)
        steps = [
            lost.Step(step.commit.id, step.commit.parents, step.commit.message, step.versions(tree))
            for step in new.steps_of(tip)
        ]
        return self._tried("lost", "", partial(lost.check_range, steps, Source(self.clone, tree, steps)))

    def _overwritten(self, new: Range, tip: str, olds: Iterable[str]) -> Iterator[Finding]:
        """What logs had in the branches that a forced push takes the place of, and no branch has any more."""
        tree = CommitTree(self.clone, tip)
        message = next((commit.message for commit in new.commits if commit.id == tip), "")
        for old in olds:
            if len(git.published(old, new.branches)) < 2:
                diffs = git.differences([(tip, old)], new.scope)
                versions = Step(git.Commit(tip, (old,), "", "", 0, 0, ""), diffs).versions(tree)
                steps = [lost.Step(tip, (old,), message, versions)]
                check = partial(lost.check_range, steps, Source(self.clone, tree, steps))
                for finding in self._tried("lost", "", check):
                    yield finding._replace(fix=finding.fix.replace(f"{tip[:12]}^1:", f"{old[:12]}:"))

    def _lost_so_far(self, tree: IndexTree, step: Step) -> list[Finding]:
        """The same of what is staged: a warning, as its message may still permit it."""
        steps = [lost.Step("", step.commit.parents, "", step.versions(tree))]
        found = self._tried("lost", "", partial(lost.check_range, steps, Source(self.clone, tree, steps)))
        return [finding._replace(lowered=True, commit="", fix="", hint=_allowance(finding.path)) for finding in found]

    def _locked(
        self, revision: str, settings: Settings, paths: Callable[[], set[str]], *, pushing: bool
    ) -> list[Finding]:
        """Files under somebody else's lock, by the table of a revision."""
        locks = CommitTree(self.clone, revision).locks
        if not locks:
            return []
        persona = self.clone.persona
        return self._tried(
            "locks", "", lambda: locking.check(sorted(paths()), locks, persona, settings, self.now, pushing)
        )

    def _settings(self, additions: Iterable[Addition]) -> Iterator[Finding]:
        """What is wrong with `.mbgit.toml` and was not wrong before."""
        for path, blob, older in additions:
            if path == FILE:
                known = {trouble for _, name in older for trouble in read_settings(self._blob(name)).troubles}
                for trouble in read_settings(self._blob(blob)).troubles:
                    if trouble not in known:
                        yield Finding("settings", FILE, 0, trouble.what, lowered=not trouble.error)

    def _blob(self, name: str) -> bytes:
        return self.clone.objects.blob(name) or b""

    def _tried(self, name: str, path: str, check: Callable[[], list[Finding]]) -> list[Finding]:
        self.doing = name
        try:
            return check()
        except Exception as error:
            return [Finding(name, path, 0, f"{BROKE}: see {self.keep_error(error)}", lowered=name not in FIRM)]


def _read(tree: CommitTree, path: str, older: Iterable[Older]) -> Iterator[tuple[str, Page]]:
    """The older versions of a page that can be read, as if they were at its present path."""
    for commit, blob in older:
        if page := tree.read(path, blob):
            yield commit, page


_Leads = tuple[bytes, tuple[str | None, ...], str]


def _leads(page: Page, found: Finding) -> _Leads:
    """What the line of a broken link says, the path from the root where it leads, and its fault."""
    from urllib.parse import unquote

    from mbgit.checks.links import links
    from mbgit.checks.relink import targets

    row = page.rows[found.line - 1].encode(errors="replace") if found.line else b""
    there = ((link, path) for link, path in zip(links(page), targets(page), strict=True) if link.line == found.line)
    its = ((link, path) for link, path in there if f"link to {quoted(unquote(link.target))}: " in found.what)
    paths = tuple(page.path if link.target.startswith("#") else path for link, path in its)
    return says_unlinked(row), paths, found.what.rpartition(": ")[2]


def _allowance(path: str) -> str:
    """What a message must say for a removal on purpose."""
    return f"on purpose: git commit --trailer 'Mbgit-Allow: lost {path if fit_for_command(path) else 'PATH'}'"


_NAME = re.compile(rb"[\w.\-\x80-\xff]+#?")


def _naming(names: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Tells whether a text names one of some files; there may be thousands of both."""
    wanted = set(names)
    odd = [name for name in wanted if not _NAME.fullmatch(name)]

    def named(text: bytes) -> bool:
        there = set(_NAME.findall(text))
        there.update([word.rstrip(b"#") for word in there])
        return not wanted.isdisjoint(there) or any(name in text for name in odd)

    return named


def _in_own_words(finding: Finding, words: Vocabulary) -> Finding:
    """A finding whose mend is in the team's words, as its page is."""
    if not finding.edits or words == Vocabulary():
        return finding
    texts = (words.local("\n".join(edit.rows).encode(errors="surrogateescape")) for edit in finding.edits)
    rows = (tuple(text.decode(errors="surrogateescape").split("\n")) for text in texts)
    return finding._replace(edits=tuple(map(_with_rows, finding.edits, rows)))


def _with_rows(edit: Edit, rows: tuple[str, ...]) -> Edit:
    return edit._replace(rows=rows)


def _of_its_own(found: Iterable[Finding], settings: Settings) -> Iterator[Finding]:
    """Findings as they count on a page whose form is its authors' own: only what breaks any page is grave, unless the
    team has set a level for a check there."""
    for finding in found:
        firm = finding.check in ("markers", "encoding") or settings.level(finding.check, finding.path, "")
        yield finding if firm else finding._replace(lowered=True, brief=True)


def _of_any_text(page: Page, names: Iterable[str]) -> list[str]:
    """Those of some checks that are not for Markdown alone."""
    return [name for name in names if name == "markers"] if b"\0" not in page.data else []


def without(found: list[Finding], before: Iterable[list[Finding]]) -> Iterator[Finding]:
    """The findings that stand in the older versions less often, all taken together: a merge may bring one of each."""
    known: Counter[tuple[str, str, str]] = Counter()
    for version in before:
        known += Counter(finding.key for finding in version)
    for finding in found:
        if known[finding.key] > 0:
            known[finding.key] -= 1
        else:
            yield finding


def read_pre_push(lines: Iterable[str], clone: Clone) -> tuple[list[str], list[str]]:
    """Read git's lines for pre-push (`lref lsha rref rsha`): the commits to push, and those that the remote has.

    Deletions add nothing; a tag counts as its commit; a remote commit that this clone lacks is left out.
    """
    rows = [words for line in lines if len(words := line.rsplit(" ", 3)) == 4]  # what is pushed may be `HEAD^{/a b}`
    tips, known = ([commit for row in rows if (commit := clone.objects.commit(row[at]))] for at in (1, 3))
    return list(dict.fromkeys(tips)), list(dict.fromkeys(known))
