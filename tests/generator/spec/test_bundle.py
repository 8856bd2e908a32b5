"""Specs of several files: read within their folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import SpecError
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
