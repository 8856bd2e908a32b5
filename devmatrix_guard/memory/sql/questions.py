"""The questions that people ask the lineage, as queries of its two tables."""

from __future__ import annotations

# What an IR gave: directly, or by one of its parts.
_GIVEN = """
WITH given (ir_id, file_id) AS (
  SELECT e.source_id, e.target_id FROM lineage_edges e
  JOIN lineage_nodes i ON i.id = e.source_id AND i.kind = 'ir'
  WHERE e.kind = 'generated'
  UNION
  SELECT h.source_id, e.target_id FROM lineage_edges h
  JOIN lineage_edges e ON e.source_id = h.target_id AND e.kind = 'generated'
  WHERE h.kind = 'has'
)
"""
_USED = "JOIN lineage_edges u ON u.target_id = f.id AND u.kind = 'used-in' "
_FAILED = "SELECT 1 FROM lineage_edges h WHERE h.source_id = f.id AND h.kind = 'had-error'"
# `:argument`, `:method` and `:path` are what was asked about; {near} narrows the repositories of s,
# {passed} and {method}, {path} are how the database reads a property.
QUESTIONS = {
    "successful-patterns": _GIVEN
    + "SELECT p.key, count(DISTINCT f.id) AS number FROM lineage_nodes s "
    "JOIN lineage_edges d ON d.source_id = s.id AND d.kind = 'produced' "
    "JOIN given g ON g.ir_id = d.target_id JOIN lineage_nodes f ON f.id = g.file_id "
    f"{_USED} JOIN lineage_nodes p ON p.id = u.source_id "
    "WHERE s.kind = 'spec' AND s.key = :argument AND {near} "
    "AND EXISTS (SELECT 1 FROM lineage_edges t WHERE t.source_id = f.id "
    "AND t.kind = 'tested-by' AND {passed}) "
    "AND NOT EXISTS (SELECT 1 FROM lineage_edges t WHERE t.source_id = f.id "
    "AND t.kind = 'tested-by' AND NOT {passed}) "
    "GROUP BY p.key ORDER BY number DESC, p.key",
    "endpoint-errors": "SELECT x.key, count(DISTINCT f.id) AS number FROM lineage_nodes s "
    "JOIN lineage_edges h ON h.target_id = s.id AND h.kind = 'has' "
    "JOIN lineage_edges g ON g.source_id IN (s.id, h.source_id) AND g.kind = 'generated' "
    "JOIN lineage_nodes f ON f.id = g.target_id "
    "JOIN lineage_edges w ON w.source_id = f.id AND w.kind = 'had-error' "
    "JOIN lineage_nodes x ON x.id = w.target_id "
    "WHERE s.kind = 'endpoint' AND {near} AND {method} = :method AND {path} = :path "
    "GROUP BY x.key ORDER BY number DESC, x.key",
    "file": _GIVEN + "SELECT DISTINCT o.key || ' > ' || i.key || ' > ' || s.key || "
    "coalesce(' > ' || p.key, '') AS name, 1 FROM lineage_nodes s "
    "JOIN given g ON g.file_id = s.id JOIN lineage_nodes i ON i.id = g.ir_id "
    "JOIN lineage_edges d ON d.target_id = i.id AND d.kind = 'produced' "
    "JOIN lineage_nodes o ON o.id = d.source_id "
    "LEFT JOIN lineage_edges u ON u.target_id = s.id AND u.kind = 'used-in' "
    "LEFT JOIN lineage_nodes p ON p.id = u.source_id "
    "WHERE s.kind = 'file' AND (s.path = :argument OR s.key = :argument) AND {near} "
    "ORDER BY name",
    "never-failed": "SELECT s.key, count(DISTINCT f.id) AS number FROM lineage_nodes s "
    "JOIN lineage_edges u ON u.source_id = s.id AND u.kind = 'used-in' "
    "JOIN lineage_nodes f ON f.id = u.target_id WHERE s.kind = 'infra-pattern' AND {near} "
    f"GROUP BY s.key HAVING sum(CASE WHEN EXISTS ({_FAILED}) THEN 1 ELSE 0 END) = 0 "
    "ORDER BY number DESC, s.key",
}
