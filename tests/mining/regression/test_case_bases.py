"""A class is looked into for tests by its name or by what it inherits, also through others."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.collect import collect_tests

METHOD = "  def test_a(self): assert 1\n"


def chain(length: int, base: str) -> str:
    """Return a class that inherits from a base through so many others."""
    classes = [f"class C0({base}): pass\n"]
    classes += [f"class C{n}(C{n - 1}): pass\n" for n in range(1, length)]
    return "".join(classes) + f"class Last(C{length - 1}):\n{METHOD}"


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        (f"class A(TestCase):\n{METHOD}", True),
        (f"class A(unittest.TestCase):\n{METHOD}", True),
        (f"class A(ShopCase):\n{METHOD}", True),
        (f"class A(B, TestMixin):\n{METHOD}", True),
        (f"class A(Shop):\n{METHOD}", False),
        (f"class A(get()):\n{METHOD}", False),
        (f"class Shop: pass\nclass A(Shop):\n{METHOD}", False),
        (f"class TestA:\n  def __init__(self): pass\n{METHOD}", False),
        (f"class A:\n  __test__ = True\n{METHOD}", True),
        (f"class TestA:\n  __test__ = False\n{METHOD}", False),
        (chain(1, "TestCase"), True),
        (chain(5, "TestCase"), True),
        (chain(6, "TestCase"), False),  # further is not followed
        (chain(5, "Shop"), False),
        ("class A(A): pass\n" + f"class B(A):\n{METHOD}", False),
    ],
)
def test_a_class_is_looked_into(source: str, is_found: bool) -> None:
    assert bool(collect_tests(ast.parse(source)).tests) is is_found
