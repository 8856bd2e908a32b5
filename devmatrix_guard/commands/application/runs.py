"""Records what generate, verify and repair do to one application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.application.run_recorder import RunRecorder, record_run
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import hash_text

if TYPE_CHECKING:
    from devmatrix_guard.generator.strata import GeneratedFile
    from devmatrix_guard.ir.application import ApplicationIR
    from devmatrix_guard.memory.base import Memory


@contextmanager
def record_application_run(
    command: str,
    context: ApplicationContext,
    *,
    began: float | None = None,
    memory: Memory | None = None,
) -> Iterator[tuple[RunRecorder, Memory]]:
    """Record a run on an application, and give the memory it is recorded in.

    The memory is that of the repository that holds the application, or else the application's own.

    Args:
        command: the verb.
        context: where the application is.
        began: when the work began, by the monotonic clock, where that was before now.
        memory: that memory, where it is open already; it stays open.
    """
    context.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if memory is None:
            memory = stack.enter_context(open_project_memory(context.settings, context.project))
        record = stack.enter_context(record_run(memory, command, base=context.base, began=began))
        record.record_measurements(folder=context.key)
        yield record, memory


def record_files(
    record: RunRecorder,
    files: Iterable[GeneratedFile],
    ir: ApplicationIR,
    *,
    spec_sha: str,
    ir_sha: str,
) -> None:
    """Note every generated file with the parts of the IR that gave it."""
    record.record_spec(spec_sha, ir.name)
    record.record_ir(ir_sha)
    for operation in ir.api.operations:
        address = f"api/{operation.name}"
        record.record_part(address, method=operation.method, path=operation.path)
    for file in files:
        record.record_file(
            file.path,
            stratum=file.stratum,
            sha=hash_text(file.text),
            infra=file.pattern,
            emitter="" if file.pattern else find_emitter(file.path),
            addresses=file.nodes,
        )
