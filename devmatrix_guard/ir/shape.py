"""Shapes: the JSON values that cross the API, with every `$ref` resolved to a named schema."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias

from devmatrix_guard.ir.node import Node

ShapeKind: TypeAlias = Literal[
    "object",  # fields, and perhaps extra properties; only as the shape of a named Schema
    "map",  # no fields, every property has the shape `items` (None: any value)
    "array",
    "string",
    "integer",
    "number",
    "boolean",
    "null",
    "any",
    "ref",  # the named schema `ref`
    "one_of",
    "any_of",
    "all_of",  # only where the parts could not be merged into one object
    "never",
]


class JsonValue(Node):
    """A JSON value kept as canonical text, so that it is immutable and can be hashed."""

    text: str

    @property
    def value(self) -> Any:
        """The value as Python objects."""
        return json.loads(self.text)


def make_json_value(value: Any) -> JsonValue:
    """Return `value` as an immutable JSON value."""
    return JsonValue(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Scalar | JsonValue

ConstraintKind: TypeAlias = Literal[
    "ge",
    "gt",
    "le",
    "lt",
    "multiple_of",
    "min_length",
    "max_length",
    "pattern",
    "min_items",
    "max_items",
    "unique_items",
    "min_properties",
    "max_properties",
]


class Constraint(Node):
    """One limit on a value: `ge 0`, `max_length 255`, `pattern ^a`.

    Attributes:
        kind: the limit; bounds of money (`x-exclusive-minimum`) are `ge`, `gt`, `le`, `lt` too.
        value: a number, the text of a pattern, True for `unique_items`, or the decimal text of a
            bound on a `decimal` string.
    """

    kind: ConstraintKind
    value: Scalar


class Discriminator(Node):
    """Which property tells the variants of a union apart; `mapping` is (value, schema name)."""

    wire: str
    mapping: tuple[tuple[str, str], ...] = ()


class Shape(Node):
    """The shape of one JSON value.

    Attributes:
        kind: what it is; the other fields that matter depend on it.
        ref: for `ref`, the `Schema.name`.
        format: the spec's `format` (`uuid`, `date-time`, `decimal`, `binary`, ...), or "".
        nullable: null is allowed besides (3.0 `nullable`, 3.1 `type: [t, "null"]`, `anyOf` null).
        enum: the only values allowed; empty when not limited. A `const` is an enum of one.
        default: as JSON text; None when there is none (a default of null is `JsonValue("null")`).
        constraints: limits, sorted by kind.
        items: element shape of an array, value shape of a map.
        keys: what the names in a map must be like, as the shape of a text.
        fields: properties of an object, in the order of the spec, bases first; of a union of
            objects that a discriminator tells apart, those that any of them has.
        bases: schemas whose fields were merged in by `allOf`.
        extra: whether an object admits other properties: `allow`, `forbid`, or `unset` when the
            spec does not say; `items` is then their shape, if given.
        variants: parts of `one_of`, `any_of`, `all_of`; of an object, the alternatives that its
            spec gives beside its properties.
        discriminator: for `one_of` and `any_of`.
        dependents: of an object, (property, those that must be there where it is).
        read_only, write_only, deprecated, description: as in the spec.
    """

    kind: ShapeKind
    ref: str = ""
    format: str = ""
    nullable: bool = False
    enum: tuple[Value, ...] = ()
    default: JsonValue | None = None
    constraints: tuple[Constraint, ...] = ()
    items: Shape | None = None
    fields: tuple[Field, ...] = ()
    bases: tuple[str, ...] = ()
    extra: Literal["unset", "allow", "forbid"] = "unset"
    variants: tuple[Shape, ...] = ()
    discriminator: Discriminator | None = None
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    description: str = ""
    keys: Shape | None = None
    dependents: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Field(Node):
    """A property of an object.

    Attributes:
        name: its Python identifier, unique within the object.
        example: the first one of the spec, or None.
    """

    name: str
    wire: str
    shape: Shape
    required: bool
    pointer: str = ""
    example: JsonValue | None = None


class Schema(Node):
    """A named shape: a component of the spec, or an inline object lifted out of its place.

    Attributes:
        name: a Python class name, unique among the schemas.
        wire: the key under `components/schemas`; "" for a lifted inline object, which the
            published OpenAPI may show in place.
        shape: never a bare `ref` to itself.
        pointer: where it stands in the spec.
    """

    name: str
    wire: str
    shape: Shape
    pointer: str
