"""Where a line of a generated file comes from: spec pointer and line, IR node, emitter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.application.application import find_copy, read_base_text
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.origins.line_parts import LinePart, find_line_parts
from devmatrix_guard.commands.application.origins.narrow import narrow_lineage
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.files import FileError, is_file, is_inside, read_if_present
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import BASE, OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.generator.spec.pointer import split
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.nodes import iter_nodes
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageNode

_EMITTERS = "generator/"
_DEPTH = 60


class SpecPlaces:
    """Where the nodes of an application's IR stand in what it was generated from.

    Attributes:
        nodes: address -> node of every part of the IR.
    """

    def __init__(self, ir: ApplicationIR, text: str, name: str) -> None:
        """Read the places of a spec, whose name is shown with each."""
        self.nodes: dict[str, Any] = dict(iter_nodes(ir))
        self._name = name
        self._tree = _compose(text)

    def find_pointer(self, address: str) -> str:
        """Return the JSON pointer of a node's reason, "" where it has none."""
        return str(getattr(self.nodes.get(address), "pointer", "") or "")

    def find_place(self, pointer: str) -> str:
        """Return `FILE:LINE` of what a pointer leads to, "" where it does not stand in the spec."""
        line = _find_line(self._tree, pointer)
        return f"{self._name}:{line}" if line else ""


def read_spec_places(root: Path) -> SpecPlaces:
    """Return the places of what the application in `root` was generated from last.

    Raises:
        GenerationError: it is not kept any more.
        SpecError: it cannot be understood.
    """
    from devmatrix_guard.generator.extract.extract import extract
    from devmatrix_guard.generator.spec.load import load_spec

    manifest = read_manifest(root)
    kept = [
        read_base_text(root, name, sha) if sha else ""
        for name, sha in ((SPEC, manifest.spec_sha), (OVERLAY, manifest.overlay_sha))
    ]
    spec, overlay = (text.encode() for text in kept)
    ir = extract(load_spec(spec, overlay or None, name=manifest.spec_sha))
    name = read_context(root).key + _name_copy(root, manifest.spec_sha)
    return SpecPlaces(ir, kept[0], name)


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
    places = _read_places(root)
    parts: tuple[LinePart, ...] = ()
    text = _read_text(file)
    if line is not None and text:
        near = _list_addresses(lineage)
        parts = find_line_parts(text, line, near, places.nodes if places else {})
        lineage = narrow_lineage(lineage, parts)
    if root is None:
        return lineage
    path = file.relative_to(root).as_posix()
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


def _read_places(root: Path | None) -> SpecPlaces | None:
    try:
        return read_spec_places(root) if root is not None else None
    except (GenerationError, SpecError):
        return None  # what the lineage has is true without it


def _read_text(file: Path) -> str:
    try:
        return (read_if_present(file.parent, file.name) or b"").decode("utf-8", "replace")
    except FileError:
        return ""


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
    if address and places is not None:
        part = chosen.get(address)
        pointer = part.pointer if part else places.find_pointer(address)
        place = places.find_place(pointer)
        facts |= {"at": place} if place else {}
        facts |= {"pointer": pointer} if pointer else {}
        facts |= {"member": part.member} if part and part.member else {}
    return node._replace(properties=facts)


def _name_copy(root: Path, sha: str) -> str:
    """Return the path of the copy of the spec, or of what is kept where that was changed since."""
    copy = find_copy(root, SPEC)
    if copy is not None:
        name = copy.relative_to(root).as_posix()
        if hashlib.sha256(read_if_present(root, name) or b"").hexdigest() == sha:
            return name
    return f"{BASE}/{sha[:12]}"


def _compose(text: str) -> Any:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.compose(text, Loader=loader)  # JSON is YAML, as far as places go
    except (yaml.YAMLError, RecursionError):
        return None


def _find_line(tree: Any, pointer: str) -> int:
    """Return the line of what a pointer leads to, from 1; 0 where it leads nowhere."""
    if tree is None or not pointer:
        return 0
    node, line = tree, tree.start_mark.line + 1
    for part in split(pointer)[:_DEPTH]:
        found = dict(_iter_children(node)).get(part)
        if found is None:
            return 0
        key, node = found
        line = key.start_mark.line + 1
    return int(line)


def _iter_children(node: Any) -> Iterable[tuple[str, tuple[Any, Any]]]:
    if isinstance(node.value, str):
        return
    for number, child in enumerate(node.value):
        if isinstance(child, tuple):
            yield str(child[0].value), child
        else:
            yield str(number), (child, child)
