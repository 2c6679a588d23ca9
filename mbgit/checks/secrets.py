"""Finds keys, tokens and passwords in text, so that none is pushed: detect-secrets with more providers, and kept light.

Neither the secret nor any part of it leaves this module.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import accumulate
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

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

    detectors: tuple[str, ...]
    """`module:class`; a module without a dot in front is a plugin of detect-secrets."""
    words: tuple[str, ...] = ()
    shape: str = ""
    """A pattern, where no word is fixed or the word is a common one. Whatever a detector finds has this shape. It
    matches no line end, and takes linear time as the detectors' patterns do."""


_URL = r"://[^\s/@]*:[^\s/@]+@"
_ASSIGNED = r"(?:key|pwd|pw|pass|token)(?:word)?[^\w\n-]{1,7}[a-z0-9_-]{24}"

# In order of preference: where two find the same characters, the first one names them.
_FAMILIES = (
    _Family((".detectors:AnthropicDetector",), ("sk-ant-",)),
    _Family((".detectors:OpenAIDetector",), ("t3blbkfj", "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-")),
    _Family((".detectors:GoogleApiKeyDetector",), ("aiza",)),
    _Family((".detectors:GoogleOAuthDetector",), ("gocspx-",)),
    _Family((".detectors:HuggingFaceDetector",), ("hf_", "api_org_")),
    _Family((".detectors:GitHubFineGrainedDetector",), ("github_pat_",)),
    _Family(("github_token:GitHubTokenDetector",), shape=r"gh[pousr]_"),
    _Family(
        ("gitlab_token:GitLabTokenDetector",), ("gr1348941",), r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-"
    ),
    _Family((".detectors:NpmDetector",), ("npm_", ":_authtoken=")),
    _Family(("pypi_token:PypiTokenDetector",), ("pypi-age",)),
    _Family(("slack:SlackDetector", ".detectors:SlackDetector"), ("xox", "xapp-", "hooks.slack.com/")),
    _Family(("stripe:StripeDetector",), ("k_live_",)),
    _Family(("square_oauth:SquareOAuthDetector",), ("sq0csp-",)),
    _Family(("sendgrid:SendGridDetector",), shape=r"sg\.[a-z0-9_-]{22}\."),
    _Family(("mailchimp:MailchimpDetector",), shape=r"-us[0-9](?<=[0-9a-z]{32}-us[0-9])"),
    _Family(("twilio:TwilioKeyDetector",), shape=r"(?:ac|sk)[a-z0-9]{32}"),
    _Family(("discord:DiscordBotTokenDetector",), shape=r"\.[a-z0-9_-]{6}\.[a-z0-9_-]{27}"),
    _Family((".detectors:TelegramDetector",), shape=r":a[a-z0-9_-]{34}"),
    _Family((".detectors:ArtifactoryDetector",), shape=r"a(?:kc|p[0-9a-f])[a-z0-9]{13}"),
    _Family(("azure_storage_key:AzureStorageKeyDetector",), ("accountkey=",)),
    _Family((".detectors:AzureDetector",), ("q~", "sharedaccesskey=")),
    _Family((".detectors:AwsSecretDetector",), shape=r"aws_?secret_?(?:access_?)?key"),
    _Family(
        ("aws:AWSKeyDetector",),
        shape=r"a(?:3t|bia|cca|kia|sia|ws.{0,20}?(?:key|pw|pass|token).{0,24}?[\'\"])[0-9a-z/+]{16}",
    ),
    _Family((".detectors:JwtDetector",), shape=r"(?<![a-z0-9_-])(?:ey[ja]|ewo)[a-z0-9_-]{10}"),
    _Family((".detectors:PrivateKeyDetector",), (" private key", "putty-user-key-file-")),
    _Family((".detectors:ConnectionStringDetector",), shape=_URL + r"|(?:password|pwd)="),
    _Family(("softlayer:SoftlayerDetector",), ("softlayer",), _ASSIGNED),
    _Family(("cloudant:CloudantDetector",), ("cloudant.com",), _ASSIGNED),
    _Family(("ibm_cos_hmac:IbmCosHmacDetector", "ibm_cloud_iam:IbmCloudIamDetector"), shape=_ASSIGNED),
    _Family(("basic_auth:BasicAuthDetector",), shape=_URL),
)

# What people write where a key would stand. Each is too long to come up in a random key.
_MARKS = re.compile(
    r"example|placeholder|redacted|changeme|change[-_]me|your[-_]|replace[-_]|insert[-_]|dummy|fake[-_]|xxxxx|\.\.\.|…"
    r"|ikpvag4grg9l"  # "John Doe", in the sample token of every text about JSON Web Tokens
    r"|eby8vdm02xno"  # the key that Azure's storage emulator always has
)
_PASSWORD = re.compile(
    r"(?:(?:my|your|the|some|db|database|new|user|super|strong|secure|test|dev|local|app)[-_]?){0,3}"
    r"(?:password|passwd|passwort|pass|pwd|pw|secret|token|key|apikey|credentials?|user|username|postgres|mysql|redis"
    r"|mongo|rabbitmq|root|admin|guest|test|dev|port|%s)[-_]?\d{0,4}"
)
_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_TEMPLATE = {"[": "]", "(": ")", "{": "}", "<": ">", "%": "%"}


def leaks(rows: Sequence[str]) -> list[Leak]:
    """The secrets in rows of a text, one for each row and kind, in order of rows.

    A row that says `pragma: allowlist secret` in a comment, or stands under a comment
    `pragma: allowlist nextline secret`, is left out, as are placeholders. Raises nothing, whatever the rows hold.
    """
    pieces = [(number, piece) for number, row in enumerate(rows) for piece in _pieces(row)]
    found = {
        Leak(pieces[at][0], kind)
        for at, families in _suspects([piece for _, piece in pieces]).items()
        for kind in _kinds(pieces[at][1], families)
    }
    return sorted(leak for leak in found if not _allowed(rows, leak.row))


def _pieces(row: str) -> Iterator[str]:
    """A row in pieces that overlap, runs of blanks as one blank: detect-secrets has patterns that try every way to
    divide a run of blanks between them."""
    if "  " in row or "\t" in row:
        row = re.sub(r"[ \t]+", " ", row)
    if len(row) <= PIECE:
        yield row
        return
    for start in range(0, len(row) - OVERLAP, PIECE - OVERLAP):
        yield row[start : start + PIECE]


def _suspects(pieces: list[str]) -> dict[int, list[_Family]]:
    """Which pieces (by number) may hold what. All are searched as one text, which is much faster than one by one."""
    lowered = [piece.lower() for piece in pieces]
    starts = list(accumulate((len(piece) + 1 for piece in lowered), initial=0))
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


def _kinds(piece: str, families: Iterable[_Family]) -> Iterator[str]:
    """What is found in a piece; each character belongs to the first detector that claims it."""
    claimed = bytearray(len(piece))
    for detector in (_detector(name) for family in families for name in family.detectors):
        spans = [(start, end) for start, end in _spans(detector, piece) if not any(claimed[start:end])]
        for start, end in spans:
            claimed[start:end] = b"\1" * (end - start)
        if spans:
            yield str(detector.secret_type)


def _spans(detector: RegexBasedDetector, piece: str) -> Iterator[tuple[int, int]]:
    """Where a detector's patterns match and no placeholder stands."""
    for pattern in detector.denylist:
        for match in pattern.finditer(piece):
            # the last group holds the secret, or (GitHub, GitLab) how it begins
            if not _placeholder(piece[match.start(match.lastindex or 0) : match.end()].strip("@\"'`;, ")):
                yield match.span()


def _placeholder(secret: str) -> bool:
    """Whether no machine and no careful person made this."""
    return (
        not secret
        or len(set(secret[-TAIL:])) <= max(1, len(secret[-TAIL:]) // 4)
        or _TEMPLATE.get(secret[0]) == secret[-1]
        or bool(_NAME.fullmatch(secret) or _PASSWORD.fullmatch(secret.lower()) or _MARKS.search(secret.lower()))
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
def _detector(name: str) -> RegexBasedDetector:
    module, _, plugin = name.partition(":")
    full = f"{__package__}{module}" if module.startswith(".") else f"detect_secrets.plugins.{module}"
    loaded: RegexBasedDetector = getattr(_load(full), plugin)()
    return loaded


def _load(module: str) -> ModuleType:
    """A module of detect-secrets, or one that builds on it."""
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
