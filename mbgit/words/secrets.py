"""Finds keys, tokens and passwords in text, so that none is pushed or printed: detect-secrets with more providers,
and without its slow imports.

Neither the secret nor any part of it leaves this package.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from itertools import accumulate
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from . import providers
from .providers import Rule

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

PIECE = 20_000  # characters of a row that are looked at together
OVERLAP = 5_000  # no key is longer
TAIL = 16  # the end of a key, which is random in a real one
RUN = 8  # characters in the order of the alphabet that no real key has


class Leak(NamedTuple):
    """A secret in a row."""

    row: int
    """From 0."""
    kind: str
    """Whose it is, as the detector names it: `AWS Access Key`."""


class _Family(NamedTuple):
    """Detectors, and what a text in lower case must hold before they are loaded and asked."""

    detectors: tuple[str | Rule, ...]
    """Rules of ours, and plugins of detect-secrets as `module:class`."""
    words: tuple[str, ...] = ()
    shape: str = ""
    """A pattern, where no word is fixed or the word is a common one. Whatever a detector finds has this shape. It
    matches no line end, and takes linear time as the detectors' patterns do."""


def _ours(found: Iterable[Rule]) -> tuple[_Family, ...]:
    return tuple(_Family((rule,), rule.words, rule.shape) for rule in found)


_ASSIGNED = r"(?:key|pwd|pw|pass|token)(?:word)?[^\w\n-]{1,7}[a-z0-9_-]{24}"

# In order of preference: where two find the same characters, the first one names them.
_FAMILIES = (
    *_ours(providers.PROVIDERS),
    _Family(("github_token:GitHubTokenDetector",), shape=r"gh[pousr]_"),
    _Family(("gitlab_token:GitLabTokenDetector",), ("gr1348941",), r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-"),
    _Family(("pypi_token:PypiTokenDetector",), ("pypi-age",)),
    _Family(("slack:SlackDetector", providers.SLACK), ("xox", "xapp-", "hooks.slack.com/")),
    _Family(("stripe:StripeDetector",), ("k_live_",)),
    _Family(("square_oauth:SquareOAuthDetector",), ("sq0csp-",)),
    _Family(("sendgrid:SendGridDetector",), shape=r"sg\.[a-z0-9_-]{22}\."),
    _Family(("mailchimp:MailchimpDetector",), shape=r"-us[0-9](?<=[0-9a-z]{32}-us[0-9])"),
    _Family(("twilio:TwilioKeyDetector",), shape=r"(?:ac|sk)[a-z0-9]{32}"),
    _Family(("discord:DiscordBotTokenDetector",), shape=r"\.[a-z0-9_-]{6}\.[a-z0-9_-]{27}"),
    *_ours(providers.SHAPES),
    _Family(("azure_storage_key:AzureStorageKeyDetector",), ("accountkey=",)),
    *_ours((providers.AZURE, providers.AWS_SECRET)),
    _Family(
        ("aws:AWSKeyDetector",),
        shape=r"a(?:3t|bia|cca|kia|sia|ws.{0,20}?(?:key|pw|pass|token).{0,24}?[\'\"])[0-9a-z/+]{16}",
    ),
    *_ours(providers.CONTEXTS),
    _Family(
        (
            "softlayer:SoftlayerDetector",
            "cloudant:CloudantDetector",
            "ibm_cos_hmac:IbmCosHmacDetector",
            "ibm_cloud_iam:IbmCloudIamDetector",
        ),
        ("softlayer", "cloudant.com"),
        _ASSIGNED,
    ),
    *_ours(providers.LOOSE),
)

# Patterns are strings: most hooks ask few of them, and to compile one takes as long as to read a page with it.

# What people write in place of a key. Each is too long to occur in a random key.
_MARKS = (
    r"example|placeholder|redacted|changeme|change[-_]me|your[-_]|replace[-_]|insert[-_]|dummy|fake[-_]|xxxxx|\.\.\.|…"
    r"|ikpvag4grg9l"  # "John Doe", in the sample token of every text about JSON Web Tokens
    r"|eby8vdm02xno"  # the key that Azure's storage emulator always has
)
_PASSWORD = (
    r"(?:(?:my|your|the|some|db|database|new|user|super|strong|secure|test|dev|local|app)[-_]?){0,3}"
    r"(?:password|passwd|passwort|pass|pwd|pw|secret|token|key|apikey|credentials?|user|username|postgres|mysql|redis"
    r"|mongo|rabbitmq|root|admin|guest|test|dev|port|%s)[-_]?\d{0,4}"
)
_NAME = r"[A-Z]+(?:_[A-Z]+)+"
_TEMPLATE = {"[": "]", "(": ")", "{": "}", "<": ">", "%": "%"}


class _Piece(NamedTuple):
    """Characters that are looked at together, and the rows that they are from: where each begins in `text`."""

    text: str
    rows: tuple[int, ...] = (0,)
    starts: tuple[int, ...] = (0,)

    def row(self, start: int, end: int, wanted: Collection[int]) -> int:
        """The row in which a span begins; of one that goes over several, the first wanted one."""
        first, last = (bisect_right(self.starts, at) - 1 for at in (start, end - 1))
        its = self.rows[first : last + 1]
        return next((row for row in its if row in wanted), its[0])


def leaks(rows: Sequence[str], wanted: Collection[int] | None = None) -> list[Leak]:
    """The secrets in rows of a text, one for each row and kind, in order of rows; with `wanted` in those rows alone.

    One that a line break in a code block divides counts, and so does one with invisible characters or Markdown's
    escapes in it. A row that says `pragma: allowlist secret` in a comment, or stands under a comment
    `pragma: allowlist nextline secret`, is left out, as are placeholders. Raises nothing, whatever the rows hold.
    """
    look = range(len(rows)) if wanted is None else wanted
    texts = [(text, number) for number in sorted(look) for text in _pieces(rows[number])]
    joined = list(_divided(rows, look))
    suspects = _suspects([*(text for text, _ in texts), *(piece.text for piece in joined)])
    asked = [
        (_Piece(texts[at][0], (texts[at][1],)) if at < len(texts) else joined[at - len(texts)], families)
        for at, families in suspects.items()
    ]
    found = {
        Leak(piece.row(start, end, look), kind)
        for piece, families in asked
        for start, end, kind in _found(piece.text, families)
    }
    named = {leak.row for leak in found if leak.kind not in _LOOSE}
    shown = (leak for leak in found if leak.row in look and (leak.kind not in _LOOSE or leak.row not in named))
    return sorted(leak for leak in shown if not _allowed(rows, leak.row))


_LOOSE = frozenset(rule.secret_type for rule in providers.LOOSE if rule.loose)
SECRET = "[secret]"  # what stands in place of one
_FENCE = r"[ \t>]*(`{3,}|~{3,})"
_HIDDEN = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff]"
)
_ESCAPE = r"\\(?=[_.*~=+-])"
_TOKEN = r"[^\s\"'`|<>]"  # what a secret, and the words that give it away, may be made of
_PAIRS = r"(?:[A-Za-z][A-Za-z ]{1,30}=[^;\"'`|]{0,200}; ?)+\Z"  # what stands before `Password=` in a connection string
_LEAST, _LONGEST_CHAIN = 20, 5_000  # characters of what line breaks divide


def _divided(rows: Sequence[str], look: Collection[int]) -> Iterator[_Piece]:
    """What rows of a code block make without the breaks between them, where a word goes on from one to the next; and
    the rows of a `.netrc`, which may have one word each."""
    fence = ""
    chain: list[tuple[int, str]] = []
    for number, row in enumerate(rows):
        mark = re.match(_FENCE, row)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            yield from _joined(chain, look)
            chain = []
        elif fence:
            words = row.strip("> \t").removesuffix("\\").split()
            if words[:1] == ["password"] and rows[number - 1].split()[:1] in (["login"], ["machine"]):
                above = f"{rows[number - 1].strip()} "
                yield _Piece(above + row.strip(), (number - 1, number), (0, len(above)))
            if chain and words:
                chain.append((number, words[0]))
            if len(words) != 1 or sum(len(text) for _, text in chain) > _LONGEST_CHAIN:
                yield from _joined(chain, look)
                chain = []
            if words and not chain:
                chain = [(number, words[-1])]
    yield from _joined(chain, look)


def _joined(chain: list[tuple[int, str]], look: Collection[int]) -> Iterator[_Piece]:
    text = "".join(part for _, part in chain)
    if len(chain) > 1 and len(text) >= _LEAST and any(row in look for row, _ in chain):
        starts = accumulate((len(part) for _, part in chain[:-1]), initial=0)
        yield _Piece(text, tuple(row for row, _ in chain), tuple(starts))


@lru_cache(maxsize=4096)
def redacted(text: str) -> str:
    """One line of text for a reader: `[secret]` in place of each secret in it, and of what may be a part of one.

    Where the detectors cannot be loaded, all of a text that may hold a secret is taken for one.
    """
    if "  " in text or "\t" in text:
        text = re.sub(r"[ \t]+", " ", text)
    seen, places = _seen(text)
    try:
        spans = [(places[start], places[end]) for start, end in _spans_of(seen)]
    except ImportError:  # an environment without its libraries
        return SECRET
    shown, last = [], 0
    for start, end in spans:
        shown += [text[last:start], SECRET]
        last = end
    return "".join([*shown, text[last:]])


def _seen(text: str) -> tuple[str, Sequence[int]]:
    """A text as a reader takes it, without invisible characters and Markdown's escapes; and where each of its
    characters stood, its end included."""
    places: Sequence[int] = range(len(text) + 1)
    for pattern, is_there in ((_HIDDEN, not text.isascii()), (_ESCAPE, "\\" in text)):
        if is_there:
            gone = {at for found in re.finditer(pattern, text) for at in range(*found.span())}
            kept = [at for at in range(len(text) + 1) if at not in gone]
            text, places = "".join(text[at] for at in kept[:-1]), [places[at] for at in kept]
    return text, places


# What begins as a token does, and what only a machine writes: enough of a reason not to print it.
_BEGINNING = (
    r"(?<![A-Za-z0-9])(?:sk-[a-z0-9]{2,8}-|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]-|xapp-|gsk_|xai-|r8_|pplx-"
    r"|dapi|do[opr]_v1_|lin_[a-z]{3,5}_|sb_secret_|sbp_|whsec_|ntn_|dp\.[a-z]{2}\.|fo1_|fm[12][ar]?_|vc[a-z]_|npm_|hf_"
    r"|pypi-|AIza|GOCSPX-|[sr]k_live_|A[KS]IA|ey[JA])([A-Za-z0-9_-]{6,})"
)
_RANDOM = r"[A-Za-z0-9]{16,}|[A-Za-z0-9+/]{40,}={0,2}"
# How much of a text is of another kind (small, capital, digit) than the character before: words have less.
_MADE, _MIXED = 0.25, 0.42


def _spans_of(text: str) -> list[tuple[int, int]]:
    """Where secrets stand in a line, each with all of the word around it; in order, none of them twice."""
    found = [
        _whole(text, start, end, kind)
        for families in _suspects([text]).values()
        for start, end, kind in _found(text, families)
    ]
    found += [
        _whole(text, *m.span(), "") for m in re.finditer(_BEGINNING, text) if _is_made(m[1]) and not _placeholder(m[0])
    ]
    found += [m.span() for m in re.finditer(_RANDOM, text) if _is_random(m[0])]
    spans: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _whole(text: str, start: int, end: int, kind: str) -> tuple[int, int]:
    """The span of a secret with the rest of its word: a pattern may have matched only what it is known by."""
    if kind == "Private Key":
        return start, len(text)
    if pairs := re.search(
        r"(?:[A-Za-z][A-Za-z ]{1,30}=[^;\"'`|]{0,200}; ?)+$", text[max(start - 1_000, 0) : start + 1]
    ):
        start = max(start - 1_000, 0) + pairs.start()
    before, behind = re.search(_TOKEN + r"*$", text[:start]), re.match(_TOKEN + "*", text[end:])
    assert before
    assert behind
    return before.start(), end + behind.end()


def _is_made(text: str) -> bool:
    """Whether a text has letters and digits in turns, as words have not."""
    return any(char.isdigit() for char in text) and _turns(text) > _MADE * len(text)


def _is_random(text: str) -> bool:
    kinds = Counter(map(_kind, text))
    return bool(kinds["a"] and kinds["A"] and kinds["0"] > 1) and _turns(text) > _MIXED * len(text)


def _turns(text: str) -> int:
    kinds = [kind for char in text if (kind := _kind(char)) != "!"]
    return sum(one != other for one, other in zip(kinds, kinds[1:], strict=False))


def _pieces(row: str) -> Sequence[str]:
    """A row as `_seen`, in pieces that overlap, runs of blanks as one blank: detect-secrets has patterns that try every
    way to divide a run of blanks between them."""
    if "  " in row or "\t" in row:
        row = re.sub(r"[ \t]+", " ", row)
    if not row.isascii():
        row = re.sub(_HIDDEN, "", row)
    if "\\" in row:
        row = re.sub(_ESCAPE, "", row)
    if len(row) <= PIECE:
        return (row,)
    return [row[start : start + PIECE] for start in range(0, len(row) - OVERLAP, PIECE - OVERLAP)]


def _suspects(texts: Sequence[str]) -> dict[int, list[_Family]]:
    """Which texts (by number) may hold what. All are searched as one, which is much faster than one by one."""
    lowered = [text.lower() for text in texts]
    starts = list(accumulate((len(text) + 1 for text in lowered), initial=0))
    whole = "\n".join(lowered)
    found: dict[int, list[_Family]] = {}
    for family in _FAMILIES:
        for at in {bisect_right(starts, place) - 1 for place in _hits(family, whole)}:
            found.setdefault(at, []).append(family)
    return found


def _hits(family: _Family, whole: str) -> Iterator[int]:
    """Where one of the family's words or its shape stands; of a word, the first place in each line."""
    for word in family.words:
        at = whole.find(word)
        while at >= 0:
            yield at
            end = whole.find("\n", at)
            at = whole.find(word, end) if end >= 0 else -1
    if family.shape:
        yield from (match.start() for match in re.finditer(family.shape, whole))


def _found(text: str, families: Iterable[_Family]) -> Iterator[tuple[int, int, str]]:
    """What is found in a piece; each character belongs to the first detector that claims it."""
    claimed = bytearray(len(text))
    for detector in (_detector(name) for family in families for name in family.detectors):
        for start, end in [span for span in _spans(detector, text) if not any(claimed[slice(*span)])]:
            claimed[start:end] = b"\1" * (end - start)
            yield start, end, str(detector.secret_type)


def _spans(detector: RegexBasedDetector | Rule, text: str) -> Iterator[tuple[int, int]]:
    """Where a detector's patterns match and no placeholder stands."""
    is_secret = _is_guarded if isinstance(detector, Rule) and detector.loose else bool
    for pattern in detector.denylist:
        for match in pattern.finditer(text):
            # the last group holds the secret, or (GitHub, GitLab) how it begins
            secret = text[match.start(match.lastindex or 0) : match.end()].strip("@\"'`;, ")
            if not _placeholder(secret) and is_secret(secret):
                yield match.span()


def _is_guarded(secret: str) -> bool:
    """Whether the text in the place of a password is one: not a word, a name in a program, or a path."""
    if secret[:6].casefold() in ("bearer", "basic"):
        return False
    if re.fullmatch(_UUID, secret) or re.search(_CODE, secret) or _placeholder(_password_of(secret)):
        return False
    kinds = {_kind(char) for char in secret}
    return len(kinds & {"a", "A", "0", "!"}) > 1 and kinds != {"a", "A"} and not re.fullmatch(_DOTTED, secret)


def _password_of(secret: str) -> str:
    """The password in what `Authorization: Basic` sends; any other text as it is."""
    import binascii

    try:
        said = binascii.a2b_base64(secret.encode(), strict_mode=True).decode()
    except (ValueError, UnicodeError):
        return secret
    return said.partition(":")[2] if said.isprintable() and ":" in said else secret


_UUID = r"[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}"
_CODE = r"[$]\{|[$]\(|\(\)|://|=>|::|^\.{0,2}/|^[$%]|\\n"
_DOTTED = r"[A-Za-z_]+(?:[._/:-][A-Za-z_]+)*[.:;,!?]?"


def _kind(char: str) -> str:
    return "a" if char.islower() else "A" if char.isupper() else "0" if char.isdigit() else "!"


def _placeholder(secret: str) -> bool:
    """Whether no machine and no careful person made this."""
    return (
        not secret
        or len(set(secret[-TAIL:])) <= max(1, len(secret[-TAIL:]) // 4)
        or _TEMPLATE.get(secret[0]) == secret[-1]
        or bool(
            re.fullmatch(_NAME, secret) or re.fullmatch(_PASSWORD, secret.lower()) or re.search(_MARKS, secret.lower())
        )
        or _filtered(secret)
    )


def _filtered(secret: str) -> bool:
    """What detect-secrets' own filters say: a variable, no letter in it, characters in order."""
    filters = _load("detect_secrets.filters.heuristic")
    ends = secret[-10 * TAIL :]
    return (
        any(
            judge(secret)
            for judge in (
                filters.is_templated_secret, filters.is_prefixed_with_dollar_sign, filters.is_not_alphanumeric_string
            )
        )
        or any(filters.is_sequential_string(ends[at : at + RUN]) for at in range(len(ends) - RUN + 1))
    )  # fmt: skip


def _allowed(rows: Sequence[str], number: int) -> bool:
    """Whether a comment on the row or above it says that the secret is no secret, as detect-secrets reads comments."""
    row, above = (" ".join(text.split()) for text in (rows[number], rows[number - 1] if number else ""))
    if "pragma" not in row + above:
        return False
    snippet = _load("detect_secrets.util.code_snippet").CodeSnippet([above, row], start_line=1, target_index=1)
    return bool(_load("detect_secrets.filters.allowlist").is_line_allowlisted("bank.md", row, snippet))


@cache
def _detector(name: str | Rule) -> RegexBasedDetector | Rule:
    if isinstance(name, Rule):
        return name
    module, _, plugin = name.partition(":")
    loaded: RegexBasedDetector = getattr(_load(f"detect_secrets.plugins.{module}"), plugin)()
    return loaded


def _load(module: str) -> ModuleType:
    """A module of detect-secrets."""
    if loaded := sys.modules.get(module):
        return loaded
    with _offline():
        return import_module(module)


@contextmanager
def _offline() -> Iterator[None]:
    """While detect-secrets is imported, an empty stand-in for `requests`, which it has only to try secrets out at
    their provider, and which takes longer to import than all the rest; and one for `multiprocessing`, which it has
    only to scan files. Neither is reached by what is used here."""
    kept = {name: sys.modules.get(name) for name in ("requests", "multiprocessing")}
    for name in kept:
        sys.modules[name] = ModuleType(name)
    sys.modules["requests"].Response = object  # type: ignore[attr-defined] # named in an annotation
    try:
        yield
    finally:
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
