"""Lays a lineage out in layers and draws it: origins to the left, what came of them to the right.

The layering is the distance from the node that was asked for; within a layer nodes are ordered by
the mean place of their neighbours, a few times forth and back (the barycenter method of Sugiyama et
al., 1981), which keeps most edges from crossing. Nothing is random: the same lineage is the same
picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.commands.service.page_queries import mask
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageNode, describe_edge
from devmatrix_guard.server.page.markup import Markup, make_path, tag

MOST_NODES = 120
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _EDGE = 200, 46, 90, 16, 12
_SWEEPS = 4
_LONGEST = 25
_PATHS = frozenset({"source-file", "file", "function", "regression-test", "rule", "test"})

Key = tuple[str, str]


class Place(NamedTuple):
    """Where a node stands: its layer, 0 for the one asked for, and its corner."""

    layer: int
    x: float
    y: float


def name_node(node: LineageNode) -> str:
    """Return what people call a node."""
    given = node.properties
    for name in ("subject", "title", "path", "name", "command", "test"):
        value = given.get(name)
        if isinstance(value, str) and value:
            return mask(value)
    return mask(node.key[:12] if node.kind == "commit" else node.key)


def place_nodes(lineage: Lineage) -> dict[Key, Place]:
    """Return the place of each node that is drawn, the nearest to the start first."""
    layers = _find_layers(lineage)
    columns: dict[int, list[Key]] = {}
    for key in list(layers)[:MOST_NODES]:
        columns.setdefault(layers[key], []).append(key)
    _order_columns(columns, lineage)
    tallest = max(map(len, columns.values()), default=0)
    first = min(columns, default=0)
    places = {}
    for layer in sorted(columns):
        column = columns[layer]
        top = (tallest - len(column)) * (_HEIGHT + _GAP_Y) / 2
        for row, key in enumerate(column):
            x = _EDGE + (layer - first) * (_WIDTH + _GAP_X)
            places[key] = Place(layer, x, _EDGE + top + row * (_HEIGHT + _GAP_Y))
    return places


def draw_graph(lineage: Lineage) -> Markup:
    """Return the picture: each node is a link, so that keys and screen readers get along it."""
    places = place_nodes(lineage)
    nodes = {(node.kind, node.key): node for node in lineage.nodes}
    width = max((place.x for place in places.values()), default=0) + _WIDTH + _EDGE
    height = max((place.y for place in places.values()), default=0) + _HEIGHT + _EDGE
    numbers = {key: number for number, key in enumerate(places)}
    edges = [
        _draw_edge(edge.kind, places[edge.source], places[edge.target],
                   numbers[edge.source], numbers[edge.target])
        for edge in lineage.edges
        if edge.source in places and edge.target in places
    ]  # fmt: skip
    boxes = [
        _draw_node(nodes[key], place, numbers[key], is_start=key == lineage.start)
        for key, place in places.items()
        if key in nodes
    ]
    return tag(
        "svg",
        tag("g", edges, class_="edges", aria_hidden="true"),
        tag("g", boxes),
        class_="graph",
        id="graph",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="group",
        aria_label="Lineage as a graph; the table below says the same",
    )


def _find_layers(lineage: Lineage) -> dict[Key, int]:
    """Return the layer of each node that edges lead to, nearest first."""
    forwards: dict[Key, list[Key]] = {}
    backwards: dict[Key, list[Key]] = {}
    for edge in lineage.edges:
        forwards.setdefault(edge.source, []).append(edge.target)
        backwards.setdefault(edge.target, []).append(edge.source)
    layers = {lineage.start: 0}
    wave = [lineage.start]
    while wave:
        following: list[Key] = []
        for key in wave:
            for step, others in ((1, forwards.get(key, ())), (-1, backwards.get(key, ()))):
                for other in others:
                    if other not in layers:
                        layers[other] = layers[key] + step
                        following.append(other)
        wave = following
    return layers


def _order_columns(columns: dict[int, list[Key]], lineage: Lineage) -> None:
    neighbours: dict[Key, list[Key]] = {}
    for edge in lineage.edges:
        neighbours.setdefault(edge.source, []).append(edge.target)
        neighbours.setdefault(edge.target, []).append(edge.source)
    order = sorted(columns)
    for sweep in range(_SWEEPS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            ranks = _rank(columns)
            means = {key: _find_mean(neighbours.get(key, ()), ranks, key) for key in columns[layer]}
            columns[layer].sort(key=lambda key, means=means: (means[key], key))  # type: ignore[misc]


def _rank(columns: Mapping[int, Sequence[Key]]) -> dict[Key, float]:
    """Return the place of each node in its column, from -0.5 to 0.5 around the middle."""
    return {
        key: row - (len(column) - 1) / 2
        for column in columns.values()
        for row, key in enumerate(column)
    }


def _find_mean(others: Sequence[Key], ranks: Mapping[Key, float], own: Key) -> float:
    near = [ranks[other] for other in others if other in ranks]
    return sum(near) / len(near) if near else ranks[own]


def _shorten(name: str, kind: str) -> str:
    """Return what fits: of a path its end, which tells it from others, of a sentence its start."""
    if len(name) <= _LONGEST:
        return name
    if kind in _PATHS:
        return f"…{name[1 - _LONGEST :]}"
    return f"{name[: _LONGEST - 1]}…"


def _draw_edge(kind: str, source: Place, target: Place, begin: int, end: int) -> Markup:
    x1, y1 = source.x + _WIDTH, source.y + _HEIGHT / 2
    x2, y2 = target.x, target.y + _HEIGHT / 2
    if source.layer >= target.layer:  # within a layer, or back: around the right side
        x2 = target.x + _WIDTH
        left, right = x1 + _GAP_X * 0.7, x2 + _GAP_X * 0.7
    else:
        left = right = (x1 + x2) / 2
    path = f"M{x1:.0f} {y1:.0f}C{left:.0f} {y1:.0f} {right:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    title = tag("title", f"{kind}: {describe_edge(kind) or kind}")
    return tag("path", title, d=path, class_="edge", data_from=begin, data_to=end)


def _draw_node(node: LineageNode, place: Place, number: int, *, is_start: bool) -> Markup:
    name = name_node(node)
    shown = _shorten(name, node.kind)
    kind = "node start" if is_start else "node"
    text_x = place.x + 12
    return tag(
        "a",
        tag("title", f"{node.kind}: {name}"),
        tag("rect", x=f"{place.x:.0f}", y=f"{place.y:.0f}", width=_WIDTH, height=_HEIGHT, rx=8),
        tag("text", node.kind.replace("-", " "), x=f"{text_x:.0f}", y=f"{place.y + 18:.0f}",
            class_="kind"),
        tag("text", shown, x=f"{text_x:.0f}", y=f"{place.y + 35:.0f}"),
        href=make_path("lineage", name=node.key),
        class_=kind,
        data_node=number,
        aria_current="true" if is_start else None,
    )  # fmt: skip
