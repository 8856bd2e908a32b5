from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.lineage import EDGE_KINDS, NODE_KINDS, Hop
from devmatrix_guard.model.lineage import LineageEdge as Edge
from devmatrix_guard.model.lineage import LineageNode as Node

SPEC, IR = Node("spec", "s1", {"name": "shop"}), Node("ir", "i1", {"version": 1})
MAIN = Node("file", "r1:src/main.py", {"path": "src/main.py", "run": "r1"})
API = Node("file", "r1:src/api.py", {"path": "src/api.py", "run": "r1"})
DOCKER, MAIN_TEXT = Node("infra-pattern", "dockerfile@1"), Node("infra-pattern", "main@1")
POST = Node("endpoint", "i1:POST /products", {"method": "POST", "path": "/products"})
ERROR = Node("error", "422:price")
FIX = Node("fix", "repair-1")
NODES = [SPEC, IR, MAIN, API, DOCKER, MAIN_TEXT, POST, ERROR, FIX]


def edge(kind: str, source: Node, target: Node, **properties: object) -> Edge:
    return Edge(kind, (source.kind, source.key), (target.kind, target.key), properties)


EDGES = [
    edge("produced", SPEC, IR),
    edge("has", IR, POST),
    edge("generated", IR, MAIN),
    edge("generated", IR, API),
    edge("generated", POST, API),
    edge("used-in", MAIN_TEXT, MAIN, similarity=1.0),
    edge("had-error", API, ERROR),
    edge("fixed-by", ERROR, FIX),
]


@pytest.fixture
def graph(memory: Memory) -> Memory:
    memory.lineage.add(NODES, EDGES)
    return memory


def keys(nodes: tuple[Node, ...]) -> set[str]:
    return {node.key for node in nodes}


def test_a_node_comes_back_as_it_was_written(graph: Memory) -> None:
    assert graph.lineage.get("spec", "s1") == SPEC
    assert graph.lineage.get("ir", "s1") is None


def test_adding_twice_leaves_one_copy_with_the_new_properties(graph: Memory) -> None:
    graph.lineage.add(NODES, EDGES)
    graph.lineage.add([Node("spec", "s1", {"name": "shop 2"})], [])
    assert graph.lineage.get("spec", "s1") == Node("spec", "s1", {"name": "shop 2"})
    assert len(graph.lineage.trace(("spec", "s1")).edges) == 7


def test_a_trace_holds_what_it_came_from_and_what_came_of_it(graph: Memory) -> None:
    lineage = graph.lineage.trace(("file", API.key))
    assert keys(lineage.nodes) == {"s1", "i1", POST.key, API.key, ERROR.key, FIX.key}
    assert edge("produced", SPEC, IR) in lineage.edges
    assert edge("used-in", MAIN_TEXT, MAIN, similarity=1.0) not in lineage.edges


def test_a_trace_does_not_turn_round_and_name_siblings(graph: Memory) -> None:
    assert MAIN.key not in keys(graph.lineage.trace(("file", API.key)).nodes)


@pytest.mark.parametrize(("depth", "expected"), [(0, 1), (1, 4), (2, 6)])
def test_a_trace_stops_at_its_depth(graph: Memory, depth: int, expected: int) -> None:
    assert len(graph.lineage.trace(("file", API.key), depth=depth).nodes) == expected


def test_a_trace_through_a_circle_ends(memory: Memory) -> None:
    a, b = Node("commit", "a" * 40), Node("commit", "b" * 40)
    memory.lineage.add([a, b], [edge("followed-by", a, b), edge("undone-by", b, a)])
    assert len(memory.lineage.trace(("commit", "a" * 40), depth=50).edges) == 2


def test_the_trace_of_something_unknown_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError, match="no spec `s1`"):
        memory.lineage.trace(("spec", "s1"))


def test_nodes_are_found_by_key_path_and_start_of_a_commit(memory: Memory) -> None:
    commit, near = Node("commit", "abcd1234" + "0" * 32), Node("commit", "abce" + "0" * 36)
    memory.lineage.add([commit, near, MAIN, Node("rule", "abcd")], [])
    assert memory.lineage.find("src/main.py") == (MAIN,)
    assert memory.lineage.find(MAIN.key) == (MAIN,)
    assert memory.lineage.find("abcd") == (commit, Node("rule", "abcd"))
    assert memory.lineage.find("abc") == ()
    assert memory.lineage.find("main.py") == ()


def test_which_patterns_went_into_the_files_of_a_spec(graph: Memory) -> None:
    hops = [Hop("produced"), Hop("generated"), Hop("used-in", forwards=False)]
    assert graph.lineage.walk(Node("spec", "s1"), hops) == ((SPEC, IR, MAIN, MAIN_TEXT),)


def test_which_errors_an_endpoint_had_before(graph: Memory) -> None:
    start = Node("endpoint", "", {"method": "POST", "path": "/products"})
    paths = graph.lineage.walk(start, [Hop("generated"), Hop("had-error"), Hop("fixed-by")])
    assert paths == ((POST, API, ERROR, FIX),)
    other = Node("endpoint", "", {"method": "GET", "path": "/products"})
    assert graph.lineage.walk(other, [Hop("generated")]) == ()


def test_a_walk_without_hops_lists_the_nodes_of_a_kind(graph: Memory) -> None:
    assert graph.lineage.walk(Node("infra-pattern", ""), []) == ((DOCKER,), (MAIN_TEXT,))


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_every_documented_kind_of_node_is_accepted(memory: Memory, kind: str) -> None:
    memory.lineage.add([Node(kind, "k")], [])
    assert memory.lineage.get(kind, "k") == Node(kind, "k")


@pytest.mark.parametrize("kind", EDGE_KINDS)
def test_every_documented_kind_of_edge_is_accepted(memory: Memory, kind: str) -> None:
    memory.lineage.add([SPEC, IR], [edge(kind, SPEC, IR)])
    assert memory.lineage.trace(("spec", "s1")).edges == (edge(kind, SPEC, IR),)


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        pytest.param([Node("banana", "x")], [], id="unknown kind of node"),
        pytest.param([Node("spec", "")], [], id="no key"),
        pytest.param([SPEC, IR], [edge("likes", SPEC, IR)], id="unknown kind of edge"),
        pytest.param([SPEC], [edge("produced", SPEC, SPEC)], id="to itself"),
        pytest.param([SPEC], [edge("produced", SPEC, IR)], id="to nothing"),
    ],
)
def test_nonsense_is_refused_whole(memory: Memory, nodes: list[Node], edges: list[Edge]) -> None:
    with pytest.raises(MemoryStoreError):
        memory.lineage.add([Node("run", "r0"), *nodes], edges)
    assert memory.lineage.get("run", "r0") is None
