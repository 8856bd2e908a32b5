"""`$X: int` matches code whose type can be seen in it."""

import pytest

from devmatrix_guard.engine.matching.match import find_matches

TYPES = ("bool", "float", "int", "str")
CODE = {
    "7": {"int"},
    "1.5": {"float"},
    "True": {"bool"},
    "'a'": {"str"},
    "b'a'": set(),
    "a": set(),
    "a()": set(),
    "7 // 2": {"int"},
    "7 ** 2": {"int"},
    "7 % 2": {"int"},
    "7 / 2": set(),
    "7 @ 2": set(),
    "a // 2": set(),
    "7.0 // 2": set(),
    "1 < 2": {"bool"},
    "a in b": {"bool"},
    "not a": {"bool"},
    "1 if a else 2": {"int"},
    "1 if a else ''": set(),
}


@pytest.mark.parametrize("code", CODE)
def test_a_typed_metavariable_matches_what_is_plainly_of_its_type(code: str) -> None:
    found = {name for name in TYPES if find_matches(f"f($X: {name})", f"f({code})")}
    assert found == CODE[code]
