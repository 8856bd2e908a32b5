"""What separates a lesson from churn: each reason with the edits it is for, and its near misses."""

from __future__ import annotations

from collections import Counter

import pytest

from devmatrix_guard.mining.candidates.rejection import (
    explain_by_form,
    has_data,
    has_moving_data,
    is_embedded,
    is_private,
    measure_specificity,
)
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary
from tests.mining.edits.terms_of import form, term


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("$X.f", "$X.g()", "names nothing but an attribute"),
        ("$X['k']", "$X.get('k')", "names nothing but an attribute"),
        ("json.loads($X)", "$X", "the code was replaced by a name"),
        ("json.loads($X)", "1", "the code was replaced by a name"),
        ("json.loads", "json.load", ""),
        ("json.loads($X)", "not $X", "the code was replaced by a value"),
        ("json.loads($X)", "self.data", "the code was replaced by a value"),
        ("not json.loads($X)", "json.loads($X)", "a condition was inverted"),
        ("shop.load($X)", "json.load($X)", "only where a name comes from changed"),
        ("json.f($X)", "json.f(k=$X)", "an argument was only named or moved"),
        ("json.f($X, $Y)", "json.f($Y, $X)", "an argument was only named or moved"),
        ("json.f([1])", "json.f((1,))", "a literal was only spelled differently"),
        ("$X($Y)", "json.f($Y)", "calls something that has no name"),
        ("json.f($X)", "json.f($X, $Y)", "the fix used a value that only its author knew"),
        ("return json.f($X)", "json.x = json.f($X)", "the statement became another one"),
        ("return json.f($X)", "raise json.E($X)", ""),
        ("json.f('http://a', $X)", "json.g($X)", "is about an address, a version or a date"),
        ("json.f('1.2', $X)", "json.g($X)", "is about an address, a version or a date"),
        ("json.f($X)", "json.g($X, '2026-01-02')", "is about an address, a version or a date"),
        ("json.f($X)", "json.g($X)", ""),
        ("json.f($X)", "json.f($X, k=1)", ""),
    ],
)
def test_form_is_a_lesson_or_has_its_reason(before: str, after: str, reason: str) -> None:
    assert explain_by_form(form(before, after)) == reason


def test_one_name_for_another_is_believed_when_repeated() -> None:
    made = form("json.loads", "helper")
    assert explain_by_form(made, is_repeated=True) == ""
    assert explain_by_form(made, is_repeated=False) == "the code was replaced by a name"


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        ("a", "a", True),
        ("a", "f(a)", True),
        ("f(a)", "f(a, b)", True),
        ("f(b)", "f(a, b)", True),
        ("f(b, a)", "f(a, b)", False),
        ("f(a, b)", "f(a)", False),
        ("f(a)", "g(f(a))", True),
        ("g(a)", "g(f(a))", True),
        ("a", "b", False),
        ("a.x", "a.y", False),
        ("f(k=1)", "f(1)", False),
    ],
)
def test_small_is_large_with_parts_taken_away(small: str, large: str, expected: bool) -> None:
    assert is_embedded(term(small), term(large)) is expected


@pytest.mark.parametrize(
    ("code", "data", "moving"),
    [
        ("f('key')", False, False),
        ("f('two words')", True, False),
        ("f('really?')", True, False),
        ("f('sixteen_letters_')", False, False),
        ("f('seventeen_letters')", True, False),
        ("f('/a/b/')", True, False),
        ("f(b'two words')", True, False),
        ("f('ftp://x')", True, True),
        ("f('www.x')", False, True),
        ("f('3.11')", False, True),
        ("f('2026-01-02')", False, True),
        ("f(3.11)", False, False),
    ],
)
def test_texts_are_keys_data_or_move(code: str, data: bool, moving: bool) -> None:
    assert (has_data(term(code)), has_moving_data(term(code))) == (data, moving)


@pytest.mark.parametrize(
    ("code", "number"), [("$X", 0), ("f($X)", 2), ("json.f($...ARGS)", 2), ("f(1, k='x')", 5)]
)
def test_specific_is_what_is_concrete(code: str, number: int) -> None:
    assert measure_specificity(form(code, "b")) == number


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("json.f($X)", False),
        ("$X.shared()", False),
        ("$X.alone()", True),
        ("self.shared()", True),
        ("self.mine()", False),
        ("near($X)", False),
        ("helper($X)", True),
        ("len($X)", True),
    ],
)
def test_api_is_private_when_one_file_uses_it(code: str, expected: bool) -> None:
    words = Vocabulary(
        Counter(shared=2, alone=1, mine=2), Counter(mine=2, shared=1), Counter(), frozenset()
    )
    assert is_private(term(code), words) is expected
