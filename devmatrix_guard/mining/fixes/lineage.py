"""The chain of a fix as a graph: who brought the fault in, what proves the fix, what followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from devmatrix_guard.mining.fixes.index import FixIndex
from devmatrix_guard.model.knowledge.fix import FixUnit
from devmatrix_guard.model.knowledge.lineage import Lineage, LineageEdge, LineageNode

End = tuple[str, str]
COMMIT, FUNCTION, TEST, ISSUE = "commit", "function", "regression-test", "issue"
_MAX_FIXES = 30


def make_nodes(fixes: Iterable[FixUnit]) -> list[LineageNode]:
    """Return the nodes of fixes: commits, functions, tests and issues, each once."""
    found: dict[End, LineageNode] = {}
    for fix in fixes:
        for origin in fix.origins:
            facts = {"date": origin.date, "subject": origin.subject}
            found.setdefault((COMMIT, origin.commit), LineageNode(COMMIT, origin.commit, facts))
        for kind, key in _list_parts(fix):
            found.setdefault((kind, key), LineageNode(kind, key))
        facts = {"date": fix.date, "subject": fix.subject}
        found[COMMIT, fix.commit] = LineageNode(COMMIT, fix.commit, facts)
    return [found[end] for end in sorted(found)]


def make_edges(fixes: Sequence[FixUnit]) -> list[LineageEdge]:
    """Return the edges of fixes: who introduced, what was repaired and proved, what followed."""
    edges: dict[tuple[str, End, End], LineageEdge] = {}
    for edge in (*_list_edges(fixes), *_list_chains(fixes)):
        edges.setdefault((edge.kind, edge.source, edge.target), edge)
    return [edges[key] for key in sorted(edges)]


def _list_parts(fix: FixUnit) -> Iterator[End]:
    for function in fix.functions:
        yield FUNCTION, name_function(function.path, function.name)
    for test in fix.tests:
        yield TEST, name_function(test.path, test.name)
    if fix.issue:
        yield ISSUE, fix.issue


def name_function(path: str, name: str) -> str:
    """Return the key of a function or a test: its path and its name."""
    return f"{path}::{name}" if name else path


def _list_edges(fixes: Sequence[FixUnit]) -> Iterator[LineageEdge]:
    for fix in fixes:
        own = (COMMIT, fix.commit)
        for origin in fix.origins:
            facts: dict[str, object] = {"lines": origin.lines, "near": origin.is_near or None}
            facts["days"] = count_days(origin.date, fix.date)
            kept = {name: value for name, value in facts.items() if value is not None}
            yield LineageEdge("introduced", (COMMIT, origin.commit), own, kept)
        kinds = {FUNCTION: "repaired", TEST: "proved-by", ISSUE: "names"}
        for kind, key in _list_parts(fix):
            yield LineageEdge(kinds[kind], own, (kind, key))


def _list_chains(fixes: Sequence[FixUnit]) -> Iterator[LineageEdge]:
    """Yield which fix of a function followed which."""
    by_function: dict[str, list[FixUnit]] = {}
    for fix in sorted(fixes, key=lambda fix: (fix.date, fix.commit)):
        for function in fix.functions:
            if function.name:
                by_function.setdefault(name_function(function.path, function.name), []).append(fix)
    for found in by_function.values():
        for one, other in pairwise(found):
            if one.commit != other.commit:
                yield LineageEdge("followed-by", (COMMIT, one.commit), (COMMIT, other.commit))


def count_days(start: str, end: str) -> int | None:
    """Return the days from one day to another, both YYYY-MM-DD; None where one is no day."""
    try:
        return max(0, (date.fromisoformat(end) - date.fromisoformat(start)).days)
    except ValueError:
        return None


def find_starts(index: FixIndex, text: str) -> list[End]:
    """Return the commits, functions and tests of fixes that a text may mean.

    Args:
        index: the fixes.
        text: the start of a commit's id, a name, PATH::NAME, or a PATH for all that is in it.
    """
    is_id = len(text) >= 4 and all(c in "0123456789abcdef" for c in text)
    found: dict[End, None] = {}
    for fix in index.iterate_fixes():
        ids = [fix.commit, *(origin.commit for origin in fix.origins)]
        if is_id:
            found.update(dict.fromkeys((COMMIT, i) for i in ids if i.startswith(text)))
        for kind, key in _list_parts(fix):
            path, _, name = key.partition("::")
            if text in (key, path) or (name and _means(name, text)):
                found[kind, key] = None
    return sorted(found)


def _means(name: str, text: str) -> bool:
    plain = text.removesuffix("()")
    return name == plain or name.rpartition(".")[2] == plain or name.rpartition("::")[2] == plain


def trace_fixes(index: FixIndex, start: End, depth: int = 5) -> Lineage | None:
    """Return the chain of fixes around a commit, a function or a test; None where there is none.

    Args:
        index: the fixes.
        start: the kind and key of what is asked about.
        depth: how many edges are followed each way.
    """
    fixes = _find_related(list(index.iterate_fixes()), start)
    nodes = make_nodes(fixes)
    if start not in {(node.kind, node.key) for node in nodes}:
        return None
    return narrow(Lineage(start, tuple(nodes), tuple(make_edges(fixes))), depth)


def _find_related(fixes: Sequence[FixUnit], start: End) -> list[FixUnit]:
    kind, key = start
    near: list[FixUnit] = []
    for fix in fixes:
        is_of = key in (fix.commit, *(origin.commit for origin in fix.origins))
        if (is_of if kind == COMMIT else start in set(_list_parts(fix))) and len(near) < _MAX_FIXES:
            near.append(fix)
    functions = {(f.path, f.name) for fix in near for f in fix.functions if f.name}
    if kind == FUNCTION:
        functions = {(key.partition("::")[0], key.partition("::")[2])}
    chain = [f for f in fixes if functions & {(own.path, own.name) for own in f.functions}]
    return list(dict.fromkeys([*near, *chain[:_MAX_FIXES]]))


def narrow(lineage: Lineage, depth: int) -> Lineage:
    """Return a lineage with what a number of steps only up, or only down, reach from its start."""
    reached = {lineage.start}
    for forwards in (False, True):
        edge_of = [
            (e.source, e.target) if forwards else (e.target, e.source) for e in lineage.edges
        ]
        last = {lineage.start}
        for _ in range(depth):
            last = {far for near, far in edge_of if near in last} - reached
            reached |= last
    return Lineage(
        lineage.start,
        tuple(node for node in lineage.nodes if (node.kind, node.key) in reached),
        tuple(e for e in lineage.edges if e.source in reached and e.target in reached),
    )


def join_lineages(one: Lineage, other: Lineage) -> Lineage:
    """Return two lineages of the same start as one; what both know is told once."""
    nodes = {(node.kind, node.key): node for node in (*other.nodes, *one.nodes)}
    edges = {(e.kind, e.source, e.target): e for e in (*one.edges, *other.edges)}
    return Lineage(
        one.start,
        tuple(nodes[end] for end in sorted(nodes)),
        tuple(edges[key] for key in sorted(edges)),
    )
