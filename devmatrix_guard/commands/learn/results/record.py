"""Records in the memory what was learned, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from devmatrix_guard.commands.learn.fix_memory import Remembered
from devmatrix_guard.commands.learn.results.report import Learned
from devmatrix_guard.commands.learn.results.rules import RULES
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import Settings
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.memory.base import CorruptMemoryError, Memory
from devmatrix_guard.memory.connect import set_aside_corrupt
from devmatrix_guard.mining.fix_patterns.relations import DISCOVERED, discover_relations
from devmatrix_guard.mining.fixes.lineage import make_edges, make_nodes
from devmatrix_guard.model.knowledge.knowledge import PatternRelation
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.pattern import FixPattern

_FIXES = "fixes"


def record_rules(
    memory: Memory,
    root: Path,
    rules: Sequence[tuple[Learned, str]],
    removed: Sequence[str],
) -> None:
    """Put patterns, rules and where they came from into the memory, all or nothing.

    A pattern has the stage of its rule, which people may have raised or retired.
    """
    patterns = {one.rule_id: replace(one.pattern, stage=one.stage) for one, _ in rules}
    loaded = [rule for rule in load_rules(root / RULES, root=root).rules if rule.id in patterns]
    with memory.transaction():
        former = {name: memory.rules.get_pattern_of(name) for name in removed}
        memory.patterns.save(patterns.values())
        memory.rules.save(loaded, {rule.id: patterns[rule.id].id for rule in loaded})
        memory.rules.retire(removed)
        memory.patterns.relate(_find_successions(memory, former, list(patterns.values())))
        memory.patterns.relate(discover_relations(patterns.values()), replacing=DISCOVERED)
        memory.lineage.add(_make_nodes(patterns), _make_edges(patterns))


def record_fixes(memory: Memory, remembered: Remembered) -> None:
    """Put fixes with their origins, functions, tests and issues into the lineage.

    Where those of an earlier end of the history are in it, only what came since is written.
    """
    fixes = remembered.units
    if memory.state.get(_FIXES) == remembered.former_head:
        new = {fix.commit for fix in fixes[: remembered.new]}
        nodes = make_nodes(fixes[: remembered.new])
        edges = [e for e in make_edges(fixes) if new & {e.source[1], e.target[1]}]
    else:
        nodes, edges = make_nodes(fixes), make_edges(fixes)
    with memory.transaction():
        memory.lineage.add(nodes, edges)
        memory.state.set(_FIXES, remembered.fixes.head)


def _find_successions(
    memory: Memory, former: Mapping[str, str | None], patterns: Sequence[FixPattern]
) -> list[PatternRelation]:
    """Return which new pattern took the place of which that is no longer made."""
    relations = []
    for old_id in filter(None, former.values()):
        old = memory.patterns.get(old_id)
        sources = {pair.source.commit for pair in old.pairs} if old else set()
        for new in patterns:
            if sources & {pair.source.commit for pair in new.pairs} and new.id != old_id:
                relations.append(PatternRelation(new.id, old_id, "evolved-from", 1.0))
    return relations


def _make_nodes(patterns: Mapping[str, FixPattern]) -> list[LineageNode]:
    commits = {pair.source: None for pattern in patterns.values() for pair in pattern.pairs}
    paths = {pair.path: None for pattern in patterns.values() for pair in pattern.pairs}
    return [
        *(LineageNode("source-file", path) for path in paths),
        *(LineageNode("commit", s.commit, {"date": s.date, "subject": s.subject}) for s in commits),
        *(LineageNode("pattern", p.id, {"title": p.title}) for p in patterns.values()),
        *(LineageNode("rule", name, {"stage": p.stage}) for name, p in patterns.items()),
    ]


def _make_edges(patterns: Mapping[str, FixPattern]) -> list[LineageEdge]:
    edges: dict[tuple[str, str], LineageEdge] = {}
    for name, pattern in patterns.items():
        end = ("pattern", pattern.id)
        for pair in pattern.pairs:
            start = ("commit", pair.source.commit)
            edges[start[1], end[1]] = LineageEdge("taught", start, end)
            file = ("source-file", pair.path)
            edges[start[1], file[1]] = LineageEdge("touches", start, file)
        edges[end[1], name] = LineageEdge("became", end, ("rule", name))
    return list(edges.values())


def open_sound_memory(settings: Settings, root: Path, notes: list[str]) -> Memory:
    """Return the memory; a damaged one is set aside, which `notes` is told, and begun anew."""
    try:
        return open_project_memory(settings, root, verify=True)
    except CorruptMemoryError:
        aside = set_aside_corrupt(settings.memory, root)
        notes.append(
            f"The memory was damaged; it was kept as {aside.name} and a new one was learned."
        )
        return open_project_memory(settings, root)
