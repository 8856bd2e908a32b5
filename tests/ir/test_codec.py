from __future__ import annotations

import json

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir.codec import hash_ir, hash_node, read_json, write_json
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.expression import Constant as Const
from devmatrix_guard.ir.expression import Negative, Not
from tests.generator.specs import read_case, read_example


@pytest.mark.parametrize("name", ["blog", "tasks", "notes"])
def test_an_ir_comes_back_from_json_as_it_was(name: str) -> None:
    ir = read_case(name)
    assert read_json(write_json(ir)) == ir


def test_flows_come_back_from_json_as_they_were() -> None:
    ir = read_example("shop")
    assert read_json(write_json(ir, indent=2)) == ir


def test_the_hash_tells_meanings_apart_and_nothing_else() -> None:
    ir = read_case("tasks")
    assert hash_ir(ir) == hash_ir(read_case("tasks"))
    assert hash_ir(ir._replace(inferences=(), notices=())) == hash_ir(ir)
    assert hash_ir(ir._replace(name="other")) != hash_ir(ir)


def test_a_number_and_a_boolean_are_not_the_same() -> None:
    assert hash_node(Const(1, "integer")) != hash_node(Const(True, "integer"))


def test_where_a_node_stood_does_not_change_its_hash() -> None:
    made = Attribute("a", "a", Type("string"))
    assert hash_node(made) == hash_node(made._replace(pointer="/x"))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "ir": {"is": "Nothing"}}']
)
def test_what_is_no_ir_file_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        read_json(text)


def test_only_what_differs_from_the_default_is_written() -> None:
    data = json.loads(write_json(read_case("tasks")))
    assert "soft_delete" not in data["ir"]["domain"]["entities"][0]


def test_nodes_of_two_classes_are_never_equal() -> None:
    inner = Const(1, "integer")
    assert Not(inner) != Negative(inner)
    assert len({Not(inner), Negative(inner)}) == 2


def test_a_node_is_immutable_and_strict() -> None:
    made = Attribute("a", "a", Type("string"))
    with pytest.raises(AttributeError):
        made.name = "b"  # type: ignore[misc] # that is the point
    with pytest.raises(TypeError, match=r"Attribute.* missing .*'wire'"):
        Attribute("a")  # type: ignore[call-arg] # that is the point
    with pytest.raises(TypeError, match=r"Attribute.* unexpected .*'colour'"):
        Attribute("a", "a", Type("string"), colour="red")  # type: ignore[call-arg] # as above
    with pytest.raises(TypeError, match="colour"):
        made._replace(colour="red")
