"""FixPatterns, people's notes on them, and their relations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import SearchFilter
from devmatrix_guard.memory.sql.database import Database, upsert, write_json, write_marks
from devmatrix_guard.memory.sql.files import ensure_file_id
from devmatrix_guard.memory.sql.search import TextIndex, index_pattern, rank_patterns
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge import PatternHit, PatternNotes, PatternRelation
from devmatrix_guard.model.pattern import Evidence, FixPattern, Pair

_LABELS = {"tag": "tags", "workflow": "workflows", "task": "tasks", "anti-pattern": "anti_patterns"}


class SqlPatternStore:
    """The tables `fix_patterns`, `pattern_*` as a `PatternStore`."""

    def __init__(self, database: Database, index: TextIndex) -> None:
        self._database = database
        self._index = index

    def save(self, patterns: Iterable[FixPattern]) -> int:
        changed = 0
        with self._database.transaction():
            known: dict[str, str] = dict(
                self._database.fetch_rows("SELECT id, digest FROM fix_patterns")
            )
            for pattern in patterns:
                digest = _make_digest(pattern)
                if known.get(pattern.id) != digest:
                    self._write(pattern, digest)
                    changed += 1
        return changed

    def get(self, pattern_id: str) -> FixPattern | None:
        found = self._read("WHERE id = ?", (pattern_id,))
        return found[0] if found else None

    def list_all(self) -> tuple[FixPattern, ...]:
        return self._read("", ())

    def remove(self, pattern_ids: Iterable[str]) -> None:
        with self._database.transaction():
            for pattern_id in pattern_ids:
                self._refuse_if_ruled(pattern_id)
                self._database.run(
                    "DELETE FROM guardian_rules WHERE source_pattern_id = ?", (pattern_id,)
                )
                self._database.run("DELETE FROM fix_patterns WHERE id = ?", (pattern_id,))

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        only: SearchFilter | None = None,
        rankings: Mapping[str, Sequence[str]] | None = None,
    ) -> tuple[PatternHit, ...]:
        chosen = only or SearchFilter()
        ranked = rank_patterns(self._database, self._index, text, limit, chosen, rankings or {})
        if not ranked:
            return ()
        found = self._read(f"WHERE id IN ({write_marks(ranked)})", [key for key, _, _ in ranked])
        by_id = {pattern.id: pattern for pattern in found}
        return tuple(PatternHit(by_id[key], score, signals) for key, score, signals in ranked)

    def annotate(self, pattern_id: str, notes: PatternNotes) -> None:
        with self._database.transaction():
            self._write_notes(pattern_id, notes)
            pattern = self.get(pattern_id)
            if pattern is not None:
                index_pattern(self._index, pattern, notes)

    def get_notes(self, pattern_id: str) -> PatternNotes:
        row = self._database.fetch_row(
            "SELECT problem_type, code_type, problem_description, solution_steps, "
            "verification_steps, learnings, prevention_guidance, created_by, reviewed, "
            "reviewer_notes FROM pattern_notes WHERE pattern_id = ?",
            (pattern_id,),
        )
        if row is None:
            return PatternNotes()
        labels: dict[str, list[str]] = {}
        for kind, value in self._database.fetch_rows(
            "SELECT kind, value FROM pattern_labels WHERE pattern_id = ? ORDER BY kind, value",
            (pattern_id,),
        ):
            labels.setdefault(_LABELS[kind], []).append(value)
        return PatternNotes(
            problem_type=row[0],
            code_type=row[1],
            problem=row[2],
            solution_steps=row[3],
            verification_steps=row[4],
            learnings=row[5],
            prevention=row[6],
            created_by=row[7],
            reviewed=bool(row[8]),
            reviewer_notes=row[9],
            **{name: tuple(values) for name, values in labels.items()},
        )

    def relate(self, relations: Iterable[PatternRelation]) -> None:
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO pattern_relationships (source_pattern_id, target_pattern_id, "
                "relationship_type, strength, description) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (source_pattern_id, target_pattern_id, relationship_type) "
                "DO UPDATE SET strength = excluded.strength, description = excluded.description",
                [(r.source, r.target, r.kind, r.strength, r.description) for r in relations],
            )

    def list_related(self, pattern_id: str) -> tuple[PatternRelation, ...]:
        rows = self._database.fetch_rows(
            "SELECT source_pattern_id, target_pattern_id, relationship_type, strength, "
            "description FROM pattern_relationships "
            "WHERE :id IN (source_pattern_id, target_pattern_id) "
            "ORDER BY strength DESC, relationship_type, source_pattern_id, target_pattern_id",
            {"id": pattern_id},
        )
        return tuple(PatternRelation(*row) for row in rows)

    def _write(self, pattern: FixPattern, digest: str) -> None:
        database = self._database
        values = {
            "id": pattern.id,
            "digest": digest,
            "title": pattern.title,
            "pattern_before": pattern.before,
            "pattern_after": pattern.after,
            "severity": pattern.severity,
            "stage": pattern.stage,
            "layer_number": pattern.layer,
            "anchors": write_json(pattern.anchors),
            "constraints": write_json(pattern.constraints),
            "evidence": write_json(asdict(pattern.evidence)),
        }
        database.run(upsert("fix_patterns", ", ".join(values), "id"), tuple(values.values()))
        database.run("DELETE FROM pattern_pairs WHERE pattern_id = ?", (pattern.id,))
        database.run_many(
            "INSERT INTO pattern_pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (pattern.id, position, ensure_file_id(database, pair.path), *_pair_values(pair))
                for position, pair in enumerate(pattern.pairs)
            ],
        )
        index_pattern(self._index, pattern, self.get_notes(pattern.id))

    def _write_notes(self, pattern_id: str, notes: PatternNotes) -> None:
        values = {
            "pattern_id": pattern_id,
            "problem_type": notes.problem_type,
            "code_type": notes.code_type,
            "problem_description": notes.problem,
            "solution_steps": notes.solution_steps,
            "verification_steps": notes.verification_steps,
            "learnings": notes.learnings,
            "prevention_guidance": notes.prevention,
            "created_by": notes.created_by,
            "reviewed": notes.reviewed,
            "reviewer_notes": notes.reviewer_notes,
        }
        self._database.run(
            upsert("pattern_notes", ", ".join(values), "pattern_id"), tuple(values.values())
        )
        self._database.run("DELETE FROM pattern_labels WHERE pattern_id = ?", (pattern_id,))
        self._database.run_many(
            "INSERT INTO pattern_labels VALUES (?, ?, ?)",
            [
                (pattern_id, kind, value)
                for kind, name in _LABELS.items()
                for value in sorted(set(getattr(notes, name)))
            ],
        )

    def _refuse_if_ruled(self, pattern_id: str) -> None:
        row = self._database.fetch_row(
            "SELECT rule_name FROM guardian_rules WHERE source_pattern_id = ? AND active",
            (pattern_id,),
        )
        if row is not None:
            raise MemoryStoreError(
                f"the pattern {pattern_id} is the source of the rule {row[0]}; "
                f"retire it first with `guard rules retire {row[0]}`."
            )

    def _read(self, where: str, values: Iterable[Any]) -> tuple[FixPattern, ...]:
        values = list(values)
        chosen = f"SELECT id FROM fix_patterns {where}"
        pairs: dict[str, list[Pair]] = {}
        for row in self._database.fetch_rows(
            "SELECT pattern_id, commit_id, commit_date, commit_subject, file_path, qualname, "
            "code_before, code_after, before_line, after_line "
            "FROM pattern_pairs JOIN file_audit ON file_audit.id = file_id "
            f"WHERE pattern_id IN ({chosen}) ORDER BY pattern_id, position",
            values,
        ):
            pairs.setdefault(row[0], []).append(Pair(Source(*row[1:4]), *row[4:]))
        rows = self._database.fetch_rows(
            "SELECT id, title, pattern_before, pattern_after, anchors, evidence, stage, "
            f"layer_number, severity, constraints FROM fix_patterns {where} "
            "ORDER BY confidence_score DESC, id",
            values,
        )
        return tuple(_read_pattern(row, tuple(pairs.get(row[0], ()))) for row in rows)


def _pair_values(pair: Pair) -> tuple[Any, ...]:
    code = (pair.before, pair.after, pair.before_line, pair.after_line)
    return (*pair.source, pair.qualname, *code)


def _read_pattern(row: tuple[Any, ...], pairs: tuple[Pair, ...]) -> FixPattern:
    stored: dict[str, Any] = json.loads(row[5])
    evidence: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()
    }
    return FixPattern(
        id=row[0],
        title=row[1],
        before=row[2],
        after=row[3],
        anchors=tuple(json.loads(row[4])),
        pairs=pairs,
        evidence=Evidence(**evidence),
        stage=row[6],
        layer=row[7],
        severity=row[8],
        constraints=json.loads(row[9]),
    )


def _make_digest(pattern: FixPattern) -> str:
    return hashlib.sha256(write_json(asdict(pattern)).encode()).hexdigest()
