from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.schemas.merge import merge_all_of
from devmatrix_guard.ir.shape import Constraint, Field, Shape


def _merge(*parts: Shape) -> Shape | None:
    return merge_all_of(list(parts), "/here", lambda shape: shape)


def _object(**shapes: Shape) -> Shape:
    fields = tuple(Field(name, name, shape, False) for name, shape in shapes.items())
    return Shape("object", fields=fields)


def _limited(kind: str, **limits: int) -> Shape:
    return Shape(kind, constraints=tuple(Constraint(k, v) for k, v in limits.items()))


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        pytest.param((), "any", id="nothing"),
        pytest.param((Shape("any"), Shape("string")), "string", id="anything says nothing"),
        pytest.param((Shape("number"), Shape("integer")), "integer", id="the narrower number"),
        pytest.param((Shape("map"), Shape("object")), "object", id="a map is an object"),
    ],
)
def test_the_kind_of_all_parts(parts: tuple[Shape, ...], kind: str) -> None:
    merged = _merge(*parts)
    assert merged is not None
    assert merged.kind == kind


@pytest.mark.parametrize("kind", ["one_of", "any_of", "all_of", "ref"])
def test_a_choice_is_not_put_into_one_shape(kind: str) -> None:
    assert _merge(Shape("object"), Shape(kind)) is None


def test_kinds_that_no_value_has_at_once_are_refused_with_their_place() -> None:
    with pytest.raises(SpecError, match="no value is integer and string at once") as refused:
        _merge(Shape("string"), Shape("integer"))
    assert "/here" in str(refused.value)


@pytest.mark.parametrize(
    ("left", "right", "together"),
    [
        pytest.param({"ge": 1}, {"ge": 3}, {"ge": 3}, id="the higher lower limit"),
        pytest.param({"le": 9}, {"le": 5}, {"le": 5}, id="the lower upper limit"),
        pytest.param({"min_length": 4}, {"min_length": 2}, {"min_length": 4}, id="kept"),
        pytest.param({"ge": 1}, {"le": 9}, {"ge": 1, "le": 9}, id="both"),
        pytest.param({"multiple_of": 2}, {"multiple_of": 3}, {"multiple_of": 3}, id="the last"),
    ],
)
def test_of_two_limits_the_narrower_holds(
    left: dict[str, int], right: dict[str, int], together: dict[str, int]
) -> None:
    merged = _merge(_limited("integer", **left), _limited("integer", **right))
    assert merged is not None
    assert {item.kind: item.value for item in merged.constraints} == together


def test_values_must_stand_in_both_enums() -> None:
    merged = _merge(Shape("string", enum=("a", "b")), Shape("string", enum=("b", "c")))
    assert merged is not None
    assert merged.enum == ("b",)


@pytest.mark.parametrize(("left", "right", "both"), [(True, True, True), (True, False, False)])
def test_null_is_allowed_where_every_part_allows_it(left: bool, right: bool, both: bool) -> None:
    merged = _merge(Shape("string", nullable=left), Shape("string", nullable=right))
    assert merged is not None
    assert merged.nullable is both


def test_properties_of_all_parts_come_together_and_limits_of_one_add_up() -> None:
    merged = _merge(
        _object(name=_limited("string", min_length=1), age=Shape("integer")),
        _object(name=_limited("string", max_length=9), city=Shape("string")),
    )
    assert merged is not None
    assert [field.wire for field in merged.fields] == ["name", "age", "city"]
    kinds = {item.kind for item in merged.fields[0].shape.constraints}
    assert kinds == {"min_length", "max_length"}


def test_a_property_that_one_part_requires_is_required() -> None:
    required = Shape("object", fields=(Field("name", "name", Shape("any"), True),))
    merged = _merge(_object(name=Shape("string")), required)
    assert merged is not None
    assert [(f.shape.kind, f.required) for f in merged.fields] == [("string", True)]
