"""Makes a manifest that was lost anew, from the files that are there and the spec."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.application.application import find_copy
from devmatrix_guard.commands.application.bank_sources import open_application_bank
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.generation import (
    generate,
    read_sources,
    render_guard_files,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import list_files, read_file, read_if_present
from devmatrix_guard.generator.emit.models.migrations import VERSIONS
from devmatrix_guard.generator.manifest import OVERLAY, PATH, SPEC
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.swap import swap
from devmatrix_guard.generator.strata import GeneratedFile


def rebuild_manifest(root: Path, *, spec: Path | None = None, overlay: Path | None = None) -> int:
    """Write the manifest that a generation from the spec gives; return how many files it names.

    What differs from that generation counts as people's edits from then on. The migrations that are
    there stay, for they may have run.

    Args:
        spec, overlay: what the files were generated from last; the copies in `.guard` by default.

    Raises:
        UsageError: there is neither a copy of the spec nor another.
    """
    chosen = spec or find_copy(root, SPEC)
    if chosen is None:
        raise UsageError(f"{root}/{SPEC}.* is missing; name the spec with --spec.")
    sources = read_sources(chosen, overlay or find_copy(root, OVERLAY))
    lost = read_if_present(root, PATH)
    context = read_context(root)
    with lock(root):
        if lost is not None:
            swap(root, {PATH: None})  # what cannot be read pins nothing
        with open_application_bank(context) as bank:
            generation = generate(sources.ir, bank)
        files = [file for file in generation.files if not file.path.startswith(VERSIONS)]
        nodes = tuple(f"domain/{entity.name}" for entity in sources.ir.domain.entities)
        for name in list_files(root, VERSIONS, (".py",)):
            text = read_file(root, name).decode("utf-8", "replace")
            files.append(GeneratedFile(name, text, "ast", nodes))
        generation = generation._replace(files=sorted(files, key=lambda file: file.path))
        kept = render_guard_files(sources, generation)
        swap(root, {path: text.encode() for path, text in kept.items()})
    return len(files)
