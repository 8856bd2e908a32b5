from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.ir.names import make_unique, to_pascal, to_plural, to_singular, to_snake


@given(st.text())
def test_any_text_becomes_an_identifier_that_is_no_keyword(text: str) -> None:
    for name in (to_snake(text), to_pascal(text)):
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
    assert to_snake(text) == to_snake(text).lower()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("userID2", "user_id_2"),
        ("HTTPServer", "http_server"),
        ("order-item", "order_item"),
        ("class", "class_"),
        ("../../etc", "etc"),
        ("2.0", "n2_0"),
        ("", "unnamed"),
    ],
)
def test_snake_case(name: str, safe: str) -> None:
    assert to_snake(name) == safe


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("category", "categories"),
        ("box", "boxes"),
        ("status", "statuses"),
        ("person", "people"),
        ("day", "days"),
        ("order_item", "order_items"),
        ("series", "series"),
        ("shelf", "shelves"),
        ("book_shelf", "book_shelves"),
        ("criterion", "criteria"),
        ("address", "addresses"),
        ("hero", "heros"),
    ],
)
def test_singular_and_plural_are_each_others_inverse(one: str, many: str) -> None:
    assert (to_plural(one), to_singular(many)) == (many, one)
    assert (to_plural(many), to_singular(one)) == (many, one)


def test_a_taken_name_gets_a_number() -> None:
    assert make_unique("a", {"a", "a_2"}) == "a_3"
