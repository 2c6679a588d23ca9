"""Keys, tokens and passwords that detect-secrets lacks, or knows only in old, loose or slow forms: a row for each kind.

Every pattern reads a text once: it begins with fixed characters, or is tied to the start of a word, or has a bounded
length. The last group of a pattern, if it has one, holds the secret itself; the rest of the match names it.
"""

from __future__ import annotations

import re
from functools import cached_property

_WORD = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9_-])"


class Rule:
    """One kind of secret. It has the attributes of a plugin of detect-secrets."""

    def __init__(
        self, kind: str, *patterns: str, words: tuple[str, ...] = (), shape: str = "", loose: bool = False
    ) -> None:
        """`words`, `shape`: what a text in lower case must hold before the patterns are compiled and asked.

        `loose`: what the patterns match is a secret only if it looks like one.
        """
        self.secret_type, self.patterns, self.words, self.shape, self.loose = kind, patterns, words, shape, loose

    @cached_property
    def denylist(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in self.patterns)


def _token(kind: str, start: str, rest: str, *words: str) -> Rule:
    """A token that is known by how it begins: `start` is a pattern, `words` are its fixed forms in lower case."""
    return Rule(kind, _WORD + start + rest + _END, words=words or (start.replace("\\", "").lower(),))


PROVIDERS = (
    Rule("Anthropic API Key", _WORD + r"sk-ant-[A-Za-z0-9_-]{40,200}", words=("sk-ant-",)),
    _token("OpenRouter API Key", "sk-or-", r"(?:v\d-)?[A-Za-z0-9]{40,80}"),
    Rule(
        "OpenAI API Key",
        _WORD + r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,250}",
        r"[A-Za-z0-9_-]{20}T3BlbkFJ[A-Za-z0-9_-]{20}",
        words=("t3blbkfj", "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"),
    ),
    _token("Google API Key", "AIza", r"[A-Za-z0-9_-]{35}"),
    _token("Google OAuth Client Secret", "GOCSPX-", r"[A-Za-z0-9_-]{28}"),
    _token("Hugging Face Token", "(?:hf|api_org)_", r"[A-Za-z0-9]{34}", "hf_", "api_org_"),
    _token("Groq API Key", "gsk_", r"[A-Za-z0-9]{40,60}"),
    _token("xAI API Key", "xai-", r"[A-Za-z0-9]{40,100}"),
    _token("Replicate API Token", "r8_", r"[A-Za-z0-9]{30,45}"),
    _token("Perplexity API Key", "pplx-", r"[A-Za-z0-9]{40,64}"),
    _token("GitHub Fine-Grained Token", "github_pat_", r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _token("Databricks Token", "dapi", r"[a-f0-9]{32}(?:-\d{1,2})?"),
    _token("DigitalOcean Token", "do[opr]_v1_", r"[a-f0-9]{64}", "dop_v1_", "doo_v1_", "dor_v1_"),
    _token("Linear API Key", "lin_(?:api|oauth)_", r"[A-Za-z0-9]{32,64}", "lin_api_", "lin_oauth_"),
    _token("Supabase Key", "sb_secret_", r"[A-Za-z0-9_-]{20,60}"),
    _token("Supabase Token", "sbp_", r"(?:v\d_)?[a-z0-9]{32,64}"),
    Rule("Stripe Webhook Secret", _WORD + r"whsec_[A-Za-z0-9+/]{24,80}={0,2}" + _END, words=("whsec_",)),
    _token("Notion Token", "ntn_", r"[A-Za-z0-9]{40,60}"),
    _token("Doppler Token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{32,64}", "dp."),
    Rule(
        "Fly.io Token",
        _WORD + r"fo1_[A-Za-z0-9_-]{32,80}" + _END,
        _WORD + r"fm[12][ar]?_[A-Za-z0-9+/_-]{60,2000}={0,3}",
        words=("fo1_",),
        shape=r"fm[12][ar]?_",
    ),
    Rule(
        "Vercel Token",
        _WORD + r"vc[a-z]_[A-Za-z0-9]{24,80}" + _END,
        _WORD + r"vercel_blob_rw_[A-Za-z0-9]{10,20}_[A-Za-z0-9]{20,40}" + _END,
        r"(?i:vercel[ \w-]{0,20}(?:token|key|secret)[\"'`*]{0,3} ?[:=]{1,2}>? ?[\"'`]?)([A-Za-z0-9]{24})" + _END,
        words=("vercel",),
        shape=r"vc[a-z]_[a-z0-9]{24}",
    ),
    Rule(  # the plugin of detect-secrets takes quadratic time on a row of slashes, and knows a token only in an .npmrc
        "npm Token",
        _WORD + r"npm_[A-Za-z0-9]{36}" + _END,
        r":_authToken=\s?[\"']?([A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12})" + _END,
        words=("npm_", ":_authtoken="),
    ),
    Rule(
        "Discord Webhook",
        r"discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{15,21}/[A-Za-z0-9_-]{50,100}",
        words=("/webhooks/",),
    ),
)

# What came after the tokens and webhooks that detect-secrets knows: app-level, rotating and browser tokens, and the
# webhooks of workflows.
SLACK = Rule(
    "Slack Token",
    _WORD + r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[A-Fa-f0-9]{32,64}",
    _WORD + r"xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{40,250}",
    _WORD + r"xox[cd]-[A-Za-z0-9%+/=-]{40,250}",
    r"https://hooks\.slack\.com/(?:workflows|triggers)/T?[A-Z0-9]{6,14}/[A-Za-z0-9/]{20,120}",
)

SHAPES = (
    Rule("Telegram Bot Token", r"(?<!\d)\d{8,10}:A[0-9A-Za-z_-]{34}" + _END, shape=r":a[a-z0-9_-]{34}"),
    Rule(  # API keys (AKC) and encrypted passwords (AP): both have digits, which capital-lettered words lack
        "Artifactory Credentials",
        r"(?<![A-Za-z0-9_/+-])(?=[A-Za-z]{3,80}\d|AP\d)(?:AKC[A-Za-z0-9]{20,}|AP[0-9A-F][A-Za-z0-9]{13,})" + _END,
        shape=r"a(?:kc|p[0-9a-f])[a-z0-9]{13}",
    ),
)

AZURE = Rule(  # client secrets of Entra ID (`8Q~` behind three characters), Service Bus, shared access signatures
    "Azure Secret",
    r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])",
    r"SharedAccessKey=[A-Za-z0-9+/]{43}=",
    r"[?&;]sig=([A-Za-z0-9%+/_-]{40,120}={0,2})",
    words=("q~", "sharedaccesskey=", "sig="),
)

# The secret half of a pair, as `.env`, `~/.aws/credentials` and the answers of AWS have it.
AWS_SECRET = Rule(
    "AWS Secret Key",
    r"(?i:aws_?secret_?(?:access_?)?key|secret_?access_?key)[\"'`]? ?(?:[:=]|=>) ?[\"'`]?"
    r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    shape=r"secret_?(?:access_?)?key",
)

CONTEXTS = (
    Rule(  # two JSON objects and a signature; the plugin of detect-secrets takes quadratic time, and parses the JSON
        "JSON Web Token",
        r"(?<![A-Za-z0-9_-])(?:ey[JA]|ewo)[A-Za-z0-9_-]{10,}={0,2}\.(?:ey[JA]|ewo)[A-Za-z0-9_-]{6,}={0,2}"
        r"\.[A-Za-z0-9_-]{16,}",
        shape=r"ey[ja][a-z0-9_-]{10}|ewo[a-z0-9_-]{10}",
    ),
    Rule(  # the first line: alone, or with the key behind it; a sentence that names the line goes on with other words
        "Private Key",
        r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?=\s*\Z|\s?(?:(?:\\r)?\\n){0,3}\s?(?:[A-Za-z0-9+/]{16}|[A-Z][A-Za-z-]{4,20}: ))",
        r"PuTTY-User-Key-File-[123]: ",
        words=(" private key", "putty-user-key-file-"),
    ),
    Rule(  # a database's or broker's URL, and `Password=...` between other pairs, as ADO and ODBC have it
        "Connection String with Password",
        r"(?i)(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkeys?|amqps?|mssql|sqlserver|oracle|cockroachdb"
        r"|clickhouse|kafka|nats|mqtts?|ldaps?|smtps?)(?:\+[a-z0-9_]{1,20})?://"
        r"[^\s:/@\"'`]{0,100}:([^\s/@\"`]{1,200})@",
        r"(?i); ?(?:password|pwd)=([^;\s\"'`|()]{3,200})(?![^;\s\"'`|])",
        r"(?i)(?<![a-z0-9_-])(?:password|pwd)=([^;\s\"'`|()]{3,200})(?=; ?[a-z][a-z ]{1,30}=)",
        shape=r"://[^\s/@]*:[^\s/@]+@|(?:password|pwd)=",
    ),
)

# Recognized by the words around them. They come last, so that a provider's own name wins.
LOOSE = (
    Rule(  # the plugin of detect-secrets passes over passwords with punctuation, and URLs without a user
        "Basic Auth Credentials",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"'`<>|]{0,100}:([^\s/@\"'`<>|]{3,200})@(?=[A-Za-z0-9\[])",
        shape=r"://[^\s/@]*:[^\s/@]+@",
    ),
    Rule(
        "Authorization Header",
        r"(?i)(?<![a-z0-9])authorization[\"'`*]{0,3} ?[:=] ?[\"'`]?(?:basic|bearer|token|apikey) {1,2}"
        r"([a-z0-9._~+/-]{12,2000}={0,2})",
        shape=r"authorization[\"'`*]{0,3} ?[:=] ?[\"'`]?(?:basic|bearer|token|apikey) ",
        loose=True,
    ),
    Rule(
        "Login with Password",  # a line of .netrc
        r"(?i)(?<![a-z0-9])(?:machine \S{1,100} )?login \S{1,100} password ([^\s\"'`|]{6,200})",
        shape=r"login \S{1,100} password ",
        loose=True,
    ),
    Rule(
        "Password or Token",
        r"(?<![A-Za-z0-9-])(?:[A-Z0-9]{1,20}_){0,6}(?:PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|API_?KEY"
        r"|ACCESS_KEY|SECRET_KEY|AUTH_KEY|ENCRYPTION_KEY|SIGNING_KEY|CREDENTIALS?)(?:_BASE|_PROD|_\d{1,2})?"
        r"[\"'`]?(?: ?= ?|: )[\"'`]?([^\s\"'`|<>(){}\[\],;]{6,300})",
        r"(?<![A-Za-z0-9-])(?:[a-z0-9]{1,20}[_-]){0,6}(?:password|passwd|passphrase|client[_-]secret|api[_-]?key"
        r"|secret[_-]key|auth[_-]token|access[_-]token)[\"'`]?(?: ?= ?|: )[\"']([^\s\"'`|<>(){}\[\],;]{6,300})[\"']",
        shape=r"(?:password|passwd|passphrase|pwd|secret|token|key|credentials?)(?:_base|_prod|_\d\d?)?[\"'`]?[ =:]",
        loose=True,
    ),
)
