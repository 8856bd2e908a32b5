"""What an expression is known to be without running it: as much as Semgrep knows, and no more."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from devmatrix_guard.engine.tree.constant_folding import (
    Constant,
    Evaluator,
    find_first_type,
    unite,
)
from devmatrix_guard.engine.tree.source import Source

# What names hold in every expression below; all others hold nothing that is known.
KNOWN: dict[str, Constant] = {
    "i": ("int", 7),
    "s": ("str", "text"),
    "t": ("bool", True),
    "some_int": ("cst", "int"),
    "some_str": ("cst", "str"),
}


def evaluate(code: str, *, is_flow: bool = False) -> Constant | None:
    """Return what an expression is known to be."""
    source = Source(code.encode())
    evaluator = Evaluator(source, lambda node: KNOWN.get(node.id), is_flow=is_flow)
    return evaluator.value(source.tree.body[0].value)


INTEGERS = {
    "1 + 2": 3,
    "1 - 2": -1,
    "3 * 4": 12,
    "7 // 2": 3,
    "0 // 2": 0,
    "7 % 4": 3,
    "2 ** 10": 1024,
    "2 ** 0": 1,
    "2 ** 62": 2**62,
    "1 << 4": 16,
    "256 >> 4": 16,
    "6 | 1": 7,
    "6 & 3": 2,
    "6 ^ 3": 5,
    "-5": -5,
    "+5": 5,
    "~5": -6,
    "1 + 2 * 3 - 4": 3,
    "i + 1": 8,
    "1 if t else 1": 1,
    "9223372036854775806 // 9223372036854775807": None,
}
UNKNOWN = [
    "name",
    "f()",
    "[1]",
    "...",
    "1 / 2",  # it divides as Python 2 did, or not: nobody knows
    "1 // 0",
    "1 % 0",
    "-7 // 2",
    "-7 % 4",
    "7 // -2",
    "2 ** -1",
    "2 ** 63",
    "2 ** 64",
    "1 << 64",
    "1 << -1",
    "1 + name",
    "name + 1",
    "1 + 's'",
    "1.5 + 1",
    "-1.5",
    "-name",
    "-s",
    "not 1",
    "not name",
    "t and name",
    "t or 1",
    "1 == name",
    "1 is 1",
    "1 in i",
    "'a' == 'a'",
    "1 < 2 < 3",
    "1 if name else name",
    "some_int + some_int",
    "f'{t}'",
    "f'{name}'",
]
TEXTS = {
    "'a'": "a",
    "'a' 'b'": "ab",
    "'a' + 'b'": "ab",
    "'a' + s + 'b'": "atextb",
    "''": "",
    "f'a'": "a",
    "f''": "",
    "f'a{s}b'": "atextb",
    "f'{i}'": "7",
    "f'{1.0}'": "1.",
    "f'{1.5}'": "1.5",
    "'a' f'{s}'": "atext",
    "b'a'": "a",
    r"'a\tb'": "a\tb",
    r"r'a\tb'": "a\\tb",
    "r'say \"x\"'": 'say \\"x\\"',
    "r'é'": "\\195\\169",
    "'é'": "é",
}
BOOLEANS = {
    "True": True,
    "not True": False,
    "not t": False,
    "t and False": False,
    "t and True": True,
    "False or t": True,
    "False or False": False,
    "1 < 2": True,
    "2 < 1": False,
    "2 <= 2": True,
    "3 <= 2": False,
    "2 > 1": True,
    "2 >= 3": False,
    "2 >= 2": True,
    "i == 7": True,
    "i == 8": False,
    "i != 8": True,
    "i != 7": False,
}


@pytest.mark.parametrize("code", INTEGERS)
def test_integers_are_computed(code: str) -> None:
    wanted = INTEGERS[code]
    assert evaluate(code) == (None if wanted is None else ("int", wanted))


@pytest.mark.parametrize("code", TEXTS)
def test_texts_are_put_together(code: str) -> None:
    assert evaluate(code) == ("str", TEXTS[code])


@pytest.mark.parametrize("code", BOOLEANS)
def test_conditions_are_decided(code: str) -> None:
    assert evaluate(code) == ("bool", BOOLEANS[code])


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_is_not_certain_is_not_known(code: str) -> None:
    assert evaluate(code) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("some_str + 'a'", "str"),
        ("'a' + some_str", "str"),
        ("'a' * 3", "str"),
        ("'a' * name", "str"),
        ("f'{some_int}'", "str"),
        ("f'a{some_str}'", "str"),
        ("some_int + 1", "int"),
        ("1 - some_int", "int"),
        ("some_int / 2", "int"),
        ("'a' if name else 'b'", "str"),
        ("1 if name else some_int", "int"),
        ("True if name else False", "bool"),
    ],
)
def test_of_some_values_only_the_type_is_known(code: str, kind: str) -> None:
    assert evaluate(code) == ("cst", kind)


@pytest.mark.parametrize("code", ["'a' - 'b'", "'a' == 'b'", "'a' < s", "s and 'b'", "s or s"])
def test_an_operation_on_texts_is_a_text_only_where_values_are_followed(code: str) -> None:
    assert evaluate(code) is None
    assert evaluate(code, is_flow=True) == ("cst", "str")


def test_none_and_floats_are_themselves() -> None:
    assert evaluate("None") == ("none", None)
    assert evaluate("1.5") == ("float", 1.5)


def test_a_text_that_grows_beyond_all_bounds_is_a_text_and_no_more() -> None:
    assert evaluate(" + ".join([f"'{'a' * 50_000}'"] * 2)) == ("str", "a" * 100_000)
    assert evaluate(" + ".join([f"'{'a' * 50_001}'"] * 2)) == ("cst", "str")


def test_a_long_chain_is_no_deep_one() -> None:
    code = " + ".join(["1"] * 500)
    assert evaluate(code) == ("int", 500)


def test_a_settled_evaluator_works_each_operation_out_once() -> None:
    asked: list[str] = []

    def look_up(node: Any) -> Constant | None:
        asked.append(node.id)
        return KNOWN.get(node.id)

    source = Source(b"i + 1 + 2")
    evaluator = Evaluator(source, look_up)
    node = source.tree.body[0].value
    assert [evaluator.value(node), evaluator.value(node)] == [("int", 10)] * 2
    assert asked == ["i", "i"]
    evaluator.settle()
    assert [evaluator.value(node), evaluator.value(node)] == [("int", 10)] * 2
    assert asked == ["i", "i", "i"]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("int", 1), ("int", 1), ("int", 1)),
        (("int", 1), ("int", 2), ("cst", "int")),
        (("str", "a"), ("cst", "str"), ("cst", "str")),
        (("cst", "bool"), ("cst", "bool"), ("cst", "bool")),
        (("int", 1), ("str", "a"), None),
        (("float", 1.0), ("float", 2.0), None),
        (("float", 1.0), ("float", 1.0), ("float", 1.0)),
        (("none", None), ("none", None), ("none", None)),
    ],
)
def test_of_one_or_the_other_is_known_what_both_have(
    one: Constant, other: Constant, both: Constant | None
) -> None:
    assert unite(one, other) == both
    assert unite(other, one) == both


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None, ("int", 1), ("str", "a")], "int"),
        ([("float", 1.0), ("cst", "str")], "str"),
        ([("none", None), None], None),
        ([], None),
    ],
)
def test_the_first_type_that_is_known_decides(
    values: list[Constant | None], kind: str | None
) -> None:
    assert find_first_type(values) == kind


def test_nothing_of_the_tree_is_changed() -> None:
    source = Source(b"1 + 2 * i")
    before = ast.dump(source.tree)
    Evaluator(source, lambda node: None).value(source.tree.body[0].value)
    assert ast.dump(source.tree) == before
