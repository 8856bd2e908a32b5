"""What every kind of syntax in a pattern finds, and what it leaves alone."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import RuleError


def found_in(pattern: str, *pieces: str) -> list[str]:
    """Return the pieces of code in which a pattern finds something, each a file of its own."""
    return [code for code in pieces if find_matches(pattern, code)]


EXPRESSIONS = [
    ("{'a': $X, ...}", ["{'a': 1}", "{'b': 2, 'a': 1}"], ["{'b': 1}", "{}"]),
    ("{...}", ["{}", "{'a': 1}", "{**a}"], ["[]", "()"]),
    ("{**$X}", ["{**a}"], ["{'a': 1}", "{}"]),
    ("{'a': 1, **$X}", ["{'a': 1, **b}"], ["{'a': 1}", "{'a': 1, 'b': 2}"]),
    ("{1, $X}", ["{1, 2}", "{2, 1}"], ["{1}", "[1, 2]", "{1, 2, 3}"]),
    ("[1, ..., 3]", ["[1, 3]", "[1, 2, 3]", "[1, 2, 2, 3]"], ["[1, 2]", "(1, 3)"]),
    ("($X, 2)", ["(1, 2)", "a, b = 1, 2"], ["(2, 1)", "[1, 2]", "(1, 2, 3)"]),
    ("not $X", ["not a"], ["a", "-a"]),
    ("-$X", ["-a"], ["+a", "b - a"]),
    ("$A + $B", ["a + b", "a + b + c"], ["a - b", "+a"]),
    ("$A if $C else $B", ["a if c else b"], ["a or b"]),
    ("lambda $X: $X.y", ["lambda a: a.y"], ["lambda a: b.y", "lambda a, b: a.y"]),
    ("$X[...]", ["a[1]"], ["a", "a(1)", "a[1:2]"]),
    ("$X[1:$Y]", ["a[1:2]"], ["a[1]", "a[2:1]", "a[1:2:3]"]),
    ("$X < $Y", ["a < b"], ["a > b", "a <= b", "a < b < c"]),
    ("1 < $X <= 3", ["1 < a <= 3", "2 < a <= 3"], ["1 < a < 3", "1 < a", "1 < a <= 2"]),
    ("$A < $X < $X", ["a < b < b"], ["a < b < c", "b < b", "a < b < b < b"]),
    ("$X[:, 0]", ["a[:, 0]"], ["a[:, 1]", "a[:]", "a[0, :]", "a[:, :, 0]"]),
    ("'a' '...'", ["'a' 'b'", "'a' 'b' 'c'"], ["'a'", "'b' 'a'", "'a' + 'b'"]),
    ("f'{$X}' 'b'", ["f'{a}' 'b'"], ["f'{a}' 'c'", "f'{a}b'"]),
    ("f($X := $Y)", ["f(a := 1)"], ["f(a=1)", "f(1, a := 1)", "(a := 1)"]),
    ("$X is None", ["a is None"], ["a is not None", "a == None"]),
    ("$X not in $Y", ["a not in b"], ["a in b", "not a"]),
    ("await $X", ["async def f():\n    await a\n"], ["async def f():\n    a\n"]),
    ("yield $X", ["def f():\n    yield a\n"], ["def f():\n    yield from a\n"]),
    ("yield from $X", ["def f():\n    yield from a\n"], ["def f():\n    yield a\n"]),
    ("[$X for $X in $Y]", ["[a for a in b]"], ["[a.c for a in b]", "{a for a in b}"]),
    ("[$X for $Y in $Z if $C]", ["[a for b in c if d]"], ["[a for b in c]"]),
    ("{$K: $V for $A in $B}", ["{a: 1 for a in b}"], ["{a for a in b}"]),
    ("f(*$X)", ["f(*a)"], ["f(a)", "f(**a)"]),
    ("f($X, $X)", ["f(1, 1)", "f(a.b, a.b)"], ["f(1, 2)", "f(1)"]),
    ("f(a=$X)", ["f(a=1)"], ["f(1)", "f(b=1)", "f(a=1, b=2)"]),
    ("f(a=1, b=2)", ["f(a=1, b=2)", "f(b=2, a=1)"], ["f(a=2, b=1)"]),
    ("$X.close()", ["a.close()", "a.b().close()"], ["close()", "a.close(1)"]),
    ("b'a'", ["b'a'"], ["b'b'"]),
    ("'...'", ["'a'", "''"], ["1", "a"]),
    ("1.5", ["1.5"], ["1", "2.5"]),
    ("None", ["None"], ["False", "0"]),
]  # fmt: skip
STATEMENTS = [
    ("$X = $Y", ["a = 1"], ["a += 1", "a == 1"]),
    ("$X += 1", ["a += 1"], ["a -= 1", "a = 1", "a += 2"]),
    ("$X: int = $Y", ["a: int = 1"], ["a: str = 1", "a = 1"]),
    ("del $X", ["del a"], ["a"]),
    ("assert $X", ["assert a"], ["a"]),
    ("raise $X", ["raise a"], ["return_(a)", "raise"]),
    ("raise $X from $Y", ["raise a from b"], ["raise a"]),
    ("global $X", ["def f():\n    global a\n"], ["def f():\n    nonlocal_(a)\n"]),
    ("if $C:\n    $X", ["if a:\n    b"], ["while a:\n    b"]),
    ("if $C:\n    ...\nelse:\n    ...", ["if a:\n    b\nelse:\n    c"], ["if a:\n    b"]),
    ("while True:\n    ...", ["while True:\n    a"], ["while a:\n    b", "for a in b:\n    c"]),
    ("for $X in $Y:\n    ...", ["for a in b:\n    c"], ["while a:\n    c"]),
    (
        "try:\n    ...\nfinally:\n    $X",
        ["try:\n    a\nfinally:\n    b"], ["try:\n    a\nexcept b:\n    c"],
    ),
    ("with $X as $Y:\n    ...", ["with a as b:\n    c"], ["with a:\n    c"]),
    ("async with $X:\n    ...", ["async def f():\n    async with a:\n        b"], []),
    ("def $F($A):\n    ...", ["def f(a):\n    b"], ["def f():\n    b", "def f(a, b):\n    c"]),
    (
        "def $F(..., $A=$D, ...):\n    ...",
        ["def f(a=1):\n    b", "def f(x, a=1, *y):\n    b"], ["def f(a):\n    b"],
    ),
    (
        "class $C(..., B, ...):\n    ...",
        ["class A(B):\n    x", "class A(C, B):\n    x"],
        ["class A:\n    x", "class A(C):\n    x"],
    ),
    ("import $X", ["import a"], ["a"]),
    ("from a import $X", ["from a import b"], ["from b import a"]),
    ("import a as $X", ["import a as b"], ["import b as a"]),
    ("return", ["def f():\n    return"], ["def f():\n    pass"]),
    ("pass", ["pass"], ["a"]),
    ("break", ["while a:\n    break"], ["while a:\n    continue"]),
    ("a()\nb()", ["a()\nb()", "x()\na()\nb()"], ["b()\na()", "a()\nc()\nb()"]),
    ("a()\n...\nb()", ["a()\nb()", "a()\nc()\nb()"], ["b()\na()"]),
    ("$X = open(...)\n...\n$X.read()", ["a = open(1)\nb()\na.read()"], ["a = open(1)\nb.read()"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "found", "others"), EXPRESSIONS + STATEMENTS, ids=lambda value: repr(value)[:30]
)
def test_a_pattern_finds_its_own_kind_of_code(
    pattern: str, found: list[str], others: list[str]
) -> None:
    assert found_in(pattern, *found, *others) == found


@pytest.mark.parametrize("pattern", ["lambda ...: $B", "f(", "$X = ", "class A[T]: ..."])
def test_a_pattern_that_cannot_be_read_here_says_so(pattern: str) -> None:
    with pytest.raises(RuleError, match=r"needs semgrep: .+"):
        find_matches(pattern, "f(1)")
