"""A request is sampled within what its rows may hold."""

from __future__ import annotations

from devmatrix_guard.ir.narrow import Narrower, merge_limits
from devmatrix_guard.ir.sample import Sampler
from devmatrix_guard.ir.shape import Constraint
from tests.generator.specs import operation, read_case


def test_bodies_keep_to_the_limits_that_only_answers_declare() -> None:
    ir = read_case("pantry")
    schemas = {schema.name: schema for schema in ir.api.schemas}
    views = {view.schema: view for view in ir.domain.views}
    entities = {entity.name: entity for entity in ir.domain.entities}
    body = operation(ir, "POST /jars").body
    assert body is not None
    shape = body.content[0].shape
    assert shape is not None
    narrowed = Narrower(schemas, views, entities).narrow(shape)
    for number in range(5):
        made = Sampler(schemas).make_value(narrowed, number)
        assert 50 <= made["grams"] <= 5000
        assert isinstance(made["grams"], int)  # a whole number, though any number may be sent
        assert made["state"] in ("full", "open")
        assert len(made["name"]) >= 3


def test_the_tighter_of_two_limits_holds() -> None:
    one = (Constraint("ge", 1), Constraint("max_length", 9), Constraint("pattern", "a"))
    two = (Constraint("ge", 3), Constraint("max_length", 20), Constraint("pattern", "b"))
    merged = {limit.kind: limit.value for limit in merge_limits(one, two)}
    assert merged == {"ge": 3, "max_length": 9, "pattern": "a"}


def test_one_of_several_objects_says_which_it_is() -> None:
    ir = read_case("marina")
    body = operation(ir, "POST /berths").body
    assert body is not None
    shape = body.content[0].shape
    assert shape is not None
    made = Sampler({schema.name: schema for schema in ir.api.schemas}).make_value(shape, 3)
    assert not made["kind"].startswith("kind-")
