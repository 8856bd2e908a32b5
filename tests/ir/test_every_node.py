"""Laws that hold for every class of node, whatever it stands for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir import codec
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import decode, encode, hash_node
from devmatrix_guard.ir.expression import Constant, Name
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import JsonValue, Shape

CLASSES: list[type[Node]] = sorted(codec._CLASSES.values(), key=lambda node: node.__name__)
# One value of each kind that a field may hold.
VALUES: list[Callable[[str], Any]] = [
    lambda name: f"some {name}",
    lambda _name: 7,
    lambda _name: True,
    lambda _name: 2.5,
    lambda _name: None,
    lambda name: (name, "another"),
    lambda name: ((name, 1), (name, 2)),
    lambda name: Constant(name, "string"),
    lambda name: (Name(name), Constant(3, "integer")),
    lambda _name: JsonValue('{"a":[1,null]}'),
    lambda _name: Shape("array", items=Shape("string", nullable=True)),
]


def fill(node: type[Node], turn: int) -> Node:
    """Return a node each of whose fields holds another kind of value; `turn` shifts the kinds."""
    return node(
        **{
            name: VALUES[(count + turn) % len(VALUES)](name)
            for count, name in enumerate(node._fields)
        }
    )


def name_of(node: type[Node]) -> str:
    return node.__name__


@pytest.mark.parametrize("node", CLASSES, ids=name_of)
class TestEveryNode:
    def test_comes_back_from_json_with_any_value_in_any_field(self, node: type[Node]) -> None:
        for turn in range(len(VALUES)):
            made = fill(node, turn)
            through_text = json.loads(json.dumps(encode(made)))
            assert decode(through_text) == made
            assert type(decode(through_text)) is node

    def test_is_written_with_its_class_and_no_default(self, node: type[Node]) -> None:
        required = {name: "x" for name in node._fields if name not in node._defaults}
        assert encode(node(**required)) == {"is": node.__name__, **required}

    def test_has_another_hash_when_any_field_is_another(self, node: type[Node]) -> None:
        made = fill(node, 0)
        for name in node._fields:
            changed = made._replace(**{name: "something else"})
            assert (hash_node(changed) == hash_node(made)) is (name == "pointer"), name

    def test_keeps_its_fields_when_one_is_replaced(self, node: type[Node]) -> None:
        made = fill(node, 0)
        for name in node._fields:
            changed = made._replace(**{name: "something else"})
            others = {key: value for key, value in made._asdict().items() if key != name}
            assert changed._asdict() == {**others, name: "something else"}

    def test_refuses_a_field_it_does_not_have(self, node: type[Node]) -> None:
        with pytest.raises(TypeError, match="colour"):
            fill(node, 0)._replace(colour="red")

    def test_is_equal_to_itself_alone(self, node: type[Node]) -> None:
        made = fill(node, 0)
        assert made == fill(node, 0)
        assert hash(made) == hash(fill(node, 0))
        assert made != tuple(made)

    def test_shows_what_differs_from_its_defaults(self, node: type[Node]) -> None:
        made = fill(node, 0)
        assert repr(made).startswith(f"{node.__name__}(")
        for name in node._fields:
            value = getattr(made, name)
            is_default = name in node._defaults and value == node._defaults[name]
            assert (f"{name}={value!r}" in repr(made)) is not is_default


def test_fields_that_have_a_default_stand_last() -> None:
    """Otherwise a node could not be made by position."""
    for node in CLASSES:
        with_default = [name in node._defaults for name in node._fields]
        assert with_default == sorted(with_default), node.__name__


def test_no_two_classes_share_a_name() -> None:
    names = [name for module in codec._MODULES for name in vars(module) if name in codec._CLASSES]
    homes: dict[str, set[str]] = {}
    for name in names:
        homes.setdefault(name, set()).add(codec._CLASSES[name].__module__)
    assert all(len(places) == 1 for places in homes.values())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(0, False, id="zero and false"),
        pytest.param(1, True, id="one and true"),
        pytest.param(1, 1.0, id="an integer and a number"),
        pytest.param("1", 1, id="a text and a number"),
        pytest.param(None, "", id="nothing and an empty text"),
    ],
)
def test_values_that_python_calls_equal_are_told_apart(left: Any, right: Any) -> None:
    assert hash_node(Constant(left, "any")) != hash_node(Constant(right, "any"))
    assert encode(decode(encode(Constant(left, "any")))) == encode(Constant(left, "any"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="an object that names no class"),
        pytest.param({"is": "Nothing"}, id="an unknown class"),
        pytest.param({"is": ""}, id="an empty name"),
        pytest.param({"is": "Node"}, id="the base of all nodes"),
        pytest.param([{"is": "Nothing"}], id="an unknown class in a list"),
        pytest.param({"is": "Not", "of": {"is": "Nothing"}}, id="an unknown class inside a node"),
    ],
)
def test_data_of_no_known_class_is_refused(data: Any) -> None:
    with pytest.raises(SpecError, match="guard ir"):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"is": "Constant"}, id="a required field is missing"),
        pytest.param({"is": "Constant", "value": 1, "type": "a", "colour": 1}, id="one too many"),
    ],
)
def test_a_file_with_the_wrong_fields_is_refused_as_a_whole(data: Any) -> None:
    text = json.dumps({"format": codec.FORMAT, "ir": data})
    with pytest.raises(SpecError, match="this is not an IR file"):
        codec.read_json(text)


def test_another_node_than_an_application_is_no_ir_file() -> None:
    text = json.dumps({"format": codec.FORMAT, "ir": encode(Constant(1, "integer"))})
    with pytest.raises(SpecError, match="guard ir --format json"):
        codec.read_json(text)


def test_a_later_format_says_which_it_is() -> None:
    with pytest.raises(SpecError, match="format 2"):
        codec.read_json('{"format": 2, "ir": {}}')


def test_the_text_does_not_depend_on_the_order_fields_are_given_in() -> None:
    one = ApplicationIR(name="a", inferences=(), notices=())
    other = ApplicationIR(notices=(), name="a", inferences=())
    assert codec.write_json(one) == codec.write_json(other)


@pytest.mark.parametrize("text", ["ü", "\u2028", "\\", '"', "\N{PILE OF POO}", "\x00"])
def test_any_character_survives(text: str) -> None:
    ir = ApplicationIR(name=text)
    assert codec.read_json(codec.write_json(ir)) == ir


def test_an_indented_file_says_the_same() -> None:
    ir = ApplicationIR(name="a")
    assert codec.read_json(codec.write_json(ir, indent=2)) == ir
    assert codec.write_json(ir, indent=2) != codec.write_json(ir)
