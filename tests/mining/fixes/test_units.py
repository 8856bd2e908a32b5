"""Which files hold tests, by their names and folders, in any language."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.units import is_test_file


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_shop.py",
        "shop/shop_test.py",
        "shop_test.go",
        "src/cart_spec.rb",
        "src/cart.test.ts",
        "src/cart.spec.js",
        "src/CartTest.java",
        "src/CartTests.java",
        "src/CartSpec.scala",
        "src/test_cart.c",
        "test/cart.js",
        "Tests/cart.js",
        "spec/cart.rb",
        "src/specs/cart.rb",
        "src/__tests__/cart.js",
        "src/test/java/Cart.java",
    ],
)
def test_a_file_holds_tests_by_its_name_or_a_folder(path: str) -> None:
    assert is_test_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "shop/cart.py",
        "src/cart.go",
        "src/contest.go",
        "src/latest.js",
        "src/Contest.java",
        "src/testing.c",
        "src/attest/cart.js",
        "src/inspect.rb",
        "src/cart.tested.ts",
        "test.js",
        "tests",
        "tests/README",
        "tests/data.unknown",
    ],
)
def test_no_other_file_does(path: str) -> None:
    assert not is_test_file(path)
