"""What of a fix stands in its file no more, by the lines it is remembered by."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.lost import Standing, find_lost
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest

FILE = b"""import os


class Cart:
    def add(self, item):
        self.check_stock(item)
        self.items.append(item)

    def check_stock(self, item):
        if not self.stock[item]:
            raise KeyError(item)


def load(path):
    return open_session(path)
"""
BACK = "what it removed stands there again"
GONE = "what it added is gone"


def lost(
    *edits: tuple[str, str],
    function: str = "Cart.add",
    tests: tuple[RegressionTest, ...] = (),
) -> str:
    fix = FixUnit("c1", "2024-01-01", "Fix", tests=tests)
    return find_lost(fix, [FixedFunction("a.py", function, edits)], Standing("a.py", FILE))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # what stood before is there, and nothing of what replaced it
        ("return open_session(path)", "return open_cached(path)", BACK),
        ("return open_session(path)", "self.items.append(item)", ""),
        ("return read_session(path)", "return open_cached(path)", ""),
        ("return open_session(path)\nreturn no_session()", "return open_cached(path)", ""),
        ("return open_session(path)\n}", "return open_cached(path)", BACK),
        # texts that are cut, or too short, say too little
        ("return open_session(path)…", "return open_cached(path)", ""),
        ("return open_session(path)", "return open_cached(path)…", ""),
        ("import os", "import sys.path_of", ""),
        ("return open_session(path)", "x = 1", ""),
    ],
)
def test_a_replaced_line_is_back(before: str, after: str, told: str) -> None:
    assert lost((before, after)) == told


@pytest.mark.parametrize(("line", "is_telling"), [("a = load(1)x", False), ("a = load(1)xy", True)])
def test_a_line_of_more_than_twelve_letters_tells(line: str, is_telling: bool) -> None:
    standing = Standing("a.py", line.encode())
    function = FixedFunction("a.py", "", ((line, "return something_else"),))
    told = find_lost(FixUnit("c1", "2024-01-01", "Fix"), [function], standing)
    assert bool(told) is is_telling


@pytest.mark.parametrize(
    ("added", "function", "told"),
    [
        # nowhere in the function nor in what it names
        ("validate_price(amount)", "Cart.add", GONE),
        ("self.check_stock(item)", "Cart.add", ""),
        ("raise KeyError(item)", "Cart.add", ""),  # it went where the function calls it
        ("return open_session(path)", "Cart.add", GONE),  # that is in another function
        ("return open_session(path)", "load", ""),
        # half of its words, in one line, are a rewritten line
        ("stock[item] = absent", "Cart.check_stock", ""),
        ("stock[other] = absent, missing", "Cart.check_stock", GONE),
        # nothing is asked of a class, of a file and of a function that is gone
        ("validate_price(amount)", "Cart", ""),
        ("validate_price(amount)", "", ""),
        ("validate_price(amount)", "save", ""),
        # no code, or only words that are everywhere
        ("# validate the price", "Cart.add", ""),
        ("validate the price", "Cart.add", ""),
        ("return", "Cart.add", ""),
        ("return self", "Cart.add", ""),
        ("if not 1:", "Cart.add", ""),
        # the last line of a text that is cut is no whole line
        ("validate_price(amo…", "Cart.add", ""),
        ("check_tax(amount)\nvalidate_price(amo…", "Cart.add", GONE),
    ],
)
def test_an_added_line_is_gone(added: str, function: str, told: str) -> None:
    assert lost(("", added), function=function) == told


@pytest.mark.parametrize(
    ("removed", "function", "told"),
    [
        ("self.items.append(item)", "Cart.add", BACK),
        ("self.items.append(item)\nself.check_stock(item)", "Cart.add", BACK),
        ("self.items.append(item)\nself.check_price(item)", "Cart.add", ""),
        ("self.items.append(item)", "load", ""),
        ("self.items.append(item)", "", ""),
        ("self.items.append(item)", "save", ""),
        ("self.items.append(item)…", "Cart.add", ""),
        ("item", "Cart.add", ""),
    ],
)
def test_what_was_only_taken_away_is_back_in_its_function(
    removed: str, function: str, told: str
) -> None:
    assert lost((removed, ""), function=function) == told


def test_what_another_edit_of_the_function_put_there_is_not_back() -> None:
    moved = ("", "self.items.append(item)\n")
    assert lost(("self.items.append(item)", ""), moved) == ""
    assert lost(("self.items.append(item)", ""), ("", "self.check_stock(item)…")) == ""


def test_of_three_edits_more_may_not_be_remembered() -> None:
    taken = ("self.items.append(item)", "")
    others = ("self.other_thing(x)", ""), ("self.third_thing(x)", "")
    assert lost(taken, others[0]) == BACK
    assert lost(taken, *others) == ""


def test_a_test_of_the_fix_is_gone_where_none_stands() -> None:
    there, gone = RegressionTest("t.py", "a"), RegressionTest("t.py", "b", is_there=False)
    assert lost(tests=(gone,)) == "its test is gone"
    assert lost(tests=(gone, there)) == lost(tests=(there,)) == lost() == ""


def test_functions_are_found_with_their_lines() -> None:
    standing = Standing("a.py", FILE)
    assert standing.find_own("load") == ["def load(path):", "return open_session(path)"]
    assert standing.find_own("save") is None
    assert standing.find_own("") == [line.strip() for line in FILE.decode().splitlines()]
    assert standing.find_reached("Cart.add") == [
        *(standing.find_own("Cart.add") or ()),
        *(standing.find_own("Cart.add") or ()),
        *(standing.find_own("Cart.check_stock") or ()),
    ]
    assert standing.find_reached("Cart") is standing.find_reached("save") is None
