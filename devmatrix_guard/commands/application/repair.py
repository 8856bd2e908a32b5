"""Repair a generated application: bring back what its spec asks for, and keep the rest."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.files import write_file
from devmatrix_guard.verify.repair import Repair, repair


def run_repair(
    root: Path, *, spec: Path | None = None, overlay: Path | None = None, dry_run: bool = False
) -> Repair:
    """Mend the application in `root`; each file is replaced whole or not at all.

    Args:
        spec, overlay: instead of the copies kept at generation.
        dry_run: say what would be done, write nothing.

    Raises:
        UsageError: there is no application, or a file cannot be written.
    """
    application = read_generated(root, spec=spec, overlay=overlay)
    result = repair(application.files, application.reference)
    if dry_run:
        return result
    with record_application_run("repair", read_context(root)) as (record, _memory):
        for path, text in result.files.items():
            before = application.files.get(path)
            write_file(
                root,
                path,
                text.encode("utf-8", "surrogateescape"),
                expected=None if before is None else before.encode("utf-8", "surrogateescape"),
                sync=True,
            )
        for deviation in result.repaired:
            name = f"{deviation.kind} {deviation.key} {deviation.problem}"
            record.record_fix("compliance", name[:200], path=deviation.path)
        for deviation, _reason in result.left:
            name = f"{deviation.kind} {deviation.key} {deviation.problem}"
            record.record_error("compliance", name[:200], path=deviation.path)
        record.record_measurements(rounds=result.rounds, recall=result.after.overall.recall)
    return result
