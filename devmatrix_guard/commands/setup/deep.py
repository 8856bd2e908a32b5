"""Runs the whole life of a pattern through a throw-away memory on the configured backends.

create -> find -> apply -> measure -> relate -> retire; and for each server that follows the memory:
tell it, find that there, take it away again. Nothing of the real memory is read or changed.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.setup.doctor import Line
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import GuardError
from devmatrix_guard.memory.base import SearchFilter, VectorItem
from devmatrix_guard.memory.connect import is_server, open_memory
from devmatrix_guard.memory.consent import require_consent
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraPattern, Signature
from devmatrix_guard.model.knowledge.knowledge import PatternRelation, PatternUse
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair
from devmatrix_guard.model.knowledge.run import GenerationEvent, PipelineRun

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory
    from devmatrix_guard.memory.followers.base import Follower

Step = tuple[str, Callable[[], bool]]
_MODEL = "guard-doctor"
_VECTOR = (0.6, 0.8)
_FIRST, _SECOND = "doctor-first", "doctor-second"


def examine_backends(start: Path) -> Iterator[Line]:
    """Yield a line for each step, with its time; what fails is a fault, the rest is still tried."""
    root, settings = find_project_root(start), load_settings(start)
    kind = "server" if is_server(settings.memory) else "embedded"
    try:
        with _open_throw_away(settings, root) as memory:
            yield Line("ok", f"a throw-away memory was made ({kind})")
            yield from _run_steps("memory", _list_memory_steps(memory))
    except GuardError as error:
        yield Line("fault", f"no throw-away memory: {error}", "correct `memory`, or ask for rights")
    if settings.vectors or settings.graph:
        yield from _examine_followers(settings, root)


@contextmanager
def _open_throw_away(settings: Settings, root: Path) -> Iterator[Memory]:
    """Open an empty memory of the configured kind, and leave nothing of it."""
    if not is_server(settings.memory):
        with (
            tempfile.TemporaryDirectory(prefix="guard-doctor-") as folder,
            open_memory("memory.db", Path(folder)) as memory,
        ):
            yield memory
        return
    require_consent(settings.memory, root)
    from devmatrix_guard.memory.postgres.throw_away import open_throw_away

    with open_throw_away(settings.memory) as memory:
        yield memory


def _run_steps(place: str, steps: Iterator[Step]) -> Iterator[Line]:
    for name, work in steps:
        began = time.perf_counter()
        try:
            went_well, said = work(), "it did not give back what was written"
        except GuardError as error:
            went_well, said = False, str(error)
        text = f"{place}: {name}, {(time.perf_counter() - began) * 1000:.1f} ms"
        if went_well:
            yield Line("ok", text)
        else:
            yield Line("fault", f"{text}: {said}", "guard memory check")


def _list_memory_steps(memory: Memory) -> Iterator[Step]:
    first, second = _make_pattern(_FIRST), _make_pattern(_SECOND)
    use = PatternUse(_FIRST, "app/shop.py", _tell_time(), success=True)
    failed = use._replace(at=f"{use.at}-2", success=False)
    relation = PatternRelation(_SECOND, _FIRST, "evolved-from", 0.9)

    def create() -> bool:
        return memory.patterns.save([first, second]) == 2 and memory.patterns.get(_FIRST) == first

    def find() -> bool:
        hits = memory.patterns.search("query one or none", limit=2, only=SearchFilter())
        return {hit.pattern.id for hit in hits} == {_FIRST, _SECOND}

    def apply() -> bool:
        memory.files.record_use([use, failed])
        return memory.files.record_of(_FIRST).applied_count == 2

    def measure() -> bool:
        return memory.files.record_of(_FIRST).success_rate == 0.5

    def relate() -> bool:
        memory.patterns.relate([relation])
        return relation in memory.patterns.list_related(_FIRST)

    def retire() -> bool:
        memory.patterns.remove([_FIRST, _SECOND])
        return memory.patterns.get(_FIRST) is None

    yield "create a pattern", create
    yield "find it by its meaning", find
    yield "apply it", apply
    yield "measure how it does", measure
    yield "relate it to its successor", relate
    yield from _list_other_steps(memory)
    yield "retire it", retire


def _list_other_steps(memory: Memory) -> Iterator[Step]:
    """Yield a step for each other role: vectors, runs, lineage, the bank."""

    def compare() -> bool:
        memory.vectors.upsert("fix_patterns", _MODEL, [VectorItem(_FIRST, _VECTOR)])
        hits = memory.vectors.search("fix_patterns", _MODEL, _VECTOR, limit=1)
        return [hit.key for hit in hits] == [_FIRST]

    def record() -> bool:
        run = PipelineRun("doctor", "doctor", _tell_time())
        memory.runs.save(run)
        memory.runs.add_events([GenerationEvent(run.id, 0, "file", run.started_at, "a.py")])
        return memory.runs.get(run.id) == run and len(memory.runs.list_events(run.id)) == 1

    def trace() -> bool:
        commit, pattern = LineageNode("commit", "0" * 40), LineageNode("pattern", _FIRST)
        edge = LineageEdge("taught", (commit.kind, commit.key), (pattern.kind, pattern.key))
        memory.lineage.add([commit, pattern], [edge])
        return commit in memory.lineage.trace((pattern.kind, pattern.key)).nodes

    def freeze() -> bool:
        pattern = InfraPattern("doctor", 1, Signature("Nothing."), "nothing", "2000-01-01")
        memory.infra.save([pattern])
        memory.infra.record_outcomes([InfraOutcome("doctor", 1, _tell_time(), False, "tests")])
        rates = {r.pattern_id: r.success_rate for r in memory.infra.list_records()}
        return memory.infra.find_latest("doctor") is not None and rates == {"doctor": 0.0}

    yield "compare vectors", compare
    yield "record a run", record
    yield "trace where it came from", trace
    yield "freeze an InfraPattern and measure it", freeze


def _examine_followers(settings: Settings, root: Path) -> Iterator[Line]:
    from devmatrix_guard.memory.followers.choose import open_followers

    try:
        with open_followers(settings, root) as followers:
            for follower in followers:
                yield from _run_steps(follower.name, _list_follower_steps(follower))
    except GuardError as error:
        yield Line("fault", f"a server that follows the memory: {error}", "start it, or correct it")


def _list_follower_steps(follower: Follower) -> Iterator[Step]:
    """Yield what a follower goes through, under the number of a repository that nobody has."""
    from devmatrix_guard.memory.followers.base import Change, Reference

    stranger = 1_000_000_000 + secrets.randbelow(1_000_000_000)
    reference = Reference("vector", stranger, ("fix_patterns", _MODEL, "content", _FIRST))
    value: dict[str, Any] = {"vector": list(_VECTOR), "payload": {}}
    if not follower.takes(reference):
        reference, value = Reference("node", stranger, ("pattern", _FIRST)), {"title": "nothing"}

    def tell() -> bool:
        follower.apply([Change(reference, value)])
        return True

    def find() -> bool:
        return reference in follower.list_references(reference.kind)

    def forget() -> bool:
        follower.apply([Change(reference, None)])
        return reference not in follower.list_references(reference.kind)

    yield f"tell it a {reference.kind}", tell
    yield "find it there", find
    yield "take it away", forget


def _make_pattern(pattern_id: str) -> FixPattern:
    source = Source("0" * 40, "2000-01-01", "Ask for one row or none")
    before, after = "$Q.one()", "$Q.one_or_none()"
    pair = Pair(source, "app/shop.py", "find", "q.one()", "q.one_or_none()", 1, 1)
    evidence = Evidence(commits=1, files=1, sites_fixed=1, confidence=0.5, wilson_low=0.1)
    title = f"{before} becomes {after} ({pattern_id})"
    return FixPattern(pattern_id, title, before, after, (".one",), (pair,), evidence)


def _tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
