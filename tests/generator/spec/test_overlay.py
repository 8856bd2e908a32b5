from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.load import load_spec

_SPEC = b"""
openapi: 3.0.3
info: {title: T, version: '1'}
paths: {/pets: {get: {operationId: listPets, parameters: [{name: a, in: query}]}}}
components: {schemas: {Pet: {type: object, properties: {name: {type: string}}}}}
"""


def test_an_overlay_adds_to_entities_operations_pointers_and_the_top() -> None:
    document = load_spec(
        _SPEC,
        b"""
overlay: 1
entities: {Pet: {x-entity: {key: name}, properties: {name: {x-unique: true}}}}
operations:
  listPets: {x-order-by: name}
  GET /pets: {x-flow: list}
pointers: {/paths/~1pets/get/parameters/0: {x-filter: name}}
x-infrastructure: {database: sqlite}
""",
    )
    pet = document.root["components"]["schemas"]["Pet"]
    assert pet["x-entity"] == {"key": "name"}
    assert pet["properties"]["name"] == {"type": "string", "x-unique": True}
    operation = document.root["paths"]["/pets"]["get"]
    assert (operation["x-order-by"], operation["x-flow"]) == ("name", "list")
    assert operation["parameters"][0]["x-filter"] == "name"
    assert document.root["x-infrastructure"] == {"database": "sqlite"}
    assert "/components/schemas/Pet/x-entity" in document.overlaid


def test_an_overlay_cannot_mean_an_operation_by_an_id_that_two_share() -> None:
    spec = _SPEC.replace(b"{get:", b"{post: {operationId: listPets}, get:")
    with pytest.raises(SpecError, match="name one as `GET /path`"):
        load_spec(spec, b"overlay: 1\noperations: {listPets: {x-order-by: name}}")
    document = load_spec(spec, b"overlay: 1\noperations: {GET /pets: {x-order-by: name}}")
    assert document.root["paths"]["/pets"]["get"]["x-order-by"] == "name"


@pytest.mark.parametrize(
    ("overlay", "words", "pointer"),
    [
        ("a: 1", "write `overlay: 1`", "/overlay"),
        ("overlay: 1\nentites: {}", "did you mean 'entities'", "/entites"),
        ("overlay: 1\nentities: {Pets: {}}", "did you mean 'Pet'", "/entities/Pets"),
        ("overlay: 1\noperations: {listPet: {}}", "did you mean 'listPets'", "/operations/listPet"),
        ("overlay: 1\npointers: {/nope: {}}", "nothing at", "/pointers/~1nope"),
        (
            "overlay: 1\nentities: {Pet: {x-entty: true}}",
            "did you mean 'x-entity'",
            "/entities/Pet",
        ),
        ("overlay: 1\nentities: {Pet: 1}", "an object is expected", "/entities/Pet"),
    ],
)
def test_a_wrong_overlay_is_refused_with_the_place_in_the_overlay(
    overlay: str, words: str, pointer: str
) -> None:
    with pytest.raises(SpecError, match="in the overlay") as caught:
        load_spec(_SPEC, overlay.encode())
    assert words in str(caught.value)
    assert caught.value.pointer == pointer
