"""Two OpenAPI documents are equal when they mean the same, however they are spelled."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from devmatrix_guard.verify.openapi import differences

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
    assert differences(SPEC, copy.deepcopy(SPEC)) == []


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
    assert differences(SPEC, other) == []


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
    assert differences(SPEC, changed)
    assert differences(changed, SPEC)


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

    assert differences(wrapped({"type": "string"}), wrapped({"type": "string"})) == []
    assert differences(wrapped({"type": "string"}), wrapped({"type": "integer"}))


def test_a_default_counts_in_a_request_only() -> None:
    changed = copy.deepcopy(SPEC)
    changed["components"]["schemas"]["Product"]["properties"]["name"]["default"] = "x"
    assert {d.place.split()[0] for d in differences(SPEC, changed)} == {"PUT"}


def test_the_difference_says_where_and_what() -> None:
    changed = copy.deepcopy(SPEC)
    changed["components"]["schemas"]["Product"]["properties"]["name"]["minLength"] = 5
    place, expected, found = differences(SPEC, changed)[0]
    assert place == "GET /products/{} 200 application/json.name minLength"
    assert (expected, found) == ("1", "5")
