"""Run compiled rules over targets: the orchestration between prefilter, matcher and findings.

target -> rules whose words are there -> tree -> one walk -> ranges -> findings on the lines asked
for -> suppressions, fixes, fingerprints -> report
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.engine.compiled import CompiledRule, CompiledRules
from devmatrix_guard.engine.formula import FileMatcher, Range
from devmatrix_guard.engine.match import Match, match_of
from devmatrix_guard.engine.path_globs import matches_any
from devmatrix_guard.engine.prefilter import surviving
from devmatrix_guard.engine.source import Source, SourceError
from devmatrix_guard.model.diff import Deferral, Skip, Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.finding import Source as Origin
from devmatrix_guard.model.report import CheckReport, Note, SuppressedFinding

Lines = tuple[tuple[int, int], ...] | None
_METAVARIABLE = re.compile(r"\$(?:\.\.\.)?[A-Z_][A-Z_0-9]*|\$\d+")


class _FileResult(NamedTuple):
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[SuppressedFinding, ...] = ()
    notes: tuple[Note, ...] = ()
    skip: Skip | None = None


def check_targets(
    compiled: CompiledRules,
    targets: Iterable[Target],
    *,
    gate: str = "block",
    suppressions: bool = True,
    fixes: bool = True,
    out_of_time: Callable[[], bool] | None = None,
) -> CheckReport:
    """Return what the rules say about the targets.

    Findings are those that touch a target's lines; rules that need semgrep are listed as deferred.

    Args:
        gate: the stage that fails a check, kept in the report.
        suppressions: whether comments silence findings.
        fixes: whether to work out and prove fixes.
        out_of_time: asked before each file; files after it turns true are skipped with a reason.
    """
    results: list[_FileResult] = []
    known = frozenset((*compiled.in_process, *compiled.refused))
    for target in targets:
        if out_of_time is not None and out_of_time():
            results.append(_FileResult(skip=Skip(target.path, "the time budget was used up")))
        else:
            results.append(_check(compiled, target, known, suppressions, fixes))
    deferred = [Deferral(name, f"needs semgrep: {why}") for name, why in compiled.refused.items()]
    errors = tuple(Note(*error) for error in compiled.errors)
    return CheckReport(
        findings=tuple(sorted((f for r in results for f in r.findings), key=_position)),
        skipped=tuple(r.skip for r in results if r.skip is not None),
        deferred=tuple(deferred),
        suppressed=tuple(s for r in results for s in r.suppressed),
        notes=(*errors, *(note for r in results for note in r.notes)),
        files_checked=sum(1 for r in results if r.skip is None),
        gate=gate,
    )


def _position(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.start_line, finding.start_col, finding.rule_id


def _check(
    compiled: CompiledRules, target: Target, known: Collection[str], honour: bool, fixes: bool
) -> _FileResult:
    marked = honour and (b"guard:" in target.source or b"nosem" in target.source)
    lines = None if marked else target.lines
    numbers = surviving(compiled, target.source, lines)
    rules = [compiled.rule(number) for number in numbers]
    rules = [rule for rule in rules if _applies(rule, target.path)]
    if not rules and not marked:
        return _FileResult()
    try:
        source = Source(target.source, target.path)
        found = _ranges(source, rules, lines)
        if found and lines is not None:
            found = _ranges(source, [rule for rule, _ in found], None)
        return _findings(source, target, found, compiled, known, marked, fixes)
    except SourceError as error:
        return _FileResult(skip=Skip(target.path, str(error)))
    except RecursionError:
        return _FileResult(skip=Skip(target.path, "nested too deeply to check"))


def _applies(rule: CompiledRule, path: str) -> bool:
    if rule.include and not matches_any(path, rule.include):
        return False
    return not (rule.exclude and matches_any(path, rule.exclude))


def _ranges(
    source: Source, rules: Sequence[CompiledRule], lines: Lines
) -> list[tuple[CompiledRule, list[Range]]]:
    matcher = FileMatcher(source, [((rule.leaves, rule.formula), rule.options) for rule in rules])
    found = matcher.matches(lines)
    return [(rule, ranges) for rule, ranges in zip(rules, found, strict=True) if ranges]


def _findings(
    source: Source,
    target: Target,
    found: Sequence[tuple[CompiledRule, list[Range]]],
    compiled: CompiledRules,
    known: Collection[str],
    marked: bool,
    fixes: bool,
) -> _FileResult:
    pairs = [pair for rule, ranges in found for pair in _of_rule(source, target, rule, ranges)]
    findings = _with_fingerprints([f for f, _ in pairs], [m for _, m in pairs], source)
    matches = {_identity(f): m for f, (_, m) in zip(findings, pairs, strict=True)}
    suppressed: tuple[SuppressedFinding, ...] = ()
    notes: tuple[Note, ...] = ()
    if marked:
        from devmatrix_guard.engine.suppress import apply_suppressions, find_suppressions

        comments = find_suppressions(target.source)
        result = apply_suppressions(
            target.path, findings, comments, ran=compiled.in_process, known=known
        )
        findings, suppressed, notes = list(result.kept), result.suppressed, result.notes
    findings = [finding for finding in findings if touches(finding, target.lines)]
    suppressed = tuple(s for s in suppressed if touches(s.finding, target.lines))
    bodies = {rule.id: rule.body for rule, _ in found if rule.has_fix}
    if fixes and any(finding.rule_id in bodies for finding in findings):
        findings = _with_fixes(findings, matches, bodies, target)
    return _FileResult(tuple(findings), suppressed, notes)


def _identity(finding: Finding) -> tuple[Any, ...]:
    place = finding.start_line, finding.start_col, finding.end_line, finding.end_col
    return (finding.rule_id, *place, finding.message)


def _of_rule(
    source: Source, target: Target, rule: CompiledRule, ranges: Sequence[Range]
) -> list[tuple[Finding, Match]]:
    """Return a rule's findings; the same place with the same message is one finding."""
    seen: dict[tuple[Any, ...], tuple[Finding, Match]] = {}
    for found in ranges:
        match = match_of(source, rule.options, found)
        finding = Finding(
            rule_id=rule.id,
            path=target.path,
            start_line=match.start_line,
            start_col=match.start_col,
            end_line=match.end_line,
            end_col=match.end_col,
            stage=rule.stage,
            severity=rule.severity,
            layer=rule.layer,
            message=interpolated(rule.message, match),
            sources=tuple(Origin(*origin) for origin in rule.sources),
            code=_whole_lines(source, found),
        )
        seen.setdefault(_identity(finding), (finding, match))
    return list(seen.values())


def _whole_lines(source: Source, found: Range) -> str:
    first, last = found[0][0], found[1][0]
    return source.text((first, 0, last, len(source.lines[last - 1]))).rstrip("\r\n")


def interpolated(message: str, match: Match) -> str:
    """Return a message with the metavariables in it replaced by the code they bound."""

    def code(found: re.Match[str]) -> str:
        bound = match.metavariables.get(found.group())
        return found.group() if bound is None else bound.text

    return _METAVARIABLE.sub(code, message)


def _with_fingerprints(
    findings: list[Finding], matches: list[Match], source: Source
) -> list[Finding]:
    if not findings:
        return []
    from devmatrix_guard.engine.fingerprint import add_fingerprints

    codes = [match.text for match in matches]
    return list(add_fingerprints(findings, codes, source.tree))


def _with_fixes(
    findings: list[Finding],
    matches: dict[tuple[Any, ...], Match],
    bodies: dict[str, Any],
    target: Target,
) -> list[Finding]:
    from devmatrix_guard.engine.fixes import build_fixes

    fixable = [index for index, finding in enumerate(findings) if finding.rule_id in bodies]
    asked = [(bodies[findings[i].rule_id], matches[_identity(findings[i])]) for i in fixable]
    built = build_fixes(asked, target.source, lines=target.lines)
    for index, fix in zip(fixable, built, strict=True):
        findings[index] = findings[index]._replace(fix=fix)
    return findings


def touches(finding: Finding, lines: Lines) -> bool:
    """Whether a finding stands on one of the lines."""
    if lines is None:
        return True
    return any(start <= finding.end_line and finding.start_line <= end for start, end in lines)
