"""Run compiled rules over targets: the orchestration between prefilter, matcher and findings.

target -> rules whose words are there -> tree -> one walk -> ranges -> findings on the lines asked
for -> suppressions, fixes, fingerprints -> report
"""

from __future__ import annotations

from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.engine.matching.expressions.types import Range
from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.matching.match import Match, match_of
from devmatrix_guard.engine.prefilter.partial_parse import extract, is_local
from devmatrix_guard.engine.prefilter.scan import PrefilterResult, may_suppress, prefilter
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules
from devmatrix_guard.engine.tree.source import (
    OutsideExcerptError,
    Source,
    SourceError,
    TooDeepError,
)
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.lazy_typing import Any, Callable, Iterable, Mapping, Sequence
from devmatrix_guard.model.diff import Deferral, Skip, Target
from devmatrix_guard.model.finding import Cell, Doubt, Finding
from devmatrix_guard.model.finding import Source as Origin
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.report import CheckReport, Note, SuppressedFinding

Lines = tuple[tuple[int, int], ...] | None
Matches = dict[tuple[Any, ...], Match]
_NOTHING_SEEN: Mapping[str, PrefilterResult] = {}
_IN_NOTEBOOK = Doubt("notebook", "the code of a notebook is not written")
_METAVARIABLE = r"\$(?:\.\.\.)?[A-Z_][A-Z_0-9]*|\$\d+"


class EngineOptions(NamedValue):
    """What a check is to work out: silenced findings, proven fixes, fingerprints."""

    suppressions: bool = True
    fixes: bool = True
    fingerprints: bool = True


class FileResult(NamedValue):
    """What a check of one file gives."""

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[SuppressedFinding, ...] = ()
    notes: tuple[Note, ...] = ()
    skip: Skip | None = None
    stopped: tuple[Skip, ...] = ()


def check_targets(
    compiled: CompiledRules,
    targets: Iterable[Target],
    *,
    gate: str = "block",
    suppressions: bool = True,
    fixes: bool = True,
    fingerprints: bool = True,
    out_of_time: Callable[[], bool] | None = None,
    glances: Mapping[str, PrefilterResult] = _NOTHING_SEEN,
    jobs: int = 1,
) -> CheckReport:
    """Return what the rules say about the targets.

    Findings are those that touch a target's lines; rules that need semgrep are listed as deferred.

    Args:
        gate: the stage that fails a check, kept in the report.
        suppressions: whether comments silence findings.
        fixes: whether to work out and prove fixes.
        fingerprints: whether to give findings their fingerprints.
        out_of_time: asked before each file; files after it turns true are skipped with a reason.
        glances: by path, what a look at these very targets told already.
        jobs: how many processes share the files where these are many.
    """
    results: list[FileResult] = []
    options = EngineOptions(suppressions, fixes, fingerprints)
    with PausedCollector() as collector:

        def check(target: Target) -> FileResult:
            result = check_alone(compiled, target, options, glances.get(target.path))
            collector.count(len(target.source))
            return result

        if jobs > 1 and out_of_time is None:
            from devmatrix_guard.engine.parallel import check_in_processes, split_by_worth

            targets, shared = split_by_worth(targets)
            results += check_in_processes(
                compiled, shared, options, jobs, lambda skip: FileResult(skip=skip), check
            )
        for target in targets:
            if out_of_time is not None and out_of_time():
                results.append(FileResult(skip=Skip(target.path, "the time budget was used up")))
            else:
                results.append(check(target))
    deferred = [Deferral(name, f"needs semgrep: {why}") for name, why in compiled.refused.items()]
    errors = tuple(Note(*error) for error in compiled.errors)
    return CheckReport(
        findings=tuple(sorted((f for r in results for f in r.findings), key=_get_position)),
        skipped=(
            *(r.skip for r in results if r.skip is not None),
            *(stopped for r in results for stopped in r.stopped),
        ),
        deferred=tuple(deferred),
        suppressed=tuple(s for r in results for s in r.suppressed),
        notes=(*errors, *(note for r in results for note in r.notes)),
        files_checked=sum(1 for r in results if r.skip is None),
        gate=gate,
    )


def _get_position(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.start_line, finding.start_col, finding.rule_id


def check_alone(
    compiled: CompiledRules,
    target: Target,
    options: EngineOptions,
    prefiltered: PrefilterResult | None,
) -> FileResult:
    """Check a file; a failure of ours is told of this file and ends nothing else."""

    def check() -> FileResult:
        if target.cells:
            return _name_cells(_check(compiled, target, options, prefiltered), target)
        return _check(compiled, target, options, prefiltered)

    try:
        try:
            return check()
        except (TooDeepError, RecursionError):
            from devmatrix_guard.engine.deep import call_deeply

            return call_deeply(check)
    except SourceError as error:
        return FileResult(skip=Skip(target.path, str(error)))
    except RecursionError:
        return FileResult(skip=Skip(target.path, "nested too deeply to check"))
    except Exception as error:
        return FileResult(skip=Skip(target.path, describe_defect(error)))


def _name_cells(result: FileResult, target: Target) -> FileResult:
    """Say of each finding in a notebook in which cell it stands, and that its fix is not written.

    The edits of a fix stand in the code of a cell, which the file holds as JSON.
    """

    def name(finding: Finding) -> Finding:
        cell = Cell(*target.cells.get(finding.start_line, (1, 1)))
        message = f"{finding.message} (cell {cell.number}, line {cell.line})"
        fix = finding.fix
        if fix is not None and (fix.safe or fix.lacks_example):
            fix = fix._replace(doubt=_IN_NOTEBOOK)
        return finding._replace(message=message, cell=cell, fix=fix)

    return result._replace(
        findings=tuple(map(name, result.findings)),
        suppressed=tuple(s._replace(finding=name(s.finding)) for s in result.suppressed),
    )


def _check(
    compiled: CompiledRules,
    target: Target,
    options: EngineOptions,
    prefiltered: PrefilterResult | None,
) -> FileResult:
    marked = options.suppressions and may_suppress(target.source)
    lines = None if marked else target.lines
    prefiltered = prefiltered or prefilter(compiled, target.source, lines)
    rules = [compiled.rule(number) for number in prefiltered.rules]
    rules = [rule for rule in rules if is_applicable(rule, target.path)]
    if not rules and not marked:
        return FileResult()
    told: tuple[Skip, ...] = ()
    if lines is not None:
        try:
            found = _find_near(target, prefiltered, rules, lines, options)
        except RecursionError:
            raise
        except Exception as error:
            # Whatever the short way met, the whole file may still be judged.
            found, told = None, (_skip_for(target.path, error, "the excerpt"),)
        if found is not None:
            return found
    source, unread = _read(target)
    try:
        result, matches = _find_all(source, rules, lines, target.path, options, prefiltered.words)
    finally:
        source.release()
    if marked:
        try:
            result = _mark_suppressed(result, target._replace(source=source.data), compiled)
        except Exception as error:
            told += (_skip_for(target.path, error, "its comments"),)
    result = _finish(result, matches, rules, target, options)
    return result._replace(stopped=result.stopped + told + unread)


def _read(target: Target) -> tuple[Source, tuple[Skip, ...]]:
    """Return a file's tree, and what of the lines asked for could not be read.

    Raises:
        SourceError: nothing of it could be read.
    """
    try:
        return Source(target.source, target.path), ()
    except TooDeepError:
        raise
    except SourceError:
        from devmatrix_guard.engine.tree.salvage import salvage

        found = salvage(target.source)
        if found is None:
            raise
        source = Source(target.source, target.path, readable=found.data)
        return source, _list_unread(target, found.left_out)


def _list_unread(target: Target, ranges: Sequence[tuple[int, int]]) -> tuple[Skip, ...]:
    """Return a skip for the lines asked for that were left out."""
    asked = target.lines
    left_out = [
        (first, last)
        for first, last in ranges
        if asked is None or any(start <= last and first <= end for start, end in asked)
    ]
    if not left_out:
        return ()
    import sys

    named = ", ".join(f"{first}-{last}" if first < last else f"{first}" for first, last in left_out)
    word = "line" if named.isdecimal() else "lines"
    version = ".".join(map(str, sys.version_info[:2]))
    why = f"not Python {version} that can be parsed; the rest of the file was checked"
    return (Skip(target.path, f"{word} {named}: {why}"),)


def _skip_for(path: str, error: Exception, part: str) -> Skip:
    """Return what is said of a part of a file's check that failed.

    Raises:
        RecursionError: it was that, and a larger stack may do.
        OutsideExcerptError: the whole file has the answer.
    """
    if isinstance(error, RecursionError | OutsideExcerptError):
        raise error
    return Skip(path, describe_defect(error, part))


def _find_near(
    target: Target,
    prefiltered: PrefilterResult,
    rules: Sequence[CompiledRule],
    lines: Lines,
    options: EngineOptions,
) -> FileResult | None:
    """Return what is found without parsing the whole file, None where that takes the whole."""
    if lines is None or not prefiltered.is_literal or not all(map(is_local, rules)):
        return None
    excerpt = extract(prefiltered.outline, lines)
    if excerpt is None:
        return None
    try:
        source = Source(target.source, target.path, excerpt)
        try:
            result, matches = _find_all(source, rules, lines, target.path, options)
        finally:
            source.release()
    except (SourceError, OutsideExcerptError):
        return None
    return _finish(result, matches, rules, target, options)


def is_applicable(rule: CompiledRule, path: str) -> bool:
    """Whether the paths a rule names let it look at a file."""
    if not rule.include and not rule.exclude:
        return True
    from devmatrix_guard.globs import matches_rule_paths

    if rule.include and not matches_rule_paths(path, rule.include):
        return False
    return not (rule.exclude and matches_rule_paths(path, rule.exclude))


def _find_ranges(
    source: Source,
    rules: Sequence[CompiledRule],
    lines: Lines,
    path: str,
    words: set[bytes] | None = None,
) -> tuple[list[tuple[CompiledRule, list[Range]]], tuple[Skip, ...]]:
    """Return what each rule matches, and which rules were stopped because they took too long."""
    try:
        matcher = FileMatcher(
            source, [((rule.leaves, rule.formula), rule.options) for rule in rules], words
        )
        found = matcher.matches(lines)
        reasons = {rules[number].id: why for number, why in matcher.stopped.items()}
    except (RecursionError, SourceError, OutsideExcerptError):
        raise
    except Exception as error:
        if len(rules) == 1:
            found, reasons = [[]], {rules[0].id: describe_defect(error)}
        else:  # what rules share is made in one go: to find the one that fails, and keep the others
            each = [_find_ranges(source, [rule], lines, path, words) for rule in rules]
            return [one for found, _ in each for one in found], tuple(
                skip for _, stopped in each for skip in stopped
            )
    stopped = tuple(
        Skip(path, f"rule {rule_id} was stopped: {why}", rule_id)
        for rule_id, why in sorted(reasons.items())
    )
    return [(rule, each) for rule, each in zip(rules, found, strict=True) if each], stopped


def _find_all(
    source: Source,
    rules: Sequence[CompiledRule],
    lines: Lines,
    path: str,
    options: EngineOptions,
    words: set[bytes] | None = None,
) -> tuple[FileResult, Matches]:
    """Return what touches the lines, and its matches; with fingerprints all the rules find."""
    found, stopped = _find_ranges(source, rules, lines, path, words)
    if found and lines is not None and options.fingerprints:
        found, also_stopped = _find_ranges(source, [rule for rule, _ in found], None, path)
        stopped += also_stopped
    pairs: list[tuple[Finding, Match]] = []
    for rule, ranges in found:
        try:
            pairs += _find_by_rule(source, path, rule, ranges)
        except Exception as error:
            stopped += (_skip_for(path, error, f"the rule {rule.id}"),)
    findings = tuple(finding for finding, _ in pairs)
    if findings and options.fingerprints:
        from devmatrix_guard.engine.findings.fingerprint import add_fingerprints

        codes = [match.text for _, match in pairs]
        left_out = source.excerpt.heads if source.excerpt is not None else ()
        try:
            findings = add_fingerprints(
                findings, codes, source.tree, left_out=left_out, lines=source.lines
            )
        except Exception as error:
            stopped += (_skip_for(path, error, "the fingerprints"),)
    matches = {_identify(f): m for f, (_, m) in zip(findings, pairs, strict=True)}
    return FileResult(findings, stopped=stopped), matches


def _mark_suppressed(result: FileResult, target: Target, compiled: CompiledRules) -> FileResult:
    from devmatrix_guard.engine.findings.suppressions import apply_suppressions, find_suppressions
    from devmatrix_guard.model.rule import BUILT_IN

    comments = find_suppressions(target.source)
    known = frozenset((*compiled.in_process, *compiled.refused, *BUILT_IN))
    judged = apply_suppressions(
        target.path, result.findings, comments, ran=compiled.in_process, known=known
    )
    suppressed = tuple(s for s in judged.suppressed if touches(s.finding, target.lines))
    return result._replace(findings=judged.kept, suppressed=suppressed, notes=judged.notes)


def _finish(
    result: FileResult,
    matches: Matches,
    rules: Sequence[CompiledRule],
    target: Target,
    options: EngineOptions,
) -> FileResult:
    """Return what touches the lines asked for, with the fixes."""
    findings = [finding for finding in result.findings if touches(finding, target.lines)]
    bodies = {rule.id: rule.body for rule in rules if rule.has_fix}
    stopped = result.stopped
    if options.fixes and any(finding.rule_id in bodies for finding in findings):
        findings, failed = _add_fixes(findings, matches, bodies, target)
        stopped += failed
    return result._replace(findings=tuple(findings), stopped=stopped)


def _identify(finding: Finding) -> tuple[Any, ...]:
    place = finding.start_line, finding.start_col, finding.end_line, finding.end_col
    return (finding.rule_id, *place, finding.message)


def _find_by_rule(
    source: Source, path: str, rule: CompiledRule, ranges: Sequence[Range]
) -> list[tuple[Finding, Match]]:
    """Return a rule's findings; the same place with the same message is one finding."""
    seen: dict[tuple[Any, ...], tuple[Finding, Match]] = {}
    for found in ranges:
        match = match_of(source, rule.options, found)
        finding = Finding(
            rule_id=rule.id,
            path=path,
            start_line=match.start_line,
            start_col=match.start_col,
            end_line=match.end_line,
            end_col=match.end_col,
            stage=rule.stage,
            severity=rule.severity,
            layer=rule.layer,
            message=interpolate(rule.message, match),
            sources=tuple(Origin(*origin) for origin in rule.sources),
            code=_read_whole_lines(source, found),
        )
        seen.setdefault(_identify(finding), (finding, match))
    return list(seen.values())


def _read_whole_lines(source: Source, found: Range) -> str:
    first, last = found[0][0], found[1][0]
    if source.written is not source.data:
        rows = source.written.split(b"\n")[first - 1 : last]
        return b"\n".join(rows).decode("utf-8", "replace").rstrip("\r\n")
    return source.text((first, 0, last, len(source.lines[last - 1]))).rstrip("\r\n")


def interpolate(message: str, match: Match) -> str:
    """Return a message with the metavariables in it replaced by the code they bound."""
    if "$" not in message:
        return message
    import re

    def code(found: re.Match[str]) -> str:
        bound = match.metavariables.get(found.group())
        return found.group() if bound is None else bound.text

    return re.sub(_METAVARIABLE, code, message)


def _add_fixes(
    findings: list[Finding],
    matches: Matches,
    bodies: dict[str, Any],
    target: Target,
) -> tuple[list[Finding], tuple[Skip, ...]]:
    """Return the findings with the fixes there are, and what kept others from being made."""
    from devmatrix_guard.engine.fixing.fixes import build_fixes

    fixable = [index for index, finding in enumerate(findings) if finding.rule_id in bodies]
    asked = [(bodies[findings[i].rule_id], matches[_identify(findings[i])]) for i in fixable]
    failed: dict[Skip, None] = {}
    try:
        built = build_fixes(asked, target.source, lines=target.lines)
    except Exception:
        built = []
        for one in asked:  # to find the one that fails, and to keep all others
            try:
                built += build_fixes([one], target.source, lines=target.lines)
            except Exception as error:
                built.append(None)
                failed[_skip_for(target.path, error, f"the fix of the rule {one[0]['id']}")] = None
    for index, fix in zip(fixable, built, strict=True):
        findings[index] = findings[index]._replace(fix=fix)
    return findings, tuple(failed)


def touches(finding: Finding, lines: Lines) -> bool:
    """Whether a finding stands on one of the lines."""
    if lines is None:
        return True
    return any(start <= finding.end_line and finding.start_line <= end for start, end in lines)
