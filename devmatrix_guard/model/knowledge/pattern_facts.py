"""What is said of a FixPattern beside its code: computed from evidence, or said by people."""

from __future__ import annotations

from typing import NamedTuple

CRITICAL, HIGH, MEDIUM, LOW = "CRITICAL", "HIGH", "MEDIUM", "LOW"


class PatternHistory(NamedTuple):
    """What the memory knows around the sources of a FixPattern.

    Attributes:
        tests: node ids of the regression tests that came with its fixes.
        tasks: issues and tasks that its fixes name.
        workflows: of the files it was learned from.
        days: for each commit that introduced what a fix repaired, how long it stood.
        related: ids of related patterns.
    """

    tests: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    related: tuple[str, ...] = ()


class PatternFacts(NamedTuple):
    """The fields the design notes give a FixPattern; `docs/fix-patterns.md` says how each is found.

    `problem_type` is one of `knowledge.PROBLEM_TYPES`, None for a plain mistake; `severity` one of
    the four words above; `said` names the fields that people said.
    """

    problem_type: str | None
    code_type: str
    severity: str
    tags: tuple[str, ...]
    layers: tuple[int, ...]
    workflows: tuple[str, ...]
    file_types: tuple[str, ...]
    problem: str
    solution_steps: tuple[str, ...]
    verification_steps: tuple[str, ...]
    learnings: tuple[str, ...]
    prevention: str
    anti_patterns: tuple[str, ...]
    related_patterns: tuple[str, ...]
    tasks: tuple[str, ...]
    said: tuple[str, ...] = ()
