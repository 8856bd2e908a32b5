"""One edit of a spec, and the parts of the IR it touches: what a regeneration looks at."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.changes import Change, find_changes
from tests.generator.specs import read

SPEC = """
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
        - {name: limit, in: query, schema: {type: integer, default: 20}}
      responses:
        '200':
          description: all
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Book'}}
    post:
      operationId: createBook
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/BookCreate'}}}
      responses:
        '201':
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
  /books/{id}:
    get:
      operationId: getBook
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: one
          content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
        '404': {description: none}
components:
  schemas:
    Book:
      type: object
      required: [id, title]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, maxLength: 80}
    BookCreate:
      type: object
      required: [title]
      properties:
        title: {type: string, maxLength: 80}
"""


def edit(*replacements: tuple[str, str]) -> set[tuple[str, str]]:
    """Return (kind, node) of what the edits of the spec change."""
    text = SPEC
    for old, new in replacements:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return {(change.kind, change.node) for change in find_changes(read(SPEC), read(text))}


def test_no_edit_changes_nothing() -> None:
    assert edit() == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("paths:", "# a comment\npaths:", id="a comment"),
        pytest.param("{type: string, maxLength: 80}", "{maxLength: 80, type: string}", id="order"),
        pytest.param("'201':", '"201":', id="another quote"),
    ],
)
def test_an_edit_without_a_meaning_changes_nothing(old: str, new: str) -> None:
    assert edit((old, new)) == set()


@pytest.mark.parametrize(
    ("replacements", "touched", "spared"),
    [
        pytest.param(
            [("maxLength: 80", "maxLength: 90")],
            {("changed", "domain/Book/title"), ("changed", "schemas/BookCreate")},
            {"api/list_books", "domain/Book/id", "infrastructure/settings", "application"},
            id="a limit of a property",
        ),
        pytest.param(
            [("default: 20", "default: 50")],
            {("changed", "api/list_books")},
            {"api/create_book", "api/get_book", "domain/Book", "schemas/Book"},
            id="the default of a parameter",
        ),
        pytest.param(
            [("operationId: getBook", "operationId: readBook")],
            {("removed", "api/get_book"), ("added", "api/read_book")},
            {"api/list_books", "domain/Book", "schemas/Book"},
            id="an operation renamed",
        ),
        pytest.param(
            [("description: made", "description: created")],
            {("changed", "api/create_book")},
            {"api/list_books", "domain/Book", "schemas/Book"},
            id="the words of an answer",
        ),
        pytest.param(
            [("        id: {type: integer, readOnly: true}\n",
              "        id: {type: integer, readOnly: true}\n        isbn: {type: string}\n")],
            {("added", "domain/Book/isbn"), ("changed", "schemas/Book")},
            {"domain/Book/title", "schemas/BookCreate", "api/list_books"},
            id="a new property",
        ),
        pytest.param(
            [("required: [id, title]", "required: [id]")],
            {("changed", "schemas/Book")},
            {"schemas/BookCreate", "api/list_books", "application"},
            id="a property that may be left out",
        ),
    ],
)  # fmt: skip
def test_an_edit_touches_what_it_is_about(
    replacements: list[tuple[str, str]], touched: set[tuple[str, str]], spared: set[str]
) -> None:
    found = edit(*replacements)
    assert touched <= found
    assert not spared & {node for _, node in found}


def test_changes_are_sorted_and_name_the_fields() -> None:
    after = read(
        SPEC.replace("maxLength: 80", "maxLength: 90").replace("default: 20", "default: 5")
    )
    changes = find_changes(read(SPEC), after)
    assert [change.node for change in changes] == sorted(change.node for change in changes)
    title = next(change for change in changes if change.node == "domain/Book/title")
    assert [field.name for field in title.fields] == ["constraints"]
    assert "80" in str(title.fields[0].before)
    assert "90" in str(title.fields[0].after)


def test_the_way_back_has_the_same_nodes_the_other_way_round() -> None:
    after = read(SPEC.replace("operationId: getBook", "operationId: readBook"))
    there, back = find_changes(read(SPEC), after), find_changes(after, read(SPEC))
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(opposite[c.kind], c.node) for c in there] == [(c.kind, c.node) for c in back]


def test_what_is_added_or_removed_names_no_fields() -> None:
    after = read(SPEC.replace("operationId: getBook", "operationId: readBook"))
    changes = [c for c in find_changes(read(SPEC), after) if c.node.startswith("api/")]
    assert changes == [Change("api/get_book", "removed"), Change("api/read_book", "added")]
