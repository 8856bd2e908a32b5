from __future__ import annotations

import pytest

from tests.generator.consistency import inconsistencies
from tests.generator.specs import operation, read, read_case, read_example


@pytest.mark.parametrize("name", ["blog", "notes", "tasks"])
def test_an_ir_names_only_what_it_has(name: str) -> None:
    assert inconsistencies(read_case(name)) == []


def test_the_shop_names_only_what_it_has() -> None:
    assert inconsistencies(read_example("shop")) == []


def test_rows_that_cannot_be_found_by_the_path_are_refused() -> None:
    ir = read(
        """
        paths:
          /repos/{owner}/{place}:
            get: &one
              responses:
                '200':
                  description: one
                  content: {application/json: {schema: {$ref: '#/components/schemas/Repo'}}}
          /repos/{owner}/{place}/forks/{id}:
            get: *one
        components: {schemas: {Repo: {type: object, properties: {name: {type: string}}}}}
        """
    )
    assert operation(ir, "GET /repos/{owner}/{place}").action.kind == "not_implemented"
    assert inconsistencies(ir) == []
