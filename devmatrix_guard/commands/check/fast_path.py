"""Checks the few files a scan left, and says what a whole check would, at hook speed.

Settings, rules, changed lines and contents are known from the scan; git is asked once more, for
attributes. Whatever could make a whole check say something else is left to it.
"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.findings.judge import (
    drop_advice,
    drop_candidates,
    drop_generated,
)
from devmatrix_guard.commands.check.result import CheckResult
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.generated_code import GENERATED
from devmatrix_guard.git.attributes import ask_index, read_generated
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import is_asked_about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from devmatrix_guard.commands.check.scan import Scan
    from devmatrix_guard.model.report import CheckReport

_BASELINE = ".guard/baseline.txt"
_SHOW = "show"


def check_scan(scan: Scan) -> CheckResult | None:
    """Return what a whole check would, None where it might come to something else."""
    if not scan.is_plain:
        return None
    # git looks at the attributes while the rules run.
    asked = ask_index(os.curdir, [path for path, *_ in scan.files])
    report = match_scan(scan)
    generated = read_generated(asked)
    if report.findings and (scan.fix or _may_be_silenced(report, generated)):
        return None
    report = drop_advice(drop_generated(report, dict.fromkeys(scan.generated, GENERATED)))
    if scan.on_warn != _SHOW and any(is_asked_about(f.stage, report.gate) for f in report.findings):
        return None
    return CheckResult(report)


def match_scan(scan: Scan) -> CheckReport:
    """Return what the rules find in the files the scan left, candidates apart."""
    targets = [Target(*file) for file in scan.files]
    return drop_candidates(
        check_targets(
            scan.compiled, targets, gate=scan.gate, fingerprints=False, glances=scan.scans
        )
    )


def _may_be_silenced(report: CheckReport, generated: Collection[str]) -> bool:
    """Whether a baseline or git's attributes may silence a finding."""
    if os.path.exists(_BASELINE):  # noqa: PTH110  # pathlib is slow to load
        return True
    return any(finding.path in generated for finding in report.findings)
