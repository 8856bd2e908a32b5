"""Flows: named lists of steps, bound to the operations that run them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.steps import StepReader
from devmatrix_guard.generator.behavior.types import Types, strip_null
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.spec.document import Document, Place, require_mapping
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.behavior import Flow, StateMachine
from devmatrix_guard.ir.domain import DomainModel
from devmatrix_guard.ir.names import make_unique, to_snake
from devmatrix_guard.model.named_value import NamedValue


class FlowSource(NamedValue):
    """A flow that is still text: where it stands, what it is called, who runs it."""

    name: str
    wire: str
    place: Place
    endpoints: tuple[Endpoint, ...]


def find_flows(document: Document, endpoints: Iterable[Endpoint]) -> list[FlowSource]:
    """Return every flow of the spec with the endpoints that name it.

    Raises:
        SpecError: an operation names a flow that is not there.
    """
    top = Place(document.root, "")
    places: dict[str, Place] = {}
    for section in ("x-business-logic", "x-flows"):
        declared = top.get(section)
        places.update({wire: declared.get(wire) for wire in require_mapping(declared)})
    runners: dict[str, list[Endpoint]] = {wire: [] for wire in places}
    for endpoint in endpoints:
        wanted = endpoint.extensions.get("x-flow")
        if wanted is None:
            continue
        if str(wanted) not in places:
            raise SpecError(
                f"there is no flow {wanted!r}{suggest(str(wanted), places)}",
                f"{endpoint.pointer}/x-flow",
            )
        runners[str(wanted)].append(endpoint)
    taken: set[str] = set()
    found = []
    for wire, place in places.items():
        name = make_unique(to_snake(wire), taken)
        taken.add(name)
        found.append(FlowSource(name, wire, place, tuple(runners[wire])))
    return found


def read_flow(
    source: FlowSource,
    types: Types,
    machines: Mapping[str, StateMachine],
    domain: DomainModel,
    principal: str,
) -> Flow:
    """Return the checked flow.

    A flow that several operations run is checked against each of them.

    Raises:
        SpecError: a step cannot be understood, or the result is not what an operation answers.
    """
    made: Flow | None = None
    for endpoint in source.endpoints or (None,):
        reader = StepReader(_make_scope(endpoint, types, principal), types, machines)
        steps = reader.read(source.place.get("steps"))
        if endpoint is not None:
            _check_result(reader.returns, endpoint, domain, source.place)
        flow = Flow(
            name=source.name,
            wire=source.wire,
            operations=tuple(e.name for e in source.endpoints),
            steps=steps,
            serializable=source.place.data.get("transaction") == "serializable-retry",
            entities=tuple(sorted(reader.entities)),
            returns=strip_null(reader.returns),
            description=source.place.get_text("description"),
            pointer=source.place.pointer,
        )
        made = made or flow
    assert made is not None  # noqa: S101 # the loop runs at least once
    return made


def _make_scope(endpoint: Endpoint | None, types: Types, principal: str) -> dict[str, str]:
    if endpoint is None:
        return {}
    scope: dict[str, str] = {}
    for group in ("path", "query", "header"):
        members = [p for p in endpoint.parameters if p.location == group]
        if members:
            scope[group] = types.add_group(members)
    if endpoint.sent is not None and endpoint.sent.schema:
        scope["body"] = f"object:{endpoint.sent.schema}"
    if principal and endpoint.auth.mode != "none":
        mark = "" if endpoint.auth.mode == "required" else "?"
        scope["viewer"] = f"row:{principal}{mark}"
    return scope


def _check_result(returns: str, endpoint: Endpoint, domain: DomainModel, place: Place) -> None:
    """A row can only be answered by an operation that shows rows of its entity."""
    view = next((v for v in domain.views if v.schema == endpoint.shown.schema), None)
    kind = strip_null(returns)
    if view is None or not kind.startswith(("row:", "rows:")):
        return
    many = endpoint.shown.kind == "list"
    if kind != f"{'rows' if many else 'row'}:{view.entity}":
        what = f"{'rows' if many else 'a row'} of {view.entity}"
        raise SpecError(
            f"{endpoint.method} {endpoint.path} answers with {what}, not {kind}",
            place.get("steps").pointer,
        )
