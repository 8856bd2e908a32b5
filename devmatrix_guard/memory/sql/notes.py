"""What people say about FixPatterns, which all repositories of a memory share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devmatrix_guard.memory.sql.database import Database, upsert, write_marks
from devmatrix_guard.model.knowledge.knowledge import PatternNotes

_LABELS = {"tag": "tags", "workflow": "workflows", "task": "tasks", "anti-pattern": "anti_patterns"}
# column: field
_TEXTS = {
    "problem_type": "problem_type",
    "code_type": "code_type",
    "problem_description": "problem",
    "solution_steps": "solution_steps",
    "verification_steps": "verification_steps",
    "learnings": "learnings",
    "prevention_guidance": "prevention",
    "created_by": "created_by",
    "reviewed": "reviewed",
    "reviewer_notes": "reviewer_notes",
}


def read_notes(database: Database, pattern_ids: Sequence[str]) -> dict[str, PatternNotes]:
    """Return {pattern id: notes} of those that somebody said something about."""
    if not pattern_ids:
        return {}
    near = f"WHERE pattern_id IN ({write_marks(pattern_ids)})"
    rows = database.fetch_rows(
        f"SELECT pattern_id, {', '.join(_TEXTS)} FROM pattern_notes {near}", pattern_ids
    )
    if not rows:
        return {}
    labels: dict[str, dict[str, list[str]]] = {row[0]: {} for row in rows}
    for pattern_id, kind, value in database.fetch_rows(
        f"SELECT pattern_id, kind, value FROM pattern_labels {near} ORDER BY kind, value",
        pattern_ids,
    ):
        labels[pattern_id].setdefault(_LABELS[kind], []).append(value)
    return {pattern_id: _make_notes(values, labels[pattern_id]) for pattern_id, *values in rows}


def write_notes(database: Database, pattern_id: str, notes: PatternNotes) -> None:
    """Keep notes in place of what was said before; call it inside a transaction."""
    values = {"pattern_id": pattern_id}
    values |= {column: getattr(notes, field) for column, field in _TEXTS.items()}
    database.run(upsert("pattern_notes", ", ".join(values), "pattern_id"), tuple(values.values()))
    database.run("DELETE FROM pattern_labels WHERE pattern_id = ?", (pattern_id,))
    database.run_many(
        "INSERT INTO pattern_labels VALUES (?, ?, ?)",
        [
            (pattern_id, kind, value)
            for kind, name in _LABELS.items()
            for value in sorted(set(getattr(notes, name)))
        ],
    )


def _make_notes(values: Sequence[Any], labels: dict[str, list[str]]) -> PatternNotes:
    said: dict[str, Any] = dict(zip(_TEXTS.values(), values, strict=True))
    said["reviewed"] = bool(said["reviewed"])
    said |= {name: tuple(found) for name, found in labels.items()}
    return PatternNotes(**said)
