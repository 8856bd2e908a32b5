"""Generate an application from a spec: read, plan, emit, write."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from devmatrix_guard.commands.application.bank_sources import list_copies, open_application_bank
from devmatrix_guard.commands.project import has_memory
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, list_folder, read_chosen
from devmatrix_guard.generator.emit.models.migrations import REVISION, VERSIONS
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import (
    PATH,
    list_base_files,
    list_source_files,
    render_manifest,
)
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import GeneratedFile, generate_files
from devmatrix_guard.generator.write import check_target, write_application
from devmatrix_guard.ir.application import ApplicationIR, Notice
from devmatrix_guard.ir.codec import hash_ir
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.visible_text import make_printable


class Generated(NamedValue):
    """What a generation made.

    Attributes:
        target: the folder.
        strata: how many files came from each stratum.
        notices: what the user should know, such as operations that answer 501.
    """

    target: Path
    strata: dict[str, int]
    notices: tuple[Notice, ...]


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
    ir = read_application(spec, overlay)
    with open_application_bank(target) as bank:
        files = generate_files(make_plan(ir), bank)
        copies = list_copies(bank, [file.pattern[0] for file in files if file.pattern])
    spec_sha, ir_sha = _hash_file(spec), hash_ir(ir)
    overlay_sha = _hash_file(overlay) if overlay else ""
    manifest = render_manifest(files, spec_sha=spec_sha, overlay_sha=overlay_sha, ir_sha=ir_sha)
    texts = {file.path: file.text for file in files}
    kept = list_base_files(files) | list_source_files(spec, overlay) | copies | {PATH: manifest}
    write_application(target, texts | kept, force=force)
    if has_memory(target):
        _record(target, files, ir, spec_sha=spec_sha, ir_sha=ir_sha)
    strata = {name: sum(f.stratum == name for f in files) for name in ("template", "ast", "llm")}
    untested = tuple(Notice("untested", text, "") for file in files for text in file.omitted)
    return Generated(target, strata, ir.notices + untested)


def print_generated(generated: Generated) -> None:
    """Print what was made, and on the error stream what the user should know."""
    total = sum(generated.strata.values())
    parts = ", ".join(f"{name} {count}" for name, count in generated.strata.items())
    print(f"{generated.target}: {total} files ({parts})")
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


def _record(
    target: Path, files: list[GeneratedFile], ir: ApplicationIR, *, spec_sha: str, ir_sha: str
) -> None:
    # Only here: a generation that is not recorded has no time to load the memory.
    from devmatrix_guard.commands.application.runs import record_application_run, record_files

    with record_application_run("generate", target) as (record, _memory):
        record_files(record, files, ir, spec_sha=spec_sha, ir_sha=ir_sha)


def _hash_file(path: Path) -> str:
    try:
        return hashlib.sha256(read_chosen(path)).hexdigest()
    except FileError as error:
        raise GenerationError(f"{path} cannot be read: {error}") from error
