"""Where the functions and tests of a fix are today, after files were renamed and code moved."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.places import Places
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest

NAMES = {
    "shop.py": frozenset({"Cart.add", "load", "Cart.__len__", "twice"}),
    "store.py": frozenset({"Basket.remove", "twice", "Basket.twice_of"}),
    "tests/test_shop.py": frozenset({"TestCart.test_add", "test_load"}),
    "tests/test_store.py": frozenset({"test_remove", "TestBasket.test_pay"}),
    "src/cart.test.js": frozenset({"cart adds", "a.b"}),
}


def place_function(path: str, name: str) -> FixedFunction:
    fix = FixUnit("c1", "2024-01-01", "Fix", functions=(FixedFunction(path, name),))
    return Places(NAMES).place(fix).functions[0]


def place_test(path: str, name: str, runner: str = "pytest") -> RegressionTest:
    fix = FixUnit("c1", "2024-01-01", "Fix", tests=(RegressionTest(path, name, runner),))
    return Places(NAMES).place(fix).tests[0]


@pytest.mark.parametrize(
    ("path", "name", "now"),
    [
        ("shop.py", "Cart.add", ("shop.py", "Cart.add")),
        ("shop.py", "", ("shop.py", "")),
        ("gone.py", "", None),
        ("gone.py", "Cart.add", ("shop.py", "Cart.add")),  # the one file that defines it
        ("gone.py", "Order.remove", ("store.py", "Basket.remove")),  # by its last part
        ("gone.py", "remove", ("store.py", "Basket.remove")),
        ("gone.py", "twice", None),  # two define it
        ("gone.py", "Order.__len__", None),  # every class may have one
        ("gone.py", "__len__", None),
        ("shop.py", "remove", ("store.py", "Basket.remove")),
        ("shop.py", "never", None),
        ("gone.py", "test_load", None),  # a test is no function of the product
    ],
)
def test_a_function_is_where_it_is_defined(
    path: str, name: str, now: tuple[str, str] | None
) -> None:
    made = place_function(path, name)
    assert (made.path, made.name) == (now or (path, name))
    assert made.is_there is (now is not None)


@pytest.mark.parametrize(
    ("path", "name", "runner", "now"),
    [
        ("tests/test_shop.py", "TestCart::test_add", "pytest", True),
        ("tests/test_shop.py", "test_load", "pytest", True),
        ("tests/test_shop.py", "(script)", "script", True),
        ("tests/gone.py", "(script)", "script", False),
        ("src/cart.test.js", "cart adds", "other", True),
        ("src/cart.test.js", "a.b", "other", True),
        ("gone.js", "cart adds", "other", "src/cart.test.js cart adds"),
        ("gone.js", "cart takes", "other", False),
        ("tests/gone.py", "test_load", "pytest", "tests/test_shop.py test_load"),
        (
            "tests/gone.py",
            "TestShop::test_pay",
            "pytest",
            "tests/test_store.py TestBasket::test_pay",
        ),
        ("tests/gone.py", "load", "pytest", False),  # a function of the product is no test
        ("shop.py", "doctest Cart.add", "doctest", True),
        ("shop.py", "doctest module", "doctest", True),
        ("gone.py", "doctest module", "doctest", False),
        ("gone.py", "doctest Cart.add", "doctest", False),
    ],
)
def test_a_test_is_where_it_is_written(path: str, name: str, runner: str, now: bool | str) -> None:
    made = place_test(path, name, runner)
    assert made.is_there is bool(now)
    assert f"{made.path} {made.name}" == (now if isinstance(now, str) else f"{path} {name}")


def test_what_two_things_have_become_is_one() -> None:
    functions = (FixedFunction("gone.py", "remove"), FixedFunction("store.py", "Basket.remove"))
    fix = FixUnit("c1", "2024-01-01", "Fix", functions=functions)
    assert Places(NAMES).place(fix).functions == (FixedFunction("store.py", "Basket.remove"),)
