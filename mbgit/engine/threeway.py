"""merge3: one engine, three policies.

git comes first: where its merge of the lines is clean, that is the result. Where it is not, a memory bank is not
merged by lines but by what its authors wrote in one go: the versions are cut into units (`document`, `page`), each is
found again in the other versions (`match`), each of its values is merged by itself (`merge`), and it is put where it
belongs (`place`). Only a value that both sides changed needs a policy (`policies`).
"""

from __future__ import annotations

from .clean import settled
from .diff import hunks, joined
from .result import Binary, Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Clock, Seen

POLICIES = ("latest", "union", "log")


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
    (`result.Seen`); `git` is git's own merge where that is known: its bytes,
    or False where it is not clean. Raises Binary where a text holds a NUL.
    """
    if b"\0" in base or b"\0" in ours or b"\0" in theirs:
        raise Binary
    added = not base and seen is not None  # a file that both added: who has emptied it since may have known better
    if ours == theirs or (base == theirs and not added):
        return Merged(ours)
    if base == ours and not added:
        return Merged(theirs)
    # One order of the sides for everything below: so the result cannot depend on who merges.
    swapped = theirs < ours
    first, second = (theirs, ours) if swapped else (ours, theirs)
    reason = ""
    if seen is not None:
        from .seen import forward

        known = forward(base, seen(int(swapped)), seen(int(not swapped)))
        if known != base:
            base, reason, git = known, "seen", False  # no history has this base: its lines stand for units
        if base in (ours, theirs):
            return Merged(theirs if base == ours else ours, reason)
    clean = git_merge(base, first, second) if git is None else git if isinstance(git, bytes) else None
    if clean is not None and (merged := settled(base, ours, theirs, clean)) is not None:
        return merged
    from .whole import merge_pages

    return merge_pages(Merged(b"", reason), (base, first, second), policy, name, clock, swapped, clean)


def git_merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """git's own merge of the lines where it is clean, else None."""
    rows = [lines_of(text) for text in (base, ours, theirs)]
    found = joined(rows[0], rows[1], rows[2], hunks(rows[0], rows[1]), hunks(rows[0], rows[2]))
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
