"""A whole check without what is shown or written: context -> match -> judge -> result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from devmatrix_guard.commands.check.cache import write_cache
from devmatrix_guard.commands.check.context import CheckContext, open_context
from devmatrix_guard.commands.check.effects import add_effects
from devmatrix_guard.commands.check.judge import drop_candidates, judge_findings, take_unsafe_fixes
from devmatrix_guard.commands.check.match import match_change
from devmatrix_guard.commands.check.new_suppressions import with_verdict
from devmatrix_guard.commands.check.reading import Bounds, Reader
from devmatrix_guard.commands.check.request import CheckRequest
from devmatrix_guard.commands.check.result import CheckResult
from devmatrix_guard.commands.check.unjudged import find_unjudged
from devmatrix_guard.commands.check.warn_once import PendingCommit
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, parse_baseline
from devmatrix_guard.git.repository import find_own_folder
from devmatrix_guard.mining.undo import INDEX_NAME
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Finding


def examine_change(request: CheckRequest, cwd: Path, *, keep_sources: bool = False) -> CheckResult:
    """Check what the request asks for.

    Args:
        request: what to check, and by which rules.
        cwd: where the user stands.
        keep_sources: read the content of files with a safe fix again, for fixing.

    Raises:
        GuardError: the place, a path, the settings or git do not allow for it.
    """
    with open_context(request, cwd) as context:
        report = add_effects(context, judge_findings(context, match_change(context)))
        _write_cache(context)
        if context.takes_unsafe_fixes:
            report = report._replace(findings=take_unsafe_fixes(report.findings))
        report = report._replace(unjudged=find_unjudged(context, report))
        report = with_verdict(report, context.rules.settings(""))
        has_errors = context.rules.has_errors
        result = CheckResult(report, has_rule_errors=has_errors, commit=_find_commit(context))
        return _add_sources(context, result) if keep_sources else result


def _find_commit(context: CheckContext) -> PendingCommit | None:
    """Return the commit that a hook checks; a range and whole files make none."""
    if context.place.repo is None or not context.is_commit:
        return None
    staged = frozenset(c.path for c in context.change.candidates if c.blob is not None)
    return PendingCommit(context.place.repo, staged, context.rules.settings("").on_warn)


def _write_cache(context: CheckContext) -> None:
    """Let the next hook know what it needs to see at once that it has nothing to say."""
    repo, rules = context.place.repo, context.rules
    if repo is None or context.change.compared is not None:
        return
    if not rules.are_usual or rules.kept is None or rules.notes:
        return
    write_cache(
        str(repo.git_dir),
        str(repo.root),
        *rules.kept,
        rules.settings(""),
        str(find_own_folder(repo) / INDEX_NAME),
        context.change.undo.paths,
    )


def _add_sources(context: CheckContext, result: CheckResult) -> CheckResult:
    wanted = {f.path for f in result.report.findings if f.fix and f.fix.safe}
    fixable = [c for c in context.change.candidates if c.path in wanted]
    reader = Reader(context.place, context.change.compared)
    read = {c.path: reader.read(c, Bounds(max_file_kb=1 << 30)) for c in fixable}
    targets = {path: target for path, target in read.items() if isinstance(target, Target)}
    rules = {c.path: context.rules.compiled(context.rules.settings_for(c)) for c in fixable}
    baseline = parse_baseline(context.rules.tree.read(BASELINE_PATH) or b"")

    def recheck(target: Target) -> Sequence[Finding]:
        found = check_targets(rules[target.path], [target], gate=result.report.gate)
        found = found if context.rules.named else drop_candidates(found)
        left = tuple(finding for finding in found.findings if not baseline.accepts(finding))
        return take_unsafe_fixes(left) if context.takes_unsafe_fixes else left

    return result._replace(
        sources={path: target.source for path, target in targets.items()},
        places={c.path: c.place for c in fixable},
        lines={path: target.lines for path, target in targets.items()},
        recheck=recheck,
        from_disk=frozenset(c.path for c in fixable if c.blob is None),
    )
