"""Redaction: what looks like a secret is masked, ordinary code is left alone, lengths stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.model.finding import Edit, Fix
from devmatrix_guard.model.report import CheckReport, Note
from devmatrix_guard.reports import secret_shapes
from devmatrix_guard.reports.redact import (
    _APART,
    _WORDS,
    MASKED_FIX,
    find_secrets,
    redact,
    redact_report,
)
from tests.reports.samples import NAIVE_CLOCK

# Put together here so that no scanner takes this file for a leak.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2c3D4e5" * 4
JWT = "eyJhbGciOiJI" + ".eyJzdWIiOiIx" + ".SflKxwRJSMeKKF2QT4"

# The shapes that gitleaks and detect-secrets know: prefix, alphabet, length.
_HEX, _WORD = "0a1b2c3d4e5f6789" * 9, "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0" * 10
_LETTERS = "aBcDeFgHiJkLmNoPqRsTuVwXyZ" * 2
SHAPES = {
    "Telegram": "123456789:A" + _WORD[:34],
    "Hugging Face": "hf_" + _LETTERS[:34],
    "Hugging Face organisation": "api_org_" + _LETTERS[:34],
    "age": "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 6,
    "AWS": "ABIA" + "IOSFODNN7EXAMPLE",
    "Azure client secret": "abc8Q~" + _WORD[:34],
    "Atlassian": "ATATT3" + _WORD[:180],
    "DigitalOcean": "dop_v1_" + _HEX[:64],
    "Databricks": "dapi" + _HEX[:32],
    "Doppler": "dp.pt." + _WORD[:43],
    "Dynatrace": f"dt0c01.{_WORD[:24]}.{_WORD[:64]}",
    "Fly": "fo1_" + _WORD[:43],
    "Fly macaroon": "fm2_" + _WORD[:120],
    "Grafana cloud": "glc_" + _WORD[:40],
    "Grafana service": f"glsa_{_WORD[:32]}_{_HEX[:8]}",
    "Terraform": f"{_WORD[:14]}.atlasv1.{_WORD[:64]}",
    "Linear": "lin_api_" + _WORD[:40],
    "Mailgun": "key-" + _HEX[:32],
    "Notion": "ntn_" + "12345678901" + _WORD[:35],
    "Postman": f"PMAK-{_HEX[:24]}-{_HEX[:34]}",
    "Pulumi": "pul-" + _HEX[:40],
    "RubyGems": "rubygems_" + _HEX[:48],
    "Sentry user": "sntryu_" + _HEX[:64],
    "Sentry organisation": "sntrys_" + _WORD[:90],
    "Shopify": "shpat_" + _HEX[:32],
    "Square": "sq0atp-" + _WORD[:22],
    "Twilio": "SK" + _HEX[:32],
    "Vault": "hvs." + _WORD[:95],
    "AWS of old": "A3T" + "XIOSFODNN7EXAMPLE",
    "Artifactory": "AKC" + _WORD[:24],
    "Artifactory password": "APA" + _WORD[:24],
    "Discord": f"M{_WORD[:23]}.{_WORD[:6]}.{_WORD[:27]}",
    "GitHub with underscores": "ghs_" + "a_B1" * 9,
    "GitLab deploy": "gldt-" + _WORD[:20],
    "GitLab feed": "glft-" + _LETTERS[:20],
    "GitLab runner": "glrt-" + _WORD[:20],
    "GitLab runner registration": "GR1348941" + _WORD[:20],
    "GitLab job": "glcbt-64_" + _WORD[:20],
    "GitLab mail": "glimt-" + _LETTERS[:25],
    "GitLab trigger": "glptt-" + _HEX[:40],
    "GitLab agent": "glagent-" + _WORD[:50],
    "GitLab application": "gloas-" + _HEX[:64],
    "JWT of two parts": "eyJhbGciOiJub25lIn0=" + ".eyJzdWIiOiIxIn0=",
    "Mailchimp": _HEX[:32] + "-us12",
    "OpenAI": f"sk-{_LETTERS[:20]}T3BlbkFJ{_LETTERS[:20]}",
    "PyPI": "pypi-AgEIcHlwaS5vcmc" + _WORD[:72],
    "SendGrid": f"SG.{_WORD[:22]}.{_WORD[:43]}",
    "Slack": "xoxo-1234-5678-abc",
    "Square OAuth": "sq0csp-" + _WORD[:43],
    "Stripe": "rk_live_" + _WORD[:24],
    "Telegram of another kind": "12345678:q" + _WORD[:34],
    "Twilio account": "AC" + _HEX[:32],
}
CARRIED = {
    "Azure": ("AccountName=a;AccountKey={};EndpointSuffix=x", "b0xE" * 21 + "bQ=="),
    "Azure service bus": ("Endpoint=sb://a/;SharedAccessKey={}", "b0xE" * 10 + "bQM="),
    "Basic": ("Authorization: Basic {}", "dXNlcjpwYXNzd29yZA=="),
    "Bearer": ("Authorization: Bearer {}", "abc123def456ghi789"),
    "Azure, filled up": ("x;AccountKey={}", "b0x=" * 22),
    "npm": ("//registry.example/:_authToken={}", "npm-3a7f"),
    "Slack's address": ("https://hooks.slack.com/services/T0AB/B0CD/{}", "a1B2c3D4e5"),
    "SoftLayer's address": ("https://api.softlayer.com/soap/v3/{}", _HEX[:64]),
    "SoftLayer": ("sl_api_key: {}", _HEX[:64]),
    "Cloudant": ("cloudant_key => {}", "qwertzuiopasdfghjklyxcvb"),
    "IBM": ("ibm-cloud-iam-key = {}", _WORD[:44]),
    "IBM's storage": ("cos_hmac_secret_access_key={}", _HEX[:48]),
    "Amazon": ("aws.key.is('{}')", "wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY"),
    "a key without quotes": ("private_key: {}", _HEX[:64]),
    "PGP": (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----{}-----END PGP PRIVATE KEY BLOCK-----",
        "lQdGBGP",
    ),
    "SSH2": (
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----{}---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        "P2/56w",
    ),
    "PuTTY": ("PuTTY-User-Key-File-2:{}Private-MAC: 0", " ssh-rsa AAAA"),
    "bearer in a command": ("curl -H 'authorization: bearer {}' x", "a.b-c_d~e/f+1234567890"),
}


@pytest.mark.parametrize("token", SHAPES.values(), ids=SHAPES.keys())
def test_each_known_shape_is_masked_wherever_it_stands(token: str) -> None:
    for text in (f"use {token} here", f"x = '{token}'", f"({token})", token):
        assert token not in redact(text)
        assert redact(text) == text.replace(token, "*" * len(token))


@pytest.mark.parametrize("token", SHAPES.values(), ids=SHAPES.keys())
def test_what_is_far_too_short_for_a_shape_stays(token: str) -> None:
    near = token[: 9 if token[:3] != "dt0" else 12]
    assert redact(f"see {near} here") == f"see {near} here"


@pytest.mark.parametrize(("text", "secret"), CARRIED.values(), ids=CARRIED.keys())
def test_what_a_header_or_connection_string_carries_is_masked(text: str, secret: str) -> None:
    assert redact(text.format(secret)) == text.format("*" * len(secret))


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication is not enough",
        "Basic AuthenticationMiddleware here",
        "the Bearer authentication scheme",
        "Authorization: Bearer {token}",
        "AccountKey=short",
        "12:30:Afternoon of the 5th",
    ],
)
def test_prose_about_headers_stays(text: str) -> None:
    assert redact(text) == text


MUST_BE_MASKED = [
    pytest.param('password = "hunter2"', "hunter2", id="assignment"),
    pytest.param("DB_PASSWORD: str = 'hunter2'", "hunter2", id="annotated assignment"),
    pytest.param('connect(api_key="s3cr3t-value")', "s3cr3t-value", id="keyword argument"),
    pytest.param('{"client_secret": "abc123"}', "abc123", id="dictionary"),
    pytest.param("os.environ.setdefault('AUTH_TOKEN', 'abc123')", "abc123", id="default"),
    pytest.param(f"key = '{AWS}'", AWS, id="AWS key id"),
    pytest.param(f"use {GITHUB} here", GITHUB, id="GitHub token in prose"),
    pytest.param(f"header({JWT!r})", JWT, id="JWT"),
    pytest.param("postgresql://bob:pa55w0rd@db/x", "pa55w0rd", id="password in a URL"),
    pytest.param('salt = "9f86d081884c7d659a2feaa0c55ad015"', "9f86d081884c7d65", id="hex"),
    pytest.param('x = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA=="', "Zm9vYmFy", id="random base64"),
    pytest.param(
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----",
        "MIIEow",
        id="private key",
    ),
    pytest.param("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow", id="cut private key"),
    pytest.param('password = """multi\nline"""', "multi", id="triple quotes"),
    pytest.param('if db_pass == "hunter2":', "hunter2", id="compared"),
    pytest.param("if 'hunter2' != my_password:", "hunter2", id="compared in reverse"),
    pytest.param("const auth_key = `hunter2`", "hunter2", id="another quote"),
    pytest.param('"client_key" => "hunter2"', "hunter2", id="arrow"),
    pytest.param('service_key := "hunter2"', "hunter2", id="declared"),
    pytest.param('private_key "hunter2";', "hunter2", id="stated"),
    pytest.param("contraseña = 'hunter2'", "hunter2", id="Spanish"),
]
MUST_STAY = [
    pytest.param('password = ""', id="empty"),
    pytest.param('password = os.environ["PASSWORD"]', id="from the environment"),
    pytest.param("tokenize(source)", id="a word with token in it"),
    pytest.param('raise ValueError("the password is wrong")', id="prose"),
    pytest.param('path = "app/services/billing_service.py"', id="path"),
    pytest.param('"SELECT id, name FROM customers WHERE"', id="SQL"),
    pytest.param("from sqlalchemy.ext.asyncio import async_sessionmaker", id="import"),
    pytest.param("commit 3f2a91c0000 of 2026", id="short commit"),
    pytest.param("key = sorted_by_the_name_of_the_first_of_2_files(a)", id="key of a sort"),
    pytest.param("cache_key = hashlib.sha256(content).hexdigest()", id="key of a cache"),
    pytest.param("password = get_password_from_the_environment_of_user_1()", id="a call"),
    pytest.param("APPLICATION2 = APACHE2(x)", id="names in capitals"),
    pytest.param("import numpy.core.multiarray, M.encode.decode", id="dotted names"),
    pytest.param("at 12:30 on 20260101: everything_was_still_in_order", id="times"),
    pytest.param("ACCOUNT = SKIP[0x7fffffff]", id="words with AC and SK"),
    pytest.param('tokens = "a"', id="a short literal"),
    pytest.param("see -----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", id="public"),
    pytest.param("cloud_key: the_first_of_all", id="prose of clouds"),
]


@pytest.mark.parametrize(("text", "secret"), MUST_BE_MASKED)
def test_secret_is_masked(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize("text", MUST_STAY)
def test_ordinary_code_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_a_mask_keeps_length_and_lines(text: str) -> None:
    masked = redact(text)
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in text.split("\n")]


@pytest.mark.parametrize(("text", "secret"), MUST_BE_MASKED)
def test_masking_twice_changes_nothing(text: str, secret: str) -> None:
    assert redact(redact(text)) == redact(text)


_PARTS = st.one_of(
    st.sampled_from(
        [*SHAPES.values(), AWS, GITHUB, JWT, "hunter2", "9f86d081884c7d659a2feaa0c55ad015"]
    ),
    st.sampled_from(
        [
            "password",
            "api_key",
            "=",
            ":",
            '"',
            "'",
            "`",
            "==",
            ",",
            ";",
            "(",
            ")",
            "[",
            "]",
            "\n",
            "-",
            "_",
            ".",
            "/",
            "://",
            "@",
            "Basic",
            "é",
        ]
    ),
    st.sampled_from(["def", "parse", "json.loads", "get_user", "HTTPAdapter", "2026-01-02", " "]),
    st.text("abcdef0123456789", max_size=40),
    st.text(max_size=6),
)


@given(st.lists(st.lists(_PARTS, max_size=12).map("".join), min_size=1, max_size=4))
def test_what_was_looked_through_before_changes_nothing_of_what_is_found(texts: list[str]) -> None:
    for text in (*texts, *texts, "".join(texts), " ".join(texts)):
        assert find_secrets(text) == secret_shapes.find_secrets(text)


def test_no_word_that_tells_of_a_secret_reaches_over_the_end_of_a_run() -> None:
    apart = [word for word in _WORDS if word.translate(_APART).split() != [word]]
    assert apart == ["private key"]
    assert "private" in _WORDS


def test_a_value_named_in_the_code_is_masked_in_the_message_and_the_fix() -> None:
    finding = NAIVE_CLOCK._replace(
        code='password = "hunter2"',
        message="Do not compare with hunter2.",
        fix=Fix((Edit(14, 12, 14, 21, 'f("hunter2")'),)),
    )
    (masked,) = redact_report(CheckReport(findings=(finding,))).findings
    assert masked.message == "Do not compare with *******."
    assert masked.fix == Fix((Edit(14, 12, 14, 21, 'f("*******")'),), MASKED_FIX)


def test_fingerprints_and_commit_ids_are_never_masked() -> None:
    finding = NAIVE_CLOCK._replace(code='x = "a"', fingerprint="9f86d081884c7d659a2feaa0c55ad015")
    (masked,) = redact_report(CheckReport(findings=(finding,))).findings
    assert masked.fingerprint == finding.fingerprint
    assert masked.sources == finding.sources


def test_notes_are_masked() -> None:
    report = CheckReport(notes=(Note("a.py", 1, 'token = "abcdef"'),))
    assert redact_report(report).notes[0].text == 'token = "******"'
