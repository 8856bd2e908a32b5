"""Generate an application from a spec: read it, generate, write, record."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from devmatrix_guard.commands.application.bank_sources import open_application_bank
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.generation import (
    Sources,
    generate,
    read_sources,
    render_guard_files,
)
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import list_folder
from devmatrix_guard.generator.emit.models.migrations import REVISION, VERSIONS
from devmatrix_guard.generator.ledger.ledger import write_headline
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.generator.write import check_target, write_application
from devmatrix_guard.ir.application import Notice
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.visible_text import make_printable


class Generated(NamedValue):
    """What a generation made.

    Attributes:
        target: the folder.
        strata: how many files came from each stratum.
        notices: what the user should know, such as operations that answer 501.
        headline: how many operations work.
    """

    target: Path
    strata: dict[str, int]
    notices: tuple[Notice, ...]
    headline: str = ""


def run_generate(
    spec: Path, target: Path, *, overlay: Path | None = None, force: bool = False
) -> Generated:
    """Generate the application that `spec` describes into `target`.

    The run is recorded where the target lies in a repository or has a memory already. Elsewhere
    nothing is: the same inputs give the same bytes, and the manifest says where they come from.

    Raises:
        SpecError: the spec or the overlay cannot be understood.
        GenerationError: the target is not empty or cannot be written.
    """
    target = Path(target)
    check_target(target, force=force)
    _check_migrations(target)
    context = read_context(target)
    sources = read_sources(spec, overlay)
    with open_application_bank(context) as bank:
        generation = generate(sources.ir, bank)
    texts = {file.path: file.text for file in generation.files}
    write_application(target, texts | render_guard_files(sources, generation), force=force)
    if context.keeps_runs:
        _record(context, sources, generation.files)
    summary = _summarise(target, sources.ir.notices, generation.files)
    operations = sources.ir.api.operations
    work = sum(operation.action.kind != "not_implemented" for operation in operations)
    return summary._replace(headline=write_headline(len(operations), work))


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
    for notice in generated.notices:
        where = f" ({notice.pointer})" if notice.pointer else ""
        print(make_printable(f"note: {notice.message}{where}"), file=sys.stderr)


def _check_migrations(target: Path) -> None:
    """Refuse to write the first migration anew below others that follow it."""
    names = list_folder(target, VERSIONS) if target.is_dir() else []
    later = [name for name in names if name.endswith(".py") and name != f"{REVISION}.py"]
    if later:
        raise GenerationError(
            f"{target / VERSIONS} holds {later[0]}, which follows the first migration, and that "
            "may have run; use `guard regenerate`, or remove the migrations to start again."
        )


def _record(context: ApplicationContext, sources: Sources, files: Sequence[GeneratedFile]) -> None:
    # Only here: a generation that is not recorded has no time to load the memory.
    from devmatrix_guard.commands.application.runs import record_application_run, record_files

    with record_application_run("generate", context) as (record, _memory):
        record_files(record, files, sources.ir, spec_sha=sources.spec_sha, ir_sha=sources.ir_sha)
