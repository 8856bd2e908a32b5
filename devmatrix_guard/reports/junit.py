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
from devmatrix_guard.model.rule import stage_index
from devmatrix_guard.reports.escape import visible, visible_lines, xml_text
from devmatrix_guard.reports.layout import failing_count
from devmatrix_guard.reports.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return the report as one `testsuites` document; a clean check is one passing case."""
    root = Element("testsuites", name="devmatrix-guard")
    gate = stage_index(report.gate)
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        _add_suite(root, path, list(findings), gate)
    if report.skipped:
        _add_skipped(root, report.skipped)
    if not len(root):
        suite = SubElement(root, "testsuite", name="devmatrix-guard", tests="1", failures="0")
        SubElement(suite, "testcase", classname="devmatrix-guard", name="no findings")
    root.set("tests", str(sum(1 for _ in root.iter("testcase"))))
    root.set("failures", str(failing_count(report)))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_suite(root: Element, path: str, findings: list[Finding], gate: int) -> None:
    failing = [finding for finding in findings if gate >= 0 and stage_index(finding.stage) >= gate]
    suite = SubElement(
        root,
        "testsuite",
        name=_line(path),
        tests=str(len(findings)),
        failures=str(len(failing)),
    )
    for finding in findings:
        name = f"{finding.rule_id} at {finding.start_line}:{finding.start_col}"
        case = SubElement(suite, "testcase", classname=_line(path), name=_line(name))
        text = _text(f"{path}:{finding.start_line}: {finding.message}")
        if finding in failing:
            message = _line(finding.message)
            SubElement(case, "failure", type=finding.stage, message=message).text = text
        else:
            SubElement(case, "system-out").text = f"{finding.stage}: {text}"


def _add_skipped(root: Element, skipped: Iterable[Skip]) -> None:
    suite = SubElement(root, "testsuite", name="not checked", failures="0")
    for skip in skipped:
        case = SubElement(suite, "testcase", classname="not checked", name=_line(skip.path))
        SubElement(case, "skipped", message=_line(skip.reason))
    suite.set("tests", str(len(suite)))
    suite.set("skipped", str(len(suite)))


def _line(text: str) -> str:
    return xml_text(visible(text))


def _text(text: str) -> str:
    return xml_text("\n".join(visible_lines(text)))
