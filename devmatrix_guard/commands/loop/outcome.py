"""Hands the memory how an application did: what failed, whose it is, what repaired it.

    with record_application_run("verify", context) as (record, memory):
        learned = learn_outcome(record, memory, application, outcome)

`record_outcome` does the same in a run of its own, for checks that were made elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.application import Application, read_generated
from devmatrix_guard.commands.application.bank_sources import read_pinned_repairs
from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.application.pattern_outcomes import record_pattern_outcomes
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.commands.loop.errors import make_errors
from devmatrix_guard.commands.loop.failures import (
    Failure,
    forget_failure,
    keep_failure,
    list_texts_then,
    read_failure,
    read_sources_now,
)
from devmatrix_guard.commands.loop.fragments import keep_functions
from devmatrix_guard.commands.loop.learned_edits import find_edits
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.entity_names import EntityNames, find_names, list_entity_names
from devmatrix_guard.generator.manifest import PATH, read_manifest
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.ir.codec import hash_ir
from devmatrix_guard.ir.signature import make_signature
from devmatrix_guard.model.knowledge.learning import (
    ErrorPattern,
    KnownRepair,
    RecordedOutcome,
    RunOutcome,
)

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.memory.base import Memory

Version = tuple[str, int]


def record_outcome(
    context: ApplicationContext,
    outcome: RunOutcome,
    *,
    application: Application | None = None,
    command: str = "outcome",
) -> RecordedOutcome:
    """Record how the application in a folder did, as a run of its own.

    Args:
        context: where it is.
        outcome: its checks, and its compliance where that was measured.
        application: as it was checked, where it was read already.
        command: the verb that the run is called by.

    Raises:
        UsageError: there is no application.
        MemoryStoreError: the memory cannot be written.
    """
    application = application or read_generated(context.folder)
    with record_application_run(command, context) as (record, memory):
        return learn_outcome(record, memory, application, outcome)


def learn_outcome(
    record: RunRecorder, memory: Memory, application: Application, outcome: RunOutcome
) -> RecordedOutcome:
    """Note an outcome in a run that goes on, and learn from it.

    What failed becomes errors with their cause; InfraPatterns count what is theirs; what a person
    changed between a check that failed and the same that passes now becomes its fix.
    """
    at = record.run.started_at
    _name_sources(record, application)
    memory.experience.save_signature(make_signature(application.ir, _get_spec(record)), at)
    nodes = _read_nodes(application)
    unproven = _list_unproven(memory, application, outcome)
    met: list[ErrorPattern] = []
    for check in outcome.checks:
        record.record_test(
            check.name,
            passed=check.passed,
            paths=[path for path in check.paths if path in application.files],
            duration_ms=check.seconds * 1000,
        )
        whose = record_pattern_outcomes(record, application, check, unproven)
        if not check.passed:
            met += make_errors(application, check, whose.causes, nodes, at)
    pinned = read_pinned_repairs(application.root)
    _drop_idle_successes(record, outcome, {repair.infra_pattern for repair in pinned})
    for error in met:
        if error.check != "compliance":  # verify notes each deviation in its file
            record.record_error(error.check, error.signature)
    learned = _learn_fixes(memory, application, outcome, at, record.base)
    judged = _judge_pinned_repairs(memory, pinned, outcome, met, at)
    memory.experience.record_errors([*met, *learned, *judged])
    _keep_state(memory, application, outcome, met, record.base)
    for tests in (check for check in outcome.checks if check.name == "tests"):
        keep_functions(memory, application, record.base, passed=tests.passed, at=at)
    record.record_measurements(
        passed=outcome.passed,
        tested=any(check.name == "tests" for check in outcome.checks),
        compliance_score=outcome.compliance,
        failed_checks=sorted(check.name for check in outcome.checks if not check.passed),
    )
    record.fail_unless(passed=outcome.passed)
    charged = sorted({f"{o.pattern_id}@{o.version}" for o in record.outcomes if not o.success})
    return RecordedOutcome(record.run.id, tuple(met), tuple(learned), tuple(charged))


def _drop_idle_successes(
    record: RunRecorder, outcome: RunOutcome, repaired: Collection[str]
) -> None:
    """Count no success of an InfraPattern where its application's tests did not pass.

    That a text is tidy says little; and where nothing could run, nothing was tried. Nor was it the
    text of a pattern that a known repair has changed.
    """
    is_tested = any(check.name == "tests" and check.passed for check in outcome.checks)
    record.outcomes = [
        one
        for one in record.outcomes
        if not one.success or (is_tested and f"{one.pattern_id}@{one.version}" not in repaired)
    ]


def _name_sources(record: RunRecorder, application: Application) -> None:
    """Name spec and IR, so that the run is one of those on this spec."""
    if record.run.spec_hash:
        return
    try:
        spec = read_manifest(application.root).spec_sha
    except GenerationError:
        spec = hash_ir(application.ir)  # verified against a spec, without a manifest
    record.record_spec(spec, application.ir.name)
    record.record_ir(hash_ir(application.ir))


def _get_spec(record: RunRecorder) -> str:
    return record.run.spec_hash or ""


def _read_nodes(application: Application) -> Mapping[str, Sequence[str]]:
    if not (application.root / PATH).is_file():
        return {}
    manifest = read_manifest(application.root)
    return {path: entry.nodes for path, entry in manifest.files.items()}


def _list_unproven(
    memory: Memory, application: Application, outcome: RunOutcome
) -> frozenset[Version]:
    """Return the versions in use that have not passed once; asked only where something failed."""
    if all(check.passed for check in outcome.checks):
        return frozenset()
    proven = {(t.pattern_id, t.version) for t in memory.infra.list_tallies() if t.successes}
    return frozenset({*application.patterns.values()} - proven)


def _learn_fixes(
    memory: Memory, application: Application, outcome: RunOutcome, at: str, base: str
) -> list[ErrorPattern]:
    """Return the errors of checks that failed last time and pass now, with what was changed."""
    failure = read_failure(memory, base)
    passed = {check.name for check in outcome.checks if check.passed}
    if outcome.compliance == 1.0:
        passed.add("compliance")
    green = [error for error in failure.errors if error.check in passed] if failure else []
    if failure is None or not green:
        return []
    names: Sequence[EntityNames] = ()
    sources = read_sources_now(application)
    before = {p: text for p, text in failure.texts.items() if sources.get(p, text) != text}
    if before:
        edits, cause, infra = find_edits(before, sources, ()), "spec", ""
    else:
        before = list_texts_then(application, failure)
        names = list_entity_names(make_plan(application.ir))
        edits = find_edits(before, application.files, names)
        cause, infra = "", ""
    fixed: list[ErrorPattern] = []
    for error in green if edits else ():
        own = tuple(edit for edit in edits if error.path == edit.path) or edits
        whose, pattern = cause, infra
        if not whose:
            general = {edit.path for edit in own}
            changed = [p for p in before if _generalise_path(p, names) in general]
            whose, pattern = _name_culprit(application, failure, changed)
        fixed.append(
            error._replace(
                fix=own,
                fix_origin="person",
                cause=whose,
                infra_pattern=pattern,
                failed_code="\n".join(edit.before for edit in own),
                compliance_before=failure.compliance,
                compliance_after=outcome.compliance,
                iterations=1,
                occurrences=0,
                first_seen=at,
                last_seen=max(at, error.last_seen),
            )
        )
    return fixed


def _generalise_path(path: str, names: Sequence[EntityNames]) -> str:
    own = find_names(path, names)
    return own.generalise(path) if own else path


def _name_culprit(
    application: Application, failure: Failure, changed: Iterable[str]
) -> tuple[str, str]:
    """Return who had made what a person changed, and the InfraPattern where it was one."""
    changed = list(changed)
    if any(path in failure.texts for path in changed):
        return "person", ""
    patterns = {application.patterns[path] for path in changed if path in application.patterns}
    if not patterns:
        return "emitter", ""
    if len(patterns) > 1 or any(path not in application.patterns for path in changed):
        return "unknown", ""
    ((pattern_id, version),) = patterns
    return "pattern", f"{pattern_id}@{version}"


def _judge_pinned_repairs(
    memory: Memory,
    repairs: Iterable[KnownRepair],
    outcome: RunOutcome,
    met: Sequence[ErrorPattern],
    at: str,
) -> list[ErrorPattern]:
    """Return what became of the known repairs that the application was generated with."""
    pinned = {repair.error_id: repair.edits for repair in repairs}
    if not pinned:
        return []
    again, checked = {error.error_id for error in met}, {c.name for c in outcome.checks}
    judged = []
    for error in memory.choose(everything=True).experience.list_errors(fixed=True, limit=1_000):
        if pinned.get(error.error_id) == error.fix and error.check in checked:
            helped = int(error.error_id not in again)
            judged.append(error._replace(occurrences=0, tried=1, helped=helped, last_seen=at))
    return judged


def _keep_state(
    memory: Memory,
    application: Application,
    outcome: RunOutcome,
    met: Sequence[ErrorPattern],
    base: str,
) -> None:
    """Remember what fails until it passes; a check that was not made now may still fail."""
    made = {check.name for check in outcome.checks}
    failure = read_failure(memory, base)
    waiting = [e for e in failure.errors if e.check not in made] if failure else []
    if met or waiting:
        keep_failure(memory, base, application, [*met, *waiting], outcome.compliance)
    elif failure is not None:
        forget_failure(memory, base)
