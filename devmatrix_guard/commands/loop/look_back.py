"""Asks the memory before a generation what became of similar ones, for a bounded time.

    looked = look_back(context, sources.ir, sources.spec_sha)

`use.enrich_bank` makes use of it. Whatever is wrong with the memory, a generation goes on without
it after `look_back_ms`, and says so in a sentence.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.loop.versions import KEPT_DAYS, list_ranks, rank_versions
from devmatrix_guard.errors import GuardError
from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.signature import make_signature
from devmatrix_guard.memory.connect import is_server, memory_exists
from devmatrix_guard.model.knowledge.learning import (
    LookBack,
    SimilarSpec,
    SpecHistory,
    SpecSignature,
)

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory
    from devmatrix_guard.model.knowledge.repository import Repository
    from devmatrix_guard.model.knowledge.run import PipelineRun

_MOST_DELAYS = 20
_SHORTEST_WAIT = 0.002
_ALIKE = 0.25
_SHOWN = 5
_MOST_SIGNATURES = 200
_MOST_ERRORS = 100
_MOST_RUNS = 200
_MOST_CONSTRUCTS = 100
# What rows that are no facts of ours make the reading fail with.
_NONSENSE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, OSError)


def look_back(
    context: ApplicationContext,
    ir: ApplicationIR,
    spec_sha: str,
    repository: Repository | None = None,
    memory: Memory | None = None,
) -> LookBack:
    """Return what the memory knows about specs like this one, and about InfraPatterns.

    Nothing is written, and no error is raised: `note` says why the memory was not used.

    Args:
        context: where the application is to be.
        ir: the application's.
        spec_sha: hash of its spec.
        repository: whose the memory is, where that is known already.
        memory: that memory, where it is open. Whoever gives it asks it for nothing more where the
            answer has a `note`: it may still be at work.
    """
    signature = make_signature(ir, spec_sha)
    limit = context.settings.look_back_ms
    if not limit or not (memory or _has_memory(context)):
        return LookBack(signature)
    started = time.monotonic()
    found: list[LookBack] = []

    def ask() -> None:
        found.append(_ask(context, signature, repository, memory))

    thread = threading.Thread(target=ask, name="look-back", daemon=True)
    thread.start()
    _await(thread, limit / 1000)
    took = (time.monotonic() - started) * 1000
    if not found:
        note = f"the memory did not answer within {limit} ms and was not used."
        return LookBack(signature, note=note, milliseconds=took)
    return found[0]._replace(milliseconds=took)


def _await(thread: threading.Thread, seconds: float) -> None:
    """Wait for a thread; the time in which a busy machine did not let it run is no fault of its."""
    deadline = time.monotonic() + seconds
    thread.join(seconds)
    while thread.is_alive():
        left = deadline + min(_measure_delay(thread), _MOST_DELAYS * seconds) - time.monotonic()
        if left <= 0:
            return
        thread.join(max(left, _SHORTEST_WAIT))


def _measure_delay(thread: threading.Thread) -> float:
    """Return how long a thread was ready and did not run, as Linux tells it; 0 elsewhere."""
    try:
        counts = read_chosen(Path(f"/proc/self/task/{thread.native_id}/schedstat")).split()
        return int(counts[1]) / 1e9
    except (FileError, IndexError, ValueError):
        return 0.0


def _has_memory(context: ApplicationContext) -> bool:
    """A server is not asked: that alone may take longer than there is time."""
    settings, root = context.settings, context.project
    try:
        return is_server(settings.memory) or memory_exists(settings.memory, root)
    except GuardError:
        return True  # reading will fail with the same sentence, which is then shown


def _ask(
    context: ApplicationContext,
    signature: SpecSignature,
    repository: Repository | None,
    memory: Memory | None,
) -> LookBack:
    from devmatrix_guard.commands.project_memory import open_project_memory

    try:
        if memory is not None and not context.settings.replica:
            return _read(memory, memory.choose(everything=True), signature, context.key)
        with open_project_memory(
            context.settings,
            context.project,
            create=False,
            reading=True,
            repository=repository,
        ) as own:
            return _read(own, own.choose(everything=True), signature, context.key)
    except GuardError as error:
        return LookBack(signature, note=f"the memory was not used: {error}")
    except _NONSENSE as error:
        kind = type(error).__name__
        return LookBack(
            signature, note=f"the memory was not used: it holds what cannot be read ({kind})."
        )


def _read(own: Memory, memory: Memory, signature: SpecSignature, key: str) -> LookBack:
    today = datetime.now(UTC).date()
    since = (today - timedelta(days=KEPT_DAYS)).isoformat()
    posteriors = rank_versions(memory.infra.list_tallies(since=since), today)
    failed = sorted({name for (name, _), rate in posteriors.items() if rate.failures >= 1})
    runs = _list_own_runs(own, signature, key)
    # What an application's own spec was before is its history, and no other spec.
    earlier = {run.spec_hash for run in runs}
    similar = tuple(s for s in find_similar(memory, signature) if s.spec_hash not in earlier)
    experience = memory.experience
    constructs = [f for f in signature.features if _is_construct(f)][:_MOST_CONSTRUCTS]
    return LookBack(
        signature,
        similar=similar[:_SHOWN],
        history=_sum_up(own, runs, key.rstrip("/") or signature.name),
        errors=experience.list_errors(constructs=constructs, fixed=True, limit=_MOST_ERRORS),
        ranks=list_ranks(posteriors),
        versions=memory.infra.list_versions(failed),
        repairs=tuple(
            one
            for one in experience.list_errors(fixed=True, limit=_MOST_ERRORS)
            if one.is_proven and one.cause in ("pattern", "emitter")
        ),
        anomaly=_describe_anomaly(similar),
    )


def _is_construct(feature: str) -> bool:
    return feature.startswith(("type:", "action:", "flow:"))


def find_similar(memory: Memory, signature: SpecSignature) -> tuple[SimilarSpec, ...]:
    """Return specs that share much, with how they fared; words that all specs have say little."""
    known = [
        one
        for one in memory.experience.list_signatures(limit=_MOST_SIGNATURES)
        if one.spec_hash != signature.spec_hash
    ]
    frequency: dict[str, int] = {}
    for one in known:
        for feature in one.features:
            frequency[feature] = frequency.get(feature, 0) + 1
    rare = 1 + log(1 + len(known))

    def weigh(features: Iterable[str]) -> float:
        return sum(rare - log(1 + frequency.get(feature, 0)) for feature in features)

    mine = set(signature.features)
    whole = weigh(mine)
    alike = []
    for one in known:
        theirs = set(one.features)
        shared = weigh(mine & theirs)
        union = whole + weigh(theirs) - shared
        similarity = shared / union if union > 0 else 0.0
        if similarity >= _ALIKE:
            alike.append((similarity, one))
    alike.sort(key=lambda pair: (-pair[0], pair[1].spec_hash))
    best = alike[: 4 * _SHOWN]
    judged = memory.experience.judge_specs([one.spec_hash for _, one in best])
    nothing = SimilarSpec("", "", 0.0)
    return tuple(
        judged.get(one.spec_hash, nothing)._replace(
            name=one.name, spec_hash=one.spec_hash, similarity=round(similarity, 4)
        )
        for similarity, one in best
    )


def _describe_anomaly(similar: Iterable[SimilarSpec]) -> str:
    """Return why the spec is suspicious: specs like it failed more than they passed."""
    judged = [one for one in similar if one.runs]
    failing = [one for one in judged if not one.succeeded]
    weight = sum(one.similarity * (one.runs - one.succeeded) / one.runs for one in judged)
    if len(failing) < 2 or 2 * weight <= sum(one.similarity for one in judged):
        return ""
    names = ", ".join(dict.fromkeys(one.name for one in failing[:3]))
    return f"{len(failing)} of {len(judged)} specs like this one never passed ({names})"


def _list_own_runs(memory: Memory, signature: SpecSignature, key: str) -> list[PipelineRun]:
    """Return the runs of this application; another folder may have one of the same name.

    Earlier releases did not say in which folder a run was.
    """
    runs = memory.experience.list_runs_of(signature.name, limit=_MOST_RUNS)
    return [run for run in runs if run.details.get("folder", key) == key]


def _sum_up(memory: Memory, runs: Sequence[PipelineRun], application: str) -> SpecHistory:
    judged = [run for run in runs if run.command in ("verify", "outcome", "build")]
    judged = [run for run in judged if run.status in ("succeeded", "failed")]
    last: PipelineRun | None = judged[0] if judged else None
    open_errors = memory.experience.list_errors(application=application, fixed=False, limit=_SHOWN)
    scores: list[Any] = [r.compliance_score for r in judged if r.compliance_score is not None]
    return SpecHistory(
        runs=len(runs),
        verified=len(judged),
        passed=sum(run.status == "succeeded" for run in judged),
        last_at=last.started_at if last else "",
        last_passed=last.status == "succeeded" if last else None,
        compliance=scores[0] if scores else None,
        errors=tuple(f"{one.check}: {one.signature}" for one in open_errors),
    )
