"""Repair a generated application: mend what is broken against its spec, and leave what is yours."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from devmatrix_guard.commands.application.application import (
    Application,
    read_generated,
    read_last_texts,
)
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.run_recorder import RunRecorder
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.commands.application.standing import read_standing, refuse_moved
from devmatrix_guard.commands.loop.failures import note_repair
from devmatrix_guard.commands.loop.past_fixes import (
    PastRepair,
    apply_past_fixes,
    describe_past_fix,
    judge_past_fixes,
    learn_repair,
    list_texts,
)
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.patch import render_patch
from devmatrix_guard.generator.regenerate.swap import swap
from devmatrix_guard.verify.checks import find_python
from devmatrix_guard.verify.compliance import compare_files
from devmatrix_guard.verify.repair import Repair, repair

__all__ = ["Repair", "render_repair_diff", "run_repair"]


def run_repair(
    root: Path,
    *,
    spec: Path | None = None,
    overlay: Path | None = None,
    restored: Collection[str] = (),
    dry_run: bool = False,
    python: Path | None = None,
    memory: bool = True,
) -> Repair:
    """Repair the application in `root`; every file is replaced or none, `run_undo` goes back.

    What repaired a similar error before is tried first, in a copy, and kept where it helps.

    Args:
        spec, overlay: instead of the copies kept at generation.
        restored: globs of files to bring back as generated, whatever people did in them.
        dry_run: say what would be done, write nothing.
        python: interpreter of the application's environment, to try past fixes of what fails there.
        memory: ask the memory for past fixes.

    Raises:
        UsageError: there is no application, or a file was changed meanwhile.
        GenerationError: a file cannot be written.
    """
    context = read_context(root)
    standing = read_standing(context.project)
    application = read_generated(root, spec=spec, overlay=overlay)
    past = _try_past_fixes(context, application, find_python(root, python)) if memory else None
    current = past.application if past else application
    generated = {p: t for p, t in current.reference.items() if application.reference.get(p) != t}
    base = read_last_texts(root, application.reference) | generated
    result = repair(current.files, current.reference, base=base, restored=restored)
    if past:
        said = tuple(describe_past_fix(one) for one in past.tried)
        before = compare_files(application.files, application.reference)
        result = result._replace(files={**past.contents, **result.files}, before=before, past=said)
    if dry_run:
        return result
    with record_application_run("repair", context) as (record, opened):
        if result.files:
            refuse_moved(context.project, standing)
            _write(root, application, result)
        _record(record, application, result)
        at = record.run.started_at
        opened.experience.record_errors(judge_past_fixes(past, at) if past else ())
        learn_repair(opened, application, result, at)
        note_repair(opened, record.base, list_texts(result))
    return result


def _try_past_fixes(
    context: ApplicationContext, application: Application, python: Path | None
) -> PastRepair | None:
    """Return what past fixes do, None where there is no memory, or none of them was tried."""
    if not context.memory_exists:
        return None
    with open_project_memory(context.settings, context.project) as memory:
        past = apply_past_fixes(memory, application, context.key, python)
    return past if past.tried else None


def _record(record: RunRecorder, application: Application, result: Repair) -> None:
    for deviation in result.repaired:
        name = f"{deviation.kind} {deviation.key} {deviation.problem}"
        record.record_fix("compliance", name[:200], path=deviation.path)
    for deviation, _reason in result.left:
        name = f"{deviation.kind} {deviation.key} {deviation.problem}"
        record.record_error("compliance", name[:200], path=deviation.path)
    record.record_measurements(
        rounds=result.rounds,
        recall=result.after.overall.recall,
        past_fixes=len(result.past),
        name=application.ir.name,
    )


def render_repair_diff(root: Path, result: Repair) -> str:
    """Return what a repair changes, as a unified diff of the files as they are now."""
    held = {path: read_if_present(root, path) for path in result.files}
    before = {
        path: None if data is None else data.decode("utf-8", "surrogateescape")
        for path, data in held.items()
    }
    return render_patch({path: (before[path], text) for path, text in result.files.items()})


def _write(root: Path, application: Application, result: Repair) -> None:
    contents = {p: text.encode("utf-8", "surrogateescape") for p, text in result.files.items()}
    held = {
        path: application.files[path].encode("utf-8", "surrogateescape")
        if path in application.files
        else read_if_present(root, path)
        if path.startswith(".guard/")
        else None
        for path in contents
    }
    with lock(root):
        swap(root, contents, held)
