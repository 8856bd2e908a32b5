"""Tells what a commit hides from its own check.

What is staged decides about rules, settings and attributes, so a commit can bring code together
with what silences it. HEAD's versions are asked as well: what only they would stop the commit for
is noted. A range, where the base's settings decide, finds it.
"""

from __future__ import annotations

from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.settings_source import StagedTree
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.effects import find_deciding
from devmatrix_guard.commands.check.findings.judge import accept_findings, drop_generated
from devmatrix_guard.commands.check.findings.match import match_change
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH
from devmatrix_guard.errors import GuardError
from devmatrix_guard.git.attributes import find_generated
from devmatrix_guard.git.repository import resolve_commit
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note
from devmatrix_guard.model.rule import WARN, rank_stage


def add_hidden(context: CheckContext, report: CheckReport) -> CheckReport:
    """Note what HEAD's rules, settings and attributes would stop the commit for.

    Args:
        context: of a check of what is staged; another is left alone.
        report: what is found by what is staged.
    """
    tree, former = context.rules.tree, context.change.former_tree
    if former is None or not isinstance(tree, StagedTree) or context.rules.named:
        return report
    at_head = context._replace(rules=context.rules.read_from(former))
    try:
        deciding = _find_deciding(tree, context.rules, at_head.rules)
        before = _find_before(at_head) if deciding else None
    except GuardError:
        return report  # HEAD's settings cannot be read: nothing is known of what they would say
    if before is None:
        return report
    kept = {_key(f) for f in report.findings if _stops(f.stage, report.gate)}
    kept |= {_key(one.finding) for one in report.suppressed}
    notes = [
        Note(
            deciding[0],
            0,
            f"staged with {f.path}:{f.start_line}, where it hides a finding of {f.rule_id}; "
            "a check of the range will tell it",
        )
        for f in before.findings
        if _stops(f.stage, before.gate) and _key(f) not in kept
    ]
    return report._replace(notes=(*report.notes, *notes))


def _find_deciding(tree: StagedTree, rules: Rulesets, former: Rulesets) -> list[str]:
    """Return the staged files that change what is found; the baseline says openly what it does."""
    found = find_deciding(tree.staged_paths, former, rules)
    return [path for path in found if path != BASELINE_PATH]


def _find_before(at_head: CheckContext) -> CheckReport:
    report = accept_findings(at_head, match_change(at_head))
    repo = at_head.place.repo
    head = resolve_commit(repo, "HEAD") if repo is not None and report.findings else None
    if repo is None or head is None:
        return report
    inside = {c.path for c in at_head.change.candidates if c.place.is_relative_to(repo.root)}
    paths = {finding.path for finding in report.findings} & inside
    return drop_generated(report, find_generated(repo, paths, commit=head))


def _stops(stage: str, gate: str) -> bool:
    """Whether a finding stops a commit by the gate of the settings, or is asked about."""
    least = rank_stage(gate)
    return least >= 0 and rank_stage(stage) >= min(least, rank_stage(WARN))


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule_id, finding.path, finding.fingerprint
