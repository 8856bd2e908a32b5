"""The one way in: a spec and perhaps an overlay, read, merged and checked."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.generator.spec.bundle import read_source
from devmatrix_guard.generator.spec.check import (
    check_structure,
    name_colon_parameters,
    read_openapi_version,
)
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.generator.spec.extensions import check_extensions
from devmatrix_guard.generator.spec.lines import tell_place
from devmatrix_guard.generator.spec.overlay import apply_overlay, list_patches
from devmatrix_guard.generator.spec.read import parse, read_bytes
from devmatrix_guard.generator.spec.slips import mend_slips
from devmatrix_guard.generator.spec.swagger import convert_swagger, is_swagger


def read_spec(path: Path, overlay: Path | None = None) -> Document:
    """Return the document at `path`, with the overlay merged in.

    Raises:
        SpecError: one of the files cannot be read or understood.
    """
    data = read_source(path)
    return load_spec(
        data,
        read_bytes(overlay) if overlay else None,
        name=path.stem,
        paths=(str(path), str(overlay or "")),
    )


def load_spec(
    data: bytes,
    overlay: bytes | None = None,
    *,
    name: str = "",
    paths: tuple[str, str] = ("", ""),
) -> Document:
    """Return the document that `data` holds, with the overlay merged in.

    Args:
        data, overlay: the texts.
        name: what the document is called.
        paths: the files of the two, which an error then names.

    Raises:
        SpecError: it cannot be understood; the message names the pointer and the remedy.
    """
    with tell_place(paths[0]):
        root = parse(data, paths[0])
        converted = is_swagger(root)
        if converted:
            root = convert_swagger(root)
        version = read_openapi_version(root)
    overlaid: frozenset[str] = frozenset()
    if overlay is not None:
        with tell_place(paths[1]):
            root, overlaid = apply_overlay(root, parse(overlay, paths[1]))
    with tell_place(paths[0]):
        renamed = [*mend_slips(root), *name_colon_parameters(root)]
        check_structure(root)
        notices = [*check_extensions(root), *(("assumed", text, at) for at, text in renamed)]
    if converted:
        notices.insert(0, ("assumed", "this is Swagger 2.0, and is read as OpenAPI 3.0", ""))
    return Document(root, version, name, overlaid, tuple(notices))


def list_overlay_moves(data: bytes, overlay: bytes) -> list[tuple[str, str]]:
    """Return (pointer into an overlay, pointer into the spec) of each part that it speaks of.

    Raises:
        SpecError: one of them cannot be understood.
    """
    root = parse(data)
    root = convert_swagger(root) if is_swagger(root) else root
    return [(where, target) for where, target, _ in list_patches(root, parse(overlay))]
