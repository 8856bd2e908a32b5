from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir.shape import Constraint, JsonValue, Schema
from tests.generator.specs import read


def _schemas(text: str, *, version: str = "3.1.0") -> dict[str, Schema]:
    head = f"openapi: {version}\ninfo: {{title: T, version: '1'}}\ncomponents:\n  schemas:\n"
    ir = read(head + "".join(f"    {line}\n" for line in text.strip().splitlines()))
    return {schema.name: schema for schema in ir.api.schemas}


def test_null_is_told_by_3_0_and_by_3_1() -> None:
    new = _schemas("A: {type: [string, 'null'], maxLength: 3}")["A"].shape
    old = _schemas("A: {type: string, nullable: true, maxLength: 3}", version="3.0.3")["A"].shape
    union = _schemas("A: {anyOf: [{type: string, maxLength: 3}, {type: 'null'}]}")["A"].shape
    assert new == old == union
    assert (new.kind, new.nullable) == ("string", True)


def test_an_exclusive_bound_is_a_flag_in_3_0_and_a_number_in_3_1() -> None:
    old = _schemas("A: {type: integer, minimum: 1, exclusiveMinimum: true}", version="3.0.3")
    new = _schemas("A: {type: integer, exclusiveMinimum: 1}")
    assert old["A"].shape.constraints == new["A"].shape.constraints == (Constraint("gt", 1),)


def test_a_const_is_an_enum_of_one() -> None:
    shape = _schemas("A: {const: fixed}")["A"].shape
    assert (shape.kind, shape.enum) == ("string", ("fixed",))


def test_a_type_is_guessed_from_the_words_beside_it() -> None:
    schemas = _schemas("A: {properties: {b: {items: {type: string}}}}\nC: {minLength: 1}\nD: {}")
    assert schemas["A"].shape.kind == "object"
    assert schemas["A"].shape.fields[0].shape.kind == "array"
    assert (schemas["C"].shape.kind, schemas["D"].shape.kind) == ("string", "any")


def test_all_of_becomes_one_object_that_knows_its_bases() -> None:
    schemas = _schemas(
        """
A: {type: object, required: [x], properties: {x: {type: string}}}
B: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {y: {type: integer, default: 3}}}]}
"""
    )
    shape = schemas["B"].shape
    assert [(f.wire, f.required) for f in shape.fields] == [("x", True), ("y", False)]
    assert shape.bases == ("A",)
    assert shape.fields[1].shape.default == JsonValue("3")


def test_a_wrapped_reference_keeps_its_name_and_gains_what_stands_beside() -> None:
    text = """
A: {type: object, properties: {x: {type: string}}}
B:
  properties:
    a: {nullable: true, description: hi, allOf: [{$ref: '#/components/schemas/A'}]}
"""
    shape = _schemas(text, version="3.0.3")["B"].shape.fields[0].shape
    assert (shape.kind, shape.ref, shape.nullable, shape.description) == ("ref", "A", True, "hi")


def test_schemas_may_refer_to_themselves_and_to_each_other() -> None:
    schemas = _schemas(
        """
Node: {properties: {children: {type: array, items: {$ref: '#/components/schemas/Node'}}}}
Base: {properties: {leaf: {$ref: '#/components/schemas/Leaf'}}}
Leaf: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {z: {type: string}}}]}
"""
    )
    assert schemas["Node"].shape.fields[0].shape.items.ref == "Node"  # type: ignore[union-attr] # an array
    assert [field.wire for field in schemas["Leaf"].shape.fields] == ["leaf", "z"]


def test_a_schema_that_extends_itself_is_refused() -> None:
    with pytest.raises(SpecError, match="itself"):
        _schemas("A: {allOf: [{$ref: '#/components/schemas/A'}]}")


def test_parts_that_no_value_can_satisfy_are_refused() -> None:
    with pytest.raises(SpecError, match="at once") as caught:
        _schemas("A: {allOf: [{type: string}, {type: integer}]}")
    assert caught.value.pointer == "/components/schemas/A"


def test_inline_objects_get_names_of_their_own() -> None:
    schemas = _schemas("Order: {properties: {address: {properties: {city: {type: string}}}}}")
    assert schemas["Order"].shape.fields[0].shape.ref == "OrderAddress"
    assert (schemas["OrderAddress"].wire, schemas["Order"].wire) == ("", "Order")


@pytest.mark.parametrize(
    "name",
    ["class", "import os", "../../etc/passwd", "a'b\"c", "None", "日本", "1st", "a-b", "{x}", "\\"],
)
def test_any_name_becomes_a_safe_one_and_its_spelling_is_kept(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    schemas = _schemas(f'"{quoted}": {{properties: {{"{quoted}": {{type: string}}}}}}')
    (schema,) = schemas.values()
    assert schema.name.isidentifier()
    assert schema.shape.fields[0].name.isidentifier()
    assert (schema.wire, schema.shape.fields[0].wire) == (name, name)


def test_names_that_collide_are_told_apart() -> None:
    schemas = _schemas("a_b: {type: string}\na-b: {properties: {x-y: {}, x_y: {}, xY: {}}}")
    assert len(schemas) == 2
    fields = next(s for s in schemas.values() if s.wire == "a-b").shape.fields
    assert [field.name for field in fields] == ["x_y", "x_y_2", "x_y_3"]


def test_alternatives_that_are_single_values_of_one_type_are_a_list_of_values() -> None:
    shape = _schemas(
        "A: {type: integer, format: int32, oneOf: [{const: 60, title: Hour}, {const: 1440}]}"
    )["A"].shape
    assert (shape.kind, shape.enum) == ("integer", (60, 1440))


def test_alternatives_of_several_types_stay_alternatives() -> None:
    shape = _schemas("A: {oneOf: [{const: 60}, {const: none}]}")["A"].shape
    assert [variant.enum for variant in shape.variants] == [(60,), ("none",)]


def test_a_part_that_only_says_something_makes_no_class_of_its_own() -> None:
    schemas = _schemas(
        """
User: {type: object, properties: {name: {type: string}}}
Task:
  type: object
  properties:
    by: {allOf: [{$ref: '#/components/schemas/User'}, {readOnly: true, description: Who.}]}
"""
    )
    by = schemas["Task"].shape.fields[0].shape
    assert (by.kind, by.ref, by.read_only, by.description) == ("ref", "User", True, "Who.")
    assert schemas.keys() == {"User", "Task"}


def test_a_reference_is_read_only_where_its_target_is() -> None:
    schemas = _schemas(
        """
Dates: {type: object, readOnly: true, properties: {due: {type: string}}}
Task: {type: object, properties: {dates: {$ref: '#/components/schemas/Dates'}}}
""",
        version="3.0.3",
    )
    assert schemas["Task"].shape.fields[0].shape.read_only


def test_values_that_lack_their_quotes_are_texts() -> None:
    shape = _schemas("A: {type: string, enum: [3, true]}")["A"].shape
    assert shape.enum == ("3", "true")


def test_null_in_one_alternative_is_said_of_all() -> None:
    union = "oneOf: [{type: [string, 'null']}, {type: integer}]"
    shape = _schemas(f"A: {{{union}}}")["A"].shape
    assert (shape.nullable, [v.nullable for v in shape.variants]) == (True, [False, False])
    typed = _schemas(f"A: {{type: [string, integer], {union}}}")["A"].shape
    assert not typed.nullable


def test_parts_that_refer_to_values_for_one_property_leave_what_both_allow() -> None:
    schemas = _schemas(
        """
Any: {type: string, enum: [a, b, c]}
Few: {type: string, enum: [c, b]}
Base: {type: object, properties: {state: {$ref: '#/components/schemas/Any'}}}
Own:
  allOf:
    - $ref: '#/components/schemas/Base'
    - {type: object, properties: {state: {$ref: '#/components/schemas/Few'}}}
"""
    )
    assert schemas["Own"].shape.fields[0].shape.enum == ("b", "c")


def test_alternatives_are_closed_where_nothing_else_is_allowed_around_them() -> None:
    option = "{type: object, properties: {n: {type: string}}}"
    schemas = _schemas(f"A: {{unevaluatedProperties: false, oneOf: [{option}, {{type: string}}]}}")
    assert schemas["AOption1"].shape.extra == "forbid"


def test_names_in_a_map_have_a_shape() -> None:
    shape = _schemas("A: {type: object, propertyNames: {maxLength: 3}}")["A"].shape
    assert shape.keys is not None
    assert shape.keys.constraints == (Constraint("max_length", 3),)


def test_limits_of_another_type_say_nothing_of_what_the_other_parts_name() -> None:
    schemas = _schemas(
        """
Free: {type: object}
Page: {minimum: 1, default: 1, allOf: [{$ref: '#/components/schemas/Free'}]}
Size: {minimum: 1, allOf: [{type: integer, maximum: 9}]}
"""
    )
    assert schemas["Page"].shape.kind == "map"
    size = schemas["Size"].shape
    assert size.kind == "integer"
    assert size.constraints == (Constraint("ge", 1), Constraint("le", 9))


def test_a_component_goes_by_the_name_behind_its_package_where_no_other_does() -> None:
    schemas = _schemas("models.Book: {type: string}\na.Pen: {type: string}\nb.Pen: {type: string}")
    assert sorted(schemas) == ["APen", "BPen", "Book"]


def test_what_parts_say_is_all_there_is_where_nothing_unevaluated_is_allowed() -> None:
    schemas = _schemas(
        """
A: {type: object, properties: {name: {type: string}}}
B:
  unevaluatedProperties: false
  allOf: [{$ref: '#/components/schemas/A'}]
  properties: {id: {type: integer}}
"""
    )
    assert (schemas["A"].shape.extra, schemas["B"].shape.extra) == ("unset", "forbid")
