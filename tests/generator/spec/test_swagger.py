"""Swagger 2.0 is read as the OpenAPI 3.0 document that says the same."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.spec.load import load_spec

_HEAD = "swagger: '2.0'\ninfo: {title: T, version: '1'}\n"


def _convert(text: str) -> dict[str, Any]:
    return load_spec((_HEAD + text).encode()).root


def test_it_is_told() -> None:
    document = load_spec((_HEAD + "paths: {}").encode())
    assert document.version == "3.0"
    assert document.notices == (("assumed", "this is Swagger 2.0, and is read as OpenAPI 3.0", ""),)


def test_host_base_path_and_schemes_are_servers() -> None:
    root = _convert("host: a.example\nbasePath: /v1\nschemes: [https, ws, http]\npaths: {}")
    assert root["servers"] == [{"url": "https://a.example/v1"}, {"url": "http://a.example/v1"}]
    assert _convert("basePath: /v1\npaths: {}")["servers"] == [{"url": "/v1"}]
    assert "servers" not in _convert("basePath: /\npaths: {}")


def test_references_lead_to_components() -> None:
    root = _convert("""
parameters: {limit: {name: limit, in: query, type: integer, maximum: 9}}
responses: {Gone: {description: gone, schema: {$ref: '#/definitions/A'}}}
definitions: {A: {type: object, properties: {a: {type: array, items: {$ref: '#/definitions/A'}}}}}
paths:
  /as:
    get:
      parameters: [{$ref: '#/parameters/limit'}]
      responses:
        200: {description: all, schema: {$ref: '#/definitions/A'}}
        410: {$ref: '#/responses/Gone'}
""")
    get = root["paths"]["/as"]["get"]
    here = {"$ref": "#/components/schemas/A"}
    assert get["parameters"] == [{"$ref": "#/components/parameters/limit"}]
    assert get["responses"]["200"]["content"] == {"application/json": {"schema": here}}
    assert get["responses"]["410"] == {"$ref": "#/components/responses/Gone"}
    parts = root["components"]
    assert parts["parameters"]["limit"]["schema"] == {"type": "integer", "maximum": 9}
    assert parts["responses"]["Gone"]["content"] == {"application/json": {"schema": here}}
    assert parts["schemas"]["A"]["properties"]["a"]["items"] == here


def test_a_body_takes_the_media_types_of_its_operation() -> None:
    root = _convert("""
consumes: [application/xml]
parameters: {pet: {name: pet, in: body, required: true, schema: {type: object}}}
paths:
  /pets:
    post:
      consumes: [application/json]
      parameters: [{$ref: '#/parameters/pet'}]
      responses: {201: {description: made}}
    put: {parameters: [{$ref: '#/parameters/pet'}], responses: {204: {description: put}}}
""")
    path = root["paths"]["/pets"]
    body = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    assert path["post"]["requestBody"] == body
    assert list(path["put"]["requestBody"]["content"]) == ["application/xml"]
    assert "parameters" not in path["post"]
    assert "content" not in path["post"]["responses"]["201"]
    assert "parameters" not in root["components"]


def test_a_form_is_an_object_and_a_file_is_binary() -> None:
    root = _convert("""
paths:
  /files:
    post:
      parameters:
        - {name: file, in: formData, type: file, required: true}
        - {name: note, in: formData, type: string, description: of it}
      responses: {200: {description: ok}}
    put:
      parameters: [{name: note, in: formData, type: string}]
      responses: {200: {description: ok}}
""")
    path = root["paths"]["/files"]
    sent = path["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert sent["properties"] == {
        "file": {"type": "string", "format": "binary"},
        "note": {"type": "string", "description": "of it"},
    }
    assert sent["required"] == ["file"]
    assert list(path["put"]["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]


def test_lists_null_kinds_and_credentials_are_written_in_the_new_way() -> None:
    root = _convert("""
definitions:
  A:
    type: object
    discriminator: kind
    properties: {kind: {type: string, x-nullable: true}}
securityDefinitions:
  plain: {type: basic}
  key: {type: apiKey, in: header, name: X-Key}
  flow:
    type: oauth2
    flow: accessCode
    authorizationUrl: 'https://a'
    tokenUrl: 'https://b'
    scopes: {r: read}
paths:
  /as:
    get:
      parameters:
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: ids, in: query, type: array, items: {type: integer}}
        - {name: words, in: query, type: array, items: {type: string}, collectionFormat: pipes}
      responses: {200: {description: all, headers: {X-Total: {type: integer, description: n}}}}
""")
    tags, ids, words = root["paths"]["/as"]["get"]["parameters"]
    assert (tags["style"], tags["explode"]) == ("form", True)
    assert (ids["style"], ids["explode"]) == ("form", False)
    assert (words["style"], words["explode"]) == ("pipeDelimited", False)
    headers = root["paths"]["/as"]["get"]["responses"]["200"]["headers"]
    assert headers == {"X-Total": {"description": "n", "schema": {"type": "integer"}}}
    schema = root["components"]["schemas"]["A"]
    assert schema["discriminator"] == {"propertyName": "kind"}
    assert schema["properties"]["kind"] == {"type": "string", "nullable": True}
    schemes = root["components"]["securitySchemes"]
    assert schemes["plain"] == {"type": "http", "scheme": "basic"}
    assert schemes["flow"]["flows"]["authorizationCode"]["scopes"] == {"r": "read"}
