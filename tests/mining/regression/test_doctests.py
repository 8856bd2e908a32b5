"""The examples of docstrings are tests: each with its name, its lines and what it expects."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.doctests import Doctest, read_doctests

SHOP = '''"""Sells things.

>>> price("tea")
3
"""
import os


class Cart:
    """A cart."""

    def add(self, item):
        """Add.

        >>> Cart().add("tea")
        1
        >>> Cart().add(
        ...     "milk")
        """

        def inner():
            """>>> 1
            1
            """


async def pay():
    """>>> run(pay())  # doctest: +SKIP
    True
    >>> os.name   # doctest: +ELLIPSIS
    '...'
    """
    pass
'''


def read(source: str) -> list[Doctest]:
    return list(read_doctests(ast.parse(source)))


def test_each_docstring_with_examples_is_a_test_with_its_lines() -> None:
    assert [(found.name, found.line, found.end) for found in read(SHOP)] == [
        ("doctest module", 1, 5),
        ("doctest Cart.add", 13, 19),
        ("doctest Cart.add.inner", 22, 24),
        ("doctest pay", 28, 32),
    ]


def test_an_example_is_a_check_with_what_it_expects() -> None:
    checks = [check for found in read(SHOP) for check in found.content.checks]
    assert [(check.line, check.subject, check.expected, check.shown) for check in checks] == [
        (3, 'price("tea")', "3", '>>> price("tea")'),
        (15, 'Cart().add("tea")', "1", '>>> Cart().add("tea")'),
        (17, 'Cart().add( "milk")', "", '>>> Cart().add( "milk")'),
        (22, "1", "1", ">>> 1"),
        (30, "os.name", "'...'", ">>> os.name"),
    ]
    assert {check.operator for check in checks} == {"example"}


def test_a_skipped_example_is_dead() -> None:
    (check, reason) = read(SHOP)[-1].content.dead[0]
    assert (check.line, check.subject, reason) == (28, "run(pay())", "it is marked `+SKIP`")


@pytest.mark.parametrize(
    "source",
    [
        "",
        '"""Prose."""',
        "x = '>>> 1'",
        "'a' '>>>'.join(b)",
        'def f():\n    x\n    """>>> 1"""',
        'b">>> 1"',
        '""">>>1\n"""',  # no blank after the prompt: no parser of examples takes it
        'if x:\n    def f():\n        """>>> 1"""',
    ],
)
def test_anything_else_is_no_test(source: str) -> None:
    assert read(source) == []
