from __future__ import annotations

from devmatrix_guard.ir.changes import find_changes
from devmatrix_guard.ir.nodes import iter_nodes
from tests.generator.specs import read, read_case

_PET = """
paths:
  /pets/{id}:
    get:
      responses:
        '200':
          description: one
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
components:
  schemas:
    Pet:
      properties:
        id: {type: integer}
        name: {type: string, maxLength: 9}
"""


def test_equal_specs_have_no_changes() -> None:
    assert find_changes(read(_PET), read(_PET)) == ()


def test_a_changed_limit_touches_the_attribute_its_entity_its_schema_and_its_rule() -> None:
    changes = find_changes(read(_PET), read(_PET.replace("maxLength: 9", "maxLength: 8")))
    assert [(change.kind, change.node) for change in changes] == [
        ("changed", "domain/Pet"),
        ("changed", "domain/Pet/name"),
        ("changed", "schemas/Pet"),
        ("changed", "validation/domain/Pet/name/max_length"),
    ]
    (field,) = changes[1].fields
    assert field.name == "constraints"


def test_a_new_property_is_added_where_it_belongs() -> None:
    changes = find_changes(
        read(_PET),
        read(_PET.replace("        id: {", "        tag: {type: string}\n        id: {")),
    )
    assert ("added", "domain/Pet/tag") in [(change.kind, change.node) for change in changes]


def test_every_node_has_an_address_of_its_own() -> None:
    for name in ("blog", "tasks", "notes"):
        ids = [node for node, _ in iter_nodes(read_case(name))]
        assert len(ids) == len(set(ids))
