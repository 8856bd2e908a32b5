"""What no request gives: values that a row must have, and that a way of making rows leaves out.

A create that leaves out a value which must be there is refused by the database each time it is
called. Such a value may be null where the operations that show it give it themselves; where others
must show it, the create is left to people, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.behavior import BehaviorModel, Create, CreateMany, Upsert, iter_steps
from devmatrix_guard.ir.domain import Attribute, DomainModel, Entity, View
from devmatrix_guard.ir.shape import Constraint, Schema
from devmatrix_guard.ir.text_keys import choose_text_key

_MAKERS = frozenset(("create", "create_many", "register", "upsert"))
_WRITERS = _MAKERS | {"update", "replace"}
_SHOWN = frozenset(("item", "list"))
# What the application gives by itself, or a create refers to by its path or its caller.
_MADE = frozenset(("key", "client_key", "created_at", "updated_at", "slug", "flow", "privilege"))


def settle_unfilled(
    domain: DomainModel,
    operations: list[Operation],
    schemas: Mapping[str, Schema],
    behavior: BehaviorModel,
) -> tuple[DomainModel, dict[str, str]]:
    """Return the domain with what may be null, and the reason why a create is left, by its name."""
    settler = _Settler(domain, operations, schemas)
    return settler.settle(_list_flow_entities(behavior))


def _list_flow_entities(behavior: BehaviorModel) -> set[str]:
    steps = [step for flow in behavior.flows for step in iter_steps(flow.steps)]
    return {step.entity for step in steps if isinstance(step, Create | CreateMany | Upsert)}


class _Settler:
    def __init__(
        self,
        domain: DomainModel,
        operations: list[Operation],
        schemas: Mapping[str, Schema],
    ) -> None:
        self._domain = domain
        self._operations = operations
        self._schemas = schemas
        self._views = {view.schema: view for view in domain.views}

    def settle(self, skipped: set[str]) -> tuple[DomainModel, dict[str, str]]:
        refused: dict[str, str] = {}
        entities = []
        for entity in self._domain.entities:
            loose: set[str] = set()
            if entity.name not in skipped:
                entity = self._tighten(entity)
            for attribute in entity.attributes if entity.name not in skipped else ():
                lacking = self._list_lacking(entity, attribute)
                if not lacking:
                    continue
                if attribute.name == entity.key or self._must_be_shown(entity, attribute):
                    told = attribute.wire or attribute.name
                    reason = f"nothing gives {told}, which a {entity.name} must have"
                    refused |= dict.fromkeys((op.name for op in lacking), reason)
                else:
                    loose.add(attribute.name)
            entities.append(_loosen(entity, loose))
        return self._domain._replace(entities=tuple(entities)), refused

    def _list_lacking(self, entity: Entity, attribute: Attribute) -> list[Operation]:
        """Return the creates that leave out a value which must be there."""
        if attribute.nullable or attribute.default is not None:
            return []
        if attribute.origin in _MADE and not _is_out_of_reach(attribute):
            return []
        if attribute.type.kind == "list" or _makes_itself(attribute):
            return []
        lacking = [op for op in self._list_makers(entity) if not self._gives(op, attribute)]
        return lacking + [op for op in self._operations if self._nests(op, entity, attribute)]

    def _list_makers(self, entity: Entity) -> list[Operation]:
        made = [op for op in self._operations if op.action.kind in _MAKERS]
        return [op for op in made if op.action.entity == entity.name]

    def _tighten(self, entity: Entity) -> Entity:
        """Let a row that no operation makes have what answers must show and paths find it by."""
        if self._list_makers(entity):
            return entity
        limits = self._list_path_limits(entity)
        attributes = tuple(self._fit(entity, a, limits.get(a.name, ())) for a in entity.attributes)
        return entity._replace(attributes=attributes)

    def _fit(
        self, entity: Entity, attribute: Attribute, limits: tuple[Constraint, ...]
    ) -> Attribute:
        """Return an attribute as an answer must show it, within what a path asks of it."""
        own = attribute.references is not None and attribute.references[0] == entity.name
        open_ = attribute.nullable and attribute.default is None and not own
        if open_ and attribute.type.kind != "list" and self._must_be_shown(entity, attribute):
            attribute = attribute._replace(nullable=False)
        known = {constraint.kind for constraint in attribute.constraints}
        if attribute.type.kind in ("string", "text") and not attribute.type.enum:
            more = [limit for limit in limits if limit.kind not in known]
            merged = sorted((*attribute.constraints, *more), key=lambda limit: limit.kind)
            attribute = attribute._replace(constraints=tuple(merged))
        return attribute

    def _list_path_limits(self, entity: Entity) -> dict[str, tuple[Constraint, ...]]:
        """Return the limits of the parameters by which paths find rows, by attribute."""
        found: dict[str, tuple[Constraint, ...]] = {}
        for operation in self._operations:
            shapes = {p.name: p.shape for p in operation.parameters if p.location == "path"}
            for match in operation.action.by if operation.action.entity == entity.name else ():
                if match.parameter in shapes:
                    found.setdefault(match.attribute, shapes[match.parameter].constraints)
        return found

    def _nests(self, operation: Operation, entity: Entity, attribute: Attribute) -> bool:
        """Tell whether a request makes such rows within another, without the value."""
        view = self._views.get(operation.body.view) if operation.body else None
        if view is None or operation.action.kind not in _WRITERS or view.entity == entity.name:
            return False
        if attribute.references and attribute.references[0] == view.entity:
            return False  # the row around it
        fields = {field.wire: field for field in self._schemas[view.schema].shape.fields}
        written = [b for b in view.bindings if b.view and not b.by]
        written = [b for b in written if not fields[b.wire].shape.read_only]
        nested = [self._views.get(b.view) for b in written]
        return any(
            inner is not None
            and inner.entity == entity.name
            and attribute.name not in self._list_required(inner, sent=True)
            for inner in nested
        )

    def _gives(self, operation: Operation, attribute: Attribute) -> bool:
        if any(given.attribute == attribute.name for given in operation.action.assign):
            return True
        if any(match.attribute == attribute.name for match in operation.action.by):
            return True
        view = self._views.get(operation.body.view) if operation.body else None
        if view is None or attribute.name in self._list_required(view, sent=True):
            return view is not None
        # a row that a request may name, and that it must name in the end
        named = [b.member for b in view.bindings if b.kind == "attribute"]
        return attribute.references is not None and attribute.name in named

    def _list_required(self, view: View, *, sent: bool) -> set[str]:
        """Return the attributes that a body always holds: passwords and keys of rows as well."""
        entity = next(e for e in self._domain.entities if e.name == view.entity)
        columns = {relation.name: relation.column for relation in entity.relations}
        fields = {field.wire: field for field in self._schemas[view.schema].shape.fields}
        found = set()
        for binding in view.bindings:
            field = fields.get(binding.wire)
            if field is None or not field.required or field.shape.nullable:
                continue
            if not (field.shape.read_only if sent else field.shape.write_only):
                found.add(columns.get(binding.member, binding.member))
        return found

    def _must_be_shown(self, entity: Entity, attribute: Attribute) -> bool:
        """Tell whether an answer must hold a value that its own request does not give."""
        if attribute.origin == "password":
            return False  # stars stand for it
        for operation in self._operations:
            view = self._views.get(operation.payload.view)
            if operation.payload.kind not in _SHOWN or view is None:
                continue
            if view.entity != entity.name or attribute.name not in self._list_required(
                view, sent=False
            ):
                continue
            if not self._gives(operation, attribute):
                return True
        return False


def _makes_itself(attribute: Attribute) -> bool:
    """Tell whether the application gives a value that no request does: another UUID."""
    free = attribute.origin == "default" and attribute.references is None
    return free and bool(attribute.wire) and attribute.type.kind == "uuid"


def _is_out_of_reach(attribute: Attribute) -> bool:
    """Tell whether a key is text that the application cannot make within its limits."""
    text = attribute.type.kind in ("string", "text") and attribute.type.format != "uuid"
    if not text or attribute.origin not in ("key", "client_key") or attribute.references:
        return False
    return bool(attribute.type.enum) or choose_text_key(attribute) is None


def _loosen(entity: Entity, names: Iterable[str]) -> Entity:
    """Let values be null that not every way of making a row gives."""
    loose = set(names)
    attributes = tuple(
        a._replace(nullable=True) if a.name in loose else a for a in entity.attributes
    )
    return entity._replace(attributes=attributes) if loose else entity
