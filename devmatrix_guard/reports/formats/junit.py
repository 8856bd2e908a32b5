"""JUnit XML: a suite for each file, a failing case for each finding at or above the gate.

https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from devmatrix_guard.model.diff import Skip
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.escape import escape_xml, make_visible, split_visible_lines
from devmatrix_guard.reports.layout import count_failing
from devmatrix_guard.reports.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return the report as one `testsuites` document; a clean check is one passing case."""
    root = Element("testsuites", name="devmatrix-guard")
    gate = rank_stage(report.gate)
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        _add_suite(root, path, list(findings), gate)
    if report.skipped:
        _add_skipped(root, report.skipped)
    if not len(root):
        suite = SubElement(root, "testsuite", name="devmatrix-guard", tests="1", failures="0")
        SubElement(suite, "testcase", classname="devmatrix-guard", name="no findings")
    root.set("tests", str(sum(1 for _ in root.iter("testcase"))))
    root.set("failures", str(count_failing(report)))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_suite(root: Element, path: str, findings: list[Finding], gate: int) -> None:
    failing = [finding for finding in findings if gate >= 0 and rank_stage(finding.stage) >= gate]
    suite = SubElement(
        root,
        "testsuite",
        name=_write_line(path),
        tests=str(len(findings)),
        failures=str(len(failing)),
    )
    for finding in findings:
        name = f"{finding.rule_id} at {finding.start_line}:{finding.start_col}"
        case = SubElement(suite, "testcase", classname=_write_line(path), name=_write_line(name))
        text = _write_text(f"{path}:{finding.start_line}: {finding.message}")
        if finding in failing:
            message = _write_line(finding.message)
            SubElement(case, "failure", type=finding.stage, message=message).text = text
        else:
            SubElement(case, "system-out").text = f"{finding.stage}: {text}"


def _add_skipped(root: Element, skipped: Iterable[Skip]) -> None:
    suite = SubElement(root, "testsuite", name="not checked", failures="0")
    for skip in skipped:
        case = SubElement(suite, "testcase", classname="not checked", name=_write_line(skip.path))
        SubElement(case, "skipped", message=_write_line(skip.reason))
    suite.set("tests", str(len(suite)))
    suite.set("skipped", str(len(suite)))


def _write_line(text: str) -> str:
    return escape_xml(make_visible(text))


def _write_text(text: str) -> str:
    return escape_xml("\n".join(split_visible_lines(text)))
