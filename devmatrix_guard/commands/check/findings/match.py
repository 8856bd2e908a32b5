"""The match stage: what the rules and the fixes of the past find in a change, before judgement.

context -> targets, group by group of equal settings -> the engine's reports -> what the change
undoes -> one report
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.change.settings_source import StagedTree
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.applications import match_applications
from devmatrix_guard.commands.check.findings.removed_proof import match_removed_proof
from devmatrix_guard.commands.check.findings.targets import Targets
from devmatrix_guard.commands.check.findings.undone import match_undone
from devmatrix_guard.config import Settings
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.globs import find_layer
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note, join_reports

_SEMGREP_SECONDS = 300.0


def match_change(context: CheckContext) -> CheckReport:
    """Return what is found in every file of the change, in the order of the files."""
    targets = Targets(context)
    parts = [CheckReport(skipped=context.change.paths.skipped)]
    if context.strict and not context.change.candidates:
        parts.append(check_targets(context.rules.compiled(context.rules.settings("")), ()))
    for settings, group in groupby(context.change.candidates, key=context.rules.settings_for):
        parts.append(_match_group(context, targets, group, settings))
    seen = frozenset(targets.seen)
    parts.append(match_undone(context, seen))
    parts.append(match_removed_proof(context, seen))
    parts.append(match_applications(context))
    parts.append(targets.describe())
    parts.append(CheckReport(notes=(*context.rules.notes, *_describe_half_staged(context))))
    return join_reports(parts)


def _match_group(
    context: CheckContext, targets: Targets, group: Iterator[Candidate], settings: Settings
) -> CheckReport:
    compiled = context.rules.compiled(settings)
    cache = context.place.cache
    report = _match_rules(compiled, targets, targets.read(group, settings), settings, cache)
    return _name_from_root(_add_layers(report, settings), context.place.root)


def _match_rules(
    compiled: CompiledRules,
    targets: Targets,
    group: Iterator[Target],
    settings: Settings,
    cache: Path | None,
) -> CheckReport:
    """Return what the rules find; those that need semgrep run where the settings ask for it."""
    jobs = settings.jobs or os.cpu_count() or 1
    if not compiled.has_semgrep_rules:
        return check_targets(compiled, group, jobs=jobs)
    from devmatrix_guard.engine.semgrep.tier import SemgrepTier, list_not_run

    if not settings.semgrep:
        report = check_targets(compiled, group, jobs=jobs)
        return report._replace(deferred=list_not_run(compiled, targets.named))
    left = _SEMGREP_SECONDS if targets.deadline is None else targets.deadline - time.monotonic()
    seconds = max(1.0, min(left, _SEMGREP_SECONDS))
    with SemgrepTier(compiled, seconds=seconds, cache=cache) as tier:
        targets.wants = tier.concerns
        report = check_targets(compiled, tier.watch(group), jobs=jobs)
        for target in targets.foreign:
            tier.add(target)
        targets.wants = None
        targets.foreign.clear()
        return tier.added_to(report)


def _add_layers(report: CheckReport, settings: Settings) -> CheckReport:
    """Give findings of rules without a layer the layer the settings say their file is in."""
    if not settings.layers:
        return report
    return report._replace(findings=tuple(_add_layer(f, settings) for f in report.findings))


def _add_layer(finding: Finding, settings: Settings) -> Finding:
    if finding.layer is not None:
        return finding
    return finding._replace(layer=find_layer(finding.path, settings.layers))


def _name_from_root(report: CheckReport, root: Path) -> CheckReport:
    """Name the files of notes from the root, as all others are."""
    notes = [
        note._replace(path=Path(note.path).relative_to(root).as_posix())
        if Path(note.path).is_relative_to(root)
        else note
        for note in report.notes
    ]
    return report._replace(notes=tuple(notes))


def _describe_half_staged(context: CheckContext) -> tuple[Note, ...]:
    """Say which rule files are looked at as they are staged, and not as the user sees them."""
    rules = context.rules
    if not isinstance(rules.tree, StagedTree) or rules.named:
        return ()
    text = "The staged version of these rules was used; the file in the work tree differs."
    tops = rules.settings("").rules
    return tuple(Note(path, 0, text) for path in rules.tree.half_staged(tops))
