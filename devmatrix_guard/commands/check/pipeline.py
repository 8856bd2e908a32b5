"""The work of `guard check`, without what is shown or written.

request -> ground (place, files, settings) -> targets -> the engine's report per settings
-> what the change undoes, layers, generated files -> one report
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.asking import PendingCommit
from devmatrix_guard.commands.check.context import ALL, CheckRequest, Ground, stand
from devmatrix_guard.commands.check.earlier import EarlierFiles
from devmatrix_guard.commands.check.fast_cache import leave_note
from devmatrix_guard.commands.check.generated_code import says_generated
from devmatrix_guard.commands.check.new_suppressions import (
    added_comments,
    added_decisions,
    with_verdict,
)
from devmatrix_guard.commands.check.reading import (
    NOT_PYTHON,
    Bounds,
    Reader,
    may_undo,
)
from devmatrix_guard.commands.check.regressions import findings_in_range
from devmatrix_guard.commands.check.rulesets import Rulesets
from devmatrix_guard.commands.check.selection import Candidate, Cover
from devmatrix_guard.commands.check.self_checks import deciding_paths, effect_notes
from devmatrix_guard.commands.check.settings_source import StagedTree
from devmatrix_guard.commands.check.unjudged import find_unjudged
from devmatrix_guard.config import Settings
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, Baseline, parse_baseline
from devmatrix_guard.engine.findings.suppressions import (
    apply_suppressions,
    find_line_suppressions,
    find_suppressions,
)
from devmatrix_guard.engine.prefilter.scan import may_suppress
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.attributes import find_generated
from devmatrix_guard.git.history import find_former_paths
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.globs import find_layer
from devmatrix_guard.mining.undo import INDEX_NAME
from devmatrix_guard.model.diff import Skip, Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.language import PYTHON, detect_language
from devmatrix_guard.model.report import CheckReport, NewSuppression, Note, SuppressedFinding
from devmatrix_guard.model.rule import STAGES

# A rule that has still to prove itself is silent, unless the user asks for it.
CANDIDATE = STAGES[0]
_SEMGREP_SECONDS = 300.0
# Asking git what a file was called goes through the whole history.
_MAX_FOLLOWED = 50
_LEFT_TO_CI = "the time budget was used up; left to CI"


class Examination(NamedTuple):
    """A report, and what fixing needs: by path, the content findings are about and its place.

    `from_disk` are the paths whose content was read from disk; `rule_errors` tells that a rule
    file is not valid; `commit` is the one in the making, where a check is about one.
    """

    report: CheckReport
    sources: Mapping[str, bytes] = {}
    places: Mapping[str, Path] = {}
    from_disk: frozenset[str] = frozenset()
    rule_errors: bool = False
    commit: PendingCommit | None = None


def examine(request: CheckRequest, cwd: Path, *, keep_sources: bool = False) -> Examination:
    """Check what the request asks for.

    Args:
        request: what to check, and by which rules.
        cwd: where the user stands.
        keep_sources: read the content of files with a safe fix again, for fixing.

    Raises:
        GuardError: the place, a path, the settings or git do not allow for it.
    """
    started = time.monotonic()
    with stand(request, cwd) as ground:
        rulesets = Rulesets(ground.tree, request, _cache_of(ground), ground.root)
        report = _settled(ground, _report(ground, request, rulesets, started))
        if ground.head_tree is not None:
            report = _with_effects(ground, request, rulesets, report, started)
        elif ground.compared is None:
            _leave_note(ground, request, rulesets)
        if request.unsafe_fixes:
            report = report._replace(findings=tuple(map(_with_fix_taken, report.findings)))
        report = report._replace(unjudged=find_unjudged(ground, rulesets, report))
        report = with_verdict(report, rulesets.settings(""))
        commit = _pending_commit(ground, request, rulesets)
        result = Examination(report, rule_errors=rulesets.has_errors, commit=commit)
        return _with_sources(ground, result) if keep_sources else result


def _with_fix_taken(finding: Finding) -> Finding:
    """Take a fix as safe that only its rule's missing example keeps from being so."""
    if finding.fix is None or not finding.fix.lacks_example:
        return finding
    return finding._replace(fix=finding.fix._replace(safe=True, reason=""))


def _pending_commit(
    ground: Ground, request: CheckRequest, rulesets: Rulesets
) -> PendingCommit | None:
    """Return the commit that what is checked would make; a range and whole files make none."""
    if ground.repo is None or ground.compared is not None or request.scope == ALL:
        return None
    staged = frozenset(c.path for c in ground.candidates if c.blob is not None)
    return PendingCommit(ground.repo, staged, rulesets.settings("").on_warn)


def _leave_note(ground: Ground, request: CheckRequest, rulesets: Rulesets) -> None:
    """Let the next hook know what it needs to see at once that it has nothing to say."""
    told = request.rules or any(value is not None for value in request.flags.values())
    if ground.repo is None or told or rulesets.kept is None or rulesets.notes:
        return
    leave_note(
        str(ground.repo.git_dir),
        str(ground.root),
        *rulesets.kept,
        rulesets.settings(""),
        str(find_own_folder(ground.repo) / INDEX_NAME),
        ground.memory.paths,
    )


def _with_sources(ground: Ground, result: Examination) -> Examination:
    wanted = {f.path for f in result.report.findings if f.fix and f.fix.safe}
    mendable = [c for c in ground.candidates if c.path in wanted]
    reader = Reader(ground.repo, ground.blobs, ground.compared)
    read = {c.path: reader.read(c, Bounds(max_file_kb=1 << 30)) for c in mendable}
    return result._replace(
        sources={path: t.source for path, t in read.items() if isinstance(t, Target)},
        places={c.path: c.place for c in mendable},
        from_disk=frozenset(c.path for c in mendable if c.blob is None),
    )


def _with_effects(
    ground: Ground,
    request: CheckRequest,
    by_base: Rulesets,
    report: CheckReport,
    started: float,
) -> CheckReport:
    """Add what the range changes about rules and settings, which here those of its base decide."""
    if ground.head_tree is None:
        return report
    rulesets = Rulesets(ground.head_tree, request, None, ground.root)
    changed = [c.path for c in ground.candidates]
    deciding = deciding_paths(changed, rulesets.settings("").rules)
    if not deciding:
        return report
    at_head = _report(ground._replace(tree=ground.head_tree), request, rulesets, started)
    notes = effect_notes(deciding, report.findings, at_head.findings)
    decisions = added_decisions(ground.tree, ground.head_tree, by_base, rulesets, deciding)
    return report._replace(
        notes=(*report.notes, *notes),
        new_suppressions=(*report.new_suppressions, *decisions),
    )


def _report(
    ground: Ground, request: CheckRequest, rulesets: Rulesets, started: float
) -> CheckReport:
    """Return what is found in every file, group by group of equal settings."""
    settings = rulesets.settings("")
    baseline = parse_baseline(ground.tree.read(BASELINE_PATH) or b"")
    parts = [CheckReport(notes=baseline.notes, skipped=ground.paths.skipped)]
    deadline = None if settings.budget is None else started + settings.budget
    earlier = EarlierFiles(ground, rulesets)
    targets = _Targets(ground, deadline, earlier, is_hook=request.is_hook)
    if request.strict and not ground.candidates:
        parts.append(check_targets(rulesets.compiled(settings), ()))
    for here, group in groupby(ground.candidates, key=rulesets.settings_for):
        found = _found(ground, rulesets.compiled(here), targets, targets.of(group, here), here)
        parts.append(_relative(_with_layers(found, here), ground.root))
    parts.append(_undone(ground, request, rulesets, targets.seen))
    parts.append(
        CheckReport(
            skipped=tuple(targets.skipped),
            notes=rulesets.notes,
            new_suppressions=tuple(targets.new_suppressions),
        )
    )
    parts.append(CheckReport(notes=_half_staged(ground, request, settings)))
    whole = _joined(parts)._replace(gate=settings.fail_on)
    if settings.fail_on != CANDIDATE and not request.rules:
        whole = whole._replace(findings=tuple(f for f in whole.findings if f.stage != CANDIDATE))
    return _without_accepted(whole, baseline, ground)


def _half_staged(ground: Ground, request: CheckRequest, settings: Settings) -> tuple[Note, ...]:
    """Say which rule files are looked at as they are staged, and not as the user sees them."""
    if not isinstance(ground.tree, StagedTree) or request.rules:
        return ()
    text = "The staged version of these rules was used; the file in the work tree differs."
    return tuple(Note(path, 0, text) for path in ground.tree.half_staged(settings.rules))


def _undone(
    ground: Ground, request: CheckRequest, rulesets: Rulesets, seen: Sequence[str]
) -> CheckReport:
    """Return what the change takes back of earlier fixes, unless a comment says it is meant."""
    try:
        undone = _undoing(ground, request, rulesets, frozenset(seen))
    except Exception as error:
        return CheckReport(
            notes=(Note("", 0, describe_defect(error, "the search for undone fixes")),)
        )
    report = CheckReport()
    for path in sorted({finding.path for finding in undone}):
        found = [finding for finding in undone if finding.path == path]
        source = _source(ground, path)
        is_foreign = detect_language(path) not in ("", PYTHON)
        comments = find_line_suppressions(source) if is_foreign else find_suppressions(source)
        rules = {finding.rule_id for finding in found}
        told = apply_suppressions(path, found, comments, ran=rules, known=rules)
        report = _joined([report, CheckReport(told.kept, suppressed=told.suppressed)])
    return report


def _undoing(
    ground: Ground, request: CheckRequest, rulesets: Rulesets, seen: frozenset[str]
) -> list[Finding]:
    """Return what is undone in the files that were seen, or that a range left as they were."""
    if ground.compared is None:
        return ground.memory.findings(ground.repo, seen)
    if ground.repo is None or ground.blobs is None or request.rules or ground.paths.are_elsewhere:
        return []
    found = findings_in_range(
        ground.repo,
        ground.blobs,
        ground.compared.base,
        ground.compared.head,
        exclude=rulesets.settings("").exclude,
    )
    cover, changed = Cover(ground.paths.inside), {c.path for c in ground.candidates}

    def is_wanted(path: str) -> bool:
        if path in changed or path not in cover:
            return path in seen
        candidate = Candidate(path, ground.root / path)
        return may_undo(candidate, Bounds(exclude=rulesets.settings_for(candidate).exclude))

    return [finding for finding in found if is_wanted(finding.path)]


def _source(ground: Ground, path: str) -> bytes:
    """Return the content under check of a file, empty where there is none."""
    head = ground.compared.head if ground.compared else ""
    unchanged = Candidate(path, ground.root / path, f"{head}:{path}" if head else None)
    candidate = next((c for c in ground.candidates if c.path == path), unchanged)
    reader = Reader(ground.repo, ground.blobs, ground.compared)
    content = reader.content(candidate, max_file_kb=1 << 20)
    return content if isinstance(content, bytes) else b""


def _found(
    ground: Ground,
    compiled: CompiledRules,
    targets: _Targets,
    group: Iterator[Target],
    settings: Settings,
) -> CheckReport:
    """Return what the rules find; those that need semgrep run where the settings ask for it."""
    if not compiled.has_semgrep_rules:
        return check_targets(compiled, group)
    from devmatrix_guard.engine.semgrep.tier import SemgrepTier, not_run

    if not settings.semgrep:
        report = check_targets(compiled, group)
        return report._replace(deferred=not_run(compiled, targets.named))

    left = _SEMGREP_SECONDS if targets.deadline is None else targets.deadline - time.monotonic()
    seconds = max(1.0, min(left, _SEMGREP_SECONDS))
    with SemgrepTier(compiled, seconds=seconds, cache=_cache_of(ground)) as tier:
        targets.wants = tier.concerns
        report = check_targets(compiled, tier.watch(group))
        for target in targets.foreign:
            tier.add(target)
        targets.wants = None
        targets.foreign.clear()
        return tier.added_to(report)


def _cache_of(ground: Ground) -> Path | None:
    """Return where compiled rules are kept: in git's own folder, which no commit can fill."""
    return ground.repo.git_dir / "guard" if ground.repo else None


class _Targets:
    """Turns candidates into targets while keeping what was skipped and what was seen."""

    def __init__(
        self, ground: Ground, deadline: float | None, earlier: EarlierFiles, *, is_hook: bool
    ) -> None:
        self._is_hook = is_hook
        self._ground = ground
        self._reader = Reader(ground.repo, ground.blobs, ground.compared, earlier)
        self.deadline = deadline
        self.skipped: list[Skip] = []
        self.seen: list[str] = []
        self.named: list[str] = []
        # Files in other languages, kept for semgrep where it wants them.
        self.wants: Callable[[str], bool] | None = None
        self.foreign: list[Target] = []
        self.new_suppressions: list[NewSuppression] = []

    def of(self, candidates: Iterator[Candidate], settings: Settings) -> Iterator[Target]:
        bounds = Bounds(settings.max_file_kb, settings.exclude)
        for candidate in candidates:
            if self.deadline is not None and time.monotonic() > self.deadline:
                self.skipped.append(Skip(candidate.path, _LEFT_TO_CI))
                continue
            self.named.append(candidate.path)
            read = self._read(candidate, bounds)
            if isinstance(read, Target):
                self._note_suppressions(candidate, read)
                yield read
            elif self.wants is not None and self.wants(candidate.path):
                read = self._read_foreign(candidate, bounds) or read
            if isinstance(read, Skip) and read.reason != NOT_PYTHON:
                self.skipped.append(read)
                continue
            if isinstance(read, Skip) and not self._is_hook:
                self.skipped.append(read)  # a runner names every text file; nobody asks for these
            if isinstance(read, Target) or may_undo(candidate, bounds):
                self.seen.append(candidate.path)

    def _note_suppressions(self, candidate: Candidate, target: Target) -> None:
        """Keep the comments of a range's file that silence rules and did not before."""
        if self._ground.compared is None or self._ground.blobs is None:
            return
        if may_suppress(target.source) or says_generated(target.source):
            old = candidate.old_blob
            before = self._ground.blobs.read(old) if old is not None else None
            self.new_suppressions += added_comments(target.path, target.source, before or b"")

    def _read_foreign(self, candidate: Candidate, bounds: Bounds) -> Target | Skip | None:
        read = self._read(candidate, bounds, any_text=True)
        if isinstance(read, Target):
            self.foreign.append(read)
        return read

    def _read(
        self, candidate: Candidate, bounds: Bounds, *, any_text: bool = False
    ) -> Target | Skip | None:
        try:
            return self._reader.read(candidate, bounds, any_text=any_text)
        except Exception as error:
            return Skip(candidate.path, describe_defect(error, "reading it"))


def _joined(parts: Sequence[CheckReport]) -> CheckReport:
    return CheckReport(
        findings=tuple(f for part in parts for f in part.findings),
        skipped=tuple(s for part in parts for s in part.skipped),
        deferred=tuple(sorted({d for part in parts for d in part.deferred})),
        suppressed=tuple(s for part in parts for s in part.suppressed),
        notes=tuple(dict.fromkeys(n for part in parts for n in part.notes)),
        new_suppressions=tuple(s for part in parts for s in part.new_suppressions),
        files_checked=sum(part.files_checked for part in parts),
    )


def _with_layers(report: CheckReport, settings: Settings) -> CheckReport:
    """Give findings of rules without a layer the layer the settings say their file is in."""
    if not settings.layers:
        return report
    return report._replace(findings=tuple(_layered(f, settings) for f in report.findings))


def _relative(report: CheckReport, root: Path) -> CheckReport:
    """Name the files of notes from the root, as all others are."""
    notes = [
        note._replace(path=Path(note.path).relative_to(root).as_posix())
        if Path(note.path).is_relative_to(root)
        else note
        for note in report.notes
    ]
    return report._replace(notes=tuple(notes))


def _layered(finding: Finding, settings: Settings) -> Finding:
    if finding.layer is not None:
        return finding
    return finding._replace(layer=find_layer(finding.path, settings.layers))


def _without_accepted(report: CheckReport, baseline: Baseline, ground: Ground) -> CheckReport:
    """Move findings the baseline accepts to the suppressed ones."""
    if not baseline.entries:
        return report
    old_paths = {c.path: c.old_path for c in ground.candidates if c.old_path}
    accepted = {f for f in report.findings if baseline.accepts(f, old_paths.get(f.path))}
    left = [f for f in report.findings if f not in accepted and baseline.may_hold_moved(f)]
    accepted |= _accepted_before_renames(left, baseline, ground.repo)
    silenced = [SuppressedFinding(f, "baseline") for f in report.findings if f in accepted]
    return report._replace(
        findings=tuple(f for f in report.findings if f not in accepted),
        suppressed=(*report.suppressed, *silenced),
    )


def _accepted_before_renames(
    findings: Sequence[Finding], baseline: Baseline, repo: Repository | None
) -> set[Finding]:
    """Return the findings that were accepted when their files had other names."""
    if repo is None:
        return set()
    paths = sorted({finding.path for finding in findings})[:_MAX_FOLLOWED]
    names = {path: find_former_paths(repo, path) for path in paths}
    return {f for f in findings for old in names.get(f.path, ()) if baseline.accepts(f, old)}


def _settled(ground: Ground, report: CheckReport) -> CheckReport:
    """Leave out what git's attributes call generated, say what was guessed, and sort."""
    report = _without_generated(ground, report)
    guesses = [Note("", 0, text) for text in (ground.compared.notes if ground.compared else ())]
    return report._replace(
        findings=tuple(sorted(report.findings, key=_place)),
        skipped=tuple(sorted(set(report.skipped))),
        notes=(*guesses, *report.notes),
    )


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    return (
        finding.path, finding.start_line, finding.start_col, finding.rule_id, finding.fingerprint,
    )  # fmt: skip


def _without_generated(ground: Ground, report: CheckReport) -> CheckReport:
    if ground.repo is None or not report.findings:
        return report
    commit = ground.compared.base if ground.compared and ground.head_tree else None
    # A file named from outside has no attributes here, and git would refuse the question.
    foreign = {c.path for c in ground.candidates if not c.place.is_relative_to(ground.root)}
    paths = {finding.path for finding in report.findings} - foreign
    generated = find_generated(ground.repo, paths, commit=commit)
    return report._replace(
        findings=tuple(f for f in report.findings if f.path not in generated),
        skipped=(
            *report.skipped,
            *(Skip(path, why, is_agreed=True) for path, why in generated.items()),
        ),
    )
