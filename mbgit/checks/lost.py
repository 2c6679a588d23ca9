"""What a push would take from others: entries that a merge lost, wherever it was made, or that a log lost to a commit.

A log (an append-only file, or section) is held against what was published of it: what came in by the range itself
and went again is nobody's loss. A merge is held against its parents, published or not: nobody meant to lose anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mbgit.bank.entries import Entry, Undated
from mbgit.bank.kinds import Kind
from mbgit.bank.remerge import Edits, Lost, Text, lines_of, lost_in, only_in, says, says_unlinked, words
from mbgit.engine.stamps import entry_id, stamp
from mbgit.words import counted, fit_for_command, quoted

from .finding import Finding

if TYPE_CHECKING:
    from mbgit.engine.result import Seen

CHECK = "lost"
TRAILER = "mbgit-allow"
_HELD = 32  # versions that are kept in memory
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")  # what git itself writes among trailers


class Versions(NamedTuple):
    """A file where it differs from any of a commit's parents, by the ids of its blobs: empty where there is no file."""

    path: str
    kind: Kind
    parents: tuple[str, ...]
    """In each parent of the commit, in their order."""
    result: str
    """In the commit."""


class Step(NamedTuple):
    """One commit of the range, and what it did to governed files."""

    commit: str
    parents: tuple[str, ...]
    message: str
    paths: tuple[Versions, ...]


class Source(Protocol):
    """What is read only where it is needed."""

    def read(self, blob: str) -> bytes | None:
        """The content of a blob; None where it cannot be had."""

    def bases(self, commit: str, path: str) -> Sequence[str]:
        """The blobs of a file in the merge bases of every two parents of a commit; empty: not there."""

    def seen(self, commit: str, path: str) -> Seen | None:
        """What the history of each of a commit's two parents held of a file (`engine.result`)."""

    def undated(self, path: str) -> Undated | None:
        """`undated` of `entries` for a file."""

    def tip(self) -> Mapping[str, str]:
        """Every governed file of the newest commit, archives and harvest targets included: path -> blob."""


def check_range(steps: Sequence[Step], source: Source) -> list[Finding]:
    """What the commits of a range lost and its tip has not got again, a finding for each file and commit.

    `steps` are all commits of the range, children before parents; what their parents outside of it hold is published.
    """
    span = _Range(steps, source)
    return [*_lost_by_merges(span), *_lost_by_commits(span)]


class Loss(NamedTuple):
    """What a merge lost of a file, and the tip has not got again."""

    step: Step
    versions: Versions
    items: list[Lost]


def losses(steps: Sequence[Step], source: Source) -> Iterator[tuple[Step, list[Loss]]]:
    """For each of some merges of two parents what it lost, but by permission.

    What stands elsewhere at the tip, or in an edited form, is not lost.
    """
    span = _Range(steps, source)
    for step in steps:
        found = []
        permitted = allowed(step.message)
        for versions in step.paths:
            with suppress(LookupError):
                if versions.path not in permitted and (items := _items_lost(span, step, versions)):
                    found.append(Loss(step, versions, items))
        yield step, found


def allowed(message: str) -> frozenset[str]:
    """The paths that the trailers `Mbgit-Allow: lost PATH` of a commit message name, each exactly: no globs."""
    values = (value.split(None, 1) for token, value in _trailers(message) if token.lower() == TRAILER)
    paths = (words[1] for words in values if len(words) == 2 and words[0] == CHECK)
    return frozenset(path for path in paths if not set(path) & set("*?["))


def _trailers(message: str) -> Iterator[tuple[str, str]]:
    """A message's trailers as git reads them: in its last paragraph, unless that is the only one or mostly prose."""
    paragraphs: list[list[str]] = [[]]
    for row in message.splitlines():
        if row.strip():
            paragraphs[-1].append(row)
        elif paragraphs[-1]:
            paragraphs.append([])
    last = [rows for rows in paragraphs if rows][1:][-1:]
    found: list[tuple[str, str]] = []
    prose = generated = 0
    for row in last[0] if last else ():
        token, colon, value = row.partition(":")
        if row[0].isspace() and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {row.strip()}")
        elif row.startswith(_GENERATED):
            generated += 1
        elif colon and token.rstrip().replace("-", "").isalnum() and token.isascii() and not row[0].isspace():
            found.append((token.rstrip(), value.strip()))
        else:
            prose += 1
    if not prose or (generated and 3 * (len(found) + generated) >= prose):
        yield from found


class _Range:
    """The commits at hand, with what was read for them."""

    def __init__(self, steps: Sequence[Step], source: Source) -> None:
        self.steps, self.source = steps, source
        self.commits = {step.commit for step in steps}
        self.text: Callable[[str, str], Text] = lru_cache(_HELD)(self._text)
        self._at_tip: dict[str, Text] = {}

    def _text(self, blob: str, path: str) -> Text:
        """Raises LookupError where a blob cannot be had: then nothing is known of what is lost there."""
        data = self.source.read(blob) if blob else b""
        if data is None:
            raise LookupError(blob)
        return Text(data, self.source.undated(path))

    @cached_property
    def tip(self) -> Mapping[str, str]:
        return self.source.tip()

    def at_tip(self, path: str) -> Text:
        """A governed file at the tip. Raises LookupError where its blob cannot be had."""
        if path not in self._at_tip:
            self._at_tip[path] = self._text(self.tip.get(path, ""), path)
        return self._at_tip[path]

    def stands(self, entry: Entry, path: str) -> bool:
        """Whether a governed file of the tip holds every line of an entry of the file at `path`: it moved, or came
        back. In another file its links have other targets, to lead to the same."""
        lines = lines_of(entry)
        if any(lines <= text.said for text in self._tip_texts.values()):
            return True
        unlinked = lines_of(entry, says_unlinked)
        others = (text for where, text in self._tip_texts.items() if where != path)
        return unlinked != lines and any(unlinked <= text.said_unlinked for text in others)

    @cached_property
    def _tip_texts(self) -> dict[str, Text]:
        found = {}
        for path in self.tip:
            with suppress(LookupError):
                found[path] = self.at_tip(path)
        return found

    def finding(self, step: Step, path: str, what: str, entries: list[Entry], parent: int = 0) -> Finding:
        titles = ", ".join(quoted(entry.title) for entry in entries[:2])
        more = f" and {len(entries) - 2} more" if len(entries) > 2 else ""
        fix = f'git show "{step.commit[:12]}^{parent + 1}:{path}"' if fit_for_command(path) else ""
        message = f"{what} {counted(len(entries), 'entry')}: {titles}{more}"
        return Finding(CHECK, path, 0, message, commit="" if step is self.steps[0] else step.commit, fix=fix)


# -- merges -----------------------------------------------------------------------------------------------------------


def _lost_by_merges(span: _Range) -> Iterator[Finding]:
    for step in span.steps:
        if len(step.parents) < 2 or not step.paths:
            continue
        permitted = allowed(step.message)
        for versions in step.paths:
            if versions.path not in permitted:
                with suppress(LookupError):
                    yield from _lost_by_merge(span, step, versions)
        with suppress(LookupError):
            yield from _taken_out_by_each(span, [it for it in step.paths if it.path not in permitted], step)


def _lost_by_merge(span: _Range, step: Step, versions: Versions) -> list[Finding]:
    items = _items_lost(span, step, versions)
    entries = [item.entry for item in items]
    return [span.finding(step, versions.path, "the merge lost", entries, items[0].parent)] if items else []


def _items_lost(span: _Range, step: Step, versions: Versions) -> list[Lost]:
    path, kind = versions.path, versions.kind
    parents, result = [span.text(blob, path) for blob in versions.parents], span.text(versions.result, path)
    if not any(side.beyond(result) for side in parents):
        return []
    bases = [span.text(blob, path) for blob in span.source.bases(step.commit, path)]
    seen = span.source.seen(step.commit, path)
    items = lost_in(bases, parents, result, kind.policy, path.rpartition("/")[2], seen)
    items = [item for item in items if not span.stands(item.entry, path)]
    if items:
        later = Edits(only_in(span.at_tip(path), result, *parents))
        items = [item for item in items if later.of(item.entry) is None]
    return items


def _taken_out_by_each(span: _Range, paths: Sequence[Versions], step: Step) -> Iterator[Finding]:
    """What stood in two files before a merge, of which each side took another one out, and relied on the other.

    Of entries with a date or an id alone: two tasks in the same words may be two tasks.
    """
    paths = [versions for versions in paths if versions.kind.policy != "latest"]
    gone: list[dict[bytes, list[Versions]]] = [defaultdict(list) for _ in step.parents]
    for versions in paths:
        for at, blob in enumerate(versions.parents):
            for line in span.text(blob, versions.path).beyond(span.text(versions.result, versions.path)):
                gone[at][line].append(versions)
    shared = gone[0].keys() & set[bytes].intersection(*map(set, gone[1:]))
    for versions in paths if shared else ():
        found = []
        parent, result = (span.text(blob, versions.path) for blob in (versions.parents[0], versions.result))
        for entry in only_in(parent, result):
            lines = lines_of(entry)
            first = entry.text.partition(b"\n")[0]
            if (stamp(first) or entry_id(first)) and lines <= shared and not span.stands(entry, versions.path):
                others = [it for line in lines for side in gone[1:] for it in side[line]]
                if versions not in others and not any(_is_edited(span, entry, it) for it in (versions, *others)):
                    found.append(entry)
        if found:
            yield span.finding(step, versions.path, "each side took out another copy, and the merge lost", found)


def _is_edited(span: _Range, entry: Entry, versions: Versions) -> bool:
    """Whether a merge has an edited form of an entry in place of it."""
    sides = [span.text(blob, versions.path) for blob in versions.parents]
    has_not = [side for side in sides if lines_of(entry) <= side.said]
    return Edits(only_in(span.text(versions.result, versions.path), *has_not)).of(entry) is not None


# -- logs -------------------------------------------------------------------------------------------------------------


class _Gone(NamedTuple):
    """An entry of a log that was published and is not at the tip."""

    entry: Entry
    lines: set[bytes]
    """What it says and the log at the tip does not; without what other entries say as well, if that leaves any."""
    edit: Entry | None
    """What stands in its place, where that is an edited form of it."""


def _lost_by_commits(span: _Range) -> Iterator[Finding]:
    logs: dict[str, dict[str, Versions]] = defaultdict(dict)
    for step in span.steps:
        for versions in step.paths:
            if versions.kind.append_only:
                logs[versions.path][step.commit] = versions
    for path, touched in logs.items():
        with suppress(LookupError):
            gone = _gone(span, path, touched)
            yield from _blamed(span, path, touched, gone) if gone else ()


def _gone(span: _Range, path: str, touched: Mapping[str, Versions]) -> list[_Gone]:
    """The entries that were published of a log and that the tip holds nowhere, each once."""
    found: dict[bytes, _Gone] = {}
    scope = next(iter(touched.values())).kind.append_only
    for blob in _published(span, touched):
        if blob != span.tip.get(path):
            for item in _gone_from(span, span.text(blob, path), path, scope):
                found.setdefault(item.entry.identity, item)
    return list(found.values())


def _gone_from(span: _Range, old: Text, path: str, scope: str) -> Iterator[_Gone]:
    new = span.at_tip(path)
    missing = old.beyond(new)
    entries = [entry for entry in only_in(old, new) if in_scope(entry, scope)] if missing else []
    entries = [e for e in entries if not missing.isdisjoint(lines_of(e)) and not span.stands(e, path)]
    if not entries:
        return
    places = _Places(old, new)
    shared = Counter(line for entry in old.entries for line in lines_of(entry))
    for entry in entries:
        lines = missing & lines_of(entry)
        yield _Gone(entry, {line for line in lines if shared[line] == 1} or lines, places.edit(entry))


def _published(span: _Range, touched: Mapping[str, Versions]) -> list[str]:
    """The versions of a file in which the range found it: those of parents that no commit of the range changed."""
    found: dict[str, None] = {}
    as_found: set[str] = set()  # commits of the range that hold the file as one outside of it does
    for step in reversed(span.steps):
        outside = [parent not in span.commits or parent in as_found for parent in step.parents]
        if step.commit in touched:
            blobs = zip(touched[step.commit].parents, outside, strict=False)
            found.update(dict.fromkeys(blob for blob, old in blobs if old and blob))
        elif any(outside):
            as_found.add(step.commit)
    return list(found)


def in_scope(entry: Entry, scope: str) -> bool:
    """Whether an entry lies in what is append-only of its file: all of it (`*`), or below one heading."""
    return scope == "*" or any(_folded(head.text) == _folded(scope.encode()) for head in entry.heads)


def _folded(text: bytes) -> bytes:
    return b" ".join(text.lower().split())


class _Places:
    """Tells where entries stand in two versions: between which of those that both have."""

    def __init__(self, old: Text, new: Text) -> None:
        common = old.texts & new.texts
        self.old, self.new = _neighbours(old.entries, common), _neighbours(new.entries, common)
        self.edits = Edits(only_in(new, old))

    def edit(self, entry: Entry) -> Entry | None:
        """The edited form of an entry in the same place, if there is one."""
        found = self.edits.of(entry)
        if found is None:
            return None
        pairs = zip(self.old[entry.line], self.new[found.line], strict=True)
        return found if any(one == other for one, other in pairs) else None


def _neighbours(entries: Sequence[Entry], common: frozenset[bytes]) -> dict[int, tuple[bytes, bytes]]:
    """For each entry, by its line, the nearest common one above and below; nothing at the ends."""
    before, after = _nearest(entries, common), _nearest(reversed(entries), common)
    return {line: (before[line], after[line]) for line in before}


def _nearest(entries: Iterable[Entry], common: frozenset[bytes]) -> dict[int, bytes]:
    last, found = b"", {}
    for entry in entries:
        found[entry.line] = last
        if entry.text in common:
            last = entry.text
    return found


def _blamed(span: _Range, path: str, touched: Mapping[str, Versions], gone: list[_Gone]) -> Iterator[Finding]:
    """A finding for each commit that took published entries out, but by permission.

    An entry went with the commit that took most of its lines. Where that is a tie, with one that had permission, then
    with an ordinary commit, then with the newest. What other commits, upstream, took is not blamed on any.
    """
    permitted = {step.commit for step in span.steps if step.commit in touched and path in allowed(step.message)}
    takers = _takers(span, touched, gone)
    by_step: dict[str, list[_Gone]] = defaultdict(list)
    for number, item in enumerate(gone):
        if 2 * len(set[bytes]().union(*(lines for lines, _ in takers[number]))) <= len(item.lines):
            continue
        ranked = [(len(lines), step.commit in permitted, len(step.parents) < 2) for lines, step in takers[number]]
        commit = takers[number][ranked.index(max(ranked))][1].commit
        if commit not in permitted:
            by_step[commit].append(item)
    for step in span.steps:
        yield from _findings(span, step, path, by_step.get(step.commit, []))


def _takers(
    span: _Range, touched: Mapping[str, Versions], gone: list[_Gone]
) -> dict[int, list[tuple[set[bytes], Step]]]:
    """For each entry, by its number, the commits that took out lines of it, newest first."""
    wanted: dict[bytes, list[int]] = defaultdict(list)
    for number, item in enumerate(gone):
        for line in item.lines:
            wanted[line].append(number)
    takers: dict[int, list[tuple[set[bytes], Step]]] = defaultdict(list)
    for step in span.steps:
        out = _taken_out(span, touched[step.commit], wanted) if step.commit in touched else set()
        for number in dict.fromkeys(n for line in out for n in wanted[line]):
            takers[number].append((out & gone[number].lines, step))
    return takers


def _taken_out(span: _Range, versions: Versions, wanted: Mapping[bytes, object]) -> set[bytes]:
    """Which of the wanted lines every parent holds and the commit does not."""
    result = span.text(versions.result, versions.path)
    taken = [span.text(blob, versions.path).taken_out(result) for blob in versions.parents]
    return taken[0].intersection(wanted, *taken[1:]) if taken else set()


def is_gutted(old: Entry, new: Entry) -> bool:
    """Whether an entry in its edited form keeps less than half of its lines; one that is reworded is kept.

    A heading that stays keeps nothing of what stood below it.
    """
    own, other = _body(old), _body(new)
    fresh = [set(words(line)) for line in other - own]
    return 2 * sum(line in other or _is_reworded(line, fresh) for line in own) < len(own)


def _body(entry: Entry) -> set[bytes]:
    """What the lines below an entry's heading say; of one without any, its own."""
    lines = lines_of(entry)
    return lines - {says(entry.text.partition(b"\n")[0])} or lines


def _is_reworded(line: bytes, fresh: Iterable[set[bytes]]) -> bool:
    """Whether one of some lines, as sets of words, has most of the words of another, and not many more."""
    own = set(words(line))
    return any(2 * len(own & other) > len(own) and len(other) <= 4 * len(own) for other in fresh)


def _findings(span: _Range, step: Step, path: str, gone: list[_Gone]) -> Iterator[Finding]:
    edited = [item for item in gone if item.edit is not None and not is_gutted(item.entry, item.edit)]
    lost = [item.entry for item in gone if item not in edited]
    if lost:
        yield span.finding(step, path, "append-only, and lost", lost)
    if edited:
        found = span.finding(step, path, "append-only, and changed", [item.entry for item in edited])
        yield found._replace(line=edited[0].edit.line if edited[0].edit else 0, lowered=True)
