"""Rows: lists that a path narrows, and what is made below a row that nobody knows."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.api import Action, Filter
from tests.generator.specs import operation, read

_LIST = """{responses: {"200": {description: a, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/Book"}}}}}}}"""
SPEC = f"""
    paths:
      /books: {{get: {_LIST}}}
      /books/{{id}}: {{get: {{responses: {{"200": {{description: a, content: {{application/json:
        {{schema: {{$ref: "#/components/schemas/Book"}}}}}}}}}}}}}}
      /shelves/{{id}}: {{get: {{responses: {{"200": {{description: a, content: {{application/json:
        {{schema: {{$ref: "#/components/schemas/Shelf"}}}}}}}}}}}}}}
      PATH: {{get: {_LIST}}}
    components:
      schemas:
        Shelf: {{type: object, properties: {{id: {{type: integer}}, room: {{type: string}}}}}}
        Book:
          type: object
          required: [id, author]
          properties:
            id: {{type: integer}}
            author: {{type: string}}
            year: {{type: integer}}
            shelf_id: {{type: integer}}
"""


def _find(path: str) -> Action:
    return operation(read(SPEC.replace("PATH", path)), f"GET {path}").action


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/books/author/{author}", Filter("author", "eq", ("author",))),
        ("/books/by-year/{y}", Filter("y", "eq", ("year",))),
        ("/books/findByAuthor/{name}", Filter("name", "eq", ("author",))),
        ("/books/shelf/{shelfId}", Filter("shelf_id", "eq", ("shelf_id",))),
        ("/books/search/{words}", Filter("words", "search", (), ("author",))),
        ("/catalog/author/{author}", Filter("author", "eq", ("author",))),
    ],
)
def test_the_end_of_a_path_says_which_rows(path: str, wanted: Filter) -> None:
    action = _find(path)
    assert (action.kind, action.entity) == ("list", "Book")
    assert action.filters == (wanted,)


def test_an_end_that_names_nothing_of_the_rows_is_left_open() -> None:
    assert _find("/books/mood/{mood}").kind == "not_implemented"


def test_a_summary_with_a_list_of_rows_is_no_row_and_making_below_a_key_no_update() -> None:
    ir = read("""
    paths:
      /moves/{id}:
        get: {responses: {"200": {description: a, content: {application/json: {schema:
          {type: object, properties: {stats: {type: object, properties: {n: {type: integer}}},
          moves: {type: array, items: {type: object, properties: {id: {type: string},
          amount: {type: number}}}}}}}}}}}
        post:
          requestBody: {content: {application/json: {schema:
            {type: object, properties: {amount: {type: number}}}}}}
          responses: {"201": {description: made, content: {application/json: {schema:
            {type: object, properties: {amount: {type: number}}}}}}}
    """)
    assert [op.action.kind for op in ir.api.operations] == ["not_implemented"] * 2
