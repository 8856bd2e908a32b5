"""A whole check without what is shown or written: context -> match -> judge -> result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from devmatrix_guard.commands.check.arguments.request import CheckRequest
from devmatrix_guard.commands.check.cache import write_cache
from devmatrix_guard.commands.check.change.reading import Bounds, Reader
from devmatrix_guard.commands.check.context import CheckContext, open_context
from devmatrix_guard.commands.check.findings.effects import add_effects
from devmatrix_guard.commands.check.findings.hidden import add_hidden
from devmatrix_guard.commands.check.findings.judge import (
    drop_candidates,
    join_undone,
    judge_findings,
    take_unsafe_fixes,
)
from devmatrix_guard.commands.check.findings.match import match_change
from devmatrix_guard.commands.check.findings.new_suppressions import with_verdict
from devmatrix_guard.commands.check.findings.unjudged import find_unjudged
from devmatrix_guard.commands.check.result import CheckResult, FixableFile
from devmatrix_guard.commands.check.warn_once import PendingCommit
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, parse_baseline
from devmatrix_guard.git.raw import SUBMODULE_MODE, SYMLINK_MODE
from devmatrix_guard.git.repository import find_own_folder
from devmatrix_guard.mining.undo.index import INDEX_NAME
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport


def examine_request(request: CheckRequest, cwd: Path) -> CheckReport:
    """Return what a check reports, for commands that ask for it and show something else.

    Raises:
        GuardError: the place, a path, the settings or git do not allow for it.
    """
    with open_context(request, cwd) as context:
        return examine_change(context).report


def examine_change(context: CheckContext, *, keep_sources: bool = False) -> CheckResult:
    """Check the change of an open context.

    Args:
        context: the place, the change, and the settings and rules in force.
        keep_sources: read the content of files with a safe fix again, for fixing.

    Raises:
        GuardError: a path, the settings or git do not allow for it.
    """
    place, change, rules = context.place, context.change, context.rules
    report = match_change(context)
    report = judge_findings(context, report)
    report = join_undone(add_hidden(context, add_effects(context, report)))
    _write_cache(context)
    if context.unsafe_fixes:
        report = report._replace(findings=take_unsafe_fixes(report.findings))
    unjudged = find_unjudged(change, rules, place.blobs, report.skipped)
    report = report._replace(unjudged=unjudged, gone=_find_gone(context, report))
    report = with_verdict(report, rules.settings(""))
    commit = _find_commit(context)
    result = CheckResult(report, has_rule_errors=rules.has_errors, commit=commit)
    return _add_fixable(context, result) if keep_sources else result


def _find_gone(context: CheckContext, report: CheckReport) -> frozenset[str]:
    """Return the files with findings that the change deletes or makes into something else.

    A hook manager names the files that are there, so that no deleted one is a candidate.
    """
    others = (SYMLINK_MODE, SUBMODULE_MODE)
    gone = {
        candidate.path
        for candidate in context.change.candidates
        if candidate.old_blob is not None and (candidate.blob is None or candidate.mode in others)
    }
    gone |= context.change.proof.deleted
    return frozenset(finding.path for finding in report.findings if finding.path in gone)


def _find_commit(context: CheckContext) -> PendingCommit | None:
    """Return the commit that a hook checks; a range and whole files make none."""
    if context.place.repo is None or not context.change.is_commit:
        return None
    staged = frozenset(c.path for c in context.change.candidates if c.blob is not None)
    paths = staged | context.change.proof.deleted
    return PendingCommit(context.place.repo, paths, context.rules.settings("").on_warn)


def _write_cache(context: CheckContext) -> None:
    """Let the next hook know what it needs to see at once that it has nothing to say."""
    repo, rules = context.place.repo, context.rules
    if repo is None or context.change.compared is not None:
        return
    if not rules.are_usual or rules.kept is None or rules.notes:
        return
    if context.change.undo.is_outdated or context.change.proof.is_outdated:
        return  # to be said each time, until it is learned again
    write_cache(
        str(repo.git_dir),
        str(repo.root),
        *rules.kept,
        rules.settings(""),
        str(find_own_folder(repo) / INDEX_NAME),
        # Whatever touches a test that proves a fix is looked at.
        {**context.change.undo.words, **dict.fromkeys(context.change.proof.paths, b"")},
    )


def _add_fixable(context: CheckContext, result: CheckResult) -> CheckResult:
    """Add the files with a safe fix, and how to check what they become."""
    place, change, rules = context.place, context.change, context.rules
    wanted = {f.path for f in result.report.findings if f.fix and f.fix.safe}
    reader = Reader(place, change.compared)
    compiled = {}
    files = []
    for candidate in change.candidates:
        if candidate.path in wanted:
            target = reader.read(candidate, Bounds(max_file_kb=1 << 30))
            if isinstance(target, Target):
                files.append(FixableFile(target, candidate.place, candidate.blob is None))
            compiled[candidate.path] = rules.compiled(rules.settings_for(candidate))
    baseline = parse_baseline(rules.tree.read(BASELINE_PATH) or b"")

    def recheck(target: Target) -> Sequence[Finding]:
        found = check_targets(compiled[target.path], [target], gate=result.report.gate)
        found = found if rules.named else drop_candidates(found)
        left = tuple(finding for finding in found.findings if not baseline.accepts(finding))
        return take_unsafe_fixes(left) if context.unsafe_fixes else left

    return result._replace(fixable=tuple(files), recheck=recheck)
