"""Slips that leave no doubt are read as what is meant, and told."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.load import load_spec

_HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"


def _load(schemas: str) -> tuple[dict[str, object], list[str]]:
    document = load_spec((_HEAD + f"paths: {{}}\ncomponents: {{schemas: {schemas}}}").encode())
    return document.root["components"]["schemas"], [text for _, text, _ in document.notices]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("int", {"type": "integer"}),
        ("String", {"type": "string"}),
        ("datetime", {"type": "string", "format": "date-time"}),
        ("ObjectId", {"type": "string"}),
        ("bool", {"type": "boolean"}),
    ],
)
def test_a_type_of_another_language_is_the_one_meant(given: str, meant: dict[str, str]) -> None:
    schemas, said = _load(f"{{A: {{type: object, properties: {{a: {{type: {given}}}}}}}}}")
    assert schemas["A"] == {"type": "object", "properties": {"a": meant}}
    assert said == [f"the type {given!r} is read as {meant['type']!r}"]


def test_a_declared_format_stays() -> None:
    schemas, _ = _load("{A: {type: int, format: int64}}")
    assert schemas["A"] == {"type": "integer", "format": "int64"}


def test_what_is_no_schema_stays_as_it_is() -> None:
    given = "{A: {type: object, properties: {type: {type: string}}, example: {type: int}}}"
    schemas, said = _load(given)
    assert said == []
    assert schemas["A"]["example"] == {"type": "int"}  # type: ignore[index]


def test_a_reference_with_a_wrong_section_leads_to_the_one_component_of_its_name() -> None:
    schemas, said = _load("{A: {type: string}, B: {$ref: '#/components/schema/a'}}")
    assert schemas["B"] == {"$ref": "#/components/schemas/A"}
    assert said == ["#/components/schema/a is read as #/components/schemas/A"]


def test_a_reference_to_what_several_may_be_or_none_stays() -> None:
    schemas, said = _load("{A: {}, a: {}, B: {$ref: '#/definitions/_'}, C: {$ref: '#/x/AA'}}")
    assert said == []
    assert schemas["B"] == {"$ref": "#/definitions/_"}


def test_an_unknown_type_is_still_refused() -> None:
    from devmatrix_guard.generator.extract.extract import extract

    text = "paths: {}\ncomponents: {schemas: {A: {type: quaternion}}}"
    with pytest.raises(SpecError, match="is not a type"):
        extract(load_spec((_HEAD + text).encode()))


def test_a_type_that_is_the_name_of_a_schema_refers_to_it() -> None:
    schemas, said = _load(
        "{A: {type: array, items: {type: Note}}, notes.Note: {type: object, properties: {}}}"
    )
    assert schemas["A"] == {"type": "array", "items": {"$ref": "#/components/schemas/notes.Note"}}
    assert said == ["the type 'Note' is read as #/components/schemas/notes.Note"]
