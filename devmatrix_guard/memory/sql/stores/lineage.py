"""The lineage graph as two tables and recursive queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.sql.database import Database, Values, write_json, write_marks
from devmatrix_guard.memory.sql.questions import QUESTIONS
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.lineage import (
    Answer,
    Hop,
    Lineage,
    LineageEdge,
    LineageNode,
    require_question,
)

# Everything reached from :kind and :key in one direction or the other, never round a corner.
_REACHED = """
WITH RECURSIVE came (id, depth) AS (
  SELECT id, 0 FROM lineage_nodes WHERE kind = :kind AND key = :key AND {near}
  UNION
  SELECT e.target_id, r.depth + 1 FROM came r JOIN lineage_edges e ON e.source_id = r.id
  WHERE r.depth < :depth
), origin (id, depth) AS (
  SELECT id, 0 FROM lineage_nodes WHERE kind = :kind AND key = :key AND {near}
  UNION
  SELECT e.source_id, r.depth + 1 FROM origin r JOIN lineage_edges e ON e.target_id = r.id
  WHERE r.depth < :depth
), reached (id) AS (
  SELECT id FROM came UNION SELECT id FROM origin
)
"""
_NODE = "id, kind, key, properties"
_READ_AT_ONCE = 500


class SqlLineageGraph:
    """The tables `lineage_nodes` and `lineage_edges` as a `LineageGraph`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def add(self, nodes: Iterable[LineageNode], edges: Iterable[LineageEdge]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            edges = list(edges)
            self._database.run_many(
                "INSERT INTO lineage_nodes (repository_id, kind, key, properties) "
                "VALUES (?, ?, ?, ?) ON CONFLICT (repository_id, kind, key) "
                "DO UPDATE SET properties = excluded.properties "
                "WHERE lineage_nodes.properties <> excluded.properties",
                [(own, node.kind, node.key, write_json(node.properties)) for node in nodes],
            )
            ids = self._read_ids(own, {end for edge in edges for end in (edge.source, edge.target)})
            self._database.run_many(
                "INSERT INTO lineage_edges (kind, source_id, target_id, properties) "
                "VALUES (?, ?, ?, ?) "
                "ON CONFLICT (source_id, kind, target_id) DO UPDATE "
                "SET properties = excluded.properties "
                "WHERE lineage_edges.properties <> excluded.properties",
                [(e.kind, ids[e.source], ids[e.target], write_json(e.properties)) for e in edges],
            )

    def get(self, kind: str, key: str) -> LineageNode | None:
        rows = self._fetch_nodes("kind = ? AND key = ? ORDER BY id", (kind, key))
        return rows[0][1] if rows else None

    def find(self, text: str) -> tuple[LineageNode, ...]:
        where = "key = :text OR path = :text"
        if len(text) >= 4 and all(c in "0123456789abcdef" for c in text):
            where += " OR (kind = 'commit' AND key BETWEEN :text AND :text || 'g')"
        found = self._fetch_nodes(f"({where}) ORDER BY kind, key, id", {"text": text})
        return tuple({_end(node): node for _, node in reversed(found)}.values())[::-1]

    def trace(self, start: tuple[str, str], *, depth: int = 5) -> Lineage:
        reach = {"kind": start[0], "key": start[1], "depth": depth}
        reached = _REACHED.format(near=self._scope.narrow("repository_id"))
        # From what was reached to its row: the other way round would read every node.
        rows = self._database.fetch_rows(
            f"{reached} SELECT {_NODE} FROM (SELECT id AS reached_id FROM reached) r "
            "CROSS JOIN lineage_nodes WHERE id = reached_id ORDER BY id",
            reach,
        )
        by_id = {row[0]: _read_node(row[1:]) for row in rows}
        if not by_id:
            raise _unknown(start)
        edges = [
            LineageEdge(kind, _end(by_id[source]), _end(by_id[target]), json.loads(properties))
            for kind, source, target, properties in self._database.fetch_rows(
                f"{reached} SELECT kind, source_id, target_id, properties FROM reached r "
                "CROSS JOIN lineage_edges WHERE source_id = r.id "
                "AND target_id IN (SELECT id FROM reached)",
                reach,
            )
        ]
        nodes = {_end(node): node for node in reversed(by_id.values())}
        drawn = {(e.source, e.kind, e.target): e for e in reversed(edges)}
        return Lineage(
            start,
            tuple(nodes[end] for end in sorted(nodes)),
            tuple(drawn[place] for place in sorted(drawn)),
        )

    def walk(self, start: LineageNode, hops: Sequence[Hop]) -> tuple[tuple[LineageNode, ...], ...]:
        joins, values = "", []
        for number, hop in enumerate(hops):
            near, far = ("source_id", "target_id") if hop.forwards else ("target_id", "source_id")
            joins += (
                f" JOIN lineage_edges e{number} ON e{number}.{near} = n{number}.id "
                f"AND e{number}.kind = ? "
                f"JOIN lineage_nodes n{number + 1} ON n{number + 1}.id = e{number}.{far}"
            )
            values.append(hop.kind)
        columns = ", ".join(f"n{i}.kind, n{i}.key, n{i}.properties" for i in range(len(hops) + 1))
        where = f"n0.kind = ? AND {self._scope.narrow('n0.repository_id')}"
        values.append(start.kind)
        if start.key:
            where += " AND n0.key = ?"
            values.append(start.key)
        for name, value in start.properties.items():
            condition, held = self._database.holds("n0.properties", name, value)
            where += f" AND {condition}"
            values += held
        rows = self._database.fetch_rows(
            f"SELECT {columns} FROM lineage_nodes n0{joins} WHERE {where} ORDER BY {columns}",
            values,
        )
        return tuple(
            tuple(_read_node(row[i : i + 3]) for i in range(0, len(row), 3)) for row in rows
        )

    def ask(self, question: str, argument: str = "") -> tuple[Answer, ...]:
        require_question(question)
        method, _, path = argument.partition(" ")
        sql = QUESTIONS[question].format(
            near=self._scope.narrow("s.repository_id"),
            passed=self._database.is_true("t.properties", "passed"),
            method=self._database.extract_text("s.properties", "method"),
            path="s.path",
        )
        rows = self._database.fetch_rows(
            sql, {"argument": argument, "method": method, "path": path}
        )
        return tuple(Answer(name, int(number)) for name, number in rows)

    def _read_ids(self, own: int, ends: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return the row of each end of an edge; one that is not there is an error."""
        keys: dict[str, list[str]] = {}
        for kind, key in sorted(ends):
            keys.setdefault(kind, []).append(key)
        found: dict[tuple[str, str], int] = {}
        for kind, every in keys.items():
            for start in range(0, len(every), _READ_AT_ONCE):
                some = every[start : start + _READ_AT_ONCE]
                rows = self._database.fetch_rows(
                    "SELECT key, id FROM lineage_nodes WHERE repository_id = ? AND kind = ? "
                    f"AND key IN ({write_marks(some)})",
                    (own, kind, *some),
                )
                found |= {(kind, key): int(row) for key, row in rows}
                for key in some:
                    if (kind, key) not in found:
                        raise _unknown((kind, key))
        return found

    def _fetch_nodes(self, where: str, values: Values) -> list[tuple[int, LineageNode]]:
        near = self._scope.narrow("repository_id")
        rows = self._database.fetch_rows(
            f"SELECT {_NODE} FROM lineage_nodes WHERE {near} AND {where}", values
        )
        return [(row[0], _read_node(row[1:])) for row in rows]


def _read_node(row: Sequence[Any]) -> LineageNode:
    return LineageNode(row[0], row[1], json.loads(row[2]))


def _unknown(end: tuple[str, str]) -> MemoryStoreError:
    return MemoryStoreError(f"the lineage holds no {end[0]} `{end[1]}`; record it first.")


def _end(node: LineageNode) -> tuple[str, str]:
    return (node.kind, node.key)
