"""Specs of several files: read within their folder, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.bundle import read_source
from devmatrix_guard.generator.spec.load import read_spec
from tests.helpers import write_tree

FILES = {
    "api.yaml": """
openapi: 3.2.0
info: {title: Otters, version: "1"}
paths:
  /otters: {$ref: ./paths/otters.yaml}
components:
  schemas: {Home: {type: object, properties: {holt: {type: string}}}}
""",
    "paths/otters.yaml": """
get:
  parameters: [{$ref: "../shared.yaml#/components/parameters/River"}]
  responses: {"200": {$ref: "../shared.yaml#/components/responses/Otters"}}
""",
    "shared.yaml": """
components:
  parameters: {River: {name: river, in: query, schema: {$ref: "#/components/schemas/Home"}}}
  responses:
    Otters: {description: all, content: {application/json: {schema: {$ref: schemas/Otter.yaml}}}}
  schemas: {Home: {type: string}}
""",
    "schemas/Otter.yaml": """
type: object
properties: {friend: {$ref: Otter.yaml}, home: {$ref: "../api.yaml#/components/schemas/Home"}}
""",
}


def test_other_files_of_the_folder_become_components_of_one_document(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES)
    document = read_spec(tmp_path / "api.yaml")
    components = document.root["components"]
    assert set(components["schemas"]) == {"Home", "Home2", "Otter"}
    assert components["schemas"]["Otter"]["properties"] == {
        "friend": {"$ref": "#/components/schemas/Otter"},
        "home": {"$ref": "#/components/schemas/Home"},
    }
    assert components["parameters"]["River"]["schema"] == {"$ref": "#/components/schemas/Home2"}
    assert document.root["paths"]["/otters"]["get"]["responses"] == {
        "200": {"$ref": "#/components/responses/Otters"}
    }


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("../outside.yaml", "out of the folder"),
        ("/etc/hostname", "out of the folder"),
        ("link.yaml", "out of the folder"),
        ("https://example.org/x.yaml", "another host"),
        ("//example.org/x.yaml", "another host"),
        ("absent.yaml", "no such file"),
        ("shared.yaml#/nowhere", "leads to nothing"),
    ],
)
def test_a_reference_never_leaves_the_folder(tmp_path: Path, reference: str, reason: str) -> None:
    inside = tmp_path / "spec"
    write_tree(tmp_path, {"outside.yaml": "type: string", "spec/shared.yaml": FILES["shared.yaml"]})
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    text = FILES["api.yaml"].replace("./paths/otters.yaml", reference)
    (inside / "api.yaml").write_text(text, "utf-8")
    with pytest.raises(SpecError, match=reason):
        read_spec(inside / "api.yaml")


def test_a_spec_of_one_file_is_read_as_it_is(tmp_path: Path) -> None:
    text = FILES["api.yaml"].replace("  /otters: {$ref: ./paths/otters.yaml}", "  {}")
    (tmp_path / "api.yaml").write_text(text, "utf-8")
    from devmatrix_guard.generator.spec.bundle import read_source

    assert read_source(tmp_path / "api.yaml") == text.encode()


def test_a_schema_that_moved_to_another_file_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text(
        "Author: {type: object, properties: {books: {type: array, items: {$ref: '#/Book'}}}}\n"
        "Book: {type: object, properties: {author: {$ref: '#/Author'}}}\n"
    )
    (tmp_path / "spec.yaml").write_text(
        "openapi: 3.1.0\n"
        "paths: {/a: {get: {responses: {'200': {content: {application/json: {schema:\n"
        "  {$ref: 'parts.yaml#/Book'}}}}}}}}\n"
        "components: {schemas: {Author: {$ref: 'parts.yaml#/Author'}, "
        "Book: {$ref: 'parts.yaml#/Book'}}}\n"
    )
    document = json.loads(read_source(tmp_path / "spec.yaml"))
    schemas = document["components"]["schemas"]
    book = {"$ref": "#/components/schemas/Book"}
    assert list(schemas) == ["Author", "Book"]
    assert schemas["Book"]["properties"]["author"] == {"$ref": "#/components/schemas/Author"}
    assert schemas["Author"]["properties"]["books"]["items"] == book
    answer = document["paths"]["/a"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == book
