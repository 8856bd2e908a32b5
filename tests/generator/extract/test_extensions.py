"""What an extension says counts for more than what would be concluded."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import CASES, attribute, entity, operation


def _blog(overlay: str) -> ApplicationIR:
    return extract(load_spec((CASES / "blog.yaml").read_bytes(), f"overlay: 1\n{overlay}".encode()))


def test_an_overlay_settles_table_uniqueness_and_soft_deletion() -> None:
    ir = _blog(
        "entities:\n"
        "  Post: {x-entity: {table: articles, unique: [[title, body]], soft_delete: true}}"
    )
    post = entity(ir, "Post")
    assert (post.table, post.soft_delete) == ("articles", "deleted_at")
    assert ("title", "body") in [key.attributes for key in post.unique]
    assert [i.source for i in ir.inferences if "is unique by title, body" in i.claim] == [
        "explicit"
    ]


def test_an_overlay_can_say_that_a_schema_is_no_entity() -> None:
    ir = _blog("entities: {Comment: {x-entity: false}}")
    assert [item.name for item in ir.domain.entities] == ["Member", "Post"]
    assert operation(ir, "GET /posts/{slug}/comments").action.kind == "not_implemented"


def test_an_overlay_can_say_what_a_filter_means() -> None:
    pointer = "/paths/~1posts/get/parameters/7"
    ir = _blog(f"pointers: {{{pointer}: {{x-filter: contains title}}}}")
    found = {f.parameter: f for f in operation(ir, "GET /posts").action.filters}
    assert (found["colour"].operator, found["colour"].path) == ("contains", ("title",))


def test_a_filter_over_a_relation_that_is_not_there_is_refused() -> None:
    pointer = "/paths/~1posts/get/parameters/7"
    with pytest.raises(SpecError, match="has no relation 'writer'"):
        _blog(f"pointers: {{{pointer}: {{x-filter: writer.handle}}}}")


@pytest.mark.parametrize(
    ("given", "mode", "owner"),
    [
        ("false", "none", "author"),
        ("{optional: true}", "optional", "author"),
        ("true", "required", "author"),
    ],
)
def test_an_overlay_can_say_who_may_call(given: str, mode: str, owner: str) -> None:
    ir = _blog(f"operations: {{'DELETE /posts/{{slug}}': {{x-auth: {given}}}}}")
    found = operation(ir, "DELETE /posts/{slug}")
    assert (found.auth.mode, found.action.owner) == (mode, owner)


def test_an_overlay_can_say_what_an_attribute_is_made_of() -> None:
    ir = _blog("entities: {Post: {properties: {slug: {x-slug-of: body}}}}")
    assert attribute(ir, "Post.slug").origin_of == "body"


def test_an_overlay_can_order_a_list() -> None:
    ir = _blog("operations: {GET /posts: {x-order-by: '-title'}}")
    (key,) = operation(ir, "GET /posts").action.ordering.default
    assert (key.path, key.descending) == (("title",), True)


def test_a_list_can_be_kept_sorted() -> None:
    ir = _blog("entities: {Post: {properties: {tags: {x-sorted: true}}}}")
    assert attribute(ir, "Post.tags").sorted
