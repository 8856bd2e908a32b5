"""Samples of random shapes, judged by a validator of JSON Schema."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.ir.sample import Sampler, write_text
from devmatrix_guard.ir.shape import Constraint, Field, JsonValue, Schema, Shape

_WORDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_WORDS |= {
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "pattern": "pattern",
}


def to_json_schema(shape: Shape) -> dict[str, Any]:
    """Return what the shape demands, as JSON Schema."""
    found: dict[str, Any] = {_WORDS[c.kind]: c.value for c in shape.constraints}
    if shape.enum:
        return {"enum": [v.value if isinstance(v, JsonValue) else v for v in shape.enum]}
    if shape.kind == "ref":
        return {"$ref": f"#/$defs/{shape.ref}"}
    if shape.kind in ("one_of", "any_of", "all_of"):
        word = {"one_of": "anyOf", "any_of": "anyOf", "all_of": "allOf"}[shape.kind]
        return {word: [to_json_schema(part) for part in shape.variants]}
    if shape.kind != "any":
        found["type"] = "object" if shape.kind == "map" else shape.kind
    if shape.kind == "array" and shape.items is not None:
        found["items"] = to_json_schema(shape.items)
    if shape.kind == "object":
        found["properties"] = {f.wire: to_json_schema(f.shape) for f in shape.fields}
        found["required"] = [f.wire for f in shape.fields if f.required]
    return found


def list_errors(value: Any, schema: dict[str, Any]) -> list[str]:
    """Return what a validator of JSON Schema has against a value."""
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]


def limits(low: str, high: str, most: int) -> st.SearchStrategy[tuple[Constraint, ...]]:
    """Return two bounds in either order of writing, or one, or none."""
    pairs = st.tuples(st.integers(0, most), st.integers(0, most)).map(sorted)
    both = pairs.map(lambda p: (Constraint(high, p[1]), Constraint(low, p[0])))  # type: ignore[arg-type] # names of kinds
    return st.one_of(both, both.map(lambda c: c[:1]), both.map(lambda c: c[1:]), st.just(()))


STRINGS = limits("min_length", "max_length", 40).map(lambda c: Shape("string", constraints=c))
NUMBERS = st.builds(
    lambda kind, constraints: Shape(kind, constraints=constraints),
    st.sampled_from(["integer", "number"]),
    limits("ge", "le", 1000),
)
PLAIN = st.sampled_from([Shape("boolean"), Shape("null"), Shape("any"), Shape("map")])
ENUMS = st.lists(st.sampled_from(["a", "b", 1, 2.5, True, None]), min_size=1, max_size=4).map(
    lambda values: Shape("string", enum=tuple(values))
)


def nest(inner: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    """Return shapes made of others."""
    arrays = st.builds(
        lambda items, constraints: Shape("array", items=items, constraints=constraints),
        inner,
        limits("min_items", "max_items", 5),
    )
    objects = st.lists(st.tuples(inner, st.booleans()), max_size=4).map(
        lambda fields: Shape(
            "object",
            fields=tuple(
                Field(f"f{n}", f"f-{n}", shape, required)
                for n, (shape, required) in enumerate(fields)
            ),
        )
    )
    unions = st.builds(
        lambda kind, variants: Shape(kind, variants=tuple(variants)),
        st.sampled_from(["one_of", "any_of"]),
        st.lists(inner, min_size=1, max_size=3),
    )
    return arrays | objects | unions


SHAPES = st.recursive(STRINGS | NUMBERS | PLAIN | ENUMS, nest, max_leaves=12)


@given(shape=SHAPES, number=st.integers(0, 5000), optional=st.booleans())
def test_a_sample_fits_its_shape(shape: Shape, number: int, optional: bool) -> None:
    value = Sampler({}, optional=optional).make_value(shape, number)
    assert list_errors(value, to_json_schema(shape)) == []


@given(shape=SHAPES, number=st.integers(0, 5000))
def test_a_sample_is_the_same_each_time(shape: Shape, number: int) -> None:
    assert Sampler({}).make_value(shape, number) == Sampler({}).make_value(shape, number)


@given(number=st.integers(0, 400))
def test_schemas_that_name_each_other_come_to_an_end(number: int) -> None:
    person = Shape(
        "object",
        fields=(
            Field("name", "name", Shape("string"), True),
            Field("team", "team", Shape("ref", ref="Team"), False),
        ),
    )
    team = Shape(
        "object",
        fields=(Field("people", "people", Shape("array", items=Shape("ref", ref="Person")), True),),
    )
    schemas = {name: Schema(name, name, s, "") for name, s in (("Person", person), ("Team", team))}
    definitions = {name: to_json_schema(schema.shape) for name, schema in schemas.items()}
    value = Sampler(schemas).make_value(Shape("ref", ref="Person"), number)
    schema = {"$ref": "#/$defs/Person", "$defs": definitions}
    assert list_errors(value, schema) == []


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("decimal", r"-?\d+\.\d{2}"),
        ("date", r"2035-(0[1-9]|1[0-2])-([01]\d|2[0-8])"),
        ("date-time", r"2035-\d\d-\d\dT12:00:00Z"),
        ("time", r"12:[0-5]\d:00Z"),
        ("email", r"[a-z]+@example\.com"),
        ("idn-email", r"[a-z]+@example\.com"),
        ("uri", r"https://example\.com/[a-z]+"),
        ("url", r"https://example\.com/[a-z]+"),
        ("uri-reference", r"/[a-z]+"),
        ("hostname", r"[a-z]+\.example\.com"),
        ("ipv4", r"192\.0\.2\.\d{1,3}"),
        ("ipv6", r"2001:db8::[0-9a-f]{1,4}"),
        ("byte", r"[A-Za-z0-9+/]+=*"),
        ("duration", r"P1D"),
    ],
)
@given(number=st.integers(0, 100_000))
def test_a_text_of_a_known_format_looks_like_one(form: str, pattern: str, number: int) -> None:
    assert re.fullmatch(pattern, Sampler({}).make_value(Shape("string", format=form), number))


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        (r"^[a-z]+$", 5, 5),
        (r"^[A-Z0-9_]*$", 3, 9),
        (r"^(ab)+$", 4, 6),
        (r"^[^0-9]+$", 2, 3),
        (r"^x{2,}$", 2, 30),
        (r"^\S+$", 1, 1),
        (r"^[\w.-]+$", 8, 8),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 17, 4999])
def test_a_pattern_and_its_lengths_are_both_kept(
    pattern: str, low: int, high: int, number: int
) -> None:
    constraints = (
        Constraint("max_length", high),
        Constraint("min_length", low),
        Constraint("pattern", pattern),
    )
    value = Sampler({}).make_value(Shape("string", constraints=constraints), number)
    assert re.search(pattern, value)
    assert low <= len(value) <= high


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("(", id="no pattern at all"),
        pytest.param(r"(?<name>a)", id="a group as ECMAScript names it"),
        pytest.param(r"\p{Script=Greek}+", id="a script that has no ASCII"),
    ],
)
def test_a_pattern_python_cannot_read_falls_back_to_a_plain_text(pattern: str) -> None:
    shape = Shape("string", constraints=(Constraint("pattern", pattern),))
    assert Sampler({}).make_value(shape, 3, name="code") == "code-3"


@pytest.mark.parametrize(
    ("constraints", "allowed"),
    [
        ({"ge": 5}, lambda v: v >= 5),
        ({"gt": 5}, lambda v: v > 5),
        ({"le": -5}, lambda v: v <= -5),
        ({"lt": -5}, lambda v: v < -5),
        ({"gt": 0, "lt": 3}, lambda v: 0 < v < 3),
        ({"ge": 3, "le": 3}, lambda v: v == 3),
        ({"ge": 7, "multiple_of": 5}, lambda v: v >= 7 and v % 5 == 0),
        ({"gt": 10, "multiple_of": 5}, lambda v: v > 10 and v % 5 == 0),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "kept",
)
@given(number=st.integers(0, 1000))
def test_an_integer_keeps_its_bounds(
    constraints: dict[Any, Any], allowed: Any, number: int
) -> None:
    shape = Shape("integer", constraints=tuple(Constraint(k, v) for k, v in constraints.items()))
    value = Sampler({}).make_value(shape, number)
    assert isinstance(value, int)
    assert allowed(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        ("a b", "a b"),
        (3, "3"),
        (2.5, "2.5"),
        (None, "null"),
        (["a", 1], '["a", 1]'),
    ],
)
def test_a_value_is_written_as_a_query_has_it(value: Any, text: str) -> None:
    assert write_text(value) == text


def test_all_of_is_one_object_with_the_fields_of_each() -> None:
    parts = [
        Shape("object", fields=(Field(name, name, Shape("boolean"), True),)) for name in ("a", "b")
    ]
    value = Sampler({}).make_value(Shape("all_of", variants=tuple(parts)), 0)
    assert value == {"a": True, "b": True}


def test_the_values_of_an_enum_take_turns() -> None:
    shape = Shape("string", enum=("a", "b", JsonValue('{"c":1}')))
    values = [Sampler({}).make_value(shape, number) for number in range(4)]
    assert values == ["a", "b", {"c": 1}, "a"]


def test_a_boolean_takes_its_default() -> None:
    assert Sampler({}).make_value(Shape("boolean", default=JsonValue("false")), 0) is False
    assert Sampler({}).make_value(Shape("boolean"), 0) is True


def test_without_the_optional_only_what_is_required_is_filled() -> None:
    shape = Shape(
        "object",
        fields=(
            Field("a", "a", Shape("integer"), True),
            Field("b", "b", Shape("integer"), False),
            Field("c", "c", Shape("integer", read_only=True), True),
        ),
    )
    assert Sampler({}, optional=False).make_value(shape, 1).keys() == {"a"}
    assert Sampler({}).make_value(shape, 1).keys() == {"a", "b"}
