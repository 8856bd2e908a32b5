"""What the query of a list means: one parameter at a time, on a list of books."""

from __future__ import annotations

from textwrap import indent

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.ir.api import Action
from tests.generator.specs import operation, read

_SPEC = """
openapi: 3.1.0
info: {title: Test, version: '1'}
paths:
  /books:
    get:
      parameters:
PARAMETERS
      responses:
        '200':
          description: all
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Book'}}
    post:
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
      responses:
        '201':
          description: one
          content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
components:
  schemas:
    Book:
      type: object
      required: [id, title, pages, published_at]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string}
        pages: {type: integer}
        in_print: {type: boolean}
        published_at: {type: string, format: date-time}
        tags: {type: array, items: {type: string}}
"""


def _read_list(*parameters: str) -> Action:
    rows = "".join(f"- {{in: query, {text}}}\n" for text in parameters)
    return operation(read(_SPEC.replace("PARAMETERS", indent(rows, " " * 8))), "GET /books").action


@pytest.mark.parametrize(
    ("parameter", "operator", "paths"),
    [
        pytest.param("name: title, schema: {type: string}", "eq", [("title",)], id="its name"),
        pytest.param("name: in_print, schema: {type: boolean}", "eq", [("in_print",)], id="flag"),
        pytest.param("name: min_pages, schema: {type: integer}", "ge", [("pages",)], id="least"),
        pytest.param("name: pages_max, schema: {type: integer}", "le", [("pages",)], id="most"),
        pytest.param("name: pages_gt, schema: {type: integer}", "gt", [("pages",)], id="more"),
        pytest.param("name: 'pages[lt]', schema: {type: integer}", "lt", [("pages",)], id="less"),
        pytest.param("name: title_contains, schema: {type: string}", "contains", [("title",)]),
        pytest.param(
            "name: published_before, schema: {type: string, format: date-time}",
            "lt",
            [("published_at",)],
            id="before a moment",
        ),
        pytest.param(
            "name: since, schema: {type: string, format: date-time}",
            "ge",
            [("published_at",)],
            id="the one moment there is",
        ),
    ],
)
def test_a_filter_follows_from_the_name_of_its_parameter(
    parameter: str, operator: str, paths: list[tuple[str, ...]]
) -> None:
    filters = _read_list(parameter).filters
    assert [item.operator for item in filters] == [operator]
    assert [item.path for item in filters] == paths


def test_a_search_looks_through_texts_and_lists_of_texts() -> None:
    (found,) = _read_list("name: q, schema: {type: string}").filters
    assert found.operator == "search"
    assert found.attributes == ("title", "tags")


def test_several_values_of_one_attribute_are_alternatives() -> None:
    (found,) = _read_list("name: title, schema: {type: array, items: {type: string}}").filters
    assert found.operator == "in"


def test_a_parameter_that_means_nothing_filters_nothing() -> None:
    assert _read_list("name: colour, schema: {type: string}").filters == ()


@pytest.mark.parametrize(
    ("parameters", "style", "size", "position"),
    [
        pytest.param([], "none", "", "", id="all at once"),
        pytest.param(["name: limit, schema: {type: integer}"], "limit", "limit", "", id="first"),
        pytest.param(
            ["name: limit, schema: {type: integer}", "name: offset, schema: {type: integer}"],
            "offset",
            "limit",
            "offset",
            id="offset",
        ),
        pytest.param(
            ["name: page, schema: {type: integer}", "name: per_page, schema: {type: integer}"],
            "page",
            "per_page",
            "page",
            id="pages",
        ),
        pytest.param(
            ["name: cursor, schema: {type: string}", "name: limit, schema: {type: integer}"],
            "key",
            "limit",
            "cursor",
            id="cursor that no answer gives: a key",
        ),
    ],
)
def test_how_a_list_is_cut_into_pages(
    parameters: list[str], style: str, size: str, position: str
) -> None:
    found = _read_list(*parameters).pagination
    assert (found.style, found.size, found.position) == (style, size, position)


def test_a_cursor_that_an_answer_gives_is_opaque() -> None:
    rows = "{type: array, items: {$ref: '#/components/schemas/Book'}}"
    page = f"{{type: object, properties: {{data: {rows}, next_cursor: {{type: string}}}}}}"
    spec = _SPEC.replace(f"schema: {rows}", f"schema: {page}")
    for name, style in (("cursor", "cursor"), ("starting_after", "key")):
        parameter = f"        - {{in: query, name: {name}, schema: {{type: string}}}}\n"
        action = operation(read(spec.replace("PARAMETERS", parameter)), "GET /books").action
        assert action.pagination.style == style


def test_the_size_of_a_page_has_the_default_and_the_limit_of_its_parameter() -> None:
    found = _read_list("name: limit, schema: {type: integer, default: 20, maximum: 50}").pagination
    assert (found.default_size, found.maximum_size) == (20, 50)


def test_a_first_page_may_be_zero() -> None:
    page = "name: page, schema: {type: integer, minimum: 0, default: 0}"
    assert _read_list(page, "name: size, schema: {type: integer}").pagination.first_page == 0


def test_a_list_is_ordered_by_the_choices_of_its_parameter() -> None:
    ordering = _read_list("name: sort, schema: {type: string, enum: [title, -pages]}").ordering
    assert ordering.parameter == "sort"
    choices = {
        choice.value: [(key.path, key.descending) for key in choice.keys]
        for choice in ordering.choices
    }
    assert choices == {"title": [(("title",), False)], "-pages": [(("pages",), True)]}


def test_a_hint_names_an_attribute_that_is_there() -> None:
    with pytest.raises(SpecError, match="Book has no attribute 'titel'; did you mean 'title'"):
        _read_list("name: t, schema: {type: string}, x-filter: titel")


@pytest.mark.parametrize(
    ("hint", "operator"), [("pages", "eq"), ("ge pages", "ge"), ("ne pages", "ne")]
)
def test_a_hint_names_the_attribute_and_perhaps_how_it_is_compared(
    hint: str, operator: str
) -> None:
    (found,) = _read_list(f"name: n, schema: {{type: integer}}, x-filter: {hint}").filters
    assert (found.operator, found.path) == (operator, ("pages",))


def test_a_hint_through_a_relation_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match="Book has no relation 'author'"):
        _read_list("name: a, schema: {type: string}, x-filter: author.name")
