"""`allOf`: several shapes that hold at once, as one."""

from __future__ import annotations

from collections.abc import Callable

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir.names import make_unique
from devmatrix_guard.ir.shape import Constraint, Field, Shape

_LOWER = ("ge", "gt", "min_length", "min_items", "min_properties")
_UPPER = ("le", "lt", "max_length", "max_items", "max_properties")


Opened = Callable[[Shape], Shape]


def merge_all_of(parts: list[Shape], pointer: str, opened: Opened) -> Shape | None:
    """Return one shape for all parts, or None where they cannot be put into one.

    Args:
        parts: the shapes, none of them a reference.
        pointer: where they stand.
        opened: gives what a reference inside them leads to, if that is known yet.

    Raises:
        SpecError: no value can be of all these shapes.
    """
    parts = [part for part in parts if part.kind != "any" or part.enum or part.constraints]
    if not parts:
        return Shape("any")
    kinds = {"object" if part.kind == "map" else part.kind for part in parts}
    if kinds & {"one_of", "any_of", "all_of", "ref"}:
        return None
    if kinds == {"integer", "number"}:
        kinds = {"integer"}
    kinds.discard("any")
    if len(kinds) > 1:
        raise SpecError(f"no value is {' and '.join(sorted(kinds))} at once; repair allOf", pointer)
    merged = parts[0]
    for part in parts[1:]:
        merged = _merge(merged, part, opened)
    return merged._replace(kind=kinds.pop() if kinds else "any")


def _merge(left: Shape, right: Shape, opened: Opened) -> Shape:
    enum = right.enum or left.enum
    if left.enum and right.enum:
        enum = tuple(value for value in left.enum if value in right.enum)
    forbids = "forbid" in (left.extra, right.extra) and not (left.fields and right.fields)
    return left._replace(
        format=right.format or left.format,
        nullable=left.nullable and right.nullable,
        enum=enum,
        default=right.default or left.default,
        constraints=_merge_constraints(left.constraints, right.constraints),
        items=right.items or left.items,
        fields=_merge_fields(left.fields, right.fields, opened),
        bases=tuple(dict.fromkeys((*left.bases, *right.bases))),
        extra="forbid" if forbids else right.extra if right.extra == "allow" else left.extra,
        variants=(*left.variants, *right.variants),
        dependents=(*left.dependents, *right.dependents),
        read_only=left.read_only or right.read_only,
        write_only=left.write_only or right.write_only,
        deprecated=left.deprecated or right.deprecated,
        description=right.description or left.description,
    )


def _merge_fields(
    left: tuple[Field, ...], right: tuple[Field, ...], opened: Opened
) -> tuple[Field, ...]:
    made = {field.wire: field for field in left}
    names = {field.name for field in left}
    for field in right:
        old = made.get(field.wire)
        if old is None:
            name = make_unique(field.name, names)
            names.add(name)
            made[field.wire] = field._replace(name=name)
        else:
            shape = _merge_member(old.shape, field.shape, opened)
            required = old.required or field.required
            made[field.wire] = old._replace(shape=shape, required=required, pointer=field.pointer)
    return tuple(made.values())


def _merge_member(left: Shape, right: Shape, opened: Opened) -> Shape:
    """Return the shape of a property that two parts declare."""
    ours, theirs = opened(left), opened(right)
    scalar = ours.kind == theirs.kind and ours.kind in ("string", "integer", "number", "boolean")
    if scalar and left != right:
        return _merge(ours, theirs, opened)
    kept = left if right.kind == "any" else right
    return kept._replace(
        read_only=left.read_only or right.read_only,
        write_only=left.write_only or right.write_only,
        deprecated=left.deprecated or right.deprecated,
        default=right.default or left.default,
        description=right.description or left.description,
    )


def _merge_constraints(
    left: tuple[Constraint, ...], right: tuple[Constraint, ...]
) -> tuple[Constraint, ...]:
    made = {item.kind: item for item in left}
    for item in right:
        old = made.get(item.kind)
        numbers = (
            old and isinstance(old.value, (int, float)) and isinstance(item.value, (int, float))
        )
        if old and numbers:
            pick = max if item.kind in _LOWER else min if item.kind in _UPPER else None
            made[item.kind] = pick((old, item), key=_number) if pick else item
        else:
            made[item.kind] = item
    return tuple(made[kind] for kind in sorted(made))


def _number(item: Constraint) -> float:
    return float(item.value) if isinstance(item.value, (int, float)) else 0.0
