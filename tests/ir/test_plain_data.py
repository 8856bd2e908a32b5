"""What a node becomes as plain data: its class, what differs from its defaults, and back."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir.codec import decode, encode, hash_node, read_json
from devmatrix_guard.ir.expression import (
    Aggregate,
    Choice,
    Compare,
    Constant,
    Contains,
    Items,
    Logic,
    Member,
    Name,
    Rows,
)
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Constraint, Field, Shape, make_json_value

ONE = Constant(1, "integer")
NODES: list[tuple[Node, dict[str, Any]]] = [
    (ONE, {"is": "Constant", "value": 1, "type": "integer"}),
    (Constant(None, "null"), {"is": "Constant", "value": None, "type": "null"}),
    (
        Member(Name("it"), "price", "attribute"),
        {"is": "Member", "of": {"is": "Name", "name": "it"}, "name": "price", "kind": "attribute"},
    ),
    (
        Compare("<", ONE, Name("x")),
        {
            "is": "Compare", "op": "<", "left": {"is": "Constant", "value": 1, "type": "integer"},
            "right": {"is": "Name", "name": "x"},
        },
    ),
    (
        Logic("or", (Name("a"),)),
        {"is": "Logic", "op": "or", "parts": [{"is": "Name", "name": "a"}]},
    ),
    (Items(()), {"is": "Items", "parts": []}),
    (
        Contains(Name("a"), Rows("B"), negated=True),
        {
            "is": "Contains", "item": {"is": "Name", "name": "a"},
            "collection": {"is": "Rows", "entity": "B"}, "negated": True,
        },
    ),
    (
        Choice(Name("a"), Name("b"), Name("c")),
        {
            "is": "Choice", "condition": {"is": "Name", "name": "a"},
            "then": {"is": "Name", "name": "b"}, "otherwise": {"is": "Name", "name": "c"},
        },
    ),
    (
        Aggregate("count", Rows("B"), "B", "it", None),
        {
            "is": "Aggregate", "function": "count", "collection": {"is": "Rows", "entity": "B"},
            "entity": "B", "variable": "it", "body": None,
        },
    ),
    (Shape("string"), {"is": "Shape", "kind": "string"}),
    (
        Shape("string", enum=("a", 1), constraints=(Constraint("ge", 0),)),
        {
            "is": "Shape", "kind": "string", "enum": ["a", 1],
            "constraints": [{"is": "Constraint", "kind": "ge", "value": 0}],
        },
    ),
    (
        Field("a", "a", Shape("any"), required=False, pointer="/a"),
        {
            "is": "Field", "name": "a", "wire": "a", "shape": {"is": "Shape", "kind": "any"},
            "required": False, "pointer": "/a",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("node", "data"), NODES, ids=lambda value: type(value).__name__)
def test_a_node_is_its_class_and_what_differs_from_its_defaults(
    node: Node, data: dict[str, Any]
) -> None:
    assert encode(node) == data
    assert decode(data) == node


def test_where_it_stood_may_be_left_out_at_every_depth() -> None:
    inner = Field("a", "a", Shape("any"), required=True, pointer="/a")
    outer = Shape("object", fields=(inner,))
    assert "/a" in str(encode(outer))
    assert "/a" not in str(encode(outer, pointers=False))
    assert hash_node(outer) == hash_node(Shape("object", fields=(inner._replace(pointer="/b"),)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("ü", '"ü"'),
        (1.0, "1.0"),
        (None, "null"),
    ],
)
def test_a_json_value_is_kept_as_canonical_text(value: Any, text: str) -> None:
    made = make_json_value(value)
    assert made.text == text
    assert made.value == value
    assert hash(made) == hash(make_json_value(value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not an IR file"),
        ("[]", "is not an IR file"),
        ("{}", "is not an IR file"),
        ('{"format": 2, "ir": {}}', "has format 2; write it again"),
        ('{"format": 1, "ir": {"is": "Other"}}', "not an IR file of this version"),
        ('{"format": 1, "ir": {"is": "Name"}}', "is not an IR file"),
        ('{"format": 1, "ir": {"is": "Name", "name": "a"}}', "is not an IR file; write it with"),
        ('{"format": 1, "ir": 7}', "is not an IR file; write it with"),
    ],
)
def test_what_is_no_ir_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read_json(text)
