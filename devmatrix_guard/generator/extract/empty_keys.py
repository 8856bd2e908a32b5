"""Empty keys: texts that name a row in a path, which no request reaches where they are empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.ir.api import Match, Operation
from devmatrix_guard.ir.domain import Attribute, DomainModel


def tell_empty_keys(
    domain: DomainModel, operations: Sequence[Operation], findings: Findings
) -> None:
    """Say of which keys an empty one would be taken, and never be found again."""
    for key in _list_empty_keys(domain, operations):
        text = f"an empty {key.wire} is taken, and no path reaches what it names; minLength: 1"
        findings.add_assumed(f"{text} would refuse it", key.pointer)


def _list_empty_keys(domain: DomainModel, operations: Sequence[Operation]) -> Iterator[Attribute]:
    """Yield the keys in paths that requests give, and that nothing keeps from being empty."""
    entities = {entity.name: entity for entity in domain.entities}
    for operation in operations:
        in_path = {p.name for p in operation.parameters if p.location == "path"}
        action = operation.action
        for name, matches in ((action.entity, action.by), (action.other, action.other_by)):
            for attribute in entities[name].attributes if name in entities else ():
                if _is_named(attribute, matches, in_path) and _may_be_empty(attribute):
                    yield attribute


def _is_named(attribute: Attribute, matches: Sequence[Match], in_path: set[str]) -> bool:
    return any(m.attribute == attribute.name and m.parameter in in_path for m in matches)


def _may_be_empty(attribute: Attribute) -> bool:
    textual = attribute.type.kind in ("string", "text") and not attribute.type.format
    given = attribute.origin == "input" and bool(attribute.wire) and not attribute.type.enum
    limits = {c.kind: c.value for c in attribute.constraints}
    return textual and given and not limits.get("min_length") and "pattern" not in limits
