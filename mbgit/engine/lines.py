"""What one line of Markdown is, by its bytes alone: no regular expression, no state.

`import re` costs more than merging a small file, so the tests here are slices and `strip`. Every function takes
a line without its line end.
"""

from __future__ import annotations

BOXES = (b" ", b"x", b"X", b"-", b"~")  # open, done, done, dropped, begun
BLANK = b" \t\r\x0b\x0c"
DIGITS = b"0123456789"
LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# A field of the document even where it is not set in bold (`*Last updated: 2025-08-21*`, `Version: 2`).
PLAIN_LABELS = frozenset((b"last updated", b"last update", b"last modified", b"updated", b"version", b"as of"))


def indent(line: bytes) -> int:
    """The column of the first character that is not white space; a tab goes to the next multiple of four."""
    width = len(line) - len(line.lstrip(b" "))
    if line[width : width + 1] != b"\t":
        return width
    lead = line[: len(line) - len(line.lstrip(b" \t"))]
    return len(lead.expandtabs(4))


def heading_level(text: bytes) -> int:
    """1 to 6 for an ATX heading (`text` has no indent), else 0."""
    level = len(text) - len(text.lstrip(b"#"))
    return level if 0 < level < 7 and text[level : level + 1] in (b"", b" ", b"\t", b"\r") else 0


def heading_text(text: bytes) -> bytes:
    """The words of an ATX heading, without its marks."""
    return text.strip(b" \t\r#") if text.endswith(b"#") else text.lstrip(b"#").strip(BLANK)


def fence_open(text: bytes) -> bytes:
    """The mark of a fence that this line opens (``` or ~~~, three or more), else nothing."""
    mark = text[:1]
    if mark not in (b"`", b"~") or not text.startswith(mark * 3):
        return b""
    size = len(text) - len(text.lstrip(mark))
    if mark == b"`" and b"`" in text[size:]:
        return b""
    return text[:size]


def fence_closes(text: bytes, mark: bytes) -> bool:
    """Does this line (without indent) close a fence that `mark` opened?"""
    return text.startswith(mark) and not text.strip(BLANK).strip(mark[:1])


def is_break(text: bytes) -> bool:
    """A thematic break: three or more of one of `-*_`, with blanks between."""
    mark = text[:1]
    if mark not in (b"-", b"*", b"_"):
        return False
    bare = text.translate(None, BLANK)
    return len(bare) > 2 and not bare.strip(mark)


def is_underline(text: bytes) -> int:
    """1 for a line of `=`, 2 for one of `-`: a setext heading's level, if a paragraph stands above."""
    bare = text.rstrip(BLANK)
    if not bare:
        return 0
    if not bare.strip(b"="):
        return 1
    return 0 if bare.strip(b"-") else 2


def marker_width(text: bytes) -> int:
    """The width of a list marker and the blanks behind it (`- `, `12. `), 0 where there is none.

    An empty item's marker counts one blank; code behind a marker (five blanks or more) counts one as well.
    """
    first = text[:1]
    if first in (b"-", b"*", b"+"):
        size = 1
    elif first.isdigit():
        size = len(text) - len(text.lstrip(DIGITS)) + 1
        if size > 10 or text[size - 1 : size] not in (b".", b")"):
            return 0
    else:
        return 0
    rest = text[size:]
    if not rest.strip(BLANK):
        return size + 1
    if rest[:1] == b"\t":
        return size + 1
    blanks = len(rest) - len(rest.lstrip(b" "))
    if not blanks:
        return 0
    return size + (blanks if blanks < 5 else 1)


def ordinal_width(text: bytes) -> int:
    """How many digits number this item: 0 for a bullet."""
    return len(text) - len(text.lstrip(DIGITS))


def cells(line: bytes) -> list[bytes]:
    """The cells of a table row, stripped; escaped and code-quoted bars do not separate."""
    text = line.strip(BLANK)
    if b"\\|" in text:
        text = text.replace(b"\\|", b"\0")  # a document never holds NUL: it would be binary
    if text[:1] == b"|":
        text = text[1:]
    if text[-1:] == b"|":
        text = text[:-1]
    return [cell.strip(BLANK).replace(b"\0", b"\\|") for cell in text.split(b"|")]


def is_delimiter(line: bytes) -> bool:
    """The line under a table's header: `|---|:-:|`."""
    text = line.strip(BLANK)
    if b"-" not in text or text.strip(b"-:| \t"):
        return False
    return (b"|" in text or b":" in text) and all(c.strip(b":").strip(b"-") == b"" and b"-" in c for c in cells(text))


def html_kind(text: bytes) -> str:
    """'comment', 'html' or '': what kind of HTML block this line (no indent) may begin."""
    if text[:1] != b"<":
        return ""
    if text.startswith(b"<!--"):
        return "comment"
    second = text[1:2]
    if second == b"/":
        second = text[2:3]
    elif second in (b"!", b"?"):
        return "html"
    if not second or second not in LETTERS:
        return ""
    name = text.lstrip(b"</")
    size = len(name) - len(name.lstrip(LETTERS + DIGITS + b"-"))
    # <https://...> and <someone@example.org> are links in a paragraph
    return "html" if name[size : size + 1] in (b"", b" ", b"\t", b">", b"/", b"\r") else ""


def label(text: bytes) -> bytes:
    """`**Label**: value` and `**Label:** value` give `label`; so do a few plain ones. Nothing otherwise.

    Leading list markers, quotes and check boxes are the caller's to take off.
    """
    if text.startswith(b"**"):
        end = text.find(b"**", 2, 80)
        if end < 3:
            return b""
        inner = text[2:end]
        if inner.endswith(b":"):
            return inner[:-1].strip(BLANK).lower()
        return inner.strip(BLANK).lower() if text[end + 2 : end + 4].lstrip(BLANK)[:1] == b":" else b""
    if text[:1] in (b"*", b"_", b"L", b"l", b"U", b"u", b"V", b"v", b"A", b"a"):
        word, colon, _ = text[:40].lstrip(b"*_").partition(b":")
        if colon and word.lower() in PLAIN_LABELS:
            return word.lower()
    return b""


def box(text: bytes) -> bytes:
    """What stands in a list item's check box, nothing where it has none (`text` has no indent)."""
    body = text[marker_width(text) :].strip(BLANK)
    return body[1:2] if body[:1] == b"[" and body[2:3] == b"]" and body[1:2] in BOXES else b""


def item_text(text: bytes) -> bytes:
    """What a list item says: without marker and check box (`text` has no indent)."""
    body = text[marker_width(text) :].strip(BLANK)
    return body[3:].lstrip(BLANK) if box(text) else body
