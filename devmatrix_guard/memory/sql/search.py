"""Text search over FixPatterns: one ranking by words, one by pieces of words, fused by rank.

The words find what is named alike, the pieces what is spelled alike; neither needs a model. The
texts are cut here, the same for every database; a `TextIndex` keeps them and ranks by BM25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from devmatrix_guard.memory.base import SearchFilter
from devmatrix_guard.memory.fusion import fuse
from devmatrix_guard.memory.sql.database import Database, write_marks
from devmatrix_guard.model.knowledge import PatternNotes
from devmatrix_guard.model.pattern import FixPattern
from devmatrix_guard.model.words import split_pieces, split_words

# How much a word counts in the title, in what is said of the problem, and in the code.
WEIGHTS = (4.0, 2.0, 1.0)
_DEPTH = 100
_MAX_TERMS = 200
_MAX_CODE = 4_000


class IndexedText(NamedTuple):
    """What is searched of one pattern, cut into words; `pieces` are those of all three."""

    title: list[str]
    problem: list[str]
    code: list[str]
    pieces: list[str]


class TextIndex(Protocol):
    """The two full-text indexes of a database."""

    def write(self, pattern_id: str, text: IndexedText) -> None:
        """Index a pattern that is already stored, in place of what was indexed of it before."""

    def search_words(self, words: list[str], only: SearchFilter, depth: int) -> list[str]:
        """Return the ids of the patterns with any of these words or their forms, best first."""

    def search_pieces(self, pieces: list[str], only: SearchFilter, depth: int) -> list[str]:
        """Return the ids of the patterns with any of these pieces of words, best first."""


def index_pattern(index: TextIndex, pattern: FixPattern, notes: PatternNotes) -> None:
    """Bring the index up to date with a pattern that is already stored."""
    title = f"{pattern.title} {' '.join(pattern.anchors)}"
    problem = _write_problem_text(pattern, notes)
    code = _write_code_text(pattern)
    pieces = split_pieces(f"{title} {problem} {code}")
    cut = IndexedText(split_words(title), split_words(problem), split_words(code), pieces)
    index.write(pattern.id, cut)


def rank_patterns(
    database: Database,
    index: TextIndex,
    text: str,
    limit: int,
    only: SearchFilter,
    others: Mapping[str, Sequence[str]],
) -> list[tuple[str, float, dict[str, int]]]:
    """Return (pattern id, score, {signal: rank}), best first."""
    depth = max(limit, _DEPTH)
    rankings = {name: _keep_matching(database, ids[:depth], only) for name, ids in others.items()}
    words = list(dict.fromkeys(split_words(text)))[:_MAX_TERMS]
    if words:
        rankings["words"] = index.search_words(words, only, depth)
    pieces = list(dict.fromkeys(split_pieces(text)))[:_MAX_TERMS]
    if pieces:
        rankings["spelling"] = index.search_pieces(pieces, only, depth)
    return fuse(rankings)[:limit]


def write_conditions(only: SearchFilter) -> tuple[str, list[Any]]:
    """Return the SQL that narrows `fix_patterns p`, beginning with AND, and its values."""
    sql = " AND p.confidence_score >= ?"
    values: list[Any] = [only.min_confidence]
    if only.layers:
        sql += f" AND p.layer_number IN ({write_marks(only.layers)})"
        values += only.layers
    if only.workflows:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_labels l WHERE l.pattern_id = p.id "
            f"AND l.kind = 'workflow' AND l.value IN ({write_marks(only.workflows)}))"
        )
        values += only.workflows
    if only.file_types:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_pairs r JOIN file_audit f ON f.id = r.file_id "
            f"WHERE r.pattern_id = p.id AND f.file_type IN ({write_marks(only.file_types)}))"
        )
        values += only.file_types
    if only.reviewed_only:
        sql += (
            " AND EXISTS (SELECT 1 FROM pattern_notes n WHERE n.pattern_id = p.id AND n.reviewed)"
        )
    return sql, values


def _keep_matching(database: Database, ids: Sequence[str], only: SearchFilter) -> list[str]:
    """Return those of the ids that are patterns and pass the filter, in the same order."""
    if not ids:
        return []
    narrowing, values = write_conditions(only)
    rows = database.fetch_rows(
        f"SELECT p.id FROM fix_patterns p WHERE p.id IN ({write_marks(ids)}) {narrowing}",
        (*ids, *values),
    )
    passing = {key for (key,) in rows}
    return [key for key in ids if key in passing]


def _write_problem_text(pattern: FixPattern, notes: PatternNotes) -> str:
    subjects = dict.fromkeys(pair.source.subject for pair in pattern.pairs)
    said = (notes.problem, notes.solution_steps, notes.learnings, notes.prevention)
    return " ".join((*subjects, *said, *notes.tags, *notes.anti_patterns))


def _write_code_text(pattern: FixPattern) -> str:
    seen = dict.fromkeys(
        text for pair in pattern.pairs for text in (pair.before, pair.after) if text
    )
    return "\n".join((pattern.before, pattern.after or "", *seen))[:_MAX_CODE]
