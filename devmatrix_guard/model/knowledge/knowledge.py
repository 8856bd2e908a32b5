"""What the memory keeps beside FixPatterns: files, people's notes, relationships, uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from devmatrix_guard.model.knowledge.pattern import FixPattern
    from devmatrix_guard.model.knowledge.pattern_facts import PatternFacts

AUDIT_STATUSES = ("Not Started", "In Progress", "Complete", "Failed")
PROBLEM_TYPES = ("Security", "Architecture", "Standards", "UI-UX")
RELATIONSHIPS = ("prerequisite", "follows", "conflicts", "enhances", "evolved-from", "similar-to")


class FileAudit(NamedTuple):
    """What is known about one file of the checked project.

    `status` is one of `AUDIT_STATUSES`; `tasks` are ids or addresses in whatever tracker.
    """

    path: str
    layer: int | None = None
    technical_debt: str = ""
    status: str = "Not Started"
    notes: str = ""
    workflows: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


class PatternNotes(NamedTuple):
    """What people say about a FixPattern; mining never writes or overwrites these.

    `problem_type` is one of `PROBLEM_TYPES` or None.
    """

    problem_type: str | None = None
    code_type: str | None = None
    problem: str = ""
    solution_steps: str = ""
    verification_steps: str = ""
    learnings: str = ""
    prevention: str = ""
    tags: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    anti_patterns: tuple[str, ...] = ()
    created_by: str = ""
    reviewed: bool = False
    reviewer_notes: str = ""


class PatternRelation(NamedTuple):
    """One FixPattern's relation to another; `kind` is one of `RELATIONSHIPS`, `strength` 0 to 1."""

    source: str
    target: str
    kind: str
    strength: float
    description: str = ""


class PatternUse(NamedTuple):
    """A FixPattern applied to a file, and whether that worked; `at` is ISO 8601 UTC."""

    pattern_id: str
    path: str
    at: str
    success: bool
    minutes_saved: float | None = None


class PatternRecord(NamedTuple):
    """What the recorded uses of a FixPattern add up to; None where nothing was recorded."""

    applied_count: int = 0
    success_rate: float | None = None
    avg_minutes_saved: float | None = None
    last_applied: str | None = None


class PatternDetails(NamedTuple):
    """Everything the memory knows about one FixPattern; `holders` are names of repositories."""

    pattern: FixPattern
    notes: PatternNotes
    relations: tuple[PatternRelation, ...]
    record: PatternRecord
    holders: tuple[str, ...] = ()
    facts: PatternFacts | None = None


class PatternHit(NamedTuple):
    """A FixPattern a search found; `signals` gives its rank, from 1, in each list that held it.

    `holders` are the names of the repositories that learned it, where there are several.
    """

    pattern: FixPattern
    score: float
    signals: Mapping[str, int]
    holders: tuple[str, ...] = ()
