"""Listings over FixPatterns and success patterns alike, and what is counted and hidden of both.

InfraPatterns are few and come from several places, so that whoever lists them joins them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.memory.sql.database import Database, write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.catalog import (
    STATUS_OF_STAGE,
    CatalogFilter,
    CatalogRow,
    MatchRecord,
)

_BATCH = 500
_STATUS = " ".join(f"WHEN '{stage}' THEN '{status}'" for stage, status in STATUS_OF_STAGE.items())
_COLUMNS = (
    "id, kind, name, status, quality, rate, created_at, updated_at, stage, severity, layer_number"
)
_FIELDS = CatalogRow._fields[:11]
# Of a pattern that several repositories hold, the best supported evidence stands for all.
_FIXES = """
SELECT e.pattern_id AS id, 'fix' AS kind, e.title AS name,
       CASE e.stage {status} END AS status, e.confidence_score AS quality,
       (SELECT avg(CASE WHEN u.success THEN 1.0 ELSE 0.0 END) FROM pattern_uses u
        WHERE u.pattern_id = e.pattern_id) AS rate,
       e.created_at AS created_at, e.updated_at AS updated_at, e.stage AS stage,
       e.severity AS severity, e.layer_number AS layer_number
FROM pattern_evidence e WHERE {own}
AND NOT EXISTS (SELECT 1 FROM pattern_removals x WHERE x.pattern_id = e.pattern_id){best}
"""
_BEST = """
AND NOT EXISTS (SELECT 1 FROM pattern_evidence b WHERE b.pattern_id = e.pattern_id AND {own}
  AND (b.confidence_score > e.confidence_score
       OR (b.confidence_score = e.confidence_score AND b.seq < e.seq)))"""
SUCCESSES = """
SELECT s.id AS id, s.pattern_type AS kind, s.name AS name, s.status AS status,
       s.quality_score AS quality, s.success_rate AS rate, s.created_at AS created_at,
       s.updated_at AS updated_at, '' AS stage, '' AS severity,
       CAST(NULL AS INTEGER) AS layer_number
FROM success_patterns s WHERE s.deleted_at IS NULL
"""
_ORDERS = {
    "quality": "CASE WHEN quality IS NULL THEN 1 ELSE 0 END, quality DESC, id",
    "name": "name, id",
    "newest": "created_at DESC, id",
    "oldest": "created_at, id",
    "updated": "updated_at DESC, id",
}


class SqlCatalogStore:
    """The catalogue of a memory."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def list_rows(
        self,
        only: CatalogFilter,
        *,
        order: str = "quality",
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[CatalogRow, ...]:
        """Return what is listed, in one of the `ORDERS`."""
        where, values = write_conditions(only)
        rows = self._database.fetch_rows(
            f"SELECT {_COLUMNS} FROM ({self._write_source(only)}) c WHERE {where} "
            f"ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return self._complete(rows)

    def count(self, only: CatalogFilter) -> int:
        """Return how many are listed."""
        where, values = write_conditions(only)
        row = self._database.fetch_row(
            f"SELECT count(*) FROM ({self._write_source(only)}) c WHERE {where}", values
        )
        return int(row[0]) if row else 0

    def find_rows(self, ids: Sequence[str]) -> dict[str, CatalogRow]:
        """Return {id: row} of those of the ids that are listed."""
        found: dict[str, CatalogRow] = {}
        for start in range(0, len(ids), _BATCH):
            some = tuple(ids[start : start + _BATCH])
            rows = self.list_rows(CatalogFilter(ids=some), limit=len(some))
            found |= {row.pattern_id: row for row in rows}
        return found

    def count_facets(self, only: CatalogFilter) -> dict[str, dict[str, int]]:
        """Return how many are listed by type, status, stage, severity, layer and tag.

        The facet `all` holds the number of all under an empty value.
        """
        where, values = write_conditions(only)
        source = self._write_source(only)
        names = ("types", "statuses", "stages", "severities", "layers")
        facets: dict[str, dict[str, int]] = {name: {} for name in ("all", *names, "tags")}
        for *row, count in self._database.fetch_rows(
            "SELECT kind, status, stage, severity, layer_number, count(*) "
            f"FROM ({source}) c WHERE {where} GROUP BY kind, status, stage, severity, layer_number",
            values,
        ):
            facets["all"][""] = facets["all"].get("", 0) + int(count)
            for name, value in zip(names, row, strict=True):
                if value not in ("", None):
                    held = facets[name]
                    held[str(value)] = held.get(str(value), 0) + int(count)
        facets["tags"] = self._count_tags(source, where, values)
        return facets

    def count_matches(self, counts: Mapping[str, int], at: str) -> None:
        """Add to how often patterns were returned by a search."""
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO pattern_matches (pattern_id, match_count, last_matched_at) "
                "VALUES (?, ?, ?) ON CONFLICT (pattern_id) DO UPDATE SET "
                "match_count = pattern_matches.match_count + excluded.match_count, "
                "last_matched_at = excluded.last_matched_at",
                [(key, count, at) for key, count in sorted(counts.items())],
            )

    def read_matches(self, ids: Sequence[str]) -> dict[str, MatchRecord]:
        """Return {id: how often it was returned} of those that ever were."""
        rows = self._database.fetch_rows(
            "SELECT pattern_id, match_count, last_matched_at FROM pattern_matches "
            f"WHERE pattern_id IN ({write_marks(ids)})",
            ids,
        )
        return {key: MatchRecord(int(count), at) for key, count, at in rows}

    def hide(self, pattern_id: str, by: str = "") -> None:
        """Take a FixPattern or InfraPattern out of the catalogue; it stays in the memory."""
        with self._database.transaction():
            self._database.run(
                "INSERT INTO pattern_removals (pattern_id, removed_by) VALUES (?, ?) "
                "ON CONFLICT (pattern_id) DO NOTHING",
                (pattern_id, by),
            )

    def show(self, pattern_id: str) -> None:
        """Bring a hidden pattern back."""
        with self._database.transaction():
            self._database.run("DELETE FROM pattern_removals WHERE pattern_id = ?", (pattern_id,))

    def list_hidden(self, ids: Iterable[str] | None = None) -> dict[str, str]:
        """Return {id: when it was hidden}, of the ids or of all."""
        chosen = None if ids is None else list(ids)
        where = "" if chosen is None else f" WHERE pattern_id IN ({write_marks(chosen)})"
        rows = self._database.fetch_rows(
            f"SELECT pattern_id, removed_at FROM pattern_removals{where} ORDER BY pattern_id",
            chosen or (),
        )
        return dict(rows)

    def read_moments(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return {id: (when it was learned first, when changed last)} of FixPatterns."""
        rows = self._database.fetch_rows(
            "SELECT pattern_id, min(created_at), max(updated_at) FROM pattern_evidence e "
            f"WHERE pattern_id IN ({write_marks(ids)}) "
            f"AND {self._scope.narrow('e.repository_id')} GROUP BY pattern_id",
            ids,
        )
        return {key: (first, last) for key, first, last in rows}

    def _write_source(self, only: CatalogFilter) -> str:
        parts = []
        if not only.types or "fix" in only.types:
            own = self._scope.narrow("e.repository_id")
            best = "" if self._scope.is_own else _BEST.format(own=own.replace("e.", "b."))
            parts.append(_FIXES.format(status=_STATUS, own=own, best=best))
        if not only.types or set(only.types) - {"fix", "infra"}:
            parts.append(SUCCESSES)
        return " UNION ALL ".join(parts) or f"{SUCCESSES} AND FALSE"

    def _count_tags(self, source: str, where: str, values: Sequence[Any]) -> dict[str, int]:
        rows = self._database.fetch_rows(
            f"SELECT tag, count(*) AS number FROM ({_TAGS}) t "
            f"WHERE tagged IN (SELECT id FROM ({source}) c WHERE {where}) "
            "GROUP BY tag ORDER BY number DESC, tag LIMIT 50",
            values,
        )
        return {tag: int(count) for tag, count in rows}

    def _complete(self, rows: Sequence[Sequence[Any]]) -> tuple[CatalogRow, ...]:
        ids = [row[0] for row in rows]
        if not ids:
            return ()
        tags: dict[str, list[str]] = {}
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            for key, tag in self._database.fetch_rows(
                f"SELECT tagged, tag FROM ({_TAGS}) t WHERE tagged IN ({write_marks(some)}) "
                "ORDER BY tag",
                some,
            ):
                tags.setdefault(key, []).append(tag)
        matches: dict[str, MatchRecord] = {}
        for start in range(0, len(ids), _BATCH):
            matches |= self.read_matches(ids[start : start + _BATCH])
        none = MatchRecord()
        found = []
        for row in rows:
            match = matches.get(row[0], none)
            facts = dict(zip(_FIELDS, row, strict=True))
            held = tuple(tags.get(row[0], ()))
            found.append(CatalogRow(**facts, tags=held, **match._asdict()))
        return tuple(found)


_TAGS = (
    "SELECT pattern_id AS tagged, value AS tag FROM pattern_labels WHERE kind = 'tag' "
    "UNION ALL SELECT pattern_id, tag FROM success_tags"
)


def write_conditions(only: CatalogFilter) -> tuple[str, list[Any]]:
    """Return the condition on the columns of a listing, and its values."""
    parts: list[str] = ["TRUE"]
    values: list[Any] = []
    for column, chosen in (
        ("kind", only.types),
        ("status", only.statuses),
        ("stage", only.stages),
        ("severity", only.severities),
        ("layer_number", only.layers),
    ):
        if chosen:
            parts.append(f"{column} IN ({write_marks(chosen)})")
            values += chosen
    if only.ids is not None:
        parts.append(f"id IN ({write_marks(only.ids)})" if only.ids else "FALSE")
        values += only.ids
    for column, least in (("quality", only.min_quality), ("rate", only.min_success)):
        if least is not None:
            parts.append(f"{column} >= ?")
            values.append(least)
    if only.tags:
        marks = write_marks(only.tags)
        parts.append(f"id IN (SELECT tagged FROM ({_TAGS}) t WHERE tag IN ({marks}))")
        values += only.tags
    return " AND ".join(parts), values
