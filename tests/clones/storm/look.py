"""What must hold after every sync: a law over three trees and what was made of them, and one over a tree alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations, filterfalse
from typing import NamedTuple

from tests.clones.storm.account import TICK, TOKEN, Ledger, Standing, all_of, both
from tests.clones.storm.pages import BANK, RECORDED, ROOTS, page_of
from tests.support import GIT, Clone, merge_file

MARKERS = re.compile(r"^(<{7}|>{7}|\|{7}|={7})( |$)", re.MULTILINE)
_RECORD = re.compile(r"Docs/(?:06-PostMortems/\d|03-Reference/ADR/ADR-)")
_DECISION = re.compile(r"Docs/03-Reference/ADR/ADR-")
_NUMBER = re.compile(r"ADR-\d+")
_ENTRY = re.compile(r"^### ", re.MULTILINE)
_HEADED = re.compile(r"^(?=#{2,4} )", re.MULTILINE)
_TICKED = re.compile(r"^ *- \[x\] .*(\bk[a-j]+z\b)", re.MULTILINE)
_INDEX = re.compile(r"Docs/.*/README\.md$")

Texts = Mapping[str, str]


class Finding(NamedTuple):
    """What is wrong: lost, doubled, resurrected or markers; in which file, and which tokens."""

    kind: str
    path: str
    tokens: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind}: {self.path or 'anywhere'}: {' '.join(sorted(self.tokens))}"


class Trees(NamedTuple):
    """The two sides of a sync and what they come from."""

    base: Standing
    ours: Standing
    theirs: Standing
    texts: tuple[Texts, Texts, Texts] = ({}, {}, {})
    """The same as texts; of several bases, one."""
    unasked: frozenset[str] = frozenset()
    """Files that git takes from one side, and asks no driver about."""


def trees_of(bases: Sequence[Texts], ours: Texts, theirs: Texts, ledger: Ledger) -> Trees:
    """The tokens of two sides, and of all that they come from."""
    base = reduce(both, (standing(texts, ledger) for texts in bases))
    return Trees(base, standing(ours, ledger), standing(theirs, ledger), (bases[0], ours, theirs))


def broken(trees: Trees, after: Standing, aside: set[str], ledger: Ledger) -> Iterator[Finding]:
    """How a merge breaks the three-way rule, token by token.

    - What a side wrote stands after it, somewhere in the tree, unless the other side has taken it out, or the merge has
      set it aside.
    - What a side took out of a file does not stand in that file after it, unless it took a whole unit out and the other
      side changed something in that: then it stays whole, as changed. And where both changed one line, both may stand.

    No merge can keep this for a token that came by a cherry-pick, or came back by a revert (`Ledger.copied`): where the
    copy was worked on since, nobody can tell it from a new entry. Nor for what one side moved and the other took out,
    where git's merge of the lines is clean and has it, nor in a file that git takes from one side: that stands, and
    counts as a copy from then on.
    """
    base, ours, theirs, have = (all_of(tree) for tree in (*trees[:3], after))
    taken = {t for t in base if t not in ours or t not in theirs}
    lost = {t for t in (ours | theirs) - taken - have - aside if not _is_of_copy(t, ledger)}
    lost -= _of_added_twice(trees) & ledger.ever
    lost = {t for t in lost if not t.endswith(TICK) or t.removesuffix(TICK) in have - aside}  # of a line that is left
    if lost:
        yield Finding("lost", "", frozenset(lost))
    for path, tokens in after.items():
        back = tokens & _back(trees, path, ledger) - ledger.copied
        if back:
            ledger.copied |= back if path in trees.unasked else back & _by_git(trees, path)
        if back := back - ledger.copied:
            yield Finding("resurrected", path, frozenset(back))


def _by_git(trees: Trees, path: str) -> set[str]:
    """What git's own merge of a file has, where that is clean."""
    clean, text = merge_file(*(texts.get(path, "").encode(errors="surrogateescape") for texts in trees.texts))
    return set(_tokens(text.decode(errors="surrogateescape"))) if clean else set()


def _of_added_twice(trees: Trees) -> set[str]:
    """What stands in files that both sides added: their base is what they have been at first, not what a merge has."""
    base, ours, theirs = trees[:3]
    paths = (ours.keys() & theirs.keys()) - base.keys()
    return {token for path in paths for side in (ours, theirs) for token in side[path]}


def _back(trees: Trees, path: str, ledger: Ledger) -> set[str]:
    """The tokens of the base that must not stand in a file."""
    base, *sides = (tree.get(path, frozenset()) for tree in trees[:3])
    units = [ledger.by_unit(tokens) for tokens in (base, *sides)]
    found = set()
    twice = _in_two_items(path, base, ledger)
    for here, there in ((0, 1), (1, 0)):
        for token in base - sides[here]:
            whole = (u for u in ledger.units(token) if u not in units[1 + here] or u in twice)
            changed = any(units[0][u] != units[1 + there].get(u) for u in whole)
            changed = changed or (token + TICK in base) != (token + TICK in sides[there])  # both changed that line
            if token not in sides[there] or not changed:
                found.add(token)
    return found


def _in_two_items(path: str, tokens: frozenset[str], ledger: Ledger) -> set[str]:
    """Units that are two items since both sides reworded them: either may be taken out whole."""
    page = page_of(path)
    if page is None or not (page.form or "- " * page.lists).startswith("- "):
        return set()
    firsts = Counter(ledger.units(t)[0] for t in tokens if len(ledger.units(t)) == 1 and not t.endswith(TICK))
    return {unit for unit, n in firsts.items() if n > 1}


def _is_of_copy(token: str, ledger: Ledger) -> bool:
    return any(unit in ledger.copied for unit in (token, *ledger.units(token)))


def unsound(texts: Texts, ledger: Ledger, pushed: bool = False, settled: bool = False) -> Iterator[Finding]:
    """What is wrong with a tree whatever it was made from: markers, and what stands twice.

    Two records of one decision, from two clones that gave it two numbers, stand until one is to be `pushed`; two
    versions of an entry, in one record or in two, until upkeep is accepted (`settled`).

    One entry may stand in a buffer and in a document while they differ: somebody edited it in the buffer as it was
    harvested elsewhere, and the next harvest brings the document up to date. That holds for a log and its archive, too.
    Two versions of which one has another title stay two records (`versions` tells how many there are).
    """
    counts = {path: counted(path, text, ledger.notes) for path, text in texts.items()}
    for path, text in texts.items():
        if MARKERS.search(text):
            yield Finding("markers", path, frozenset())
        most = 1 if settled else _recorded(path, text)
        twice = {t for t, n in counts[path].items() if n > most and n > _titles(path, text, t, ledger)}
        if twice:
            yield Finding("doubled", path, frozenset(twice))
    where: dict[str, list[str]] = {}
    for path, tokens in counts.items():
        for token in tokens:
            where.setdefault(token, []).append(path)
    found: dict[str, set[str]] = {}
    for token, paths in where.items():
        if not pushed:
            paths = [*filterfalse(_DECISION.match, paths), *[*filter(_DECISION.match, paths)][:1]]
        if len(paths) < 2 or token in ledger.copied or _differ(token, paths, counts, ledger, settled):
            continue
        if settled or not _of_picked(token, paths, counts, ledger):
            found.setdefault(" and ".join(paths), set()).add(token)
    for paths_of_both, tokens_of_both in found.items():
        yield Finding("doubled", paths_of_both, frozenset(tokens_of_both))


def _recorded(path: str, text: str) -> int:
    """How many versions of an entry a file has, if it is a record."""
    below = text.partition(RECORDED)[2] if _RECORD.match(path) else ""
    return max(len(_ENTRY.findall(below)), 1)


def _titles(path: str, text: str, token: str, ledger: Ledger) -> int:
    """Under how many titles a document has an item: reworded here and there, it is two, and what both keep is twice.

    In a buffer an entry that was picked, or put back by a revert, and mostly reworded or given another title since, is
    two (README, limits).
    """
    firsts = (TOKEN.search(row) for row in text.split("\n") if row.startswith("- "))
    items = len({first[0] for first in firsts if first and ledger.units(first[0])[0] == ledger.units(token)[0]})
    if is_target(path):
        return items
    return max(_versions(text, token), *(_retitled(text, token), items) if _is_of_copy(token, ledger) else (1,))


def _versions(text: str, token: str) -> int:
    """In how many entries a token stands, if no two of them share half of the lines of the shorter."""
    parts = (part.split("\n")[1:] for part in _HEADED.split(text) if token in part)
    held = [{row for row in rows if len(row) > 2} for rows in parts]
    return len(held) if all(2 * len(x & y) < min(len(x), len(y)) for x, y in combinations(held, 2)) else 1


def _retitled(text: str, token: str) -> int:
    """Under how many titles a token stands."""
    return len({part.split("\n")[0] for part in _HEADED.split(text) if token in part})


def _differ(
    token: str, paths: list[str], counts: Mapping[str, Counter[str]], ledger: Ledger, settled: bool
) -> bool:
    """Whether its entry says something else in each of the files, of which one is a buffer or the log at most.

    Of records with one title, none after upkeep.
    """
    titles = [_NUMBER.sub("", path) for path in paths if is_target(path)]
    if settled and len(set(titles)) < len(titles):
        return False
    unit = ledger.units(token)[0]
    said = {frozenset(t for t in counts[path] if unit in ledger.units(t)) for path in paths}
    return len(said) == len(paths) and sum(not is_target(path) for path in paths) <= 1


def _of_picked(token: str, paths: list[str], counts: Mapping[str, Counter[str]], ledger: Ledger) -> bool:
    """Whether a line of its entry came by a pick: an edit which the other side, that made it, seems to have harvested
    without knowing it. The next harvest takes the entry out of its buffer."""
    unit = ledger.units(token)[0]
    return any(t in ledger.copied and ledger.units(t)[0] == unit for path in paths for t in counts[path])


def versions(texts: Texts, ledger: Ledger) -> int:
    """How many entries stand in two documents, as two versions."""
    counts = [set(counted(path, text, ledger.notes)) for path, text in texts.items() if is_target(path)]
    units = Counter(unit for tokens in counts for unit in {ledger.units(t)[0] for t in tokens})
    return sum(n > 1 for n in units.values())


def pending(texts: Texts, ledger: Ledger) -> set[str]:
    """The tokens that stand in a buffer and in a document."""
    here, there = ({t for p, x in texts.items() if is_target(p) == target for t in counted(p, x, ledger.notes)}
                   for target in (False, True))  # fmt: skip
    return here & there


def is_target(path: str) -> bool:
    """Whether harvests and rolls write there."""
    return path.startswith(("Docs/", f"{BANK}/archive/")) or "/sessions/archive/" in path


def counted(path: str, text: str, notes: set[str]) -> Counter[str]:
    """How often each token stands in a file. A record counts as what it records, and what people wrote above that."""
    if _INDEX.search(path):
        return Counter()
    if not _RECORD.match(path):
        return _tokens(text)
    above, _, below = text.partition(RECORDED)
    found = _tokens(below)
    return found + Counter(t for t in TOKEN.findall(above) if t in notes and t not in found)


def _tokens(text: str) -> Counter[str]:
    return Counter(TOKEN.findall(text)) + Counter(token + TICK for token in _TICKED.findall(text))


def texts_of(clone: Clone) -> dict[str, str]:
    """The bank and the documents as they stand in a clone's worktree."""
    names = clone.git("ls-files", "-z", "--", *ROOTS).split("\0")
    return {name: clone.read(name) for name in names if name and (clone.path / name).exists()}


def standing(texts: Texts, ledger: Ledger) -> Standing:
    return {path: frozenset(counted(path, text, ledger.notes)) for path, text in texts.items()}


def standing_at(clone: Clone, commit: str, ledger: Ledger) -> Standing:
    """The tokens in each file of a commit."""
    return standing(texts_at(clone, commit), ledger)


def texts_at(clone: Clone, commit: str) -> dict[str, str]:
    """The bank and the documents as they stand in a commit, or in a tree."""
    rows = clone.git("ls-tree", "-r", "-z", commit, "--", *ROOTS).split("\0")
    pairs = [(row.partition("\t")[2], row.split()[2]) for row in rows if row]
    blobs = clone.run(GIT, "cat-file", "--batch", stdin="".join(f"{blob}\n" for _, blob in pairs)).stdout
    texts, at = {}, 0
    raw = blobs.encode(errors="surrogateescape")
    for path, _ in pairs:
        end = raw.index(b"\n", at)
        size = int(raw[at:end].split()[2])
        texts[path] = raw[end + 1 : end + 1 + size].decode(errors="surrogateescape")
        at = end + size + 2
    return texts
