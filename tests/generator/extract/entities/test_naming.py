from __future__ import annotations

import pytest

from devmatrix_guard.generator.extract.entities.naming import (
    find_base_name,
    find_stem,
    is_form_of,
    list_variants,
)


def test_words_that_only_say_how_a_schema_is_used_fall_off_at_both_ends() -> None:
    assert list_variants("CreateUserRequest") == (
        "CreateUserRequest",
        "UserRequest",
        "CreateUser",
        "User",
    )


@pytest.mark.parametrize("name", ["User", "Create", "OrderItem"])
def test_a_name_without_such_words_has_no_other_form(name: str) -> None:
    assert list_variants(name) == (name,)


@pytest.mark.parametrize(
    ("name", "anchors", "base"),
    [
        pytest.param("ProductCreate", {"Product"}, "Product", id="what is done with it"),
        pytest.param("UpdateUserRequest", {"User"}, "User", id="both ends"),
        pytest.param("OrderSummary", {"Order"}, "Order", id="a part of it"),
        pytest.param("OrderSummary", set(), "OrderSummary", id="nothing else of that name"),
        pytest.param("UserDto", set(), "User", id="a technical word never names a thing"),
        pytest.param("BlogPost", {"Blog"}, "Blog", id="a path speaks of blogs"),
        pytest.param("BlogPost", set(), "BlogPost", id="a noun that could be a verb"),
        pytest.param("Response", set(), "Response", id="only a technical word"),
        pytest.param(
            "UserListResponse", {"User", "UserList"}, "User", id="the shortest that is known"
        ),
    ],
)
def test_a_schema_is_a_view_of_a_thing(name: str, anchors: set[str], base: str) -> None:
    assert find_base_name(name, anchors) == base


def test_what_paths_address_has_its_whole_name() -> None:
    anchors, addressed = {"Stall", "StallPage"}, {"StallPage"}
    assert find_base_name("StallPageInput", anchors, addressed) == "StallPage"
    assert find_base_name("StallList", anchors, addressed) == "Stall"


@pytest.mark.parametrize(
    ("word", "verb"),
    [
        ("liked", "like"),
        ("likes", "like"),
        ("liking", "like"),
        ("following", "follow"),
        ("followers", "follow"),
        ("favorited", "favourite"),
        ("subscribed", "subscribe"),
        ("cancelled", "cancel"),
        ("replies", "reply"),
        ("is", "is"),
    ],
)
def test_forms_of_one_verb(word: str, verb: str) -> None:
    assert is_form_of(word, verb)


@pytest.mark.parametrize(
    ("word", "verb"), [("liked", "link"), ("follow", "like"), ("", "like"), ("like", "")]
)
def test_forms_of_two_verbs(word: str, verb: str) -> None:
    assert not is_form_of(word, verb)


@pytest.mark.parametrize(("word", "stem"), [("red", "red"), ("ties", "tie"), ("stopped", "stop")])
def test_a_short_word_keeps_three_letters(word: str, stem: str) -> None:
    assert find_stem(word) == stem
