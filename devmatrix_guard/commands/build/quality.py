"""The quality gate of a build: four shares, each measured, and the least of them."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.verify.checks import TEST_REPORT, Check
from devmatrix_guard.verify.compliance import Compliance
from devmatrix_guard.verify.smoke import Outcome


class Tests(NamedTuple):
    """How many of the application's own tests there are, and how many passed."""

    total: int
    passed: int


class Quality(NamedTuple):
    """Shares from 0 to 1; None for what was not measured.

    Attributes:
        compliance: recall of what the spec asks for.
        checks: of the checks that ran, those that passed.
        tests: of the application's own tests, those that passed.
        operations: of those that are written, those that answered as declared.
    """

    compliance: float | None = None
    checks: float | None = None
    tests: float | None = None
    operations: float | None = None

    @property
    def least(self) -> float:
        """The lowest share, which the gate looks at; 1.0 where nothing was measured."""
        return min((share for share in self if share is not None), default=1.0)


def measure_quality(
    compliance: Compliance | None,
    checks: Sequence[Check],
    tests: Tests | None,
    outcomes: Sequence[Outcome],
) -> Quality:
    """Return the four shares; what was skipped counts for nothing."""
    ran = [check.status == "pass" for check in checks if check.status != "skip"]
    called = [outcome.status == "pass" for outcome in outcomes if outcome.status != "skip"]
    return Quality(
        compliance=compliance.overall.recall if compliance else None,
        checks=_share(ran),
        tests=tests.passed / tests.total if tests and tests.total else None,
        operations=_share(called),
    )


def read_tests(scratch: Path) -> Tests | None:
    """Return the counts of the report that the tests left, None where they left none."""
    try:
        # What wrote it is the application that was just run here, and its own pytest.
        root = Xml.parse(scratch / TEST_REPORT).getroot()  # noqa: S314
    except (OSError, Xml.ParseError):
        return None
    cases = list(root.iter("testcase"))
    ran = [case for case in cases if case.find("skipped") is None]
    bad = [
        case for case in ran if case.find("failure") is not None or case.find("error") is not None
    ]
    return Tests(len(ran), len(ran) - len(bad))


def _share(results: Sequence[bool]) -> float | None:
    return sum(results) / len(results) if results else None
