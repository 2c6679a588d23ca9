"""Keys here are made at run time from pieces, so that no scanner takes this file for a leak."""

from __future__ import annotations

import json
import random
import re
import string
import subprocess
import sys
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbgit.words import secrets
from mbgit.words.secrets import Leak, leaks

ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
CAPS = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "_-"


def some(number: int, alphabet: str = ALNUM) -> str:
    """Made-up characters, the same in every run, with a digit and a letter at its ends."""
    chance = random.Random(f"{number}{alphabet}")
    return "".join(["a" if "a" in alphabet else "A", *(chance.choice(alphabet) for _ in range(number - 2)), "7"])


JWT = ".".join(["ey" + "JhbGciOiJIUzI1NiJ9", "ey" + "JzdWIiOiI4MTE3NyIsInJvbGUiOiJvcHMifQ", some(43)])
PASSWORD = "h7" + "Kw-q2Vz"

KEYS = {
    "Anthropic API Key": ["sk-ant-" + "api03-" + some(93, URLSAFE) + "AA", "sk-ant-" + "oat01-" + some(95, URLSAFE)],
    "OpenAI API Key": [
        "sk-" + "proj-" + some(48),
        "sk-" + "proj-" + some(74, URLSAFE) + "T3Blbk" + "FJ" + some(74, URLSAFE),
        "sk-" + "svcacct-" + some(60, URLSAFE),
        "sk-" + "admin-" + some(60, URLSAFE),
        "sk-" + some(20) + "T3Blbk" + "FJ" + some(20),
    ],
    "Google API Key": ["AI" + "za" + some(35, URLSAFE)],
    "Google OAuth Client Secret": ["GOC" + "SPX-" + some(28, URLSAFE)],
    "Hugging Face Token": ["hf" + "_" + some(34)],
    "GitHub Token": [f"gh{letter}" + "_" + some(36) for letter in "pousr"],
    "GitHub Fine-Grained Token": ["github" + "_pat_" + some(22) + "_" + some(59)],
    "GitLab Token": ["gl" + "pat-" + some(20), "gl" + "rt-" + some(20), "gl" + "oas-" + some(64)],
    "npm Token": [
        "npm" + "_" + some(36),
        "//registry.npmjs.org/:_auth" + "Token=" + "3f9c1a7e-5b2d-4e8f-a6c0-9d1b7e4f2a83",
    ],
    "PyPI Token": ["pypi-" + "AgEIcHlwaS5vcmc" + some(150, URLSAFE)],
    "Slack Token": [
        "xox" + "b-283746501928-839201746512-" + some(24),
        "xox" + "p-283746501928-283746501921-839201746512-" + some(32, HEX),
        "xapp" + "-1-A0" + some(9, CAPS) + "-8392017465128-" + some(64, HEX),
        "xoxe" + ".xoxp-1-" + some(160),
        "https://hooks.slack" + ".com/services/T" + some(8, CAPS) + "/B" + some(10, CAPS) + "/" + some(24),
        "https://hooks.slack" + ".com/triggers/T" + some(8, CAPS) + "/8392017465128/" + some(32, HEX),
    ],
    "Stripe Access Key": ["sk_" + "live_" + some(24), "rk_" + "live_" + some(99)],
    "Square OAuth Secret": ["sq0" + "csp-" + some(43)],
    "SendGrid API Key": ["SG" + "." + some(22) + "." + some(43)],
    "Mailchimp Access Key": [some(32, HEX) + "-us" + "14"],
    "Twilio API Key": ["A" + "C" + some(32, HEX), "S" + "K" + some(32, HEX)],
    "Discord Bot Token": ["MT" + some(24) + "." + some(6) + "." + some(27)],
    "Telegram Bot Token": ["8392017465" + ":AA" + some(33)],
    "Artifactory Credentials": ["AK" + "Cp8" + some(68), "A" + "P5" + some(30)],
    "Azure Storage Account access key": ["Account" + "Key=" + some(86) + "=="],
    "Azure Secret": ["aB3" + "8Q~" + some(34), "SharedAccess" + "Key=" + some(43) + "="],
    "AWS Access Key": [
        start + some(16, CAPS) for start in ("AK" + "IA", "AS" + "IA", "AB" + "IA", "AC" + "CA", "A3" + "TX")
    ],
    "AWS Secret Key": ["AWS_SECRET_ACCESS_" + "KEY=" + some(40), "aws_secret_access_" + "key = " + some(40)],
    "JSON Web Token": [JWT],
    "Connection String with Password": [
        f"{scheme}://app:{PASSWORD}@db.internal:5432/shop"
        for scheme in ("postgres", "postgresql+asyncpg", "mysql", "mongodb+srv", "redis", "amqp")
    ]
    + [f"redis://:{PASSWORD}@cache", f"Server=db;User Id=app;Password={PASSWORD};", f"Pwd={PASSWORD};Database=shop"],
    "Basic Auth Credentials": ["https://ops:" + "h7Kwq2Vz" + "@wiki.internal/page"],
    "Cloudant Credentials": ["cloudant_" + "password=" + some(64, HEX)],
    "SoftLayer Credentials": ["softlayer_api_" + "key=" + some(64, HEX)],
    "IBM COS HMAC Credentials": ["cos_hmac_secret_access_" + "key=" + some(48, HEX)],
    "IBM Cloud IAM Key": ["ibm_cloud_iam_api_" + "key=" + some(44)],
}
EACH = [(kind, key) for kind, keys in KEYS.items() for key in keys]
GITHUB = KEYS["GitHub Token"][0]

BEGIN = "-----BEGIN " + "{}PRIVATE KEY{}-----"
PRIVATE_KEYS = [
    BEGIN.format("", ""),
    BEGIN.format("RSA ", ""),
    BEGIN.format("OPENSSH ", ""),
    BEGIN.format("ENCRYPTED ", ""),
    BEGIN.format("PGP ", " BLOCK"),
    "KEY=" + BEGIN.format("EC ", "") + r"\n" + some(64),
    BEGIN.format("", "") + " " + some(64),
    "PuTTY-User-Key-" + "File-3: ssh-ed25519",
]


def kinds(*rows: str) -> list[str]:
    return [leak.kind for leak in leaks(rows)]


@pytest.mark.parametrize(("kind", "key"), EACH)
@pytest.mark.parametrize("row", ["{}", "- **Key**: `{}`", '| a | "{}" |', "see ({}), and rotate it", "<{}>"])
def test_each_providers_keys(kind: str, key: str, row: str) -> None:
    assert leaks(["# Title", "", row.format(key)]) == [Leak(2, kind)]


@pytest.mark.parametrize("row", PRIVATE_KEYS)
def test_a_private_keys_first_row_is_enough(row: str) -> None:
    assert leaks(["text", row, some(64)]) == [Leak(1, "Private Key")]


@given(st.sampled_from(EACH), st.text(max_size=60), st.text(max_size=60), st.sampled_from(" \"'"))
def test_a_key_is_found_wherever_it_stands(each: tuple[str, str], before: str, after: str, mark: str) -> None:
    kind, key = each
    before, after = (re.sub(r"[\n@]|pragma", "", text) for text in (before, after))
    assert kind in kinds(f"{before}{mark}{key}{mark}{after}")


@given(st.lists(st.sampled_from([key for _, key in EACH] + ["words", "`", "=", "://", "@"]), max_size=6))
def test_no_kind_tells_the_secret(parts: list[str]) -> None:
    names = {"Private Key", *KEYS}
    assert set(kinds(" ".join(parts), *parts)) <= names
    assert not any(key in name for key in parts if len(key) > 5 for name in names)


def test_detectors_that_overlap_give_one_leak_with_the_special_name() -> None:
    assert kinds("https://x-access-token:" + GITHUB + "@github.com/a/b") == ["GitHub Token"]
    assert kinds("token = " + "sk-ant-" + "api03-" + some(93) + "AA") == ["Anthropic API Key"]
    assert kinds(f"postgres://app:{PASSWORD}@db") == ["Connection String with Password"]


def test_a_row_tells_each_kind_once() -> None:
    assert kinds(f"{GITHUB} {KEYS['GitHub Token'][1]} {JWT}") == ["GitHub Token", "JSON Web Token"]


@pytest.mark.parametrize(
    "row",
    [
        "postgres://user:password@localhost/db",
        "postgres://postgres:postgres@localhost:5432/db",
        "postgresql://${DB_USER}:${DB_PASSWORD}@db/shop",
        "postgresql://app:$PASSWORD@db/shop",
        "postgresql://app:<password>@db/shop",
        "postgresql://app:[YOUR-PASSWORD]@db.supabase.co",
        "postgresql://app:{settings.password}@db/shop",
        "postgres://app:POSTGRES_PASSWORD@db",
        "mongodb+srv://user:****@cluster0.mongodb.net",
        "redis://:changeme@cache",
        "redis://localhost:6379/0",
        "https://user:pass@example.org",
        "https://user:<token>@github.com/a/b",
        "Server=db;User Id=app;Password=<password>;",
        "Password=<password>;Server=db",
        "Server=db;User Id=app;Password=${PASSWORD};",
        "Set `API_KEY` to <token>, or ${TOKEN}, or YOUR_KEY, or xxxx",
        "ANTHROPIC_API_KEY=sk-ant-...",
        "OPENAI_API_KEY=sk-...",
        "sk-ant-" + "api03-" + "x" * 93,
        "sk-ant-" + "api03-your-api-key-goes-here-and-is-longer-than-this",
        "sk-proj-" + "0" * 48,
        "ghp" + "_" + "x" * 36,
        "ghp" + "_" + "1234567890" + string.ascii_lowercase,
        "AK" + "IA" + "IOSFODNN7" + "EXAMPLE",
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
        "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
        "xox" + "b-your-token-here",
        "-----BEGIN " + r"PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "a row that has `-----BEGIN " + "RSA PRIVATE KEY-----` in it is refused",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
    ],
)
def test_placeholders_are_no_secrets(row: str) -> None:
    assert leaks([row]) == []


@pytest.mark.parametrize(
    "row",
    [
        "## 2025-10-09 14:30 - DevOps Engineer → QA: rotate the API key; token in the vault, password unknown",
        "Merged 3f9c1a7e5b2d4e8fa6c09d1b7e4f2a833f9c1a7e (sha1), digest sha256:" + some(64, HEX),
        "session 3f9c1a7e-5b2d-4e8f-a6c0-9d1b7e4f2a83, see https://example.org/a:b/@types/node and ops@example.org",
        "`NotificationServiceFactory.create_all_of_the_handlers_at_once` in APPLICATION_CONTEXT, AUTHENTICATION",
        "`const a = 1; password=hash(input); b=2`",
        "| key | value-with-hyphens-that-goes-on-and-on |",
        "ssh://git@example.org:22/path, 10.0.0.1, 203.0.113.7:8080",
    ],
)
def test_prose_is_no_secret(row: str) -> None:
    assert leaks([row]) == []


@pytest.mark.parametrize("comment", ["# {}", "<!-- {} -->", "<!--{}-->", "// {}"])
def test_a_comment_allows_a_secret(comment: str) -> None:
    same, above = comment.format("pragma: allowlist secret"), comment.format("pragma: allowlist nextline secret")
    assert kinds(f"{GITHUB} {same}") == []
    assert kinds(above, GITHUB) == []
    assert kinds(f"  {above}", GITHUB) == []


def test_a_comment_allows_nothing_else() -> None:
    same, above = "# pragma: allowlist secret", "<!-- pragma: allowlist nextline secret -->"
    assert leaks([f"{GITHUB} {same}", GITHUB]) == [Leak(1, "GitHub Token")]
    assert leaks([above, GITHUB, GITHUB]) == [Leak(2, "GitHub Token")]
    assert leaks([GITHUB, above]) == [Leak(0, "GitHub Token")]
    assert leaks([f"words {above}", GITHUB]) == [Leak(1, "GitHub Token")]
    assert leaks([f"{GITHUB} pragma: allowlist secret"]) == [Leak(0, "GitHub Token")]


@pytest.mark.parametrize("at", [0, 14_990, 19_980, 2_500_000, 4_999_000])
def test_a_key_in_a_very_long_row(at: int) -> None:
    row = "word " * (at // 5) + JWT + " word" * ((5_000_000 - at) // 5)
    assert leaks(["", row]) == [Leak(1, "JSON Web Token")]


BAIT = [
    "sk-ant-", "sk-proj-", "sk-" + "a" * 21, "T3BlbkFJ", "AIza", "GOCSPX-", "hf_", "github_pat_", "ghp_", "glpat-",
    "glagent-", "glagent-" * 6 + "a" * 1_030, "npm_", "//", "//:_authToken=", "pypi-AgEIcHlwaS5vcmc", "xoxb-1-",
    "xoxb-" + "1-" * 500, "xapp-1-", "xoxe-1-", "xoxc-", "https://hooks.slack.com/services/T", "sk_live_", "sq0csp-",
    "SG.", "a-us1", "AC", "SK", "MTaaaaaaaaaaaaaaaaaaaaaaa.", "a.aaaaaa.", "12345678:A", "AKC", "AP5", "AccountKey=",
    "SharedAccessKey=", "a8Q~", "AKIA", "aws", "awskey", "aws key '", "aws_secret_access_key=", "eyJ",
    "eyJaaaaaaaaaa.", "eyJaaaaaaaaaa.eyJ", "ewo", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
    "BEGIN AA AA AA PRIVATE KEY", "PuTTY-User-Key-File-", "postgres://", "postgres://a:", "postgres://a:b",
    "password=", "; password=", "password=a;", "://", "://a:", "://a:b", "://a:b@", "softlayer", "sl_api_key=",
    "cloudant.com", "https://a:", "cl_key=", "secret_key=", "key=", "key: ", "key", "token", "ibm_cloud_iam_key=",
    "pass\t", "# ", "# pragma: allowlist secret ", "\t", " ", "\u00e9", "\u0130", "[", "eyJ" + "W" * 60,
]  # fmt: skip


READ_BAIT = """
import json, signal, sys
from mbgit.words.secrets import leaks
for row in sys.stdin:
    bait, key = json.loads(row)
    many = bait * (100_000 // len(bait))
    signal.alarm(15)  # which ends the process, whatever it is at
    print(leaks([f"{many} {key}", f"{key} {many}!", f"key{' ' * 100_000}{many}"]), flush=True)
"""


@pytest.mark.parametrize("part", range(4))
def test_bait_takes_linear_time(part: int) -> None:
    baits = BAIT[part::4]
    rows = "".join(json.dumps([bait, GITHUB]) + "\n" for bait in baits)
    done = subprocess.run([sys.executable, "-c", READ_BAIT], input=rows, capture_output=True, text=True)
    found = done.stdout.splitlines()
    assert done.returncode == 0, (baits[len(found)], done.stderr)
    assert all("GitHub Token" in row or "pragma" in bait for bait, row in zip(baits, found, strict=True))


PATTERNS = [
    (family, pattern)
    for family in secrets._FAMILIES
    for name in family.detectors
    for pattern in secrets._detector(name).denylist
]


@given(st.data())
@settings(max_examples=150)
def test_a_family_is_asked_about_everything_that_its_detectors_find(data: st.DataObject) -> None:
    """Words and shapes only save time: each text that a detector's pattern matches passes them."""
    family, pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii", exclude_characters="\n")))
    (piece,) = secrets._pieces(text)
    if pattern.search(piece):
        assert family in secrets._suspects([piece])[0]


@given(st.lists(st.text(max_size=80), max_size=5))
def test_nothing_raises(rows: list[str]) -> None:
    assert all(0 <= leak.row < len(rows) for leak in leaks(rows))


def test_pieces_overlap_and_cover() -> None:
    row = some(100_003)
    pieces = list(secrets._pieces(row))
    steps = accumulate((secrets.PIECE - secrets.OVERLAP for _ in pieces[1:]), initial=0)
    assert all(row[at : at + len(piece)] == piece for at, piece in zip(steps, pieces, strict=True))
    assert pieces[-1][-9:] == row[-9:]


def test_nothing_is_loaded_that_reaches_the_network() -> None:
    script = (
        "import sys; from mbgit.words.secrets import leaks; leaks(['plain words']);"
        "assert 'detect_secrets' not in sys.modules; found = leaks([sys.argv[1]]); assert found;"
        "assert not {'requests', 'multiprocessing', 'socket'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, GITHUB], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
