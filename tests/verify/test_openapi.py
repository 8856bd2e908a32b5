"""Two OpenAPI documents are equal when they mean the same, however they are spelled."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from devmatrix_guard.verify.openapi import find_differences

SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/products/{product_id}": {
            "parameters": [
                {
                    "name": "product_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                }
            ],
            "get": {
                "operationId": "get_product",
                "parameters": [
                    {"name": "verbose", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Product"}}
                        },
                    },
                    "404": {"description": "no"},
                },
            },
            "put": {
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Product"}}
                    },
                },
                "responses": {"204": {"description": "ok"}},
            },
        }
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Product": {
                "type": "object",
                "required": ["name", "price"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "price": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "note": {"type": "string", "nullable": True},
                    "kind": {"type": "string", "enum": ["new"]},
                    "parent": {"$ref": "#/components/schemas/Product"},
                },
            }
        },
    },
}


def _at(document: dict[str, Any], path: str) -> Any:
    node: Any = document
    for part in path.split("|"):
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def test_a_document_equals_itself_although_its_schemas_are_cyclic() -> None:
    assert find_differences(SPEC, copy.deepcopy(SPEC)) == []


def test_spelling_makes_no_difference() -> None:
    other = copy.deepcopy(SPEC)
    other["openapi"] = "3.1.0"
    other["info"]["title"] = "Another name"
    product = other["components"]["schemas"].pop("Product")
    other["components"]["schemas"]["ProductRead"] = product
    reference = {"$ref": "#/components/schemas/ProductRead"}
    product["properties"] |= {
        "price": {"type": "number", "exclusiveMinimum": 0.0, "title": "Price"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "kind": {"type": "string", "const": "new"},
        "parent": {"allOf": [reference]},
    }
    item = other["paths"].pop("/products/{product_id}")
    item["parameters"][0]["name"] = "id"
    item["get"]["responses"]["200"]["content"]["application/json"]["schema"] = reference
    item["put"]["requestBody"]["content"]["application/json"]["schema"] = {"allOf": [reference]}
    other["paths"]["/products/{id}"] = item
    assert find_differences(SPEC, other) == []


PRODUCT = "components|schemas|Product"
GET = "paths|/products/{product_id}|get"
PUT = "paths|/products/{product_id}|put"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{PRODUCT}|properties|name|minLength", 2),
        (f"{PRODUCT}|properties|name|type", "integer"),
        (f"{PRODUCT}|properties|note|nullable", False),
        (f"{PRODUCT}|properties|kind|enum", ["new", "old"]),
        (f"{PRODUCT}|properties|price|exclusiveMinimum", False),
        (f"{PRODUCT}|required", ["name"]),
        (f"{PRODUCT}|additionalProperties", False),
        (f"{GET}|parameters|0|required", True),
        (f"{GET}|parameters|0|in", "header"),
        (f"{GET}|responses|404", None),
        (f"{GET}|responses|410", {"description": "gone"}),
        (f"{GET}|responses|200|content", {"text/plain": {"schema": {"type": "string"}}}),
        (f"{GET}|responses|200|headers", {}),
        (f"{GET}|security", []),
        (f"{PUT}|security", [{"key": []}]),
        (f"{PUT}|requestBody|required", False),
        (f"{PUT}|requestBody", None),
        (f"{PUT}", None),
        ("paths|/other", {"get": {"responses": {"200": {"description": "ok"}}}}),
        ("components|securitySchemes|key|name", "X-Other"),
        ("paths|/products/{product_id}|parameters|0|schema|format", "date"),
    ],
)
def test_each_change_of_meaning_is_found_from_either_side(path: str, value: Any) -> None:
    changed = copy.deepcopy(SPEC)
    *parents, last = path.split("|")
    parent = _at(changed, "|".join(parents))
    if value is None:
        del parent[last]
    else:
        parent[last] = value
    assert find_differences(SPEC, changed)
    assert find_differences(changed, SPEC)


def test_parts_that_speak_of_one_member_hold_together_even_in_a_cycle() -> None:
    def wrapped(inner: dict[str, Any]) -> dict[str, Any]:
        document = copy.deepcopy(SPEC)
        schemas = document["components"]["schemas"]
        schemas["Page"] = {"type": "object", "properties": {"items": {"type": "array"}}}
        schemas["Page"]["properties"]["next"] = {"$ref": "#/components/schemas/Page"}
        refined = {"properties": {"items": {"type": "array", "items": inner}}}
        refined["properties"]["next"] = {"$ref": "#/components/schemas/Page"}
        body = document["paths"]["/products/{product_id}"]["put"]["requestBody"]
        page = {"$ref": "#/components/schemas/Page"}
        body["content"]["application/json"]["schema"] = {"allOf": [page, refined]}
        return document

    assert find_differences(wrapped({"type": "string"}), wrapped({"type": "string"})) == []
    assert find_differences(wrapped({"type": "string"}), wrapped({"type": "integer"}))


def test_a_default_counts_in_a_request_only() -> None:
    changed = copy.deepcopy(SPEC)
    changed["components"]["schemas"]["Product"]["properties"]["name"]["default"] = "x"
    assert {d.place.split()[0] for d in find_differences(SPEC, changed)} == {"PUT"}


def test_the_difference_says_where_and_what() -> None:
    changed = copy.deepcopy(SPEC)
    changed["components"]["schemas"]["Product"]["properties"]["name"]["minLength"] = 5
    place, expected, found = find_differences(SPEC, changed)[0]
    assert place == "GET /products/{} 200 application/json.name minLength"
    assert (expected, found) == ("1", "5")


def _taking(schema: dict[str, Any], version: str = "3.1.0") -> dict[str, Any]:
    """Return a document with one operation, whose body is of a schema."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"204": {"description": "ok"}}}
    return {"openapi": version, "paths": {"/a": {"post": operation}}}


def _query(**parameter: Any) -> dict[str, Any]:
    """Return a document with one operation, which takes a list in its query."""
    schema = {"type": "array", "items": {"type": "string"}}
    given = {"name": "q", "in": "query", "schema": schema, **parameter}
    operation = {"parameters": [given], "responses": {"204": {"description": "ok"}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"get": operation}}}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
PAIR = {"type": "object", "properties": {"a": TEXT}}
OTHER = {"type": "object", "properties": {"b": TEXT}}
NULL = {"type": "null"}
TEXTS = {"type": "array", "items": TEXT}
CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            {"type": "integer", "oneOf": [{"const": 1, "title": "A"}, {"const": 2}]},
            {"type": "integer", "enum": [1, 2]},
            id="alternatives that are single values",
        ),
        pytest.param(
            {"oneOf": [{"type": ["string", "null"]}, WHOLE]},
            {"oneOf": [TEXT, WHOLE, NULL]},
            id="null in one alternative",
        ),
        pytest.param(
            {"anyOf": [TEXT, {"anyOf": [WHOLE, TEXT]}]},
            {"anyOf": [TEXT, WHOLE]},
            id="alternatives of an alternative",
        ),
        pytest.param(
            {"unevaluatedProperties": False, "oneOf": [PAIR, OTHER]},
            {"oneOf": [{**PAIR, **CLOSED}, {**OTHER, **CLOSED}]},
            id="no other properties in any alternative",
        ),
        pytest.param(
            {"type": "string", "contentEncoding": "base64"},
            {"type": "string", "format": "byte"},
            id="base64",
        ),
        pytest.param(
            {"type": "string", "enum": [1, True]},
            {"type": "string", "enum": ["1", "true"]},
            id="texts that YAML took for something else",
        ),
        pytest.param(
            {"type": "integer", "maximum": 2**63 - 1},
            {"type": "integer", "maximum": 9.223372036854775807e18},
            id="a number that is a double",
        ),
        pytest.param(
            {"anyOf": [{"type": "string", "default": "x"}, WHOLE]},
            {"anyOf": [TEXT, WHOLE]},
            id="a default of one alternative",
        ),
        pytest.param(
            {"type": "object", "propertyNames": {"maxLength": 3}},
            {"type": "object", "propertyNames": {"maxLength": 3, "type": "string"}},
            id="names are texts",
        ),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [TEXT, {"type": "number"}, {"type": "boolean"}]
                },
            },
            id="several types",
        ),
        pytest.param(
            {"type": ["string", "integer", "null"], "maxLength": 3},
            {"anyOf": [{**TEXT, "maxLength": 3}, WHOLE, NULL]},
            id="several types with a limit of one",
        ),
    ],
)  # fmt: skip
def test_two_spellings_of_one_schema_are_equal(left: Any, right: Any) -> None:
    assert find_differences(_taking(left), _taking(right)) == []
    assert find_differences(_taking(right), _taking(left)) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            {"type": "integer", "oneOf": [{"const": 1}, {"const": 2}]},
            {"type": "integer", "enum": [1, 3]},
            id="another single value",
        ),
        pytest.param({"oneOf": [TEXT, WHOLE]}, {"oneOf": [TEXT, WHOLE, NULL]}, id="null"),
        pytest.param({"type": ["string", "integer"]}, {"anyOf": [TEXT, TEXTS]}, id="types"),
        pytest.param(
            {"type": ["string", "integer"], "maxLength": 3},
            {"anyOf": [TEXT, WHOLE]},
            id="a limit of one of several types",
        ),
        pytest.param(
            {"type": "object", "oneOf": [{**PAIR, "type": ["object", "null"]}, OTHER]},
            {"type": ["object", "null"], "oneOf": [PAIR, OTHER]},
            id="null in an alternative of what is never null",
        ),
        pytest.param(
            {"anyOf": [TEXT, {"anyOf": [WHOLE, TEXT]}]},
            {"anyOf": [TEXT, {"type": "number"}]},
            id="another alternative of an alternative",
        ),
        pytest.param(
            {"unevaluatedProperties": False, "oneOf": [PAIR, OTHER]},
            {"oneOf": [PAIR, {**OTHER, **CLOSED}]},
            id="other properties in one alternative",
        ),
        pytest.param(
            {"type": "string", "contentEncoding": "base64"}, TEXT, id="base64 or any text"
        ),
        pytest.param(
            {"type": "string", "enum": [1, "2"]},
            {"type": "string", "enum": ["1", "2"]},
            id="a value of another type among texts",
        ),
        pytest.param(
            {"type": "integer", "maximum": 2**53 - 1},
            {"type": "integer", "maximum": 2**53 - 2},
            id="neighbours that a double tells apart",
        ),
        pytest.param({**TEXT, "default": "x"}, {**TEXT, "default": "y"}, id="default"),
        pytest.param(
            {"type": "object", "propertyNames": {"maxLength": 3}}, {"type": "object"}, id="names"
        ),
        pytest.param({**PAIR, "not": {"required": ["a"]}}, PAIR, id="not"),
        pytest.param({**PAIR, "patternProperties": {"^x": TEXT}}, PAIR, id="patternProperties"),
        pytest.param({**PAIR, "dependentRequired": {"a": ["b"]}}, PAIR, id="dependentRequired"),
        pytest.param({"type": "array", "prefixItems": [TEXT]}, {"type": "array"}, id="prefixItems"),
        pytest.param({"type": "array", "contains": TEXT}, {"type": "array"}, id="contains"),
        pytest.param({**PAIR, "if": PAIR, "then": OTHER}, PAIR, id="if"),
        pytest.param({"allOf": [PAIR, OTHER]}, PAIR, id="a part of allOf"),
        pytest.param({**TEXT, "readOnly": True}, TEXT, id="readOnly"),
        pytest.param({**TEXTS, "maxItems": 3}, TEXTS, id="maxItems"),
    ],
)  # fmt: skip
def test_two_schemas_with_different_values_differ(left: Any, right: Any) -> None:
    assert find_differences(_taking(left), _taking(right))
    assert find_differences(_taking(right), _taking(left))


def test_how_a_list_is_written_in_a_query_counts_with_its_usual_way() -> None:
    assert find_differences(_query(), _query(style="form", explode=True)) == []
    assert find_differences(_query(), _query(explode=False))
    assert find_differences(_query(), _query(style="pipeDelimited", explode=True))


def test_a_plain_value_is_written_in_one_way() -> None:
    assert find_differences(_query(schema=TEXT), _query(schema=TEXT, explode=False)) == []
    one = {**TEXT, "enum": ["up", "down"]}
    assert find_differences(_query(schema=one), _query(schema=one, explode=False)) == []


def test_a_parameter_that_only_the_path_names_is_a_text() -> None:
    bare = {"paths": {"/pets/{id}": {"get": {"responses": {"204": {"description": "no"}}}}}}
    for kind, differs in (("string", False), ("integer", True)):
        declared = copy.deepcopy(bare)
        given = {"name": "id", "in": "path", "required": True, "schema": {"type": kind}}
        declared["paths"]["/pets/{id}"]["get"]["parameters"] = [given]
        assert bool(find_differences(bare, declared)) is differs


def test_a_slash_at_the_end_is_another_path() -> None:
    other = copy.deepcopy(SPEC)
    other["paths"]["/products/{product_id}/"] = other["paths"].pop("/products/{product_id}")
    assert find_differences(SPEC, other)


def test_an_error_that_the_application_adds_where_the_spec_is_silent_is_no_difference() -> None:
    other = copy.deepcopy(SPEC)
    responses = other["paths"]["/products/{product_id}"]["get"]["responses"]
    responses["429"] = {"description": "slowly", "x-undeclared": True}
    assert find_differences(SPEC, other) == []
    assert find_differences(other, SPEC), "what a spec declares must be there, marked or not"
    responses["429"] = {"description": "slowly"}
    assert find_differences(SPEC, other)
    del responses["429"]
    responses["202"] = {"description": "later", "x-undeclared": True}
    assert find_differences(SPEC, other), "a success is added only where none is declared"
    mute = copy.deepcopy(SPEC)
    del mute["paths"]["/products/{product_id}"]["get"]["responses"]["200"]
    del responses["200"]
    assert find_differences(mute, other) == []


def test_a_body_that_is_marked_as_chosen_is_no_difference_where_none_is_declared() -> None:
    silent = copy.deepcopy(SPEC)
    del silent["paths"]["/products/{product_id}"]["get"]["responses"]["200"]["content"]
    other = copy.deepcopy(SPEC)
    chosen = other["paths"]["/products/{product_id}"]["get"]["responses"]["200"]["content"]
    assert find_differences(silent, other), "without the mark it says more than the spec"
    chosen["application/json"]["x-undeclared"] = True
    assert find_differences(silent, other) == []
    chosen["application/json"]["schema"] = {"type": "string"}
    assert find_differences(SPEC, other), "what is declared is compared, marked or not"


def test_a_header_has_a_schema() -> None:
    other = copy.deepcopy(SPEC)
    other["paths"]["/products/{product_id}"]["get"]["responses"]["200"]["headers"] = {
        "etag": {"schema": {"type": "integer"}}
    }
    assert [d.place for d in find_differences(SPEC, other)] == [
        "GET /products/{} 200 header etag types"
    ]


def test_a_schema_that_is_one_of_its_own_alternatives_comes_to_an_end() -> None:
    document = _taking({"$ref": "#/components/schemas/Tree"})
    tree = {"$ref": "#/components/schemas/Tree"}
    node = {"type": "object", "properties": {"next": tree}}
    document["components"] = {
        "schemas": {"Tree": {"unevaluatedProperties": False, "anyOf": [tree, node, TEXT]}}
    }
    assert find_differences(document, copy.deepcopy(document)) == []


def test_a_parameter_of_a_path_is_always_there_whatever_is_said_of_it() -> None:
    said = copy.deepcopy(SPEC)
    del said["paths"]["/products/{product_id}"]["parameters"][0]["required"]
    assert find_differences(SPEC, said) == []


def test_where_a_bearer_token_stands_need_not_be_said() -> None:
    plain, spoken = copy.deepcopy(SPEC), copy.deepcopy(SPEC)
    plain["components"]["securitySchemes"]["key"] = {"type": "http", "scheme": "bearer"}
    said = {"type": "http", "scheme": "bearer", "in": "header", "name": "Authorization"}
    spoken["components"]["securitySchemes"]["key"] = said
    assert find_differences(plain, spoken) == []


def test_a_parameter_for_which_its_path_has_no_place_is_no_difference() -> None:
    stray = copy.deepcopy(SPEC)
    lost = {"name": "lost", "in": "path", "required": True, "schema": {"type": "string"}}
    stray["paths"]["/products/{product_id}"]["parameters"].append(lost)
    assert find_differences(stray, SPEC) == []
