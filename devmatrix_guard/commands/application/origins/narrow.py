"""The lineage of one line of a file: what gave other lines of it is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from devmatrix_guard.commands.application.origins.line_parts import LinePart
from devmatrix_guard.commands.application.run_recorder import classify_address
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode

_End = tuple[str, str]


def narrow_lineage(lineage: Lineage, parts: Collection[LinePart]) -> Lineage:
    """Leave out the parts of the IR that are not among `parts`, and add those that are missing.

    A module is named after its entity, and a table in it after a schema of its spec.
    """
    if not parts:
        return lineage
    known = {str(node.properties.get("address", "")): node for node in lineage.nodes}
    nodes = {(node.kind, node.key): node for node in lineage.nodes}
    edges = [e for e in lineage.edges if (e.kind, e.target) != ("generated", lineage.start)]
    ir = next((end for end in nodes if end[0] == "ir"), None)
    for part in parts:
        node = known.get(part.address) or _make_node(part.address, ir)
        end = (node.kind, node.key)
        nodes[end] = node
        lines = {"lines": part.lines} if part.lines else {}
        edges.append(LineageEdge("generated", end, lineage.start, lines))
        if ir is not None and not any((e.source, e.target) == (ir, end) for e in edges):
            edges.append(LineageEdge("has", ir, end, {}))
    ends = _find_reachable(lineage.start, edges)
    return Lineage(
        lineage.start,
        tuple(node for end, node in nodes.items() if end in ends),
        tuple(edge for edge in edges if edge.source in ends and edge.target in ends),
    )


def _make_node(address: str, ir: _End | None) -> LineageNode:
    key = f"{ir[1] if ir else ''}:{address}"
    return LineageNode(classify_address(address), key, {"address": address})


def _find_reachable(start: _End, edges: Iterable[LineageEdge]) -> set[_End]:
    """Return the ends that can be reached going only up or only down."""
    edges = list(edges)
    reached = {start}
    for near, far in (("target", "source"), ("source", "target")):
        waiting, seen = [start], {start}
        while waiting:
            at = waiting.pop()
            for edge in edges:
                end = getattr(edge, far)
                if getattr(edge, near) == at and end not in seen:
                    seen.add(end)
                    waiting.append(end)
        reached |= seen
    return reached
