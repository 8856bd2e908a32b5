"""When a statement asks for something like another, by other numbers or by fewer terms."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.loosened import is_looser

LOOSER = [
    # numbers, truths and None may be any other
    ("x = 30", "x = 2"),
    ("x = 30", "x = None"),
    ("x = True", "x = False"),
    ("x = -1", "x = 1"),
    ("f(30, a)", "f(2, a)"),
    ("f(k=30)", "f(k=2)"),
    ("if a <= 3:", "if a <= 300:"),
    ("if a <= 3:", "if a < 3:"),
    ("if 0 < a < 3:", "if 0 < a < 9:"),
    # an argument left out
    ("f(a, k=1, m=2)", "f(a, k=1)"),
    ("f(a, k=1)", "f(a)"),
    # fewer terms, or joined otherwise
    ("if a and b:", "if a:"),
    ("if a or b or c:", "if a or c:"),
    ("if a or b:", "if a and b:"),
    ("if a > 1 and b:", "if a > 2 and b:"),
    # a setting beside
    ("if a:", "if a and settings.STRICT:"),
    ("if a:", "if os.environ.get('STRICT') and a:"),
    ("if a and b:", "if a and b and settings.STRICT:"),
    # a key that sorts by less
    ("sorted(r, key=lambda x: (-x.a, x.b))", "sorted(r, key=lambda x: x.a)"),
    ("sorted(r, key=lambda x: (x.a, x.b))", "sorted(r, key=lambda x: (x.b, x.a))"),
    ("sorted(r, key=lambda x: -x.a)", "sorted(r, key=lambda x: x.a)"),
]
OTHERWISE = [
    ("x = 30", "x = 30"),
    ("x = 30", "x = 'a'"),
    ("x = 'a'", "x = 'b'"),
    ("x = 30", "y = 2"),
    ("x = 30", "x = a"),
    ("x = a", "x = 30"),
    ("f(30)", "g(2)"),
    ("f(30)", "f(2, 3)"),
    ("f(a)", "f(a, k=1)"),
    ("f(k=1)", "f(m=1)"),
    ("f(k=a)", "f(k=b)"),
    ("if a <= 3:", "if a <= 3 < b:"),
    ("if a <= b:", "if a <= c:"),
    ("if a:", "if a and b:"),
    ("if a:", "if settings.A and settings.B:"),
    ("if a and b:", "if a or b or settings.STRICT:"),
    ("if a and b:", "if a and c:"),
    ("if a and b and c:", "if a or b:"),
    ("if a and b:", "if c:"),
    ("if a:", "while a:"),
    # data, and what callers give
    ("x = [30]", "x = [2]"),
    ("x = {1: 2}", "x = {1: 3}"),
    ("def f(a=30):", "def f(a=2):"),
    ("sorted(r, key=lambda x: x.a)", "sorted(r, key=lambda x: x.b)"),
    ("sorted(r, key=lambda x: x.a)", "sorted(r, key=lambda x: (x.a, x.b))"),
    ("sorted(r, key=by)", "sorted(r, key=lambda x: x.a)"),
    ("sorted(r, by=lambda x: (x.a, x.b))", "sorted(r, by=lambda x: x.a)"),
    ("a(); b(1)", "a()"),
    ("", ""),
]


@pytest.mark.parametrize(("was", "now"), LOOSER)
def test_a_statement_asks_for_less(was: str, now: str) -> None:
    assert is_looser(was.encode(), now.encode())


@pytest.mark.parametrize(("was", "now"), OTHERWISE)
def test_a_statement_asks_for_something_else(was: str, now: str) -> None:
    assert not is_looser(was.encode(), now.encode())


@pytest.mark.parametrize(
    ("was", "now", "looser"),
    [
        ("if (size <= 3) {", "if (size <= 300) {", True),
        ("if (size <= 3) {", "if (size < 3) {", True),
        ("if (size <= 3) {", "if (size <= 3) {", False),
        ("if (size <= 3) {", "if (count <= 3) {", False),
        ("if (size <= 3) {", "if (size <= limit) {", False),
        ("if (size <= 3) {", "if (size <= 3 && a) {", False),
        ("let a = 'x';", "let a = 'y';", False),
    ],
)
def test_other_languages_are_compared_by_their_tokens(was: str, now: str, looser: bool) -> None:
    assert is_looser(was.encode(), now.encode()) is looser
