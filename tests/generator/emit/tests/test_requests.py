"""The path a generated test calls is source that says the path, whatever the values are."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.emit.tests.requests import make_body, write_path
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.ir.api import Action, Operation, Parameter, Payload
from devmatrix_guard.ir.shape import Shape
from tests.generator.specs import operation, read_case


@pytest.mark.parametrize(
    ("route", "values", "source", "path"),
    [
        ("/rows", {}, '"/rows"', "/rows"),
        ("/rows/{id}", {"id": "987654"}, '"/rows/987654"', "/rows/987654"),
        ("/rows/{id}", {"id": '"a-b"'}, '"/rows/a-b"', "/rows/a-b"),
        ("/rows/{id}", {"id": "row.id"}, 'f"/rows/{row.id}"', "/rows/7"),
        ("/rows/{id}/x", {"id": 'named["id"]'}, "f\"/rows/{named['id']}/x\"", "/rows/8/x"),
        ("/{a}/{b}", {"a": "row.id", "b": '"k"'}, 'f"/{row.id}/k"', "/7/k"),
        ("/a\"'\\/{id}", {"id": "row.id"}, 'f"/a\\"\'\\\\/{row.id}"', "/a\"'\\/7"),
    ],
)
def test_a_path_is_written_as_source(
    route: str, values: dict[str, str], source: str, path: str
) -> None:
    parameters = tuple(Parameter(name, name, "path", Shape("string"), True) for name in values)
    found = Operation(
        name="read", wire="", method="GET", path=route, route=route, status=200,
        action=Action("read"), payload=Payload("none"), group="rows", parameters=parameters,
    )  # fmt: skip
    written = write_path(found, values)
    assert written == source
    row = type("Row", (), {"id": 7})()
    assert eval(written, {"row": row, "named": {"id": 8}}) == path  # noqa: S307 - our own text


def test_a_body_says_nothing_that_a_row_of_a_factory_has() -> None:
    plan = make_plan(read_case("pantry"))
    body = make_body(plan, operation(plan.ir, "POST /accounts/register"))
    assert body["email"] == "user0@example.com"  # factories count from 1
