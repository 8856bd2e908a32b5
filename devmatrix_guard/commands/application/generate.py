"""Generate an application from a spec: read it, generate, write, record."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.bank_sources import open_memory_bank
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.generation import (
    Generation,
    Sources,
    generate,
    generate_with_memory,
    read_sources_for,
    render_guard_files,
)
from devmatrix_guard.errors import GenerationError, MemoryStoreError
from devmatrix_guard.files import list_folder
from devmatrix_guard.generator.emit.models.migrations import REVISION, VERSIONS
from devmatrix_guard.generator.ledger.ledger import write_headline
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.generator.write import check_target, write_application
from devmatrix_guard.ir.application import Inference, Notice
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.visible_text import fit_terminal, make_printable

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

_GUESSED = 0.75  # up to here a rule of inference is wrong once in four times


class Generated(NamedValue):
    """What a generation made.

    Attributes:
        target: the folder.
        strata: how many files came from each stratum.
        notices: what the user should know, such as operations that answer 501.
        headline: how many operations work.
        memory: what the memory knew, and what was made of it, a sentence each.
        following: the command that comes next.
    """

    target: Path
    strata: dict[str, int]
    notices: tuple[Notice, ...]
    headline: str = ""
    memory: tuple[str, ...] = ()
    following: str = ""


def run_generate(
    spec: Path,
    target: Path,
    *,
    overlay: Path | None = None,
    force: bool = False,
    memory: bool = True,
) -> Generated:
    """Generate the application that `spec` describes into `target`.

    Where there is a memory, it is asked first what became of specs like this one. The run is
    recorded where the target lies in a repository or has a memory already. Elsewhere nothing is:
    the same inputs give the same bytes, and the manifest says where they come from.

    Args:
        spec, overlay: what the application is to be.
        target: its folder.
        force: overwrite what was generated there before.
        memory: ask the memory, and record the run in it.

    Raises:
        SpecError: the spec or the overlay cannot be understood.
        GenerationError: the target is not empty or cannot be written.
    """
    began = time.monotonic()
    target = Path(target)
    check_target(target, force=force)
    _check_migrations(target)
    context = read_context(target)
    sources = read_sources_for(context, spec, overlay)
    with open_memory_bank(context, wanted=memory) as opened:
        if opened.repository is None:
            generation = generate(sources.ir, opened.bank)
        else:
            generation = generate_with_memory(context, sources, opened)
        texts = {file.path: file.text for file in generation.files}
        write_application(target, texts | render_guard_files(sources, generation), force=force)
        said: tuple[str, ...] = (opened.problem,) if opened.problem else ()
        if memory and not opened.problem and context.keeps_runs:
            is_free = not generation.looked.note
            open_memory = opened.memory if is_free else None
            said = _record(context, sources, generation, began, open_memory)
    notices = (*sources.ir.notices, *_list_guesses(sources.ir.inferences))
    summary = _summarise(target, notices, generation.files)
    operations = sources.ir.api.operations
    work = sum(operation.action.kind != "not_implemented" for operation in operations)
    return summary._replace(
        headline=write_headline(len(operations), work),
        memory=said,
        following=_write_following(spec, target, overlay),
    )


def _write_following(spec: Path, target: Path, overlay: Path | None) -> str:
    """Return the command that makes an environment for an application and tries it."""
    given = ["--overlay", str(overlay)] if overlay else []
    return shlex.join(["guard", "build", str(spec), "-o", str(target), *given])


def _list_guesses(inferences: Sequence[Inference]) -> Iterator[Notice]:
    """Yield what an operation is taken to do for its name alone, which a person should look at."""
    for one in inferences:
        is_flow = one.node.startswith("behavior/flows/") and one.source == "inferred"
        if is_flow and one.confidence <= _GUESSED:
            text = f"guessed from its name: {one.claim}; where it is otherwise, say so by `x-flow`"
            yield Notice("assumed", text, one.pointer)


def _summarise(
    target: Path, notices: tuple[Notice, ...], files: Sequence[GeneratedFile]
) -> Generated:
    strata = {name: sum(f.stratum == name for f in files) for name in ("template", "ast", "llm")}
    untested = tuple(Notice("untested", text, "") for file in files for text in file.omitted)
    return Generated(target, strata, notices + untested)


def print_generated(generated: Generated) -> None:
    """Print what was made, and on the error stream what the user should know."""
    total = sum(generated.strata.values())
    parts = ", ".join(f"{name} {count}" for name, count in generated.strata.items())
    print(f"{generated.target}: {total} files ({parts})")
    print(generated.headline)
    if generated.following:
        print(make_printable(f"next: {generated.following}  (its environment, tests and a start)"))
    for notice in generated.notices:
        where = f" ({notice.pointer})" if notice.pointer else ""
        _print_note(f"note: {notice.message}{where}")
    for line in generated.memory:
        _print_note(f"memory: {line}")


def _print_note(text: str) -> None:
    print(fit_terminal(make_printable(text), sys.stderr), file=sys.stderr)


def _check_migrations(target: Path) -> None:
    """Refuse to write the first migration anew below others that follow it."""
    names = list_folder(target, VERSIONS) if target.is_dir() else []
    later = [name for name in names if name.endswith(".py") and name != f"{REVISION}.py"]
    if later:
        raise GenerationError(
            f"{target / VERSIONS} holds {later[0]}, which follows the first migration, and that "
            "may have run; use `guard regenerate`, or remove the migrations to start again."
        )


def _record(
    context: ApplicationContext,
    sources: Sources,
    generation: Generation,
    began: float,
    memory: Memory | None,
) -> tuple[str, ...]:
    """Record the run, and return what the memory knew before; what fails is said, and no more."""
    # Only here: a generation that is not recorded has no time to load the memory.
    from devmatrix_guard.commands.application.runs import record_application_run, record_files
    from devmatrix_guard.commands.loop.use import describe_look_back, record_use

    said = describe_look_back(generation.looked, generation.files)
    try:
        with record_application_run("generate", context, began=began, memory=memory) as (
            record,
            opened,
        ):
            record_files(
                record,
                generation.files,
                sources.ir,
                spec_sha=sources.spec_sha,
                ir_sha=sources.ir_sha,
            )
            record_use(record, opened, generation.looked)
    except MemoryStoreError as error:
        return (*said, f"the run was not recorded: {error}")
    return said
