"""Gathers what the memory knows around a FixPattern: tests, tasks, workflows, how long it stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devmatrix_guard.memory.base import Memory
from devmatrix_guard.mining.fixes.lineage import COMMIT, count_days
from devmatrix_guard.model.knowledge.knowledge import PatternRelation
from devmatrix_guard.model.knowledge.lineage import Hop, LineageNode
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.pattern_facts import PatternHistory

_MOST_COMMITS = 30


def read_pattern_history(
    memory: Memory, pattern: FixPattern, relations: Sequence[PatternRelation] = ()
) -> PatternHistory:
    """Return what the memory knows around a pattern.

    Args:
        memory: where its repositories are chosen.
        pattern: as the memory has it.
        relations: those of the pattern, the strongest first.
    """
    dates = {pair.source.commit: pair.source.date for pair in pattern.pairs}
    commits = list(dates)[:_MOST_COMMITS]
    audits = [memory.files.get(path) for path in sorted({pair.path for pair in pattern.pairs})]
    related = [end for r in relations for end in (r.source, r.target) if end != pattern.id]
    days = [
        count_days(str(node.properties.get("date", "")), dates[commit])
        for commit in commits
        for node in _walk(memory, commit, Hop("introduced", forwards=False))
    ]
    return PatternHistory(
        tests=_list_keys(memory, commits, "proved-by"),
        tasks=_list_keys(memory, commits, "names"),
        workflows=tuple(sorted({name for audit in audits if audit for name in audit.workflows})),
        days=tuple(sorted(number for number in days if number is not None)),
        related=tuple(dict.fromkeys(related)),
    )


def _list_keys(memory: Memory, commits: Iterable[str], kind: str) -> tuple[str, ...]:
    return tuple(
        sorted({node.key for commit in commits for node in _walk(memory, commit, Hop(kind))})
    )


def _walk(memory: Memory, commit: str, hop: Hop) -> list[LineageNode]:
    return [path[-1] for path in memory.lineage.walk(LineageNode(COMMIT, commit), [hop])]
