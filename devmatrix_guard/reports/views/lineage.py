"""Lineage as a tree for people and as JSON for machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from devmatrix_guard.model.knowledge.lineage import Answer, Lineage, LineageEdge, LineageNode
from devmatrix_guard.reports.escape import make_visible, write_json
from devmatrix_guard.reports.layout import Line, Piece

_EMPTY: Line = ()
_SHOWN_PROPERTIES = 5
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PLAIN = ("date", "subject", "title", "name")
# The property that people know a node of a kind by, where it is not the key.
_NAMES = {
    "file": ("path",),
    "endpoint": ("address",),
    "entity": ("address",),
    "flow": ("address",),
    "validation": ("address",),
    "ir-node": ("address",),
    "test": ("name",),
}


class _Direction(NamedTuple):
    """Which end of an edge is the child of which, and how the edge is worded."""

    title: str
    forwards: bool


_UP = _Direction("came from", forwards=False)
_DOWN = _Direction("led to", forwards=True)


def write_lineage_lines(lineages: tuple[Lineage, ...]) -> Iterator[Line]:
    """Yield each node, then what it came from, then what came of it, as trees."""
    for number, lineage in enumerate(lineages):
        if number:
            yield _EMPTY
        yield from _write_trees(lineage)


def write_answer_lines(answers: tuple[Answer, ...]) -> Iterator[Line]:
    """Yield a line for each answer to a question, with how often it is so."""
    if not answers:
        yield (Piece("Nothing that is recorded answers this.", "dim"),)
    for answer in answers:
        yield Piece(f"{answer.number:>6}  ", "dim"), Piece(make_visible(answer.name))


def write_answers_json(answers: tuple[Answer, ...]) -> str:
    """Return the answers to a question as a JSON document."""
    document = {"schema_version": 1, "answers": [answer._asdict() for answer in answers]}
    return write_json(document)


def write_lineage_json(lineages: tuple[Lineage, ...]) -> str:
    """Return lineages as a JSON document."""
    found = [
        {
            "start": dict(zip(("kind", "key"), lineage.start, strict=True)),
            "nodes": [node._asdict() for node in lineage.nodes],
            "edges": [_make_edge_record(edge) for edge in lineage.edges],
        }
        for lineage in lineages
    ]
    document = {"schema_version": 1, "lineages": found}
    return write_json(document)


def _write_trees(lineage: Lineage) -> Iterator[Line]:
    nodes = {(node.kind, node.key): node for node in lineage.nodes}
    yield _write_node(nodes[lineage.start], "")
    for direction in (_UP, _DOWN):
        branches = list(
            _write_branches(lineage, nodes, lineage.start, direction, "  ", {lineage.start})
        )
        if branches:
            yield (Piece(direction.title, "note"),)
            yield from branches


def _write_branches(
    lineage: Lineage,
    nodes: dict[tuple[str, str], LineageNode],
    at: tuple[str, str],
    direction: _Direction,
    margin: str,
    seen: set[tuple[str, str]],
) -> Iterator[Line]:
    """Yield the tree below a node; a node met before is named and not opened again."""
    found = [
        (edge, edge.target if direction.forwards else edge.source)
        for edge in lineage.edges
        if (edge.source if direction.forwards else edge.target) == at
    ]
    for number, (edge, end) in enumerate(found, start=1):
        last = number == len(found)
        arm = "└─ " if last else "├─ "
        known = end in seen
        yield (
            Piece(margin + arm, "dim"),
            Piece(f"{edge.kind} ", "dim"),
            *_write_node(nodes[end], " (see above)" if known else ""),
            *_write_properties(edge.properties),
        )
        if not known:
            seen.add(end)
            deeper = margin + ("   " if last else "│  ")
            yield from _write_branches(lineage, nodes, end, direction, deeper, seen)


def _write_node(node: LineageNode, ending: str) -> Line:
    """A node under the name people know it by, which for a part of an IR or a file is no key."""
    known_by = next((n for n in _NAMES.get(node.kind, ()) if node.properties.get(n)), None)
    name = make_visible(str(node.properties[known_by])) if known_by else _shorten(node.key)
    rest = {key: value for key, value in node.properties.items() if key != known_by}
    return (
        Piece(f"{node.kind} ", "note"),
        Piece(name, "commit" if node.kind == "commit" else "title"),
        *_write_properties(rest),
        *([Piece(ending, "dim")] if ending else []),
    )


def _write_properties(properties: Mapping[str, object]) -> tuple[Piece, ...]:
    """A node's own words, in short: a date and a subject say more than their names."""
    shown = [
        _describe_property(name, value)
        for name, value in sorted(properties.items())
        if value not in ("", None)
    ][:_SHOWN_PROPERTIES]
    return (Piece(f"  {', '.join(shown)}", "dim"),) if shown else ()


def _describe_property(name: str, value: object) -> str:
    if name == "days":  # from the commit that brought a fault in to its fix
        return "the same day" if not value else f"{value} {'day' if value == 1 else 'days'} before"
    if name == "lines":
        return f"{value} {'line' if value == 1 else 'lines'}"
    if name == "near":
        return "around what was added"
    return _shorten(str(value)) if name in _PLAIN else f"{name} {_shorten(str(value))}"


def _shorten(text: str) -> str:
    """Return text in one line, a hash as its first ten characters."""
    return text[:10] if _HASH.fullmatch(text) else make_visible(text)


def _make_edge_record(edge: LineageEdge) -> dict[str, object]:
    ends = {
        name: dict(zip(("kind", "key"), end, strict=True))
        for name, end in (("source", edge.source), ("target", edge.target))
    }
    return {"kind": edge.kind, **ends, "properties": edge.properties}
