"""What runs taught: signatures of specs, errors with what repaired them, functions that worked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from devmatrix_guard.memory.sql.database import Database, upsert, write_json, write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.fragment import CodeFragment
from devmatrix_guard.model.knowledge.learning import (
    ErrorPattern,
    FixEdit,
    SimilarSpec,
    SpecSignature,
)
from devmatrix_guard.model.knowledge.run import PipelineRun

_ERROR = (
    "error_id, check_name, signature, construct, file_path, cause, message, infra_pattern, "
    "emitter, failed_code, fix, fix_origin, compliance_before, compliance_after, iterations, "
    "occurrences, tried, helped, application, first_seen, last_seen"
)
_ADDED = ("occurrences", "tried", "helped")
_KEPT = ("error_id", "fix_id", "repository_id", "first_seen", "last_seen", *_ADDED)
_FRAGMENT = (
    "application, file_path, name, digest, emitter, infra_pattern, code, passed, failed, seen_at"
)
# Runs that say how an application did; a generation only says that it was written.
JUDGING = ("verify", "outcome", "build")


class SqlExperienceStore:
    """`spec_signatures`, `error_patterns` and `code_fragments` as an `ExperienceStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save_signature(self, signature: SpecSignature, at: str) -> None:
        with self._database.transaction():
            columns = "repository_id, spec_hash, name, features, seen_at"
            own = self._scope.ensure_own()
            features = write_json(list(signature.features))
            self._database.run(
                upsert("spec_signatures", columns, "repository_id, spec_hash"),
                (own, signature.spec_hash, signature.name, features, at),
            )

    def list_signatures(self, *, limit: int = 200) -> tuple[SpecSignature, ...]:
        rows = self._database.fetch_rows(
            "SELECT spec_hash, name, features FROM spec_signatures "
            f"WHERE {self._scope.narrow('repository_id')} "
            "ORDER BY seen_at DESC, spec_hash LIMIT ?",
            (limit,),
        )
        return tuple(SpecSignature(row[0], row[1], tuple(json.loads(row[2]))) for row in rows)

    def judge_specs(self, spec_hashes: Sequence[str]) -> dict[str, SimilarSpec]:
        if not spec_hashes:
            return {}
        rows = self._database.fetch_rows(
            "SELECT spec_hash, count(*), sum(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), "
            f"avg(compliance_score) FROM pipeline_runs WHERE command IN ({write_marks(JUDGING)}) "
            f"AND spec_hash IN ({write_marks(spec_hashes)}) AND status IN ('succeeded', 'failed') "
            f"AND {self._scope.narrow('repository_id')} GROUP BY spec_hash",
            (*JUDGING, *spec_hashes),
        )
        return {
            spec: SimilarSpec("", spec, 0.0, int(runs), int(good), score)
            for spec, runs, good, score in rows
        }

    def list_runs_of(self, name: str, *, limit: int = 50) -> tuple[PipelineRun, ...]:
        rows = self._database.fetch_rows(
            "SELECT id, command, started_at, completed_at, status, spec_hash, compliance_score, "
            "metrics FROM pipeline_runs WHERE spec_hash IN "
            "(SELECT spec_hash FROM spec_signatures WHERE name = ?) "
            f"AND {self._scope.narrow('repository_id')} "
            "ORDER BY started_at DESC, id DESC LIMIT ?",
            (name, limit),
        )
        return tuple(
            PipelineRun(*row[:6])._replace(compliance_score=row[6], details=json.loads(row[7]))
            for row in rows
        )

    def record_errors(self, patterns: Iterable[ErrorPattern]) -> None:
        names = _ERROR.split(", ")
        updates = ", ".join(
            f"{name} = t.{name} + excluded.{name}"
            if name in _ADDED
            else f"{name} = excluded.{name}"
            for name in (*names, "fix_id")
            if name in _ADDED or name not in _KEPT
        )
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run_many(
                f"INSERT INTO error_patterns AS t ({_ERROR}, fix_id, repository_id) "
                f"VALUES ({write_marks(names)}, ?, ?) "
                f"ON CONFLICT (repository_id, error_id, fix_id) DO UPDATE SET {updates}, "
                "last_seen = CASE WHEN excluded.last_seen > t.last_seen "
                "THEN excluded.last_seen ELSE t.last_seen END",
                [(*_list_error_facts(one), _make_fix_id(one), own) for one in patterns],
            )

    def list_errors(
        self,
        *,
        constructs: Sequence[str] = (),
        application: str = "",
        fixed: bool | None = None,
        limit: int = 100,
    ) -> tuple[ErrorPattern, ...]:
        where, values = [self._scope.narrow("repository_id")], list[Any]()
        if constructs:
            where.append(f"construct IN ({write_marks(constructs)})")
            values += constructs
        if application:
            where.append("application = ?")
            values.append(application)
        if fixed is not None:
            where.append("fix_id <> ''" if fixed else "fix_id = ''")
        rows = self._database.fetch_rows(
            f"SELECT {_ERROR} FROM error_patterns WHERE {' AND '.join(where)} "
            "ORDER BY last_seen DESC, error_id, fix_id LIMIT ?",
            (*values, limit),
        )
        return tuple(_read_error(row) for row in rows)

    def save_fragments(self, fragments: Iterable[CodeFragment]) -> None:
        names = f"{_FRAGMENT}, repository_id"
        key = "repository_id, application, file_path, name"
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run_many(
                upsert("code_fragments", names, key), [(*one, own) for one in fragments]
            )

    def list_fragments(self, *, limit: int = 10_000) -> tuple[CodeFragment, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_FRAGMENT} FROM code_fragments WHERE {self._scope.narrow('repository_id')} "
            "ORDER BY seen_at DESC, application, file_path, name LIMIT ?",
            (limit,),
        )
        return tuple(CodeFragment(*row) for row in rows)


def _make_fix_id(pattern: ErrorPattern) -> str:
    """Return what tells fixes of one error apart, "" for none."""
    if not pattern.fix:
        return ""
    text = write_json([list(edit) for edit in pattern.fix])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _list_error_facts(pattern: ErrorPattern) -> list[Any]:
    facts = list(pattern)
    place = ErrorPattern._fields.index("fix")
    facts[place] = write_json([list(edit) for edit in pattern.fix])
    return facts


def _read_error(row: tuple[Any, ...]) -> ErrorPattern:
    facts = list(row)
    place = ErrorPattern._fields.index("fix")
    facts[place] = tuple(FixEdit(*edit) for edit in json.loads(row[place]))
    return ErrorPattern(*facts)
