"""A rule is tried only where the words it needs stand, and never left out where it could match."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.rules.anchors import find_anchors, find_near_anchors
from devmatrix_guard.engine.rules.compile_rule import compile_body

ANCHORS: list[Any] = [
    pytest.param({"pattern": "foo(bar, 'text', 3)"}, [{"foo", "bar"}], id="names"),
    pytest.param({"pattern": "a.b.c($X)"}, [{"a", "b", "c"}], id="parts of a dotted name"),
    pytest.param({"pattern": "$X"}, None, id="anything"),
    pytest.param({"pattern": "'text'"}, None, id="a literal, which may be a constant"),
    pytest.param({"pattern-regex": "foo"}, None, id="a regular expression"),
    pytest.param({"pattern": "raise $X"}, [{"raise"}], id="a keyword"),
    pytest.param({"pattern": "return $X"}, None, id="a lambda returns without the word"),
    pytest.param({"pattern": "$X is None"}, [{"is", "None"}], id="an operator in words"),
    pytest.param(
        {"pattern-either": [{"pattern": "f()"}, {"pattern": "g()"}]}, [{"f"}, {"g"}], id="either"
    ),
    pytest.param(
        {"patterns": [{"pattern": "f()"}, {"pattern-inside": "def g(): ..."}]},
        [{"f", "def", "g"}],
        id="inside",
    ),
    pytest.param(
        {"patterns": [{"pattern": "f()"}, {"pattern-not": "g()"}]}, [{"f"}], id="what is left out"
    ),
]


@pytest.mark.parametrize(("body", "words"), ANCHORS)
def test_words_a_file_must_hold(body: dict[str, Any], words: list[set[str]] | None) -> None:
    (leaves, formula), _ = compile_body(body)
    found = find_anchors(leaves, formula)
    got = None if found is None else [{word.decode() for word in each} for each in found]
    assert got == words


def _either(name: str, count: int) -> dict[str, Any]:
    return {"pattern-either": [{"pattern": f"{name}{number}()"} for number in range(count)]}


@pytest.mark.parametrize(
    ("ones", "others", "kept"),
    [
        pytest.param(8, 8, 64, id="each with each, while they are few"),
        pytest.param(9, 8, 8, id="else those of the second, which are fewer"),
        pytest.param(8, 9, 8, id="or of the first"),
    ],
)
def test_many_alternatives_are_narrowed_by_the_fewer_only(
    ones: int, others: int, kept: int
) -> None:
    (leaves, formula), _ = compile_body({"patterns": [_either("a", ones), _either("b", others)]})
    found = find_anchors(leaves, formula)
    assert found is not None and len(found) == kept
    if kept < 64:
        fewer = b"a" if ones < others else b"b"
        assert {word[:1] for words in found for word in words} == {fewer}


@pytest.mark.parametrize(("count", "is_bound"), [(64, True), (65, False)])
def test_too_many_alternatives_bind_a_rule_to_nothing(count: int, is_bound: bool) -> None:
    (leaves, formula), _ = compile_body(_either("f", count))
    assert (find_anchors(leaves, formula) is not None) is is_bound


def test_what_asks_for_more_is_dropped_where_less_is_enough() -> None:
    body = {"pattern-either": [{"pattern": "f(g())"}, {"pattern": "f()"}, {"pattern": "h()"}]}
    (leaves, formula), _ = compile_body(body)
    assert find_anchors(leaves, formula) == ((b"f",), (b"h",))


def test_near_a_change_only_the_last_part_of_a_dotted_name_must_stand() -> None:
    (leaves, formula), _ = compile_body({"pattern": "a.b.c($X)"})
    assert find_near_anchors(leaves, formula) == ((b"c",),)


def test_a_sequence_says_nothing_about_what_is_near() -> None:
    (leaves, formula), _ = compile_body({"pattern": "a()\n...\nb()"})
    assert find_near_anchors(leaves, formula) is None
    assert find_anchors(leaves, formula) == ((b"a", b"b"),)
