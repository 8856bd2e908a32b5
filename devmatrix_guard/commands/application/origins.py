"""Where a line of a generated file comes from: spec pointer and line, IR node, emitter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.application.application import find_copy, read_base_text
from devmatrix_guard.errors import GenerationError, SpecError
from devmatrix_guard.files import FileError, is_file, is_inside, read_if_present
from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.manifest import BASE, OVERLAY, PATH, SPEC, read_manifest
from devmatrix_guard.generator.spec.pointer import split
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.nodes import iter_nodes
from devmatrix_guard.model.lineage import Lineage, LineageNode
from devmatrix_guard.verify.names import list_declarations

_EMITTERS = "generator/"
_DEPTH = 60


class SpecPlaces:
    """Where the nodes of an application's IR stand in what it was generated from."""

    def __init__(self, root: Path) -> None:
        """Read the last generation's spec.

        Raises:
            GenerationError: it is not kept any more.
            SpecError: it cannot be understood.
        """
        from devmatrix_guard.generator.extract.extract import extract
        from devmatrix_guard.generator.spec.load import load_spec

        manifest = read_manifest(root)
        texts = [
            (SPEC, "the spec", manifest.spec_sha),
            (OVERLAY, "the overlay", manifest.overlay_sha),
        ]
        kept = [read_base_text(root, name, sha) if sha else "" for _, name, sha in texts]
        spec, overlay = (text.encode() for text in kept)
        ir = extract(load_spec(spec, overlay or None, name=manifest.spec_sha))
        self._pointers = _list_pointers(ir)
        self._name = _name_copy(root, manifest.spec_sha)
        self._tree = _compose(kept[0])

    def find_pointer(self, address: str) -> str:
        """Return the JSON pointer of a node's reason, "" where it has none."""
        return self._pointers.get(address, "")

    def find_place(self, address: str) -> str:
        """Return `FILE:LINE` of a node's reason, "" where it does not stand in the spec."""
        line = _find_line(self._tree, self.find_pointer(address))
        return f"{self._name}:{line}" if line else ""

    def list_members(self, address: str) -> list[str]:
        """Return the addresses of what is in an entity."""
        return [other for other in self._pointers if other.startswith(f"{address}/")]


def add_origins(lineage: Lineage, file: Path, line: int | None) -> Lineage:
    """Return the lineage of a generated file with emitter, spec pointers and lines of the spec.

    Args:
        lineage: that of the file; of anything else it is returned as it is.
        file: where it lies.
        line: of which line; the attribute that is declared there is named, too.
    """
    root = _find_application(file)
    if root is None or lineage.start[0] != "file":
        return lineage
    path = file.relative_to(root).as_posix()
    try:
        places = SpecPlaces(root)
    except (GenerationError, SpecError):
        return lineage  # what the lineage has is true without it
    member = _find_member(file, line, lineage, places) if line is not None else ""
    return lineage._replace(
        nodes=tuple(_describe(node, lineage.start, path, places, member) for node in lineage.nodes)
    )


def _find_application(file: Path) -> Path | None:
    for folder in file.parents:
        if is_inside(folder, PATH) and is_file(folder / PATH):
            return folder
    return None


def _describe(
    node: LineageNode, start: tuple[str, str], path: str, places: SpecPlaces, member: str
) -> LineageNode:
    facts = dict(node.properties)
    if (node.kind, node.key) == start:
        emitter = find_emitter(path)
        facts |= {"emitter": f"{_EMITTERS}{emitter}"} if emitter else {}
    address = str(facts.get("address", ""))
    if address:
        chosen = member if member.startswith(f"{address}/") else address
        pointer, place = places.find_pointer(chosen), places.find_place(chosen)
        facts |= {"at": place} if place else {}
        facts |= {"pointer": pointer} if pointer else {}
        facts |= {"member": chosen.rpartition("/")[2]} if chosen != address else {}
    return node._replace(properties=facts)


def _find_member(file: Path, line: int, lineage: Lineage, places: SpecPlaces) -> str:
    """Return the address of the attribute that a line declares, "" for none."""
    try:
        text = (read_if_present(file.parent, file.name) or b"").decode("utf-8", "replace")
    except FileError:
        return ""
    name = list_declarations(text).get(line, "").rpartition(".")[2]
    addresses = [str(node.properties.get("address", "")) for node in lineage.nodes]
    found = [
        member
        for address in addresses
        if address.startswith("domain/")
        for member in places.list_members(address)
        if member.rpartition("/")[2] == name
    ]
    return found[0] if len(found) == 1 else ""


def _list_pointers(ir: ApplicationIR) -> dict[str, str]:
    return {address: str(getattr(node, "pointer", "") or "") for address, node in iter_nodes(ir)}


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
