"""The lineage graph as two tables and recursive queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.sql.database import Database, Values, write_json
from devmatrix_guard.model.lineage import Hop, Lineage, LineageEdge, LineageNode

# Everything reached from :start in one direction or the other, never round a corner.
_REACHED = """
WITH RECURSIVE came (id, depth) AS (
  SELECT CAST(:start AS BIGINT), 0
  UNION
  SELECT e.target_id, r.depth + 1 FROM came r JOIN lineage_edges e ON e.source_id = r.id
  WHERE r.depth < :depth
), origin (id, depth) AS (
  SELECT CAST(:start AS BIGINT), 0
  UNION
  SELECT e.source_id, r.depth + 1 FROM origin r JOIN lineage_edges e ON e.target_id = r.id
  WHERE r.depth < :depth
), reached (id) AS (
  SELECT id FROM came UNION SELECT id FROM origin
)
"""
_NODE = "id, kind, key, properties"


class SqlLineageGraph:
    """The tables `lineage_nodes` and `lineage_edges` as a `LineageGraph`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, nodes: Iterable[LineageNode], edges: Iterable[LineageEdge]) -> None:
        known = lru_cache(maxsize=None)(self._get_id)  # an end is often that of many edges
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO lineage_nodes (kind, key, properties) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, key) DO UPDATE SET properties = excluded.properties "
                "WHERE lineage_nodes.properties <> excluded.properties",
                [(node.kind, node.key, write_json(node.properties)) for node in nodes],
            )
            self._database.run_many(
                "INSERT INTO lineage_edges (kind, source_id, target_id, properties) "
                "VALUES (?, ?, ?, ?) "
                "ON CONFLICT (source_id, kind, target_id) DO UPDATE "
                "SET properties = excluded.properties "
                "WHERE lineage_edges.properties <> excluded.properties",
                [
                    (e.kind, known(e.source), known(e.target), write_json(e.properties))
                    for e in edges
                ],
            )

    def get(self, kind: str, key: str) -> LineageNode | None:
        rows = self._fetch_nodes("WHERE kind = ? AND key = ?", (kind, key))
        return rows[0][1] if rows else None

    def find(self, text: str) -> tuple[LineageNode, ...]:
        where = "WHERE key = :text OR path = :text"
        if len(text) >= 4 and all(c in "0123456789abcdef" for c in text):
            where += " OR (kind = 'commit' AND key BETWEEN :text AND :text || 'g')"
        return tuple(
            node for _, node in self._fetch_nodes(f"{where} ORDER BY kind, key", {"text": text})
        )

    def trace(self, start: tuple[str, str], *, depth: int = 5) -> Lineage:
        reach = {"start": self._get_id(start), "depth": depth}
        nodes = self._fetch_nodes("WHERE id IN (SELECT id FROM reached)", reach, before=_REACHED)
        by_id = dict(nodes)
        edges = [
            LineageEdge(kind, _end(by_id[source]), _end(by_id[target]), json.loads(properties))
            for kind, source, target, properties in self._database.fetch_rows(
                f"{_REACHED} SELECT kind, source_id, target_id, properties FROM lineage_edges "
                "WHERE source_id IN (SELECT id FROM reached) "
                "AND target_id IN (SELECT id FROM reached)",
                reach,
            )
        ]
        return Lineage(
            start,
            tuple(sorted(by_id.values(), key=_end)),
            tuple(sorted(edges, key=lambda e: (e.source, e.kind, e.target))),
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
        where = "n0.kind = ?"
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

    def _get_id(self, end: tuple[str, str]) -> int:
        row = self._database.fetch_row(
            "SELECT id FROM lineage_nodes WHERE kind = ? AND key = ?", end
        )
        if row is None:
            raise MemoryStoreError(f"the lineage holds no {end[0]} `{end[1]}`; record it first.")
        return int(row[0])

    def _fetch_nodes(
        self, where: str, values: Values, *, before: str = ""
    ) -> list[tuple[int, LineageNode]]:
        rows = self._database.fetch_rows(
            f"{before} SELECT {_NODE} FROM lineage_nodes {where}", values
        )
        return [(row[0], _read_node(row[1:])) for row in rows]


def _read_node(row: Sequence[Any]) -> LineageNode:
    return LineageNode(row[0], row[1], json.loads(row[2]))


def _end(node: LineageNode) -> tuple[str, str]:
    return (node.kind, node.key)
