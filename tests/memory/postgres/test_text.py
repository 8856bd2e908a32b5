from __future__ import annotations

import json

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from devmatrix_guard.memory.postgres.text import (
    escape_json,
    escape_text,
    unescape_json,
    unescape_text,
)
from devmatrix_guard.memory.sql.database import write_json

# Any text there is: NUL, halves of surrogate pairs and the private use area too.
ANY = st.text(st.one_of(st.characters(codec=None), st.sampled_from("\0\ue01a\ud800\udcff\\u0")))


@for_any(ANY)
def test_any_text_can_be_held_and_comes_back(text: str) -> None:
    kept = escape_text(text)
    assert "\0" not in kept.encode().decode()
    assert unescape_text(kept) == text


@for_any(st.recursive(ANY | st.none() | st.integers(), lambda v: st.dictionaries(ANY, v)))
def test_any_json_can_be_held_and_comes_back(value: object) -> None:
    kept = escape_json(write_json(value))
    server = json.dumps(json.loads(kept), ensure_ascii=False)  # as jsonb gives it back
    assert "\\u0000" not in server.encode().decode().replace("\\\\", "")
    assert json.loads(unescape_json(server)) == value


@pytest.mark.parametrize("text", ["", "plain", "naïve 😀", r"\u0000", "a\nb"])
def test_ordinary_text_is_held_as_it_is(text: str) -> None:
    assert escape_text(text) == text
    assert json.loads(escape_json(write_json(text))) == text
