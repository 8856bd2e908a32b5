"""`$...X` wherever a pattern may hold it: the matches semgrep gives, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import RuleError
from tests.engine.oracle import Span, ask, semgrep_path

# pattern, code, spans
RUN: list[tuple[str, str, list[Span]]] = [
    ("class $F:\n    $...B", "class f(A):\n    b\n", []),
    ("class $F:\n    $...B", "class f:\n    b\n    c = 1\n    def g(self): pass\n", []),
    ("class $F:\n    x = 1\n    $...B", "class f:\n    x = 1\n    y = 2\n", []),
    ("class $F($...A):\n    ...", "class f(A, B, metaclass=M):\n    b\n", []),
    ("class $F(A, $...A):\n    ...", "class f(A, B):\n    b\n", []),
    ("class $F:\n    ...\n    $...B\n    ...", "class f(A):\n    b\n", []),
    ("def $F():\n    ...\n    $...B\n    ...", "def f():\n    b\n    c\n", []),
    ("def $F():\n    $...A\n    b\n    $...B", "def f():\n    a\n    b\n    c\n", [(1, 1, 4, 6)]),
    ("$...B", "b\n", []),
    ("$...A\n$...B", "b\nc\n", [(1, 1, 2, 2), (2, 1, 2, 2)]),
    ("b\n$...B", "b\nc\n", [(1, 1, 2, 2)]),
    ("...\n$...B\n...", "b\nc\n", [(1, 1, 1, 2), (1, 1, 2, 2), (2, 1, 2, 2)]),
    ("@d($...D)\ndef $F(): ...", "@d(1, 2)\ndef f(): pass\n", [(1, 1, 2, 14)]),
    ("@d($...D)\nclass $F: ...", "@d(1, 2)\nclass f: pass\n", [(1, 1, 2, 14)]),
    ("f($...A)", "f(1, *b, c=2)\n", [(1, 1, 1, 14)]),
    ("f(1, $...A, c=2)", "f(1, 3, c=2)\n", [(1, 1, 1, 13)]),
    ("f(*$...A)", "f(*k)\n", [(1, 1, 1, 6)]),
    ("def $F($...P): ...", "def f(a, b=1, *c, **d): pass\n", [(1, 1, 1, 29)]),
    ("def $F(a, $...P): ...", "def f(a, b=1, *c, **d): pass\n", [(1, 1, 1, 29)]),
    ("lambda $...P: 1", "x = lambda a, b: 1\n", [(1, 5, 1, 19)]),
    (
        "try:\n    $...B\nfinally:\n    $...H",
        "try:\n    a\n    c\nfinally:\n    b\n    d\n",
        [(1, 1, 6, 6)],
    ),
    (
        "try:\n    ...\nexcept E:\n    ...\nelse:\n    $...L",
        "try:\n    a\nexcept E:\n    b\nelse:\n    c\n    d\n",
        [(1, 1, 7, 6)],
    ),
    ("with a:\n    $...B", "with a:\n    b\n    c\n", [(1, 6, 3, 6)]),
    (
        "async with a:\n    $...B",
        "async def f():\n  async with a:\n    b\n    c\n",
        [(2, 14, 4, 6)],
    ),
    ("for a in x:\n    $...B", "for a in x:\n    c\n    d\n", [(1, 1, 3, 6)]),
    (
        "async for a in x:\n    $...B",
        "async def f():\n  async for a in x:\n    c\n    d\n",
        [(2, 9, 4, 6)],
    ),
    ("while x:\n    $...B", "while x:\n    c\n    d\n", [(1, 1, 3, 6)]),
    (
        "if x:\n    $...B\nelse:\n    $...C",
        "if x:\n    c\n    d\nelse:\n    e\n    f\n",
        [(1, 1, 6, 6)],
    ),
    (
        "if x:\n    $...B\nelif y:\n    $...C",
        "if x:\n    c\n    d\nelif y:\n    e\n    f\n",
        [(1, 1, 6, 6)],
    ),
    ("if x:\n    ...\n    $...B\n    ...", "if x:\n    c\n    d\n", []),
    ("'$...E'", "x = 'a'\n", []),
    ("print($...E) or f($...E)", "print(1, 2) or f(1, 2)\n", [(1, 1, 1, 23)]),
    ("foo($...A, ...)", "foo(1, 2)\n", [(1, 1, 1, 10)]),
    ("foo(..., $...A)", "foo(1, 2)\n", [(1, 1, 1, 10)]),
    ("$F($...A)($...B)", "f(1)(2, 3)\n", [(1, 1, 1, 11)]),
    ("$X.$F($...A).g()", "x.f(1, 2).g()\n", [(1, 1, 1, 14)]),
    (
        "class $C:\n    def $F($...P):\n        $...B",
        "class c:\n    x = 1\n    def f(self, a):\n        b\n        c\n",
        [(1, 1, 5, 10)],
    ),
    (
        "class $C:\n    $...A\n    def $F($...P):\n        ...\n    $...B",
        "class c:\n    x = 1\n    def f(self, a):\n        b\n        c\n    y = 2\n",
        [],
    ),
    ("class $C(..., $...P): ...", "class c(A, B): pass\n", []),
    ("class $C($...P, ...): ...", "class c(A, B): pass\n", []),
    ("class $C($...P, k=$V): ...", "class c(A, k=B): pass\n", []),
    ("def f(*, ...): ...", "def f(*, a): pass\n", [(1, 1, 1, 18)]),
    ("def f(*$X: int): ...", "def f(*a: int): pass\n", [(1, 1, 1, 21)]),
    ("if x:\n    ...\n    $...B", "if x:\n    c\n    d\n", [(1, 1, 3, 6)]),
    ("if x:\n    $...B\n    ...", "if x:\n    c\n    d\n", [(1, 1, 3, 6)]),
    ("if x:\n    $...B\n    c\n    $...C", "if x:\n    c\n    d\n", [(1, 1, 3, 6)]),
    ("class C:\n    x = 1\n    ...\n    $...B", "class C:\n    x = 1\n    y = 1\n", []),
    ("f'a$...E'", "x = f'ab'\n", []),
]
# Semgrep finds nothing with most of these; a rule that cannot match is better told than silent.
REFUSED: list[tuple[str, str]] = [
    ("@$...D\ndef $F(): ...", "@a\ndef f(): pass\n"),
    ("f(k=$...A)", "f(k=2)\n"),
    ("f(**$...A)", "f(**k)\n"),
    ("def $F(*$...P): ...", "def f(*c): pass\n"),
    ("def $F(**$...P): ...", "def f(**c): pass\n"),
    ("def $F(a=$...P): ...", "def f(a=1): pass\n"),
    ("def $F(a: $...P): ...", "def f(a: int): pass\n"),
    ("def $...F(): ...", "def f(): pass\n"),
    ("def $F() -> $...R: ...", "def f() -> int: pass\n"),
    ("lambda: $...P", "x = lambda: 1\n"),
    ("[$...E]", "x = [1, 2]\n"),
    ("($...E,)", "x = (1, 2)\n"),
    ("{$...E}", "x = {1, 2}\n"),
    ("{$...E, 'a': 1}", "x = {'b': 2, 'a': 1}\n"),
    ("{'a': $...E}", "x = {'a': 1}\n"),
    ("{**$...E}", "x = {**a}\n"),
    ("[*$...E]", "x = [*a]\n"),
    ("try:\n    $...B\nexcept $...E:\n    $...H", "try:\n    a\nexcept (A, B):\n    b\n"),
    ("try:\n    $...B\nexcept ($...E):\n    $...H", "try:\n    a\nexcept (A, B):\n    b\n"),
    ("try:\n    $...B\nexcept ($...E,):\n    $...H", "try:\n    a\nexcept (A, B):\n    b\n"),
    ("try:\n    $...B\nexcept E as $...H:\n    ...", "try:\n    a\nexcept E as e:\n    b\n"),
    ("with $...W:\n    ...", "with a as b, c:\n    d\n"),
    ("with $X as $...W:\n    ...", "with a as b:\n    d\n"),
    ("with $X as ($...W):\n    ...", "with a as (b, c):\n    d\n"),
    ("with $X as ($...W,):\n    ...", "with a as (b, c):\n    d\n"),
    ("for $...T in x:\n    ...", "for a, b in x:\n    c\n"),
    ("for ($...T,) in x:\n    ...", "for a, b in x:\n    c\n"),
    ("for a in $...X:\n    $...B", "for a in x:\n    c\n    d\n"),
    ("while $...X:\n    ...", "while x:\n    c\n    d\n"),
    ("if $...X:\n    ...", "if x:\n    c\n"),
    ("a == $...C", "a == b\n"),
    ("$...C == a", "b == a\n"),
    ("a and $...C", "a and b and c\n"),
    ("a + $...C", "a + b\n"),
    ("not $...C", "not b\n"),
    ("x = $...C", "x = 1, 2\n"),
    ("$...C = 1", "x = y = 1\n"),
    ("($...C,) = a", "x, y = a\n"),
    ("x += $...C", "x += 1\n"),
    ("x: $...C = 1", "x: int = 1\n"),
    ("$...C: int = 1", "x: int = 1\n"),
    ("x: int = $...C", "x: int = 1\n"),
    ("x[$...C]", "x[1, 2]\n"),
    ("x[$...C:1]", "x[1:1]\n"),
    ("x[$...C, 1]", "x[2, 3, 1]\n"),
    ("x.$...C", "x.a\n"),
    ("$...C.a", "x.a\n"),
    ("$...C(1)", "x(1)\n"),
    ("[$...E for x in y]", "[x for x in y]\n"),
    ("[x for $...E in y]", "[x for x in y]\n"),
    ("[x for x in $...E]", "[x for x in y]\n"),
    ("[x for x in y if $...E]", "[x for x in y if z]\n"),
    ("{$...E: 1 for x in y}", "{x: 1 for x in y}\n"),
    ("return $...R", "def f():\n    return 1, 2\n"),
    ("yield $...R", "def f():\n    yield 1, 2\n"),
    ("yield from $...R", "def f():\n    yield from x\n"),
    ("await $...R", "async def f():\n    await x\n"),
    ("raise $...R", "raise X\n"),
    ("raise X from $...R", "raise X from Y\n"),
    ("assert $...R", "assert X, Y\n"),
    ("assert X, $...R", "assert X, Y\n"),
    ("del $...R", "del X, Y\n"),
    ("global $...R", "def f():\n    global X, Y\n"),
    ("nonlocal $...R", "def g():\n  x=1\n  def f():\n    nonlocal x\n"),
    ("import $...M", "import a, b\n"),
    ("from $...M import a", "from x import a\n"),
    ("from x import $...M", "from x import a, b\n"),
    ("from x import a as $...M", "from x import a as b\n"),
    ("import a as $...M", "import a as b\n"),
    ("f'{$...E}'", "x = f'{a}'\n"),
    ("f'$...E'", "x = f'{a}b'\n"),
    ("<... $...E ...>", "x = a\n"),
    ("($...E := 1)", "(x := 1)\n"),
    ("(x := $...E)", "(x := 1)\n"),
    ("$...E if x else y", "a if x else y\n"),
    ("x if $...E else y", "x if a else y\n"),
    ("match x:\n    case 1:\n        $...B", "match x:\n    case 1:\n        a\n        b\n"),
    ("type X[$...T] = int", "type X[A, B] = int\n"),
    ("def f[$...T](): ...", "def f[A, B](): pass\n"),
    ("def f(*...): ...", "def f(*a): pass\n"),
    ("def f(**...): ...", "def f(**a): pass\n"),
    ("def f(...: int): ...", "def f(a: int): pass\n"),
    ("class $...C: ...", "class C:\n    x = 1\n    y = 1\n"),
    ("f($...K=1)", "f(a=1)\n"),
    ("f($...K: int)", "f(1)\n"),
    ("($...K: int)", "f(1)\n"),
    ("f'a{$...E}b'", "x = f'a{b}b'\n"),
    ("global x, $...R", "def f():\n    global x, y\n"),
    ("lambda *$...P: 1", "x = lambda *a: 1\n"),
]


@pytest.mark.parametrize(("pattern", "code", "spans"), RUN)
def test_pattern_with_many_runs(pattern: str, code: str, spans: list[Span]) -> None:
    assert sorted({match[:4] for match in find_matches(pattern, code)}) == spans


@pytest.mark.parametrize(("pattern", "code"), REFUSED)
def test_pattern_with_many_is_refused_where_only_one_can_stand(pattern: str, code: str) -> None:
    with pytest.raises(RuleError, match="needs semgrep"):
        find_matches(pattern, code)


@pytest.mark.oracle
@pytest.mark.skipif(
    semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
)
@pytest.mark.slow
@pytest.mark.timeout(600)  # semgrep alone can take minutes on a busy machine
def test_semgrep_finds_the_same_with_many(tmp_path: Path) -> None:
    rules = [
        {"id": f"r{n}", "pattern": pattern, "languages": ["python"], "severity": "INFO",
         "message": "m"}
        for n, (pattern, _, _) in enumerate(RUN)
    ]  # fmt: skip
    answer = ask(tmp_path, rules, {f"c{n}.py": code for n, (_, code, _) in enumerate(RUN)})
    found = {n: sorted(answer.spans.get((f"r{n}", f"c{n}.py"), ())) for n in range(len(RUN))}
    assert found == {n: spans for n, (_, _, spans) in enumerate(RUN)}
