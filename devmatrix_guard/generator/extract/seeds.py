"""Seeds: rows that no operation makes, from `x-seed`, from examples, or made up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.fit import find_problem
from devmatrix_guard.generator.extract.schemas.keywords import read_example
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.behavior import BehaviorModel, Create, CreateMany, Upsert
from devmatrix_guard.ir.domain import Attribute, DomainModel, Entity, Seed
from devmatrix_guard.ir.sample import Sampler, make_structure
from devmatrix_guard.ir.shape import Constraint, Schema, Shape, make_json_value

_MAKERS = frozenset(("create", "create_many", "register", "upsert", "upload"))
_SHAPES = {
    "string": ("string", ""),
    "text": ("string", ""),
    "integer": ("integer", ""),
    "bigint": ("integer", ""),
    "number": ("number", ""),
    "decimal": ("string", "decimal"),
    "boolean": ("boolean", ""),
    "date": ("string", "date"),
    "datetime": ("string", "date-time"),
    "time": ("string", "time"),
    "uuid": ("string", "uuid"),
}
_LEAVES = ("created_at", "updated_at")
_NUMBER = 900  # of a made-up value, so that those that clients make up differ
PASSWORD = "A-seed-password-1"  # of rows to try the application with


def read_seeds(
    document: Document,
    domain: DomainModel,
    behavior: BehaviorModel,
    operations: Iterable[Operation],
    schemas: Mapping[str, Schema],
    principal: str,
) -> tuple[Seed, ...]:
    """Return the seeds, each after those it refers to.

    Raises:
        SpecError: an `x-seed` names no entity or attribute, or has a value of another type.
    """
    known = list(operations)
    login = {m.attribute for op in known if op.action.kind == "login" for m in op.action.login}
    wanted = {principal: login}
    for action in (op.action for op in known):
        for entity, matches in (
            (action.entity, action.by),
            *((p.entity, p.by) for p in action.parents),
        ):
            wanted.setdefault(entity, set()).update(match.attribute for match in matches)
    reader = _Reader(document, domain, schemas, wanted)
    return reader.read(find_unmade(domain, behavior, known, principal))


def find_unmade(
    domain: DomainModel, behavior: BehaviorModel, operations: list[Operation], principal: str
) -> list[str]:
    """Return the entities that operations speak of, and whose rows none of them surely makes."""
    made = {
        op.action.entity
        for op in operations
        if op.action.kind in _MAKERS
        and (op.action.entity != principal or op.auth.mode != "required")  # who is the first?
    }
    run = {op.action.flow for op in operations if op.action.kind == "flow"}
    for flow in behavior.flows:
        if flow.name in run:
            steps = [s for s in flow.steps if isinstance(s, Create | CreateMany | Upsert)]
            made |= {step.entity for step in steps}
    kinds = {op.action.kind for op in operations}
    asked = {op.action.entity for op in operations if op.action.kind != "not_implemented"}
    asked |= {parent.entity for op in operations for parent in op.action.parents}
    if "login" not in kinds:
        asked.discard(principal)
    made -= _find_untold(domain, operations) - {principal}
    if principal and not _issues_tokens(domain, operations):  # somebody has to be named by them
        asked |= {principal for op in operations if op.auth.mode == "required"}
        made.discard(principal)
    return [e.name for e in domain.entities if e.name in asked - made]


def _issues_tokens(domain: DomainModel, operations: list[Operation]) -> bool:
    """Tell whether an operation gives out what signs in: in its answer, or beside the user."""
    tokens = {d.name for e in domain.entities for d in e.derived if d.kind == "token"}
    views = {view.schema for view in domain.views if tokens & {b.member for b in view.bindings}}
    payloads = [op.payload for op in operations if op.action.kind != "not_implemented"]
    told = any(e.source == "token" for payload in payloads for e in payload.extras)
    return told or any(payload.view in views for payload in payloads)


def _find_untold(domain: DomainModel, operations: list[Operation]) -> set[str]:
    """Return the entities whose rows paths address by a key that no answer tells."""
    views = {view.schema: view for view in domain.views}
    told: set[str] = set()
    addressed: set[str] = set()
    for operation in operations:
        action, payload = operation.action, operation.payload
        addressed |= {f"{action.entity}.{match.attribute}" for match in action.by}
        if action.by or action.kind == "not_implemented":
            continue
        told |= {f"{action.entity}.{e.value.value}" for e in payload.extras if e.value is not None}
        view = views.get(payload.view)
        told |= {f"{view.entity}.{b.member}" for b in view.bindings} if view is not None else set()
    keys = {e.name: next(a for a in e.attributes if a.name == e.key) for e in domain.entities}
    unknown = {name for name, key in keys.items() if key.origin != "client_key"}
    return {n for n in unknown if f"{n}.{keys[n].name}" in addressed - told}


class _Reader:
    def __init__(
        self,
        document: Document,
        domain: DomainModel,
        schemas: Mapping[str, Schema],
        wanted: Mapping[str, set[str]],
    ) -> None:
        self._wanted = wanted
        self._document = document
        self._domain = domain
        self._entities = {entity.name: entity for entity in domain.entities}
        self._schemas = schemas
        self._sampler = Sampler(schemas)
        self._made: dict[str, list[Seed]] = {}
        self._visiting: list[str] = []

    def read(self, unmade: Iterable[str]) -> tuple[Seed, ...]:
        given = self._read_given()
        for entity in (*given, *unmade):
            self._take(entity, given)
        return tuple(seed for seeds in self._made.values() for seed in seeds)

    def _take(self, name: str, given: Mapping[str, list[Place]]) -> None:
        """Make the seeds of an entity, after those of what its rows must refer to."""
        if name in self._made or name in self._visiting:
            return
        self._visiting.append(name)
        entity = self._entities[name]
        for attribute in entity.attributes:
            if attribute.references and not attribute.nullable:
                self._take(attribute.references[0], given)
        self._visiting.remove(name)
        if name in given:
            self._made[name] = [
                self._make_seed(entity, place, number) for number, place in enumerate(given[name])
            ]
        else:
            self._made[name] = [self._make_from_example(entity)]

    def _read_given(self) -> dict[str, list[Place]]:
        """Return what `x-seed` gives, by entity: at the top, or beside a schema."""
        found: dict[str, list[Place]] = {}
        top = Place(self._document.root, "").get("x-seed")
        for name in require_mapping(top):
            if name not in self._entities:
                hint = suggest(str(name), self._entities)
                raise SpecError(f"there is no entity {name!r}{hint}", top.get(name).pointer)
            rows = top.get(name)
            found[name] = [rows.get(i) for i in range(len(require_list(rows)))]
        for view in self._domain.views:
            schema = self._schemas[view.schema]
            data = self._document.place(schema.pointer).data if schema.wire else None
            if isinstance(data, dict) and isinstance(data.get("x-seed"), list):
                rows = self._document.place(schema.pointer).get("x-seed")
                more = [rows.get(i) for i in range(len(rows.data))]
                found.setdefault(view.entity, []).extend(more)
        return found

    def _make_seed(self, entity: Entity, place: Place, number: int) -> Seed:
        values: dict[str, Any] = {}
        for name in require_mapping(place):
            attribute = self._find_attribute(entity, str(name), place)
            value = place.get(name).data
            _check_value(attribute, value, place.get(name))
            values[attribute.name] = value
        return self._complete(entity, values, number, "x-seed", place.pointer)

    def _find_attribute(self, entity: Entity, name: str, place: Place) -> Attribute:
        for attribute in entity.attributes:
            if name in (attribute.name, attribute.wire):
                return attribute
            if attribute.origin == "password" and name.replace("_", "").lower() in _PASSWORDS:
                return attribute
        names = [a.wire or a.name for a in entity.attributes]
        raise SpecError(
            f"{entity.name} has no attribute {name!r}{suggest(name, names)}",
            place.get(name).pointer,
        )

    def _make_from_example(self, entity: Entity) -> Seed:
        """Make a row of what the examples of its schemas say."""
        values: dict[str, Any] = {}
        pointer = ""
        for view in self._domain.views:
            schema = self._schemas[view.schema]
            if view.entity != entity.name or not {"read", "create"} & set(view.roles):
                continue
            whole = read_example(self._document.place(schema.pointer)) if schema.pointer else None
            given = whole.value if whole and isinstance(whole.value, dict) else {}
            for field in schema.shape.fields:
                if field.example is not None:
                    given.setdefault(field.wire, field.example.value)
            for binding in view.bindings:
                if binding.kind == "attribute" and binding.wire in given:
                    values.setdefault(binding.member, given[binding.wire])
                    pointer = pointer or schema.pointer
        known = {a.name: a for a in entity.attributes}
        values = {
            name: value
            for name, value in values.items()
            if name in known and _is_seeded(known[name]) and not find_problem(known[name], value)
        }
        source = "example" if values else "sample"
        return self._complete(entity, values, 0, source, pointer or entity.pointer)

    def _complete(
        self, entity: Entity, values: dict[str, Any], number: int, source: Any, pointer: str
    ) -> Seed:
        """Add what a row must have and nothing gives."""
        for attribute in entity.attributes:
            if attribute.name in values or attribute.references:
                continue
            if attribute.origin == "password":
                values[attribute.name] = PASSWORD
            elif attribute.name == entity.key and attribute.type.kind == "uuid":
                digest = hashlib.sha256(f"{entity.name} {number}".encode()).hexdigest()
                from uuid import UUID  # takes longer to import than most specs to read

                values[attribute.name] = str(UUID(digest[:32], version=4))
            elif _is_needed(entity, attribute) or (
                attribute.name != entity.key and attribute.name in self._wanted.get(entity.name, ())
            ):
                values[attribute.name] = self._make_value(entity.name, attribute, number)
        kept = [
            (name, make_json_value(value)) for name, value in values.items() if value is not None
        ]
        return Seed(entity.name, tuple(sorted(kept)), source, pointer)

    def _make_value(self, entity: str, attribute: Attribute, number: int) -> Any:
        kind, form = _SHAPES.get(attribute.type.kind, ("", ""))
        if attribute.type.kind == "json":
            views = self._domain.views
            return make_structure(views, self._schemas, entity, attribute.name, _NUMBER + number)
        if not kind:
            return None
        constraints: tuple[Constraint, ...] = attribute.constraints
        shape = Shape(
            kind,  # type: ignore[arg-type] # one of those above
            format=attribute.type.format or form,
            enum=attribute.type.enum,
            constraints=constraints,
        )
        wire = attribute.wire or attribute.name
        return self._sampler.make_value(shape, _NUMBER + number, name=wire)


_PASSWORDS = ("password", "passwd", "pass", "pwd", "passwordhash")


def _is_seeded(attribute: Attribute) -> bool:
    """Tell whether an example of a value is taken over: not one of a key that is counted."""
    counted = attribute.origin in ("key", "client_key") and attribute.type.kind in (
        "integer",
        "bigint",
    )
    kept = attribute.origin not in _LEAVES and attribute.type.kind != "bytes"
    return kept and not counted and not attribute.references


def _is_needed(entity: Entity, attribute: Attribute) -> bool:
    if attribute.nullable or attribute.default is not None or attribute.origin in _LEAVES:
        return False
    if attribute.name == entity.key:
        return attribute.type.kind in ("string", "text")
    return attribute.type.kind not in ("list", "bytes")


def _check_value(attribute: Attribute, value: Any, place: Place) -> None:
    problem = find_problem(attribute, value)
    if problem:
        raise SpecError(f"{attribute.wire or attribute.name} {problem}", place.pointer)
