"""`guard outcome`: tells the memory what CI found out about an application."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.loop.outcome import record_outcome
from devmatrix_guard.commands.loop.results import read_junit, read_sarif
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.learning import CheckOutcome, RecordedOutcome, RunOutcome
from devmatrix_guard.reports.escape import write_json


def run_outcome(
    root: Path, *, junit: Sequence[Path] = (), sarif: Sequence[Path] = ()
) -> RecordedOutcome:
    """Record what reports of tests and of other tools say about the application in `root`.

    Reports of one check count together: it passed where all of them did.

    Args:
        root: folder of the application.
        junit, sarif: the reports.

    Raises:
        UsageError: there is no report, no application, or a report cannot be read.
        MemoryStoreError: the memory cannot be written.
    """
    if not junit and not sarif:
        raise UsageError("nothing to record; name a report with --junit or --sarif.")
    context = read_context(root)
    checks = [read_junit(path, context.key) for path in junit]
    checks += [check for path in sarif for check in read_sarif(path, context.key)]
    return record_outcome(context, RunOutcome(tuple(_join(checks))))


def describe_recorded(recorded: RecordedOutcome) -> Iterator[str]:
    """Yield what the memory made of an outcome, for people."""
    if not recorded.met:
        yield "recorded: every check passed."
    for error in recorded.met:
        where = f" in {error.path}" if error.path else ""
        yield f"met      {error.check}: {error.signature}{where} (cause: {error.cause})"
    for reference in recorded.charged:
        yield f"charged  {reference}"
    for error in recorded.learned:
        yield f"learned  what repaired {error.check}: {error.signature}"


def render_recorded_json(recorded: RecordedOutcome) -> str:
    """Return what the memory made of an outcome as JSON."""
    data = {
        "schema_version": 1,
        "run": recorded.run_id,
        "met": [
            {"check": e.check, "signature": e.signature, "path": e.path, "cause": e.cause}
            for e in recorded.met
        ],
        "charged": list(recorded.charged),
        "learned": [{"check": e.check, "signature": e.signature} for e in recorded.learned],
    }
    return write_json(data)


def _join(checks: Sequence[CheckOutcome]) -> Iterator[CheckOutcome]:
    for name in dict.fromkeys(check.name for check in checks):
        same = [check for check in checks if check.name == name]
        yield CheckOutcome(
            name,
            passed=all(check.passed for check in same),
            detail="\n".join(check.detail for check in same if check.detail),
            findings=tuple(finding for check in same for finding in check.findings),
            paths=tuple(dict.fromkeys(path for check in same for path in check.paths)),
            seconds=sum(check.seconds for check in same),
        )
