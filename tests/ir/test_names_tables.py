"""How names are split, cased and counted, word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.ir.names import (
    make_unique,
    split_words,
    to_pascal,
    to_plural,
    to_singular,
    to_snake,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("userId", ("user", "id")),
        ("UserID", ("user", "id")),
        ("userIDs", ("user", "i", "ds")),
        ("HTTPServer2", ("http", "server", "2")),
        ("x-rate_limit.reset", ("x", "rate", "limit", "reset")),
        ("ISO8601Date", ("iso", "8601", "date")),
        ("Größe", ("groe",)),
        ("Crème brûlée", ("creme", "brulee")),
        ("日本", ()),
        ("__init__", ("init",)),
        ("a/b//c", ("a", "b", "c")),
        ("", ()),
    ],
)
def test_a_name_is_split_at_case_digits_and_signs(name: str, words: tuple[str, ...]) -> None:
    assert split_words(name) == words


@pytest.mark.parametrize(
    ("name", "snake", "pascal"),
    [
        ("order-item", "order_item", "OrderItem"),
        ("OrderItem", "order_item", "OrderItem"),
        ("order item", "order_item", "OrderItem"),
        ("ORDER_ITEM", "order_item", "OrderItem"),
        ("3d-model", "n3_d_model", "N3DModel"),
        ("None", "none_", "NoneValue"),
        ("true", "true_", "TrueValue"),
        ("import", "import_", "Import"),
        ("list", "list_", "List"),
        ("metadata", "metadata_", "Metadata"),
        ("async", "async_", "Async"),
        ("日本", "unnamed", "Unnamed"),
        ("'; DROP TABLE users; --", "drop_table_users", "DropTableUsers"),
        ("../../etc/passwd", "etc_passwd", "EtcPasswd"),
        ("a\nb", "a_b", "AB"),
    ],
)
def test_a_name_becomes_an_identifier(name: str, snake: str, pascal: str) -> None:
    assert to_snake(name) == snake
    assert to_pascal(name) == pascal


@given(st.text(alphabet="ab_-/ 1", min_size=200))
def test_a_long_name_is_cut_and_still_an_identifier(name: str) -> None:
    assert len(to_snake(name)) <= 62
    assert to_snake(name).isidentifier()
    assert len(to_pascal(name)) <= 62


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cat", "cats"),
        ("city", "cities"),
        ("key", "keys"),
        ("dish", "dishes"),
        ("watch", "watches"),
        ("fox", "foxes"),
        ("class", "classes"),
        ("child", "children"),
        ("person", "people"),
        ("woman", "women"),
        ("mouse", "mice"),
        ("index", "indices"),
        ("matrix", "matrices"),
        ("analysis", "analyses"),
        ("alias", "aliases"),
        ("canvas", "canvases"),
        ("lens", "lenses"),
        ("bus", "buses"),
        ("movie", "movies"),
        ("cookie", "cookies"),
        ("datum", "data"),
        ("species", "species"),
        ("news", "news"),
        ("inventory", "inventory"),
        ("blog_post", "blog_posts"),
        ("user_address", "user_addresses"),
        ("sales_person", "sales_people"),
    ],
)
def test_one_and_many(one: str, many: str) -> None:
    assert to_plural(one) == many
    assert to_singular(many) == one
    assert to_singular(one) == one
    assert to_plural(many) == many


@pytest.mark.parametrize("word", ["glass", "virus", "basis", "is", "us", "s"])
def test_what_only_ends_like_a_plural_is_left_alone(word: str) -> None:
    assert to_singular(word) == word


@pytest.mark.parametrize(
    ("taken", "unique"),
    [
        ((), "a"),
        (("b",), "a"),
        (("a",), "a_2"),
        (("a", "a_3"), "a_2"),
        (("a", "a_2", "a_3"), "a_4"),
    ],
)
@pytest.mark.parametrize("kind", [list, tuple, set, frozenset, dict.fromkeys])
def test_a_name_avoids_those_that_are_taken(
    kind: type, taken: tuple[str, ...], unique: str
) -> None:
    assert make_unique("a", kind(taken)) == unique
