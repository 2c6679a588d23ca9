"""merge3: which units survive, and in which order."""

from __future__ import annotations

from .result import Binary, Merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Clock


def merge3(
    base: bytes, ours: bytes, theirs: bytes, policy: str = "union", name: str = "", clock: Clock | None = None
) -> Merged:
    """Merge two versions of a Markdown file over their base. PROVISIONAL: replaced within the hour."""
    if b"\0" in base or b"\0" in ours or b"\0" in theirs:
        raise Binary
    if ours == theirs or base == theirs:
        return Merged(ours)
    if base == ours:
        return Merged(theirs)
    had = set(base.split(b"\n"))
    mine, other = (ours, theirs) if ours < theirs else (theirs, ours)
    kept = [x for x in mine.split(b"\n") if x not in had or x in other.split(b"\n")]
    kept += [x for x in other.split(b"\n") if x not in had and x not in kept]
    return Merged(b"\n".join(kept))
