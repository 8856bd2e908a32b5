"""What expressions are typed against: rows, request bodies and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devmatrix_guard.generator.extract.entities.attributes import choose_stored_type
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.ir.api import Parameter
from devmatrix_guard.ir.domain import Attribute, DomainModel, Entity, Type
from devmatrix_guard.ir.expression import Member as MemberNode
from devmatrix_guard.ir.shape import Schema, Shape, Value
from devmatrix_guard.model.named_value import NamedValue

_TYPES = {"text": "string", "bigint": "integer", "bytes": "string"}
_NUMBERS = ("integer", "number", "decimal")


class Member(NamedValue):
    """What a name means on a row, a body or a group of parameters."""

    name: str
    kind: str
    type: str
    wire: str = ""


def strip_null(kind: str) -> str:
    """Return a type without the mark that it may be null."""
    return kind.removesuffix("?")


def is_nullable(kind: str) -> bool:
    """Whether a value of this type may be null."""
    return kind.endswith("?") or kind == "null"


def is_number(kind: str) -> bool:
    """Whether one can calculate with it."""
    return strip_null(kind) in _NUMBERS


def find_common_type(left: str, right: str) -> str:
    """Return the type of a calculation: the widest of both."""
    kinds = {strip_null(left), strip_null(right)}
    return next(kind for kind in ("number", "decimal", "integer") if kind in kinds)


def can_compare(left: str, right: str) -> bool:
    """Whether values of both types can be equal."""
    first, second = strip_null(left), strip_null(right)
    if first == second or "null" in (first, second) or "json" in (first, second):
        return True
    if is_number(first) and is_number(second):
        return True
    if {first, second} == {"duration", "days"}:
        return True
    return "string" in (first, second) and bool({first, second} & {"uuid", "date", "datetime"})


def find_type(kind: Type) -> str:
    """Return the expression type of a stored value."""
    if kind.kind == "list":
        item = kind.items or "string"
        return f"list:{_TYPES.get(item, item)}"
    return _TYPES.get(kind.kind, kind.kind)


def find_attribute_type(attribute: Attribute) -> str:
    """Return the expression type of an attribute."""
    kind = find_type(attribute.type)
    return f"{kind}?" if attribute.nullable else kind


class Types:
    """Looks up the members of everything that has any.

    Types that have members: `row:Entity` (also nullable), `object:Schema`, and `group:<i>`, a
    group of parameters or the object form of an answer, made by `add_group`.
    """

    def __init__(self, domain: DomainModel, schemas: Mapping[str, Schema]) -> None:
        self._entities: dict[str, Entity] = {entity.name: entity for entity in domain.entities}
        self._schemas = schemas
        self._groups: list[Mapping[str, Member]] = []
        self._cache: dict[str, Mapping[str, Member]] = {}

    def is_entity(self, name: str) -> bool:
        """Whether there is an entity of this name."""
        return name in self._entities

    def find_entity(self, name: str) -> Entity:
        """Return an entity."""
        return self._entities[name]

    @property
    def entity_names(self) -> list[str]:
        """Return the names of all entities."""
        return list(self._entities)

    def find_key_type(self, entity: str) -> str:
        """Return the type of an entity's key."""
        found = self._entities[entity]
        return next(find_type(a.type) for a in found.attributes if a.name == found.key)

    def find_attribute(self, entity: str, name: str) -> Attribute | None:
        """Return an attribute by its name or its spelling in the spec."""
        attributes = self._entities[entity].attributes
        return next((a for a in attributes if a.name == name), None) or next(
            (a for a in attributes if a.wire == name), None
        )

    def add_group(self, parameters: Sequence[Parameter]) -> str:
        """Return a type whose members are these parameters."""
        members: dict[str, Member] = {}
        for parameter in parameters:
            kind = self._find_shape_type(parameter.shape)
            if not parameter.required and parameter.shape.default is None:
                kind = f"{strip_null(kind)}?"
            member = Member(parameter.name, "field", kind, parameter.wire)
            members[parameter.name] = member
            members.setdefault(parameter.wire, member)
        self._groups.append(members)
        return f"group:{len(self._groups) - 1}"

    def list_members(self, kind: str) -> Mapping[str, Member]:
        """Return what a value of this type has, by every name it can be called."""
        known = strip_null(kind)
        if known not in self._cache:
            what, _, name = known.partition(":")
            found: Mapping[str, Member] = {}
            if what == "row" and name in self._entities:
                found = self._list_row_members(self._entities[name])
            elif what == "object" and name in self._schemas:
                found = self._list_object_members(self._schemas[name])
            elif what == "group":
                found = self._groups[int(name)]
            self._cache[known] = found
        return self._cache[known]

    def find_enum(self, member: MemberNode, owner: str) -> tuple[Value, ...]:
        """Return the values an attribute or field may have, if they are listed."""
        what, _, name = strip_null(owner).partition(":")
        if what == "row" and name in self._entities and member.kind == "attribute":
            found = self.find_attribute(name, member.name)
            return found.type.enum if found else ()
        if what == "object" and name in self._schemas:
            fields = self._schemas[name].shape.fields
            shape = next((f.shape for f in fields if f.name == member.name), None)
            return open_shape(shape, self._schemas).enum if shape else ()
        return ()

    def _list_row_members(self, entity: Entity) -> Mapping[str, Member]:
        found: dict[str, Member] = {}
        for attribute in entity.attributes:
            kind = find_attribute_type(attribute)
            self._put(found, attribute.name, attribute.wire, "attribute", kind)
        for relation in entity.relations:
            kind = f"rows:{relation.target}"
            if relation.kind in ("many_to_one", "one_to_one"):
                column = next((a for a in entity.attributes if a.name == relation.column), None)
                nullable = column is None or column.nullable
                kind = f"row:{relation.target}{'?' if nullable else ''}"
            self._put(found, relation.name, relation.wire, "relation", kind)
        for derived in entity.derived:
            kind = find_type(derived.type)
            self._put(found, derived.name, derived.wire, "derived", kind)
        return found

    def _put(self, found: dict[str, Member], name: str, wire: str, what: str, kind: str) -> None:
        member = Member(name, what, kind, wire)
        found[name] = member
        if wire:
            found.setdefault(wire, member)

    def _list_object_members(self, schema: Schema) -> Mapping[str, Member]:
        found: dict[str, Member] = {}
        for field in schema.shape.fields:
            kind = self._find_shape_type(field.shape)
            absent = not field.required and field.shape.default is None
            if absent or field.shape.nullable:
                kind = f"{strip_null(kind)}?"
            member = Member(field.name, "field", kind, field.wire)
            found[field.name] = member
            found.setdefault(field.wire, member)
        return found

    def list_properties(self, shape: Shape) -> Mapping[str, tuple[str, bool]]:
        """Return the properties of an object as JSON has them: their types, and if they must be."""
        found: dict[str, tuple[str, bool]] = {}
        for field in open_shape(shape, self._schemas).fields:
            kind = self._find_shape_type(field.shape)
            if field.shape.nullable:
                kind = f"{strip_null(kind)}?"
            found[field.wire] = kind, field.required
        return found

    def _find_shape_type(self, shape: Shape) -> str:
        name = find_object_name(shape, self._schemas)
        if name:
            return f"object:{name}"
        kind = find_type(choose_stored_type(shape, self._schemas))
        return f"{kind}?" if shape.nullable else kind
