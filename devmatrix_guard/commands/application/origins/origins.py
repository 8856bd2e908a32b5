"""Where a line of a generated file comes from: spec pointer and line, IR node, emitter."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from devmatrix_guard.commands.application.application import find_copy, read_base_text
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.origins.file_parts import APPLICATION, find_file_parts
from devmatrix_guard.commands.application.origins.line_parts import LinePart, find_line_parts
from devmatrix_guard.commands.application.origins.narrow import narrow_lineage
from devmatrix_guard.commands.application.origins.spec_places import WHOLE, SpecPlaces
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.files import FileError, is_file, is_inside, read_if_present
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import BASE, OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageNode

_EMITTERS = "generator/"


def read_spec_places(root: Path) -> SpecPlaces:
    """Return the places of what the application in `root` was generated from last.

    Raises:
        GenerationError: it is not kept any more.
        SpecError: it cannot be understood.
    """
    from devmatrix_guard.generator.extract.extract import extract
    from devmatrix_guard.generator.spec.load import load_spec

    manifest = read_manifest(root)
    key = read_context(root).key
    spec, overlay = (
        (read_base_text(root, stem, sha), key + _name_copy(root, stem, sha)) if sha else ("", "")
        for stem, sha in ((SPEC, manifest.spec_sha), (OVERLAY, manifest.overlay_sha))
    )
    texts = spec[0].encode(), overlay[0].encode() or None
    ir = extract(load_spec(*texts, name=manifest.spec_sha))
    return SpecPlaces(ir, spec, overlay)


def add_origins(lineage: Lineage, file: Path, line: int | None) -> Lineage:
    """Return the lineage of a generated file with emitter, spec pointers and lines of the spec.

    Args:
        lineage: that of the file; of anything else it is returned as it is.
        file: where it lies.
        line: of which line: what did not give it is left out.
    """
    if lineage.start[0] != "file":
        return lineage
    root = _find_application(file)
    if root is None:
        return lineage
    path, text, near = file.relative_to(root).as_posix(), _read_text(file), _list_addresses(lineage)
    places, parts = _read_places(root), tuple[LinePart, ...]()
    if not _is_generated(lineage):
        return lineage
    if line is not None and text:
        parts = (
            find_file_parts(path, text, line, near, places)
            if places
            else find_line_parts(text, line, near, {})
        )
    if not near:
        parts = parts or (LinePart(APPLICATION),)
    lineage = narrow_lineage(lineage, parts)
    if line is not None and text:
        lineage = _note_edit(lineage, root, path, text, line)
    chosen = {part.address: part for part in parts}
    return lineage._replace(
        nodes=tuple(_describe(node, lineage.start, path, places, chosen) for node in lineage.nodes)
    )


def _find_application(file: Path) -> Path | None:
    for folder in file.parents:
        if is_inside(folder, PATH) and is_file(folder / PATH):
            return folder
    return None


def _read_places(root: Path) -> SpecPlaces | None:
    try:
        return read_spec_places(root)
    except (GenerationError, SpecError):
        return None  # what the lineage has is true without it


def _read_text(file: Path) -> str:
    try:
        return (read_if_present(file.parent, file.name) or b"").decode("utf-8", "replace")
    except FileError:
        return ""


def _is_generated(lineage: Lineage) -> bool:
    return any((e.kind, e.target) == ("generated", lineage.start) for e in lineage.edges)


def _list_addresses(lineage: Lineage) -> list[str]:
    """Return the parts of the IR that the file came from."""
    nodes = {(node.kind, node.key): node for node in lineage.nodes}
    ends = [e.source for e in lineage.edges if (e.kind, e.target) == ("generated", lineage.start)]
    found = (str(nodes[end].properties.get("address", "")) for end in ends)
    return [address for address in found if address]


def _note_edit(lineage: Lineage, root: Path, path: str, text: str, line: int) -> Lineage:
    """Say of a line that was not generated like this that people wrote it."""
    lines = text.splitlines()
    try:
        base = read_base_text(root, path, read_manifest(root).files[path].sha)
    except (GenerationError, KeyError):
        return lineage
    if not 0 < line <= len(lines) or lines[line - 1] in set(base.splitlines()):
        return lineage
    nodes = (
        node._replace(properties={**node.properties, "line": "written by hand"})
        if (node.kind, node.key) == lineage.start
        else node
        for node in lineage.nodes
    )
    return lineage._replace(nodes=tuple(nodes))


def _describe(
    node: LineageNode,
    start: tuple[str, str],
    path: str,
    places: SpecPlaces | None,
    chosen: Mapping[str, LinePart],
) -> LineageNode:
    facts = dict(node.properties)
    if (node.kind, node.key) == start:
        emitter = find_emitter(path)
        facts |= {"emitter": f"{_EMITTERS}{emitter}"} if emitter else {}
    address = str(facts.get("address", ""))
    if places is not None and address in places.nodes:
        part = chosen.get(address)
        pointer = part.pointer if part else places.find_pointer(address)
        place = places.find_place(pointer)
        facts |= {"at": place} if place else {}
        facts["pointer"] = pointer or WHOLE
        facts |= {"member": part.member} if part and part.member else {}
    return node._replace(properties=facts)


def _name_copy(root: Path, stem: str, sha: str) -> str:
    """Return the path of the copy of a spec, or of what is kept where that was changed since."""
    copy = find_copy(root, stem)
    if copy is not None:
        name = copy.relative_to(root).as_posix()
        if hashlib.sha256(read_if_present(root, name) or b"").hexdigest() == sha:
            return name
    return f"{BASE}/{sha[:12]}"
