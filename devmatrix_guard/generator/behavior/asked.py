"""What the database is asked of rows that are not loaded, and what it cannot be asked."""

from __future__ import annotations

from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.ir import expression as trees

_ASKED_CALLS = frozenset(
    (
        *("lower", "upper", "length", "abs", "coalesce", "shift", "between", "times"),
        *("days", "weeks", "hours", "minutes", "seconds"),
        *("whole_days", "whole_hours", "whole_minutes", "whole_seconds"),
    )
)
_NO_VALUES = ("list", "json", "bytes")


def find_aggregates(tree: object) -> list[trees.Aggregate]:
    """Return the parts of an expression that ask all rows of an entity."""
    if isinstance(tree, trees.Aggregate) and isinstance(tree.collection, trees.Rows):
        return [tree]
    if isinstance(tree, tuple):
        return [found for part in tree for found in find_aggregates(part)]
    return []


def find_asked(tree: object) -> set[str]:
    """Return the entities all rows of which an expression asks."""
    return {aggregate.entity for aggregate in find_aggregates(tree)}


def mentions(tree: object, name: str) -> bool:
    """Tell whether a variable occurs in an expression."""
    if isinstance(tree, trees.Name):
        return tree.name == name
    return isinstance(tree, tuple) and any(mentions(part, name) for part in tree)


def find_unasked(tree: object, entity: str, types: Types) -> str:
    """Return what a condition on `it`, a row of the entity, has that SQL cannot say; "" if none."""
    if not mentions(tree, "it"):
        return ""
    if isinstance(tree, trees.Member):
        return _find_in_member(tree, entity, types)
    if isinstance(tree, trees.Aggregate):
        return "the rows below a row"
    if isinstance(tree, trees.Call) and tree.function not in _ASKED_CALLS:
        return f"{tree.function}(...) of what is stored"
    if isinstance(tree, tuple):
        return next((why for part in tree if (why := find_unasked(part, entity, types))), "")
    return ""


def _find_in_member(tree: trees.Member, entity: str, types: Types) -> str:
    if tree.kind == "derived":
        return f"{tree.name}, which is not stored"
    owner = find_entity(tree.of, entity, types)
    if not owner:
        return find_unasked(tree.of, entity, types) or "a row that it does not know"
    if tree.kind == "relation":
        found = next((r for r in types.find_entity(owner).relations if r.name == tree.name), None)
        if found is None or found.kind not in ("many_to_one", "one_to_one") or not found.column:
            return "the rows below a row"
        return ""
    attribute = types.find_attribute(owner, tree.name)
    if attribute is None or attribute.type.kind in _NO_VALUES:
        return f"{tree.name}, a list of values"
    return ""


def find_entity(tree: object, entity: str, types: Types) -> str:
    """Return the entity of the row that `it`, or a relation from it to one row, stands for."""
    if isinstance(tree, trees.Name):
        return entity if tree.name == "it" else ""
    if isinstance(tree, trees.Member) and tree.kind == "relation":
        owner = find_entity(tree.of, entity, types)
        relations = types.find_entity(owner).relations if owner else ()
        return next((r.target for r in relations if r.name == tree.name), "")
    return ""


def is_own(tree: trees.Member) -> bool:
    """Tell whether a value is an attribute of `it` itself."""
    return tree.kind == "attribute" and tree.of == trees.Name("it")
