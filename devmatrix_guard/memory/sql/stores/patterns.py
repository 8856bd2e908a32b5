"""FixPatterns, the evidence of each repository for them, people's notes, and their relations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Ranking, SearchFilter
from devmatrix_guard.memory.sql.database import Database, upsert, write_json, write_marks
from devmatrix_guard.memory.sql.notes import read_notes, write_notes
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.memory.sql.search import TextIndex, cut_pattern, rank_patterns
from devmatrix_guard.memory.sql.stores.files import ensure_file_ids
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.knowledge import PatternHit, PatternNotes, PatternRelation
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair
from devmatrix_guard.model.knowledge.shares import weigh

_BATCH = 500
_INDEXED_AT_ONCE = 5_000
_EVIDENCE = (
    "pattern_id, repository_id, digest, title, severity, stage, layer_number, anchors, "
    "constraints, evidence"
)
_FACTS = tuple(name for name in FixPattern.__slots__ if name not in ("evidence", "pairs"))
_read_facts = attrgetter(*_FACTS)
_read_evidence = attrgetter(*Evidence.__slots__)
_UNCOUNTED = ("confidence", "wilson_low", "reasons", "alarms", "repositories", "also")


class SqlPatternStore:
    """The tables `fix_patterns`, `pattern_*` as a `PatternStore`."""

    def __init__(self, database: Database, scope: Scope, index: TextIndex) -> None:
        self._database = database
        self._scope = scope
        self._index = index

    def save(self, patterns: Iterable[FixPattern]) -> int:
        changed = 0
        with self._database.transaction():
            own = self._scope.ensure_own()
            waiting = iter(patterns)
            written: dict[str, FixPattern] = {}
            while batch := list(islice(waiting, _BATCH)):
                by_id = {pattern.id: pattern for pattern in batch}
                known: dict[str, str] = dict(
                    self._database.fetch_rows(
                        "SELECT pattern_id, digest FROM pattern_evidence WHERE repository_id = ? "
                        f"AND pattern_id IN ({write_marks(batch)})",
                        (own, *(pattern.id for pattern in batch)),
                    )
                )
                digests = {key: _make_digest(pattern) for key, pattern in by_id.items()}
                new = [(by_id[k], d) for k, d in digests.items() if known.get(k) != d]
                if new:
                    self._write(own, new)
                changed += len(new)
                # FTS5 writes its hash table to disk before the next statement on another table:
                # the index is written for many batches at once.
                written |= {pattern.id: pattern for pattern, _ in new}
                if len(written) >= _INDEXED_AT_ONCE:
                    self._write_index(own, written)
                    written = {}
            self._write_index(own, written)
            if changed:
                self._index.count_terms_if_due()
        return changed

    def get(self, pattern_id: str) -> FixPattern | None:
        found = self._read("e.pattern_id = ?", (pattern_id,))
        return found[0] if found else None

    def get_many(self, pattern_ids: Sequence[str]) -> dict[str, FixPattern]:
        if not pattern_ids:
            return {}
        found = self._read(f"e.pattern_id IN ({write_marks(pattern_ids)})", pattern_ids)
        return {pattern.id: pattern for pattern in found}

    def rank(
        self,
        text: str,
        *,
        limit: int = 10,
        only: SearchFilter | None = None,
        rankings: Mapping[str, Sequence[str]] | None = None,
    ) -> Ranking:
        chosen = only or SearchFilter()
        return rank_patterns(
            self._database, self._scope, self._index, text, limit, chosen, rankings or {}
        )

    def list_all(self) -> tuple[FixPattern, ...]:
        return self._read("TRUE", ())

    def list_holders(self, pattern_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        holders: dict[str, list[str]] = {}
        for pattern_id, name in self._database.fetch_rows(
            "SELECT e.pattern_id, CASE WHEN r.name = '' THEN r.identity ELSE r.name END AS shown "
            "FROM pattern_evidence e JOIN repositories r ON r.id = e.repository_id "
            f"WHERE e.pattern_id IN ({write_marks(pattern_ids)}) ORDER BY e.pattern_id, shown",
            pattern_ids,
        ):
            holders.setdefault(pattern_id, []).append(name)
        return {pattern_id: tuple(names) for pattern_id, names in holders.items()}

    def remove(self, pattern_ids: Iterable[str]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            for pattern_id in pattern_ids:
                self._refuse_if_ruled(own, pattern_id)
                for sql in (
                    "DELETE FROM guardian_rules WHERE source_pattern_id = ? AND repository_id = ?",
                    "DELETE FROM pattern_evidence WHERE pattern_id = ? AND repository_id = ?",
                    "DELETE FROM embeddings WHERE item_key = ? AND repository_id = ? "
                    "AND collection = 'fix_patterns'",
                ):
                    self._database.run(sql, (pattern_id, own))
                self._database.run(
                    "DELETE FROM fix_patterns WHERE id = ? AND NOT EXISTS "
                    "(SELECT 1 FROM pattern_evidence e WHERE e.pattern_id = fix_patterns.id)",
                    (pattern_id,),
                )

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        only: SearchFilter | None = None,
        rankings: Mapping[str, Sequence[str]] | None = None,
    ) -> tuple[PatternHit, ...]:
        ranked = self.rank(text, limit=limit, only=only, rankings=rankings).found
        if not ranked:
            return ()
        keys = [key for key, _, _ in ranked]
        by_id = self.get_many(keys)
        holders = self.list_holders(keys)
        return tuple(
            PatternHit(by_id[key], score, signals, holders[key] if len(holders[key]) > 1 else ())
            for key, score, signals in ranked
        )

    def annotate(self, pattern_id: str, notes: PatternNotes) -> None:
        with self._database.transaction():
            write_notes(self._database, pattern_id, notes)
            rows = self._database.fetch_rows(
                "SELECT seq, repository_id FROM pattern_evidence WHERE pattern_id = ?",
                (pattern_id,),
            )
            for seq, repository in rows:
                (pattern,) = self._read_rows(
                    "e.pattern_id = ? AND e.repository_id = ?", (pattern_id, repository)
                )
                self._index.write([(seq, cut_pattern(pattern, notes))])

    def reindex(self) -> int:
        count = 0
        with self._database.transaction():
            owners = self._database.fetch_rows(
                "SELECT repository_id, pattern_id FROM pattern_evidence ORDER BY seq"
            )
            for start in range(0, len(owners), _BATCH):
                by_owner: dict[int, list[str]] = {}
                for owner, pattern_id in owners[start : start + _BATCH]:
                    by_owner.setdefault(owner, []).append(pattern_id)
                for owner, ids in by_owner.items():
                    found = self._read_rows(
                        f"e.repository_id = ? AND e.pattern_id IN ({write_marks(ids)})",
                        (owner, *ids),
                    )
                    self._write_index(owner, {pattern.id: pattern for pattern in found})
                    count += len(found)
            self._index.count_terms_if_due()
        return count

    def get_notes(self, pattern_id: str) -> PatternNotes:
        return self.get_notes_of([pattern_id]).get(pattern_id, PatternNotes())

    def get_notes_of(self, pattern_ids: Sequence[str]) -> dict[str, PatternNotes]:
        return read_notes(self._database, pattern_ids)

    def relate(
        self, relations: Iterable[PatternRelation], *, replacing: Sequence[str] = ()
    ) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            if replacing:
                self._database.run(
                    "DELETE FROM pattern_relationships WHERE repository_id = ? "
                    f"AND relationship_type IN ({write_marks(replacing)})",
                    (own, *replacing),
                )
            self._database.run_many(
                upsert(
                    "pattern_relationships",
                    "repository_id, source_pattern_id, target_pattern_id, relationship_type, "
                    "strength, description",
                    "repository_id, source_pattern_id, target_pattern_id, relationship_type",
                ),
                [(own, r.source, r.target, r.kind, r.strength, r.description) for r in relations],
            )

    def list_related(self, pattern_id: str) -> tuple[PatternRelation, ...]:
        return self.list_related_of([pattern_id]).get(pattern_id, ())

    def list_related_of(self, pattern_ids: Sequence[str]) -> dict[str, tuple[PatternRelation, ...]]:
        marks = write_marks(pattern_ids)
        rows = self._database.fetch_rows(
            "SELECT DISTINCT source_pattern_id, target_pattern_id, relationship_type, strength, "
            "description FROM pattern_relationships "
            f"WHERE (source_pattern_id IN ({marks}) OR target_pattern_id IN ({marks})) "
            f"AND {self._scope.narrow('repository_id')} "
            "ORDER BY strength DESC, relationship_type, source_pattern_id, target_pattern_id",
            (*pattern_ids, *pattern_ids),
        )
        found: dict[str, list[PatternRelation]] = {}
        for relation in (PatternRelation(*row) for row in rows):
            for end in (relation.source, relation.target):
                if end in pattern_ids:
                    found.setdefault(end, []).append(relation)
        return {key: tuple(relations) for key, relations in found.items()}

    def _write(self, own: int, batch: Sequence[tuple[FixPattern, str]]) -> None:
        database = self._database
        ids = [pattern.id for pattern, _ in batch]
        database.run_many(
            "INSERT INTO fix_patterns (id, pattern_before, pattern_after) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET pattern_before = excluded.pattern_before, "
            "pattern_after = excluded.pattern_after",
            [(pattern.id, pattern.before, pattern.after) for pattern, _ in batch],
        )
        database.run_many(
            upsert("pattern_evidence", _EVIDENCE, "pattern_id, repository_id"),
            [_evidence_values(own, pattern, digest) for pattern, digest in batch],
        )
        database.run(
            "DELETE FROM pattern_pairs WHERE repository_id = ? "
            f"AND pattern_id IN ({write_marks(ids)})",
            (own, *ids),
        )
        paths = dict.fromkeys(pair.path for pattern, _ in batch for pair in pattern.pairs)
        files = ensure_file_ids(database, own, list(paths))
        database.run_many(
            "INSERT INTO pattern_pairs (pattern_id, repository_id, position, file_id, commit_id, "
            "commit_date, commit_subject, qualname, code_before, code_after, before_line, "
            "after_line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (pattern.id, own, position, files[pair.path], *_pair_values(pair))
                for pattern, _ in batch
                for position, pair in enumerate(pattern.pairs)
            ],
        )

    def _write_index(self, own: int, patterns: Mapping[str, FixPattern]) -> None:
        texts = []
        for start in range(0, len(patterns), _BATCH):
            ids = list(islice(patterns, start, start + _BATCH))
            notes = read_notes(self._database, ids)
            rows = self._database.fetch_rows(
                "SELECT pattern_id, seq FROM pattern_evidence WHERE repository_id = ? "
                f"AND pattern_id IN ({write_marks(ids)})",
                (own, *ids),
            )
            texts += [
                (seq, cut_pattern(patterns[key], notes.get(key, PatternNotes())))
                for key, seq in rows
            ]
        if texts:
            self._index.write(texts)

    def _refuse_if_ruled(self, own: int, pattern_id: str) -> None:
        row = self._database.fetch_row(
            "SELECT rule_name FROM guardian_rules "
            "WHERE source_pattern_id = ? AND repository_id = ? AND active",
            (pattern_id, own),
        )
        if row is not None:
            raise MemoryStoreError(
                f"the pattern {pattern_id} is the source of the rule {row[0]}; "
                f"retire it first with `guard rules retire {row[0]}`."
            )

    def _read(self, where: str, values: Sequence[Any]) -> tuple[FixPattern, ...]:
        """Return the patterns that match, what several repositories know of one added up."""
        found = self._read_rows(f"{self._scope.narrow('e.repository_id')} AND {where}", values)
        if self._scope.is_own:
            return tuple(found)
        by_id: dict[str, list[FixPattern]] = {}
        for pattern in found:
            by_id.setdefault(pattern.id, []).append(pattern)
        added_up = map(_add_up, by_id.values())
        return tuple(sorted(added_up, key=lambda p: (-p.evidence.confidence, p.id)))

    def _read_rows(self, where: str, values: Sequence[Any]) -> list[FixPattern]:
        pairs: dict[tuple[str, int], list[Pair]] = {}
        for row in self._database.fetch_rows(
            "SELECT r.pattern_id, r.repository_id, commit_id, commit_date, commit_subject, "
            "file_path, qualname, code_before, code_after, before_line, after_line "
            "FROM pattern_evidence e JOIN pattern_pairs r ON r.pattern_id = e.pattern_id "
            "AND r.repository_id = e.repository_id JOIN file_audit f ON f.id = r.file_id "
            f"WHERE {where} ORDER BY r.pattern_id, r.repository_id, position",
            values,
        ):
            pairs.setdefault(row[:2], []).append(Pair(Source(*row[2:5]), *row[5:]))
        rows = self._database.fetch_rows(
            "SELECT e.pattern_id, e.repository_id, title, pattern_before, pattern_after, anchors, "
            "evidence, stage, layer_number, severity, constraints "
            "FROM pattern_evidence e JOIN fix_patterns p ON p.id = e.pattern_id "
            f"WHERE {where} ORDER BY confidence_score DESC, e.pattern_id, e.repository_id",
            values,
        )
        return [_read_pattern(row, tuple(pairs.get(row[:2], ()))) for row in rows]


def _add_up(held: Sequence[FixPattern]) -> FixPattern:
    """Return a pattern with the evidence of all repositories that hold it, as one.

    The counts are added up and weighed anew; the rest is as the best supported has it.
    """
    if len(held) == 1:
        return held[0]
    counts: dict[str, Any] = {
        name: sum(getattr(pattern.evidence, name) for pattern in held)
        for name in Evidence.__slots__
        if name not in _UNCOUNTED
    }
    evidence = Evidence(
        **counts,
        reasons=held[0].evidence.reasons,
        also=tuple(dict.fromkeys(name for pattern in held for name in pattern.evidence.also)),
        alarms=tuple(alarm for pattern in held for alarm in pattern.evidence.alarms),
        repositories=len(held),
    )
    pairs = tuple(pair for pattern in held for pair in pattern.pairs)
    return replace(held[0], pairs=pairs, evidence=weigh(evidence))


def _evidence_values(own: int, pattern: FixPattern, digest: str) -> tuple[Any, ...]:
    return (
        pattern.id,
        own,
        digest,
        pattern.title,
        pattern.severity,
        pattern.stage,
        pattern.layer,
        write_json(pattern.anchors),
        write_json(pattern.constraints),
        write_json(_list_evidence(pattern.evidence)),
    )


def _pair_values(pair: Pair) -> tuple[Any, ...]:
    code = (pair.before, pair.after, pair.before_line, pair.after_line)
    return (*pair.source, pair.qualname, *code)


def _read_pattern(row: tuple[Any, ...], pairs: tuple[Pair, ...]) -> FixPattern:
    stored: dict[str, Any] = json.loads(row[6])
    evidence: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()
    }
    return FixPattern(
        id=row[0],
        title=row[2],
        before=row[3],
        after=row[4],
        anchors=tuple(json.loads(row[5])),
        pairs=pairs,
        evidence=Evidence(**evidence),
        stage=row[7],
        layer=row[8],
        severity=row[9],
        constraints=json.loads(row[10]),
    )


def _list_evidence(evidence: Evidence) -> dict[str, Any]:
    return dict(zip(Evidence.__slots__, _read_evidence(evidence), strict=True))


def _make_digest(pattern: FixPattern) -> str:
    pairs = [(pair.path, *_pair_values(pair)) for pair in pattern.pairs]
    facts = (_read_facts(pattern), _read_evidence(pattern.evidence), pairs)
    return hashlib.sha256(write_json(facts).encode()).hexdigest()
