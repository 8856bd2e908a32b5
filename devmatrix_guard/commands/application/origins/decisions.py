"""What differs from the spec because people decided so: said by verify, listed by repair, left.

decisions = find_decisions(application, compliance)
check_ledger(application, decisions)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from devmatrix_guard.commands.application.application import Application, read_last_texts
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.origins.file_parts import find_file_parts
from devmatrix_guard.commands.application.origins.spec_places import SpecPlaces
from devmatrix_guard.errors import GenerationError
from devmatrix_guard.files import follow_links, read_chosen
from devmatrix_guard.generator.ledger.line import Evidence, Finder, Promise
from devmatrix_guard.generator.manifest import read_manifest
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.verify.compliance import Compliance, Deviation
from devmatrix_guard.verify.facts import read_facts
from devmatrix_guard.verify.openapi import Difference
from devmatrix_guard.verify.repair import find_yours
from devmatrix_guard.verify.smoke import Outcome

_REMOVED = "you removed it"
_NAME = re.compile(r"\{[^}]*\}")


class Decision(NamedValue):
    """A deviation that people made, and what it departs from.

    Attributes:
        deviation: from what a fresh generation gives.
        place: `FILE:LINE` of the spec, or the InfraPattern of a file that no spec speaks of; "" for
            neither.
        pointer: JSON pointer of that place, "" for none.
    """

    deviation: Deviation
    place: str = ""
    pointer: str = ""


def find_decisions(application: Application, compliance: Compliance) -> tuple[Decision, ...]:
    """Return what people decided in an application, with the place of the spec it departs from."""
    if all(d.problem == "extra" for d in compliance.deviations):
        return ()
    base = read_last_texts(application.root, application.reference)
    yours = find_yours(compliance, application.files, application.reference, base)
    return tuple(_locate(application, yours)) if yours else ()


def is_complete(compliance: Compliance, decisions: Collection[Decision]) -> bool:
    """Tell whether nothing is missing or different but by decision."""
    if compliance.overall.recall == 1.0:
        return True
    decided = {decision.deviation for decision in decisions}
    asked = [d for d in compliance.deviations if d.problem != "extra" or d.kind == "syntax"]
    return bool(decided) and decided.issuperset(asked)


def list_removed(decisions: Iterable[Decision]) -> set[str]:
    """Return the operations that people removed, as `DELETE /pets/{id}`."""
    found = (decision.deviation for decision in decisions)
    return {d.key for d in found if (d.kind, d.problem) == ("endpoint", "missing")}


def drop_decided(
    found: Iterable[Difference], outcomes: Iterable[Outcome], decisions: Iterable[Decision]
) -> tuple[tuple[Difference, ...], tuple[Outcome, ...]]:
    """Leave out what is asked of operations that people removed."""
    removed = list_removed(decisions)
    unnamed = {_NAME.sub("{}", operation) for operation in removed}  # as documents are compared
    return (
        tuple(one for one in found if one.place not in unnamed),
        tuple(
            one._replace(status="skip", detail=_REMOVED) if one.operation in removed else one
            for one in outcomes
        ),
    )


def is_decided(promise: Promise, files: Mapping[str, str], decisions: Iterable[Decision]) -> bool:
    """Tell whether the code of a promise is gone because people decided so."""
    found = [decision.deviation for decision in decisions]
    if any(d.kind == "endpoint" and d.key == promise.subject for d in found):
        return True
    finder = Finder(files)
    gone = [evidence for evidence in promise.evidence if not finder.has(evidence)]
    return bool(gone) and all(any(_concerns(d, e) for d in found) for e in gone)


def _concerns(deviation: Deviation, evidence: Evidence) -> bool:
    if deviation.path != evidence.path:
        return False
    return deviation.kind == "file" or all(
        name in deviation.key for name in (evidence.scope, evidence.argument) if name
    )


def _locate(application: Application, deviations: Iterable[Deviation]) -> Iterable[Decision]:
    places = _read_places(application)
    facts = {(fact.kind, fact.key): fact for fact in read_facts(application.reference)}
    nodes = _read_nodes(application)
    for deviation in deviations:
        fact = facts[deviation.kind, deviation.key]
        pattern = application.patterns.get(fact.path)
        if pattern is not None:
            yield Decision(deviation, f"InfraPattern {pattern[0]}@{pattern[1]}")
            continue
        text, near = application.reference[fact.path], nodes.get(fact.path, ())
        parts = find_file_parts(fact.path, text, fact.line, near, places) if fact.line else ()
        pointer = parts[0].pointer if parts else ""
        yield Decision(deviation, places.find_place(pointer) if parts else "", pointer)


def _read_places(application: Application) -> SpecPlaces:
    root, key = application.root.resolve(), read_context(application.root).key

    def read(file: Path | None) -> tuple[str, str]:
        if file is None:
            return "", ""
        inside = follow_links(file).is_relative_to(root)
        shown = key + follow_links(file).relative_to(root).as_posix() if inside else file.as_posix()
        return read_chosen(file).decode("utf-8", "replace"), shown

    return SpecPlaces(application.ir, read(application.spec), read(application.overlay))


def _read_nodes(application: Application) -> Mapping[str, Sequence[str]]:
    try:
        files = read_manifest(application.root).files
    except GenerationError:
        return {}  # verified against a spec, without a manifest
    return {path: entry.nodes for path, entry in files.items()}
