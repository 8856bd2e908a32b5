"""What a check works out and what it leaves: fingerprints, fixes, silenced findings."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

BODY = {
    "id": "r", "languages": ["python"], "severity": "ERROR", "message": "m", "pattern": "f($X)",
    "fix": "g($X)",
}  # fmt: skip
RULES = compile_rules([Rule("r", "m", "ERROR", "block", 3, ("python",), BODY)])
CODE = "f(1)\nf(1)\nf(2)  # guard: ignore[r] reason=known\n"


def check(lines: Any = None, **options: bool) -> CheckReport:
    return check_targets(RULES, [Target("a.py", CODE.encode(), lines)], **options)


@pytest.mark.parametrize("fingerprints", [True, False])
@pytest.mark.parametrize("fixes", [True, False])
@pytest.mark.parametrize("suppressions", [True, False])
def test_a_check_works_out_what_it_is_told_to(
    fingerprints: bool, fixes: bool, suppressions: bool
) -> None:
    report = check(fingerprints=fingerprints, fixes=fixes, suppressions=suppressions)
    assert [f.start_line for f in report.findings] == ([1, 2] if suppressions else [1, 2, 3])
    assert len(report.suppressed) == suppressions
    assert all(bool(found.fingerprint) is fingerprints for found in report.findings)
    assert all(bool(found.fix) is fixes for found in report.findings)


def test_equal_findings_have_fingerprints_of_their_own_whatever_lines_are_looked_at() -> None:
    first, second = (found.fingerprint for found in check().findings)
    assert first != second
    for lines, wanted in ((((1, 1),), first), (((2, 2),), second)):
        (found,) = check(lines).findings
        assert found.fingerprint == wanted


def test_without_fingerprints_only_the_lines_are_looked_at() -> None:
    (found,) = check(((2, 2),), fingerprints=False).findings
    assert (found.start_line, found.fingerprint) == (2, "")
