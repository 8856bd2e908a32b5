"""What an application was generated from last, and what that gave: the base of a merge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.commands.application.application import (
    find_copy,
    locate_inner_file,
    read_base_text,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import list_files, read_file
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.manifest import BASE, OVERLAY, SPEC, Manifest
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.model.named_value import NamedValue


class LastGeneration(NamedValue):
    """The application as it was generated last.

    Attributes:
        manifest: which file came from which parts of the IR.
        ir: what the spec meant then.
        files: path -> text of the files.
        revisions: name -> text of the migrations that lie there now.
        kept: paths below `.guard` of what was kept from it.
    """

    manifest: Manifest
    ir: ApplicationIR
    files: Mapping[str, str]
    revisions: Mapping[str, str]
    kept: frozenset[str]


def read_last_generation(root: Path, manifest: Manifest) -> LastGeneration:
    """Return what `root` was generated from last, whatever people changed since.

    Raises:
        UsageError: the spec of then is gone.
        GenerationError: a file's text of then is gone.
    """
    spec, overlay = _find_old_sources(root, manifest)
    ir = read_application(spec, overlay)
    files = {path: read_base_text(root, path, entry.sha) for path, entry in manifest.files.items()}
    revisions = _read_revisions(root)
    return LastGeneration(manifest, ir, files, revisions, _list_kept(root, manifest))


def _find_old_sources(root: Path, manifest: Manifest) -> tuple[Path, Path | None]:
    """Return what the application was generated from, whatever the copies to edit hold now."""
    paths = [locate_inner_file(root, f"{BASE}/{manifest.spec_sha}")]
    if manifest.overlay_sha:
        paths.append(locate_inner_file(root, f"{BASE}/{manifest.overlay_sha}"))
    for path in paths:
        if not path.is_file():
            raise UsageError(
                f"{path} is missing, so nobody knows what the application was generated from; "
                f"restore it from version control, or start again with `guard generate --force`."
            )
    return paths[0], paths[1] if manifest.overlay_sha else None


def _read_revisions(root: Path) -> dict[str, str]:
    return {
        Path(name).name: read_file(root, name).decode("utf-8", "replace")
        for name in list_files(root, VERSIONS, (".py",))
    }


def _list_kept(root: Path, manifest: Manifest) -> frozenset[str]:
    shas = {entry.sha for entry in manifest.files.values()}
    shas |= {manifest.spec_sha, manifest.overlay_sha} - {""}
    copies = filter(None, (find_copy(root, stem) for stem in (SPEC, OVERLAY)))
    paths = {copy.relative_to(root).as_posix() for copy in copies}
    return frozenset(paths | {f"{BASE}/{sha}" for sha in shas})
