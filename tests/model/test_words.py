from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.model.words import split_pieces, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("getUserById", "getuserbyid get user by id", id="camelCase"),
        pytest.param("get_user_by_id", "getuserbyid get user by id", id="snake_case"),
        pytest.param("HTTPServerError", "httpservererror http server error", id="acronym"),
        pytest.param("json.loads", "json loads", id="dotted"),
        pytest.param("_private", "private", id="leading underscore"),
        pytest.param("__init__", "init", id="dunder"),
        pytest.param("utf8", "utf8 utf 8", id="digits"),
        pytest.param("MAX_SIZE", "maxsize max size", id="constant"),
        pytest.param("error 404!", "error 404", id="number"),
        pytest.param("größe café", "größe café", id="other letters"),
        pytest.param("", "", id="nothing"),
        pytest.param("___ -- ??", "", id="no word"),
    ],
)
def test_names_are_cut_into_their_words(text: str, words: str) -> None:
    assert split_words(text) == words.split()


@given(st.text(st.characters(codec="ascii")))
def test_ascii_is_cut_by_its_table_as_by_the_expressions(text: str) -> None:
    assert split_words(f"{text} é") == [*split_words(text), "é"]
    assert split_pieces(f"{text} é") == [*split_pieces(text), "_é_"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("loads", "_loa load oads ads_", id="a word"),
        pytest.param("Is a", "_is_ _a_", id="short words whole"),
        pytest.param("json_Loads(x)", "_jso json son_ _loa load oads ads_ _x_", id="code"),
        pytest.param("", "", id="nothing"),
        pytest.param("?! _", "", id="no word"),
    ],
)
def test_words_are_cut_into_pieces_with_their_ends_marked(text: str, pieces: str) -> None:
    assert split_pieces(text) == pieces.split()
