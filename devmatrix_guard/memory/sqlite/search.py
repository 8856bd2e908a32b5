"""Text search over FixPatterns: FTS5 on code words, FTS5 on pieces of words, fused by rank.

The words find what is named alike, the pieces what is spelled alike; neither needs a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devmatrix_guard.memory.base import SearchFilter
from devmatrix_guard.memory.fusion import fuse
from devmatrix_guard.memory.sqlite.database import Database
from devmatrix_guard.model.knowledge import PatternNotes
from devmatrix_guard.model.pattern import FixPattern
from devmatrix_guard.model.words import code_words, word_pieces

# Weights of title, problem and code in BM25; depth of each ranking that is fused.
_WEIGHTS = "4.0, 2.0, 1.0"
_DEPTH = 100
_MAX_TERMS = 200
_MAX_CODE = 4_000


def index_pattern(database: Database, pattern: FixPattern, notes: PatternNotes) -> None:
    """Write the search rows of a pattern that is already stored."""
    (row,) = database.rows("SELECT seq FROM fix_patterns WHERE id = ?", (pattern.id,))
    title = f"{pattern.title} {' '.join(pattern.anchors)}"
    problem = _problem_text(pattern, notes)
    code = _code_text(pattern)
    for table in ("pattern_words", "pattern_pieces"):
        database.run(f"DELETE FROM {table} WHERE rowid = ?", row)
    database.run(
        "INSERT INTO pattern_words (rowid, title, problem, code) VALUES (?, ?, ?, ?)",
        (row[0], *(" ".join(code_words(text)) for text in (title, problem, code))),
    )
    database.run(
        "INSERT INTO pattern_pieces (rowid, content) VALUES (?, ?)",
        (row[0], " ".join(word_pieces(f"{title} {problem} {code}"))),
    )


def ranked_patterns(
    database: Database,
    text: str,
    limit: int,
    only: SearchFilter,
    others: Mapping[str, Sequence[str]],
) -> list[tuple[str, float, dict[str, int]]]:
    """Return (pattern id, score, {signal: rank}), best first."""
    depth = max(limit, _DEPTH)
    rankings = {name: _kept(database, ids[:depth], only) for name, ids in others.items()}
    words = list(dict.fromkeys(code_words(text)))[:_MAX_TERMS]
    if words:
        order = f"bm25(pattern_words, {_WEIGHTS})"
        rankings["words"] = _matches(database, "pattern_words", words, order, depth, only)
    pieces = list(dict.fromkeys(word_pieces(text)))[:_MAX_TERMS]
    if pieces:
        order = "bm25(pattern_pieces)"
        rankings["spelling"] = _matches(database, "pattern_pieces", pieces, order, depth, only)
    return fuse(rankings)[:limit]


def _kept(database: Database, ids: Sequence[str], only: SearchFilter) -> list[str]:
    """Return those of the ids that are patterns and pass the filter, in the same order."""
    conditions, values = _conditions(only)
    rows = database.rows(
        f"SELECT p.id FROM fix_patterns p WHERE p.id IN ({_marks(ids)}) {conditions}",
        (*ids, *values),
    )
    passing = {key for (key,) in rows}
    return [key for key in ids if key in passing]


def _matches(
    database: Database, table: str, terms: list[str], order: str, depth: int, only: SearchFilter
) -> list[str]:
    expression = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
    conditions, values = _conditions(only)
    rows = database.rows(
        f"SELECT p.id FROM {table} JOIN fix_patterns p ON p.seq = {table}.rowid "
        f"WHERE {table} MATCH ? {conditions} ORDER BY {order}, p.id LIMIT ?",
        (expression, *values, depth),
    )
    return [key for (key,) in rows]


def _conditions(only: SearchFilter) -> tuple[str, list[Any]]:
    sql = " AND p.confidence_score >= ?"
    values: list[Any] = [only.min_confidence]
    if only.layers:
        sql += f" AND p.layer_number IN ({_marks(only.layers)})"
        values += only.layers
    if only.workflows:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_labels l WHERE l.pattern_id = p.id "
            f"AND l.kind = 'workflow' AND l.value IN ({_marks(only.workflows)}))"
        )
        values += only.workflows
    if only.file_types:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_pairs r JOIN file_audit f ON f.id = r.file_id "
            f"WHERE r.pattern_id = p.id AND f.file_type IN ({_marks(only.file_types)}))"
        )
        values += only.file_types
    if only.reviewed_only:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_notes n WHERE n.pattern_id = p.id AND n.reviewed)"
        )
    return sql, values


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _problem_text(pattern: FixPattern, notes: PatternNotes) -> str:
    subjects = dict.fromkeys(pair.source.subject for pair in pattern.pairs)
    said = (notes.problem, notes.solution_steps, notes.learnings, notes.prevention)
    return " ".join((*subjects, *said, *notes.tags, *notes.anti_patterns))


def _code_text(pattern: FixPattern) -> str:
    seen = dict.fromkeys(
        text for pair in pattern.pairs for text in (pair.before, pair.after) if text
    )
    return "\n".join((pattern.before, pattern.after or "", *seen))[:_MAX_CODE]
