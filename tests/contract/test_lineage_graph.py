from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.memory.base import LineageGraph
from devmatrix_guard.model.knowledge.lineage import EDGE_KINDS, NODE_KINDS, Hop
from devmatrix_guard.model.knowledge.lineage import LineageEdge as Edge
from devmatrix_guard.model.knowledge.lineage import LineageNode as Node

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
def graph(lineage: LineageGraph) -> LineageGraph:
    lineage.add(NODES, EDGES)
    return lineage


def keys(nodes: tuple[Node, ...]) -> set[str]:
    return {node.key for node in nodes}


def test_a_node_comes_back_as_it_was_written(graph: LineageGraph) -> None:
    assert graph.get("spec", "s1") == SPEC
    assert graph.get("ir", "s1") is None


def test_adding_twice_leaves_one_copy_with_the_new_properties(graph: LineageGraph) -> None:
    graph.add(NODES, EDGES)
    graph.add([Node("spec", "s1", {"name": "shop 2"})], [])
    assert graph.get("spec", "s1") == Node("spec", "s1", {"name": "shop 2"})
    assert len(graph.trace(("spec", "s1")).edges) == 7


def test_a_trace_holds_what_it_came_from_and_what_came_of_it(graph: LineageGraph) -> None:
    found = graph.trace(("file", API.key))
    assert keys(found.nodes) == {"s1", "i1", POST.key, API.key, ERROR.key, FIX.key}
    assert edge("produced", SPEC, IR) in found.edges
    assert edge("used-in", MAIN_TEXT, MAIN, similarity=1.0) not in found.edges


def test_a_trace_does_not_turn_round_and_name_siblings(graph: LineageGraph) -> None:
    assert MAIN.key not in keys(graph.trace(("file", API.key)).nodes)


@pytest.mark.parametrize(("depth", "expected"), [(0, 1), (1, 4), (2, 6)])
def test_a_trace_stops_at_its_depth(graph: LineageGraph, depth: int, expected: int) -> None:
    assert len(graph.trace(("file", API.key), depth=depth).nodes) == expected


def test_a_trace_through_a_circle_ends(lineage: LineageGraph) -> None:
    a, b = Node("commit", "a" * 40), Node("commit", "b" * 40)
    lineage.add([a, b], [edge("followed-by", a, b), edge("undone-by", b, a)])
    assert len(lineage.trace(("commit", "a" * 40), depth=50).edges) == 2


def test_the_trace_of_something_unknown_is_refused(lineage: LineageGraph) -> None:
    with pytest.raises(MemoryStoreError, match="no spec `s1`"):
        lineage.trace(("spec", "s1"))


def test_nodes_are_found_by_key_path_and_start_of_a_commit(lineage: LineageGraph) -> None:
    commit, near = Node("commit", "abcd1234" + "0" * 32), Node("commit", "abce" + "0" * 36)
    lineage.add([commit, near, MAIN, Node("rule", "abcd")], [])
    assert lineage.find("src/main.py") == (MAIN,)
    assert lineage.find(MAIN.key) == (MAIN,)
    assert lineage.find("abcd") == (commit, Node("rule", "abcd"))
    assert lineage.find("abc") == ()
    assert lineage.find("main.py") == ()


def test_which_patterns_went_into_the_files_of_a_spec(graph: LineageGraph) -> None:
    hops = [Hop("produced"), Hop("generated"), Hop("used-in", forwards=False)]
    assert graph.walk(Node("spec", "s1"), hops) == ((SPEC, IR, MAIN, MAIN_TEXT),)


def test_which_errors_an_endpoint_had_before(graph: LineageGraph) -> None:
    start = Node("endpoint", "", {"method": "POST", "path": "/products"})
    paths = graph.walk(start, [Hop("generated"), Hop("had-error"), Hop("fixed-by")])
    assert paths == ((POST, API, ERROR, FIX),)
    other = Node("endpoint", "", {"method": "GET", "path": "/products"})
    assert graph.walk(other, [Hop("generated")]) == ()


def test_a_walk_without_hops_lists_the_nodes_of_a_kind(graph: LineageGraph) -> None:
    assert graph.walk(Node("infra-pattern", ""), []) == ((DOCKER,), (MAIN_TEXT,))


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_every_documented_kind_of_node_is_accepted(lineage: LineageGraph, kind: str) -> None:
    lineage.add([Node(kind, "k")], [])
    assert lineage.get(kind, "k") == Node(kind, "k")


@pytest.mark.parametrize("kind", EDGE_KINDS)
def test_every_documented_kind_of_edge_is_accepted(lineage: LineageGraph, kind: str) -> None:
    lineage.add([SPEC, IR], [edge(kind, SPEC, IR)])
    assert lineage.trace(("spec", "s1")).edges == (edge(kind, SPEC, IR),)


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
def test_nonsense_is_refused_whole(
    lineage: LineageGraph, nodes: list[Node], edges: list[Edge]
) -> None:
    with pytest.raises(MemoryStoreError):
        lineage.add([Node("run", "r0"), *nodes], edges)
    assert lineage.get("run", "r0") is None


@pytest.mark.parametrize("known", [SPEC, IR])
def test_the_end_of_an_edge_that_is_not_recorded_is_named(
    lineage: LineageGraph, known: Node
) -> None:
    other = IR if known is SPEC else SPEC
    with pytest.raises(MemoryStoreError, match=f"no {other.kind} `{other.key}`; record it"):
        lineage.add([known], [edge("produced", SPEC, IR)])


def file(number: int) -> Node:
    return Node("file", f"r{number}:a.py", {"path": "a.py"})


@pytest.fixture
def asked(lineage: LineageGraph) -> LineageGraph:
    """Three files of one IR: one passed, one failed, one was not tried; the second had errors."""
    ok, bad, new = file(1), file(2), file(3)
    entity = Node("entity", "i1:domain/order")
    good, both = Node("infra-pattern", "good@1"), Node("infra-pattern", "both@1")
    unused, odd = Node("infra-pattern", "unused@1"), Node("error", "Odd:x")
    passed, failed = Node("test", "t1", {"passed": True}), Node("test", "t2", {"passed": False})
    nodes = [SPEC, IR, ok, bad, new, entity, good, both, unused, odd, ERROR, POST, passed, failed]
    edges = [
        edge("produced", SPEC, IR),
        edge("has", IR, entity),
        edge("has", IR, POST),
        edge("generated", entity, ok),
        edge("generated", IR, ok),
        edge("generated", POST, bad),
        edge("generated", IR, new),
        edge("used-in", good, ok),
        edge("used-in", both, ok),
        edge("used-in", both, bad),
        edge("used-in", good, new),
        edge("tested-by", ok, passed, passed=True),
        edge("tested-by", bad, passed, passed=True),
        edge("tested-by", bad, failed, passed=False),
        edge("had-error", bad, ERROR),
        edge("had-error", bad, odd),
        edge("had-error", new, odd),
    ]
    lineage.add(nodes, edges)
    return lineage


@pytest.mark.parametrize(
    ("question", "argument", "answers"),
    [
        ("successful-patterns", "s1", [("both@1", 1), ("good@1", 1)]),
        ("successful-patterns", "nowhere", []),
        ("endpoint-errors", "POST /products", [("Odd:x", 2), ("422:price", 1)]),
        ("endpoint-errors", "GET /products", []),
        ("file", "r1:a.py", [("s1 > i1 > r1:a.py > both@1", 1), ("s1 > i1 > r1:a.py > good@1", 1)]),
        ("file", "b.py", []),
        ("never-failed", "", []),
    ],
)
def test_the_questions_are_answered(
    asked: LineageGraph, question: str, argument: str, answers: list[tuple[str, int]]
) -> None:
    assert [tuple(one) for one in asked.ask(question, argument)] == answers


def test_a_pattern_in_no_file_with_an_error_never_failed(lineage: LineageGraph) -> None:
    main = Node("infra-pattern", "main@1")
    lineage.add([main, MAIN, API], [edge("used-in", main, MAIN), edge("used-in", main, API)])
    assert [tuple(one) for one in lineage.ask("never-failed")] == [("main@1", 2)]


def test_an_unknown_question_is_refused(lineage: LineageGraph) -> None:
    with pytest.raises(UsageError, match="no question to the lineage; ask one of successful"):
        lineage.ask("why")
