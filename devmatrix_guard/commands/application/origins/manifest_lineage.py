"""The lineage of a generated file from its application's manifest alone, as in a fresh clone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.application.run_recorder import classify_address
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import FileError, is_file, is_inside, read_if_present
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.generator.manifest import parse_manifest
from devmatrix_guard.generator.manifest_merge import load_manifest
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode

_LONGEST_PATH = 4_096  # of what a system opens; thousands of folders would be looked into


def read_manifest_lineage(file: Path) -> Lineage | None:
    """Return what a file was generated from, or None where no manifest above it names the file.

    Raises:
        GenerationError: the manifest cannot be read.
    """
    file = Path(os.path.normpath(file))
    if len(str(file)) > _LONGEST_PATH:
        return None
    for folder in file.parents:
        manifest = folder / MANIFEST
        if is_file(manifest) and is_inside(folder, MANIFEST):
            path = file.relative_to(folder).as_posix()
            parse_manifest(held := _read_data(folder, MANIFEST), folder)  # says what is wrong
            data = load_manifest(held)
            entry = data["files"].get(path)
            return _make_lineage(path, entry, data) if entry else None
    return None


def complete(lineage: Lineage, file: Path) -> Lineage:
    """Add to the lineage of a file that no recorded run wrote what its manifest says it came from.

    A check that fails in a fresh clone records what failed and knows of no generation.
    """
    start = lineage.start
    if start[0] != "file" or any(e.kind == "generated" for e in lineage.edges):
        return lineage
    try:
        kept = read_manifest_lineage(file)
    except GenerationError:
        return lineage
    if kept is None:
        return lineage
    known = {(node.kind, node.key) for node in lineage.nodes}
    nodes = [n for n in kept.nodes if (n.kind, n.key) not in {*known, kept.start}]
    edges = [e._replace(target=start) if e.target == kept.start else e for e in kept.edges]
    return Lineage(start, (*lineage.nodes, *nodes), (*lineage.edges, *edges))


def _make_lineage(path: str, entry: Mapping[str, Any], manifest: Mapping[str, Any]) -> Lineage:
    spec = LineageNode("spec", manifest["spec"]["sha256"])
    ir = LineageNode("ir", manifest["ir"]["sha256"])
    facts = {"path": path, "stratum": entry["stratum"], "sha": entry["sha256"]}
    file = LineageNode("file", path, facts)
    nodes, edges = [spec, ir, file], [_make_edge("produced", spec, ir)]
    for address in entry["ir_nodes"]:
        part = LineageNode(classify_address(address), f"{ir.key}:{address}", {"address": address})
        nodes.append(part)
        edges.append(_make_edge("has", ir, part))
        edges.append(_make_edge("generated", part, file))
    if not entry["ir_nodes"]:
        edges.append(_make_edge("generated", ir, file))
    if "infra_pattern" in entry:
        pattern = LineageNode("infra-pattern", entry["infra_pattern"])
        nodes.append(pattern)
        edges.append(_make_edge("used-in", pattern, file))
    return Lineage(
        ("file", path),
        tuple(sorted(nodes, key=lambda node: (node.kind, node.key))),
        tuple(sorted(edges, key=lambda edge: (edge.source, edge.kind, edge.target))),
    )


def _make_edge(kind: str, source: LineageNode, target: LineageNode, **facts: str) -> LineageEdge:
    return LineageEdge(kind, (source.kind, source.key), (target.kind, target.key), facts)


def _read_data(root: Path, path: str) -> bytes:
    try:
        return read_if_present(root, path) or b""
    except FileError as error:
        raise GenerationError(str(error)) from error
