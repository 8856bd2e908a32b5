"""Names belong to the scopes that Python itself finds for them."""

from __future__ import annotations

import ast
import random
import symtable
import sysconfig
import warnings
from pathlib import Path

import pytest
from hypothesis import settings

from devmatrix_guard.engine.fixing.region import compiles
from devmatrix_guard.engine.fixing.scopes import (
    CLASS,
    FUNCTION,
    LOOP,
    MODULE,
    RETURN,
    Analysis,
    Scope,
    ScopeWalk,
)
from tests.engine.grammar import Programs

_NO_NAMES = (LOOP, RETURN, "yield", "await")
_BY_HAND = [
    "class C:\n    a = 1\n    def f(self): return a\n    b = [a for _ in a]\n",
    "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n        return a\n",
    "a = 1\ndef f():\n    global a\n    a = 2\n    def g(): return a\n",
    "def f(a, b=a, *c: a, **d) -> a: return a, c\n",
    "def f():\n    class C:\n        a = 1\n        def g(self): return a\n    a = 2\n",
    "def f():\n    [(a := b) for b in c]\n    return a\n",
    "def f():\n    try: ...\n    except E as e: return e\n    with a as b, c as (d, f): ...\n",
    "def f(x):\n    match x:\n        case [a, *b]: ...\n        case {'k': c, **d}: ...\n"
    "        case K(e) as g: return a, b, c, d, e, g\n",
    "def f():\n    import a.b, c as d\n    from e import g as h\n    del a\n    return d, h\n",
    "class C:\n    global a\n    a = 1\n    def f(self): return __class__\n",
    "f = lambda a, b=a: lambda: (a, b)\n",
    "@a\nclass C(b, metaclass=c):\n    @d\n    def f(self, e=g): ...\n",
]


def _analyse(code: str) -> Analysis:
    tree = ast.parse(code)
    walk = ScopeWalk(tree)
    walk.visit(tree.body)
    return walk.analyse()


def _is_private(name: str) -> bool:
    """Tell whether Python gives a name another form in a class, or makes it up."""
    return name.startswith((".", "__", "_")) and ("__" in name or name[0] == ".")


def _of_python(code: str) -> set[tuple[int, str, str, str]]:
    """Return (line, scope, name, kind) of the names of functions, classes and the module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pending = [symtable.symtable(code, "", "exec")]
    found: set[tuple[int, str, str, str]] = set()
    while pending:
        table = pending.pop()
        pending += table.get_children()
        if table.get_name() in ("listcomp", "genexpr", "setcomp", "dictcomp", "lambda"):
            continue
        line = 0 if table.get_type() == "module" else table.get_lineno()
        for symbol in table.get_symbols():
            kind = "global" if symbol.is_global() else "free" if symbol.is_free() else "local"
            if table.get_type() == "module":
                kind = "global"
            if not _is_private(symbol.get_name()):
                found.add((line, table.get_name(), symbol.get_name(), kind))
    return found


def _of_ours(code: str) -> set[tuple[int, str, str, str]]:
    analysis = _analyse(code)
    found: set[tuple[int, str, str, str]] = set()
    for one in analysis.occurrences:
        scope: Scope = one.scope
        if one.name in _NO_NAMES or _is_private(one.name):
            continue
        name = getattr(scope.node, "name", "top" if scope.kind == MODULE else "")
        if scope.kind not in (MODULE, FUNCTION, CLASS) or not name:
            continue
        owner = scope.resolve(one.name)
        kind = "global" if owner.kind == MODULE else "local" if owner is scope else "free"
        found.add((getattr(scope.node, "lineno", 0), name, one.name, kind))
    return found


@pytest.mark.parametrize("code", _BY_HAND)
def test_names_by_hand_belong_where_python_puts_them(code: str) -> None:
    assert _of_ours(code) <= _of_python(code)


@pytest.mark.parametrize("seed", range(settings().max_examples))
def test_names_of_random_programs_belong_where_python_puts_them(seed: int) -> None:
    code = Programs(seed).program()
    if compiles(code.encode()):
        assert _of_ours(code) <= _of_python(code)


def test_names_of_real_files_belong_where_python_puts_them() -> None:
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    for path in random.Random(1).sample(files, 12):
        code = path.read_text(encoding="utf-8")
        assert _of_ours(code) <= _of_python(code), path


@pytest.mark.parametrize(
    ("code", "owners"),
    [
        ("for a in b:\n    break\n", ["For"]),
        ("while a:\n    for b in c: continue\n    break\n", ["For", "While"]),
        ("for a in b: ...\nelse:\n    c\n", []),
        ("while a:\n    while b: ...\n    else: break\n", ["While"]),
    ],
)
def test_breaks_belong_to_the_loop_around(code: str, owners: list[str]) -> None:
    found = _analyse(code).occurrences
    assert [type(o.owner).__name__ for o in found if o.name == LOOP] == owners


@pytest.mark.parametrize(
    ("code", "owner"),
    [
        ("def f(): return 1", "FunctionDef"),
        ("def f(): yield 1", "FunctionDef"),
        ("async def f(): await a", "AsyncFunctionDef"),
        ("async def f(): return_([await a for b in c])", "ListComp"),
        ("def f(): g(lambda: (yield))", "Lambda"),
        ("def f(): g(super().x)", "FunctionDef"),
        ("def f(): g(lambda: locals())", "Lambda"),
    ],
)
def test_what_belongs_to_a_frame(code: str, owner: str) -> None:
    found = [o for o in _analyse(code).occurrences if o.name in _NO_NAMES]
    assert [type(one.owner).__name__ for one in found] == [owner]
