"""Generate an application anew from a changed spec, and keep what people wrote in it.

step: last generation, next generation -> merge: a decision a file -> blockers -> writes
-> verified in a copy -> swapped in
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.regeneration.blockers import find_blockers
from devmatrix_guard.commands.application.regeneration.merge import merge_step
from devmatrix_guard.commands.application.regeneration.next_generation import make_step
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from devmatrix_guard.commands.application.regeneration.step import Step
from devmatrix_guard.commands.application.regeneration.trial import verify_copy
from devmatrix_guard.commands.application.regeneration.writes import (
    plan_writes,
    render_diff,
    render_writes,
)
from devmatrix_guard.commands.application.standing import refuse_moved
from devmatrix_guard.generator.manifest import read_manifest
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.swap import refuse_interrupted, swap
from devmatrix_guard.ir.changes import find_changes

Progress = Callable[[str], None]


def run_regenerate(
    root: Path, options: RegenerateOptions, *, progress: Progress = lambda _: None
) -> Regeneration:
    """Bring the application in `root` up to its spec; people's edits stay.

    Everything is written or nothing; `run_undo` goes back.

    Raises:
        UsageError: there is no application, or what it was generated from is gone.
        SpecError: the spec cannot be understood.
        GenerationError: the manifest cannot be read, or a file cannot be written.
    """
    refuse_interrupted(root)
    context = read_context(root)
    if options.dry_run:
        return _regenerate(context, options, progress)
    read_manifest(root)
    with lock(root):
        return _regenerate(context, options, progress)


def _regenerate(
    context: ApplicationContext, options: RegenerateOptions, progress: Progress
) -> Regeneration:
    began = time.monotonic()
    progress("reading the spec")
    step = make_step(context, options)
    progress("merging")
    merge = merge_step(step, inline=options.inline)
    result = Regeneration(
        find_changes(step.last.ir, step.sources.ir),
        merge.decisions,
        step.migration,
        render_diff(merge),
        held_back=step.held_back,
        memory=(step.problem,) if step.problem else _describe_memory(step),
    )
    blockers = find_blockers(step, merge, options)
    if blockers:
        return result._replace(blockers=blockers)
    writes = plan_writes(step, merge)
    if options.dry_run:
        above = "" if context.base == "." else f"{context.base}/"
        return result._replace(patch=render_writes(writes, above))
    if not writes.contents:
        return result._replace(written=True)
    if options.verify and not merge.conflicts:
        verification, blockers = verify_copy(
            context.folder,
            step.last.files,
            writes.contents,
            python=options.python,
            progress=progress,
        )
        result = result._replace(verification=verification, blockers=blockers)
    if result.blockers:
        return result
    refuse_moved(context.project, step.standing)
    swap(context.folder, writes.contents, writes.held)
    if options.memory and not step.problem and context.keeps_runs:
        _record(context, step, began)
    return result._replace(written=True)


def _describe_memory(step: Step) -> tuple[str, ...]:
    from devmatrix_guard.commands.loop.use import describe_look_back

    return describe_look_back(step.generation.looked, step.generation.files)


def _record(context: ApplicationContext, step: Step, began: float) -> None:
    from devmatrix_guard.commands.application.runs import record_application_run, record_files
    from devmatrix_guard.commands.loop.use import record_use

    sources = step.sources
    with record_application_run("regenerate", context, began=began) as (record, memory):
        record_files(
            record,
            step.generation.files,
            sources.ir,
            spec_sha=sources.spec_sha,
            ir_sha=sources.ir_sha,
        )
        record_use(record, memory, step.generation.looked)
