"""Uses what a look back found: versions, known repairs, and a short block that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.bank_sources import OpenBank
from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.loop.look_back import look_back
from devmatrix_guard.commands.loop.versions import Version, choose_versions
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.repairs import REPAIRS, parse_repairs
from devmatrix_guard.model.knowledge.learning import (
    ErrorPattern,
    KnownRepair,
    LookBack,
    VersionChoice,
)

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.generator.plan import Plan
    from devmatrix_guard.generator.strata import GeneratedFile
    from devmatrix_guard.memory.base import Memory

_MOST_LINES = 6
_MOST_NAMES = 3
_MOST_SHOWN = 90
_MOST_ERRORS = 2
_PLACES = {"spec": "in the spec or overlay", "person": "in the code", "environment": "around it"}


def enrich_bank(
    context: ApplicationContext, plan: Plan, opened: OpenBank, spec_sha: str
) -> tuple[PatternBank, LookBack]:
    """Return the bank with the versions and repairs that proved themselves, and what was found.

    What the manifest pins stays pinned, and the repairs it was generated with come first.
    """
    bank = opened.bank
    looked = look_back(context, plan.ir, spec_sha, opened.repository, opened.memory)
    choices = _choose(bank, looked)
    pins = {one.pattern_id: (one.version, one.sha) for one in choices}
    chosen = bank._replace(pins=pins).release_lost_pins().pins
    known = {repair.error_id for repair in bank.repairs}
    fresh = [make_repair(error) for error in looked.repairs if error.error_id not in known]
    bank = bank._replace(pins={**chosen, **bank.pins}, repairs=(*bank.repairs, *fresh))
    kept = tuple(one for one in choices if one.pattern_id in chosen)
    return bank, looked._replace(choices=kept)


def _choose(bank: PatternBank, looked: LookBack) -> tuple[VersionChoice, ...]:
    failed = {rank.pattern_id for rank in looked.ranks if rank.posterior.failures >= 1}
    names = sorted(failed - bank.pins.keys())
    if not names:
        return ()
    used = [(p.pattern_id, p.version, p.sha) for p in bank.list_all() if p.pattern_id in names]
    others = [*looked.versions, *_list_packaged(bank, names)]
    posteriors = {(r.pattern_id, r.version): r.posterior for r in looked.ranks}
    return choose_versions(used, others, posteriors)


def _list_packaged(bank: PatternBank, names: Sequence[str]) -> list[Version]:
    """Return (id, version, hash) of every version that comes with the package."""
    found = []
    for name in names:
        newest = bank.packaged.find_latest(name)
        for number in range(1, newest.version + 1 if newest else 1):
            pattern = bank.packaged.find_exact(name, number)
            if pattern is not None:
                found.append((name, number, pattern.sha))
    return found


def make_repair(error: ErrorPattern) -> KnownRepair:
    """Return the repair that an error's fix is."""
    reason = f"{error.check}: {error.signature}"
    return KnownRepair(error.error_id, reason, error.infra_pattern, error.fix)


def record_use(record: RunRecorder, memory: Memory, looked: LookBack) -> None:
    """Note in a run what its look back made it do, and what its spec is made of."""
    if looked.signature is not None:
        memory.experience.save_signature(looked.signature, record.run.started_at)
    facts: dict[str, object] = {"look_back_ms": round(looked.milliseconds, 2)}
    if looked.choices:
        facts["chosen"] = [f"{c.pattern_id}@{c.version}, not @{c.avoided}" for c in looked.choices]
    record.record_measurements(**facts)


def describe_look_back(looked: LookBack, files: Iterable[GeneratedFile]) -> tuple[str, ...]:
    """Return the lines that say what the memory knew and what was made of it, the gravest first."""
    pinned = next((file.text for file in files if file.path == REPAIRS), "")
    repairs = parse_repairs(pinned.encode()) if pinned else ()
    return tuple(_list_lines(looked, repairs))[:_MOST_LINES]


def _list_lines(looked: LookBack, repairs: Iterable[KnownRepair]) -> Iterator[str]:
    if looked.note:
        yield looked.note
    for choice in looked.choices:
        yield (
            f"{choice.pattern_id}@{choice.version} instead of @{choice.avoided}, "
            f"which {choice.reason}"
        )
    for repair in repairs:
        yield f"repaired at once: {repair.reason[:_MOST_SHOWN]}"
    if looked.anomaly:
        yield f"caution: {looked.anomaly}"
    history = looked.history
    if history.verified:
        last = "passed" if history.last_passed else "failed"
        yield (
            f"this application: {history.passed} of {history.verified} runs of `guard verify` "
            f"and `guard build` passed, the last {last}"
        )
    if looked.similar:
        alike = [
            f"{one.name} ({one.similarity:.0%} alike, {one.succeeded} of {one.runs} passed)"
            for one in looked.similar
            if one.runs
        ]
        if alike:
            yield f"specs like it: {', '.join(alike[:_MOST_NAMES])}"
    applied = {repair.error_id for repair in repairs}
    others = [one for one in looked.errors if one.error_id not in applied]
    for error in others[:_MOST_ERRORS]:
        yield f"met in {error.construct}: {_describe_error(error)}"


def _describe_error(error: ErrorPattern) -> str:
    """Return an error with where it was repaired and by whom, on one line."""
    what = f"{error.check}: {error.signature}"[:_MOST_SHOWN]
    where = _PLACES.get(error.cause, "in what is generated")
    whom = "a person" if error.fix_origin == "person" else "guard repair"
    edited = next((edit.path for edit in error.fix), "")
    return f"{what}; repaired by {whom} {where}" + (f" ({edited})" if edited else "")
