"""Requests within what rows may hold: a body may say more than an answer can ever show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from devmatrix_guard.ir.domain import Attribute, Entity, View
from devmatrix_guard.ir.shape import Constraint, Schema, Shape, Value

_KINDS = {
    "string": ("string", "text"),
    "integer": ("integer", "bigint", "number"),
    "number": ("integer", "bigint", "number"),
}
_LEAST = ("ge", "gt", "min_length", "min_items", "min_properties")
_MOST = ("le", "lt", "max_length", "max_items", "max_properties")
_DEEPEST = 8  # a schema may lie within itself


class Narrower:
    """Shapes of requests, limited to what the rows that they fill may hold.

    Args:
        schemas: schema name -> schema, to follow `ref`s.
        views: schema name -> what it shows or takes in.
        entities: entity name -> entity.
    """

    def __init__(
        self,
        schemas: Mapping[str, Schema],
        views: Mapping[str, View],
        entities: Mapping[str, Entity],
    ) -> None:
        self._schemas = schemas
        self._views = views
        self._entities = entities

    def narrow(self, shape: Shape, depth: int = 0) -> Shape:
        """Return the shape of a body with the limits of the rows in it."""
        if depth > _DEEPEST:
            return shape
        if shape.kind == "array" and shape.items is not None:
            return shape._replace(items=self.narrow(shape.items, depth + 1))
        opened = self._open(shape)
        if opened.kind != "object":
            return shape
        limits = self._find_attributes(shape.ref)
        fields = tuple(
            field._replace(
                shape=self.limit(field.shape, limits[field.wire])
                if field.wire in limits
                else self.narrow(field.shape, depth + 1)
            )
            for field in opened.fields
        )
        return opened._replace(fields=fields)

    def limit(self, shape: Shape, attribute: Attribute) -> Shape:
        """Return the shape of a value with the limits of the attribute that it fills."""
        opened = self._open(shape)
        kind = attribute.type.kind
        if opened.kind == "array" and opened.items is not None and kind == "list":
            return opened._replace(
                items=self._limit_items(self._open(opened.items), attribute),
                constraints=merge_limits(opened.constraints, attribute.constraints),
            )
        if kind not in _KINDS.get(opened.kind, ()):
            return shape
        whole = opened.kind == "number" and kind != "number"
        return opened._replace(
            kind="integer" if whole else opened.kind,
            enum=_choose_values(opened, attribute),
            format=opened.format or attribute.type.format,
            constraints=merge_limits(opened.constraints, attribute.constraints),
        )

    def _limit_items(self, items: Shape, attribute: Attribute) -> Shape:
        """Return the shape of an item with the limits that answers have for it."""
        if items.kind != "string":
            return items
        shown = next(filter(None, map(self._find_items, self._list_shown(attribute))), items)
        limits = merge_limits(items.constraints, shown.constraints)
        form = items.format or (shown.format if shown.kind == "string" else "")
        listed = _choose_values(items, attribute)
        return items._replace(enum=listed, format=form, constraints=limits)

    def _list_shown(self, attribute: Attribute) -> list[Shape]:
        """Return how answers show a property that is an attribute."""
        return [
            self._open(field.shape)
            for name, view in self._views.items()
            if "read" in view.roles
            and any(a is attribute for a in self._entities[view.entity].attributes)
            for field in self._schemas[name].shape.fields
            if field.wire == attribute.wire
        ]

    def _find_items(self, shape: Shape) -> Shape | None:
        return self._open(shape.items) if shape.items is not None else None

    def _find_attributes(self, schema: str) -> dict[str, Attribute]:
        """Return, by property, the attributes that a schema takes in."""
        view = self._views.get(schema)
        if view is None:
            return {}
        known = {a.name: a for a in self._entities[view.entity].attributes}
        return {
            binding.wire: known[binding.member]
            for binding in view.bindings
            if binding.kind == "attribute" and binding.member in known
        }

    def _open(self, shape: Shape) -> Shape:
        for _ in range(_DEEPEST):
            if shape.kind != "ref" or shape.ref not in self._schemas:
                return shape
            shape = self._schemas[shape.ref].shape
        return shape


def _choose_values(shape: Shape, attribute: Attribute) -> tuple[Value, ...]:
    """Return the values that both admit, or those of the request where none is of both."""
    held = attribute.type.enum
    if not shape.enum:
        return held
    return tuple(value for value in shape.enum if value in held) or shape.enum


def merge_limits(
    given: Iterable[Constraint], other: Iterable[Constraint]
) -> tuple[Constraint, ...]:
    """Return all limits, by kind: the tighter of two, and of patterns the given one."""
    found = {limit.kind: limit for limit in given}
    for limit in other:
        known = found.get(limit.kind)
        if known is None or _is_tighter(limit, known):
            found[limit.kind] = limit
    return tuple(found[kind] for kind in sorted(found))


def _is_tighter(limit: Constraint, known: Constraint) -> bool:
    if limit.kind not in (*_LEAST, *_MOST):
        return False
    one, two = Decimal(str(limit.value)), Decimal(str(known.value))
    return one > two if limit.kind in _LEAST else one < two
