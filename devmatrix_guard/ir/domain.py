"""The domain area: entities, how they hang together, and which schemas show them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from devmatrix_guard.ir.expression import Expression
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Constraint, JsonValue, Value

TypeKind: TypeAlias = Literal[
    "string",
    "text",  # a string without an upper length
    "integer",
    "bigint",
    "number",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "uuid",
    "bytes",
    "list",  # a list of scalars (`items`): an ordered child table, so that it can be filtered
    "json",  # anything else, stored as it came
]


class Type(Node):
    """The type of a stored or computed value.

    Attributes:
        kind: what is stored.
        items: for `list`, the kind of the elements.
        enum: the only values allowed.
        format: the spec's format where it means more than the kind (`email`, `uri`, `password`).
        precision, scale: for `decimal`.
    """

    kind: TypeKind
    items: TypeKind | None = None
    enum: tuple[Value, ...] = ()
    format: str = ""
    precision: int = 0
    scale: int = 0


Origin: TypeAlias = Literal[
    "input",  # comes from request bodies
    "key",  # made by the application when the row is made (uuid4 or sequence)
    "client_key",  # taken from the request if there, made otherwise
    "created_at",
    "updated_at",
    "slug",  # made from attribute `origin_of` on creation, unique, remade when that changes
    "password",  # the hash of what the request gives
    "owner",  # the key of the user who makes the row
    "parent",  # the key of the row named in the path
    "privilege",  # no request may set it: it decides over the rights of whom the row is about
    "flow",  # only flows and state machines write it
    "default",  # nothing in the API writes it: it has its default for ever
]


class Attribute(Node):
    """One stored value of an entity.

    Attributes:
        name: column and Python attribute.
        wire: the property in the spec; "" where the API never shows it (`password_hash`, a
            surrogate key, a foreign key made from an embedded object).
        type: what is stored.
        nullable: the column may be null.
        default: as JSON text; None when there is none.
        constraints: limits on the value, sorted by kind; enforced on input, and as a database
            CHECK where SQL can say it.
        origin: where the value comes from.
        origin_of: for `slug`, the attribute it is made from.
        unique: no two rows may share it (also listed in `Entity.unique`).
        references: (entity, attribute) of a foreign key, or None.
        hidden: never part of a response.
        renamed_from: the earlier name of the column (`x-renamed-from`), for migrations.
        description: as in the spec.
        pointer: where it stands in the spec.
        sorted: the values of a list are kept in ascending order.
    """

    name: str
    wire: str
    type: Type
    nullable: bool = False
    default: JsonValue | None = None
    constraints: tuple[Constraint, ...] = ()
    origin: Origin = "input"
    origin_of: str = ""
    unique: bool = False
    references: tuple[str, str] | None = None
    hidden: bool = False
    renamed_from: str = ""
    description: str = ""
    pointer: str = ""
    sorted: bool = False


RelationKind: TypeAlias = Literal["many_to_one", "one_to_one", "one_to_many", "many_to_many"]


class Relation(Node):
    """A relation as seen from the entity that holds it.

    Attributes:
        name: Python attribute.
        wire: the property that embeds the other side, or "".
        kind: from this entity to the other.
        target: entity on the other side.
        column: for `many_to_one` and the owning side of `one_to_one`, the foreign key attribute of
            this entity; for `one_to_many` and the other side of `one_to_one`, that of the target.
        through: for `many_to_many`, the name of the link table.
        through_local, through_target: the two columns of the link table, which form its key.
        inverse: the relation of the target that is the other side, or "".
        on_delete: what happens to this side's dependents (`cascade`, `restrict`, `set_null`). It is
            written on the side that holds the many (`one_to_many`, `many_to_many`), and repeated
            on the inverse.
        order_by: attribute of the target that a collection is sorted by, or "" for its key.
        keeps_order: for `many_to_many`, requests list the rows, which stay in that order.
        pointer: where it was read from.
    """

    name: str
    wire: str
    kind: RelationKind
    target: str
    column: str = ""
    through: str = ""
    through_local: str = ""
    through_target: str = ""
    inverse: str = ""
    on_delete: Literal["cascade", "restrict", "set_null"] = "restrict"
    order_by: str = ""
    keeps_order: bool = False
    pointer: str = ""


DerivedKind: TypeAlias = Literal[
    "expression",  # `x-derived`: an expression over the row
    "count",  # how many rows relation `relation` has
    "viewer_linked",  # whether the signed-in user is in many_to_many `relation`; false without one
    "viewer_owns",  # whether the signed-in user is `relation`
    "token",  # an access token for this row (the signed-in user), made when it is shown
    "constant",  # always `value`
]


class Derived(Node):
    """A value that is computed when shown and never stored."""

    name: str
    wire: str
    type: Type
    kind: DerivedKind
    relation: str = ""
    expression: Expression | None = None
    value: JsonValue | None = None
    nullable: bool = False
    pointer: str = ""


class UniqueKey(Node):
    """Attributes that together tell rows apart."""

    attributes: tuple[str, ...]
    pointer: str = ""


class Entity(Node):
    """Something the application stores.

    Attributes:
        name: Python class name.
        table: table name.
        plural: snake-case plural, for modules and routes.
        key: the primary key attribute. It may be hidden (a surrogate) when the API addresses rows
            by something else; that is then in `unique` and in the operations' lookups.
        attributes: in the order of the spec, key first, made-up ones last.
        relations, derived: sorted by name.
        unique: every unique key besides `key`.
        owner: the `many_to_one` relation to the user a row belongs to, or "".
        soft_delete: rows are marked, not removed (`x-entity: {soft_delete: true}`); the attribute
            that holds the time, or "".
        is_principal: rows of it sign in (users, accounts).
        renamed_from: the earlier name of the entity (`x-renamed-from`), for migrations.
        description, pointer: from the spec.
    """

    name: str
    table: str
    plural: str
    key: str
    attributes: tuple[Attribute, ...]
    relations: tuple[Relation, ...] = ()
    derived: tuple[Derived, ...] = ()
    unique: tuple[UniqueKey, ...] = ()
    owner: str = ""
    soft_delete: str = ""
    is_principal: bool = False
    renamed_from: str = ""
    description: str = ""
    pointer: str = ""


BindingKind: TypeAlias = Literal[
    "attribute",
    "relation",  # shown with `view`; written as nested rows, or as a reference when `by` is set
    "derived",
    "password",  # written: hashed into attribute `member`
    "ignored",  # accepted and not stored; the reason is in the inference report
]


class Binding(Node):
    """Where one field of a schema comes from, and goes to.

    Attributes:
        wire: the property of the schema.
        kind: what `member` names in the entity.
        member: attribute, relation or derived name.
        view: for a relation, the schema its rows are shown with; "" when only keys are shown.
        by: for a relation given or shown as keys (`categoryIds`, `category: {id: 3}`), the
            attribute of the target that the value is.
    """

    wire: str
    kind: BindingKind
    member: str = ""
    view: str = ""
    by: str = ""


class View(Node):
    """A schema that shows, or takes in, one entity.

    Attributes:
        schema: `Schema.name`.
        entity: `Entity.name`.
        roles: how the API uses it, sorted: `read`, `create`, `update`, `replace`, `nested`.
        bindings: one for each field of the schema, in its order.
    """

    schema: str
    entity: str
    roles: tuple[str, ...]
    bindings: tuple[Binding, ...]


class DomainModel(Node):
    """Entities sorted by name, views sorted by schema."""

    entities: tuple[Entity, ...] = ()
    views: tuple[View, ...] = ()


class Seed(Node):
    """A row to try the application with, which no operation makes.

    Attributes:
        values: by attribute, as JSON; a password in the clear. A foreign key that is left out
            leads to the first seed of the entity it refers to.
        source: where it comes from: `x-seed`, `example`, or `sample` where the spec gives none.
    """

    entity: str
    values: tuple[tuple[str, JsonValue], ...]
    source: Literal["x-seed", "example", "sample"]
    pointer: str = ""
