"""Unions: alternatives of a value, made one list of values or one object where they can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.ir.shape import Field, Schema, Shape


def fill_union(shape: Shape, schemas: Mapping[str, Schema]) -> Shape:
    """Return a union of objects with all that any of them has; another shape as it is.

    Its discriminator then names a value for each of the objects: the one of its mapping, or those
    that the object itself allows, or else its name.
    """
    options = [schemas.get(variant.ref) for variant in shape.variants]
    known = [option for option in options if option is not None and option.shape.fields]
    if shape.kind not in ("one_of", "any_of") or shape.discriminator is None:
        return shape
    if len(known) < len(options) or any(o.shape.kind != "object" for o in known):
        return shape
    wire = shape.discriminator.wire
    given = {name: value for value, name in shape.discriminator.mapping}
    mapping: list[tuple[str, str]] = []
    fields: dict[str, Field] = {}
    for option in known:
        own = {field.wire: field for field in option.shape.fields}
        values = own[wire].shape.enum if wire in own else ()
        named = [given[option.name]] if option.name in given else [*values] or [option.wire]
        mapping += [(str(value), option.name) for value in named]
        for field in own.values():
            fields[field.wire] = _join_fields(fields.get(field.wire), field)
    every = tuple(
        field._replace(required=field.required and all(_has(o, field.wire) for o in known))
        for field in fields.values()
    )
    kinds = shape.discriminator._replace(mapping=tuple(mapping))
    return shape._replace(fields=every, discriminator=kinds)


def _join_fields(known: Field | None, field: Field) -> Field:
    """Return a property that two objects of a union have."""
    if known is None or known.shape == field.shape:
        return known or field
    enum = tuple(dict.fromkeys((*known.shape.enum, *field.shape.enum)))
    plain = known.shape.enum and field.shape.enum and known.shape.kind == field.shape.kind
    shape = known.shape._replace(enum=enum) if plain else known.shape
    return known._replace(shape=shape, required=known.required and field.required)


def _has(schema: Schema, wire: str) -> bool:
    return any(field.wire == wire for field in schema.shape.fields)


def combine_listed(variants: list[Shape]) -> Shape | None:
    """Return alternatives that are single values of one type as a list of values, or None."""
    first = variants[0] if variants else Shape("never")
    plain = (v._replace(enum=(), description="", default=None) for v in variants)
    if not all(variant == Shape(first.kind) for variant in plain):
        return None
    if first.kind not in ("string", "integer", "number") or not all(v.enum for v in variants):
        return None
    return Shape(first.kind, enum=tuple(dict.fromkeys(value for v in variants for value in v.enum)))


def inherit_type(option: Place, rest: dict[str, Any]) -> Place:
    """Give an option without a type the type that stands beside the union."""
    data = option.data
    if not isinstance(data, dict) or {"$ref", "allOf"} & data.keys():
        return option
    if "type" in rest and "type" not in data:
        data = {"type": rest["type"], **data}
    if rest.get("unevaluatedProperties") is False and "properties" in data:
        data = {"additionalProperties": False, **data}
    return Place(data, option.pointer)
