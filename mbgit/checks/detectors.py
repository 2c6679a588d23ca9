"""Plugins for detect-secrets: providers that it lacks, or knows only in old, loose or slow forms.

Every pattern reads a text once: it begins with fixed characters, or is tied to the start of a word, or has a bounded
length. Import this module through `checks.secrets`, which keeps detect-secrets light and off the network.
"""

from __future__ import annotations

import re

from detect_secrets.plugins.base import RegexBasedDetector

_WORD = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9_-])"


class AnthropicDetector(RegexBasedDetector):
    """`sk-ant-api03-` (API), `-admin01-`, `-oat01-`, `-ort01-` (OAuth), `-sid01-` (session)."""

    secret_type = "Anthropic API Key"
    denylist = (re.compile(_WORD + r"sk-ant-[A-Za-z0-9_-]{40,200}"),)


class OpenAIDetector(RegexBasedDetector):
    """Keys of projects, service accounts and administrators; and any key by the mark in its middle."""

    secret_type = "OpenAI API Key"
    denylist = (
        re.compile(_WORD + r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,250}"),
        re.compile(r"[A-Za-z0-9_-]{20}T3BlbkFJ[A-Za-z0-9_-]{20}"),
    )


class GoogleApiKeyDetector(RegexBasedDetector):
    """Keys of Google Cloud, Maps, Firebase and Gemini: 39 characters."""

    secret_type = "Google API Key"
    denylist = (re.compile(_WORD + r"AIza[A-Za-z0-9_-]{35}" + _END),)


class GoogleOAuthDetector(RegexBasedDetector):
    """The secret of an OAuth client."""

    secret_type = "Google OAuth Client Secret"
    denylist = (re.compile(_WORD + r"GOCSPX-[A-Za-z0-9_-]{28}" + _END),)


class HuggingFaceDetector(RegexBasedDetector):
    """Tokens of users and of organizations."""

    secret_type = "Hugging Face Token"
    denylist = (re.compile(_WORD + r"(?:hf|api_org)_[A-Za-z0-9]{34}" + _END),)


class GitHubFineGrainedDetector(RegexBasedDetector):
    """Personal access tokens with chosen rights: 22 characters, `_`, 59 characters."""

    secret_type = "GitHub Fine-Grained Token"
    denylist = (re.compile(_WORD + r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}" + _END),)


class NpmDetector(RegexBasedDetector):
    """Tokens wherever they stand, and old ones (a UUID) in an .npmrc. The detector of the same name that
    detect-secrets has takes quadratic time on a row of slashes, and knows a token only in an .npmrc."""

    secret_type = "npm Token"
    denylist = (
        re.compile(_WORD + r"npm_[A-Za-z0-9]{36}" + _END),
        re.compile(r":_authToken=\s?[\"']?([A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12})" + _END),
    )


class SlackDetector(RegexBasedDetector):
    """What came after the tokens and webhooks that detect-secrets knows: app-level, rotating and browser tokens,
    and the webhooks of workflows."""

    secret_type = "Slack Token"
    denylist = (
        re.compile(_WORD + r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[A-Fa-f0-9]{32,64}"),
        re.compile(_WORD + r"xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{40,250}"),
        re.compile(_WORD + r"xox[cd]-[A-Za-z0-9%+/=-]{40,250}"),
        re.compile(r"https://hooks\.slack\.com/(?:workflows|triggers)/T?[A-Z0-9]{6,14}/[A-Za-z0-9/]{20,120}"),
    )


class AzureDetector(RegexBasedDetector):
    """Client secrets of Entra ID (told by `8Q~` behind three characters), and keys of Service Bus and Event Hubs."""

    secret_type = "Azure Secret"
    denylist = (
        re.compile(r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])"),
        re.compile(r"SharedAccessKey=[A-Za-z0-9+/]{43}="),
    )


class AwsSecretDetector(RegexBasedDetector):
    """The secret half of a pair without quotes, as `.env` and `~/.aws/credentials` have it."""

    secret_type = "AWS Secret Key"
    denylist = (
        re.compile(
            r"aws_?secret_?(?:access_?)?key[\"'`]? ?(?:[:=]|=>) ?[\"'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", re.I
        ),
    )


class JwtDetector(RegexBasedDetector):
    """A signed token: two JSON objects and a signature. The detector that detect-secrets has takes quadratic time
    on a row of `eyJ`, and parses the JSON, which may be nested without end."""

    secret_type = "JSON Web Token"
    denylist = (
        re.compile(
            r"(?<![A-Za-z0-9_-])(?:ey[JA]|ewo)[A-Za-z0-9_-]{10,}={0,2}\.(?:ey[JA]|ewo)[A-Za-z0-9_-]{6,}={0,2}"
            r"\.[A-Za-z0-9_-]{16,}"
        ),
    )


class PrivateKeyDetector(RegexBasedDetector):
    """The first line of a private key: alone, or with the key behind it on the same row. A sentence that names
    the line goes on with other words."""

    secret_type = "Private Key"
    denylist = (
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            r"(?=\s*\Z|\s?(?:(?:\\r)?\\n){0,3}\s?(?:[A-Za-z0-9+/]{16}|[A-Z][A-Za-z-]{4,20}: ))"
        ),
        re.compile(r"PuTTY-User-Key-File-[123]: "),
    )


class ArtifactoryDetector(RegexBasedDetector):
    """API keys (AKC) and encrypted passwords (AP). Both have digits, which capital-lettered words lack."""

    secret_type = "Artifactory Credentials"
    denylist = (
        re.compile(
            r"(?<![A-Za-z0-9_/+-])(?=[A-Za-z]{3,80}\d|AP\d)(?:AKC[A-Za-z0-9]{20,}|AP[0-9A-F][A-Za-z0-9]{13,})" + _END
        ),
    )


class TelegramDetector(RegexBasedDetector):
    """A bot's number, and a token, which begins with A."""

    secret_type = "Telegram Bot Token"
    denylist = (re.compile(r"(?<!\d)\d{8,10}:A[0-9A-Za-z_-]{34}" + _END),)


class ConnectionStringDetector(RegexBasedDetector):
    """A database's or broker's URL with a password, and `Password=...` between other pairs, as ADO and ODBC have it."""

    secret_type = "Connection String with Password"
    denylist = (
        re.compile(
            r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkeys?|amqps?|mssql|sqlserver|oracle|cockroachdb"
            r"|clickhouse|kafka|nats|mqtts?|ldaps?|smtps?)(?:\+[a-z0-9_]{1,20})?://"
            r"[^\s:/@\"'`]{0,100}:([^\s/@\"`]{1,200})@",
            re.I,
        ),
        re.compile(r"; ?(?:password|pwd)=([^;\s\"'`|()]{3,200})(?![^;\s\"'`|])", re.I),
        re.compile(r"(?<![a-z0-9_-])(?:password|pwd)=([^;\s\"'`|()]{3,200})(?=; ?[a-z][a-z ]{1,30}=)", re.I),
    )
