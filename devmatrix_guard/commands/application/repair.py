"""Repair a generated application: mend what is broken against its spec, and leave what is yours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from devmatrix_guard.commands.application.application import (
    Application,
    read_base_text,
    read_generated,
)
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.manifest import PATH, read_manifest
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.patch import render_patch
from devmatrix_guard.generator.regenerate.swap import swap
from devmatrix_guard.verify.repair import Repair, repair

__all__ = ["Repair", "render_repair_diff", "run_repair"]


def run_repair(
    root: Path,
    *,
    spec: Path | None = None,
    overlay: Path | None = None,
    restored: Collection[str] = (),
    dry_run: bool = False,
) -> Repair:
    """Mend the application in `root`; every file is replaced or none, and `run_undo` goes back.

    Args:
        spec, overlay: instead of the copies kept at generation.
        restored: globs of files to bring back as generated, whatever people did in them.
        dry_run: say what would be done, write nothing.

    Raises:
        UsageError: there is no application, or a file was changed meanwhile.
        GenerationError: a file cannot be written.
    """
    application = read_generated(root, spec=spec, overlay=overlay)
    base = _read_base(root, application.reference)
    result = repair(application.files, application.reference, base=base, restored=restored)
    if dry_run:
        return result
    with record_application_run("repair", read_context(root)) as (record, _memory):
        if result.files:
            _write(root, application, result)
        for deviation in result.repaired:
            name = f"{deviation.kind} {deviation.key} {deviation.problem}"
            record.record_fix("compliance", name[:200], path=deviation.path)
        for deviation, _reason in result.left:
            name = f"{deviation.kind} {deviation.key} {deviation.problem}"
            record.record_error("compliance", name[:200], path=deviation.path)
        record.record_measurements(rounds=result.rounds, recall=result.after.overall.recall)
    return result


def render_repair_diff(root: Path, result: Repair) -> str:
    """Return what a repair changes, as a unified diff of the files as they are now."""
    held = {path: read_if_present(root, path) for path in result.files}
    before = {
        path: None if data is None else data.decode("utf-8", "surrogateescape")
        for path, data in held.items()
    }
    return render_patch({path: (before[path], text) for path, text in result.files.items()})


def _read_base(root: Path, reference: Mapping[str, str]) -> dict[str, str]:
    """Return the files as they were generated last; where nobody knows, as they are generated now.

    What differs from it is what people did.
    """
    base = dict(reference)
    if (root / PATH).is_file():
        for path, entry in read_manifest(root).files.items():
            try:
                base[path] = read_base_text(root, path, entry.sha)
            except GenerationError:
                continue
    return base


def _write(root: Path, application: Application, result: Repair) -> None:
    contents = {p: text.encode("utf-8", "surrogateescape") for p, text in result.files.items()}
    held = {
        path: application.files[path].encode("utf-8", "surrogateescape")
        if path in application.files
        else None
        for path in contents
    }
    with lock(root):
        swap(root, contents, held)
