"""What an application was generated from last, and what that gave: the base of a merge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.commands.application.application import find_copy, read_base_text
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import is_file, list_files, list_folder, read_file
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.manifest import BASE, OVERLAY, SPEC, Manifest, hash_text
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.model.named_value import NamedValue


class LastGeneration(NamedValue):
    """The application as it was generated last.

    Attributes:
        manifest: which file came from which parts of the IR.
        ir: what the spec meant then.
        files: path -> text of the files.
        others: the same of other branches, where they were merged and nobody generated since.
        revisions: name -> text of the migrations that lie there now.
        kept: paths below `.guard` of what was kept from it.
    """

    manifest: Manifest
    ir: ApplicationIR
    files: Mapping[str, str]
    others: tuple[LastGeneration, ...]
    revisions: Mapping[str, str]
    kept: frozenset[str]


def read_last_generation(root: Path, manifest: Manifest, bank: PatternBank) -> LastGeneration:
    """Return what `root` was generated from last, whatever people changed since.

    A text that is not kept any more is generated again: the same spec, InfraPatterns and release
    give the same bytes.

    Raises:
        GenerationError: a text of then is gone, and this release would generate another.
    """
    others = tuple(read_last_generation(root, other, bank) for other in manifest.others)
    spec = read_base_text(root, SPEC, manifest.spec_sha).encode()
    overlay = None
    if manifest.overlay_sha:
        overlay = read_base_text(root, OVERLAY, manifest.overlay_sha).encode()
    ir = extract(load_spec(spec, overlay, name=manifest.spec_sha))
    files = _read_files(root, manifest, ir, bank)
    return LastGeneration(manifest, ir, files, others, _read_revisions(root), _list_kept(root))


def _read_files(
    root: Path, manifest: Manifest, ir: ApplicationIR, bank: PatternBank
) -> dict[str, str]:
    files: dict[str, str] = {}
    again: dict[str, str] | None = None
    for path, entry in manifest.files.items():
        try:
            files[path] = read_base_text(root, path, entry.sha)
        except GenerationError:
            if path.startswith(VERSIONS) and not is_file(root / path):
                continue  # of a commit that is not here: nobody makes or merges an earlier one
            if again is None:
                again = {file.path: file.text for file in generate_files(make_plan(ir), bank)}
            text = again.get(path)
            if text is None or hash_text(text) != entry.sha:
                raise
            files[path] = text
    return files


def _read_revisions(root: Path) -> dict[str, str]:
    return {
        Path(name).name: read_file(root, name).decode("utf-8", "replace")
        for name in list_files(root, VERSIONS, (".py",))
    }


def _list_kept(root: Path) -> frozenset[str]:
    """Return the paths of what is kept: the copies to change, and everything below the base."""
    copies = filter(None, (find_copy(root, stem) for stem in (SPEC, OVERLAY)))
    paths = {copy.relative_to(root).as_posix() for copy in copies}
    return frozenset(paths | {f"{BASE}/{name}" for name in list_folder(root, BASE)})
