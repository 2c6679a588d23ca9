"""The words of a unit: what tells it, what is a status or a placeholder."""

from __future__ import annotations

from . import lines as L

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .page import Unit

STOP = frozenset(
    b"a an and are as at be by for from has have in is it its of on or that the this to was we will with".split()
)
STATUS = frozenset(
    b"done complete completed finished wip progress todo planned pending blocked open closed active current next"
    b" accepted proposed rejected started cancelled canceled deferred resolved fixed merged shipped released ready"
    b" review draft paused started hold queued running passed failed approved implemented".split()
)
AROUND = frozenset(b"in not on to under yet partially now".split())  # words that stand beside a status
PLACEHOLDERS = frozenset(
    (b"", b"-", b"\xe2\x80\x94", b"none", b"none yet", b"tbd", b"n/a", b"todo", b"nothing", b"nothing yet", b"...")
)
_MARKS = b"*_`~\"'.,:;!?()[]{}<>#|-"
_BARE = bytes(c for c in range(256) if not (48 <= c < 58 or 65 <= c < 91 or 97 <= c < 123 or c > 127))


def content(unit: Unit) -> list[bytes]:
    """The words that tell a unit: no marker, no box, no stop words, in small letters."""
    lines = unit.head
    if unit.kind == "item":
        lines = (L.item_text(lines[0].lstrip(b" \t")), *lines[1:])
    elif unit.kind == "heading":
        lines = (unit.section.text,) if unit.section is not None else lines
    words = b" ".join(lines).lower().split()
    found = [word.strip(_MARKS) for word in words]
    return [word for word in found if word and word not in STOP]


def is_placeholder(unit: Unit) -> bool:
    """Does a unit say only that nothing is there yet (`None`, `TBD`, `-`)?"""
    if unit.kind not in ("item", "para") or len(unit.head) > 1:
        return False
    text = unit.head[0].lstrip(b" \t")
    return placeholder(L.item_text(text) if unit.kind == "item" else text)


def placeholder(text: bytes) -> bool:
    """The same of a cell or a value."""
    return text.strip(b" \t\r*_.()[]").lower() in PLACEHOLDERS


def title(unit: Unit) -> bytes:
    """A heading's words without its status (emoji, `(done)`, `- In Progress`), in small letters."""
    _, text, _ = split_status(unit.section.text if unit.section is not None else unit.own)
    return b" ".join(word.strip(b"*_`:") for word in text.lower().split())


def split_status(text: bytes) -> tuple[bytes, bytes, bytes]:
    """A heading's text as what is in front of its words, its words, and the status behind them."""
    words = text.split(b" ")
    low, high = 0, len(words)
    while low < high and _is_mark(words[low]):
        low += 1
    while high > low:
        if _is_mark(words[high - 1]):
            high -= 1
            continue
        start = _status_from(words, low, high)
        if start == high:
            break
        high = start
    if low == high:
        return b"", text, b""
    front, back = b" ".join(words[:low]), b" ".join(words[high:])
    return front + b" " if front else b"", b" ".join(words[low:high]), b" " + back if back else b""


def _is_mark(word: bytes) -> bool:
    """An emoji, a dash, an empty word: nothing with a letter or a digit of any script in it."""
    if not word.strip(b"-"):
        return True
    text = word.decode("utf-8", "replace")
    return not any(c.isalnum() or c in "[](){}`*_#+/\\&=<>\"'" for c in text) and not word.strip(b":;,.").isalnum()


def _status_from(words: list[bytes], low: int, high: int) -> int:
    """Where the status at the end begins: `(done)`, `- In Progress`, `[WIP]`; `high` where there is none."""
    at = high
    known = False
    while at > low + 1 and high - at < 4:
        word = words[at - 1].strip(b"()[]*_:.,").lower()
        if word in STATUS:
            known = True
        elif word not in AROUND:
            break
        at -= 1
        if known and (words[at][:1] in (b"(", b"[") or _is_mark(words[at - 1])):
            return at
    return high
