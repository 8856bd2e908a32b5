"""The chain of a fix as a graph: its parts, what joins them, and how far one walks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from devmatrix_guard.mining.fixes.index import FixIndex, build_index
from devmatrix_guard.mining.fixes.lineage import (
    count_days,
    find_starts,
    join_lineages,
    make_edges,
    make_nodes,
    name_function,
    narrow,
    trace_fixes,
)
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, Origin, RegressionTest
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode

FIRST = FixUnit(
    "aaaa1111",
    "2024-03-05",
    "Fix the sum",
    issue="#12",
    functions=(FixedFunction("a.py", "Cart.add"), FixedFunction("a.py", "")),
    tests=(RegressionTest("test_a.py", "test_add"),),
    origins=(Origin("0000dead", "2024-03-01", "Add a cart", 3, is_near=True),),
    is_traced=True,
)
SECOND = FixUnit(
    "bbbb2222", "2024-04-01", "Fix it again", functions=(FixedFunction("a.py", "Cart.add"),)
)
OTHER = FixUnit("cccc3333", "2024-02-01", "Fix b", functions=(FixedFunction("b.py", "load"),))


def _index(*fixes: FixUnit) -> FixIndex:
    return build_index(fixes)


def _show(edges: object) -> list[str]:
    return [f"{e.source[1]} {e.kind} {e.target[1]}" for e in edges]  # type: ignore[attr-defined]


def test_every_part_of_a_fix_is_a_node_once() -> None:
    nodes = make_nodes([FIRST, SECOND])
    assert [(node.kind, node.key) for node in nodes] == [
        ("commit", "0000dead"),
        ("commit", "aaaa1111"),
        ("commit", "bbbb2222"),
        ("function", "a.py"),
        ("function", "a.py::Cart.add"),
        ("issue", "#12"),
        ("regression-test", "test_a.py::test_add"),
    ]
    assert nodes[1].properties == {"date": "2024-03-05", "subject": "Fix the sum"}
    assert nodes[0].properties == {"date": "2024-03-01", "subject": "Add a cart"}
    assert nodes[3].properties == {}


def test_a_commit_that_is_a_fix_and_an_origin_is_told_as_the_fix() -> None:
    heir = FIRST._replace(origins=(Origin("bbbb2222", "?", "as an origin", 1),))
    for order in ([heir, SECOND], [SECOND, heir]):
        (node,) = [node for node in make_nodes(order) if node.key == "bbbb2222"]
        assert node.properties["subject"] == "Fix it again"


def test_edges_say_who_introduced_what_was_repaired_and_what_followed() -> None:
    edges = make_edges([SECOND, FIRST])
    assert _show(edges) == [
        "aaaa1111 followed-by bbbb2222",
        "0000dead introduced aaaa1111",
        "aaaa1111 names #12",
        "aaaa1111 proved-by test_a.py::test_add",
        "aaaa1111 repaired a.py",
        "aaaa1111 repaired a.py::Cart.add",
        "bbbb2222 repaired a.py::Cart.add",
    ]
    assert edges[1].properties == {"lines": 3, "near": True, "days": 4}


def test_what_is_not_known_of_an_origin_is_not_told() -> None:
    fix = FIRST._replace(origins=(Origin("0000dead", "once", "x", 1),))
    (edge,) = [edge for edge in make_edges([fix]) if edge.kind == "introduced"]
    assert edge.properties == {"lines": 1}


def test_code_outside_of_functions_joins_no_fixes() -> None:
    one, other = (
        FixUnit(c, "2024-01-01", "x", functions=(FixedFunction("a.py", ""),)) for c in "ab"
    )
    assert [edge.kind for edge in make_edges([one, other])] == ["repaired", "repaired"]


def test_a_fix_does_not_follow_itself() -> None:
    twice = SECOND._replace(functions=SECOND.functions * 2)
    assert [edge.kind for edge in make_edges([twice])] == ["repaired"]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2024-03-01", "2024-03-01", 0),
        ("2024-03-01", "2024-03-02", 1),
        ("2024-02-28", "2024-03-01", 2),
        ("2024-03-02", "2024-03-01", 0),
        ("", "2024-03-01", None),
        ("2024-03-01", "yesterday", None),
    ],
)
def test_days_from_one_to_another(start: str, end: str, days: int | None) -> None:
    assert count_days(start, end) == days


@pytest.mark.parametrize(("path", "name", "key"), [("a.py", "f", "a.py::f"), ("a.py", "", "a.py")])
def test_a_function_is_named_by_its_path(path: str, name: str, key: str) -> None:
    assert name_function(path, name) == key


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("aaaa", ["commit aaaa1111"]),
        ("aaaa1111", ["commit aaaa1111"]),
        ("aaa", []),
        ("0000", ["commit 0000dead"]),
        ("zzzz", []),
        ("a.py", ["function a.py", "function a.py::Cart.add"]),
        ("a.py::Cart.add", ["function a.py::Cart.add"]),
        ("Cart.add", ["function a.py::Cart.add"]),
        ("Cart.add()", ["function a.py::Cart.add"]),
        ("add", ["function a.py::Cart.add"]),
        ("Cart", []),
        ("ad", []),
        ("load", ["function b.py::load"]),
        ("test_add", ["regression-test test_a.py::test_add"]),
        ("#12", ["issue #12"]),
        ("", []),
    ],
)
def test_a_text_means_commits_functions_and_tests(text: str, ends: list[str]) -> None:
    found = find_starts(_index(FIRST, OTHER), text)
    assert [" ".join(end) for end in found] == ends


def test_of_a_nested_test_the_last_name_is_enough() -> None:
    fix = SECOND._replace(tests=(RegressionTest("t.py", "TestCart::test_add"),))
    (end,) = find_starts(_index(fix), "test_add")
    assert end == ("regression-test", "t.py::TestCart::test_add")


@pytest.mark.parametrize(
    ("start", "commits"),
    [
        (("commit", "aaaa1111"), ["0000dead", "aaaa1111", "bbbb2222"]),
        (("commit", "0000dead"), ["0000dead", "aaaa1111", "bbbb2222"]),
        (("function", "a.py::Cart.add"), ["0000dead", "aaaa1111", "bbbb2222"]),
        (("regression-test", "test_a.py::test_add"), ["0000dead", "aaaa1111"]),
        (("issue", "#12"), ["0000dead", "aaaa1111"]),
        (("commit", "cccc3333"), ["cccc3333"]),
    ],
)
def test_a_chain_holds_what_is_related(start: tuple[str, str], commits: list[str]) -> None:
    traced = trace_fixes(_index(SECOND, FIRST, OTHER), start)
    assert traced is not None
    assert traced.start == start
    assert [node.key for node in traced.nodes if node.kind == "commit"] == commits


@pytest.mark.parametrize(
    "start", [("issue", "#12"), ("regression-test", "test_a.py::test_add"), ("function", "a.py")]
)
def test_a_chain_of_one_fix_begins_at_any_of_its_parts(start: tuple[str, str]) -> None:
    traced = trace_fixes(_index(FIRST), start)
    assert traced is not None
    assert ("commit", FIRST.commit) in {(node.kind, node.key) for node in traced.nodes}


@pytest.mark.parametrize("start", [("commit", "ffff"), ("function", "a.py::no"), ("issue", "#1")])
def test_of_what_no_fix_knows_there_is_no_chain(start: tuple[str, str]) -> None:
    assert trace_fixes(_index(FIRST), start) is None


def _line(count: int) -> Lineage:
    """Return a chain of commits, asked about from its middle, with a branch off its first."""
    keys = [("commit", str(number)) for number in range(count)]
    branch = ("commit", "branch")
    edges = [LineageEdge("followed-by", a, b) for a, b in pairwise(keys)]
    edges.append(LineageEdge("followed-by", keys[0], branch))
    nodes = tuple(LineageNode(*end) for end in [*keys, branch])
    return Lineage(keys[count // 2], nodes, tuple(edges))


@pytest.mark.parametrize(
    ("depth", "keys"),
    [(0, "3"), (1, "2 3 4"), (2, "1 2 3 4 5"), (3, "0 1 2 3 4 5 6"), (9, "0 1 2 3 4 5 6")],
)
def test_a_lineage_is_walked_up_and_down_and_never_round(depth: int, keys: str) -> None:
    found = narrow(_line(7), depth)
    assert " ".join(node.key for node in found.nodes) == keys
    assert len(found.edges) == len(found.nodes) - 1
    assert found.start == ("commit", "3")


def test_edges_that_lead_out_of_what_is_reached_are_left_out() -> None:
    a, b, c = (("commit", key) for key in "abc")
    edges = (LineageEdge("x", a, b), LineageEdge("x", c, b), LineageEdge("x", a, c))
    found = narrow(Lineage(a, tuple(LineageNode(*end) for end in (a, b, c)), edges[:2]), 1)
    assert [node.key for node in found.nodes] == ["a", "b"]
    assert found.edges == edges[:1]


def test_two_lineages_are_joined_and_the_first_is_believed() -> None:
    start = ("commit", "a")
    one = Lineage(
        start,
        (LineageNode("commit", "a", {"by": "one"}),),
        (LineageEdge("names", start, ("issue", "1")),),
    )
    other = Lineage(
        start,
        (LineageNode("commit", "a", {"by": "other"}), LineageNode("issue", "1")),
        (
            LineageEdge("names", start, ("issue", "1"), {"by": "other"}),
            LineageEdge("introduced", start, ("commit", "b")),
        ),
    )
    joined = join_lineages(one, other)
    assert [(node.key, node.properties) for node in joined.nodes] == [
        ("a", {"by": "one"}),
        ("1", {}),
    ]
    assert [edge.kind for edge in joined.edges] == ["introduced", "names"]
    assert joined.edges[1].properties == {"by": "other"}
