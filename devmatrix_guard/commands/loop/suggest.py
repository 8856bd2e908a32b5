"""`guard suggest`: behavior that proved itself in specs like a new one, as an overlay to review.

similar specs that passed -> their kept IRs -> parts the new spec has room for -> each tried on it

Nothing is suggested that the spec does not accept: every part is read together with the spec and
with what was taken before, and left out where that is refused.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from devmatrix_guard.commands.application.irs.ir import load_ir
from devmatrix_guard.commands.loop.look_back import find_similar
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.source import write_flow, write_invariant, write_machine
from devmatrix_guard.generator.manifest import hash_text
from devmatrix_guard.generator.spec.read import read_bytes
from devmatrix_guard.ir import behavior as behaviors
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import read_json
from devmatrix_guard.ir.signature import make_signature
from devmatrix_guard.model.knowledge.learning import SimilarSpec
from devmatrix_guard.reports.escape import write_json

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

_MOST_TRIED = 60  # each reads the whole spec again
_PARAMETER = re.compile(r"\{[^{}]*\}")
_KINDS = ("states", "invariant", "flow", "filter")
_SECTIONS = ("x-state-machines", "x-invariants", "x-flows", "operations", "pointers")
Data = dict[str, Any]


class Suggestion(NamedTuple):
    """A part of an overlay.

    Attributes:
        kind: states, invariant, flow or filter.
        name: what it is about, such as `Order` or `GET /orders status`.
        parts: what it adds, by section of the overlay.
        source: the spec it comes from, with how that fared.
    """

    kind: str
    name: str
    parts: Data
    source: SimilarSpec


class Suggestions(NamedTuple):
    """What is suggested for an application; `asked` are the proven specs that were looked at."""

    application: str
    asked: tuple[SimilarSpec, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


def suggest_behavior(
    start: Path, spec: Path, *, repositories: Sequence[str] = (), everything: bool = False
) -> Suggestions:
    """Return what specs like this one did, where that passed its verifications.

    Args:
        start: a folder of the project.
        spec: the new spec.
        repositories, everything: whose facts, instead of this project's.

    Raises:
        SpecError: the spec cannot be understood.
        MemoryStoreError: there is no memory, or it cannot be read.
    """
    ir = load_ir(spec)
    spec_sha = hash_text(read_bytes(spec).decode("utf-8", "replace"))
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        found = find_similar(memory, make_signature(ir, spec_sha))
        proven = [(one, kept) for one in found if one.succeeded and (kept := _load(memory, one))]
    candidates = [
        suggestion for source, kept in proven for suggestion in list_candidates(ir, kept, source)
    ]
    candidates.sort(key=lambda one: _KINDS.index(one.kind))  # a flow may need the states
    return Suggestions(
        ir.name, tuple(source for source, _ in proven), tuple(_keep_valid(spec, candidates))
    )


def _load(memory: Memory, source: SimilarSpec) -> ApplicationIR | None:
    """Return the IR that is kept of a spec, the newest of its name where that one is not."""
    versions = memory.irs.list_versions(source.name)
    exact = [kept for kept in versions if kept.spec_hash == source.spec_hash]
    if not versions:
        return None
    document = memory.irs.load(source.name, (exact or list(versions))[0].version)
    return None if document is None else read_json(json.dumps(document))


def list_candidates(
    ir: ApplicationIR, proven: ApplicationIR, source: SimilarSpec
) -> Iterator[Suggestion]:
    """Yield the behavior of a proven application that a new one has room for, unchecked."""
    entities = {entity.name for entity in ir.domain.entities}
    own = ir.behavior
    machines = {machine.entity for machine in own.state_machines}
    for machine in proven.behavior.state_machines:
        if machine.entity in entities - machines:
            data = {machine.entity: write_machine(machine)}
            yield Suggestion("states", machine.entity, {"x-state-machines": data}, source)
    held = {(invariant.entity, invariant.text) for invariant in own.invariants}
    for invariant in proven.behavior.invariants:
        if invariant.condition is None:  # it speaks of history, and nothing could check the words
            continue
        if invariant.entity in entities and (invariant.entity, invariant.text) not in held:
            parts = {"x-invariants": [write_invariant(invariant)]}
            yield Suggestion("invariant", invariant.name, parts, source)
    mine = {_shape_of(operation): operation for operation in ir.api.operations}
    yield from _list_flows(mine, own, proven, source)
    for theirs in proven.api.operations:
        operation = mine.get(_shape_of(theirs))
        if operation is not None:
            yield from _list_filters(operation, theirs, source)


def _shape_of(operation: Operation) -> tuple[str, str]:
    """Return method and path with the names of parameters left out."""
    return operation.method, _PARAMETER.sub("{}", operation.path)


def _list_flows(
    mine: Mapping[tuple[str, str], Operation],
    own: behaviors.BehaviorModel,
    proven: ApplicationIR,
    source: SimilarSpec,
) -> Iterator[Suggestion]:
    # What was inferred has no name in a spec; it is no reason to leave out what a person wrote.
    flows = {flow.name: flow for flow in proven.behavior.flows if flow.wire}
    declared = {flow.name for flow in own.flows if flow.wire}
    taken = {flow.wire for flow in own.flows}
    for theirs in proven.api.operations:
        operation, flow = mine.get(_shape_of(theirs)), flows.get(theirs.action.flow)
        if operation is None or flow is None or operation.action.flow in declared:
            continue
        needed = _list_needed(flow, flows)
        if any(one.wire in taken for one in needed):
            continue
        called = f"{operation.method} {operation.path}"
        yield Suggestion(
            "flow",
            called,
            {
                "x-flows": {one.wire: write_flow(one) for one in needed},
                "operations": {called: {"x-flow": flow.wire}},
            },
            source,
        )


def _list_needed(flow: behaviors.Flow, flows: Mapping[str, behaviors.Flow]) -> list[behaviors.Flow]:
    """Return a flow and all that it runs."""
    needed = [flow]
    for one in needed:
        for step in behaviors.iter_steps(one.steps):
            inner = flows.get(step.flow) if isinstance(step, behaviors.Run) else None
            if inner is not None and inner not in needed:
                needed.append(inner)
    return needed


def _list_filters(
    operation: Operation, theirs: Operation, source: SimilarSpec
) -> Iterator[Suggestion]:
    wires = {parameter.name: parameter.wire for parameter in theirs.parameters}
    open_parameters = {p.wire: p for p in operation.parameters if not p.role and p.pointer}
    for one in theirs.action.filters:
        parameter = open_parameters.get(wires.get(one.parameter, ""))
        if parameter is None or not one.path or one.field or one.value is not None:
            continue
        text = f"{one.operator} {'.'.join(one.path)}"
        name = f"{operation.method} {operation.path} {parameter.wire}"
        parts = {"pointers": {parameter.pointer: {"x-filter": text}}}
        yield Suggestion("filter", name, parts, source)


def _keep_valid(spec: Path, candidates: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """Yield what the spec accepts; of two that say something else of the same thing, the first."""
    overlay: Data = {"overlay": 1}
    seen: set[tuple[str, str]] = set()
    tried = 0
    with tempfile.TemporaryDirectory(prefix="guard-suggest-") as folder:
        path = Path(folder) / "overlay.yaml"
        for candidate in candidates:
            if (candidate.kind, candidate.name) in seen or tried == _MOST_TRIED:
                continue
            tried += 1
            larger = _merge(overlay, candidate.parts)
            path.write_text(yaml.safe_dump(larger), encoding="utf-8")
            try:
                load_ir(spec, path)
            except SpecError:
                continue
            overlay = larger
            seen.add((candidate.kind, candidate.name))
            yield candidate


def _merge(overlay: Data, parts: Data) -> Data:
    merged = dict(overlay)
    for section, data in parts.items():
        before = merged.get(section)
        if isinstance(data, list):
            merged[section] = [*(before or ()), *data]
        else:
            merged[section] = {**(before or {}), **data}
    return merged


def render_suggestions(found: Suggestions, form: str) -> str:
    """Return suggestions as an overlay with a comment on each part, or as JSON."""
    if form == "json":
        document = {
            "application": found.application,
            "asked": [_describe_source(source) for source in found.asked],
            "suggestions": [
                {
                    "kind": one.kind,
                    "name": one.name,
                    "overlay": one.parts,
                    "source": _describe_source(one.source),
                }
                for one in found.suggestions
            ],
        }
        return write_json(document)
    return "".join(f"{line}\n" for line in _write_overlay(found))


def _describe_source(source: SimilarSpec) -> Data:
    return {
        "name": source.name,
        "spec": source.spec_hash,
        "similarity": source.similarity,
        "verifications": source.runs,
        "passed": source.succeeded,
    }


def _write_overlay(found: Suggestions) -> Iterator[str]:
    if not found.asked:
        yield "# Of no spec like this one that passed its checks does the memory keep the IR;"
        yield "# `guard build` keeps it."
    elif not found.suggestions:
        yield "# Specs like this one that passed have no behavior that this one lacks."
    else:
        yield f"# Suggested for {found.application} by specs like it that passed their checks."
        yield "# Review each part, delete what does not fit, and pass the file with --overlay."
    yield "overlay: 1"
    for section in _SECTIONS:
        holding = [one for one in found.suggestions if section in one.parts]
        if holding:
            yield f"{section}:"
        for one in holding:
            source = one.source
            yield (
                f"  # from {source.name}: {source.similarity:.0%} alike, passed {source.succeeded} "
                f"of {source.runs} verifications"
            )
            text = yaml.safe_dump(one.parts[section], sort_keys=False, allow_unicode=True)
            yield from (f"  {line}" for line in text.splitlines())
