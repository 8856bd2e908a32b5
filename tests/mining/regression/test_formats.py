"""Every way to make a text of values has one form, so that a test may change its own."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.formats import unify_format


def unify(code: str) -> str:
    return ast.unparse(unify_format(ast.parse(code, mode="eval").body))


@pytest.mark.parametrize(
    ("form", "ways"),
    [
        ("'{}/{}'.format(a, b)", ["f'{a}/{b}'", "'%s/%s' % (a, b)", "'{0}/{1}'.format(a, b)",
                                  "'{x}/{y}'.format(y=b, x=a)"]),
        ("'{}-{}'.format(a, a)", ["f'{a}-{a}'", "'{0}-{0}'.format(a)", "'{x}-{x}'.format(x=a)"]),
        ("'{}'.format(a)", ["f'{a}'", "'%s' % a", "'{}'.format(a)", "'%s' % (a,)"]),
        ("'{!r}'.format(a)", ["f'{a!r}'", "'%r' % a", "'{!r}'.format(a)"]),
        ("'{:>5}'.format(a)", ["f'{a:>5}'", "'{0:>5}'.format(a)"]),
        ("'{!s:>5}'.format(a)", ["f'{a!s:>5}'", "'{x!s:>5}'.format(x=a)"]),
        ("'{{}}{}%'.format(a)", ["f'{{}}{a}%'", "'{}%s%%' % a", "'{{}}{}%'.format(a)"]),
        ("'{x}'", ["f'{{x}}'", "'{{x}}'.format()", "'{x}' % ()"]),
        ("'{}{}'.format(b, a)", ["'{1}{0}'.format(a, b)"]),
    ],
)  # fmt: skip
def test_ways_to_write_one_text_are_one(form: str, ways: list[str]) -> None:
    assert {unify(way) for way in ways} == {form}


@pytest.mark.parametrize(
    "code",
    [
        "a + b",
        "a % b",
        "1 % b",
        "a.format(b)",
        "1 .format(b)",
        "'{}'.other(a)",
        "format(a)",
        "'%d' % a",
        "'%(x)s' % {'x': a}",
        "'%s' % {'x': a}",
        "'%s%s' % a",
        "'%s' % (a, b)",
        "'%' % ()",
        "'{}'.format()",
        "'{1}'.format(a)",
        "'{x}'.format(y=a)",
        "'{a.b}'.format(a=c)",
        "'{[0]}'.format(a)",
        "'{:{}}'.format(a, b)",
        "'{'.format(a)",
        "'{}'.format(*a)",
        "f'{a:{b}}'",
    ],
)
def test_what_has_no_such_form_stays(code: str) -> None:
    node = ast.parse(code, mode="eval").body
    assert unify_format(node) is node
