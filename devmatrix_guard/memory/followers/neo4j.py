"""Neo4j: the lineage of a memory as a graph of labels and relations that people query by hand.

Every node carries `Lineage` and the label of its kind, and is one by repository, kind and key;
every relation is one by its kind and ends. Relations point as the original design drew them,
which is not always from the origin to what came of it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from devmatrix_guard.errors import MemoryStoreError, MissingExtraError
from devmatrix_guard.memory.followers.address import read_address
from devmatrix_guard.memory.followers.base import (
    Change,
    Reference,
    RefusedError,
)
from devmatrix_guard.memory.followers.neo4j_connection import PASSWORD_VARIABLE, Neo4jConnection
from devmatrix_guard.memory.followers.neo4j_vectors import (
    FOLLOWED,
    Neo4jVectorIndex,
    drop_vectors,
    list_vectors,
    prepare_indexes,
    write_vectors,
)
from devmatrix_guard.memory.followers.neo4j_vectors import SCHEMA as VECTOR_SCHEMA
from devmatrix_guard.memory.postgres.text import escape_text, unescape_text
from devmatrix_guard.model.knowledge.lineage import (
    EDGE_KINDS,
    NODE_KINDS,
    Answer,
    Hop,
    Lineage,
    LineageEdge,
    LineageNode,
    require_question,
)

LABELS = {
    "spec": "Spec",
    "ir": "ApplicationIR",
    "ir-node": "IRNode",
    "entity": "Entity",
    "endpoint": "Endpoint",
    "flow": "Flow",
    "validation": "Validation",
    "file": "GeneratedFile",
    "infra-pattern": "Pattern",
    "pattern": "FixPattern",
    "error": "Error",
    "test": "TestResult",
    "run": "PipelineRun",
    "fix": "Fix",
    "rule": "Rule",
    "finding": "Finding",
    "commit": "Commit",
    "source-file": "SourceFile",
    "function": "Function",
    "regression-test": "RegressionTest",
    "issue": "Issue",
}
# kind: type, and whether the relation points against the edge
RELATIONS = {
    "produced": ("PRODUCES", False),
    "generated": ("GENERATES", False),
    "used-in": ("USED_PATTERN", True),
    "processed": ("PROCESSED", True),
    "wrote": ("GENERATED", False),
    "evolved-into": ("EVOLVED_FROM", True),
    "had-error": ("HAD_ERROR", False),
    "tested-by": ("TESTED_BY", False),
    "fixed-by": ("FIXED_BY", False),
    "similar-to": ("SIMILAR_TO", False),
}
_HAS = {
    "entity": "HAS_ENTITY",
    "endpoint": "HAS_ENDPOINT",
    "flow": "HAS_FLOW",
    "validation": "HAS_VALIDATION",
    "ir-node": "HAS_NODE",
}
# Numbered and never changed; what the community edition has.
_SCHEMA = (
    (
        "CREATE CONSTRAINT guard_node IF NOT EXISTS FOR (n:Lineage) "
        "REQUIRE (n._repository, n._kind, n._key) IS UNIQUE",
        "CREATE INDEX guard_key IF NOT EXISTS FOR (n:Lineage) ON (n._key)",
        "CREATE INDEX guard_path IF NOT EXISTS FOR (n:GeneratedFile) ON (n.path)",
        "CREATE INDEX guard_endpoint IF NOT EXISTS FOR (n:Endpoint) ON (n.method, n.path)",
    ),
    ("CREATE CONSTRAINT guard_schema IF NOT EXISTS FOR (n:GuardSchema) REQUIRE n.name IS UNIQUE",),
    VECTOR_SCHEMA,
)
_OLDEST = (5, 23)
_SCHEMES = tuple(f"{name}{tls}" for name in ("bolt", "neo4j") for tls in ("", "+s", "+ssc"))
_REFUSED = "the address in `graph` is not one of Neo4j; write `bolt://USER@HOST:7687`."
_SECONDS = 10
_NODE_FIELDS = "{n}._kind AS kind, {n}._key AS key, {n}._properties AS properties"
_NODE_MAP = "kind: n._kind, key: n._key, properties: n._properties"
_BY_NODE = "{_repository: row.repository, _kind: row.kind, _key: row.key}"
_PART = "GENERATES|HAS_ENTITY|HAS_ENDPOINT|HAS_FLOW|HAS_VALIDATION|HAS_NODE*1..2"
_QUESTIONS = {
    "successful-patterns": (
        "MATCH (s:Spec {_key: $argument})-[:PRODUCES]->(ir:ApplicationIR) WHERE {near} "
        f"MATCH (ir)-[:{_PART}]->(f:GeneratedFile)-[:USED_PATTERN]->(p:Pattern) "
        "WITH DISTINCT f, p WHERE EXISTS {(f)-[:TESTED_BY {passed: true}]->()} "
        "AND NOT EXISTS {(f)-[:TESTED_BY {passed: false}]->()} "
        "RETURN p._key AS name, count(*) AS number ORDER BY number DESC, name"
    ),
    "endpoint-errors": (
        "MATCH (s:Endpoint {method: $method, path: $path})<-[:HAS_ENDPOINT]-(ir:ApplicationIR) "
        "WHERE {near} CALL (s, ir) { MATCH (s)-[:GENERATES]->(f:GeneratedFile) RETURN f "
        "UNION MATCH (ir)-[:GENERATES]->(f:GeneratedFile) RETURN f } "
        "MATCH (f)-[:HAD_ERROR]->(e:Error) WITH DISTINCT f, e "
        "RETURN e._key AS name, count(*) AS number ORDER BY number DESC, name"
    ),
    "file": (
        "MATCH (s:GeneratedFile) WHERE (s.path = $argument OR s._key = $argument) AND {near} "
        f"MATCH (spec:Spec)-[:PRODUCES]->(ir:ApplicationIR)-[:{_PART}]->(s) "
        "OPTIONAL MATCH (s)-[:USED_PATTERN]->(p:Pattern) "
        "RETURN DISTINCT spec._key + ' > ' + ir._key + ' > ' + s._key + "
        "coalesce(' > ' + p._key, '') AS name, 1 AS number ORDER BY name"
    ),
    "never-failed": (
        "MATCH (p:Pattern)<-[:USED_PATTERN]-(s:GeneratedFile) WHERE {near} "
        "WITH p._key AS name, collect(DISTINCT s) AS files "
        "WHERE none(f IN files WHERE EXISTS {(f)-[:HAD_ERROR]->()}) "
        "RETURN name, size(files) AS number ORDER BY number DESC, name"
    ),
}


class Neo4jGraph:
    """The lineage of all repositories as a `Follower`, and of some to read as a `LineageGraph`.

    Args:
        connection: to the server.
        own: the row of the repository that is written for, where it is asked as a `LineageGraph`.
        repositories: the rows of those that are read; all if None.
    """

    kinds = ("node", "edge", "vector")

    def __init__(
        self,
        connection: Neo4jConnection,
        own: int = 1,
        repositories: tuple[int, ...] | None = None,
    ) -> None:
        self._connection = connection
        self._own = own
        self._repositories = repositories

    @property
    def name(self) -> str:
        return self._connection.name

    def takes(self, reference: Reference) -> bool:
        return reference.kind in ("node", "edge") or (
            reference.kind == "vector" and reference.parts[0] == FOLLOWED
        )

    def choose(self, own: int, repositories: tuple[int, ...] | None) -> Neo4jGraph:
        """Return the same graph, asked for one repository or some."""
        return Neo4jGraph(self._connection, own, repositories)

    def choose_vectors(self, own: int, repositories: tuple[int, ...] | None) -> Neo4jVectorIndex:
        """Return the vectors of the graph, of one repository or some."""
        return Neo4jVectorIndex(self._connection, own, repositories)

    def migrate(self) -> None:
        """Make the constraints and indexes that are missing.

        Raises:
            MemoryStoreError: a server too old, or a graph of a newer release.
        """
        self._refuse_old_server()
        found = self._connection.run(
            "MATCH (s:GuardSchema {name: 'lineage'}) RETURN s.version AS version"
        )
        version = int(found[0]["version"]) if found else 0
        if version > len(_SCHEMA):
            raise MemoryStoreError(
                f"{self.name} has schema version {version} and this release knows "
                f"{len(_SCHEMA)}: upgrade devmatrix-guard, or set `graph` to another place."
            )
        for number, statements in enumerate(_SCHEMA[version:], start=version + 1):
            for statement in statements:
                self._connection.run(statement)
            self._connection.run(
                "MERGE (s:GuardSchema {name: 'lineage'}) SET s.version = $version", version=number
            )
        if version < len(_SCHEMA):
            self._connection.run("CALL db.awaitIndexes(60)")

    def apply(self, changes: Sequence[Change]) -> None:
        nodes = [c for c in changes if c.reference.kind == "node"]
        edges = [c for c in changes if c.reference.kind == "edge"]
        vectors = [c for c in changes if c.reference.kind == "vector"]
        prepare_indexes(self._connection, vectors)

        def write(work: Any) -> None:
            self._write(work, nodes, edges)
            write_vectors(work, vectors)

        self._connection.write(write)

    def begin_anew(self) -> None:
        """Drop everything: a community server has one graph, in which nothing can stand aside."""
        self._connection.run("MATCH (s:GuardSchema {name: 'lineage'}) REMOVE s.complete")
        drop_vectors(self._connection)
        self._connection.run(
            "MATCH (n:Lineage) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        )

    def end_anew(self) -> None:
        """Keep that everything was told, and by a release that knew this schema."""
        self._connection.run(
            "MATCH (s:GuardSchema {name: 'lineage'}) SET s.complete = $version",
            version=len(_SCHEMA),
        )

    def is_complete(self) -> bool:
        rows = self._connection.run(
            "MATCH (s:GuardSchema {name: 'lineage', complete: $version}) RETURN 1",
            version=len(_SCHEMA),
        )
        return bool(rows)

    def list_references(self, kind: str) -> set[Reference]:
        if kind == "node":
            rows = self._connection.run(
                f"MATCH (n:Lineage) RETURN {_NODE_FIELDS.format(n='n')}, n._repository AS r"
            )
            return {
                Reference("node", row["r"], (row["kind"], unescape_text(row["key"])))
                for row in rows
            }
        if kind == "vector":
            return list_vectors(self._connection)
        rows = self._connection.run(
            "MATCH (:Lineage)-[e]->(:Lineage) RETURN e._repository AS r, e._place AS p"
        )
        return {Reference("edge", row["r"], tuple(json.loads(row["p"]))) for row in rows}

    def close(self) -> None:
        self._connection.close()

    def add(self, nodes: Iterable[LineageNode], edges: Iterable[LineageEdge]) -> None:
        made = [_change_node(self._own, node) for node in nodes]
        drawn = [
            Change(Reference("edge", self._own, (e.kind, *e.source, *e.target)), e.properties)
            for e in edges
        ]
        known = {change.reference.parts for change in made}
        for change in drawn:
            for end in (change.reference.parts[1:3], change.reference.parts[3:5]):
                if end not in known and self.get(end[0], end[1]) is None:
                    raise _unknown((end[0], end[1]))
                known.add(end)
        self.apply([*made, *drawn])

    def get(self, kind: str, key: str) -> LineageNode | None:
        found = self._find_nodes("n._kind = $kind AND n._key = $key", kind=kind, key=key)
        return found[0] if found else None

    def find(self, text: str) -> tuple[LineageNode, ...]:
        where = "n._key = $text OR n.path = $text"
        if len(text) >= 4 and all(c in "0123456789abcdef" for c in text):
            where += " OR (n._kind = 'commit' AND n._key STARTS WITH $text)"
        return tuple(self._find_nodes(where, text=text))

    def trace(self, start: tuple[str, str], *, depth: int = 5) -> Lineage:
        (row,) = self._connection.run(
            _write_trace(depth, self._near("s")), kind=start[0], key=escape_text(start[1])
        )
        if not row["nodes"]:
            raise _unknown(start)
        nodes: dict[tuple[str, str], LineageNode] = {}
        for found in row["nodes"]:
            node = _read_node(found)
            nodes.setdefault((node.kind, node.key), node)
        drawn: dict[tuple[tuple[str, str], str, tuple[str, str]], LineageEdge] = {}
        for place, properties in row["edges"]:
            kind, *ends = json.loads(place)
            source, target = (ends[0], ends[1]), (ends[2], ends[3])
            edge = LineageEdge(kind, source, target, json.loads(properties))
            drawn.setdefault((source, kind, target), edge)
        return Lineage(
            start,
            tuple(nodes[end] for end in sorted(nodes)),
            tuple(drawn[place] for place in sorted(drawn)),
        )

    def walk(self, start: LineageNode, hops: Sequence[Hop]) -> tuple[tuple[LineageNode, ...], ...]:
        pattern = "(n0:Lineage)"
        for number, hop in enumerate(hops, start=1):
            types, is_back = _list_types(hop.kind)
            left, right = ("-", "->") if hop.forwards != is_back else ("<-", "-")
            pattern += f"{left}[e{number}:{types}]{right}(n{number}:Lineage)"
        count = len(hops) + 1
        fields = ", ".join(
            f"n{i}._kind AS kind{i}, n{i}._key AS key{i}, n{i}._properties AS properties{i}"
            for i in range(count)
        )
        where = [self._near("n0"), "n0._kind = $kind"] + (["n0._key = $key"] if start.key else [])
        rows = self._connection.run(
            f"MATCH {pattern} WHERE {' AND '.join(where)} RETURN {fields}",
            kind=start.kind,
            key=escape_text(start.key),
        )
        paths = [
            tuple(
                _read_node({name: row[f"{name}{i}"] for name in ("kind", "key", "properties")})
                for i in range(count)
            )
            for row in rows
        ]
        wanted = start.properties.items()
        fitting = [p for p in paths if all(p[0].properties.get(k) == v for k, v in wanted)]
        return tuple(sorted(fitting, key=lambda path: [(n.kind, n.key) for n in path]))

    def ask(self, question: str, argument: str = "") -> tuple[Answer, ...]:
        require_question(question)
        method, _, path = argument.partition(" ")
        rows = self._connection.run(
            _QUESTIONS[question].replace("{near}", self._near("s")),
            argument=escape_text(argument),
            method=method,
            path=escape_text(path),
        )
        return tuple(Answer(unescape_text(row["name"]), row["number"]) for row in rows)

    def _write(self, work: Any, nodes: Sequence[Change], edges: Sequence[Change]) -> None:
        """Write in one transaction: what is gone, then nodes, then edges, each kind at once."""
        gone = [_name_node(c.reference) for c in nodes if c.value is None]
        if gone:
            work.run(f"UNWIND $rows AS row MATCH (n:Lineage {_BY_NODE}) DETACH DELETE n", rows=gone)
        lost = [_name_edge(c.reference) for c in edges if c.value is None]
        if lost:
            work.run(
                f"UNWIND $rows AS row MATCH (n:Lineage {_BY_NODE})-[e {{_place: row.place}}]-() "
                "DELETE e",
                rows=lost,
            )
        by_label: dict[str, list[dict[str, Any]]] = {}
        for change in nodes:
            if change.value is not None:
                row = _name_node(change.reference) | {"facts": _flatten(change.value)}
                label = LABELS[change.reference.parts[0]]
                by_label.setdefault(label, []).append(row)
        for label, rows in by_label.items():
            work.run(
                f"UNWIND $rows AS row MERGE (n:Lineage {_BY_NODE}) SET n = row.facts, "
                f"n += {_BY_NODE}, n:{label}",
                rows=rows,
            )
        by_type: dict[tuple[str, bool], list[dict[str, Any]]] = {}
        for change in edges:
            if change.value is not None:
                kind, _, _, target_kind, _ = change.reference.parts
                relation = _find_relation(kind, target_kind)
                row = _name_edge(change.reference) | {"facts": _flatten(change.value)}
                by_type.setdefault(relation, []).append(row)
        for (relation_type, is_back), rows in by_type.items():
            ends = ("t", "n") if is_back else ("n", "t")
            work.run(
                f"UNWIND $rows AS row MATCH (n:Lineage {_BY_NODE}) "
                "MATCH (t:Lineage {_repository: row.repository, _kind: row.other_kind, "
                "_key: row.other_key}) "
                f"MERGE ({ends[0]})-[e:{relation_type} {{_place: row.place}}]->({ends[1]}) "
                "SET e = row.facts, e += {_place: row.place, _repository: row.repository}",
                rows=rows,
            )

    def _find_nodes(self, where: str, **values: str) -> list[LineageNode]:
        rows = self._connection.run(
            f"MATCH (n:Lineage) WHERE {self._near('n')} AND ({where}) "
            f"RETURN {_NODE_FIELDS.format(n='n')} ORDER BY n._kind, n._key, n._repository",
            **{name: escape_text(value) for name, value in values.items()},
        )
        found = {(node.kind, node.key): node for node in map(_read_node, reversed(rows))}
        return list(found.values())[::-1]

    def _near(self, name: str) -> str:
        """Return the condition that a node is of a repository that is read."""
        if self._repositories is None:
            return "true"
        return f"{name}._repository IN [{', '.join(map(str, self._repositories))}]"

    def _refuse_old_server(self) -> None:
        (row,) = self._connection.run(
            "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version"
        )
        numbers = tuple(int(part) for part in str(row["version"]).split("-")[0].split(".")[:2])
        if numbers < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            raise MemoryStoreError(
                f"{self.name} is Neo4j {row['version']}; guard needs {oldest} or newer."
            )


def open_neo4j(url: str) -> Neo4jGraph:
    """Connect to Neo4j and bring its schema up to date.

    Args:
        url: `bolt://USER@HOST:7687`, or `neo4j://`, `bolt+s://`, `neo4j+s://`; the password
            stands in the environment.

    Raises:
        UsageError: it is no such URL.
        MissingExtraError: the driver is not installed.
        FollowerAwayError: the server does not answer, or does not let us in.
        MemoryStoreError: a server too old, or a graph of a newer release.
    """
    try:
        library = import_module("neo4j")
    except ImportError as error:
        raise MissingExtraError("neo4j", "Keeping the lineage in Neo4j") from error
    logging.getLogger("neo4j").addHandler(logging.NullHandler())  # what it meets, we say ourselves
    parts = read_address(url, _SCHEMES, _REFUSED)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    place = f"{parts.scheme}://{host}:{parts.port or 7687}"
    password = os.environ.get(PASSWORD_VARIABLE) or parts.password
    login = (parts.username or "neo4j", password) if password else None
    driver = library.GraphDatabase.driver(
        place,
        auth=login,
        connection_timeout=_SECONDS,
        max_transaction_retry_time=_SECONDS,
        notifications_min_severity="OFF",
        user_agent="devmatrix-guard",
    )
    graph = Neo4jGraph(Neo4jConnection(driver, f"neo4j {place}"))
    try:
        graph.migrate()
    except BaseException:
        driver.close()
        raise
    return graph


def _write_trace(depth: int, near: str) -> str:
    """Return the query for all that is reached going only up or only down, a step at a time.

    One query, since a round trip takes longer than the rest; and along types of relation, since a
    pattern has so many that none of the wrong way should be looked at.
    """
    along, against = _list_ways()
    query = (
        f"MATCH (s:Lineage {{_kind: $kind, _key: $key}}) WHERE {near} "
        "WITH collect(s) AS up0, collect(s) AS down0"
    )
    known = "up0 + down0"
    up, down = ("<-", "-"), ("-", "->")
    for step in range(depth):
        for way, (left, right), (left_back, right_back) in (("up", up, down), ("down", down, up)):
            query += (
                f" CALL ({way}{step}) {{ UNWIND {way}{step} AS a CALL (a) {{ "
                f"MATCH (a){left}[:{along}]{right}(b) RETURN b UNION ALL "
                f"MATCH (a){left_back}[:{against}]{right_back}(b) RETURN b }} "
                f"RETURN collect(DISTINCT b) AS {way}{step + 1} }}"
            )
        known += f" + up{step + 1} + down{step + 1}"
    return (
        f"{query} UNWIND {known} AS n WITH collect(DISTINCT n) AS found CALL (found) {{ "
        "UNWIND found AS a MATCH (a)-[e]->(b) WHERE b IN found "
        "RETURN collect([e._place, e._properties]) AS edges } "
        f"RETURN [n IN found | n {{{_NODE_MAP}}}] AS nodes, edges"
    )


def _list_ways() -> tuple[str, str]:
    """Return the types of relation that point as edges do, and those that point against them."""
    ways: dict[bool, list[str]] = {False: [], True: []}
    for kind in EDGE_KINDS:
        types, is_back = _list_types(kind)
        ways[is_back].append(types)
    return "|".join(ways[False]), "|".join(ways[True])


def _list_types(kind: str) -> tuple[str, bool]:
    """Return the types of relation that edges of a kind are, and whether they are reversed."""
    if kind == "has":
        return "|".join(_HAS.values()), False
    return _find_relation(kind, "")


def _find_relation(kind: str, target_kind: str) -> tuple[str, bool]:
    if kind == "has":
        return _HAS.get(target_kind, "HAS_NODE"), False
    return RELATIONS.get(kind, (kind.upper().replace("-", "_"), False))


def _change_node(own: int, node: LineageNode) -> Change:
    return Change(Reference("node", own, (node.kind, node.key)), node.properties)


def _name_node(reference: Reference) -> dict[str, Any]:
    kind, key = reference.parts
    if kind not in NODE_KINDS or not key:
        raise RefusedError(f"the lineage refuses this (a node of kind `{kind}`).")
    return {"repository": reference.repository, "kind": kind, "key": escape_text(key)}


def _name_edge(reference: Reference) -> dict[str, Any]:
    kind, source_kind, source_key, target_kind, target_key = reference.parts
    if kind not in EDGE_KINDS or (source_kind, source_key) == (target_kind, target_key):
        raise RefusedError(f"the lineage refuses this (an edge of kind `{kind}`).")
    return {
        "repository": reference.repository,
        "kind": source_kind,
        "key": escape_text(source_key),
        "other_kind": target_kind,
        "other_key": escape_text(target_key),
        "place": json.dumps(list(reference.parts)),
    }


def _flatten(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as Neo4j takes them, and whole as JSON beside them."""
    plain: dict[str, Any] = {"_properties": json.dumps(dict(properties), sort_keys=True)}
    for name, value in properties.items():
        if isinstance(value, bool | int | float) and abs(value) < 1 << 62:
            plain[escape_text(name)] = value
        elif isinstance(value, str) and not name.startswith("_"):
            plain[escape_text(name)] = escape_text(value)
    return plain


def _read_node(row: Mapping[str, Any]) -> LineageNode:
    return LineageNode(row["kind"], unescape_text(row["key"]), json.loads(row["properties"]))


def _unknown(end: tuple[str, str]) -> MemoryStoreError:
    return MemoryStoreError(f"the lineage holds no {end[0]} `{end[1]}`; record it first.")
