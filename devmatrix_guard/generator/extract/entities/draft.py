"""An entity while it is being worked out; frozen into `ir.domain.Entity` at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from devmatrix_guard.ir.defaults import fits_format
from devmatrix_guard.ir.domain import Attribute, Derived, Entity, Relation, UniqueKey
from devmatrix_guard.ir.names import to_plural, to_snake
from devmatrix_guard.ir.shape import Field, Schema


class EntityDraft:
    """What is known so far of one entity.

    Attributes:
        name: class name.
        main: the schema that shows most of it.
        roles: every schema that shows or takes it in, with how: read, create, update, replace,
            nested.
        nouns: collection paths that lead to it, as tuples of literals and `{}`.
        options: its `x-entity`.
        members: for each property name seen in a schema, the attribute, relation or derived value
            that stands for it.
        referenced: for each property that holds keys or copies of other rows, the attribute of
            the target that the value is.
        unique_among: for each attribute that is unique by what operations say, the collections
            that say so.
        unshown: attributes beside an id that requests give and no answer shows: what a path
            names is not one of them.
        is_counted: paths address its rows by numbers.
        apart: properties whose requests give a list of keys and whose answers show objects of
            no entity: what is given cannot be shown.
    """

    def __init__(self, name: str, main: str, pointer: str) -> None:
        self.name = name
        self.main = main
        self.pointer = pointer
        self.roles: dict[str, set[str]] = {}
        self.nouns: list[tuple[str, ...]] = []
        self.options: Mapping[str, Any] = {}
        self.description = ""
        self.renamed_from = ""
        self.key = ""
        self.attributes: dict[str, Attribute] = {}
        self.relations: dict[str, Relation] = {}
        self.derived: dict[str, Derived] = {}
        self.unique: dict[tuple[str, ...], str] = {}
        self.members: dict[str, tuple[str, str]] = {}
        self.referenced: dict[str, str] = {}
        self.unique_among: dict[str, tuple[tuple[str, ...], ...]] = {}
        self.unshown: set[str] = set()
        self.is_counted = False
        self.apart: set[str] = set()
        self.owner = ""
        self.private = False
        self.soft_delete = ""
        self.is_principal = False

    def list_schemas_as(self, *roles: str) -> list[str]:
        """Return the schemas used in any of these roles, in the order they were found."""
        return [name for name, used in self.roles.items() if used & set(roles)]

    def iter_fields(
        self, schemas: Mapping[str, Schema], *roles: str
    ) -> Iterator[tuple[str, Field]]:
        """Yield (schema, field) of every schema used in these roles; without roles, of all."""
        for name in self.list_schemas_as(*roles) if roles else list(self.roles):
            for item in schemas[name].shape.fields:
                yield name, item

    def takes(self, wire: str, schemas: Mapping[str, Schema], *roles: str) -> bool:
        """Whether a schema in one of the roles has this property, and means it to be written."""
        return any(
            item.wire == wire and not item.shape.read_only
            for _, item in self.iter_fields(schemas, *roles)
        )

    def is_input(self, wire: str, schemas: Mapping[str, Schema]) -> bool:
        """Whether any request can give this property."""
        return self.takes(wire, schemas, "create", "update", "replace")

    def choose_free_name(self, wanted: str) -> str:
        """Return `wanted`, or a variant that no member has."""
        taken = {*self.attributes, *self.relations, *self.derived}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def freeze(self, table: str) -> Entity:
        """Return the finished entity; the key comes first."""
        attributes = sorted(
            map(_keep_usable_default, self.attributes.values()),
            key=lambda item: item.name != self.key,
        )
        return Entity(
            name=self.name,
            table=table,
            plural=to_plural(to_snake(self.name)),
            key=self.key,
            attributes=tuple(attributes),
            relations=tuple(sorted(self.relations.values(), key=lambda item: item.name)),
            derived=tuple(sorted(self.derived.values(), key=lambda item: item.name)),
            unique=tuple(UniqueKey(names, at) for names, at in sorted(self.unique.items())),
            owner=self.owner,
            soft_delete=self.soft_delete,
            is_principal=self.is_principal,
            renamed_from=self.renamed_from,
            description=self.description,
            pointer=self.pointer,
        )


def _keep_usable_default(attribute: Attribute) -> Attribute:
    """Leave out a default that the column cannot hold, such as no text for a reference."""
    value = attribute.default.value if attribute.default is not None else None
    form = {"datetime": "date-time"}.get(attribute.type.kind, attribute.type.kind)
    if not isinstance(value, str) or fits_format(form, value):
        return attribute
    return attribute._replace(default=None, nullable=True)
