"""The judge stage: which of the findings count, and which exit code that makes.

The fast path and the whole check both judge here, so nothing is loaded that only one of them needs.
"""

from __future__ import annotations

from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERNAL, EXIT_USAGE
from devmatrix_guard.lazy_typing import Any, Collection, Iterable, Mapping
from devmatrix_guard.model.diff import Skip
from devmatrix_guard.model.report import CheckReport, Note, SuppressedFinding
from devmatrix_guard.model.rule import STAGES, is_hushed, rank_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from devmatrix_guard.commands.check.arguments.request import CheckOptions
    from devmatrix_guard.commands.check.change.change import Change
    from devmatrix_guard.commands.check.change.place import Place
    from devmatrix_guard.commands.check.change.selection import Candidate
    from devmatrix_guard.commands.check.context import CheckContext
    from devmatrix_guard.commands.check.result import CheckResult
    from devmatrix_guard.engine.findings.baseline import Baseline
    from devmatrix_guard.git.ranges import Range
    from devmatrix_guard.git.repository import Repository
    from devmatrix_guard.model.finding import Finding

APPLICATION = "application"  # the kind of findings about generated applications
# A rule that has still to prove itself is silent, unless the user asks for it.
_CANDIDATE = STAGES[0]
# Asking git what a file was called goes through the whole history.
_MAX_FOLLOWED = 50


def judge_findings(context: CheckContext, report: CheckReport) -> CheckReport:
    """Return what is left of a report by the settings, the baseline and git's attributes."""
    report = accept_findings(context, report)
    report = _drop_generated(report, context.place, context.change)
    return _sort(report, context.change.compared)


def accept_findings(context: CheckContext, report: CheckReport) -> CheckReport:
    """Leave out rules that are no more than candidates, and what the baseline accepts."""
    rules = context.rules
    report = report._replace(gate=rules.settings("").fail_on)
    if not rules.named:
        report = drop_candidates(report)
    from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, parse_baseline

    baseline = parse_baseline(rules.tree.read(BASELINE_PATH) or b"")
    report = report._replace(notes=tuple(dict.fromkeys((*baseline.notes, *report.notes))))
    report = drop_dismissed(report, context.place.repo)
    if not baseline.entries:
        return report
    return _drop_accepted(report, baseline, context.change.candidates, context.place.repo)


def drop_candidates(report: CheckReport) -> CheckReport:
    """Leave out findings of candidates, unless they are what fails the check."""
    if report.gate == _CANDIDATE:
        return report
    return report._replace(findings=tuple(f for f in report.findings if f.stage != _CANDIDATE))


def drop_dismissed(report: CheckReport, repo: Repository | None) -> CheckReport:
    """Move what people called a false positive, in any file or repository, to the suppressed."""
    if repo is None or not report.findings:
        return report
    from devmatrix_guard.git.repository import find_own_folder
    from devmatrix_guard.mining.candidates.dismissals import DISMISSED_NAME, load_dismissed

    known = load_dismissed(find_own_folder(repo) / DISMISSED_NAME)
    if not known:
        return report
    wrong = {f for f in report.findings if (f.rule_id, f.fingerprint.rpartition("-")[2]) in known}
    return report._replace(
        findings=tuple(f for f in report.findings if f not in wrong),
        suppressed=(
            *report.suppressed,
            *(SuppressedFinding(f, "feedback") for f in report.findings if f in wrong),
        ),
    )


def drop_generated(report: CheckReport, reasons: Mapping[str, str]) -> CheckReport:
    """Leave out findings in generated files, and say by `reasons` why each is one."""
    skips = (Skip(path, why, is_agreed=True) for path, why in reasons.items())
    return report._replace(
        findings=tuple(f for f in report.findings if f.path not in reasons),
        skipped=(*report.skipped, *skips),
    )


def drop_advice(report: CheckReport, paths: Collection[str] | None = None) -> CheckReport:
    """Leave out advice on a commit's own files, of all where `paths` names none.

    A hook keeps it to itself: it is for `guard check` and pull requests.
    """
    return report._replace(
        findings=tuple(
            f
            for f in report.findings
            if not is_hushed(f.stage, report.gate) or (paths is not None and f.path not in paths)
        )
    )


def take_unsafe_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Take fixes as safe that only their rules' missing examples keep from being so."""
    return tuple(
        f._replace(fix=f.fix._replace(doubt=None)) if f.fix and f.fix.lacks_example else f
        for f in findings
    )


def join_undone(report: CheckReport) -> CheckReport:
    """Return a report in which what undoes a fix and what the rule learned from it says are one.

    The finding for the fix says both, as loudly as the louder, and has the rule's fix.
    """
    undone = [finding for finding in report.findings if finding.kind == "undo"]
    if not undone:
        return report
    kept = list(report.findings)
    for finding in undone:
        twins = [other for other in kept if _is_of_one_fault(finding, other)]
        if not twins:
            continue
        rule = max(twins, key=lambda other: (other.fix is not None, rank_stage(other.stage)))
        stage = max((finding.stage, *(t.stage for t in twins)), key=rank_stage)
        named = ", ".join(f"`{name}`" for name in dict.fromkeys(t.rule_id for t in twins))
        kept[kept.index(finding)] = finding._replace(
            stage=stage,
            severity=finding.severity if stage == finding.stage else rule.severity,
            message=f"{finding.message} {named} finds it as well: {rule.message}",
            fix=rule.fix,
            start_line=rule.start_line,
            start_col=rule.start_col,
            end_line=rule.end_line,
            end_col=rule.end_col,
            code=rule.code,
            layer=finding.layer if finding.layer is not None else rule.layer,
            sources=tuple(dict.fromkeys((*finding.sources, *rule.sources))),
        )
        kept = [other for other in kept if other not in twins]
    return report._replace(findings=tuple(kept))


def _is_of_one_fault(undone: Finding, other: Finding) -> bool:
    """Tell whether a rule that was learned from a fix finds the line that undoes it."""
    if other.kind != "rule" or other.path != undone.path or other.cell != undone.cell:
        return False
    learned = {source.commit for source in other.sources}
    is_here = other.start_line <= undone.start_line <= other.end_line
    return is_here and any(source.commit in learned for source in undone.sources)


def drop_fixed(result: CheckResult, fixed: tuple[Finding, ...]) -> CheckResult:
    """Move the findings that were fixed from those that are left to those that are done."""
    left = tuple(finding for finding in result.report.findings if finding not in fixed)
    return result._replace(report=result.report._replace(findings=left, fixed=fixed))


def is_failing(report: CheckReport) -> bool:
    """Whether a finding, or what was not judged or is silenced, fails the check."""
    if any(one.fails for one in report.unjudged):
        return True
    if any(one.fails for one in report.new_suppressions):
        return True
    gate = rank_stage(report.gate)
    return gate >= 0 and any(rank_stage(f.stage) >= gate for f in report.findings)


def choose_exit_code(result: CheckResult, options: CheckOptions) -> int:
    """Return the exit code a result stands for, warnings that wait for an answer apart."""
    report = result.report
    if options.strict and result.has_rule_errors:
        return EXIT_USAGE
    unseen = EXIT_INTERNAL if report.has_defect else EXIT_CLEAN
    if options.exit_zero:
        return unseen
    # A fix is in the work tree only: the commit in the making has still to take it up.
    unstaged_fix = bool(report.fixed) and bool(result.fixable)
    return EXIT_FINDINGS if is_failing(report) or unstaged_fix else unseen


def _drop_accepted(
    report: CheckReport,
    baseline: Baseline,
    candidates: Sequence[Candidate],
    repo: Repository | None,
) -> CheckReport:
    """Move findings the baseline accepts to the suppressed ones."""
    old_paths = {c.path: c.old_path for c in candidates if c.old_path}
    accepted = {f for f in report.findings if baseline.accepts(f, old_paths.get(f.path))}
    left = [f for f in report.findings if f not in accepted and baseline.may_hold_moved(f)]
    accepted |= _find_accepted_before_renames(left, baseline, repo)
    silenced = [SuppressedFinding(f, "baseline") for f in report.findings if f in accepted]
    return report._replace(
        findings=tuple(f for f in report.findings if f not in accepted),
        suppressed=(*report.suppressed, *silenced),
    )


def _find_accepted_before_renames(
    findings: Sequence[Finding], baseline: Baseline, repo: Repository | None
) -> set[Finding]:
    """Return the findings that were accepted when their files had other names."""
    if repo is None:
        return set()
    from devmatrix_guard.git.history import find_former_paths

    paths = sorted({finding.path for finding in findings})[:_MAX_FOLLOWED]
    names = {path: find_former_paths(repo, path) for path in paths}
    return {f for f in findings for old in names.get(f.path, ()) if baseline.accepts(f, old)}


def _drop_generated(report: CheckReport, place: Place, change: Change) -> CheckReport:
    if place.repo is None or not report.findings:
        return report
    from devmatrix_guard.git.attributes import find_generated

    commit = change.base if change.head_tree else None
    # A file named from outside has no attributes here, and git would refuse the question.
    foreign = {c.path for c in change.candidates if not c.place.is_relative_to(place.root)}
    # What is said of a generated application is said of what is generated.
    paths = {f.path for f in report.findings if f.kind != APPLICATION} - foreign
    kept = tuple(f for f in report.findings if f.kind == APPLICATION)
    report = drop_generated(report, find_generated(place.repo, paths, commit=commit))
    return report._replace(findings=tuple(dict.fromkeys((*report.findings, *kept))))


def _sort(report: CheckReport, compared: Range | None) -> CheckReport:
    """Return the report in the order of its files, led by what was guessed about the range."""
    guesses = [Note("", 0, text) for text in (compared.notes if compared else ())]
    return report._replace(
        findings=tuple(sorted(report.findings, key=_place)),
        skipped=tuple(sorted(set(report.skipped))),
        notes=(*guesses, *report.notes),
    )


def _place(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.path, finding.start_line, finding.start_col, finding.rule_id, finding.fingerprint,
    )  # fmt: skip
