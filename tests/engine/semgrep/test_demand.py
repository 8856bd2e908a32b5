"""Which words a rule for semgrep demands of a file: only those that surely must be there."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.semgrep.prefilter import demand_of, may_match


def demand(body: dict[str, Any]) -> list[str]:
    """Return the alternatives, each with its words in order."""
    return [" ".join(sorted(word.decode() for word in words)) for words in demand_of(body)]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("f($X)", "f"),
        ("a.b(c=$X, ...)", "a b c"),
        ("$X.get('key')", "get"),
        ('f("a b", d)', "d f"),
        ("($X : Cart).pay()", "pay"),
        ("if f(): return g", "f g"),
        ("self.x == None", "x"),
        ("__import__('a')", ""),
        ("$A $B", ""),
        ("...", ""),
        ("x1", "x1"),
        ("1x", ""),
    ],
)
def test_names_of_a_pattern_are_demanded(pattern: str, words: str) -> None:
    assert demand({"pattern": pattern}) == [words]


@pytest.mark.parametrize(
    ("body", "alternatives"),
    [
        pytest.param({"patterns": [{"pattern": "f()"}, {"pattern": "g()"}]}, ["f g"], id="all"),
        pytest.param(
            {"pattern-either": [{"pattern": "f()"}, {"pattern": "g()"}]}, ["f", "g"], id="any"
        ),
        pytest.param(
            {"patterns": [{"pattern-inside": "class A: ..."}, {"pattern-either": [
                {"pattern": "f()"}, {"pattern": "g()"}]}]}, ["A f", "A g"], id="any within",
        ),
        pytest.param(
            {"patterns": [{"pattern": "f()"}, {"pattern-not": "f(1)"},
                          {"metavariable-regex": {"regex": "x"}}]}, ["f"], id="what narrows",
        ),
        pytest.param({"pattern-regex": "abc"}, [""], id="text"),
        pytest.param({"pattern": 1}, [""], id="no pattern"),
        pytest.param({"patterns": "f()"}, [""], id="no list"),
        pytest.param({"pattern-either": []}, [""], id="no alternative"),
        pytest.param({"patterns": ["f()", {"pattern": "g()"}]}, ["g"], id="no mapping"),
        pytest.param({}, [""], id="nothing"),
        pytest.param(
            {"mode": "taint", "pattern-sources": [{"pattern": "f()"}, {"pattern": "g()"}],
             "pattern-sinks": [{"pattern": "h()"}], "pattern": "x()"},
            ["f h", "g h"], id="a source and a sink",
        ),
        pytest.param({"mode": "taint", "pattern-sinks": [{"pattern": "h()"}]}, ["h"], id="a sink"),
        pytest.param({"mode": "search", "pattern": "f()"}, ["f"], id="another mode"),
    ],
)  # fmt: skip
def test_alternatives_demand_one_of_them(body: dict[str, Any], alternatives: list[str]) -> None:
    assert demand(body) == alternatives


def _either(count: int, prefix: str = "f") -> dict[str, Any]:
    return {"pattern-either": [{"pattern": f"{prefix}{n}()"} for n in range(count)]}


def test_of_more_than_two_hundred_alternatives_none_is_asked_for() -> None:
    assert len(demand(_either(200))) == 200
    assert demand(_either(201)) == [""]
    assert len(demand({"patterns": [_either(20), _either(10, "g")]})) == 200
    assert len(demand({"patterns": [_either(20), _either(11, "g")]})) == 20


@pytest.mark.parametrize(
    ("source", "is_kept"),
    [(b"f(1)\nA", True), (b"gA", True), (b"f", False), (b"", False)],
)
def test_a_file_has_all_words_of_an_alternative(source: bytes, is_kept: bool) -> None:
    found = [frozenset({b"f", b"A"}), frozenset({b"g", b"A"})]
    assert may_match(found, source) is is_kept
    assert may_match([frozenset()], source)
    assert not may_match([], source)
