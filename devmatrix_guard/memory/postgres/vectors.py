"""Vectors as arrays: compared by pgvector where it is installed, else here.

Up to `MOST_EXACT` vectors of a place, and where few fit the conditions, every one is compared.
Beyond, `optimise` has made an HNSW index on half-precision values, whose candidates are compared
exactly; made after loading, because one that grows with the table is slower to make and no better.
"""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.memory.base import Range, VectorState
from devmatrix_guard.memory.conditions import fits
from devmatrix_guard.memory.postgres.database import PostgresDatabase
from devmatrix_guard.memory.sql.database import JsonText, write_json
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.memory.sql.stores.vectors import (
    MOST_EXACT,
    Place,
    SqlVectorIndex,
    keep_best_of_each,
)

_MOST_DIMENSIONS = 16_000  # of pgvector's type
_MOST_INDEXED = 4_000  # of its HNSW on halfvec
_CANDIDATES = 100


class PostgresVectorIndex(SqlVectorIndex):
    """The vectors of a server."""

    def __init__(
        self, database: PostgresDatabase, scope: Scope, *, most_exact: int = MOST_EXACT
    ) -> None:
        super().__init__(database, scope, most_exact=most_exact)
        self._server = database

    def encode_vector(self, unit: array[float]) -> list[float]:
        return unit.tolist()

    def find_nearest(
        self, place: Place, query: array[float], where: Mapping[str, Any], limit: int
    ) -> list[tuple[str, float, str]]:
        schema = self._find_pgvector()
        if schema is None or len(query) > _MOST_DIMENSIONS:
            return self._compare_here(place, query, where, limit)
        narrowing, values = self._write_conditions(where)
        if self._has_index(place) and self._fits_many(place, narrowing, values):
            return self._ask_index(schema, place, query, (narrowing, values), limit)
        kind = f'"{schema}".vector'
        distance = f'(vector::{kind} OPERATOR("{schema}".<=>) ?::real[]::{kind})'
        rows = self._server.fetch_rows(
            "SELECT item_key, max(cosine), (array_agg(payload))[1] FROM ("
            f"SELECT item_key, 1 - {distance} AS cosine, payload FROM embeddings "
            f"WHERE {place.where} AND {narrowing}) compared "
            'GROUP BY item_key ORDER BY max(cosine) DESC, item_key COLLATE "C" LIMIT ?',
            (query.tolist(), *place, *values, limit),
        )
        return [(key, float(cosine), facts) for key, cosine, facts in rows]

    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        place = Place(collection, model_id, aspect)
        state = self.describe(*place)
        schema = self._find_pgvector()
        makes_sense = state.vectors > self._most_exact and state.dimensions <= _MOST_INDEXED
        if schema is not None and makes_sense and not self._has_index(place):
            self._make_index(schema, place, state.dimensions)
        return self.describe(*place)

    def describe(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        place = Place(collection, model_id, aspect)
        dim = self.get_dimension(collection, model_id)
        row = self._server.fetch_row(f"SELECT count(*) FROM embeddings WHERE {place.where}", place)
        count = int(row[0]) if row else 0
        if self._find_pgvector() is None:
            return VectorState(count, dim, "compared in Python", exact=True)
        if self._has_index(place):
            return VectorState(count, dim, "pgvector HNSW on halfvec", exact=False)
        return VectorState(count, dim, "compared by pgvector", exact=True)

    def _ask_index(
        self,
        schema: str,
        place: Place,
        query: array[float],
        narrowed: tuple[str, list[Any]],
        limit: int,
    ) -> list[tuple[str, float, str]]:
        """Take candidates from the index, going on until enough of them fit, and compare them."""
        narrowing, values = narrowed
        half, full = f'"{schema}".halfvec({len(query)})', f'"{schema}".vector'
        wanted = max(_CANDIDATES, limit * 4)
        written = ", ".join(_quote_text(part) for part in place)
        names = dict(zip(("collection", "model_id", "aspect"), written.split(", "), strict=True))
        fixed = " AND ".join(f"{name} = {value}" for name, value in names.items())
        with self._server.snapshot():
            for setting, value in (
                ("hnsw.iterative_scan", "strict_order"),
                ("hnsw.ef_search", str(min(wanted * 2, 1000))),
            ):
                self._server.fetch_rows("SELECT set_config(?, ?, TRUE)", (setting, value))
            rows = self._server.fetch_rows(
                "SELECT item_key, "
                f'1 - (vector::{full} OPERATOR("{schema}".<=>) ?::real[]::{full}), payload FROM ('
                f"SELECT item_key, vector, payload FROM embeddings WHERE {fixed} AND {narrowing} "
                f'ORDER BY vector::{half} OPERATOR("{schema}".<=>) ?::real[]::{half} LIMIT ?) near',
                (query.tolist(), *values, query.tolist(), wanted),
            )
        return keep_best_of_each(((key, float(c), facts) for key, c, facts in rows), limit)

    def _make_index(self, schema: str, place: Place, dim: int) -> None:
        fixed = " AND ".join(
            f"{name} = {_quote_text(part)}"
            for name, part in zip(("collection", "model_id", "aspect"), place, strict=True)
        )
        self._server.run_long(
            f'CREATE INDEX IF NOT EXISTS "{_name_index(place)}" ON embeddings USING hnsw '
            f'((vector::"{schema}".halfvec({dim})) "{schema}".halfvec_cosine_ops) '
            f"WITH (m = 16, ef_construction = 100) WHERE {fixed}"
        )

    def _has_index(self, place: Place) -> bool:
        row = self._server.fetch_row(
            "SELECT to_regclass(?) IS NOT NULL", (f'"{_name_index(place)}"',)
        )
        return row == (True,)

    def _fits_many(self, place: Place, narrowing: str, values: list[Any]) -> bool:
        """Tell whether more fit than can be compared one by one."""
        row = self._server.fetch_row(
            f"SELECT count(*) FROM (SELECT 1 FROM embeddings WHERE {place.where} "
            f"AND {narrowing} LIMIT {self._most_exact + 1}) fitting",
            (*place, *values),
        )
        return bool(row and row[0] > self._most_exact)

    def _write_conditions(self, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
        parts, values = [self._scope.narrow("repository_id")], []
        for name, wanted in where.items():
            if isinstance(wanted, Range):
                part, held = _write_range(name, wanted)
                parts.append(part)
                values += held
                continue
            options = wanted if isinstance(wanted, tuple) else (wanted,)
            # A list on either side: one document holds another also where a list holds a value.
            tests = ["payload @> ?::jsonb OR payload @> ?::jsonb" for _ in options]
            parts.append(f"({' OR '.join(tests) or 'FALSE'})")
            for option in options:
                values += [write_json({name: option}), write_json({name: [option]})]
        return " AND ".join(parts), values

    def _compare_here(
        self, place: Place, query: array[float], where: Mapping[str, Any], limit: int
    ) -> list[tuple[str, float, str]]:
        rows = self._server.fetch_rows(
            f"SELECT item_key, vector, payload FROM embeddings WHERE {place.where} "
            f"AND {self._scope.narrow('repository_id')}",
            place,
        )
        return keep_best_of_each(
            (
                (key, math.fsum(map(float.__mul__, query, array("f", vector))), facts)
                for key, vector, facts in rows
                if not where or fits(json.loads(facts), where)
            ),
            limit,
        )

    def _find_pgvector(self) -> str | None:
        """Return the schema the extension is in, which need not be one that is searched."""
        row = self._server.fetch_row(
            "SELECT n.nspname::text FROM pg_extension e "
            "JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
        )
        return row[0].replace('"', '""') if row else None


def _write_range(name: str, wanted: Range) -> tuple[str, list[Any]]:
    """Return the condition that a value, or one of a list, is a number or text in the range."""
    kind = "string" if any(isinstance(bound, str) for bound in wanted) else "number"
    signs = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
    tests, values = [f"jsonb_typeof(held) = '{kind}'"], [name, name, name]
    for field, sign in signs.items():
        bound = getattr(wanted, field)
        if bound is None:
            continue
        if kind == "string":
            tests.append(f"""(held #>> '{{}}') COLLATE "C" {sign} ?""")
        else:
            tests.append(
                "(CASE WHEN jsonb_typeof(held) = 'number' "
                f"THEN (held #>> '{{}}')::double precision END) {sign} ?"
            )
        values.append(bound)
    sql = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(payload -> ?::text) "
        "WHEN 'array' THEN payload -> ?::text ELSE jsonb_build_array(payload -> ?::text) END) held "
        f"WHERE {' AND '.join(tests)})"
    )
    return sql, values


def _name_index(place: Place) -> str:
    digest = hashlib.sha256(write_json(list(place)).encode()).hexdigest()[:16]
    return f"embeddings_hnsw_{digest}"


def _quote_text(text: str) -> str:
    """Return a text as SQL has it: the condition of a partial index takes no parameters."""
    from devmatrix_guard.memory.postgres.text import escape_text

    escaped = escape_text(JsonText(text)).replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"
