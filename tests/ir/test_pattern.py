"""Properties of characters in patterns."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.pattern import escape_hyphens, matches, spell_out_properties


@pytest.mark.parametrize(
    ("pattern", "spelled_out"),
    [
        (r"^\p{L}+$", "^[a-z]+$"),
        (r"^[\p{L}\p{Nd} '-]+$", "^[a-z0-9 '-]+$"),
        (r"[\]\p{Lu}]", r"[\]A-Z]"),
        (r"\p{gc=Lu}\p{Script=Latin}", "[A-Z][a-z]"),
        (r"[\p{L}-]", "[a-z-]"),
    ],
)
def test_a_property_becomes_a_class_of_ascii(pattern: str, spelled_out: str) -> None:
    assert spell_out_properties(pattern) == spelled_out


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("^[a-z]+$", id="it has none"),
        pytest.param(r"\\p{L}", id="the backslash is escaped"),
        pytest.param(r"\P{L}", id="what it is not has no stand-in"),
        pytest.param(r"\p{Script=Cyrillic}", id="a script beyond ASCII"),
        pytest.param(r"[\p{L}-z]", id="a range cannot begin with it"),
    ],
)
def test_a_pattern_is_left_alone_where(pattern: str) -> None:
    assert spell_out_properties(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        (r"^[\w-\.]+@([\w-]+\.)+[\w-]{2,4}$", r"^[\w\-\.]+@([\w-]+\.)+[\w-]{2,4}$"),
        (r"[\d-_]\d-x", r"[\d\-_]\d-x"),
        (r"[a-z\\w-z]", r"[a-z\\w-z]"),
        (r"[a-z]", "[a-z]"),
    ],
)
def test_a_hyphen_behind_a_class_in_a_set_stands_for_itself(pattern: str, read: str) -> None:
    assert escape_hyphens(pattern) == read


def test_a_text_is_held_against_a_pattern_as_the_application_reads_it() -> None:
    assert matches(r"^[\w-\.]+$", "a-b.c")
    assert not matches("^a$", "a\n")
