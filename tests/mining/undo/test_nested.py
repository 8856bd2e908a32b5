"""Code that is nested deeper than people write is read by its statements, and stops nothing."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.match import REMOVED
from devmatrix_guard.mining.undo.trees import read_module
from tests.mining.undo.test_index import GUARD, GUARDED, HEAD, LOAD, kinds_of

DEEP = {
    "attributes": "a" + ".b" * 900,
    "calls": "a" + "()" * 400,
    "methods": "a" + ".b(c)" * 900,
    "signs": "-" * 400 + "1",
    "negations": "not " * 2500 + "a",
    "sums": " + ".join(["a"] * 900),
}


@pytest.mark.parametrize("code", DEEP.values(), ids=DEEP)
def test_a_lost_guard_is_named_in_a_file_that_is_nested_deeply(code: str) -> None:
    before, after = (f"import a\n{HEAD}{text}X = {code}\n" for text in (LOAD, GUARDED))
    change = f"{after.replace(GUARD, '')}Y = {code}\n"
    assert kinds_of(before, after, change, "a.py") == {REMOVED}


@pytest.mark.parametrize("code", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize(
    "place",
    ["if {}:\n        pass\n    session = ", "if False:\n        x = {}\n    session = "],
    ids=["a condition", "what never runs"],
)
def test_deep_nesting_in_a_fixed_function_stops_nothing(code: str, place: str) -> None:
    change = GUARDED.replace("session = ", place.format(code), 1).replace("answer", "reply")
    assert kinds_of(HEAD + LOAD, HEAD + GUARDED, f"{HEAD}{change}NEW = {code}\n", "a.py") == set()


def test_what_is_nested_deeper_than_people_write_has_no_tree() -> None:
    assert read_module(f"x = {'-' * 140}1\n") is not None
    assert read_module(f"x = {'-' * 160}1\n") is None
