"""Records what generate, verify and repair do to one application, down to the lines of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
    from devmatrix_guard.model.repository import Repository

_DEFINITION = re.compile(
    r"^(?:@|(?:async )?def (?P<function>\w+)|class (?P<class>\w+))", re.MULTILINE
)


@contextmanager
def record_application_run(
    command: str,
    context: ApplicationContext,
    *,
    began: float | None = None,
    repository: Repository | None = None,
) -> Iterator[tuple[RunRecorder, Memory]]:
    """Record a run on an application, and give the memory it is recorded in.

    The memory is that of the repository that holds the application, or else the application's own.

    Args:
        command: the verb.
        context: where the application is.
        began: when the work began, by the monotonic clock, where that was before now.
        repository: which one it is, where that is known already.
    """
    context.folder.mkdir(parents=True, exist_ok=True)
    with (
        open_project_memory(context.settings, context.project, repository=repository) as memory,
        record_run(memory, command, base=context.base, began=began) as record,
    ):
        yield record, memory


def record_files(
    record: RunRecorder,
    files: Iterable[GeneratedFile],
    ir: ApplicationIR,
    *,
    spec_sha: str,
    ir_sha: str,
) -> None:
    """Note every generated file with the parts of the IR that gave it, or some of its lines."""
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
            addresses=find_lines(file.text, file.nodes),
        )


def find_lines(text: str, addresses: Iterable[str]) -> dict[str, str]:
    """Return {address: lines}, as `12-40` where one definition bears the part's name, else empty.

    `api/create_order` gave the function `create_order`; what no definition is named after is
    taken to have had a hand in the whole file.
    """
    names = {address: _simplify_name(address.rpartition("/")[2]) for address in addresses}
    spans = _find_definitions(text, set(names.values())) if names else {}
    return {address: spans.get(name, "") for address, name in names.items()}


def _find_definitions(text: str, wanted: set[str]) -> dict[str, str]:
    """Return the lines of top-level definitions by those plain names, decorators included."""
    found: list[tuple[int, str]] = []
    decorated: int | None = None
    for match in _DEFINITION.finditer(text):
        name = match["function"] or match["class"]
        start = match.start() if decorated is None else decorated
        if name is not None:
            found.append((start, _simplify_name(name)))
        decorated = None if name is not None else start
    ends = [start for start, _ in found[1:]] + [len(text)]
    return {
        name: f"{_count_line(text, start)}-{_count_line(text, len(text[:end].rstrip()))}"
        for (start, name), end in zip(found, ends, strict=False)
        if name in wanted
    }


def _count_line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _simplify_name(name: str) -> str:
    return name.replace("_", "").lower()
