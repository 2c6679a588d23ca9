"""merge3: one engine, three policies.

git comes first: where its merge of the lines is clean, that is the result. Where it is not, a memory bank is not
merged by lines but by what its authors wrote in one go: the versions are cut into units (`document`, `page`), each is
found again in the other versions (`match`), each of its values is merged by itself (`merge`), and it is put where it
belongs (`place`). Only a value that both sides changed needs a policy (`policies`).
"""

from __future__ import annotations

from .clean import settled as by_lines
from .diff import hunks_of_lines, joined
from .result import Binary, Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Clock, Seen

POLICIES = ("latest", "union", "log")
FOLD_FROM = 1 << 19  # bytes of the three versions from which common runs are folded before anything is merged


def merge3(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    policy: str = "union",
    name: str = "",
    clock: Clock | None = None,
    seen: Seen | None = None,
    git: bytes | bool | None = None,
) -> Merged:
    """Merge two versions of a Markdown file over their base.

    `name` is the file's (`progress.md`); `clock` answers when lines of a side were written (`result.Clock`), and is
    asked only about units that both sides changed; `seen` gives what each side's own history held since the base
    (`result.Seen`); `git` is git's own merge where that is known: its bytes, or False where it is not clean. Raises
    Binary where a text holds a NUL.
    """
    if b"\0" in base or b"\0" in ours or b"\0" in theirs:
        raise Binary
    added = not base and seen is not None  # a file that both added: who has emptied it since may have known better
    if ours == theirs or (base == theirs and not added):
        return Merged(ours)
    if base == ours and not added:
        return Merged(theirs)
    # One order of the sides for everything below: so the result cannot depend on who merges.
    reason, swapped = "", theirs < ours
    first, second = (theirs, ours) if swapped else (ours, theirs)
    if seen is not None:
        if (known := _moved(base, seen, swapped)) != base:
            base, reason, git = known, "seen", False  # no history has this base: its lines stand for units
        if base in (ours, theirs):
            return Merged(theirs if base == ours else ours, reason)
    texts = base, first, second
    if sum(map(len, texts)) < FOLD_FROM:
        return _merge(Merged(b"", reason), texts, policy, name, clock, swapped, git)
    from .large import Folds

    folds = Folds(texts, git if isinstance(git, bytes) else None)
    clock = None if clock is None else folds.clock(clock, swapped)
    return folds.unfold(_merge(Merged(b"", reason), folds.texts, policy, name, clock, swapped, folds.git or git))


def _moved(base: bytes, seen: Seen, swapped: bool) -> bytes:
    from .seen import forward

    return forward(base, seen(int(swapped)), seen(int(not swapped)))


def _merge(
    merged: Merged,
    texts: tuple[bytes, bytes, bytes],
    policy: str,
    name: str,
    clock: Clock | None,
    swapped: bool,
    git: bytes | bool | None,
) -> Merged:
    """Base and two sides in their fixed order: by their lines where those settle it, else by what they hold."""
    clean = git_merge(*texts) if git is None else git if isinstance(git, bytes) else None
    ours, theirs = texts[1 + swapped], texts[2 - swapped]
    if clean is not None and (settled := by_lines(texts[0], ours, theirs, clean)) is not None:
        return settled
    from .whole import merge_pages

    return merge_pages(merged, texts, policy, name, clock, swapped, clean)


def git_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """git's own merge of the lines where it is clean, else None."""
    rows = [lines_of(text) for text in (base, ours, theirs)]
    to_ours, to_theirs = hunks_of_lines(rows[0], rows[1]), hunks_of_lines(rows[0], rows[2])
    found = joined(rows[0], rows[1], rows[2], to_ours, to_theirs)
    return None if found is None else text_of(found)


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text as git compares them: a last one without a newline is not the same as one with it."""
    rows = text.split(b"\n")
    if rows[-1]:
        rows[-1] += b"\0"
    else:
        rows.pop()
    return rows


def text_of(rows: list[bytes]) -> bytes:
    """Such lines put together again."""
    text = b"\n".join(rows)
    return text[:-1] if text[-1:] == b"\0" else text + b"\n" if rows else text
