"""The mends of what was refused, as a commit on `refs/mbgit/mend` that its owner takes file by file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from mbgit import git
from mbgit.checks.finding import Finding
from mbgit.checks.page import Page, World
from mbgit.checks.sections import needed
from mbgit.gate.commits import Addition, CommitTree
from mbgit.proposals.proposal import ref_of
from mbgit.words import fit_for_command, shown_path

from .page import NEVER, mended

if TYPE_CHECKING:
    from mbgit.gate.judge import Gate
    from mbgit.gate.verdict import Verdict

_MOST = 8  # files that one command names


def offer(gate: Gate, verdict: Verdict, tip: str = "") -> str:
    """Let the ref hold what was refused, mended as far as a machine can; the command that takes it, or nothing.

    `tip`: the commit that was to be pushed; empty: what is staged was to be committed. Raises GitError, OSError.
    """
    edits = mends(gate, verdict, _renames(gate, tip))
    ref = ref_of(gate.clone, "mend")
    paths = [path for path in edits if fit_for_command(path)]
    if not paths or len(paths) < len(edits) or len(paths) > _MOST:
        if gate.clone.objects.id(ref):
            git.forget(ref)
        return ""
    message = "Mend what was refused\n\n" + "".join(f"- {shown_path(path)}\n" for path in edits)
    git.point(ref, git.commit(tip, edits, message) if tip else git.commit_index(edits, message))
    edited = any(git.is_edited(path, tip) for path in paths)
    where = "--staged" if edited else "--staged --worktree"  # what is in the worktree besides is not overwritten
    return f"git restore --source {ref.removeprefix('refs/')} {where} -- {' '.join(map(_named, paths))}"


def _named(path: str) -> str:
    """A path as a command line has it, in any folder."""
    path = f":/{path}" if os.environ.get("GIT_PREFIX") else path
    return f'"{path}"' if " " in path or path.startswith(":") else path


def mends(gate: Gate, verdict: Verdict, renames: Mapping[str, str]) -> dict[str, bytes | None]:
    """The files that were refused, as a machine can mend them (None: it has another name now)."""
    grave: dict[str, list[Finding]] = {}
    for item in verdict.judged:
        if item.level == "error":
            grave.setdefault(item.finding.path, []).append(item.finding)
    found: dict[str, bytes | None] = {}
    for tree, world, addition, names in gate.looked_at:
        its = grave.get(addition.path, [])
        page = tree.read(addition.path, addition.blob)
        if page is not None and its and NEVER.isdisjoint(finding.check for finding in its):
            found.update(_mended(gate, tree, world, addition, names, page, renames))
    return found


def _mended(
    gate: Gate,
    tree: CommitTree,
    world: World,
    addition: Addition,
    names: Sequence[str],
    page: Page,
    renames: Mapping[str, str],
) -> dict[str, bytes | None]:
    from mbgit.gate.verdict import grave

    def check(page: Page) -> list[Finding]:
        blob = git.write_blob(page.data)
        found = gate.pages(tree, [addition._replace(path=page.path, blob=blob)], world, names)
        return [finding for finding in found if grave(finding, world.settings)]

    layout = world._replace(layout=tree.layout_at(page.path))
    headings = [heading.words for heading in needed(page, layout)]
    new = mended(page, check, _where(tree, renames), headings)
    if new.path != page.path:
        return {page.path: None, new.path: new.data}
    return {page.path: new.data} if new.data != page.data else {}


def _where(tree: CommitTree, renames: Mapping[str, str]) -> Callable[[str, str], str | None]:
    """Where a file went that a link names: by a rename, else the only file of its name."""

    @cache
    def where(path: str) -> str | None:
        if not path or tree.has(path):
            return None
        there = list(tree.named({path.rpartition("/")[2]}))
        return renames.get(path) or (there[0] if len(there) == 1 else None)

    return lambda path, fragment: where(path)


def _renames(gate: Gate, tip: str) -> dict[str, str]:
    """The files that what is judged renames: old path -> new path."""
    head = gate.clone.head
    if not tip:
        changes = git.staged(head, [], renames=True) if head else []
    else:
        upstream = gate.clone.objects.commit("@{upstream}")
        changes = git.differences([(tip, upstream)], [], renames=True)[0] if upstream else []
    return {change.old_path: change.path for change in changes if change.old_path != change.path}
