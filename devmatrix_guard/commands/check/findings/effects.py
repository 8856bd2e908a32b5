"""Says what a range changes about its own checking, as it cannot be allowed to decide that."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.settings_source import is_below
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.judge import accept_findings
from devmatrix_guard.commands.check.findings.match import match_change
from devmatrix_guard.commands.check.findings.new_suppressions import added_decisions
from devmatrix_guard.config import SETTINGS_FILES
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note

_SHOWN = 10


def add_effects(context: CheckContext, report: CheckReport) -> CheckReport:
    """Add what a range changes about rules and settings, where those of its base decide."""
    head_tree = context.change.head_tree
    if head_tree is None:
        return report
    rules = context.rules.read_from(head_tree)
    changed = [c.path for c in context.change.candidates]
    deciding = find_deciding(changed, rules, context.rules)
    if not deciding:
        return report
    at_head = context._replace(rules=rules)
    by_head = accept_findings(at_head, match_change(at_head))
    notes = describe_effects(deciding, report.findings, by_head.findings)
    decisions = added_decisions(context.rules.tree, head_tree, context.rules, rules, deciding)
    return report._replace(
        notes=(*report.notes, *notes),
        new_suppressions=(*report.new_suppressions, *decisions),
    )


def find_deciding(changed: Collection[str], rules: Rulesets, others: Rulesets) -> list[str]:
    """Return those of the changed paths that decide what is found: settings, rules, baseline.

    A settings file that says the same of guard on both sides, as a `pyproject.toml` commonly does,
    decides nothing.
    """
    tops = dict.fromkeys((*rules.settings("").rules, *others.settings("").rules))
    return sorted(
        path
        for path in changed
        if path == BASELINE_PATH
        or path.rpartition("/")[2] == ".gitattributes"
        or any(is_below(path, top) for top in tops)
        or (path.rpartition("/")[2] in SETTINGS_FILES and not _say_the_same(path, rules, others))
    )


def _say_the_same(path: str, rules: Rulesets, others: Rulesets) -> bool:
    folder = path.rpartition("/")[0]
    return rules.settings(folder) == others.settings(folder)


def describe_effects(
    paths: Sequence[str], by_base: Sequence[Finding], by_head: Sequence[Finding]
) -> list[Note]:
    """Return what the changed versions of `paths` would do to the findings."""
    notes = [Note(path, 0, "changed by this range; the base's version decides") for path in paths]
    base, head = {_key(f) for f in by_base}, {_key(f) for f in by_head}
    gone = [f for f in by_base if _key(f) not in head]
    new = [f for f in by_head if _key(f) not in base]
    others = len(paths) - 1  # which of several files it is that does so, nobody has asked
    who = (
        f"together with {others} other changed file{'s' * (others != 1)} it"
        if others
        else "the changed version"
    )
    for found, verb in ((gone, "hide"), (new, "add")):
        if found:
            notes.append(Note(paths[0], 0, f"{who} would {verb} {_list_findings(found)}"))
    return notes


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return finding.rule_id, finding.path, finding.fingerprint, finding.stage


def _list_findings(findings: Sequence[Finding]) -> str:
    shown = [f"{f.rule_id} at {f.path}:{f.start_line}" for f in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        shown.append(f"{len(findings) - _SHOWN} more")
    return f"{len(findings)} finding{'s' * (len(findings) != 1)}: {', '.join(shown)}"
