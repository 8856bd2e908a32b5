"""Generate an application from a spec: read, plan, emit, write."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import PATH, base_files, render_manifest, source_files
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.generator.write import check_target, write_application
from devmatrix_guard.ir.application import Notice
from devmatrix_guard.ir.codec import ir_hash


class Generated(NamedTuple):
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

    Raises:
        SpecError: the spec or the overlay cannot be understood.
        GenerationError: the target is not empty or cannot be written.
    """
    target = Path(target)
    check_target(target, force=force)
    ir = read_application(spec, overlay)
    files = generate_files(make_plan(ir), PatternBank())
    manifest = render_manifest(
        files,
        spec_sha=_sha_of(spec),
        overlay_sha=_sha_of(overlay) if overlay else "",
        ir_sha=ir_hash(ir),
    )
    texts = {file.path: file.text for file in files}
    kept = base_files(files) | source_files(spec, overlay) | {PATH: manifest}
    write_application(target, texts | kept, force=force)
    strata = {name: sum(f.stratum == name for f in files) for name in ("template", "ast", "llm")}
    return Generated(target, strata, ir.notices)


def _sha_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise GenerationError(f"{path} cannot be read: {error.strerror}.") from error
