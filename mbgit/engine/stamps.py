"""Time stamps and ids as people write them in headings, items and fields."""

from __future__ import annotations

from .lines import DIGITS, LETTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = {
    name: number + 1
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
    )
}
CAPITALS = LETTERS[26:]


def stamp(text: bytes) -> bytes:
    """The first date in `text` as digits that sort (`20250821`, with time `202508211030[59]`), else nothing."""
    for at in _years(text):
        value = _numeric(text, at)
        if value:
            return value
    return _named(text)


def _years(text: bytes) -> Iterator[int]:
    """Where runs of digits that begin with a year (19xx, 20xx) start."""
    first, second = text.find(b"20"), text.find(b"19")
    while first >= 0 or second >= 0:
        if second < 0 or 0 <= first < second:
            at, first = first, text.find(b"20", first + 1)
        else:
            at, second = second, text.find(b"19", second + 1)
        if text[at : at + 4].isdigit() and len(text) >= at + 4 and text[at - 1 : at] not in _DIGIT_SET:
            yield at


_DIGIT_SET = frozenset(bytes((c,)) for c in DIGITS)


def _number(text: bytes, at: int, most: int) -> tuple[int, int]:
    """The number of up to two digits at `at` and where it ends; -1 where there is none in 0..most."""
    end = at
    while end < at + 2 and text[end : end + 1] in _DIGIT_SET:
        end += 1
    if end == at or text[end : end + 1] in _DIGIT_SET:
        return -1, at
    value = int(text[at:end])
    return (value, end) if value <= most else (-1, at)


def _numeric(text: bytes, at: int) -> bytes:
    """`2025-08-21`, `2025/8/21`, `2025.08.21`, `20250821`, `2025-08`, each with a time behind it or not."""
    year = text[at : at + 4]
    mark = text[at + 4 : at + 5]
    if mark in _DIGIT_SET:
        day = text[at : at + 8]
        whole = len(day) == 8 and day.isdigit() and text[at + 8 : at + 9] not in _DIGIT_SET
        return day + _time(text, at + 8) if whole and b"00" < day[4:6] < b"13" and b"00" < day[6:] < b"32" else b""
    if mark not in (b"-", b"/", b"."):
        return _day_first(text, at)
    month, end = _number(text, at + 5, 12)
    if month < 1:
        return b""
    if text[end : end + 1] != mark:
        return b"%b%02d" % (year, month) if mark == b"-" and text[end : end + 1] not in (b"/", b".") else b""
    day_of, end = _number(text, end + 1, 31)
    return b"%b%02d%02d" % (year, month, day_of) + _time(text, end) if day_of > 0 else b""


def _day_first(text: bytes, at: int) -> bytes:
    """`21.08.2025`, the year being at `at`."""
    day, _, month = text[max(at - 6, 0) : max(at - 1, 0)].rpartition(b".")
    day = day[-2:].lstrip(b" [(*")
    if text[at - 1 : at] != b"." or at < 4 or not (day.isdigit() and month.isdigit() and len(month) < 3):
        return b""
    valid = 0 < int(month) < 13 and 0 < int(day) < 32
    return b"%b%02d%02d" % (text[at : at + 4], int(month), int(day)) + _time(text, at + 4) if valid else b""


def time_in_front(text: bytes) -> bytes:
    """`10:30 Ada` and `[10:30]` give `1030`: an entry below a day's heading; else nothing."""
    rest = text.lstrip(b"[(*` ")
    hour, end = _number(rest, 0, 23)
    minute, behind = _number(rest, end + 1, 59)
    if hour < 0 or minute < 0 or rest[end : end + 1] != b":" or behind - end != 3:
        return b""
    return b"%02d%02d" % (hour, minute)


def _time(text: bytes, at: int) -> bytes:
    """` 10:00`, `T10:00:59`, `-093000` behind a date."""
    rest = text[at : at + 12].lstrip(b"T -_,@")
    hour, end = _number(rest, 0, 23)
    if hour >= 0 and rest[end : end + 1] == b":":
        minute, end = _number(rest, end + 1, 59)
        if minute < 0:
            return b""
        second = _number(rest, end + 1, 59)[0] if rest[end : end + 1] == b":" else -1
        return b"%02d%02d" % (hour, minute) + (b"%02d" % second if second >= 0 else b"")
    digits = rest[: len(rest) - len(rest.lstrip(DIGITS))]
    joined = text[at : at + 1] in (b"-", b"T", b"_") and len(digits) in (4, 6)
    return digits if joined and digits[:2] < b"24" and digits[2:4] < b"60" else b""


def _named(text: bytes) -> bytes:
    """`21 August 2025`, `Aug 21, 2025`, `August 2025`."""
    low = text.lower()
    if not any(name in low for name in MONTHS):
        return b""
    words = low.translate(_BARE).split()
    for place, word in enumerate(words):
        month = MONTHS.get(word[:3]) if word[:3].isalpha() and len(word) < 10 else None
        if month is None:
            continue
        behind = [w.rstrip(b"stndrh.") for w in words[place + 1 : place + 3]]
        days = [w for w in behind[:1] if w.isdigit() and len(w) < 3]
        years = behind[len(days) :][:1]
        if not years or len(years[0]) != 4 or not years[0].isdigit() or years[0][:2] not in (b"19", b"20"):
            continue
        before = words[place - 1].rstrip(b"stndrh.") if place else b""
        days += [before] if before.isdigit() and len(before) < 3 else []
        return b"%b%02d" % (years[0], month) + (b"%02d" % int(days[0]) if days else b"")
    return b""


_BARE = bytes(32 if c in b",()[]*_`" else c for c in range(256))


def entry_id(text: bytes) -> bytes:
    """`TD_042`, `ADR-003` or `#1132`: the first id in `text`, else nothing."""
    for word in text.split():
        if word[:1] not in _MAY_BE_ID:
            continue
        bare = word.strip(b".,:;*`_()[]")
        if bare[:1] == b"#" and bare[1:].isdigit():
            return bare
        prefix = len(bare) - len(bare.lstrip(CAPITALS))
        if prefix > 1 and bare[prefix : prefix + 1] in (b"-", b"_") and bare[prefix + 1 : prefix + 2] in _DIGIT_SET:
            return bare
    return b""


_MAY_BE_ID = frozenset(bytes((c,)) for c in CAPITALS + b"#([*`_")


def latest(text: bytes) -> bytes:
    """A unit's own stamp for telling which of two versions is later: its first date, else its last time of day."""
    return stamp(text) or _last_time(text)


def _last_time(text: bytes) -> bytes:
    """`10:30` -> `1030`; nothing where no time of day stands."""
    at = text.rfind(b":")
    while at > 0:
        start = at - 2 if text[at - 2 : at - 1] in _DIGIT_SET and at > 1 else at - 1
        hour, end = _number(text, start, 23)
        minute, _ = _number(text, at + 1, 59)
        if hour >= 0 and end == at and minute >= 0 and text[at + 1 : at + 3].isdigit():
            return b"%02d%02d" % (hour, minute)
        at = text.rfind(b":", 0, at)
    return b""
