"""Every rule of ours, with what it finds and what looks like it and is none. Keys are made from pieces at run time."""

from __future__ import annotations

import base64

import pytest

from mbgit.words import providers as rules
from mbgit.words.secrets import Leak, leaks
from tests.words.test_secrets import HEX, JWT, KEYS, LOWER, PASSWORD, some

UUID = "3f9c1a7e-5b2d-4e8f-a6c0-9d1b7e4f2a83"
BASIC = base64.b64encode(b"ops:" + b"h7Kwq2Vz9").decode()

# For each kind: what is one, what is none.
RULES = {
    "OpenRouter API Key": (
        ["sk-or" + "-v1-" + some(64, HEX), "key: sk-or" + "-" + some(64)],
        ["sk-or-v1-...", "sk-or-else-we-fail"],
    ),
    "Groq API Key": (
        ["gsk" + "_" + some(52), "GROQ_API_KEY=gsk" + "_" + some(52)],
        ["gsk_your_key_here", "gsk_" + "x" * 52],
    ),
    "xAI API Key": (["xai" + "-" + some(80), "xai" + "-" + some(84)], ["xai-grok-4-fast-reasoning", "xai-..."]),
    "Replicate API Token": (
        ["r8" + "_" + some(37), "REPLICATE_API_TOKEN=r8" + "_" + some(37)],
        ["r8_model_name", "r8_" + "0" * 37],
    ),
    "Perplexity API Key": (
        ["pplx" + "-" + some(48), "(pplx" + "-" + some(48) + ")"],
        ["pplx-7b-online", "pplx-" + "x" * 48],
    ),
    "Databricks Token": (["dapi" + some(32, HEX), "dapi" + some(32, HEX) + "-2"], ["dapi-explorer", "dapi" + "0" * 32]),
    "DigitalOcean Token": (
        ["dop" + "_v1_" + some(64, HEX), "doo" + "_v1_" + some(64, HEX)],
        ["dop_v1_TOKEN", "dop_v1_" + some(20, HEX)],
    ),
    "Linear API Key": (
        ["lin" + "_api_" + some(40), "lin" + "_oauth_" + some(64, HEX)],
        ["lin_api_key", "lin_api_" + "X" * 40],
    ),
    "Supabase Key": (
        ["sb" + "_secret_" + some(22) + "_" + some(8), "sb" + "_secret_" + some(31)],
        ["sb_secret_key", "sb_publishable_" + some(31)],
    ),
    "Supabase Token": (["sbp" + "_" + some(40, HEX), "sbp" + "_v0_" + some(40, HEX)], ["sbp_token", "sbp_" + "0" * 40]),
    "Stripe Webhook Secret": (
        ["whsec" + "_" + some(32), "whsec" + "_" + some(40)],
        ["whsec_...", "whsec_signing_secret"],
    ),
    "Notion Token": (["ntn" + "_" + some(46), "NOTION_TOKEN=ntn" + "_" + some(46)], ["ntn_page_id", "ntn_" + "x" * 46]),
    "Doppler Token": (["dp" + ".pt." + some(43), "dp" + ".st.prd." + some(43)], ["dp.pt.", "dp.st.dev.config"]),
    "Fly.io Token": (["fo1" + "_" + some(43), "FlyV1 fm2" + "_" + some(120)], ["fo1_token", "fm2_stations"]),
    "Vercel Token": (
        ["VERCEL_" + "TOKEN=" + some(24), "vc" + "p_" + some(56)],
        ["vercel token: see the vault, please", "VERCEL_TOKEN=$VERCEL_TOKEN"],
    ),
    "Discord Webhook": (
        [
            "https://discord" + ".com/api/webhooks/8392017465019283746/" + some(68),
            "https://ptb.discordapp" + ".com/api/v10/webhooks/8392017465019283746/" + some(68),
        ],
        ["https://discord.com/api/webhooks/ID/TOKEN", "https://discord.com/developers/docs/resources/webhook"],
    ),
    "Azure Secret": (
        [
            "https://x.blob.core.windows.net/c?sv=2024-01-01&se=2025-12-01&" + "sig=" + some(42) + "%3D",
            "?sp=r&" + "sig=" + some(43) + "=",
        ],
        ["https://x.blob.core.windows.net/c?sv=2024-01-01&sig=...", "&sig=<signature>"],
    ),
    "AWS Secret Key": (
        ['"SecretAccess' + 'Key": "' + some(40) + '"', "secret_access_" + "key = " + some(40)],
        ['"SecretAccessKey": "<secret>"', '"SecretAccessKey": "..."'],
    ),
    "Basic Auth Credentials": (
        ["https://ops:" + "h7K$w!2Vz" + "@wiki.internal/page", "ftp://:" + PASSWORD + "@files.internal"],
        ["https://ops:PASSWORD@wiki.internal", "https://example.org/a:b/@types"],
    ),
    "Authorization Header": (
        ["Authorization: " + "Bearer " + some(32), 'curl -H "Authorization: ' + "Basic " + BASIC + '"'],
        [
            "Authorization: Bearer <token>",
            "-H 'Authorization: Basic " + base64.b64encode(b"user:password").decode() + "'",
        ],
    ),
    "Login with Password": (
        ["machine api.internal login ops " + "password " + PASSWORD, "default login ops " + "password " + PASSWORD],
        ["machine api.internal login ops password <password>", "they login there and password rules hold"],
    ),
    "Password or Token": (
        [
            "DB_" + "PASSWORD=" + PASSWORD,
            "client_" + 'secret: "' + some(30) + '"',
            "export SMTP_" + "PASSWORD='Tr0ub4dor&3x'",
        ],
        [
            "DB_PASSWORD=changeme",
            "DB_PASSWORD=postgres",
            "POSTGRES_PASSWORD=${DB_PASSWORD}",
            "API_KEY=process.env.API_KEY",
            "SESSION_TOKEN=" + UUID,
            "TOKEN=$(cat token.txt)",
            "API_KEY=your-api-key-1",
            "password = get_password()",
            "MAX_TOKENS=4096",
            "DB_PASSWORD=secret123",
            "SECRET: see docs/secrets.md",
            "PASSWORD: must have 12 characters",
        ],
    ),
}
FOUND = [(kind, row) for kind, (found, _) in RULES.items() for row in found]
NONE = [row for _, none in RULES.values() for row in none]


@pytest.mark.parametrize(("kind", "row"), FOUND)
def test_what_a_rule_finds(kind: str, row: str) -> None:
    assert [leak.kind for leak in leaks([row])] == [kind]
    assert [leak.kind for leak in leaks([f"- {row} and more words"])] == [kind]


@pytest.mark.parametrize("row", NONE)
def test_what_a_rule_passes_over(row: str) -> None:
    assert leaks([row, f"- {row} and more words"]) == []


def test_every_rule_has_two_of_each() -> None:
    every = [*rules.PROVIDERS, rules.SLACK, *rules.SHAPES, rules.AZURE, rules.AWS_SECRET, *rules.CONTEXTS, *rules.LOOSE]
    kinds = {rule.secret_type for rule in every} - {"Private Key"}
    assert kinds <= RULES.keys() | KEYS.keys()
    assert all(len(found) >= 2 <= len(none) for found, none in RULES.values())


TOKEN = "ghp" + "_" + some(36)


@pytest.mark.parametrize(
    "row",
    [
        TOKEN.replace("_", "\\_"),
        TOKEN[:9] + "\u200b" + TOKEN[9:],
        TOKEN[:3] + "\u2060" + TOKEN[3:12] + "\u00ad" + TOKEN[12:],
        ("xox" + "b-283746501928-839201746512-" + some(24)).replace("-", "\\-"),
    ],
)
def test_a_token_with_invisible_characters_or_escapes(row: str) -> None:
    assert [leak.row for leak in leaks(["# Title", f"see {row}, rotate it"])] == [1]


@pytest.mark.parametrize("fence", ["```", "~~~", "> ```", "````sh"])
@pytest.mark.parametrize("cut", [3, 8, 20, 39])
def test_a_token_that_line_breaks_divide(fence: str, cut: int) -> None:
    closing = fence.removesuffix("sh")
    rows = ["# Title", fence, f"export TOKEN={TOKEN[:cut]}", TOKEN[cut:], closing]
    assert leaks(rows) == [Leak(2, "GitHub Token")]
    rows = [fence, f"TOKEN={JWT[:20]}\\", JWT[20:60], f"  {JWT[60:]}", closing]
    assert leaks(rows) == [Leak(1, "JSON Web Token")]
    assert leaks(["TOKEN " + rows[1][6:], *rows[2:-1]]) == []


def test_a_netrc_over_several_rows() -> None:
    rows = ["```", "machine api.internal", "  login ops", "  password " + PASSWORD, "```"]
    assert leaks(rows) == [Leak(2, "Login with Password")]


@pytest.mark.parametrize(
    "row",
    [
        "account 928374650192, arn:aws:iam::928374650192:role/deploy",
        "commit 3f9c1a7e5b2d4e8f9c0d1e2f3a4b5c6d7e8f9a0b in " + some(64, HEX),
        f"session {UUID}, trace id {some(32, HEX)}",
        '"integrity": "sha512-' + some(86) + '==",',
        f"    --hash=sha256:{some(64, HEX)} \\",
        f'content-hash = "{some(64, HEX)}"',
        f"checksum: 10c0/{some(128, HEX)}",
        f"github.com/a/b v1.2.3 h1:{some(43)}=",
        f"cache key: v1-{some(12, LOWER)}-{some(8, LOWER)}",
        f"the public key is ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{some(43)}",
        "Bearer tokens, `Authorization: Bearer $TOKEN` and basic authorization: see docs/auth.md",
        f"| token | {some(6)} |",
    ],
)
def test_what_a_bank_may_well_say(row: str) -> None:
    assert leaks([row]) == []
