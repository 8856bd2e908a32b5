"""What holds for every format: sorted, masked, one door, no absolute path."""

from __future__ import annotations

import json
import random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.diff import Deferral, Skip
from devmatrix_guard.model.finding import Doubt, Edit, Fix
from devmatrix_guard.model.report import (
    CheckReport,
    NewSuppression,
    Note,
    SuppressedFinding,
    Unjudged,
)
from devmatrix_guard.reports.render import FORMATS, render
from tests.reports.samples import NAIVE_CLOCK, hostile_report, many_findings, ordinary_report

SECRET = "hunter2-but-longer"


@pytest.mark.parametrize("format_name", FORMATS)
def test_order_of_findings_does_not_change_the_report(format_name: str) -> None:
    report = many_findings(40)
    mixed = list(report.findings)
    random.Random(7).shuffle(mixed)
    assert render(format_name, report._replace(findings=tuple(mixed))) == render(
        format_name, report
    )


@pytest.mark.parametrize("format_name", FORMATS)
def test_hostile_text_can_be_encoded_and_moves_no_cursor(format_name: str) -> None:
    text = render(format_name, hostile_report())
    text.encode("utf-8")
    assert "\x1b" not in text
    assert "\r" not in text


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_secret_in_the_code_shows_nowhere(format_name: str) -> None:
    finding = NAIVE_CLOCK._replace(
        code=f'    connect(password="{SECRET}", at=datetime.utcnow())',
        message=f"Do not pass {SECRET} here.",
        sources=(NAIVE_CLOCK.sources[0]._replace(subject=f"fix: drop {SECRET}"),),
    )
    assert SECRET not in render(format_name, CheckReport(findings=(finding,)))


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_token_shows_in_no_part_of_a_report(format_name: str) -> None:
    token = "glcbt-64_" + "aB3dE5gH7jK9mN1pQ2rS4t"  # apart, so that no scanner takes it for a leak
    finding = NAIVE_CLOCK._replace(
        code=f"connect({token!r})",
        message=f"Do not pass {token} here.",
        sources=(NAIVE_CLOCK.sources[0]._replace(subject=f"fix: drop {token}"),),
        fix=Fix(
            (Edit(14, 1, 14, 8, f"connected({token!r})"),), Doubt("meaning", f"for {token} here")
        ),
    )
    report = CheckReport(
        findings=(finding,),
        fixed=(finding,),
        suppressed=(SuppressedFinding(finding, "inline", f"see {token}", "wont-fix"),),
        skipped=(Skip("a.py", f"line 1: {token}"),),
        deferred=(Deferral("rule", f"needs {token}"),),
        unjudged=(Unjudged("a.py", f"not read: {token}"),),
        new_suppressions=(NewSuppression("a.py", 1, f"for {token}"),),
        notes=(Note("a.py", 1, f"note {token}"),),
    )
    assert token not in render(format_name, report)


@pytest.mark.parametrize("format_name", ["text", "concise", "jsonl", "github"])
def test_a_clean_report_is_silent(format_name: str) -> None:
    assert render(format_name, CheckReport(files_checked=5)) == ""


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_report_ends_with_a_newline(format_name: str) -> None:
    assert render(format_name, ordinary_report()).endswith("\n")


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="text, concise, json"):
        render("yaml", CheckReport())


# Any text a path, a line of code, a message or a commit subject may be made of, lone bytes too.
ANY_TEXT = st.text(st.characters(exclude_categories=())).filter(bool)


@given(path=ANY_TEXT, code=ANY_TEXT, message=ANY_TEXT, subject=ANY_TEXT)
def test_any_text_makes_a_readable_report(path: str, code: str, message: str, subject: str) -> None:
    source = NAIVE_CLOCK.sources[0]._replace(subject=subject)
    end = len(code.split("\n")[0]) + 1
    finding = NAIVE_CLOCK._replace(
        path=path, code=code, message=message, sources=(source,), start_col=1, end_col=end
    )
    report = CheckReport(findings=(finding,))
    texts = {name: render(name, report) for name in FORMATS}
    for text in texts.values():
        text.encode("utf-8")
    for name in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(texts[name])
    assert len(texts["jsonl"].split("\n")) == 2
    assert len(texts["github"].splitlines()) == 1
    assert len(texts["concise"].splitlines()) == 1
    ElementTree.fromstring(texts["junit"])  # noqa: S314 - our own output
