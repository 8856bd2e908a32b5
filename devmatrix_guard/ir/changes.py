"""What differs between two IRs, node by node."""

from __future__ import annotations

from typing import Any, Literal

from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import encode
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.nodes import iter_nodes


class FieldChange(Node):
    """One field of a node that has another value; values are plain JSON data."""

    name: str
    before: Any
    after: Any


class Change(Node):
    """A node that came, went, or changed."""

    node: str
    kind: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...] = ()


def find_changes(before: ApplicationIR, after: ApplicationIR) -> tuple[Change, ...]:
    """Return the changes that lead from `before` to `after`, sorted by node id.

    An entity counts as changed when anything inside it did; its members are listed besides.
    """
    old, new = dict(iter_nodes(before)), dict(iter_nodes(after))
    changes = [Change(node, "removed") for node in old.keys() - new.keys()]
    changes += [Change(node, "added") for node in new.keys() - old.keys()]
    for node in old.keys() & new.keys():
        left = encode(old[node], pointers=False)
        right = encode(new[node], pointers=False)
        if left != right:
            changes.append(Change(node, "changed", _find_field_changes(left, right)))
    return tuple(sorted(changes, key=lambda change: change.node))


def _find_field_changes(left: Any, right: Any) -> tuple[FieldChange, ...]:
    if not (isinstance(left, dict) and isinstance(right, dict)):
        return (FieldChange("", left, right),)
    return tuple(
        FieldChange(name, left.get(name), right.get(name))
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    )
