"""Success patterns: written once, changed with their revision, deleted softly, found by words."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from devmatrix_guard.errors import ChangedMeanwhileError, DuplicateNameError
from devmatrix_guard.memory.sql.database import Database, write_json, write_marks
from devmatrix_guard.memory.sql.stores.catalog import SUCCESSES, write_conditions
from devmatrix_guard.model.knowledge.catalog import CatalogFilter, SuccessOutcome, SuccessPattern
from devmatrix_guard.model.knowledge.shares import calculate_wilson_low
from devmatrix_guard.model.words import split_words

_WRITTEN = (
    "id, pattern_type, name, description, version, parent_pattern_id, context, context_hash, "
    "execution_trace, success_criteria, quality_metrics, performance_data, status, created_by"
)
_READ = (
    "id, pattern_type, name, description, version, parent_pattern_id, context, execution_trace, "
    "success_criteria, quality_metrics, performance_data, status, created_by, revision, uses, "
    "successes, quality_score, created_at, updated_at, deleted_at"
)
_BATCH = 500
_WEIGHTS = {"name": 4.0, "tags": 2.0, "description": 1.0, "context": 1.0}
_MOST_TERMS = 200
# How many entries of the index one search may weigh, as in `memory/sql/search.py`.
_BUDGET = 3_000
_LONGEST_TERM = 100
_MOST_OF_A_TERM = 2.2  # BM25 with k1 = 1.2, where a term is there again and again
_ENDING = re.compile(r"(?<![aeiou])(?:ies|es|s)$")


class SqlSuccessStore:
    """The tables `success_*`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, patterns: Iterable[SuccessPattern]) -> None:
        """Write new patterns, all or none.

        Raises:
            DuplicateNameError: the type has a pattern of that name that is not deleted.
            MemoryStoreError: a parent is unknown.
        """
        with self._database.transaction():
            waiting = list(patterns)
            for pattern in waiting:
                self._refuse_duplicate(pattern)
                self._database.run(
                    f"INSERT INTO success_patterns ({_WRITTEN}) "
                    f"VALUES ({write_marks(_WRITTEN.split(', '))})",
                    _list_values(pattern),
                )
            self._write_words(waiting)

    def get(self, pattern_id: str) -> SuccessPattern | None:
        """Return a pattern, deleted or not."""
        return self.get_many([pattern_id]).get(pattern_id)

    def get_many(self, ids: Sequence[str]) -> dict[str, SuccessPattern]:
        """Return {id: pattern} of those that there are."""
        if not ids:
            return {}
        rows = self._database.fetch_rows(
            f"SELECT {_READ} FROM success_patterns WHERE id IN ({write_marks(ids)})", ids
        )
        tags: dict[str, list[str]] = {}
        for key, tag in self._database.fetch_rows(
            f"SELECT pattern_id, tag FROM success_tags WHERE pattern_id IN ({write_marks(ids)}) "
            "ORDER BY tag",
            ids,
        ):
            tags.setdefault(key, []).append(tag)
        return {row[0]: _read_pattern(row, tuple(tags.get(row[0], ()))) for row in rows}

    def find_by_name(self, pattern_type: str, name: str) -> str | None:
        """Return the id of the pattern of this type and name that is not deleted."""
        row = self._database.fetch_row(
            "SELECT id FROM success_patterns "
            "WHERE pattern_type = ? AND name = ? AND deleted_at IS NULL",
            (pattern_type, name),
        )
        return row[0] if row else None

    def list_children(self, pattern_id: str) -> tuple[str, ...]:
        """Return the ids of the patterns that name this one as their parent."""
        rows = self._database.fetch_rows(
            "SELECT id FROM success_patterns WHERE parent_pattern_id = ? ORDER BY version, id",
            (pattern_id,),
        )
        return tuple(key for (key,) in rows)

    def change(self, pattern: SuccessPattern) -> SuccessPattern:
        """Write a pattern that was read and changed; its `revision` is the one it was read at.

        Raises:
            ChangedMeanwhileError: it is at another revision by now.
            DuplicateNameError: its new name is taken.
        """
        with self._database.transaction():
            self._refuse_duplicate(pattern)
            columns = _WRITTEN.split(", ")[1:]
            sets = ", ".join(f"{name} = ?" for name in columns)
            changed = self._database.run(
                f"UPDATE success_patterns SET {sets}, revision = revision + 1, "
                "updated_at = ? WHERE id = ? AND revision = ? AND deleted_at IS NULL",
                (*_list_values(pattern)[1:], _tell_time(), pattern.id, pattern.revision),
            )
            if not changed:
                raise ChangedMeanwhileError(
                    f"the pattern {pattern.id} was changed meanwhile; read it and try again."
                )
            self._database.run("DELETE FROM success_tags WHERE pattern_id = ?", (pattern.id,))
            self._write_words([pattern])
            return self.get_many([pattern.id])[pattern.id]

    def remove(self, pattern_id: str, revision: int) -> None:
        """Delete a pattern softly: it stays, with its outcomes, and nothing finds it.

        Raises:
            ChangedMeanwhileError: it is at another revision by now, or deleted.
        """
        self._mark(pattern_id, revision, _tell_time(), "deleted_at IS NULL")

    def restore(self, pattern_id: str, revision: int) -> None:
        """Bring a deleted pattern back.

        Raises:
            ChangedMeanwhileError: it is at another revision by now, or not deleted.
            DuplicateNameError: its name has been given to another one.
        """
        with self._database.transaction():
            pattern = self.get(pattern_id)
            if pattern is not None:
                self._refuse_duplicate(pattern)
            self._mark(pattern_id, revision, None, "deleted_at IS NOT NULL")

    def record_outcomes(self, pattern_id: str, outcomes: Sequence[SuccessOutcome]) -> int:
        """Write how uses went and return how many were new; rate and quality follow from all."""
        with self._database.transaction():
            self._database.run_many(
                "INSERT INTO success_outcomes (pattern_id, key, at, success, duration_ms, note) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (pattern_id, key) DO NOTHING",
                [(pattern_id, *outcome) for outcome in outcomes],
            )
            before = self.get_many([pattern_id])[pattern_id].uses
            row = self._database.fetch_row(
                "SELECT count(*), coalesce(sum(CASE WHEN success THEN 1 ELSE 0 END), 0) "
                "FROM success_outcomes WHERE pattern_id = ?",
                (pattern_id,),
            )
            uses, good = (int(number) for number in row or (0, 0))
            self._database.run(
                "UPDATE success_patterns SET uses = ?, successes = ?, quality_score = ? "
                "WHERE id = ?",
                (uses, good, round(calculate_wilson_low(good, uses), 4), pattern_id),
            )
            return uses - before

    def read_outcomes(self, pattern_id: str, limit: int = 100) -> tuple[SuccessOutcome, ...]:
        """Return the newest outcomes of a pattern."""
        rows = self._database.fetch_rows(
            "SELECT key, at, success, duration_ms, note FROM success_outcomes "
            "WHERE pattern_id = ? ORDER BY at DESC, key LIMIT ?",
            (pattern_id, limit),
        )
        return tuple(SuccessOutcome(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows)

    def iterate(self) -> Iterator[SuccessPattern]:
        """Yield every pattern that is not deleted, the oldest first."""
        last = 0
        while rows := self._database.fetch_rows(
            "SELECT seq, id FROM success_patterns WHERE deleted_at IS NULL AND seq > ? "
            "ORDER BY seq LIMIT ?",
            (last, _BATCH),
        ):
            last = rows[-1][0]
            yield from self.get_many([key for _, key in rows]).values()

    def rank_words(
        self, text: str, limit: int, only: CatalogFilter | None = None
    ) -> list[tuple[str, float]]:
        """Return the ids nearest to a text by BM25 over its rarest words, and how near they are.

        As many entries of the index are weighed as is done in good time; what is hidden by then is
        the frequent words, which say least.
        """
        row = self._database.fetch_row("SELECT coalesce(max(seq), 0) FROM success_patterns")
        total = int(row[0]) if row else 0
        terms = list(dict.fromkeys(_stem(word) for word in split_words(text)))[:_MOST_TERMS]
        if not terms or not total:
            return []
        counts = self._count(terms)
        chosen: list[str] = []
        spent = 0
        for term in sorted(counts, key=lambda term: (counts[term], term)):
            spent += counts[term]
            if spent > _BUDGET and chosen:
                break
            chosen.append(term)
        scores: dict[int, float] = {}
        for term in chosen:
            idf = math.log(1 + (total - counts[term] + 0.5) / (counts[term] + 0.5))
            for seq, weight in self._database.fetch_rows(
                "SELECT seq, weight FROM success_terms WHERE term = ? LIMIT ?", (term, _BUDGET)
            ):
                scores[seq] = scores.get(seq, 0.0) + idf * weight
        best = sorted(scores, key=lambda seq: (-scores[seq], seq))
        rarity = (
            math.log(1 + (total - counts.get(t, 0) + 0.5) / (counts.get(t, 0) + 0.5)) for t in terms
        )
        most = max(_MOST_OF_A_TERM * sum(rarity), 1e-6)
        return [
            (key, min(scores[seq] / most, 1.0))
            for seq, key in self._keep_listed(best, limit, only or CatalogFilter())
        ]

    def _keep_listed(
        self, best: Sequence[int], limit: int, only: CatalogFilter
    ) -> list[tuple[int, str]]:
        """Return row and id of the first that a listing would hold."""
        where, values = write_conditions(only)
        found: list[tuple[int, str]] = []
        for start in range(0, len(best), _BATCH):
            some = best[start : start + _BATCH]
            known: dict[int, str] = dict(
                self._database.fetch_rows(
                    f"SELECT seq, id FROM success_patterns WHERE seq IN ({write_marks(some)}) "
                    f"AND id IN (SELECT id FROM ({SUCCESSES}) c WHERE {where})",
                    (*some, *values),
                )
            )
            found += [(seq, known[seq]) for seq in some if seq in known]
            if len(found) >= limit:
                break
        return found[:limit]

    def _count(self, terms: Sequence[str]) -> dict[str, int]:
        """Return how many patterns hold each term, as far as it is worth counting."""
        counts = {}
        for term in terms:
            row = self._database.fetch_row(
                "SELECT count(*) FROM (SELECT 1 FROM success_terms WHERE term = ? "
                f"LIMIT {_BUDGET + 1}) found",
                (term,),
            )
            if row and row[0]:
                counts[term] = int(row[0])
        return counts

    def _write_words(self, patterns: Sequence[SuccessPattern]) -> None:
        by_id = {pattern.id: pattern for pattern in patterns}
        ids = list(by_id)
        rows: list[tuple[str, int]] = []
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            rows += [
                (key, seq)
                for key, seq in self._database.fetch_rows(
                    f"SELECT id, seq FROM success_patterns WHERE id IN ({write_marks(some)})", some
                )
            ]
        for start in range(0, len(rows), _BATCH):
            numbers = [seq for _, seq in rows[start : start + _BATCH]]
            self._database.run(
                f"DELETE FROM success_terms WHERE seq IN ({write_marks(numbers)})", numbers
            )
        self._database.run_many(
            "INSERT INTO success_tags (pattern_id, tag) VALUES (?, ?)",
            [(key, tag) for key in ids for tag in dict.fromkeys(by_id[key].tags)],
        )
        self._database.run_many(
            "INSERT INTO success_terms (term, seq, weight) VALUES (?, ?, ?)",
            [
                (term, seq, weight)
                for key, seq in rows
                for term, weight in _weigh_words(by_id[key]).items()
            ],
        )

    def _refuse_duplicate(self, pattern: SuccessPattern) -> None:
        other = self.find_by_name(pattern.pattern_type, pattern.name)
        if other not in (None, pattern.id):
            raise DuplicateNameError(pattern.pattern_type, pattern.name, str(other))

    def _mark(self, pattern_id: str, revision: int, moment: str | None, state: str) -> None:
        with self._database.transaction():
            changed = self._database.run(
                "UPDATE success_patterns SET deleted_at = ?, revision = revision + 1 "
                f"WHERE id = ? AND revision = ? AND {state}",
                (moment, pattern_id, revision),
            )
            if not changed:
                raise ChangedMeanwhileError(
                    f"the pattern {pattern_id} was changed meanwhile; read it and try again."
                )


def hash_context(*facts: Any) -> str:
    """Return the hash of what a pattern is for: equal facts give equal hashes."""
    return hashlib.sha256(write_json(facts).encode()).hexdigest()


def _tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stem(word: str) -> str:
    """Return a word without the ending of its plural, as the search compares it.

    The weakest of the usual stemmers (D. Harman, 1991): it never joins words of another sense.
    """
    short = word[:_LONGEST_TERM]
    return _ENDING.sub(lambda m: "y" if m[0] == "ies" else "", short) if len(short) > 3 else short


def _weigh_words(pattern: SuccessPattern) -> Mapping[str, float]:
    """Return {term: weight}: BM25's share of the term without its rarity, which changes."""
    counts: Counter[str] = Counter()
    length = 0
    for name, weight in _WEIGHTS.items():
        value = getattr(pattern, name)
        words = split_words(" ".join(value) if isinstance(value, tuple) else value)
        length += len(words)
        for word in words:
            counts[_stem(word)] += weight  # type: ignore[assignment] # weights are no integers
    saturation = 1.2 * (0.25 + 0.75 * length / 40)  # of a pattern of forty words none is long
    return {term: round(n * _MOST_OF_A_TERM / (n + saturation), 4) for term, n in counts.items()}


def _list_values(pattern: SuccessPattern) -> tuple[Any, ...]:
    return (
        pattern.id,
        pattern.pattern_type,
        pattern.name,
        pattern.description,
        pattern.version,
        pattern.parent_pattern_id,
        pattern.context,
        hash_context(pattern.pattern_type, pattern.context),
        write_json(pattern.execution_trace),
        write_json(pattern.success_criteria),
        write_json(pattern.quality_metrics),
        write_json(pattern.performance_data),
        pattern.status,
        pattern.created_by,
    )


def _read_pattern(row: Sequence[Any], tags: tuple[str, ...]) -> SuccessPattern:
    facts = dict(zip(_READ.split(", "), row, strict=True))
    for name in ("execution_trace", "success_criteria", "quality_metrics", "performance_data"):
        facts[name] = json.loads(facts[name])
    for name in ("version", "revision", "uses", "successes"):
        facts[name] = int(facts[name])
    return SuccessPattern(**facts, tags=tags)
