"""Properties of characters in patterns."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.pattern import spell_out_properties


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
