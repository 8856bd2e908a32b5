"""A lineage is laid out in layers, always the same, and within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode
from devmatrix_guard.server.page.graph import MOST_NODES, draw_graph, place_nodes

KEYS = st.integers(0, 8)


def _make(edges: list[tuple[int, int]], count: int = 9) -> Lineage:
    nodes = tuple(LineageNode("commit", str(number)) for number in range(count))
    made = tuple(
        LineageEdge("followed-by", ("commit", str(a)), ("commit", str(b))) for a, b in edges
    )
    return Lineage(("commit", "0"), nodes, made)


def test_origins_stand_left_and_what_came_of_them_right() -> None:
    places = place_nodes(_make([(1, 0), (0, 2), (2, 3)]))
    layers = {int(key[1]): place.layer for key, place in places.items()}
    assert layers == {0: 0, 1: -1, 2: 1, 3: 2}
    assert places["commit", "1"].x < places["commit", "0"].x < places["commit", "2"].x


def test_neighbours_stand_on_a_line_where_nothing_crosses() -> None:
    places = place_nodes(_make([(0, 1), (0, 2), (1, 4), (2, 3)]))
    assert (places["commit", "1"].y < places["commit", "2"].y) == (
        places["commit", "4"].y < places["commit", "3"].y
    )


@given(st.lists(st.tuples(KEYS, KEYS), max_size=20))
def test_no_two_nodes_share_a_place_and_circles_end(edges: list[tuple[int, int]]) -> None:
    lineage = _make(edges)
    places = place_nodes(lineage)
    assert len({(place.x, place.y) for place in places.values()}) == len(places)
    assert draw_graph(lineage) == draw_graph(lineage)


def test_a_large_lineage_is_cut_to_the_nearest() -> None:
    edges = [(number, number + 1) for number in range(400)]
    places = place_nodes(_make(edges, 401))
    assert len(places) == MOST_NODES
    assert ("commit", "5") in places


def test_nodes_are_links_with_what_they_are() -> None:
    made = draw_graph(_make([(0, 1)]))
    assert made.count("<a ") == 2
    assert "/lineage?name=1" in made
    assert "<title>commit: 1</title>" in made
    assert 'aria-current="true"' in made
