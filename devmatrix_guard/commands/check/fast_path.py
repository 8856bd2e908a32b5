"""Checks the few files a first look left, and says what a full check would, at hook speed.

Settings, rules, changed lines and contents are known from the look; git is asked once more, for
attributes. Whatever could make a full check say something else is left to it.
"""

from __future__ import annotations

import os

from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from devmatrix_guard.commands.check.fast_scan import Look
    from devmatrix_guard.model.report import CheckReport

_BASELINE = ".guard/baseline.txt"
_CANDIDATE = "candidate"
_SHOW = "show"


def swift_check(look: Look, *, fix: bool, on_warn: str | None = None) -> int | None:
    """Check, show, and return the exit code; None, with nothing said, where it takes a full check.

    Args:
        look: what the first look gave.
        fix: whether safe fixes are to be written.
        on_warn: what a warning does to the commit, where the settings do not say it.
    """
    if not look.files and not look.generated:
        return EXIT_CLEAN
    if not look.is_plain:
        return None
    from devmatrix_guard.git.attributes import ask_index, read_generated
    from devmatrix_guard.model.rule import is_asked_about, is_hushed

    # git looks at the attributes while the rules run.
    asked = ask_index(os.curdir, [path for path, *_ in look.files])
    report = _report(look)
    generated = read_generated(asked)
    if report.findings and (fix or _may_be_silenced(report, generated)):
        return None
    report = report._replace(
        findings=tuple(f for f in report.findings if not is_hushed(f.stage, report.gate))
    )
    if (on_warn or look.on_warn) != _SHOW and any(
        is_asked_about(f.stage, report.gate) for f in report.findings
    ):
        return None
    from devmatrix_guard.commands.check.output import CheckOptions, is_failing, show

    show(report, CheckOptions())
    if is_failing(report):
        return EXIT_FINDINGS
    return EXIT_INTERNAL if report.has_defect else EXIT_CLEAN


def _report(look: Look) -> CheckReport:
    from devmatrix_guard.commands.check.generated_code import GENERATED
    from devmatrix_guard.engine.check import check_targets
    from devmatrix_guard.model.diff import Skip, Target

    targets = [Target(*file) for file in look.files]
    report = check_targets(
        look.compiled, targets, gate=look.gate, fingerprints=False, glances=look.glances
    )
    skipped = (*report.skipped, *(Skip(path, GENERATED, is_agreed=True) for path in look.generated))
    findings = report.findings
    if look.gate != _CANDIDATE:
        findings = tuple(f for f in findings if f.stage != _CANDIDATE)
    return report._replace(findings=findings, skipped=skipped)


def _may_be_silenced(report: CheckReport, generated: Collection[str]) -> bool:
    """Whether a baseline or git's attributes may silence a finding."""
    if os.path.exists(_BASELINE):  # noqa: PTH110  # pathlib is slow to load
        return True
    return any(finding.path in generated for finding in report.findings)
