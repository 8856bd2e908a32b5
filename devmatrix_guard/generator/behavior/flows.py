"""Flows: named lists of steps, bound to the operations that run them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.steps import StepReader, always_returns
from devmatrix_guard.generator.behavior.types import (
    Types,
    can_compare,
    is_nullable,
    is_number,
    strip_null,
)
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.spec.document import Document, Place, require_mapping
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.behavior import Flow, PayloadItem, Return, StateMachine, Step, iter_steps
from devmatrix_guard.ir.domain import DomainModel
from devmatrix_guard.ir.names import make_unique, to_snake
from devmatrix_guard.ir.shape import Shape
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
        if runners[wire] and "inputs" in place.data:
            raise SpecError(
                "an operation gives path, query, header and body, and no inputs; "
                "run this flow from another one",
                place.get("inputs").pointer,
            )
        found.append(FlowSource(name, wire, place, tuple(runners[wire])))
    return found


class FlowReader:
    """Reads flows, each once; those that others run before them.

    Args:
        sources: every flow of the spec.
        types: what rows and bodies are made of.
        machines: state machines by entity.
        domain: the entities and views.
        principal: the entity that signs in, "" if none.
    """

    def __init__(
        self,
        sources: Iterable[FlowSource],
        types: Types,
        machines: Mapping[str, StateMachine],
        domain: DomainModel,
        principal: str,
    ) -> None:
        self._sources = {source.wire: source for source in sources}
        self._types = types
        self._machines = machines
        self._domain = domain
        self._principal = principal
        self._made: dict[str, Flow] = {}
        self._running: list[str] = []

    def read_all(self) -> list[Flow]:
        """Return every flow, checked, in the order of the spec.

        Raises:
            SpecError: a step cannot be understood, or a flow runs itself.
        """
        return [self._read_known(source) for source in self._sources.values()]

    def _read_known(self, source: FlowSource) -> Flow:
        if source.wire not in self._made:
            self._running.append(source.wire)
            self._made[source.wire] = self.read(source)
            self._running.pop()
        return self._made[source.wire]

    def _find_flow(self, wire: str, place: Place) -> Flow:
        """Return a flow that a step runs."""
        source = self._sources.get(wire)
        if source is None:
            raise SpecError(
                f"there is no flow {wire!r}{suggest(wire, self._sources)}", place.pointer
            )
        if wire in self._running:
            way = " -> ".join([*self._running[self._running.index(wire) :], wire])
            raise SpecError(f"a flow cannot run itself: {way}", place.pointer)
        if source.endpoints:
            raise SpecError(
                f"{wire} is run by {source.endpoints[0].method} {source.endpoints[0].path}, and "
                "knows its path and body; move its steps to a flow with `inputs`, and run that",
                place.pointer,
            )
        return self._read_known(source)

    def read(self, source: FlowSource) -> Flow:
        """Return one checked flow.

        A flow that several operations run is checked against each of them.

        Raises:
            SpecError: a step cannot be understood, or the result is not what an operation answers.
        """
        made: Flow | None = None
        inputs = _read_inputs(source.place.get("inputs"), self._types)
        for endpoint in source.endpoints or (None,):
            scope = {**_make_scope(endpoint, self._types, self._principal), **dict(inputs)}
            inner = endpoint is None
            reader = StepReader(scope, self._types, self._machines, self._find_flow, is_inner=inner)
            steps = reader.read(source.place.get("steps"))
            returns = reader.returns if inner else strip_null(reader.returns)
            if inner and returns and not always_returns(steps):
                returns = f"{strip_null(returns)}?"
            if endpoint is not None:
                _check_result(reader.returns, endpoint, self._domain, source.place)
                _check_objects(steps, endpoint, self._types)
            flow = Flow(
                name=source.name,
                wire=source.wire,
                operations=tuple(e.name for e in source.endpoints),
                steps=steps,
                serializable=source.place.data.get("transaction") == "serializable-retry",
                entities=tuple(sorted(reader.entities)),
                returns=returns,
                description=source.place.get_text("description"),
                pointer=source.place.pointer,
                inputs=inputs,
            )
            made = made or flow
        assert made is not None  # noqa: S101 # the loop runs at least once
        return made


_SCALARS = (
    *("string", "integer", "decimal", "number", "boolean"),
    *("date", "datetime", "duration", "days", "uuid"),
)


def _read_inputs(place: Place, types: Types) -> tuple[tuple[str, str], ...]:
    """Return the inputs of a flow: `{loan: Loan, amount: decimal, note: string?}`."""
    made = []
    for name, data in require_mapping(place).items():
        at, word = place.get(name), str(data)
        if to_snake(str(name)) != name or not str(name).isidentifier():
            raise SpecError("an input has a lower-case name", at.pointer)
        kind, mark = strip_null(word), "?" if word.endswith("?") else ""
        if types.is_entity(kind):
            made.append((str(name), f"row:{kind}{mark}"))
        elif kind in _SCALARS:
            made.append((str(name), word))
        else:
            known = [*_SCALARS, *types.entity_names]
            raise SpecError(f"there is no type {word!r}{suggest(word, known)}", at.pointer)
    return tuple(made)


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


def _check_objects(steps: tuple[Step, ...], endpoint: Endpoint, types: Types) -> None:
    """An object that is returned has the properties that the operation declares."""
    shape = find_answer(endpoint)
    known = types.list_properties(shape) if shape is not None else {}
    for step in iter_steps(steps):
        if not isinstance(step, Return) or not step.items or not known:
            continue
        given = {item.name for item in step.items}
        for item in step.items:
            if item.name not in known:
                hint = suggest(item.name, known)
                raise SpecError(f"the answer has no property {item.name!r}{hint}", step.pointer)
            _check_property(item, known[item.name][0])
        for name, (_, required) in known.items():
            if required and name not in given:
                raise SpecError(f"the answer needs {name!r}", step.pointer)


def _check_property(item: PayloadItem, kind: str) -> None:
    value = item.value
    given, wanted = strip_null(value.type), strip_null(kind)
    if not can_compare(given, wanted) or (is_number(kind) and not _fits(given, kind)):
        raise SpecError(f"{item.name} is {wanted}, not {given}", value.pointer)
    if is_nullable(value.type) and not is_nullable(kind):
        raise SpecError(f"{item.name} is never null, and this may be; use coalesce", value.pointer)


def _fits(given: str, wanted: str) -> bool:
    """Whether a number can be answered as one of another type."""
    return strip_null(wanted) != "integer" or strip_null(given) == "integer"


def find_answer(endpoint: Endpoint) -> Shape | None:
    """Return what the success response of an operation declares, as JSON."""
    for response in endpoint.responses:
        if response.status == str(endpoint.status):
            return next((c.shape for c in response.content if c.shape is not None), None)
    return None


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
