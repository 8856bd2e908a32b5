"""Redaction: what looks like a secret is masked, ordinary code is left alone, lengths stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.model.finding import Edit, Fix
from devmatrix_guard.model.report import CheckReport, Note
from devmatrix_guard.reports.redact import MASKED_FIX, redact, redact_report
from tests.reports.samples import NAIVE_CLOCK

# Put together here so that no scanner takes this file for a leak.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2c3D4e5" * 4
JWT = "eyJhbGciOiJI" + ".eyJzdWIiOiIx" + ".SflKxwRJSMeKKF2QT4"

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


def test_a_value_named_in_the_code_is_masked_in_the_message_and_the_fix() -> None:
    finding = NAIVE_CLOCK._replace(
        code='password = "hunter2"',
        message="Do not compare with hunter2.",
        fix=Fix(True, (Edit(14, 12, 14, 21, 'f("hunter2")'),)),
    )
    (masked,) = redact_report(CheckReport(findings=(finding,))).findings
    assert masked.message == "Do not compare with *******."
    assert masked.fix == Fix(False, (Edit(14, 12, 14, 21, 'f("*******")'),), MASKED_FIX)


def test_fingerprints_and_commit_ids_are_never_masked() -> None:
    finding = NAIVE_CLOCK._replace(code='x = "a"', fingerprint="9f86d081884c7d659a2feaa0c55ad015")
    (masked,) = redact_report(CheckReport(findings=(finding,))).findings
    assert masked.fingerprint == finding.fingerprint
    assert masked.sources == finding.sources


def test_notes_are_masked() -> None:
    report = CheckReport(notes=(Note("a.py", 1, 'token = "abcdef"'),))
    assert redact_report(report).notes[0].text == 'token = "******"'
