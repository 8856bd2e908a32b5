"""`guard fix`: rules of a file's layer -> nearest patterns -> apply -> verify -> record -> status.

Nothing that a person would not have written is written: only safe fixes, of rules with enough
evidence or of those a person stands for, into the file that was read, and only if it then parses
and the rules are silent there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from devmatrix_guard.commands.audit.files import find_audit, find_path
from devmatrix_guard.commands.audit.regression import run_regression_tests
from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.context import CheckContext, open_context
from devmatrix_guard.commands.check.examine import examine_change
from devmatrix_guard.commands.check.result import CheckResult
from devmatrix_guard.commands.check.results.fixing import FixPlan, plan_fixes
from devmatrix_guard.commands.check.results.patches import make_patch
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.rules.active_rules import get_pattern_id, read_rulebook
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import ChangedFileError, write_file
from devmatrix_guard.memory.base import Memory, SearchFilter
from devmatrix_guard.mining.fix_patterns.choice import APPLY, THRESHOLD, calibrate, choose_fix
from devmatrix_guard.model.answers.fix_run import (
    FAILED,
    FIXED,
    LEFT,
    NOTHING,
    WOULD_FIX,
    FileFix,
    FixStep,
    NearPattern,
)
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.knowledge import FileAudit, PatternRecord, PatternUse
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.rule import Rule, rank_stage
from devmatrix_guard.reports.views.fix_run import write_fix_json, write_fix_lines

_MOST_NEAR = 3
_MOST_NOTES = 4000
_MARK = "guard fix:"
_OPEN = ("Not Started", "In Progress", "Failed")


class FixOptions(NamedTuple):
    """How far `guard fix` goes.

    `threshold` is the least confidence with which a pattern's fix is written; with `dry_run`
    nothing is written or recorded; `tests` runs the regression tests by `test_command`, for at most
    `test_seconds`.
    """

    threshold: float = THRESHOLD
    dry_run: bool = False
    tests: bool = False
    test_command: str = "pytest"
    test_seconds: float = 600.0


class _Known(NamedTuple):
    """What decides about findings: the rules, and their patterns with how their uses went."""

    rules: Mapping[str, Rule]
    patterns: Mapping[str, FixPattern]
    records: Mapping[str, PatternRecord]


def fix_audited(
    start: Path, paths: Sequence[str] = (), options: FixOptions | None = None
) -> tuple[FileFix, ...]:
    """Fix files, or, where none is named, those of the audit that are not complete.

    Args:
        start: the folder the command was called in.
        paths: the files, named from there.
        options: how far to go.

    Raises:
        UsageError: a path is outside of the repository, or there is no open file in the audit.
        GuardError: a file changed while it was fixed, or the memory cannot be written.
    """
    chosen = options or FixOptions()
    root = find_project_root(start)
    settings = load_settings(start)
    names = [_find_file(start, root, path) for path in paths]
    with open_project_memory(settings, root, create=not chosen.dry_run) as memory:
        names = list(dict.fromkeys(names)) or _list_open(memory, root)
        request = CheckRequest(paths=tuple(str(root / name) for name in names), scope=ALL)
        with open_context(request, start) as context:
            result = examine_change(context, keep_sources=True)
            known = _read_known(start, memory, result)
            return tuple(
                _Loop(memory, settings, context, known, chosen).fix(name, result) for name in names
            )


def _find_file(start: Path, root: Path, path: str) -> str:
    name = find_path(start, path)
    if not (root / name).is_file():
        is_folder = (root / name).is_dir()
        what = "is a folder; name files" if is_folder else "is not there; correct the path"
        raise UsageError(f"{path} {what}.")
    return name


def _list_open(memory: Memory, root: Path) -> list[str]:
    found = [audit.path for audit in memory.files.list_all() if audit.status in _OPEN]
    there = [path for path in found if (root / path).is_file()]
    if not there:
        raise UsageError("no file of the audit is open; name one: guard fix PATH.")
    return there


def _read_known(start: Path, memory: Memory, result: CheckResult) -> _Known:
    rules = read_rulebook(start).rules
    ids = {
        pattern_id
        for finding in result.report.findings
        if finding.rule_id in rules and (pattern_id := get_pattern_id(rules[finding.rule_id]))
    }
    patterns = {key: pattern for key in sorted(ids) if (pattern := memory.patterns.get(key))}
    return _Known(rules, patterns, {key: memory.files.record_of(key) for key in patterns})


class _Loop(NamedTuple):
    """The loop over one file, with all that it asks."""

    memory: Memory
    settings: Settings
    context: CheckContext
    known: _Known
    options: FixOptions

    def fix(self, path: str, result: CheckResult) -> FileFix:
        """Go through all of the loop for a file."""
        audit = find_audit(self.memory, path, self.settings.layers)
        findings = [f for f in result.report.findings if f.path == path]
        findings = [f for f in findings if self._is_of_layer(f, audit)]
        steps = tuple(map(self._choose, findings))
        near = self._find_near(audit, steps)
        done = FileFix(path, LEFT if steps else NOTHING, audit, steps, near)
        if skipped := [skip.reason for skip in result.report.skipped if skip.path == path]:
            done = done._replace(refusal=f"not checked: {skipped[0]}")
        plan = self._plan(result, [step.finding for step in steps if step.is_applied])
        if plan is None:
            return self._record(done)
        done = done._replace(patch=make_patch(path, plan.checked, plan.fixed))
        if plan.refusal:
            return self._record(done._replace(outcome=FAILED, refusal=plan.refusal))
        return self._apply(done, plan, result)

    def _is_of_layer(self, finding: Finding, audit: FileAudit) -> bool:
        rule = self.known.rules.get(finding.rule_id)
        return rule is None or rule.layer is None or audit.layer in (None, rule.layer)

    def _choose(self, finding: Finding) -> FixStep:
        rule = self.known.rules.get(finding.rule_id)
        pattern_id = (get_pattern_id(rule) if rule else None) or ""
        pattern = self.known.patterns.get(pattern_id)
        choice = choose_fix(
            finding,
            pattern,
            self.known.records.get(pattern_id, PatternRecord()),
            threshold=self.options.threshold,
            # Only a person lets a migration warn: by `rules approve`, or in the settings.
            is_approved=bool(rule and rank_stage(rule.stage) >= rank_stage("warn")),
        )
        return FixStep(
            finding,
            choice.decision == APPLY,
            choice.reason,
            pattern.id if pattern else "",
            choice.confidence,
        )

    def _find_near(self, audit: FileAudit, steps: Sequence[FixStep]) -> tuple[NearPattern, ...]:
        """Return the patterns nearest to what is said of the file, which the rules did not find."""
        if not audit.technical_debt.strip():
            return ()
        suffix = Path(audit.path).suffix
        hits = self.memory.patterns.search(
            audit.technical_debt,
            limit=_MOST_NEAR + len(steps),
            only=SearchFilter(file_types=(suffix,) if suffix else ()),
        )
        seen = {step.pattern_id for step in steps}
        near = [
            NearPattern(
                hit.pattern.id,
                hit.pattern.title,
                calibrate(hit.pattern, self.memory.files.record_of(hit.pattern.id)),
            )
            for hit in hits
            if hit.pattern.id not in seen and hit.pattern.layer in (None, audit.layer)
        ]
        return tuple(near[:_MOST_NEAR])

    def _plan(self, result: CheckResult, findings: Sequence[Finding]) -> FixPlan | None:
        """Return what the chosen fixes make of their file; None where nothing is chosen."""
        if not findings:
            return None
        path = findings[0].path
        rules = {finding.rule_id for finding in findings}
        recheck = result.recheck

        def check_chosen(target: Target) -> Sequence[Finding]:
            found = recheck(target) if recheck else ()
            return [finding for finding in found if finding.rule_id in rules]

        narrowed = result._replace(
            report=result.report._replace(findings=tuple(findings)),
            fixable=tuple(file for file in result.fixable if file.target.path == path),
            recheck=check_chosen,
        )
        plans = plan_fixes(narrowed)
        return plans[0] if plans and plans[0].fixed != plans[0].checked else None

    def _apply(self, done: FileFix, plan: FixPlan, result: CheckResult) -> FileFix:
        verified, fault = _verify(plan, result)
        done = done._replace(verified=verified)
        if fault or plan.written is None or plan.on_disk is None:
            return self._record(done._replace(outcome=FAILED, refusal=fault or "nothing to write"))
        if self.options.dry_run:
            return done._replace(outcome=WOULD_FIX)
        root = self.context.place.root
        write_file(root, done.path, plan.written, expected=plan.on_disk, sync=True)
        if self.options.tests:
            done = self._run_tests(done, plan.on_disk, plan.written)
            if done.outcome == FAILED:
                return self._record(done)
        return self._record(done._replace(outcome=FIXED))

    def _run_tests(self, done: FileFix, before: bytes, after: bytes) -> FileFix:
        """Run the regression tests; put the file back as it was where they fail."""
        root = self.context.place.root
        is_passed: bool | None = False
        try:
            run = run_regression_tests(
                root,
                done.path,
                before,
                after,
                command=self.options.test_command,
                seconds=self.options.test_seconds,
            )
            is_passed = run.is_passed
        finally:
            if is_passed is False:
                _put_back(root, done.path, before, after)
        if is_passed is False:
            why = f"its regression tests fail, so the file was put back: {run.text}"
            return done._replace(outcome=FAILED, refusal=why, tests=run.tests)
        said = f"{len(run.tests)} regression tests passed" if run.tests else ""
        said = said or run.text or "no regression test belongs to it"
        return done._replace(verified=(*done.verified, said), tests=run.tests)

    def _record(self, done: FileFix) -> FileFix:
        """Record uses and the file's status; nothing where nothing was tried."""
        if self.options.dry_run or done.outcome == NOTHING:
            return done
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        used = sorted({s.pattern_id for s in done.steps if s.is_applied and s.pattern_id})
        audit = done.audit._replace(
            status=_choose_status(done), notes=_add_note(done.audit.notes, _describe(done, at[:10]))
        )
        with self.memory.transaction():
            self.memory.files.save([audit])
            if done.outcome in (FIXED, FAILED):
                self.memory.files.record_use(
                    PatternUse(key, done.path, at, done.outcome == FIXED) for key in used
                )
        return done._replace(audit=audit)


def _verify(plan: FixPlan, result: CheckResult) -> tuple[tuple[str, ...], str]:
    """Return what holds of the fixed file, and what does not; that it parses, the plan has seen."""
    if plan.note:
        return (), plan.note
    fixed_rules = {finding.rule_id for finding in plan.fixes}
    before = _count_rules(result, plan.path, plan.checked)
    after = _count_rules(result, plan.path, plan.fixed)
    worse = sorted(name for name in after if after[name] > before[name])
    if worse:
        return (), f"after the fix {', '.join(worse)} finds more than before"
    if any(after[name] >= before[name] for name in fixed_rules if before[name]):
        return (), "after the fix its rule finds as much as before"
    left = sum(after[name] for name in fixed_rules)
    rules = "what was fixed is no longer found" if left else "its rules are silent"
    return ("it parses", rules), ""


def _count_rules(result: CheckResult, path: str, content: bytes) -> Counter[str]:
    found = result.recheck(Target(path, content, None)) if result.recheck else ()
    return Counter(finding.rule_id for finding in found)


def _put_back(root: Path, path: str, before: bytes, after: bytes) -> None:
    try:
        write_file(root, path, before, expected=after, sync=True)
    except ChangedFileError as error:
        raise UsageError(
            f"{path} changed while its tests ran and was left as it is; look at `git diff`."
        ) from error


def _choose_status(done: FileFix) -> str:
    if done.outcome == FAILED:
        return "Failed"
    if done.outcome == FIXED and not done.left:
        return "Complete"
    return "In Progress"


def _describe(done: FileFix, day: str) -> str:
    applied = Counter(step.finding.rule_id for step in done.steps if step.is_applied)
    parts = [f"{name} x{n}" if n > 1 else name for name, n in sorted(applied.items())]
    done_text = f"applied {', '.join(parts)}" if done.outcome == FIXED else "applied nothing"
    return f"{_MARK} {day} {done_text}, {done.left} left"


def _add_note(notes: str, note: str) -> str:
    """Return what people noted with our last line replaced."""
    kept = [line for line in notes.splitlines() if not line.startswith(_MARK)]
    return "\n".join([*kept, note])[-_MOST_NOTES:]


def render_fixes(files: tuple[FileFix, ...], format_name: str, stream: TextIO) -> str:
    """Return what became of each file as text or JSON."""
    return render(View(format_name, stream), files, write_fix_lines, write_fix_json)
